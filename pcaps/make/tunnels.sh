# One handshake in each encapsulation that mirrors send. VXLAN is the kernel's; drivers/tunnel.py has the other ends.
# tunnel_address NAMESPACE DEVICE NUMBER
tunnel_address() {
    ip -n "$1" link set "$2" addrgenmode none # nothing but what is asked for
    ip -n "$1" addr add "10.78.0.$3/24" dev "$2"
    ip -n "$1" link set "$2" mtu "${mtu:-1300}" up
    ip -n "$1" addr add "fd78::$3/64" dev "$2" nodad
}
mac_of() { ip -n "$1" -br link show "$2" | awk '{print $3}'; }
# tunnel_end NAMESPACE KIND NUMBER LINK PEER_MAC
tunnel_end() {
    rm -f "$work/tunnel$3.log" # or the last one's word that it is ready would count
    ip netns exec "$1" python3 "$here/drivers/tunnel.py" "$2" "$3" tun0 "$4" "$5" >"$work/tunnel$3.log" 2>&1 &
    background+=($!)
    local i
    for i in $(seq 1 50); do
        grep -q ready "$work/tunnel$3.log" && break
        sleep 0.1
    done
    tunnel_address "$1" tun0 "$3"
}
tunnel_ends() {
    tunnel_end "$client_ns" "$1" 1 twc0 "$(mac_of "$server_ns" tws0)"
    tunnel_end "$server_ns" "$1" 2 tws0 "$(mac_of "$client_ns" twc0)"
}
# tunnel_shake NAME: what passes between the ends while one handshake goes through.
tunnel_shake() {
    hold "${leaf:-good}"
    record "$1" 'not arp and not icmp6 and not igmp'
    server_ip=${inside:-10.78.0.2} shake
    finish
}
tunnel_by_driver() {
    authority
    tunnel_ends "$1"
    tunnel_shake "tunnel-$1-openssl"
}
# tunnel_kernel NAME ARGUMENTS...: a VXLAN device at each end.
tunnel_kernel() {
    local name=$1
    shift
    authority
    ip -n "$client_ns" link add tun0 type vxlan remote 10.77.0.2 dev twc0 "$@"
    ip -n "$server_ns" link add tun0 type vxlan remote 10.77.0.1 dev tws0 "$@"
    tunnel_address "$client_ns" tun0 1
    tunnel_address "$server_ns" tun0 2
    tunnel_shake "$name"
    ip -n "$client_ns" link del tun0
    ip -n "$server_ns" link del tun0
}
tunnel_vxlan_openssl() { tunnel_kernel tunnel-vxlan-openssl id 5001 dstport 4789; }
tunnel_vxlan_gpe_openssl() {
    authority
    local ns side
    for side in 1 2; do
        ns=$client_ns
        [ $side = 2 ] && ns=$server_ns
        ip -n "$ns" link add tun0 type vxlan dstport 4790 external gpe
        tunnel_address "$ns" tun0 $side
        ip -n "$ns" route replace "10.78.0.$((3 - side))/32" encap ip id 77 dst "10.77.0.$((3 - side))" dev tun0
    done
    tunnel_shake tunnel-vxlan-gpe-openssl
    ip -n "$client_ns" link del tun0
    ip -n "$server_ns" link del tun0
}
tunnel_geneve_openssl() { tunnel_by_driver geneve; }
tunnel_gre_openssl() { tunnel_by_driver gre; }
tunnel_nvgre_openssl() { tunnel_by_driver nvgre; }
tunnel_erspan_1_openssl() { tunnel_by_driver erspan-1; }
tunnel_erspan_2_openssl() { tunnel_by_driver erspan-2; }
tunnel_erspan_3_openssl() { tunnel_by_driver erspan-3; }
tunnel_gtp_u_openssl() { tunnel_by_driver gtp-u; }
tunnel_ipip_openssl() { leaf=good-rsa mtu=1500 tunnel_by_driver ipip; } # so long that outer packets go in fragments
tunnel_6in4_openssl() { inside=[fd78::2] tunnel_by_driver 6in4; }
tunnel_4in6_openssl() { tunnel_by_driver 4in6; }
tunnel_mpls_openssl() { tunnel_by_driver mpls; }
tunnel_mpls_ethernet_openssl() { tunnel_by_driver mpls-ethernet; }
tunnel_pppoe_openssl() { tunnel_by_driver pppoe; }
tunnel_qinq_openssl() { tunnel_by_driver qinq; }
