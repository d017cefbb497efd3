#!/usr/bin/env python3
"""Holds mailwire's MIME reader against Python's email package, on messages made to be nasty.

  nasty.py MAILWIRE [--count N] [--seed N] [--keep DIR]     needs `mailwire messages`
  nasty.py --dump PROGRAM [...]        PROGRAM json FILE... prints a line a message

The messages go as BDAT over SMTP into one capture.  Compared are the tree of parts, their
types, file names and decoded digests.  Where the two differ for a reason of docs/mime.md,
the reason is counted; the rest is printed, and the exit status is 1.
"""

import argparse
import base64
import binascii
import email
import email.header
import email.policy
import email.utils
import hashlib
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import warnings

TYPES = ["text/plain", "text/plain; charset=utf-8", "text/html; charset=iso-8859-1", "TEXT/Plain; CHARSET=\"us-ascii\"",
         "application/octet-stream", "application/pdf", "image/png", "text/plain (a comment)", "text", "text/", "/x",
         "a/b/c", "", "application/x-foo; a=b; c=\"d;e\"", "text/plain;; charset=utf-8", "text / plain",
         "message/delivery-status", "text/plain; charset*=utf-8''utf-8", "application/ms-tnef",
         "text/plain charset=utf-8"]
ENCODINGS = [None, "7bit", "8bit", "binary", "base64", "BASE64", "quoted-printable", "Quoted-Printable", "base64 ",
             "x-unknown", "base64 (really)", "quoted-printable;", "x-uuencode"]
NAMES = ["report.pdf", "a b.txt", "überraschung.txt", "x;y.doc", "q\"uote.txt", "日本語.pdf", "back\\slash.txt",
         "very-" + "long-" * 30 + "name.bin", "..", "a/b.txt", "plain", "semi;colon.txt", "per%cent.txt", "(paren).txt"]
BOUNDARIES = ["b", "bb", "b-", "b--", "-", "=_Part_1", "outer", "outer1", "outer--", "x y", "a'b", "(b)", "b+b", "0", "B",
              "----=_NextPart_000_0001", "=_" + "x" * 60, "=_" + "y" * 90, "b:c", "b?", "b=", "b/b"]
LINES = [b"", b"hello", b"--", b"--b", b"--b--", b"-- ", b"--outer", b"--outer1--", b"--bb trailing", b".", b"..", b"From x",
         b"a=20b", b"soft=", b"trail  ", b"tab\t", b"=3D=3d", b"=X=4", b"==", b"=", b"x" * 200, b"\xe4\xf6\xfc", b"\xc3\xa4",
         b"Subject: no field", b"begin 644 no.txt", b"end", b"\x00\x01", b"=ybegin", b" blank", b"VGhpcyBpcyBiYXNlNjQ="]


