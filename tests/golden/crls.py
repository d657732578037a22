#!/usr/bin/env python3
"""crls.py TLSWIRE: what the program says of CRLs that it could not use, or that are not of that time."""
import base64
import os
import sqlite3
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PCAPS = os.path.join(ROOT, "pcaps")
LISTED, GOOD, ALONE = "revoked-crl-openssl.pcap", "chain-order-openssl.pcap", "chain-missing-alone-openssl.pcap"
# test.crl is of 2026-11-25 to 2026-12-26, and lists the certificate of LISTED since 2026-11-24.
PASS, HIT, UNDETERMINED = range(3)
STALE, EARLY = ["--at", "2027-01-15T00:00:00Z"], ["--at", "2026-11-24T18:00:00Z"]


def main():
    program, failures = os.path.abspath(sys.argv[1]), 0
    crl = os.path.join(PCAPS, "test.crl")
    pem = open(crl).read().split("-----")
    der = bytearray(base64.b64decode(pem[2]))
    der[-1] ^= 1
    with tempfile.TemporaryDirectory() as d:
        spoiled = os.path.join(d, "spoiled.crl")
        open(spoiled, "wb").write(der)

        def look(capture, file, options, column, shown, found, reported=None):
            nonlocal failures
            db = os.path.join(d, "x.db")
            for end in ("", "-wal", "-shm"):
                if os.path.exists(db + end):
                    os.unlink(db + end)

            def run(*arguments):
                return subprocess.run([program, *arguments, "--db", db], capture_output=True, text=True, check=True).stdout
            run("read", "--trust", "example=" + os.path.join(PCAPS, "trust.pem"), "--crl", file, *options, os.path.join(PCAPS, capture))
            connection = sqlite3.connect(db)
            leaf, = connection.execute("SELECT lower(hex(c.sha256)) FROM revocation r JOIN certificate c ON c.id = r.certificate_id "
                                       "WHERE r.channel = 'crl'").fetchone() or ("",)
            counts = connection.execute("SELECT sum(pass), sum(hit), sum(undetermined) FROM rule_count "
                                        "WHERE rule = 'revoked-cert-in-use'").fetchone()
            connection.close()
            what = "%s %s %s" % (capture, os.path.basename(file), " ".join(options))
            for text, words in ((run("certs", "--format", "csv"), column), (run("show", "cert", leaf), shown), (run("report"), reported)):
                if words is not None and words not in text:
                    failures += 1
                    print("%s: no %r in:\n%s" % (what, words, text))
            if counts != (found == PASS, found == HIT, found == UNDETERMINED):
                failures += 1
                print("%s: revoked-cert-in-use: %s" % (what, counts))
        look(LISTED, crl, [], "crl=revoked", "crl: revoked since 2026-11-24", HIT)
        look(LISTED, crl, STALE, "crl=revoked", "crl: revoked since 2026-11-24", HIT)
        look(LISTED, crl, EARLY, "crl=revoked", "crl: revoked since 2026-11-24", HIT)
        look(GOOD, crl, [], "crl=not-listed,", "crl: not listed, signature valid", PASS)
        look(GOOD, crl, STALE, "crl=not-listed-stale,", "crl: not listed in a CRL that was stale since 2026-12-26", UNDETERMINED)
        look(GOOD, crl, EARLY, "crl=not-listed-later,", "crl: not listed in a CRL that was issued later", PASS)
        look(LISTED, spoiled, [], "crl=no-answer(invalid)", "signature invalid (the CRL's signature does not verify)", UNDETERMINED,
             "spoiled.crl, of CN=tlswire Test Intermediate: the CRL's signature does not verify")
        look(ALONE, crl, [], "crl=no-answer(unverified)", "the issuer's certificate was not sent", UNDETERMINED,
             "test.crl, of CN=tlswire Test Intermediate: the issuer's certificate was not sent")
    sys.exit(1 if failures else 0)


main()
