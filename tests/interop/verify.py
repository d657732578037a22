#!/usr/bin/env python3
"""verify.py TLSWIRE CHAIN_VERDICTS [INPUT...]: chains of real captures, judged here and by openssl.

Reads the corpus beside the checkout and pcaps/ (or the INPUTs) into a database, takes every distinct list of
certificates at the time of its first packet, and compares the verdicts with "openssl verify" on the
same list, time and store. Two stores: the system's, and one of every self-signed CA in the captures. Says
where they differ; what is known to differ, and who is right, is in explained(). Exits with 77 when the
corpus is not there.
"""
import base64
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
SYSTEM = "/etc/ssl/certs/ca-certificates.crt"
LEAST = 200

# X509_V_ERR_ numbers that say the same as a status. 2, 20, 21: no issuer; 18, 19: self-signed.
SAME = {
    "trusted": {0}, "missing-intermediate": {2, 20, 21}, "incomplete": {2, 20, 21},
    "untrusted-root": {2, 19, 20, 21}, "self-signed": {18}, "signature-invalid": {7},
    "constraint-violation": {25, 32, 46, 47, 48, 79}, "malformed": {"load"},
    "expired-leaf": {10}, "expired-intermediate": {10}, "expired-root": {10}, "not-yet-valid": {9},
}


def explained(ours, theirs, proven):
    """Who is right where the two differ for a reason that is known; None for a surprise. proven asks openssl
    about the path that was found here, alone."""
    if ours in ("trusted", "not-yet-valid", "expired-intermediate") and theirs in (7, 10, 19, 20):
        return "right here: another path than the one OpenSSL follows, which it accepts alone" if proven() else None
    if ours in ("incomplete", "missing-intermediate", "untrusted-root") and theirs == 7:
        return "right here: the issuer that OpenSSL takes has the name, but not the key"
    if ours in ("incomplete", "signature-invalid") and theirs == 18:
        return "right here: names itself as issuer, but its key does not verify it"
    if ours in ("signature-invalid", "malformed") and theirs in (2, 19, 20, 21):
        return "right here: OpenSSL stops at the issuer that it lacks, before signatures and extensions"
    if ours == "unverified":
        return "not judged here"
    return None


