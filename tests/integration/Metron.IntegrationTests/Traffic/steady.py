#!/usr/bin/python3
"""Numbered UDP packets one way, at a steady rate, and what of them arrives.

steady.py send SOURCE_MAC DESTINATION_MAC RATE PORT,PORT,...
    Sends packets by eth0 from these source ports in turn until told to stop (SIGTERM). Writes "started" first and their number at the end. What was not sent in time,
    because this process waited for a core, is left out: a burst would be more than the rate, and fill buffers on the way by itself.
steady.py count
    Counts them at eth0 until told to stop. Writes "ready" first, and {"received": number, "doubled": number, "highest": number} at the end.
"""
import json
import signal
import socket
import struct
import sys
import time

MAGIC = b"MTS1"
ETH_P_IP = 0x0800
SO_RCVBUFFORCE = 33
PORT = 7
LATEST = 0.004  # seconds of packets in a row at most


def open_socket(protocol):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    sock.bind(("eth0", protocol))
    return sock


def until_told():
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    return told


def frame(source, destination, port):
    addresses = bytes.fromhex(destination.replace(":", "") + source.replace(":", ""))
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 46, 0, 0, 64, 17, 0, bytes([10, 1, 0, 2]), bytes([203, 0, 113, 10]))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", ~total & 0xffff) + ip[12:]
    return addresses + struct.pack("!H", ETH_P_IP) + ip + struct.pack("!HHHH", port, PORT, 26, 0) + MAGIC


def send(source, destination, rate, ports):
    told = until_told()
    sock = open_socket(0)
    frames = [frame(source, destination, int(port)) for port in ports.split(",")]
    rate = float(rate)
    print("started", flush=True)
    start = time.monotonic()
    sent = 0
    while not told:
        late = time.monotonic() - start - sent / rate - LATEST
        start += max(0, late)
        due = int((time.monotonic() - start) * rate)
        while sent < due:
            sock.send(frames[sent % len(frames)] + struct.pack("!I", sent) + bytes(10))
            sent += 1
        time.sleep(0.0005)
    print(sent, flush=True)


def count():
    told = until_told()
    sock = open_socket(ETH_P_IP)
    sock.settimeout(0.05)
    seen = bytearray(1 << 24)
    received = doubled = 0
    highest = -1
    print("ready", flush=True)
    quiet = False
    while not (told and quiet):
        try:
            data = sock.recv(2048)
        except TimeoutError:
            quiet = True
            continue
        quiet = False
        if data[42:46] == MAGIC:
            number = int.from_bytes(data[46:50], "big")
            received += 1
            doubled += seen[number]
            seen[number] = 1
            highest = max(highest, number)
    print(json.dumps({"received": received, "doubled": doubled, "highest": highest}), flush=True)


if sys.argv[1] == "send":
    send(*sys.argv[2:])
else:
    count()
