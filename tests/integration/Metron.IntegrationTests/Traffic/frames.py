#!/usr/bin/python3
"""Sends frames that no well-behaved host sends: frames.py KIND COUNT [DESTINATION4 [DESTINATION6]]

The frames leave by eth0 towards the gateway of the client's network. Kinds are the keys of KINDS below.
"""
import sys

from scapy.all import (Dot1Q, Ether, GRE, ICMP, IP, IPv6, IPv6ExtHdrFragment, IPv6ExtHdrRouting, Raw, TCP, UDP, conf, get_if_hwaddr, sendp)

GATEWAY_MAC = "02:00:00:00:01:01"
SOURCE4, SOURCE6 = "10.1.0.2", "fd00:1::2"


def kinds(to4, to6):
    ether = Ether(src=get_if_hwaddr("eth0"), dst=GATEWAY_MAC)
    ip = IP(src=SOURCE4, dst=to4)
    ip6 = IPv6(src=SOURCE6, dst=to6)
    udp = UDP(sport=40002, dport=7)
    payload = Raw(b"x" * 32)
    return {
        "good": ether / ip / udp / payload,
        "good6": ether / ip6 / udp / payload,
        "first-fragment": ether / IP(src=SOURCE4, dst=to4, flags="MF", id=7) / udp / payload,
        "later-fragment": ether / IP(src=SOURCE4, dst=to4, frag=8, id=7, proto=17) / payload,
        "fragment6": ether / ip6 / IPv6ExtHdrFragment(nh=17, offset=8, m=0, id=7) / payload,
        "vlan": ether / Dot1Q(vlan=77) / ip / udp / payload,
        "double-vlan": ether / Dot1Q(vlan=77) / Dot1Q(vlan=78) / ip / udp / payload,
        "not-ip": Ether(src=ether.src, dst=GATEWAY_MAC, type=0x88B5) / payload,
        "wrong-version": ether / IP(src=SOURCE4, dst=to4, version=5) / udp / payload,
        "short-header-length": ether / IP(src=SOURCE4, dst=to4, ihl=4) / udp / payload,
        "total-length-too-large": ether / IP(src=SOURCE4, dst=to4, len=1400) / udp / payload,
        "bad-checksum": ether / IP(src=SOURCE4, dst=to4, chksum=0x1234) / udp / payload,
        "truncated-tcp": ether / IP(src=SOURCE4, dst=to4, proto=6) / Raw(b"\x9c\x42\x00\x50\x00\x00"),
        "source-route": ether / IP(src=SOURCE4, dst=to4, options=[b"\x83\x07\x04\x0a\x09\x09\x09", b"\x00"]) / udp / payload,
        "routing-header6": ether / ip6 / IPv6ExtHdrRouting(addresses=["2001:db8::77"], segleft=1, type=0) / udp / payload,
        "martian": ether / IP(src="127.0.0.1", dst=to4) / udp / payload,
        "last-hop": ether / IP(src=SOURCE4, dst=to4, ttl=1) / udp / payload,
        "last-hop6": ether / IPv6(src=SOURCE6, dst=to6, hlim=1) / udp / payload,
        "gre": ether / ip / GRE() / IP(src="10.9.9.9", dst="10.9.9.8") / payload,
        "icmp-error-unrelated": ether / ip / ICMP(type=3, code=3) / IP(src=to4, dst=SOURCE4) / UDP(sport=9, dport=10) / payload,
        "icmp-error-malformed": ether / ip / ICMP(type=3, code=3) / Raw(b"\x45\x00\x00"),
        "tcp-no-connection": ether / ip / TCP(sport=40002, dport=80, flags="A"),
    }


def main():
    kind, count = sys.argv[1], int(sys.argv[2])
    to4 = sys.argv[3] if len(sys.argv) > 3 else "203.0.113.10"
    to6 = sys.argv[4] if len(sys.argv) > 4 else "2001:db8:2::10"
    conf.verb = 0
    sendp(kinds(to4, to6)[kind], iface="eth0", count=count)


main()