def pem_of(certs):
    out = []
    for der in certs:
        out.append("-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % base64.encodebytes(der).decode())
    return "".join(out)


def openssl(store, is_partial, leaf, untrusted, at):
    """The error number of the first error, 0, or "load"."""
    args = ["openssl", "verify", "-auth_level", "0", "-no-CApath", "-no-CAstore", "-CAfile", store]
    args += ["-no_check_time"] if at is None else ["-attime", str(at)]
    args += ["-partial_chain"] if is_partial else []
    args += ["-untrusted", untrusted] if untrusted else []
    p = subprocess.run(args + [leaf], capture_output=True, text=True)
    text = p.stdout + p.stderr
    found = re.search(r"^error (\d+) at \d+ depth", text, re.M)
    if found:
        return int(found.group(1))
    return 0 if p.returncode == 0 else "load"


def read(program, inputs, d):
    db = os.path.join(d, "c.db")
    p = subprocess.run([program, "read", "-q", "--recursive", "--db", db] + inputs, capture_output=True, text=True)
    if p.returncode not in (0, 2):
        sys.exit("verify: read failed (%d): %s" % (p.returncode, p.stderr[-2000:]))
    return sqlite3.connect(db)


def lists_of(db, d):
    """[(first packet's time, [certificate ids])], and a DER and a PEM file of each certificate."""
    der = dict(db.execute("SELECT id, der FROM certificate"))
    for key, data in der.items():
        open(os.path.join(d, "%d.der" % key), "wb").write(data)
        open(os.path.join(d, "%d.pem" % key), "w").write(pem_of([data]))
    times = {}
    for chain, first in db.execute("SELECT coalesce(server_chain_id, 0), min(first_us) FROM handshake GROUP BY 1"):
        times[chain] = first
    for chain, first in db.execute("SELECT coalesce(client_chain_id, 0), min(first_us) FROM handshake GROUP BY 1"):
        times.setdefault(chain, first)
    lists = []
    for chain, first in sorted(times.items()):
        ids = [r[0] for r in db.execute(
            "SELECT certificate_id FROM chain_entry WHERE chain_id = ? ORDER BY position", (chain,))]
        if ids:
            lists.append((first, ids))
    return lists, der


def bundle(path):
    """SHA-256 -> DER of every certificate in a PEM file."""
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END", open(path).read(), re.S)
    ders = [base64.b64decode(b) for b in blocks]
    return {hashlib.sha256(d).hexdigest(): d for d in ders}


class Comparison:
    def __init__(self, stores, lists, der, cas, d):
        self.stores, self.lists, self.der, self.d = stores, lists, der, d
        self.known = open(cas).read()
        self.by_sha = {hashlib.sha256(x).hexdigest(): x for x in der.values()}
        for path in stores.values():
            self.by_sha.update(bundle(path))
        self.totals, self.statuses, self.surprises = {}, {}, []

    def openssl(self, store, leaf, untrusted, when):
        name = os.path.join(self.d, "untrusted.pem")
        open(name, "w").write(untrusted)
        return openssl(self.stores[store], not store.startswith("public:"), leaf, name if untrusted else None, when)

    def is_proven(self, path, leaf, when, ours):
        ders = [self.by_sha[h] for h in path.split(",")]
        between, anchor = os.path.join(self.d, "between.pem"), os.path.join(self.d, "anchor.pem")
        open(between, "w").write(pem_of(ders[1:-1]))
        open(anchor, "w").write(pem_of(ders[-1:]))
        return openssl(anchor, True, leaf, between if ders[1:-1] else None, when) in SAME[ours]

    def row(self, line):
        number, store, sent, sent_path, _, repaired, repaired_path, _, reason, path = line.split("\t")
        at, ids = self.lists[int(number)]
        leaf = os.path.join(self.d, "%d.pem" % ids[0])
        pem = pem_of([self.der[i] for i in ids[1:]])
        for untrusted, ours, status, what in ((pem, sent_path, sent, "as sent"),
                                              (pem + self.known, repaired_path, repaired, "as repaired")):
            key = "%s %s" % (store, what)
            self.statuses.setdefault(key, {}).setdefault(status, []).append(number)
            for ours, when in ((ours, None), (status, at // 1000000)):
                theirs = self.openssl(store, leaf, untrusted, when)
                verdict = "same"
                if theirs not in SAME.get(ours, ()):
                    verdict = explained(ours, theirs, lambda: self.is_proven(path, leaf, when, ours)) or "DIFFERENT"
                # OpenSSL stops at the first error: a problem of time may hide another
                if verdict == "DIFFERENT" and when and theirs in (9, 10):
                    verdict = "OpenSSL names the time only"
                self.note(verdict, "%s, %s" % (what, "at its time" if when else "without time"),
                          "list %s (%s) %s" % (number, " ".join(map(str, ids)), store),
                          "here %s (%s), openssl %s" % (ours, reason, theirs))

    def note(self, verdict, key, where, what):
        row = self.totals.setdefault(key, {})
        row[verdict] = row.get(verdict, 0) + 1
        if verdict not in ("same", "OpenSSL names the time only"):
            self.surprises.append((verdict, "%s %s: %s" % (where, key, what)))


def compare(driver, stores, lists, der, cas, d):
    text = "".join("%d %s\n" % (at, " ".join(os.path.join(d, "%d.der" % i) for i in ids)) for at, ids in lists)
    args = [driver, "--give", cas] + ["%s=%s" % s for s in stores.items()]
    p = subprocess.run(args, input=text, capture_output=True, text=True)
    if p.returncode != 0:
        sys.exit("verify: %s" % p.stderr)
    c = Comparison(stores, lists, der, cas, d)
    for line in p.stdout.splitlines():
        c.row(line)
    return c


def main():
    program, driver = (os.path.abspath(p) for p in sys.argv[1:3])
    inputs = sys.argv[3:] or [CORPUS, os.path.join(ROOT, "pcaps")]
    if not all(os.path.exists(p) for p in inputs + [SYSTEM]):
        print("verify: skipped, no corpus beside this checkout, or no trust store")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as d:
        db = read(program, inputs, d)
        lists, der = lists_of(db, d)
        roots = [r[0] for r in db.execute("SELECT der FROM certificate WHERE is_self_signed = 1 AND is_ca = 1 ORDER BY id")]
        middles = [r[0] for r in db.execute("SELECT der FROM certificate WHERE is_ca = 1 ORDER BY id")]
        own, cas = os.path.join(d, "own.pem"), os.path.join(d, "cas.pem")
        open(own, "w").write(pem_of(roots))
        open(cas, "w").write(pem_of(middles))
        c = compare(driver, {"public:system": SYSTEM, "seen": own}, lists, der, cas, d)
    print("%d distinct lists, %d roots seen" % (len(lists), len(roots)))
    for key, row in sorted(c.statuses.items()):
        print("%-28s %s" % (key, ", ".join("%s %d" % (s, len(n)) for s, n in sorted(row.items(), key=lambda i: -len(i[1])))))
    for key, row in sorted(c.totals.items()):
        print("%-28s %s" % (key, ", ".join("%s %d" % i for i in sorted(row.items(), key=lambda i: -i[1]))))
    for verdict, line in c.surprises:
        print("%s: %s" % (verdict, line))
    if len(lists) < LEAST and len(sys.argv) == 3:
        sys.exit("verify: only %d lists" % len(lists))
    if any(v == "DIFFERENT" for v, _ in c.surprises):
        sys.exit("verify: verdicts differ")


main()
