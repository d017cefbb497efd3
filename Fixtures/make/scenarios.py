"""The scenarios of record.sh: what the clients do, and the truth files they leave.

  scenarios.py --list
  scenarios.py --prepare NAME      fill mailboxes, before the recording starts
  scenarios.py NAME FOLDER         act; write FOLDER/NAME.truth.json
"""

import base64
import hashlib
import hmac
import imaplib
import json
import os
import poplib
import random
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

from talk import IMAP, LMTP, POP3, SMTP, Gone, Sieve, crlf, digest, unstuff

V4, V6 = "192.0.2.25", "2001:db8::25"
PASSWORDS = {"alice": "wonderland-test", "bob": "builder-test", "dave": "full-test"}
SCENARIOS, PREPARATIONS = {}, {}


def scenario(name, prepare=None):
    def add(function):
        SCENARIOS[name] = function
        if prepare:
            PREPARATIONS[name] = prepare
        return function
    return add


# Messages


def letter(subject="Lunch", body="See you at noon.\n", sender="ann@example.com",
           to="alice@example.org", number=1, more=""):
    return crlf(
        f"Date: Fri, 13 Jun 2025 12:{number:02d}:00 +0200\n"
        f"From: Ann Example <{sender}>\n"
        f"To: {to}\n"
        f"Subject: {subject}\n"
        f"Message-ID: <{number}.letter@client.example.net>\n"
        f"{more}"
        f"\n{body}")


DOTS = letter("Dots", """A line before.
.one dot at the start
..two dots at the start
.
A line that was only a dot is above.
..
.\u0020
The last line has a dot too:
.end
""".replace("\u0020", " "), number=2)


def noise(count, seed):
    return random.Random(seed).randbytes(count)


def multipart(sender="Jörg Example <jürgen@example.org>", to="δοκιμή@example.org"):
    picture = base64.encodebytes(noise(900, 7)).decode()
    return crlf(f"""Date: Fri, 13 Jun 2025 12:30:00 +0200
From: {sender}
To: {to}
Subject: Grüße aus Köln — 世界
Message-ID: <mime.1@client.example.net>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_outer"

This is the preamble.
--=_outer
Content-Type: multipart/alternative; boundary="=_inner"

--=_inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe! This line is long and therefore has a soft line break rig=
ht here.
Trailing space:=20
=2Ea dot, encoded
--=_inner
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<p>Gr=FC=DFe!</p>
--=_inner--
--=_outer
Content-Type: application/octet-stream; name="=?UTF-8?Q?na=C3=AFve_file.bin?="
Content-Transfer-Encoding: base64
Content-Disposition: attachment;
 filename*0*=UTF-8''na%C3%AFve%20;
 filename*1*=%E4%B8%96%E7%95%8C;
 filename*2=".bin"

{picture}--=_outer
Content-Type: message/rfc822
Content-Disposition: inline

From: carol@example.com
Subject: =?ISO-8859-1?Q?Caf=E9?=

Inner message.
--=_outer--
This is the epilogue.
""")


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode())


def plain(user, password=None):
    return b64(f"\0{user}\0{password or PASSWORDS[user]}")


def cram(user, password=None):
    def answer(challenge):
        key = (password or PASSWORDS[user]).encode()
        return b64(f"{user} " + hmac.new(key, base64.b64decode(challenge), "md5").hexdigest())
    return answer


class Scram:
    """SCRAM-SHA-256 (RFC 7677), the client's three messages."""

    def __init__(self, user):
        self.user = user
        self.first = f"n={user},r=" + b64(noise(15, 3)).decode()

    def start(self, _challenge=None):
        return b64("n,," + self.first)

    def proof(self, challenge):
        server = base64.b64decode(challenge).decode()
        fields = dict(f.split("=", 1) for f in server.split(","))
        final = "c=biws,r=" + fields["r"]
        signed = ",".join([self.first, server, final]).encode()
        salted = hashlib.pbkdf2_hmac("sha256", PASSWORDS[self.user].encode(),
                                     base64.b64decode(fields["s"]), int(fields["i"]))
        key = hmac.new(salted, b"Client Key", "sha256").digest()
        signature = hmac.new(hashlib.sha256(key).digest(), signed, "sha256").digest()
        return b64(final + ",p=" + b64(bytes(a ^ b for a, b in zip(key, signature))).decode())

    def end(self, _challenge):
        return b""


def fill(user, messages, host=V4):
    """Before the recording: messages into the INBOX."""
    def prepare():
        with imaplib.IMAP4(host) as box:
            box.login(user, PASSWORDS[user])
            for flags, message in messages:
                box.append("INBOX", flags, '"13-Jun-2025 12:00:00 +0200"', message)
    return prepare


def drained(*users):
    return lambda: [fill(u, [])() for u in users]


# SMTP


@scenario("smtp-delivery")
def smtp_delivery(truth):
    s = SMTP(V4, 25)
    s.command("EHLO client.example.net")
    s.command(f"MAIL FROM:<ann@example.com> SIZE={len(DOTS)} BODY=8BITMIME")
    s.command("RCPT TO:<alice@example.org>")
    s.command("RCPT TO:<bob@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.org")
    s.command("RCPT TO:<carol@example.org>")
    half = 150

    def write(data):
        s.send(data[:half])
        time.sleep(0.03)
        s.send(data[half:-3])
        time.sleep(0.03)
        s.send(data[-3:])
    s.data(DOTS, write)
    s.quit()
    truth.add(s, "delivered to 2 of 3, 550 5.1.1 for carol@example.org")


