"""Raw socket clients for SMTP, LMTP, POP3, IMAP and ManageSieve that note what they did.

Each client sends exactly the bytes it is told to send and keeps a record of the
commands, in order, and of the replies as they came back.  The records become the
truth file beside a capture.
"""

import hashlib
import re
import socket
import ssl
import struct
import time
import warnings
import zlib


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def crlf(text):
    """A message written with LF line ends, as bytes with CRLF."""
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def stuff(message):
    """Dot-stuffed, with the final dot."""
    assert message.endswith(b"\r\n")
    lines = message[:-2].split(b"\r\n")
    return b"".join((b"." + l if l.startswith(b".") else l) + b"\r\n" for l in lines) + b".\r\n"


def unstuff(lines):
    return b"".join((l[1:] if l.startswith(b".") else l) + b"\r\n" for l in lines)


def text(data):
    if isinstance(data, str):
        return data
    return data.decode("utf-8", "backslashreplace")


class Gone(Exception):
    """The other side closed the connection."""


class Client:
    protocol = None

    def __init__(self, host, port, keylog=None, transport=None):
        if transport:
            self.socket = transport
        else:
            self.socket = socket.create_connection((host, port), timeout=20)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.keylog = keylog
        self.buffer = b""
        self.deflater = self.inflater = None
        own, peer = self.socket.getsockname(), self.socket.getpeername()
        self.record = {
            "protocol": self.protocol,
            "client": {"address": own[0], "port": own[1]},
            "server": {"address": peer[0], "port": peer[1]},
            "exchanges": [],
            "authentications": [],
            "messages": [],
        }

    # bytes

    def send(self, data):
        if self.deflater:
            data = self.deflater.compress(data) + self.deflater.flush(zlib.Z_SYNC_FLUSH)
        self.socket.sendall(data)

    def fill(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Gone()
        self.buffer += self.inflater.decompress(data) if self.inflater else data

    def line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def take(self, count):
        while len(self.buffer) < count:
            self.fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def begin(self, tls):
        """TLS before the first line: a version, or the arguments of `secure`."""
        if tls:
            self.secure("implicit", **(tls if isinstance(tls, dict) else {"version": tls}))

    def secure(self, mode, version=None, name="mail.example.org", ciphers=None, options=0,
               session=None, context=None, certificate=None, trusted=None):
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            if trusted:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(trusted)
            if ciphers:
                context.set_ciphers(ciphers)
            context.options |= options
            if version:
                # Versions that are out of use are warned of.
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    context.minimum_version = context.maximum_version = version
            if certificate:
                context.load_cert_chain(certificate)
            if self.keylog:
                context.keylog_filename = self.keylog
        assert not self.buffer
        self.socket = context.wrap_socket(self.socket, server_hostname=name, session=session)
        self.context = context
        self.record["tls"] = {
            "mode": mode,
            "version": self.socket.version(),
            "cipherSuite": self.socket.cipher()[0],
            "serverName": name,
            "resumed": self.socket.session_reused,
        }

    # endings

    def close(self, how="fin"):
        """Close after QUIT or LOGOUT; the server has closed first or does so now."""
        if how == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            try:
                while True:
                    self.fill()
            except (Gone, OSError, ssl.SSLError):
                pass
        self.record["close"] = how
        self.socket.close()
        time.sleep(0.05)

    def drop(self):
        """Close without waiting for anything."""
        self.record["close"] = "fin"
        self.socket.close()
        time.sleep(0.3)

    def note(self, command, replies, **more):
        entry = {"command": text(command) if isinstance(command, bytes) else command}
        entry["replies"] = replies
        entry.update(more)
        self.record["exchanges"].append(entry)
        return replies

    def authenticated(self, mechanism, username, accepted):
        self.record["authentications"].append({
            "mechanism": mechanism,
            "username": username,
            "outcome": "accepted" if accepted else "rejected",
        })


class SMTP(Client):
    protocol = "smtp"

    def __init__(self, *arguments, tls=None, **named):
        super().__init__(*arguments, **named)
        self.begin(tls)
        self.envelope = None
        self.record["greeting"] = self.reply()

    def reply(self):
        lines = []
        while True:
            line = self.line()
            lines.append(text(line[4:]))
            if line[3:4] != b"-":
                return {"code": int(line[:3]), "lines": lines}

    def command(self, command, send=True, **more):
        """One command and its reply."""
        data = command if isinstance(command, bytes) else command.encode("utf-8")
        if send:
            self.send(data + b"\r\n")
        reply = self.reply()
        self.note(data, [reply], **more)
        self.follow(data, reply)
        return reply

    def follow(self, data, reply):
        verb = data[:4].upper()
        good = reply["code"] < 300
        if verb == b"MAIL" and good:
            address, parameters = self.path(data[len("MAIL FROM:"):])
            self.envelope = {"sender": address, "parameters": parameters, "recipients": []}
        elif verb == b"RCPT" and self.envelope is not None:
            address, parameters = self.path(data[len("RCPT TO:"):])
            self.envelope["recipients"].append({
                "address": address, "parameters": parameters,
                "accepted": good, "code": reply["code"]})
        elif verb in (b"RSET", b"EHLO", b"HELO", b"LHLO"):
            self.envelope = None

    @staticmethod
    def path(data):
        match = re.match(r"\s*<([^>]*)>\s*(.*)", text(data))
        if not match:
            return text(data).strip(), []
        return match.group(1), match.group(2).split()

    def pipeline(self, commands, tail=b""):
        """Several commands in one write, then a reply for each."""
        data = b"".join(c.encode("utf-8") + b"\r\n" for c in commands) + tail
        self.send(data)
        return [self.command(c, send=False, pipelined=True) for c in commands]

    def finish(self, transfer, message, replies, **more):
        good = any(r["code"] < 300 for r in replies)
        entry = {
            "direction": "submitted", "transfer": transfer,
            "envelope": self.envelope, "outcome": "accepted" if good else "rejected",
        }
        if self.protocol == "lmtp":
            accepted = [r for r in self.envelope["recipients"] if r["accepted"]]
            for recipient, reply in zip(accepted, replies):
                recipient["delivery"] = reply["code"]
        entry.update(digest(message), complete=True, **more)
        self.record["messages"].append(entry)
        self.envelope = None
        return replies

    def final(self):
        """The replies after the message: one, or in LMTP one for each recipient accepted."""
        if self.protocol != "lmtp":
            return [self.reply()]
        return [self.reply() for r in self.envelope["recipients"] if r["accepted"]]

    def data(self, message, write=None):
        """DATA; `write` may choose where the writes are cut."""
        self.send(b"DATA\r\n")
        go = self.reply()
        return self.body(go, message, write)

    def body(self, go, message, write=None):
        """The message after 354, sent now, with the DATA exchange noted."""
        self.note("DATA", [go])
        entry = self.record["exchanges"][-1]
        if go["code"] != 354:
            return [go]
        (write or self.send)(stuff(message))
        replies = self.final()
        entry["replies"] = [go] + replies
        return self.finish("DATA", message, replies)

    def auth(self, command, mechanism, username, *answers):
        """AUTH with the answers to the server's challenges; the answers are noted too."""
        self.send(command + b"\r\n")
        replies, said = [self.reply()], []
        for answer in answers:
            if replies[-1]["code"] != 334:
                break
            data = answer(replies[-1]["lines"][0]) if callable(answer) else answer
            said.append(text(data))
            self.send(data + b"\r\n")
            replies.append(self.reply())
        self.note(command, replies, answers=said)
        self.authenticated(mechanism, username, replies[-1]["code"] == 235)
        return replies[-1]

    def quit(self):
        reply = self.command("QUIT")
        self.close()
        return reply


class LMTP(SMTP):
    protocol = "lmtp"


class POP3(Client):
    protocol = "pop3"

    def __init__(self, *arguments, tls=None, **named):
        super().__init__(*arguments, **named)
        self.begin(tls)
        self.record["greeting"] = self.reply()

    def reply(self):
        line = text(self.line())
        status, _, rest = line.partition(" ")
        return {"status": status, "text": rest}

    def command(self, command, many=False, send=True, **more):
        data = command if isinstance(command, bytes) else command.encode("utf-8")
        if send:
            self.send(data + b"\r\n")
        reply = self.reply()
        if many and reply["status"] == "+OK":
            lines = []
            while True:
                line = self.line()
                if line == b".":
                    break
                lines.append(line)
            reply["lines"] = len(lines)
            verb = data.split()[0].upper()
            if verb in (b"RETR", b"TOP"):
                message = unstuff(lines)
                self.record["messages"].append({
                    "direction": "retrieved", "transfer": text(verb), "number": int(data.split()[1]),
                    "outcome": "retrieved", **digest(message), "complete": True})
            else:
                reply["data"] = [text(l) for l in lines]
        self.note(data, [reply], **more)
        return reply

    def pipeline(self, commands):
        """(command, multi-line?) pairs in one write."""
        self.send(b"".join(c.encode() + b"\r\n" for c, _ in commands))
        return [self.command(c, many, send=False, pipelined=True) for c, many in commands]

    def login(self, user, password):
        self.command("USER " + user)
        reply = self.command("PASS " + password)
        self.authenticated("USER", user, reply["status"] == "+OK")
        return reply

    def auth(self, command, mechanism, username, *answers):
        self.send(command + b"\r\n")
        replies, said = [self.reply()], []
        for answer in answers:
            if replies[-1]["status"] != "+":
                break
            data = answer(replies[-1]["text"]) if callable(answer) else answer
            said.append(text(data))
            self.send(data + b"\r\n")
            replies.append(self.reply())
        self.note(command, replies, answers=said)
        self.authenticated(mechanism, username, replies[-1]["status"] == "+OK")
        return replies[-1]

    def quit(self):
        reply = self.command("QUIT")
        self.close()
        return reply


LITERAL = re.compile(rb"(~?)\{(\d+)(\+?)\}$")


class IMAP(Client):
    protocol = "imap"

    def __init__(self, *arguments, tls=None, **named):
        super().__init__(*arguments, **named)
        self.begin(tls)
        self.count = 0
        self.record["greeting"] = self.response()[0]

    def response(self):
        """One response, literals whole: as noted, and its raw pieces."""
        pieces, literals, said = [], [], ""
        while True:
            line = self.line()
            said += text(line)
            pieces.append(line)
            match = LITERAL.search(line)
            if not match:
                break
            data = self.take(int(match.group(2)))
            literals.append(digest(data))
            pieces.append(data)
            said += "\n"
        noted = {"text": said}
        if literals:
            noted["literals"] = literals
            whole = re.search(r"(BODY\[\]|RFC822|BINARY\[\]) ~?\{\d+\}", said)
            if whole and "FETCH" in said:
                self.record["messages"].append({
                    "direction": "retrieved", "transfer": "FETCH", "outcome": "retrieved",
                    "item": whole.group(1), **literals[0], "complete": True})
        return noted, pieces

    def tag(self):
        self.count += 1
        return "a%03d" % self.count

    def until(self, tag, untagged=None):
        """Everything up to the tagged reply."""
        untagged = [] if untagged is None else untagged
        while True:
            noted, _ = self.response()
            if noted["text"].startswith(tag + " "):
                _, status, rest = (noted["text"].split(" ", 2) + [""])[:3]
                return {"tag": tag, "status": status, "text": rest, "untagged": untagged}
            untagged.append(noted)

    def command(self, command, *pieces, appended=None, idle=None):
        """A command; `pieces` alternate literal and the text after it.

        A synchronising literal waits for the server's "+" line."""
        tag = self.tag()
        data = tag.encode() + b" " + (command if isinstance(command, bytes) else command.encode())
        said, literals, untagged = text(data), [], []
        rejected = None
        pending = list(pieces)
        while True:
            match = LITERAL.search(data)
            if not (match and pending):
                self.send(data + b"\r\n")
                break
            literal, rest = pending.pop(0), pending.pop(0)
            assert int(match.group(2)) == len(literal), (data, len(literal))
            literals.append(digest(literal))
            said += "\n" + text(rest)
            if match.group(3):
                self.send(data + b"\r\n" + literal)
            else:
                self.send(data + b"\r\n")
                noted, _ = self.response()
                if noted["text"].startswith(tag):
                    rejected = noted["text"]
                    break
                untagged.append(noted)
                self.send(literal)
            data = rest if isinstance(rest, bytes) else rest.encode()
        if rejected:
            _, status, rest = rejected.split(" ", 2)
            reply = {"tag": tag, "status": status, "text": rest, "untagged": untagged}
        else:
            reply = self.until(tag, untagged)
        more = {"literals": literals} if literals else {}
        self.note(said, [reply], **more)
        for message in appended or []:
            self.record["messages"].append({
                "direction": "appended", "transfer": "APPEND",
                "outcome": "accepted" if reply["status"] == "OK" else "rejected",
                **digest(message), "complete": True})
        return reply

    def pipeline(self, commands):
        """Several commands in one write, noted in that order.

        The server may finish them in another order; "finished" counts from 0.
        Untagged responses are noted with the tagged reply that follows them."""
        tags = [self.tag() for _ in commands]
        self.send(b"".join(f"{t} {c}\r\n".encode() for t, c in zip(tags, commands)))
        waiting, untagged, replies = dict(zip(tags, commands)), [], []
        while waiting:
            noted, _ = self.response()
            tag = noted["text"].split(" ", 1)[0]
            if tag in waiting:
                _, status, rest = noted["text"].split(" ", 2)
                reply = {"tag": tag, "status": status, "text": rest, "untagged": untagged}
                waiting.pop(tag)
                replies.append(reply)
                untagged = []
            else:
                untagged.append(noted)
        for tag, command in zip(tags, commands):
            place = [r["tag"] for r in replies].index(tag)
            self.note(f"{tag} {command}", [replies[place]], pipelined=True, finished=place)
        return replies

    def idle(self, meanwhile, count):
        """IDLE; `meanwhile` happens while it waits for `count` untagged responses."""
        tag = self.tag()
        self.send(f"{tag} IDLE\r\n".encode())
        untagged = [self.response()[0]]
        meanwhile()
        while len(untagged) < 1 + count:
            untagged.append(self.response()[0])
        self.send(b"DONE\r\n")
        self.note(f"{tag} IDLE", [self.until(tag, untagged)], answers=["DONE"])

    def login(self, user, password):
        reply = self.command(f"LOGIN {user} {password}")
        self.authenticated("LOGIN", user, reply["status"] == "OK")
        return reply

    def authenticate(self, command, mechanism, username, *answers):
        tag = self.tag()
        self.send(f"{tag} {command}\r\n".encode())
        untagged, said = [], []
        pending = list(answers)
        while True:
            noted, _ = self.response()
            if noted["text"].startswith("+"):
                untagged.append(noted)
                answer = pending.pop(0)
                data = answer(noted["text"][2:]) if callable(answer) else answer
                said.append(text(data))
                self.send(data + b"\r\n")
            elif noted["text"].startswith(tag + " "):
                _, status, rest = noted["text"].split(" ", 2)
                break
            else:
                untagged.append(noted)
        reply = {"tag": tag, "status": status, "text": rest, "untagged": untagged}
        self.note(f"{tag} {command}", [reply], answers=said)
        self.authenticated(mechanism, username, status == "OK")
        return reply

    def compress(self):
        reply = self.command("COMPRESS DEFLATE")
        assert reply["status"] == "OK" and not self.buffer
        self.deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.inflater = zlib.decompressobj(-15)
        self.record["compressed"] = True

    def logout(self):
        reply = self.command("LOGOUT")
        self.close()
        return reply


class Sieve(Client):
    """ManageSieve (RFC 5804)."""

    protocol = "managesieve"

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.record["greeting"] = self.reply()

    def statement(self):
        """A line with its literals: what it says, as noted, and the texts of its strings."""
        said, strings = "", []
        while True:
            line = self.line()
            said += text(line)
            strings += [s.replace(b"\\\"", b"\"").replace(b"\\\\", b"\\")
                        for s in re.findall(rb'"((?:[^"\\]|\\.)*)"', line)]
            match = LITERAL.search(line)
            if not match:
                return said, strings
            data = self.take(int(match.group(2)))
            strings.append(data)
            said += "\n"

    def reply(self):
        """Lines of data up to the status, or a challenge alone."""
        lines, data = 0, []
        while True:
            said, strings = self.statement()
            match = re.match(r"(?i)(OK|NO|BYE)(?: (\([^)]*\)))?(?: |$)", said)
            if match:
                reply = {"status": match.group(1).upper()}
                if match.group(2):
                    reply["code"] = match.group(2)
                rest = said[match.end():]
                reply["text"] = text(strings[-1]) if rest else ""
                if lines:
                    reply["lines"] = lines
                    reply["data"] = data
                return reply
            for string in [said] if not said.startswith("{") else strings[:1]:
                parts = text(string).replace("\r\n", "\n").rstrip("\n").split("\n")
                lines += len(parts)
                data += parts

    def command(self, command, *literals):
        """A command; each literal is sent behind the part of it that ends in {n+}."""
        parts = re.split(r"(?<=\+\})", command)
        data = b""
        for index, part in enumerate(parts):
            data += part.encode() + b"\r\n"
            if index < len(literals):
                data += literals[index]
        self.send(data)
        reply = self.reply()
        more = {"literals": [digest(l) for l in literals]} if literals else {}
        self.note("\n".join(parts), [reply], **more)
        return reply

    def challenge(self):
        """A challenge, or the reply that ends the exchange."""
        said, strings = self.statement()
        if said.startswith(("\"", "{")):
            return {"status": "", "text": text(strings[0])}
        match = re.match(r"(OK|NO|BYE)(?: (\(.*?\)))? ?", said)
        reply = {"status": match.group(1), "text": text(strings[-1]) if strings else ""}
        if match.group(2):
            reply["code"] = match.group(2)
        return reply

    def authenticate(self, mechanism, username, *answers, initial=None):
        command = f'AUTHENTICATE "{mechanism}"'
        if initial is not None:
            command += f' "{text(initial)}"'
        self.send(command.encode() + b"\r\n")
        replies, said = [self.challenge()], []
        for answer in answers:
            if replies[-1]["status"]:
                break
            data = answer(replies[-1]["text"]) if callable(answer) else answer
            said.append(text(data))
            self.send(b'"' + data + b'"\r\n' if not data.startswith(b"{") else data + b"\r\n")
            replies.append(self.challenge())
        self.note(command, replies, answers=said)
        self.authenticated(mechanism, username, replies[-1]["status"] == "OK")
        return replies[-1]

    def starttls(self, version=None):
        self.command("STARTTLS")
        self.secure("starttls", version)
        self.record["capabilities"] = self.reply()

    def logout(self):
        reply = self.command("LOGOUT")
        self.close()
        return reply
