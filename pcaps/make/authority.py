"""authority.py DIR: a private PKI with one defect per certificate, the lists and the answers that go with it.

Every certificate is DIR/NAME.crt with its key in DIR/NAME.key. DIR/root.crt is meant to be trusted as a private root and
DIR/public.crt as one of those that browsers ship; DIR/other.crt by nobody.
"""
import base64
import datetime
import hashlib
import json
import os
import secrets
import struct
import sys

import flawed
from der import Key, bits, generalized, integer, name, octets, oid, pem, seq, time, tlv

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
SERVER, CLIENT, OCSP_SIGNING = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.9"
SIGNATURE, ENCIPHERMENT, CERT_SIGN = bytes([7, 0x80]), bytes([5, 0x20]), bytes([1, 0x06])
directory = sys.argv[1]
certificates = {}


def day(n):
    return NOW + datetime.timedelta(days=n)


def path(name_):
    return os.path.join(directory, name_)


def write(name_, data):
    with open(path(name_), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def extension(number, value, critical=False):
    return seq(oid(number), *([tlv(1, b"\xff")] if critical else []), octets(value))


def constraints(ca, length=None):
    inside = ([tlv(1, b"\xff")] if ca else []) + ([integer(length)] if length is not None else [])
    return extension("2.5.29.19", seq(*inside), ca)


def usage(value):
    return extension("2.5.29.15", tlv(3, value), True)


def purposes(*ids):
    return extension("2.5.29.37", seq(*map(oid, ids)))


def names(*hosts, critical=False):
    return extension("2.5.29.17", seq(*(tlv(0x82, h.encode()) for h in hosts)), critical)


def access(ocsp=None, issuer=None):
    inside = [seq(oid(o), tlv(0x86, url.encode())) for o, url in (("1.3.6.1.5.5.7.48.1", ocsp), ("1.3.6.1.5.5.7.48.2", issuer)) if url]
    return extension("1.3.6.1.5.5.7.1.1", seq(*inside))


def subject_id(key):
    return extension("2.5.29.14", octets(key.id))


def authority_id(key_id):
    return extension("2.5.29.35", seq(tlv(0x80, key_id)))


class Certificate:
    def __init__(self, file, subject, key, der):
        self.file, self.subject, self.key, self.der = file, subject, key, der
        write(file + ".crt", pem("CERTIFICATE", der))


def issue(file, subject, key, issuer, extensions, *, serial=None, start=-10, end=80, digest="sha256", version=3, issuer_subject=None,
          key_id=None, signer=None, inner=None, logs=()):
    """One certificate. issuer None makes it self-signed; key_id, signer, issuer_subject and inner (the algorithm inside) replace what
    would stand there."""
    serial = secrets.randbits(126) | 1 << 126 if serial is None else serial
    signer = signer or (issuer.key if issuer else key)
    subject = subject if isinstance(subject, bytes) else name(subject)
    issuer_subject = issuer_subject or (issuer.subject if issuer else subject)
    extensions = list(extensions)
    if issuer and key_id != b"":
        extensions.append(authority_id(key_id or issuer.key.id))

    def tbs(more):
        every = extensions + more
        return seq(*([tlv(0xA0, integer(version - 1))] if version > 1 else []), integer(serial), inner or signer.algorithm(digest), issuer_subject,
                   seq(time(day(start)), time(day(end))), subject, key.spki, *([tlv(0xA3, seq(*every))] if every else []))

    more = []
    if logs:
        signed = [sct(log, 1, hashlib.sha256(issuer.key.spki).digest() + len(tbs([])).to_bytes(3, "big") + tbs([]), *how) for log, *how in logs]
        more = [extension("1.3.6.1.4.1.11129.2.4.2", octets(sct_list(signed)))]
    certificates[file] = Certificate(file, subject, key, signer.signed(tbs(more), digest))
    certificates[file].serial = serial
    return certificates[file]


def authority(file, subject, issuer, *, key=None, kind="ec", options=(), length=None, more=(), start=-400, end=1800, **rest):
    key = key or Key(path(file + ".key"), kind, *options)
    return issue(file, subject, key, issuer, [constraints(True, length), usage(CERT_SIGN), subject_id(key), *more], start=start, end=end, **rest)


def leaf(file, issuer, *, key=None, kind="ec", options=(), hosts=("www.example.test",), subject="www.example.test", use=SIGNATURE,
         purpose=(SERVER,), more=(), **rest):
    key = key or Key(path(file + ".key"), kind, *options)
    extensions = [constraints(False), subject_id(key), *([usage(use)] if use else []), *([purposes(*purpose)] if purpose else []),
                  *([names(*hosts)] if hosts else []), *more]
    return issue(file, subject, key, issuer, extensions, **rest)


# Transparency logs (RFC 6962 3.2).
def sct(log, kind, entry, damage=0, ahead=-9.9):
    when = int(day(ahead).timestamp() * 1000)
    signed = bytes([0, 0]) + struct.pack(">QH", when, kind) + entry + b"\0\0"
    signature = bytearray(log.sign(signed))
    signature[-1] ^= damage
    return b"\0" + hashlib.sha256(log.spki).digest() + struct.pack(">QH", when, 0) + b"\4\3" + struct.pack(">H", len(signature)) + signature


def sct_list(scts):
    body = b"".join(struct.pack(">H", len(s)) + s for s in scts)
    return struct.pack(">H", len(body)) + body


def log_list(logs):
    operators = [{"name": "tlswire test operator %d" % i, "email": ["log@example.test"], "logs": [{
        "description": "tlswire test log %d" % i, "log_id": base64.b64encode(hashlib.sha256(log.spki).digest()).decode(),
        "key": base64.b64encode(log.spki).decode(), "url": "https://ct%d.example.test/" % i, "mmd": 86400,
        "state": {"usable": {"timestamp": day(-400).strftime("%Y-%m-%dT%H:%M:%SZ")}}}]} for i, log in enumerate(logs, 1)]
    return json.dumps({"version": "1.1", "log_list_timestamp": day(-1).strftime("%Y-%m-%dT%H:%M:%SZ"), "operators": operators}, indent=1) + "\n"


# OCSP answers (RFC 6960 4.2.1).
def answer(file, certificate, issuer, status, *, signer=None, this=-1, end=6.0, carried=()):
    states = {"good": tlv(0x80), "unknown": tlv(0x82), "revoked": tlv(0xA1, generalized(day(-2)), tlv(0xA0, tlv(10, b"\1")))}
    key = (signer or issuer).key
    cert_id = seq(seq(oid("1.3.14.3.2.26"), tlv(5)), octets(hashlib.sha1(issuer.subject).digest()),
                  octets(hashlib.sha1(key_bits(issuer.key)).digest()), integer(certificate.serial))
    single = seq(cert_id, states[status], generalized(day(this)), tlv(0xA0, generalized(day(end))))
    data = seq(tlv(0xA2, octets(hashlib.sha1(key_bits(key)).digest())), generalized(day(this)), seq(single))
    basic = seq(data, key.algorithm(), bits(key.sign(data)), *([tlv(0xA0, seq(*(c.der for c in carried)))] if carried else []))
    write(file, seq(tlv(10, b"\0"), tlv(0xA0, seq(oid("1.3.6.1.5.5.7.48.1.1"), octets(basic)))))


def key_bits(key):
    """The BIT STRING of a P-256 SubjectPublicKeyInfo without its count of unused bits: what key hashes are of."""
    return key.spki[-65:]


def revocation_list(file, issuer, serials):
    tbs = seq(integer(1), issuer.key.algorithm(), issuer.subject, time(day(-1)), time(day(30)),
              seq(*(seq(integer(s), time(day(-2)), seq(extension("2.5.29.21", tlv(10, b"\1")))) for s in serials)),
              tlv(0xA0, seq(authority_id(issuer.key.id), extension("2.5.29.20", integer(7)))))
    write(file, pem("X509 CRL", issuer.key.signed(tbs)))


def chains():
    root = authority("root", "tlswire Test Root", None, start=-800, end=3000)
    middle = authority("middle", "tlswire Test Intermediate", root, length=0)
    other = authority("other", "tlswire Unknown Root", None, start=-800, end=3000)
    leaf("good", middle)
    leaf("fetched", middle, more=[access(issuer="http://ca.example.test/middle.crt")])
    leaf("stranger", authority("stranger-ca", "tlswire Unknown Intermediate", other))
    leaf("late", authority("late-ca", "tlswire Expired Intermediate", root, end=-20))
    leaf("soon", authority("soon-ca", "tlswire Expiring Intermediate", root, end=20))
    leaf("tampered", middle, signer=Key(path("impostor.key")))
    leaf("elsewhere", authority("narrow-ca", "tlswire Constrained Intermediate", root, more=[
        extension("2.5.29.30", seq(tlv(0xA0, seq(tlv(0x82, b"example.org")))), True)]))
    leaf("deep", authority("deep-ca", "tlswire Intermediate Below", middle))
    leaf("on-sha1", authority("sha1-ca", "tlswire SHA-1 Intermediate", root, digest="sha1"))
    leaf("on-rsa1024", authority("rsa1024-ca", "tlswire Short Intermediate", root, kind="rsa", options=("rsa_keygen_bits:1024",)))
    # The root once more, signed by another one; that certificate has ended.
    authority("cross", "tlswire Test Root", other, key=root.key, end=-30)
    wide = Key(path("wide.key"), "rsa", "rsa_keygen_bits:4096")
    many = [authority("many%d" % i, "tlswire Ballast %d" % i, root, key=wide).der for i in range(18)]
    write("many.pem", "".join(pem("CERTIFICATE", d) for d in [middle.der] + many))
    return root, middle, other


def proofs(middle):
    for kind, options in (("rsa", ("rsa_keygen_bits:2048",)), ("ed25519", ())):
        leaf("good-" + kind, middle, kind=kind, options=options)
        Key(path("strange-%s.key" % kind), kind, *options)
    Key(path("strange-ec.key"))
    leaf("client", middle, hosts=(), subject="client", purpose=(CLIENT,))
    leaf("client-ended", middle, hosts=(), subject="client", purpose=(CLIENT,), start=-100, end=-5)
    leaf("client-soon", middle, hosts=(), subject="client", purpose=(CLIENT,), start=-100, end=3)
    leaf("client-server", middle, hosts=(), subject="client", purpose=(SERVER,))


def revocation(middle, other, logs):
    points = access(ocsp="http://ocsp.example.test/")
    stapled = leaf("stapled", middle, more=[points])
    leaf("must", middle, more=[points, extension("1.3.6.1.5.5.7.1.24", seq(integer(5)))])
    responder = leaf("responder", middle, hosts=(), subject="OCSP responder", purpose=(OCSP_SIGNING,))
    answer("good.ocsp", stapled, middle, "good")
    answer("must.ocsp", certificates["must"], middle, "good")
    answer("delegated.ocsp", stapled, middle, "good", signer=responder, carried=(responder,))
    answer("revoked.ocsp", stapled, middle, "revoked")
    answer("unknown.ocsp", stapled, middle, "unknown")
    answer("ended.ocsp", stapled, middle, "good", this=-20, end=-13)
    answer("stranger.ocsp", stapled, middle, "good", signer=other, carried=(other,))
    answer("leaf.ocsp", stapled, middle, "good", signer=certificates["good"], carried=(certificates["good"],))
    answer("another.ocsp", certificates["good"], middle, "good")
    write("later.ocsp", seq(tlv(10, b"\3")))
    listed = leaf("listed", middle)
    revocation_list("test.crl", middle, [listed.serial])
    answered = leaf("answered", middle)
    answer("test.ocsp", answered, middle, "revoked")
    first, second = logs[:2]
    leaf("logged", middle, logs=[(first,), (second,)])
    leaf("mislogged", middle, logs=[(first,), (second, 1)])
    leaf("ahead", middle, logs=[(first,), (second, 0, 3.0)])
    good = certificates["good"].der
    for file, log, damage in (("sct-good", first, 0), ("sct-bad", second, 1)):
        body = sct_list([sct(log, 0, len(good).to_bytes(3, "big") + good, damage)])
        write(file + ".info", pem("SERVERINFO FOR tlswire", struct.pack(">HH", 18, len(body)) + body))


def main():
    _, middle, other = chains()
    proofs(middle)
    logs = [Key(path("log%d.key" % i)) for i in (1, 2, 3)]
    revocation(middle, other, logs)
    write("ct-logs.json", log_list(logs))
    flawed.make(sys.modules[__name__], middle, logs)


if __name__ == "__main__":
    main()
