#!/usr/bin/env python3
"""
An outage of one hour: the certificate of a service with two nodes expires at minute 20, one node gets a new one at
minute 40. The findings about it come in the right order, once each, with the right times; in one run, with two workers, and
in two runs over halves of the capture.
"""
import datetime
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import wire

MINUTE = 60 * 1000000
PER_MINUTE = 10
NODES = ("192.0.2.10", "192.0.2.11")


def stamp(us):
    return datetime.datetime.fromtimestamp(us / 1e6, datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ")


def make_pki(folder, start):
    """A CA and two certificates of the service; the first expires at minute 20."""
    config = folder / "ca.cnf"
    config.write_text("[ca]\ndefault_ca=c\n[c]\ndir=%s\ndatabase=$dir/index\nserial=$dir/serial\nnew_certs_dir=$dir\n"
                      "default_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n" % folder)
    (folder / "index").write_text("")
    (folder / "serial").write_text("7A11B0C4D2E3F405162738495A6B7C8D")
    wire.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
             "-subj", "/CN=Outage Test CA", "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.pem"))
    day = 24 * 60 * MINUTE
    for name, since, until in (("old", start - 60 * day, start + 20 * MINUTE), ("new", start - 2 * day, start + 300 * day)):
        wire.run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=shop.example.test",
                 "-addext", "subjectAltName=DNS:shop.example.test", "-addext", "extendedKeyUsage=serverAuth",
                 "-keyout", str(folder / (name + ".key")), "-out", str(folder / (name + ".csr")))
        wire.run("openssl", "ca", "-batch", "-config", str(config), "-cert", str(folder / "ca.pem"), "-keyfile", str(folder / "ca.key"),
                 "-startdate", stamp(since), "-enddate", stamp(until), "-in", str(folder / (name + ".csr")),
                 "-out", str(folder / (name + ".pem")), "-notext")


def server_context(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / (name + ".pem"), folder / (name + ".key"))
    context.options |= ssl.OP_NO_TICKET
    return context


def client_context(folder, checks_time):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(folder / "ca.pem")
    if not checks_time:
        context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME: the real clock is not the capture's
    return context


def make_captures(folder, start):
    """The whole hour, and the same in two rotated files."""
    servers = {name: server_context(folder, name) for name in ("old", "new")}
    lenient, strict = client_context(folder, False), client_context(folder, True)
    captures = [wire.Capture(folder / name) for name in ("hour.pcap", "part1.pcap", "part2.pcap")]
    failed = 0
    for i in range(60 * PER_MINUTE):
        us = start + i * MINUTE // PER_MINUTE
        minute, node = i // PER_MINUTE, i % 2
        certificate = "new" if minute >= 40 and node == 1 else "old"
        single = wire.Capture(None)
        connection = wire.Connection(single, us, ("198.51.100.%d" % (1 + i % 50), 20000 + i), (NODES[node], 443))
        done = wire.handshake(connection, strict if minute >= 20 else lenient, servers[certificate], "shop.example.test")
        failed += not done[0]
        for at, _, frame in single.packets:
            captures[0].add(at, frame)
            captures[1 if minute < 30 else 2].add(at, frame)
    for capture in captures:
        capture.close()
    return failed


def read(program, folder, db, inputs, *options):
    path = folder / db
    for one in inputs:
        done = subprocess.run([program, "read", "-q", "--db", path, "--trust", "test=%s" % (folder / "ca.pem"), *options, *one])
        if done.returncode != 0:
            sys.exit("outage: tlswire read failed with %d" % done.returncode)
    lines = subprocess.run([program, "findings", "--db", path, "--format", "jsonl"], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in lines.stdout.splitlines()], path