class Nasty:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def chance(self, p):
        return self.r.random() < p

    def message(self):
        r = self.r
        self.eol = b"\n" if self.chance(0.15) else b"\r\n"
        head = [b"From: Ann <ann@example.org>", b"Date: Fri, 13 Jun 2025 12:34:00 +0200", b"MIME-Version: 1.0"]
        if self.chance(0.5):
            head.append(b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=" + (self.eol + b" folded" if self.chance(0.3) else b""))
        r.shuffle(head)
        fields, body = self.entity(0, [])
        data = self.join(head + fields) + body
        for _ in range(r.choice([0, 0, 0, 1, 1, 3])):
            data = self.mutate(data)
        return data

    def join(self, lines):
        return self.eol.join(lines) + self.eol + self.eol

    def mutate(self, data):
        r = self.r
        lines = data.split(self.eol)
        at = r.randrange(len(lines))
        kind = r.randrange(7)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[at])
        elif kind == 2:
            lines.insert(at, r.choice(LINES))
        elif kind == 3:
            lines = lines[:max(1, at)]
        elif kind == 4:
            other = r.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 5 and lines[at]:
            place = r.randrange(len(lines[at]))
            lines[at] = lines[at][:place] + bytes([r.randrange(32, 256)]) + lines[at][place + 1:]
        else:
            lines[at] += r.choice([b" ", b"\t", b"--", b";", b"\""])
        return self.eol.join(lines)

    def fold(self, text):
        if self.chance(0.3):
            text = text.replace(b"; ", b";" + self.eol + self.r.choice([b" ", b"\t", b"    "]))
        return text

    def parameter(self, key, name):
        """A file name in one of the ways, right or wrong, that mailers write it."""
        raw = name.encode()
        quoted = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        percent = "".join(chr(c) if chr(c).isalnum() or c in b".-_" else "%%%02X" % c for c in raw).encode()
        word = b"=?utf-8?B?" + base64.b64encode(raw) + b"?="
        key = key.encode()
        kind = self.r.randrange(8)
        if kind == 0:
            return key + b'="' + quoted + b'"'
        if kind == 1:
            return key + b"=" + (raw if not re.search(rb'[;"\\()]', raw) else b'"' + quoted + b'"')
        if kind == 2:
            return key + b"*=utf-8''" + percent
        if kind == 3:
            return key + b'="' + word + b'"'
        if kind == 4:
            return key + b"=" + word
        if kind == 5:
            cut = len(percent) // 2
            while cut > 0 and b"%" in percent[cut - 2:cut]:
                cut -= 1
            return key + b"*0*=utf-8''" + percent[:cut] + b"; " + key + b"*1*=" + percent[cut:]
        if kind == 6 and raw.isascii():
            cut = len(quoted) // 2
            return key + b'*0="' + quoted[:cut] + b'"; ' + key + b'*1="' + quoted[cut:] + b'"'
        return key + b'="' + "latin-ä.txt".encode("latin-1") + b'"' if self.chance(0.2) else key + b'="' + quoted + b'"'

    def entity(self, depth, outer):
        if depth < 5 and self.chance(0.65 if depth == 0 else 0.3):
            return self.multipart(depth, outer)
        if depth < 5 and self.chance(0.12):
            return self.attached(depth, outer)
        return self.leaf(outer)

    def field(self, name, value):
        name = name.encode()
        if self.chance(0.05):
            name = name.upper()
        colon = b": " if not self.chance(0.05) else self.r.choice([b":", b":  ", b" : "])
        return name + colon + value

    def multipart(self, depth, outer):
        r = self.r
        boundary = r.choice(outer) if outer and self.chance(0.05) else r.choice(BOUNDARIES)
        written = boundary.encode()
        if self.chance(0.8) or re.search(r"[ ():?=/;]", boundary):
            written = b'"' + written + b'"'
        kind = r.choice(["mixed", "alternative", "related", "signed", "digest", "report", "Mixed", "x-foo"])
        value = b"multipart/" + kind.encode() + b"; boundary=" + written
        if self.chance(0.2):
            value += b'; type="text/html"'
        if self.chance(0.03):
            value = b"multipart/mixed"
        fields = [self.field("Content-Type", self.fold(value))]
        if self.chance(0.05):
            fields.append(b"Content-Transfer-Encoding: " + r.choice([b"base64", b"quoted-printable", b"8bit"]))
        mark = b"--" + boundary.encode()
        out = b""
        if self.chance(0.3):
            out += self.eol.join(r.choices(LINES, k=r.randrange(3))) + self.eol
        for _ in range(r.choice([0, 1, 1, 2, 2, 3, 5])):
            out += mark + (b" \t" if self.chance(0.1) else b"") + self.eol
            part_fields, body = self.entity(depth + 1, outer + [boundary])
            if part_fields or not self.chance(0.1):
                out += self.join(part_fields) if part_fields else self.eol
            out += body
            out += self.eol if not self.chance(0.05) else b""
        if not self.chance(0.12):
            out += mark + b"--" + (self.eol if not self.chance(0.1) else b"")
        if self.chance(0.2):
            out += self.eol.join(r.choices(LINES, k=r.randrange(3)))
        return fields, out

    def attached(self, depth, outer):
        fields = [self.field("Content-Type", self.r.choice([b"message/rfc822", b"message/global", b"Message/RFC822; name=x.eml"]))]
        inner, body = self.entity(depth + 1, outer)
        data = self.join([b"Subject: inner", b"From: b@example.org"] + inner) + body
        if self.chance(0.1):
            fields.append(b"Content-Transfer-Encoding: base64")
            data = base64.encodebytes(data).replace(b"\n", self.eol)
        return fields, data

    def leaf(self, outer):
        r = self.r
        fields = []
        if self.chance(0.9):
            value = r.choice(TYPES).encode()
            if self.chance(0.25):
                value += b"; " + self.parameter("name", r.choice(NAMES))
            fields.append(self.field("Content-Type", self.fold(value)))
        if self.chance(0.4):
            value = r.choice([b"attachment", b"inline", b"ATTACHMENT", b"attachment;", b"form-data; name=x"])
            if self.chance(0.8):
                value += b"; " + self.parameter("filename", r.choice(NAMES))
            fields.append(self.field("Content-Disposition", self.fold(value)))
        encoding = r.choice(ENCODINGS)
        if encoding is not None:
            fields.append(self.field("Content-Transfer-Encoding", encoding.encode()))
        r.shuffle(fields)
        return fields, self.content(encoding or "", outer)

    def content(self, encoding, outer):
        r = self.r
        lines = r.choices(LINES, k=r.randrange(6))
        if outer and self.chance(0.1):
            lines.append(b"--" + r.choice(outer).encode() + r.choice([b"x", b"-", b" x", b"--x"]))
        raw = self.eol.join(lines)
        if "base64" in encoding.lower():
            data = base64.encodebytes(r.randbytes(r.randrange(200))).replace(b"\n", self.eol).rstrip(self.eol)
            if self.chance(0.3):
                data = data.rstrip(b"=")
            for _ in range(r.choice([0, 0, 0, 1, 4])):
                at = r.randrange(len(data) + 1)
                data = data[:at] + r.choice([b"!", b" ", b"-", b"_", self.eol, b"\xff", b"="]) + data[at:]
            return data
        if "quoted" in encoding.lower():
            data = raw if self.chance(0.5) else self.eol.join(binascii.b2a_qp(l) for l in lines)
            if self.chance(0.3):
                data += r.choice([b"=", b"= ", b"=A", b"=" + self.eol, b"= " + self.eol])
            return data
        if "uuencode" in encoding.lower():
            data = r.randbytes(r.randrange(150))
            body = b"".join(binascii.b2a_uu(data[i:i + 45]).rstrip(b"\n") + self.eol for i in range(0, len(data), 45))
            return b"begin 644 x.bin" + self.eol + body + b"`" + self.eol + b"end"
        return raw


