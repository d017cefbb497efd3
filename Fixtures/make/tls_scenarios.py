"""The scenarios of record.sh in which TLS itself is looked at, beside all of scenarios.py.

Postfix speaks TLS at once on port 465, and after STARTTLS on 2587 and 3587 (which has one
elliptic curve only and asks clients for a certificate); Dovecot on 993 and 995.  A server
name chooses the certificate.  What Python's client cannot do, `openssl s_client` does.
"""

import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import scenarios
from scenarios import BOX, PASSWORDS, V4, V6, fill, letter, run, scenario
from talk import IMAP, POP3, SMTP

ALIAS = "192.0.2.26"
V1_0, V1_1 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
V1_2, V1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
NO_EXTENDED_MASTER_SECRET, NO_TICKET, NO_ENCRYPT_THEN_MAC = 1 << 0, 1 << 14, 1 << 19
CERTIFICATES = os.environ.get("CERTIFICATES", "")


def certificate(name):
    return os.path.join(CERTIFICATES, name + ".pem")


def weak(ciphers):
    return ciphers + ":@SECLEVEL=0"


def talk(s, number, subject="Under TLS"):
    """One message, and out."""
    s.command("EHLO client.example.net")
    s.command("MAIL FROM:<ann@example.com>")
    s.command("RCPT TO:<alice@example.org>")
    s.data(letter(subject, f"Message {number}.\n.with a dot\n", number=number))
    s.quit()


def after_starttls(keylog, port=2587, **tls):
    s = SMTP(V4, port, keylog=keylog)
    s.command("EHLO client.example.net")
    s.command("STARTTLS")
    s.secure("starttls", **tls)
    return s


