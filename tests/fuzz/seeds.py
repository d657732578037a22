#!/usr/bin/env python3
"""seeds.py: makes tests/fuzz/corpus/ from the captures in pcaps/."""
import base64
import os
import re
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.join(HERE, "..", "..", "pcaps")
WHOLE = ["tls12-nss.pcap", "reset-after-hello-openssl.pcap", "cert-expired-nginx-curl.pcap", "tls13-nss.pcap",
         "timeout-client-openssl.pcap", "forged-sslv3-rc4.pcap", "altered-mixed-links.pcapng",
         "no-common-cipher-openssl.pcap", "altered-vlan.pcap", "tls13-hrr-openssl.pcap", "altered-zstd.pcap.zst"]


def save(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def frames(path):
    data, at = open(path, "rb").read(), 24
    while at + 16 <= len(data):
        n = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + n]
        at += 16 + n


def streams(path):
    """Bytes that the client and the server sent, in order of the packets, without duplicates."""
    out, seen = {0: b"", 1: b""}, set()
    for f in frames(path):
        if f[12:14] != b"\x08\x00":
            continue
        tcp = 14 + (f[14] & 15) * 4
        payload = f[tcp + (f[tcp + 12] >> 4) * 4:14 + struct.unpack_from(">H", f, 16)[0]]
        key = f[tcp:tcp + 8], len(payload)
        if payload and key not in seen:
            seen.add(key)
            out[int(struct.unpack_from(">H", f, tcp)[0] == 443)] += payload
    return out


def script(path):
    """The packets of the first connection as fuzz_connection reads them."""
    out, port = b"\x20", None
    for f in frames(path):
        if f[12:14] != b"\x08\x00":
            continue
        tcp = 14 + (f[14] & 15) * 4
        src, dst = struct.unpack_from(">HH", f, tcp)
        payload = f[tcp + (f[tcp + 12] >> 4) * 4:14 + struct.unpack_from(">H", f, 16)[0]]
        flags = f[tcp + 13]
        port = port or src
        if port not in (src, dst) or flags & 2 or not (payload or flags & 5):
            continue
        op = (src != port) | (flags & 1) << 1 | (flags & 4) | 64
        out += struct.pack(">BH", op, len(payload)) + payload
    return out


def certificates(stream):
    while len(stream) >= 5:
        kind, _, n = struct.unpack_from(">BHH", stream)
        body, stream = stream[5:5 + n], stream[5 + n:]
        while kind == 22 and len(body) >= 4:
            size = int.from_bytes(body[1:4], "big")
            if body[0] == 11:
                chain = body[7:4 + size]
                while len(chain) > 3:
                    m = int.from_bytes(chain[:3], "big")
                    yield chain[3:3 + m]
                    chain = chain[3 + m:]
            body = body[4 + size:]


for name in WHOLE:
    data = open(os.path.join(PCAPS, name), "rb").read()
    if len(data) < 40000:
        save("fuzz_program", name, data)
        save("fuzz_pcap", name, data)
for name in WHOLE + ["tls12-mtls-openssl.pcap", "tls12-resume-ticket-openssl.pcap", "unknown-ca-openssl.pcap",
                     "one-sided-openssl.pcap", "tls12-dhe-openssl.pcap"]:
    if name.endswith(".pcap") and "altered" not in name:
        save("fuzz_connection", name[:-5], script(os.path.join(PCAPS, name)))
seen = set()
for name in sorted(os.listdir(PCAPS)):
    if not name.endswith(".pcap") or name.startswith("altered"):
        continue
    path = os.path.join(PCAPS, name)
    both = streams(path)
    if name in WHOLE or name.startswith(("tls1", "kex", "cipher")):
        for side, target in ((0, "fuzz_tls_client"), (1, "fuzz_tls_server")):
            if both[side]:
                save(target, name[:-5], b"\x00" + both[side][:5000])
    for der in certificates(both[1]):
        if der not in seen and len(seen) < 24:
            seen.add(der)
            save("fuzz_x509", "%s-%d" % (name[:-5], len(seen)), der)
