"""Every history evaluated afresh and compared with what is stored, by several processes where that pays.

1. The store stands still, as one transaction sees it, until the comparison is over: on PostgreSQL the processes read at
   its exported snapshot; on SQLite it holds the lock that keeps writers out and lets readers in.
2. The subjects are cut into shares: ranges of those that nothing ties to another, and the groups that belong together.
3. Each process reads a share, evaluates it, and hands back what differs from the store, packed: most often nothing.

Nothing is written here. A process that fails or dies fails the whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager

from sqlalchemy import Connection

from service.council import Council
from service.errors import NotReady
from service.recomputing.comparing import Found, Share, compared
from service.recomputing.processes import Task, in_processes
from service.store import ranges
from service.store.session import hold_everything, moment

__all__ = ["WORTH_PROCESSES", "Found", "Told", "compare", "cores", "processes_for", "standing_still"]

Told = Callable[[int, int], None]
"""Is told how many events have been compared, of how many."""

WORTH_PROCESSES = 60_000
"""Events below which starting processes takes longer than they save."""
_MOST_PROCESSES = 8
"""Each needs some 100 MB, and all of them together should need less than one."""
_EVENTS_A_SHARE = 5_000
_GROUPS_A_SHARE = 200


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes_for(council: Council) -> int:
    """How many processes to compare the council's store with: one where it is small."""
    with council.reading() as db:
        is_small = ranges.newest(db) < WORTH_PROCESSES
    return 1 if is_small else min(cores(), _MOST_PROCESSES)


@contextmanager
def standing_still(council: Council, *, processes: int, check: bool) -> Iterator[Connection]:
    """A transaction in which the store is as it was at one moment, for these processes too; a writing one to write in.

    To ``check`` on SQLite with more than one process, the lock that writers take is held, and nothing is written: a
    long read would keep them from committing just as long, and whoever wants to read then waits for them.
    """
    if check and (processes == 1 or council.engine.dialect.name != "sqlite"):
        with council.reading() as db:
            yield db
    else:
        with council.writing() as db:
            if not check:
                hold_everything(db)
            yield db


def compare(council: Council, db: Connection, *, processes: int, told: Told) -> list[Found]:
    """Compares everything, in the transaction that stands still. Raises NotReady where a process was lost."""
    total = ranges.how_many(db)
    groups = [frozenset(group) for group in ranges.groups(db)]
    linked = frozenset().union(*groups)
    shares: list[Share] = list(ranges.ranges(db, max(1, min(_EVENTS_A_SHARE, total // (4 * processes)))))
    shares += [tuple(groups[start : start + _GROUPS_A_SHARE]) for start in range(0, len(groups), _GROUPS_A_SHARE)]
    if processes == 1:
        results: Generator[Found, None, None] = (compared(db, council.law, linked, share) for share in shares)
    else:
        results = _by_processes(council, db, linked, shares, processes)
    found: list[Found] = []
    done = 0
    with closing(results):
        for one in results:
            found.append(one)
            done += one.events
            told(done, total)
    if done != total:  # a process that read another database, or another moment
        raise NotReady(f"of {total:,} events {done:,} were read", fix="nothing was changed: run it again")
    return found


def _by_processes(
    council: Council, db: Connection, linked: frozenset[str], shares: Sequence[Share], processes: int
) -> Generator[Found, None, None]:
    url = council.engine.url.render_as_string(hide_password=False)
    return in_processes(Task(url, moment(db), council.law, linked, council.settings.log_level), shares, processes)
