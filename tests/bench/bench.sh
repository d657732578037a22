#!/usr/bin/env bash
# bench.sh [HANDSHAKES]: CPU of `tlswire read` against a bare libpcap loop over the same file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
n=${1:-200000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/multiply" "$here/multiply.c" -lpcap
cc -O2 -o "$dir/pcaploop" "$here/pcaploop.c" -lpcap
"$here/source.sh" "$dir/source.pcap"
"$dir/multiply" "$dir/source.pcap" "$dir/bench.pcap" "$n"
echo "input: $n handshakes, $(stat -c %s "$dir/bench.pcap") bytes, $("$dir/pcaploop" "$dir/bench.pcap")"

# CPU seconds (user and system) of a command, the smallest of five runs.
cpu() {
    local best="" i t
    for i in 1 2 3 4 5; do
        rm -f "$dir/bench.db"*
        t=$({ TIMEFORMAT='%U %S'; time "$@" >/dev/null; } 2>&1 | tail -1 | awk '{printf "%.3f", $1 + $2}')
        if [ -z "$best" ] || awk "BEGIN{exit !($t < $best)}"; then best=$t; fi
    done
    echo "$best"
}

bare=$(cpu "$dir/pcaploop" "$dir/bench.pcap")
echo "bare libpcap loop: $bare s"
for extra in "" "--no-hash" "--threads 2"; do
    # shellcheck disable=SC2086
    ours=$(cpu "$root/build/release/tlswire" read --db "$dir/bench.db" $extra "$dir/bench.pcap")
    awk -v o="$ours" -v b="$bare" -v e="$extra" \
        'BEGIN{printf "tlswire read %-12s %s s, %.1f times the bare loop\n", e, o, o / b}'
done