# What Python makes of it.


def python_parts(data):
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    parts = []
    around = []

    def walk(entity, parent):
        kind = entity.get_content_type()
        payload = entity._payload
        part = {"type": kind, "parent": parent, "names": python_names(entity), "digest": None, "entity": entity,
                "encoded": any(is_encoded(e) for e in around)}
        index = len(parts)
        parts.append(part)
        if kind in ("message/rfc822", "message/global", "message/news") and isinstance(payload, list):
            around.append(entity)
            for child in payload:
                walk(child, index)
            around.pop()
        elif entity.is_multipart() and entity.get_content_maintype() == "multipart":
            for child in payload:
                walk(child, index)
        elif not isinstance(payload, list):
            part["digest"] = hashlib.sha256(python_content(entity)).hexdigest()
    walk(message, None)
    return parts


def is_encoded(entity):
    name = str(entity.get("content-transfer-encoding", "")).strip().lower()
    return not re.match(r"(|7bit|8bit|binary|x-unknown)$", name)


def without_empty(parts):
    """Without the parts between two boundaries that follow each other at once."""
    def is_empty(entity):
        payload = entity._payload
        if isinstance(payload, list):
            return len(payload) == 1 and not payload[0]._headers and not payload[0]._payload
        return not payload
    dropped = set()
    for index, part in enumerate(parts):
        if part["parent"] in dropped or (part["parent"] is not None and not part["entity"]._headers
                                         and not parts[part["parent"]]["type"].startswith("message/")
                                         and is_empty(part["entity"])):
            dropped.add(index)
    kept = [i for i in range(len(parts)) if i not in dropped]
    return [dict(parts[i], parent=kept.index(parts[i]["parent"]) if parts[i]["parent"] in kept else None) for i in kept]


def python_content(entity):
    if entity.get_content_maintype() == "multipart":
        return entity._payload.encode("ascii", "surrogateescape")
    return entity.get_payload(decode=True) or b""


