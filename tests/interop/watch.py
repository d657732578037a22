#!/usr/bin/env python3
"""watch.py TLSWIRE REPLAY MIX [--kills N] [--soak MINUTES] [TEST...]: `tlswire watch` on a link that is full.

REPLAY and MIX are the programs of tests/bench. Works in network and mount namespaces of its own; exits with 77 (skipped) when it may
make none. Prints what was measured and how loaded the machine was; that packets were dropped is a failure only where none could be lost.
"""
import ctypes
import glob
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PCAPS = os.path.join(ROOT, "pcaps")
# Without fragments: the kernel joins those before it chooses a socket of a fanout group, and counts them as one.
CAPTURES = sorted(f for f in glob.glob(os.path.join(PCAPS, "*.pcap")) if "tunnel-ipip" not in f)
LISTS = {"--trust": "example=trust.pem", "--crl": "test.crl", "--ocsp": "test.ocsp", "--ct-logs": "ct-logs.json", "--blocklist": "blocklist.txt"}
GIVEN = [w for option, name in LISTS.items() for w in (option, "=".join([*name.split("=")[:-1], os.path.join(PCAPS, name.split("=")[-1])]))]
NOBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []}
failed = []
program = replayer = mixer = None
kills = 20


def expect(ok, what):
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)
    if not ok:
        failed.append(what)
    return ok


def say(text):
    print("     " + text, flush=True)


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def pair(name):
    """Makes NAME1 with its peer NAMEp1, both up, with room for super-frames."""
    ip("link", "add", name + "1", "mtu", "65535", "type", "veth", "peer", "name", name + "p1", "mtu", "65535")
    ip("link", "set", name + "1", "up")
    ip("link", "set", name + "p1", "up")
    time.sleep(0.1)


def arrived(name):
    """Packets that the interface got, and that were lost on the way to it."""
    s = json.loads(subprocess.run(["ip", "-j", "-s", "link", "show", name], capture_output=True, check=True).stdout)[0]["stats64"]["rx"]
    return s["packets"]


def replay(*words, wait=True, cpu=None):
    """Sends; from one CPU alone, whoever takes packets gets them in the same order as another one."""
    pin = ["taskset", "-c", str(cpu)] if cpu is not None else []
    p = subprocess.Popen([*pin, replayer, *words], stdout=subprocess.PIPE, text=True)
    return sent_by(p) if wait else p


def sent_by(p):
    out = p.communicate(timeout=600)[0].split()
    return dict(zip(out[::2], map(float, out[1::2])))


def mix(path, seconds, rate=300000, handshakes=200):
    sources = glob.glob(os.path.join(PCAPS, "tls1[23]-*.pcap"))
    subprocess.run([mixer, path, str(seconds), str(rate), str(handshakes), *sorted(sources)], check=True, capture_output=True)
    return path


