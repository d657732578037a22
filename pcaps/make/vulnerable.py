"""vulnerable.py OUT LEAF RSA ISSUER [FUNCTION...]: connections with bugs of libraries that are not to be had any more.

LEAF.key and LEAF.crt (ECDSA), RSA.key and RSA.crt belong to the server, ISSUER is the certificate behind its own. The
messages follow RFC 2246, 5246, 6520 and 8446; what would be encrypted is filled with a fixed pattern.
"""
import hashlib
import struct
import subprocess
import sys
import time

import forge
from der import Key

out, leaf, rsa, issuer = sys.argv[1:5]
RSA_CBC, ECDHE_GCM, ECDHE_CBC, ECDH_RSA = 0x002F, 0xC02F, 0xC013, 0xC00E
when = int(time.time())


def vector(size, body):
    return len(body).to_bytes(size, "big") + body


def u16(value):
    return struct.pack(">H", value)


def certificate(path):
    return subprocess.run(["openssl", "x509", "-in", path, "-outform", "DER"], check=True, capture_output=True).stdout


def pattern(label, n):
    """Bytes that look like any."""
    text = b""
    while len(text) < n:
        text += hashlib.sha256(label + len(text).to_bytes(4, "big")).digest()
    return text[:n]


def extensions(*pairs):
    return vector(2, b"".join(u16(number) + vector(2, body) for number, body in pairs))


class Forged(forge.Connection):
    """A connection whose hellos, flight and finish are the usual ones as far as a test does not say otherwise."""

    def __init__(self, name, port, version=0x0303, suite=ECDHE_GCM, group=23):
        super().__init__(when, port)
        self.name, self.version, self.suite, self.group = name, version, suite, group
        self.randoms = [pattern(name.encode() + bytes([side]), 32) for side in (0, 1)]

    def say(self, side, *records):
        data = b"".join(forge.record(kind, self.version, body) for kind, body in records)
        for i in range(0, len(data), 1400):
            self.send(side, data[i:i + 1400])

    def hello(self, session=b"", ticket=None, groups=None, early=(), heartbeat=False):
        more = [(0, vector(2, b"\0" + vector(2, b"www.example.test"))), (10, vector(2, b"".join(map(u16, groups or [self.group])))),
                (11, b"\1\0"), (13, vector(2, b"\4\3\4\1"))]
        more += [(35, ticket)] if ticket is not None else []
        more += [(15, b"\1")] if heartbeat else []
        body = u16(min(self.version, 0x0303)) + self.randoms[0] + vector(1, session) + vector(2, u16(self.suite)) + b"\1\0" + \
            extensions(*more, *early)
        self.say(0, (22, forge.message(1, body)))

    def reply(self, session=b"", more=()):
        return forge.message(2, u16(self.version) + self.randoms[1] + vector(1, session) + u16(self.suite) + b"\0" +
                             (extensions(*more) if more else b""))

    def chain(self, host=rsa):
        return forge.message(11, vector(3, b"".join(vector(3, certificate(path)) for path in (host + ".crt", issuer))))

    def exchange(self):
        """ECDHE with the base point of P-256 (SEC 2) times two, signed with SHA-256."""
        x = bytes.fromhex("7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978")
        y = bytes.fromhex("07775510DB8ED040293D9AC69F7430DBBA7DADE63CE982299E04B79D227873D1")
        parameters = b"\3" + u16(23) + vector(1, b"\4" + x + y)
        signed = Key(rsa + ".key", "rsa", "given").sign(self.randoms[0] + self.randoms[1] + parameters, "sha256")
        return forge.message(12, parameters + b"\4\1" + vector(2, signed))

    def flight(self, *more):
        self.say(1, (22, self.reply(more=more) + self.chain() + self.exchange() + forge.message(14, b"")))

    def client_exchange(self):
        """The base point of P-256 (SEC 2) times three."""
        x = bytes.fromhex("5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C")
        y = bytes.fromhex("8734640C4998FF7E374B06CE1A64A2ECD82AB036384FB83D9A79B127A27D5032")
        return (22, forge.message(16, vector(1, b"\4" + x + y) if self.suite != RSA_CBC else vector(2, pattern(b"secret", 256))))

    def finish(self):
        last = ((20, b"\1"), (22, pattern(b"finished", 40)))
        self.say(0, self.client_exchange(), *last)
        self.say(1, *last)

    def close(self):
        self.send(0, b"", 0x11)
        self.send(1, b"", 0x11)
        self.send(0, b"", 0x10)
        self.write(self.name)


