#!/usr/bin/env python3
"""corpus.py TLSWIRE: the captures that others made, when they are beside the checkout.

One read of everything, then its score.py over the TCP connections without a carrier before TLS:
each field at least 97 % found, nothing in captures that hold no TLS, no handshake found twice.
Exits with 77 (skipped) when the corpus is not there.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
FIELDS = ["version", "cipher", "sni", "server_cert_sha256", "client_alerts", "server_alerts", "ja3", "ja3s", "ja4"]


def main():
    program = os.path.abspath(sys.argv[1])
    if not os.path.exists(os.path.join(CORPUS, "EXPECTED.jsonl")):
        print("corpus: skipped, it is not beside this checkout")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as d:
        db, want, have = (os.path.join(d, n) for n in ("c.db", "want.jsonl", "have.jsonl"))
        read = subprocess.run([program, "read", "-q", "--recursive", "--db", db, CORPUS], capture_output=True, text=True)
        if read.returncode not in (0, 2) or "Sanitizer" in read.stderr or "runtime error" in read.stderr:
            sys.exit("corpus: read failed (%d): %s" % (read.returncode, read.stderr[-3000:]))
        with open(want, "w") as f:
            for line in open(os.path.join(CORPUS, "EXPECTED.jsonl")):
                row = json.loads(line)
                if row.get("none") or (row.get("proto") == "tcp" and not row.get("via")):
                    f.write(line)
        with open(have, "w") as f:
            subprocess.run([program, "handshakes", "--format", "jsonl", "--db", db], stdout=f, check=True)
        score = subprocess.run([sys.executable, os.path.join(CORPUS, "score.py"), want, have], capture_output=True, text=True)
        print(score.stdout)
        check(score.stdout)


def check(table):
    bad = []
    for line in table.splitlines():
        parts = line.split()
        if len(parts) != 5 or not parts[1].isdigit():
            continue
        name, expected, found, wrong = parts[0], int(parts[1]), int(parts[2]), int(parts[3])
        if name in FIELDS and found < 0.97 * expected:
            bad.append("%s: %d of %d" % (name, found, expected))
        if name == "no_tls" and found != expected:
            bad.append("something was reported where there is no TLS")
    if bad:
        sys.exit("corpus: " + "; ".join(bad))


main()
