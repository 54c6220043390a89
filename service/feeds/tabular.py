"""What readers of tables share: cells as days and references, births, and a row in the making."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from service.feeds.days import NOT_A_DATE, NOTHING, WRONG, Day, read_day
from service.feeds.facts import Fact, Refused, Row, Trouble

REGISTERED = "subject.registered"
SEND_AGAIN = "and send the return again"
BEFORE_BIRTH = "before-birth"

_TOML = tomllib.loads(Path(__file__).with_name("tabular.toml").read_text("utf-8"))
_NOTHING = frozenset(_TOML["nothing"])
_MONTHS: Mapping[str, int] = {name: number for number, name in enumerate(_TOML["months"], start=1)}
_REFERENCE_CHARACTERS: int = _TOML["reference_characters"]
_VALUE_CHARACTERS: int = _TOML["value_characters"]
_UNBORN = timedelta(days=_TOML["unborn_days"])

# Day before month, always: no return writes the month first, and a guess that changes with the day would be worse.
_is_day_first = re.compile(
    r"(\d{1,2})[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ](\d{4})(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?", re.ASCII
).fullmatch
_is_whole = re.compile(r"(-?\d+)\.0+", re.ASCII).fullmatch
_NO_REFERENCE = "give the row the child's own reference"


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


def shown(text: str) -> str:
    """A value as it can be stored and shown: one line, not long, and never empty."""
    plain = "".join(char if char.isprintable() else " " for char in text[:_VALUE_CHARACTERS])
    return plain.strip() or "(nothing)"


def reference_of(cell: object, column: str) -> str | Refused:
    """The child's reference in a cell, or why it is none."""
    text = text_of(cell)
    if whole := _is_whole(text):  # a spreadsheet's 123456.0
        text = whole[1]
    if not text:
        return Refused(column, "the row names no child", f"{_NO_REFERENCE}, {SEND_AGAIN}")
    if len(text) > _REFERENCE_CHARACTERS:
        reason = f"{column} is longer than {_REFERENCE_CHARACTERS} characters"
    elif " " in text or not text.isprintable():
        reason = f"{column} has a space, or a character that cannot be seen: a reference has none"
    else:
        return text
    return Refused(column, reason, f"send the case system's own reference, not a name, {SEND_AGAIN}")


def labelled(days: Iterable[date], called: str) -> Iterator[str]:
    """``review-2026-05-01`` for each day, and ``review-2026-05-01-2`` for another on that day.

    By their day and not by a count: next year's file no longer lists this year's rows, so a count would name another.
    """
    met: Counter[date] = Counter()
    for on in days:
        met[on] += 1
        yield f"{called}-{on}" if met[on] == 1 else f"{called}-{on}-{met[on]}"


class Draft:
    """A row in the making. Ask it for facts and troubles, then for the row."""

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

        ``key`` is that of the fact it would have been, so that the clock it would have moved is known to be in doubt.
        """
        (name, value), (code, reason, fix) = column, said
        id_ = f"{self.subject}/{label}/problem/{name.replace(' ', '-')}/{code}"
        if all(one.fact_id != id_ for one in self.troubles):
            self.troubles.append(Trouble(id_, self.subject, about, key, name, shown(value), reason, fix))

    def wrong(self, label: str, about: str, column: str, day: Day, *, key: str | None) -> None:
        """A trouble where a day cannot be right on its own."""
        if day.wrong:
            reason, fix = (words.format(column=column) for words in WRONG[day.wrong])
            self.trouble(label, about, (column, day.text), (day.wrong, reason, fix), key=key)

    def too_early(self, label: str, about: str, later: tuple[str, Day], earlier: str, *, key: str | None) -> None:
        """A trouble where a day comes before one that it must follow."""
        column, day = later
        reason = f"{column} is earlier than {earlier}, and it cannot have come first"
        fix = f"correct {column}, or {earlier} where that is the wrong one, in the case system, {SEND_AGAIN}"
        said = (f"before-{earlier.replace(' ', '-')}", reason, fix)
        self.trouble(label, about, (column, day.text), said, key=key)

    def refuse(self, column: str, reason: str, fix: str) -> None:
        self.refused = Refused(column, reason, fix)

    def refuse_day(self, column: str, day: Day) -> None:
        """Nothing can be taken: the date by which the row is known is none."""
        reason = f"{column} is not a date that the calendar has" if day.text else f"{column} is empty"
        self.refuse(column, reason, f"record {column}, written as DD/MM/YYYY or YYYY-MM-DD, {SEND_AGAIN}")

    def row(self) -> Row:
        if self.refused:
            return Row(self.line, self.module, refused=self.refused)
        return Row(self.line, self.module, tuple(self.facts), tuple(self.troubles))


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
        if day.written and today < day.written <= today + _UNBORN:
            return
        draft.wrong("child", REGISTERED, column, day, key=None)
        born_on = self.of(draft.subject)
        if day.on and born_on is None:
            reason = f"the return gives this child two dates of birth ({column})"
            fix = f"correct {column} where it is wrong, in the case system, {SEND_AGAIN}"
            draft.trouble("child", REGISTERED, (column, day.text), (f"two-{day.on}", reason, fix), key=None)
        elif born_on and draft.subject not in self._told:
            self._told.add(draft.subject)
            draft.fact("child", REGISTERED, born_on, None, date_of_birth=born_on.isoformat())
