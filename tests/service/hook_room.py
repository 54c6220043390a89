"""A real HTTPS receiver of webhooks on the loopback address, that can be told to misbehave, and a council to tell it.

with Receiver(authority) as receiver:
    receiver.faults = [503]        # the next call's fate: a status, or what is named below; then it behaves again
    …
    receiver.calls                 # what it was sent, whatever it answered
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from service import flow
from service.council import Council
from service.notify.channels.webhooks import keeping
from service.notify.channels.webhooks.delivering import deliver
from service.store.tables import DeliveryRow, table
from tests.service.intake_parts import document, let_in, opened
from tests.service.mail_room import Authority

LOOPBACK = "127.0.0.0/8"
HANG_UP, TRICKLE, ENDLESS = "hang up", "trickle the headers", "an endless body"
TO_METADATA = "redirect to a metadata address"
NORTH = "assessment-north"
MADE_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""


class Call(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """Takes events over TLS, or plain where no authority is given."""

    def __init__(self, authority: Authority | None) -> None:
        self.calls: list[Call] = []
        self.faults: list[int | str] = []
        self.refused_ids: set[str] = set()
        self.connections = 0
        self.closed_early = threading.Event()
        self._authority = authority

    def __enter__(self) -> Receiver:
        room = self

        class Handler(_Handler):
            receiver = room

        self._server = _Server(("127.0.0.1", 0), Handler)
        if self._authority is not None:
            context = self._authority.server_side()
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def url(self, host: str = "localhost") -> str:
        return f"{'https' if self._authority else 'http'}://{host}:{self.port}/events?for=timescales"

    @property
    def told(self) -> list[tuple[str, str]]:
        """The type and the status of each event, in the order they came."""
        return [(call.event["type"], call.event["data"]["status"]) for call in self.calls]

    @property
    def ids(self) -> list[str]:
        return [call.id for call in self.calls]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request: Any, _address: Any) -> None:
        """Clients that leave in the middle are what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.receiver.connections += 1
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.receiver.calls.append(call)
        fate = 500 if call.id in self.receiver.refused_ids else None
        self._answer(fate or (self.receiver.faults.pop(0) if self.receiver.faults else 204))

    def _answer(self, fate: int | str) -> None:
        self.close_connection = True
        if fate == HANG_UP:
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fate == TRICKLE:
            self._pour([b"HTTP/1.1 200 OK\r\n"] + [b"X-Slow: a\r\n"] * 10_000, every_s=0.02)
        elif fate == ENDLESS:
            self._pour([b"HTTP/1.1 200 OK\r\n\r\n"] + [b"x" * 65_536] * 10_000, every_s=0)
        elif fate == TO_METADATA:
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
        else:
            self.send_response(int(fate))
            if fate in (429, 503):
                self.send_header("Retry-After", "600")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _pour(self, parts: Sequence[bytes], *, every_s: float) -> None:
        try:
            for part in parts:
                self.wfile.write(part)
                time.sleep(every_s)
        except OSError:
            self.receiver.closed_early.set()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def telling(url: str, folder: Path, authority: Authority | None = None, **more: Any) -> Iterator[Council]:
    """A council that may call the loopback address."""
    settings = {"webhook_networks": LOOPBACK, "base_url": "https://timescales.council.example", **more}
    if authority is not None:
        settings.setdefault("webhook_ca_file", authority.ca_file)
    council = opened(url, folder, **settings)
    try:
        yield council
    finally:
        council.engine.dispose()


def hook(
    council: Council, receiver: Receiver, *types: str, name: str = "data-warehouse", host: str = "localhost"
) -> str:
    """A webhook to the receiver, told of these types or of all; gives its secret."""
    return keeping.add(council, name, receiver.url(host), types, actor="test")


def discussed(subject: str, on: str, **data: Any) -> Any:
    """A discussion that starts a conference's clock, fifteen working days long."""
    said = {"outcome": "section_47", "key": f"enquiry-{subject}", "team": NORTH, **data}
    return document("strategy-discussion.held", subject, f"discussion-{subject}", on, **said)


def held(subject: str, on: str, **data: Any) -> Any:
    return document("icpc.held", subject, f"conference-{subject}", on, key=f"enquiry-{subject}", **data)


def hear(council: Council, *documents: Any) -> None:
    flow.receive(council, [let_in(one) for one in documents], actor="case system")


def tell(council: Council, now: datetime, **more: Any) -> dict[str, int]:
    """What one tick comes to, without what it came to none of."""
    return {name: count for name, count in deliver(council, now=now, **more).items() if count}


def rows(council: Council) -> list[Any]:
    with council.reading() as db:
        return list(db.execute(select(table(DeliveryRow)).order_by(table(DeliveryRow).c.seq)))


def states(council: Council) -> dict[str, str]:
    """The state of each event, by its type and the day it is about."""
    return {f"{row.type} {row.due_on}": row.state for row in rows(council)}


CONFERENCE_DUE_ON = date(2026, 3, 23)
"""Of a discussion on the second of March."""
