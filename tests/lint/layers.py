#!/usr/bin/env python3
"""Checks the include table of docs/architecture.md, file length, and mistakes that a grep can find."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAY = {
    "base": "", "iana": "base", "model": "base iana", "capture": "base", "packet": "base",
    "flow": "base packet", "crypto": "base", "dissectors": "base iana model crypto",
    "attempt": "base iana packet flow model", "x509": "base iana model crypto",
    "proof": "base iana model crypto", "fingerprint": "base iana model crypto", "appid": "base packet",
    "policy": "base model", "history": "base model", "rules": "base iana model history policy",
    "findings": "base model history policy", "store": "base iana model",
    "report": "base iana model store", "export": "base iana model store", "sandbox": "base",
    "engine": "*", "cli": "base engine store report export policy sandbox rules",
}
OWNS = {"xxhash": "base", "mimalloc": "base", "pcap": "capture", "zlib": "capture", "zstd": "capture",
        "openssl/": "crypto x509 proof", "gmp": "proof", "libpsl": "x509", "jansson": "x509", "ndpi": "appid", "sqlite3": "store",
        "cyaml/": "policy", "yaml.h": "policy", "seccomp": "sandbox", "cap-ng": "sandbox"}
BANNED = ((re.compile(r"\b(malloc|calloc|realloc|strdup|free|strcpy|strcat|sprintf|atoi|alloca)\s*\("), {"base"}),
          (re.compile(r"\b(printf|puts|fputs|fprintf)\s*\("), {"base", "cli", "report"}),
          (re.compile(r"\btime\s*\(\s*(NULL|0)\s*\)"), set()))


def check(path, say):
    parts = path.relative_to(ROOT).parts
    layer = parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]
    if layer not in MAY:
        return
    lines = path.read_text().splitlines()
    if len(lines) > 600 and path.name != "tables.c":
        say(path, 0, "%d lines, more than 600" % len(lines))
    for number, line in enumerate(lines, 1):
        own = re.match(r'\s*#include "([^"/]+)/', line)
        if own and own.group(1) != layer and MAY[layer] != "*" and own.group(1) not in MAY[layer].split():
            say(path, number, "%s may not include %s" % (layer, own.group(1)))
        system = re.match(r"\s*#include <([^>]+)>", line)
        for name, folders in OWNS.items():
            if system and system.group(1).startswith(name) and layer not in folders.split():
                say(path, number, "<%s> belongs to %s" % (system.group(1), folders))
        code = re.sub(r'"(\\.|[^"\\])*"|//.*|/\*.*?\*/', "", line)
        for pattern, allowed in BANNED:
            if pattern.search(code) and layer not in allowed:
                say(path, number, "%s is not for %s" % (pattern.search(code).group(0), layer))
        if layer == "dissectors" and re.search(r"\bmem(cpy|move)\s*\(", code):
            say(path, number, "no memcpy in dissectors")


def check_lists(say):
    for def_file, pattern, folder in (("src/rules/rules.def", r"RULE\((\w+)\)", "src/rules"),
                                      ("dissectors/dissectors.def", r"DISSECTOR\((\w+)\)", "dissectors")):
        path = ROOT / def_file
        if not path.exists():
            continue
        listed = re.findall(pattern, path.read_text())
        if listed != sorted(listed):
            say(path, 0, "not sorted")
        kind = "rule" if "rules" in folder else "dissector"
        for source in sorted((ROOT / folder).rglob("*.c")):
            for name in re.findall(r"^const struct %s %s_(\w+)" % (kind, kind), source.read_text(), re.M):
                if name not in listed:
                    say(source, 0, "%s_%s is not listed in %s" % (kind, name, def_file))


def check_thresholds(say):
    """A number that a policy may set, and that nothing asks for, would be a promise."""
    path = ROOT / "src/policy/thresholds.def"
    if not path.exists():
        return
    used = set()
    for source in (ROOT / "src").rglob("*.[ch]"):
        if source.parent.name != "policy":
            used.update(re.findall(r"\bTHRESHOLD_(\w+)", source.read_text()))
    for name in re.findall(r"^THRESHOLD\((\w+)", path.read_text(), re.M):
        if name not in used:
            say(path, 0, "%s is used nowhere" % name)


def main():
    found = []
    say = lambda path, line, text: found.append("%s:%d: %s" % (path.relative_to(ROOT), line, text))
    for folder in ("src", "dissectors"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            check(path, say)
    check_lists(say)
    check_thresholds(say)
    print("\n".join(found) if found else "layers: fine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
