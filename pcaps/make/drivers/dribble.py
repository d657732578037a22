"""dribble.py ADDRESS PORT NAME: a real client whose bytes travel one by one."""
import socket
import ssl
import sys
import time

incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
context = ssl._create_unverified_context()
tls = context.wrap_bio(incoming, outgoing, server_hostname=sys.argv[3])
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def send():
    data = outgoing.read()
    for i in range(len(data)):
        s.sendall(data[i:i + 1])
        time.sleep(0.001)


while True:
    try:
        tls.do_handshake()
        break
    except ssl.SSLWantReadError:
        send()
        incoming.write(s.recv(65536))
send()
tls.write(b"GET / HTTP/1.0\r\n\r\n")
send()
while True:
    data = s.recv(65536)
    if not data:
        break
s.close()
