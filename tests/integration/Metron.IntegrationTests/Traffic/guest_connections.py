#!/usr/bin/env python3
"""Clients and servers at one end of a cable, a chain at the other: guest_connections.py INTERFACE COMMAND FLOWS PACKETS RATE FIRST

  exchange  Clients send PACKETS of each flow; servers answer each packet that comes to them.
  push      Only servers send PACKETS of each flow: a stateful firewall lets them in if it knows the connection.
  intrude   As push, but nothing is expected to come through.

Flow f is UDP or TCP (bit 0 of f), over IPv4 or IPv6 (bit 1). RATE packets a second are sent, not counting answers. Packets carry tag 101 (from clients) and
102 (from servers) in their destination MAC address, and come back with 202 (to servers) and 201 (to clients) in their source. They end with the number of the
flow and their number within it, from FIRST on (4 bytes each, big endian). Prints, as one line of JSON, what was sent and what came, what came out of its order, and twice.
"""
import json
import socket
import struct
import sys
import threading
import time

PATIENCE = 60.0  # seconds without a packet after which what is missing will not come
AFTERMATH = 0.5  # seconds in which what is too much would come
PACKET_OUTGOING = 4


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tag(number):
    return bytes.fromhex("024d5400") + struct.pack("!H", number)


def frame(flow, number, from_server):
    """A packet of a flow; the first of a TCP flow opens the connection."""
    ports = [1024 + flow * 7, 80]
    client = bytes([10, 1, flow >> 8, flow & 255]) if not flow & 2 else bytes.fromhex("fd00") + bytes(12) + struct.pack("!H", flow)
    server = bytes([203, 0, 113, 10]) if not flow & 2 else bytes.fromhex("20010db8") + bytes(11) + b"\x01"
    source, destination = (server, client) if from_server else (client, server)
    if from_server:
        ports.reverse()
    payload = bytes(16) + struct.pack("!II", flow, number)
    if flow & 1:
        flags = (0x12 if from_server else 0x02) if number == 1 else 0x10
        transport, protocol = struct.pack("!HHIIHHHH", *ports, number, number, 0x5000 | flags, 65535, 0, 0), 6
    else:
        transport, protocol = struct.pack("!HHHH", *ports, 8 + len(payload), 0), 17
    check = checksum_of(source, destination, protocol, transport + payload)
    at = 16 if flow & 1 else 6
    transport = transport[:at] + struct.pack("!H", check or 0xFFFF) + transport[at + 2:]
    if flow & 2:
        ip = struct.pack("!HIHBB", 0x86DD, 0x60000000, len(transport) + len(payload), protocol, 64) + source + destination
    else:
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(transport) + len(payload), 0, 0x4000, 64, protocol, 0, source, destination)
        ip = struct.pack("!H", 0x0800) + head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return tag(102 if from_server else 101) + bytes.fromhex("02000000a001") + ip + transport + payload


def checksum_of(source, destination, protocol, segment):
    pseudo = source + destination + struct.pack("!II", len(segment), protocol)
    return checksum(pseudo + segment + bytes(len(segment) % 2))


class Cable:
    def __init__(self, interface, flows, first, answers, expected):
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.raw.bind((interface, 0))
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.answers = answers
        self.expected = expected
        self.next = {201: [first] * flows, 202: [first] * flows}
        self.came = {201: 0, 202: 0}
        self.disordered = 0
        self.other = 0

    def receive(self):
        """Counts what comes until all has come, and nothing more."""
        while True:
            self.raw.settimeout(PATIENCE if sum(self.came.values()) < self.expected else AFTERMATH)
            try:
                data, address = self.raw.recvfrom(2048)
            except TimeoutError:
                return
            if address[2] == PACKET_OUTGOING:
                continue
            number = int.from_bytes(data[9:12], "big") if data[6:9] == bytes.fromhex("024d54") else 0
            if number not in self.next:
                self.other += 1
                continue
            flow, sequence = struct.unpack("!II", data[-8:])
            self.came[number] += 1
            self.disordered += sequence != self.next[number][flow]
            self.next[number][flow] = sequence + 1
            if number == 202 and self.answers:
                self.raw.send(frame(flow, sequence, True))


def main():
    interface, command = sys.argv[1:3]
    flows, packets, rate, first = map(int, sys.argv[3:7])
    expected = {"exchange": 2, "push": 1, "intrude": 0}[command] * flows * packets
    cable = Cable(interface, flows, first, command == "exchange", expected)
    receiver = threading.Thread(target=cable.receive)
    receiver.start()
    begin = time.monotonic()
    for number in range(packets):
        for flow in range(flows):
            cable.raw.send(frame(flow, first + number, command != "exchange"))
            time.sleep(max(0, begin + (number * flows + flow) / rate - time.monotonic()))
    receiver.join()
    print(json.dumps({"sent": packets * flows, "toServers": cable.came[202], "toClients": cable.came[201],
                      "disordered": cable.disordered, "other": cable.other}))


main()
