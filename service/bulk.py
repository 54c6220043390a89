"""Many events, a batch at a time, each batch durable before the next is read: constant memory, whatever the size."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rules.model import Event
from service import clock, door, flow
from service.council import Council
from service.door import Line, Refusal
from service.spreadsheets import as_csv_text

LINES_AT_A_TIME = 4_000
"""Each batch writes much of the indexes again: by 1,000, a store of a million events takes half as long again to fill.
Whoever else writes to an SQLite file meanwhile waits for one batch, some half a second."""
_BYTES_AT_A_TIME = 1 << 22
_CHUNK = 1 << 20

SAME_ID = Refusal(
    422,
    "same-id-other-content",
    "This id stands for another event",
    "an event with this source and id is stored with other content, and stored events are never changed",
    "/id",
    "send a correction under a new id, with data.supersedes naming this one",
)
SUBJECT_ERASED = Refusal(
    410,
    "subject-erased",
    "Whoever it is about was erased here",
    "what was kept of this subject was erased, so nothing that happened before is taken again",
    "/subject",
    "send it no more; where the subject is known to the authority again, ask for `timescales retention reopen`",
)
WHY_REFUSED = {flow.CONFLICT: SAME_ID, flow.ERASED: SUBJECT_ERASED}
"""The refusal that a receipt stands for."""


@dataclass(slots=True)
class Totals:
    """What became of the lines so far. ``last_durable_line`` is the last one whose event, if it had one, is stored."""

    new: int = 0
    repeated: int = 0
    refused: int = 0
    clocks_changed: int = 0
    last_durable_line: int = 0
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)
    """The refusals of the last batch taken, by line."""


def batches_of(path: Path) -> Iterator[tuple[list[Line], int]]:
    """The lines of a file, a batch at a time, each with how many bytes of the file have been read by then."""
    splitter = door.LineSplitter()
    waiting: list[Line] = []
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            waiting += splitter.feed(chunk)
            for batch in batches(waiting, is_over=False):
                yield batch, file.tell()
        waiting += splitter.finish()
        for batch in batches(waiting, is_over=True):
            yield batch, file.tell()


def batches(waiting: list[Line], *, is_over: bool) -> Iterator[list[Line]]:
    """Takes whole batches off ``waiting``, by number of lines or bytes; when it ``is_over``, what is left too."""
    while waiting and (is_over or len(waiting) >= LINES_AT_A_TIME or _bytes(waiting) >= _BYTES_AT_A_TIME):
        batch = waiting[:LINES_AT_A_TIME]
        del waiting[:LINES_AT_A_TIME]
        yield batch


def _bytes(lines: Sequence[Line]) -> int:
    return sum(len(line.body) for line in lines if line.body is not None)


@contextmanager
def _without_looking_for_rings() -> Iterator[None]:
    """A batch makes many objects and hardly a ring of them: looking for rings meanwhile takes a tenth of the time."""
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()


def refusals_as_csv(refusals: Iterable[tuple[int, Refusal]]) -> str:
    """What was refused, by line: for whoever mends it."""
    rows = ((line, one.type, one.pointer, one.detail, one.fix) for line, one in refusals)
    return as_csv_text(("line", "type", "pointer", "detail", "fix"), rows)


@_without_looking_for_rings()
def take_lines(council: Council, lines: Sequence[Line], *, actor: str, totals: Totals, origin: str = "") -> None:
    """Takes one batch of lines through the front door and the flow, in one transaction, and adds it to the totals."""
    now = clock.now()
    read = [(line.number, door.read_line(line, now=now)) for line in lines]
    take(council, read, actor=actor, totals=totals, origin=origin)
    if lines:
        totals.last_durable_line = lines[-1].number


@_without_looking_for_rings()
def take(
    council: Council, read: Iterable[tuple[int, Event | Refusal]], *, actor: str, totals: Totals, origin: str = ""
) -> None:
    """The same for what was read already, each with its number."""
    good: list[tuple[int, Event]] = []
    refusals: list[tuple[int, Refusal]] = []
    for number, one in read:
        if isinstance(one, Refusal):
            refusals.append((number, one))
        else:
            good.append((number, one))
    receipts = flow.receive(council, [event for _number, event in good], actor=actor, origin=origin) if good else []
    for (number, _event), receipt in zip(good, receipts, strict=True):
        if receipt.standing in WHY_REFUSED:
            refusals.append((number, WHY_REFUSED[receipt.standing]))
        elif receipt.standing == flow.NEW:
            totals.new += 1
            totals.clocks_changed += len(receipt.notes)
        else:
            totals.repeated += 1
    totals.refused += len(refusals)
    totals.refusals = sorted(refusals)