class Watch:
    """One run; lines is what it said."""

    def __init__(self, *words, ready=True, run=None, **kw):
        self.lines = []
        self.p = subprocess.Popen([run, *words] if run == "unshare" else [run or program, "watch", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
        self.reader = threading.Thread(target=self.collect, daemon=True)
        self.reader.start()
        if ready and not self.wait_for("watching"):
            expect(False, "watch starts: %s" % self.lines)

    def collect(self):
        for line in self.p.stderr:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, text, seconds=20, since=0):
        until = time.time() + seconds
        while time.time() < until:
            if any(text in line for line in self.lines[since:]):
                return True
            if self.p.poll() is not None and not self.reader.is_alive():
                return any(text in line for line in self.lines[since:])
            time.sleep(0.01)
        return False

    def told(self, number):
        """Gives what it says to that, within a second."""
        since = len(self.lines)
        self.p.send_signal(number)
        until = time.time() + 5
        while len(self.lines) == since and time.time() < until:
            time.sleep(0.02)
        time.sleep(0.1)
        return self.lines[since:]

    def stop(self, number=signal.SIGTERM):
        self.p.send_signal(number)
        return self.end()

    def end(self):
        self.out = self.p.stdout.read()
        self.p.wait(timeout=60)
        self.reader.join()
        return self.p.returncode

    def stops_well(self, what):
        status = self.stop()
        expect(status == 0, "%s: SIGTERM drains and exits with 0 (%s) %s" % (what, status, self.lines[-1:] if status else ""))


def counters(db):
    with closing(sqlite3.connect(db)) as c:
        return dict(c.execute("SELECT name, value FROM counter WHERE run_id = (SELECT max(id) FROM run)"))


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"\})? ([-+0-9.eE]+|NaN|[-+]?Inf)$')


def prometheus(path):
    """The samples of a text file (exposition format 0.0.4), which is checked as promtool does."""
    text = open(path).read()
    samples, types, helps, order = {}, {}, {}, []
    problems = [] if text.endswith("\n") else ["no newline at the end"]
    for line in text.split("\n")[:-1]:
        words = line.split(" ", 3)
        if line.startswith("# HELP ") and len(words) == 4:
            problems += ["HELP twice: " + line] if words[2] in helps else []
            helps[words[2]] = words[3]
        elif line.startswith("# TYPE ") and len(words) == 4:
            problems += ["TYPE twice or late: " + line] if words[2] in types or words[2] in order else []
            types[words[2]] = words[3]
        elif not line.startswith("#") and SAMPLE.match(line):
            name, label, value, number = SAMPLE.match(line).groups()
            if name in order and order[-1] != name:
                problems.append("not together: " + line)
            if (name, value) in samples:
                problems.append("twice: " + line)
            order.append(name)
            samples[name, value] = float(number)
            if types.get(name) not in ("counter", "gauge") or not helps.get(name):
                problems.append("without HELP and TYPE: " + line)
            elif (types[name] == "counter") != name.endswith("_total"):
                problems.append("name and type: " + line)
            if types.get(name) == "counter" and float(number) < 0:
                problems.append("negative: " + line)
        else:
            problems.append("not understood: " + line)
    expect(not problems and samples, "%s is valid Prometheus text of %d samples %s" % (os.path.basename(path), len(samples), problems))
    return samples


def query(db, *words, **kw):
    return subprocess.run([program, *words, "--db", db], capture_output=True, text=True, timeout=120, check=False, **kw)


def rows(db, what):
    p = query(db, what, "--format", "jsonl")
    expect(p.returncode == 0, "%s of %s %s" % (what, os.path.basename(db), p.stderr.strip()))
    return [json.loads(line) for line in p.stdout.splitlines()]


def by_minute(db, what):
    """What was lost by minute is what was lost in all, and each minute adds up. Gives the minutes with drops."""
    c = counters(db)
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        minutes = connection.execute("SELECT * FROM capture_minute WHERE run_id = (SELECT max(id) FROM run) ORDER BY minute_us").fetchall()
    waited = [0, *(m["waiting"] for m in minutes)]
    wrong = [dict(m) for m, before in zip(minutes, waited)
             if m["received"] + before != m["analysed"] + m["skipped"] + m["kernel_drops"] + m["own_drops"] + m["waiting"]]
    expect(minutes and not wrong and waited[-1] == 0, "%s: %d minutes add up, and none waits at the end %s" % (what, len(minutes), wrong[:1]))
    names = {"received": "packets-received", "analysed": "packets-analysed", "skipped": "packets-skipped", "kernel_drops": "packets-dropped-kernel",
             "interface_drops": "packets-dropped-interface", "own_drops": "packets-dropped-own", "gap_bytes": "gap-bytes",
             "handshakes_not_verified": "handshakes-not-verified", "rows_lost": "rows-lost", "updates_lost": "updates-lost"}
    sums = {n: (sum(m[n] for m in minutes), c.get(counter)) for n, counter in names.items()}
    expect(all(a == b for a, b in sums.values()), "%s: minutes and counters are the same %s" % (what, {n: s for n, s in sums.items() if s[0] != s[1]}))
    return [m["minute_us"] / 1e6 for m in minutes if m["kernel_drops"] + m["interface_drops"] + m["own_drops"]]


def balance(db, metrics, sent, what):
    """The equation, from the database and from the metrics."""
    c = counters(db)
    m = prometheus(metrics)
    drops = c["packets-dropped-kernel"] + c["packets-dropped-own"]
    parts = "%d analysed + %d skipped + %d dropped = %d received, %d sent" % (
        c["packets-analysed"], c["packets-skipped"], drops, c["packets-received"], sent)
    expect(c["packets-analysed"] + c["packets-skipped"] + drops == c["packets-received"] == sent, "%s: %s" % (what, parts))
    for counter, name, label in (("packets-received", "packets_received_total", None), ("packets-analysed", "packets_analysed_total", None),
                                 ("packets-skipped", "packets_skipped_total", None), ("packets-dropped-kernel", "packets_dropped_total", "kernel"),
                                 ("packets-dropped-own", "packets_dropped_total", "own")):
        if m.get(("tlswire_" + name, label)) != c[counter]:
            expect(False, "%s: metrics and database differ: %s %s %s" % (what, counter, c[counter], m.get(("tlswire_" + name, label))))
    with closing(sqlite3.connect(db)) as connection:
        frames, drops_of, complete = connection.execute("SELECT sum(frames), sum(drops), min(is_complete) FROM input").fetchone()
    expect((frames, drops_of, complete) == (c["packets-analysed"] + c["packets-skipped"], drops, 3), "%s: the inputs say so, too" % what)
    expect(m.get(("tlswire_packets_waiting", None)) == 0 and bool(by_minute(db, what)) == (drops > 0), "%s: minutes with drops are known" % what)
    return drops


def test_equation(d):
    """At top speed nothing is counted wrong, whatever is lost."""
    traffic = [*CAPTURES, mix(d + "/mix.pcap", 1)]
    for threads, ring in (("1", "64M"), ("2", "64M"), ("1", "1M"), ("2", "1M")):
        db = "%s/%s-%s.db" % (d, threads, ring)
        w = Watch("-i", "wa1", "--threads", threads, "--ring", ring, "--db", db, "--metrics", db + ".prom")
        before = arrived("wa1")
        s = replay("wap1", *traffic)
        time.sleep(0.05)
        expect(arrived("wa1") - before == s["sent"], "the link loses nothing (%d of %d)" % (arrived("wa1") - before, s["sent"]))
        w.stops_well("%s threads, ring of %s" % (threads, ring))
        drops = balance(db, db + ".prom", s["sent"], "%s threads, ring of %s" % (threads, ring))
        say("%.0f packets/s: %d of %d dropped; load %.1f" % (s["rate"], drops, s["sent"], os.getloadavg()[0]))
        told = "Lost while watching" in query(db, "report").stdout and "packets dropped" in query(db, "report").stdout
        expect(told == (drops > 0), "the report tells of drops when there are any")


def test_when(d):
    """A burst drops packets some seconds after the first ones came: the finding has the time of that."""
    db, path = d + "/x.db", mix(d + "/mix.pcap", 1)
    began = time.time()
    w = Watch("-i", "wa1", "--ring", "1M", "--db", db)
    replay("-r", "1000", "wap1", *CAPTURES[:5])
    time.sleep(3)
    quiet = time.time()
    replay("wap1", *[path] * 3)
    done = time.time()
    w.stops_well("when")
    lossy = by_minute(db, "when")
    if not counters(db)["packets-dropped-kernel"]:
        return say("nothing was dropped")
    expect(all(began // 60 * 60 <= m <= done for m in lossy), "the minutes are those of the burst: %s" % lossy)
    found = [r for r in rows(db, "findings") if r["defect"] == "ops-capture-loss"]
    if not found:
        return say("less than 0.1 % was dropped")
    with closing(sqlite3.connect(db)) as c:
        first, last = (us / 1e6 for us in c.execute("SELECT first_us, last_us FROM finding WHERE defect = 'ops-capture-loss'").fetchone())
    expect(quiet - 0.5 <= first < last <= done + 1, "ops-capture-loss is of %.2f to %.2f s, the burst of %.2f to %.2f s" % (
        first - began, last - began, quiet - began, done - began))


def test_silence(d):
    """Who is silent from a burst on that costs packets may have gone on; who is silent later is."""
    db, path, names = d + "/x.db", mix(d + "/mix.pcap", 1), ("timeout-server-openssl", "timeout-client-openssl")
    for name in names:  # up to the silence
        times = [float(line.split()[0]) for line in subprocess.run(["tcpdump", "-tt", "-nr", "%s/%s.pcap" % (PCAPS, name)],
                 capture_output=True, text=True, check=True).stdout.splitlines()]
        n = next(i for i, t in enumerate(times) if t > times[0] + 5)
        subprocess.run(["tcpdump", "-r", "%s/%s.pcap" % (PCAPS, name), "-w", "%s/%s.pcap" % (d, name), "-c", str(n)], check=True, capture_output=True)
    w = Watch("-i", "wa1", "--ring", "1M", "--db", db)
    replay("-r", "1000", "wap1", "%s/%s.pcap" % (d, names[0]))
    replay("wap1", *[path] * 3)
    time.sleep(2)
    replay("-r", "1000", "wap1", "%s/%s.pcap" % (d, names[1]))
    time.sleep(13)
    w.stops_well("silence")
    if not counters(db)["packets-dropped-kernel"]:
        return say("nothing was dropped")
    told = {r["sport"]: (r["outcome"], r["undetermined"]) for r in rows(db, "handshakes") if r["sport"] in (49976, 37288) and r["dst"] == "10.77.0.2"}
    expect(told == {49976: ("undetermined", "capture-gap"), 37288: ("fail-timeout-client", None)},
           "silence of the first is no time-out, that of the second is: %s" % told)


def test_names(d):
    """Certificates with as many names as there can be cost no packets, and the database says what was left out."""
    db, path = d + "/names.db", d + "/names.pcap"
    subprocess.run([sys.executable, os.path.join(ROOT, "tests", "bench", "names.py"), path, "40"], check=True)
    w = Watch("-i", "wa1", "--db", db, "--metrics", db + ".prom")
    sent = replay("-r", "15000", "wap1", path)["sent"]
    w.stops_well("names")
    drops = balance(db, db + ".prom", sent, "names")
    c = counters(db)
    with closing(sqlite3.connect(db)) as connection:
        told, names, stored = connection.execute(
            "SELECT (SELECT count(*) FROM certificate WHERE problem LIKE '%names are not kept%'), (SELECT count(DISTINCT certificate_id) "
            "FROM certificate_name), (SELECT count(*) FROM certificate)").fetchone()
    expect(told == c["certificates-without-names"] > 0 and told + names == stored, "names: %d certificates, %d of them without names (%d)" % (
        stored, told, c["certificates-without-names"]))
    shares = [prometheus(db + ".prom").get(("tlswire_certificates_%s_total" % n, None)) for n in ("without_names", "not_stored")]
    expect(shares == [told, c["certificates-not-stored"]], "names: metrics tell the same: %s" % shares)
    shown = query(db, "certs", "--name", "aaaaa", "--format", "json")
    expect("host0" in str(shown), "names: one of the first is found by its name")
    say("%d of %d packets dropped; load %.1f" % (drops, sent, os.getloadavg()[0]))


def test_two(d):
    """Two interfaces are one vantage, also when one of them comes and goes under load."""
    pair("wc")
    path = mix(d + "/mix.pcap", 1)
    for threads in ("1", "2"):
        db = "%s/%s.db" % (d, threads)
        w = Watch("-i", "wa1,wc1", "--threads", threads, "--ring", "8M", "--db", db, "--metrics", db + ".prom", "--duration", "1h")
        both = [replay("-r", "200000", name, path, wait=False) for name in ("wap1", "wcp1")]
        sent = sum(sent_by(p)["sent"] for p in both)
        w.stops_well("%s threads, two interfaces" % threads)
        drops = balance(db, db + ".prom", sent, "%s threads, two interfaces" % threads)
        say("%d of %d dropped; load %.1f" % (drops, sent, os.getloadavg()[0]))
    db = d + "/gone.db"
    w = Watch("-i", "wa1,wc1", "--threads", "2", "--db", db, "--metrics", db + ".prom")
    busy = replay("-t", "4", "-r", "50000", "wap1", path, wait=False)
    for _ in range(4):
        ip("link", "del", "wc1")
        time.sleep(0.4)
        pair("wc")
        time.sleep(0.4)
    sent = sent_by(busy)["sent"]
    expect(w.wait_for("wc1: is back"), "wc1 is back")
    w.stops_well("an interface that comes and goes")
    balance(db, db + ".prom", sent, "an interface that comes and goes")
    ip("link", "del", "wc1")


RUN_FIELDS = {"id", "pcap", "input", "vantage", "first_packet", "last_packet"}


def told(db):
    """Handshakes, certificates and findings without what belongs to the run."""
    handshakes = rows(db, "handshakes")
    names = {str(h["id"]): "%s %s %s" % (h["start"], h["src"], h["sport"]) for h in handshakes}

    def strip(value):
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in RUN_FIELDS}
        if isinstance(value, list):
            return [strip(v) for v in value]
        if isinstance(value, (str, int)) and str(value) in names:
            return names[str(value)]
        return re.sub(r"\d{6,}", lambda m: names.get(m.group(), m.group()), value) if isinstance(value, str) else value

    return {"handshakes": [strip(h) for h in handshakes], "certs": [strip(c) for c in rows(db, "certs")],
            "findings": [strip(f) for f in rows(db, "findings")]}


def compare(a, b, what):
    for kind in a:
        left, right = ([json.dumps(r, sort_keys=True) for r in t[kind]] for t in (a, b))
        more, less = [r for r in left if r not in set(right)], [r for r in right if r not in set(left)]
        expect(sorted(left) == sorted(right), "%s: the same %d %s" % (what, len(right), kind))
        for one, other in list(zip(more, less))[:3]:
            x, y = ({**r, **r.pop("timings", {})} for r in (json.loads(one), json.loads(other)))
            say("differs: %s: %s" % ({k: x.get(k) for k in ("start", "defect", "service", "sha256") if k in x},
                                     {k: (x.get(k), y.get(k)) for k in {*x, *y} if x.get(k) != y.get(k)}))
        for side, unpaired in (("watch", more[len(less):]), ("read", less[len(more):])):
            for r in unpaired[:3]:
                say("only %s: %s" % (side, r[:400]))


def test_same(d):
    """While tcpdump writes what it gets, watch tells what read tells of that file."""
    stamps = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stamps.setsockopt(socket.SOL_SOCKET, 29, 1)  # SO_TIMESTAMP: from now on each packet has one time for all who take it
    dump = subprocess.Popen(["tcpdump", "-Z", "root", "-i", "wa1", "-s", "0", "-B", "65536", "-w", d + "/all.pcap"], stderr=subprocess.PIPE, text=True)
    variants = {"1 thread": [*GIVEN], "2 threads": ["--threads", "2", *GIVEN], "one socket": ["--threads", "2", "--one-socket", *GIVEN], "system": []}
    watches = {}
    for name, words in variants.items():
        db = "%s/%s.db" % (d, name.replace(" ", "-"))
        watches[name] = (db, Watch("-i", "wa1", "--db", db, "--metrics", db + ".prom", *words))
    dump.stderr.readline()
    time.sleep(0.5)
    cpu = min(os.sched_getaffinity(0))
    sent = replay("-r", "4000", "wap1", *CAPTURES, cpu=cpu)["sent"]
    # Connections end some seconds after their FIN: a packet tells the reader of the file that these have passed.
    time.sleep(3)
    sent += replay("wap1", PCAPS + "/dtls-gnutls.pcap", cpu=cpu)["sent"]
    time.sleep(1)
    dump.send_signal(signal.SIGINT)
    captured = dump.communicate(timeout=30)[1]
    expect("\n%d packets captured" % sent in "\n" + captured, "tcpdump has all %d packets: %s" % (sent, captured.split("\n")[0]))
    wanted = {}
    for name, words in (("given", GIVEN), ("system", [])):  # the stores and lists, or the stores of the system
        db = "%s/read-%s.db" % (d, name)
        p = subprocess.run([program, "read", "-q", "--db", db, *words, d + "/all.pcap"], capture_output=True, text=True, check=False)
        expect(p.returncode == 0, "reads the file %s" % p.stderr)
        wanted[name] = told(db)
    for name, (db, w) in watches.items():
        w.stops_well(name)
        drops = balance(db, db + ".prom", sent, name)
        expect(drops == 0, "%s: nothing is dropped" % name)
        compare(told(db), wanted["system" if name == "system" else "given"], name)


def test_rate(d):
    """300,000 packets a second of a busy link."""
    path = mix(d + "/mix.pcap", 4)
    for threads in ("1", "2"):
        db = "%s/%s.db" % (d, threads)
        w = Watch("-i", "wa1", "--threads", threads, "--db", db, "--metrics", db + ".prom", "--events", db + ".json")
        s = replay("-r", "300000", "wap1", path)
        w.stops_well(threads + " threads")
        drops = balance(db, db + ".prom", s["sent"], threads + " threads")
        seconds = dict(zip(("user", "system"), os.times()[2:4]))
        say("%s threads, %.0f packets/s of the mix: %d of %d dropped; %s; load %.1f; CPU of children so far %s" % (
            threads, s["rate"], drops, s["sent"], w.out.splitlines()[2].strip(), os.getloadavg()[0], seconds))
        if os.getloadavg()[0] < 1.5 and b"__asan_init" not in open(program, "rb").read():
            expect(drops == 0, "nothing is dropped")
        changes = events(db + ".json")
        expect({"opened", "closed"} <= changes, "findings open and close: %s" % sorted(changes))
        opened = sum(1 for e in open(db + ".json") if '"change":"opened"' in e)
        with closing(sqlite3.connect(db)) as c:
            expect(opened == c.execute("SELECT count(*) FROM finding").fetchone()[0], "a line for each finding that opened (%d)" % opened)


def events(path):
    """The changes that an --events file tells; its lines are JSON with what EVE has."""
    changes, problems, at = set(), [], ""
    for line in open(path):
        try:
            e = json.loads(line)
            time.strptime(e["timestamp"][:19], "%Y-%m-%dT%H:%M:%S")
            if e["event_type"] == "finding":
                changes.add(e["finding"]["change"])
                assert {"defect", "severity", "summary", "id"} <= set(e["finding"])
            else:
                s, dropped = e["stats"]["tlswire"], e["stats"]["tlswire"]["packets_dropped_total"]
                assert e["event_type"] == "stats" and s["packets_received_total"] == s["packets_analysed_total"] + s["packets_skipped_total"] + \
                    s["packets_waiting"] + dropped["kernel"] + dropped["own"]
                assert e["timestamp"] > at, "time runs backwards"
                at = e["timestamp"]
        except (ValueError, KeyError, AssertionError) as error:
            problems.append("%r: %s" % (error, line[:200]))
    expect(not problems, "each line of %s is an event %s" % (os.path.basename(path), problems[:2]))
    return changes


def privileges(pid):
    """{thread: (uid, effective and permitted capabilities, seccomp, no_new_privs)}"""
    found = {}
    for task in sorted(os.listdir("/proc/%d/task" % pid), key=int):
        s = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/%d/task/%s/status" % (pid, task)))
        found[task] = (s["Name"], int(s["Uid"].split()[0]), int(s["CapEff"], 16), int(s["CapPrm"], 16), s["Seccomp"], s["NoNewPrivs"])
    return list(found.values())


def test_least(d):
    """As nobody with a file capability, and as root that becomes nobody."""
    copy = d + "/tlswire"
    shutil.copy(program, copy)
    os.chmod(copy, 0o755)
    subprocess.run(["setcap", "cap_net_raw+ep", copy], check=True)
    for name, run, words, kw in (("file capability", copy, [], NOBODY), ("--user", program, ["--user", "nobody"], {})):
        db = "%s/%s/x.db" % (d, name.strip("-").replace(" ", "-"))
        os.mkdir(os.path.dirname(db))
        shutil.chown(os.path.dirname(db), "nobody", "nogroup")
        w = Watch("-i", "wa1", "--threads", "2", "--db", db, "--metrics", db + ".prom", *words, run=run, **kw)
        time.sleep(0.2)
        p = privileges(w.p.pid)
        expect(all(t[1] == 65534 for t in p), "%s: all threads are nobody %s" % (name, p))
        expect(p[0][2] == p[0][3] == 0x2000 and all(t[2] == t[3] == 0 for t in p[1:]), "%s: the control thread has CAP_NET_RAW, others nothing" % name)
        expect(len(p) >= 4 and all(t[4] == "2" and t[5] == "1" for t in p), "%s: seccomp and no_new_privs in each" % name)
        ip("link", "del", "wa1")
        expect(w.wait_for("opened again when it comes back"), "%s: says that the interface is gone" % name)
        pair("wa")
        expect(w.wait_for("is back"), "%s: opens it again" % name)
        time.sleep(0.3)
        index = str(socket.if_nametoindex("wa1"))
        there = sum(line.split()[4] == index for line in open("/proc/net/packet").readlines()[1:])
        expect(there == 2, "%s: with both threads (%d sockets)" % (name, there))
        sent = replay("-r", "20000", "wap1", *CAPTURES[:40])["sent"]
        w.stops_well(name)
        balance(db, db + ".prom", sent, name)


def test_signals(d):
    """SIGUSR1, SIGHUP with good and bad policies, events that are renamed."""
    policy, outside = d + "/in/policy.yaml", d + "/out/policy.yaml"
    for path in (policy, outside):
        os.mkdir(os.path.dirname(path))
        open(path, "w").write("severities:\n  cert-expired: off\n")
    os.mkdir(d + "/run")
    db, told_to = d + "/run/x.db", d + "/run/e.json"
    w = Watch("-i", "wa1", "--db", db, "--policy", policy, "--events", told_to)

    def send(name):
        before = committed(db)[0]
        replay("-r", "5000", "wap1", PCAPS + "/" + name)
        until = time.time() + 5  # some are told from the end of the connection only
        while committed(db)[0] == before and time.time() < until:
            time.sleep(0.1)
        expect(committed(db)[0] > before, "%s is a handshake within %.1f s" % (name, time.time() - until + 5))

    def has_expired():
        return any(r["defect"] == "cert-expired" for r in rows(db, "findings"))

    send("cert-expired-nginx-curl.pcap")
    said = w.told(signal.SIGUSR1)
    expect(len(said) == 1 and re.search("[1-9][0-9]* packets received, .* 0 dropped .*; 1 of 1 interfaces up; 1 handshakes", said[0]), "SIGUSR1: %s" % said)
    n = [int(x) for x in re.findall("([0-9]+) (?:packets|analysed|skipped|waiting|dropped|by tlswire)", said[0])]
    expect(len(n) == 6 and n[0] == sum(n[1:]), "SIGUSR1 adds up: %s" % n)
    expect(not has_expired(), "a rule that the policy switches off finds nothing")
    open(policy, "w").write("severities:\n  cert-expired: [\n")
    said = w.told(signal.SIGHUP)
    expect(len(said) == 1 and "the old policy stays" in said[0], "SIGHUP, a bad policy: %s" % said)
    os.unlink(policy)
    said = w.told(signal.SIGHUP)
    expect(len(said) == 1 and "the old policy stays" in said[0], "SIGHUP, no policy: %s" % said)
    os.symlink(outside, policy)
    said = w.told(signal.SIGHUP)
    expect(len(said) == 1 and "outside" in said[0] and "the old policy stays" in said[0], "SIGHUP, a link that leads outside: %s" % said)
    send("cert-expired-tls13-openssl.pcap")
    expect(not has_expired(), "the old policy still holds")
    os.unlink(policy)
    open(policy, "w").write("severities:\n  cert-expired: critical\n")
    os.rename(told_to, told_to + ".1")
    said = w.told(signal.SIGHUP)
    expect(len(said) == 1 and "read again" in said[0], "SIGHUP, another policy: %s" % said)
    send("cert-expired-ignored-openssl.pcap")
    expect(has_expired(), "it holds from now on")
    w.stops_well("signals")
    is_in = ['"defect":"cert-expired"' in open(told_to + end).read() for end in ("", ".1")]
    expect(is_in == [True, False], "events go to a new file after SIGHUP")
    events(told_to)
    events(told_to + ".1")


def comes(what, is_so, seconds=5):
    """Whether it comes true in time."""
    end = time.time() + seconds
    while not is_so() and time.time() < end:
        time.sleep(0.1)
    return expect(is_so(), what)


def test_told(d):
    """What report and show say while it goes on, after reloads, after it was killed and after it has ended."""
    db, policy, trust = d + "/x.db", d + "/policy.yaml", d + "/trust.pem"
    roots = re.findall("-----BEGIN.*?END CERTIFICATE-----\n", open(PCAPS + "/trust.pem").read(), re.S)
    open(trust, "w").write("".join(roots))
    open(policy, "w").write("profile: modern\n")
    w = Watch("-i", "wa1", "--db", db, "--policy", policy, "--trust", "example=" + trust)

    def report(**kw):
        return query(db, "report", **kw).stdout

    expect("watching since 20" in report() and "packets        none" in report(), "report before there are packets")
    replay("-r", "5000", "wap1", PCAPS + "/cert-expired-nginx-curl.pcap")
    comes("report has the handshake", lambda: "1 handshake," in report())
    comes("report has its packets", lambda: re.search("packets from   20.* to 20.*\n", report()) and re.search("wa1 +[1-9][0-9]* packets", report()))
    said = report(**NOBODY)
    expect("watching since 20" in said and "stopped" not in said, "another user is told that it goes on")
    expect("example: %d roots" % len(roots) in said and "nobody" not in said, "and who is trusted, in the first minute: %s" % re.findall("trusted.*", said))
    expired = next(f["id"] for f in rows(db, "findings") if f["defect"] == "cert-expired")
    shown = json.loads(query(db, "show", "finding", str(expired), "--format", "json").stdout)
    expect(shown["tshark"] is None and "frame.number" not in shown["wireshark_filter"], "no packets are promised: %s" % shown["tshark"])

    open(trust, "w").write("".join(roots[:-1]))
    open(policy, "w").write("profile: bsi\n")
    expect("read again" in w.told(signal.SIGHUP)[0], "a reload")
    comes("report has the roots of now", lambda: "example: %d roots" % (len(roots) - 1) in report() and "reloaded       1 time, last at" in report())
    expect("example: %d roots" % len(roots) not in report(), "and not those of before")
    digests = [hashlib.sha256(b"profile: %s\n" % p).hexdigest() for p in (b"modern", b"bsi")]
    with closing(sqlite3.connect(db)) as c:
        expect(c.execute("SELECT profile, policy_sha256 FROM run").fetchall() == [("bsi", digests[1])], "the run has the policy of now")
        expect(c.execute("SELECT number, profile, policy_sha256 FROM reload ORDER BY 1").fetchall() == [(0, "modern", digests[0]), (1, "bsi", digests[1])],
               "what held before is kept")
        files = c.execute("SELECT reload, entries FROM data_file WHERE kind = 'trust' ORDER BY 1").fetchall()
        expect(files == [(0, len(roots)), (1, len(roots) - 1)], "of the files, too: %s" % files)
    w.p.kill()
    w.end()
    expect(re.search("watched from 20.* to 20.*, then the run was stopped", report()) and "watching" not in report(), "after a kill")
    w = Watch("-i", "wa1", "--db", db)
    expect("watching since 20" in report() and "then the run was stopped" in report(), "the next run")
    w.stops_well("told")
    said = report()
    expect(len(re.findall("watched from 20.* UTC$", said, re.M)) == 1 and "watching" not in said and "not read" not in said, "after its end: %s" % re.findall("watche?.*", said))


class Removed:
    """A database, or its directory of segments, that is not there any more is noticed within a minute; beside the others."""

    def __init__(self, d):
        self.d = d
        self.runs = []
        pair("wr")
        for name in ("gone", "other", "segments"):
            db = "%s/%s.db" % (d, name)
            self.runs.append((name, db, Watch("-i", "wr1", "--db", db)))
        os.unlink(d + "/gone.db")
        os.rename(d + "/other.db", d + "/away.db")
        sqlite3.connect(d + "/other.db").execute("CREATE TABLE t (x)").connection.close()
        shutil.rmtree(d + "/segments.db.d")

    def end(self):
        for name, db, w in self.runs:
            expect(w.wait_for("what is written is lost", 65), "%s: it is said: %s" % (name, w.lines))
            status = w.end()
            expect(status == 4 and sum("lost" in line for line in w.lines) == 1, "%s: ended with %d: %s" % (name, status, w.lines[-1:]))
        with closing(sqlite3.connect(self.d + "/other.db")) as c:
            expect(c.execute("SELECT name FROM sqlite_schema").fetchall() == [("t",)], "the other database is as it was")
        for name, db, _ in self.runs:
            if name != "other":
                w = Watch("-i", "wr1", "--db", db)
                replay("-r", "5000", "wrp1", PCAPS + "/cert-expired-nginx-curl.pcap")
                w.stops_well("%s, started again" % name)
                expect(len(rows(db, "handshakes")) == 1, "%s: the next start writes" % name)


class Manager:
    """The service manager: what is told to it, and how to get told; the watchdog's time is two seconds."""

    def __init__(self, d):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(d + "/notify")
        self.env = {**os.environ, "NOTIFY_SOCKET": d + "/notify", "WATCHDOG_USEC": "2000000"}

    def told(self, seconds, until=None):
        """What comes within the time, or until that word has come."""
        words, end = [], time.time() + seconds
        while time.time() < end and (until is None or until not in words):
            self.socket.settimeout(max(end - time.time(), 0.001))
            try:
                words.append(self.socket.recv(4096).decode().split("\n")[0])
            except OSError:
                pass
        return words


class Frozen:
    """Holds one thread of a program, by its name."""

    def __init__(self, pid, name):
        tasks = "/proc/%d/task" % pid
        self.tid = next(int(t) for t in os.listdir(tasks) if open("%s/%s/comm" % (tasks, t)).read().strip() == name)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self.ptrace = lambda request: libc.ptrace(request, self.tid, None, None) == 0
        self.is_held = self.ptrace(16) and os.waitpid(self.tid, 0x40000000)[0] == self.tid  # PTRACE_ATTACH, __WALL

    def release(self):
        return self.ptrace(17)

    def reap(self):
        """When the program has ended."""
        try:
            while not os.WIFSIGNALED(status := os.waitpid(self.tid, 0x40000000)[1]) and not os.WIFEXITED(status):
                self.ptrace(7)  # PTRACE_CONT
        except ChildProcessError:
            pass


def test_hang(d):
    """A thread that hangs is told to the service manager and to the log, and does not hold up the end."""
    manager = Manager(d)
    w = Watch("-i", "wa1", "--db", d + "/x.db", env=manager.env)
    expect("READY=1" in manager.told(5, "READY=1"), "the service manager is told of the start")
    replay("-r", "5000", "wap1", PCAPS + "/cert-expired-nginx-curl.pcap")
    expect(manager.told(2.5).count("WATCHDOG=1") >= 2, "and that all is well")
    held = Frozen(w.p.pid, "analyst")
    if not held.is_held:
        say("skipped: threads cannot be held here")
        w.stops_well("hang")
        return
    # Which was waiting when it was held: then all wait for each other in the end.
    expect(w.wait_for("hangs: no progress", 8), "says so when the analyst does nothing more: %s" % w.lines[-1:])
    manager.told(0.1)
    expect(manager.told(2.5) == [], "and does not tell that all is well any more")
    expect(sum("hangs" in line for line in w.lines) == 1, "once")
    held.release()
    expect("WATCHDOG=1" in manager.told(3, "WATCHDOG=1"), "when it goes on, it does")
    held = Frozen(w.p.pid, "lane")
    expect(w.wait_for("lane 1 hangs", 6), "says that the lane hangs: %s" % w.lines[-1:])
    w.p.send_signal(signal.SIGTERM)
    expect(w.wait_for("lane 1 hangs: ended without it", 6), "SIGTERM: %s" % w.lines[-1:])
    held.reap()
    expect(w.end() == 4, "and ends with 4")
    expect(integrity(d + "/x.db") == [] and committed(d + "/x.db")[0] == 1, "what was committed stays")


def test_reload(d):
    """While policy and files are read again, which takes long, everything else goes on."""
    manager, policy, told_to, db = Manager(d), d + "/in/policy.yaml", d + "/e.json", d + "/x.db"
    os.mkdir(d + "/in")
    open(policy, "w").write("severities:\n  cert-expired: off\n")
    w = Watch("-i", "wa1", "--db", db, "--policy", policy, "--events", told_to, env=manager.env)
    os.unlink(policy)
    os.mkfifo(policy)  # takes as long as we like
    os.rename(told_to, told_to + ".1")
    w.p.send_signal(signal.SIGHUP)
    expect("RELOADING=1" in manager.told(5, "RELOADING=1"), "the service manager is told that it reloads")
    replay("-r", "5000", "wap1", PCAPS + "/cert-expired-nginx-curl.pcap")
    w.p.send_signal(signal.SIGHUP)
    said = manager.told(3)
    expect(said.count("WATCHDOG=1") >= 2 and not {"READY=1", "RELOADING=1"} & set(said), "that all is well meanwhile: %s" % said)
    expect(committed(db)[0] == 1, "a handshake is committed meanwhile")
    expect(os.path.exists(told_to), "events go to a new file at once")
    said = w.told(signal.SIGUSR1)
    expect(len(said) == 1 and "1 handshakes" in said[0], "SIGUSR1: %s" % said)
    for severity in ("low", "critical"):
        since = len(w.lines)
        with open(policy, "w") as f:
            f.write("severities:\n  cert-expired: %s\n" % severity)
        expect(w.wait_for("read again", 5, since), "a policy with %s is read: %s" % (severity, w.lines[since:]))
    expect("READY=1" in manager.told(5, "READY=1"), "the second SIGHUP was not lost, and it is over")
    replay("-r", "5000", "wap1", PCAPS + "/cert-expired-ignored-openssl.pcap")
    time.sleep(0.7)
    found = [f["severity"] for f in rows(db, "findings") if f["defect"] == "cert-expired"]
    expect(found == ["critical"], "the latest policy holds: %s" % found)
    w.p.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    at = time.time()
    w.stops_well("a reload that does not end")
    expect(time.time() - at < 8, "within %.1f s" % (time.time() - at))
    expect(integrity(db) == [] and committed(db)[0] == 2, "and all is written")


def test_stdout(d):
    """Events on standard output are alone there; and what makes no sense is said in one line."""
    run = subprocess.Popen([program, "watch", "-i", "wa1", "--db", d + "/x.db", "--events", "-", "--duration", "3s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    replay("-r", "5000", "wap1", PCAPS + "/cert-expired-nginx-curl.pcap")
    out, err = run.communicate(timeout=30)
    kinds = {json.loads(line)["event_type"] for line in out.splitlines()}
    expect(run.returncode == 0 and kinds == {"finding", "stats"}, "only events are there: %s" % kinds)
    expect("Next: tlswire report" in err, "the summary stands elsewhere")
    send = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    send.bind(("wap1", 0))
    send.setblocking(False)
    subprocess.run("exec %s watch -i wa1 --db %s/z.db --events - --duration 2s 0<&- 1>&- 2>&-" % (program, d), shell=True, check=False, timeout=20)
    try:
        came = send.recv(2000)
    except BlockingIOError:
        came = b""
    expect(b"event_type" not in came, "nothing that is printed goes to the wire: %s" % came[:60])
    send.close()
    for words, told in ((["-i", "wa1,"], "-i wa1,"), (["-i", "wa1", "--metrics", "-"], "--metrics -"), (["-D", "wa1"], "wa1"),
                        (["-i", "wa1", "--rotate-size", "1K"], "64K")):
        p = subprocess.run([program, "watch", "--db", d + "/y.db", *words], capture_output=True, text=True, check=False, timeout=10)
        expect(p.returncode == 1 and told in p.stderr and p.stderr.count("\n") == 1, "%s: %s" % (" ".join(words), p.stderr.strip()))


def test_twins(d):
    """Two of them in containers with the network of the host, each process 1 there, see all of it."""
    path = mix(d + "/mix.pcap", 1, 20000, 200)
    words = ["-i", "wa1", "--threads", "2", "--duration", "3s", "--no-sandbox", "--db"]
    both = [Watch("-p", "-f", "--kill-child", program, "watch", *words, "%s/%d.db" % (d, i), run="unshare") for i in (1, 2)]
    sent = replay("-r", "20000", "wap1", path)["sent"]
    for i, w in zip((1, 2), both):
        expect(w.end() == 0, "ends well")
        c = counters("%s/%d.db" % (d, i))
        expect(c["packets-received"] == sent, "%d of %d packets" % (c["packets-received"], sent))
    seen = [committed("%s/%d.db" % (d, i))[0] for i in (1, 2)]
    expect(seen[0] == seen[1] >= 100, "both see every handshake: %s" % seen)


def test_second_signal(d):
    path = mix(d + "/mix.pcap", 1)
    p = replay("-t", "5", "wap1", path, wait=False)
    for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)):
        w = Watch("-i", "wa1", "--db", "%s/%d.db" % (d, first))
        time.sleep(0.5)
        w.p.send_signal(first)
        time.sleep(0.02)
        w.p.send_signal(second)
        at = time.time()
        status = w.end()
        expect(status in (-second, 128 + second) and time.time() - at < 0.1, "a second signal ends it at once (%d, %.3f s)" % (status, time.time() - at))
        expect(integrity("%s/%d.db" % (d, first)) == [], "and the database is whole")
    p.kill()
    p.wait()


def integrity(db):
    """What is wrong with the inventory and its segments."""
    wrong = []
    for path in [db, *sorted(glob.glob(db + ".d/*.db"))]:
        with closing(sqlite3.connect(path)) as c:
            said = c.execute("PRAGMA integrity_check").fetchall()
        wrong += [] if said == [("ok",)] else [(path, said)]
    return wrong


def committed(db):
    """Handshakes and findings that a reader sees."""
    n = 0
    for path in glob.glob(db + ".d/*.db"):
        try:
            with closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as c:
                n += c.execute("SELECT count(*) FROM handshake").fetchone()[0]
        except sqlite3.OperationalError:
            pass  # being made
    with closing(sqlite3.connect("file:%s?mode=ro" % db, uri=True)) as c:
        return n, c.execute("SELECT count(*) FROM finding").fetchone()[0], c.execute("SELECT count(*) FROM run").fetchone()[0]


def test_kill(d):
    """kill -9 at random moments under load: what was committed stays."""
    path = mix(d + "/mix.pcap", 2, 100000, 2000)
    p = replay("-t", "600", "-r", "100000", "wap1", path, wait=False)
    db, rng, n_bad, last = d + "/x.db", random.Random(1), 0, (0, 0, 0)
    for i in range(kills):
        w = Watch("-i", "wa1", "--db", db, "--rotate-size", "1M", ready=i % 4 != 0)
        time.sleep(rng.random() * (0.3 if i % 4 == 0 else 1.2))
        before = committed(db) if os.path.exists(db) and i > 0 else (0, 0, 0)
        w.p.kill()
        w.end()
        wrong = integrity(db) if os.path.exists(db) else []
        after = committed(db) if os.path.exists(db) and i > 0 else (0, 0, 0)
        is_kept = all(a >= b for a, b in zip(after, before)) and all(a >= b for a, b in zip(after, last))
        says = [line for line in w.lines if "damaged" in line or "cannot" in line]
        if wrong or not is_kept or says:
            n_bad += 1
            expect(False, "kill %d: %s, before %s, after %s, %s" % (i, wrong, before, after, says))
        last = after
    all_queries(db, "as another user, after a kill")
    w = Watch("-i", "wa1", "--db", db)
    second = Watch("-i", "wa1", "--db", db, ready=False)
    expect(second.end() == 4 and len(second.lines) == 1 and "watch" in second.lines[0], "another one on the same database: %s" % second.lines)
    time.sleep(1)
    p.kill()
    p.wait()
    w.stops_well("after %d kills" % kills)
    expect(n_bad == 0 and committed(db)[0] > last[0] > 1000, "%d kills: nothing committed is lost: %s handshakes, findings, runs" % (kills, committed(db)))
    shown = len(rows(db, "handshakes"))
    expect(integrity(db) == [] and shown == committed(db)[0], "the next start continues: %d handshakes shown" % shown)


def test_full(d):
    """The file system of the database fills up and is freed again."""
    path, later = mix(d + "/many.pcap", 2, 150000, 15000), mix(d + "/later.pcap", 1, 10000, 100)
    small = d + "/small"
    os.mkdir(small)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", small], check=True)
    db = small + "/x.db"
    w = Watch("-i", "wa1", "--db", db, "--metrics", d + "/m.prom", "--events", small + "/e.json")
    sent = replay("wap1", later)["sent"]
    time.sleep(0.7)
    first = committed(db)[0]
    with open(small + "/filler", "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(65536))
        except OSError:
            pass
    sent += replay("-r", "150000", "wap1", path)["sent"]
    expect(w.wait_for("disk full"), "says that the disk is full: %s" % [line for line in w.lines if "full" in line])
    for _ in range(2):
        sent += replay("-r", "150000", "wap1", path)["sent"]
    time.sleep(1)
    expect(w.p.poll() is None, "goes on capturing")
    os.unlink(small + "/filler")
    subprocess.run(["mount", "-o", "remount,size=200m", small], check=True)
    expect(w.wait_for("is written again"), "says when it writes again: %s" % [line for line in w.lines if "again" in line])
    sent += replay("-r", "10000", "wap1", later)["sent"]
    time.sleep(0.7)
    w.stops_well("disk full")
    drops = balance(db, d + "/m.prom", sent, "disk full")
    c = counters(db)
    n, shown = committed(db)[0], len(rows(db, "handshakes"))
    with closing(sqlite3.connect(db)) as connection:
        flows = c["flows"]
    say("%d handshakes written, %d rows and %d updates lost, %d flows, %d packets dropped" % (n, c["rows-lost"], c["updates-lost"], flows, drops))
    expect(n > first and shown == n and integrity(db) == [], "what was kept is written and whole (%d, %d before)" % (n, first))
    events(small + "/e.json")
    expect(c["rows-lost"] > 0 and (drops > 0 or n + c["rows-lost"] >= flows), "what is missing is counted")
    subprocess.run(["umount", small], check=True)


def test_locked(d):
    """Another program holds the lock of one database for some seconds, as new services come; the other is left alone."""
    stamps = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stamps.setsockopt(socket.SOL_SOCKET, 29, 1)  # as in test_same
    watches = {name: Watch("-i", "wa1", "--db", "%s/%s.db" % (d, name), *GIVEN) for name in ("locked", "free")}
    locked = watches["locked"]
    with closing(sqlite3.connect(d + "/locked.db", isolation_level=None, timeout=5)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        replay("-r", "4000", "wap1", *CAPTURES, cpu=min(os.sched_getaffinity(0)))
        time.sleep(3)
        expect(locked.wait_for("locked by another program"), "says that it is locked: %s" % [line for line in locked.lines if "lock" in line])
        connection.execute("COMMIT")
    expect(locked.wait_for("is written again"), "says when it writes again: %s" % [line for line in locked.lines if "again" in line])
    for name, w in watches.items():
        w.stops_well(name)
    c = counters(d + "/locked.db")
    expect(c["rows-lost"] == c["updates-lost"] == 0, "nothing is lost: %s" % {k: v for k, v in c.items() if "lost" in k})
    compare(told(d + "/locked.db"), told(d + "/free.db"), "locked for some seconds")


QUERIES = (["handshakes"], ["findings"], ["report"], ["services"], ["timeline"], ["metrics", "--step", "1m"], ["certs"], ["show", "finding", "1"])


CLOCK = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static int fd = -1;
__attribute__((constructor)) static void begin(void) { fd = open(getenv("CLOCK"), O_RDONLY | O_CLOEXEC); }
int clock_gettime(clockid_t clock, struct timespec *t)
{
    char by[32] = {0};
    int rc = (int)syscall(SYS_clock_gettime, clock, t);
    if (clock == CLOCK_REALTIME && pread(fd, by, sizeof by - 1, 0) > 0)
        t->tv_sec += atol(by);
    return rc;
}
"""


def test_clock(d):
    """The clock is forty days ahead for some seconds, then five hours behind: no segment goes, and inputs end now. A segment is damaged."""
    if not shutil.which("cc"):
        return say("skipped: no compiler")
    db, by = d + "/x.db", d + "/by"
    open(by, "w").write("0\n")
    open(d + "/clock.c", "w").write(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", d + "/clock.so", d + "/clock.c"], check=True)
    w = Watch("-i", "wa1", "--db", db)
    replay("-r", "2000", "wap1", *CAPTURES[:5])
    w.stops_well("before the clock is set")
    now_us = time.time_ns() // 1000
    with closing(sqlite3.connect(db)) as c:
        first = c.execute("SELECT file FROM segment").fetchone()[0]
        for i in range(2, 6):  # finished ones of an hour ago
            shutil.copy("%s.d/%s" % (db, first), "%s.d/%06d-x.db" % (db, i))
            c.execute("INSERT INTO segment (id, file, from_us, to_us, state) VALUES (?, ?, ?, ?, 2)", (i, "%06d-x.db" % i, now_us - 7200000000, now_us - 3600000000))
        c.commit()
    w = Watch("-i", "wa1", "--db", db, "--keep-time", "1d", env={**os.environ, "LD_PRELOAD": d + "/clock.so", "CLOCK": by})
    time.sleep(1)
    for seconds in (40 * 86400, 0, -5 * 3600):
        since = len(w.lines)
        open(by, "w").write("%d\n" % seconds)
        expect(w.wait_for("the clock was set", since=since), "a step to %d s is seen" % seconds)
        replay("-r", "2000", "wap1", *CAPTURES[:5])
        time.sleep(1)
    expect(len(glob.glob(db + ".d/*.db")) == 6, "every segment is there: %s" % sorted(os.listdir(db + ".d")))
    newest = max(glob.glob(db + ".d/*.db"))
    with closing(sqlite3.connect(newest)) as c:
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with open(newest, "r+b") as f:
        f.write(b"Z" * os.path.getsize(newest))
    since = len(w.lines)
    replay("-r", "2000", "wap1", *CAPTURES[:5])
    expect(w.wait_for("damaged segment, put aside as", since=since), "a damaged segment is put aside: %s" % w.lines[since:])
    w.stops_well("clock")
    with closing(sqlite3.connect(db)) as c:
        latest = c.execute("SELECT max(last_us), max(first_us) FROM input WHERE is_complete > 0").fetchone()
    expect(max(latest) <= time.time_ns() // 1000, "no input is of the future: %s" % (latest,))
    p = query(db, "handshakes")
    expect(p.returncode == 0 and p.stderr.count("damaged segment") == 1, "readers give the rest and say so: %s" % p.stderr.strip()[:200])


def all_queries(db, what):
    for words in QUERIES:
        p = query(db, *words, **NOBODY)
        is_early = words[0] == "metrics" and "nothing found" in p.stderr and "gone" not in what  # minutes are told when they are over
        expect(p.returncode == 0 and p.stdout or is_early, "%s: %s %s" % (what, " ".join(words), p.stderr.strip()[:300]))
    p = subprocess.run([program, "diff", db, db], capture_output=True, text=True, check=False, **NOBODY)
    expect(p.returncode == 0, "%s: diff %s" % (what, p.stderr.strip()[:300]))


def dictionaries(db):
    """Nothing that a handshake refers to is missing, and no row outlives its segment but the one that holds the largest id."""
    with closing(sqlite3.connect(db)) as c:
        for (file,) in c.execute("SELECT file FROM segment").fetchall():
            c.execute("ATTACH ? AS s", (os.path.join(db + ".d", file),))
            n, lacking = c.execute("""SELECT count(*), sum(ca.id IS NULL OR sa.id IS NULL OR (h.ja3_id IS NULL) != (j.id IS NULL) OR
                (h.sni_id IS NULL) != (n.id IS NULL) OR (h.client_offer_id IS NULL) != (o.id IS NULL) OR
                (h.server_choice_id IS NULL) != (sc.id IS NULL)) FROM s.handshake h LEFT JOIN address ca ON ca.id = h.client_address_id
                LEFT JOIN address sa ON sa.id = h.server_address_id LEFT JOIN label j ON j.id = h.ja3_id LEFT JOIN name n ON n.id = h.sni_id
                LEFT JOIN client_offer o ON o.id = h.client_offer_id LEFT JOIN server_choice sc ON sc.id = h.server_choice_id""").fetchone()
            c.execute("DETACH s")
            expect(not lacking, "%s: %d handshakes, all they refer to is there" % (file, n))
        old, kept = c.execute("""SELECT sum(last_segment < (SELECT min(id) FROM segment) AND id < (SELECT max(id) FROM label)),
            sum(last_segment IS NOT NULL) FROM label""").fetchone()
        expect(old == 0 and kept, "labels go with their segment: %s are left, %s without one" % (kept, old))


class Minutes:
    """A run over the turn of a minute, beside the others: rotation, retention, metrics, readers."""

    def __init__(self, d):
        self.d = d
        pair("wb")
        self.db = d + "/x.db"
        self.w = Watch("-i", "wb1", "--db", self.db, "--metrics", d + "/m.prom", "--events", d + "/e.json", "--rotate-size", "64K", "--keep", "2")
        self.replay = replay("-r", "1000", "wbp1", *CAPTURES[:20], mix(d + "/mix.pcap", 150, 1000, 20), wait=False)
        self.began = time.time()
        time.sleep(2)
        all_queries(self.db, "as another user, while it runs")
        self.before = sorted(os.listdir(self.db + ".d"))

    def end(self):
        until = (self.began // 60 + 1) * 60 + 3
        while time.time() < until or (not os.path.exists(self.d + "/m.prom") and time.time() < until + 5):
            time.sleep(0.1)
        m = prometheus(self.d + "/m.prom")
        c = counters(self.db)
        expect(m["tlswire_packets_received_total", None] == c["packets-received"] > 0, "metrics and counters each minute (%d packets)" % c["packets-received"])
        after = sorted(f for f in os.listdir(self.db + ".d") if f.endswith(".db"))
        expect(not set(after) & set(self.before) and after, "segments rotate, and old ones go: %s, then %s" % (self.before, after))
        all_queries(self.db, "after a rotation")
        time.sleep(5)  # what went with a segment goes bit by bit
        if time.time() % 60 > 50:  # no segment begins behind the last handshake
            time.sleep(62 - time.time() % 60)
        self.replay.kill()
        self.replay.wait()
        time.sleep(2)  # the last packet is no clock
        self.w.stops_well("minutes")
        m = prometheus(self.d + "/m.prom")
        expect(abs(m["tlswire_last_minute_seconds", None] - time.time()) < 5, "the last numbers are of now")
        expect(not by_minute(self.db, "minutes"), "no minute has drops")
        p = query(self.db, "metrics", "--capture", "--step", "1m", "--format", "json")
        expect(sum(r["received"] for r in json.loads(p.stdout)) == counters(self.db)["packets-received"], "metrics --capture has all packets")
        expect(m["tlswire_segments_removed_total", None] >= 1, "removed segments are counted")
        events(self.d + "/e.json")
        expect('"event_type":"stats"' in open(self.d + "/e.json").read(), "counters of the minute are an event")
        all_queries(self.db, "after the writer has gone")
        dictionaries(self.db)


def usage(pid):
    s = dict(line.rstrip("\n").split(":", 1) for line in open("/proc/%d/status" % pid))
    return int(s["VmRSS"].split()[0]) / 1024, len(os.listdir("/proc/%d/fd" % pid))


def soak(d, minutes):
    """A flood of SYNs and a mix, a policy reload every few seconds: memory and descriptors stay as they are."""
    path = mix(d + "/mix.pcap", minutes * 60, 20000, 400)
    flood = subprocess.Popen([sys.executable, "-c", """
import os, random, socket, sys
sys.path.insert(0, %r)
from live_capture import tcp
s = socket.socket(17, 3); s.bind(('wap1', 0))
f = bytearray(tcp(2, 1, 3, 443)); f[47] = 2
while True:
    f[26:30] = os.urandom(4); f[34:36] = os.urandom(2); f[38:42] = os.urandom(4)
    s.send(f)
""" % HERE])
    policy = d + "/policy.yaml"
    open(policy, "w").write("severities:\n  cert-expired: low\n")
    w = Watch("-i", "wa1", "--threads", "2", "--db", d + "/x.db", "--policy", policy, "--metrics", d + "/m.prom", "--events", d + "/e.json",
              "--rotate-size", "1M", "--keep", "3")
    p = replay("-r", "20000", "wap1", path, wait=False)
    seen, until, n = [], time.time() + minutes * 60, 0
    while time.time() < until and w.p.poll() is None:
        time.sleep(5)
        n += 1
        open(policy, "w").write("severities:\n  cert-expired: %s\n" % ("low", "high")[n % 2])
        w.p.send_signal(signal.SIGHUP)
        seen.append(usage(w.p.pid))
        if n % 12 == 0:
            os.rename(d + "/e.json", d + "/e.json.1")
            say("minute %d: %.0f MB, %d descriptors; load %.1f" % (n // 12, *seen[-1], os.getloadavg()[0]))
    flood.kill()
    flood.wait()
    sent_by(p)
    w.stops_well("soak")
    half = len(seen) // 2
    memory = [max(m for m, _ in part) for part in (seen[:half], seen[half:])]
    expect(memory[1] < memory[0] * 1.1 + 16, "memory is flat: at most %.0f MB in the first half, %.0f MB in the second" % tuple(memory))
    expect(max(f for _, f in seen[half:]) <= max(f for _, f in seen[:half]), "descriptors are: %d to %d" % (min(f for _, f in seen), max(f for _, f in seen)))
    c = counters(d + "/x.db")
    say("%d packets received, %d dropped, %d syns evicted, %d flows" % (c["packets-received"], c["packets-dropped-kernel"], c["syns-evicted"], c["flows"]))
    balance(d + "/x.db", d + "/m.prom", c["packets-received"], "soak")


def inside(words):
    global kills
    subprocess.run("mount --make-rprivate /; sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", shell=True, check=False)
    minutes = 0
    while words and words[0].startswith("--"):
        if words[0] == "--kills":
            kills = int(words[1])
        else:
            minutes = float(words[1])
        words = words[2:]
    tests = ["equation", "when", "silence", "names", "two", "stdout", "twins", "same", "rate", "least", "signals", "told", "reload", "hang", "second_signal", "full", "locked", "clock", "kill"]
    chosen = words or ([] if minutes else ["minutes", "removed", *tests])
    say("load %.1f, %d CPUs" % (os.getloadavg()[0], os.cpu_count()))
    pair("wa")
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        long = {}
        for name, kind in (("minutes", Minutes), ("removed", Removed)):
            if name in chosen:
                os.mkdir(top + "/" + name)
                long[name] = kind(top + "/" + name)
        for name in [t for t in tests if t in chosen]:
            began = time.time()
            print(name, flush=True)
            os.mkdir(top + "/" + name)
            globals()["test_" + name](top + "/" + name)
            say("%s took %.1f s" % (name, time.time() - began))
        if minutes:
            os.mkdir(top + "/soak")
            soak(top + "/soak", minutes)
        for name, run in long.items():
            print(name, flush=True)
            run.end()
    print("watch: %s" % ("%d failed" % len(failed) if failed else "fine"))
    return 1 if failed else 0


def main():
    global program, replayer, mixer
    words = sys.argv[1:]
    if words[0] == "--inside":
        program, replayer, mixer = words[1:4]
        return inside(words[4:])
    needed = [t for t in ("ip", "unshare", "tcpdump", "setcap", "mount", "taskset") if not shutil.which(t)]
    made = os.geteuid() == 0 and not needed and subprocess.run(
        ["unshare", "-n", "-m", "ip", "link", "add", "wa1", "type", "veth", "peer", "name", "wap1"], capture_output=True, check=False).returncode == 0
    if not made:
        print("skipped: needs root, namespaces with virtual interfaces, and %s" % (" ".join(needed) or "permission to make them"))
        return 77
    paths = [os.path.abspath(w) for w in words[:3]]
    return subprocess.run(["unshare", "-n", "-m", sys.executable, os.path.abspath(__file__), "--inside", *paths, *words[3:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
