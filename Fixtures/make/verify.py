#!/usr/bin/env python3
"""Holds the recorded captures against their truth files, by way of tshark.

  verify.py [NAME...]

For each session in clear text: the commands must lie in the client's bytes in the
order told, and the messages (stuffed where the transfer stuffs) in the bytes of the
side that sent them, with the digest told.  TLS sessions are opened with the key log.
It shares no code with the recording clients.
"""

import hashlib
import json
import os
import re
import subprocess
import sys

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "recorded")


def follow(capture, number, kind, keys):
    options = ["-o", "tls.keylog_file:" + keys] if keys else []
    text = subprocess.run(["tshark", "-r", capture, *options, "-q", "-z", f"follow,{kind},raw,{number}"],
                          capture_output=True, text=True).stdout
    lines = [l for l in text.split("\n") if re.fullmatch(r"\t?[0-9a-f]+", l)]
    client = b"".join(bytes.fromhex(l) for l in lines if l[0] != "\t")
    server = b"".join(bytes.fromhex(l) for l in lines if l[0] == "\t")
    # Node 0 is the side that tshark saw first, in TLS not always the client.
    first = re.search(r"^Node 0: .*:(\d+)$", text, re.M)
    if first and int(first.group(1)) in (24, 25, 110, 143, 465, 587, 993, 995, 2525, 2587, 3587, 4190):
        client, server = server, client
    return client, server


def bodies(session, client, server):
    """Every message that a plain reading of the bytes finds, as (size, sha256)."""
    found = set()

    def add(data):
        found.add((len(data), hashlib.sha256(data).hexdigest()))
    for side in (client, server):
        for match in re.finditer(rb"(?:^|\r\n)", side):
            start = match.end()
            end = side.find(b"\r\n.\r\n", start - 2 if start else 0)
            if end >= 0:
                add(re.sub(rb"(^|\r\n)\.", rb"\1", side[start:end + 2]))
        for match in re.finditer(rb"\{(\d+)\+?\}\r\n", side):
            add(side[match.end():match.end() + int(match.group(1))])
    joined, position = b"", 0
    for match in iter(lambda: re.compile(rb"BDAT (\d+)( LAST)?\r\n").search(client, position), None):
        size = int(match.group(1))
        joined += client[match.end():match.end() + size]
        position = match.end() + size
        if match.group(2):
            add(joined)
            joined = b""
    return found


def main(names):
    bad = 0
    for name in names or sorted(f[:-11] for f in os.listdir(folder) if f.endswith(".truth.json")):
        capture = os.path.join(folder, name + ".pcap")
        with open(os.path.join(folder, name + ".truth.json")) as file:
            truth = json.load(file)
        keys = os.path.join(folder, truth["keylog"]) if "keylog" in truth else None
        checked = 0
        for number, session in enumerate(truth["sessions"]):
            if session.get("compressed"):
                print(f"  {name}: session {number} is compressed, only its start can be checked")
            client, server = follow(capture, number, "tcp", None)
            if "tls" in session:
                clear = follow(capture, number, "tls", keys)
                client, server = client + clear[0], server + clear[1]
            position = 0
            for exchange in session.get("exchanges", []):
                said = exchange["command"].split("\n")[0].encode()
                at = client.find(said, position)
                if at < 0:
                    if not session.get("compressed"):
                        print(f"  {name}: session {number}: not sent in this order: {said!r}")
                        bad += 1
                    break
                position = at + len(said)
                checked += 1
            found = bodies(session, client, server)
            for message in session.get("messages", []):
                if not message.get("complete") or session.get("compressed"):
                    continue
                if message.get("endsWith") or "sha256" not in message:
                    continue
                checked += 1
                if (message["size"], message["sha256"]) not in found:
                    print(f"  {name}: session {number}: message not found: {message}")
                    bad += 1
        print(f"{name}: {len(truth['sessions'])} sessions, {checked} things held")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
