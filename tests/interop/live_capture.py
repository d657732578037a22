#!/usr/bin/env python3
"""live_capture.py LIVE_CAPTURE: what src/capture/live.h gives is what was sent, in order, and counted.

Works in a network namespace of its own on pairs of virtual interfaces; exits with 77 (skipped) when
it may make none. LIVE_CAPTURE is the program of live_capture.c.
"""
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import time

PROGRAM = None
failed = []
ETHERTYPE = b"\x88\xb5"  # for local experiments (IEEE 802)


def expect(ok, what):
    print("%s %s" % ("ok  " if ok else "FAIL", what))
    if not ok:
        failed.append(what)


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def pair(name, mtu=1500):
    """Makes NAME5 with its peer NAMEp5, both up."""
    ip("link", "add", name + "5", "mtu", str(mtu), "type", "veth", "peer", "name", name + "p5", "mtu", str(mtu))
    ip("link", "set", name + "5", "up")
    ip("link", "set", name + "p5", "up")
    time.sleep(0.1)


def sender(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((name, 0))
    return s


def plain(n, size=60):
    return b"\xff" * 6 + b"\x02\0\0\0\0\x05" + ETHERTYPE + struct.pack(">I", n) + bytes(size - 18)


def tcp(src, sport, dst, dport, payload=b"x" * 30):
    """An Ethernet frame with a TCP segment; src and dst are numbers of 10.0.0.x."""
    head = struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x10, 1024, 0, 0) + payload
    iph = struct.pack(">BBHHHBBHBBBBBBBB", 0x45, 0, 20 + len(head), 0, 0, 64, 6, 0, 10, 0, 0, src, 10, 0, 0, dst)
    total = sum(struct.unpack(">10H", iph))
    total = (total & 0xFFFF) + (total >> 16)
    iph = iph[:10] + struct.pack(">H", 0xFFFF - ((total & 0xFFFF) + (total >> 16))) + iph[12:]
    return b"\xff" * 6 + b"\x02\0\0\0\0\x05" + b"\x08\0" + iph + head


class Run:
    """One run of the program; frames are (lane, interface, us, wire length, captured, head)."""

    def __init__(self, interfaces, lanes=1, seconds=1, ring=8 << 20, slow_us=0, filter=None, before=(), after=()):
        command = [*before, PROGRAM, interfaces, str(lanes), str(seconds), str(ring), str(slow_us)]
        self.p = subprocess.Popen([*command, *([filter] if filter else []), *after], stdout=subprocess.PIPE, text=True)
        self.events = []
        expect(self.p.stdout.readline().startswith("ready"), "opens %s" % " ".join(command[1:]))

    def wait_for(self, event):
        until = time.time() + 5
        while time.time() < until:
            line = self.p.stdout.readline()
            self.events.append(line.strip())
            if line.startswith(event):
                return True
        return False

    def end(self, own=0):
        lines = self.p.communicate(timeout=60)[0].splitlines()
        self.frames, self.stats = [], []
        for line in lines:
            w = line.split()
            if w[0] == "frame":
                self.frames.append((int(w[1]), int(w[2]), int(w[3]), int(w[4]), int(w[5]), bytes.fromhex(w[6])))
            elif w[0] == "stats":
                self.stats.append({"lane": int(w[1]), "name": w[2], **{w[i]: int(w[i + 1]) for i in range(3, len(w), 2)}})
            elif w[0] == "asked":
                self.asked = int(w[1])
            else:
                self.events.append(line)
        for s in self.stats:
            expect(s["received"] == s["read"] + s["drops"] + own and s["own"] == own, "received = read + drops: %s" % s)
        expect(self.p.returncode == 0, "ends well")
        return self

    def total(self, what):
        return sum(s[what] for s in self.stats)


