#!/usr/bin/env python3
"""names.py FILE HANDSHAKES [CERTIFICATES NAMES]: handshakes that cost an analyst as much as it can be made to pay.

TLS 1.2, each with 34 certificates of 2,000 short names, all of them new, below the caps on messages and names. The names and
serial numbers differ, the key is one and the signatures are made up. A millisecond lies between two handshakes.
"""
import struct
import sys


def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    size = (n.bit_length() + 7) // 8
    return bytes([tag, 128 | size]) + n.to_bytes(size, "big") + body


ECDSA = der(0x30, bytes.fromhex("06082a8648ce3d040302"))
KEY = der(0x30, bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107034200"
                              "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                              "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"))
TIMES = der(0x30, der(0x17, b"260101000000Z"), der(0x17, b"270101000000Z"))


def name(text):
    return der(0x30, der(0x31, der(0x30, b"\x06\x03\x55\x04\x03", der(0x0C, text.encode()))))


def short(number):
    return bytes(b"abcdefghijklmnopqrstuvwxyz012345"[number >> 5 * k & 31] for k in range(5))


def certificate(serial, names):
    base = serial * names
    sans = b"".join(b"\x82\x05" + short(base + i) for i in range(names))
    san = der(0x30, b"\x06\x03\x55\x1d\x11", der(0x04, der(0x30, sans)))
    body = der(0x30, b"\xa0\x03\x02\x01\x02", der(0x02, b"\x01" + serial.to_bytes(8, "big")), ECDSA,
               name("issuer"), TIMES, name("host%d" % serial), KEY, der(0xA3, der(0x30, san)))
    return der(0x30, body, ECDSA, der(0x03, b"\0" + bytes.fromhex("3006020101020101")))


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def records(data, kind=22):
    return b"".join(struct.pack(">BHH", kind, 0x303, len(data[i:i + 16384])) + data[i:i + 16384]
                    for i in range(0, len(data), 16384))


def client_hello(number):
    sni = b"host%d.test" % (number % 64)
    sni = struct.pack(">HHHBH", 0, len(sni) + 5, len(sni) + 3, 0, len(sni)) + sni
    extensions = sni + bytes.fromhex("000a00040002001d000b00020100000d0006000404030804")
    body = b"\x03\x03" + number.to_bytes(32, "big") + b"\0" + bytes.fromhex("0004c02bc02f0100")
    return records(message(1, body + struct.pack(">H", len(extensions)) + extensions))


def server_hello(number):
    return message(2, b"\x03\x03" + (number + (1 << 200)).to_bytes(32, "big") + b"\0" + b"\xc0\x2b\0" +
                   bytes.fromhex("0005ff01000100"))


class Connection:
    def __init__(self, out, number):
        self.out, self.number, self.us = out, number, number * 1000
        self.seq = [1000, 2000]

    def packet(self, side, flags, data=b""):
        ends = [(bytes([10, 0, self.number >> 8 & 255, self.number & 255]), 40000 + self.number % 20000),
                (bytes([10, 9, 0, self.number % 64]), 443)]
        (src, sport), (dst, dport) = ends[side], ends[1 - side]
        tcp = struct.pack(">HHIIBBHHH", sport, dport, self.seq[side], self.seq[1 - side] if flags & 16 else 0,
                          80, flags, 65535, 0, 0) + data
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + src + dst
        frame = bytes(12) + b"\x08\x00" + ip + tcp
        time = 1790000000 * 1000000 + self.us
        self.out.write(struct.pack("<IIII", time // 1000000, time % 1000000, len(frame), len(frame)) + frame)
        self.seq[side] += len(data) + (1 if flags & 3 else 0)
        self.us += 1

    def send(self, side, data):
        for i in range(0, len(data), 1400):
            self.packet(side, 0x18, data[i:i + 1400])


def main():
    path, handshakes = sys.argv[1], int(sys.argv[2])
    certificates, names = (int(a) for a in sys.argv[3:5]) if len(sys.argv) > 4 else (34, 2000)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for i in range(handshakes):
            chain = [certificate(i * certificates + k, names) for k in range(certificates)]
            chain = b"".join(len(c).to_bytes(3, "big") + c for c in chain)
            c = Connection(out, i)
            c.packet(0, 2)
            c.packet(1, 0x12)
            c.packet(0, 0x10)
            c.send(0, client_hello(i))
            c.send(1, records(server_hello(i) + message(11, len(chain).to_bytes(3, "big") + chain) +
                              message(12, bytes.fromhex("03001d20") + bytes(range(32)) +
                                      bytes.fromhex("04030008300602010102010 1".replace(" ", ""))) +
                              message(14, b"")))
            c.packet(0, 0x10)
            c.packet(1, 0x11)
            c.packet(0, 0x11)


main()
