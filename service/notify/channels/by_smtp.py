"""Mail over SMTP: TLS and a certificate that holds, or nothing is said.

    smtp://user:password@host:587     TLS by STARTTLS, refused if the server does not offer it
    smtps://user:password@host:465    TLS from the first byte
    smtp+plaintext://localhost:25     no TLS: within this machine only

Each message has a connection of its own, so that what goes wrong with one says nothing about the next.
"""

from __future__ import annotations

import smtplib
import ssl
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from service.errors import NotReady
from service.notify.channels.envelope import domain_of, mail
from service.notify.channels.sender import Answer, Outcome
from service.store.telling.messages import Message

TIMEOUT_S = 30
"""For each step of a conversation; all of them together stay within the lease of a message."""
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plaintext": 25}
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_NAME = "TIMESCALES_SMTP_URL"


class Server(NamedTuple):
    """A mail server, and how to be let in."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def read_url(url: str) -> Server:
    """What a setting says. Raises NotReady where it cannot be right; its words never repeat the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotReady(f"{_NAME} is not a URL", fix="write smtp://user:password@host:587") from None
    if parts.scheme not in _PORTS:
        raise NotReady(f"{_NAME} does not begin with smtp://, smtps:// or smtp+plaintext://", fix="use one of them")
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise NotReady(
            f"{_NAME} is not a scheme, a host and a port",
            fix="write smtp://user:password@host:587, with %-codes for : / @ # in the password",
        )
    if parts.scheme == "smtp+plaintext" and parts.hostname not in _THIS_MACHINE:
        raise NotReady(
            f"{_NAME} would send mail to another machine without TLS", fix="use smtp:// (STARTTLS) or smtps://"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, password)


class Smtp:
    """Hands letters to a mail server."""

    def __init__(self, server: Server, mail_from: str, ca_file: Path | None) -> None:
        self._server = server
        self._mail_from = mail_from
        try:
            self._trust = _trust(ca_file, ca_file.stat().st_mtime_ns if ca_file else 0)
        except OSError as error:
            raise NotReady(
                f"TIMESCALES_SMTP_CA_FILE cannot be read ({type(error).__name__})",
                fix="name a file of PEM certificates",
            ) from None

    def send(self, letter: Message) -> Answer:
        content = mail(letter, self._mail_from).as_bytes()
        try:
            smtp = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            return Answer(Outcome.UNREACHABLE, _name_of(error))
        try:
            return self._hand_over(smtp, letter.address, content)
        finally:
            _leave(smtp)

    def _connect(self) -> smtplib.SMTP:
        scheme, host, port, user, password = self._server
        name = domain_of(self._mail_from)  # else the library asks the name service who we are, which may take a minute
        smtp: smtplib.SMTP
        if scheme == "smtps":
            smtp = smtplib.SMTP_SSL(host, port, name, timeout=TIMEOUT_S, context=self._trust)
        else:
            smtp = smtplib.SMTP(host, port, name, timeout=TIMEOUT_S)
        try:
            if scheme == "smtp":
                smtp.starttls(context=self._trust)
            if user:
                smtp.login(user, password)
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, address: str, content: bytes) -> Answer:
        """Step by step and not by the library's own ``sendmail``: where it breaks decides what we may say of it."""
        try:
            code, reply = smtp.mail(self._mail_from)
            if not _is_yes(code):  # our own address is refused: nothing that this letter or its reader can help
                return Answer(Outcome.UNREACHABLE, _said(code, reply, "MAIL"))
            code, reply = smtp.rcpt(address)
            if not _is_yes(code):
                return _no(code, reply, "RCPT")
        except (OSError, smtplib.SMTPException) as error:
            return Answer(Outcome.UNREACHABLE, _name_of(error))
        try:
            code, reply = smtp.data(content)
        except smtplib.SMTPDataError as error:  # refused before the first byte of the letter
            return _no(error.smtp_code, error.smtp_error, "DATA")
        except (OSError, smtplib.SMTPException) as error:
            return Answer(Outcome.LOST, _name_of(error))
        return Answer(Outcome.SENT) if _is_yes(code) else _no(code, reply, "DATA")


@lru_cache(maxsize=4)
def _trust(ca_file: Path | None, _changed_at: int) -> ssl.SSLContext:
    """Kept for as long as the file is the same: reading all certificates takes longer than a whole tick."""
    return ssl.create_default_context(cafile=ca_file)


def _is_yes(code: int) -> bool:
    return code // 100 == 2


def _no(code: int, reply: bytes | str, step: str) -> Answer:
    if code == 421:  # "service not available": said to everybody
        return Answer(Outcome.UNREACHABLE, _said(code, reply, step))
    return Answer(Outcome.REFUSED if code // 100 == 5 else Outcome.LATER, _said(code, reply, step))


def _said(code: int, reply: bytes | str, step: str) -> str:
    """``550 5.1.1 at RCPT``: the codes, and none of the server's words, which may name people."""
    text = reply.decode("ascii", "replace") if isinstance(reply, bytes) else reply
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    enhanced = first if first.replace(".", "").isdigit() and first.count(".") == 2 else ""
    return " ".join(part for part in (str(code), enhanced, "at", step) if part)


def _name_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the server does not offer TLS, or the sign-in that is set"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate does not hold: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__


def _leave(smtp: smtplib.SMTP) -> None:
    """Takes leave. The letter's fate is known by now, so a server that has already hung up changes nothing."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()
