"""What telling costs: a tick with nothing due beside a million clocks, and a morning with five thousand alerts due.

The ceiling of a tick is the bare question whether anything is due; that of a morning, the same messages handed to the
same mail server and nothing else. `python -m tests.bench telling 50000` is the same beside fewer clocks.
"""

from __future__ import annotations

import smtplib
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text

from service import clock, flow
from service.council import Council, open_council
from service.settings import Settings
from service.store import people
from service.store.tables import AlertRow, table
from service.store.telling import messages
from tests.bench.facts import ROOM, timed
from tests.postgres import temporary_server
from tests.service.mail_cast import Wall
from tests.service.mail_room import Authority, MailServer

CLOCKS = 1_000_000
DUE = 5_000
TEAMS = 200
_TICKS = 60
_MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # a Tuesday: no weekly digest
_DUE_ON, _LATER = date(2026, 3, 2), date(2026, 6, 1)
_COLUMNS = (
    "id, timescale, measure, subject, team, started_on, started_source, started_id, counted_from_on, "
    "due_on, version_on, is_provisional, flags"
)
_ROWS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)",
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(:first, :last) AS n)",
}
_ID = {"sqlite": "printf('%020x', n)", "postgresql": "lpad(to_hex(n), 20, '0')"}


def run(clocks: int = CLOCKS) -> None:
    """Prints both, on SQLite and on PostgreSQL."""
    with tempfile.TemporaryDirectory(dir=ROOM) as folder, _mail(Path(folder)) as (server, authority):
        for kind in ("sqlite", "postgresql"):
            here = Path(folder) / kind
            if kind == "sqlite":
                _measure(f"sqlite:///{here}.db", here, clocks, server, authority)
            else:
                with temporary_server() as url:
                    _measure(url, here, clocks, server, authority)


@contextmanager
def _mail(folder: Path) -> Iterator[tuple[MailServer, Authority]]:
    authority = Authority(folder / "certificates")
    with MailServer(authority, tls="none") as server:
        yield server, authority


def _measure(url: str, folder: Path, clocks: int, server: MailServer, authority: Authority) -> None:
    settings = Settings(
        database_url=url,
        data_dir=folder,
        alerts_from=date(2026, 1, 1),
        environment="production",
        mail_domains="council.example",
        mail_from="timescales@council.example",
        smtp_url=server.url,
    )
    wall = Wall(_MORNING)
    with clock.substitute(wall):
        council = open_council(settings)
        made = timed(lambda: _fill(council, clocks))
        print(f"{council.engine.dialect.name}: {clocks:,} clocks that run, made in {made:.0f} s", flush=True)
        _tick(council)
        _morning(council, server)
        council.engine.dispose()


def _fill(council: Council, clocks: int) -> None:
    with council.writing() as db:
        for nth in range(TEAMS):
            people.put_team(db, f"team-{nth}", f"Team {nth}", None, {"team-manager": f"team-{nth}@council.example"})
    _put(council, 1, clocks - DUE, _LATER, datetime(2026, 5, 20, 7, 30, tzinfo=UTC))
    _put(council, clocks - DUE + 1, clocks, _DUE_ON, _MORNING + timedelta(hours=1))


def _put(council: Council, first: int, last: int, due_on: date, send_at: datetime) -> None:
    """Clocks that run, each with the next rung of its ladder waiting."""
    kind = council.engine.dialect.name
    team = f"'team-' || (n % {TEAMS})"
    moment = "%Y-%m-%d %H:%M:%S.%f" if kind == "sqlite" else "%Y-%m-%d %H:%M:%S+00"
    step = "breach" if due_on == _DUE_ON else "first-warning"
    with council.writing() as db:
        db.execute(
            text(
                f"{_ROWS[kind]} INSERT INTO clock ({_COLUMNS}) SELECT {_ID[kind]}, 'single-assessment', 'duty', "
                f"'child-' || n, {team}, '2026-01-05', 'case-system', 'e-' || n, '2026-01-05', '{due_on}', "
                "'2013-04-15', false, '[]' FROM numbers"
            ),
            {"first": first, "last": last},
        )
        db.execute(
            text(
                f"{_ROWS[kind]} INSERT INTO alert (clock_id, step, due_on, post, team, timescale, send_at, state, "
                f"planned_at) SELECT {_ID[kind]}, '{step}', '{due_on}', 'team-manager', {team}, 'single-assessment', "
                f"'{send_at.strftime(moment)}', 'planned', '{_MORNING.strftime(moment)}' FROM numbers"
            ),
            {"first": first, "last": last},
        )
    with council.engine.connect() as db:
        db.execute(text("ANALYZE"))
        db.commit()


def _tick(council: Council) -> None:
    flow.send_due(council, now=_MORNING)
    ours = [timed(lambda: flow.send_due(council, now=_MORNING)) for _ in range(_TICKS)]
    bare = [timed(lambda: _is_anything_due(council)) for _ in range(_TICKS)]
    ratio = statistics.median(bare) / statistics.median(ours)
    print(
        f"  a tick with nothing due: median {_ms(ours)} ms, worst of {_TICKS} {max(ours) * 1e3:.1f} ms (goal 10 ms); "
        f"the bare question {_ms(bare)} ms; ratio {ratio:.2f}",
        flush=True,
    )


def _is_anything_due(council: Council) -> None:
    alert = table(AlertRow)
    with council.writing() as db:
        db.execute(select(alert.c.seq).where(alert.c.state == "planned", alert.c.send_at <= _MORNING).limit(1)).first()


def _morning(council: Council, server: MailServer) -> None:
    server.letters.clear()
    came_to: list[flow.Sent] = []
    now = _MORNING + timedelta(hours=2)
    took = timed(lambda: came_to.append(flow.send_due(council, now=now)))
    assert came_to[0].sent == TEAMS, "one digest a reader"
    overdue = sum(int(str(letter["Subject"]).split()[0]) for letter in server.letters)
    assert overdue == DUE, "the digests tell of every alert that was due"
    with council.reading() as db:
        letters = messages.newest(db, limit=TEAMS)
    bare = timed(lambda: _only_send(server, letters))
    print(
        f"  {DUE:,} alerts due → {TEAMS} digests, sent and marked: {took:.1f} s (goal 60 s); only handing them over "
        f"to that mail server: {bare:.1f} s; ratio {bare / took:.2f}",
        flush=True,
    )


def _only_send(server: MailServer, letters: list[messages.Message]) -> None:
    for letter in letters:
        with smtplib.SMTP("localhost", server.port, "bench", timeout=30) as smtp:
            smtp.sendmail("timescales@council.example", letter.address, f"Subject: x\n\n{letter.text}".encode())


def _ms(times: list[float]) -> str:
    return f"{statistics.median(times) * 1e3:.2f}"
