#!/usr/bin/env python3
"""Edits captures as a bad capture point would: loss, reordering, repeats, cuts.

  degrade.py --all                          the committed variants, into Fixtures/degraded
  degrade.py IN OUT [EDIT...] [--seed N]    one capture, edits in the order given

Edits (frames are numbered from 1, as read):
  drop=3,5-7          leave out these frames (the endpoints had them, the capture has not)
  keep=client         only frames of one side of the first conversation: client | server
  move=8:10           frame 8 comes after frame 10, with a time to match
  jitter=4            each frame may fall behind up to 4 others, seeded
  duplicate=20        about one frame in 20 is repeated a little later, seeded
  overlap             data segments are sent again, cut elsewhere, with the same bytes
  conflict            as overlap, with other bytes in the repeat
  resegment=24        payload cut anew into segments of 1 to 24 bytes, seeded
  snaplen=96          frames cut to 96 bytes
  shuffle             the frames' order in the file is random, their times are kept, seeded

A pcap file of Ethernet frames goes in and comes out; only the standard library is needed.
"""

import json
import os
import random
import struct
import sys

here = os.path.dirname(os.path.abspath(__file__))


class Frame:
    def __init__(self, time, data, length):
        self.time, self.data, self.length = time, data, length

    def copy(self, time, data=None):
        return Frame(time, self.data if data is None else data,
                     self.length if data is None else len(data))

    # Ethernet, IPv4 or IPv6 without extension headers, TCP

    def parse(self):
        kind = struct.unpack_from("!H", self.data, 12)[0]
        if kind == 0x0800 and self.data[23] == 6:
            self.ip, self.tcp = 14, 14 + (self.data[14] & 15) * 4
            end = 14 + struct.unpack_from("!H", self.data, 16)[0]
            source, target = self.data[26:30], self.data[30:34]
        elif kind == 0x86DD and self.data[20] == 6:
            self.ip, self.tcp = 14, 54
            end = 54 + struct.unpack_from("!H", self.data, 18)[0]
            source, target = self.data[22:38], self.data[38:54]
        else:
            return False
        ports = struct.unpack_from("!HH", self.data, self.tcp)
        self.source, self.target = (source, ports[0]), (target, ports[1])
        self.sequence = struct.unpack_from("!I", self.data, self.tcp + 4)[0]
        self.flags = self.data[self.tcp + 13]
        self.start = self.tcp + (self.data[self.tcp + 12] >> 4) * 4
        self.payload = self.data[self.start:end]
        return True

    def with_payload(self, sequence, payload, flags=None):
        """The frame with other payload, lengths and checksums made to fit."""
        data = bytearray(self.data[:self.start]) + payload
        struct.pack_into("!I", data, self.tcp + 4, sequence & 0xFFFFFFFF)
        if flags is not None:
            data[self.tcp + 13] = flags
        length = len(data) - self.tcp
        struct.pack_into("!H", data, self.tcp + 16, 0)
        if self.tcp - self.ip == 40 and data[self.ip] >> 4 == 6:
            struct.pack_into("!H", data, self.ip + 4, length)
            pseudo = data[self.ip + 8:self.ip + 40]
        else:
            struct.pack_into("!H", data, self.ip + 2, len(data) - self.ip)
            struct.pack_into("!H", data, self.ip + 10, 0)
            struct.pack_into("!H", data, self.ip + 10, checksum(data[self.ip:self.tcp]))
            pseudo = data[self.ip + 12:self.ip + 20]
        pseudo += struct.pack("!HH", 6, length)
        struct.pack_into("!H", data, self.tcp + 16, checksum(pseudo + data[self.tcp:]))
        return bytes(data)


def checksum(data):
    if len(data) % 2:
        data = bytes(data) + b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    header, frames, offset = data[:24], [], 24
    assert header[:4] == struct.pack("<I", 0xA1B23C4D), "a little-endian nanosecond pcap"
    while offset < len(data):
        seconds, fraction, captured, length = struct.unpack_from("<IIII", data, offset)
        offset += 16
        frames.append(Frame(seconds * 10**9 + fraction, data[offset:offset + captured], length))
        offset += captured
    return header, frames


