"""Which addresses may be called: nothing on the inside of the authority's network, unless a setting names it.

A name says nothing: it is looked up, every address it has is judged, and the call goes to an address that was judged,
not to the name again (see ``wire``). So a name that answers otherwise the second time gains nothing.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from service.errors import Refused
from service.notify.channels.webhooks.limits import LIMITS, Network
from service.settings import Settings

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""Every address of a name, as text. Raises OSError where it has none."""

PRODUCTION = "production"
PORTS = {"https": 443, "http": 80}
_LONGEST = 1_000
_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_PATH = re.compile(r"[!-~]*")
_WHERE = "https://host/path, with nothing before an @"


class Target(NamedTuple):
    """A URL in its parts. ``path`` begins with / and holds the query."""

    scheme: str
    host: str
    port: int
    path: str


class Forbidden(Exception):
    """An address that may not be called. Its words name no address: they are kept, and shown."""


def target_of(url: str) -> Target:
    """The parts of a webhook's URL. Raises Refused where it cannot be right; its words never repeat the URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("this is not a URL", fix=f"write {_WHERE}") from None
    if parts.scheme not in PORTS:
        raise Refused("the URL does not begin with https://", fix=f"write {_WHERE}")
    if "@" in parts.netloc:
        raise Refused("the URL holds a user or password", fix=f"leave it out: every call is signed; write {_WHERE}")
    if not host or not (_is_address(host) or _NAME.fullmatch(host)):
        raise Refused("the URL names no host", fix="write its name in ASCII letters (xn--… where it has others)")
    if port == 0 or parts.fragment or len(url) > _LONGEST or not _PATH.fullmatch(url):
        raise Refused(
            "the URL has a part that no call can have", fix=f"use up to {_LONGEST} visible ASCII characters and no #"
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def by_name_service(host: str, port: int) -> list[str]:
    """Every address of a name, as this machine's name service has it."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def allowed_addresses(target: Target, settings: Settings, resolve: Resolver) -> list[str]:
    """The addresses to call for a target, each of them judged.

    One that may not be called condemns them all: who answers for the name also answers with that. Outside production
    only addresses that a setting names are called, so that a copy of a database tells no real system anything. Raises
    Forbidden, and OSError where the name has no address.
    """
    networks, is_production = settings.networks, settings.environment == PRODUCTION
    found = [_read(text) for text in resolve(target.host, target.port)]
    if not found:
        raise OSError("no address")
    for address in found:
        is_named = any(address in network for network in networks)
        if _is_within(address, LIMITS.never) or not (is_named or _is_public(address)):
            raise Forbidden("its name leads to an address that may not be called")
        if not is_named and not is_production:
            raise Forbidden("outside production only addresses in TIMESCALES_WEBHOOK_NETWORKS are called")
        if target.scheme != "https" and (is_production or not address.is_loopback):
            raise Forbidden("only a loopback address may be called without TLS, and not in production")
        if not is_named and target.port not in LIMITS.ports:
            raise Forbidden("its port may not be called outside TIMESCALES_WEBHOOK_NETWORKS")
    return [str(address) for address in dict.fromkeys(found)]


def _read(text: str) -> Address:
    """An address as it will be reached: without its zone, and out of its IPv6 wrapping."""
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_public(address: Address) -> bool:
    is_special = address.is_multicast or address.is_reserved or _is_within(address, LIMITS.refused)
    return address.is_global and not is_special


def _is_within(address: Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
