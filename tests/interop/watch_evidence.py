#!/usr/bin/env python3
"""watch_evidence.py TLSWIRE: the packets that `watch --evidence` keeps are those that were sent.

Captures with findings are replayed over a pair of virtual interfaces; each file must open with
`tlswire read` and give the same handshake and the same defects, and hold the frames that were sent,
byte for byte. Works in a network namespace of its own; exits with 77 (skipped) when it may make none.
"""
import glob
import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from live_capture import expect, failed, ip, sender

PCAPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "pcaps")
NAMES = ("cert-expired-nginx-curl", "cert-sha1-openssl", "cert-self-signed-openssl", "name-mismatch-openssl",
         "weak-dh512-gnutls", "forged-tls10-3des", "timeout-server-openssl", "tls13-nss", "tls12-ipv6-openssl",
         "chain-expired-openssl", "unknown-ca-openssl", "abrupt-python", "altered-vlan")
SAME = ("src", "sport", "dst", "dport", "version", "cipher", "sni", "ja3", "ja4", "outcome", "server_cert_sha256", "ending")
OTHERS = {"cert-issuer-changed"}  # told by what was before, which the file does not hold
OFFLOADED = 60000  # bytes of a frame that the interface still takes


def frames(path):
    """The frames of a capture as (link type, bytes)."""
    raw = open(path, "rb").read()
    if raw[:4] != b"\x0a\x0d\x0d\x0a":
        at, out = 24, []
        while at + 16 <= len(raw):
            n = struct.unpack("<I", raw[at + 8:at + 12])[0]
            out.append((struct.unpack("<I", raw[20:24])[0], raw[at + 16:at + 16 + n]))
            at += 16 + n
        return out
    at, out, links = 0, [], []
    while at + 12 <= len(raw):
        kind, n = struct.unpack("<II", raw[at:at + 8])
        if kind == 1:
            links.append(struct.unpack("<H", raw[at + 8:at + 10])[0])
        elif kind == 6:
            interface, _, _, captured = struct.unpack("<IIII", raw[at + 8:at + 24])
            out.append((links[interface], raw[at + 28:at + 28 + captured]))
        at += n
    return out


def lines(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, "%s: exits with %d %s" % (" ".join(words), done.returncode, done.stderr))
    return [json.loads(l) for l in done.stdout.splitlines()]


