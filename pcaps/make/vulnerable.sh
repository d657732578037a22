# Bugs of libraries and choices that are no break; what no living stack does is written by vulnerable.py.
# chosen NAME LEAF ARGUMENTS...: TLS 1.2 between OpenSSL's server and client, both with ARGUMENTS.
chosen() {
    local name=$1 leaf=$2
    shift 2
    authority
    hold "$leaf" "$@"
    capture "$name" shake "$@"
}
choice_cbc_openssl() { chosen choice-cbc-openssl good -cipher ECDHE-ECDSA-AES128-SHA -no_etm; }
choice_cbc_etm_openssl() { chosen choice-cbc-etm-openssl good -cipher ECDHE-ECDSA-AES128-SHA; }
choice_ccm8_openssl() { chosen choice-ccm8-openssl good -cipher ECDHE-ECDSA-AES128-CCM8; }
choice_lifetime_nginx() {
    authority
    cat "$(a good.crt)" "$(a middle.crt)" >"$work/nginx.pem"
    cat >"$work/nginx.conf" <<END
daemon off; pid $work/nginx.pid; error_log stderr; events {}
http { access_log off;
server { listen 443 ssl; ssl_certificate $work/nginx.pem; ssl_certificate_key $(a good.key);
ssl_protocols TLSv1.2; ssl_session_timeout 30d; } }
END
    chmod -R a+rX "$work"
    serve nginx -c "$work/nginx.conf"
    wait_port 443
    capture choice-lifetime-nginx shake
}
choice_zero_ticket_openssl() {
    authority
    cat "$(a good.crt)" "$(a middle.crt)" >"$work/zero.pem"
    cc -o "$work/zero_ticket" "$here/drivers/zero_ticket.c" -lssl -lcrypto
    serve "$work/zero_ticket" 443 "$work/zero.pem" "$(a good.key)"
    wait_port 443
    capture choice-zero-ticket-openssl shake
}
# What carries no certificate: each by itself.
choice_hybrid_left() {
    authority
    python3 "$here/vulnerable.py" "$out" "$(a good)" "$(a good-rsa)" "$(a middle.crt)" hybrid_left
}
choice_forged() {
    authority
    python3 "$here/vulnerable.py" "$out" "$(a good)" "$(a good-rsa)" "$(a middle.crt)"
}
