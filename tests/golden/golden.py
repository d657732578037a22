#!/usr/bin/env python3
"""golden.py TLSWIRE [--update | --live DIR]: the whole program over pcaps/.

First each capture alone against expected.tsv, which was written by hand; then all of them in one
database against the exact text of every command; then one worker against several. Prints what
differs. --live checks only the first part, on captures that were just made anew in DIR.
"""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
COMMANDS = {
    "report.txt": ["report"],
    "handshakes.txt": ["handshakes"],
    "handshakes.jsonl": ["handshakes", "--format", "jsonl"],
    "findings.txt": ["findings"],
    "findings.jsonl": ["findings", "--format", "jsonl"],
    "certs.txt": ["certs"],
    "certs.csv": ["certs", "--format", "csv"],
    "certs.pem": ["certs", "--expires", "10", "--pem"],
    "show-cert.txt": ["show", "cert", "62787b93"],
    "show-cert-chain.txt": ["show", "--chain", "--format", "pem", "cert", "62787b93"],
    "services.txt": ["services"],
    "timeline.txt": ["timeline", "--severity", "high"],
    "timeline-span.jsonl": ["timeline", "--since", "2026-11-26T11:40:00Z", "--until", "2026-11-26T11:40:30Z", "--format", "jsonl"],
    "metrics.txt": ["metrics", "--step", "5m", "--format", "text"],
    "metrics.csv": ["metrics", "--step", "1d", "--format", "csv"],
    "show-finding.txt": ["show", "finding", "1"],
    "show-handshake.txt": ["show", "handshake", "6042331790704641"],
    "rules.txt": ["rules"],
    "rules-codes.txt": ["rules", "--codes"],
    "rules-one.txt": ["rules", "kex-signature-invalid"],
    "policy.txt": ["policy", "show", "packaging/policy.example.yaml"],
    "policy.json": ["policy", "show", "--profile", "cnsa2", "--format", "json"],
}
STORES = {"example": ("example", "trust.pem"), "public": ("public:web", "public.pem")}
LISTS = {"--crl": "test.crl", "--ocsp": "test.ocsp", "--ct-logs": "ct-logs.json", "--blocklist": "blocklist.txt"}
RUN_TABLES = {"run", "counter", "data_file", "crl_problem"}
failures = 0


def say(text):
    global failures
    failures += 1
    print("golden: " + text)


def run(program, *arguments, db=None, status=None):
    command = [program, *arguments] + (["--db", db] if db else [])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if status is not None and done.returncode not in status:
        say("%s: exit %d: %s" % (" ".join(command), done.returncode, done.stderr.strip()[-2000:]))
    return done


def rows(program, what, db):
    return [json.loads(line) for line in run(program, what, "--format", "jsonl", db=db, status=[0]).stdout.splitlines()]


def given(pcaps, stores="example"):
    """The options of read: stores and lists that lie beside the captures."""
    chosen = STORES if stores == "both" else [stores]
    options = [o for s in chosen for o in ("--trust", "%s=%s" % (STORES[s][0], os.path.join(pcaps, STORES[s][1])))]
    return options + [o for option, name in LISTS.items() for o in (option, os.path.join(pcaps, name))]


def check_each(program, directory, pcaps):
    expected = [line.rstrip("\n").split("\t") for line in open(os.path.join(HERE, "expected.tsv")) if line[0] != "#"]
    have = sorted(f for f in os.listdir(os.path.join(ROOT, pcaps)) if ".pcap" in f)
    if have != sorted(e[0] for e in expected):
        say("pcaps/ and expected.tsv differ: %s" % sorted(set(have) ^ set(e[0] for e in expected)))
    for name, outcomes, defects, *stores in expected:
        db = os.path.join(directory, "one.db")
        for end in ("", "-wal", "-shm"):
            if os.path.exists(db + end):
                os.unlink(db + end)
        run(program, "read", "--new", *given(pcaps, *stores), os.path.join(pcaps, name), db=db, status=[2] if "truncated" in name else [0])
        seen = [r["outcome"] for r in rows(program, "handshakes", db)]
        want = [] if outcomes == "-" else outcomes.split(";")
        if len(seen) != len(want) or any(s not in w.split("|") for s, w in zip(seen, want)):
            say("%s: outcomes %s, expected %s" % (name, seen, want))
        found = sorted(set(r["defect"] for r in rows(program, "findings", db)))
        if found != ([] if defects == "-" else defects.split(",")):
            say("%s: defects %s, expected %s" % (name, found, defects))


def check_one_text(name, text, update):
    path = os.path.join(HERE, "expected", name)
    if update:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write(text)
    elif not os.path.exists(path) or open(path, newline="").read() != text:
        say("build/golden-%s differs from tests/golden/expected/%s" % (name, name))
        open(os.path.join(ROOT, "build", "golden-" + name), "w").write(text)


def check_text(program, directory, update):
    db = os.path.join(directory, "all.db")
    done = run(program, "read", "--threads", "1", *given("pcaps"), "pcaps", db=db, status=[2])
    check_one_text("read.txt", done.stdout.replace(db, "DB"), update)
    for name, arguments in COMMANDS.items():
        text = run(program, *arguments, db=db if arguments[0] != "policy" else None, status=[0]).stdout.replace(db, "DB")
        check_one_text(name, text, update)
    return db


DIFFS = {
    "diff.txt": [],
    "diff-all.csv": ["--all", "--format", "csv"],
    "diff-service.jsonl": ["--format", "jsonl", "--service", "www.example.test"],
}


