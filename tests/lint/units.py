#!/usr/bin/env python3
"""The unit files: as safe as promised (systemd-analyze security, 2.0 or lower), and both alike."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"
MOST = 20  # tenths
# What an instance has of its own.
OWN = ("Description", "ConditionPathExists", "EnvironmentFile", "ExecStart", "StateDirectory", "WorkingDirectory")


def settings(path):
    """Lines in order: a later SystemCallFilter changes what an earlier one did."""
    lines = [l.strip() for l in path.read_text().splitlines()]
    return [l for l in lines if l and not l.startswith("#") and l.split("=")[0] not in OWN]


def exposure(unit, name):
    """The last line is '-> Overall exposure level for NAME: 1.6 OK'."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / name
        shutil.copyfile(unit, copy)
        done = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=%d" % MOST,
                               str(copy)], capture_output=True, text=True)
    last = (done.stdout.strip().splitlines() or [done.stderr.strip()])[-1]
    return done.returncode == 0, last


def main():
    one, many = PACKAGING / "tlswire.service", PACKAGING / "tlswire@.service"
    bad = ["%s: only in one of the two units" % l for l in sorted(set(settings(one)) ^ set(settings(many)))]
    if not bad and settings(one) != settings(many):
        bad.append("the two units have the same settings in another order")
    print("\n".join(bad) if bad else "units: alike")
    if bad:
        return 1
    if shutil.which("systemd-analyze") is None:
        print("skipped: systemd-analyze is not installed, so nothing rates the units")
        return 77
    for unit, name in ((one, one.name), (many, "tlswire@eth0.service")):
        fine, last = exposure(unit, name)
        print(last)
        if not fine:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
