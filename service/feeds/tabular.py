"""What readers of tables share: cells as days and references, rows brought together by child, a row in the making."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from rules.catalogue import REGISTERED
from service.feeds.days import NOT_A_DATE, NOTHING, Day, read_day, why_wrong
from service.feeds.facts import Fact, Refused, Row, Trouble
from service.feeds.rows import (
    IN_THE_CASE_SYSTEM,
    LONGEST_BEFORE_BIRTH,
    SEND_AGAIN,
    labelled,
    reference_in,
    shown,
    why_too_early,
)

_TOML = tomllib.loads(Path(__file__).with_name("tabular.toml").read_text("utf-8"))
_NOTHING = frozenset(_TOML["nothing"])
_MONTHS: Mapping[str, int] = {name: number for number, name in enumerate(_TOML["months"], start=1)}

# Day before month, always: no return writes the month first, and a guess that changes with the day would be worse.
_is_day_first = re.compile(
    r"(\d{1,2})[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ](\d{4})(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?", re.ASCII
).fullmatch
_is_whole = re.compile(r"(-?\d+)\.0+", re.ASCII).fullmatch


class Line(NamedTuple):
    """A row as it stands in its table: where, and its cells by column. ``is_ragged``: cells and headings differ."""

    line: int
    cells: Mapping[str, object]
    is_ragged: bool = False


def text_of(cell: object) -> str:
    """A cell as text: without the spaces around it, and empty where it says that nothing is there."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    text = " ".join(str(cell).split())
    return "" if text.lower() in _NOTHING else text


def day_of(cell: object, today: date, *, may_come: bool = False) -> Day:
    """The day in a cell: a spreadsheet's date, YYYY-MM-DD, or day first. ``may_come``: it may lie in the future."""
    text = text_of(cell)
    found = _is_day_first(text)
    if not text:
        return NOTHING
    if found is None:
        return read_day(text, today, may_come=may_come)
    day, month, year = found.groups()
    number = int(month) if month.isdigit() else _MONTHS.get(month[:3].lower(), 0)
    try:
        written = date(int(year), number, int(day))
    except ValueError:
        return Day(text, None, NOT_A_DATE)
    return read_day(written.isoformat(), today, may_come=may_come)._replace(text=text)


def reference_of(cell: object, column: str) -> str | Refused:
    """The child's reference in a cell, or why it is none."""
    text = text_of(cell)
    whole = _is_whole(text)  # a spreadsheet's 123456.0
    return reference_in(whole[1] if whole else text, column)


class Draft:
    """A row in the making. Ask it for facts and troubles, then for the row. ``subject`` is empty where no child is."""

    def __init__(self, line: int, module: str, subject: str) -> None:
        self.line, self.module, self.subject = line, module, subject
        self.facts: list[Fact] = []
        self.troubles: list[Trouble] = []
        self.refused: Refused | None = None

    def fact(self, label: str, type_: str, on: date, key: str | None, **data: object) -> None:
        """``label`` names, within the child, what the fact belongs to: with the type it is the fact's id."""
        id_ = f"{self.subject}/{label}/{type_}"
        self.facts.append(Fact(id_, type_, self.subject, on, key=key, data=data))

    def trouble(
        self, label: str, about: str, column: tuple[str, str], said: tuple[str, str, str], *, key: str | None
    ) -> None:
        """``column``: its name and what stands there; ``said``: a code for the id, the reason, the fix.

        The code never holds what stands in a cell: ids last, and are shown. ``key`` is that of the fact it would have
        been, so that the clock it would have moved is known to be in doubt.
        """
        (name, value), (code, reason, fix) = column, said
        id_ = f"{self.subject}/{label}/problem/{name.replace(' ', '-')}/{code}"
        if all(one.fact_id != id_ for one in self.troubles):
            self.troubles.append(Trouble(id_, self.subject, about, key, name, shown(value), reason, fix))

    def wrong(self, label: str, about: str, column: str, day: Day, *, key: str | None) -> None:
        """A trouble where a day cannot be right on its own."""
        if day.wrong:
            self.trouble(label, about, (column, day.text), (day.wrong, *why_wrong(column, day.wrong)), key=key)

    def too_early(self, label: str, about: str, later: tuple[str, Day], earlier: str, *, key: str | None) -> None:
        """A trouble where a day comes before one that it must follow."""
        column, day = later
        said = (f"before-{earlier.replace(' ', '-')}", *why_too_early(column, earlier))
        self.trouble(label, about, (column, day.text), said, key=key)

    def refuse(self, column: str, reason: str, fix: str) -> None:
        self.refused = Refused(column, reason, fix)

    def refuse_day(self, column: str, day: Day) -> None:
        """Nothing can be taken: the date by which the row is known is none."""
        reason = f"{column} is not a date that the calendar has" if day.text else f"{column} is empty"
        self.refuse(column, reason, f"record {column}, written as DD/MM/YYYY or YYYY-MM-DD, {SEND_AGAIN}")

    def row(self) -> Row:
        child = self.subject or None
        if self.refused:
            return Row(self.line, self.module, refused=self.refused, subject=child)
        is_silent = not self.facts and not self.troubles
        return Row(
            self.line, self.module, tuple(self.facts), tuple(self.troubles), subject=child if is_silent else None
        )


