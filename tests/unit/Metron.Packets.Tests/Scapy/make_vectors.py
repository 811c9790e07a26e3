"""Writes vectors.txt: frames made by scapy, by name, as hexadecimal. Run: python3 make_vectors.py > vectors.txt"""
from scapy.all import *
from scapy.layers.inet6 import *
import logging; logging.getLogger("scapy").setLevel(logging.ERROR)
E=dict(src="02:00:00:00:00:0a",dst="02:00:00:00:00:0b")
def h(name,p): print(f'{name} {bytes(p).hex()}')
def both(name,a,b): h(name+"_before",a); h(name+"_after",b)
pl=b"metron payload!!x"  # odd
both("tcp4", Ether(**E)/IP(src="10.0.0.5",dst="192.0.2.9",ttl=64,id=7)/TCP(sport=40000,dport=443,seq=1,ack=2,flags="PA")/pl,
     Ether(**E)/IP(src="198.51.100.1",dst="203.0.113.77",ttl=61,id=7)/TCP(sport=50002,dport=8443,seq=1,ack=2,flags="PA")/pl)
both("udp4", Ether(**E)/Dot1Q(vlan=100)/IP(src="10.0.0.5",dst="192.0.2.9",ttl=64,id=7)/UDP(sport=40000,dport=53)/pl,
     Ether(**E)/Dot1Q(vlan=100)/IP(src="198.51.100.1",dst="192.0.2.9",ttl=63,id=7)/UDP(sport=1024,dport=53)/pl)
both("icmp4", Ether(**E)/IP(src="10.0.0.5",dst="192.0.2.9",ttl=64,id=7)/ICMP(type=8,id=0x1234,seq=1)/pl,
     Ether(**E)/IP(src="198.51.100.1",dst="192.0.2.9",ttl=63,id=7)/ICMP(type=8,id=0x4321,seq=1)/pl)
both("tcp6", Ether(**E)/IPv6(src="2001:db8:1::5",dst="2001:db8:2::9",hlim=64)/TCP(sport=40000,dport=443,flags="A")/pl,
     Ether(**E)/IPv6(src="2001:db8:ffff::1",dst="2001:db8:2::77",hlim=62)/TCP(sport=50002,dport=8443,flags="A")/pl)
both("udp6", Ether(**E)/IPv6(src="2001:db8:1::5",dst="2001:db8:2::9",hlim=64)/UDP(sport=40000,dport=53)/pl,
     Ether(**E)/IPv6(src="2001:db8:ffff::1",dst="2001:db8:2::9",hlim=63)/UDP(sport=1024,dport=53)/pl)
both("icmp6", Ether(**E)/IPv6(src="2001:db8:1::5",dst="2001:db8:2::9",hlim=64)/ICMPv6EchoRequest(id=0x1234,seq=1,data=pl),
     Ether(**E)/IPv6(src="2001:db8:ffff::1",dst="2001:db8:2::9",hlim=63)/ICMPv6EchoRequest(id=0x4321,seq=1,data=pl))
# udp fragment: first fragment's checksum covers whole datagram
def frag(src,ttl):
    u=IP(src=src,dst="192.0.2.9",ttl=ttl,id=9)/UDP(sport=40000,dport=53)/(b"abcdefgh"*40)
    fs=fragment(IP(bytes(u)),fragsize=160)
    return fs
a=frag("10.0.0.5",64); b=frag("10.0.0.77",63)
both("frag4first",Ether(**E)/a[0],Ether(**E)/b[0])
both("frag4later",Ether(**E)/a[1],Ether(**E)/b[1])
# ICMP errors: from far router 192.0.2.1 to NAPT outside 198.51.100.1 about outside tuple; translated to inside
def err4(outdst, esrc, esport, ttl, icmp, l4):
    inner=IP(src=esrc,dst="192.0.2.9",ttl=3,id=7)/l4(esport)
    return Ether(**E)/IP(src="192.0.2.1",dst=outdst,ttl=ttl,id=1)/icmp/bytes(IP(bytes(inner)))
