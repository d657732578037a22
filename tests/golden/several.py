#!/usr/bin/env python3
"""
several.py TLSWIRE: defects that only several handshakes show, by real handshakes (Python's OpenSSL) at the times that
they need. Where no stack does it any more, bytes are changed in the capture or on the way: that is said there.
"""
import json
import os
import pathlib
import ssl
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import wire

SECOND = 1000000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
START = 1795600800 * SECOND  # 2026-11-25 10:00 UTC, a whole hour
NAMES = ("shop.example.test", "bank.example.org", "news.example.net")
SERVERS = ("192.0.2.10", "192.0.2.20", "192.0.2.30")
folder = None


def make_pki():
    """CAs and leaves: 0, 1, 2 of three owners; wild names *.example.test, old ends at START + 20 minutes."""
    for ca in "xyz":
        wire.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                 "-subj", "/CN=Several Test CA %s" % ca, "-keyout", str(folder / ("ca-%s.key" % ca)), "-out", str(folder / ("ca-%s.pem" % ca)))
    (folder / "trust.pem").write_text("".join((folder / ("ca-%s.pem" % ca)).read_text() for ca in "xyz"))
    (folder / "index").write_text("")
    (folder / "serial").write_text("7A11B0C4D2E3F405162738495A6B7C8D")
    config = folder / "ca.cnf"
    config.write_text("[ca]\ndefault_ca=c\n[c]\ndir=%s\ndatabase=$dir/index\nserial=$dir/serial\nnew_certs_dir=$dir\n"
                      "default_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n" % folder)
    ec, rsa = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), ("rsa:2048",)
    for leaf, ca, host, kind, until in (("0", "x", NAMES[0], ec, "20270201000000Z"), ("1", "y", NAMES[1], ec, "20270201000000Z"),
                                        ("wild", "x", "*.example.test", ec, "20270201000000Z"), ("old", "x", NAMES[0], ec, "20261125102000Z"),
                                        ("rsa0", "x", NAMES[0], rsa, "20270201000000Z"), ("rsa1", "y", NAMES[1], rsa, "20270201000000Z"),
                                        ("rsa2", "z", NAMES[2], rsa, "20270201000000Z")):
        key, csr = str(folder / (leaf + ".key")), str(folder / (leaf + ".csr"))
        wire.run("openssl", "req", "-newkey", *kind, "-nodes", "-subj", "/CN=" + host, "-addext", "subjectAltName=DNS:" + host,
                 "-addext", "extendedKeyUsage=serverAuth", "-keyout", key, "-out", csr)
        wire.run("openssl", "ca", "-batch", "-config", str(config), "-cert", str(folder / ("ca-%s.pem" % ca)), "-keyfile",
                 str(folder / ("ca-%s.key" % ca)), "-startdate", "20261001000000Z", "-enddate", until, "-in", csr, "-out",
                 str(folder / (leaf + ".pem")), "-notext")


