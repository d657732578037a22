"""slow.py NAMESPACE ADDRESS NAMESPACE ADDRESS MILLISECONDS: joins two namespaces by a wire (slow0 in each) on which
every packet takes that long. What the netem discipline does where the kernel has it."""
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

first, first_address, second, second_address, delay = sys.argv[1:6]
libc = ctypes.CDLL(None, use_errno=True)


def tap(namespace, address):
    with open("/run/netns/" + namespace) as ns:
        if libc.setns(ns.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH", b"slow0", 0x1002))  # TUNSETIFF: tap, no header
    subprocess.run(["ip", "addr", "add", address + "/24", "dev", "slow0"], check=True)
    subprocess.run(["ip", "link", "set", "slow0", "up"], check=True)
    return fd


ends = [tap(first, first_address), tap(second, second_address)]
waiting = []  # due, end, frame
until = time.monotonic() + 30
while time.monotonic() < until:
    due = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 0.5
    for fd in select.select(ends, [], [], due)[0]:
        waiting.append((time.monotonic() + float(delay) / 1000, ends[1 - ends.index(fd)], os.read(fd, 65536)))
    while waiting and waiting[0][0] <= time.monotonic():
        _, fd, frame = waiting.pop(0)
        os.write(fd, frame)