@scenario("smtp-pipelining")
def smtp_pipelining(truth):
    s = SMTP(V6, 25)
    s.command("EHLO [IPv6:2001:db8::10]")
    for number, to in ((3, ["alice@example.org"]), (4, ["alice@example.org", "carol@example.org", "bob@example.org"])):
        message = letter(f"Pipelined {number}", "One of two.\n", number=number)
        replies = s.pipeline(["MAIL FROM:<ann@example.com>"] + [f"RCPT TO:<{t}>" for t in to] ,
                             b"DATA\r\n")
        s.body(s.reply(), message)
    s.pipeline(["MAIL FROM:<ann@example.com>", "RCPT TO:<bob@example.org>", "RSET", "NOOP"])
    s.pipeline(["MAIL FROM:<>", "RCPT TO:<carol@example.org>"], b"DATA\r\n")
    s.note("DATA", [s.reply()], pipelined=True)
    s.pipeline(["RSET", "QUIT"])
    s.close()
    truth.add(s, "two messages accepted, a transaction reset, a transaction without valid recipients")


@scenario("smtp-bdat")
def smtp_bdat(truth):
    def chunked(s, sizes, message, last, pipelined):
        offset, sent = 0, []
        for i, size in enumerate(sizes):
            chunk = message[offset:offset + size]
            offset += size
            end = " LAST" if last and i == len(sizes) - 1 else ""
            sent.append((f"BDAT {size}{end}", chunk))
        if not last:
            sent.append(("BDAT 0 LAST", b""))
        assert offset == len(message)
        if pipelined:
            s.send(b"".join(c.encode() + b"\r\n" + d for c, d in sent))
        for command, chunk in sent:
            if not pipelined:
                s.send(command.encode() + b"\r\n" + chunk)
            reply = s.reply()
            s.note(command, [reply], pipelined=pipelined)
        s.finish("BDAT", message, [reply], chunks=[len(d) for _, d in sent])

    s = SMTP(V4, 25)
    s.command("EHLO client.example.net")
    # A chunk border in the middle of CRLF, lines that begin with dots, not stuffed.
    message = letter("Chunks", ".a dot\n..two\n.\nQUIT\nthe end\n" + "x" * 1800 + "\n", number=5)
    border = message.index(b"\r\n") + 1
    s.command("MAIL FROM:<ann@example.com> BODY=8BITMIME")
    s.command("RCPT TO:<alice@example.org>")
    chunked(s, [border, 700, 1, len(message) - border - 701], message, False, False)
    message = letter("Chunks at once", ".pipelined\n" * 20, number=6)
    s.pipeline(["MAIL FROM:<ann@example.com>", "RCPT TO:<bob@example.org>", "RCPT TO:<alice@example.org>"])
    chunked(s, [100, 200, len(message) - 300], message, False, True)
    message = letter("One chunk", "Short.\n", number=7)
    s.command("MAIL FROM:<ann@example.com>")
    s.command("RCPT TO:<bob@example.org>")
    chunked(s, [len(message)], message, True, False)
    # No recipient: the chunk must be read and thrown away.
    s.command("MAIL FROM:<ann@example.com>")
    s.command("RCPT TO:<carol@example.org>")
    s.send(b"BDAT 26 LAST\r\nSubject: lost\r\n\r\nQUIT\r\n.\r\n")
    s.note("BDAT 26 LAST", [s.reply()])
    s.command("RSET")
    s.quit()
    truth.add(s, "three messages in chunks accepted, one refused for want of a recipient")


@scenario("smtp-auth")
def smtp_auth(truth):
    s = SMTP(V4, 587)
    s.command("EHLO client.example.net")
    s.auth(b"AUTH PLAIN " + plain("alice"), "PLAIN", "alice")
    s.command("MAIL FROM:<alice@example.org> AUTH=<>")
    s.command("RCPT TO:<ann@example.com>")
    s.data(letter("Submitted", "With AUTH.\n", "alice@example.org", "ann@example.com", 8))
    s.quit()
    truth.add(s, "AUTH PLAIN with initial response, one message")

    s = SMTP(V4, 587)
    s.command("EHLO client.example.net")
    s.auth(b"AUTH PLAIN", "PLAIN", "bob", plain("bob"))
    s.quit()
    truth.add(s, "AUTH PLAIN without initial response")

    s = SMTP(V4, 587)
    s.command("EHLO client.example.net")
    s.auth(b"AUTH LOGIN", "LOGIN", "bob", b64("bob"), b64("wrong-test"))
    s.auth(b"AUTH LOGIN", "LOGIN", "bob", b64("bob"), b"*")
    s.auth(b"AUTH LOGIN " + b64("bob"), "LOGIN", "bob", b64(PASSWORDS["bob"]))
    s.command("AUTH PLAIN " + plain("bob").decode())
    s.quit()
    truth.add(s, "AUTH LOGIN: wrong password, cancelled, accepted; then a second AUTH refused")

    s = SMTP(V4, 587)
    s.command("EHLO client.example.net")
    s.auth(b"AUTH GSSAPI", "GSSAPI", None)
    s.auth(b"AUTH CRAM-MD5", "CRAM-MD5", "alice", cram("alice"))
    s.quit()
    truth.add(s, "an unknown mechanism, then AUTH CRAM-MD5")

    s = SMTP(V4, 587)
    s.command("EHLO client.example.net")
    scram = Scram("alice")
    s.auth(b"AUTH SCRAM-SHA-256 " + scram.start(), "SCRAM-SHA-256", "alice", scram.proof, scram.end)
    s.quit()
    truth.add(s, "AUTH SCRAM-SHA-256")


