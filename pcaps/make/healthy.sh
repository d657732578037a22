# Handshakes that succeed, between stacks as they come.
leaf() { printf -- '-cert %s/%s.crt -key %s/%s.key -cert_chain %s/int.pem' "$pki" "$1" "$pki" "$1" "$pki"; }

tls12_ecdhe_rsa_openssl() {
    s_server $(leaf good) -tls1_2
    capture tls12-ecdhe-rsa-openssl s_client -servername www.example.test -CAfile "$pki/root.pem"
}
tls12_ecdhe_ecdsa_gnutls() {
    serve gnutls-serv --http --quiet --port 443 --x509certfile "$pki/ec.pem" --x509keyfile "$pki/ec.key" \
        --priority NORMAL:-VERS-TLS1.3
    wait_port 443
    capture tls12-ecdhe-ecdsa-gnutls gnutls_get --x509cafile "$pki/root.pem"
}
gnutls_get() {
    request | ip netns exec "$client_ns" timeout 5 gnutls-cli --port 443 --sni-hostname www.example.test \
        --verify-hostname www.example.test "$@" $server_ip >"$work/client.log" 2>&1 || true
}
tls12_dhe_openssl() {
    s_server $(leaf good) -tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384 -dhparam "$pki/dh2048.pem"
    capture tls12-dhe-openssl s_client -servername www.example.test
}
nginx_conf() {
    mkdir -p "$work/www"
    echo hello >"$work/www/index.html"
    cat >"$work/nginx.conf" <<END
daemon off; pid $work/nginx.pid; error_log stderr; events {}
http { access_log off;
server { listen 443 ssl; server_name www.example.test; root $work/www;
ssl_certificate $pki/$1.pem; ssl_certificate_key $pki/$1.key; ssl_protocols ${2:-TLSv1.2 TLSv1.3}; } }
END
    chmod -R a+rX "$work"
    serve nginx -c "$work/nginx.conf"
    wait_port 443
}
curl_get() {
    client curl -s --cacert "$pki/root.pem" --resolve www.example.test:443:$server_ip \
        "$@" https://www.example.test/
}
tls13_nginx_curl() {
    nginx_conf good
    capture tls13-nginx-curl curl_get
}
tls12_nginx_curl() {
    nginx_conf good TLSv1.2
    capture tls12-nginx-curl curl_get
}
tls13_hrr_openssl() {
    s_server $(leaf good) -tls1_3 -groups P-384
    capture tls13-hrr-openssl s_client -servername www.example.test -groups X25519:P-384
}
tls13_gnutls() {
    serve gnutls-serv --http --quiet --port 443 --x509certfile "$pki/ec.pem" --x509keyfile "$pki/ec.key"
    wait_port 443
    capture tls13-gnutls gnutls_get --x509cafile "$pki/root.pem"
}
nss_db() {
    [ -d "$work/nss" ] && return
    mkdir "$work/nss"
    certutil -N -d "$work/nss" --empty-password
    openssl pkcs12 -export -in "$pki/good.pem" -inkey "$pki/good.key" -name good -passout pass:x \
        -out "$work/good.p12"
    pk12util -i "$work/good.p12" -d "$work/nss" -W x >/dev/null
    certutil -A -d "$work/nss" -n root -t C,, -i "$pki/root.pem"
    certutil -A -d "$work/nss" -n int -t ,, -i "$pki/int.pem"
}
nss() {
    nss_db
    serve selfserv -d "$work/nss" -n good -p 443 -V "$1:$1"
    wait_port 443
    capture "$2" nss_get "$1"
}
nss_get() {
    request | ip netns exec "$client_ns" timeout 5 tstclnt -d "$work/nss" -h $server_ip -p 443 \
        -a www.example.test -V "$1:$1" >"$work/client.log" 2>&1 || true
}
tls12_nss() { nss tls1.2 tls12-nss; }
tls13_nss() { nss tls1.3 tls13-nss; }
tls13_java() {
    keytool -importcert -noprompt -alias root -file "$pki/root.pem" -keystore "$work/trust.p12" \
        -storepass changeit >/dev/null 2>&1 || true
    javac -d "$work" "$here/drivers/Get.java"
    s_server $(leaf good)
    capture tls13-java client java -cp "$work" -Djavax.net.ssl.trustStore="$work/trust.p12" \
        -Djavax.net.ssl.trustStorePassword=changeit Get $server_ip 443 www.example.test
}
go_build() { GOCACHE="$work/gocache" GO111MODULE=off go build -o "$work/gotls" "$here/drivers/gotls.go"; }
tls13_go() {
    go_build
    serve "$work/gotls" serve :443 "$pki/ec.pem" "$pki/ec.key"
    wait_port 443
    capture tls13-go client "$work/gotls" get $server_ip:443 www.example.test "$pki/root.pem"
}
tls12_mbedtls() {
    cc -o "$work/mbed" "$here/drivers/mbedtls_get.c" -lmbedtls -lmbedx509 -lmbedcrypto
    s_server $(leaf good)
    capture tls12-mbedtls client "$work/mbed" $server_ip 443 www.example.test "$pki/root.pem"
}
tls13_wolfssl() {
    cc -o "$work/wolf" "$here/drivers/wolfssl_get.c" -lwolfssl
    s_server $(leaf good)
    capture tls13-wolfssl client "$work/wolf" $server_ip 443 www.example.test "$pki/root.pem"
}
tls13_haproxy_curl() {
    cat "$pki/good.pem" "$pki/good.key" >"$work/haproxy.pem"
    cat >"$work/haproxy.cfg" <<END
defaults
 mode http
 timeout connect 5s
 timeout client 5s
 timeout server 5s
frontend f
 bind :443 ssl crt $work/haproxy.pem alpn h2,http/1.1
 http-request return status 200 content-type text/plain string hello
END
    serve haproxy -f "$work/haproxy.cfg"
    wait_port 443
    capture tls13-haproxy-curl curl_get
}
resume() {
    s_client -servername www.example.test -sess_out "$work/session" "$@"
    sleep 0.3
    s_client -servername www.example.test -sess_in "$work/session" "$@"
}
tls12_resume_id_openssl() {
    s_server $(leaf good) -tls1_2 -no_ticket
    capture tls12-resume-id-openssl resume -tls1_2 -no_ticket
}
tls12_resume_ticket_openssl() {
    s_server $(leaf good) -tls1_2
    capture tls12-resume-ticket-openssl resume -tls1_2
}
tls13_resume_openssl() {
    s_server $(leaf good)
    capture tls13-resume-openssl resume
}
tls12_mtls_openssl() {
    s_server $(leaf good) -tls1_2 -Verify 3 -CAfile "$pki/root.pem"
    capture tls12-mtls-openssl s_client -servername www.example.test -cert "$pki/client.crt" \
        -key "$pki/client.key" -cert_chain "$pki/int.pem"
}
tls13_mtls_openssl() {
    s_server $(leaf good) -Verify 3 -CAfile "$pki/root.pem"
    capture tls13-mtls-openssl s_client -servername www.example.test -cert "$pki/client.crt" \
        -key "$pki/client.key" -cert_chain "$pki/int.pem"
}
tls12_ipv6_openssl() {
    s_server $(leaf ec) -tls1_2
    target='[fd77::2]:443' capture tls12-ipv6-openssl s_client -servername www.example.test
}
tls12_no_sni_openssl() {
    s_server $(leaf good) -tls1_2
    capture tls12-no-sni-openssl s_client -noservername
}
