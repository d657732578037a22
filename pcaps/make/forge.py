"""forge.py DIR: handshakes that no living stack makes any more, written byte by byte.

The messages follow RFC 6101, 2246 and 5246; what would be encrypted is filled with a fixed pattern.
The certificate is the one that tls12-ecdhe-rsa-openssl.pcap carries.
"""
import struct
import sys

out = sys.argv[1]


def certificates(path):
    """The Certificate message of a capture made before, found in the server's bytes."""
    data = open(path, "rb").read()
    at, stream, when = 24, b"", 0
    while at + 16 <= len(data):
        sec, usec, caplen, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + caplen]
        at += 16 + caplen
        when = when or sec
        tcp = 14 + (frame[14] & 15) * 4
        if struct.unpack_from(">H", frame, tcp)[0] == 443:
            total = struct.unpack_from(">H", frame, 16)[0]
            stream += frame[tcp + (frame[tcp + 12] >> 4) * 4:14 + total]
    while stream:
        kind, _, length = struct.unpack_from(">BHH", stream)
        body, stream = stream[5:5 + length], stream[5 + length:]
        while kind == 22 and len(body) >= 4:
            n = int.from_bytes(body[1:4], "big")
            if body[0] == 11:
                return body[:4 + n], when
            body = body[4 + n:]
    raise SystemExit("no Certificate in " + path)


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def record(kind, version, body):
    return struct.pack(">BHH", kind, version, len(body)) + body


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


class Connection:
    def __init__(self, when, port):
        self.packets, self.seq, self.time, self.port = [], [1000, 5000], when * 1000000, port
        self.send(0, b"", 2)
        self.send(1, b"", 0x12)
        self.send(0, b"", 0x10)

    def send(self, side, data, flags=0x18):
        ends = [(b"\x0a\x4d\x00\x01", self.port), (b"\x0a\x4d\x00\x02", 443)]
        (src, sport), (dst, dport) = ends[side], ends[1 - side]
        ack = self.seq[1 - side] if flags & 0x10 else 0
        tcp = struct.pack(">HHIIBBHHH", sport, dport, self.seq[side], ack, 0x50, flags, 65535, 0, 0)
        pseudo = src + dst + struct.pack(">BBH", 0, 6, len(tcp) + len(data))
        tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp + data)) + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0x4000, 64, 6, 0) + src + dst
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        frame = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0" + ip + tcp + data
        self.packets.append((self.time, frame))
        self.time += 2000
        self.seq[side] += len(data) + (1 if flags & 3 else 0)

    def write(self, name):
        with open("%s/%s.pcap" % (out, name), "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            for t, frame in self.packets:
                f.write(struct.pack("<IIII", t // 1000000, t % 1000000, len(frame), len(frame)) + frame)


def forge(name, version, suite, port, key_exchange=b"", compression=0):
    sni = b"\0\0\0\x15\0\x13\0\0\x10www.example.test"
    extensions = b"" if version == 0x300 else struct.pack(">H", len(sni)) + sni
    offered = struct.pack(">H", suite) + b"\x00\x2f"
    hello = struct.pack(">H", version) + bytes((suite * 7 + i) & 255 for i in range(32)) + b"\0" + struct.pack(">H", len(offered)) + \
        offered + (b"\2\1\0" if compression else b"\1\0") + extensions
    answer = struct.pack(">H", version) + bytes((suite * 11 + i) & 255 for i in range(32)) + b"\0" + struct.pack(">H", suite) + bytes([compression])
    c = Connection(when, port)
    c.send(0, record(22, version, message(1, hello)))
    flight = message(2, answer) + chain + key_exchange + message(14, b"")
    flight = record(22, version, flight)
    for i in range(0, len(flight), 1400):
        c.send(1, flight[i:i + 1400])
    secret = bytes(i & 255 for i in range(256))
    exchange = secret if version == 0x300 else struct.pack(">H", 256) + secret
    ccs, finished = record(20, version, b"\1"), record(22, version, bytes(40))
    c.send(0, record(22, version, message(16, exchange)) + ccs + finished)
    c.send(1, ccs + finished)
    c.send(0, record(23, version, bytes(64)))
    c.send(1, record(23, version, bytes(200)))
    c.send(0, b"", 0x11)
    c.send(1, b"", 0x11)
    c.send(0, b"", 0x10)
    c.write(name)


if __name__ == "__main__":
    chain, when = certificates(out + "/tls12-ecdhe-rsa-openssl.pcap")
    rsa_temporary = message(12, struct.pack(">H", 64) + b"\xc1" * 64 + b"\0\3\1\0\1" + struct.pack(">H", 256) + b"\x11" * 256)
    forge("forged-sslv3-rc4", 0x0300, 0x0005, 40001)
    forge("forged-tls10-3des", 0x0301, 0x000A, 40002)
    forge("forged-tls10-export", 0x0301, 0x0003, 40003, rsa_temporary)
    forge("forged-compression", 0x0303, 0x009C, 40004, compression=1)
