#!/usr/bin/python3
"""The far end of deploy/examples/vlan.yaml (framed_echo.py vlan) and of deploy/examples/mpls.yaml (framed_echo.py mpls): answers pings, with scapy."""
import sys

from scapy.all import AsyncSniffer, Dot1Q, Ether, ICMP, IP, IPv6, conf, get_if_hwaddr, sendp
from scapy.contrib.mpls import MPLS
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest

GATEWAY_MAC = "02:00:00:00:f0:01"


def echo_of(packet):
    if ICMP in packet and packet[ICMP].type == 8:
        return IP(src=packet[IP].dst, dst=packet[IP].src) / ICMP(type=0, id=packet[ICMP].id, seq=packet[ICMP].seq) / packet[ICMP].payload
    if ICMPv6EchoRequest in packet:
        echo = packet[ICMPv6EchoRequest]
        return IPv6(src=packet[IPv6].dst, dst=packet[IPv6].src) / ICMPv6EchoReply(id=echo.id, seq=echo.seq, data=echo.data)
    return None


def main():
    conf.verb = 0
    kind = sys.argv[1]
    own = get_if_hwaddr("eth0")

    def answer(frame):
        reply = echo_of(frame)
        if frame[Ether].src != GATEWAY_MAC or reply is None:
            return
        if kind == "vlan" and Dot1Q in frame and frame[Dot1Q].vlan == 20:
            sendp(Ether(src=own, dst=GATEWAY_MAC) / Dot1Q(vlan=20) / reply, iface="eth0")
        if kind == "mpls" and MPLS in frame and (frame[MPLS].label, frame[MPLS].s, frame[MPLS].ttl) == (1001, 1, 255):
            sendp(Ether(src=own, dst=GATEWAY_MAC, type=0x8847) / MPLS(label=2001, s=1, ttl=9) / reply, iface="eth0")

    sniffer = AsyncSniffer(iface="eth0", prn=answer, started_callback=lambda: print("ready", flush=True))
    sniffer.start()
    sniffer.join()


main()
