"""One row in the making: its days become facts, and what cannot be true of them becomes troubles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from service.feeds.cin_census.layout import MODULES, REVIEW, Module
from service.feeds.cin_census.markup import Element
from service.feeds.days import NOT_A_DATE, Day, read_day, why_wrong
from service.feeds.facts import Fact, Refused, Row, Trouble
from service.feeds.rows import SEND_AGAIN, labelled, shown, why_too_early


class Place(NamedTuple):
    """What a row belongs to: the child, the beginning of every id in it, the key of its facts, and today.

    ``since`` is the day of the referral that it stands under, where there is one.
    """

    subject: str
    id: str
    key: str | None
    today: date
    since: date | None = None

    def inside(self, label: str, *, is_keyed: bool = True) -> Place:
        """The place of something that belongs to this; without a key of its own, it carries this one's."""
        key = f"{self.key}/{label}" if self.key else label
        return self._replace(id=f"{self.id}/{label}", key=key if is_keyed else self.key)


class Draft:
    """A row of one module at one place. Ask it for facts and troubles, then for the row."""

    def __init__(self, element: Element, place: Place) -> None:
        self.element, self.place = element, place
        self.module: Module = MODULES[element.name]
        self.days: dict[str, Day] = {column: self.day(column) for column in self.module.dates}
        self.facts: list[Fact] = []
        self.troubles: list[Trouble] = []

    def day(self, column: str, *, may_come: bool = False) -> Day:
        return read_day(self.element.said(column), self.place.today, may_come=may_come)

    def take(self, *, but: Collection[str] = (), said: Mapping[str, Mapping[str, object]] | None = None) -> None:
        """A fact for each day on which something happened, a trouble for each that cannot be, and for each that
        comes before what it must follow. ``but``: columns that are no facts here; ``said``: a fact's own fields.
        """
        for column, type_ in self.module.dates.items():
            day = self.days[column]
            self.check(column, day, type_)
            if day.on and column not in but:
                self.fact(type_, day.on, (said or {}).get(column, {}))
        self._miss_the_first()
        for earlier, later in self.module.orders:
            self.in_order(earlier, later, self.module.dates[later])
        column = self.module.first_column
        began_on, since = self.days[column].on, self.place.since
        if began_on and since and began_on < since and self.module.name != REVIEW:
            self.contradicts(column, "CINreferralDate", self.module.dates[column])

    def fact(self, type_: str, on: date, data: Mapping[str, object]) -> None:
        place = self.place
        self.facts.append(Fact(f"{place.id}/{type_}", type_, place.subject, on, key=place.key, data=data))

    def check(self, column: str, day: Day, about: str) -> None:
        """A trouble where the column cannot be right on its own."""
        if day.wrong:
            self.trouble(column, day.wrong, about, why_wrong(column, day.wrong))

    def in_order(self, earlier: str, later: str, about: str) -> None:
        """A trouble where the later of two days comes first."""
        first, then = self.days[earlier].on, self.days[later].on
        if first and then and then < first:
            self.contradicts(later, earlier, about)

    def contradicts(self, later: str, earlier: str, about: str) -> None:
        self.trouble(later, f"before-{earlier}", about, why_too_early(later, earlier))

    def trouble(self, column: str, code: str, about: str, words: tuple[str, str]) -> None:
        place = self.place
        value = shown(self.element.said(column))
        id_ = f"{place.id}/problem/{column}/{code}"
        self.troubles.append(Trouble(id_, place.subject, about, place.key, column, value, *words))

    def row(self) -> Row:
        if not self.facts and all(day.wrong in (None, NOT_A_DATE) and not day.on for day in self.days.values()):
            return self.refusal(self._no_date())
        facts, troubles = tuple(self.facts), tuple(self.troubles)
        subject = None if facts or troubles else self.place.subject
        return Row(self.element.line, self.module.name, facts, troubles, subject=subject)

    def refusal(self, why: Refused) -> Row:
        """The row where nothing of it can be taken."""
        return Row(self.element.line, self.module.name, refused=why, subject=self.place.subject)

    def _miss_the_first(self) -> None:
        column = self.module.first_column
        if self.days[column].text or not any(day.text for day in self.days.values()):
            return
        words = (f"{column} is empty, while what follows it has a date", f"record {column}, {SEND_AGAIN}")
        self.trouble(column, "missing", self.module.dates[column], words)

    def _no_date(self) -> Refused:
        column = next((name for name, day in self.days.items() if day.wrong), self.module.first_column)
        is_written = bool(self.days[column].text)
        reason = "no date in this row is one that the calendar has" if is_written else "this row has no date at all"
        return Refused(column, reason, f"record {column}, written as YYYY-MM-DD, {SEND_AGAIN}")


def told_by_day(elements: Iterable[Element], module: Module) -> list[tuple[Element, str]]:
    """Each element with what it is called among its like, in the order of their dates: exports sort as they like."""
    columns = tuple(module.dates)
    found = sorted(elements, key=lambda element: [element.said(column) for column in columns])
    days = (read_day(element.said(module.first_column), date.max).written for element in found)
    return list(zip(found, labelled(days, module.called), strict=True))
