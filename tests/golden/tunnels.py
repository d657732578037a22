#!/usr/bin/env python3
"""tunnels.py TLSWIRE: what a handshake is carried in changes nothing but what says so.

The captures tunnel-*.pcap must show the tunnel and id that they were made with; captures that are
put into encapsulations here must give what they give without; and two connections with the same
addresses and ports in two VLANs must be two with --key-vlan, with the packets of each as evidence.
"""
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PCAPS = os.path.join(ROOT, "pcaps")
TLSWIRE = os.path.abspath(sys.argv[1])
# By pcaps/make/tunnels.sh and drivers/tunnel.py: kind, id, VLAN.
MADE = {"vxlan": ("vxlan", 5001, None), "vxlan-gpe": ("vxlan-gpe", 77, None), "geneve": ("geneve", 300, None),
        "gre": ("gre", 42, None), "nvgre": ("nvgre", 5001, None), "erspan-1": ("erspan", None, None),
        "erspan-2": ("erspan", 123, 20), "erspan-3": ("erspan", 200, None), "gtp-u": ("gtp-u", 0x1001, None),
        "ipip": ("ipip", None, None), "6in4": ("6in4", None, None), "4in6": ("4in6", None, None),
        "mpls": ("mpls", 17, None), "mpls-ethernet": ("mpls", 300, None), "pppoe": ("pppoe", 0x77, None),
        "qinq": (None, None, 100)}
WHOLE = ["tls12-nginx-curl", "tls13-hrr-openssl", "tls12-mtls-openssl", "cert-expired-nginx-curl", "timeout-server-openssl",
         "small-segments-openssl", "altered-doubled", "altered-lossy"]
# What says where a handshake was found, and in what.
PLACE = ("pcap", "id", "input", "vantage", "vlan", "tunnel", "tunnel_id")
MACS = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
failures = 0


def say(text):
    global failures
    failures += 1
    print("tunnels: " + text)


def load(name):
    data, at, out = open(os.path.join(PCAPS, name + ".pcap"), "rb").read(), 24, []
    while at + 16 <= len(data):
        sec, usec, n, _ = struct.unpack_from("<IIII", data, at)
        out.append((sec * 1000000 + usec, data[at + 16:at + 16 + n]))
        at += 16 + n
    return out


def save(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for us, frame in packets:
            f.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(frame), len(frame)) + frame)


def read(directory, capture, *options):
    db = os.path.join(directory, "x.db")
    if os.path.exists(db):
        os.unlink(db)
    subprocess.run([TLSWIRE, "read", "-q", "--db", db, "--trust", os.path.join(PCAPS, "trust.pem"), *options, capture], check=True)
    return db


def handshakes(db, *options):
    text = subprocess.run([TLSWIRE, "handshakes", "--db", db, "--format", "jsonl", *options], check=True,
                          capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def facts(handshake):
    return {k: v for k, v in handshake.items() if k not in PLACE}


def ipv4(protocol, data):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 1, 0x4000, 64, protocol, 0, b"\x0a\0\0\1", b"\x0a\0\0\2") + data


def udp(port, data):
    return ipv4(17, struct.pack(">HHHH", 50000, port, 8 + len(data), 0) + data)


def outer(data):
    return MACS + b"\x08\0" + data


# What each makes of an Ethernet frame with IPv4, and what must be shown: kind, id, VLAN.
WRAPS = {
    "VXLAN": (lambda f: outer(udp(4789, b"\x08\0\0\0\0\0\x07\0" + f)), "vxlan", 7, None),
    "Geneve": (lambda f: outer(udp(6081, b"\x01\0\x65\x58\0\0\x07\0\0\1\2\0" + f)), "geneve", 7, None),
    "GTP-U": (lambda f: outer(udp(2152, struct.pack(">BBHI", 0x30, 255, len(f) - 14, 7) + f[14:])), "gtp-u", 7, None),
    "ERSPAN II behind a tag": (lambda f: MACS + b"\x81\0\0\5\x08\0" + ipv4(47, bytes.fromhex("100088be00000001100100070000000b") + f),
                               "erspan", 7, 5),
    "VXLAN in ERSPAN I": (lambda f: outer(ipv4(47, b"\0\0\x88\xbe" + outer(udp(4789, b"\x08\0\0\0\0\0\x07\0" + f)))), "vxlan", 7, None),
    "IP in IP in GRE": (lambda f: outer(ipv4(47, b"\x20\0\x08\0\0\0\0\7" + ipv4(4, f[14:]))), "gre", 7, None),
    "IP in IP, four times": (lambda f: outer(ipv4(4, ipv4(4, ipv4(4, ipv4(4, f[14:]))))), "ipip", None, None),
    "MPLS": (lambda f: MACS + b"\x88\x47\0\1\x11\x40" + f[14:], "mpls", 17, None),
    "Ethernet over MPLS": (lambda f: MACS + b"\x88\x47\0\1\x11\x40" + f, "mpls", 17, None),
    "PPPoE": (lambda f: MACS + b"\x88\x64\x11\0\0\7" + struct.pack(">H", len(f) - 12) + b"\0\x21" + f[14:], "pppoe", 7, None),
    "QinQ": (lambda f: f[:12] + b"\x88\xa8\0\x64\x81\0\0\7" + f[12:], None, None, 100),
}


