#!/usr/bin/env python3
"""matrix.py TLSWIRE [--keep DIR] [--only CLIENT,SERVER] [--quick]

Every TLS stack as client against every stack as server, in each version both speak: handshakes that
succeed and handshakes that fail in a known way, between two network namespaces. What tlswire says of
each is compared with what the programs themselves say. Prints the matrix; status 1 when an outcome is
wrong, 77 when this cannot run here (not root, no ip or tcpdump). --keep leaves the captures and
truth.jsonl in DIR for measure.py.
"""
import argparse
import calendar
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import stacks

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT_IP, SERVER_IP = "10.79.0.1", "10.79.0.2"
SUCCESS = {"success", "success-inferred"}
BY_CLIENT = {"fail-alert-client", "fail-inferred-client", "fail-closed-client", "fail-reset-client"}
BY_SERVER = {"fail-alert-server", "fail-inferred-server", "fail-closed-server", "fail-reset-server"}
# scenario: versions (None all), client options, server variant, allowed outcomes
SCENARIOS = [
    ("ok", None, {"ca": "root.pem"}, "good", SUCCESS),
    ("ok-close", ["1.2", "1.3"], {"ca": "root.pem", "mode": "close"}, "good", SUCCESS),
    ("resume", ["1.2", "1.3"], {"ca": "root.pem", "n": 2}, "good", SUCCESS),
    ("ok-mtls", ["1.2", "1.3"], {"ca": "root.pem", "cert": "client"}, "mtls", SUCCESS),
    ("untrusted", None, {"ca": "foreign.pem"}, "good", BY_CLIENT),
    ("expired", ["1.2", "1.3"], {"ca": "root.pem"}, "expired", BY_CLIENT),
    ("name", ["1.2", "1.3"], {"ca": "root.pem", "name": "wrong.example.net"}, "good", BY_CLIENT),
    ("mtls-missing", None, {"ca": "root.pem"}, "mtls", BY_SERVER),
    ("mtls-untrusted", ["1.2", "1.3"], {"ca": "root.pem", "cert": "stranger"}, "mtls", BY_SERVER),
    ("alpn", ["1.2", "1.3"], {"ca": "root.pem", "alpn": "nonsense"}, "alpn", BY_SERVER | BY_CLIENT),
    ("no-version", ["1.2"], {"ca": "root.pem"}, "only-1.3", BY_SERVER | BY_CLIENT),
    ("no-version", ["1.3"], {"ca": "root.pem"}, "only-1.2", BY_SERVER | BY_CLIENT),
]
VARIANTS = {"good": {"cert": "good"}, "expired": {"cert": "expired"}, "mtls": {"cert": "good", "mtls": True},
            "alpn": {"cert": "good", "alpn": "http/1.1"}, "only-1.3": {"cert": "good", "version": "1.3"},
            "only-1.2": {"cert": "good", "version": "1.2"}}
# What a peer does that is no TLS stack, with a real stack at the other end.
AGAINST_SERVER = [("client-fin", {"fail-closed-client"}), ("client-rst", {"fail-reset-client"}), ("client-silent", {"fail-timeout-client"})]
AGAINST_CLIENT = [("server-fin", {"fail-closed-server"}), ("server-rst", {"fail-reset-server"}), ("server-silent", {"fail-timeout-server"})]


def run(*command, check=True):
    return subprocess.run(command, capture_output=True, text=True, check=check)


class Net:
    """Two namespaces with a veth pair and two milliseconds between them."""

    def __init__(self):
        self.c, self.s = "mxc%d" % os.getpid(), "mxs%d" % os.getpid()
        for ns in (self.c, self.s):
            run("ip", "netns", "add", ns)
            run("ip", "-n", ns, "link", "set", "lo", "up")
        run("ip", "link", "add", "mxc0", "netns", self.c, "type", "veth", "peer", "name", "mxs0", "netns", self.s)
        for ns, dev, ip in ((self.c, "mxc0", CLIENT_IP), (self.s, "mxs0", SERVER_IP)):
            run("ip", "-n", ns, "addr", "add", ip + "/24", "dev", dev)
            run("ip", "-n", ns, "link", "set", dev, "up")
        run("ip", "netns", "exec", self.c, "tc", "qdisc", "add", "dev", "mxc0", "root", "netem", "delay", "2ms", check=False)

    def down(self):
        for ns in (self.c, self.s):
            run("ip", "netns", "del", ns, check=False)

    def inside(self, ns, command, **options):
        return subprocess.Popen(["ip", "netns", "exec", ns] + command, **options)


