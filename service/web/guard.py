"""Where pages answer: for an authority with sign-in, at its own address; for the demonstration, on this machine alone.

Anywhere else it is as if there were none.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from service.council import Council
from service.errors import NotFound
from service.settings import is_loopback

_PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def are_pages_open(request: Request) -> bool:
    """Whether there are pages for this request.

    ``Host`` is looked at because a page elsewhere can make a browser here ask under a name of its own (DNS rebinding),
    and because links must not be built from whatever somebody calls us.
    """
    council: Council = request.app.state.council
    if council.is_demonstration:
        return _is_from_here(request, council)
    return bool(council.settings.oidc_issuer) and _host(request) == _netloc(council.settings.address)


def open_pages(request: Request) -> None:
    """A dependency of every page. Raises NotFound, in the words of any address there is nothing at."""
    if not are_pages_open(request):
        raise NotFound("There is no such thing", fix="GET /openapi.json lists what there is")


def _is_from_here(request: Request, council: Council) -> bool:
    """Whether it comes from the machine itself, to a service that listens to nothing else: anybody may be anyone there.

    What has come through a proxy has not come from here, whatever its address says.
    """
    return (
        is_loopback(council.settings.host)
        and request.client is not None
        and is_loopback(request.client.host)
        and is_loopback(_name_in(_host(request)))
        and not any(name in request.headers for name in _PROXIED)
    )


def _host(request: Request) -> str:
    """The ``Host`` of a request, if it has exactly one."""
    hosts = request.headers.getlist("host")
    return hosts[0].lower() if len(hosts) == 1 else ""


def _netloc(address: str) -> str:
    """What browsers send as ``Host`` for an address: without the port that its scheme has anyway."""
    parsed = urlsplit(address.lower())
    usual = {"https": ":443", "http": ":80"}.get(parsed.scheme, "")
    return parsed.netloc.removesuffix(usual) if usual else parsed.netloc


def _name_in(host: str) -> str:
    """The name before the port: ``[::1]:8000`` → ``::1``; empty where it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
