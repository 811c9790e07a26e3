#!/usr/bin/python3
"""Writes frames.txt: packets and what VLAN and MPLS functions make of them, by scapy, as "name inside outside". Run: python3 make_frames.py > frames.txt"""
import logging

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import IP, UDP, TCP, Dot1Q, Ether, IPv6, Raw
from scapy.contrib.mpls import MPLS

MACS = dict(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b")
PAYLOAD = Raw(b"metron payload!!x")

INSIDE = {
    "udp4": IP(src="10.0.0.5", dst="192.0.2.9", id=7, tos=0xB8, ttl=61) / UDP(sport=40001, dport=53) / PAYLOAD,
    "tcp6": IPv6(src="fd00:1::5", dst="2001:db8:2::9", tc=0x2A, hlim=62) / TCP(sport=40007, dport=443, flags="A") / PAYLOAD,
}


def show(name, before, after):
    print(name, bytes(before).hex(), bytes(after).hex())


for name, packet in INSIDE.items():
    plain = Ether(**MACS) / packet
    kind = 0x86DD if IPv6 in packet else 0x0800
    traffic_class, ttl = (packet.tc, packet.hlim) if IPv6 in packet else (packet.tos, packet.ttl)
    show(f"vlan-{name}", plain, Ether(**MACS) / Dot1Q(vlan=20, prio=traffic_class >> 5, type=kind) / packet)
    show(f"vlan7-{name}", plain, Ether(**MACS) / Dot1Q(vlan=4094, prio=7, type=kind) / packet)
    translated = Ether(**MACS) / Dot1Q(vlan=20, prio=5, id=1, type=kind) / packet
    show(f"translate-{name}", Ether(**MACS) / Dot1Q(vlan=10, prio=5, id=1, type=kind) / packet, translated)
    mpls = Ether(**MACS, type=0x8847)
    show(f"uniform-{name}", plain, mpls / MPLS(label=1001, cos=traffic_class >> 5, s=1, ttl=ttl) / packet)
    show(f"pipe-{name}", plain, mpls / MPLS(label=1048575, cos=3, s=1, ttl=255) / packet)
    below = MPLS(label=77, cos=1, s=1, ttl=5) / packet
    show(f"swap-{name}", mpls / MPLS(label=16, cos=6, s=0, ttl=9) / below, mpls / MPLS(label=1048575, cos=6, s=0, ttl=8) / below)