def test_order():
    pair("wa")
    pair("wb")
    run = Run("wa5,wb5", seconds=3)
    a, b = sender("wap5"), sender("wbp5")
    rng = random.Random(5)
    n = 0
    until = time.time() + 2
    while time.time() < until:
        # Bursts on one, on both, and pauses of one longer than the hand-over.
        kind = rng.randrange(4)
        for _ in range(rng.randrange(1, 400)):
            (a, b, rng.choice((a, b)), a)[kind].send(plain(n, 60 + n % 1400))
            n += 1
        time.sleep(rng.choice((0, 0.001, 0.03, 0.15)))
    run.end()
    times = [f[2] for f in run.frames]
    expect(len(run.frames) == n, "all %d frames of two interfaces (%d)" % (n, len(run.frames)))
    expect(times == sorted(times), "in order of time")
    numbers = [struct.unpack(">I", f[5][14:18])[0] for f in run.frames]
    expect(numbers == list(range(n)), "in the order in which they were sent")
    expect(len({f[1] for f in run.frames}) == 2, "from both")


def test_overload():
    run = Run("wa5", seconds=4, ring=1 << 20, slow_us=20000)
    a = sender("wap5")
    n = 40000
    for i in range(n):
        a.send(plain(i, 500))
    run.end()
    s = run.stats[0]
    expect(s["drops"] > 0, "a small ring and a slow reader lose packets (%d)" % s["drops"])
    expect(s["received"] == n, "received counts all that were sent (%d of %d)" % (s["received"], n))
    expect(len(run.frames) == s["read"], "read counts what was handed over")


def test_overload_two():
    run = Run("wa5,wb5", lanes=2, seconds=4, ring=1 << 20, slow_us=20000)
    a, b = sender("wap5"), sender("wbp5")
    n = 20000
    for i in range(n):
        a.send(tcp(i % 200, 1000, 1, 443, bytes(400)))
        b.send(tcp(1, 443, i % 200, 1000, bytes(400)))
    run.end()
    expect(run.total("received") == 2 * n, "two interfaces and two lanes receive all (%d)" % run.total("received"))
    expect(run.total("drops") > 0, "and lose some (%d)" % run.total("drops"))
    expect(len(run.frames) == run.total("read"), "read counts what was handed over")


def test_loss():
    for lanes in (1, 2):
        pair("wc")
        run = Run("wc5,wb5", lanes=lanes, seconds=6)
        flows = range(50)

        def send(name):
            s = sender(name)
            for i in flows:
                s.send(tcp(i, 1000 + i, 1, 443))

        send("wcp5")
        ip("link", "set", "wc5", "down")
        time.sleep(0.5)
        ip("link", "set", "wc5", "up")
        time.sleep(0.2)
        send("wcp5")
        time.sleep(0.02)
        ip("link", "del", "wc5")
        expect(run.wait_for("lost wc5: capture ended"), "%d lanes: says that the interface is gone: %s" % (lanes, run.events))
        expect(run.wait_for("not-yet wc5: no such interface"), "says why it cannot be opened: %s" % run.events[-1:])
        send("wbp5")
        pair("wc")
        for _ in range(lanes):
            expect(run.wait_for("back"), "opens it again")
        time.sleep(0.3)
        send("wcp5")
        run.end()
        got = [f for f in run.frames if f[5][12:14] == b"\x08\0"]
        lost = [f for f in got if f[1] == 0]
        expect(len(lost) == 150, "what was sent before, after it was down and after it came back (%d of 150)" % len(lost))
        expect(len(got) - len(lost) == 50, "the other interface goes on")
        expect(all(s["up"] == 1 for s in run.stats), "all up at the end")
        after = sorted(lost, key=lambda f: f[2])[-50:]
        expect(lanes == 1 or len({f[0] for f in after}) == 2, "lanes share it again")
        ip("link", "del", "wc5")