def write(path, header, frames):
    with open(path, "wb") as file:
        file.write(header)
        for f in frames:
            file.write(struct.pack("<IIII", f.time // 10**9, f.time % 10**9, len(f.data), f.length))
            file.write(f.data)


def numbers(text):
    chosen = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        chosen += range(int(first), int(last or first) + 1)
    return chosen


def client_of(frames):
    for f in frames:
        if f.parse():
            return f.source


def drop(frames, argument, chance):
    gone = set(numbers(argument))
    return [f for i, f in enumerate(frames, 1) if i not in gone]


def keep(frames, argument, chance):
    client = client_of(frames)
    return [f for f in frames if f.parse() and (f.source == client) == (argument == "client")]


def move(frames, argument, chance):
    number, after = (int(n) for n in argument.split(":"))
    frames = list(frames)
    frame, behind = frames[number - 1], frames[after - 1]
    frames.insert(after, frame.copy(behind.time + 1000))
    del frames[number - 1]
    return frames


def jitter(frames, argument, chance):
    reach = int(argument)
    order = sorted(range(len(frames)), key=lambda i: i + (chance.uniform(0, reach) if chance.random() < 0.3 else 0))
    times = [f.time for f in frames]
    return [frames[i].copy(t) for i, t in zip(order, times)]


def duplicate(frames, argument, chance):
    result = []
    for f in frames:
        result.append(f)
        if chance.random() < 1 / int(argument):
            result.append(f.copy(f.time + 500))
    return result


def overlap(frames, argument, chance, other=False):
    """After each second data segment, the end of the one before and the start of it again."""
    result, before = [], {}
    for f in frames:
        result.append(f)
        if not f.parse() or not f.payload:
            continue
        last = before.get(f.source)
        before[f.source] = f
        if last and last.sequence + len(last.payload) == f.sequence:
            tail = last.payload[-min(5, len(last.payload)):]
            repeat = tail + f.payload[:max(1, len(f.payload) // 2)]
            if other:
                repeat = bytes(b ^ 1 if chr(b).isalpha() else b for b in repeat)
            result.append(f.copy(f.time + 500, f.with_payload(f.sequence - len(tail), repeat)))
    return result


def conflict(frames, argument, chance):
    return overlap(frames, argument, chance, other=True)


def resegment(frames, argument, chance):
    result = []
    for f in frames:
        if not f.parse() or not f.payload:
            result.append(f)
            continue
        offset = 0
        while offset < len(f.payload):
            piece = f.payload[offset:offset + chance.randint(1, int(argument))]
            last = offset + len(piece) == len(f.payload)
            flags = f.flags if last else f.flags & ~0x09
            result.append(f.copy(f.time + offset, f.with_payload(f.sequence + offset, piece, flags)))
            offset += len(piece)
    return result


def snaplen(frames, argument, chance):
    return [Frame(f.time, f.data[:int(argument)], f.length) for f in frames]


def shuffle(frames, argument, chance):
    frames = list(frames)
    chance.shuffle(frames)
    return frames


EDITS = {f.__name__: f for f in (drop, keep, move, jitter, duplicate, overlap, conflict,
                                 resegment, snaplen, shuffle)}


def gaps(original, frames):
    """Ranges of stream bytes that the original has and the result has not, per side."""
    client, base, had, has = client_of(original), {}, {}, {}
    for f in original:
        if f.parse() and f.flags & 2:
            base[f.source, f.target] = f.sequence + 1
    for table, list_ in ((had, original), (has, frames)):
        for f in list_:
            try:
                if not f.parse() or (f.source, f.target) not in base:
                    continue
            except (struct.error, IndexError):
                continue
            start = (f.sequence - base[f.source, f.target]) & 0xFFFFFFFF
            if f.payload:
                table.setdefault((f.source, f.target), set()).update(range(start, start + len(f.payload)))
    result = []
    for flow in had:
        missing = sorted(had[flow] - has.get(flow, set()))
        start = None
        for i, offset in enumerate(missing):
            if start is None:
                start = offset
            if i + 1 == len(missing) or missing[i + 1] != offset + 1:
                side = "client" if flow[0][1] > 1024 else "server"
                result.append({"from": side, "offset": start, "length": offset + 1 - start})
                start = None
    return result


def degrade(source, target, edits, seed):
    header, original = read(source)
    frames, chance = original, random.Random(seed)
    for edit in edits:
        name, _, argument = edit.partition("=")
        frames = EDITS[name](frames, argument, chance)
        if name == "snaplen":
            header = header[:16] + struct.pack("<I", int(argument)) + header[20:]
    write(target, header, frames)
    truth = {
        "capture": os.path.basename(target), "of": os.path.basename(source),
        "edits": edits, "seed": seed, "gaps": gaps(original, frames)}
    with open(target[:-len(".pcap")] + ".truth.json", "w") as file:
        json.dump(truth, file, indent=1)
        file.write("\n")


def data_frames(path, side, least=1):
    """Numbers of the frames with payload of one side of the first conversation."""
    _, frames = read(path)
    client = client_of(frames)
    return [i for i, f in enumerate(frames, 1)
            if f.parse() and len(f.payload) >= least and (f.source == client) == (side == "client")]


def largest(path, side):
    _, frames = read(path)
    return max(data_frames(path, side), key=lambda i: (frames[i - 1].parse(), len(frames[i - 1].payload))[1])


def everything():
    recorded = os.path.join(here, "..", "recorded")
    target = os.path.join(here, "..", "degraded")
    os.makedirs(target, exist_ok=True)

    def path(name):
        return os.path.join(recorded, name + ".pcap")

    def make(name, source, edits, seed=1):
        degrade(path(source), os.path.join(target, name + ".pcap"), edits, seed)

    # The message's frames: the header part, the middle, the final dot.
    parts = data_frames(path("smtp-delivery"), "client")
    quit_ = parts[-1]
    head, body, dot = parts[-4], parts[-3], parts[-2]
    make("smtp-delivery-lost", "smtp-delivery", [f"drop={body}"])
    make("smtp-delivery-lost-end", "smtp-delivery", [f"drop={dot}-{quit_}"])
    make("smtp-delivery-reordered", "smtp-delivery", [f"move={head}:{body}"])
    make("smtp-delivery-snaplen", "smtp-delivery", ["snaplen=96"])
    make("smtp-delivery-midstream", "smtp-delivery", [f"drop=1-{parts[1] - 1}"])
    make("smtp-delivery-client-only", "smtp-delivery", ["keep=client"])
    make("smtp-delivery-server-only", "smtp-delivery", ["keep=server"])
    make("smtp-delivery-resegmented", "smtp-delivery", ["resegment=24"])
    make("smtp-delivery-conflict", "smtp-delivery", ["conflict"])
    make("smtp-bdat-overlap", "smtp-bdat", ["overlap"])
    make("smtp-bdat-lost", "smtp-bdat", [f"drop={data_frames(path('smtp-bdat'), 'client', 600)[0]}"])
    make("pop3-session-gap", "pop3-session", [f"drop={largest(path('pop3-session'), 'server')}"])
    make("imap-session-reordered-duplicated", "imap-session", ["jitter=4", "duplicate=12"], 7)
    make("imap-session-lost", "imap-session", [f"drop={largest(path('imap-session'), 'server')}"])
    make("imap-pipelined-shuffled", "imap-pipelined", ["shuffle"], 5)
    make("imap-starttls-lost", "imap-starttls", [f"drop={data_frames(path('imap-starttls'), 'server')[-4]}"])
    make("imap-compress-lost", "imap-compress", [f"drop={largest(path('imap-compress'), 'server')}"])


def main(arguments):
    if arguments == ["--all"]:
        return everything()
    seed = 1
    if "--seed" in arguments:
        at = arguments.index("--seed")
        seed = int(arguments[at + 1])
        del arguments[at:at + 2]
    if len(arguments) < 3:
        sys.exit(__doc__)
    degrade(arguments[0], arguments[1], arguments[2:], seed)


if __name__ == "__main__":
    main(sys.argv[1:])
