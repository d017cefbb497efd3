#!/usr/bin/env python3
"""Write messages with DKIM signatures, the DNS records of their keys, and what is right for each.

Usage: sign.py FOLDER

It needs dkimpy and pynacl, which sign independently of mailwire. The keys are made anew each time and kept nowhere.
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

import dkim
import nacl.signing

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

BODY = b"Hello  Bob,\r\n\r\nthe figures \t are in. \r\n.. and more\r\n\r\n\r\n"
HEADER = (
    b"From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: figures\r\n of  the\r\n\tyear\r\n"
    b"Date: Fri, 13 Jun 2025 12:34:00 +0200\r\nMessage-ID: <1@example.org>\r\n"
)


def rsa(bits):
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary, "key")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, str(bits)], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", path, "-pubout"], check=True, capture_output=True).stdout
        return path.read_bytes(), public


private, public = rsa(2048)
short, short_public = rsa(1024)
edwards = nacl.signing.SigningKey.generate()
strip = lambda pem: "".join(pem.decode().splitlines()[1:-1])
records = {
    "big._domainkey.example.org": "v=DKIM1; k=rsa; p=" + strip(public),
    "small._domainkey.example.org": "v=DKIM1; p=" + strip(short_public),
    "edwards._domainkey.example.org": "v=DKIM1; k=ed25519; p="
    + base64.b64encode(bytes(edwards.verify_key)).decode(),
    "revoked._domainkey.example.org": "v=DKIM1; p=",
}
truth = {}


def write(name, message, **right):
    (folder / f"{name}.eml").write_bytes(message)
    truth[name] = right


def sign(message, selector=b"big", key=private, **options):
    return dkim.sign(message, selector, b"example.org", key, **options) + message


plain = HEADER + b"\r\n" + BODY
for header in (b"simple", b"relaxed"):
    for body in (b"simple", b"relaxed"):
        write(f"{header.decode()}-{body.decode()}", sign(plain, canonicalize=(header, body)), body="pass", header="pass")
write("sha1", sign(plain, signature_algorithm=b"rsa-sha1"), body="pass", header="pass")
write("short-key", sign(plain, b"small", short), body="pass", header="pass")
write(
    "ed25519",
    sign(plain, b"edwards", base64.b64encode(bytes(edwards)), signature_algorithm=b"ed25519-sha256"),
    body="pass", header="pass")
write("length", sign(plain, length=True) + b"added\r\n", body="pass", header="pass", unsigned=True)
write("revoked", sign(plain, b"revoked"), body="pass", header="fail")
write("no-key", sign(plain, b"nobody"), body="pass", header="unknown")
write("changed-body", sign(plain).replace(b"figures \t", b"Figures \t"), body="fail", header="pass")
write("changed-header", sign(plain).replace(b"Ann <", b"Eve <"), body="pass", header="fail")
write("empty-body", sign(HEADER + b"\r\n"), body="pass", header="pass")
write("empty-body-simple", sign(HEADER + b"\r\n", canonicalize=(b"simple", b"simple")), body="pass", header="pass")
write("two", sign(sign(plain), b"small", short), body="pass", header="pass")

for name in ["relaxed-relaxed", "simple-simple", "ed25519", "sha1", "length"]:
    message = (folder / f"{name}.eml").read_bytes()
    lookup = lambda name, timeout=5: records[name.decode().rstrip(".")].encode()
    assert name == "sha1" or dkim.verify(message, dnsfunc=lookup), name
(folder / "keys.zone").write_text("".join(f'{name}. IN TXT "{text}"\n' for name, text in records.items()))
(folder / "public.pem").write_bytes(public)
(folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
