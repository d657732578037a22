"""peer.py reset|close|silent|banner: a server on port 443 that reads one hello and then does that."""
import socket
import struct
import sys
import time

what = sys.argv[1]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("0.0.0.0", 443))
listener.listen(8)
for _ in range(8):
    conn, _ = listener.accept()
    conn.settimeout(20)
    if what == "banner":
        conn.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
    try:
        conn.recv(4096)
        if what == "reset":
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif what == "silent":
            time.sleep(14)
    except OSError:
        pass
    conn.close()
