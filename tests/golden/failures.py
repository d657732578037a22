#!/usr/bin/env python3
"""failures.py TLSWIRE: an hour of one service, made from two captures of real stacks: an attempt every two
seconds, of which every second one is refused by the client from minute 20 to minute 40.

What is found, when, and how often; the same with two workers, and with the hour cut in two files that
are read in one run or in two.
"""
import json
import os
import sqlite3
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MINUTE = 60 * 1000000
RUN_TABLES = {"run", "counter", "data_file", "input"}
WINDOW_RULES = {"ops-success-rate-low", "ops-burn-rate", "ops-regression"}
failures = 0


def say(text):
    global failures
    failures += 1
    print("failures: " + text)


def packets(name):
    """Time after the first packet, side (0 client) and frame of each packet of the first connection."""
    data = open(os.path.join(ROOT, "pcaps", name), "rb").read()
    at, found, client, begin = 24, [], None, 0
    while at + 16 <= len(data):
        sec, usec, length, _ = struct.unpack_from("<IIII", data, at)
        frame = bytearray(data[at + 16:at + 16 + length])
        at += 16 + length
        us = sec * 1000000 + usec
        if client is None:
            client, begin = bytes(frame[26:30]) + bytes(frame[34:36]), us
        found.append((us - begin, 0 if bytes(frame[26:30]) + bytes(frame[34:36]) == client else 1, frame))
    return begin, found


def hello_random(frame):
    """Where the random of a hello stands in the frame; None when none begins in it."""
    payload = 34 + (frame[46] >> 4) * 4
    if len(frame) > payload + 43 and frame[payload] == 22 and frame[payload + 5] in (1, 2):
        return payload + 11
    return None


def attempt(template, number, us):
    """The connection again, from another client and port and with other randoms."""
    for offset, side, frame in template:
        f = bytearray(frame)
        address, port = (26, 34) if side == 0 else (30, 36)
        f[address + 2:address + 4] = struct.pack(">H", 256 + number % 250)
        f[port:port + 2] = struct.pack(">H", 20000 + number)
        at = hello_random(f)
        if at is not None:
            f[at:at + 4] = struct.pack(">I", number * 2 + side)
        yield us + offset, bytes(f)


def write(path, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for us, frame in frames:
            out.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(frame), len(frame)) + frame)


def make(directory):
    begin, good = packets("tls12-ecdhe-rsa-openssl.pcap")
    _, bad = packets("unknown-ca-openssl.pcap")
    start = (begin // (60 * MINUTE) + 1) * 60 * MINUTE
    halves = [[], []]
    for number in range(1800):
        minute = number // 30
        template = bad if 20 <= minute < 40 and number % 2 else good
        halves[minute >= 30] += attempt(template, number, start + number * 2000000)
    names = [os.path.join(directory, "hour-%d.pcap" % i) for i in (1, 2)]
    for name, frames in zip(names, halves):
        write(name, frames)
    whole = os.path.join(directory, "whole.pcap")
    write(whole, halves[0] + halves[1])
    return start, whole, names


def read(program, db, *arguments):
    """Without signatures: the randoms are ours."""
    trust = "example=" + os.path.join(ROOT, "pcaps", "trust.pem")
    done = subprocess.run([program, "read", "--db", db, "--trust", trust, "--verify", "off", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        say("%s: exit %d: %s" % (" ".join(arguments), done.returncode, done.stderr.strip()))


def rows(db, sql):
    return sqlite3.connect(db).execute(sql).fetchall()


def dump(db):
    tables = [r[0] for r in rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {t: sorted(map(repr, rows(db, "SELECT * FROM " + t))) for t in tables if t not in RUN_TABLES}


FINDINGS = "SELECT defect, subject, first_us, last_us, count, summary FROM finding ORDER BY first_us, defect"


def check_findings(start, db):
    """Minutes after the start: of a window, when the minute began that was judged."""
    found = {}
    for defect, subject, first, last, _, _ in rows(db, FINDINGS):
        if defect in WINDOW_RULES:
            found.setdefault(defect, []).append(((first - start) / MINUTE, (last - start) / MINUTE))
    # 15 of 150 attempts failed in the five minutes up to minute 20; minute 43 is the last whose five
    # minutes have failures. The budget is judged when half an hour was seen: with the end of minute
    # 29. The new certificate comes at minute 20; the 30 attempts since then, of which half failed, are
    # enough beside the 600 before it.
    want = {"ops-success-rate-low": [(20, 43)], "ops-burn-rate": [(29, 43)], "ops-regression": [(20, 59)]}
    if found != want:
        say("found %s, expected %s" % (found, want))
    # One handshake many times: what repeats in it, and its clock, are of the making.
    loud = rows(db, "SELECT DISTINCT defect FROM finding WHERE severity >= 2 AND defect NOT GLOB 'entropy-*' AND "
                    "defect NOT IN ('kex-share-reuse', 'ops-time-skew-client', 'ops-time-skew-server') ORDER BY defect")
    if [d[0] for d in loud] != sorted(WINDOW_RULES | {"interop-fatal-alert"}):
        say("defects above low: %s" % loud)
    series = rows(db, "SELECT e.window_from_us, e.window_to_us, e.count, e.total FROM evidence e JOIN finding f "
                      "ON f.id = e.finding_id WHERE f.defect = 'ops-success-rate-low' ORDER BY e.position LIMIT 1")
    if series != [(start + 16 * MINUTE, start + 21 * MINUTE, 15, 150)]:
        say("the first window is %s" % series)


def check_metrics(program, start, db):
    done = subprocess.run([program, "metrics", "--db", db, "--step", "1m", "--format", "jsonl"], capture_output=True, text=True)
    got = [json.loads(line) for line in done.stdout.splitlines()]
    rates = [r["success_rate"] for r in got]
    if rates != [1] * 20 + [0.5] * 20 + [1] * 20 or {r["attempts"] for r in got} != {30}:
        say("metrics by minute: %s" % rates)
    done = subprocess.run([program, "metrics", "--db", db, "--step", "1h", "--format", "csv"], capture_output=True, text=True)
    if len(done.stdout.splitlines()) != 2 or ",1800,300,0.833333,0.833333," not in done.stdout:
        say("metrics by hour: %s" % done.stdout)


def compare(what, a, b, tables=None):
    for table in tables or a:
        if a[table] != b[table]:
            say("%s: table %s differs" % (what, table))


def windows(db):
    return [r[:4] + r[5:] for r in rows(db, FINDINGS) if r[0] in WINDOW_RULES]


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        db = {n: os.path.join(directory, n + ".db") for n in ("one", "two", "run", "runs")}
        start, whole, halves = make(directory)
        read(program, db["one"], "--threads", "1", whole)
        read(program, db["two"], "--threads", "2", whole)
        read(program, db["run"], *halves)
        for half in halves:
            read(program, db["runs"], half)
        check_findings(start, db["one"])
        check_metrics(program, start, db["one"])
        compare("two workers", dump(db["one"]), dump(db["two"]))
        for split in ("run", "runs"):
            compare("split in two, " + split, dump(db["one"]), dump(db[split]), ["metric_minute"])
            if windows(db["one"]) != windows(db[split]):
                say("split in two, %s: windows %s, not %s" % (split, windows(db[split]), windows(db["one"])))
        before = dump(db["one"])
        read(program, db["one"], "--again", whole)
        compare("--again", before, dump(db["one"]), ["metric_minute", "finding"])
    print("failures: %s" % ("fine" if failures == 0 else "%d differences" % failures))
    sys.exit(failures != 0)


main()
