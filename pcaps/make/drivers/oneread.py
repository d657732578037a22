"""oneread.py BACKEND: a box on port 443 that takes one read for one hello, as old load balancers do:
what is not whole after it is closed, all else goes on to BACKEND, a port of this host."""
import socket
import sys
import threading

SEGMENT = 1448


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(conn):
    first = conn.recv(SEGMENT)
    if len(first) < 5 or len(first) < 5 + int.from_bytes(first[3:5], "big"):
        conn.close()
        return
    back = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    back.sendall(first)
    other = threading.Thread(target=pump, args=(back, conn))
    other.start()
    pump(conn, back)
    other.join()
    conn.close()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("0.0.0.0", 443))
listener.listen(8)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],)).start()