def check(condition, text, found):
    if condition:
        return 0
    print("outage: %s" % text)
    for f in found:
        print("   %s %s %s count %s opened %s closed %s: %s" % (f["severity"], f["defect"], f["service"], f["count"], f["opened"],
                                                                f["closed"], f["summary"]))
    return 1


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # A day ago: for the strict clients, who go by the real clock, the old certificate has expired.
        start = (int(datetime.datetime.now().timestamp()) // 3600 - 24) * 60 * MINUTE
        make_pki(folder, start)
        failed = make_captures(folder, start)
        whole, db = read(program, folder, "one.db", [[folder / "hour.pcap"]])
        if len(sys.argv) > 2:
            pathlib.Path(sys.argv[2]).write_bytes((folder / "hour.pcap").read_bytes())
            pathlib.Path(sys.argv[2] + ".ca.pem").write_bytes((folder / "ca.pem").read_bytes())
        wrong = judge(whole, start, failed) + check_timeline(program, db, start)
        others = [("two workers", read(program, folder, "two.db", [[folder / "hour.pcap"]], "--threads", "2")[0]),
                  ("one run over two files", read(program, folder, "three.db", [[folder / "part2.pcap", folder / "part1.pcap"]])[0]),
                  ("two runs over two files", read(program, folder, "four.db", [[folder / "part1.pcap"], [folder / "part2.pcap"]])[0])]
        for title, found in others:
            wrong += check(facts(found) == facts(whole), "%s: other findings than in one run" % title, found)
    print("outage: fine" if wrong == 0 else "outage: %d wrong" % wrong)
    return 1 if wrong else 0


def facts(found):
    return sorted((f["defect"], f["service"] or "", f["subject"], f["severity"], f["count"], f["state"], f["opened"], f["closed"] or "",
                   f["first_seen"], f["last_seen"]) for f in found)


def timeline(program, db, *options):
    done = subprocess.run([program, "timeline", "--db", db, "--format", "jsonl", *options], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_timeline(program, db, start):
    """The story of the outage, what is left of it between two times, and by service."""
    at = lambda minute: datetime.datetime.fromtimestamp(start / 1e6 + minute * 60, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    wrong = 0
    story = [(e["event"], e["defect"]) for e in timeline(program, db) if not (e["defect"] or "").startswith("ops-")]
    want = [("opened", "cert-expiring-1d"), ("failing", None), ("opened", "cert-expired"), ("opened", "interop-fatal-alert"),
            ("superseded", "cert-expiring-1d"), ("certificate", None), ("still-failing", None)]
    if story != want:
        wrong += 1
        print("outage: the timeline is %s" % story)
    what = [e["what"] for e in timeline(program, db) if e["event"] == "failing"][0]
    for part in ("the client refuses with an alert (certificate_expired)", "explained by cert-expired", "the last good one 6 s before",
                 "the first is packet "):
        if part not in what:
            wrong += 1
            print("outage: %s: not in: %s" % (part, what))
    for options, events in ((["--since", at(30), "--until", at(45)], {"failing", "certificate", "opened", "still-failing"}),
                            (["--since", at(39), "--until", at(41)], {"failing", "certificate", "still-failing"}),
                            (["--until", at(20)], {"opened"}), (["--since", at(60)], set()),
                            (["--service", "shop.example.test:443", "--until", at(20)], {"opened"}),
                            (["--service", "*.example.test", "--until", at(20)], {"opened"}),
                            (["--service", "other.example.test"], set())):
        have = {e["event"] for e in timeline(program, db, *options)}
        if have != events:
            wrong += 1
            print("outage: timeline %s: %s instead of %s" % (" ".join(options), sorted(have), sorted(events)))
    return wrong


def minute_of(text, start):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e6
    return (at - start) / MINUTE


def judge(found, start, failed):
    """What a postmortem needs: what began when, each once."""
    wrong = check(failed == 20 * PER_MINUTE + 10 * PER_MINUTE, "the clients did not fail as planned: %d" % failed, found)
    by_defect = {}
    for f in found:
        by_defect.setdefault(f["defect"], []).append(f)
    # defect, minute in which it opens, and in which it closes (None: it does not)
    for defect, opens, closes in (("cert-expiring-1d", 0, 20), ("cert-expired", 20, None), ("interop-fatal-alert", 20, None)):
        have = by_defect.get(defect, [])
        wrong += check(len(have) == 1, "%s: %d findings instead of one" % (defect, len(have)), found)
        for f in have[:1]:
            wrong += check(opens <= minute_of(f["opened"], start) < opens + 1, "%s: opened at %s" % (defect, f["opened"]), found)
            closed = f["closed"] and minute_of(f["closed"], start)
            wrong += check(closed is None if closes is None else closed is not None and closes <= closed < closes + 1,
                           "%s: closed at %s" % (defect, f["closed"]), found)
    alerts = by_defect.get("interop-fatal-alert", [{}])
    wrong += check(alerts[0].get("explained_by") == "cert-expired", "the alert is not explained by the certificate", found)
    for f in found:
        wrong += check(minute_of(f["opened"], start) >= 20 or f["severity"] in ("info", "low") or f["defect"] == "cert-expiring-1d",
                       "%s came up before anything was wrong" % f["defect"], found)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