blocks = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", open(os.path.join(PCAPS, "trust.pem")).read(), re.S)
for name in ("chain-cross-expired", "chain-missing", "chain-order", "chain-pathlen", "chain-root", "chain-names", "chain-sha1",
             "chain-tampered", "chain-unrelated", "cert-self-signed", "flawed-ca", "flawed-v1"):
    sent = list(dict.fromkeys(certificates(streams(os.path.join(PCAPS, name + "-openssl.pcap"))[1])))[:3]
    for subject in (b"Example Root", b"tlswire Test Root"):
        root = next(der for der in map(base64.b64decode, blocks) if der.count(subject) == 2)
        # The role, December 2026, and what each certificate is for: 1 sent, 2 given, 4 the store, 8 alone.
        for kind, uses in (("sent", (1, 1, 1)), ("given", (9, 10, 10))):
            if any(subject in der for der in sent) and (kind == "sent" or len(sent) > 1):
                save("fuzz_chain", "%s-%s" % (name, kind), b"\0\xd5" + b"".join(
                    struct.pack(">BH", use, len(der)) + der for use, der in [*zip(uses, sent), (4, root)]))
for name in ("tls12-nss.pcap", "altered-vlan.pcap", "tls12-ipv6-openssl.pcap"):
    data = b""
    for f in list(frames(os.path.join(PCAPS, name)))[:12]:
        f = f[:2000]
        data += b"\x01" + struct.pack(">H", len(f)) + f
    save("fuzz_packet", name[:-5], data)
fragments = b""
whole = bytes(range(256)) * 4
for at in (0, 512):
    part = struct.pack(">HHIIBBHHH", 1000, 443, 1, 1, 0x50, 24, 100, 0, 0) + whole if at == 0 else whole
    part = part[:512]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(part), 7, (0x2000 if at == 0 else 0) | at // 8, 64, 6, 0,
                     b"\x0a\0\0\1", b"\x0a\0\0\2")
    fragments += b"\x04" + struct.pack(">H", len(ip + part)) + ip + part
save("fuzz_packet", "fragments", fragments)
# Encapsulations around one packet: protocol, port in UDP, the header, whether a frame follows.
inner = bytes.fromhex("4500002b000100004006f6c8c0000201c0000202c00001bb00000009000000075018010000000000616263")
frame = bytes(range(1, 13)) + b"\x08\x00" + inner
for name, protocol, port, header, has_frame in (
        ("ipip", 4, 0, "", False), ("gre", 47, 0, "b0000800" "12340000" "0000002a" "00000002", False),
        ("nvgre", 47, 0, "2000655812345609", True), ("erspan-1", 47, 0, "000088be", True),
        ("erspan-2", 47, 0, "100088be00000007104d1a0200000003", True),
        ("erspan-3", 47, 0, "100022eb000000072001000500000003" "0000000f" "1401020304050607", True),
        ("gre-mpls", 47, 0, "0000884700010140", False), ("vxlan", 17, 4789, "0800000000000100", True),
        ("vxlan-policy", 17, 4789, "8848010200000100", True), ("vxlan-gpe", 17, 4790, "0c00000100000100", False),
        ("geneve", 17, 6081, "0340655800010000" "0102800109090909" "01020300", True),
        ("gtp-u", 17, 2152, "36ff003b00000001000900c0010102850200090000000000", False)):
    data = bytes.fromhex(header) + (frame if has_frame else inner)
    if protocol == 17:
        data = struct.pack(">HHHH", 50000, port, 8 + len(data), 0) + data
    data = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 7, 0, 64, protocol, 0, b"\x0a\0\0\1", b"\x0a\0\0\2") + data
    save("fuzz_packet", "tunnel-" + name, b"\x04" + struct.pack(">H", len(data)) + data)
for name, header, has_frame in (
        ("qinq", "88a80064810000070800", False), ("mpls", "8847000110400002" "1140", False),
        ("mpls-frame", "88470002114000000005", True), ("mpls-bare-frame", "884700021140", True),
        ("mpls-entropy", "884700011040000070" "40" "fffff100", False), ("pppoe", "886411001234002d0021", False)):
    data = bytes(range(1, 13)) + bytes.fromhex(header) + (frame if has_frame else inner)
    save("fuzz_packet", "link-" + name, b"\x01" + struct.pack(">H", len(data)) + data)
save("fuzz_flow", "in-order", bytes(b for i in range(40) for b in (0, i * 10 >> 8, i * 10 & 255, 9, 0)))
save("fuzz_flow", "reversed", bytes(b for i in range(24, -1, -1) for b in (1, 0, i * 10, 9, 1)))
save("fuzz_flow", "holes", bytes(b for i in range(40) for b in (i, i, 0, 200, 100)))
for i, pair in enumerate(("www.example.testwww.example.test", "*.example.testwww.example.test", "*.test.www.test.",
                          "exämple.testexample.test", "a.bA.B")):
    save("fuzz_name_match", str(i), pair.encode())
for i, text in enumerate((b"2026-01-31T12:00:00.5Z", b"\x00\xff\\x41\xe2\x80\xae", "grün".encode(), b"1790000000.25")):
    save("fuzz_text", str(i), text)
