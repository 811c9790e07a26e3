#!/usr/bin/python3
"""The far end of the tunnel of deploy/examples/ipsec.yaml: decrypts pings with scapy and sends the answers encrypted.

esp.py KEY-FILE-IN KEY-FILE-OUT: the key of what arrives (SPI 4097) and of what is sent (SPI 8193), in hexadecimal digits.
"""
import sys

from scapy.all import AsyncSniffer, Ether, ICMP, IP, IPv6, conf, get_if_hwaddr, sendp
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest
from scapy.layers.ipsec import ESP, SecurityAssociation

NEAR, FAR, GATEWAY_MAC = "203.0.113.1", "203.0.113.10", "02:00:00:00:f0:01"


def association(spi, file, source, destination):
    with open(file, encoding="ascii") as text:
        key = bytes.fromhex(text.read().strip())
    return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-GCM", crypt_key=key, tunnel_header=IP(src=source, dst=destination))


def main():
    conf.verb = 0
    arriving = association(4097, sys.argv[1], NEAR, FAR)
    leaving = association(8193, sys.argv[2], FAR, NEAR)
    own = get_if_hwaddr("eth0")

    def answer(frame):
        inner = arriving.decrypt(frame[IP])
        if ICMP in inner:
            reply = IP(src=inner[IP].dst, dst=inner[IP].src) / ICMP(type=0, id=inner[ICMP].id, seq=inner[ICMP].seq) / inner[ICMP].payload
        else:
            echo = inner[ICMPv6EchoRequest]
            reply = IPv6(src=inner[IPv6].dst, dst=inner[IPv6].src) / ICMPv6EchoReply(id=echo.id, seq=echo.seq, data=echo.data)
        sendp(Ether(src=own, dst=GATEWAY_MAC) / leaving.encrypt(reply), iface="eth0")

    sniffer = AsyncSniffer(iface="eth0", filter=f"ip proto 50 and src host {NEAR}", prn=answer, started_callback=lambda: print("ready", flush=True))
    sniffer.start()
    sniffer.join()


main()
