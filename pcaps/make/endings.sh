# Attempts that end badly, and what is not TLS at all. drivers/peer.py plays the other side.
peer() { serve python3 "$here/drivers/peer.py" "$@"; wait_port 443; }
reset_after_hello_openssl() {
    peer reset
    capture reset-after-hello-openssl s_client -servername www.example.test
}
# A router that lets connections begin and resets them when they show a name, as filters do: nftables
# rejects what is longer than an acknowledgement.
reset_third_party_nftables() {
    local router=twr$$
    ip netns add "$router"
    ip -n "$client_ns" link add twc1 type veth peer name twr0 netns "$router"
    ip -n "$server_ns" link add tws1 type veth peer name twr1 netns "$router"
    ip -n "$client_ns" addr add 10.78.0.1/24 dev twc1
    ip -n "$router" addr add 10.78.0.254/24 dev twr0
    ip -n "$router" addr add 10.79.0.254/24 dev twr1
    ip -n "$server_ns" addr add 10.79.0.2/24 dev tws1
    local ns
    for ns in "$client_ns twc1" "$router twr0" "$router twr1" "$server_ns tws1"; do ip -n "${ns% *}" link set "${ns#* }" up; done
    ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1
    ip -n "$client_ns" route add 10.79.0.0/24 via 10.78.0.254
    ip -n "$server_ns" route add 10.78.0.0/24 via 10.79.0.254
    ip netns exec "$router" nft 'table ip f { chain c { type filter hook forward priority 0;
        tcp dport 443 ip length > 200 reject with tcp reset; }; }'
    s_server $(leaf good)
    record_in=$client_ns interface=twc1 record reset-third-party-nftables tcp
    target=10.79.0.2:443 s_client -servername www.example.test
    finish
    ip netns del "$router"
}
close_after_hello_openssl() {
    peer close
    sleep 0.1
    capture close-after-hello-openssl s_client -servername www.example.test
}
timeout_server_openssl() {
    peer silent
    capture timeout-server-openssl ip netns exec "$client_ns" timeout 14 openssl s_client \
        -connect $server_ip:443 -servername www.example.test </dev/null >/dev/null 2>&1 || true
}
timeout_client_openssl() {
    s_server $(leaf good) -tls1_2
    capture timeout-client-openssl client python3 "$here/drivers/stall.py" $server_ip 443 www.example.test
}
http_on_443_curl() {
    serve python3 -m http.server 443 --directory "$work"
    wait_port 443
    capture http-on-443-curl client curl -s "http://$server_ip:443/"
}
banner_on_443() {
    peer banner
    capture banner-on-443 client bash -c "exec 3<>/dev/tcp/$server_ip/443; head -c 20 <&3; printf 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n' >&3; sleep 0.3"
}
several() { for _ in 1 2 3 4 5 6; do s_client -servername www.example.test; done; }
one_sided_openssl() {
    s_server $(leaf good) -tls1_2
    record one-sided-openssl "tcp and src host $client_ip"
    several
    finish
}
small_segments_openssl() {
    s_server $(leaf good) -tls1_2
    capture small-segments-openssl client python3 "$here/drivers/dribble.py" $server_ip 443 www.example.test
}
