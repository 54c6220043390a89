"""One POST to a webhook: to the address that was judged, within so many seconds, and hardly reading the answer.

TLS and the Host header stay with the name, so a certificate must hold for it; the connection goes to the address. No
redirect is followed, no proxy asked, and every step's patience is what is left of the whole attempt's.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

import httpcore

from service.errors import NotReady
from service.notify.channels.webhooks.addresses import (
    PORTS,
    Resolver,
    Target,
    allowed_addresses,
    by_name_service,
    target_of,
)
from service.notify.channels.webhooks.limits import LIMITS
from service.settings import Settings

Patience = Callable[[], float]
"""How many seconds are left. Raises httpcore.TimeoutException where none are."""


class Answer(NamedTuple):
    """What a receiver said: a status, and how many seconds it asks to be left alone, where it says so."""

    status: int
    retry_after: int | None


class Wire:
    """The way out. ``resolve`` gives the addresses of a name; ``seconds`` is what an attempt may take in all."""

    def __init__(
        self, settings: Settings, *, resolve: Resolver = by_name_service, seconds: float = LIMITS.an_attempt
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        self._seconds = seconds

    def addresses_of(self, url: str) -> list[str]:
        """Where a call to this URL would go now. Raises Refused, Forbidden, or OSError where there is no address."""
        return self._addresses(target_of(url))

    def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Posts, and gives the answer's status. Raises what ``addresses_of`` does, and httpcore's errors."""
        target, patience = target_of(url), _patience(self._seconds)
        addresses = self._addresses(target)
        trust = self._trust if target.scheme == "https" else None
        with httpcore.ConnectionPool(ssl_context=trust, network_backend=_Pinned(addresses, patience)) as pool:
            at = httpcore.URL(
                scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
            )
            named = [("Host", _host_of(target)), *headers.items()]
            with pool.stream("POST", at, headers=named, content=body) as response:
                answer = Answer(response.status, _seconds_in(response.headers))
                _hear_out(response)
                return answer

    def _addresses(self, target: Target) -> list[str]:
        return allowed_addresses(target, self._settings, self._resolve)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._settings.webhook_ca_file)
        except OSError as error:
            raise NotReady(
                f"TIMESCALES_WEBHOOK_CA_FILE cannot be read ({type(error).__name__})",
                fix="name a file of PEM certificates",
            ) from None


class _Pinned(httpcore.NetworkBackend):
    """Connects to the addresses it was given, whatever the name may lead to by now."""

    def __init__(self, addresses: Sequence[str], patience: Patience) -> None:
        self._addresses = addresses
        self._patience = patience
        self._wires = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        for nth, address in enumerate(self._addresses, 1):
            share = self._patience() / (len(self._addresses) - nth + 1)
            try:
                return _Patient(self._wires.connect_tcp(address, port, share), self._patience)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if nth == len(self._addresses):
                    raise
        raise httpcore.ConnectError("no address")


class _Patient(httpcore.NetworkStream):
    """A connection whose every step has what is left of the time for all: one that trickles gets no more."""

    def __init__(self, stream: httpcore.NetworkStream, patience: Patience) -> None:
        self._stream = stream
        self._patience = patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._patience())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._patience())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Patient(self._stream.start_tls(ssl_context, server_hostname, self._patience()), self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _patience(seconds: float) -> Patience:
    until = monotonic() + seconds

    def left() -> float:
        remaining = until - monotonic()
        if remaining <= 0:
            raise httpcore.ReadTimeout("the attempt has taken its time")
        return remaining

    return left


def _hear_out(response: httpcore.Response) -> None:
    """Lets a receiver finish a short answer, which nobody reads. What it said already stands, however this ends."""
    heard = 0
    try:
        for part in response.iter_stream():
            heard += len(part)
            if heard >= LIMITS.answer_bytes:
                return
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        return


def _host_of(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == PORTS[target.scheme] else f"{host}:{target.port}"


def _seconds_in(headers: Sequence[tuple[bytes, bytes]]) -> int | None:
    said = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return int(said) if said.isdigit() and len(said) < 9 else None
