"""The authority's sign-in service: what it says of itself, and the keys it signs with. Asked over TLS, and remembered.

What it says is asked for again each hour, its keys when a token names one that is not known: a service that changes its
keys is followed at once, and whoever invents keys does not make us ask it more than once a minute.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from service import clock
from service.errors import Busy, NotReady
from service.settings import Settings, is_loopback

log = structlog.get_logger()

_DOCUMENT = "/.well-known/openid-configuration"
_KEPT = timedelta(hours=1)
_KEPT_AWAY = timedelta(hours=24)
"""How long what it last said holds while it does not answer."""
_KEYS_AGAIN = timedelta(minutes=1)
_PATIENCE_S, _MOST_S = 5.0, 10.0
_MOST_BYTES = 1_000_000
_BY_POST = "client_secret_post"


class Answer(NamedTuple):
    """What it answered to one request. ``document`` is empty where that was no JSON object."""

    status: int
    document: Mapping[str, Any]


class Provider(NamedTuple):
    """Where its doors are. ``end_session`` is empty where it cannot be told of a sign-out."""

    authorization: str
    token: str
    jwks: str
    end_session: str
    takes_secret_by_post: bool
    names_itself: bool
    """Whether each answer carries ``iss`` (RFC 9207)."""


class _Known:
    """What is known of one sign-in service. ``lock``: one at a time asks it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.provider: Provider | None = None
        self.provider_at: datetime | None = None
        self.keys = KeySet([])
        self.keys_at: datetime | None = None
        self.asked_again_at: datetime | None = None


_KNOWN: dict[tuple[str, str], _Known] = {}


def provider_of(settings: Settings) -> Provider:
    """Where its doors are. Raises Busy where it does not answer, and NotReady where it is not the one that is set."""
    known, now = _known(settings), clock.now()
    with known.lock:
        if known.provider is None or known.provider_at is None or not _is_recent(known.provider_at, now, _KEPT):
            try:
                found = _discovered(settings)
            except Busy:
                if known.provider is None or not _is_recent(known.provider_at, now, _KEPT_AWAY):
                    raise
                return known.provider
            known.provider, known.provider_at = found, now
        return known.provider


def provider_if_known(settings: Settings) -> Provider | None:
    """The same without asking it: None until somebody did."""
    return _known(settings).provider


def key_of(settings: Settings, kid: str | None) -> RSAKey | ECKey | None:
    """The key of this name, or its only key where a token names none; None where there is no such key."""
    provider, known, now = provider_of(settings), _known(settings), clock.now()
    with known.lock:
        if known.keys_at is None or not _is_recent(known.keys_at, now, _KEPT_AWAY):
            known.keys, known.keys_at = _keys(settings, provider), now
        found = _named(known.keys, kid)
        if found is None and not _is_recent(known.asked_again_at, now, _KEYS_AGAIN):
            known.asked_again_at = now
            known.keys, known.keys_at = _keys(settings, provider), now
            found = _named(known.keys, kid)
        return found


def away() -> Busy:
    """What is said while it does not answer."""
    return Busy(
        "the sign-in service does not answer",
        fix="try again in a minute; if it stays away, tell the people who run this service",
    )


def ask(settings: Settings, method: str, url: str, **more: Any) -> Answer:
    """One request, with no redirect followed, and limits to its time and size. Raises Busy where no answer comes."""
    until, content = time.monotonic() + _MOST_S, b""
    is_here = is_loopback(urlsplit(url).hostname or "")
    try:
        with (
            httpx.Client(verify=_trust(settings), timeout=_PATIENCE_S, trust_env=not is_here) as client,
            client.stream(method, url, headers={"Accept": "application/json"}, **more) as answer,
        ):
            for part in answer.iter_bytes():
                content += part
                if len(content) > _MOST_BYTES or time.monotonic() > until:
                    log.warning("the sign-in service answers without end", size=len(content))
                    raise away()
            return Answer(answer.status_code, _object(content))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        log.warning("the sign-in service does not answer", why=type(error).__name__)
        raise away() from None


def _discovered(settings: Settings) -> Provider:
    issuer = settings.oidc_issuer.rstrip("/")
    answer = ask(settings, "GET", f"{issuer}{_DOCUMENT}")
    if answer.status != httpx.codes.OK:
        log.warning("the sign-in service does not describe itself", status=answer.status)
        raise away()
    said = answer.document
    if said.get("issuer") != settings.oidc_issuer:
        raise NotReady(
            "the sign-in service calls itself something other than TIMESCALES_OIDC_ISSUER",
            fix=f"write it as `issuer` stands in {_DOCUMENT} of your own tenant: not common, not organizations",
        )
    methods = said.get("token_endpoint_auth_methods_supported")
    return Provider(
        authorization=_door(said, "authorization_endpoint"),
        token=_door(said, "token_endpoint"),
        jwks=_door(said, "jwks_uri"),
        end_session=_door(said, "end_session_endpoint") if said.get("end_session_endpoint") else "",
        takes_secret_by_post=isinstance(methods, list) and _BY_POST in methods,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _door(said: Mapping[str, Any], name: str) -> str:
    url = said.get(name)
    if not isinstance(url, str) or not is_safe(url):
        raise NotReady(f"the sign-in service says no {name} that begins with https://", fix="ask those who run it")
    return url


def is_safe(url: str) -> bool:
    """Whether an address is asked over TLS, or lies in this very machine."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _keys(settings: Settings, provider: Provider) -> KeySet:
    """The public keys for signatures that it names; of other kinds there are none for us."""
    found: list[RSAKey | ECKey] = []
    rows = ask(settings, "GET", provider.jwks).document.get("keys")
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("use", "sig") != "sig":
            continue
        try:
            kind = row.get("kty")
            found += [RSAKey.import_key(row)] if kind == "RSA" else [ECKey.import_key(row)] if kind == "EC" else []
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # one key that cannot be read does not take the others away
    return KeySet(list(found))


def _named(keys: KeySet, kid: str | None) -> RSAKey | ECKey | None:
    named = [key for key in keys.keys if kid is None or key.kid == kid]
    if len(named) != 1:
        return None
    key = named[0]
    return key if isinstance(key, RSAKey | ECKey) else None


def _known(settings: Settings) -> _Known:
    return _KNOWN.setdefault((settings.oidc_issuer, str(settings.oidc_ca_file or "")), _Known())


def _is_recent(at: datetime | None, now: datetime, kept: timedelta) -> bool:
    return at is not None and at <= now < at + kept


def _trust(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.oidc_ca_file)


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
