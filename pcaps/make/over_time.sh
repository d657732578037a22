# What only several handshakes show.
# mbedtls_server ARGUMENTS...: mbedTLS in TLS 1.2 with good.pem.
mbedtls_server() {
    bundled
    cc -o "$work/tls_mbedtls" "$here/drivers/tls_mbedtls.c" -lmbedtls -lmbedx509 -lmbedcrypto
    serve "$work/tls_mbedtls" server port=443 version=1.2 cert="$work/good.pem" key="$(a good.key)" "$@"
    wait_port 443
}
# several N SECONDS COMMAND...: N times, SECONDS apart.
several() {
    local n=$1 apart=$2 i
    shift 2
    for i in $(seq 1 "$n"); do
        "$@"
        sleep "$apart"
    done
}
over_time_cloned_mbedtls() {
    mbedtls_server cloned=1
    capture over-time-cloned-mbedtls several 2 0 shake
}
over_time_clock_mbedtls() {
    mbedtls_server clock=-86400
    capture over-time-clock-mbedtls several 5 3.1 shake
}
# Two kinds of clients, both with TLS 1.3.
two_kinds() {
    several 3 0 shake
    several 2 0 client gnutls-cli --port 443 --x509cafile "$(a root.crt)" --sni-hostname www.example.test \
        --verify-hostname www.example.test $server_ip
}
over_time_no_tls13_openssl() {
    authority
    hold good
    capture over-time-no-tls13-openssl two_kinds
}