def server(leaf="0", version=ssl.TLSVersion.TLSv1_2, tickets=False, ciphers=None, curve=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    context.load_cert_chain(folder / (leaf + ".pem"), folder / (leaf + ".key"))
    if not tickets:
        context.options |= ssl.OP_NO_TICKET
    if ciphers:
        context.set_ciphers(ciphers)
    if curve:
        context.set_ecdh_curve(curve)
    return context


def client(version=ssl.TLSVersion.TLSv1_2, ciphers=None, trusts=True, checks=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = version
    context.check_hostname = checks
    if trusts:
        context.load_verify_locations(folder / "trust.pem")
        context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME: the real clock is not the capture's
    if ciphers:
        context.set_ciphers(ciphers)
    return context


class Scene:
    """Handshakes with numbered clients; each has a port of its own."""

    def __init__(self, title):
        self.capture, self.n = wire.Capture(folder / (title + ".pcap")), 0

    def connection(self, us, owner=0, one_client=False):
        self.n += 1
        number = 1 if one_client else 1 + self.n % 200
        return wire.Connection(self.capture, us, ("198.51.100.%d" % number, 20000 + self.n), (SERVERS[owner], 443))

    def shake(self, us, c, s, owner=0, name=None, one_client=False, **more):
        return wire.converse(self.connection(us, owner, one_client), c, s, name or NAMES[owner], **more)

    def many(self, n, us, apart, c, s, **more):
        for i in range(n):
            self.shake(us + i * apart, c, s, **more)


def fallback_share(scene):
    modern, old = client(), client(ciphers="ECDHE-ECDSA-AES128-SHA")
    s = server(ciphers="ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA")
    for i in range(200):
        scene.shake(START + i * 12 * SECOND, old if i % 20 == 7 else modern, s)


def client_outlier(scene):
    good, bad = client(), client(ciphers="ECDHE-ECDSA-AES256-GCM-SHA384", trusts=False)
    for i in range(240):
        scene.shake(START + i * 10 * SECOND, bad if i % 3 == 0 else good, server())


def leaves_after_finish(scene):
    scene.many(180, START, 10 * SECOND, client(), server())
    scene.many(90, START + 90 * MINUTE, 10 * SECOND, client(), server(), data=b"")


def pin_break(scene):
    lenient, strict = client(), client(ciphers="ECDHE-ECDSA-AES256-GCM-SHA384", checks=True)
    strict._host_flags = 2 | 4  # X509_CHECK_FLAG_NO_WILDCARDS: only the first certificate has the name itself
    before, after = server(), server("wild")
    for i in range(240):
        scene.shake(START + i * 10 * SECOND, strict if i % 3 == 0 else lenient, before if i < 120 else after)


def thinking(scene, think):
    scene.many(100, START, 5 * SECOND, client(), server(), think=think)


def resumption_low(scene):
    c = client()
    _, end = scene.shake(START, c, server(tickets=True))
    for i in range(360):
        scene.shake(START + (i + 1) * 10 * SECOND, c, server(tickets=True), session=end.session)


def retry_storm(scene):
    scene.many(15, START, 3 * SECOND, client(trusts=False), server(), one_client=True)


def retries_of_groups(scene):
    new = ssl.TLSVersion.TLSv1_3
    scene.many(120, START, 5 * SECOND, client(new), server(version=new, curve="secp384r1"))


def intolerance(scene):
    for i in range(4):
        us = START + i * 20 * SECOND
        wire.refused(scene.connection(us, one_client=True), client(ssl.TLSVersion.TLSv1_3), NAMES[0])
        scene.shake(us + SECOND // 10, client(), server(), one_client=True)


def dotted_name(scene):
    scene.shake(START, client(), server(), name=NAMES[0] + ".")


def across_names(scene):
    first, second = server(tickets=True), server("1", tickets=True)
    first.sni_callback = lambda end, name, _: setattr(end, "context", second) if name == NAMES[1] else None
    c = client()
    _, end = scene.shake(START, c, first)
    scene.shake(START + SECOND, c, first, name=NAMES[1])
    scene.shake(START + 2 * SECOND, c, first, name=NAMES[1], session=end.session)


def past_expiry(scene):
    c, s = client(), server("old", tickets=True)
    _, end = scene.shake(START, c, s)
    scene.shake(START + 30 * MINUTE, c, s, session=end.session)


def long_lived_key(scene):
    c, s = client(), server(tickets=True)
    for hours in (0, 1, 25):
        scene.shake(START + hours * HOUR, c, s)


def shared_key(scene):
    first, second = server(tickets=True), server("1", tickets=True)
    first.sni_callback = lambda end, name, _: setattr(end, "context", second) if name == NAMES[1] else None
    for i in range(3):
        scene.shake(START + i * SECOND, client(), first)
        scene.shake(START + i * SECOND + SECOND // 2, client(), first, owner=1)


def spoil_exchange(side, data):
    """The secret that the client encrypts, changed on the way: so it goes when the server's key is another one."""
    if side == 0 and data[0] == 22 and data[5] == 16:
        data = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    return data, data


RSA_SUITES = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")


def wrong_rsa_key(scene):
    s = server("rsa0", ciphers=":".join(RSA_SUITES))
    for i in range(6):
        scene.shake(START + i * SECOND, client(ciphers=RSA_SUITES[i % 2]), s, alter=spoil_exchange)


def probes(scene):
    s, c = server("rsa0", ciphers=RSA_SUITES[0]), client(ciphers=RSA_SUITES[0])
    scene.many(520, START, 2 * SECOND, c, s, alter=spoil_exchange, one_client=True)


def biased_randoms(scene):
    """Only the capture has them, and only the even bits: no stack is that bad any more."""
    new = ssl.TLSVersion.TLSv1_3

    def alter(side, data):
        if side == 0 and data[0] == 22 and data[5] == 1:
            return data[:11] + bytes(b & 0x55 for b in os.urandom(32)) + data[43:], data
        return data, data
    scene.many(130, START, 5 * SECOND, client(new), server(version=new), alter=alter, one_client=True)


def counted_ids(scene):
    """Only the capture has them."""
    n = 0

    def alter(side, data):
        nonlocal n
        if side == 1 and data[0] == 22 and data[5] == 2 and data[43] == 32:
            n += 1
            return data[:44] + bytes(28) + struct.pack(">I", 1000 + n) + data[76:], data
        return data, data
    scene.many(20, START, 5 * SECOND, client(), server(), alter=alter)


def clock(side, at, ahead=3600):
    """The hour after `at` (or `ahead` seconds) in the random of a side: only the capture has it. RSA key exchange signs none."""
    def alter(sender, data):
        if sender == side and data[0] == 22 and data[5] == side + 1:
            return data[:11] + struct.pack(">I", at // SECOND + ahead) + data[15:], data
        return data, data
    return alter


def sensor_clock(scene):
    for i in range(24):
        at = START + i * 7 * SECOND
        scene.shake(at, client(ciphers=RSA_SUITES[0]), server("rsa%d" % (i % 3), ciphers=RSA_SUITES[0]), owner=i % 3, alter=clock(1, at))


def muted_clock(program):
    """A capture of a host whose clock is six weeks behind: certificates seem to begin later. What the clock says is muted."""
    scene, wrong = Scene("muted-clock"), []
    for i in range(24):
        at = START - 58 * 24 * HOUR + i * 7 * SECOND
        scene.shake(at, client(ciphers=RSA_SUITES[0]), server("rsa%d" % (i % 3), ciphers=RSA_SUITES[0]), owner=i % 3,
                    alter=clock(1, at, 42 * 24 * 3600))
    scene.capture.close()
    trust, pcap = ["--trust", "test=%s" % (folder / "trust.pem")], str(folder / "muted-clock.pcap")
    for options, status, want in (
            ([], 3, {("cert-not-yet-valid", "clock"), ("ops-time-skew-server", "clock"), ("ops-sensor-clock", None)}),
            (["--at", "2026-11-10"], 3, {("ops-time-skew-server", "clock"), ("ops-sensor-clock", None)})):
        db = folder / ("muted-%d.db" % len(options))
        done = subprocess.run([program, "read", "-q", "--fail-on", "high", "--db", db, *trust, *options, pcap])
        lines = subprocess.run([program, "findings", "--db", db, "--format", "jsonl"], stdout=subprocess.PIPE, check=True).stdout
        have = {(f["defect"], f["muted"]) for f in map(json.loads, lines.splitlines())
                if f["defect"].startswith(("ops-", "cert-not"))}
        if have != want or done.returncode != status:
            wrong.append("several: muted-clock %s: status %d, %s" % (options, done.returncode, sorted(map(str, have))))
        if any(f["alerted"] for f in map(json.loads, lines.splitlines()) if f["muted"]):
            wrong.append("several: muted-clock: what is muted alerts")
    print("\n".join(wrong), end="\n" if wrong else "")
    return len(wrong)


def recovered(program):
    """Three clients refuse, the next one does not: it is over, also within the same minute. Not where some had worked all the time."""
    wrong = 0
    for title, order, want in (("recovered", "000+", "recovered"), ("now-and-then", "0+00+", "still-failing")):
        scene = Scene(title)
        for i, step in enumerate(order):
            scene.shake(START + i * 5 * SECOND, client(trusts=step == "+"), server())
        scene.capture.close()
        db = folder / (title + ".db")
        subprocess.run([program, "read", "-q", "--db", db, "--trust", "test=%s" % (folder / "trust.pem"), folder / (title + ".pcap")], check=True)
        lines = subprocess.run([program, "timeline", "--db", db, "--format", "jsonl"], stdout=subprocess.PIPE, check=True).stdout
        have = [e["event"] for e in map(json.loads, lines.splitlines()) if e["defect"] is None]
        if have != ["failing", want]:
            wrong += 1
            print("several: %s: %s instead of failing, %s" % (title, have, want))
    return wrong


def client_clock(scene):
    for i in range(6):
        at = START + i * 7 * SECOND
        scene.shake(at, client(ciphers=RSA_SUITES[0]), server("rsa0", ciphers=RSA_SUITES[0]), alter=clock(0, at), one_client=True)


def later_than_the_store(scene):
    """The system's store, and packets of a time that it cannot know."""
    scene.shake(START + 20 * 365 * 24 * HOUR, client(), server("1"))


SCENES = {
    "later-than-the-store": (later_than_the_store, {"unknown-anchor"}),
    "fallback-share": (fallback_share, {"cipher-fallback-share"}),
    "client-outlier": (client_outlier, {"interop-client-outlier"}),
    "leaves-after-finish": (leaves_after_finish, {"interop-reject-after-finish-inferred"}),
    "pin-break": (pin_break, {"ops-pin-break"}),
    "server-stall": (lambda scene: thinking(scene, (0, 300000)), {"ops-server-stall", "ops-latency-p95"}),
    "client-stall": (lambda scene: thinking(scene, (600000, 0)), {"ops-client-stall", "ops-latency-p95"}),
    "resumption-low": (resumption_low, {"ops-resumption-low"}),
    "retry-storm": (retry_storm, {"ops-retry-storm"}),
    "group-retries": (retries_of_groups, {"proto-hrr-abuse"}),
    "intolerance": (intolerance, {"proto-version-intolerance"}),
    "dotted-name": (dotted_name, {"name-sni-invalid"}),
    "across-names": (across_names, {"name-resumption-across-sni"}),
    "past-expiry": (past_expiry, {"resumption-past-expiry"}),
    "long-lived-key": (long_lived_key, {"stek-long-lived"}),
    "shared-key": (shared_key, {"stek-shared"}),
    "wrong-rsa-key": (wrong_rsa_key, {"kex-static-rsa-keypair-failure"}),
    "probes": (probes, {"vuln-bleichenbacher-exposure"}),
    "biased-randoms": (biased_randoms, {"entropy-random-biased"}),
    "counted-ids": (counted_ids, {"entropy-session-id-predictable"}),
    "client-clock": (client_clock, {"ops-time-skew-client"}),
    "sensor-clock": (sensor_clock, {"ops-sensor-clock"}),
}


# What is true of a scene beside what it is for.
ALSO = {"pin-break": {"interop-client-outlier"}, "probes": {"ops-retry-storm"}}
# Judged by the system's store.
SYSTEM = {"later-than-the-store"}


def found_in(program, title):
    db = folder / (title + ".db")
    subprocess.run([program, "read", "-q", "--db", db, *(["--trust", "test=%s" % (folder / "trust.pem")] if title not in SYSTEM else []),
                    folder / (title + ".pcap")], check=True)
    lines = subprocess.run([program, "findings", "--db", db, "--format", "jsonl"], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in lines.stdout.splitlines()]


def main():
    global folder
    program, wrong = str(pathlib.Path(sys.argv[1]).resolve()), 0
    every = set().union(*(defects for _, defects in SCENES.values()))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_pki()
        for title, (make, expected) in SCENES.items():
            if len(sys.argv) > 2 and title not in sys.argv[2:]:
                continue
            if title in SYSTEM and not os.path.exists("/etc/ssl/certs/ca-certificates.crt"):
                continue
            scene = Scene(title)
            make(scene)
            scene.capture.close()
            found = found_in(program, title)
            # Neither missing nor where another scene has it.
            have = {f["defect"] for f in found}
            if not expected <= have or (have - ALSO.get(title, set())) & every != expected:
                wrong += 1
                print("several: %s: %s and not %s" % (title, ", ".join(sorted(have)), ", ".join(sorted(expected))))
        if len(sys.argv) <= 2 or "muted-clock" in sys.argv[2:]:
            wrong += muted_clock(program)
        if len(sys.argv) <= 2 or "recovered" in sys.argv[2:]:
            wrong += recovered(program)
    print("several: fine" if wrong == 0 else "several: %d wrong" % wrong)
    return 1 if wrong else 0


sys.exit(main())