@scenario("smtp-starttls")
def smtp_starttls(truth):
    for version, number in ((ssl.TLSVersion.TLSv1_3, 9), (ssl.TLSVersion.TLSv1_2, 10)):
        s = SMTP(V4, 587, keylog=truth.keylog())
        s.command("EHLO client.example.net")
        s.command("STARTTLS")
        s.secure("starttls", version)
        s.command("EHLO client.example.net")
        s.auth(b"AUTH PLAIN " + plain("alice"), "PLAIN", "alice")
        s.command("MAIL FROM:<alice@example.org>")
        s.command("RCPT TO:<bob@example.org>")
        s.data(letter("Under TLS", "Nobody reads this.\n", "alice@example.org", "bob@example.org", number))
        s.quit()
        truth.add(s, "STARTTLS, AUTH PLAIN, one message")


@scenario("smtp-errors")
def smtp_errors(truth):
    s = SMTP(V4, 25)
    s.command("HELO")
    s.command("helo client.example.net")
    s.command("BOGUS command")
    s.command("RCPT TO:<alice@example.org>")
    s.command("DATA")
    s.command("mail from: <ann@example.com>")
    s.command("MAIL FROM:<ann@example.com>")
    s.command("RCPT TO: alice@example.org")
    s.command("RCPT TO:<alice@example.org> FOO=BAR")
    s.command("RSET")
    s.command("MAIL FROM:<ann@example.com> SIZE=20000000")
    s.command("VRFY alice")
    s.command("VRFY carol@example.org")
    s.command("EXPN staff")
    s.command("HELP")
    s.quit()
    truth.add(s, "commands refused")

    s = SMTP(V4, 25)
    s.command("EHLO client.example.net")
    s.command("MAIL FROM:<ann@example.com>")
    s.command("RCPT TO:<alice@example.org>")
    s.data(letter("Too large", ("x" * 76 + "\n") * 215, number=11))
    s.quit()
    truth.add(s, "552 after DATA: the message is too large")

    for how in ("fin", "reset"):
        s = SMTP(V4, 25)
        s.command("EHLO client.example.net")
        s.command("MAIL FROM:<ann@example.com>")
        s.command("RCPT TO:<alice@example.org>")
        s.send(b"DATA\r\n")
        s.note("DATA", [s.reply()])
        sent = letter("Cut off", "The line goes dead in the middle of a wo", number=12)
        s.send(sent)
        time.sleep(0.1)
        s.record["messages"].append({
            "direction": "submitted", "transfer": "DATA", "envelope": s.envelope,
            "outcome": "incomplete", **digest(sent), "complete": False})
        s.drop() if how == "fin" else s.close("reset")
        truth.add(s, f"the client goes away in DATA ({how})")

    s = SMTP(V4, 25)
    s.command("EHLO client.example.net")
    try:
        for i in range(30):
            s.command(f"NONSENSE{i}")
    except Gone:
        pass
    s.close()
    truth.add(s, "421 after too many errors, closed by the server")

    s = SMTP(V4, 2525)
    s.command("EHLO client.example.net")
    s.command("MAIL FROM:<ann@example.com>")
    s.record["unprompted"] = [s.reply()]
    s.close()
    truth.add(s, "421 after a time-out, closed by the server")

    s = SMTP(V4, 25)
    s.send(b"GET / HTTP/1.1\r\nHost: mail.example.org\r\n\r\n")
    reply = s.reply()
    s.note("GET / HTTP/1.1", [reply])
    s.close()
    truth.add(s, "an HTTP request to an SMTP server")


@scenario("smtp-extensions")
def smtp_extensions(truth):
    s = SMTP(V4, 25)
    s.command("EHLO client.example.net")
    s.command("XCLIENT NAME=spike.example.com ADDR=198.51.100.7 PROTO=ESMTP HELO=spike.example.com")
    s.command("EHLO spike.example.com")
    s.command("NOOP still there")
    s.command("VRFY <alice@example.org>")
    s.command("ETRN example.net")
    s.command("ETRN @example.net")
    s.command("ETRN example.edu")
    s.command("MAIL FROM:<ann+tag=x@example.com> RET=HDRS ENVID=QQ314159 SIZE=400 BODY=7BIT")
    s.command('RCPT TO:<"alice"@example.org> NOTIFY=NEVER')
    s.command("RCPT TO:<postmaster>")
    s.command("RCPT TO:<@relay.example.com:bob@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2B@example.org")
    s.data(letter("Extensions", "DSN wanted.\n", number=13))
    s.quit()
    truth.add(s, "XCLIENT, VRFY, ETRN, DSN parameters, a source route")

    s = SMTP(V4, 25)
    s.command("EHLO client.example.net")
    s.command("XFORWARD NAME=spike.example.com ADDR=198.51.100.7 PORT=1234 PROTO=ESMTP HELO=spike.example.com")
    s.quit()
    truth.add(s, "XFORWARD")


@scenario("smtputf8")
def smtputf8(truth):
    message = multipart()
    s = SMTP(V6, 25)
    s.command("EHLO client.example.net")
    s.command("MAIL FROM:<jürgen@example.org> SMTPUTF8 BODY=8BITMIME")
    s.command("RCPT TO:<δοκιμή@example.org>")
    s.command("RCPT TO:<用户@例え.example.org> NOTIFY=FAILURE ORCPT=utf-8;\\x{7528}\\x{6237}@xn--r8jz45g.example.org")
    s.data(message)
    s.command("MAIL FROM:<ann@example.com>")
    s.command("RCPT TO:<δοκιμή@example.org>")
    s.quit()
    truth.add(s, "a message with UTF-8 addresses; then such an address without SMTPUTF8")


def large():
    return letter("Large", "".join(
        f"{i:05d} {b64(noise(48, i)).decode()}\n" for i in range(420)), number=14)


