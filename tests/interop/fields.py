#!/usr/bin/env python3
"""fields.py TLSWIRE [DIR...]: what hellos and the server's first flight say is what tshark reads in them.

Reads the captures of DIR (default: pcaps/ and, when it is beside the checkout, the corpus) with both and compares
every field of client_offer and server_choice, what handshake tells of the ClientHello, and JA4, computed here from
tshark's fields. tlswire keeps one message of a kind and connection: one of those that tshark saw there. What tshark
4.0 does not dissect is read here from the bytes of the extension. Exits with 77 (skipped) without tshark.
"""
import collections
import hashlib
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OPTIONS = ["-o", "tcp.reassemble_out_of_order:TRUE", "-o", "tcp.desegment_tcp_streams:TRUE"]
OPTIONS += [word for port in (80, 3389, 6667, 8080) for word in ("-d", "tcp.port==%d,tls" % port)]
TEXTS = ("_str", "server_name", "session_id", "random", "hint")  # how the names of values that are no numbers end
HRR_RANDOM = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"  # RFC 8446 4.1.3
SENTINELS = {"444f574e47524401": (1,), "444f574e47524400": (2,)}

# Column: the extensions that tell it, and tshark's name of its values in there.
OFFER = {
    "supported_versions": ((43,), "extensions.supported_version"), "supported_groups": ((10,), "extensions_supported_group"),
    "ec_point_formats": ((11,), "extensions_ec_point_format"), "signature_algorithms": ((13,), "sig_hash_alg"),
    "signature_algorithms_cert": ((50,), "sig_hash_alg"), "delegated_credential": ((34,), "sig_hash_alg"),
    "key_share_groups": ((51, 40), "extensions_key_share_group"),
    "key_share_lengths": ((51, 40), "extensions_key_share_key_exchange_length"),
    "alpn": ((16,), "extensions_alpn_str"), "application_settings": ((17513,), "extensions_alps_alpn_str"),
    "psk_key_exchange_modes": ((45,), "tls.extension.psk_ke_mode"), "heartbeat": ((15,), "extension.heartbeat.mode"),
    "compress_certificate": ((27,), "tls.compress_certificate.algorithm"),
    "status_request": ((5,), "extensions_status_request_type"), "status_request_v2": ((17,), "extensions_status_request_type"),
    "record_size_limit": ((28,), "tls.record_size_limit"), "max_fragment_length": ((1,), "max_fragment_length"),
    "client_certificate_types": ((19,), "cert_type.type"), "server_certificate_types": ((20,), "cert_type.type"),
}
CHOICE = {k: OFFER[k] for k in ("alpn", "ec_point_formats", "record_size_limit", "max_fragment_length", "heartbeat")}
CHOICE.update(key_group=OFFER["key_share_groups"], key_share_length=OFFER["key_share_lengths"],
              psk_index=((41,), "extensions.psk.identity.selected"))
# Handshake type: its name, and the column that is NULL without it.
FLIGHT = {12: ("key exchange", "key_exchange"), 13: ("request", "request_authorities"),
          22: ("status", "certificate_status"), 4: ("ticket", "ticket_lifetime_s")}
# Bytes of each value in the lists of a row, where they are not two; 0: a text.
WIDTHS = {"compression": 1, "ec_point_formats": 1, "psk_key_exchange_modes": 1, "status_request_v2": 1, "certificate_types": 1,
          "client_certificate_types": 1, "server_certificate_types": 1, "sslv2_kinds": 3, "sni": 0, "psk_hint": 0}

FROM = """, i.path, h.client_port, h.server_port FROM handshake h JOIN input i ON i.id = h.id >> 32
    LEFT JOIN label ja4 ON ja4.id = h.ja4_id LEFT JOIN name sni ON sni.id = h.sni_id"""
OFFERS = """SELECT o.*, h.session_id_length, h.ticket_length, h.psk_identities, h.psk_identity_length, h.ech_config_id, h.ech_enc_length,
    h.ech_payload_length, nullif(h.flags & 16384, 0) / 16384 AS early_data, ja4.value AS ja4, sni.value AS sni""" + FROM + " JOIN client_offer o ON o.id = h.client_offer_id"
CHOICES = "SELECT c.*" + FROM + " JOIN server_choice c ON c.id = h.server_choice_id"

# Where tshark is wrong: end of the path, field, why.
KNOWN = [("ndpi/tls_cipher_lens.pcap", "cipher_suites", "133 bytes hold 66 suites; tshark reads a 67th across the end")]


def captures(dirs):
    found = [os.path.join(folder, name) for top in dirs for folder, _, names in os.walk(top) for name in names]
    return sorted(path for path in found if path.split(".")[-1] in ("pcap", "pcapng", "cap", "gz"))


def child(node, name):
    return next((f for f in node if f.get("name", "").removeprefix("tls.handshake.") == name), None)


