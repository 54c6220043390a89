"""A whole council: a million events of some forty thousand children, loaded, recomputed, and one event of one of them.

`python -m tests.bench council 50000` is the same for fewer. Loading and recomputing are the commands that anybody would
run, their start included; memory is the sum of what all their processes hold.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import psutil
from sqlalchemy import insert, select

from rules import evaluate
from rules.model import Event
from service import door, flow
from service.council import Council, open_council
from service.settings import Settings
from service.store import ranges
from service.store.events import EVENT
from service.store.session import migrate, open_store, reading, writing
from tests.bench.facts import ROOM, timed
from tests.bench.lives import lines, long_history

EVENTS = 1_000_000
AUTHORITY = "southend"
_HISTORY = 100
_LAST = 40
_A_THOUSAND = 1_000
_MIB = 1 << 20


def run(count: int = EVENTS) -> None:
    """Prints events a second in and again, what only inserting and only reading them takes, memory, and one event."""
    with tempfile.TemporaryDirectory(dir=ROOM) as folder:
        here = Path(folder)
        file = here / "council.ndjson"
        council = open_council(Settings(data_dir=here, authority=AUTHORITY), demonstrate=True)
        law = council.law
        enabled = sum(timescale.is_enabled for timescale in law.timescales.values())
        made = timed(lambda: _write(file, count))
        print(f"{law.title}: {enabled} timescales in force; {count:,} events made in {made:.1f} s", flush=True)
        _load(council, file, count)
        _recompute(council)
        _one_event(council)
        council.engine.dispose()


def _write(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines(count, ends_on=date.today()))


def _load(council: Council, file: Path, count: int) -> None:
    took = command(council, "import", "events", str(file))
    bare = _bare_inserts(council, file.parent / "bare.db")
    ours = count / took.seconds
    print(
        f"load: {_words(took)}: {ours:,.0f} events/s (goal 10,000); bare inserts of the same rows, a thousand a "
        f"transaction: {bare:,.0f}/s; ratio {ours / bare:.2f}",
        flush=True,
    )


def _recompute(council: Council) -> None:
    runs = [command(council, "recompute", "--check") for _ in range(3)]
    alone = command(council, "recompute", "--check", "--processes", "1")
    took = statistics.median_low(runs)
    counts: list[int] = []
    only = timed(lambda: counts.extend(_only_read(council)))
    events, clocks = counts
    print(
        f"recompute: {events:,} events → {clocks:,} clocks compared: {_words(took)}: {events / took.seconds:,.0f} "
        f"events/s (goals 20 s for a million, 1,024 MiB)\n  in one process: {_words(alone)}; only reading events and "
        f"clocks, in one: {only:.1f} s; ratio {only / took.seconds:.2f}",
        flush=True,
    )


def _words(took: Took) -> str:
    return f"{took.seconds:.1f} s ({took.processor:.1f} s of processor, {took.memory:,.0f} MiB)"


def _one_event(council: Council) -> None:
    """The last events of a long history, each evaluated as it comes in, and taken in durably."""
    now = datetime.now(UTC)
    sent = [door.read_event(line.encode(), now=now) for line in long_history(_HISTORY, ends_on=date.today())]
    history = [event for event in sent if isinstance(event, Event)]
    law = council.law
    touched, whole, taken = [], [], []
    for nth in range(len(history) - _LAST, len(history)):
        upto, event = history[: nth + 1], history[nth]
        measures = law.touched_by({event.type})
        touched += [timed(lambda: evaluate(upto, law, measures)) for _ in range(9)]  # noqa: B023 - called at once
        whole += [timed(lambda: evaluate(upto, law)) for _ in range(9)]  # noqa: B023
    flow.receive(council, history[:-_LAST], actor="bench")
    for event in history[-_LAST:]:
        taken.append(timed(lambda: flow.receive(council, [event], actor="bench")))  # noqa: B023
    print(f"one event in a history of {len(history)}, everything in force (goal 1 ms to evaluate again):")
    for name, times in (("the timescales it touches", touched), ("every timescale", whole), ("in, durably", taken)):
        print(f"  {name}: median {_ms(times, 50)} ms, 95th percentile {_ms(times, 95)} ms", flush=True)


def _ms(times: Sequence[float], percent: int) -> str:
    return f"{statistics.quantiles(times, n=100, method='inclusive')[percent - 1] * 1e3:.2f}"


class Took(NamedTuple):
    """Seconds a command took, seconds of processor that it and what it started used, and the most MiB they held."""

    seconds: float
    processor: float
    memory: float


def command(council: Council, *words: str) -> Took:
    program = "from service.cli import main; main()"
    own = {"TIMESCALES_DATA_DIR": str(council.settings.data_dir), "TIMESCALES_DATABASE_URL": council.settings.store_url}
    environment = {**os.environ, **own}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen([sys.executable, "-c", program, *words], env=environment, stdout=said, stderr=said)
        most = 0
        while process.poll() is None:
            most = max(most, _resident(process))
            time.sleep(0.05)
        took = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}: {said.read().decode()[-2_000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most / _MIB)


def _resident(process: psutil.Popen) -> int:
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue  # ended between the look and the question
    return total


def _bare_inserts(council: Council, file: Path) -> float:
    """The same rows into the same tables, and nothing else: a second."""
    migrate(f"sqlite:///{file}")
    bare = open_store(f"sqlite:///{file}")
    took, count = 0.0, 0
    with reading(council.engine) as db:
        for rows in db.execute(select(EVENT).order_by(EVENT.c.seq)).mappings().partitions(_A_THOUSAND):
            values = [dict(row) for row in rows]
            start = time.perf_counter()
            with writing(bare) as into:
                into.execute(insert(EVENT), values)
            took += time.perf_counter() - start
            count += len(values)
    bare.dispose()
    return count / took


def _only_read(council: Council) -> tuple[int, int]:
    events = clocks = 0
    with council.reading() as db:
        for one in ranges.ranges(db, 5_000):
            found = ranges.contents(db, one)
            events += sum(map(len, found.histories.values()))
            clocks += sum(map(len, found.clocks.values()))
    return events, clocks
