"""tunnel.py KIND SIDE DEVICE LINK PEER_MAC: one end of a tunnel that the kernel at hand does not make.

Takes what the kernel sends into DEVICE (a TUN or TAP device that it makes), puts it into KIND, and sends it to the
other end over LINK; and back. SIDE is 1 or 2: the last number of its addresses 10.77.0.x and fd77::x.
Headers are written from the documents that are named beside them.
"""
import fcntl
import itertools
import os
import select
import socket
import struct
import sys
import time

KIND, SIDE, DEVICE, LINK, PEER_MAC = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]
PEER = 3 - SIDE
numbers = itertools.count(1)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return 0xffff - total


def label(value, is_last, ttl=64):  # RFC 3032 2.1
    return struct.pack(">I", value << 12 | is_last << 8 | ttl)


def gre(inner):  # RFC 2784, RFC 2890: checksum, key and sequence number
    rest = struct.pack(">II", 42, next(numbers))
    head = struct.pack(">HH", 0xb000, 0x0800)
    return head + struct.pack(">HH", checksum(head + b"\0" * 4 + rest + inner), 0) + rest + inner


def nvgre(inner):  # RFC 7637 3.2: subnet 5001
    return struct.pack(">HHI", 0x2000, 0x6558, 5001 << 8 | SIDE) + inner


def erspan_1(inner):  # draft-foschiano-erspan-03 4.1
    return struct.pack(">HH", 0, 0x88be) + inner


def erspan_2(inner):  # 4.2: version 1, VLAN 20 whose tag was taken off (En 2), session 123, index 3
    return struct.pack(">HHIHHI", 0x1000, 0x88be, next(numbers), 1 << 12 | 20, 2 << 11 | 123, 3) + inner


def erspan_3(inner):  # 4.3: version 2, session 200, granularity 1 us, a subheader of platform 3
    stamp = int(time.time() * 10000) & 0xffffffff
    return struct.pack(">HHIHHIHHII", 0x1000, 0x22eb, next(numbers), 2 << 12 | 1, 200, stamp, 0, 0x7,
                       3 << 26, int(time.time())) + inner


def geneve(inner):  # RFC 8926 3.4, 3.5: VNI 300 and an option of eight bytes
    return struct.pack(">BBHIHBBI", 2, 0, 0x6558, 300 << 8, 0xfff0, 1, 1, 0xcafe) + inner


def gtp_u(inner):  # 3GPP TS 29.281 5.1, TS 38.415 5.5.2: the down link has a PDU session container
    if SIDE == 1:
        return struct.pack(">BBHI", 0x30, 255, len(inner), 0x1001) + inner
    return struct.pack(">BBHIHBBBBBB", 0x34, 255, len(inner) + 8, 0x2002, 0, 0, 0x85, 1, 0, 9, 0) + inner


def mpls(inner):  # RFC 3032, two labels
    return label(1000 + SIDE, 0) + label(17, 1) + inner


def mpls_ethernet(inner):  # RFC 4448 4.6: a control word with a sequence number
    return label(1000 + SIDE, 0) + label(300, 1) + struct.pack(">HH", 0, next(numbers) & 0xffff) + inner


def pppoe(inner):  # RFC 2516 4, RFC 1661
    return struct.pack(">BBHHH", 0x11, 0, 0x77, len(inner) + 2, 0x21) + inner


def qinq(inner):  # IEEE 802.1ad: service tag 100, customer tag 7, then the type that the frame has
    return struct.pack(">HHH", 100, 0x8100, 7) + inner[12:]


def bare(inner):
    return inner


# How, whether frames are carried, what it goes over, and the number there; how long its header is.
KINDS = {
    "gre": (gre, False, "ip", 47, 16), "nvgre": (nvgre, True, "ip", 47, 8), "erspan-1": (erspan_1, True, "ip", 47, 4),
    "erspan-2": (erspan_2, True, "ip", 47, 16), "erspan-3": (erspan_3, True, "ip", 47, 28),
    "geneve": (geneve, True, "udp", 6081, 16), "gtp-u": (gtp_u, False, "udp", 2152, 8 if SIDE == 2 else 16),
    "ipip": (bare, False, "ip", 4, 0), "6in4": (bare, False, "ip", 41, 0), "4in6": (bare, False, "ip6", 4, 0),
    "mpls": (mpls, False, "link", 0x8847, 8), "mpls-ethernet": (mpls_ethernet, True, "link", 0x8847, 12),
    "pppoe": (pppoe, False, "link", 0x8864, 8), "qinq": (qinq, True, "link", 0x88a8, 0),
}
wrap, is_frames, over, number, header = KINDS[KIND]
device = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(device, 0x400454ca, struct.pack("16sH22x", DEVICE.encode(), (2 if is_frames else 1) | 0x1000))  # TUNSETIFF
mac = bytes.fromhex(open("/sys/class/net/%s/address" % LINK).read().strip().replace(":", ""))
ends = bytes.fromhex(PEER_MAC.replace(":", "")) + mac
if over == "link":
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((LINK, 3 if KIND == "qinq" else number))  # the kernel takes a service tag off: all there is
elif over == "udp":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.77.0.%d" % SIDE, number))
elif over == "ip6":
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, number)
    s.bind(("fd77::%d" % SIDE, 0))
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, number)
    s.bind(("10.77.0.%d" % SIDE, 0))
    s.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER: what is too long goes in fragments


def send(inner):
    data = wrap(inner)
    if KIND == "qinq":  # the frame itself, with more tags
        s.send(inner[:12] + struct.pack(">H", number) + data)
    elif over == "link":
        s.send(ends + struct.pack(">H", number) + data)
    elif over == "ip6":
        s.sendto(data, ("fd77::%d" % PEER, 0))
    else:
        s.sendto(data, ("10.77.0.%d" % PEER, number if over == "udp" else 0))


def take(data):
    if over == "link":
        if KIND == "qinq":
            if data[12:16] != bytes.fromhex("81000007"):
                return
            data = data[:12] + data[16:]
        else:
            data = data[14 + header:]
    elif over == "ip":
        data = data[(data[0] & 15) * 4 + header:]
    else:
        data = data[header:]
    os.write(device, data)


print("ready", flush=True)
while True:
    for ready in select.select([device, s], [], [])[0]:
        if ready is s:
            data, where = s.recvfrom(65535)
            if over != "link" or where[2] != 4:  # PACKET_OUTGOING: our own
                take(data)
        else:
            send(os.read(device, 65535))
