# Hellos that should not be: drivers/illegal.py and downgrade.py where no stack does it of itself. Refusals of names,
# protocols and client certificates.
illegal() {
    serve python3 "$here/drivers/illegal.py" "$2"
    wait_port 443
    capture "$1" s_client -servername www.example.test "${@:3}"
}
illegal_suite_openssl() { illegal illegal-suite-openssl suite -tls1_2; }
illegal_keyless_openssl() { illegal illegal-keyless-openssl keyless; }
illegal_retry_twice_openssl() { illegal illegal-retry-twice-openssl retry-twice; }
illegal_retry_shared_openssl() { illegal illegal-retry-shared-openssl retry-shared; }
illegal_malformed_openssl() { illegal illegal-malformed-openssl malformed -tls1_2; }
illegal_client_openssl() {
    s_server $(leaf good)
    capture illegal-client-openssl client python3 "$here/drivers/illegal.py" client $server_ip
}
illegal_zero_share_openssl() {
    s_server $(leaf good)
    capture illegal-zero-share-openssl client python3 "$here/drivers/illegal.py" zero $server_ip
}
proto_downgraded_openssl() {
    serve openssl s_server -accept 8443 -www $(leaf good)
    wait_port 8443
    serve python3 "$here/drivers/downgrade.py"
    wait_port 443
    capture proto-downgraded-openssl s_client -servername www.example.test
}
proto_fallback_openssl() {
    s_server $(leaf good)
    capture proto-fallback-openssl s_client -servername www.example.test -tls1_1 -fallback_scsv -cipher ALL:@SECLEVEL=0
}
gnutls_serv() {
    serve gnutls-serv --http --quiet --port 443 --x509certfile "$pki/good.pem" --x509keyfile "$pki/good.key" --disable-client-cert \
        --priority "NORMAL:-VERS-ALL:+VERS-TLS1.2:$1"
    wait_port 443
}
proto_no_renegotiation_gnutls() {
    gnutls_serv %DISABLE_SAFE_RENEGOTIATION
    capture proto-no-renegotiation-gnutls s_client -servername www.example.test -legacy_server_connect
}
proto_no_ems_gnutls() {
    gnutls_serv %NO_SESSION_HASH
    capture proto-no-ems-gnutls s_client -servername www.example.test
}
proto_early_data_openssl() {
    serve openssl s_server -accept 443 -quiet -early_data -tls1_3 $(leaf good)
    wait_port 443
    request >"$work/early"
    capture proto-early-data-openssl early_data
}
early_data() {
    local way=(-connect $server_ip:443 -servername www.example.test)
    (sleep 0.5) | ip netns exec "$client_ns" timeout 5 openssl s_client "${way[@]}" -sess_out "$work/session" >"$work/client.log" 2>&1 || true
    (sleep 0.5) | ip netns exec "$client_ns" timeout 5 openssl s_client "${way[@]}" -sess_in "$work/session" \
        -early_data "$work/early" >"$work/client.log" 2>&1 || true
}
proto_ech_nss() {
    s_server $(leaf good) -tls1_3
    mkdir -p "$work/echdb"
    certutil -N -d "sql:$work/echdb" --empty-password
    capture proto-ech-nss nss_grease
}
nss_grease() {
    request | ip netns exec "$client_ns" timeout 5 tstclnt -o -h $server_ip -a www.example.test -p 443 -d "sql:$work/echdb" -i 100 \
        -V tls1.3:tls1.3 -4 >"$work/client.log" 2>&1 || true
}
name_unrecognized_nginx() {
    cat >"$work/nginx.conf" <<END
daemon off; pid $work/nginx.pid; error_log stderr; events {}
http { access_log off; server { listen 443 ssl; ssl_reject_handshake on; } }
END
    serve nginx -c "$work/nginx.conf"
    wait_port 443
    capture name-unrecognized-nginx three_times s_client -servername nowhere.example.test
}
three_times() { for _ in 1 2 3; do "$@"; done; }
name_alpn_openssl() {
    s_server $(leaf good) -alpn h2
    capture name-alpn-openssl two_protocols
}
two_protocols() {
    s_client -servername www.example.test -tls1_2 -alpn h2
    s_client -servername www.example.test -alpn http/1.1,mqtt
}
reject_inferred_gnutls() {
    s_server $(leaf good) -tls1_3
    capture reject-inferred-gnutls gnutls_get --x509cafile "$pki/self.pem"
}
refusing_server() { s_server $(leaf good) "$1" -Verify 3 -verify_return_error -CAfile "$pki/self.pem" -no-CApath; }
showing_client() { s_client -servername www.example.test -cert "$pki/client.crt" -key "$pki/client.key" -cert_chain "$pki/int.pem" "$@"; }
mtls_rejected_openssl() {
    refusing_server -tls1_2
    capture mtls-rejected-openssl showing_client
}
mtls_rejected_often_openssl() {
    ip -n "$client_ns" addr add 10.77.0.3/24 dev twc0
    ip -n "$client_ns" addr add 10.77.0.4/24 dev twc0
    refusing_server -tls1_2
    capture mtls-rejected-often-openssl showing_clients
}
showing_clients() { for a in $client_ip 10.77.0.3 10.77.0.4; do showing_client -bind "$a:0"; done; }
mtls_reject_inferred_openssl() {
    refusing_server -tls1_3
    capture mtls-reject-inferred-openssl showing_client
}
http_to_tls_curl() {
    nginx_conf good
    capture http-to-tls-curl three_times client curl -s "http://$server_ip:443/"
}
http_to_tls_port_openssl() {
    serve openssl s_server -accept 10443 -www $(leaf good)
    wait_port 10443
    capture http-to-tls-port-openssl secure_then_clear
}
secure_then_clear() {
    client curl -s --cacert "$pki/root.pem" --resolve "www.example.test:10443:$server_ip" https://www.example.test:10443/
    three_times client curl -s "http://$server_ip:10443/"
}
http_answers_tls_nginx() {
    cat >"$work/nginx.conf" <<END
daemon off; pid $work/nginx.pid; error_log stderr; events {}
http { access_log off; server { listen 443; } }
END
    serve nginx -c "$work/nginx.conf"
    wait_port 443
    capture http-answers-tls-nginx three_times s_client -servername www.example.test
}