def counted(program, db):
    """Hits and of how many, by service, topic and item, from the list of handshakes."""
    counts = {}
    def count(service, topic, item, is_hit, n=1):
        hits, of = counts.get((service, topic, item), (0, 0))
        counts[service, topic, item] = hits + is_hit, of + n
    held = [h for h in rows(program, "handshakes", db) if not h["duplicate"] and h["outcome"] not in ("abandoned", "scan")]
    for h in held:
        same = [o for o in held if o["service"] == h["service"]]
        if h["outcome"] != "undetermined":
            count(h["service"], "success", None, h["outcome"].startswith("success"))
        for topic, field in (("version", "version_name"), ("cipher", "cipher_name"), ("group", "key_group_name"), ("alpn", "alpn"),
                             ("client", "ja4"), ("server", "server_fingerprint")):
            if h[field]:
                of = sum(1 for o in same if o[field])
                counts[h["service"], topic, h[field]] = sum(1 for o in same if o[field] == h[field]), of
    return counts


def check_counts(program, dbs):
    lines = run(program, "diff", "--all", "--format", "jsonl", *dbs, status=[0]).stdout.splitlines()
    got = {(d["service"], d["topic"], d["item"]): d for d in map(json.loads, lines)}
    for side, db in zip("ab", dbs):
        for key, (hits, of) in counted(program, db).items():
            line = got.get(key)
            if line is None or (line[side + "_count"], line[side + "_of"]) != (hits, of):
                say("diff: %s of %s is not %d of %d: %s" % (key, db, hits, of, line))


def check_diff(program, directory, update):
    """Two databases from parts of pcaps/, and two spans of time of one."""
    dbs = [os.path.join(directory, name) for name in ("a.db", "b.db")]
    parts = (("tls12-", "server-", "tls10-"), ("tls13-", "server-", "cert-expired-", "name-"))
    for db, part in zip(dbs, parts):
        names = sorted(os.path.join("pcaps", n) for n in os.listdir(os.path.join(ROOT, "pcaps")) if n.startswith(part) and n.endswith(".pcap"))
        run(program, "read", "--threads", "1", *given("pcaps"), *names, db=db, status=[0])
    for name, options in DIFFS.items():
        text = run(program, "diff", *options, *dbs, status=[0]).stdout
        check_one_text(name, text.replace(directory + os.sep, ""), update)
    check_counts(program, dbs)
    run(program, "diff", "--exit-code", *dbs, status=[3])
    run(program, "diff", "--exit-code", dbs[0], dbs[0], status=[0])
    spans = ("2026-11-24..2026-11-25", "2026-11-25..2026-11-27")
    check_one_text("diff-spans.txt", run(program, "diff", *spans, db=dbs[1], status=[0]).stdout, update)
    run(program, "diff", "no.db", dbs[0], status=[1])
    run(program, "diff", dbs[0], status=[1])


def dump(db):
    """Every row of every table but what belongs to the run itself."""
    c = sqlite3.connect(db)
    tables = [r[0] for r in c.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    return {t: sorted(map(repr, c.execute("SELECT * FROM " + t))) for t in tables if t not in RUN_TABLES}


def check_queries(db):
    """The ready queries of docs/schema.md run in plain SQLite."""
    text = open(os.path.join(ROOT, "docs", "schema.md")).read()
    queries = text[text.index("```sql") + 6:text.rindex("```")].strip().split("\n\n")
    if len(queries) != 13:
        say("docs/schema.md has %d queries" % len(queries))
    connection = sqlite3.connect(db)
    for query in queries:
        try:
            if not connection.execute(query).fetchall():
                say("no rows: " + query)
        except sqlite3.Error as error:
            say("%s: %s" % (error, query))


def check_workers(program, directory, one):
    for n in ("2", "3"):
        db = os.path.join(directory, "workers%s.db" % n)
        run(program, "read", "--threads", n, *given("pcaps"), "pcaps", db=db, status=[2])
        a, b = dump(one), dump(db)
        for table in a:
            if a[table] != b.get(table):
                say("1 and %s workers differ in table %s" % (n, table))


def check_again(program, db, update):
    """A second reading adds nothing; a forced one leaves the same handshakes."""
    before, counts = len(rows(program, "handshakes", db)), dump(db)
    done = run(program, "read", *given("pcaps"), "pcaps", db=db, status=[0])
    check_one_text("read-again.txt", done.stdout.replace(db, "DB"), update)
    run(program, "read", "--again", *given("pcaps"), "pcaps", db=db, status=[2])
    if len(rows(program, "handshakes", db)) != before:
        say("--again changed the number of handshakes")
    after = dump(db)
    for table in counts:
        if table != "input" and counts[table] != after[table]:
            say("--again changed table " + table)


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        live = sys.argv[sys.argv.index("--live") + 1] if "--live" in sys.argv else None
        check_each(program, directory, live or "pcaps")
        if live:
            print("live: %s" % ("fine" if failures == 0 else "%d differences" % failures))
            sys.exit(failures != 0)
        db = check_text(program, directory, "--update" in sys.argv)
        check_queries(db)
        check_diff(program, directory, "--update" in sys.argv)
        check_workers(program, directory, db)
        check_again(program, db, "--update" in sys.argv)
    print("golden: %s" % ("fine" if failures == 0 else "%d differences" % failures))
    sys.exit(failures != 0)


main()
