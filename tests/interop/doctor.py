#!/usr/bin/env python3
"""doctor.py TLSWIRE: `tlswire doctor` finds what is wrong with interfaces that were made wrong.

Works in a network namespace of its own; exits with 77 (skipped) when it may make none.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from live_capture import Bulk, expect, failed, ip, pair, sender, tcp


def doctor(program, *words, status=0, during=None, **kw):
    """{(check, interface): row}; during() runs while packets are looked at."""
    p = subprocess.Popen([program, "doctor", "--format", "jsonl", *words], stdout=subprocess.PIPE, text=True, **kw)
    if during:
        time.sleep(0.5)
        during()
    rows = [json.loads(line) for line in p.communicate(timeout=60)[0].splitlines()]
    expect(p.returncode == status, "doctor %s exits with %d (%d)" % (" ".join(words), status, p.returncode))
    return {(r["check"], r["interface"]): r for r in rows}


def shows(rows, check, interface, state, *found):
    row = rows.get((check, interface))
    expect(row is not None and row["state"] == state and all(f in row["found"] for f in found), "%s: %s" % (check, row))
    if state in ("warn", "bad"):
        expect(row is not None and row["advice"], "and what to do")


def gre(inner):
    """An IP packet (an Ethernet frame's payload) in GRE."""
    frame = tcp(2, 0, 3, 0)
    body = b"\0\0\x08\0" + inner[14:]
    head = bytearray(frame[14:34])
    head[2:4] = (20 + len(body)).to_bytes(2, "big")
    head[9] = 47
    return frame[:14] + bytes(head) + body


def syn(frame):
    return frame[:47] + b"\x02" + frame[48:]


def inside(program):
    subprocess.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", shell=True, check=False)
    shows(doctor(program, "--seconds", "0", status=2), "interface", None, "bad", "none is up")
    pair("wa")
    pair("wb")
    a = sender("wap5")

    def traffic():
        for i in range(100):
            a.send(syn(tcp(2, 1000 + i, 1, 443)))
            for _ in range(3):
                a.send(gre(tcp(2, 1000 + i, 1, 443)))
            a.send(bytes(12) + b"\x81\0\0\x05\x08\0" + tcp(2, 1000 + i, 1, 443)[14:])

    rows = doctor(program, "-i", "wa5,wb5", "--seconds", "2", "--threads", "2", during=traffic)
    shows(rows, "permission", None, "ok")
    shows(rows, "ring", None, "ok", "64 of 64 MiB")
    shows(rows, "link", "wa5", "ok", "up, carrier", "1500")
    shows(rows, "promiscuous", "wa5", "ok")
    shows(rows, "threads", "wa5", "ok")
    shows(rows, "traffic", "wa5", "ok", "500 packets in 2 s")
    shows(rows, "kernel drops", "wa5", "ok", "0 of 500")
    shows(rows, "directions", "wa5", "warn", "100 SYN but 0 SYN-ACK")
    shows(rows, "tunnels", "wa5", "warn", "300 of 500")
    shows(rows, "VLANs", "wa5", "note", "100")
    shows(rows, "traffic", "wb5", "warn", "0 packets")
    expect(("joined", "wa5") not in rows, "nothing was joined")
    rows = doctor(program, "-i", "wa5", "--seconds", "2", during=traffic)
    shows(rows, "tunnels", "wa5", "note", "300 of 500")

    pair("wc")
    bulk = Bulk("wc")
    rows = doctor(program, "-i", "wc5", "--seconds", "2", during=lambda: bulk.send(5 << 20))
    shows(rows, "joined", "wc5", "note", "longer than the MTU")
    bulk.end()
    ip("link", "set", "wa5", "down")
    shows(doctor(program, "-i", "wa5", "--seconds", "1", status=2), "link", "wa5", "bad", "down")
    shows(doctor(program, "-i", "wap5,nix5", "--seconds", "1", status=2), "link", "wap5", "warn", "no carrier")
    shows(doctor(program, "-i", "nix5", "--seconds", "1", status=2), "interface", "nix5", "bad", "no such interface")
    ip("link", "set", "wa5", "up")
    as_nobody(program)
    print("doctor: %s" % ("%d failed" % len(failed) if failed else "fine"))
    return 1 if failed else 0


def as_nobody(program):
    nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = os.path.join(folder, "tlswire")
        shutil.copy(program, copy)
        os.chmod(copy, 0o755)
        shows(doctor(copy, "-i", "wa5", "--seconds", "1", status=2, **nobody), "permission", None, "bad", "CAP_NET_RAW")
        if shutil.which("setcap") and subprocess.run(["setcap", "cap_net_raw+ep", copy], check=False).returncode == 0:
            rows = doctor(copy, "-i", "wa5", "--seconds", "1", **nobody)
            shows(rows, "permission", None, "ok")
            shows(rows, "promiscuous", "wa5", "ok")
            shows(rows, "traffic", "wa5", "warn", "0 packets")


def main():
    if sys.argv[1] == "--inside":
        return inside(sys.argv[2])
    can = os.geteuid() == 0 and shutil.which("ip") and shutil.which("unshare")
    if not can or subprocess.run(["unshare", "-n", "ip", "link", "add", "wa5", "type", "veth", "peer", "name", "wap5"],
                                 capture_output=True, check=False).returncode != 0:
        print("skipped: needs root, ip and unshare, and virtual interfaces")
        return 77
    program = os.path.abspath(sys.argv[1])
    return subprocess.run(["unshare", "-n", sys.executable, os.path.abspath(__file__), "--inside", program], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
