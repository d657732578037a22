#!/usr/bin/env bash
# certificates.sh [HANDSHAKES...]: captures in which every handshake has a certificate of its own.
# Prints time, rate and memory of `tlswire read`; fails when a planted shared prime is not found.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -O2 -Wno-deprecated-declarations -o "$dir/certificates" "$here/certificates.c" -lcrypto
[ $# -gt 0 ] || set -- 10000 50000 100000
for n in "$@"; do
    "$dir/certificates" "$dir/in.pcap" "$dir/root.pem" "$n" 5 >"$dir/pairs"
    rm -f "$dir/out.db"*
    python3 - "$root/build/release/tlswire" "$dir" "$n" <<'END'
import resource
import sqlite3
import subprocess
import sys
import time
program, directory, n = sys.argv[1:]
start = time.monotonic()
subprocess.run([program, "read", "-q", "--trust", directory + "/root.pem", "--db", directory + "/out.db",
                directory + "/in.pcap"], check=True)
seconds = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print("%6s handshakes: %.1f s, %.1f s of CPU, %.0f handshakes/s (%.0f per s of CPU), %.0f MB" % (
    n, seconds, cpu, int(n) / seconds, int(n) / cpu, used.ru_maxrss / 1024), flush=True)
db = sqlite3.connect(directory + "/out.db")
found = {s for (s,) in db.execute("SELECT summary FROM finding WHERE defect = 'entropy-rsa-shared-prime'")}
pairs = [line.split() for line in open(directory + "/pairs")]
missing = [p for p in pairs if not any("CN=%s " % p[0] in s and "CN=%s " % p[1] in s for s in found)]
others = db.execute("SELECT defect, count(*) FROM finding WHERE severity >= 2 AND defect NOT IN "
                    "('entropy-rsa-shared-prime', 'kex-static-rsa', 'kex-static-dh-ecdh') GROUP BY 1").fetchall()
if missing or len(found) != len(pairs) or others:
    sys.exit("certificates: missing %s of %s, also found %s" % (missing, sorted(found), others))
END
done
