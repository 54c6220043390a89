"""Processes that compare shares of the store, each over a connection of its own.

They are programs started afresh, spoken to through their standard input and output. A copy of this process would have
our connection and its locks, and close them; and what comes with Python for starting others waits for ever where one is
killed before it has read what it was given. One that loses us reads the end of its input, and ends.
"""

from __future__ import annotations

import copyreg
import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any, NamedTuple

import structlog

from rules import Law
from service.errors import NotReady, ServiceError, told_of
from service.logs import configure
from service.recomputing.comparing import Found, Share, compared
from service.store.session import open_store, reading

log = structlog.get_logger()

_PROGRAM = "from service.recomputing.processes import serve; serve()"
_TO_END_S = 10


class Task(NamedTuple):
    """What every process is given once. ``at``: the moment that all of them read, where the database names it."""

    url: str
    at: str | None
    law: Law
    linked: frozenset[str]
    log_level: str


def in_processes(task: Task, shares: Sequence[Share], processes: int) -> Generator[Found, None, None]:
    """Each share compared by one of the processes, in the order of the shares; all have ended when this has.

    Raises NotReady where one of them failed or was lost.
    """
    crew = [_Process(task) for _ in range(min(processes, len(shares)))]
    idle: SimpleQueue[_Process] = SimpleQueue()
    for one in crew:
        idle.put(one)

    def compare(share: Share) -> Found:
        process = idle.get()
        try:
            return process.compare(share)
        finally:
            idle.put(process)

    threads = ThreadPoolExecutor(len(crew))
    try:
        yield from threads.map(compare, shares)
    except BaseException:
        for one in crew:
            one.program.kill()  # before the threads are waited for: each waits for its answer
        raise
    finally:
        threads.shutdown(cancel_futures=True)
        for one in crew:
            one.end()


class _Process:
    """One of them, as it is spoken to."""

    def __init__(self, task: Task) -> None:
        self.task: Task | None = task
        self.program = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # the packages that are used here
        )

    def compare(self, share: Share) -> Found:
        said, heard = self.program.stdin, self.program.stdout
        assert said is not None
        assert heard is not None
        try:
            if self.task is not None:
                pickle.dump(self.task, said)
                self.task = None
            pickle.dump(share, said)
            said.flush()
            found: Found = pickle.load(heard)  # noqa: S301 - from ourselves
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as lost:
            raise NotReady(
                "a process that compared the clocks failed or was lost, and nothing was changed",
                fix="where the log says nothing of it, it was killed: run it again (--processes 1 needs less memory)",
            ) from lost
        return found

    def end(self) -> None:
        try:
            self.program.communicate(timeout=_TO_END_S)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.communicate()


def serve() -> None:
    """What such a process does: is given its task, and then answers each share until there are no more."""
    heard, said = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed must not be taken for an answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us all; the one that asked sees to it
    gc.disable()  # hardly anything goes round in circles, and looking for it takes as long as evaluating
    task: Task = pickle.load(heard)  # noqa: S301 - from ourselves
    configure(task.log_level)
    engine = open_store(task.url)
    try:
        while True:
            try:
                share: Share = pickle.load(heard)  # noqa: S301
            except EOFError:
                return
            with reading(engine, at=task.at) as db:
                found = compared(db, task.law, task.linked, share)
            pickle.dump(found, said)
            said.flush()
    except BrokenPipeError:
        return  # whoever asked is gone
    except Exception as defect:
        words = str(defect) if isinstance(defect, ServiceError) else ""  # another's might quote what it read
        log.error("a share of the store could not be compared", words=words, **told_of(defect))
        sys.exit(1)
    finally:
        engine.dispose()


def _view(table: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(table)  # by a name of our own: the type's is not where pickle looks for it


# The law has some, and goes to the processes as it is here, not as the packs stand by then.
copyreg.pickle(MappingProxyType, lambda view: (_view, (dict(view),)))
