"""stall.py ADDRESS PORT NAME: sends a real ClientHello, takes the server's flight, and falls silent."""
import socket
import ssl
import sys
import time

incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
context = ssl._create_unverified_context()
tls = context.wrap_bio(incoming, outgoing, server_hostname=sys.argv[3])
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    pass
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(outgoing.read())
time.sleep(13)
s.close()