@scenario("smtp-offload")
def smtp_offload(truth):
    s = SMTP(V4, 587)
    s.command("EHLO client.example.net")
    s.command("MAIL FROM:<ann@example.com>")
    s.command("RCPT TO:<alice@example.org>")
    s.data(large())
    s.quit()
    truth.add(s, "one message in segments larger than the MTU, checksums not yet computed")


@scenario("smtp-offload-any")
def smtp_offload_any(truth):
    for host in (V4, V6):
        s = SMTP(host, 587)
        s.command("EHLO client.example.net")
        s.command("MAIL FROM:<ann@example.com>")
        s.command("RCPT TO:<alice@example.org>")
        s.data(letter("Any", "From the any device.\n" * 150, number=15))
        s.quit()
        truth.add(s, "one message, captured on the any device")


# SMTP, with clients that people use


@scenario("smtp-smtplib")
def smtp_smtplib(truth):
    lines = []
    message = multipart("Ann Example <ann@example.com>", "alice@example.org")
    with smtplib.SMTP(V4, 25, "client.example.net") as s:
        s.set_debuglevel(1)
        s._print_debug = lambda *parts: lines.append(" ".join(str(p) for p in parts))
        refused = s.sendmail("ann@example.com",
                             ["alice@example.org", "carol@example.org"], message,
                             ["BODY=8BITMIME"])
    truth.log("smtp", "python smtplib", lines, messages=[{
        "direction": "submitted", "transfer": "DATA", "outcome": "accepted",
        "envelope": {"sender": "ann@example.com", "recipients": [
            {"address": "alice@example.org", "accepted": True, "code": 250},
            {"address": "carol@example.org", "accepted": False,
             "code": refused["carol@example.org"][0]}]},
        **digest(message), "complete": True}])


def run(command, **named):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **named)
    lines = result.stdout.decode("utf-8", "backslashreplace").replace("\r", "").split("\n")
    return result.returncode, [l for l in lines if l]


def delivered(sender, recipients, message=None):
    entry = {
        "direction": "submitted", "transfer": "DATA", "outcome": "accepted",
        "envelope": {"sender": sender, "recipients": [
            {"address": r, "accepted": True, "code": 250} for r in recipients]},
        "complete": True}
    if message is not None:
        entry.update(digest(message))
    return entry


@scenario("smtp-clients")
def smtp_clients(truth):
    """swaks, curl and msmtp, one after another."""
    with tempfile.TemporaryDirectory() as folder:
        attachment = os.path.join(folder, "list.txt")
        with open(attachment, "w") as file:
            file.write("milk\nbread\n")
        status, lines = run(
            ["swaks", "--server", V4, "--from", "ann@example.com", "--to", "alice@example.org",
             "--ehlo", "client.example.net", "--header", "Subject: From swaks",
             "--attach-name", "list.txt", "--attach", "@" + attachment])
        sent = [l[4:].encode() for l in lines if l.startswith(" -> ")]
        message = unstuff(sent[sent.index(b"DATA") + 1:sent.index(b".")])
        truth.log("smtp", "swaks", lines, status=status,
                  messages=[delivered("ann@example.com", ["alice@example.org"], message)])

        message = letter("From curl", ".a dot first\nthe end\n", number=16)
        path = os.path.join(folder, "message")
        with open(path, "wb") as file:
            file.write(message)
        status, lines = run(
            ["curl", "-s", "-v", "--url", f"smtp://{V4}:587/client.example.net",
             "--user", "alice:" + PASSWORDS["alice"], "--mail-from", "alice@example.org",
             "--mail-rcpt", "bob@example.org", "--mail-rcpt", "ann@example.com", "-T", path])
        truth.log("smtp", "curl", [l for l in lines if l[:2] in ("> ", "< ")], status=status,
                  authentications=[{"username": "alice", "outcome": "accepted"}],
                  messages=[delivered("alice@example.org", ["bob@example.org", "ann@example.com"], message)])

        message = letter("From msmtp", "..two dots\n.\nthe end\n", number=17)
        status, lines = run(
            ["msmtp", "--debug", f"--host={V4}", "--port=25",
             "--domain=client.example.net", "--from=ann@example.com", "--auth=off", "--tls=off", "alice@example.org", "bob@example.org"],
            input=message.replace(b"\r\n", b"\n"))
        truth.log("smtp", "msmtp", [l for l in lines if l[:3] in ("-->", "<--", "   ")], status=status,
                  messages=[delivered("ann@example.com", ["alice@example.org", "bob@example.org"], message)])


@scenario("smtp-relay")
def smtp_relay(truth):
    """Postfix's own SMTP client, pipelining, and its LMTP client."""
    message = letter("Relayed", ".a dot\nBy way of Postfix.\n", number=18)
    with smtplib.SMTP("127.0.0.1", 10025, "localhost") as s:
        s.sendmail("ann@example.com", ["alice@example.org", "bob@example.org", "carol@example.org",
                                       "alice@example.net", "carol@example.net"], message)
    time.sleep(3)
    truth.known("smtp", "Postfix smtp", messages=[{
        "direction": "submitted", "transfer": "DATA", "outcome": "accepted",
        "envelope": {"sender": "ann@example.com", "recipients": [
            {"address": "alice@example.org", "accepted": True, "code": 250},
            {"address": "bob@example.org", "accepted": True, "code": 250},
            {"address": "carol@example.org", "accepted": False, "code": 550}]},
        "endsWith": digest(message), "complete": True}])
    truth.known("lmtp", "Postfix lmtp", messages=[{
        "direction": "submitted", "transfer": "DATA", "outcome": "accepted",
        "envelope": {"sender": "ann@example.com", "recipients": [
            {"address": "alice@example.net", "accepted": True, "code": 250},
            {"address": "carol@example.net", "accepted": False, "code": 550}]},
        "endsWith": digest(message), "complete": True}])


# LMTP