Drafted = tuple[Draft, Line]


def drafted(
    module: str, lines: Iterable[Line], column: str, called: str, *, is_of_children: bool = True
) -> list[Drafted]:
    """A draft for each row, refused already where the column that says whom it is about names nobody.

    ``called`` is that column's name in a message. A row that is not of a child has no subject.
    """
    made = []
    for line in lines:
        reference = reference_of(line.cells.get(column), called)
        subject = reference if isinstance(reference, str) and is_of_children else ""
        draft = Draft(line.line, module, subject)
        if isinstance(reference, Refused):
            draft.refused = reference
        made.append((draft, line))
    return made


def with_labels(drafts: Iterable[Drafted], column: str, called: str, today: date) -> Iterator[tuple[Draft, Line, str]]:
    """Each row that is not refused, with its name within the child: each child's rows in the order of their days.

    On one day by what else the row says, so that a place in the file decides nothing.
    """
    by_child: defaultdict[str, list[tuple[date | None, Draft, Line]]] = defaultdict(list)
    for draft, line in drafts:
        if draft.refused is None:
            by_child[draft.subject].append((day_of(line.cells.get(column), today).written, draft, line))
    for found in by_child.values():
        found.sort(
            key=lambda one: (one[0] or date.min, sorted((name, str(cell)) for name, cell in one[2].cells.items()))
        )
        labels = labelled((on for on, _draft, _line in found), called)
        yield from ((draft, line, label) for (_on, draft, line), label in zip(found, labels, strict=True))


def told_apart(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows, with a number after the id of a fact or trouble that stands in the return twice, word for word."""
    met: Counter[str] = Counter()

    def apart(id_: str) -> str:
        met[id_] += 1
        return id_ if met[id_] == 1 else f"{id_}-{met[id_]}"

    for row in rows:
        facts = tuple(fact._replace(id=apart(fact.id)) for fact in row.facts)
        troubles = tuple(trouble._replace(fact_id=apart(trouble.fact_id)) for trouble in row.troubles)
        yield row._replace(facts=facts, troubles=troubles)


class Births:
    """The dates of birth that a return gives each child: one, unless it contradicts itself."""

    def __init__(self) -> None:
        self._said: defaultdict[str, set[date]] = defaultdict(set)
        self._told: set[str] = set()

    def note(self, subject: str, day: Day) -> None:
        if day.on:
            self._said[subject].add(day.on)

    def of(self, subject: str) -> date | None:
        said = self._said.get(subject, set())
        return next(iter(said)) if len(said) == 1 else None

    def register(self, draft: Draft, column: str, day: Day, today: date) -> None:
        """The child becomes known with its date of birth: once a return, on the row where it is met first.

        Dated on the day of birth, because a return never says since when a child is known, and another day would
        change with every file. A birth to come is no mistake where it can be that of an unborn child.
        """
        if day.written and today < day.written <= today + LONGEST_BEFORE_BIRTH:
            return
        draft.wrong("child", REGISTERED, column, day, key=None)
        born_on = self.of(draft.subject)
        if day.on and born_on is None:
            nth = sorted(self._said[draft.subject]).index(day.on) + 1  # and not the day itself: ids are shown
            reason = f"the return gives this child two dates of birth ({column})"
            fix = f"correct {column} where it is wrong, {IN_THE_CASE_SYSTEM}"
            draft.trouble("child", REGISTERED, (column, day.text), (f"two-dates-{nth}", reason, fix), key=None)
        elif born_on and draft.subject not in self._told:
            self._told.add(draft.subject)
            draft.fact("child", REGISTERED, born_on, None, date_of_birth=born_on.isoformat())
