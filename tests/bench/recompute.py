"""Every history evaluated again and compared with the stored clocks, against only reading both."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from service import door, flow
from service.council import Council, open_council
from service.settings import Settings
from service.store import ranges
from tests.bench.events import documents
from tests.bench.facts import ROOM, best, timed

_EVENTS = 60_000
_BATCH = 5_000


def run() -> None:
    """Prints events a second, and the share that only reading them takes."""
    with tempfile.TemporaryDirectory(dir=ROOM) as folder:
        council = open_council(Settings(data_dir=Path(folder), authority="england"))
        _fill(council)
        again = best(lambda: timed(lambda: flow.recompute(council, actor="bench", check=True, processes=1)), 3)
        only = best(lambda: timed(lambda: _only_read(council)), 3)
        done = flow.recompute(council, actor="bench", check=True, processes=1)
        assert not done.changes, "the stored clocks are not those computed from the events"
        council.engine.dispose()
    print(
        f"{done.events:,} events → {done.clocks:,} clocks recomputed and compared: "
        f"{done.events / again:,.0f} events/s; only reading them: {done.events / only:,.0f}/s; ratio {only / again:.2f}"
    )


def _fill(council: Council) -> None:
    sent = documents(_EVENTS, ends_on=date.today())
    now = datetime.now(UTC)
    for start in range(0, len(sent), _BATCH):
        batch = [door.read_document(one, now=now) for one in sent[start : start + _BATCH]]
        flow.receive(council, batch, actor="bench")  # type: ignore[arg-type]


def _only_read(council: Council) -> None:
    with council.reading() as db:
        for one in ranges.ranges(db, _BATCH):
            ranges.contents(db, one)
