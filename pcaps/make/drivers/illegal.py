"""illegal.py MODE: a server on port 443 that answers one ClientHello with what it may not send.

illegal.py client HOST: a client whose ClientHello has a key_share that ends too early; illegal.py
zero HOST: one whose X25519 key is zero.
"""
import os
import socket
import struct
import sys
import time

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
VERSIONS_13 = struct.pack(">HHH", 43, 2, 0x0304)


def share(group, key=b""):
    body = struct.pack(">H", group) + (struct.pack(">H", len(key)) + key if key else b"")
    return struct.pack(">HH", 51, len(body)) + body


def record(kind, body):
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def message(kind, body):
    return record(22, bytes([kind]) + len(body).to_bytes(3, "big") + body)


def server_hello(session_id, suite, extensions, random=None, more=0):
    return message(2, b"\x03\x03" + (random or os.urandom(32)) + bytes([len(session_id)]) + session_id + struct.pack(">HBH", suite, 0,
                   len(extensions) + more) + extensions)


def read_hello(conn):
    """One record; gives the session id of the ClientHello in it."""
    head = conn.recv(5, socket.MSG_WAITALL)
    body = conn.recv(int.from_bytes(head[3:], "big"), socket.MSG_WAITALL)
    return body[39:39 + body[38]] if body[:1] == b"\1" else b""


def answers(mode, session_id):
    """What is sent after each hello."""
    retry = server_hello(session_id, 0x1302, VERSIONS_13 + share(24), RETRY)
    return {
        "suite": [server_hello(os.urandom(32), 0xC060, struct.pack(">HHBHH", 0xFF01, 1, 0, 23, 0))],
        "keyless": [server_hello(session_id, 0x1302, VERSIONS_13)],
        "retry-twice": [retry, retry],
        "retry-shared": [server_hello(session_id, 0x1302, VERSIONS_13 + share(29), RETRY)],
        "malformed": [server_hello(os.urandom(32), 0xC030, struct.pack(">HHB", 0xFF01, 1, 0), more=1)],
    }[mode]


def serve(mode):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", 443))
    listener.listen(8)
    while True:
        conn, _ = listener.accept()
        conn.settimeout(5)
        try:
            session_id = read_hello(conn)
            for n, answer in enumerate(answers(mode, session_id)):
                while n > 0 and conn.recv(1, socket.MSG_PEEK) == b"\x14":
                    conn.recv(6, socket.MSG_WAITALL)  # ChangeCipherSpec
                if n > 0:
                    read_hello(conn)
                conn.sendall(answer)
            while conn.recv(4096):
                pass
        except OSError:
            pass
        conn.close()


def client(host, broken):
    name = b"www.example.test"
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    schemes = struct.pack(">HHHHH", 13, 6, 4, 0x0804, 0x0403)
    groups = struct.pack(">HHHH", 10, 4, 2, 29)
    versions = struct.pack(">HHBH", 43, 3, 2, 0x0304)
    extensions = sni + schemes + groups + versions + broken
    hello = b"\x03\x03" + os.urandom(32) + b"\0" + struct.pack(">HHHBB", 4, 0x1301, 0x1302, 1, 0) + struct.pack(">H", len(extensions)) + extensions
    conn = socket.create_connection((host, 443), 5)
    conn.sendall(message(1, hello))
    conn.recv(4096)
    time.sleep(0.1)
    conn.close()


if sys.argv[1] == "client":  # the key is said to have 40 bytes
    client(sys.argv[2], struct.pack(">HHHHH", 51, 38, 36, 29, 40) + os.urandom(32))
elif sys.argv[1] == "zero":
    client(sys.argv[2], struct.pack(">HHHHH", 51, 38, 36, 29, 32) + bytes(32))
else:
    serve(sys.argv[1])
