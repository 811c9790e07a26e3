#!/usr/bin/python3
"""Numbered UDP packets that are echoed: tells exactly what was lost, doubled or reordered, both ways, flow by flow.

numbered.py echo PORT
    Sends every packet back to where it came from. Writes "ready", and when told to stop (SIGTERM) what it received, as JSON.
numbered.py send ADDRESS PORT [--flows N] [--rate PACKETS_PER_SECOND] [--seconds S] [--source-ports P,P,...] [--bind ADDRESS] [--size BYTES]
    Sends numbered packets until told to stop (SIGTERM) or S seconds are over, waits for the echoes, and prints the result as JSON.

A packet holds: "MTR1", flow (4 bytes), number within the flow (4 bytes), padding.
"""
import argparse
import collections
import ipaddress
import json
import selectors
import signal
import socket
import struct
import sys
import time

HEADER = struct.Struct("!4sII")
MAGIC = b"MTR1"
SO_RCVBUFFORCE = 33


def family(address):
    return socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET


def large_buffers(sock):
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)


def echo(port):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    large_buffers(sock)
    sock.bind(("::", port))
    received = collections.Counter()
    sources = collections.defaultdict(set)

    def finish(*_):
        result = {str(flow): {"received": count, "sources": sorted(sources[flow])} for flow, count in received.items()}
        print(json.dumps(result), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    print("ready", flush=True)
    while True:
        data, source = sock.recvfrom(2048)
        if len(data) >= HEADER.size and data[:4] == MAGIC:
            flow = HEADER.unpack_from(data)[1]
            received[flow] += 1
            sources[flow].add(f"{source[0].removeprefix('::ffff:')} {source[1]}")
        sock.sendto(data, source)


class Flow:
    def __init__(self, index, arguments, port):
        self.index = index
        self.socket = socket.socket(family(arguments.address), socket.SOCK_DGRAM)
        large_buffers(self.socket)
        self.socket.bind((arguments.bind or ("::" if self.socket.family == socket.AF_INET6 else "0.0.0.0"), port))
        self.socket.connect((arguments.address, arguments.port))
        self.socket.setblocking(False)
        self.sent = 0
        self.seen = set()
        self.highest = -1
        self.doubled = 0
        self.reordered = 0
        self.errors = collections.Counter()

    def send(self, size):
        try:
            self.socket.send(HEADER.pack(MAGIC, self.index, self.sent).ljust(size, b"."))
            self.sent += 1
        except OSError as error:
            # The packet was not sent: a pending ICMP error is reported in its stead.
            self.errors[type(error).__name__] += 1

    def receive(self):
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return
            except OSError as error:
                self.errors[type(error).__name__] += 1
                return
            number = HEADER.unpack_from(data)[2]
            self.doubled += number in self.seen
            self.seen.add(number)
            self.reordered += number < self.highest
            self.highest = max(self.highest, number)

    def result(self):
        missing = sorted(set(range(self.sent)) - self.seen)
        return {"port": self.socket.getsockname()[1], "sent": self.sent, "received": len(self.seen), "lost": len(missing),
                "firstLost": missing[:10], "doubled": self.doubled, "reordered": self.reordered, "errors": dict(self.errors)}


def send(arguments):
    stop = False

    def finish(*_):
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, finish)
    ports = [int(port) for port in arguments.source_ports.split(",")] if arguments.source_ports else [0] * arguments.flows
    flows = [Flow(index, arguments, port) for index, port in enumerate(ports)]
    selector = selectors.DefaultSelector()
    for flow in flows:
        selector.register(flow.socket, selectors.EVENT_READ, flow)

    def receive_until(moment):
        while True:
            for key, _ in selector.select(max(0, moment - time.monotonic())):
                key.data.receive()
            if time.monotonic() >= moment:
                return

    print("started", flush=True)
    start = time.monotonic()
    count = 0
    while not stop and time.monotonic() - start < arguments.seconds:
        flows[count % len(flows)].send(arguments.size)
        count += 1
        receive_until(start + count / arguments.rate)

    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and any(len(flow.seen) < flow.sent for flow in flows):
        receive_until(time.monotonic() + 0.05)

    results = [flow.result() for flow in flows]
    totals = {name: sum(result[name] for result in results) for name in ("sent", "received", "lost", "doubled", "reordered")}
    print(json.dumps({**totals, "flows": results}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(dest="mode", required=True)
    echo_mode = modes.add_parser("echo")
    echo_mode.add_argument("port", type=int)
    send_mode = modes.add_parser("send")
    send_mode.add_argument("address")
    send_mode.add_argument("port", type=int)
    send_mode.add_argument("--flows", type=int, default=1)
    send_mode.add_argument("--rate", type=float, default=1000)
    send_mode.add_argument("--seconds", type=float, default=60)
    send_mode.add_argument("--source-ports")
    send_mode.add_argument("--bind")
    send_mode.add_argument("--size", type=int, default=64)
    arguments = parser.parse_args()
    if arguments.mode == "echo":
        echo(arguments.port)
    else:
        send(arguments)


main()
