#!/usr/bin/env python3
"""What a policy does to a run, from the file to the tables: mute, notify, owned networks, names, regions, roles, fingerprints, numbers."""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = sys.argv[1]
EXPIRED = "pcaps/cert-expired-nginx-curl.pcap"
EARLY = "pcaps/proto-early-data-openssl.pcap"
ANY = '["0.0.0.0/0", "::/0"]'
MUTE = "exceptions: [{rule: cert-expired, reason: it is known, until: 2030-01-01}]"
WINDOW = "windows: [{scope: www.example.test, start: 2026-11-24, end: 2026-11-24, reason: works}]"
failed = []


def run(folder, *arguments, status=0):
    done = subprocess.run([PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != status:
        failed.append("%s: status %d: %s" % (" ".join(arguments), done.returncode, done.stderr))
    return done


def read(folder, text, capture, *more, status=0, fresh=True):
    policy, db = folder / "policy.yaml", folder / "a.db"
    policy.write_text(text)
    for old in folder.glob("a.db*") if fresh else ():
        old.unlink()
    return run(folder, "read", "--policy", str(policy), "--db", str(db), *more, capture, status=status)


def rows(folder, *command):
    return [json.loads(line) for line in run(folder, *command, "--db", str(folder / "a.db"), "--format", "jsonl").stdout.splitlines()]


def finding(folder, defect):
    found = [row for row in rows(folder, "findings") if row["defect"] == defect]
    return found[0] if len(found) == 1 else {}


def expect(what, have, want):
    if have != want:
        failed.append("%s: %r instead of %r" % (what, have, want))


def mute(folder):
    done = read(folder, MUTE, EXPIRED, "--fail-on", "high")
    expect("summary", "1 muted" in done.stdout, True)
    row = finding(folder, "cert-expired")
    expect("muted", [row.get(k) for k in ("muted", "muted_why", "notify", "alerted")], ["exception", "it is known", "paging", None])
    table = run(folder, "findings", "--db", str(folder / "a.db"))
    expect("table", ("cert-expired " in table.stdout, table.stderr.strip()), (False, "tlswire: 1 muted finding is left out: --muted lists it"))
    expect("--muted", "exception" in run(folder, "findings", "--muted", "--db", str(folder / "a.db")).stdout, True)
    expect("report", "1 muted: " in run(folder, "report", "--db", str(folder / "a.db")).stdout, True)
    expect("timeline", [r["defect"] for r in rows(folder, "timeline") if r["defect"] == "cert-expired"], [])
    # The exception is taken away, then given back: the latest run that looked decides.
    read(folder, "profile: default", EXPIRED, "--again", "--fail-on", "high", status=3, fresh=False)
    expect("unmuted", finding(folder, "cert-expired").get("muted"), None)
    read(folder, WINDOW, EXPIRED, "--again", fresh=False)
    expect("window", [finding(folder, d).get("muted") for d in ("cert-expired", "interop-fatal-alert")], ["window", "window"])
    read(folder, "profile: default", EXPIRED)
    row = finding(folder, "cert-expired")
    expect("alerted", [row.get("notify"), row.get("alerted") is not None, row.get("detection_us", -1) >= 0], ["paging", True, True])
    expect("no ticket", finding(folder, "interop-fatal-alert").get("notify"), None)
    read(folder, "paging: []\ntickets: [interop-fatal-alert]", EXPIRED)
    expect("lists", [finding(folder, d).get("notify") for d in ("cert-expired", "interop-fatal-alert")], [None, "ticket"])


def owned(folder):
    for text, want in (("owned: %s" % ANY, "critical"), ("owned: [192.0.2.0/24]", "high"),
                       ("owned: [192.0.2.0/24]\nseverities: {cert-expired: critical}", "critical"),
                       ("owned: [192.0.2.0/24]\nprofile: pci", "high")):
        read(folder, text, EXPIRED)
        expect(text, finding(folder, "cert-expired").get("severity"), want)
        expect(text, finding(folder, "interop-fatal-alert").get("severity"), "medium")


def names(folder):
    read(folder, "regions: [{name: oslo, prefixes: %s}]\ngroups: [{name: tills, prefixes: %s}]" % (ANY, ANY), EXPIRED)
    expect("group", [r["client_group"] for r in rows(folder, "handshakes")], ["tills"])
    expect("region", [r["region"] for r in rows(folder, "metrics", "--region", "os*")], ["oslo"])
    expect("other region", rows(folder, "metrics", "--region", "bergen"), [])
    expect("all regions", [r["region"] for r in rows(folder, "metrics")], [None])
    read(folder, "regions: [{name: oslo, prefixes: %s}]" % ANY, "pcaps/abrupt-python.pcap")
    expect("judged in a region", finding(folder, "ops-close-without-notify").get("subject"), "region oslo")
    read(folder, "services: [{name: Orders-DB, at: %s}]" % ANY, "pcaps/tls12-no-sni-openssl.pcap")
    expect("service", {r["name"] for r in rows(folder, "services")}, {"orders-db"})


def unanalysed(folder):
    """A server of DTLS alone is in the lists for machines, where the others are."""
    read(folder, "profile: default", "pcaps/dtls-gnutls.pcap")
    have = [(r["handshakes"], [k["kind"] for k in r["not_analysed"]]) for r in rows(folder, "services")]
    expect("DTLS", have, [(0, ["dtls-1.2"])])
    expect("DTLS by service", rows(folder, "services", "--service", "nobody"), [])


def roles(folder):
    read(folder, "roles: {no-0rtt: [other.example.test]}", EARLY)
    expect("early data", finding(folder, "proto-zero-rtt").get("severity"), "info")
    read(folder, "roles: {no-0rtt: [www.example.test]}", EARLY)
    expect("no early data", finding(folder, "proto-zero-rtt").get("severity"), "low")
    for subject, want in (("CN=Other*", "high"), ("CN=*", "info")):
        read(folder, 'roles: {inspection-cas: ["%s"]}' % subject, "pcaps/chain-untrusted-openssl.pcap", "--trust", "t=pcaps/trust.pem")
        expect("inspection " + subject, finding(folder, "chain-untrusted-root").get("severity"), want)
    read(folder, "profile: default", EXPIRED)
    hello = rows(folder, "handshakes")[0]
    for kind, key in (("ja3", "ja3"), ("ja4", "ja4"), ("server", "server_fingerprint")):
        read(folder, 'fingerprints: [{kind: %s, print: "%s", note: old one}]' % (kind, hello[key]), EXPIRED)
        row = finding(folder, "vuln-eol-stack-hint")
        expect(kind, [row.get("severity"), row.get("subject")], ["info", hello[key]])


def inventory(folder):
    (folder / "owners.csv").write_text("www.example.test,Shop\n")
    read(folder, "inventory: owners.csv", EXPIRED)
    owners = lambda *more: {r["owner"] for r in rows(folder, "certs", "--policy", str(folder / "policy.yaml"), *more)}
    expect("owners", owners(), {"Shop", None})
    expect("unowned", owners("--unowned"), {None})
    (folder / "policy.yaml").write_text("profile: default")
    run(folder, "certs", "--db", str(folder / "a.db"), "--policy", str(folder / "policy.yaml"), "--unowned", status=1)


def main():
    with tempfile.TemporaryDirectory() as name:
        for part in (mute, owned, names, unanalysed, roles, inventory):
            part(pathlib.Path(name))
    print("\n".join(failed) if failed else "policy: fine")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
