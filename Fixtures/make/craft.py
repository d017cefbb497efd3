#!/usr/bin/env python3
"""Makes small captures, byte by byte, of what real recordings seldom hold.

  craft.py [NAME...]      into Fixtures/crafted; without names, all of them

Only the standard library and the zstd tool are needed; the output is always the same.
"""

import gzip
import os
import struct
import subprocess
import sys
import zlib

here = os.path.dirname(os.path.abspath(__file__))
out = os.path.join(here, "..", "crafted")

CAPTURES = {}
START = 1_750_000_000  # 15 June 2025, 15:06:40 UTC

ETHERNET, NULL, RAW, LOOP, SLL, SLL2 = 1, 0, 101, 108, 113, 276

A_MAC, B_MAC = bytes.fromhex("00005e005310"), bytes.fromhex("00005e005325")
BROADCAST = b"\xff" * 6
A, B = bytes([192, 0, 2, 10]), bytes([192, 0, 2, 25])
A6 = bytes.fromhex("20010db8000000000000000000000010")
B6 = bytes.fromhex("20010db8000000000000000000000025")


def capture(name):
    def add(function):
        CAPTURES[name] = function
        return function
    return add


# Files


def pcap(frames, link=ETHERNET, order="<", nano=False, snaplen=262144):
    """Frames are bytes, or (bytes, length on the wire); 1 ms apart."""
    data = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)
    for i, frame in enumerate(frames):
        frame, length = frame if isinstance(frame, tuple) else (frame, len(frame))
        fraction = i * 1_000_000 + 123_456_789 if nano else i * 1000 + 123_456
        data += struct.pack(order + "IIII", START, fraction, len(frame), length) + frame
    return data


def block(kind, body, order="<"):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def options(*pairs, order="<"):
    data = b""
    for code, value in pairs:
        value = value.encode() if isinstance(value, str) else value
        data += struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)
    return data + struct.pack("<HH", 0, 0) if pairs else b""


def section(*pairs, order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options(*pairs, order=order), order)


def interface(link, *pairs, order="<", snaplen=262144):
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options(*pairs, order=order), order)


def packet(number, ticks, frame, *pairs, order="<", length=None):
    body = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame),
                       len(frame) if length is None else length)
    return block(6, body + frame + b"\0" * (-len(frame) % 4) + options(*pairs, order=order), order)


# Layers


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(payload, kind=None, source=A_MAC, target=B_MAC, pad=False):
    if kind is None:
        kind = 0x86DD if payload[0] >> 4 == 6 else 0x0800
    frame = target + source + struct.pack("!H", kind) + payload
    return frame.ljust(60, b"\0") if pad else frame


def ipv4(payload, protocol, source=A, target=B, options=b"", identity=1, flags=2, offset=0, ttl=64,
         tos=0, check=None, length=None):
    options += b"\0" * (-len(options) % 4)
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, tos,
                       len(payload) + words * 4 if length is None else length, identity,
                       flags << 13 | offset // 8, ttl, protocol, 0, source, target) + options
    check = checksum(head) if check is None else check
    return head[:10] + struct.pack("!H", check) + head[12:] + payload


def ipv6(payload, protocol, source=A6, target=B6, limit=64, traffic=0, flow=0):
    return struct.pack("!IHBB16s16s", 6 << 28 | traffic << 20 | flow, len(payload), protocol, limit,
                       source, target) + payload


def pseudo(source, target, protocol, length):
    if len(source) == 4:
        return source + target + struct.pack("!HH", protocol, length)
    return source + target + struct.pack("!II", length, protocol)


