"""An account at GOV.UK Notify, as the settings name it, and how a request shows that it comes from there.

A key is its name, the id of the service and a secret, joined by hyphens. The secret never leaves this machine: each
request carries a token signed with it, which holds for half a minute.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from service.errors import NotReady
from service.settings import Settings

SHORTEST_RECEIPTS_TOKEN = 20

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEY = re.compile(f"(?s:.+-)?({_UUID})-({_UUID})")
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_HEADER = {"typ": "JWT", "alg": "HS256"}


class Account(NamedTuple):
    """Where Notify is, which service of it is ours, and the template that our words go into."""

    url: str
    service: str
    secret: SecretStr
    template: str

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it is a stand-in beside us: reached without TLS, and through no proxy."""
        return urlsplit(self.url).hostname in _THIS_MACHINE


def account_of(settings: Settings) -> Account | None:
    """The account that the settings name, or None where they name none.

    Raises NotReady where they cannot be right; its words repeat neither the key nor the token.
    """
    key, token = settings.notify_api_key.get_secret_value(), settings.notify_receipts_token.get_secret_value()
    template = settings.notify_template_id
    if not key and not template and not token:
        return None
    if settings.smtp_url.get_secret_value():
        raise NotReady(
            "TIMESCALES_SMTP_URL and TIMESCALES_NOTIFY_… are both set, and a message leaves in one way",
            fix="unset one of them",
        )
    if not key or not template:
        missing = "TIMESCALES_NOTIFY_TEMPLATE_ID" if key else "TIMESCALES_NOTIFY_API_KEY"
        raise NotReady(f"{missing} is not set, and others of GOV.UK Notify are", fix="set it, or none of them")
    _check_token(token)
    service, secret = _read_key(key)
    return Account(_read_url(settings.notify_url), service, SecretStr(secret), _read_template(template))


def token_of(account: Account, *, now: datetime) -> str:
    """The bearer token of one request: a JSON Web Token signed by HMAC-SHA256. Notify wants ``now`` right to 30 s."""
    claims = {"iss": account.service, "iat": int(now.timestamp())}
    signed = f"{_written(_HEADER)}.{_written(claims)}"
    signature = hmac.digest(account.secret.get_secret_value().encode(), signed.encode(), sha256)
    return f"{signed}.{_base64(signature)}"


def _read_key(key: str) -> tuple[str, str]:
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise NotReady(
            "TIMESCALES_NOTIFY_API_KEY is no key of GOV.UK Notify: a name and two ids of 36 characters, by hyphens",
            fix="copy the whole key as Notify shows it once, under API integration",
        )
    return parts[1], parts[2]


def _read_template(template: str) -> str:
    if not re.fullmatch(_UUID, template):
        raise NotReady(
            "TIMESCALES_NOTIFY_TEMPLATE_ID is no id of a template: 36 characters, digits and hyphens among them",
            fix="open the template in Notify and copy its id",
        )
    return template


def _read_url(url: str) -> str:
    name = "TIMESCALES_NOTIFY_URL"
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise NotReady(f"{name} is not a URL", fix="leave it unset: the usual address is known") from None
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise NotReady(f"{name} is not https:// and a host", fix="leave it unset: the usual address is known")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
        raise NotReady(f"{name} would send mail to another machine without TLS", fix="begin it with https://")
    return url.rstrip("/")


def _check_token(token: str) -> None:
    if token and len(token) < SHORTEST_RECEIPTS_TOKEN:
        raise NotReady(
            f"TIMESCALES_NOTIFY_RECEIPTS_TOKEN has fewer than {SHORTEST_RECEIPTS_TOKEN} characters: it can be guessed",
            fix="make one by chance, for one with: openssl rand -hex 32",
        )


def _written(part: Mapping[str, object]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
