"""The account of a return: every row, every event, what is wrong in it, and where its own dates differ from ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from rules.model import Event
from service.door import Refusal
from service.feeds.facts import Row
from service.spreadsheets import as_csv_text


class Flaw(NamedTuple):
    """Something of a row that was refused, or that cannot be true."""

    line: int
    module: str
    child: str
    kind: str
    column: str
    reason: str
    fix: str


class Disagreement(NamedTuple):
    """Where the source's own due date is not what the law gives. ``working_days``: from theirs to ours."""

    child: str
    key: str
    timescale: str
    theirs_on: date
    ours_on: date
    working_days: int | None


@dataclass(slots=True)
class Taken:
    """What became of a return. ``rows`` is always ``whole + with_problem + refused``."""

    rows: int = 0
    whole: int = 0
    with_problem: int = 0
    refused: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    clocks_changed: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    doubt: str = ""
    """Why nothing was withdrawn though the return claims to be complete."""

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name, as they are printed."""
        names = ("rows", "whole", "with_problem", "refused", "new", "corrected", "unchanged", "withdrawn")
        found = {name: getattr(self, name) for name in (*names, "clocks_changed")}
        return found | {"disagreements": len(self.disagreements)}

    def account(self, row: Row, refusals: Sequence[Refusal]) -> None:
        """Each row is one of three things: refused, taken with something that cannot be true, or taken whole.

        ``refusals``: why the front door turned facts of it away.
        """
        self.rows += 1
        said = len(row.facts) + len(row.troubles)
        is_refused = row.refused is not None or bool(refusals and len(refusals) == said)
        self.flaws += _flaws(row, refusals)
        self.refused += is_refused
        self.with_problem += not is_refused and bool(row.troubles or refusals)
        self.whole += not is_refused and not row.troubles and not refusals

    def account_for_standing(self, event: Event | None, refusal: Refusal) -> None:
        """What is gone from the return and could not be withdrawn: it has no line any more."""
        if event is not None:
            place = (0, event.type, event.subject)
            self.flaws.append(Flaw(*place, "not withdrawn", refusal.pointer, refusal.detail, refusal.fix))


def child_of(row: Row) -> str:
    """Whom a row is about; empty where it names nobody."""
    if row.facts:
        return row.facts[0].subject
    return row.troubles[0].subject if row.troubles else row.subject or ""


def words_of(taken: Taken) -> Iterator[str]:
    """The totals, in sentences."""
    yield (
        f"{taken.rows:,} rows: {taken.whole:,} taken whole, {taken.with_problem:,} with something that cannot be true, "
        f"{taken.refused:,} refused"
    )
    yield (
        f"{taken.new:,} new events, {taken.corrected:,} corrections, {taken.withdrawn:,} withdrawn, "
        f"{taken.unchanged:,} as sent before; {taken.clocks_changed:,} changes of clocks"
    )
    if taken.doubt:
        yield taken.doubt
    if taken.disagreements:
        yield f"{len(taken.disagreements):,} due dates of the source's own are not what the law gives; ours are used"


def write_papers(taken: Taken, beside: Path) -> list[Path]:
    """Writes what was refused or cannot be true, and where the dates differ, beside the file; gives those written."""
    if beside.name in ("", ".."):  # a folder that was given as where one stands: it has no name to add to
        beside = beside.resolve()
    problems = beside.with_name(f"{beside.name}.problems.csv")
    differences = beside.with_name(f"{beside.name}.disagreements.csv")
    written = []
    for path, header, rows in (
        (problems, Flaw._fields, taken.flaws),
        (differences, Disagreement._fields, taken.disagreements),
    ):
        if rows:
            path.write_text(as_csv_text(header, rows), "utf-8", newline="")
            written.append(path)
        else:
            path.unlink(missing_ok=True)  # what an earlier import of this file found, and is no longer so
    return written


def _flaws(row: Row, refusals: Sequence[Refusal]) -> Iterator[Flaw]:
    place = (row.line, row.module, child_of(row))
    if row.refused is not None:
        yield Flaw(*place, "refused", *row.refused)
    for refusal in refusals:
        yield Flaw(*place, "refused", refusal.pointer, refusal.detail, refusal.fix)
    for one in row.troubles:
        yield Flaw(*place, "cannot be true", one.column, one.reason, one.fix)