def heartbleed():
    """In clear, within the handshake, as the first exploits did; and the request alone, which is ignored."""
    for name, port, is_answered in (("forged-heartbleed", 40050, True), ("forged-heartbleed-patched", 40051, False)):
        c = Forged(name, port, 0x0302, RSA_CBC)
        c.hello(heartbeat=True)
        c.say(1, (22, c.reply(more=((15, b"\1"),)) + c.chain() + forge.message(14, b"")))
        c.say(0, (24, b"\1\x40\0"))
        if is_answered:
            memory = pattern(b"memory", 0x4000 + 16)
            c.say(1, (24, b"\2\x40\0" + memory[:16381]), (24, memory[16381:]))
        c.close()


def heartbleed_encrypted():
    c = Forged("forged-heartbleed-encrypted", 40052, 0x0302, RSA_CBC)
    c.hello(heartbeat=True)
    c.say(1, (22, c.reply(more=((15, b"\1"),)) + c.chain() + forge.message(14, b"")))
    c.finish()
    c.say(0, (24, pattern(b"asked", 32)))
    c.say(1, (24, pattern(b"answered", 4128)))
    c.close()


def heartbeat():
    c = Forged("forged-heartbeat-honest", 40053, 0x0302, RSA_CBC)
    c.hello(heartbeat=True)
    c.say(1, (22, c.reply(more=((15, b"\1"),)) + c.chain() + forge.message(14, b"")))
    c.finish()
    for i in range(3):
        c.say(0, (24, pattern(b"ping%d" % i, 64)))
        c.say(1, (24, pattern(b"pong%d" % i, 64)))
    c.close()


def ccs_injection():
    """What CVE-2014-0224 lets through, and an alert 10 where it is fixed."""
    for name, port, is_accepted in (("forged-ccs-injection", 40054, True), ("forged-ccs-refused", 40055, False)):
        c = Forged(name, port)
        c.hello()
        c.flight()
        c.say(0, (20, b"\1"))
        if is_accepted:
            c.say(0, (22, pattern(b"key exchange", 94)), (20, b"\1"), (22, pattern(b"finished", 40)))
            c.say(1, (20, b"\1"), (22, pattern(b"finished", 40)))
        else:
            c.say(1, (21, b"\2\x0a"))
        c.close()


def freak():
    c = Forged("forged-freak", 40056, 0x0301, RSA_CBC)
    c.hello()
    key = vector(2, b"\xc1" + pattern(b"modulus", 62) + b"\1") + vector(2, b"\1\0\1")
    digest = hashlib.md5(c.randoms[0] + c.randoms[1] + key).digest() + hashlib.sha1(c.randoms[0] + c.randoms[1] + key).digest()
    signed = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", rsa + ".key", "-pkeyopt", "rsa_padding_mode:pkcs1"], check=True,
                            input=digest, capture_output=True).stdout
    c.say(1, (22, c.reply() + c.chain() + forge.message(12, key + vector(2, signed)) + forge.message(14, b"")))
    c.finish()
    c.close()


def ticketbleed():
    c = Forged("forged-ticketbleed", 40057)
    c.hello(session=b"A", ticket=pattern(b"ticket", 176))
    c.say(1, (22, c.reply(session=b"A" + pattern(b"memory", 31))), (20, b"\1"), (22, pattern(b"finished", 40)))
    c.say(0, (20, b"\1"), (22, pattern(b"finished", 40)))
    c.close()


def zero_random():
    c = Forged("forged-zero-random", 40058)
    c.randoms[0] = bytes(32)
    c.hello()
    c.flight()
    c.finish()
    c.close()


def static_ecdh():
    c = Forged("forged-static-ecdh", 40059, 0x0303, ECDH_RSA)
    c.hello()
    c.say(1, (22, c.reply() + c.chain(leaf) + forge.message(14, b"")))
    c.finish()
    c.close()


def encapsulation_key(seed):
    """768 coefficients below 3329 in 12 bits each (FIPS 203 5.1), and 32 bytes."""
    out = bytearray()
    for i in range(384):
        a, b = (7 * i + 1) % 3329, (11 * i + 5) % 3329
        out += bytes((a & 255, a >> 8 | (b & 15) << 4, b >> 4))
    return bytes(out) + pattern(seed, 32)