def python_names(entity):
    """The file name as either policy has it."""
    names = set()
    try:
        names.add(entity.get_filename())
    except Exception:
        names.add(None)
    head = b"".join(k.encode("ascii", "surrogateescape") + b": " + v.encode("ascii", "surrogateescape") + b"\n"
                    for k, v in entity._headers if k.lower() in ("content-type", "content-disposition"))
    try:
        names.add(email.message_from_bytes(head + b"\n", policy=email.policy.default).get_filename())
    except Exception:
        pass
    return names


def plain(name):
    """A file name without what the two write differently: blanks, encoded words, bytes that are no UTF-8."""
    if name is None:
        return None
    name = str(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        parts = email.header.decode_header(name)
        name = "".join(t.decode(c or "latin-1", "replace") if isinstance(t, bytes) else t for t, c in parts)
    except Exception:
        pass
    return re.sub(r"\s+", "", name) or None


# Reasons for which we differ.


def quoted_printable(data):
    """RFC 2045 section 6.7: blanks at the end of a line are not content, and may follow a soft line break."""
    out = b""
    lines = re.split(rb"(\r?\n)", data)
    for line, end in zip(lines[::2], lines[1::2] + [b""]):
        line = line.rstrip(b" \t")
        soft = line.endswith(b"=")
        line = line[:-1] if soft else line
        out += re.sub(rb"=([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), line) + (b"" if soft else end)
    return out


def base64_bytes(data):
    digits, out = b"", b""
    padded = 0
    for byte in data:
        if byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
            digits += bytes([byte])
            padded = 0
        elif byte == 0x3D:
            padded += 1
            if len(digits) % 4 >= 2 and len(digits) % 4 + padded >= 4:
                break
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return base64.b64decode(digits + b"=" * (-len(digits) % 4))


def uuencoded(data):
    """Line by line, from `begin` to `end`; missing digits are zeros, but not of the last line."""
    out, begun = b"", False
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        line = line[:-1] if line.endswith(b"\r") else line
        if not begun:
            begun = re.match(rb"begin [0-7]{3,4}[ \t]+\S", line) is not None
        elif line == b"end":
            break
        elif line and all(0x20 <= c <= 0x60 for c in line):
            count = line[0] - 32 & 63
            digits = (count + 2) // 3 * 4
            if len(line) - 1 <= digits + 2 and (count == 0 or len(line) > 1):
                count = min(count, (len(line) - 1) * 3 // 4) if number == len(lines) - 1 else count
                bits = "".join(format(c - 32 & 63, "06b") for c in line[1:digits + 1].ljust(digits))
                out += bytes(int(bits[8 * i:8 * i + 8], 2) for i in range(count))
    return out


def reason_of_message(data):
    """Why all of a message may be read differently."""
    if re.search(rb"\r(?!\n)", data):
        return "CR alone ends no line"
    if re.search(rb"(?m)^[!-9;-~]+[ \t]+:", data):
        return "blanks before the colon of a field are obsolete syntax"
    if re.search(rb"(?im)message/(rfc822|global)|multipart/digest", data) \
            and re.search(rb"(?im)^content-transfer-encoding[ \t]*:[ \t]*(base64|quoted|x-uu)", data):
        return "an encoded message is decoded"
    if re.search(rb"(?i)boundary=[^\r\n]*[(]", data):
        return "a comment after a parameter is no value"
    if re.search(rb'(?i)boundary="[^\r\n"]*"([^\r\n; \t]|\r?\n[ \t])', data):
        return "a parameter ends with its quotes"
    if re.search(rb"(?m)^(--[^\r\n]+?)[ \t]*\r?\n\1--[ \t]*\r?$", data):
        return "the closing boundary closes, also right after another boundary"
    if re.search(rb"(?m)^From ", data):
        return "a line `From ` within a header is no field"
    return None


def reason_of_part(ours, theirs, what):
    entity = theirs["entity"]
    cte = str(entity.get("content-transfer-encoding", "")).strip().lower()
    if theirs["encoded"]:
        return "an encoded message is decoded"
    if what == "type":
        value = str(entity.get("content-type", ""))
        if "(" in value or re.search(r"\s/|/\s|\S\s+\S", value.split(";")[0]):
            return "comments and blanks are no part of a type"
        if theirs["type"].startswith("/") or theirs["type"].endswith("/"):
            return "a type needs a type and a subtype"
        return None
    if what == "digest":
        payload = entity._payload
        if isinstance(payload, list):
            return None
        raw = payload.encode("ascii", "surrogateescape")
        base = (re.sub(r"\(.*?\)|;.*", "", cte).split() or [""])[0]
        decode = {"base64": base64_bytes, "quoted-printable": quoted_printable}.get(base, lambda data: data)
        if ours["digest"] in [hashlib.sha256(decode(raw + eol)).hexdigest() for eol in (b"\n", b"\r\n")]:
            return "the line end before a boundary that never comes is content"
        if raw.startswith(b"From "):
            return "the empty line after a line that ended the header is content"
        if base != cte and ours["digest"] in [hashlib.sha256(f(raw)).hexdigest() for f in (quoted_printable, base64_bytes)]:
            return "comments, semicolons and further words are no part of an encoding"
        if base == "quoted-printable" and ours["digest"] == hashlib.sha256(quoted_printable(raw)).hexdigest():
            return "blanks at the end of a quoted-printable line are padding; `==` is no escape"
        if base == "base64" and ours["digest"] == hashlib.sha256(base64_bytes(raw)).hexdigest():
            return "base64 that breaks its rules is decoded as far as it goes"
        if entity.get_content_maintype() == "multipart":
            return "the bytes of a multipart are what comes before its first boundary"
        if base in ("x-uuencode", "uuencode") and ours["digest"] == hashlib.sha256(uuencoded(raw)).hexdigest():
            return "uuencoded data that breaks its rules is decoded line by line"
        return None
    fields = " ".join(str(v) for k, v in entity._headers if k.lower() in ("content-type", "content-disposition"))
    if any(0xDC80 <= ord(c) <= 0xDCFF for c in fields):
        return "bytes above 127 in a file name are guessed"
    if "=?" in fields and any("\ufffd" in str(plain(n)) for n in theirs["names"]):
        return "an encoded word that is not in its charset is guessed"
    if fields.count("name") > 2 or re.search(r"name\*\d", fields):
        return "sections of a file name that do not fit together"
    if "(" in fields or "\\" in fields or fields.count('"') % 2:
        return "quotes, backslashes and parentheses of a file name stay"
    return None


def compare(data, ours, counts):
    """Returns what differs without a reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = python_parts(data)
    kept = [p for p in ours if p["kind"] != "embedded"]
    if len(theirs) > len(kept) and len(without_empty(theirs)) == len(kept):
        theirs = without_empty(theirs)
        reason = "boundaries that follow each other have no part between them"
        counts[reason] = counts.get(reason, 0) + 1
    shape = [(p["parent"], p["type"]) for p in theirs]
    if [p["parent"] for p in kept] != [p for p, _ in shape]:
        reason = reason_of_message(data)
        if reason is None:
            return "tree: ours %s\n      theirs %s" % ([(p["parent"], p["type"]) for p in kept], shape)
        counts[reason] = counts.get(reason, 0) + 1
        return None
    for mine, other in zip(kept, theirs):
        found = []
        if mine["type"] != other["type"]:
            found.append("type")
        if plain(mine["name"]) not in {plain(n) for n in other["names"]}:
            found.append("name")
        if mine["digest"] and other["digest"] and mine["kind"] != "message" and mine["digest"] != other["digest"]:
            found.append("digest")
        for what in found:
            reason = reason_of_part(mine, other, what) or reason_of_message(data)
            if reason is None:
                return "%s of %s: ours %s, theirs %s" % (what, mine["path"], mine.get(what if what != "name" else "name"),
                                                         other.get(what if what != "name" else "names"))
            counts[reason] = counts.get(reason, 0) + 1
    return None


# How to ask mailwire.


def by_dump(program, messages, folder):
    names = []
    for index, data in enumerate(messages):
        names.append(os.path.join(folder, "%05d.eml" % index))
        with open(names[-1], "wb") as file:
            file.write(data)
    text = subprocess.run([program, "json", *names], stdout=subprocess.PIPE, text=True).stdout
    result = []
    for line in text.rstrip("\n").split("\n"):
        parts = json.loads(line)["parts"]
        for part in parts:
            part["digest"] = hashlib.sha256(base64.b64decode(part.pop("data"))).hexdigest()
            part["parent"] = None if part["parent"] < 0 else part["parent"]
        # Embedded files may lie between the others.
        result.append(renumbered(parts))
    return result


def renumbered(parts):
    numbers = {}
    for index, part in enumerate(parts):
        if part["kind"] != "embedded":
            numbers[index] = len(numbers)
    for part in parts:
        part["parent"] = numbers.get(part["parent"])
    return parts


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    """One SMTP session a message, of segments without loss."""

    def __init__(self):
        self.data = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.time = 0

    def frame(self, source, target, sport, dport, seq, ack, flags, payload):
        tcp = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0) + payload
        pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, source, target)
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        frame = bytes.fromhex("00005e00532500005e0053100800") + ip + tcp
        self.time += 1
        self.data += struct.pack("<IIII", 1_750_000_000, self.time % 1_000_000, len(frame), len(frame)) + frame

    def session(self, number, message):
        ends = [bytes([192, 0, 2, 10]), bytes([192, 0, 2, 25])]
        ports = [20_000 + number % 40_000, 25]
        seqs = [1000, 2000]

        def send(side, payload, flags=0x18):
            for start in range(0, max(1, len(payload)), 1400):
                piece = payload[start:start + 1400]
                self.frame(ends[side], ends[1 - side], ports[side], ports[1 - side], seqs[side], seqs[1 - side], flags, piece)
                seqs[side] += len(piece) + (flags & 3 != 0)
        send(0, b"", 2)
        send(1, b"", 0x12)
        send(0, b"", 0x10)
        send(1, b"220 mx.example.org ESMTP\r\n")
        send(0, b"EHLO a.example.org\r\n")
        send(1, b"250-mx.example.org\r\n250-8BITMIME\r\n250-BINARYMIME\r\n250 CHUNKING\r\n")
        for command in (b"MAIL FROM:<a@example.org> BODY=BINARYMIME\r\n", b"RCPT TO:<b@example.org>\r\n"):
            send(0, command)
            send(1, b"250 ok\r\n")
        send(0, b"BDAT %d LAST\r\n" % len(message) + message)
        send(1, b"250 ok\r\n")
        send(0, b"QUIT\r\n")
        send(1, b"221 bye\r\n")
        send(0, b"", 0x11)
        send(1, b"", 0x11)


def by_capture(program, messages, folder):
    capture = Capture()
    for number, message in enumerate(messages):
        capture.session(number, message)
    path = os.path.join(folder, "nasty.pcap")
    with open(path, "wb") as file:
        file.write(capture.data)
    text = subprocess.run([program, "messages", "--format", "ndjson", path], capture_output=True, text=True).stdout
    result = []
    for line in text.rstrip("\n").split("\n"):
        message = json.loads(line)
        paths = {}
        parts = []
        for part in message.get("parts", []):
            parts.append({"path": part["path"], "kind": part.get("kind", "leaf"), "type": part["contentType"],
                          "name": part.get("filename"), "digest": part.get("sha256"), "parent": part.get("parent")})
            paths[part["path"]] = len(parts) - 1
        for part in parts:
            part["parent"] = paths.get(part["parent"])
        result.append(renumbered(parts))
    return result


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--dump", action="store_true")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep")
    options = options.parse_args()
    messages = [Nasty(options.seed * 1_000_003 + n).message() for n in range(options.count)]
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or folder
        os.makedirs(folder, exist_ok=True)
        ours = (by_dump if options.dump else by_capture)(options.program, messages, folder)
        if len(ours) != len(messages):
            sys.exit("%d messages sent, %d found" % (len(messages), len(ours)))
        counts, bad = {}, 0
        for index, (data, parts) in enumerate(zip(messages, ours)):
            text = compare(data, parts, counts)
            if text:
                bad += 1
                print("message %d: %s" % (index, text))
    same = len(messages) - bad
    print("%d messages, %d parts; %d without an unexplained difference" % (
        len(messages), sum(len(p) for p in ours), same))
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        print("%6d  %s" % (count, reason))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
