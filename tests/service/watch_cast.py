"""A council that looks at itself, in virtual time: somebody holds its post of administrator, and sources send to it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service import clock
from service.checking.finding import Answer
from service.checking.itself import check_itself
from service.checking.numbers import SELF_CHECK
from service.council import Council
from service.store import jobs, people, watch
from service.store.tables import AlarmRow, MessageRow, table
from service.timing import latest_slot, timings
from tests.service.intake_parts import document, send
from tests.service.mail_cast import Wall, council_with, settings_for

ADMINISTRATOR = "administrator@council.example"
ALARM, MESSAGE = table(AlarmRow), table(MessageRow)
_numbers = itertools.count(1)


@contextmanager
def watched_council(
    url: str, folder: Path, *, administrator: str = ADMINISTRATOR, environment: str = "production", **more: Any
) -> Iterator[Council]:
    """A council whose clocks were just looked at. It has no way to send mail, unless told of one."""
    settings = settings_for(url, folder, **more).model_copy(update={"environment": environment})
    with council_with(settings) as council:
        if administrator:
            name_administrator(council, administrator)
        ticked(council)
        yield council


def name_administrator(council: Council, address: str) -> None:
    with council.writing() as db:
        people.put_posts(db, "", {"administrator": address} if address else {})


def ticked(council: Council) -> None:
    """As if a tick had just run well, and had nothing to do."""
    with council.writing() as db:
        watch.note(db, watch.TICK, watch.SEND, now=clock.now())


def reports_were_made(council: Council) -> None:
    """As if every report of the real timetable had been made when it was due."""
    now = clock.now()
    with council.writing() as db:
        for one in timings():
            slot = latest_slot(one, now)
            jobs.claim(db, one.name, slot, now=now)
            jobs.finish(db, one.name, slot, now=now)


def check(council: Council, wall: Wall, jobs: Sequence[Any] = ()) -> Answer:
    """The next self-check, after a tick that ran well."""
    wall.now += SELF_CHECK.every
    ticked(council)
    answer = check_itself(council, jobs, now=wall.now)
    assert answer is not None, "a self-check is due after each interval"
    return answer


def found(answer: Answer | None) -> set[str]:
    """The ids of what was found, but for what a council with no mail server always has."""
    assert answer is not None
    return {one.finding.id for one in answer.found} - {"setup.mail"}


def arrive(council: Council, wall: Wall, source: str = "case-system") -> None:
    """One event comes in, as the clock on the wall stands."""
    number = next(_numbers)
    day = clock.local(wall.now).date() - timedelta(days=1)
    send(council, document("subject.registered", f"s-{number}", f"n-{number}", day, source=source))


def nightly(council: Council, wall: Wall, first: date, last: date, *, source: str = "case-system") -> None:
    """An event at two o'clock in the night before each working day from one day to another."""
    on = first
    while on <= last:
        if council.calendar.is_working(on):
            wall.now = datetime.combine(on, datetime.min.time(), clock.LOCAL).astimezone(UTC) + timedelta(hours=2)
            arrive(council, wall, source)
        on += timedelta(days=1)


def at(council: Council, wall: Wall, local: str) -> datetime:
    """Puts the clock on the wall to a local moment, with a tick that has just run."""
    wall.now = datetime.fromisoformat(local).replace(tzinfo=clock.LOCAL).astimezone(UTC)
    ticked(council)
    return wall.now


def alarm_mails(council: Council) -> list[Any]:
    """The mails to the administrator, first to last."""
    with council.reading() as db:
        return list(db.execute(select(MESSAGE).where(MESSAGE.c.kind == "alarm").order_by(MESSAGE.c.seq)))


class Outside(ThreadingHTTPServer):
    """A service that waits for a heartbeat. ``answers`` are given first, then 200; ``asked`` is what came.

    While it ``is_slow`` it takes a request and does not answer it until it is told to end.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.answers: list[int] = []
        self.is_slow = False
        self.is_ending = threading.Event()
        self.asked: list[tuple[str, str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ping/secret-4711"


class _Taking(BaseHTTPRequestHandler):
    server: Outside

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.asked.append((self.command, self.path, self.rfile.read(length)))
        if self.server.is_slow:
            self.server.is_ending.wait(30)
            return
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", f"{self.path}/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def outside() -> Iterator[Outside]:
    """A server on the loopback address that takes heartbeats."""
    with Outside() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.is_ending.set()
            server.shutdown()
            thread.join()