def test_flapping():
    """Deleted and made again under load: nothing is counted wrong, nothing is left open."""
    pair("wf")
    # Also when the sender loses its interface: it takes the next one.
    flood = subprocess.Popen([sys.executable, "-c", """
import socket, time
i = 0
f = bytes.fromhex('%s')
while True:
    try:
        s = socket.socket(17, 3)
        s.bind(('wfp5', 0))
        while True:
            i += 1
            s.send(f[:34] + i.to_bytes(4, 'big') + f[38:])
    except OSError:
        time.sleep(0.01)
""" % tcp(2, 1, 3, 1, bytes(600)).hex()])
    run = Run("wf5,wb5", lanes=2, seconds=9, ring=1 << 20)
    fds = "/proc/%d/fd" % run.p.pid
    before = len(os.listdir(fds))
    for i in range(8):
        time.sleep(0.02 * i)
        ip("link", "del", "wf5")
        time.sleep(0.03 * i)
        pair("wf")
        time.sleep(0.5)
    flood.kill()
    flood.wait()
    time.sleep(0.8)
    expect(len(os.listdir(fds)) == before, "no descriptor is left open (%d, %d before)" % (len(os.listdir(fds)), before))
    run.end()
    expect(sum(e.startswith("back") for e in run.events) >= 8, "came back: %d times" % sum(e.startswith("back") for e in run.events))
    expect(len(run.frames) == run.total("read"), "read counts what was handed over (%d)" % len(run.frames))
    numbers = [f[5][34:38] for f in run.frames if f[1] == 0]
    expect(len({f[0] for f in run.frames}) == 2, "on both lanes")
    expect(len(numbers) > 1000 and len(set(numbers)) == len(numbers), "no packet twice (%d)" % len(numbers))
    ip("link", "del", "wf5")


def test_fanout():
    run = Run("wa5,wb5", lanes=2, seconds=2)
    a, b = sender("wap5"), sender("wbp5")
    flows = [(c, p) for c in range(2, 42) for p in range(2000, 2010)]
    for c, p in flows:
        a.send(tcp(c, p, 1, 443))
        b.send(tcp(1, 443, c, p))
    run.end()
    seen = {}
    for f in run.frames:
        src, dst, ports = f[5][26:30], f[5][30:34], f[5][34:38]
        key = frozenset(((src, ports[:2]), (dst, ports[2:])))
        seen.setdefault(key, set()).add(f[0])
    sizes = [sum(1 for lanes in seen.values() if lanes == {k}) for k in (0, 1)]
    expect(len(run.frames) == 2 * len(flows), "every packet once (%d)" % len(run.frames))
    expect(sum(sizes) == len(flows), "both directions of a flow on one lane, also over two interfaces %s" % sizes)
    expect(min(sizes) > len(flows) // 5, "both lanes have work")
    expect(run.asked == 4, "the kernel is asked about each link at the start and at the end, once for all lanes (%d)" % run.asked)


def udp(sport, dport, payload):
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def ipv4(src, dst, protocol, payload, fragment=0):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, fragment, 64, protocol, 0, src, dst)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack(">H", 0xFFFF - ((total & 0xFFFF) + (total >> 16))) + head[12:] + payload


def ipv6(src, dst, protocol, payload):
    return struct.pack(">IHBB16s16s", 6 << 28, len(payload), protocol, 64, src, dst) + payload


