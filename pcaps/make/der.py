"""DER and signatures for the authority: what openssl's configuration files cannot say, in few lines."""
import hashlib
import subprocess
import tempfile

SIGNATURES = {  # (key, hash): AlgorithmIdentifier
    ("rsa", "md5"): "300d06092a864886f70d0101040500",
    ("rsa", "sha1"): "300d06092a864886f70d0101050500",
    ("rsa", "sha256"): "300d06092a864886f70d01010b0500",
    ("ec", "sha1"): "300906072a8648ce3d0401",
    ("ec", "sha256"): "300a06082a8648ce3d040302",
    ("ed25519", "sha256"): "300506032b6570",
}


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    head = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def octets(*parts):
    return tlv(4, *parts)


def bits(body, unused=0):
    return tlv(3, bytes([unused]), body)


def oid(text):
    first, second, *rest = [int(x) for x in text.split(".")]
    out = bytes([first * 40 + second])
    for n in rest:
        digits = [n & 127]
        while n > 127:
            n >>= 7
            digits.insert(0, 128 | n & 127)
        out += bytes(digits)
    return tlv(6, out)


def time(when):
    """UTCTime until 2049, then GeneralizedTime (RFC 5280 4.1.2.5)."""
    if when.year < 2050:
        return tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())
    return generalized(when)


def generalized(when):
    return tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def name(common):
    if not common:
        return seq()
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(12, common.encode()))))


def pem(kind, der):
    import base64
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (kind, lines, kind)


class Key:
    """A private key in a PEM file; what it is made of is said as `openssl genpkey` wants it."""

    def __init__(self, path, kind="ec", *options):
        self.path, self.kind = path, kind
        make = {"ec": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["RSA"], "ed25519": ["ed25519"], "dsa": None}[kind]
        if make and options != ("given",):
            more = [o for option in options for o in ("-pkeyopt", option)]
            subprocess.run(["openssl", "genpkey", "-algorithm", *make, *more, "-out", path], check=True, capture_output=True)
        self.spki = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        self.id = hashlib.sha1(self.spki).digest()

    def sign(self, data, digest="sha256"):
        with tempfile.NamedTemporaryFile() as f:
            f.write(data)
            f.flush()
            if self.kind == "ed25519":
                command = ["openssl", "pkeyutl", "-sign", "-inkey", self.path, "-rawin", "-in", f.name]
            else:
                command = ["openssl", "dgst", "-" + digest, "-sign", self.path, f.name]
            return subprocess.run(command, check=True, capture_output=True).stdout

    def signed(self, tbs, digest="sha256"):
        """tbs, the algorithm and the signature, as certificates, CRLs and OCSP answers have them."""
        algorithm = bytes.fromhex(SIGNATURES[self.kind, digest])
        return seq(tbs, algorithm, bits(self.sign(tbs, digest)))

    def algorithm(self, digest="sha256"):
        return bytes.fromhex(SIGNATURES[self.kind, digest])
