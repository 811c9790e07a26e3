#!/usr/bin/env python3
"""Sends flows with numbered packets: guest_flows.py INTERFACE FLOWS PACKETS RATE FIRST [STOPFILE]

Flow f is UDP or TCP (bit 0 of f), over IPv4 or IPv6 (bit 1), without or with a VLAN header (bit 2). PACKETS of each flow are sent in turns, RATE packets a
second in all. A frame ends with the number of its flow and its number within it, from FIRST on (4 bytes each, big endian). Ends early when
STOPFILE is there; prints the last number.
"""
import os
import socket
import struct
import sys
import time


def frame(flow):
    mac = bytes.fromhex("02000000a00202000000a001")
    vlan = struct.pack("!HH", 0x8100, 100 + flow % 8) if flow & 4 else b""
    ports = struct.pack("!HH", 1024 + flow * 7, 80)
    if flow & 1:
        transport, protocol = ports + struct.pack("!IIHHHH", 1, 1, 0x5010, 65535, 0, 0), 6
    else:
        transport, protocol = ports + struct.pack("!HH", 8 + 24, 0), 17
    length = len(transport) + 24
    if flow & 2:
        ip = struct.pack("!HIHBB16s16s", 0x86DD, 0x60000000, length, protocol, 64,
                         bytes.fromhex("fd00") + bytes(12) + struct.pack("!H", flow), bytes.fromhex("20010db8") + bytes(11) + b"\x01")
    else:
        ip = struct.pack("!HBBHHHBBH4s4s", 0x0800, 0x45, 0, 20 + length, 0, 0x4000, 64, protocol, 0,
                         bytes([10, 1, flow >> 8, flow & 255]), bytes([203, 0, 113, 10]))
    return mac + vlan + ip + transport + bytes(16)


def main():
    interface, flows, packets, rate, first = sys.argv[1], *map(int, sys.argv[2:6])
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((interface, 0))
    frames = [frame(flow) for flow in range(flows)]
    begin = time.monotonic()
    number = 0
    while number < packets and not (len(sys.argv) > 6 and os.path.exists(sys.argv[6])):
        for flow in range(flows):
            raw.send(frames[flow] + struct.pack("!II", flow, first + number))
            time.sleep(max(0, begin + (number * flows + flow) / rate - time.monotonic()))
        number += 1
    print(first + number - 1)


main()
