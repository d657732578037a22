#!/usr/bin/env python3
"""ja3.py TLSWIRE [DIR...]: JA3 and JA3S of every hello are those that tshark computes.

Reads the captures of DIR (default: pcaps/ and, when it is beside the checkout, the corpus) with
both and compares per connection: tlswire keeps one hello of each side, which must be among those
that tshark saw there; a connection whose hellos tshark sees must be found. Exits with 77 (skipped)
without tshark.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIELDS = ["tcp.srcport", "tcp.dstport", "tls.handshake.ja3", "tls.handshake.ja3s"]


def captures(dirs):
    for top in dirs:
        for folder, _, names in sorted(os.walk(top)):
            for name in sorted(names):
                if name.split(".")[-1] in ("pcap", "pcapng", "cap", "gz"):
                    yield os.path.join(folder, name)


def of_tshark(path):
    """{(client port, server port): (JA3 of its hellos, JA3S of its hellos)} of TCP connections."""
    command = ["tshark", "-r", path, "-Y", "tcp && (tls.handshake.ja3 || tls.handshake.ja3s)", "-T", "fields"]
    command += ["-o", "tcp.reassemble_out_of_order:TRUE"]
    for f in FIELDS:
        command += ["-e", f]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    seen = {}
    for line in out.splitlines():
        source, target, ja3, ja3s = (line.split("\t") + [""] * 4)[:4]
        source, target = source.split(",")[-1], target.split(",")[-1]
        if ja3:
            seen.setdefault((source, target), (set(), set()))[0].update(ja3.split(","))
        if ja3s:
            seen.setdefault((target, source), (set(), set()))[1].update(ja3s.split(","))
    return seen


def of_tlswire(program, paths, folder):
    db = os.path.join(folder, "j.db")
    subprocess.run([program, "read", "-q", "--again", "--db", db] + paths, capture_output=True, check=False)
    out = subprocess.run([program, "handshakes", "--format", "jsonl", "--db", db], capture_output=True, text=True, check=True).stdout
    seen = {}
    for line in out.splitlines():
        row = json.loads(line)
        key = (os.path.realpath(row["input"]), str(row["sport"]), str(row["dport"]))
        have = seen.setdefault(key, (set(), set()))
        have[0].update([row["ja3"]] if row["ja3"] else [])
        have[1].update([row["ja3s"]] if row["ja3s"] else [])
    return seen


def compare(program, paths):
    counts = {"same": 0, "wrong": 0, "missing": 0}
    with tempfile.TemporaryDirectory() as folder:
        have = of_tlswire(program, paths, folder)
    for path in paths:
        for (client, server), want in of_tshark(path).items():
            mine = have.get((os.path.realpath(path), client, server), (set(), set()))
            for which, name in enumerate(("ja3", "ja3s")):
                if not want[which]:
                    continue
                kind = "missing" if not mine[which] else "same" if mine[which] <= want[which] else "wrong"
                counts[kind] += 1
                if kind != "same":
                    print("%s %s %s:%s -> %s: tshark %s, tlswire %s" % (
                        kind, name, path, client, server, sorted(want[which]), sorted(mine[which])))
    return counts


def main():
    if shutil.which("tshark") is None:
        print("ja3: skipped, tshark is not installed")
        sys.exit(77)
    program = os.path.abspath(sys.argv[1])
    corpus = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
    dirs = sys.argv[2:] or [os.path.join(ROOT, "pcaps")] + ([corpus] if os.path.isdir(corpus) else [])
    counts = compare(program, list(captures(dirs)))
    print("ja3: %(same)d same, %(wrong)d wrong, %(missing)d missing" % counts)
    sys.exit(1 if counts["wrong"] else 0)


main()
