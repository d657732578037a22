"""downgrade.py: a box on the way, port 443 to port 8443 of this host, that takes TLS 1.3 out of each ClientHello."""
import socket
import threading

VERSIONS = b"\x00\x2b"


def rewrite(hello):
    """supported_versions (type 43): 1.3 becomes 1.2, so that no length changes."""
    at = hello.find(VERSIONS, 100)
    while at >= 0:
        size = int.from_bytes(hello[at + 2:at + 4], "big")
        listed = hello[at + 5:at + 4 + size]
        if size == len(listed) + 1 and hello[at + 4] == len(listed) and b"\x03\x04" in listed:
            return hello[:at + 5] + listed.replace(b"\x03\x04", b"\x03\x03") + hello[at + 5 + len(listed):]
        at = hello.find(VERSIONS, at + 1)
    return hello


def pump(source, sink, change=lambda data: data):
    try:
        while data := source.recv(65536):
            sink.sendall(change(data))
            change = lambda data: data
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("0.0.0.0", 443))
listener.listen(8)
while True:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", 8443))
    threading.Thread(target=pump, args=(client, server, rewrite), daemon=True).start()
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
