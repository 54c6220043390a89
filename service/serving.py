"""A running server: the application, the tick beside it, and patience with limits."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service import clock
from service.app import create_app
from service.checking.asking import ask
from service.checking.declared import STARTING
from service.council import Council
from service.logs import configure
from service.scheduler import must_be_right, ticking
from service.timetable import timetable

log = structlog.get_logger()

HEADER_SECONDS = 15.0
_KEEP_ALIVE_SECONDS = 75
_STOP_SECONDS = 10


class PatientProtocol(HttpToolsProtocol):
    """HTTP that gives a client so long for its headers: a half-open connection is closed, not kept."""

    header_seconds = HEADER_SECONDS
    _headers_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._headers_timer = self.loop.call_later(self.header_seconds, self._give_up)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_begin(self) -> None:
        if self._headers_timer is None:  # a further request on the same connection
            self._headers_timer = self.loop.call_later(self.header_seconds, self._give_up)
        super().on_message_begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._headers_timer is not None:
            self._headers_timer.cancel()
            self._headers_timer = None

    def _give_up(self) -> None:
        self._headers_timer = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()


def patient(header_seconds: float) -> type[PatientProtocol]:
    """The same, with another patience."""
    return type("Patient", (PatientProtocol,), {"header_seconds": header_seconds})


def serve_council(council: Council) -> None:
    """Serves until told to stop; then answers what is under way, and stops the tick."""
    configure(council.settings.log_level)
    must_be_right(council.settings)  # before the server, which would tell of it by a traceback
    _say_what_is_not_well(council)
    app = create_app(council)
    app.router.lifespan_context = _beside(council)
    config = uvicorn.Config(
        app,
        host=council.settings.host,
        port=council.settings.port,
        http=patient(council.settings.header_seconds),
        access_log=False,  # a path can name a child's reference
        log_config=None,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
        server_header=False,
    )
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.SIG_IGN)  # the server has its own way with them, and then raises them once more
    uvicorn.Server(config).run()


def _say_what_is_not_well(council: Council) -> None:
    """What a look at the settings, the law and the disk finds before anything runs, each with its id and its hint."""
    for check, finding in ask(council, STARTING, (), now=clock.now()).found:
        log.warning(finding.what, check=check.id, fix=finding.fix)


def _beside(council: Council) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with ticking(council, timetable()):
            yield

    return lifespan
