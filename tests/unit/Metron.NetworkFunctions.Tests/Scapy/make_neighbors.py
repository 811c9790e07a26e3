#!/usr/bin/python3
"""Writes neighbors.txt: questions for neighbours and their answers, by scapy, as "name question answer". Run: python3 make_neighbors.py > neighbors.txt"""
import logging

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import ARP, Ether, IPv6
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr

HOST, OWN, ALL = "02:00:00:00:00:0a", "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff"
TARGET6, GROUP, HOST6 = "2001:db8::1", "ff02::1:ff00:1", "2001:db8::a"


def show(name, before, after):
    print(name, bytes(before).hex(), bytes(after).hex())


def reply(sender, asked):
    return Ether(src=OWN, dst=HOST) / ARP(op=2, hwsrc=OWN, psrc=asked, hwdst=HOST, pdst=sender)


def advertisement(to, mac, target, **flags):
    return Ether(src=OWN, dst=mac) / IPv6(src=target, dst=to, hlim=255) / ICMPv6ND_NA(tgt=target, **flags) / ICMPv6NDOptDstLLAddr(lladdr=OWN)


arp = Ether(src=HOST, dst=ALL)
show("arp", arp / ARP(op=1, hwsrc=HOST, psrc="192.0.2.10", pdst="192.0.2.1"), reply("192.0.2.10", "192.0.2.1"))
show("arp-proxy", arp / ARP(op=1, hwsrc=HOST, psrc="192.0.2.10", pdst="10.9.1.2"), reply("192.0.2.10", "10.9.1.2"))
show("arp-probe", arp / ARP(op=1, hwsrc=HOST, psrc="0.0.0.0", pdst="192.0.2.1"), reply("0.0.0.0", "192.0.2.1"))
multicast = Ether(src=HOST, dst="33:33:ff:00:00:01")
option = ICMPv6NDOptSrcLLAddr(lladdr=HOST)
show(
    "nd",
    multicast / IPv6(src=HOST6, dst=GROUP, hlim=255) / ICMPv6ND_NS(tgt=TARGET6) / option,
    advertisement(HOST6, HOST, TARGET6, R=1, S=1, O=1),
)
show(
    "nd-unicast",
    Ether(src=HOST, dst=OWN) / IPv6(src=HOST6, dst=TARGET6, hlim=255) / ICMPv6ND_NS(tgt=TARGET6),
    advertisement(HOST6, HOST, TARGET6, R=1, S=1, O=1),
)
show(
    "nd-proxy",
    multicast / IPv6(src=HOST6, dst="ff02::1:ff00:7", hlim=255) / ICMPv6ND_NS(tgt="2001:db8:9::7") / option,
    advertisement(HOST6, HOST, "2001:db8:9::7", R=0, S=1, O=0),
)
show(
    "nd-probe",
    multicast / IPv6(src="::", dst=GROUP, hlim=255) / ICMPv6ND_NS(tgt=TARGET6),
    advertisement("ff02::1", "33:33:00:00:00:01", TARGET6, R=1, S=0, O=1),
)
