# What several connections or a whole one show: refusals beside successes, large hellos, lost segments,
# renegotiations, endings. Certificates are those of pki.sh.
hello() { s_client -servername www.example.test "$@"; }
overlap_with() { # overlap_with NAME SERVER-OPTIONS -- OPTIONS of the client that fails
    local name=$1 server=()
    shift
    while [ "$1" != -- ]; do server+=("$1"); shift; done
    shift
    s_server $(leaf good) "${server[@]}"
    record "$name" tcp
    hello
    hello
    hello "$@"
    finish
}
overlap_cipher_openssl() {
    overlap_with overlap-cipher-openssl -tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384 -- -tls1_2 -cipher ECDHE-RSA-AES128-SHA
}
overlap_version_openssl() { overlap_with overlap-version-openssl -tls1_3 -- -tls1_2; }
overlap_group_openssl() {
    overlap_with overlap-group-openssl -tls1_2 -groups P-256 -cipher ECDHE-RSA-AES256-GCM-SHA384 -- -tls1_2 -groups X448
}
# A list of application protocols that makes the hello longer than a segment.
long_alpn() { printf 'protocol-%03d,' $(seq 1 120) | sed 's/,$//'; }
large_hello_box_openssl() {
    serve openssl s_server -accept 8443 -www $(leaf good)
    wait_port 8443
    serve python3 "$here/drivers/oneread.py" 8443
    wait_port 443
    record large-hello-box-openssl 'tcp port 443'
    local _
    for _ in 1 2 3; do
        hello
        hello -alpn "$(long_alpn)"
    done
    finish
}
large_hello_good_openssl() {
    s_server $(leaf good)
    record large-hello-good-openssl tcp
    local _
    for _ in 1 2 3; do hello -alpn "$(long_alpn)"; done
    finish
}
# The way to the client drops what is longer than 1,000 bytes and says nothing.
mtu_blackhole_openssl() {
    ip -n "$server_ns" link set tws0 gso_max_segs 1
    ip netns exec "$client_ns" nft 'table ip f { chain c { type filter hook prerouting priority -300; ip length > 1000 drop; }; }'
    s_server $(leaf good) -tls1_2
    record mtu-blackhole-openssl tcp
    hello
    finish
    ip netns exec "$client_ns" nft delete table ip f
}
# The client of OpenSSL renegotiates on a line with an R.
renegotiate() {
    local i
    { sleep 0.5; for ((i = 0; i < $1; i++)); do echo R; sleep "$2"; done; echo hello; sleep 0.5; } |
        ip netns exec "$client_ns" timeout 20 openssl s_client -connect $server_ip:443 -tls1_2 \
            -servername www.example.test >"$work/client.log" 2>&1 || true
}
renegotiation_server() {
    serve openssl s_server -accept 443 -rev -tls1_2 $(leaf ec) "$@"
    wait_port 443
}
renegotiation_openssl() {
    renegotiation_server -client_renegotiation
    capture renegotiation-openssl renegotiate 2 0.3
}
renegotiation_often_openssl() {
    renegotiation_server -client_renegotiation
    capture renegotiation-often-openssl renegotiate 12 1.2
}
renegotiation_refused_openssl() {
    renegotiation_server
    capture renegotiation-refused-openssl renegotiate 2 0.3
}
abrupt_python() {
    serve python3 "$here/drivers/abrupt.py" "$pki/ec.pem" "$pki/ec.key"
    wait_port 443
    record abrupt-python tcp
    local _
    for _ in $(seq 1 20); do hello; done
    finish
}
dtls_gnutls() {
    serve gnutls-serv --udp --echo --quiet --port 4433 --x509certfile "$pki/ec.pem" --x509keyfile "$pki/ec.key"
    sleep 1
    record dtls-gnutls udp
    { sleep 0.5; echo hello; sleep 0.5; } | ip netns exec "$client_ns" timeout 5 openssl s_client -dtls1_2 \
        -connect $server_ip:4433 >"$work/client.log" 2>&1 || true
    finish
}
