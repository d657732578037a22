#!/usr/bin/env python3
"""degrade.py TLSWIRE [SEEDS] [DIRECTORY]: the same captures with packets lost, doubled, moved or of one direction.

An outcome may become undetermined, a row may vanish; it may never become another one, and no defect may come up that
the whole capture does not show, but those about the capture itself. What leaves no trace when it is lost is known and
counted apart: a RST, a FIN, a pure ACK, the last payload of a side.
"""
import collections
import ipaddress
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUCCESS = {"success", "success-inferred"}
LOSSLESS = ("double", "echo", "reorder", "skew-client", "skew-server")  # all bytes are there, in another order
FIELDS = ("version", "cipher", "sni", "alpn", "ja3", "ja3s", "ja4", "server_cert_sha256", "client_cert_sha256", "hrr", "resumption", "src", "sport")
ABOUT_CAPTURE = {"ops-capture-loss", "ops-one-sided-capture"}
KINDS = ("drop1", "drop5", "drop20", "double", "echo", "reorder", "skew-client", "skew-server", "client", "server")
FIN, SYN, RST, ACK = 1, 2, 4, 16


class Packet:
    """One record of a classic pcap with Ethernet and IPv4 TCP; others have no flow."""

    def __init__(self, head, data):
        self.head, self.data, self.flow, self.flags, self.payload = head, data, None, 0, 0
        self.seconds = struct.unpack_from("<I", head)[0] + struct.unpack_from("<I", head, 4)[0] / 1e6
        if len(data) < 54 or data[12:14] != b"\x08\x00" or data[23] != 6:
            return
        tcp = 14 + (data[14] & 15) * 4
        ends = (data[26:30] + data[tcp:tcp + 2], data[30:34] + data[tcp + 2:tcp + 4])
        self.flow, self.source, self.flags = tuple(sorted(ends)), ends[0], data[tcp + 13]
        self.payload = struct.unpack_from(">H", data, 16)[0] - (tcp - 14) - (data[tcp + 12] >> 4) * 4


def load(path):
    data = open(path, "rb").read()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        return None, []
    at, packets = 24, []
    while at + 16 <= len(data):
        n = struct.unpack_from("<I", data, at + 8)[0]
        if at + 16 + n > len(data):
            break
        packets.append(Packet(data[at:at + 16], data[at + 16:at + 16 + n]))
        at += 16 + n
    return data[:24], packets


def traceless(packets):
    """The packets whose loss nobody can see."""
    found, last = set(), {}
    for i, p in enumerate(packets):
        if p.flow is None:
            continue
        if p.flags & (FIN | RST) or p.payload == 0:
            found.add(i)
        if p.payload > 0:
            last[p.flow, p.source] = i
    return found | set(last.values())


def ends_before_it_begins(packets):
    """Flows whose FIN or RST stands before any payload: nothing was known of them yet."""
    begun, found = set(), set()
    for p in packets:
        if p.payload > 0:
            begun.add(p.flow)
        elif p.flags & (FIN | RST) and p.flow not in begun:
            found.add(p.flow)
    return found


def begins_late(packets, left):
    """Flows where neither the SYN nor the first payload of a side comes first any more: its beginning is past."""
    first, begun, found = {}, set(), set()
    for p in packets:
        if p.payload > 0:
            first.setdefault(p.flow, {}).setdefault(p.source, p.data)
    for p in left:
        if p.flags & SYN and p.flags & ACK:
            begun |= {(p.flow, p.flow[0]), (p.flow, p.flow[1])}
        elif p.flags & SYN:
            begun.add((p.flow, p.source))
        elif p.payload > 0 and (p.flow, p.source) not in begun:
            begun.add((p.flow, p.source))
            if p.data != first[p.flow][p.source] or p.payload < 6:  # too short to be known for TLS
                found.add(p.flow)
    return found


def degrade(kind, packets, rng):
    """What is left, in its new order, and the flows whose loss leaves no trace."""
    if kind.startswith("drop"):
        share, silent = int(kind[4:]) / 100, traceless(packets)
        gone = {i for i, p in enumerate(packets) if p.flow is not None and rng.random() < share}
        return [p for i, p in enumerate(packets) if i not in gone], {packets[i].flow for i in gone & silent}
    if kind == "double":
        return [p for p in packets for _ in range(1 + (rng.random() < 0.3))], set()
    if kind == "echo":
        # Some packets come once more, up to four places later.
        again = [(i + 1 + 4 * rng.random(), p) for i, p in enumerate(packets) if rng.random() < 0.3]
        both = sorted(list(enumerate(packets)) + again, key=lambda x: x[0])
        left, last = [], packets[0].head[:8]
        for at, p in both:
            last = p.head[:8] if at == int(at) else last
            left.append(Packet(last + p.head[8:], p.data))
        return left, set()
    if kind == "reorder":
        # Some packets come up to 2 ms late: other places, and the capture's clock runs on.
        clock, late = 0.0, []
        for before, p in zip([packets[0]] + packets, packets):
            clock += max(p.seconds - before.seconds, 0)
            late.append(clock + 0.002 * rng.random() * (rng.random() < 0.3))
        order = sorted(range(len(packets)), key=late.__getitem__)
        left = [Packet(packets[k].head[:8] + packets[i].head[8:], packets[i].data) for k, i in enumerate(order)]
        return left, ends_before_it_begins(left)
    sides = {}
    for p in packets:
        if p.flow is not None:
            sides.setdefault(p.flow, p.source)
    if kind.startswith("skew"):
        # One direction reaches the capture later than the other, by up to 200 ms.
        clock, late, delay = 0.0, [], 10 ** (-4 + 3.3 * rng.random())
        for before, p in zip([packets[0]] + packets, packets):
            clock += max(p.seconds - before.seconds, 0)
            is_late = p.flow is not None and (p.source == sides[p.flow]) == (kind == "skew-client")
            late.append(clock + delay * is_late)
        order = sorted(range(len(packets)), key=late.__getitem__)
        left = [Packet(packets[k].head[:8] + packets[i].head[8:], packets[i].data) for k, i in enumerate(order)]
        return left, ends_before_it_begins(left)
    return [p for p in packets if p.flow is None or (p.source == sides[p.flow]) == (kind == "client")], set(sides)


