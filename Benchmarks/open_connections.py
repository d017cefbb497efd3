#!/usr/bin/env python3
"""Write a capture of many SMTP connections that are open at once and never closed.

Usage: open_connections.py [--count 1000000] [--silent] -o OUTPUT.pcap

Every connection is opened and greeted (not with --silent) before one in a thousand, spread over all of them,
goes on to deliver a message; none is closed. The sessions that matter are the last number printed.
"""
import argparse
import struct

SERVER = bytes((192, 0, 2, 25))
MACS = bytes.fromhex("00005e0053190000" "5e00530a0800")
GREETING = b"220 mail.example.org ESMTP\r\n"
DIALOGUE = (
    (True, b"EHLO client.example.net\r\n"), (False, b"250 mail.example.org\r\n"),
    (True, b"MAIL FROM:<ann@example.com>\r\n"), (False, b"250 2.1.0 Ok\r\n"),
    (True, b"RCPT TO:<bob@example.org>\r\n"), (False, b"250 2.1.5 Ok\r\n"),
    (True, b"DATA\r\n"), (False, b"354 go ahead\r\n"),
    (True, b"Subject: %d\r\n\r\nhello\r\n.\r\n"), (False, b"250 2.0.0 Ok\r\n"),
    (True, b"QUIT\r\n"), (False, b"221 2.0.0 Bye\r\n"))
SYN, ACK, PUSH = 2, 16, 8


class Capture:
    def __init__(self, output):
        self.output, self.time, self.frames = output, 1_700_000_000_000_000, 0
        output.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

    def write(self, connection, from_client, sequence, acknowledgment, flags, payload=b""):
        address = (10 << 24 | connection >> 14).to_bytes(4, "big")
        port = 16384 + (connection & 0x3FFF)
        ends = (address, SERVER, port, 25) if from_client else (SERVER, address, 25, port)
        length = 40 + len(payload)
        self.time += 10
        self.frames += 1
        self.output.write(b"".join((
            struct.pack("<IIII", self.time // 1_000_000, self.time % 1_000_000, 14 + length, 14 + length),
            MACS,
            struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0x4000, 64, 6, 0, ends[0], ends[1]),
            struct.pack(">HHIIBBHHH", ends[2], ends[3], sequence, acknowledgment, 0x50, flags, 65535, 0, 0),
            payload)))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--count", type=int, default=1_000_000)
    arguments.add_argument("--silent", action="store_true", help="handshakes only, but for the sessions that matter")
    arguments.add_argument("-o", "--output", required=True)
    options = arguments.parse_args()
    sessions = range(0, options.count, 1000)
    with open(options.output, "wb", buffering=1 << 20) as output:
        capture = Capture(output)
        for connection in range(options.count):
            capture.write(connection, True, 999, 0, SYN)
            capture.write(connection, False, 4999, 1000, SYN | ACK)
            capture.write(connection, True, 1000, 5000, ACK)
            if not options.silent:
                capture.write(connection, False, 5000, 1000, ACK | PUSH, GREETING)
        for connection in sessions:
            client, server = 1000, 5000
            if options.silent:
                capture.write(connection, False, server, client, ACK | PUSH, GREETING)
            server += len(GREETING)
            for from_client, text in DIALOGUE:
                text = text % connection if b"%d" in text else text
                if from_client:
                    capture.write(connection, True, client, server, ACK | PUSH, text)
                    client += len(text)
                else:
                    capture.write(connection, False, server, client, ACK | PUSH, text)
                    server += len(text)
    print(f"{options.output}: {capture.frames} frames, {options.count} connections, {len(sessions)} sessions that matter")


if __name__ == "__main__":
    main()