def tcp(payload=b"", sport=40000, dport=25, sequence=1000, ack=0, flags="A", window=502, options=b"",
        urgent=0, source=A, target=B, check=None):
    options += b"\x01" * (-len(options) % 4)
    bits = sum({"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128, "N": 256,
                "x": 512, "y": 1024, "z": 2048}[f] for f in flags)
    head = struct.pack("!HHIIHHHH", sport, dport, sequence & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                       (5 + len(options) // 4) << 12 | bits, window, 0, urgent) + options
    whole = head + payload
    if check is None:
        check = checksum(pseudo(source, target, 6, len(whole)) + whole)
    elif check == "partial":  # what the stack leaves for the network card: the pseudo-header's sum
        check = ~checksum(pseudo(source, target, 6, len(whole))) & 0xFFFF
    return whole[:16] + struct.pack("!H", check) + whole[18:]


def udp(payload, sport=40000, dport=9, source=A, target=B, check=None, length=None):
    size = len(payload) + 8 if length is None else length
    whole = struct.pack("!HHHH", sport, dport, size, 0) + payload
    if check is None:
        check = checksum(pseudo(source, target, 17, size) + whole) or 0xFFFF
    return whole[:6] + struct.pack("!H", check) + payload


def icmp(kind, code, body):
    data = struct.pack("!BBH", kind, code, 0) + body
    return data[:2] + struct.pack("!H", checksum(data)) + data[4:]


def icmp6(kind, code, body, source=A6, target=B6):
    data = struct.pack("!BBH", kind, code, 0) + body
    return data[:2] + struct.pack("!H", checksum(pseudo(source, target, 58, len(data)) + data)) + data[4:]


class Talk:
    """One TCP conversation; frames are collected as IP packets."""

    def __init__(self, dport=25, sport=40000, v6=False, start=1000, answer=5000, options=b"", link=ethernet):
        self.a, self.b = (A6, B6) if v6 else (A, B)
        self.sport, self.dport = sport, dport
        self.next = {"C": start, "S": answer}
        self.frames, self.identity, self.v6, self.link = [], 1, v6, link
        self.syn = options

    def packet(self, side, payload=b"", flags="A", sequence=None, **more):
        other = "S" if side == "C" else "C"
        source, target = (self.a, self.b) if side == "C" else (self.b, self.a)
        ports = (self.sport, self.dport) if side == "C" else (self.dport, self.sport)
        segment = tcp(payload, *ports, self.next[side] if sequence is None else sequence,
                      more.pop("ack", self.next[other]) if "A" in flags else 0, flags,
                      source=source, target=target, **more)
        self.identity += 1
        datagram = ipv6(segment, 6, source, target) if self.v6 else \
            ipv4(segment, 6, source, target, identity=self.identity)
        macs = (A_MAC, B_MAC) if side == "C" else (B_MAC, A_MAC)
        if self.link is ethernet:
            self.frames.append(ethernet(datagram, None, *macs))
        else:
            self.frames.append(self.link(datagram, side))
        if sequence is None:
            self.next[side] = (self.next[side] + len(payload) + ("S" in flags) + ("F" in flags)) & 0xFFFFFFFF
        return self

    def open(self):
        self.packet("C", flags="S", options=self.syn)
        self.packet("S", flags="SA", options=self.syn)
        return self.packet("C")

    def close(self):
        self.packet("C", flags="FA").packet("S", flags="FA")
        return self.packet("C")

    def say(self, *lines):
        """Lines beginning with C: or S:, a segment each; CRLF is added."""
        for line in lines:
            side, text = line[0], line[2:].strip(" ")
            self.packet(side, text.encode() + b"\r\n", "PA")
        return self


MAIL = ["S:220 mail.example.org ESMTP", "C:EHLO client.example.net", "S:250 mail.example.org",
        "C:MAIL FROM:<ann@example.com>", "S:250 2.1.0 Ok", "C:RCPT TO:<alice@example.org>",
        "S:250 2.1.5 Ok", "C:DATA", "S:354 Go on", "C:Subject: Crafted\r\n\r\nHello.\r\n.",
        "S:250 2.0.0 Ok: queued", "C:QUIT", "S:221 2.0.0 Bye"]
POP = ["S:+OK POP3 ready", "C:USER alice", "S:+OK", "C:PASS wonderland-test", "S:+OK 1 message",
       "C:RETR 1", "S:+OK 31 octets\r\nSubject: Crafted\r\n\r\n..dot\r\nend\r\n.", "C:QUIT", "S:+OK bye"]
IMAP = ["S:* OK [CAPABILITY IMAP4rev1] ready", "C:a1 LOGIN alice wonderland-test", "S:a1 OK in",
        "C:a2 SELECT INBOX", "S:* 1 EXISTS\r\na2 OK [READ-WRITE] done", "C:a3 FETCH 1 BODY[]",
        "S:* 1 FETCH (BODY[] {31}\r\nSubject: Crafted\r\n\r\n.dot\r\nend\r\n)\r\na3 OK done", "C:a4 LOGOUT", "S:* BYE\r\na4 OK out"]


def short(**named):
    """A session of a greeting and QUIT."""
    return Talk(**named).open().say("S:220 mail.example.org ESMTP", "C:QUIT", "S:221 2.0.0 Bye").close().frames


# Capture files


@capture("pcap-big-endian-nano.pcap")
def _():
    return pcap(short(), order=">", nano=True)


@capture("pcap-big-endian.pcap")
def _():
    return pcap(short(v6=True), order=">")


@capture("pcap-empty.pcap")
def _():
    return pcap([])


@capture("pcap-truncated.pcap")
def _():
    return pcap(short())[:-17]


@capture("pcap-truncated-header.pcap")
def _():
    data = pcap(short()[:3])
    return data + struct.pack("<II", START, 0)


@capture("pcap-length-absurd.pcap")
def _():
    return pcap(short()[:3]) + struct.pack("<IIII", START, 0, 0x7FFFFFFF, 60) + b"\0" * 60


@capture("pcap-snaplen.pcap")
def _():
    return pcap([(f[:60], len(f)) for f in Talk().open().say(*MAIL).close().frames], snaplen=60)


@capture("pcap-gzip.pcap.gz")
def _():
    return gzip.compress(pcap(short()), mtime=0)


@capture("pcap-gzip-truncated.pcap.gz")
def _():
    return gzip.compress(pcap(Talk().open().say(*MAIL).close().frames), mtime=0)[:-60]


def zstd(data):
    return subprocess.run(["zstd", "-q", "-19", "-c"], input=data, capture_output=True, check=True).stdout


@capture("pcap-zstd.pcap.zst")
def _():
    return zstd(pcap(short()))


def mixed(order="<"):
    frames = short()
    data = section((1, "A comment\non two lines"), (2, "veth"), (3, "Linux"), (4, "craft"), order=order)
    data += interface(ETHERNET, (2, "eth0"), (3, "Ethernet side"), (9, b"\x09"), (12, "Linux"), order=order)
    data += interface(RAW, (2, "tun0"), (9, b"\x8a"), (14, struct.pack(order + "q", 1000)), order=order)
    for i, frame in enumerate(frames):
        if i % 3 == 2:
            # Interface 1: ticks of 2^-10 s, offset of 1000 s
            data += packet(1, (START - 1000) * 1024 + i, frame[14:], (1, f"frame {i + 1}"), order=order)
        else:
            data += packet(0, START * 10**9 + i * 1_000_000, frame, (2, struct.pack(order + "I", 1 + i % 2)), order=order)
    return data


@capture("pcapng-two-interfaces.pcapng")
def _():
    data = mixed()
    # Names (192.0.2.25 mail.example.org), statistics, an unknown block, a custom block
    name = B + b"mail.example.org\0"
    names = struct.pack("<HH", 1, len(name)) + name + b"\0" * (-len(name) % 4) + struct.pack("<HH", 0, 0)
    data += block(4, names)
    data += block(5, struct.pack("<III", 0, START >> 32, START & 0xFFFFFFFF) + options((4, struct.pack("<Q", 10))))
    data += block(0x0BAD0BAD, b"unknown block")
    data += block(0x40000BAD, struct.pack("<I", 32473) + b"custom")
    return data


@capture("pcapng-big-endian.pcapng")
def _():
    return mixed(">")


@capture("pcapng-two-sections.pcapng")
def _():
    """The second section has another byte order, and counts its interfaces from 0 again."""
    frames = short()
    data = section() + interface(ETHERNET)
    for i, f in enumerate(frames[:4]):
        data += packet(0, START * 10**6 + i, f)
    data += section(order=">") + interface(RAW, order=">")
    for i, f in enumerate(frames[4:], 4):
        data += packet(0, START * 10**6 + i, f[14:], order=">")
    return data


@capture("pcapng-simple-packets.pcapng")
def _():
    data = section() + interface(ETHERNET, snaplen=60)
    for f in short():
        data += block(3, struct.pack("<I", len(f)) + f[:60])
    return data


@capture("pcapng-obsolete-packets.pcapng")
def _():
    data = section() + interface(ETHERNET)
    for i, f in enumerate(short()):
        ticks = START * 10**6 + i * 1000
        data += block(2, struct.pack("<HHIIII", 0, 0xFFFF, ticks >> 32, ticks & 0xFFFFFFFF, len(f), len(f)) + f)
    return data


@capture("pcapng-truncated.pcapng")
def _():
    return mixed()[:-30]


@capture("pcapng-bad-block-length.pcapng")
def _():
    data = section() + interface(ETHERNET) + packet(0, START * 10**6, short()[0])
    return data + struct.pack("<II", 6, 13) + b"\0" * 40


@capture("pcapng-no-interface.pcapng")
def _():
    return section() + packet(0, START * 10**6, short()[0])


@capture("pcapng-times.pcapng")
def _():
    """A session whose clock is at both ends of 64 bits, and beyond what nanoseconds in 64 bits hold."""
    clocks = [  # resolution, offset in seconds, ticks
        (6, 0, 0), (6, 0, 2**64 - 1), (9, 0, 2**64 - 1), (0, 0, 2**64 - 1), (0, 0, 2**63), (0, 0, 2**63 - 1),
        (6, 2**63 - 1, 0), (6, -2**63, 2**64 - 1), (6, -1, 500_000), (6, -62_135_596_801, 2_500_000),
        (6, -70_000_000_000, 500_000), (6, 0, START * 10**9), (0x81, 2**62, 3), (6, 0, START * 10**6),
    ]
    data = section()
    for resolution, offset, _ in clocks:
        data += interface(ETHERNET, (9, bytes([resolution])), (14, struct.pack("<q", offset)))
    for i, frame in enumerate(Talk().open().say(*MAIL).close().frames):
        number = i % len(clocks)
        data += packet(number, clocks[number][2], frame)
    return data


@capture("pcapng-secrets.pcapng")
def _():
    """The recorded STARTTLS session, with its key log in a Decryption Secrets Block."""
    recorded = os.path.join(here, "..", "recorded")
    with open(os.path.join(recorded, "imap-starttls.keys"), "rb") as file:
        keys = file.read()
    with open(os.path.join(recorded, "imap-starttls.pcap"), "rb") as file:
        source = file.read()
    keys = b"".join(l for l in keys.splitlines(True) if not l.startswith(b"#"))
    data = section() + block(10, struct.pack("<II", 0x544C534B, len(keys)) + keys)
    data += interface(ETHERNET, (9, b"\x09"))
    offset = 24
    while offset < len(source):
        seconds, fraction, size, length = struct.unpack_from("<IIII", source, offset)
        data += packet(0, seconds * 10**9 + fraction, source[offset + 16:offset + 16 + size], length=length)
        offset += 16 + size
    return data


# Link layers


def vlan(tags, kinds):
    def wrap(frame):
        head = b""
        for (priority, drop, number), kind in zip(tags, kinds):
            head += struct.pack("!HH", kind, priority << 13 | drop << 12 | number)
        return frame[:12] + head + frame[12:]
    return wrap


@capture("link-vlan.pcap")
def _():
    wrap = vlan([(5, 0, 42)], [0x8100])
    return pcap([wrap(f) for f in short()])


@capture("link-qinq.pcap")
def _():
    provider = vlan([(3, 1, 100), (0, 0, 4094)], [0x88A8, 0x8100])
    double = vlan([(0, 0, 0), (7, 0, 1)], [0x8100, 0x8100])
    old = vlan([(0, 0, 7), (0, 0, 8)], [0x9100, 0x8100])
    frames = short()
    return pcap([provider(f) for f in frames[:4]] + [double(f) for f in frames[4:8]] + [old(f) for f in frames[8:]])


@capture("link-llc-snap.pcap")
def _():
    frames = []
    for f in short()[:4]:
        payload = b"\xaa\xaa\x03\0\0\0" + f[12:]
        frames.append((f[:12] + struct.pack("!H", len(payload)) + payload).ljust(60, b"\0"))
    # Spanning tree, LLC without SNAP; CDP's organisation; Novell raw 802.3
    stp = bytes.fromhex("424203" + "0000000000" + "8000005e005300" + "00000000" + "00000000"
                        "8000005e0053008001" + "0000140002000f00")[:38]
    frames.append((bytes.fromhex("0180c2000000") + A_MAC + struct.pack("!H", len(stp)) + stp).ljust(60, b"\0"))
    snap = b"\xaa\xaa\x03\x00\x00\x0c\x20\x00" + bytes.fromhex("02b4000000010009") + b"examp"
    frames.append((bytes.fromhex("01000ccccccc") + A_MAC + struct.pack("!H", len(snap)) + snap).ljust(60, b"\0"))
    raw = b"\xff\xff" + bytes.fromhex("001e0001") + b"\0" * 24
    frames.append((BROADCAST + A_MAC + struct.pack("!H", len(raw)) + raw).ljust(60, b"\0"))
    return pcap(frames)


@capture("link-ethernet-odd.pcap")
def _():
    """Padding, a trailer, an EtherType nobody knows, a length that lies, frames too short."""
    frames = [ethernet(ipv4(tcp(flags="S"), 6), pad=True)]
    frames.append(ethernet(ipv4(tcp(flags="S"), 6)) + b"trailer bytes!")
    frames.append(ethernet(b"who knows", 0x1234, pad=True))
    frames.append(ethernet(b"experimental", 0x88B5, pad=True))
    frames.append((B_MAC + A_MAC + struct.pack("!H", 1400) + b"\xaa\xaa\x03" + b"\0" * 20))
    frames.append((B_MAC + A_MAC + struct.pack("!H", 1501) + b"\0" * 46))
    frames.append(B_MAC + A_MAC)
    frames.append(B_MAC[:3])
    frames.append(B_MAC + A_MAC + b"\x08\x00")
    frames.append(B_MAC + A_MAC + b"\x08\x00" + b"\x45\x00")
    frames.append(B_MAC + A_MAC + b"\x81\x00\x00")
    return pcap(frames)


def null_frames(order):
    four = Talk(link=lambda d, side: struct.pack(order + "I", 2) + d).open().say("S:220 a").close().frames
    six = []
    for family in (10, 24, 28, 30):
        six += Talk(v6=True, sport=40000 + family, link=lambda d, side: struct.pack(order + "I", family) + d).open().frames
    return four + six


@capture("link-null-little-endian.pcap")
def _():
    return pcap(null_frames("<"), NULL)


@capture("link-null-big-endian.pcap")
def _():
    """As written by a machine of the other byte order, families swapped too."""
    return pcap(null_frames(">"), NULL, order=">")


@capture("link-null-swapped.pcap")
def _():
    """Families in the order opposite to the file's."""
    return pcap(null_frames(">"), NULL)


@capture("link-loop.pcap")
def _():
    return pcap(null_frames(">"), LOOP)


@capture("link-raw-ip.pcap")
def _():
    frames = Talk(link=lambda d, side: d).open().say(*MAIL).close().frames
    return pcap(frames + Talk(v6=True, sport=40001, link=lambda d, side: d).open().close().frames, RAW)


@capture("link-raw-ipv4.pcap")
def _():
    return pcap(Talk(link=lambda d, side: d).open().say("S:220 a").close().frames, 228)


@capture("link-raw-ipv6.pcap")
def _():
    return pcap(Talk(v6=True, link=lambda d, side: d).open().say("S:220 a").close().frames, 229)


def sll(datagram, side, kind=None, device=1):
    kind = kind if kind is not None else 0x86DD if datagram[0] >> 4 == 6 else 0x0800
    return struct.pack("!HHH6s2sH", 4 if side == "C" else 0, device, 6,
                       A_MAC if side == "C" else B_MAC, b"\0\0", kind) + datagram


def sll2(datagram, side, kind=None, device=1):
    kind = kind if kind is not None else 0x86DD if datagram[0] >> 4 == 6 else 0x0800
    return struct.pack("!HHIHBB6s2s", kind, 0, 3, device, 4 if side == "C" else 0, 6,
                       A_MAC if side == "C" else B_MAC, b"\0\0") + datagram


def arp(operation, sender, sender_mac, target, target_mac=b"\0" * 6):
    return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, sender_mac, sender, target_mac, target)


@capture("link-sll.pcap")
def _():
    frames = Talk(link=sll).open().say(*MAIL).close().frames + Talk(link=sll, v6=True, sport=40001).open().frames
    frames.append(sll(arp(1, A, A_MAC, B), "C", 0x0806))
    frames.append(struct.pack("!HHH8sH", 0, 772, 6, b"\0" * 8, 0x0800) + ipv4(icmp(8, 0, b"\0\1\0\1ping"), 1))
    frames.append(struct.pack("!HHH8sH", 3, 1, 6, A_MAC + b"\0\0", 0x0004) + b"\x42\x42\x03" + b"\0" * 35)
    return pcap(frames, SLL)


@capture("link-sll2.pcap")
def _():
    frames = Talk(link=sll2).open().say(*MAIL).close().frames + Talk(link=sll2, v6=True, sport=40001).open().frames
    frames.append(sll2(arp(1, A, A_MAC, B), "C", 0x0806))
    return pcap(frames, SLL2)


def tlv(kind, value):
    return struct.pack("!H", kind << 9 | len(value)) + value


def organization(code, kind, value):
    return tlv(127, bytes.fromhex(code) + bytes([kind]) + value)


def lldp(*tlvs, chassis=b"\x04" + A_MAC, port=b"\x05eth0", seconds=b"\0\x78"):
    unit = tlv(1, chassis) + tlv(2, port) + tlv(3, seconds) + b"".join(tlvs)
    return ethernet(unit + tlv(0, b""), 0x88CC, target=bytes.fromhex("0180c200000e"), pad=True)


@capture("lldp.pcap")
def _():
    place = struct.pack("!I", 3)
    station = lldp(
        tlv(4, b"uplink port"), tlv(5, b"switch.example"), tlv(6, b"Example OS 1.0\nbuild 7"),
        tlv(7, struct.pack("!HH", 0x0014, 0x0004)), tlv(8, b"\x05\x01" + A + b"\x02" + place + b"\0"),
        tlv(8, b"\x11\x02" + A6 + b"\x01" + place + b"\x04\x2b\x06\x01\x02"),
        tlv(8, b"\x07\x06" + A_MAC + b"\x03" + place + b"\0"),
        organization("0080c2", 1, b"\0\x0a"), organization("0080c2", 2, b"\x06\0\x05"),
        organization("0080c2", 3, b"\0\x0a\x04name"), organization("0080c2", 4, b"\x02\x88\xcc"),
        organization("0080c2", 7, b"\x03" + place), organization("0080c2", 99, b"abc"),
        organization("00120f", 3, b"\x01" + place), organization("00120f", 4, b"\x05\xf2"),
        organization("00120f", 99, b"abc"), organization("0200ff", 1, b"\x01\x02\x03"), tlv(9, b"abc"))
    ids = [b"\x01one", b"\x02two\0three", b"\x03\x01\xff", b"\x05\x01" + A, b"\x05\x02" + A6, b"\x05\x09four",
           b"\x06\xc3\xa9\x01", b"\x07local", b"\0five", b"\x09six", b"\x04", b"\x04" + A, b"\x05\x01" + A6]
    ports = [b"\x01one", b"\x02\x01\xff", b"\x03" + A_MAC, b"\x04\x01" + A, b"\x04\x02" + A6, b"\x04\x09four",
             b"\x06\x01\x02", b"\x07local", b"\0five", b"\x09six", b"\x05", b"\x03" + A, b"\x04\x02" + A]
    frames = [station, (station[:150], len(station)), lldp()[:-1]]
    frames += [lldp(chassis=value) for value in ids] + [lldp(port=value) for value in ports]
    frames += [lldp(seconds=value) for value in (b"\0\0", b"\xff\xff", b"", b"\0\x01\x02")]
    frames += [lldp(tlv(kind, value)) for kind, value in [
        (1, b"\x07twice"), (2, b"\x07twice"), (3, b"\0\x01"), (5, b""), (7, b"\0\x01\0"), (7, b"\0\x01\0\x01\0"),
        (7, b"\0\x01\0\x01\xff"), (8, b"\x05\x01" + A + b"\x02" + place + b"\0\x78\0"),
        (8, b"\0\x01" + A), (8, b"\x05\x01" + A + b"\x02" + place + b"\x09\x2b"), (127, b"\0\x80\xc2")]]
    multicast = bytes.fromhex("0180c200000e")
    frames += [ethernet(unit, 0x88CC, target=multicast)
               for unit in (b"", b"\x02", tlv(2, b"\x07port"), tlv(1, b"\x07a") + tlv(3, b"\0\x01"),
                            tlv(1, b"\x07a") + tlv(2, b"\x07b") + tlv(4, b""),
                            tlv(1, b"\x07a") + tlv(2, b"\x07b") + tlv(3, b"\0\x01"), b"\x02\xffabc")]
    return pcap(frames)


@capture("arp.pcap")
def _():
    frames = [
        ethernet(arp(1, A, A_MAC, B), 0x0806, A_MAC, BROADCAST, pad=True),
        ethernet(arp(2, B, B_MAC, A, A_MAC), 0x0806, B_MAC, A_MAC, pad=True),
        ethernet(arp(1, A, A_MAC, A), 0x0806, A_MAC, BROADCAST, pad=True),             # gratuitous
        ethernet(arp(2, A, A_MAC, A, BROADCAST), 0x0806, A_MAC, BROADCAST, pad=True),  # gratuitous reply
        ethernet(arp(1, b"\0" * 4, A_MAC, A), 0x0806, A_MAC, BROADCAST, pad=True),     # probe
        ethernet(arp(2, B, bytes.fromhex("00005e005399"), A, A_MAC), 0x0806, B_MAC, A_MAC, pad=True),  # duplicate
        ethernet(arp(3, b"\0" * 4, A_MAC, b"\0" * 4, A_MAC), 0x8035, A_MAC, BROADCAST, pad=True),      # RARP
        ethernet(arp(1, A, A_MAC, B)[:20], 0x0806, A_MAC, BROADCAST),                  # cut
        ethernet(struct.pack("!HHBBH", 6, 0x0800, 8, 4, 1) + b"\1" * 8 + A + b"\2" * 8 + B, 0x0806, A_MAC, BROADCAST),
    ]
    return pcap(frames)


# IPv4, IPv6, ICMP, UDP


@capture("ipv4-options.pcap")
def _():
    lists = [
        b"\x01\x01\x01\x00",                                              # no-operation, end
        b"\x07\x0b\x08" + A + b"\0" * 4 + b"\x00",                        # record route
        b"\x44\x0c\x05\x00" + struct.pack("!II", 1000, 0),                # timestamps
        b"\x44\x14\x0d\x01" + A + struct.pack("!I", 1000) + B + struct.pack("!I", 0),
        b"\x83\x07\x04" + bytes([198, 51, 100, 1]) + b"\x00",             # loose source route
        b"\x89\x07\x04" + bytes([198, 51, 100, 1]) + b"\x00",             # strict source route
        b"\x94\x04\x00\x00",                                              # router alert
        b"\x88\x04\x12\x34",                                              # stream id
        b"\x82\x0b\x00\x00" + b"\0" * 7 + b"\x00",                        # security
        b"\x19\x08\x00\x00\x00\x01\x00\x02",                              # quick start
        b"\xde\x04\xab\xcd",                                              # experimental
        b"\x07\x02\x00\x00",                                              # a length too short for it
        b"\x07\x40\x04\x00",                                              # a length beyond the header
        b"\x07\x00\x00\x00",                                              # length 0
    ]
    # With a source route the checksum is made with the last address of the route.
    return pcap([ethernet(ipv4(udp(b"x", target=o[3:7] if o[0] in (0x83, 0x89) else B), 17, options=o, identity=i))
                 for i, o in enumerate(lists)])


@capture("ipv4-headers.pcap")
def _():
    """DSCP and ECN, a bad checksum, lengths that lie, odd versions, protocols without a decoder."""
    p = udp(b"payload")
    good = ipv4(p, 17)
    frames = [
        ipv4(p, 17, tos=0xB8 | 3), ipv4(p, 17, tos=0x28 | 1), ipv4(p, 17, check=0xBEEF), ipv4(p, 17, check=0),
        ipv4(p, 17, ttl=1), ipv4(p, 17, ttl=0), ipv4(p, 17, flags=4), ipv4(p, 17, flags=0),
        ipv4(p, 17, length=0), ipv4(p, 17, length=12), ipv4(p, 17, length=200), ipv4(p, 17, length=25),
        b"\x44" + good[1:], b"\x55" + good[1:], b"\x4f" + good[1:], good[:19],
        ipv4(b"\0" * 8, 253), ipv4(b"\0" * 8, 2), ipv4(ipv4(p, 17), 4), ipv4(ipv6(udp(b"six", source=A6, target=B6), 17), 41),
        *[ipv4(udp(b"payload", source=s, target=d), 17, s, d)
          for s, d in ((A, bytes([224, 0, 0, 251])), (A, b"\xff" * 4), (B, B))],
        ipv4(bytes.fromhex("0000080045") + b"\0" * 20, 47),
    ]
    return pcap([ethernet(f, 0x0800) for f in frames])


def pieces(whole, cuts, identity, protocol=17, **more):
    edges = [0] + cuts + [len(whole)]
    return [ethernet(ipv4(whole[a:b], protocol, identity=identity, flags=0 if b == len(whole) else 1, offset=a, **more))
            for a, b in zip(edges, edges[1:])]


@capture("ipv4-fragments.pcap")
def _():
    whole = udp(bytes(range(100)) * 2, dport=9)
    frames = pieces(whole, [80, 160], 10)                                 # in order
    second = pieces(whole, [48, 96, 144], 11)
    frames += [second[i] for i in (3, 1, 0, 2)]                           # out of order
    third = pieces(whole, [80, 160], 12)
    frames += [third[0], third[0], third[1], third[2]]                    # a fragment twice
    fourth = pieces(whole, [80, 160], 13)
    overlap = ethernet(ipv4(whole[64:120], 17, identity=13, flags=1, offset=64))
    frames += [fourth[0], overlap, fourth[1], fourth[2]]                  # overlapping, the same bytes
    other = ethernet(ipv4(b"\xee" * 56, 17, identity=14, flags=1, offset=64))
    fifth = pieces(whole, [80, 160], 14)
    frames += [fifth[0], other, fifth[1], fifth[2]]                       # overlapping, other bytes
    frames += pieces(whole, [80, 160], 15)[:2]                            # never complete
    frames.append(ethernet(ipv4(b"\1" * 16, 17, identity=16, flags=1, offset=65528)))   # beyond 65535
    frames.append(ethernet(ipv4(b"\1" * 13, 17, identity=17, flags=1, offset=0)))       # not a multiple of 8
    tail = pieces(whole, [80], 18)
    frames += [tail[1], ethernet(ipv4(whole[80:120], 17, identity=18, flags=0, offset=80)), tail[0]]  # two ends
    # The same identification, other addresses: not the same datagram.
    frames += [pieces(whole, [80], 19)[0], pieces(whole, [80], 19, source=bytes([192, 0, 2, 11]))[1]]
    return pcap(frames)


@capture("ipv4-fragmented-smtp.pcap")
def _():
    """A session whose data segments are fragmented, the fragments in turns out of order."""
    frames = []
    for i, f in enumerate(Talk().open().say(*MAIL).close().frames):
        whole = f[34:]
        if len(whole) <= 32:
            frames.append(f)
            continue
        cut = [ethernet(ipv4(whole[a:a + 24], 6, f[26:30], f[30:34], identity=100 + i,
                             flags=1 if a + 24 < len(whole) else 0, offset=a), None, f[6:12], f[:6])
               for a in range(0, len(whole), 24)]
        frames += cut[::-1] if i % 2 else cut
    return pcap(frames)


def extension(following, body, kind=None):
    body += b"\0" * (-(len(body) + 2) % 8)
    return bytes([following, (len(body) + 2) // 8 - 1]) + body


@capture("ipv6-extensions.pcap")
def _():
    p = udp(b"payload", source=A6, target=B6)
    pad = b"\x01\x04\0\0\0\0"
    home = B6[:-1] + b"\x99"
    frames = [
        ipv6(extension(17, b"\x05\x02\0\0\x01\x00") + p, 0),                                 # router alert
        ipv6(extension(17, b"\xc2\x04" + struct.pack("!I", 70000)) + p, 0),                  # jumbo
        ipv6(extension(17, pad) + p, 60),                                                    # destination options
        ipv6(extension(17, b"\x00\x00\x00\x00\x00\x00") + p, 60),                            # six Pad1
        ipv6(extension(17, b"\xc9\x10" + home + b"\0" * 4) + udp(b"payload", source=home, target=B6), 60),                           # home address
        ipv6(extension(17, b"\x00\x01" + b"\0" * 4 + B6) + p, 43),                           # routing type 0
        ipv6(extension(17, b"\x02\x01" + b"\0" * 4 + B6) + p, 43),                           # routing type 2
        ipv6(extension(17, b"\x04\x01\x01\x00\x00\x00" + B6 + A6) + p, 43),                  # segment routing
        ipv6(extension(60, pad) + extension(43, pad) + extension(60, b"\x00\x00" + b"\0" * 4) + extension(17, pad) + p, 0),
        ipv6(b"", 59), ipv6(b"ignored", 59),                                                 # no next header
        ipv6(struct.pack("!BBHII", 17, 4, 0, 1, 1) + b"\0" * 12 + p, 51),                    # authentication header
        ipv6(struct.pack("!II", 1, 1) + b"\x5a" * 24, 50),                                   # ESP
        ipv6(p, 17, traffic=0xB8, flow=0x12345), ipv6(p, 17, limit=0),
        ipv6(extension(17, b"\x3e\x02\xab\xcd\0\0") + p, 60),                                # unknown option
        ipv6(bytes([17, 40]) + b"\0" * 6 + p, 0),                                            # longer than the packet
        ipv6(p, 17)[:30], ipv6(p, 253),
    ]
    return pcap([ethernet(f, 0x86DD) for f in frames])


def fragment6(whole, a, b, identity, following=17, last=None, before=b"", first=44):
    more = (b < len(whole)) if last is None else not last
    return ethernet(ipv6(before + struct.pack("!BBHI", following, 0, a | more, identity) + whole[a:b], first))


@capture("ipv6-fragments.pcap")
def _():
    whole = udp(bytes(range(100)) * 2, source=A6, target=B6)
    f = lambda a, b, n, **k: fragment6(whole, a, b, n, **k)
    frames = [f(0, 80, 1), f(80, 160, 1), f(160, 208, 1)]
    frames += [f(160, 208, 2), f(0, 80, 2), f(80, 160, 2)]
    frames += [f(0, 80, 3), f(64, 120, 3), f(80, 160, 3), f(160, 208, 3)]                   # overlapping
    frames += [f(0, len(whole), 4)]                                                          # atomic
    hop = extension(44, b"\x05\x02\0\0\x01\x00")
    frames += [f(0, 80, 5, before=hop, first=0), f(80, 208, 5, before=hop, first=0)]
    segment = tcp(b"220 mail.example.org ESMTP in two fragments\r\n", 25, 40000, 5001, 1001, "PA", source=B6, target=A6)
    for a, b in ((0, 24), (24, len(segment))):
        frames.append(ethernet(ipv6(struct.pack("!BBHI", 6, 0, a | (b < len(segment)), 6) + segment[a:b], 44, B6, A6), None, B_MAC, A_MAC))
    return pcap(frames)


@capture("icmp.pcap")
def _():
    quoted = ipv4(tcp(b"", 40000, 25, flags="S"), 6)[:28]
    full = ipv4(udp(b"payload"), 17)
    back = dict(source=B, target=A)
    frames = [
        ipv4(icmp(8, 0, struct.pack("!HH", 7, 1) + bytes(range(16))), 1),
        ipv4(icmp(0, 0, struct.pack("!HH", 7, 1) + bytes(range(16))), 1, **back),
        ipv4(icmp(8, 0, struct.pack("!HH", 7, 2) + bytes(range(16))), 1),                     # no answer
        ipv4(icmp(3, 3, b"\0" * 4 + full), 1, **back), ipv4(icmp(3, 1, b"\0" * 4 + quoted), 1, **back),
        ipv4(icmp(3, 4, struct.pack("!HH", 0, 1400) + quoted), 1, **back),                    # fragmentation needed
        ipv4(icmp(3, 13, b"\0" * 4 + quoted), 1, **back),
        ipv4(icmp(11, 0, b"\0" * 4 + quoted), 1, **back), ipv4(icmp(11, 1, b"\0" * 4 + quoted), 1, **back),
        ipv4(icmp(5, 1, bytes([192, 0, 2, 1]) + quoted), 1, **back), ipv4(icmp(12, 0, b"\x14\0\0\0" + quoted), 1, **back),
        ipv4(icmp(13, 0, struct.pack("!HHIII", 1, 1, 1000, 0, 0)), 1), ipv4(icmp(14, 0, struct.pack("!HHIII", 1, 1, 1000, 2000, 2001)), 1, **back),
        ipv4(icmp(17, 0, struct.pack("!HHI", 1, 1, 0)), 1), ipv4(icmp(9, 0, struct.pack("!BBH", 1, 2, 1800) + B + b"\0" * 4), 1),
        ipv4(icmp(10, 0, b"\0" * 4), 1), ipv4(icmp(4, 0, b"\0" * 4 + quoted), 1, **back),
        ipv4(icmp(3, 3, b"\0" * 4 + full[:10]), 1, **back), ipv4(icmp(99, 0, b"\0" * 4), 1),
        ipv4(icmp(8, 0, b"\0\1\0\3x")[:2] + b"\xbe\xef" + icmp(8, 0, b"\0\1\0\3x")[4:], 1),   # bad checksum
        ipv4(icmp(8, 0, b"")[:4], 1),
    ]
    return pcap([ethernet(f) for f in frames])


@capture("icmpv6.pcap")
def _():
    quoted = ipv6(tcp(b"", 40000, 25, flags="S", source=A6, target=B6), 6)
    back = (B6, A6)
    local = bytes.fromhex("fe80000000000000") + bytes.fromhex("02005efffe005310")
    all_nodes, all_routers = bytes.fromhex("ff02" + "0" * 27 + "1"), bytes.fromhex("ff02" + "0" * 27 + "2")
    solicited = bytes.fromhex("ff0200000000000000000001ff000025")
    reports = bytes.fromhex("ff02" + "0" * 26 + "16")

    def make(kind, code, body, source=A6, target=B6, limit=255):
        return ipv6(icmp6(kind, code, body, source, target), 58, source, target, limit)
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + bytes.fromhex("20010db8") + b"\0" * 12
    rdnss = struct.pack("!BBHI", 25, 3, 0, 600) + B6
    dnssl = struct.pack("!BBHI", 31, 3, 0, 600) + b"\x07example\x03org\x00".ljust(16, b"\0")
    record = struct.pack("!BBH", 4, 0, 0) + solicited
    frames = [
        make(128, 0, struct.pack("!HH", 7, 1) + bytes(range(16)), limit=64),
        make(129, 0, struct.pack("!HH", 7, 1) + bytes(range(16)), *back, 64),
        make(1, 4, b"\0" * 4 + quoted, *back, 64), make(1, 0, b"\0" * 4 + quoted, *back, 64),
        make(2, 0, struct.pack("!I", 1280) + quoted, *back, 64), make(3, 0, b"\0" * 4 + quoted, *back, 64),
        make(4, 1, struct.pack("!I", 40) + quoted, *back, 64),
        make(135, 0, b"\0" * 4 + B6 + b"\x01\x01" + A_MAC, A6, solicited),
        make(136, 0, b"\x60\0\0\0" + B6 + b"\x02\x01" + B_MAC, *back),
        make(135, 0, b"\0" * 4 + A6, b"\0" * 16, bytes.fromhex("ff0200000000000000000001ff000010")),   # DAD
        make(133, 0, b"\0" * 4 + b"\x01\x01" + A_MAC, local, all_routers),
        make(134, 0, struct.pack("!BBHII", 64, 0xC8, 1800, 0, 0) + b"\x01\x01" + B_MAC + struct.pack("!BBHI", 5, 1, 0, 1500) + prefix + rdnss + dnssl, local, all_nodes),
        make(137, 0, b"\0" * 4 + B6 + B6 + b"\x02\x01" + B_MAC, local, A6),
        ipv6(extension(58, b"\x05\x02\0\0\x01\x00") + icmp6(143, 0, struct.pack("!HH", 0, 1) + record, local, reports), 0, local, reports, 1),
        ipv6(extension(58, b"\x05\x02\0\0\x01\x00") + icmp6(130, 0, struct.pack("!HH", 1000, 0) + b"\0" * 16, local, all_nodes), 0, local, all_nodes, 1),
        make(200, 0, b"\0" * 4), make(135, 0, b"\0" * 4 + B6 + b"\x01\x00" + A_MAC, A6, solicited),      # option of length 0
        ipv6(icmp6(128, 0, b"\0\1\0\1", A6, A6), 58),                                                     # bad checksum
    ]
    return pcap([ethernet(f) for f in frames])


@capture("udp.pcap")
def _():
    frames = [
        ipv4(udp(b"payload"), 17), ipv4(udp(b"payload", check=0), 17), ipv4(udp(b"payload", check=0xBEEF), 17),
        ipv4(udp(b""), 17), ipv4(udp(b"payload", length=4), 17), ipv4(udp(b"payload", length=0), 17),
        ipv4(udp(b"payload", length=100), 17), ipv4(udp(b"payload", length=11), 17), ipv4(udp(b"x")[:6], 17),
        ipv4(udp(b"payload", 0, 0), 17), ipv4(udp(b"payload", 40001, 40002), 17),
        ipv6(udp(b"payload", source=A6, target=B6), 17), ipv6(udp(b"payload", source=A6, target=B6, check=0), 17),
    ]
    # A payload whose sum is 0, sent as 0xffff
    for n in range(65536):
        p = struct.pack("!H", n)
        whole = struct.pack("!HHHH", 40000, 9, 10, 0) + p
        if checksum(pseudo(A, B, 17, 10) + whole) == 0:
            frames.append(ipv4(udp(p), 17))
            break
    return pcap([ethernet(f) for f in frames])


# TCP


@capture("tcp-options.pcap")
def _():
    mss, scale, permitted = b"\x02\x04\x05\xb4", b"\x03\x03\x07", b"\x04\x02"
    stamp = b"\x08\x0a" + struct.pack("!II", 123456, 0)
    lists = [
        ("S", mss + permitted + stamp + b"\x01" + scale),
        ("SA", mss + permitted + b"\x08\x0a" + struct.pack("!II", 654321, 123456) + b"\x01" + scale),
        ("S", mss + b"\x03\x03\x0f"),                                                    # scale beyond 14
        ("A", b"\x01\x01\x05\x0a" + struct.pack("!II", 5100, 5200)),
        ("A", b"\x01\x01\x05\x1a" + struct.pack("!IIIIII", 5100, 5200, 5300, 5400, 5500, 5600)),
        ("A", b"\x01\x01\x05\x12" + struct.pack("!IIII", 4800, 4900, 5100, 5200)),       # D-SACK
        ("S", mss + b"\x22\x02"), ("SA", mss + b"\x22\x0a" + b"cookie!!"),               # TFO request, cookie
        ("S", mss + b"\xfe\x0c\xf9\x89" + b"cookie!!"),                                  # TFO, experimental
        ("S", b"\x13\x12" + b"\xaa" * 16), ("S", b"\x1d\x10\x01\x02" + b"\xbb" * 12),    # MD5, TCP-AO
        ("S", b"\x1c\x04" + struct.pack("!H", 0x8000 | 5)),                              # user timeout
        ("S", b"\x1e\x0c\x00\x81" + b"\x11" * 8),                                        # MP_CAPABLE v0
        ("S", b"\x1e\x04\x01\x01"),                                                      # MP_CAPABLE v1
        ("S", b"\x1e\x0c\x10\x01" + struct.pack("!II", 0x01020304, 0x05060708)),         # MP_JOIN
        ("A", b"\x1e\x14\x20\x05" + struct.pack("!IIIHH", 1, 2, 3, 10, 0)),              # DSS
        ("A", b"\x1e\x08\x34\x02" + A), ("A", b"\x1e\x04\x40\x02"),                      # ADD_ADDR, REMOVE_ADDR
        ("A", b"\x1e\x0c\x70\x00" + b"\x22" * 8),                                        # MP_FASTCLOSE
        ("S", b"\x05\x02"), ("S", b"\x02\x03\x05"), ("S", b"\x08\x00\x00\x00"),          # lengths that lie
        ("S", b"\x02\x28\x05\xb4"), ("S", b"\x00\x02\x04\x05"), ("S", b"\xfd\x04\xab\xcd"),
        ("S", b"\x0e\x03\x01"), ("S", b"\x1b\x08\x05\x10\x00\x00\x00\x00"), ("S", b"\xff\x06abcd"),
    ]
    return pcap([ethernet(ipv4(tcp(flags=f, options=o, sport=41000 + i, ack=1 if "A" in f else 0), 6, identity=i))
                 for i, (f, o) in enumerate(lists)])


@capture("tcp-flags.pcap")
def _():
    sets = ["S", "SA", "A", "PA", "FA", "F", "R", "RA", "", "FPU", "SF", "SECN", "SEC", "SAE", "AE", "AC", "AN",
            "AEC", "UA", "xA", "yA", "zA", "FSRPAUECNxyz"]
    frames = [ethernet(ipv4(tcp(flags=f, sport=42000 + i, ack=1 if "A" in f else 0), 6, identity=i)) for i, f in enumerate(sets)]
    whole = tcp(flags="S")
    frames.append(ethernet(ipv4(whole[:12] + b"\x40" + whole[13:], 6)))     # header length 16
    frames.append(ethernet(ipv4(whole[:12] + b"\xf0" + whole[13:], 6)))     # header length 60, not there
    frames.append(ethernet(ipv4(whole[:12], 6)))
    frames.append(ethernet(ipv4(tcp(flags="S", sport=0, dport=0), 6)))
    return pcap(frames)


@capture("tcp-urgent.pcap")
def _():
    t = Talk().open().say("S:220 mail.example.org ESMTP")
    t.packet("C", b"NOOP\r\n!", "PAU", urgent=7)
    t.packet("S", b"250 2.0.0 Ok\r\n", "PA")
    t.packet("C", b"", "A", urgent=5)                     # a pointer without the flag
    return pcap(t.say("C:QUIT", "S:221 2.0.0 Bye").close().frames)


@capture("tcp-window.pcap")
def _():
    """Zero window, probes, window update, keep-alives, a full window, duplicate ACKs, fast retransmission."""
    t = Talk(options=b"\x02\x04\x05\xb4\x01\x03\x03\x00").open().say("S:220 mail.example.org ESMTP")
    t.packet("C", b"NOOP\r\n", "PA").packet("S", flags="A", window=0)
    t.packet("C", b"N", "A", sequence=t.next["C"]).packet("S", flags="A", window=0)       # probe
    t.packet("C", b"N", "A", sequence=t.next["C"]).packet("S", flags="A", window=0)
    t.packet("S", flags="A", window=20)                                                   # update
    t.packet("C", b"NOOP 12345678901234\r", "PA").packet("S", flags="A", window=502)
    t.packet("C", b"\n", "PA")
    t.packet("C", b"", "A", sequence=t.next["C"] - 1).packet("S")                         # keep-alive
    t.packet("C", b"\n", "A", sequence=t.next["C"] - 1).packet("S")                       # with a byte
    lost = t.next["C"]
    t.packet("C", b"NOOP lost\r\n", "PA")
    t.frames.pop()
    for i in range(4):
        t.packet("C", b"NOOP %d\r\n" % i, "PA").packet("S", ack=lost)
    t.packet("C", b"NOOP lost\r\n", "PA", sequence=lost).packet("S")
    t.packet("C", b"NOOP lost\r\n", "PA", sequence=lost).packet("S")                      # spurious
    return pcap(t.say("S:250 Ok\r\n250 Ok\r\n250 Ok\r\n250 Ok\r\n250 Ok\r\n250 Ok\r\n250 Ok", "C:QUIT", "S:221 2.0.0 Bye").close().frames)


@capture("tcp-port-reuse.pcap")
def _():
    first = Talk().open().say(*MAIL).close().frames
    second = Talk(start=900000, answer=800000).open().say(*MAIL).close().frames
    third = Talk(start=3000000000, answer=100).open().say("S:220 cut short").packet("C", flags="RA").frames
    return pcap(first + second + third)


@capture("tcp-sequence-wrap.pcap")
def _():
    return pcap(Talk(start=0xFFFFFFE0, answer=0xFFFFFFFF).open().say(*MAIL).close().frames)


@capture("tcp-checksums.pcap")
def _():
    """Good, bad, 0x0000, and partial (as left for the network card), IPv4 and IPv6."""
    t = Talk().open()
    for check in (None, 0xBEEF, 0, "partial", 0xFFFF):
        t.packet("C", b"NOOP\r\n", "PA", check=check)
    s = Talk(v6=True).open()
    for check in (None, 0xBEEF, 0, "partial"):
        s.packet("C", b"NOOP\r\n", "PA", check=check)
    return pcap(t.frames + s.frames)


@capture("tcp-simultaneous-open.pcap")
def _():
    t = Talk()
    t.packet("C", flags="S")
    t.packet("S", flags="S")
    t.packet("C", flags="SA", sequence=1000).packet("S", flags="SA", sequence=5000)
    t.say("S:220 mail.example.org ESMTP", "C:QUIT", "S:221 2.0.0 Bye")
    return pcap(t.packet("C", flags="FA").packet("S", flags="FA", ack=t.next["C"] - 1).packet("C").packet("S").frames)


@capture("tcp-fast-open.pcap")
def _():
    """Data in the SYN, data in the FIN, data after FIN, RST with text."""
    t = Talk()
    t.packet("C", b"EHLO client.example.net\r\n", "S", options=b"\x02\x04\x05\xb4\x22\x0acookie!!")
    t.packet("S", flags="SA").packet("S", b"220 mail.example.org ESMTP\r\n", "PA")
    t.packet("S", b"250 mail.example.org\r\n", "PA").packet("C", b"QUIT\r\n", "FPA")
    t.packet("S", b"221 2.0.0 Bye\r\n", "FPA").packet("C").packet("C", b"late\r\n", "PA")
    return pcap(t.packet("S", b"No application is listening", "R").frames)


# Mail


@capture("smtp-port-2525.pcap")
def _():
    return pcap(Talk(2525).open().say(*MAIL).close().frames)


@capture("smtp-port-odd.pcap")
def _():
    return pcap(Talk(10026, sport=10025).open().say(*MAIL).close().frames)


@capture("pop3-port-odd.pcap")
def _():
    return pcap(Talk(11110).open().say(*POP).close().frames)


@capture("imap-port-odd.pcap")
def _():
    return pcap(Talk(10143, v6=True).open().say(*IMAP).close().frames)


@capture("mail-ports-swapped.pcap")
def _():
    """IMAP on port 25, SMTP on port 110, POP3 on port 143; HTTP on port 25."""
    return pcap(Talk(25, 40001).open().say(*IMAP).close().frames + Talk(110, 40002).open().say(*MAIL).close().frames
                + Talk(143, 40003).open().say(*POP).close().frames
                + Talk(25, 40004).open().say("C:GET / HTTP/1.1\r\nHost: example.org\r\n", "S:HTTP/1.1 200 OK\r\n").close().frames)


def envelope(t):
    return t.open().say(*MAIL[:9])


@capture("smtp-smuggling.pcap")
def _():
    """Ends of data that servers disagree about, a conversation each; only the last line ends it for RFC 5321."""
    frames = []
    ends = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\r\n.\r\r\n", b"\r\n\0.\r\n", b"\n..\r\n"]
    for i, end in enumerate(ends):
        t = envelope(Talk(sport=43000 + i))
        t.packet("C", b"Subject: one\r\n\r\nfirst" + end
                 + b"MAIL FROM:<admin@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
                 + b"Subject: two\r\n\r\nsmuggled\r\n.\r\n", "PA")
        t.say("S:250 2.0.0 Ok: queued", "C:QUIT", "S:221 2.0.0 Bye")
        frames += t.close().frames
    return pcap(frames)


@capture("smtp-smuggling-accepted.pcap")
def _():
    """A server that takes LF.LF for the end: five replies to what the client meant as one message."""
    t = envelope(Talk())
    t.packet("C", b"Subject: one\r\n\r\nfirst\n.\nMAIL FROM:<admin@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
             b"Subject: two\r\n\r\nsmuggled\r\n.\r\n", "PA")
    t.say("S:250 2.0.0 Ok: queued as 1\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n250 2.0.0 Ok: queued as 2", "C:QUIT", "S:221 2.0.0 Bye")
    return pcap(t.close().frames)


@capture("smtp-line-ends.pcap")
def _():
    """Bare LF and CR in commands and replies, NUL, 8-bit bytes, a line of 3000 bytes, CR and LF in two segments."""
    t = Talk().open()
    t.packet("S", b"220 mail.example.org ESMTP\n", "PA").packet("C", b"EHLO client.example.net\n", "PA")
    t.packet("S", b"250-mail.example.org\n250-SIZE\r\n250 HELP\n", "PA")
    t.packet("C", b"MAIL FROM:<a\rnn@example.com>\r\n", "PA").packet("S", b"501 5.5.4 bare CR\r\n", "PA")
    t.packet("C", b"MAIL FROM:<ann@ex\0ample.com>\r\n", "PA").packet("S", b"501 5.5.4 NUL\r\n", "PA")
    t.packet("C", b"MAIL FROM:<j\xfcrgen@example.org>\r\n", "PA").packet("S", b"553 5.6.7 Latin-1 \xfc\r\n", "PA")
    t.packet("C", b"NOOP " + b"x" * 1400, "A").packet("C", b"x" * 1448, "A").packet("C", b"x" * 150 + b"\r\n", "PA")
    t.packet("S", b"500 5.5.2 Line too long\r\n", "PA")
    t.packet("C", b"NOOP\r", "PA").packet("S").packet("C", b"\n", "PA").packet("S", b"250", "PA").packet("S", b" 2.0.0 Ok\r", "PA")
    t.packet("S", b"\n", "PA").packet("C", b"\r\n", "PA").packet("S", b"500 5.5.2 Empty line\r\n", "PA")
    t.packet("C", b"NOOP\r\r\n", "PA").packet("S", b"250 Ok\r\n", "PA").packet("C", b"QU", "PA").packet("C", b"IT\r\n", "PA")
    return pcap(t.say("S:221 2.0.0 Bye").close().frames)


@capture("smtp-replies-odd.pcap")
def _():
    """Replies without text, with differing codes in one reply, with a tab, without a code, out of turn."""
    t = Talk().open().say("S:220-mail.example.org ESMTP\r\n220", "C:EHLO client.example.net", "S:250-\r\n250", "C:NOOP", "S:250-one\r\n251 two",
                          "C:NOOP", "S:250\ttab", "C:NOOP", "S:hello there", "S:250 Ok", "C:NOOP", "S:999 what", "S:250 unasked", "C:NOOP",
                          "S:2500 four digits", "C:NOOP", "S:25", "S:421 4.3.2 Shutting down")
    return pcap(t.packet("S", flags="FA").packet("C", flags="FA").packet("S").frames)


@capture("imap-literals-odd.pcap")
def _():
    """Literals of length 0, with NUL, of an absurd length; {n} in quoted strings and in text; a literal in two segments."""
    t = Talk(143).open().say("S:* OK ready {5}", 'C:a1 LOGIN "al{3}" "pw{4}"', "S:a1 OK text that ends with {12}")
    t.say("C:a2 FETCH 1 (BODY[1] BODY[2])").packet("S", b"* 1 FETCH (BODY[1] {0}\r\n BODY[2] {6}\r\na2 ", "PA")
    t.packet("S", b"OK\r)\r\na2 OK done\r\n", "PA").say("C:a3 FETCH 1 BINARY[1]").packet("S", b"* 1 FETCH (BINARY[1] ~{4}\r\n\0\1\2\3)\r\na3 OK done\r\n", "PA")
    t.say("C:a4 APPEND INBOX {3+}\r\nabc", "S:a4 OK [APPENDUID 1 2] done", "C:a5 APPEND INBOX {5}", "S:a5 NO [OVERQUOTA] too much",
          "C:a6 NOOP", "S:a6 OK", "C:a7 FETCH 1 BODY[]", "S:* 1 FETCH (BODY[] {99999999999999999999}")
    return pcap(t.packet("S", flags="R").frames)


@capture("pcapng-undecoded-links.pcapng")
def _():
    """A session on Ethernet among frames of two link types that are not decoded."""
    data = section() + interface(ETHERNET) + interface(147) + interface(187)
    frames = Talk().open().say(*MAIL).close().frames
    for i, frame in enumerate(frames):
        data += packet(0, (START * 1000 + i) * 1000, frame)
        if i % 4 == 0:
            data += packet(1, (START * 1000 + i) * 1000 + 1, bytes(range(20)))
    return data + packet(2, (START * 1000 + 90) * 1000, b"\x01\x03\x0c\x00")


# PROFINET


@capture("profinet.pcap")
def _():
    device = bytes.fromhex("00005e005340")

    def frame(identity, body, source=A_MAC, target=device):
        return ethernet(struct.pack("!H", identity) + body, 0x8892, source, target, pad=True)

    def dcp(identity, service, kind, xid, blocks, delay=0, source=A_MAC, target=device):
        return frame(identity, struct.pack("!BBIHH", service, kind, xid, delay, len(blocks)) + blocks, source, target)

    def part(option, sub, data):
        return struct.pack("!BBH", option, sub, len(data)) + data + b"\0" * (len(data) % 2)
    everyone = bytes.fromhex("010ecf000000")
    info = struct.pack("!H", 0)
    answer = (part(2, 2, info + b"press-1") + part(2, 1, info + b"Example IO") + part(2, 3, info + struct.pack("!HH", 0x0042, 0x0001))
              + part(2, 4, info + b"\x01\x00") + part(2, 5, info + bytes([1, 1, 1, 2, 2, 1, 2, 2])) + part(2, 7, info + b"\x00\x64")
              + part(1, 2, struct.pack("!H", 1) + bytes([192, 0, 2, 64, 255, 255, 255, 0, 192, 0, 2, 1])))
    frames = []
    for i in range(3):   # cyclic data: 40 bytes, cycle counter, data status, transfer status
        frames.append(frame(0x8001, bytes(range(i, i + 40)) + struct.pack("!HBB", 0x1000 + i * 32, 0x35, 0)))
        frames.append(frame(0x8002, b"\x80" * 40 + struct.pack("!HBB", 0x2000 + i * 32, 0x35, 0), device, A_MAC))
    frames.append(frame(0x8001, b"\0" * 40 + struct.pack("!HBB", 0x1060, 0x25, 1)))      # stopped, bad transfer
    frames.append(frame(0xC001, b"\x11" * 40 + struct.pack("!HBB", 5, 0x35, 0)))         # RT class 1 as UDP-less unicast
    frames.append(vlan([(6, 0, 0)], [0x8100])(frame(0x8001, b"\x22" * 40 + struct.pack("!HBB", 0x1080, 0x35, 0))))
    frames += [
        dcp(0xFEFE, 5, 0, 0x01000001, b"\xff\xff\x00\x00", 1, target=everyone),                          # identify all
        dcp(0xFEFF, 5, 1, 0x01000001, answer, source=device, target=A_MAC),
        dcp(0xFEFE, 5, 0, 0x01000002, part(2, 2, b"press-1"), 1, target=everyone),                       # by name
        dcp(0xFEFD, 3, 0, 0x01000003, bytes([1, 2, 2, 2])),                                              # get IP and name
        dcp(0xFEFD, 3, 1, 0x01000003, part(1, 2, struct.pack("!H", 1) + bytes([192, 0, 2, 64, 255, 255, 255, 0, 0, 0, 0, 0])) + part(2, 2, info + b"press-1"), source=device, target=A_MAC),
        dcp(0xFEFD, 4, 0, 0x01000004, part(2, 2, b"\0\1press-2") + part(1, 2, struct.pack("!H", 1) + bytes([192, 0, 2, 65, 255, 255, 255, 0, 0, 0, 0, 0]))),  # set
        dcp(0xFEFD, 4, 1, 0x01000004, part(5, 4, b"\x02\x02\x00") + part(5, 4, b"\x01\x02\x00"), source=device, target=A_MAC),
        dcp(0xFEFD, 4, 0, 0x01000005, part(5, 3, b"\x01\x00")),                                          # flash the light
        dcp(0xFEFD, 4, 1, 0x01000005, part(5, 4, b"\x05\x03\x00"), source=device, target=A_MAC),
        dcp(0xFEFD, 4, 0, 0x01000006, part(2, 2, b"\0\1Not A Name!")), dcp(0xFEFD, 4, 1, 0x01000006, part(5, 4, b"\x02\x02\x03"), source=device, target=A_MAC),
        dcp(0xFEFC, 6, 0, 0x01000007, part(2, 2, info + b"press-2") + part(6, 1, info + b"\x00\x01"), source=device, target=bytes.fromhex("010ecf000001")),   # hello
        dcp(0xFEFE, 5, 0, 0x01000008, b"\x02\x02\x00\x40x", target=everyone),                            # a block longer than the frame
        frame(0xFC01, struct.pack("!HHBBHHH", 1, 2, 0x13, 1, 0xFFFF, 0xFFFF, 0)),                                                                       # alarm high
        frame(0xFF40, struct.pack("!HHHH", 0, 0, 0, 0) + b"\0" * 32), ethernet(b"\x80", 0x8892, A_MAC, device),
    ]
    return pcap(frames)


# Link types and mirrors


def packets(**named):
    """A short session as IP packets, each with its side."""
    return short(link=lambda packet, side: (packet, side), **named)


NFLOG, WLAN, PFLOG, RADIOTAP, PPI = 239, 105, 117, 127, 192
STATION, FAR, POINT, BRIDGE = A_MAC, B_MAC, bytes.fromhex("00005e005301"), bytes.fromhex("00005e005302")


def nflog(packet, *attributes, family=None, order="<"):
    family = family or (10 if packet[0] >> 4 == 6 else 2)
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    data = struct.pack("!BBH", family, 0, 5)
    for number, value in ((1, struct.pack("!HBB", kind, 1, 0)), *attributes, (9, packet)):
        data += struct.pack(order + "HH", len(value) + 4, number) + value + b"\0" * (-len(value) % 4)
    return data


@capture("link-nflog-forms.pcap")
def _():
    one = packets()
    frames = [nflog(p) for p, _ in one] + [nflog(p) for p, _ in packets(v6=True, sport=40001)]
    frames += [nflog(p, order=">") for p, _ in packets(sport=40002)]
    every = [(2, struct.pack("!I", 7)), (3, struct.pack("!QQ", START, 5)), (4, struct.pack("!I", 2)),
             (5, struct.pack("!I", 3)), (8, struct.pack("!HH", 6, 0) + A_MAC + b"\0\0"), (10, b"mail\0"),
             (11, struct.pack("!I", 1000)), (12, struct.pack("!I", 9)), (14, struct.pack("!I", 100)),
             (15, struct.pack("!H", 1)), (16, B_MAC + A_MAC + b"\x08\0"), (17, struct.pack("!H", 14)), (99, b"abc")]
    whole = nflog(one[0][0], *every)
    return pcap(frames + [whole, nflog(one[0][0], family=7), (whole[:100], len(whole)), whole[:3]], NFLOG)


def snap(packet):
    return bytes.fromhex("aaaa03000000") + struct.pack("!H", 0x86DD if packet[0] >> 4 == 6 else 0x0800) + packet


def wlan(body, side="C", quality=None, ways=None, more=0, kind=None, pad=False, check=False):
    """A frame of a wireless LAN; `ways`: 1 to the distribution system, 2 from it, 3 both."""
    ways = (1 if side == "C" else 2) if ways is None else ways
    kind = kind if kind is not None else 0x08 if quality is None else 0x88
    source, target = (STATION, FAR) if side == "C" else (FAR, STATION)
    places = [(target, source, POINT), (POINT, source, target), (target, POINT, source), (POINT, BRIDGE, target)][ways]
    frame = struct.pack("<BBH", kind, ways | more, 44) + b"".join(places) + b"\0\0" + (source if ways == 3 else b"")
    frame += struct.pack("<H", quality) if quality is not None else b""
    frame += b"\0" * (-len(frame) % 4) if pad else b""
    frame += body
    return frame + (struct.pack("<I", zlib.crc32(frame)) if check else b"")


def aggregate(*parts, side="C"):
    body = b""
    source, target = (STATION, FAR) if side == "C" else (FAR, STATION)
    for part in parts:
        body += b"\0" * (-len(body) % 4) + target + source + struct.pack("!H", len(part)) + part
    return wlan(body, side, quality=0x80)


@capture("link-wlan.pcap")
def _():
    """Sessions without and with quality of service, between access points, and in aggregates."""
    one = packets()
    frames = [wlan(snap(p), s) for p, s in one]
    frames += [wlan(snap(p), s, quality=6) for p, s in packets(v6=True, sport=40001)]
    frames += [wlan(snap(p), s, quality=0x26, ways=3) for p, s in packets(sport=40002)]
    talk = Talk(sport=40003, link=lambda packet, side: (packet, side)).open()
    for side, text in (("S", b"220 mail.exam"), ("S", b"ple.org ESMTP\r\n"), ("C", b"QU"), ("C", b"IT\r\n")):
        talk.packet(side, text, "PA")
    two = talk.say("S:221 2.0.0 Bye").close().frames
    while two:
        side = two[0][1]
        count = next((i for i, (_, s) in enumerate(two) if s != side), len(two))
        frames.append(aggregate(*[snap(p) for p, _ in two[:count]], side=side))
        two = two[count:]
    first = snap(one[0][0])
    counter, temporal = bytes.fromhex("0100002000000000"), bytes.fromhex("0525072000000000")
    frames += [wlan(counter + first, quality=0, more=0x40), wlan(temporal + first, quality=0, more=0x40),
               wlan(bytes.fromhex("01020300") + first, more=0x40), wlan(first, ways=0, more=0x08),
               wlan(b"", kind=0x48), wlan(b"", kind=0xC8, quality=7), wlan(first, more=0x04),
               bytes.fromhex("d4000000") + STATION, bytes.fromhex("b4002c00") + POINT + STATION,
               bytes.fromhex("a4000100") + POINT + STATION,
               (wlan(first)[:40], len(wlan(first))), wlan(first)[:26], wlan(first)[:12], b"\x08"]
    return pcap(frames, WLAN)


def radiotap(frame, *fields):
    """`fields`: a bit and its bytes, aligned by the caller; without them a header that says nothing."""
    present = sum(1 << bit for bit, _ in fields)
    body = struct.pack("<I", present) + b"".join(value for _, value in fields)
    return struct.pack("<BBH", 0, 0, 4 + len(body)) + body + frame


def heard(frame, time, flags=0):
    """What most drivers say: time, flags, rate, channel, signal, antenna."""
    return radiotap(frame, (0, struct.pack("<Q", time)), (1, bytes([flags])), (2, b"\x6c"),
                    (3, struct.pack("<HH", 5180, 0x140)), (5, struct.pack("b", -48)), (11, b"\1"))


@capture("link-radiotap.pcap")
def _():
    """With the check sequence at the end, padded, and with nothing said."""
    frames = [heard(wlan(snap(p), s, 0, check=True), 5000 + 1000 * i, 0x10) for i, (p, s) in enumerate(packets())]
    frames += [heard(wlan(snap(p), s, 0, pad=True), 30000 + 1000 * i, 0x20)
               for i, (p, s) in enumerate(packets(v6=True, sport=40001))]
    frames += [radiotap(wlan(snap(p), s)) for p, s in packets(sport=40002)]
    first = wlan(snap(packets()[0][0]), quality=0)
    frames += [radiotap(first, (1, b"\0"), (2, b"\x0c"), (3, struct.pack("<HH", 2437, 0xA0)), (5, b"\xd0")),
               struct.pack("<BBHIIB", 0, 0, 13, 0xA0000002, 2, 0x10) + first + b"\1\2\3\4",
               (heard(first, 1)[:60], len(heard(first, 1))), heard(first, 1)[:20], heard(first, 1)[:6],
               struct.pack("<BBHI", 0, 0, 400, 0) + first]
    return pcap(frames, RADIOTAP)


def ppi(frame, link=WLAN, fields=b""):
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), link) + fields + frame


def common(time, flags=0):
    return struct.pack("<HHQHHHHBBbb", 2, 20, time, flags, 108, 5180, 0x140, 0, 0, -50, -95)


@capture("link-ppi.pcap")
def _():
    frames = [ppi(wlan(snap(p), s), fields=common(5000 + 1000 * i)) for i, (p, s) in enumerate(packets())]
    frames += [ppi(wlan(snap(p), s, 0, check=True), fields=common(30000 + 1000 * i, 1))
               for i, (p, s) in enumerate(packets(v6=True, sport=40001))]
    frames += [ppi(f, ETHERNET) for f in short(sport=40002)] + [ppi(p, RAW) for p, _ in packets(sport=40003)]
    first = ppi(wlan(snap(packets()[0][0])), fields=common(0))
    return pcap(frames + [(first[:70], len(first)), first[:20], first[:6]], PPI)


def pflog(packet, length=61, family=None, action=0, direction=1):
    family = family or (24 if packet[0] >> 4 == 6 else 2)
    head = struct.pack("!BBBB16s16sII", length, family, action, 0, b"em0", b"", 3, 0xFFFFFFFF)
    head += struct.pack("<IIII", 0xFFFFFFFF, 0x7FFFFFFF, 0, 99999) if length > 48 else b""
    head += bytes([direction])
    return head.ljust((length + 3) // 4 * 4, b"\0") + packet


@capture("link-pflog.pcap")
def _():
    frames = [pflog(p, direction=1 if s == "S" else 2) for p, s in packets()]
    frames += [pflog(p, 100, 28) for p, _ in packets(v6=True, sport=40001)]
    frames += [pflog(p, 48) for p, _ in packets(sport=40002)]
    first = packets()[0][0]
    return pcap(frames + [pflog(first, action=1), pflog(first, family=99), (pflog(first)[:80], 104),
                          pflog(first)[:30], b"\x3d"], PFLOG)


def tagged(packet, kind=None, tag=5):
    kind = kind or (0x86DD if packet[0] >> 4 == 6 else 0x0800)
    return B_MAC + A_MAC + struct.pack("!HIH", 0x8926, tag, kind) + packet


@capture("link-vntag.pcap")
def _():
    frames = [tagged(p, tag=9 if s == "C" else 0x80050000) for p, s in packets()]
    frames += [tagged(struct.pack("!HH", 100, 0x86DD) + p, 0x8100, 0xC00580FF) for p, _ in packets(v6=True, sport=40001)]
    first = packets()[0][0]
    return pcap(frames + [tagged(snap(first), 48), tagged(first) + b"\0" * 6, tagged(first)[:19], tagged(first)[:16]])


MIRROR, COLLECTOR = bytes([198, 51, 100, 1]), bytes([198, 51, 100, 9])


def mirrored(body, port, sport=50000, pieces=None):
    """UDP between a router and what collects; `pieces`: bytes of each fragment."""
    whole = udp(body, sport, port, MIRROR, COLLECTOR, check=0)
    if pieces is None:
        return [ethernet(ipv4(whole, 17, MIRROR, COLLECTOR))]
    return [ethernet(ipv4(whole[at:at + pieces], 17, MIRROR, COLLECTOR, identity=zlib.crc32(body) & 0xFFFF,
                          flags=1 if at + pieces < len(whole) else 0, offset=at))
            for at in range(0, len(whole), pieces)]


def tzsp(frame, encapsulation=1, tags=b"\1", kind=0):
    return struct.pack("!BBH", 1, kind, encapsulation) + tags + frame


def inside_vlan(frame, number=7):
    return frame[:12] + struct.pack("!HH", 0x8100, number) + frame[12:]


def cut_up(frame, size=24):
    """An Ethernet frame of an IPv4 packet, as fragments."""
    whole = frame[34:]
    return [ethernet(ipv4(whole[at:at + size], 6, frame[26:30], frame[30:34],
                          identity=struct.unpack("!H", frame[18:20])[0],
                          flags=1 if at + size < len(whole) else 0, offset=at), None, frame[6:12], frame[:6])
            for at in range(0, len(whole), size)]


@capture("mirror-tzsp-forms.pcap")
def _():
    """Mirrors in fragments, of fragments, of tagged and of wireless frames; one from IPv6 to IPv6."""
    frames = []
    for f in short():
        frames += mirrored(tzsp(f), 37008)
    for f in short(sport=40001):
        frames += mirrored(tzsp(inside_vlan(f)), 37008, pieces=48)
    for f in short(sport=40002):
        for part in cut_up(f):
            frames += mirrored(tzsp(part, tags=b"\x29\2\0\x3c\1"), 37008)
    for p, s in packets(sport=40003):
        frames += mirrored(tzsp(wlan(snap(p), s, 0), 18, b"\x0a\1\xd0\x12\1\6\x11\1\0\1"), 37008)
    for f in short(v6=True, sport=40004):
        frames.append(ethernet(ipv6(udp(tzsp(f), 50000, 37008, A6, B6), 17)))
    first = tzsp(short()[0])
    frames += mirrored(tzsp(b"", 0, b"", 4), 37008) + mirrored(tzsp(b"x", 9), 37008)
    frames += mirrored(first[:5], 37008) + mirrored(first[:1], 37008) + mirrored(first[:20], 37008)
    whole = mirrored(first, 37008)[0]
    return pcap(frames + [(whole[:90], len(whole))])


@capture("mirror-vxlan.pcap")
def _():
    """On Linux's old port, and on one that nobody knows; tagged inside; VXLAN in VXLAN."""
    def vxlan(frame):
        return struct.pack("!BBHI", 8, 0, 0, 42 << 8) + frame

    frames = []
    for f in short():
        frames += mirrored(vxlan(f), 8472)
    for f in short(sport=40001):
        frames += mirrored(vxlan(inside_vlan(f)), 14789)
    for f in short(v6=True, sport=40002):
        frames += mirrored(vxlan(mirrored(vxlan(f), 4789)[0]), 8472)
    whole = mirrored(vxlan(short()[0]), 8472)[0]
    return pcap(frames + [(whole[:90], len(whole)), whole[:47]])


def l2tp(payload, length=True, sequence=False, offset=None):
    flags = 2 | length << 14 | sequence << 11 | (offset is not None) << 9
    body = struct.pack("!HH", 7, 9) + (struct.pack("!HH", 3, 4) if sequence else b"")
    body += struct.pack("!H", offset) + b"\0" * offset if offset is not None else b""
    body += payload
    return struct.pack("!H", flags) + (struct.pack("!H", 4 + len(body)) if length else b"") + body


def ppp(packet, framed=True, short_number=False):
    number = b"\x57" if packet[0] >> 4 == 6 else b"\x21"
    return (b"\xff\3" if framed else b"") + (b"" if short_number else b"\0") + number + packet


@capture("tunnel-l2tp.pcap")
def _():
    """Version 2 with each option; version 3 over UDP and over IP, with cookies of both lengths."""
    kinds = [lambda p: l2tp(ppp(p)), lambda p: l2tp(ppp(p, framed=False), False),
             lambda p: l2tp(ppp(p, False, True), sequence=True), lambda p: l2tp(ppp(p, True, True), offset=4)]
    frames = []
    for number, kind in enumerate(kinds):
        for p, _ in packets(sport=40000 + number, v6=number % 2 == 1):
            frames += mirrored(kind(p), 1701, 1701)
    for f in short(sport=40010):
        frames += mirrored(struct.pack("!HHI", 3, 0, 0x1234) + f, 1701, 1701)
    for f in short(sport=40011):
        frames += mirrored(struct.pack("!HHI", 3, 0, 0x1235) + b"\1\2\3\4\5\6\7\x08" + f, 1701, 1701)
    for f in short(sport=40012):
        frames.append(ethernet(ipv4(struct.pack("!I", 0x55) + b"\1\2\3\4\0\0\0\0" + f, 115, MIRROR, COLLECTOR)))
    first = packets()[0][0]
    control = struct.pack("!HHHHHH", 0xC802, 12, 7, 0, 1, 1)
    frames += mirrored(control, 1701, 1701)
    frames += mirrored(struct.pack("!HHHHHHHHHH", 0xC802, 20, 0, 0, 0, 0, 0x8008, 0, 0, 1), 1701, 1701)
    frames += mirrored(l2tp(b"\xff\3\xc0\x21\1\1\0\4"), 1701, 1701) + mirrored(l2tp(ppp(first))[:5], 1701, 1701)
    frames.append(ethernet(ipv4(struct.pack("!IHHIHH", 0, 0xC803, 12, 1, 0, 0), 115, MIRROR, COLLECTOR)))
    whole = mirrored(l2tp(ppp(first)), 1701, 1701)[0]
    return pcap(frames + [(whole[:60], len(whole))])


def dns_text(name, *texts, code=0):
    """A response with TXT records, or one that says that there is no such name."""
    def labels(name):
        return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"

    def strings(text):
        return b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, len(text), 255))

    answers = b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 300, len(strings(text))) + strings(text)
        for text in map(str.encode, texts))
    return struct.pack("!HHHHHH", 7, 0x8180 | code, 1, len(texts), 0, 0) + labels(name) + struct.pack("!HH", 16, 1) + answers