@scenario("lmtp-delivery", drained("alice", "bob"))
def lmtp_delivery(truth):
    message = letter("By LMTP", ".a dot\n" + "Some lines to fill the quota.\n" * 50, number=19)
    s = LMTP(V4, 24)
    s.command("LHLO client.example.net")
    s.command("MAIL FROM:<ann@example.com>")
    for to in ("alice", "carol", "dave", "bob"):
        s.command(f"RCPT TO:<{to}@example.org>")
    s.data(message)
    s.command("RSET")
    replies = s.pipeline(["MAIL FROM:<>", "RCPT TO:<bob@example.org>", "RCPT TO:<alice@example.org>"])
    chunks = [message[:400], message[400:]]
    s.send(b"BDAT %d\r\n" % len(chunks[0]) + chunks[0])
    s.note(f"BDAT {len(chunks[0])}", [s.reply()])
    s.send(b"BDAT %d LAST\r\n" % len(chunks[1]) + chunks[1])
    replies = s.final()
    s.note(f"BDAT {len(chunks[1])} LAST", replies)
    s.finish("BDAT", message, replies, chunks=[len(c) for c in chunks])
    s.quit()
    truth.add(s, "delivered to 2 of 4, 550 at RCPT for carol, 552 after DATA for dave; then by BDAT to 2 of 2")


# POP3

BOX = [
    ("", DOTS),
    (r"\Seen", letter("Second", "Short.\n", number=21)),
    ("", multipart("Ann Example <ann@example.com>", "alice@example.org")),
]


@scenario("pop3-session", fill("alice", BOX))
def pop3_session(truth):
    s = POP3(V4, 110)
    s.command("CAPA", True)
    s.login("alice", PASSWORDS["alice"])
    s.command("CAPA", True)
    s.command("STAT")
    s.command("LIST", True)
    s.command("LIST 2")
    s.command("LIST 9")
    s.command("UIDL", True)
    s.command("UIDL 1")
    s.command("TOP 1 0", True)
    s.command("TOP 1 3", True)
    s.command("RETR 1", True)
    s.command("retr 3", True)
    s.command("NOOP")
    s.command("DELE 2")
    s.command("RETR 2", True)
    s.command("LAST")
    s.command("RSET")
    s.command("DELE 1")
    s.command("BOGUS")
    s.quit()
    truth.add(s, "3 messages, 1 and 3 retrieved, 1 deleted")


@scenario("pop3-auth", fill("alice", BOX[:1]))
def pop3_auth(truth):
    s = POP3(V4, 110)
    s.login("alice", "wrong-test")
    s.login("alice", PASSWORDS["alice"])
    s.quit()
    truth.add(s, "USER and PASS: wrong, then accepted")

    s = POP3(V4, 110)
    s.command("AUTH", True)
    s.auth(b"AUTH PLAIN " + plain("alice"), "PLAIN", "alice")
    s.command("STAT")
    s.quit()
    truth.add(s, "AUTH PLAIN with initial response")

    s = POP3(V6, 110)
    s.auth(b"AUTH PLAIN", "PLAIN", "alice", plain("alice", "wrong-test"))
    s.auth(b"AUTH PLAIN", "PLAIN", "alice", b"*")
    s.auth(b"AUTH PLAIN", "PLAIN", "alice", plain("alice"))
    s.command("STAT")
    s.quit()
    truth.add(s, "AUTH PLAIN without initial response: wrong, cancelled, accepted")

    s = POP3(V4, 110)
    stamp = s.record["greeting"]["text"]
    stamp = stamp[stamp.index("<"):]
    secret = hashlib.md5((stamp + PASSWORDS["alice"]).encode()).hexdigest()
    reply = s.command(f"APOP alice {secret}")
    s.authenticated("APOP", "alice", reply["status"] == "+OK")
    s.quit()
    truth.add(s, "APOP")

    s = POP3(V4, 110)
    s.auth(b"AUTH CRAM-MD5", "CRAM-MD5", "alice", cram("alice"))
    s.quit()
    truth.add(s, "AUTH CRAM-MD5")


@scenario("pop3-stls", fill("bob", BOX[1:2]))
def pop3_stls(truth):
    s = POP3(V4, 110, keylog=truth.keylog())
    s.command("CAPA", True)
    s.command("STLS")
    s.secure("starttls", ssl.TLSVersion.TLSv1_2)
    s.login("bob", PASSWORDS["bob"])
    s.command("RETR 1", True)
    s.quit()
    truth.add(s, "STLS, one message retrieved")


@scenario("pop3-pipelined", fill("alice", BOX))
def pop3_pipelined(truth):
    s = POP3(V6, 110)
    s.pipeline([("CAPA", True), ("USER alice", False), ("PASS " + PASSWORDS["alice"], False)])
    s.authenticated("USER", "alice", True)
    s.pipeline([("STAT", False), ("LIST", True), ("UIDL", True), ("RETR 1", True), ("RETR 2", True),
                ("RETR 7", True), ("TOP 3 0", True), ("DELE 2", False), ("NOOP", False)])
    s.pipeline([("QUIT", False)])
    s.close()
    truth.add(s, "pipelined, messages 1 and 2 retrieved, 2 deleted")


