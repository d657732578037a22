"""shares.py OUT LEAF RSA ISSUER curves|dh|dh-generator [DHPARAM]: ServerKeyExchange messages that no living stack sends, with a right signature.

LEAF.key and LEAF.crt (ECDSA), RSA.key and RSA.crt belong to the server, ISSUER is the certificate that it sends behind its own.
"""
import re
import struct
import subprocess
import sys
import time

import forge
from der import Key, integer, pem, seq

leaf, rsa, issuer, what = sys.argv[2:6]


def certificate(path):
    return subprocess.run(["openssl", "x509", "-in", path, "-outform", "DER"], check=True, capture_output=True).stdout


def vector(size, body):
    return len(body).to_bytes(size, "big") + body




def answer(name, port, group, share, client_share, suite=0xC02B, scheme=b"\4\3", host=leaf, kind="ec", digest="sha256"):
    """ECDHE with AES128-GCM-SHA256 (RFC 8422 5.4) in TLS 1.2; the client goes on as a vulnerable one would."""
    parameters = b"\3" + struct.pack(">H", group) + vector(1, share)
    signed(name, port, group, parameters, vector(1, client_share), suite, scheme, host, kind, digest)


def signed(name, port, group, parameters, client_part, suite, scheme, host, kind, digest):
    """The handshake around ServerKeyExchange and ClientKeyExchange."""
    chain = b"".join(vector(3, certificate(path)) for path in (host + ".crt", issuer))
    key, version = Key(host + ".key", kind, "given"), 0x0303
    randoms = [bytes((port * 7 + i * side) & 255 for i in range(32)) for side in (5, 11)]
    extensions = b"".join(struct.pack(">H", number) + vector(2, body) for number, body in (
        (0, vector(2, b"\0" + vector(2, b"www.example.test"))), (10, vector(2, struct.pack(">H", group))), (11, b"\1\0"),
        (13, vector(2, scheme)), (23, b"")))
    hello = struct.pack(">H", version) + randoms[0] + b"\0" + vector(2, struct.pack(">H", suite)) + b"\1\0" + vector(2, extensions)
    reply = struct.pack(">H", version) + randoms[1] + b"\0" + struct.pack(">H", suite) + b"\0" + vector(2, struct.pack(">HH", 23, 0))
    exchange = parameters + scheme + vector(2, key.sign(randoms[0] + randoms[1] + parameters, digest))
    c = forge.Connection(int(time.time()), port)
    c.send(0, forge.record(22, version, forge.message(1, hello)))
    c.send(1, forge.record(22, version, forge.message(2, reply) + forge.message(11, vector(3, chain)) + forge.message(12, exchange) +
                           forge.message(14, b"")))
    last = forge.record(20, version, b"\1") + forge.record(22, version, bytes(40))
    c.send(0, forge.record(22, version, forge.message(16, client_part)) + last)
    c.send(1, last)
    c.send(0, b"", 0x11)
    c.send(1, b"", 0x11)
    c.send(0, b"", 0x10)
    c.write(name)


def dhe(name, port, generator, server_public, client_public):
    """DHE with RSA (RFC 5246 7.4.3) and the prime of DHPARAM."""
    numbers = b"".join(vector(2, n.to_bytes((n.bit_length() + 7) // 8 or 1, "big")) for n in (P, generator, server_public))
    size = (client_public.bit_length() + 7) // 8 or 1
    signed(name, port, 256, numbers, vector(2, client_public.to_bytes(size, "big")), 0x009E, b"\4\1", rsa, "rsa", "sha256")


if what != "curves":
    text = subprocess.run(["openssl", "asn1parse", "-in", sys.argv[6]], check=True, capture_output=True, text=True).stdout
    P = int(re.search(r"INTEGER +:([0-9A-F]+)", text).group(1), 16)
if what == "dh-generator":
    open(sys.argv[1] + "/dh-generator.pem", "w").write(pem("DH PARAMETERS", seq(integer(P), integer(1))))
if what == "dh":
    honest = pow(2, int.from_bytes(bytes(range(1, 29)), "big"), P)
    dhe("forged-dh-server-one", 40014, 2, 1, honest)
    dhe("forged-dh-client-last", 40015, 2, honest, P - 1)
if what != "curves":
    sys.exit()
# The base point of P-256 (SEC 2), and the same with another y.
x = bytes.fromhex("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296")
y = bytes.fromhex("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")
nine = b"\x09" + bytes(31)
answer("forged-x25519-zero", 40010, 29, bytes(32), nine)
answer("forged-p256-off-curve", 40011, 23, b"\4" + x + y[:-1] + b"\xf6", b"\4" + x + y)
answer("forged-p256-base-point", 40012, 23, b"\4" + x + y, b"\4" + x + y)
answer("forged-hash-md5", 40013, 23, b"\4" + x + y, b"\4" + x + y, 0xC02F, b"\1\1", rsa, "rsa", "md5")
