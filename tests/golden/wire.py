"""Real handshakes (Python's OpenSSL, in memory) written as a capture with any times and addresses."""
import ssl
import struct
import subprocess

MTU = 1400


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    """A pcap file (LINKTYPE_RAW, microseconds)."""

    def __init__(self, path):
        self.path = path
        self.packets = []

    def add(self, us, frame):
        self.packets.append((us, len(self.packets), frame))

    def close(self):
        with open(self.path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
            for us, _, frame in sorted(self.packets):
                out.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(frame), len(frame)))
                out.write(frame)


class Connection:
    """One TCP connection in a capture; each packet takes `step` microseconds."""

    def __init__(self, capture, us, client, server, step=500):
        self.capture, self.us, self.step = capture, us, step
        self.ends = (client, server)
        self.seq = [1000, 5000]

    def packet(self, side, flags, payload=b""):
        (src, sport), (dst, dport) = self.ends[side], self.ends[1 - side]
        tcp = struct.pack("!HHIIBBHHH", sport, dport, self.seq[side], self.seq[1 - side] if flags & 16 else 0,
                          5 << 4, flags, 65535, 0, 0)
        addresses = bytes(map(int, src.split("."))) + bytes(map(int, dst.split(".")))
        pseudo = addresses + struct.pack("!BBH", 0, 6, len(tcp) + len(payload))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp + payload)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0) + addresses
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        self.capture.add(self.us, ip + tcp + payload)
        self.us += self.step
        self.seq[side] += len(payload) + (1 if flags & 3 else 0)

    def open(self):
        self.packet(0, 2)
        self.packet(1, 18)
        self.packet(0, 16)

    def send(self, side, data):
        for at in range(0, len(data), MTU):
            self.packet(side, 24, data[at:at + MTU])

    def close(self, side):
        self.packet(side, 17)
        self.packet(1 - side, 17)
        self.packet(side, 16)

    def reset(self, side):
        self.packet(side, 4)


def converse(connection, client, server, name, data=b"hello", session=None, think=(0, 0), alter=None):
    """Runs a handshake between two SSLContexts; which sides completed it, and the client's end.

    think is how long the client and the server take for their answers. alter(side, bytes) gives what stands in the
    capture and what the other side gets. Without data the client closes at once.
    """
    incoming = (ssl.MemoryBIO(), ssl.MemoryBIO())
    outgoing = (ssl.MemoryBIO(), ssl.MemoryBIO())
    ends = (client.wrap_bio(incoming[0], outgoing[0], server_hostname=name, session=session),
            server.wrap_bio(incoming[1], outgoing[1], server_side=True))
    done, failed = [False, False], [False, False]

    def move(side, wait):
        sent = outgoing[side].read()
        shown, got = alter(side, sent) if alter and sent else (sent, sent)
        if sent:
            connection.us += wait
            connection.send(side, shown)
            incoming[1 - side].write(got)
        return bool(sent)
    connection.open()
    for turn in range(20):
        moved = False
        for side in (0, 1):
            if not done[side] and not failed[side]:
                try:
                    ends[side].do_handshake()
                    done[side] = True
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLError:
                    failed[side] = True
            moved |= move(side, think[side] if turn + side > 0 else 0)
        if not moved:
            break
    if all(done) and data:
        for side in (0, 1):
            ends[side].write(data)
            move(side, 0)
        try:
            ends[0].read()  # the sessions of TLS 1.3
        except ssl.SSLError:
            pass
    connection.close(0 if failed[0] or all(done) else 1)
    return done, ends[0]


def handshake(connection, client, server, name, data=b"hello"):
    """As converse; which sides completed it."""
    return converse(connection, client, server, name, data)[0]


def refused(connection, client, name):
    """The server resets the connection after the ClientHello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = client.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        pass
    connection.open()
    connection.send(0, outgoing.read())
    connection.reset(1)


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
