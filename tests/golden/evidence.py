#!/usr/bin/env python3
"""evidence.py TLSWIRE: read --evidence over captures of many kinds.

Every frame that was kept must be the frame of the input, byte for byte, with its time, lengths and
link type; and the Wireshark filter that show prints must select exactly these frames. Frames are
compared with a parser of our own; the filters need tshark and are left out without it.
"""
import fractions
import gzip
import json
import os
import re
import shlex
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PCAPS = os.path.join(ROOT, "pcaps")
EXPIRED = os.path.join(PCAPS, "cert-expired-nginx-curl.pcap")
LATER = ["--at", "2040-01-01"]  # whatever stands in a capture has expired by then
ETHERNET = 14
failures = 0


def say(text):
    global failures
    failures += 1
    print("evidence: " + text)


# Captures, read and written.

def unpack(path):
    raw = open(path, "rb").read()
    if raw[:2] == b"\x1f\x8b":
        return gzip.decompress(raw)
    if raw[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout
    return raw


def frames_pcap(raw):
    order = "<" if raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    units = 10**9 if struct.unpack(order + "I", raw[:4])[0] == 0xa1b23c4d else 10**6
    link = struct.unpack(order + "I", raw[20:24])[0]
    at, out = 24, []
    while at + 16 <= len(raw):
        seconds, fraction, captured, wire = struct.unpack(order + "IIII", raw[at:at + 16])
        if at + 16 + captured > len(raw):
            break
        out.append((seconds + fractions.Fraction(fraction, units), link, wire, raw[at + 16:at + 16 + captured], None))
        at += 16 + captured
    return out


def options(order, body):
    found = {}
    while len(body) >= 4:
        code, n = struct.unpack(order + "HH", body[:4])
        if code == 0:
            break
        found[code] = body[4:4 + n]
        body = body[4 + (n + 3) // 4 * 4:]
    return found


def frames_pcapng(raw):
    at, out, order, interfaces = 0, [], "<", []
    while at + 12 <= len(raw):
        if raw[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order, interfaces = "<" if raw[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">", []
        kind, n = struct.unpack(order + "II", raw[at:at + 8])
        body = raw[at + 8:at + n - 4]
        at += n
        if kind == 1:
            found = options(order, body[8:])
            resolution = found.get(9, b"\x06")[0]
            interfaces.append((struct.unpack(order + "H", body[:2])[0],
                               2**(resolution & 127) if resolution & 128 else 10**resolution))
        elif kind == 6:
            i, high, low, captured, wire = struct.unpack(order + "IIIII", body[:20])
            comment = options(order, body[20 + (captured + 3) // 4 * 4:]).get(1)
            out.append((fractions.Fraction(high << 32 | low, interfaces[i][1]), interfaces[i][0], wire,
                        body[20:20 + captured], comment))
        elif kind == 3:
            wire = struct.unpack(order + "I", body[:4])[0]
            out.append((None, interfaces[0][0], wire, body[4:4 + wire], None))
    return out


def frames(path):
    raw = unpack(path)
    return frames_pcapng(raw) if raw[:4] == b"\x0a\x0d\x0d\x0a" else frames_pcap(raw)


def write(path, packets, order="<", nano=False):
    """packets: (seconds, fraction, bytes)"""
    units = 10**9 if nano else 10**6
    with open(path, "wb") as f:
        f.write(struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for time, data in packets:
            f.write(struct.pack(order + "IIII", int(time), int((time - int(time)) * units), len(data), len(data)) + data)
    return path


def write_mixed(path, packets):
    """Ethernet in microseconds and raw IP in nanoseconds, big endian, one after the other."""
    block = lambda kind, body: struct.pack(">II", kind, 12 + len(body)) + body + struct.pack(">I", 12 + len(body))
    with open(path, "wb") as f:
        f.write(block(0x0a0d0d0a, struct.pack(">IHHq", 0x1a2b3c4d, 1, 0, -1)))
        f.write(block(1, struct.pack(">HHI", 1, 0, 0)))
        f.write(block(1, struct.pack(">HHIHHB3xI", 101, 0, 65535, 9, 1, 9, 0)))
        for i, (time, data) in enumerate(packets):
            data = data[ETHERNET:] if i % 2 else data
            ticks = int(time * 10**9) + 7 if i % 2 else int(time * 10**6)
            f.write(block(6, struct.pack(">IIIII", i % 2, ticks >> 32, ticks & 0xffffffff, len(data), len(data)) +
                          data + b"\0" * (-len(data) % 4)))
    return path


def plain(path):
    return [(f[0], f[3]) for f in frames(path)]


# Alterations.

def checksum(header):
    s = sum(struct.unpack(">%dH" % (len(header) // 2), header))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def fragment(data):
    """An IPv4 packet as two fragments, the first of 32 bytes."""
    ip, payload, out = data[ETHERNET:ETHERNET + 20], data[ETHERNET + 20:], []
    for offset, part, more in ((0, payload[:32], 1), (4, payload[32:], 0)):
        head = ip[:2] + struct.pack(">HHH", 20 + len(part), 0x4242, more << 13 | offset) + ip[8:10] + b"\0\0" + ip[12:]
        head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
        out.append(data[:ETHERNET] + head + part)
    return out


def unreachable(data):
    """An ICMP error that quotes the packet."""
    quote = data[ETHERNET:ETHERNET + 28]
    icmp = b"\x03\x04\0\0\0\0\x05\xdc" + quote
    icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(icmp), 1, 0, 64, 1, 0) + b"\x0a\x4d\x00\xfe" + data[ETHERNET + 12:ETHERNET + 16]
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    return data[:ETHERNET] + ip + icmp


def hello_randoms(packets):
    return [p[1][p[1].index(b"\x16\x03") + 11:][:32] for p in packets if re.search(rb"\x16\x03[\x00-\x03]..[\x01\x02]\0", p[1], re.S)][:2]


def again(packets, seconds):
    """The same connection once more: later, other sequence numbers, other randoms."""
    randoms = hello_randoms(packets)
    out = []
    for time, data in packets:
        seq, ack = struct.unpack(">II", data[ETHERNET + 24:ETHERNET + 32])
        is_first = data[ETHERNET + 33] & 0x12 == 2
        data = data[:ETHERNET + 24] + struct.pack(">II", (seq + 77777777) % 2**32, 0 if is_first else (ack + 77777777) % 2**32) + data[ETHERNET + 32:]
        for r in randoms:
            data = data.replace(r, bytes(b ^ 1 for b in r))
        out.append((time + seconds, data))
    return out


# The checks.

def run(program, directory, status, words, *arguments, stdin=None):
    done = subprocess.run([program, *arguments], cwd=directory, capture_output=True, text=True, stdin=stdin)
    lines = done.stderr.splitlines()
    if done.returncode != status:
        say("%s: exit %d, expected %d: %s" % (" ".join(arguments), done.returncode, status, done.stderr[-1000:]))
    if len(lines) != (words is not None) or not all(w in lines[0] for w in words or ()):
        say("%s: expected %s, got %s" % (" ".join(arguments), words, lines))
    return done.stdout


def tshark(command):
    done = subprocess.run(command + " -T fields -e frame.number", shell=True, capture_output=True, text=True, executable="/bin/bash")
    if done.returncode != 0 and "cut short" not in done.stderr:
        say("%s: %s" % (command, done.stderr))
    return [int(n) for n in done.stdout.split()]


def check_readable(path):
    done = subprocess.run(["capinfos", "-c", path], capture_output=True, text=True)
    complaints = [l for l in done.stderr.splitlines() if "Running as user" not in l]
    if done.returncode != 0 or complaints:
        say("capinfos %s: %s" % (path, complaints))


def check_file(program, directory, case, handshake, row):
    """One file against its inputs and against the filters of show. Gives the packets by input name."""
    shown = json.loads(run(program, directory, 0, None, "show", "handshake", str(handshake), "--format", "json", "--db", case + ".db"))
    if shown["evidence_file"]["path"] != row[1] or shown["evidence_file"]["packets"] != row[2]:
        say("%s: show says %s, the table %s" % (case, shown["evidence_file"], row))
    path = os.path.join(directory, row[1])
    raw = open(path, "rb").read()
    kept, by_name = frames(path), {}
    if len(kept) != row[2] or sum(len(f[3]) for f in kept) != row[3]:
        say("%s: %s has %d packets, the table says %s" % (case, row[1], len(kept), row[2:]))
    if shown["input"].encode() not in raw[:1000] or b"findings: " not in raw[:1000]:
        say("%s: the comment of %s does not name %s" % (case, row[1], shown["input"]))
    inputs = {os.path.basename(p): p for p in (shown["input"], shown["last_input"]) if p}
    originals = {name: frames(os.path.join(directory, p)) for name, p in inputs.items()}
    for time, link, wire, data, comment in kept:
        number, name = re.fullmatch(r"packet (\d+) of (.*)", comment.decode()).groups()
        original = originals[name][int(number) - 1]
        if (original[0] is not None and original[0] != time) or original[1:4] != (link, wire, data):
            say("%s: packet %s of %s is not what was kept" % (case, number, name))
        by_name.setdefault(name, []).append(int(number))
    if shutil.which("tshark") and shutil.which("capinfos"):
        check_readable(path)
        commands = shown["tshark"].splitlines()
        selected = {os.path.basename(shlex.split(c)[2]): tshark("cd %s; %s" % (directory, c)) for c in commands}
        # Wireshark shows a datagram of fragments with the last of them; -f leaves packets out.
        fits = {"fragments": lambda a, b: set(a) < set(b), "filter": lambda a, b: set(a) > set(b),
                "long": lambda a, b: set(a) > set(b), "small": lambda a, b: set(a) >= set(b)}.get(case, lambda a, b: a == b)
        if set(selected) != set(by_name) or not all(fits(selected[n], by_name[n]) for n in selected):
            say("%s: kept %s, the filter selects %s" % (case, by_name, selected))
    return by_name


def check_case(program, directory, case, status, words, files, *arguments):
    run(program, directory, status, words, "read", "-q", "--db", case + ".db", "--evidence", case, *arguments)
    c = sqlite3.connect(os.path.join(directory, case + ".db"))
    rows = c.execute("SELECT * FROM evidence_file ORDER BY handshake_id").fetchall()
    wanted = c.execute("SELECT count(*) FROM handshake WHERE defects_id IS NOT NULL").fetchone()[0]
    if len(rows) != files:
        say("%s: %d files, expected %d of %d connections with findings" % (case, len(rows), files, wanted))
    if sorted(os.path.join(case, n) for n in os.listdir(os.path.join(directory, case))) != sorted(r[1] for r in rows):
        say("%s: the directory and the table differ" % case)
    if any(os.stat(os.path.join(directory, r[1])).st_mode & 0o077 for r in rows):
        say("%s: others may read the packets" % case)
    return rows, [check_file(program, directory, case, r[0], r) for r in rows]


def expect(case, what, have, want):
    if have != want:
        say("%s: %s: %s, expected %s" % (case, what, have, want))


def check_inputs(program, directory):
    """Captures of all kinds that stand in pcaps/."""
    case = lambda name, files, *a, status=0, words=None: check_case(program, directory, name, status, words, files, *a)
    case("plain", 1, EXPIRED)
    packed = os.path.join(directory, "packed.pcap.gz")
    gzip.open(packed, "wb").write(open(EXPIRED, "rb").read())
    case("gzip", 1, packed)
    if shutil.which("zstd"):
        subprocess.run(["zstd", "-q", EXPIRED, "-o", packed[:-2] + "zst"], check=True)
        case("zstd", 1, packed[:-2] + "zst")
    case("ipv6", 1, *LATER, os.path.join(PCAPS, "tls12-ipv6-openssl.pcap"))
    case("vlan", 1, *LATER, os.path.join(PCAPS, "altered-vlan.pcap"))
    case("truncated", 1, *LATER, os.path.join(PCAPS, "altered-truncated.pcap"), status=2, words=["cut off"])
    case("links", 1, *LATER, os.path.join(PCAPS, "altered-mixed-links.pcapng"))
    os.makedirs(os.path.join(directory, "in"))
    for name in ("cert-expired-nginx-curl.pcap", "name-mismatch-openssl.pcap", "tls13-nss.pcap"):
        shutil.copy(os.path.join(PCAPS, name), os.path.join(directory, "in", "it's " + name))
    case("directory", 2, "in")
    case("workers", 2, "--threads", "3", "in")
    _, kept = case("filter", 1, "-f", "src port 443", EXPIRED)


def check_made(program, directory):
    """Captures made for one difficulty each."""
    case = lambda name, files, *a, **k: check_case(program, directory, name, 0, k.get("words"), files, *a)
    packets = plain(EXPIRED)
    path = lambda name: os.path.join(directory, name)
    n = len(packets)
    for name, order in (("nano", "<"), ("swapped", ">")):
        fine = [(t + fractions.Fraction(i + 1, 10**9), d) for i, (t, d) in enumerate(packets)]
        case(name, 1, write(path(name + ".pcap"), fine, order, True))
    twice = again(packets, 10)
    # The ports come again, with another connection.
    rows, kept = case("reuse", 2, write(path("reuse.pcap"), packets + twice))
    expect("reuse", "packets", [list(k.values())[0] for k in kept], [list(range(1, n + 1)), list(range(n + 1, 2 * n + 1))])
    # Only a part is read.
    rows, kept = case("count", 1, "-c", str(n + 4), path("reuse.pcap"))
    # ICMP errors about the connection are not of it.
    errors = [p for i, x in enumerate(packets) for p in ([x, (x[0], unreachable(x[1]))] if i == 3 else [x])]
    rows, kept = case("icmp", 1, write(path("icmp.pcap"), errors))
    expect("icmp", "packets", rows[0][2], n)
    # Fragments, in order, the last first, and those of others between.
    whole = [p for x in packets for p in ([(x[0], f) for f in fragment(x[1])] if len(x[1]) > 200 else [x])]
    rows, kept = case("fragments", 1, write(path("fragments.pcap"), whole))
    expect("fragments", "packets", rows[0][2], len(whole))
    # Two interfaces saw parts of the connection, with other link types and clocks.
    rows, kept = case("mixed", 1, write_mixed(path("mixed.pcapng"), packets))
    expect("mixed", "link types", set(f[1] for f in frames(path(rows[0][1]))), {1, 101})
    # Rotated files: one connection, two inputs.
    write(path("part1.pcap"), packets[:6])
    write(path("part2.pcap"), packets[6:])
    rows, kept = case("rotated", 1, "part1.pcap", "part2.pcap")
    expect("rotated", "packets", kept, [{"part1.pcap": list(range(1, 7)), "part2.pcap": list(range(1, n - 5))}])
    expect("rotated", "whole", rows[0][5], 1)


def check_caps(program, directory):
    packets = plain(EXPIRED)
    path = lambda name: os.path.join(directory, name)
    # What follows the handshake is cut, the handshake is not; it is over a second after the alert.
    last = packets[-1]
    copies = [(last[0] + fractions.Fraction(i, 1000), packets[-2][1]) for i in range(3000)]
    long = write(path("long.pcap"), packets[:-1] + copies + [(last[0] + 3, last[1])])
    rows, _ = check_case(program, directory, "long", 0, None, 1, long)
    expect("long", "packets, omitted", (rows[0][2], rows[0][4] > 900), (1024, True))
    # The directory has a size.
    both = write(path("both.pcap"), packets + again(packets, 10))
    rows, _ = check_case(program, directory, "small", 0, ["--evidence-size"], 2, "--evidence-size", "6K", both)
    expect("small", "whole", [r[5] for r in rows], [1, 0])
    sizes = sum(os.stat(os.path.join(path("small"), n)).st_size for n in os.listdir(path("small")))
    expect("small", "size of the directory", sizes <= 6144, True)
    counters = dict(sqlite3.connect(path("small.db")).execute("SELECT name, value FROM counter"))
    expect("small", "left out", counters["evidence-connections-left-out"], 1)
    # Reading again takes the place of what was kept before.
    before = {n: open(os.path.join(path("plain"), n), "rb").read() for n in os.listdir(path("plain"))}
    run(program, directory, 0, None, "read", "-q", "--again", "--db", "plain.db", "--evidence", "plain", "--evidence-size", "8K", EXPIRED)
    after = {n: open(os.path.join(path("plain"), n), "rb").read() for n in os.listdir(path("plain"))}
    expect("again", "files as before", before == after, True)


def check_errors(program, directory):
    path = lambda name: os.path.join(directory, name)
    read = lambda status, words, *a, **k: run(program, directory, status, words, "read", "-q", "--db", "e.db", *a, **k)
    open(path("file"), "w").close()
    read(1, ["--evidence", "file"], "--evidence", "file", EXPIRED)
    read(1, ["--evidence", "no/such"], "--evidence", "no/such", EXPIRED)
    read(1, ["--evidence-size"], "--evidence-size", "much", EXPIRED)
    read(1, ["--evidence-size"], "--evidence-size", "99999999999G", EXPIRED)
    expect("errors", "a database was made", os.path.exists(path("e.db")), False)
    read(0, ["standard input", "twice"], "--evidence", "stdin", "-", stdin=open(EXPIRED, "rb"))
    expect("stdin", "files", os.listdir(path("stdin")), [])
    # A file cannot be written: one line, the database stands.
    name = sqlite3.connect(path("plain.db")).execute("SELECT path FROM evidence_file").fetchone()[0]
    os.makedirs(path(os.path.join("stuck", os.path.basename(name))))
    run(program, directory, 4, ["stuck"], "read", "-q", "--db", "stuck.db", "--evidence", "stuck", EXPIRED)
    c = sqlite3.connect(path("stuck.db"))
    expect("stuck", "findings", c.execute("SELECT count(*) > 0 FROM finding").fetchone()[0], 1)
    expect("stuck", "files", c.execute("SELECT count(*) FROM evidence_file").fetchone()[0], 0)
    # Without the option nothing is kept.
    run(program, directory, 0, None, "read", "-q", "--db", "without.db", EXPIRED)
    expect("without", "counters", sqlite3.connect(path("without.db")).execute(
        "SELECT count(*) FROM counter WHERE name LIKE 'evidence%'").fetchone()[0], 0)


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        check_inputs(program, directory)
        check_made(program, directory)
        check_caps(program, directory)
        check_errors(program, directory)
    print("evidence: %s%s" % ("fine" if failures == 0 else "%d differences" % failures,
                              "" if shutil.which("tshark") else " (without tshark: no filter was tried)"))
    sys.exit(failures != 0)


main()