both("err4udp", err4("198.51.100.1","198.51.100.1",1024,64,ICMP(type=3,code=3),lambda s:UDP(sport=s,dport=53)/pl),
     err4("10.0.0.5","10.0.0.5",40000,63,ICMP(type=3,code=3),lambda s:UDP(sport=s,dport=53)/pl))
both("err4tcp", err4("198.51.100.1","198.51.100.1",1024,64,ICMP(type=11,code=0),lambda s:TCP(sport=s,dport=443,seq=5)),
     err4("10.0.0.5","10.0.0.5",40000,63,ICMP(type=11,code=0),lambda s:TCP(sport=s,dport=443,seq=5)))
both("err4icmp", err4("198.51.100.1","198.51.100.1",0x4321,64,ICMP(type=3,code=1),lambda s:ICMP(type=8,id=s,seq=1)/pl),
     err4("10.0.0.5","10.0.0.5",0x1234,63,ICMP(type=3,code=1),lambda s:ICMP(type=8,id=s,seq=1)/pl))
def short(outdst, esrc, esport, ttl):
    inner=bytes(IP(src=esrc,dst="192.0.2.9",ttl=3,id=7)/TCP(sport=esport,dport=443,seq=5))[:28]
    return Ether(**E)/IP(src="192.0.2.1",dst=outdst,ttl=ttl,id=1)/ICMP(type=3,code=1)/inner
both("err4short", short("198.51.100.1","198.51.100.1",1024,64), short("10.0.0.5","10.0.0.5",40000,63))
def err6(outdst, esrc, esport, hlim, icmp, l4):
    inner=IPv6(src=esrc,dst="2001:db8:2::9",hlim=3)/l4(esport)
    return Ether(**E)/IPv6(src="2001:db8:2::1",dst=outdst,hlim=hlim)/icmp/bytes(inner)
both("err6udp", err6("2001:db8:ffff::1","2001:db8:ffff::1",1024,64,ICMPv6DestUnreach(code=4),lambda s:UDP(sport=s,dport=53)/pl),
     err6("2001:db8:1::5","2001:db8:1::5",40000,63,ICMPv6DestUnreach(code=4),lambda s:UDP(sport=s,dport=53)/pl))
both("err6tcp", err6("2001:db8:ffff::1","2001:db8:ffff::1",1024,64,ICMPv6PacketTooBig(mtu=1280),lambda s:TCP(sport=s,dport=443,seq=5)),
     err6("2001:db8:1::5","2001:db8:1::5",40000,63,ICMPv6PacketTooBig(mtu=1280),lambda s:TCP(sport=s,dport=443,seq=5)))
both("err6icmp", err6("2001:db8:ffff::1","2001:db8:ffff::1",0x4321,64,ICMPv6TimeExceeded(),lambda s:ICMPv6EchoRequest(id=s,seq=1,data=pl)),
     err6("2001:db8:1::5","2001:db8:1::5",0x1234,63,ICMPv6TimeExceeded(),lambda s:ICMPv6EchoRequest(id=s,seq=1,data=pl)))
ext=lambda src,h: Ether(**E)/IPv6(src=src,dst="2001:db8:2::9",hlim=h)/IPv6ExtHdrHopByHop(options=[RouterAlert()])/IPv6ExtHdrDestOpt()/UDP(sport=40000,dport=53)/pl
both("ext6", ext("2001:db8:1::5",64), ext("2001:db8:ffff::1",63))
h("options", Ether(**E)/IP(src="10.0.0.5",dst="192.0.2.9",options=[IPOption_Router_Alert(),IPOption_NOP()])/UDP(sport=1,dport=2)/pl)
h("sourceroute", Ether(**E)/IP(src="10.0.0.5",dst="192.0.2.9",options=[IPOption_LSRR(routers=["1.2.3.4"])])/UDP(sport=1,dport=2)/pl)
