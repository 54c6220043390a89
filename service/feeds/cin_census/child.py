"""One child of the census: every row of it, each taken or refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from operator import attrgetter

from rules.catalogue import REGISTERED
from service.feeds.cin_census.draft import Draft, Place, told_by_day
from service.feeds.cin_census.layout import (
    CHARACTERISTICS,
    IDENTIFIERS,
    MODULES,
    REFERRAL,
    REVIEW,
    UNDER_A_REFERRAL,
)
from service.feeds.cin_census.markup import Element
from service.feeds.cin_census.modules import rows_of_modules
from service.feeds.cin_census.referral import Life, rows_of_referral
from service.feeds.facts import Fact, Refused, Row
from service.feeds.rows import IN_THE_CASE_SYSTEM, SEND_AGAIN, reference_in

_RECEIVED = MODULES[REFERRAL].dates["CINreferralDate"]
_BIRTHS = {"PersonBirthDate": "date_of_birth", "ExpectedPersonBirthDate": "expected_date_of_birth"}
_IN_ORDER = attrgetter("line")


class Told:
    """What was met earlier in the file: children, their referrals, and columns that nobody knows."""

    def __init__(self) -> None:
        self.children: set[str] = set()
        self.referrals: set[tuple[str, str]] = set()
        self.columns: set[tuple[str, str]] = set()


def rows_of_child(child: Element, today: date, told: Told) -> list[Row]:
    """Every row of one child, in the order of the file. The same facts whatever the order of elements in it."""
    said = child.first(IDENTIFIERS)
    reference = reference_in(said.said("LAchildID") if said else "", "LAchildID")
    if isinstance(reference, Refused):
        subject, rows = None, _refuse_all(child, reference, None)
    else:
        subject, rows = reference, _rows(child, Place(reference, reference, None, today), told)
    return sorted([*rows, *_unknown(child, subject, told)], key=_IN_ORDER)


def rows_beside(element: Element) -> Row:
    """The row of something that stands where a child should stand."""
    fix = "if it holds children, put them into Child elements; else leave it out"
    return Row(element.line, element.name, refused=Refused(element.name, "this is no child, and is not read", fix))


def _rows(child: Element, place: Place, told: Told) -> Iterator[Row]:
    is_known = place.subject in told.children
    told.children.add(place.subject)
    identifiers = [_Identifiers(element, place) for element in child.every(IDENTIFIERS)]
    referrals = [(Draft(element, place.inside(label)), label) for element, label in _referrals(child)]
    rows = list(rows_of_modules(child, place))
    for draft, label in referrals:
        if (place.subject, label) in told.referrals:
            why = _twice("CINreferralDate", "a referral of this child on this day")
            rows += _refuse_all(draft.element, why, place.subject)
        else:
            others = [other for other, _label in referrals if other is not draft]
            rows += rows_of_referral(draft, others, identifiers[0].life)
    told.referrals.update((place.subject, label) for _draft, label in referrals)
    for nth, one in enumerate(identifiers):
        if is_known or nth:
            yield one.refusal(_twice("LAchildID", "this child"))
        else:
            yield one.registered([fact for row in rows for fact in row.facts])
    yield from rows


def _referrals(child: Element) -> list[tuple[Element, str]]:
    return told_by_day(child.every(REFERRAL), MODULES[REFERRAL])


class _Identifiers(Draft):
    """The row that says who the child is."""

    def __init__(self, element: Element, place: Place) -> None:
        super().__init__(element, place)
        self.days = {column: self.day(column) for column in ("PersonBirthDate", "PersonDeathDate")}
        self.days["ExpectedPersonBirthDate"] = self.day("ExpectedPersonBirthDate", may_come=True)

    @property
    def life(self) -> Life:
        return Life(self.days["PersonBirthDate"].on, self.days["PersonDeathDate"].on)

    def registered(self, facts: list[Fact]) -> Row:
        """Known since birth; a child whose birth the file does not date, since the earliest referral in it."""
        data: dict[str, object] = {}
        for column, day in self.days.items():
            self.check(column, day, REGISTERED)
            if day.on and column in _BIRTHS:
                data[_BIRTHS[column]] = day.on.isoformat()
        self.in_order("PersonBirthDate", "PersonDeathDate", REGISTERED)
        known = [fact for fact in facts if fact.type == _RECEIVED] or facts
        days = [fact.happened_on for fact in facts if fact.happened_on]
        since = min((fact.happened_on for fact in known if fact.happened_on), default=None)
        known_on = self.days["PersonBirthDate"].on or since
        if known_on:
            self.fact(REGISTERED, known_on, data)
        self._died(days)
        if self.facts or self.troubles:
            return Row(self.element.line, IDENTIFIERS, tuple(self.facts), tuple(self.troubles))
        reason = "nothing under this child has a date, so nothing says since when the child is known"
        return self.refusal(Refused("LAchildID", reason, f"record the referral with its date, {SEND_AGAIN}"))

    def _died(self, days: list[date]) -> None:
        """A death, unless the file itself says that the child was worked with later: it would end every clock."""
        died_on = self.days["PersonDeathDate"].on
        if died_on is None:
            return
        if max(days, default=died_on) > died_on:
            reason = "PersonDeathDate is earlier than something that the same file records of the child"
            fix = f"correct PersonDeathDate, or the later date, {IN_THE_CASE_SYSTEM}"
            self.trouble("PersonDeathDate", "before-activity", "subject.died", (reason, fix))
        else:
            self.fact("subject.died", died_on, {})


def _twice(column: str, what: str) -> Refused:
    fix = f"put all that belongs together into one element, {SEND_AGAIN}"
    return Refused(column, f"{what} stands in the file twice; the first was taken", fix)


def _refuse_all(element: Element, refused: Refused, subject: str | None) -> Iterator[Row]:
    """Every row in an element, each refused for the same reason."""
    if element.name in MODULES and element.name != REVIEW:
        yield Row(element.line, element.name, refused=refused, subject=subject)
    for inner in element.children:
        if inner.name in MODULES:
            yield from _refuse_all(inner, refused, subject)
        elif element.name == REVIEW and inner.name in MODULES[REVIEW].dates:
            yield Row(inner.line, REVIEW, refused=refused, subject=subject)


def _unknown(element: Element, subject: str | None, told: Told) -> Iterator[Row]:
    """What no layout has: a module each time, a column where it is met first."""
    module = MODULES.get(element.name)
    inside = {IDENTIFIERS, REFERRAL, CHARACTERISTICS} if module is None else set()
    if module is None or module.name == REFERRAL:
        inside.update(UNDER_A_REFERRAL)
    columns = {*module.dates, *module.passed_over} if module else set()
    for one in element.children:
        if one.name in columns or one.name == CHARACTERISTICS:
            if one.name == REVIEW:
                yield from _unknown(one, subject, told)
        elif one.name in inside:
            yield from _unknown(one, subject, told)
        elif one.children or (element.name, one.name) not in told.columns:
            told.columns.add((element.name, one.name))
            is_module = bool(one.children)
            what = "module" if is_module else "column"
            reason = f"this {what} is in no layout that is read here, so what it says was not taken"
            fix = "check its name; where the return has changed, the reader has to be taught it"
            # A column is told at the first child that has it, and what it says of all the others was not taken either.
            about = subject if is_module else None
            yield Row(one.line, one.name, refused=Refused(one.name, reason, fix), subject=about)
