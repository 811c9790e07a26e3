#!/usr/bin/env python3
"""A closed program for tests: passes every frame on, unchanged, between the two interfaces of each pair.

appliance.py INSIDE:OUTSIDE [INSIDE:OUTSIDE ...]

Prints its process id, so that the interfaces can be moved into its namespace, and "ready" when they are there.
"""
import os
import select
import socket
import sys
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4


def open_when_there(name):
    deadline = time.monotonic() + 20
    while True:
        try:
            with open("/proc/net/dev", encoding="ascii") as devices:
                if f" {name}:" in devices.read().replace("\n", "\n "):
                    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
                    link.bind((name, 0))
                    return link
        except OSError:
            pass
        if time.monotonic() > deadline:
            sys.exit(f"{name} is not there")
        time.sleep(0.02)


def main():
    print(f"pid {os.getpid()}", flush=True)
    other = {}
    for pair in sys.argv[1:]:
        inside, outside = (open_when_there(name) for name in pair.split(":"))
        other[inside], other[outside] = outside, inside
    print("ready", flush=True)
    links = list(other)
    while True:
        for link in select.select(links, [], [])[0]:
            try:
                frame, address = link.recvfrom(65535)
                if address[2] != PACKET_OUTGOING:
                    other[link].send(frame)
            except OSError:
                # A link that is down now: its frames are lost, as they would be on a wire.
                time.sleep(0.001)


main()