@scenario("pop3-clients", fill("alice", BOX))
def pop3_clients(truth):
    """poplib, curl and fetchmail."""
    box = poplib.POP3(V4)
    box.user("alice")
    box.pass_(PASSWORDS["alice"])
    messages = []
    for number in (1, 2, 3):
        _, lines, _ = box.retr(number)
        message = b"".join(l + b"\r\n" for l in lines)
        messages.append({"direction": "retrieved", "transfer": "RETR", "number": number,
                         "outcome": "retrieved", **digest(message), "complete": True})
    box.quit()
    truth.known("pop3", "python poplib", messages=messages)

    status, lines = run(["curl", "-s", "-v", "-o", "/dev/null", "--user",
                         "alice:" + PASSWORDS["alice"], f"pop3://{V4}/2"])
    truth.log("pop3", "curl", [l for l in lines if l[:2] in ("> ", "< ")], status=status,
              messages=messages[1:2])

    with tempfile.TemporaryDirectory() as folder:
        control = os.path.join(folder, "fetchmailrc")
        with open(control, "w") as file:
            file.write(f"poll {V4} protocol pop3 auth password username alice password "
                       f"{PASSWORDS['alice']} mda /bin/true sslproto ''\n")
        os.chmod(control, 0o600)
        status, lines = run(["fetchmail", "-vv", "--nosyslog", "-f", control, "--fetchall",
                             "--idfile", os.path.join(folder, "ids"),
                             "--pidfile", os.path.join(folder, "pid")],
                            env={**os.environ, "HOME": folder, "FETCHMAILHOME": folder,
                                 "LC_ALL": "C"})
        lines = [l.removeprefix("fetchmail: ") for l in lines]
        truth.log("pop3", "fetchmail", [l for l in lines if l[:5] in ("POP3>", "POP3<")],
                  status=status, messages=messages)


# IMAP


@scenario("imap-session", fill("alice", BOX))
def imap_session(truth):
    s = IMAP(V4, 143)
    s.command("CAPABILITY")
    s.command('ID ("name" "mailwire-test" "version" "1.0" "vendor" NIL)')
    s.login("alice", PASSWORDS["alice"])
    s.command("ENABLE CONDSTORE QRESYNC")
    s.command("NAMESPACE")
    s.command('LIST "" "*"')
    s.command('LIST (SUBSCRIBED) "" ("INBOX" "%") RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES UNSEEN))')
    s.command("CREATE Entw&APw-rfe")
    s.command('CREATE "Arch ive/&ThZ1TA-"')
    s.command("SUBSCRIBE Entw&APw-rfe")
    s.command('LSUB "" "*"')
    s.command("STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ SIZE)")
    s.command("EXAMINE INBOX")
    s.command("SELECT INBOX")
    s.command("FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)")
    s.command("FETCH 1 BODY[]")
    s.command("UID FETCH 1:3 (BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])")
    s.command("FETCH 2 BODY.PEEK[]<0.100>")
    s.command("FETCH 2 BODY.PEEK[TEXT]<5000.100>")
    s.command("FETCH 3 (BODY.PEEK[1.1.MIME] BODY.PEEK[1.1] BODY.PEEK[3.HEADER])")
    s.command("FETCH 3 (BINARY.SIZE[2] BINARY.PEEK[2])")
    s.command("STORE 1 +FLAGS (\\Flagged $Work)")
    s.command("STORE 2 -FLAGS.SILENT (\\Seen)")
    s.command("UID STORE 1:3 (UNCHANGEDSINCE 1) +FLAGS (\\Draft)")
    s.command("SEARCH UNSEEN")
    s.command("UID SEARCH RETURN (MIN MAX COUNT ALL) ALL")
    s.command("SEARCH CHARSET UTF-8 SUBJECT {6}", "Grüß".encode(), "")
    s.command('SORT (REVERSE DATE) UTF-8 SUBJECT "d"')
    s.command("THREAD REFERENCES UTF-8 ALL")
    one, two, three = (letter(f"Appended {n}", "By APPEND.\n", number=n) for n in (31, 32, 33))
    s.command(f'APPEND INBOX (\\Seen) "13-Jun-2025 12:31:00 +0200" {{{len(one)}}}', one, "", appended=[one])
    s.command(f"APPEND INBOX {{{len(two)}+}}", two, "", appended=[two])
    s.command(f"APPEND Entw&APw-rfe (\\Draft) {{{len(two)}+}}", two,
              f' (\\Seen) "13-Jun-2025 12:33:00 +0200" {{{len(three)}}}', three, "",
              appended=[two, three])
    s.command(f"APPEND Nowhere {{{len(one)}}}", one, "", appended=[one])
    s.command("NOOP")
    s.command("COPY 4 Entw&APw-rfe")
    s.command("MOVE 5 Entw&APw-rfe")
    s.command("STORE 1,2 +FLAGS.SILENT (\\Deleted)")
    s.command("UID EXPUNGE 2")
    s.command("EXPUNGE")
    s.command("FETCH 99 FLAGS")
    s.command("FETCH 1 (FLAGS")
    s.command("BOGUS")
    s.command("UNSELECT")
    s.command("SELECT INBOX (QRESYNC (1 1))")
    s.command("CLOSE")
    s.command("SELECT {12}", "Entw&APw-rfe".encode(), "")
    s.command('SELECT "no such box"')
    s.command("RENAME Entw&APw-rfe Drafts")
    s.command("DELETE Drafts")
    s.command("GETQUOTAROOT INBOX")
    s.logout()
    truth.add(s, "a long session")


@scenario("imap-idle", fill("alice", BOX[1:2]))
def imap_idle(truth):
    s = IMAP(V4, 143)
    s.login("alice", PASSWORDS["alice"])
    s.command("SELECT INBOX")
    message = letter("While idle", "A message arrives.\n", number=22)

    def deliver():
        time.sleep(0.3)
        l = LMTP(V4, 24)
        l.command("LHLO client.example.net")
        l.command("MAIL FROM:<ann@example.com>")
        l.command("RCPT TO:<alice@example.org>")
        l.data(message)
        l.quit()
        truth.add(l, "the message that arrives meanwhile")
    s.idle(deliver, 2)
    s.command("FETCH 2 BODY[]")
    s.logout()
    truth.add(s, "IDLE, a message arrives, DONE, the message fetched")
    truth.sessions.reverse()


