# Revocation: stapled answers, a CRL, an answer in a file, timestamps of transparency logs. The lists
# that --crl, --ocsp and --ct-logs take are replaced, so these captures are only remade together.
lists() {
    authority
    cp "$(a test.crl)" "$(a test.ocsp)" "$(a ct-logs.json)" "$out/"
}
# stapled NAME ANSWER [LEAF]
stapled() {
    lists
    hold "${3:-stapled}" -status_file "$(a "$2.ocsp")"
    capture "$1" shake -status
}
staple_good_openssl() { stapled staple-good-openssl good; }
staple_delegated_openssl() { stapled staple-delegated-openssl delegated; }
staple_must_good_openssl() { stapled staple-must-good-openssl must must; }
staple_revoked_openssl() { stapled staple-revoked-openssl revoked; }
staple_unknown_openssl() { stapled staple-unknown-openssl unknown; }
staple_later_openssl() { stapled staple-later-openssl later; }
staple_expired_openssl() { stapled staple-expired-openssl ended; }
staple_stranger_openssl() { stapled staple-stranger-openssl stranger; }
staple_leaf_signed_openssl() { stapled staple-leaf-signed-openssl leaf; }
staple_another_openssl() { stapled staple-another-openssl another; }
staple_missing_openssl() {
    lists
    hold stapled
    capture staple-missing-openssl shake -status
}
staple_must_missing_openssl() {
    lists
    hold must
    capture staple-must-missing-openssl shake -status
}
staple_must_unasked_openssl() {
    lists
    hold must
    capture staple-must-unasked-openssl shake
}
# nginx staples what a file gives; curl asks and, where it is revoked, leaves.
by_nginx() {
    lists
    cat "$(a stapled.crt)" "$(a middle.crt)" >"$pki/stapled.pem"
    cp "$(a stapled.key)" "$pki/stapled.key"
    nginx_conf stapled "TLSv1.2; ssl_stapling on; ssl_stapling_file $(a "$2.ocsp")"
    capture "$1" client curl -s --cert-status --cacert "$(a root.crt)" --resolve www.example.test:443:$server_ip https://www.example.test/
}
staple_good_nginx_curl() { by_nginx staple-good-nginx-curl good; }
staple_revoked_nginx_curl() { by_nginx staple-revoked-nginx-curl revoked; }
staple_good_gnutls() {
    lists
    cat "$(a stapled.crt)" "$(a middle.crt)" >"$work/stapled.pem"
    serve gnutls-serv --http --quiet --port 443 --x509certfile "$work/stapled.pem" --x509keyfile "$(a stapled.key)" \
        --ocsp-response "$(a good.ocsp)" --priority NORMAL:-VERS-TLS1.3 --disable-client-cert
    wait_port 443
    capture staple-good-gnutls gnutls_get --x509cafile "$(a root.crt)"
}
revoked_crl_openssl() { lists; held revoked-crl-openssl listed; }
revoked_ocsp_openssl() { lists; held revoked-ocsp-openssl answered; }
sct_embedded_openssl() { lists; held sct-embedded-openssl logged; }
sct_embedded_bad_openssl() { lists; held sct-embedded-bad-openssl mislogged; }
sct_future_openssl() { lists; held sct-future-openssl ahead; }
extended() {
    lists
    hold good -serverinfo "$(a "$2.info")"
    capture "$1" shake -serverinfo 18
}
sct_extension_openssl() { extended sct-extension-openssl sct-good; }
sct_extension_bad_openssl() { extended sct-extension-bad-openssl sct-bad; }