def steered(rng):
    """Frames without their addresses, by kind: pairs of what one flow sends in both directions, with what may differ between them."""
    a4, b4, a6, b6 = (rng.randbytes(n) for n in (4, 4, 16, 16))
    a4, b4 = b"\x0a" + a4[1:], b"\x0a" + b4[1:]
    a, b = rng.randrange(1024, 2000), rng.randrange(6100, 8400)
    there, back = struct.pack(">HH", a, b) + bytes(16), struct.pack(">HH", b, a) + bytes(16)
    pairs = {"IPv4": (b"\x08\0" + ipv4(a4, b4, 6, there), b"\x08\0" + ipv4(b4, a4, 6, back)),
             "UDP": (b"\x08\0" + ipv4(a4, b4, 17, there), b"\x08\0" + ipv4(b4, a4, 17, back)),
             "IPv6": (b"\x86\xdd" + ipv6(a6, b6, 6, there), b"\x86\xdd" + ipv6(b6, a6, 6, back))}
    for kind in ("IPv4", "IPv6"):
        pairs["one VLAN, " + kind] = [b"\x81\0\0\x07" + f for f in pairs[kind]]
        pairs["two VLANs, " + kind] = [b"\x88\xa8\0\x07\x81\0\0\x08" + f for f in pairs[kind]]
    pairs["fragments behind two VLANs"] = [
        b"\x88\xa8\0\x07\x81\0\0\x08\x08\0" + ipv4(a4, b4, 6, part, fragment)
        for part, fragment in ((there[:16], 0x2000), (there[:8], 2))]
    pairs["VLANs of its own each way"] = [b"\x81\0" + tag + f for tag, f in zip((b"\0\x07", b"\0\x08"), pairs["IPv4"])]
    inner = [bytes(12) + f for f in pairs["IPv4"]]
    port = [rng.randrange(30000, 60000) for _ in inner]  # of a tunnel's end, by the flow that it carries
    for name, number in (("VXLAN", 4789), ("VXLAN of old", 8472), ("VXLAN-GPE", 4790), ("Geneve", 6081), ("CAPWAP", 5247), ("GTP-U", 2152), ("Teredo", 3544)):
        pairs[name] = [b"\x08\0" + ipv4(a4, b4, 17, udp(p, number, bytes(8) + f)) for p, f in zip(port, inner)]
        pairs[name + " over IPv6"] = [b"\x86\xdd" + ipv6(a6, b6, 17, udp(p, number, bytes(8) + f)) for p, f in zip(port, inner)]
    pairs["GRE"] = [b"\x08\0" + ipv4(a4, rng.randbytes(4), 47, b"\0\0\x65\x58" + f) for f in inner]
    pairs["IP in IP"] = [b"\x08\0" + ipv4(a4, rng.randbytes(4), 4, f[2:]) for f in pairs["IPv4"]]
    pairs["6in4"] = [b"\x08\0" + ipv4(a4, rng.randbytes(4), 41, f[2:]) for f in pairs["IPv6"]]
    pairs["MPLS"] = [b"\x88\x47\0\0" + bytes([rng.randrange(1, 255)]) + b"1\x40" + f[2:] for f in pairs["IPv4"]]
    pairs["PPPoE"] = [b"\x88\x64\x11\0\0" + bytes([rng.randrange(1, 255)]) + b"\0\x40\0\x21" + f[2:] for f in pairs["IPv4"]]
    return pairs