@scenario("imap-pipelined", fill("alice", BOX))
def imap_pipelined(truth):
    s = IMAP(V6, 143)
    s.pipeline(["CAPABILITY", "LOGIN alice " + PASSWORDS["alice"], "SELECT INBOX"])
    s.authenticated("LOGIN", "alice", True)
    s.pipeline(["FETCH 1 BODY[]", "FETCH 2 BODY[]", "UID FETCH 1:* (FLAGS)", "NOOP",
                "FETCH 3 BODY.PEEK[]<0.64>", "STATUS INBOX (MESSAGES)", "BOGUS"])
    s.pipeline(["UNSELECT", "LOGOUT"])
    s.close()
    truth.add(s, "several commands in flight")


@scenario("imap-authenticate", drained("alice"))
def imap_authenticate(truth):
    s = IMAP(V4, 143)
    s.authenticate("AUTHENTICATE PLAIN " + plain("alice").decode(), "PLAIN", "alice")
    s.logout()
    truth.add(s, "AUTHENTICATE PLAIN with initial response")
    s = IMAP(V4, 143)
    s.authenticate("AUTHENTICATE PLAIN", "PLAIN", "alice", plain("alice", "wrong-test"))
    s.authenticate("AUTHENTICATE PLAIN", "PLAIN", "alice", b"*")
    s.authenticate("AUTHENTICATE XOAUTH2", "XOAUTH2", None)
    s.authenticate("authenticate plain", "PLAIN", "alice", plain("alice"))
    s.logout()
    truth.add(s, "AUTHENTICATE PLAIN without: wrong, cancelled, unknown mechanism, accepted")
    s = IMAP(V4, 143)
    s.authenticate("AUTHENTICATE LOGIN", "LOGIN", "alice", b64("alice"), b64(PASSWORDS["alice"]))
    s.logout()
    truth.add(s, "AUTHENTICATE LOGIN")
    s = IMAP(V4, 143)
    s.login('"alice"', '"bad \\"quoted\\" test"')
    password = PASSWORDS["alice"].encode()
    reply = s.command(f"LOGIN {{5}}", b"alice", f" {{{len(password)}+}}".encode(), password, b"")
    s.authenticated("LOGIN", "alice", reply["status"] == "OK")
    s.logout()
    truth.add(s, "LOGIN with quoted strings, wrong; then with literals, accepted")
    s = IMAP(V4, 143)
    scram = Scram("alice")
    s.authenticate("AUTHENTICATE SCRAM-SHA-256 " + scram.start().decode(), "SCRAM-SHA-256", "alice",
                   scram.proof, scram.end)
    s.logout()
    truth.add(s, "AUTHENTICATE SCRAM-SHA-256")


@scenario("imap-compress", fill("alice", BOX))
def imap_compress(truth):
    s = IMAP(V4, 143)
    s.login("alice", PASSWORDS["alice"])
    s.compress()
    s.command("SELECT INBOX")
    s.command("FETCH 1:3 (UID BODY.PEEK[])")
    one = letter("Compressed", "By APPEND, deflated.\n", number=34)
    s.command(f"APPEND INBOX {{{len(one)}}}", one, "", appended=[one])
    s.logout()
    truth.add(s, "COMPRESS DEFLATE after LOGIN")


@scenario("imap-starttls", fill("bob", BOX))
def imap_starttls(truth):
    s = IMAP(V4, 143, keylog=truth.keylog())
    s.command("STARTTLS")
    s.secure("starttls", ssl.TLSVersion.TLSv1_3)
    s.command("CAPABILITY")
    s.login("bob", PASSWORDS["bob"])
    s.command("SELECT INBOX")
    s.command("FETCH 1 BODY[]")
    s.logout()
    truth.add(s, "STARTTLS, one message fetched")


@scenario("imaps-session", fill("bob", BOX))
def imaps_session(truth):
    s = IMAP(V6, 993, keylog=truth.keylog(), tls=ssl.TLSVersion.TLSv1_3)
    s.login("bob", PASSWORDS["bob"])
    s.compress()
    s.command("SELECT INBOX")
    s.command("FETCH 2 BODY[]")
    s.logout()
    truth.add(s, "IMAP over TLS, compressed inside")


@scenario("imap-clients", fill("alice", BOX))
def imap_clients(truth):
    """imaplib and curl."""
    box = imaplib.IMAP4(V4)
    box.login("alice", PASSWORDS["alice"])
    box.select("INBOX")
    messages = []
    for number in box.search(None, "ALL")[1][0].split():
        data = box.fetch(number.decode(), "(RFC822)")[1][0][1]
        messages.append({"direction": "retrieved", "transfer": "FETCH", "item": "RFC822",
                         "outcome": "retrieved", **digest(data), "complete": True})
    one = letter("By imaplib", "By APPEND.\n", number=35)
    box.append("INBOX", r"(\Seen)", None, one)
    messages.append({"direction": "appended", "transfer": "APPEND", "outcome": "accepted",
                     **digest(one), "complete": True})
    box.close()
    box.logout()
    truth.known("imap", "python imaplib", messages=messages)

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "body")
        status, lines = run(["curl", "-s", "-v", "-o", path, "--user", "alice:" + PASSWORDS["alice"],
                             f"imap://{V4}/INBOX;UID=2"])
        with open(path, "rb") as file:
            data = file.read()
    truth.log("imap", "curl", [l for l in lines if l[:2] in ("> ", "< ")], status=status, messages=[{
        "direction": "retrieved", "transfer": "FETCH", "item": "BODY[]", "outcome": "retrieved",
        **digest(data), "complete": True}])


