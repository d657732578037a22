#!/usr/bin/env python3
"""errors.py TLSWIRE: bad input and bad use: one line that says what to do, and the exit status."""
import hashlib
import os
import resource
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOOD = os.path.join(ROOT, "pcaps", "tls12-ecdhe-rsa-openssl.pcap")
EXPIRED = os.path.join(ROOT, "pcaps", "cert-expired-nginx-curl.pcap")
failures = 0


def check(program, directory, status, words, *arguments, stdin=None, limit=None, user=None):
    """Runs the program and compares its exit status, and the words that its one line must hold."""
    global failures
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    done = subprocess.run([program, *arguments], cwd=directory, capture_output=True, stdin=stdin, user=user,
                          preexec_fn=small if limit else None)
    errors = done.stderr.decode(errors="replace")
    lines = [l for l in errors.splitlines() if l]
    if done.returncode != status:
        failures += 1
        print("%s: exit %d, expected %d: %s" % (" ".join(arguments), done.returncode, status, errors[-1500:]))
    elif words is None and lines:
        failures += 1
        print("%s: unexpected: %s" % (" ".join(arguments), errors))
    elif words is not None and not (len(lines) == 1 and all(w in lines[0] for w in words)):
        failures += 1
        print("%s: expected one line with %s, got %s" % (" ".join(arguments), words, errors))


