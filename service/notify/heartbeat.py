"""The outside heartbeat: one request to an address that notices when it stays away. It carries nothing.

A GET, because every such service takes one: whoever watches is told that we are well, and nothing of what we hold. No
redirect is followed, and the address is as secret as a password: it stands in no log.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from service.errors import NotReady
from service.settings import Settings, is_loopback

_NAME = "TIMESCALES_HEARTBEAT_URL"


def url_of(settings: Settings) -> str:
    """Where the heartbeat goes; empty where none is set. Raises NotReady where it cannot be right."""
    url = settings.heartbeat_url.get_secret_value()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise NotReady(f"{_NAME} is not a URL", fix="write it as the watching service shows it") from None
    is_within = parts.scheme == "http" and is_loopback(host) and not settings.is_production
    if not host or (parts.scheme != "https" and not is_within):
        raise NotReady(
            f"{_NAME} does not begin with https://", fix="use https; http is for a loopback address outside production"
        )
    return url


def beat(url: str, *, patience: timedelta) -> str:
    """Sends one heartbeat. Empty where it was taken, else what happened in a few words: never the address."""
    seconds = patience / timedelta(seconds=1)
    try:
        with httpx.stream(
            "GET", url, timeout=seconds, follow_redirects=False
        ) as answer:  # its body is nobody's business
            return "" if answer.is_success else f"answered {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