# ManageSieve

VACATION = crlf("""require ["fileinto", "vacation"];
# Holidays: {31} and "quotes" in a comment.
if header :contains "subject" "offer" {
  fileinto "Offers";
} else {
  vacation :days 7 "Back on Monday. \\"Really.\\"";
}
""")


@scenario("managesieve-session", drained("alice"))
def managesieve_session(truth):
    s = Sieve(V4, 4190)
    s.command("CAPABILITY")
    s.authenticate("PLAIN", "alice", initial=plain("alice"))
    s.command("CAPABILITY")
    s.command("LISTSCRIPTS")
    s.command(f'HAVESPACE "main" {len(VACATION)}')
    s.command('HAVESPACE "main" 99999999')
    s.command(f'CHECKSCRIPT {{{len(VACATION)}+}}', VACATION)
    s.command(f'PUTSCRIPT "main" {{{len(VACATION)}+}}', VACATION)
    s.command('PUTSCRIPT "short \\"one\\"" "keep;"')
    s.command("PUTSCRIPT {5+} {6+}", b"other", b"keep;\n")
    s.command('PUTSCRIPT "broken" "if true { keep"')
    s.command('SETACTIVE "main"')
    s.command("LISTSCRIPTS")
    s.command('GETSCRIPT "main"')
    s.command('GETSCRIPT "none"')
    s.command('RENAMESCRIPT "other" "third"')
    s.command('RENAMESCRIPT "third" "main"')
    s.command('DELETESCRIPT "main"')
    s.command('SETACTIVE ""')
    s.command('DELETESCRIPT "main"')
    s.command('deletescript "third"')
    s.command("NOOP")
    s.command('NOOP "a tag"')
    s.command("BOGUS")
    s.command('PUTSCRIPT "no script"')
    s.command("LISTSCRIPTS")
    s.logout()
    truth.add(s, "scripts checked, stored, listed, made active, retrieved, renamed, deleted; errors")


@scenario("managesieve-auth", drained("alice", "bob"))
def managesieve_auth(truth):
    s = Sieve(V6, 4190)
    s.command("LISTSCRIPTS")
    s.authenticate("PLAIN", "alice", plain("alice", "wrong-test"))
    s.authenticate("PLAIN", None, b"*")
    s.authenticate("XOAUTH2", None, initial=b64("x"))
    s.authenticate("LOGIN", "alice", b64("alice"), b64(PASSWORDS["alice"]))
    s.command("LISTSCRIPTS")
    s.command("UNAUTHENTICATE")
    s.logout()
    truth.add(s, "PLAIN wrong, cancelled, an unknown mechanism, LOGIN accepted")

    s = Sieve(V4, 4190)
    answer = plain("bob")
    s.authenticate("PLAIN", "bob", b"{%d+}\r\n" % len(answer) + answer)
    s.logout()
    truth.add(s, "PLAIN, the response as a literal")

    s = Sieve(V4, 4190)
    s.authenticate("CRAM-MD5", "alice", cram("alice"))
    s.command('GETSCRIPT "none"')
    s.logout()
    truth.add(s, "CRAM-MD5")

    s = Sieve(V4, 4190)
    scram = Scram("alice")
    s.authenticate("SCRAM-SHA-256", "alice", scram.proof, scram.end, initial=scram.start())
    s.logout()
    truth.add(s, "SCRAM-SHA-256")

    s = Sieve(V4, 4190)
    s.authenticate("PLAIN", "alice", initial=plain("alice"))
    s.send(b'PUTSCRIPT "cut" {400+}\r\nkeep;\r\n')
    s.note('PUTSCRIPT "cut" {400+}', [])
    time.sleep(0.1)
    s.drop()
    truth.add(s, "the client goes away within a literal")


@scenario("managesieve-starttls", drained("bob"))
def managesieve_starttls(truth):
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        s = Sieve(V4, 4190, keylog=truth.keylog())
        s.starttls(version)
        s.authenticate("PLAIN", "bob", initial=plain("bob"))
        s.command(f'PUTSCRIPT "main" {{{len(VACATION)}+}}', VACATION)
        s.command('GETSCRIPT "main"')
        s.logout()
        truth.add(s, "STARTTLS, AUTHENTICATE PLAIN, a script stored and retrieved")


class Truth:
    def __init__(self, name, folder):
        self.name, self.folder, self.sessions, self.keys = name, folder, [], None
        # The file with the server's key, where the capture can be opened with it.
        self.private_key = None

    def keylog(self):
        self.keys = os.path.join(self.folder, self.name + ".keys")
        return self.keys

    def add(self, client, outcome):
        self.sessions.append({"summary": outcome, **client.record})

    def known(self, protocol, client, **more):
        self.sessions.append({"protocol": protocol, "clientSoftware": client, **more})

    def log(self, protocol, client, lines, **more):
        """What a client said it did, in its own notation."""
        self.known(protocol, client, log=lines, **more)

    def write(self, function):
        document = {"capture": self.name + ".pcap"}
        if self.keys:
            document["keylog"] = os.path.basename(self.keys)
        if self.private_key:
            document["privateKey"] = self.private_key
        if function.__doc__:
            document["about"] = function.__doc__
        document["sessions"] = self.sessions
        with open(os.path.join(self.folder, self.name + ".truth.json"), "w") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
            file.write("\n")


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(SCENARIOS))
    elif arguments[0] == "--prepare":
        PREPARATIONS.get(arguments[1], lambda: None)()
    else:
        name, folder = arguments
        truth = Truth(name, folder)
        try:
            SCENARIOS[name](truth)
        finally:
            truth.write(SCENARIOS[name])


if __name__ == "__main__":
    main(sys.argv[1:])
