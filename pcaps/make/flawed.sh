# Certificates that break the profile, one defect each, TLS 1.2.
flawed() { authority; held "$1" "$2"; }
flawed_ca_openssl() { flawed flawed-ca-openssl ca; }
flawed_for_clients_openssl() { flawed flawed-for-clients-openssl for-clients; }
flawed_no_signing_openssl() { flawed flawed-no-signing-openssl no-signing; }
flawed_names_openssl() { flawed flawed-names-openssl bad-names; }
flawed_nul_openssl() { flawed flawed-nul-openssl nul; }
flawed_wildcard_openssl() { flawed flawed-wildcard-openssl wildcard; }
flawed_placeholder_openssl() {
    authority
    sent= held flawed-placeholder-openssl fake
}
flawed_serial_zero_openssl() { flawed flawed-serial-zero-openssl serial0; }
flawed_serial_negative_openssl() { flawed flawed-serial-negative-openssl negative; }
flawed_serial_long_openssl() { flawed flawed-serial-long-openssl long-serial; }
flawed_algorithms_openssl() { flawed flawed-algorithms-openssl two-algorithms; }
# OpenSSL loads no such certificate.
flawed_duplicate_go() {
    authority
    go_signer
    serve "$work/gosigner" :443 "$(a duplicate.crt)" "$(a middle.crt)" "$(a duplicate.key)"
    wait_port 443
    capture flawed-duplicate-go client "$work/gosigner" get "$server_ip:443" www.example.test
}
two_names() {
    client openssl s_client -connect "$server_ip:443" -servername "${1:-www.example.test}"
    client openssl s_client -connect "$server_ip:8443" -servername "${2:-www.example.test}"
}
flawed_shared_key_openssl() {
    authority
    hold shared-org
    port=8443 key=shared-org hold shared-com
    capture flawed-shared-key-openssl two_names www.example.org www.example.com
}
flawed_same_serial_openssl() {
    authority
    hold serial-one
    port=8443 hold serial-two
    capture flawed-same-serial-openssl two_names
}
flawed_critical_openssl() { flawed flawed-critical-openssl unknown-critical; }
flawed_backwards_openssl() { flawed flawed-backwards-openssl backwards; }
flawed_v1_openssl() { flawed flawed-v1-openssl v1; }
flawed_v1_extended_openssl() { flawed flawed-v1-extended-openssl v1-extended; }
# Under a root that browsers would ship.
browsed() {
    authority
    sent= hold "$2" -cert_chain "$(a public-ca.crt)"
    capture "$1" client openssl s_client -connect "$server_ip:443" -servername www.example.com -CAfile "$(a public.crt)" -status \
        -serverinfo 18
}
public_good_openssl() { browsed public-good-openssl public-good; }
public_long_openssl() { browsed public-long-openssl public-long; }
public_backdated_openssl() { browsed public-backdated-openssl public-backdated; }
public_bare_openssl() { browsed public-bare-openssl public-bare; }