def dns_exchangers(name, *exchangers):
    message = bytearray(dns_text(name))
    struct.pack_into("!H", message, 6, len(exchangers))
    struct.pack_into("!H", message, len(message) - 4, 15)
    for preference, exchanger in exchangers:
        data = struct.pack("!H", preference) + b"".join(
            bytes([len(part)]) + part.encode() for part in exchanger.split(".")) + b"\0"
        message += b"\xc0\x0c" + struct.pack("!HHIH", 15, 1, 300, len(data)) + data
    return bytes(message)


@capture("smtp-dkim.pcap")
def _():
    """Signed messages, whose keys and policies the receiver asks for; a message with URLs. sign.py made the messages."""
    folder = os.path.join(here, "..", "messages", "dkim")

    def message(name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()

    with open(os.path.join(folder, "keys.zone")) as file:
        keys = {line.split(". IN TXT ")[0]: line.split('"')[1] for line in file}

    def answer(payload):
        return ethernet(ipv4(udp(payload, 53, 41000, B, A), 17, B, A), None, B_MAC, A_MAC)

    traced = (b"Received: from a.example.org (a.example.org [192.0.2.1]) by b.example.org with ESMTPS id 2;\r\n"
              b"\tFri, 13 Jun 2025 12:34:01 +0200\r\n"
              b"Received: by a.example.org id 1; Fri, 13 Jun 2025 10:34:09 +0000\r\n"
              b"Authentication-Results: b.example.org; spf=pass smtp.mailfrom=example.org; dmarc=pass\r\n")
    page = (b"From: Eve <eve@example.com>\r\nDate: Fri, 13 Jun 2025 12:34:00 +0200\r\nSubject: Your account\r\n"
            b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\n"
            b"Look at http://bank.example/login?a=1.\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"<p>Look <a href=3D\"https://evil.example/x?a=3D1&amp;b=3D2\">www.bank.example</a><img src=3D'http://t.example/p.gif'>\r\n"
            b"--x--\r\n")
    talk = Talk().open().say(*MAIL[:3])
    frames = talk.frames
    first = True
    for text in [message("relaxed-relaxed.eml"), traced + message("two.eml"), message("changed-body.eml"), page]:
        talk.say("C:MAIL FROM:<ann@example.org>", "S:250 Ok", "C:RCPT TO:<bob@example.net>", "S:250 Ok", "C:DATA",
                 "S:354 Go on")
        stuffed = text.replace(b"\r\n.", b"\r\n..")
        for start in range(0, len(stuffed), 1000):
            talk.packet("C", stuffed[start:start + 1000], "PA")
        talk.packet("C", b".\r\n", "PA")
        if first:
            for name, key in keys.items():
                frames.append(answer(dns_text(name, key)))
            frames.append(answer(dns_text("_dmarc.example.org", "v=DMARC1; p=reject")))
            frames.append(answer(dns_text("example.org", "v=spf1 mx -all", "something else")))
            frames.append(answer(dns_text("nobody._domainkey.example.org", code=3)))
            frames.append(answer(dns_exchangers("example.net", (10, "mx.example.net"), (20, "mx.example.com"))))
            first = False
        talk.say("S:250 2.0.0 Ok")
    return pcap(talk.say("C:QUIT", "S:221 2.0.0 Bye").close().frames)


def main(names):
    os.makedirs(out, exist_ok=True)
    for name, make in CAPTURES.items():
        if names and name not in names and name.split(".")[0] not in names:
            continue
        with open(os.path.join(out, name), "wb") as file:
            file.write(make())


if __name__ == "__main__":
    main(sys.argv[1:])
