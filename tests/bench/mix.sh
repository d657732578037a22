#!/usr/bin/env bash
# mix.sh OUT [SECONDS [PACKETS_PER_SECOND [HANDSHAKES_PER_SECOND]]]: a capture of a busy link out of
# pcaps/, and beside it OUT.replay, the program that sends it: OUT.replay -r 300000 INTERFACE OUT.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pcaps=$here/../../pcaps
out=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/mix" "$here/mix.c" -lpcap
cc -O2 -o "$out.replay" "$here/replay.c" -lpcap
"$dir/mix" "$out" "${2:-5}" "${3:-300000}" "${4:-200}" "$pcaps"/tls12-*.pcap "$pcaps"/tls13-*.pcap