def check_made(directory):
    names = sorted(os.path.basename(p)[7:-13] for p in glob.glob(os.path.join(PCAPS, "tunnel-*-openssl.pcap")))
    if names != sorted(MADE):
        say("captures: %s" % ", ".join(sorted(set(names) ^ set(MADE))))
    for name in names:
        kind, number, vlan = MADE[name]
        db = read(directory, os.path.join(PCAPS, "tunnel-%s-openssl.pcap" % name))
        found = handshakes(db)
        if [(h["tunnel"], h["tunnel_id"], h["vlan"]) for h in found] != [(kind, number, vlan)]:
            say("%s: %s" % (name, [(h["tunnel"], h["tunnel_id"], h["vlan"]) for h in found]))
        if kind is not None and handshakes(db, "--tunnel", kind) != found:
            say("%s: --tunnel %s" % (name, kind))
        if number is not None and (handshakes(db, "--tunnel", "%s:%d" % (kind, number)) != found or
                                   handshakes(db, "--tunnel", "%s:%d" % (kind, number + 1))):
            say("%s: --tunnel %s:%d" % (name, kind, number))
        if handshakes(db, "--vlan", str(vlan or 1)) != (found if vlan else []):
            say("%s: --vlan" % name)


def check_wrapped(directory):
    for name in WHOLE:
        packets = load(name)
        plain = [facts(h) for h in handshakes(read(directory, os.path.join(PCAPS, name + ".pcap")))]
        for how, (wrap, kind, number, vlan) in WRAPS.items():
            path = os.path.join(directory, name + ".pcap")
            save(path, [(us, wrap(frame)) for us, frame in packets])
            found = handshakes(read(directory, path))
            if [facts(h) for h in found] != plain:
                say("%s in %s: not what it is without" % (name, how))
            if any((h["tunnel"], h["tunnel_id"], h["vlan"]) != (kind, number, vlan) for h in found):
                say("%s in %s: %s" % (name, how, [(h["tunnel"], h["tunnel_id"], h["vlan"]) for h in found]))


def same_port(frame, port=40000):
    """The client's port becomes port."""
    at = 34 if struct.unpack(">H", frame[36:38])[0] == 443 else 36
    return frame[:at] + struct.pack(">H", port) + frame[at + 2:]


def kept_vlans(path):
    """VLAN ids of the frames in a pcapng file that tlswire wrote, and how many frames."""
    data, at, ids, n = open(path, "rb").read(), 0, set(), 0
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 6:
            frame = data[at + 28:at + 28 + struct.unpack_from("<I", data, at + 20)[0]]
            ids.add(struct.unpack(">H", frame[14:16])[0] & 0xfff)
            n += 1
        at += size
    return ids, n


def check_vlans(directory):
    names = ("tls12-ecdhe-rsa-openssl", "tls12-mtls-openssl")
    alone, both, begins = {}, [], 0
    for vlan, name in ((5, names[0]), (6, names[1])):
        packets = [(us, same_port(frame)) for us, frame in load(name)]
        begins = begins or packets[0][0]
        packets = [(begins + us - packets[0][0], frame[:12] + struct.pack(">HH", 0x8100, vlan) + frame[12:]) for us, frame in packets]
        path = os.path.join(directory, "%d.pcap" % vlan)
        save(path, packets)
        alone[vlan] = (facts(handshakes(read(directory, path, "--at", "2040-01-01"))[0]), len(packets))
        both += packets
    path = os.path.join(directory, "both.pcap")
    save(path, sorted(both, key=lambda p: p[0]))
    for threads in ("1", "3"):
        evidence = os.path.join(directory, "evidence" + threads)
        db = read(directory, path, "--at", "2040-01-01", "--key-vlan", "--threads", threads, "--evidence", evidence)
        found = handshakes(db)
        for h in found:
            want, n = alone.get(h["vlan"], ({}, 0))
            have = {k: v for k, v in facts(h).items() if k not in ("first_packet", "last_packet")}
            if have != {k: v for k, v in want.items() if k not in ("first_packet", "last_packet")}:
                say("VLAN %s with --key-vlan: not what it is alone: %s" % (h["vlan"], {k: (want.get(k), v) for k, v in have.items() if want.get(k) != v}))
            if kept_vlans(os.path.join(evidence, "%d.pcapng" % h["id"])) != ({h["vlan"]}, n):
                say("VLAN %d: evidence: %s" % (h["vlan"], kept_vlans(os.path.join(evidence, "%d.pcapng" % h["id"]))))
        if sorted(h["vlan"] for h in found) != [5, 6]:
            say("two VLANs with --key-vlan: %s" % [h["vlan"] for h in found])
    if len({h["vlan"] for h in handshakes(read(directory, path))}) > 1:
        say("two VLANs count without --key-vlan")


with tempfile.TemporaryDirectory() as directory:
    check_made(directory)
    check_wrapped(directory)
    check_vlans(directory)
print("tunnels: %d captures made in them, %d put into %d, %d failures" % (len(MADE), len(WHOLE), len(WRAPS), failures))
sys.exit(failures > 0)
