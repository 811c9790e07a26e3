#!/usr/bin/python3
"""Frames through a router between two interfaces of this namespace: tells which of them come out on the other side.

forward.py FILE INSIDE OUTSIDE
    Sends the frames of a file, one a line: "0" (by INSIDE) or "1" (by OUTSIDE), and hexadecimal digits. Each ends with "MTX1" and its number (4
    bytes). Writes the numbers that arrived at the other interface, one a line. The last frame of each side has to arrive: it tells that the ones
    before it have been handled, since one processor takes all of them in order.
"""
import os
import select
import socket
import sys
import time

MARK = b"MTX1"
ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
SECONDS = 10


def open_socket(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    sock.bind((interface, ETH_P_ALL))
    return sock


os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sides = [open_socket(name) for name in sys.argv[2:4]]
with open(sys.argv[1], encoding="ascii") as file:
    frames = [(int(line[0]), bytes.fromhex(line[2:])) for line in file]

awaited = {side: int.from_bytes(frame[-4:], "big") for side, frame in frames}
arrived = []


def receive(wait):
    for sock in select.select(sides, [], [], wait)[0]:
        frame, (_, _, kind, _, _) = sock.recvfrom(65535)
        if kind != socket.PACKET_OUTGOING and frame[-8:-4] == MARK:
            arrived.append((1 - sides.index(sock), int.from_bytes(frame[-4:], "big")))
            return True
    return False


for side, frame in frames:
    sides[side].send(frame)
    while receive(0):
        pass

deadline = time.monotonic() + SECONDS
while any((side, number) not in arrived for side, number in awaited.items()):
    if time.monotonic() > deadline:
        sys.exit(f"the last frames did not arrive: {awaited}")
    receive(0.1)

for _, number in arrived:
    print(number)
