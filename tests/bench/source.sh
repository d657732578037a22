#!/usr/bin/env bash
# source.sh OUT: records real handshakes of OpenSSL on loopback, full and resumed, TLS 1.2 and 1.3.
set -euo pipefail
out=$1
dir=$(mktemp -d)
pids=()
stop() {
    local p
    for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap stop EXIT
for name in rsa ec; do
    key=(-newkey rsa:2048)
    [ "$name" = ec ] && key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
    openssl req -x509 "${key[@]}" -nodes -days 90 -subj "/CN=$name.ca.test" \
        -keyout "$dir/$name.ca.key" -out "$dir/$name.ca.pem" 2>/dev/null
    openssl req "${key[@]}" -nodes -subj "/CN=$name.example.test" \
        -keyout "$dir/$name.key" -out "$dir/$name.csr" 2>/dev/null
    printf 'subjectAltName=DNS:*.example.test\nextendedKeyUsage=serverAuth\n' >"$dir/ext"
    openssl x509 -req -in "$dir/$name.csr" -CA "$dir/$name.ca.pem" -CAkey "$dir/$name.ca.key" \
        -CAcreateserial -days 60 -extfile "$dir/ext" -out "$dir/$name.leaf" 2>/dev/null
    cat "$dir/$name.leaf" "$dir/$name.ca.pem" >"$dir/$name.pem"
done
tcpdump -U -q -i lo -s 0 -B 65536 -w "$dir/all.pcap" 'tcp and (port 4501 or port 4502)' 2>/dev/null &
pids+=($!)
openssl s_server -quiet -accept 4501 -cert "$dir/rsa.pem" -key "$dir/rsa.key" -www >/dev/null 2>&1 &
pids+=($!)
openssl s_server -quiet -accept 4502 -cert "$dir/ec.pem" -key "$dir/ec.key" -www >/dev/null 2>&1 &
pids+=($!)
sleep 2
for i in $(seq 1 64); do
    port=$((4501 + i % 2))
    version=-tls1_2
    [ $((i % 4)) -lt 2 ] && version=-tls1_3
    printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 openssl s_client -quiet -ign_eof $version \
        -servername "host$i.example.test" -connect 127.0.0.1:$port >/dev/null 2>&1 || true
done
sleep 1
sleep 1
cp "$dir/all.pcap" "$out"
