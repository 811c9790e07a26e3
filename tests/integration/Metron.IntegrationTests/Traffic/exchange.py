#!/usr/bin/python3
"""Frames on eth0, byte by byte, each with a mark at its end: "MTX1" and its number (4 bytes).

exchange.py send FILE
    Sends the frames of a file, one in hexadecimal digits per line.
exchange.py watch
    Writes every marked frame that comes in, in hexadecimal digits, until told to stop. Writes "ready" first.
"""
import socket
import sys
import time

MARK = b"MTX1"
ETH_P_ALL = 3
SO_RCVBUFFORCE = 33


def open_socket(protocol):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    sock.bind(("eth0", protocol))
    return sock


def send(path):
    sock = open_socket(0)
    with open(path, encoding="ascii") as file:
        for line in file:
            sock.send(bytes.fromhex(line))
            time.sleep(0.002)  # not faster than a poll loop on a busy machine takes them


def watch():
    sock = open_socket(ETH_P_ALL)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    print("ready", flush=True)
    while True:
        frame, (_, _, kind, _, _) = sock.recvfrom(65535)
        if kind != socket.PACKET_OUTGOING and frame[-8:-4] == MARK:
            print(frame.hex(), flush=True)


if sys.argv[1] == "send":
    send(sys.argv[2])
else:
    watch()
