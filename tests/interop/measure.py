#!/usr/bin/env python3
"""measure.py DIR: what the ends of TLS 1.3 handshakes look like on the wire, per stack.

DIR is what matrix.py --keep left. Prints the tables of docs/tls13-endings.md: lengths of the records that the
client sends behind the ServerHello, and how the connection ends, for each stack and scenario. Nothing of tlswire
is used here: the records are read from the packets by this script.
"""
import collections
import json
import os
import struct
import sys

FIN, RST = 1, 4
SHOWN = {"ok": "request and answer", "ok-close": "closes at once", "resume": "resumed", "ok-mtls": "certificate accepted",
         "untrusted": "issuer unknown to the client", "expired": "certificate expired", "name": "name does not match",
         "mtls-missing": "no client certificate", "mtls-untrusted": "client certificate refused"}
BY_CLIENT = ("ok", "ok-close", "ok-mtls", "untrusted", "expired", "name", "mtls-missing")
BY_SERVER = ("ok", "resume", "ok-mtls", "mtls-missing", "mtls-untrusted")


def packets(path):
    data = open(path, "rb").read()
    at = 24
    while at + 16 <= len(data):
        seconds, micro, n, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + n]
        at += 16 + n
        if len(frame) >= 54 and frame[12:14] == b"\x08\x00" and frame[23] == 6:
            yield seconds + micro / 1e6, frame


def connections(path):
    """[(start, client port, server port, [(side, sequence, flags, payload)])]"""
    found, order = {}, []
    for t, frame in packets(path):
        tcp = 14 + (frame[14] & 15) * 4
        sport, dport, seq = struct.unpack_from(">HHI", frame, tcp)
        size = struct.unpack_from(">H", frame, 16)[0] - (tcp - 14) - (frame[tcp + 12] >> 4) * 4
        begin = tcp + (frame[tcp + 12] >> 4) * 4
        flags = frame[tcp + 13]
        if flags & 2 and not flags & 16:
            found[sport, dport] = (t, sport, dport, [])
            order.append(found[sport, dport])
        for key, side in (((sport, dport), "c"), ((dport, sport), "s")):
            if key in found:
                found[key][3].append((side, seq, flags, frame[begin:begin + size]))
                break
    return order


def records(conn):
    """[(side, type, length, first bytes)] in the order in which they were completed, with ends as type fin or rst."""
    buffers, nexts, out = {"c": b"", "s": b""}, {}, []
    for side, seq, flags, payload in conn[3]:
        if flags & 2:
            nexts[side] = seq + 1 & 0xffffffff
            continue
        if payload and seq == nexts.get(side):
            nexts[side] = seq + len(payload) & 0xffffffff
            buffers[side] += payload
            while len(buffers[side]) >= 5:
                n = struct.unpack_from(">H", buffers[side], 3)[0]
                if len(buffers[side]) < 5 + n:
                    break
                out.append((side, buffers[side][0], n, buffers[side][5:5 + n]))
                buffers[side] = buffers[side][5 + n:]
        if flags & (FIN | RST):
            out.append((side, "RST" if flags & RST else "FIN", 0, b""))
    return out


def behind_hello(rows):
    """The rows behind the (last) ServerHello of TLS 1.3, else None; and its cipher suite."""
    last = None
    for i, (side, kind, _, body) in enumerate(rows):
        if side == "s" and kind == 22 and body[:1] == b"\x02" and b"\x00\x2b\x00\x02\x03\x04" in body:
            last = i
    if last is None:
        return None, None
    body = rows[last][3]
    at = 38 + 1 + body[38]
    return rows[last + 1:], struct.unpack_from(">H", body, at)[0]


def word(kind, n, body):
    if kind == 20:
        return "CCS"
    if kind == 21:
        return "**clear alert %d**" % body[1]
    return str(n) if kind == 23 else str(kind)


def first_end(rows):
    for side, kind, _, _ in rows:
        if isinstance(kind, str):
            return "%s by the %s" % (kind, "client" if side == "c" else "server")
    return "open"


def client_side(rows):
    """What the client sends up to its own end, without its CCS."""
    out = []
    for side, kind, n, body in rows:
        if side == "c" and isinstance(kind, str):
            break
        if side == "c" and kind != 20:
            out.append(word(kind, n, body))
    return ", ".join(out[:5] + ["..."] * (len(out) > 5)) or "nothing"


def server_side(rows):
    """What the server sends from the client's first protected record on."""
    out, begun = [], False
    for side, kind, n, body in rows:
        begun |= side == "c" and kind in (21, 23)
        if begun and side == "s" and isinstance(kind, str):
            break
        if begun and side == "s":
            out.append(word(kind, n, body))
    return ", ".join(out[:5] + ["..."] * (len(out) > 5)) or "nothing"


def table(title, cells, scenarios, role):
    """One line per stack and situation, of the suites with SHA-256 where there are such, else SHA-384."""
    print("\n### %s\n\n| Stack | Situation | Records | First end | Handshakes |\n| --- | --- | --- | --- | --- |" % title)
    for stack in sorted({c[role] for c in cells}):
        for scenario in scenarios:
            mine = [c for c in cells if c[role] == stack and c["scenario"] == scenario]
            short = [c for c in mine if c["suite"] != 0x1302] or mine
            seen = collections.Counter((client_side if role == "client" else server_side)(c["rows"]) for c in short)
            ends = collections.Counter(first_end(c["rows"]) for c in mine)
            if mine:
                print("| %s | %s | %s | %s | %d |" % (stack, SHOWN[scenario], "; or ".join(t for t, _ in seen.most_common(3)),
                                                       ", ".join(e for e, _ in ends.most_common()), len(mine)))


def main():
    folder = sys.argv[1]
    by_file, cells = {}, []
    for line in open(os.path.join(folder, "truth.jsonl"), encoding="utf-8"):
        cell = json.loads(line)
        path = os.path.join(folder, os.path.basename(cell["pcap"]))
        if path not in by_file:
            by_file[path] = connections(path)
        if cell["version"] != "1.3" or cell["scenario"] not in SHOWN:
            continue
        for conn in by_file[path]:
            if conn[2] == cell["port"] and cell["begin"] - 0.01 <= conn[0] <= cell["end"]:
                rows, suite = behind_hello(records(conn))
                if rows is not None:
                    cells.append(dict(cell, rows=rows, suite=suite))
    table("Clients", [c for c in cells if c["client"] != "peer"], BY_CLIENT, "client")
    table("Servers", [c for c in cells if c["server"] != "peer"], BY_SERVER, "server")


main()