def post_quantum():
    """TLS 1.3 with the hybrid group offered and X25519 chosen, and with its draft chosen."""
    for name, port, offered, chosen, share in (("forged-no-pq", 40060, 0x11EC, 29, 32), ("forged-pq-draft", 40061, 0x6399, 0x6399, 1120),
                                               ("forged-pq", 40062, 0x11EC, 0x11EC, 1120)):
        c = Forged(name, port, 0x0303, 0x1301)
        mine = pattern(b"mine", 32 if chosen == 29 else 1216)
        if chosen == 0x11EC:
            mine = encapsulation_key(b"rho") + pattern(b"mine", 32)
        c.hello(session=pattern(b"session", 32), groups=[offered, 29], early=(
            (43, vector(1, b"\3\4")), (51, vector(2, u16(chosen) + vector(2, mine)))))
        c.say(1, (22, c.reply(pattern(b"session", 32), ((43, b"\3\4"), (51, u16(chosen) + vector(2, pattern(b"share", share)))))),
              (20, b"\1"), (23, pattern(b"flight", 1500)), (23, pattern(b"finished", 53)))
        c.say(0, (20, b"\1"), (23, pattern(b"finished", 53)))
        c.say(0, (23, pattern(b"request", 90)))
        c.say(1, (23, pattern(b"answer", 300)))
        c.close()


def hybrid_left():
    """Both kinds of shares are sent; the server takes the hybrid one, and then X25519 from the next client."""
    packets = []
    for port, chosen in ((40068, 0x11EC), (40069, 29)):
        c = Forged("forged-pq-left", port, 0x0303, 0x1301)
        one = b"%d" % port
        c.randoms = [pattern(one + bytes([side]), 32) for side in (0, 1)]
        classical, hybrid = pattern(b"x" + one, 32), encapsulation_key(b"rho" + one) + pattern(b"mine" + one, 32)
        session, share = pattern(b"session" + one, 32), pattern(b"share" + one, 32 if chosen == 29 else 1120)
        later = 1000000 * (port - 40068)
        c.packets = packets + [(at + later, frame) for at, frame in c.packets]
        c.time += later
        c.hello(session=session, groups=[0x11EC, 29], early=(
            (43, vector(1, b"\3\4")), (51, vector(2, u16(0x11EC) + vector(2, hybrid) + u16(29) + vector(2, classical)))))
        c.say(1, (22, c.reply(session, ((43, b"\3\4"), (51, u16(chosen) + vector(2, share))))),
              (20, b"\1"), (23, pattern(b"flight", 1500)), (23, pattern(b"finished", 53)))
        c.say(0, (20, b"\1"), (23, pattern(b"finished", 53)))
        c.say(0, (23, pattern(b"request", 90)))
        c.say(1, (23, pattern(b"answer", 300)))
        c.close()
        packets = c.packets


def protected(name, port, suite, heads):
    """Records of the server whose explicit nonces or IVs are given."""
    c = Forged(name, port, 0x0303, suite)
    c.hello()
    c.flight()
    last = (20, b"\1")
    c.say(0, c.client_exchange(), last, (22, pattern(b"finished", 64)))
    c.say(1, last, (22, heads[0] + pattern(b"finished", 48)))
    c.say(0, (23, pattern(b"request", 64)))
    for i, head in enumerate(heads[1:]):
        c.say(1, (23, head + pattern(b"answer%d" % i, 128)))
    c.close()


def nonces():
    number = lambda i, n: i.to_bytes(n, "big")
    protected("forged-nonce-repeat", 40063, ECDHE_GCM, [pattern(b"nonce", 8)] * 2 + [number(i, 8) for i in range(4)])
    protected("forged-nonce-random", 40064, ECDHE_GCM, [pattern(b"nonce%d" % i, 8) for i in range(20)])
    protected("forged-iv-counter", 40065, ECDHE_CBC, [number(7 + i, 16) for i in range(20)])


def drown():
    """The key of a TLS server, served over SSL 2.0 on the same port before (SSL 2.0, 2.6)."""
    c = Forged("forged-drown", 40066)
    der, kinds = certificate(rsa + ".crt"), b"\1\0\x80"
    hello = b"\1\0\2" + struct.pack(">HHH", len(kinds), 0, 16) + kinds + pattern(b"challenge", 16)
    c.send(0, u16(0x8000 | len(hello)) + hello)
    answer = b"\4\0\1\0\2" + struct.pack(">HHH", len(der), len(kinds), 16) + der + kinds + pattern(b"connection", 16)
    answer = u16(0x8000 | len(answer)) + answer
    for i in range(0, len(answer), 1400):
        c.send(1, answer[i:i + 1400])
    c.send(0, b"", 0x11)
    c.send(1, b"", 0x11)
    c.send(0, b"", 0x10)
    t = Forged("forged-drown", 40067)
    t.packets = c.packets + [(at + 1000000, frame) for at, frame in t.packets]
    t.time += 1000000
    t.hello()
    t.flight()
    t.finish()
    t.close()


if __name__ == "__main__":
    every = (heartbleed, heartbleed_encrypted, heartbeat, ccs_injection, freak, ticketbleed, zero_random, static_ecdh, post_quantum,
             nonces, drown, hybrid_left)
    for make in every:
        if len(sys.argv) < 6 or make.__name__ in sys.argv[5:]:
            make()