def values(node, name):
    found = [f.get("value", "") for f in node.iter("field") if f.get("name", "").removeprefix("tls.handshake.") == name]
    return tuple(bytes.fromhex(v) if name.endswith(TEXTS) else int(v or "0", 16) for v in found)


def extensions(message, table):
    """The types in their order, the first extension of each type, and what they tell for the columns of table."""
    each = [(values(f, "extension.type")[0], f) for f in message if child(f, "extension.type") is not None]
    first = dict(reversed(each))
    absent = xml.etree.ElementTree.Element("field")
    told = {c: values(next((first[t] for t in types if t in first), absent), name) for c, (types, name) in table.items()}
    return tuple(t for t, _ in each), first, told


def client_hello(m, record):
    order, exts, told = extensions(m, OFFER)
    body = {t: bytes.fromhex(f.get("value"))[4:] for t, f in exts.items()}
    sizes = values(m, "extensions.psk.identity.identity_length")
    told.update(record_version=record, extension_types=order, legacy_version=values(m, "version"),
                cipher_suites=values(m, "ciphersuite"), compression=values(m, "comp_method"),
                session_id_length=values(m, "session_id_length"), early_data=(1,) if 42 in exts else (),
                ticket_length=(len(body[35]),) if 35 in exts else (), psk_identity_length=sizes[:1],
                psk_identities=(len(sizes),) if sizes else (), session_id=values(m, "session_id"),
                sni=values(m, "extensions_server_name")[:1] or ((b"",) if 0 in exts else ()))
    if 0xfe0d in exts:
        outer = struct.unpack_from(">xHHBH", body[0xfe0d])  # RFC 9849 5: type, suite, config id, enc, payload
        outer += struct.unpack_from(">H", body[0xfe0d], 8 + outer[-1])
        told.update(zip(("ech_kdf", "ech_aead", "ech_config_id", "ech_enc_length", "ech_payload_length"), ((v,) for v in outer)))
    if 17613 in exts:  # ALPS under its second number
        told["application_settings"] = names_of(body[17613][2:])
    return {**told, "ja4": (ja4(told),)}


def ja4(told):
    """FoxIO's published description, for TCP."""
    def plain(field):
        return [v for v in told[field] if v & 0x0f0f != 0x0a0a or v >> 8 != v & 255]

    def sha(*lists):
        text = "_".join(",".join("%04x" % v for v in part) for part in lists if part)
        return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12

    suites, types = plain("cipher_suites"), plain("extension_types")
    version = max(plain("supported_versions") or told["legacy_version"] or [0])
    version = {0x304: "13", 0x303: "12", 0x302: "11", 0x301: "10", 0x300: "s3", 2: "s2"}.get(version, "00")
    name = told["alpn"][0] if told["alpn"] else b""
    ends = (name[:1] + name[-1:]).decode("latin-1")
    if not (ends.isascii() and ends.isalnum()):
        ends = name.hex()[:1] + name.hex()[-1:] or "00"
    counts = "d" if 0 in types else "i", min(len(suites), 99), min(len(types), 99)
    hashes = sha(sorted(suites)), sha(sorted(t for t in types if t not in (0, 16)), plain("signature_algorithms"))
    return "t%s%s%02d%02d%s_%s_%s" % (version, *counts, ends, *hashes)


def server_hello(m, record):
    order, exts, told = extensions(m, CHOICE)
    random, legacy = b"".join(values(m, "random")).hex(), values(m, "version")
    told.update(record_version=record, legacy_version=legacy, extension_types=order, cipher=values(m, "ciphersuite"),
                version=values(m, "extensions.supported_version") or legacy, compression=values(m, "comp_method") or (0,),
                session_id=values(m, "session_id"), downgrade=SENTINELS.get(random[48:], ()))
    return told if random != HRR_RANDOM else None


def flight(kind, m):
    """None for what tshark does not dissect: SRP, and PSK with a key exchange."""
    if kind == 12:
        ways = ((2, "server_curve_type"), (1, "p_len"), (3, "modulus_len"), (4, "hint_len"))
        way = tuple(k for k, name in ways if values(m, name))[:1]
        return {"key_exchange": way, "curve_type": values(m, "server_curve_type"), "key_group": values(m, "server_named_curve"),
                "signature_scheme": values(m, "sig_hash_alg"), "dh_bits": tuple(8 * n for n in values(m, "p_len")),
                "psk_hint": tuple(hint for hint in values(m, "hint") if hint)} if way else None
    if kind == 13:
        return {"certificate_types": values(m, "cert_type"), "request_schemes": values(m, "sig_hash_alg"),
                "request_authorities": (len(values(m, "dname_len")),)}
    if kind == 22:
        return {"certificate_status": values(m, "extensions_status_request_type"), "ocsp_responses": (len(values(m, "ocsp_response_len")),)}
    return {"ticket_lifetime_s": tuple(int.from_bytes(v, "big") for v in values(m, "session_ticket_lifetime_hint"))}


