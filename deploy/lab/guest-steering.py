#!/usr/bin/env python3
"""Has the kernel put every packet for a multi-queue tap into the tap's first queue: guest-steering.py INTERFACE

By default it spreads flows over the queues, and moves a flow to another one when an answer comes by that: then packets of a flow can overtake
each other before they are in the NIC. A steering program (a BPF socket filter) that returns 0 keeps them in order.
"""
import ctypes
import fcntl
import os
import struct
import sys

SYS_BPF, BPF_PROG_LOAD, BPF_PROG_TYPE_SOCKET_FILTER = 321, 5, 1
TUNSETIFF, TUNSETSTEERINGEBPF = 0x400454CA, 0x800454E0
IFF_TAP, IFF_NO_PI, IFF_MULTI_QUEUE = 0x0002, 0x1000, 0x0100


def load_program():
    # r0 = 0; exit
    program = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0))
    license_text = ctypes.create_string_buffer(b"MIT")
    attributes = ctypes.create_string_buffer(
        struct.pack("<IIQQ", BPF_PROG_TYPE_SOCKET_FILTER, 2, ctypes.addressof(program), ctypes.addressof(license_text)), 128)
    descriptor = ctypes.CDLL(None, use_errno=True).syscall(SYS_BPF, BPF_PROG_LOAD, attributes, 128)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "bpf(BPF_PROG_LOAD)")
    return descriptor


def main():
    queue = os.open("/dev/net/tun", os.O_RDWR)
    flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE
    # The driver of QEMU asks for a header in front of every packet (IFF_VNET_HDR); the flags of all queues must be the same, but for those.
    fcntl.ioctl(queue, TUNSETIFF, struct.pack("16sH22x", sys.argv[1].encode(), flags))
    fcntl.ioctl(queue, TUNSETSTEERINGEBPF, struct.pack("i", load_program()))
    os.close(queue)


main()
