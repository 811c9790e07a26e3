#!/usr/bin/python3
"""Writes esp.txt: packets and what scapy's IPsec makes of them, as "name inside outside". Run: python3 make_esp.py > esp.txt

Scapy pads to 16 bytes, the platform to 4 (RFC 4303, section 2.4): packets named "same-..." have lengths for which both is the same.
Sequence numbers are 1, initialization vectors too; with extended numbers the upper half is 0 and counts only for the ICV.
"""
import logging

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import IP, UDP, TCP, Ether, IPv6, Raw
from scapy.layers.ipsec import ESP, SecurityAssociation

MACS = dict(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b")
KEYS = {"128": bytes(range(1, 21)), "256": bytes(range(101, 137))}
VECTOR = (1).to_bytes(8, "big")


def inside(is_v6, is_same, size):
    if is_v6:
        packet = IPv6(src="fd00:1::5", dst="2001:db8:2::9") / TCP(sport=40007, dport=443, flags="A")
    else:
        packet = IP(src="10.0.0.5", dst="192.0.2.9", id=7) / UDP(sport=40001, dport=53)
    payload = bytes(range(size))
    while is_same and (len(bytes(packet / Raw(payload))) + 2) % 16 not in (0, 13, 14, 15):
        payload += b"!"
    return packet / Raw(payload)


for bits, key in KEYS.items():
    for outer in (4, 6):
        for inner in (4, 6):
            for is_extended in (False, True):
                for is_same in (True, False):
                    header = IPv6(src="2001:db8:aa::1", dst="2001:db8:bb::2", hlim=64) if outer == 6 else \
                        IP(src="203.0.113.10", dst="203.0.113.20", ttl=64, flags="DF", id=0)
                    association = SecurityAssociation(ESP, spi=0x1001, seq_num=1, crypt_algo="AES-GCM", crypt_key=key,
                                                      tunnel_header=header, esn_en=is_extended, esn=0)
                    packet = inside(inner == 6, is_same, 37 + 3 * outer + inner)
                    sealed = association.encrypt(packet, seq_num=1, iv=VECTOR)
                    name = f"{'same' if is_same else 'padded'}-{bits}-over{outer}-of{inner}{'-esn' if is_extended else ''}"
                    print(name, bytes(Ether(**MACS) / packet).hex(), bytes(Ether(**MACS) / sealed).hex())
