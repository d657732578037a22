# Healthy servers of other stacks in TLS 1.2, where the certificates and the signature are to be seen.
# served_by NAME COMMAND...: any stack's server with good.pem, OpenSSL's client.
served_by() {
    local name=$1
    shift
    serve "$@"
    wait_port 443
    capture "$name" shake
}
bundled() {
    authority
    cat "$(a good.crt)" "$(a middle.crt)" >"$work/good.pem"
}
server_go() {
    authority
    go_signer
    served_by server-go "$work/gosigner" :443 "$(a good.crt)" "$(a middle.crt)" "$(a good.key)"
}
server_wolfssl() {
    bundled
    cc -o "$work/tls_wolfssl" "$here/drivers/tls_wolfssl.c" -lwolfssl
    served_by server-wolfssl "$work/tls_wolfssl" server port=443 version=1.2 cert="$work/good.pem" key="$(a good.key)"
}
server_mbedtls() {
    bundled
    cc -o "$work/tls_mbedtls" "$here/drivers/tls_mbedtls.c" -lmbedtls -lmbedx509 -lmbedcrypto
    served_by server-mbedtls "$work/tls_mbedtls" server port=443 version=1.2 cert="$work/good.pem" key="$(a good.key)"
}
server_java() {
    bundled
    openssl pkcs12 -export -in "$work/good.pem" -inkey "$(a good.key)" -passout pass:x -out "$work/good-java.p12"
    javac -d "$work" "$here/drivers/TlsPeer.java"
    served_by server-java java -cp "$work" TlsPeer server port=443 version=1.2 p12="$work/good-java.p12"
}
server_gnutls() {
    bundled
    served_by server-gnutls gnutls-serv --http --quiet --port 443 --x509certfile "$work/good.pem" --x509keyfile "$(a good.key)" \
        --priority NORMAL:-VERS-TLS1.3 --disable-client-cert
}
server_haproxy() {
    bundled
    cat "$(a good.key)" >>"$work/good.pem"
    cat >"$work/haproxy.cfg" <<CONF
defaults
 mode http
 timeout connect 5s
 timeout client 5s
 timeout server 5s
frontend f
 bind :443 ssl crt $work/good.pem ssl-max-ver TLSv1.2
 http-request return status 200 content-type text/plain string hello
CONF
    served_by server-haproxy haproxy -f "$work/haproxy.cfg"
}
