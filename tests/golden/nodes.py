#!/usr/bin/env python3
"""
nodes.py TLSWIRE [FOLDER]: what one handshake alone does not show. Nodes that do not agree, renewals over months, a default
certificate, interception: each is found once, and healthy changes not at all; with one worker and with two, in one run and in two
over halves of the capture. The captures stay in FOLDER.
"""
import datetime
import json
import pathlib
import sqlite3
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import wire

SECOND = 1000000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = int(datetime.datetime(2025, 6, 2, 8, tzinfo=datetime.timezone.utc).timestamp()) * SECOND
NAME = "shop.example.test"
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: the real clock is not the capture's
MINE = ("cert-flapping", "cert-stale-node", "cert-renewal-overdue", "cert-issuer-changed", "cert-key-reused-long",
        "cert-change-inferred", "name-default-cert-served", "name-alpn-divergent", "mtls-ca-generation-skew",
        "interop-interception", "ops-unowned-certificate")


def stamp(us):
    return datetime.datetime.fromtimestamp(us / 1e6, datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ")


class CA:
    """Issues certificates with any times."""

    def __init__(self, folder, name, subject=None, key="ec"):
        self.folder, self.pem, self.key = folder, folder / (name + ".pem"), folder / (name + ".key")
        self.name, self.n = name, 0
        home = folder / (name + ".ca")
        home.mkdir()
        self.config = home / "ca.cnf"
        self.config.write_text("[ca]\ndefault_ca=c\n[c]\ndir=%s\ndatabase=$dir/index\nserial=$dir/serial\nnew_certs_dir=$dir\n"
                               "default_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\nx509_extensions=x\nrand_serial=yes\n"
                               "[p]\ncommonName=supplied\n[x]\nauthorityKeyIdentifier=keyid\n" % home)
        (home / "index").write_text("")
        wire.run("openssl", "req", "-x509", *self.new_key(key), "-nodes", "-set_serial", "0x5A11B0C4D2E3F405162738495A6B7C8D",
                 "-days", "7300", "-subj", subject or "/CN=Nodes Test %s" % name, "-keyout", str(self.key), "-out", str(self.pem))

    @staticmethod
    def new_key(kind):
        return ("-newkey", "rsa:2048") if kind == "rsa" else ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")

    def issue(self, names, since, days=90, key="ec", same_key=None, use="serverAuth"):
        """A certificate valid from since on: (chain, key)."""
        self.n += 1
        base = self.folder / ("%s-%d" % (self.name, self.n))
        new = ("-new", "-key", str(same_key)) if same_key else (*self.new_key(key), "-keyout", str(base) + ".key")
        wire.run("openssl", "req", *new, "-nodes", "-subj", "/CN=" + names[0], "-addext",
                 "subjectAltName=" + ",".join("DNS:" + n for n in names), "-addext", "extendedKeyUsage=" + use,
                 "-addext", "keyUsage=critical,digitalSignature", "-out", str(base) + ".csr")
        wire.run("openssl", "ca", "-batch", "-config", str(self.config), "-cert", str(self.pem), "-keyfile", str(self.key),
                 "-startdate", stamp(since), "-enddate", stamp(since + days * DAY), "-in", str(base) + ".csr",
                 "-out", str(base) + ".leaf", "-notext")
        chain = pathlib.Path(str(base) + ".pem")
        chain.write_text(pathlib.Path(str(base) + ".leaf").read_text() + self.pem.read_text())
        return chain, same_key or str(base) + ".key"


def serve(*certificates, version=ssl.TLSVersion.TLSv1_2, alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    for chain, key in certificates:
        context.load_cert_chain(chain, key)
    context.options |= ssl.OP_NO_TICKET
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def ask(version=ssl.TLSVersion.TLSv1_2, ciphers=None, alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = version
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if ciphers:
        context.set_ciphers(ciphers)
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class Tape:
    """Handshakes in order of time, to be written as one capture or as two."""

    def __init__(self):
        self.packets, self.n = [], 0

    def meet(self, us, server, client=None, host=1, node=10, name=NAME):
        self.n += 1
        one = wire.Capture(None)
        connection = wire.Connection(one, us, ("198.51.100.%d" % host, 20000 + self.n), ("192.0.2.%d" % node, 443))
        done = wire.handshake(connection, client or ask(), server, name)
        self.packets.append((us, one.packets))
        return done

    def write(self, folder, title):
        self.packets.sort(key=lambda p: p[0])
        half = len(self.packets) // 2
        paths = []
        for suffix, part in (("", self.packets), ("-1", self.packets[:half]), ("-2", self.packets[half:])):
            capture = wire.Capture(folder / (title + suffix + ".pcap"))
            for _, packets in part:
                for at, _, frame in packets:
                    capture.add(at, frame)
            capture.close()
            paths.append(capture.path)
        return paths


# Each gives the tape, what is to be found ({defect: (findings, severity)}), what else may be, and options.

def flapping(ca):
    tape, servers = Tape(), [serve(ca.issue([NAME], START - age * DAY)) for age in (30, 5)]
    for i in range(60):
        tape.meet(START + i * MINUTE, servers[i % 2], host=1 + i % 7)
    return tape, {"cert-flapping": (1, "high")}


def twins(ca):
    """Two nodes set up together, each with a certificate of its own: no deployment, so it is found at once."""
    tape, servers = Tape(), [serve(ca.issue([NAME], START - 5 * DAY)) for _ in range(2)]
    for i in range(6):
        tape.meet(START + i * SECOND, servers[i % 2])
    return tape, {"cert-flapping": (1, "high")}


def stale(ca):
    tape, old, new = Tape(), serve(ca.issue([NAME], START - 30 * DAY)), serve(ca.issue([NAME], START - DAY))
    for i in range(180):
        node = i % 2
        tape.meet(START + i * MINUTE, new if node == 0 and i >= 10 else old, host=1 + i % 7, node=10 + node)
    return tape, {"cert-stale-node": (1, "high")}


def stale_and_expired(ca):
    tape, old, new = Tape(), serve(ca.issue([NAME], START - 90 * DAY - HOUR)), serve(ca.issue([NAME], START - DAY))
    for i in range(180):
        tape.meet(START + i * MINUTE, new if i % 2 == 0 else old, host=1 + i % 7, node=10 + i % 2)
    return tape, {"cert-stale-node": (1, "critical")}, ("cert-expired",)


def overdue(ca):
    tape = Tape()
    for n in range(3):
        since = START + 30 * n * DAY
        server = serve(ca.issue([NAME], since))
        for day in range(0, 50 if n == 2 else 30, 5 if n < 2 else 1):
            tape.meet(since + day * DAY + HOUR, server, host=1 + day % 7)
    return tape, {"cert-renewal-overdue": (1, "medium")}, (), "--one-vantage"


def key_kept(ca):
    tape, key = Tape(), None
    for n in range(8):
        chain, key = ca.issue([NAME], START + 60 * n * DAY, same_key=key)
        for day in (1, 20, 40, 59):
            tape.meet(START + (60 * n + day) * DAY, serve((chain, key)), host=day)
    return tape, {"cert-key-reused-long": (1, "low")}


def default_served(ca):
    tape, names = Tape(), ["a.example.test", "b.example.test", "c.example.test"]
    own = [serve(ca.issue([n], START - 20 * DAY)) for n in names]
    other = serve(ca.issue(["default.example.test"], START - 20 * DAY))
    for i in range(60):
        tape.meet(START + i * MINUTE, own[i % 3] if i < 30 else other, host=1 + i // 3 % 4, name=names[i % 3])
    return tape, {"name-default-cert-served": (3, "high")}, ("name-mismatch",)


def intercepted(ca):
    tape, box, name = Tape(), CA(ca.folder, "box", subject="/CN=Inspection CA/O=Example"), "shop.example.com"
    servers = [serve(ca.issue([name], START - 20 * DAY)), serve(box.issue([name], START - 2 * DAY))]
    for i in range(40):
        tape.meet(START + i * MINUTE, servers[i % 2], host=1 + i % 6, name=name)
    return (tape, {"interop-interception": (1, "medium"), "cert-issuer-changed": (1, "medium")}, ("chain-untrusted-root",),
            "--trust", "public:web=%s" % ca.pem)


def inspected(ca):
    policy = ca.folder / "policy.yaml"
    policy.write_text("roles:\n  inspection-cas:\n    - \"*Inspection CA*\"\n")
    found = intercepted(ca)
    return (found[0], {"interop-interception": (1, "info"), "cert-issuer-changed": (1, "medium")}, *found[2:], "--policy", str(policy))


def other_protocols(ca):
    tape, leaf = Tape(), ca.issue([NAME], START - 20 * DAY)
    servers = [serve(leaf, alpn=names) for names in (["h2", "http/1.1"], ["http/1.1"])]
    for i in range(20):
        tape.meet(START + i * MINUTE, servers[i % 2], ask(alpn=["h2", "http/1.1"]), host=1 + i % 6, node=10 + i % 2)
    return tape, {"name-alpn-divergent": (1, "low")}


def new_issuer(ca):
    tape, other = Tape(), CA(ca.folder, "other")
    servers = [serve(c.issue([NAME], START - 20 * DAY)) for c in (ca, other)]
    for i in range(50):
        tape.meet(START + i * MINUTE, servers[min(i // 20, 1)], host=1 + i % 6)
    ca.pem.write_text(ca.pem.read_text() + other.pem.read_text())
    return tape, {"cert-issuer-changed": (1, "info")}


def two_types_of_keys(ca):
    server = serve(ca.issue([NAME], START - 20 * DAY), ca.issue([NAME], START - 10 * DAY, key="rsa"))
    tape, clients = Tape(), [ask(ciphers="ECDHE+aECDSA"), ask(ciphers="ECDHE+aRSA"), ask()]
    for i in range(180):
        tape.meet(START + i * MINUTE, server, clients[i % 3], host=1 + i % 7, node=10 + i % 2)
    return tape, {}


def one_switch(ca):
    tape, servers = Tape(), [serve(ca.issue([NAME], START - age * DAY)) for age in (60, 1)]
    for i in range(240):
        tape.meet(START + i * MINUTE, servers[i // 60 if i < 120 else 1], host=1 + i % 7, node=10 + i % 3)
    return tape, {}


def blue_and_green(ca):
    """A deployment behind one address: for fourteen minutes both."""
    tape, servers = Tape(), [serve(ca.issue([NAME], START - age * DAY)) for age in (60, 1)]
    for i in range(240):
        minute = i // 2
        tape.meet(START + i * MINUTE // 2, servers[0 if minute < 30 else 1 if minute >= 44 else i % 2], host=1 + i % 7)
    return tape, {}


def ordinary_renewals(ca):
    tape = Tape()
    for n in range(4):
        server = serve(ca.issue([NAME], START + 60 * n * DAY))
        for day in range(0, 60 + n % 2, 3):
            tape.meet(START + (60 * n + day) * DAY + HOUR, server, host=1 + day % 7)
    return tape, {}, (), "--one-vantage"


def paused(ca):
    """Three hours without a packet, in the midst of handshakes: nobody was silent, nobody watched. Later others come."""
    tape, server = Tape(), serve(ca.issue([NAME], START - 20 * DAY))
    for i in range(48):
        tape.meet(START + i * SECOND, server, host=1 + i % 6, node=10 + i % 3)
        at, packets = tape.packets[-1]
        cut = i % len(packets)
        tape.packets[-1] = (at, packets[:cut])
        tape.packets.append((at + 3 * HOUR, [(us + 3 * HOUR, n, frame) for us, n, frame in packets[cut:]]))
    for i in range(48):
        tape.meet(START + 3 * HOUR + i * SECOND, server, host=1 + i % 6, node=10 + i % 3)
    return tape, {}


def replaced(ca):
    tape, v13 = Tape(), ssl.TLSVersion.TLSv1_3
    servers = [serve(ca.issue([NAME], START - 20 * DAY, key=key), version=v13) for key in ("rsa", "ec")]
    for i in range(40):
        tape.meet(START + i * MINUTE, servers[i // 20], ask(version=v13), host=1 + i % 6)
    return tape, {"cert-change-inferred": (1, "info")}


def demand(context, *roots):
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= NO_CHECK_TIME
    for root in roots:
        context.load_verify_locations(root)
    return context


def two_generations(ca, is_trusted):
    tape, cas = Tape(), [CA(ca.folder, g, subject="/CN=Client CA %s/O=Example" % g) for g in ("G1", "G2")]
    roots = [c.pem for c in (cas if is_trusted else cas[:1])]
    server = demand(serve(ca.issue([NAME], START - 20 * DAY)), *roots)
    clients = [[c.issue(["client-%d" % i], START - (20 - 10 * k) * DAY, use="clientAuth") for k, c in enumerate(cas)]
               for i in range(10)]
    for i in range(80):
        client = ask()
        client.load_cert_chain(*clients[i % 10][1 if i >= 30 and i % 2 else 0])
        tape.meet(START + i * MINUTE, server, client, host=1 + i % 10)
    return tape


def generation_skew(ca):
    return two_generations(ca, False), {"mtls-ca-generation-skew": (1, "high")}, ("mtls-cert-rejected", "interop-fatal-alert", "ops-burn-rate")


def generation_overlap(ca):
    return two_generations(ca, True), {"mtls-ca-generation-skew": (1, "info")}


def unowned(ca):
    tape, names = Tape(), ("a.example.test", "b.example.test")
    servers = [serve(ca.issue([n], START - 20 * DAY)) for n in names]
    policy, owners = ca.folder / "policy.yaml", ca.folder / "owners.csv"
    policy.write_text("owned: [192.0.2.0/25]\ninventory: owners.csv\n")
    owners.write_text("a.example.test,team a\n")
    for i in range(40):
        tape.meet(START + i * MINUTE, servers[i % 2], node=10 + i % 3 * 100, name=names[i % 2])
    return tape, {"ops-unowned-certificate": (1, "info")}, (), "--policy", str(policy)


SCENARIOS = (flapping, twins, stale, stale_and_expired, overdue, key_kept, default_served, intercepted, inspected, other_protocols, new_issuer,
             paused, replaced, generation_skew, generation_overlap, unowned, two_types_of_keys, one_switch, blue_and_green, ordinary_renewals)


def read(program, folder, db, inputs, *options):
    path = folder / db
    for one in inputs:
        done = subprocess.run([program, "read", "-q", "--db", path, *options, *one])
        if done.returncode != 0:
            sys.exit("nodes: tlswire read failed with %d" % done.returncode)
    lines = subprocess.run([program, "findings", "--db", path, "--format", "jsonl"], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in lines.stdout.splitlines()]


def dump(db):
    """Every row but what belongs to the run itself."""
    c = sqlite3.connect(db)
    tables = [r[0] for r in c.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {t: sorted(map(repr, c.execute("SELECT * FROM " + t))) for t in tables if t not in ("run", "input")}


PER_VANTAGE = ("ops-close-without-notify",)


def facts(found):
    """Halves that lie days apart are vantages of their own: what is counted per vantage is not compared."""
    return sorted((f["defect"], f["service"] or "", f["subject"], f["severity"], f["count"], f["state"], f["opened"], f["closed"] or "",
                   f["first_seen"], f["last_seen"]) for f in found if f["defect"] not in PER_VANTAGE)


def judge(title, found, wanted, allowed):
    complaints = []
    for defect in MINE:
        have = [f["severity"] for f in found if f["defect"] == defect]
        n, severity = wanted.get(defect, (0, None))
        if have != [severity] * n:
            complaints.append("%s: %s instead of %d %s" % (defect, have, n, severity))
    for f in found:
        if f["defect"] not in MINE + tuple(allowed) and f["severity"] not in ("info", "low"):
            complaints.append("%s: not expected" % f["defect"])
    return complaints


def run(program, folder, scenario):
    title = scenario.__name__
    home = folder / title
    home.mkdir(exist_ok=True)
    ca = CA(home, "CA")
    tape, wanted, *rest = scenario(ca)
    allowed, options = (rest[0], rest[1:]) if rest else ((), ())
    if not any(o.startswith("public:") for o in options):
        options = (*options, "--trust", "test=%s" % ca.pem)
    whole, first, second = tape.write(home, title)
    found = read(program, home, "one.db", [[whole]], *options)
    complaints = judge(title, found, wanted, allowed)
    for what, other in (("two workers", read(program, home, "two.db", [[whole]], "--threads", "2", *options)),
                        ("one run over halves", read(program, home, "three.db", [[second, first]], *options)),
                        ("two runs over halves", read(program, home, "four.db", [[first], [second]], *options))):
        if facts(other) != facts(found):
            complaints.append("%s: other findings" % what)
            complaints += ["   only so: %s" % (f,) for f in sorted(set(facts(other)) ^ set(facts(found)))]
    one, two = dump(home / "one.db"), dump(home / "two.db")
    complaints += ["two workers: other rows in %s" % t for t in one if one[t] != two.get(t)]
    for c in complaints:
        print("nodes: %s: %s" % (title, c))
    if complaints:
        for f in found:
            print("   %s %s %s %s count %s: %s" % (f["severity"], f["defect"], f["service"], f["subject"], f["count"], f["summary"]))
    return len(complaints)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else name)
        chosen = [s for s in SCENARIOS if len(sys.argv) < 4 or s.__name__ in sys.argv[3:]]
        wrong = sum(run(program, folder, s) for s in chosen)
    print("nodes: fine" if wrong == 0 else "nodes: %d wrong" % wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
