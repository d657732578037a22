# Keys and groups that can be broken, TLS 1.2. Level 0 where OpenSSL would refuse them otherwise.
# weak NAME LEAF ARGUMENTS...
weak() {
    local name=$1 leaf=$2
    shift 2
    authority
    hold "$leaf" -cipher DEFAULT:@SECLEVEL=0 "$@"
    capture "$name" shake -cipher DEFAULT:@SECLEVEL=0 "${client_more[@]}"
}
client_more=()
weak_exponent1_openssl() { weak weak-exponent1-openssl e1; }
weak_exponent3_openssl() { weak weak-exponent3-openssl e3; }
weak_shared_primes_openssl() {
    authority
    hold shared1
    port=8443 hold shared2
    capture weak-shared-primes-openssl two_servers
}
weak_roca_openssl() { weak weak-roca-openssl roca; }
weak_close_primes_openssl() { weak weak-close-primes-openssl close; }
weak_small_factor_openssl() { weak weak-small-factor-openssl factor; }
weak_short_sleeve_openssl() { weak weak-short-sleeve-openssl sleeve; }
weak_blocklisted_openssl() {
    authority
    cp "$(a blocklist.txt)" "$out/"
    weak weak-blocklisted-openssl lost
}
weak_explicit_curve_openssl() { weak weak-explicit-curve-openssl explicit; }
weak_p192_openssl() {
    client_more=(-curves prime192v1:X25519:P-256)
    weak weak-p192-openssl p192 -curves prime192v1:X25519:P-256
    client_more=()
}
# dh NAME GROUP: with one of the authority's groups.
dh() { weak "$1" good-rsa -cipher DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 -dhparam "$(a "$2.pem")"; }
# OpenSSL refuses less than 1024 bits at any level.
short_dh() {
    authority
    cat "$(a good-rsa.crt)" "$(a middle.crt)" >"$work/dh.pem"
    local priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA:-GROUP-ALL:+GROUP-SECP256R1:%PROFILE_VERY_WEAK
    serve gnutls-serv --http --quiet --port 443 --x509certfile "$work/dh.pem" --x509keyfile "$(a good-rsa.key)" \
        --dhparams "$(a "$2.pem")" --priority "$priority" --disable-client-cert
    wait_port 443
    capture "$1" gnutls_get --x509cafile "$(a root.crt)" --priority "$priority" --dh-bits 512
}
weak_dh512_gnutls() { short_dh weak-dh512-gnutls dh512; }
weak_dh768_gnutls() { short_dh weak-dh768-gnutls dh768; }
weak_dh1024_openssl() { dh weak-dh1024-openssl dh1024; }
weak_dh_group2_openssl() { dh weak-dh-group2-openssl dh-group2; }
weak_dh_composite_openssl() { dh weak-dh-composite-openssl dh-composite; }
weak_dh_unsafe_openssl() { dh weak-dh-unsafe-openssl dh-unsafe; }
# A generator of 1 makes every public key 1.
weak_dh_generator_openssl() {
    authority
    python3 "$here/shares.py" "$work" "$(a good)" "$(a good-rsa)" "$(a middle.crt)" dh-generator "$pki/dh2048.pem"
    weak weak-dh-generator-openssl good-rsa -cipher DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 -dhparam "$work/dh-generator.pem"
}
# The private CA signs it; public ones never did.
weak_dsa_openssl() {
    authority
    openssl dsaparam -genkey -noout -out "$(a dsa.key)" 2048
    openssl req -new -key "$(a dsa.key)" -subj /CN=www.example.test -out "$work/dsa.csr"
    printf 'subjectAltName=DNS:www.example.test\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\nbasicConstraints=CA:false\n' >"$work/dsa.ext"
    openssl x509 -req -in "$work/dsa.csr" -CA "$(a middle.crt)" -CAkey "$(a middle.key)" -days 60 -extfile "$work/dsa.ext" -set_serial "0x5$(openssl rand -hex 15)" -out "$(a dsa.crt)" 2>/dev/null
    client_more=(-cipher DHE-DSS-AES128-GCM-SHA256:@SECLEVEL=0)
    weak weak-dsa-openssl dsa -cipher DHE-DSS-AES128-GCM-SHA256:@SECLEVEL=0 -dhparam "$pki/dh2048.pem"
    client_more=()
}
weak_hash_sha1_openssl() {
    client_more=(-sigalgs RSA+SHA1)
    weak weak-hash-sha1-openssl good-rsa -sigalgs RSA+SHA1
    client_more=()
}
weak_hash_sha1_ecdsa_openssl() {
    client_more=(-sigalgs ECDSA+SHA1:ECDSA+SHA256)
    weak weak-hash-sha1-ecdsa-openssl good -sigalgs ECDSA+SHA1
    client_more=()
}
weak_nonce_go() {
    authority
    go_signer
    serve "$work/gosigner" :443 "$(a good.crt)" "$(a middle.crt)" "$(a good.key)" "$(openssl rand -hex 31)"
    wait_port 443
    capture weak-nonce-go twice
}
twice() {
    shake
    shake
}
# No living stack sends these shares or signs with MD5, so the server's flight is written byte by byte and signed with the real key.
weak_shares() {
    authority
    python3 "$here/shares.py" "$out" "$(a good)" "$(a good-rsa)" "$(a middle.crt)" curves
}
weak_dh_shares() {
    authority
    python3 "$here/shares.py" "$out" "$(a good)" "$(a good-rsa)" "$(a middle.crt)" dh "$pki/dh2048.pem"
}
