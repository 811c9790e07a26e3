#!/usr/bin/python3
"""Writes tunnels.txt: packets and what a tunnel makes of them, by scapy, as "name inside outside". Run: python3 make_tunnels.py > tunnels.txt"""
import logging
import struct
import socket

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import GRE, ICMP, IP, UDP, TCP, Ether, IPv6, Raw
from scapy.layers.inet6 import ICMPv6EchoRequest
from scapy.layers.vxlan import VXLAN

MACS = dict(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b")
PAYLOAD = Raw(b"metron payload!!x")


def entropy(packet):
    """UDP source port: 0xc000, 8 bits of a hash, 6 bits of the inner source port."""
    if IPv6 in packet:
        family, source, destination, protocol = socket.AF_INET6, packet[IPv6].src, packet[IPv6].dst, packet[IPv6].nh
    else:
        family, source, destination, protocol = socket.AF_INET, packet[IP].src, packet[IP].dst, packet[IP].proto
    data = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    words = list(struct.unpack(f"!{len(data) // 4}I", data)) + [protocol]
    low = 0
    for layer in (TCP, UDP):
        if layer in packet:
            words.append(packet[layer].sport << 16 | packet[layer].dport)
            low = packet[layer].sport & 63
    value = 0
    for word in words:
        value = ((value << 5 | value >> 27) & 0xFFFFFFFF) ^ word
        value = value * 0x9E3779B1 & 0xFFFFFFFF
    return 0xC000 | (value >> 16 & 0x3FC0) | low


INSIDE = {
    "udp4": IP(src="10.0.0.5", dst="192.0.2.9", id=7, tos=0xB8) / UDP(sport=40001, dport=53) / PAYLOAD,
    "tcp6": IPv6(src="fd00:1::5", dst="2001:db8:2::9", tc=0x2A) / TCP(sport=40007, dport=443, flags="A") / PAYLOAD,
    "ping4": IP(src="10.0.0.5", dst="192.0.2.9", id=8, flags="DF") / ICMP(id=77, seq=3) / PAYLOAD,
    "ping6": IPv6(src="fd00:1::5", dst="2001:db8:2::9") / ICMPv6EchoRequest(id=77, seq=3, data=b"abc"),
}


def class_of(packet):
    return packet.tc if IPv6 in packet else packet.tos


def outer(is_v6, packet, protocol):
    if is_v6:
        return IPv6(src="2001:db8:aa::1", dst="2001:db8:bb::2", hlim=64, tc=class_of(packet), nh=protocol)
    return IP(src="203.0.113.10", dst="203.0.113.20", ttl=64, tos=class_of(packet), flags="DF", id=0, proto=protocol)


def show(name, before, after):
    print(name, bytes(before).hex(), bytes(after).hex())


for name, packet in INSIDE.items():
    plain = Ether(**MACS) / packet
    for version in (4, 6):
        is_v6 = version == 6
        # Without a checksum over IPv4 (RFC 7348), with one over IPv6.
        udp = UDP(sport=entropy(packet), dport=4789, **({} if is_v6 else {"chksum": 0}))
        show(f"vxlan{version}-{name}", plain, Ether(**MACS) / outer(is_v6, packet, 17) / udp / VXLAN(vni=0x123456, flags=8) / plain)
        kind = 0x86DD if IPv6 in packet else 0x0800
        show(f"gre{version}-{name}", plain, Ether(**MACS) / outer(is_v6, packet, 47) / GRE(proto=kind) / packet)
        keyed = GRE(proto=kind, key_present=1, key=0xDEADBEEF)
        show(f"grekey{version}-{name}", plain, Ether(**MACS) / outer(is_v6, packet, 47) / keyed / packet)
