"""Certificates that break the profile, and keys that came from bad places; part of authority.py."""
import hashlib
import math
import random
import secrets
import subprocess

from der import Key, integer, oid, pem, seq, tlv


def is_prime(n):
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return n < 38
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(20):
        x = pow(random.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def good(p, e):
    return math.gcd(p - 1, e) == 1 and is_prime(p)


def prime(size, e=65537):
    while True:
        p = secrets.randbits(size) | 3 << (size - 2) | 1
        if good(p, e):
            return p


def next_prime(p, e=65537):
    p += 2
    while not good(p, e):
        p += 2
    return p


def roca_prime(size):
    """k * M + (65537^a mod M), M the product of the first 126 primes: CVE-2017-15361."""
    small = [n for n in range(2, 702) if all(n % d for d in range(2, int(n**0.5) + 1))]
    product = math.prod(small)
    while True:
        p = (secrets.randbits(size - product.bit_length()) | 1 << (size - product.bit_length())) * product + pow(65537, secrets.randbits(200), product)
        if p.bit_length() == size and p >> (size - 2) == 3 and good(p, 65537):
            return p


def sleeve_prime():
    """Seventeen words of 64 bits with only 16 of them random: what a generator leaves that fills the wrong width."""
    while True:
        p = sum((secrets.randbits(14) | 3 << 14) << 64 * i for i in range(17)) | 1
        if good(p, 65537):
            return p


def rsa(path, p, q, e=65537):
    d = pow(e, -1, (p - 1) * (q - 1))
    key = seq(*map(integer, (0, p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))
    with open(path, "w") as f:
        f.write(pem("RSA PRIVATE KEY", key))
    return Key(path, "rsa", "given")


def weak_keys(a, middle):
    p, q, r, s = (prime(1024) for _ in range(4))
    a.leaf("shared1", middle, key=rsa(a.path("shared1.key"), p, q))
    a.leaf("shared2", middle, key=rsa(a.path("shared2.key"), p, r))
    a.leaf("close", middle, key=rsa(a.path("close.key"), s, next_prime(s)))
    a.leaf("roca", middle, key=rsa(a.path("roca.key"), roca_prime(1024), roca_prime(1024)))
    a.leaf("e1", middle, key=rsa(a.path("e1.key"), prime(1024), prime(1024), 1))
    a.leaf("e3", middle, key=rsa(a.path("e3.key"), prime(1024, 3), prime(1024, 3), 3))
    a.leaf("sleeve", middle, key=rsa(a.path("sleeve.key"), sleeve_prime(), sleeve_prime()))
    # The smaller factor is 10 bits long.
    a.leaf("factor", middle, key=rsa(a.path("factor.key"), prime(2038), 743))
    lost = a.leaf("lost", middle)
    a.write("blocklist.txt", "# SHA-256 of the SubjectPublicKeyInfo, made by make/authority.py\n%s weak-blocklisted\n" % hashlib.sha256(lost.key.spki).hexdigest())
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit", "-out", a.path("explicit.key")], check=True)
    a.leaf("explicit", middle, key=Key(a.path("explicit.key"), "ec", "given"))
    subprocess.run(["openssl", "ecparam", "-name", "prime192v1", "-genkey", "-noout", "-out", a.path("p192.key")], check=True)
    a.leaf("p192", middle, key=Key(a.path("p192.key"), "ec", "given"))
    subprocess.run(["openssl", "dsaparam", "-genkey", "-noout", "-out", a.path("dsa.key"), "2048"], check=True, capture_output=True)
    a.leaf("dsa", middle, key=Key(a.path("dsa.key"), "dsa"))


def dh(a, file, p, g=2):
    a.write(file, pem("DH PARAMETERS", seq(integer(p), integer(g))))


def groups(a):
    for size in (512, 768, 1024):
        while True:
            q = secrets.randbits(size - 1) | 3 << (size - 3) | 1
            if all(q % n and (2 * q + 1) % n for n in range(3, 2000, 2)) and is_prime(q) and is_prime(2 * q + 1):
                break
        dh(a, "dh%d.pem" % size, 2 * q + 1)
    # RFC 2409 6.2.
    pi = ("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6D"
          "F25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF")
    dh(a, "dh-group2.pem", int(pi, 16))
    dh(a, "dh-composite.pem", prime(1024) * prime(1024))
    # The order of the generator is a factor nobody is told.
    dh(a, "dh-unsafe.pem", prime(2048))


def profile(a, middle):
    one = a.leaf("shared-org", middle, subject="www.example.org", hosts=("www.example.org",))
    a.leaf("shared-com", middle, key=one.key, subject="www.example.com", hosts=("www.example.com",))
    one = a.leaf("serial-one", middle)
    a.leaf("serial-two", middle, serial=one.serial)
    key = Key(a.path("ca.key"))
    a.issue("ca", "www.example.test", key, middle, [a.constraints(True, 0), a.usage(bytes([1, 0x86])), a.subject_id(key), a.names("www.example.test")])
    a.leaf("for-clients", middle, purpose=(a.CLIENT,))
    a.leaf("no-signing", middle, kind="rsa", options=("rsa_keygen_bits:2048",), use=a.ENCIPHERMENT)
    a.leaf("bad-names", middle, hosts=("www.example.test", "bad_host.example.test", "space host.example.test"))
    a.leaf("nul", middle, hosts=("www.example.test", "www.bank.example\0.example.test"))
    a.leaf("wildcard", middle, hosts=("www.example.test", "a.*.example.test", "*.co.uk"))
    a.leaf("fake", None, subject="Kubernetes Ingress Controller Fake Certificate", hosts=("ingress.local", "www.example.test"))
    a.leaf("serial0", middle, serial=0)
    a.leaf("negative", middle, serial=-secrets.randbits(100))
    a.leaf("long-serial", middle, serial=secrets.randbits(190) | 1 << 190)
    a.leaf("two-algorithms", middle, inner=bytes.fromhex("300a06082a8648ce3d040303"))
    a.leaf("duplicate", middle, more=[a.purposes(a.SERVER)])
    a.leaf("unknown-critical", middle, more=[a.extension("1.3.6.1.4.1.99999.1", tlv(5), True)])
    a.leaf("backwards", middle, start=-10, end=-20)
    key = Key(a.path("v1.key"))
    a.issue("v1", "www.example.test", key, middle, [], version=1, key_id=b"")
    key = Key(a.path("v1-extended.key"))
    a.issue("v1-extended", "www.example.test", key, middle, [a.names("www.example.test")], version=1)


def public(a, logs):
    """As browsers' roots issue: with all that is asked for, and without."""
    root = a.authority("public", "tlswire Test Public Root", None, start=-800, end=3000)
    web = [a.extension("2.5.29.32", seq(seq(oid("2.23.140.1.2.1"))))]
    issuer = [a.access(issuer="http://ca.example.com/public.crt"), point("http://ca.example.com/root.crl", a)]
    middle = a.authority("public-ca", "tlswire Test Public Intermediate", root, length=0, more=web + issuer + [a.purposes(a.SERVER)])
    more = web + [a.access(issuer="http://ca.example.com/ca.crt"), point("http://ca.example.com/ca.crl", a)]
    hosts = ("www.example.com",)
    a.leaf("public-good", middle, subject="www.example.com", hosts=hosts, more=more, logs=[(logs[0],), (logs[1],)])
    a.leaf("public-long", middle, subject="www.example.com", hosts=hosts, more=more, end=400, logs=[(logs[0],), (logs[1],), (logs[2],)])
    a.leaf("public-backdated", middle, subject="www.example.com", hosts=hosts, more=more, start=-16, logs=[(logs[0],), (logs[1],)])
    a.leaf("public-bare", middle, subject="www.example.com", hosts=hosts + ("intranet",), purpose=(a.SERVER, a.CLIENT), more=web)


def point(url, a):
    return a.extension("2.5.29.31", seq(seq(tlv(0xA0, tlv(0xA0, tlv(0x86, url.encode()))))))


def make(a, middle, logs):
    weak_keys(a, middle)
    groups(a)
    profile(a, middle)
    public(a, logs)
