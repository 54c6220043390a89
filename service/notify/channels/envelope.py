"""A message as mail: its headers and its two bodies. The same message is the same bytes every time."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b
from uuid import NAMESPACE_URL, uuid4, uuid5

from service.clock import local
from service.store.telling.messages import Message

SENDER_NAME = "Timescales"


def new_message_id(mail_from: str) -> str:
    """A Message-ID like no other."""
    return f"<{uuid4().hex}@{domain_of(mail_from)}>"


def message_id_of(name: str, mail_from: str) -> str:
    """The one Message-ID of something that is sent once: asked for twice, it is the same message."""
    return f"<{uuid5(NAMESPACE_URL, name).hex}@{domain_of(mail_from)}>"


def domain_of(mail_from: str) -> str:
    return mail_from.rpartition("@")[2]


def mail(letter: Message, mail_from: str) -> EmailMessage:
    """The letter with every header it leaves with. Raises ValueError where its address or subject is no header."""
    domain = domain_of(mail_from)
    written = EmailMessage(policy=SMTP)
    written["From"] = Address(SENDER_NAME, addr_spec=mail_from)
    written["To"] = Address(addr_spec=letter.address)
    written["Subject"] = letter.subject
    written["Date"] = format_datetime(local(letter.created_at))
    written["Message-ID"] = letter.message_id
    written["List-Id"] = f"<{letter.kind}.timescales.{domain}>"
    if letter.unsubscribe:  # RFC 2369, and RFC 8058: turned off by a POST, so that no scanner does it by looking
        written["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        written["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    written["Auto-Submitted"] = "auto-generated"
    written["X-Auto-Response-Suppress"] = "All"  # Exchange answers automatic mail unless told not to
    written.set_content(letter.text, cte="quoted-printable")
    written.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    # Made from the id, because the library's own is random: a repeat should be the same to the byte.
    written.set_boundary(f"=_{blake2b(letter.message_id.encode(), digest_size=12).hexdigest()}")
    return written


def file_name(message_id: str) -> str:
    """A Message-ID as the name of a file."""
    return re.sub(r"[^A-Za-z0-9.@-]", "", message_id) + ".eml"