def messages(tls):
    """(side, kind, told) of what is in clear."""
    for record in (f for f in tls.iter("field") if f.get("name") == "tls.record" and child(f, "tls.record.opaque_type") is None):
        version = values(record, "tls.record.version")[:1]
        if child(record, "cipher_spec_len") is not None:
            yield *((0, "sslv2 hello") if values(record, "type") == (1,) else (1, "sslv2 answer")), {
                "legacy_version": values(record, "version"), "sslv2_kinds": values(record, "cipherspec")}
        for m in (m for m in record.iter("field") if m.get("name") == "tls.handshake" and child(m, "type") is not None):
            kind = values(m, "type")[0]
            if kind in (1, 2):
                yield kind - 1, ("client hello", "server hello")[kind - 1], (client_hello, server_hello)[kind - 1](m, version)
            elif kind in FLIGHT:
                yield 1, FLIGHT[kind][0], flight(kind, m)


def of_tshark(path):
    """{(client port, server port): {kind: messages}} of TCP connections."""
    command = ["tshark", "-r", path, "-Y", "tcp && tls.handshake.type", "-T", "pdml", "-J", "tcp tls"] + OPTIONS
    seen = collections.defaultdict(lambda: collections.defaultdict(list))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        for _, packet in xml.etree.ElementTree.iterparse(process.stdout):
            ports = ()
            for proto in packet.findall("proto") if packet.tag == "packet" else ():
                if proto.get("name") == "tcp":
                    ports = values(proto, "tcp.srcport") + values(proto, "tcp.dstport")
                for side, kind, told in messages(proto) if proto.get("name") == "tls" and ports else ():
                    if told is not None:
                        seen[ports if side == 0 else ports[::-1]][kind].append(told)
                proto.clear()
    for kinds in seen.values():
        sent = {told.pop("session_id") for told in kinds.get("client hello", ())}
        for told in kinds.get("server hello", ()):
            told["session_id"] = (0 if not told["session_id"] else 1 if told["session_id"] in sent else 2,)
    return seen


def names_of(blob):
    return ((blob[1:1 + blob[0]],) + names_of(blob[1 + blob[0]:])) if blob else ()


def column(name, value):
    n = WIDTHS.get(name, 2)
    if not isinstance(value, bytes) or n == 0:
        return () if value is None else (value,)
    if name in ("alpn", "application_settings"):
        return names_of(value)
    return tuple(int.from_bytes(value[i:i + n], "big") for i in range(0, len(value), n))


def of_tlswire(program, paths, folder):
    """{path: {(client port, server port): {kind: messages}}}"""
    subprocess.run([program, "read", "-q", "--again", "--db", folder + "/f.db"] + paths, capture_output=True, check=False)
    seen = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
    store = sqlite3.connect(folder + "/f.db")
    store.row_factory = sqlite3.Row
    for sql in (OFFERS, CHOICES):
        for row in store.execute(sql):
            told = {k: column(k, row[k]) for k in row.keys()}
            kinds = seen[os.path.realpath(row["path"])][row["client_port"], row["server_port"]]
            if sql == OFFERS:
                kinds["sslv2 hello" if row["is_sslv2_format"] else "client hello"].append(told)
                continue
            for kind, needs in FLIGHT.values():
                kinds[kind] += [told] if told[needs] else []
            told = {**told, "alpn": (row["alpn"],) if row["alpn"] else ()}
            told["key_group"] = told["key_group"] if told["key_share_length"] else ()  # else it is of ServerKeyExchange
            kinds["sslv2 answer" if row["version"] == 2 else "server hello"].append(told)
    return seen


def compare(where, theirs, mine):
    counts = collections.Counter(missing=not mine)
    if not mine:
        print("missing", where)
    for told in mine:
        wrong = min(([f for f in t if t[f] != told[f]] for t in theirs), key=len)
        known = [f for f in wrong if any(where.split(":")[0].endswith(end) and f == field for end, field, _ in KNOWN)]
        counts.update(same=len(theirs[0]) - len(wrong), wrong=len(wrong) - len(known), known=len(known))
        for f in (f for f in wrong if f not in known):
            print("wrong %s %s: tshark %s, tlswire %s" % (where, f, [t[f] for t in theirs], told[f]))
    return counts


def main():
    if shutil.which("tshark") is None:
        print("fields: skipped, tshark is not installed")
        sys.exit(77)
    corpus = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
    dirs = sys.argv[2:] or [os.path.join(ROOT, "pcaps")] + ([corpus] if os.path.isdir(corpus) else [])
    paths, counts = list(captures(dirs)), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        have = of_tlswire(os.path.abspath(sys.argv[1]), paths, folder)
    for path in paths:
        for ports, kinds in of_tshark(path).items():
            for kind, theirs in kinds.items():
                counts += compare("%s:%d -> %d %s" % (path, *ports, kind), theirs, have[os.path.realpath(path)][ports][kind])
    print("fields: %(same)d same, %(wrong)d wrong, %(known)d where tshark is wrong, %(missing)d messages missing" % counts)
    sys.exit(1 if counts["wrong"] else 0)


main()