class Pipe:
    """`openssl s_client` as a socket."""

    port = 40000

    def __init__(self, server, port, keylog, *arguments, name="mail.example.org", quiet=True):
        Pipe.port += 1
        self.own, self.peer = ("192.0.2.10", Pipe.port), (server, port)
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-quiet" if quiet else "-brief", "-connect", f"{server}:{port}",
             "-bind", f"192.0.2.10:{Pipe.port}", "-servername", name, "-keylogfile", keylog, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def getsockname(self):
        return self.own

    def getpeername(self):
        return self.peer

    def sendall(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def recv(self, count):
        return os.read(self.process.stdout.fileno(), count)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def said(version, suite, **more):
    return {"mode": "implicit", "version": version, "cipherSuite": suite,
            "serverName": "mail.example.org", "resumed": False, **more}


# Suites


@scenario("smtp-tls-versions")
def versions(truth):
    """Every version, at once and after STARTTLS."""
    for number, version in enumerate((V1_0, V1_1, V1_2, V1_3)):
        ciphers = weak("ALL") if version in (V1_0, V1_1) else None
        s = SMTP(V4, 465, keylog=truth.keylog(), tls={"version": version, "ciphers": ciphers})
        talk(s, number)
        truth.add(s, "TLS at once, one message")
        s = after_starttls(truth.keylog(), version=version, ciphers=ciphers)
        talk(s, number + 10)
        truth.add(s, "STARTTLS, one message")


@scenario("smtp-tls-suites")
def suites(truth):
    """Every kind of cipher suite of TLS 1.2 with an ephemeral key."""
    for number, suite in enumerate((
            "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
            "DHE-RSA-AES128-CCM", "ECDHE-ECDSA-AES256-CCM", "ECDHE-ECDSA-AES128-CCM8",
            "DHE-RSA-AES256-CCM8", "ECDHE-RSA-CHACHA20-POLY1305", "DHE-RSA-CHACHA20-POLY1305",
            "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES128-SHA256",
            "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES256-SHA256")):
        s = SMTP(V4, 465, keylog=truth.keylog(), tls={"version": V1_2, "ciphers": weak(suite)})
        talk(s, number)
        truth.add(s, "one message")
        if suite.endswith(("-SHA", "-SHA256", "-SHA384")) and "GCM" not in suite:
            s = SMTP(V4, 465, keylog=truth.keylog(), tls={
                "version": V1_2, "ciphers": weak(suite), "options": NO_ENCRYPT_THEN_MAC})
            s.record["tls"]["encryptThenMAC"] = False
            talk(s, number + 30)
            truth.add(s, "the same with the MAC inside")


@scenario("smtp-tls13-suites")
def suites13(truth):
    """The suites of TLS 1.3, by openssl."""
    for number, suite in enumerate((
            "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256")):
        pipe = Pipe(V4, 465, truth.keylog(), "-tls1_3", "-ciphersuites", suite,
                    "-cipher", "ALL:@SECLEVEL=0")
        s = SMTP(V4, 465, transport=pipe)
        s.record["tls"] = said("TLSv1.3", suite)
        talk(s, number)
        truth.add(s, "one message")


@scenario("smtp-tls-rsa")
def rsa(truth):
    """The premaster secret encrypted with the server's RSA key, which is beside the capture."""
    truth.private_key = truth.name + ".key.pem"
    shutil.copy(certificate("rsa-key"), os.path.join(truth.folder, truth.private_key))
    for number, (version, suite, options) in enumerate((
            (V1_0, "AES128-SHA", 0), (V1_1, "AES256-SHA", NO_ENCRYPT_THEN_MAC),
            (V1_2, "AES128-SHA", NO_EXTENDED_MASTER_SECRET), (V1_2, "AES256-SHA256", 0),
            (V1_2, "AES128-SHA256", NO_ENCRYPT_THEN_MAC), (V1_2, "AES128-GCM-SHA256", 0),
            (V1_2, "AES256-GCM-SHA384", NO_EXTENDED_MASTER_SECRET), (V1_2, "AES128-CCM", 0),
            (V1_2, "AES256-CCM8", 0), (V1_2, "NULL-SHA256", 0))):
        s = SMTP(V4, 465, keylog=truth.keylog(),
                 tls={"version": version, "ciphers": weak(suite), "options": options})
        talk(s, number)
        truth.add(s, "one message")


# Resumption, and what else a handshake can be


@scenario("smtp-tls-resumption")
def resumption(truth):
    """By session id, by ticket, by pre-shared key; each after a whole handshake."""
    for version, options, number in ((V1_2, NO_TICKET, 1), (V1_2, 0, 2), (V1_3, 0, 3)):
        first = SMTP(V4, 465, keylog=truth.keylog(), tls={"version": version, "options": options})
        first.command("EHLO client.example.net")
        session, context = first.socket.session, first.context
        first.quit()
        truth.add(first, "a whole handshake")
        again = SMTP(V4, 465, tls={"context": context, "session": session})
        assert again.record["tls"]["resumed"]
        talk(again, number)
        truth.add(again, "resumed, one message")


@scenario("imaps-key-update", fill("alice", BOX))
def key_update(truth):
    """TLS 1.3: the client changes its keys, then both change theirs."""
    pipe = Pipe(V4, 993, truth.keylog(), "-tls1_3", quiet=False)
    s = IMAP(V4, 993, transport=pipe)
    s.record["tls"] = said("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    s.login("alice", PASSWORDS["alice"])
    for order in (b"k\n", b"K\n"):
        time.sleep(0.3)
        pipe.sendall(order)
        time.sleep(0.3)
        s.command("SELECT INBOX")
        s.command("FETCH 1 BODY[]")
    s.logout()
    truth.add(s, "two key updates, a message fetched after each")


class Canned:
    """`openssl s_server` in the other namespace, with an IMAP server's answers."""

    def __init__(self, port, *arguments):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", "mailwire-server", "openssl", "s_server", "-quiet",
             "-accept", f"{ALIAS}:{port}", "-cert", certificate("rsa"), "-key", certificate("rsa-key"),
             "-cert_chain", certificate("intermediate"), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self.answer, daemon=True).start()
        time.sleep(0.5)

    def send(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def greet(self):
        self.send(b"* OK IMAP4rev1 mail.example.org ready\r\n")

    def answer(self):
        for line in self.process.stdout:
            words = line.split()
            if len(words) < 2 or not words[0].startswith(b"a"):
                continue
            if words[1] == b"CAPABILITY":
                self.send(b"* CAPABILITY IMAP4rev1\r\n")
            if words[1] == b"LOGOUT":
                self.send(b"* BYE bye\r\n")
            self.send(words[0] + b" OK done\r\n")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def leave(s):
    """LOGOUT from a server that waits for the client to close."""
    s.command("LOGOUT")
    s.record["close"] = "fin"
    s.socket.close()
    time.sleep(0.2)


@scenario("imaps-early-data")
def early_data(truth):
    """TLS 1.3: a session, then one that resumes it and sends its first command with the hello."""
    server = Canned(993, "-tls1_3", "-early_data", "-max_early_data", "16384", "-no_anti_replay")
    with tempfile.TemporaryDirectory() as folder:
        saved, early = os.path.join(folder, "session"), os.path.join(folder, "early")
        with open(early, "wb") as file:
            file.write(b"a001 CAPABILITY\r\n")
        server.greet()
        s = IMAP(ALIAS, 993, transport=Pipe(ALIAS, 993, truth.keylog(), "-tls1_3", "-no_ign_eof",
                                           "-sess_out", saved))
        s.record["tls"] = said("TLSv1.3", "TLS_AES_256_GCM_SHA384")
        s.command("CAPABILITY")
        leave(s)
        truth.add(s, "a whole handshake")
        server.greet()
        pipe = Pipe(ALIAS, 993, truth.keylog(), "-tls1_3", "-no_ign_eof",
                    "-sess_in", saved, "-early_data", early)
        s = IMAP(ALIAS, 993, transport=pipe)
        s.record["tls"] = said("TLSv1.3", "TLS_AES_256_GCM_SHA384", resumed=True, earlyData=True)
        s.count = 1
        s.note("a001 CAPABILITY", [s.until("a001")])
        leave(s)
        truth.add(s, "resumed, the first command as early data")
    server.stop()


@scenario("smtp-tls-retry")
def retry(truth):
    """The server has another elliptic curve than the client expects: in TLS 1.3 it asks for a second hello."""
    for number, version in ((1, V1_3), (2, V1_2)):
        s = after_starttls(truth.keylog(), 3587, version=version)
        talk(s, number)
        truth.add(s, "one message")


@scenario("smtp-tls-client-certificate")
def client_certificate(truth):
    for number, version in ((1, V1_2), (2, V1_3)):
        s = after_starttls(truth.keylog(), 3587, version=version, certificate=certificate("client"))
        s.record["tls"]["clientCertificate"] = "CN=client.example.net"
        talk(s, number)
        truth.add(s, "the client shows a certificate, one message")


@scenario("imaps-renegotiation")
def renegotiation(truth):
    """TLS 1.2: the client asks for a second handshake within the first one's encryption."""
    server = Canned(993, "-tls1_2", "-client_renegotiation")
    server.greet()
    pipe = Pipe(ALIAS, 993, truth.keylog(), "-tls1_2", quiet=False)
    s = IMAP(ALIAS, 993, transport=pipe)
    s.record["tls"] = said("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384")
    s.command("CAPABILITY")
    time.sleep(0.3)
    pipe.sendall(b"R\n")
    time.sleep(0.5)
    s.command("NOOP")
    leave(s)
    truth.add(s, "renegotiated between two commands")
    server.stop()


# Certificates and alerts


@scenario("smtp-tls-certificates")
def certificates(truth):
    """What may be wrong with a certificate; in TLS 1.2 it is in clear."""
    for number, name in enumerate(("mail", "expired", "future", "self", "weak", "alone", "wrong")):
        s = after_starttls(truth.keylog(), version=V1_2, ciphers=weak("ALL"), name=name + ".example.org")
        s.command("EHLO client.example.net")
        s.quit()
        truth.add(s, "certificate of " + name)
    s = after_starttls(truth.keylog(), version=V1_3, name="expired.example.org")
    s.command("EHLO client.example.net")
    s.quit()
    truth.add(s, "the same in TLS 1.3, where it is encrypted")


@scenario("smtp-tls-alerts")
def alerts(truth):
    """Handshakes that fail."""
    failures = (
        ("the client does not know the issuer", {"version": V1_2, "trusted": certificate("client")}),
        ("the same in TLS 1.3, where the alert is encrypted",
         {"version": V1_3, "trusted": certificate("client")}),
        ("no common cipher suite", {"version": V1_2, "ciphers": weak("CAMELLIA256-SHA")}),
    )
    for about, tls in failures:
        s = SMTP(V4, 2587, keylog=truth.keylog())
        s.command("EHLO client.example.net")
        s.command("STARTTLS")
        record = s.record
        try:
            s.secure("starttls", **tls)
            raise AssertionError("the handshake came about")
        except ssl.SSLError as error:
            record["tlsError"] = str(error.reason)
        s.socket.close()
        time.sleep(0.3)
        truth.add(s, about)
    server = Canned(993, "-tls1_3")
    try:
        IMAP(ALIAS, 993, keylog=truth.keylog(), tls={"version": V1_2})
        raise AssertionError("the handshake came about")
    except ssl.SSLError as error:
        truth.known("imap", "python ssl", summary="no common version", tlsError=str(error.reason))
    time.sleep(0.3)
    server.stop()


@scenario("smtp-tls-anonymous")
def anonymous(truth):
    """A server without a certificate, and one without encryption."""
    for number, suite in enumerate(("ADH-AES256-GCM-SHA384", "ADH-AES128-SHA", "NULL-SHA")):
        s = SMTP(V4, 465, keylog=truth.keylog(), tls={"version": V1_2, "ciphers": weak(suite)})
        talk(s, number)
        truth.add(s, "one message")


# Other protocols, other people's clients


@scenario("imap-tls-compress", fill("alice", BOX))
def compress(truth):
    """STARTTLS with TLS 1.2 and 1.3, then COMPRESS DEFLATE within."""
    for version in (V1_2, V1_3):
        s = IMAP(V4, 143, keylog=truth.keylog())
        s.command("STARTTLS")
        s.secure("starttls", version=version)
        s.login("alice", PASSWORDS["alice"])
        s.compress()
        s.command("SELECT INBOX")
        s.command("FETCH 1:3 BODY.PEEK[]")
        s.logout()
        truth.add(s, "compressed within TLS, three messages fetched")


@scenario("pop3s-session", fill("alice", BOX))
def pop3s(truth):
    for version in (V1_2, V1_3):
        s = POP3(V6 if version is V1_3 else V4, 995, keylog=truth.keylog(), tls={"version": version})
        s.login("alice", PASSWORDS["alice"])
        s.command("LIST", True)
        s.command("RETR 1", True)
        s.command("RETR 3", True)
        s.quit()
        truth.add(s, "two messages retrieved")


@scenario("curl-tls", fill("alice", BOX[:2]))
def curl(truth):
    """curl: SMTP and IMAP after STARTTLS, and the three protocols with TLS at once."""
    environment = {**os.environ, "SSLKEYLOGFILE": truth.keylog()}
    message = letter("From curl", ".a dot\nUnder TLS.\n", number=40)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "message")
        with open(path, "wb") as file:
            file.write(message)
        common = ["curl", "-s", "-v", "-k", "--ssl-reqd"]
        for port in (465, 993, 995, 2587, 143):
            common += ["--resolve", f"mail.example.org:{port}:{V4}"]
        user = ["--user", "alice:" + PASSWORDS["alice"]]
        submit = ["--mail-from", "ann@example.com", "--mail-rcpt", "alice@example.org", "-T", path]
        sent = [scenarios.delivered("ann@example.com", ["alice@example.org"], message)]
        for protocol, url, more, messages in (
                ("smtp", "smtp://mail.example.org:2587/client.example.net", submit, sent),
                ("smtp", "smtps://mail.example.org/client.example.net", submit, sent),
                ("imap", "imap://mail.example.org/INBOX;MAILINDEX=1", user, None),
                ("imap", "imaps://mail.example.org/INBOX;MAILINDEX=2", user, None),
                ("pop3", "pop3s://mail.example.org/1", user, None)):
            status, lines = run([*common, "--url", url, *more], env=environment)
            truth.log(protocol, "curl", [l for l in lines if l[:2] in ("> ", "< ")], status=status,
                      tls={"mode": "implicit" if "s://" in url else "starttls",
                           "serverName": "mail.example.org"},
                      **({"messages": messages} if messages else {}))
            time.sleep(0.2)


if __name__ == "__main__":
    # The scenarios that are registered are those of the module, whoever runs it.
    scenarios.main(sys.argv[1:])