class Watch:
    """One run of `tlswire watch` in a directory of its own."""

    def __init__(self, program, folder, name, *words, evidence=None):
        self.program, self.db = program, os.path.join(folder, name + ".db")
        self.dir = evidence or os.path.join(folder, name)
        self.p = subprocess.Popen([program, "watch", "-i", "ev3", "--db", self.db, "--evidence", self.dir, *words],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = []
        while not any("watching" in l for l in self.said) and self.p.poll() is None:
            self.said.append(self.p.stderr.readline())
        time.sleep(0.3)  # sockets begin quiet

    def end(self, status=0, wait=0.5):
        time.sleep(wait)
        self.p.send_signal(signal.SIGINT)
        out, err = self.p.communicate(timeout=120)
        self.said += err.splitlines()
        expect(self.p.returncode == status, "watch exits with %d (%d): %s" % (status, self.p.returncode, self.said[-3:]))
        self.out = out
        c = sqlite3.connect(self.db)
        self.counters = dict(c.execute("SELECT name, value FROM counter"))
        self.files = {r[0]: dict(zip(("path", "packets", "bytes", "omitted", "is_whole"), r[1:]))
                      for r in c.execute("SELECT * FROM evidence_file")}
        self.named = {r[0] for r in c.execute("SELECT handshake_id FROM evidence WHERE handshake_id <> 0")}
        self.rows = {r["id"]: r for r in lines(self.program, "handshakes", "--db", self.db, "--format", "jsonl", "--limit", "100000")}
        return self

    def told(self, *words):
        return [l for l in self.said if all(w in l for w in words)]


def replay(packets, pause=0.0005):
    s = sender("evp3")
    for data in packets:
        s.send(data)
        time.sleep(pause)


def packets_of(name):
    return [d for _, d in frames(os.path.join(PCAPS, name + ".pcap"))]


def sent():
    """What is replayed, of each capture."""
    captures = {n: packets_of(n) for n in NAMES}
    return {n: f for n, f in captures.items() if all(14 < len(d) < OFFLOADED for d in f)}


def check_file(w, handshake, row):
    """The file against the row of its handshake."""
    db = os.path.join(os.path.dirname(w.db), "again.db")
    for old in glob.glob(db + "*"):
        os.remove(old)
    done = subprocess.run([w.program, "read", "-q", "--db", db, row["path"]], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, "read %s: %d %s" % (row["path"], done.returncode, done.stderr))
    found = lines(w.program, "handshakes", "--db", db, "--format", "jsonl")
    shown = w.rows[handshake]
    expect(len(found) == 1, "one handshake in %s (%d)" % (row["path"], len(found)))
    for key in SAME:
        expect(found[0][key] == shown[key], "%s of %d: %s, %s in the file" % (key, handshake, shown[key], found[0][key]))
    expect(found[0]["defects"] == [d for d in shown["defects"] if d not in OTHERS],
           "defects of %d: %s, %s in the file" % (handshake, shown["defects"], found[0]["defects"]))
    show = json.loads(subprocess.run([w.program, "show", "handshake", str(handshake), "--format", "json", "--db", w.db],
                                     capture_output=True, text=True, check=True).stdout)
    expect(show["evidence_file"] and show["evidence_file"]["path"] == row["path"], "show names %s" % row["path"])
    if shutil.which("tshark"):
        packets = subprocess.run(show["tshark"], shell=True, capture_output=True, text=True, check=False).stdout.splitlines()
        expect(len(packets) == row["packets"], "its packets: %s: %d of %d" % (show["tshark"], len(packets), row["packets"]))
    kept = frames(row["path"])
    expect((len(kept), sum(len(d) for _, d in kept)) == (row["packets"], row["bytes"]), "packets and bytes of %s" % row["path"])
    expect(os.stat(row["path"]).st_mode & 0o077 == 0, "only for its owner: %s" % row["path"])
    return [d for _, d in kept]


def check_all(w, captures):
    """Every handshake that a finding names has a file, with the frames that were sent."""
    have = sorted(os.listdir(w.dir))
    expect(have == sorted(os.path.basename(f["path"]) for f in w.files.values()), "the directory is as the table says: %d" % len(have))
    expect(w.named and w.named <= set(w.files), "all of %d handshakes that findings name have files" % len(w.named))
    for handshake, row in w.files.items():
        kept = check_file(w, handshake, row)
        of = next((n for n, f in captures.items() if kept[0] in f), None)
        port = struct.pack(">H", w.rows[handshake]["sport"])
        expect(of and kept == [f for f in captures[of] if port in f[14:62]], "frames of %s are those of %s" % (row["path"], of))
        expect(row["is_whole"] == 1, "%s is whole" % of)


def test_kept(program, folder):
    captures = sent()
    expect(len(captures) == len(NAMES), "%d captures fit the interface" % len(captures))
    for name, words in (("one", ()), ("two", ("--threads", "2")), ("steered", ("--threads", "2", "--one-socket"))):
        w = Watch(program, folder, name, *words)
        for packets in captures.values():
            replay(packets)
        w.end(wait=3)
        expect(w.counters["packets-received"] == sum(map(len, captures.values())), "all were received")
        check_all(w, captures)
        expect("packets of %d connections kept in" % len(w.files) in w.out, "the summary: %s" % w.out)
        expect(w.counters["evidence-files"] == len(w.files), "files are counted")
        expect(w.counters["evidence-packets-gone"] == 0, "nothing is gone")
        print("%s: %d files, %d handshakes, %d with findings" % (name, len(w.files), len(w.rows), sum(bool(r["defects"]) for r in w.rows.values())))


def test_bounds(program, folder):
    captures = sent()
    # The directory.
    w = Watch(program, folder, "small", "--evidence-size", "20K")
    for packets in captures.values():
        replay(packets)
    w.end()
    size = sum(os.stat(os.path.join(w.dir, f)).st_size for f in os.listdir(w.dir))
    expect(0 < size <= 20480, "20 KiB hold (%d)" % size)
    expect(w.counters["evidence-connections-left-out"] > 0, "others are left out: %s" % w.counters["evidence-connections-left-out"])
    expect(len(w.told("full", "--evidence-size")) == 1, "which is said once: %s" % w.said)
    # One connection: a long one after its handshake.
    packets = captures["cert-self-signed-openssl"]
    w = Watch(program, folder, "long")
    replay(packets[:-2] + [packets[-3]] * 3000 + packets[-2:], 0)
    w.end()
    expect([(f["packets"], f["is_whole"]) for f in w.files.values()] == [(64, 1)], "64 packets of one connection: %s" % w.files)
    # A handshake that is longer.
    w = Watch(program, folder, "segments")
    replay(packets_of("small-segments-openssl"), 0)
    w.end()
    expect([(f["packets"], f["is_whole"]) for f in w.files.values()] == [(64, 0)], "64 packets of one handshake: %s" % w.files)


def syn(packet, n):
    """The packet with other addresses, as long as an interface takes."""
    data = bytearray(packet + bytes(OFFLOADED - len(packet)))
    data[16:18] = struct.pack(">H", OFFLOADED - 14)
    data[26:34] = struct.pack(">II", 0x0A090000 + n, 0x0A080000 + n)
    return bytes(data)


def test_gone(program, folder):
    """More than the ring holds comes between the beginning of a handshake and its end."""
    packets = sent()["cert-expired-nginx-curl"]
    w = Watch(program, folder, "gone", "--ring", "256M")
    replay(packets[:5])
    replay([syn(packets[0], i) for i in range(1000)], 0)
    replay(packets[5:])
    w.end()
    row = list(w.files.values())
    expect([(f["packets"], f["is_whole"]) for f in row] == [(len(packets) - 5, 0)], "what is left is kept, and known not to be whole: %s" % row)
    expect(w.counters["evidence-packets-gone"] == 5, "5 are gone (%s)" % w.counters["evidence-packets-gone"])
    expect(b"not all packets" in open(row[0]["path"], "rb").read(1000), "the file says so")


def test_trouble(program, folder):
    captures = sent()
    # A disk that is full.
    full = os.path.join(folder, "full")
    os.mkdir(full)
    can = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", full], capture_output=True, check=False).returncode == 0
    if can:
        w = Watch(program, folder, "disk", evidence=full)
        for packets in captures.values():
            replay(packets)
        w.end()
        expect(len(w.told("no more packets are kept", "tried again")) == 1, "a full disk is said once: %s" % w.said)
        expect(w.counters["evidence-connections-left-out"] > 0, "and counted")
        expect(sorted(os.listdir(full)) == sorted(os.path.basename(f["path"]) for f in w.files.values()), "no file is cut")
        subprocess.run(["umount", full], check=True)
    # A directory that is gone.
    w = Watch(program, folder, "lost")
    shutil.rmtree(w.dir)
    for packets in captures.values():
        replay(packets)
    w.end()
    expect(len(w.told("no more packets are kept")) == 1, "a lost directory is said once: %s" % w.said)
    expect(not w.files and len(w.rows) >= len(captures), "all else goes on")
    # None that could be made.
    for words in (["--evidence", os.path.join(folder, "no", "such")], ["--evidence", w.db], ["--evidence", ""], ["--evidence-size", "much"]):
        done = subprocess.run([program, "watch", "-i", "ev3", "--db", os.path.join(folder, "none.db"), *words],
                              capture_output=True, text=True, check=False)
        expect(done.returncode == 1 and "--evidence" in done.stderr and len(done.stderr.splitlines()) <= 2,
               "watch %s: %d %s" % (words, done.returncode, done.stderr))


def test_user(program, folder):
    """As somebody else, in the sandbox."""
    os.chmod(folder, 0o777)
    w = Watch(program, folder, "user", "--user", "nobody")
    replay(sent()["cert-expired-nginx-curl"])
    w.end()
    files = [os.stat(f["path"]) for f in w.files.values()]
    expect(len(files) == 1 and files[0].st_uid == 65534 and files[0].st_mode & 0o777 == 0o600, "a file of nobody: %s" % files)


def test_without(program, folder):
    db = os.path.join(folder, "without.db")
    w = subprocess.Popen([program, "watch", "-q", "-i", "ev3", "--db", db])
    time.sleep(1)
    replay(sent()["cert-expired-nginx-curl"])
    time.sleep(0.5)
    w.send_signal(signal.SIGINT)
    expect(w.wait(60) == 0, "without --evidence")
    expect(sqlite3.connect(db).execute("SELECT count(*) FROM counter WHERE name LIKE 'evidence%'").fetchone()[0] == 0, "nothing is counted")


def inside(program):
    subprocess.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", shell=True, check=False)
    ip("link", "add", "ev3", "mtu", "65535", "type", "veth", "peer", "name", "evp3", "mtu", "65535")
    ip("link", "set", "ev3", "up")
    ip("link", "set", "evp3", "up")
    time.sleep(0.2)
    for name in sys.argv[3:] or ("kept", "bounds", "gone", "trouble", "user", "without"):
        with tempfile.TemporaryDirectory() as folder:
            print("test_" + name)
            globals()["test_" + name](program, folder)
    print("watch_evidence: %s" % ("%d failed" % len(failed) if failed else "fine"))
    return 1 if failed else 0


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--inside":
        return inside(sys.argv[2])
    can = os.geteuid() == 0 and shutil.which("ip") and shutil.which("unshare")
    if not can or subprocess.run(["unshare", "-n", "-m", "ip", "link", "add", "ev3", "type", "veth", "peer", "name", "evp3"],
                                 capture_output=True, check=False).returncode != 0:
        print("skipped: needs root, ip and unshare, and virtual interfaces")
        return 77
    program = os.path.abspath(sys.argv[1])
    return subprocess.run(["unshare", "-n", "-m", sys.executable, os.path.abspath(__file__), "--inside", program, *sys.argv[2:]],
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
