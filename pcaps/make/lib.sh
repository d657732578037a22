# Shared by make.sh: two network namespaces joined by a veth pair, one capture at a time, and
# processes that are stopped by their id.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${OUT:-$(cd "$here/.." && pwd)} # OUT: make them elsewhere
work=$(mktemp -d /tmp/tlswire-pcaps.XXXXXX)
pki=$work/pki
client_ip=10.77.0.1
server_ip=10.77.0.2
client_ns=twc$$
server_ns=tws$$
background=()
tcpdump_pid=

net_up() {
    ip netns add "$client_ns"
    ip netns add "$server_ns"
    ip link add twc0 netns "$client_ns" type veth peer name tws0 netns "$server_ns"
    ip -n "$client_ns" addr add $client_ip/24 dev twc0
    ip -n "$server_ns" addr add $server_ip/24 dev tws0
    ip -n "$client_ns" addr add fd77::1/64 dev twc0 nodad
    ip -n "$server_ns" addr add fd77::2/64 dev tws0 nodad
    local ns
    for ns in "$client_ns" "$server_ns"; do ip -n "$ns" link set lo up; done
    ip -n "$client_ns" link set twc0 up
    ip -n "$server_ns" link set tws0 up
    # A few milliseconds of way, so that times mean something.
    ip netns exec "$client_ns" tc qdisc add dev twc0 root netem delay 2ms 2>/dev/null || true
}

net_down() {
    stop_all
    ip netns del "$client_ns" 2>/dev/null || true
    ip netns del "$server_ns" 2>/dev/null || true
    rm -rf "$work"
}

# serve COMMAND...: runs a server until the scenario ends. wait_port says when it is there.
serve() {
    ip netns exec "$server_ns" "$@" >"$work/server.log" 2>&1 &
    background+=($!)
}

wait_port() {
    local i
    for i in $(seq 1 50); do
        if ip netns exec "$server_ns" ss -Hltn "sport = :$1" | grep -q .; then return 0; fi
        sleep 0.1
    done
    echo "no server on port $1:" >&2
    cat "$work/server.log" >&2
    return 1
}

stop_all() {
    local p
    for p in "${background[@]:-}"; do
        [ -n "$p" ] && kill "$p" 2>/dev/null
    done
    for p in "${background[@]:-}"; do
        [ -n "$p" ] && wait "$p" 2>/dev/null
    done
    background=()
    return 0
}

# client COMMAND...: at most 20 seconds; its failure is often the point of the scenario.
client() {
    ip netns exec "$client_ns" timeout 20 "$@" >"$work/client.log" 2>&1 </dev/null || true
}

request() { printf 'GET / HTTP/1.0\r\nHost: %s\r\n\r\n' "${1:-www.example.test}"; }

# s_client ARGUMENTS...: OpenSSL's client, which asks for a page and waits for the end.
s_client() {
    request | ip netns exec "$client_ns" timeout 20 openssl s_client -ign_eof \
        -connect "${target:-$server_ip:443}" "$@" >"$work/client.log" 2>&1 || true
}

# s_server ARGUMENTS...: OpenSSL's server on port 443.
s_server() {
    serve openssl s_server -accept 443 -www "$@"
    wait_port 443
}

record() {
    local name=$1
    shift
    rm -f "$work/tcpdump.log" # or the last one's word that it listens would count
    ip netns exec "${record_in:-$server_ns}" tcpdump -q -U -B 16384 --immediate-mode -i "${interface:-tws0}" -s 262144 -w "$out/$name.pcap" \
        "$@" 2>"$work/tcpdump.log" &
    tcpdump_pid=$!
    local i
    for i in $(seq 1 50); do
        grep -q listening "$work/tcpdump.log" 2>/dev/null && return 0
        sleep 0.1
    done
}

finish() {
    sleep "${1:-0.8}"
    kill -INT "$tcpdump_pid" 2>/dev/null || true
    wait "$tcpdump_pid" 2>/dev/null || true
    stop_all
}

# capture NAME FUNCTION: everything FUNCTION does stands in NAME.pcap. Servers are started before.
capture() {
    record "$1" 'tcp'
    shift
    "$@"
    finish
}

# trust CERTIFICATE: adds it to the trust.pem beside the captures.
trust() {
    echo "# $(openssl x509 -in "$1" -noout -subject -nameopt RFC2253), made $(date -u +%F)" | cat - "$1" >>"$out/${2:-trust}.pem"
}
