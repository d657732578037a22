#!/usr/bin/env bash
# soak.sh [HANDSHAKES]: one long capture in one read; memory must stay below 1 GB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/multiply" "$here/multiply.c" -lpcap
"$here/source.sh" "$dir/source.pcap"
"$dir/multiply" "$dir/source.pcap" "$dir/soak.pcap" "${1:-300000}"
python3 - "$root/build/release/tlswire" "$dir" <<'END'
import resource
import subprocess
import sys
program, directory = sys.argv[1:]
subprocess.run([program, "read", "-q", "--no-hash", "--db", directory + "/soak.db", directory + "/soak.pcap"], check=True)
megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print("soak: %.0f MB at most" % megabytes)
sys.exit(megabytes > 1024)
END
