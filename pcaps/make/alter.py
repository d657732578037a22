"""alter.py HOW SOURCE OUT: makes a capture out of another one, changing only what HOW says.

lose      the first packet that carries the server's Certificate is missing
reorder   each pair of neighbouring packets with payload of one direction stands in reverse
double    every packet stands twice, as a span port over both directions delivers them
overlap   a segment of the server stands a second time, with other bytes
truncate  the last record of the file is cut in the middle
vlan      every frame gets an 802.1Q tag with VLAN 42
mixed     pcapng, half of the packets with Ethernet, half as raw IP on a second interface
"""
import struct
import sys


def read(path):
    data = open(path, "rb").read()
    assert data[:4] == b"\xd4\xc3\xb2\xa1", "classic little-endian pcap"
    head, at, packets = data[:24], 24, []
    while at + 16 <= len(data):
        sec, usec, caplen, length = struct.unpack_from("<IIII", data, at)
        packets.append([sec, usec, data[at + 16:at + 16 + caplen]])
        at += 16 + caplen
    return head, packets


def write(path, head, packets):
    with open(path, "wb") as f:
        f.write(head)
        for sec, usec, frame in packets:
            f.write(struct.pack("<IIII", sec, usec, len(frame), len(frame)) + frame)


def payload(frame):
    """Source port and payload of an Ethernet/IPv4/TCP frame."""
    ihl = (frame[14] & 15) * 4
    total = struct.unpack_from(">H", frame, 16)[0]
    tcp = 14 + ihl
    port = struct.unpack_from(">H", frame, tcp)[0]
    start = tcp + (frame[tcp + 12] >> 4) * 4
    return port, start, frame[start:14 + total]


def lose(packets):
    for i, p in enumerate(packets):
        port, _, data = payload(p[2])
        if port == 443 and data[:1] == b"\x16" and len(data) > 1000:
            return packets[:i] + packets[i + 1:]
    raise SystemExit("no Certificate found")


def reorder(packets):
    out, i = list(packets), 0
    while i + 1 < len(out):
        a, b = payload(out[i][2]), payload(out[i + 1][2])
        if a[2] and b[2] and a[0] == b[0]:
            out[i][2], out[i + 1][2] = out[i + 1][2], out[i][2]
            i += 1
        i += 1
    return out


def double(packets):
    return [[s, u + k, f] for s, u, f in packets for k in (0, 1)]


def vlan(packets):
    return [[s, u, f[:12] + b"\x81\x00\x00\x2a" + f[12:]] for s, u, f in packets]


def overlap(packets):
    out = []
    for s, u, f in packets:
        out.append([s, u, f])
        port, start, data = payload(f)
        if port == 443 and len(data) > 200 and len(out) < 12:
            other = bytearray(f)
            for i in range(start + 60, start + 90):
                other[i] ^= 0x55
            out.append([s, u + 1, bytes(other)])
    return out


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def mixed(packets, path):
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack("<HHI", 1, 0, 262144))
    out += block(1, struct.pack("<HHI", 101, 0, 65535))
    for i, (s, u, f) in enumerate(packets):
        data = f if i % 2 == 0 else f[14:]
        t = s * 1000000 + u
        out += block(6, struct.pack("<IIIII", i % 2, t >> 32, t & 0xFFFFFFFF, len(data), len(data)) + data)
    open(path, "wb").write(out)


how, source, target = sys.argv[1:4]
head, packets = read(source)
if how == "mixed":
    mixed(packets, target)
elif how == "truncate":
    write(target, head, packets)
    data = open(target, "rb").read()
    open(target, "wb").write(data[:-25])
else:
    write(target, head, {"lose": lose, "reorder": reorder, "double": double, "overlap": overlap, "vlan": vlan}[how](packets))