def expect(is_so, complaint):
    global failures
    if not is_so:
        failures += 1
        print(complaint)


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as d:
        def path(name, content=None):
            p = os.path.join(d, name)
            if content is not None:
                open(p, "wb").write(content)
            return p
        text = path("text.pcap", b"this is no capture, it is a text of some length\n")
        empty = path("empty.pcap", b"")
        header_only = path("header.pcap", open(GOOD, "rb").read(24))
        cut = path("cut.pcap", open(GOOD, "rb").read()[:-20])
        other = path("other.db")
        c = sqlite3.connect(other)
        c.execute("CREATE TABLE t (x)")
        c.commit()
        c.close()
        newer = path("newer.db")
        run = lambda *a, **k: check(program, d, *a, **k)
        run(0, None, "rules", "chain-*")
        run(1, ["nix-*: no such defect", "tlswire rules"], "rules", "nix-*")
        listed = lambda *a: [l.split()[0] for l in subprocess.run([program, "rules", *a], capture_output=True,
                             text=True).stdout.splitlines()[1:]]
        expect(listed("*-untrusted-*") == ["chain-untrusted-root"], "rules '*-untrusted-*': " + str(listed("*-untrusted-*")))
        expect(listed("cert-*") == [i for i in listed() if i.startswith("cert-")], "rules 'cert-*' lists others")
        # Fine.
        run(0, None, "read", "--db", "a.db", GOOD)
        run(0, ["skipped", "--again"], "read", "--db", "a.db", GOOD)
        run(0, None, "read", "--db", "stdin.db", "-", stdin=open(GOOD, "rb"))
        run(0, None, "read", "--db", "h.db", header_only)
        fifo = os.path.join(d, "pipe")
        os.mkfifo(fifo)
        feeder = subprocess.Popen(["sh", "-c", 'cat "$0" > "$1"', GOOD, fifo])
        run(0, None, "read", "--db", "fifo.db", fifo)
        feeder.wait(timeout=20)
        run(0, None, "findings", "--format", "jsonl", "--db", "a.db")
        run(0, None, "read", "--db", "f.db", "-f", "tcp port 443", "-c", "5", "--no-hash", GOOD)
        # -c reads a part: the whole is not known by it.
        run(0, None, "read", "--db", "part.db", "-c", "4", GOOD)
        run(0, None, "read", "--db", "part.db", GOOD)
        run(0, ["skipped"], "read", "--db", "part.db", GOOD)
        # So does a filter.
        run(0, None, "read", "--db", "filter.db", "-f", "udp", GOOD)
        run(0, None, "read", "--db", "filter.db", GOOD)
        run(0, ["skipped"], "read", "--db", "filter.db", GOOD)
        # Two captures that begin alike and are as long are two captures.
        pad = lambda last: open(GOOD, "rb").read() + b"".join(
            struct.pack("<IIII", 1900000000, i, 1000, 1000) + b"\0" * 999 + (last if i == 1199 else b"\0") for i in range(1200))
        one, two = path("one.pcap", pad(b"1")), path("two.pcap", pad(b"2"))
        run(0, None, "read", "--db", "alike.db", one, two)
        run(0, None, "read", "--db", "alike2.db", one)
        run(0, None, "read", "--db", "alike2.db", two)
        for name in ("alike.db", "alike2.db"):
            n = sqlite3.connect(path(name)).execute("SELECT count(DISTINCT id >> 32) FROM handshake").fetchone()[0]
            expect(n == 2, "%s: handshakes of %d captures, expected 2" % (name, n))
        run(0, ["skipped"], "read", "--db", "alike2.db", one)
        run(1, ["--defect", "tlswire rules"], "findings", "--db", "a.db", "--defect", "cert-expird")
        # Policies: one line with file, line, key and what is allowed; nothing is read.
        policy = path("policy.yaml", b"profile: bsi\nthresholds:\n  success-rate-slo: 2\n")
        said = ["policy.yaml:3: thresholds.success-rate-slo: 2 is not between 0 and 1"]
        run(1, said, "policy", "check", policy)
        run(1, said, "policy", "show", policy)
        run(1, said, "read", "--db", "p.db", "--policy", policy, GOOD)
        expect(not os.path.exists(path("p.db")), "a bad policy made a database")
        run(1, ["cert-expird", "cert-expired"], "policy", "check", path("rule.yaml", b"severities: {cert-expird: low}"))
        run(1, ["trust.yaml:2: trust[1].path"], "policy", "check", path("trust.yaml", b"trust:\n- {name: a, path: nowhere.pem}\n"))
        run(1, ["owner.yaml:1: inventory", "nowhere.csv"], "policy", "check", path("owner.yaml", b"inventory: nowhere.csv"))
        run(0, None, "policy", "check", os.path.join(ROOT, "packaging", "policy.example.yaml"))
        run(1, ["none of default, modern"], "read", "--db", "p.db", "--profile", "strict", GOOD)
        run(1, ["check or show"], "policy")
        run(1, ["name the file"], "policy", "check")
        # Severities, rules that are off, exceptions that hold and that are past their date.
        lines = [b"severities: {chain-untrusted-root: off, cert-expired: low, interop-fatal-alert: info}", b"exceptions:"]
        until = lambda day: b"- {rule: cert-expired, reason: known, until: %s}" % day
        for name, day, status, words in (("held", b"2099-01-01", 0, None), ("past", b"2020-01-01", 3, ["policy.yaml:3", "ended"])):
            path("policy.yaml", b"\n".join([*lines, until(day)]))
            db = name + ".db"
            run(status, words, "read", "--db", db, "--policy", policy, "--fail-on", "low", EXPIRED)
            c = sqlite3.connect(path(db))
            found = dict(c.execute("SELECT defect, severity FROM finding"))
            expect(found.get("cert-expired") == 1 and "chain-untrusted-root" not in found, "%s: %s" % (db, found))
            digest = hashlib.sha256(open(policy, "rb").read()).hexdigest()
            row = c.execute("SELECT profile, policy, policy_sha256 FROM run").fetchone()
            expect(row == ("default", policy, digest), "run: %s" % (row,))
        run(0, None, "read", "--db", "bsi.db", "--profile", "bsi", GOOD)
        # A directory: what is no capture is passed over, what should be one is not.
        for name, content in (("notes.txt", b"text"), ("good.pcap", open(GOOD, "rb").read())):
            os.makedirs(path("some"), exist_ok=True)
            path("some/" + name, content)
        run(0, None, "read", "--db", "some.db", path("some"))
        path("some/short.pcap", b"\xd4\xc3\xb2\xa1")
        run(2, ["short.pcap"], "read", "--db", "some2.db", path("some"))
        # Nothing readable, no database; another program's database stays as it is.
        for new in ((), ("--new",)):
            run(1, ["nosuch.pcap"], "read", *new, "--db", "none.db", "nosuch.pcap")
            expect(not os.path.exists(path("none.db")), "none.db was made for nothing")
        run(1, ["--db"], "read", "--db", "", GOOD)
        theirs = path("theirs.db")
        for version in (0, 1):
            c = sqlite3.connect(theirs)
            c.executescript("CREATE TABLE t%d (x); PRAGMA user_version = %d" % (version, version))
            c.close()
            before = open(theirs, "rb").read()
            run(4, ["another program"], "read", "--db", theirs, GOOD)
            run(4, ["another program"], "findings", "--db", theirs)
            expect(open(theirs, "rb").read() == before, "theirs.db was changed")
        # Usage.
        run(1, ["no input"], "read", "--db", "x.db")
        run(1, ["unknown option"], "read", "--nonsense", GOOD)
        run(1, ["--limit"], "findings", "--db", "a.db", "--limit", "many")
        run(1, ["--since"], "findings", "--db", "a.db", "--since", "yesterdayish")
        run(1, ["--severity", "critical"], "findings", "--db", "a.db", "--severity", "awful")
        run(1, ["--sort", "last-seen"], "findings", "--db", "a.db", "--sort", "beauty")
        run(1, ["--format", "jsonl"], "certs", "--db", "a.db", "--format", "xml")
        run(1, ["--expires"], "certs", "--db", "a.db", "--expires", "soon")
        run(1, ["--step", "1h"], "metrics", "--db", "a.db", "--step", "2m")
        run(1, ["--step"], "services", "--db", "a.db", "--step", "1m")
        run(1, ["--defect"], "metrics", "--db", "a.db", "--defect", "cert-expired")
        run(1, ["argument"], "metrics", "--db", "a.db", "again")
        run(0, ["nothing found"], "metrics", "--db", "a.db", "--until", "2000-01-01")
        run(4, ["no such database"], "metrics", "--db", "missing.db")
        run(1, ["--ring", "1M"], "doctor", "--ring", "5")
        run(1, ["--seconds"], "doctor", "--seconds", "soon")
        run(1, ["needs a value"], "doctor", "-i")
        run(1, ["--nonsense", "unknown option"], "doctor", "--nonsense")
        run(1, ["argument"], "doctor", "eth0")
        run(1, ["--role", "intermediate"], "certs", "--db", "a.db", "--role", "boss")
        run(1, ["--inventory"], "certs", "--db", "a.db", "--unowned")
        run(1, ["--pem", "--format"], "certs", "--db", "a.db", "--pem", "--format", "json")
        run(1, ["no-such.csv"], "certs", "--db", "a.db", "--inventory", "no-such.csv")
        run(1, ["--role: unknown option"], "findings", "--db", "a.db", "--role", "leaf")
        bad = os.path.join(d, "bad.csv")
        open(bad, "w").write("www.test,web\nwww test,web\n")
        run(1, ["bad.csv:2:"], "certs", "--db", "a.db", "--inventory", bad)
        run(1, ["findings"], "findigns")
        run(1, ["filter"], "read", "--db", "x.db", "-f", "tcp prt 443", GOOD)
        run(1, ["--at"], "read", "--db", "x.db", "--at", "later", GOOD)
        # What certificates are judged with.
        key, root = os.path.join(d, "key.pem"), os.path.join(d, "root.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", root, "-days", "30", "-subj", "/CN=root"], check=True, capture_output=True)
        roots = b"".join(subprocess.run(["openssl", "req", "-x509", "-key", key, "-days", "30", "-subj", "/CN=root %d" % i],
                                        check=True, capture_output=True).stdout for i in range(81))
        many = path("many.pem", roots)
        fewer = path("fewer.pem", roots[:roots.rindex(b"-----BEGIN")])
        run(0, ["--trust mine", "81 roots", "--trust public:mine=" + many], "read", "-q", "--db", "many.db", "--trust",
            "mine=" + many, GOOD)
        run(0, None, "read", "-q", "--db", "public.db", "--trust", "public:mine=" + many, GOOD)
        run(0, None, "read", "-q", "--db", "fewer.db", "--trust", "mine=" + fewer, GOOD)
        empty_directory = path("nothing")
        os.makedirs(empty_directory)
        broken, no_list = path("broken.json", b'{"operators": ['), path("no-list.json", b"{}")
        for option in ("--trust", "--intermediates", "--crl", "--ocsp", "--ct-logs", "--blocklist"):
            run(1, [option, "no-such.pem"], "read", "--db", "x.db", option, "no-such.pem", GOOD)
            run(1, [option, "value"], "read", "--db", "x.db", option)
        run(1, ["--trust", "no-such.pem"], "read", "--db", "x.db", "--trust", "corp=no-such.pem", GOOD)
        run(1, ["--trust", "name", "empty"], "read", "--db", "x.db", "--trust", "=" + root, GOOD)
        run(1, ["--trust", "name", "empty", "public:NAME="], "read", "--db", "x.db", "--trust", "public:=" + root, GOOD)
        run(1, ["--trust"], "read", "--db", "x.db", "--trust", "corp=", GOOD)
        run(1, ["two trust stores", "corp"], "read", "--db", "x.db", "--trust", "corp=" + root, "--trust", "corp=" + root, GOOD)
        seventeen = [a for i in range(17) for a in ("--trust", "s%d=%s" % (i, root))]
        run(1, ["--trust", "at most 16"], "read", "--db", "x.db", *seventeen, GOOD)
        run(0, None, "read", "--db", "sixteen.db", *seventeen[:32], GOOD)
        for option in ("--trust", "--intermediates"):
            run(1, ["text.pcap", "no ", "certificate"], "read", "--db", "x.db", option, text, GOOD)
            run(1, ["nothing", "no ", "certificate"], "read", "--db", "x.db", option, empty_directory, GOOD)
        run(1, ["text.pcap", "CRL"], "read", "--db", "x.db", "--crl", text, GOOD)
        run(1, ["root.pem"], "read", "--db", "x.db", "--crl", root, GOOD)
        run(1, ["text.pcap", "OCSP"], "read", "--db", "x.db", "--ocsp", text, GOOD)
        run(1, ["broken.json"], "read", "--db", "x.db", "--ct-logs", broken, GOOD)
        run(1, ["no-list.json", "log list"], "read", "--db", "x.db", "--ct-logs", no_list, GOOD)
        run(1, ["--ct-logs", "only one"], "read", "--db", "x.db", "--ct-logs", no_list, "--ct-logs", no_list, GOOD)
        run(1, ["text.pcap", "line 1"], "read", "--db", "x.db", "--blocklist", text, GOOD)
        run(1, ["keys.txt", "holds no key", "64"], "read", "--db", "x.db", "--blocklist", path("keys.txt", b"# none\n"), GOOD)
        short = path("short.txt", b"00000000000000000000\n" + 64 * b"0" + b"\n")
        run(0, ["1 of 2 keys", "80 bits", "0.7"], "read", "-q", "--db", "short.db", "--blocklist", short, GOOD)
        run(1, ["--verify", "first, all or off"], "read", "--db", "x.db", "--verify", "some", GOOD)
        expect(not os.path.exists(path("x.db")), "x.db was made for nothing")
        run(1, ["--threads"], "read", "--db", "x.db", "--threads", "0", GOOD)
        run(1, ["show"], "show", "--db", "a.db", "finding")
        run(1, ["9999"], "show", "--db", "a.db", "finding", "9999")
        run(1, ["no-such"], "rules", "no-such")
        one = sqlite3.connect(os.path.join(d, "a.db")).execute(
            "SELECT lower(hex(sha256)) FROM certificate ORDER BY 1").fetchone()[0]
        run(0, None, "show", "--db", "a.db", "cert", one[:20])
        run(1, ["not the id"], "show", "--db", "a.db", "cert", "xyz")
        run(1, ["--chain"], "show", "--db", "a.db", "--chain", "finding", "1")
        ca = sqlite3.connect(os.path.join(d, "a.db")).execute(
            "SELECT lower(hex(sha256)) FROM certificate WHERE is_ca").fetchone()[0]
        run(1, ["no chain"], "show", "--db", "a.db", "--chain", "cert", ca)
        # Nothing readable.
        run(1, ["no-such-file.pcap"], "read", "--db", "n.db", "no-such-file.pcap")
        run(1, ["text.pcap"], "read", "--db", "n.db", text)
        run(1, ["empty.pcap"], "read", "--db", "n.db", empty)
        # Partly readable: what was found stays.
        run(2, ["text.pcap"], "read", "--db", "p.db", text, GOOD)
        run(2, ["packet", "cut.pcap"], "read", "--db", "q.db", cut)
        # Policy, before "partly".
        run(3, None, "read", "--db", "r.db", "--fail-on", "high", EXPIRED)
        run(3, ["cut.pcap"], "read", "--db", "s.db", "--fail-on", "critical", cut, EXPIRED)
        run(0, None, "read", "--db", "t.db", "--fail-on", "low", GOOD)
        # Store.
        run(4, ["a.db", "--new"], "read", "--db", "a.db", "--new", GOOD)
        run(4, ["no such database"], "findings", "--db", "missing.db")
        for words in (["report"], ["read", GOOD], ["watch", "-q", "-i", "lo"]):
            run(4, [".: not a file: name a database with --db"], *words, "--db", ".")
        os.mkdir(path("a b"))
        told = subprocess.run([program, "read", "--db", "a b/x.db", GOOD], cwd=d, capture_output=True, text=True).stdout
        expect("Next: tlswire report --db 'a b/x.db'\n" in told, "the next command is quoted: " + told)
        told = subprocess.run([program, "report", "--db", "a b/x.db"], cwd=d, capture_output=True, text=True).stdout
        expect("show finding N --db 'a b/x.db'\n" in told, "the hint of the report is quoted: " + told[-300:])
        run(4, ["no such database", "--db 'a b/y.db' CAPTURE"], "findings", "--db", "a b/y.db")
        run(1, ["--db :memory:", "name a file"], "read", "--db", ":memory:", GOOD)
        for words in (["read", GOOD], ["watch", "-i", "lo"]):
            run(1, ["--evidence-size", "--evidence"], *words, "--evidence-size", "1M", "--db", "x.db")
        for name, why in ((".", "a directory"), (d + "/", "a directory"), ("none/", "a directory"), ("none/m.prom", "No such file"),
                          (GOOD + "/m.prom", "Not a directory")):
            run(1, ["--metrics " + name, why, "name a file in"], "watch", "-i", "lo", "--db", "x.db", "--metrics", name)
        run(1, ["--db :memory:", "name a file"], "watch", "-i", "lo", "--db", ":memory:")
        run(4, ["/no-such-directory/x.db", "No such file"], "watch", "-q", "-i", "lo", "--db", "/no-such-directory/x.db")
        if os.geteuid() == 0:  # root may read all
            shut = path("shut")
            os.mkdir(shut, 0o700)
            os.chmod(d, 0o755)
            run(1, ["m.prom", "Permission denied", "name a file in"], "watch", "-i", "lo", "--db", "x.db", "--metrics", shut + "/m.prom", user=65534)
            os.mkdir(path("theirs"), 0o755)
            os.chown(path("theirs"), 65534, -1)  # root keeps no capability that would let it in
            run(1, ["m.prom", "Permission denied", "name a file in"], "watch", "-i", "lo", "--db", "x.db", "--metrics", "theirs/m.prom")
            for words in (["report"], ["show", "finding", "1"]):
                run(4, ["x.db", "Permission denied", "permissions of its directory"], *words, "--db", shut + "/x.db", user=65534)
        run(4, ["not a"], "findings", "--db", text)
        run(4, ["not a"], "read", "--db", text, GOOD)
        run(4, ["another program"], "read", "--db", other, GOOD)
        run(4, ["no-such-directory"], "read", "--db", "no-such-directory/x.db", GOOD)
        shutil.copy(os.path.join(d, "a.db"), newer)
        c = sqlite3.connect(newer)
        c.execute("PRAGMA user_version = 99")
        c.commit()
        c.close()
        run(4, ["newer"], "findings", "--db", newer)
        run(4, ["newer"], "read", "--db", newer, GOOD)
        run(4, ["full.db", "disk"], "read", "--db", "full.db", GOOD, limit=200000)
    print("errors: %s" % ("fine" if failures == 0 else "%d wrong" % failures))
    sys.exit(failures != 0)


main()