def read(program, directory):
    """Per connection its outcome, per capture its defects."""
    db = os.path.join(directory, "degrade.db")
    done = subprocess.run([program, "read", "-q", "--new", "--no-hash", "--db", db, directory], capture_output=True, text=True)
    if done.returncode not in (0, 2) or "Sanitizer" in done.stderr:
        sys.exit("degrade: read failed (%d): %s" % (done.returncode, done.stderr[-3000:]))
    rows = [[json.loads(line) for line in subprocess.run([program, what, "--format", "jsonl", "--db", db], capture_output=True,
            text=True, check=True).stdout.splitlines()] for what in ("handshakes", "findings")]
    os.unlink(db)
    outcomes, turns = {}, collections.Counter()
    for row in rows[0]:
        key = os.path.basename(row["pcap"]), frozenset(((row["src"], row["sport"]), (row["dst"], row["dport"])))
        turns[key] += 1
        outcomes[key + (turns[key],)] = row["outcome"], row["basis"], row["id"], [row[f] for f in FIELDS]
    return outcomes, {(row["defect"], row["client"], row["server"]) for row in rows[1]}


def write(path, header, packets):
    with open(path, "wb") as f:
        f.write(header + b"".join(p.head + p.data for p in packets))


def flow_of(key):
    return tuple(sorted(ipaddress.ip_address(ip).packed + struct.pack(">H", port) for ip, port in key[1]))


def flow_between(*ends):
    return tuple(sorted(ipaddress.ip_address(e.rpartition(":")[0].strip("[]")).packed + struct.pack(">H", int(e.rpartition(":")[2]))
                        for e in ends if e))


def is_allowed(before, after):
    return after in ("undetermined", before) or (before in SUCCESS and after in SUCCESS)


def main():
    program, seeds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4
    source = sys.argv[3] if len(sys.argv) > 3 else os.path.join(ROOT, "pcaps")
    captures = {n: load(os.path.join(source, n)) for n in sorted(os.listdir(source)) if n.endswith(".pcap")}
    captures = {n: c for n, c in captures.items() if c[1]}
    wrong, counts = [], collections.Counter()
    with tempfile.TemporaryDirectory() as d:
        for name, (header, packets) in captures.items():
            write(os.path.join(d, name), header, packets)
        whole, defects = read(program, d)
        for kind in KINDS:
            for seed in range(seeds if kind not in ("client", "server") else 1):
                silent, late = {}, {}
                for name, (header, packets) in captures.items():
                    left, flows = degrade(kind, packets, random.Random("%s %s %d" % (name, kind, seed)))
                    silent[name], late[name] = flows, begins_late(packets, left)
                    write(os.path.join(d, name), header, left)
                now, found = read(program, d)
                for key, (outcome, basis, number, fields) in now.items():
                    before, _, _, had = whole.get(key, ("undetermined", None, None, fields))
                    counts["compared"] += 1
                    if kind in LOSSLESS and had != fields and key[:2] + (2,) not in whole and flow_of(key) not in late[key[0]] and "overlap" not in key[0]:
                        wrong.append("%s %d: %s %s: %s" % (kind, seed, key[0], number & 0xffffffff, [(f, a, b) for f, a, b in zip(FIELDS, had, fields) if a != b]))
                    if had[-2:] != fields[-2:] and outcome != "undetermined":
                        wrong.append("%s %d: %s %s: the client is %s:%s" % (kind, seed, key[0], number & 0xffffffff, *fields[-2:]))
                    if is_allowed(before, outcome):
                        counts["same" if before == outcome else "undetermined"] += 1
                    elif flow_of(key) in silent[key[0]]:
                        counts["changed where the loss leaves no trace"] += 1
                    else:
                        wrong.append("%s %d: %s %s: %s -> %s (%s)" % (kind, seed, key[0], number & 0xffffffff, before, outcome, basis))
                known = {defect for defect, *_ in defects} | ABOUT_CAPTURE
                quiet = {flow for flows in silent.values() for flow in flows}
                for defect, client, server in sorted(found, key=str):
                    if defect not in known and flow_between(client, server) not in quiet:
                        wrong.append("%s %d: %s came up (%s, %s)" % (kind, seed, defect, client, server))
    print("degrade: " + ", ".join("%d %s" % (n, what) for what, n in counts.items()))
    for line in wrong[:60]:
        print("  " + line)
    sys.exit(len(wrong) > 0)


main()
