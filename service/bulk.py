"""Many events, a batch at a time, each batch durable before the next is read: constant memory, whatever the size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rules.model import Event
from service import clock, door, flow
from service.council import Council
from service.door import Line, Refusal

LINES_AT_A_TIME = 1_000
_BYTES_AT_A_TIME = 1 << 22

SAME_ID = Refusal(
    422,
    "same-id-other-content",
    "This id stands for another event",
    "an event with this source and id is stored with other content, and stored events are never changed",
    "/id",
    "send a correction under a new id, with data.supersedes naming this one",
)


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


def batches(waiting: list[Line], *, is_over: bool) -> Iterator[list[Line]]:
    """Takes whole batches off ``waiting``, by number of lines or bytes; when it ``is_over``, what is left too."""
    while waiting and (is_over or len(waiting) >= LINES_AT_A_TIME or _bytes(waiting) >= _BYTES_AT_A_TIME):
        batch = waiting[:LINES_AT_A_TIME]
        del waiting[:LINES_AT_A_TIME]
        yield batch


def _bytes(lines: Sequence[Line]) -> int:
    return sum(len(line.body) for line in lines if line.body is not None)


def take_lines(council: Council, lines: Sequence[Line], *, actor: str, totals: Totals) -> None:
    """Takes one batch of lines through the front door and the flow, in one transaction, and adds it to the totals."""
    now = clock.now()
    read = [(line.number, door.read_line(line, now=now)) for line in lines]
    take(council, read, actor=actor, totals=totals)
    if lines:
        totals.last_durable_line = lines[-1].number


def take(council: Council, read: Iterable[tuple[int, Event | Refusal]], *, actor: str, totals: Totals) -> None:
    """The same for what was read already, each with its number."""
    good: list[tuple[int, Event]] = []
    refusals: list[tuple[int, Refusal]] = []
    for number, one in read:
        if isinstance(one, Refusal):
            refusals.append((number, one))
        else:
            good.append((number, one))
    receipts = flow.receive(council, [event for _number, event in good], actor=actor) if good else []
    for (number, _event), receipt in zip(good, receipts, strict=True):
        if receipt.standing == flow.CONFLICT:
            refusals.append((number, SAME_ID))
        elif receipt.standing == flow.NEW:
            totals.new += 1
            totals.clocks_changed += len(receipt.notes)
        else:
            totals.repeated += 1
    totals.refused += len(refusals)
    totals.refusals = sorted(refusals)
