# What servers send behind their certificate, TLS 1.2.
bundle() {
    local c
    for c in "${@:2}"; do cat "$(a "$c.crt")"; done >"$work/$1.pem"
}
# sent NAME LEAF CERTIFICATE...: LEAF with these behind it.
sent() {
    local name=$1 leaf=$2
    shift 2
    authority
    bundle sent "$@"
    if [ $# = 0 ]; then
        sent= hold "$leaf"
    else
        sent= hold "$leaf" -cert_chain "$work/sent.pem"
    fi
    capture "$name" shake
}
two_servers() {
    port=443 shake
    port=8443 shake
}
chain_missing_openssl() {
    authority
    hold good
    sent= port=8443 hold fetched
    capture chain-missing-openssl two_servers
}
chain_missing_alone_openssl() { sent chain-missing-alone-openssl fetched; }
chain_order_openssl() { sent chain-order-openssl good root middle; }
chain_duplicate_openssl() { sent chain-duplicate-openssl good middle middle; }
chain_unrelated_openssl() { sent chain-unrelated-openssl good middle stranger-ca; }
chain_root_openssl() { sent chain-root-openssl good middle root; }
chain_untrusted_openssl() { sent chain-untrusted-openssl stranger stranger-ca; }
chain_expired_openssl() { sent chain-expired-openssl late late-ca; }
chain_expiring_openssl() { sent chain-expiring-openssl soon soon-ca; }
chain_tampered_openssl() { sent chain-tampered-openssl tampered middle; }
chain_names_openssl() { sent chain-names-openssl elsewhere narrow-ca; }
chain_pathlen_openssl() { sent chain-pathlen-openssl deep deep-ca middle; }
# Level 0 on both sides, or OpenSSL refuses such intermediates itself.
lax() {
    authority
    bundle sent "$3"
    sent= hold "$2" -cert_chain "$work/sent.pem" -cipher DEFAULT:@SECLEVEL=0
    capture "$1" shake -cipher DEFAULT:@SECLEVEL=0
}
chain_sha1_openssl() { lax chain-sha1-openssl on-sha1 sha1-ca; }
chain_rsa1024_openssl() { lax chain-rsa1024-openssl on-rsa1024 rsa1024-ca; }
chain_cross_expired_openssl() { sent chain-cross-expired-openssl good middle cross; }
# Over a way long enough to see that the server waits for the first window to be acknowledged.
chain_large_openssl() {
    authority
    python3 "$here/drivers/slow.py" "$client_ns" 10.78.0.1 "$server_ns" 10.78.0.2 10 &
    background+=($!)
    sent= hold good -cert_chain "$(a many.pem)"
    sleep 1
    server_ip=10.78.0.2 interface=slow0 capture chain-large-openssl shake
}
chain_missing_curl() {
    authority
    serve openssl s_server -accept 443 -www -tls1_2 -cert "$(a fetched.crt)" -key "$(a fetched.key)"
    wait_port 443
    capture chain-missing-curl client curl -s --cacert "$(a root.crt)" --resolve www.example.test:443:$server_ip https://www.example.test/
}
# Read with two stores, of which only one has the root.
chain_divergent_openssl() { sent chain-divergent-openssl good middle; }
