"""A real SMTP server on the loopback address, with its own certificate authority, that can be told to misbehave.

with MailServer(authority) as server:
    server.faults = ["451 4.3.0 busy"]        # the next letter's fate; then it behaves again
    …
    server.letters                            # what it accepted, as parsed mail
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DROP_AFTER_DATA = "take the letter and hang up without a word"
DROP_BEFORE_DATA = "hang up when the recipient is named"
DROP_AFTER_250 = "accept the letter and hang up"


class Authority:
    """A certificate authority of one test run, and a server's certificate that it signed for the loopback address."""

    def __init__(self, folder: Path, *, server_name: str = "localhost") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "ca.pem"
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca = _certificate("Test authority", ca_key, "Test authority", ca_key, is_authority=True)
        server = _certificate(server_name, key, "Test authority", ca_key, is_authority=False)
        self.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        self._server_file = folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._server_file.write_bytes(private + server.public_bytes(serialization.Encoding.PEM))

    def server_side(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._server_file)
        return context


class MailServer:
    """``tls``: starttls, from_the_start or none. ``user`` as (name, password) makes signing in necessary."""

    def __init__(self, authority: Authority, *, tls: str = "starttls", user: tuple[str, str] | None = None) -> None:
        self.letters: list[EmailMessage] = []
        self.senders: list[str] = []
        self.faults: list[str] = []
        self.connections = 0
        self.is_busy = False
        """While it is, a letter that was handed over gets no answer: its sender waits, outside any transaction."""
        self.kept_waiting = threading.Event()
        self.port = 0
        self._authority, self._tls, self._user = authority, tls, user

    @property
    def url(self) -> str:
        scheme = {"starttls": "smtp", "from_the_start": "smtps", "none": "smtp+plaintext"}[self._tls]
        return f"{scheme}://localhost:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [str(letter["Message-ID"]) for letter in self.letters]

    def __enter__(self) -> MailServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the mail server did not start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        context = self._authority.server_side() if self._tls == "from_the_start" else None
        serving = self._loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=context)
        server = self._loop.run_until_complete(serving)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _protocol(self) -> SMTP:
        self.connections += 1
        options: dict[str, object] = {"hostname": "localhost", "loop": self._loop}
        if self._tls == "starttls":
            options |= {"tls_context": self._authority.server_side(), "require_starttls": True}
        if self._user:
            options |= {"authenticator": self._let_in, "auth_required": True}
            options |= {"auth_require_tls": self._tls == "starttls"}
        return SMTP(self, **options)

    def _let_in(self, _server, _session, _envelope, _mechanism, login) -> AuthResult:
        is_right = (login.login.decode(), login.password.decode()) == self._user
        return AuthResult(success=is_right, handled=False)  # the server itself says 535

    async def handle_RCPT(self, server, _session, envelope, address, _options) -> str:  # noqa: N802
        fault = self.faults[0] if self.faults else ""
        if fault.endswith(" at RCPT"):
            return self.faults.pop(0).removesuffix(" at RCPT")
        if fault == DROP_BEFORE_DATA:
            self.faults.pop(0)
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope) -> str:  # noqa: N802
        while self.is_busy:
            self.kept_waiting.set()
            await asyncio.sleep(0.005)
        fault = self.faults.pop(0) if self.faults else ""
        if fault[:1] in ("4", "5"):
            return fault
        assert len(envelope.rcpt_tos) == 1, "one recipient a message"
        self.senders.append(envelope.mail_from)
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        if fault == DROP_AFTER_DATA:
            server.transport.abort()
        elif fault == DROP_AFTER_250:
            self._loop.call_later(0.01, server.transport.abort)
        return "250 OK"


@contextmanager
def nobody_listening() -> Iterator[int]:
    """A port of the loopback address at which nothing answers."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _certificate(name: str, key, issuer: str, issuer_key, *, is_authority: bool) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name.replace(" ", "-"))]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    return made.sign(issuer_key, hashes.SHA256())