def make_pki(work):
    pki = os.path.join(work, "pki")
    run("bash", os.path.join(HERE, "..", "..", "pcaps", "make", "pki.sh"), pki)
    for name in ("foreign", "stranger"):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=" + name,
            "-keyout", os.path.join(pki, name + ".key"), "-out", os.path.join(pki, name + ".pem"))
    return pki


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Servers:
    """The servers that run at the moment, one per stack and variant, each on a port of its own."""

    def __init__(self, net):
        self.net, self.running, self.next = net, {}, 20000

    def port(self, name, stack, variant):
        key = (name, variant)
        if key not in self.running:
            self.next += 1
            command = stack.server(self.next, **VARIANTS[variant])
            log = open(os.path.join(stack.work, "%s-%s.log" % key), "wb")
            process = self.net.inside(self.net.s, command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            self.running[key] = (process, self.next)
            self.wait(self.next)
        return self.running[key][1]

    def wait(self, port):
        for _ in range(100):
            if ":%d" % port in run("ip", "netns", "exec", self.net.s, "ss", "-Hltn", "sport = :%d" % port).stdout:
                return
            time.sleep(0.05)

    def stop(self):
        for process, _ in self.running.values():
            stop(process)
        self.running = {}


def run_client(net, stack, port, version, options):
    """What the client says; a client that reads its request gets it, and time to read the answer."""
    options = dict(options)
    limit = 15 if options.pop("patient", False) or options.get("n", 1) > 1 and not stack.request else stack.patience
    command = stack.client(SERVER_IP, port, version, **options)
    process = net.inside(net.c, command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    closes = options.get("mode") == "close"
    if stack.request and closes:
        process.stdin.close()
        process.stdin = None
    elif stack.request:
        threading.Timer(0.35, lambda: feed(process, stack.request)).start()
    try:
        output, _ = process.communicate(timeout=limit) if not stack.request or closes else (read_all(process, limit), None)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    return stack.said(output.decode("utf-8", "replace"), process.returncode)


def feed(process, request):
    try:
        process.stdin.write(request)
        process.stdin.flush()
        time.sleep(0.4) # for the answer; some clients never leave by themselves
        process.stdin.close()
    except (BrokenPipeError, ValueError, OSError):
        pass


def read_all(process, limit):
    killer = threading.Timer(limit, process.kill)
    killer.start()
    output = process.stdout.read()
    process.wait()
    killer.cancel()
    return output


class Recorder:
    def __init__(self, net, path):
        self.path = path
        self.process = net.inside(net.s, ["tcpdump", "-q", "-U", "-B", "65536", "--immediate-mode", "-i", "mxs0", "-s", "0", "-w", path, "tcp"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.process.stderr.readline()

    def stop(self):
        time.sleep(0.3)
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


PEER = r"""
import socket, struct, sys, time
role, how, ip, port, hello = sys.argv[1:6]
def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()
def end(s):
    if how == 'fin':
        s.close()
    elif how == 'rst':
        reset(s)
    else:
        time.sleep(12)
        s.close()
if role == 'client':
    s = socket.create_connection((ip, int(port)))
    s.sendall(bytes.fromhex(hello))
    s.settimeout(2)
    try:
        while s.recv(65536):
            s.settimeout(0.3)
    except socket.timeout:
        pass
    end(s)
else:
    l = socket.socket()
    l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    l.bind(('', int(port)))
    l.listen(1)
    s, _ = l.accept()
    s.recv(65536)
    end(s)
"""


class Matrix:
    def __init__(self, options):
        self.work = tempfile.mkdtemp(prefix="tlswire-matrix.")
        self.keep = options.keep or os.path.join(self.work, "captures")
        os.makedirs(self.keep, exist_ok=True)
        self.options = options
        self.pki = make_pki(self.work)
        self.net = Net()
        self.servers = Servers(self.net)
        self.cells, self.missing = [], {}
        self.stacks = {}
        for name, kind in stacks.STACKS:
            s = kind(self.work, self.pki)
            why = s.build()
            if why:
                self.missing[name] = why
            else:
                self.stacks[name] = s

    def close(self):
        self.servers.stop()
        self.net.down()
        shutil.rmtree(self.work, ignore_errors=True)

    def wanted(self, client, server):
        only = (self.options.only or ",").split(",")
        return only[0] in ("", client) and (not server or only[1] in ("", server))

    def cell(self, client, server, version, scenario, allowed, act, port, pcap):
        begin = time.time()
        said = act()
        time.sleep(0.03)
        self.cells.append({"client": client, "server": server, "version": version, "scenario": scenario, "pcap": pcap, "port": port,
                           "begin": begin, "end": time.time(), "said": said, "allowed": sorted(allowed)})

    def pair(self, client, server, pcap):
        c, s = self.stacks[client], self.stacks[server]
        for scenario, versions, options, variant, allowed in SCENARIOS:
            for version in versions or stacks.ALL:
                limited = VARIANTS[variant].get("version", version)
                if version not in c.versions or limited not in s.versions or (limited == version and version not in s.versions):
                    continue
                if self.options.quick and version in ("1.0", "1.1"):
                    continue
                port = self.servers.port(server, s, variant)
                self.cell(client, server, version, scenario, allowed,
                          lambda v=version, o=options, p=port: run_client(self.net, c, p, v, o), port, pcap)

    def misbehave(self, name, stack, pcap):
        """A peer that leaves in the middle, first as the client of this stack, then as its server."""
        version = stack.versions[-1]
        hello = self.hello_of(stack, version)
        for scenario, allowed in AGAINST_SERVER:
            port = self.servers.port(name, stack, "good")
            act = lambda how=scenario.split("-")[1], p=port: "left" if self.peer("client", how, p, hello) else ""
            self.cell("peer", name, version, scenario, allowed, act, port, pcap)
        for scenario, allowed in AGAINST_CLIENT:
            self.servers.next += 1
            port = self.servers.next
            act = lambda how=scenario.split("-")[1], p=port: self.against_client(stack, version, how, p)
            self.cell(name, "peer", version, scenario, allowed, act, port, pcap)

    def peer(self, role, how, port, hello=""):
        ns = self.net.c if role == "client" else self.net.s
        process = self.net.inside(ns, [sys.executable, "-c", PEER, role, how, SERVER_IP, str(port), hello])
        if role == "client":
            process.wait(20)
        return process

    def against_client(self, stack, version, how, port):
        process = self.peer("server", how, port)
        self.servers.wait(port)
        said = run_client(self.net, stack, port, version, {"ca": "root.pem", "patient": True})
        stop(process)
        return said

    def hello_of(self, stack, version):
        """The ClientHello that this stack sends, as hexadecimal digits."""
        listener = subprocess.Popen(["ip", "netns", "exec", self.net.s, sys.executable, "-c",
                                     "import socket\nl=socket.socket()\nl.setsockopt(1,2,1)\nl.bind(('',19999))\nl.listen(1)\ns,_=l.accept()\nprint(s.recv(65536).hex())"],
                                    stdout=subprocess.PIPE, text=True)
        self.servers.wait(19999)
        run_client(self.net, stack, 19999, version, {"ca": "root.pem"})
        return listener.communicate()[0].strip()

    def run(self):
        for client in self.stacks:
            if not self.wanted(client, ""):
                continue
            pcap = os.path.join(self.keep, client + ".pcap")
            recorder = Recorder(self.net, pcap)
            for server in self.stacks:
                if self.wanted(client, server) and (not self.options.quick or "openssl" in (client, server)):
                    self.pair(client, server, pcap)
            if self.wanted(client, ""):
                self.misbehave(client, self.stacks[client], pcap)
            recorder.stop()
            with open(os.path.join(self.keep, "truth.jsonl"), "w", encoding="utf-8") as f:
                for cell in self.cells:
                    f.write(json.dumps(cell) + "\n")


def seconds(text):
    base, rest = text.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(base, "%Y-%m-%dT%H:%M:%S")) + float("0." + rest)


def rows_of(program, folder):
    db = os.path.join(folder, "matrix.db")
    paths = sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.endswith(".pcap"))
    if os.path.exists(db):
        os.unlink(db)
    run(program, "read", "-q", "--separate", "--db", db, *paths)
    rows = {}
    for line in run(program, "handshakes", "--format", "jsonl", "--db", db).stdout.splitlines():
        row = json.loads(line)
        rows.setdefault((row["input"], row["dport"]), []).append((seconds(row["start"]), row))
    return rows


def judge(cell, row):
    """right, undetermined or wrong for one handshake of a cell."""
    allowed = set(cell["allowed"])
    said_ok = cell["said"] == "ok"
    if allowed == SUCCESS and not said_ok:
        return "refused"  # the pair does not get on: nothing to judge
    if cell["scenario"] in ("alpn",) and said_ok:
        allowed = SUCCESS
    # Node looks at the certificate once the handshake is over: up to TLS 1.2 both Finished are on the wire.
    if cell["client"] == "node" and allowed == BY_CLIENT and row["version_name"] != "TLSv1.3" and row["client_records"] == 0:
        allowed = {"success"}
    if row["outcome"] == "undetermined":
        return "undetermined"
    by_size = row["version_name"] == "TLSv1.3" and (row["outcome"] in SUCCESS or "inferred" in row["outcome"])
    if by_size and row["basis"] == "seen":
        return "wrong"
    return "right" if row["outcome"] in allowed else "wrong"


def compare(program, folder, verbose=True):
    rows = rows_of(program, folder)
    counts, bad = {}, []
    for line in open(os.path.join(folder, "truth.jsonl"), encoding="utf-8"):
        cell = json.loads(line)
        pcap = os.path.join(folder, os.path.basename(cell["pcap"]))
        mine = [r for t, r in rows.get((pcap, cell["port"]), []) if cell["begin"] - 0.01 <= t <= cell["end"]]
        verdicts = [judge(cell, r) for r in mine] or ["no handshake"]
        for r, v in zip(mine, verdicts):
            if v in ("wrong", "undetermined") and verbose:
                print("%-12s %s -> %s %s %s: %s (%s %s %s), said %s" % (v, cell["client"], cell["server"], cell["version"], cell["scenario"],
                      r["outcome"], r["history"], r["ending"], r["basis"], str(cell["said"])[:60]))
        v = "wrong" if "wrong" in verdicts else "undetermined" if "undetermined" in verdicts else verdicts[0]
        counts.setdefault((cell["client"], cell["server"]), {}).setdefault(v, []).append(cell)
        bad += [cell] if v == "wrong" else []
    return counts, bad


def show(counts, missing):
    clients = sorted({c for c, _ in counts})
    servers = sorted({s for _, s in counts})
    print("client \\ server: right/undetermined/wrong/(did not get on)")
    print("%-10s" % "" + "".join("%16s" % s for s in servers))
    total = {}
    for c in clients:
        line = "%-10s" % c
        for s in servers:
            n = {k: len(v) for k, v in counts.get((c, s), {}).items()}
            for k, v in n.items():
                total[k] = total.get(k, 0) + v
            line += "%16s" % ("%d/%d/%d/(%d)" % (n.get("right", 0), n.get("undetermined", 0), n.get("wrong", 0),
                                                  n.get("refused", 0) + n.get("no handshake", 0)) if n else "-")
        print(line)
    for name, why in missing.items():
        print("missing: %s: %s" % (name, why))
    for name, kind in stacks.STACKS:
        if kind.why_not:
            print("missing versions: %s: %s" % (name, kind.why_not))
    print("matrix: " + ", ".join("%d %s" % (v, k) for k, v in sorted(total.items())))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("--keep")
    p.add_argument("--only")
    p.add_argument("--quick", action="store_true")
    p.add_argument("--compare", metavar="DIR", help="judge captures that were kept, make none")
    options = p.parse_args()
    if options.compare:
        counts, bad = compare(options.program, options.compare)
        show(counts, {})
        sys.exit(1 if bad else 0)
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("tcpdump"):
        print("matrix: skipped, it needs root, ip and tcpdump")
        sys.exit(77)
    m = Matrix(options)
    try:
        m.run()
        counts, bad = compare(options.program, m.keep)
        show(counts, m.missing)
    finally:
        m.close()
    sys.exit(1 if bad else 0)


main()
