"""Until there is sign-in: pages only for the demonstration, only on this machine; otherwise as if there were none."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from service.council import Council
from service.errors import NotFound

_LOCALHOST = "localhost"
_PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def may_see_pages(request: Request) -> bool:
    """Whether this request comes from the machine itself, to a service that listens to nothing else, for made-up data.

    The address in ``Host`` is looked at because a page elsewhere can make a browser here ask under a name of its own
    (DNS rebinding); headers that proxies add, because what comes through one does not come from here.
    """
    council: Council = request.app.state.council
    hosts = request.headers.getlist("host")
    return (
        council.is_demonstration
        and _is_loopback(council.settings.host)
        and request.client is not None
        and _is_loopback(request.client.host)
        and len(hosts) == 1
        and _is_loopback(_name_in(hosts[0]))
        and not any(name in request.headers for name in _PROXIED)
    )


def only_here(request: Request) -> None:
    """A dependency of every page. Raises NotFound, in the words of any address there is nothing at."""
    if not may_see_pages(request):
        raise NotFound("There is no such thing", fix="GET /openapi.json lists what there is")


def _name_in(host: str) -> str:
    """The name before the port: ``[::1]:8000`` → ``::1``; empty where it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name.lower() == _LOCALHOST:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