def test_steering():
    """A flow has one lane, whatever is around it; lane 0 has the tunnels, whose outer headers tell nothing of the flow."""
    rng, flows = random.Random(7), 60
    run = Run("wa5", lanes=2, seconds=1)
    a = sender("wap5")
    kinds = []
    for i in range(flows):
        pairs = steered(rng)
        kinds = list(pairs)
        for k, pair_of in enumerate(pairs.values()):
            for f in pair_of:
                a.send(b"\xff" * 6 + bytes([2, 0, 0, 0, k, i]) + f)
    run.end()
    seen = {}
    for f in run.frames:
        seen.setdefault(f[5][10], {}).setdefault(f[5][11], []).append(f[0])
    for k, kind in enumerate(kinds):
        lanes = [set(of) for of in seen.get(k, {}).values()]
        whole = len(lanes) == flows and all(len(of) == 2 for of in seen[k].values())
        expect(whole and all(len(of) == 1 for of in lanes), "%s: a flow has one lane" % kind)
        on_first = sum(of == {0} for of in lanes)
        is_plain = kind in ("UDP", "VLANs of its own each way") or kind.endswith(("IPv4", "IPv6")) and "over" not in kind
        expect(flows // 5 < on_first < flows * 4 // 5 if is_plain else on_first == flows, "%s: %d of %d on the first lane" % (kind, on_first, flows))


def test_leaving():
    """Flows of which one direction leaves by the interface that is captured, and the other comes in."""
    rng, flows = random.Random(8), 40
    run = Run("wa5", lanes=2, seconds=1)
    ends = sender("wa5"), sender("wap5")
    kinds = []
    for i in range(flows):
        pairs = {k: v for k, v in steered(rng).items() if k in ("IPv4", "IPv6") or "VLAN, " in k or "VLANs, " in k}
        kinds = list(pairs)
        for k, pair_of in enumerate(pairs.values()):
            for end, f in zip(ends, pair_of):
                end.send(b"\xff" * 6 + bytes([2, 0, 0, 0, k, i]) + f)
    run.end()
    seen = {}
    for f in run.frames:
        seen.setdefault(f[5][10], {}).setdefault(f[5][11], []).append(f[0])
    for k, kind in enumerate(kinds):
        lanes = seen.get(k, {}).values()
        expect(len(lanes) == flows and all(len(of) == 2 and len(set(of)) == 1 for of in lanes), "%s: a flow has one lane" % kind)


def test_twins():
    """Two programs with one pid, in containers with the network of the host, do not take packets from each other."""
    runs = [Run("wa5", lanes=2, seconds=1, before=("unshare", "-p", "-f", "--kill-child")) for _ in range(2)]
    a = sender("wap5")
    for i in range(400):
        a.send(tcp(2 + i % 40, 1000 + i, 1, 443))
    for run in runs:
        run.end()
        numbers = {f[5][34:36] for f in run.frames}
        expect(len(run.frames) == len(numbers) == 400, "each has all packets (%d of 400)" % len(run.frames))
        expect(len({f[0] for f in run.frames}) == 2, "on both lanes")


def test_counters():
    """What the kernel counted and nobody got is lost by us, and told."""
    run = Run("wa5", seconds=1, filter="tcp", after=("more",))
    a = sender("wap5")
    for i in range(100):
        a.send(tcp(2, 1000 + i, 1, 443))
    run.end(own=3)
    expect(len(run.frames) == 100, "all packets are there (%d)" % len(run.frames))


def test_fragments():
    """With fanout the kernel puts fragments together first, so that they go where their flow goes."""
    run = Run("wa5", lanes=2, seconds=1)
    a = sender("wap5")
    for c in range(2, 22):
        whole = tcp(c, 3000, 1, 443, bytes(1000))[34:]
        for at, more in ((0, 0x2000), (512, 0)):
            part = whole[at:at + 512] if more else whole[at:]
            head = struct.pack(">BBHHHBBHBBBBBBBB", 0x45, 0, 20 + len(part), c, more | at // 8, 64, 6, 0, 10, 0, 0, c, 10, 0, 0, 1)
            total = sum(struct.unpack(">10H", head))
            total = (total & 0xFFFF) + (total >> 16)
            head = head[:10] + struct.pack(">H", 0xFFFF - total) + head[12:]
            a.send(b"\xff" * 6 + b"\x02\0\0\0\0\x05" + b"\x08\0" + head + part)
    run.end()
    expect(len(run.frames) == 20 and all(f[3] == 14 + 20 + 1020 for f in run.frames), "fragments come whole (%d)" % len(run.frames))


def test_filter():
    # Frames are on their way while the filter is set: those that it leaves out are neither read nor counted.
    flood = subprocess.Popen([sys.executable, "-c", "import socket\ns = socket.socket(17, 3)\ns.bind(('wap5', 0))\n"
                              "while True: s.send(bytes(12) + b'\\x88\\xb5' + bytes(50))"])
    run = Run("wa5", seconds=2, filter="tcp port 443")
    a = sender("wap5")
    for i in range(100):
        a.send(tcp(2, 1000 + i, 1, 443))
        a.send(tcp(2, 1000 + i, 1, 80))
    run.end()
    flood.kill()
    flood.wait()
    expect(run.stats[0]["received"] == 100 and len(run.frames) == 100, "only what the filter takes (%d)" % len(run.frames))


def test_doubles():
    ip("link", "set", "lo", "up")
    for interfaces, expression in (("lo", None), ("lo", "udp port 555"), ("any", "udp port 555"), ("any", None)):
        run = Run(interfaces, seconds=1, filter=expression)
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for _ in range(50):
            s.sendto(b"x", ("127.0.0.1", 555))
            if expression is not None:
                other.sendto(b"x", ("127.0.0.1", 556))
        run.end()
        n = [f for f in run.frames if b"\x02\x2b" in f[5]]
        expect(len(n) == 50, "%s, filter %s: each packet once (%d)" % (interfaces, expression, len(n)))
        expect(expression is None or len(run.frames) == 50, "and nothing else (%d)" % len(run.frames))


def test_long():
    pair("wd", 65535)
    run = Run("wd5", seconds=1)
    d = sender("wdp5")
    d.send(plain(1, 65535))
    vlan = bytes(12) + b"\x81\0\0\x05\x08\0" + tcp(2, 1, 3, 2)[14:]
    d.send(vlan)
    run.end()
    expect(run.frames[0][3:5] == (65535, 65535), "a super-frame comes whole %s" % (run.frames[0][3:5],))
    expect(run.frames[1][5][:54] == vlan[:54], "a VLAN tag is where it was")


class Bulk:
    """A TCP connection through NAME5 from another namespace, whose segments the offloads join."""

    SINK = """
import socket
s = socket.create_server(("10.5.0.2", 5))
print("ready", flush=True)
c = s.accept()[0]
while c.recv(1 << 20): pass
"""

    def __init__(self, name):
        self.there = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo up; exec sleep 60"], stdout=subprocess.PIPE, text=True)
        self.there.stdout.readline()
        inside = ["nsenter", "-t", str(self.there.pid), "-n"]
        ip("link", "set", name + "p5", "netns", str(self.there.pid))
        ip("addr", "add", "10.5.0.1/24", "dev", name + "5")
        subprocess.run([*inside, "ip", "addr", "add", "10.5.0.2/24", "dev", name + "p5"], check=True)
        subprocess.run([*inside, "ip", "link", "set", name + "p5", "up"], check=True)
        self.sink = subprocess.Popen([*inside, sys.executable, "-c", self.SINK], stdout=subprocess.PIPE, text=True)
        self.sink.stdout.readline()

    def send(self, n):
        s = socket.create_connection(("10.5.0.2", 5))
        s.sendall(bytes(n))
        s.close()
        self.sink.wait(timeout=10)

    def end(self):
        for p in (self.sink, self.there):
            p.kill()
            p.wait()


def test_offload():
    pair("we")
    bulk = Bulk("we")
    run = Run("we5", seconds=1, filter="tcp dst port 5")
    n = 5 << 20
    bulk.send(n)
    run.end()
    bulk.end()
    sent = sum(int.from_bytes(f[5][16:18], "big") - 20 - (f[5][46] >> 4) * 4 for f in run.frames)
    longest = max(f[3] for f in run.frames)
    expect(sent == n, "every byte of a connection, in super-frames (%d of %d)" % (sent, n))
    expect(longest > 10000 and all(f[3] == f[4] for f in run.frames), "which come whole (longest %d)" % longest)


def refuse(arguments, wanted, **kw):
    p = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=20, **kw)
    ok = p.returncode == 1 and all(w in p.stderr for w in wanted) and p.stderr.count("\n") == 1
    expect(ok, "%s: %s" % (" ".join(arguments), p.stderr.strip()))


def test_refusals():
    refuse(["nix5", "1", "1", "0", "0"], ["nix5: no such interface", "watch -D"])
    refuse(["wa5,nix5", "1", "1", "0", "0"], ["nix5: no such interface"])
    refuse(["wa5", "1", "1", "0", "0", "tcp port"], ["wa5: filter 'tcp port'", "pcap-filter"])
    ip("link", "set", "wb5", "down")
    refuse(["wb5", "1", "1", "0", "0"], ["wb5: the interface is down", "ip link set wb5 up"])
    ip("link", "set", "wb5", "up")
    refuse(["wa5", "1", "1", "0", "0"], ["wa5: no permission", "CAP_NET_RAW"], user="nobody", group="nogroup", extra_groups=[])


def inside():
    subprocess.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", shell=True, check=False)
    tests = [v for k, v in sorted(globals().items()) if k.startswith("test_")]
    order = ["test_order"] + [t.__name__ for t in tests if t.__name__ not in ("test_order", "test_refusals")] + ["test_refusals"]
    chosen = sys.argv[3:] or order
    for name in order:
        if name in chosen or name == "test_order":
            print(name)
            globals()[name]()
    print("live_capture: %s" % ("%d failed" % len(failed) if failed else "fine"))
    return 1 if failed else 0


def main():
    global PROGRAM
    if len(sys.argv) > 2 and sys.argv[1] == "--inside":
        PROGRAM = sys.argv[2]
        return inside()
    can = os.geteuid() == 0 and shutil.which("ip") and shutil.which("unshare")
    if not can or subprocess.run(["unshare", "-n", "ip", "link", "add", "wa5", "type", "veth", "peer", "name", "wap5"],
                                 capture_output=True, check=False).returncode != 0:
        print("skipped: needs root, ip and unshare, and virtual interfaces")
        return 77
    program = os.path.abspath(sys.argv[1])
    return subprocess.run(["unshare", "-n", sys.executable, os.path.abspath(__file__), "--inside", program, *sys.argv[2:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
