"""What each list says: one reader a list, given a row and what the child's other rows make of it.

Only what is the one date of its kind: a column that holds the latest of several gives nothing (see layout.toml).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from service.feeds.annex_a.layout import title_of
from service.feeds.days import NOT_A_DATE, Day
from service.feeds.rows import IN_THE_CASE_SYSTEM, shown, yes_or_no
from service.feeds.ssda903.layout import CEASES, LEGAL_STATUSES, WITH_PARENT
from service.feeds.tabular import Draft, day_of, text_of

_prefixed = re.compile(r"[a-z]{1,2}\)\s*(.+)", re.IGNORECASE).fullmatch
_coded = re.compile(r"([A-Z]{1,2}\d{0,2}[AB]?)\s*(?:[:\-–]\s*.*)?", re.IGNORECASE).fullmatch


def answer_of(cell: object) -> str:
    """A cell's answer, without the letter that the list of choices puts before it: "a) Yes" is Yes."""
    text = text_of(cell)
    prefixed = _prefixed(text)
    return prefixed[1].strip() if prefixed else text


def code_of(cell: object) -> str:
    """The code at the beginning of an answer: "d) U4: Foster placement" is U4. The answer itself where it has none."""
    answer = answer_of(cell)
    coded = _coded(answer)
    return coded[1].upper() if coded else answer


class Entry(NamedTuple):
    """A row of a list, its name within the child, and the key of what it belongs to. ``today`` reads its days."""

    draft: Draft
    cells: Mapping[str, object]
    label: str
    today: date
    key: str | None

    def day(self, column: str) -> Day:
        return day_of(self.cells.get(column), self.today)

    def fact(self, type_: str, on: date, **data: object) -> None:
        self.draft.fact(self.label, type_, on, self.key, **data)

    def also(self, column: str, type_: str, after: str | None = None, **data: object) -> date | None:
        """A fact on the day in another column, if there is one and it can be: not before that in ``after``."""
        day = self.day(column)
        self.draft.wrong(self.label, type_, title_of(column), day, key=self.key)
        began = self.day(after).on if after else None
        if day.on is None:
            return None
        if after and began and day.on < began:
            self.draft.too_early(self.label, type_, (title_of(column), day), title_of(after), key=self.key)
            return None
        self.fact(type_, day.on, **data)
        return day.on

    def answer(self, column: str, about: str) -> bool | None:
        """A yes or no; a trouble where it is neither."""
        text = answer_of(self.cells.get(column))
        answer = yes_or_no(text)
        if text and answer is None:
            name = title_of(column)
            said = ("not-yes-or-no", f"'{name}' is neither yes nor no", f"write it as Yes or No, {IN_THE_CASE_SYSTEM}")
            self.draft.trouble(self.label, about, (name, text), said, key=self.key)
        return answer


class Kind(NamedTuple):
    """How a list is read: the column that names a row, what a row is called, the event it would be, and its reader."""

    column: str
    called: str
    about: str
    read: Callable[[Entry, date], None]


def read_entry(entry: Entry, kind: Kind) -> None:
    """The facts and troubles of one row; or why nothing can be taken of it."""
    day = entry.day(kind.column)
    if day.on:
        kind.read(entry, day.on)
    elif day.wrong in (None, NOT_A_DATE):
        entry.draft.refuse_day(title_of(kind.column), day)
    else:
        entry.draft.wrong(entry.label, kind.about, title_of(kind.column), day, key=entry.key)


def _contact(entry: Entry, on: date) -> None:
    entry.fact("contact.received", on)


def _referral(entry: Entry, on: date) -> None:
    """One that needed no further action says so, and not on which day that was decided."""
    is_over = entry.answer("referral_nfa", "referral.received")
    entry.fact("referral.received", on, **({"nfa": True} if is_over else {}))


def _assessment(entry: Entry, on: date) -> None:
    entry.fact("assessment.started", on)
    entry.also("assessment_until_on", "assessment.authorised", "assessment_from_on")


def _enquiry(entry: Entry, on: date) -> None:
    """The discussion, and its conference or that none was needed. A conference held says more than a tick."""
    entry.fact("strategy-discussion.held", on, outcome="section_47")
    is_plan = entry.answer("is_plan", "icpc.held")
    outcome = {None: {}, True: {"outcome": "child_protection_plan"}, False: {"outcome": "no_plan"}}[is_plan]
    entry.also("conference_on", "icpc.held", "discussion_on", **outcome)
    if not entry.answer("is_needless", "section-47.ended"):
        return
    if entry.day("conference_on").text:
        name = title_of("is_needless")
        reason = f"'{name}' says yes, and the date on which the conference was held is recorded"
        said = ("conference-held", reason, f"correct one of the two, {IN_THE_CASE_SYSTEM}")
        entry.draft.trouble(entry.label, "section-47.ended", (name, "yes"), said, key=entry.key)
    else:
        entry.fact("section-47.ended", on, conference_required=False)


def _need(entry: Entry, _on: date) -> None:
    """A child's time in need is no plan; its closure is settled when all of the child's rows are known."""
    closed = entry.day("closed_on")
    entry.draft.wrong(entry.label, "case.closed", title_of("closed_on"), closed, key=entry.key)


def _plan(entry: Entry, on: date) -> None:
    entry.fact("child-protection-plan.started", on)
    entry.also("plan_until_on", "child-protection-plan.ended", "plan_from_on")


def _care(entry: Entry, on: date) -> None:
    entry.fact("looked-after.started", on)
    why = code_of(entry.cells.get("care_ended_why")).upper()
    said = {"reason": why if why in CEASES else shown(why)} if why else {}
    ceased_on = entry.also("care_until_on", "looked-after.ceased", "care_from_on", **said)
    _status(entry)
    _placement(entry, ceased_on)


def _status(entry: Entry) -> None:
    """The current legal status, since its own first day."""
    code = code_of(entry.cells.get("status"))
    if not code:
        return
    status = LEGAL_STATUSES.get(code.upper()) or shown(code)
    entry.also("status_from_on", "legal-status.changed", "care_from_on", status=status)


def _placement(entry: Entry, ceased_on: date | None) -> None:
    """The current placement, with a key of its own; it ended when care did."""
    draft, day = entry.draft, entry.day("placement_from_on")
    label = f"placement-{day.written or 'undated'}"
    key = f"{draft.subject}/{label}"
    draft.wrong(label, "placement.started", title_of("placement_from_on"), day, key=key)
    began = entry.day("care_from_on").on
    if day.on is None:
        return
    if began and day.on < began:
        later = (title_of("placement_from_on"), day)
        draft.too_early(label, "placement.started", later, title_of("care_from_on"), key=key)
        return
    code = code_of(entry.cells.get("placement_type"))
    said: dict[str, object] = {"type": shown(code)} if code else {}
    if code.upper() in WITH_PARENT:
        said["with_parent"] = True
    draft.fact(label, "placement.started", day.on, key, **said)
    if ceased_on and ceased_on >= day.on:
        draft.fact(label, "placement.ended", ceased_on, key)


def _adoption(entry: Entry, on: date) -> None:
    entry.fact("adoption.decided", on)
    entry.also("ordered_on", "placement-order.made")
    entry.also("matched_on", "adoption.matched")
    entry.also("placed_on", "adoption.placed", "decided_on")
    entry.also("adopted_on", "adoption-order.made", "placed_on")


KINDS: Mapping[str, Kind] = {
    "List 1": Kind("contact_on", "contact", "contact.received", _contact),
    "List 3": Kind("referral_on", "referral", "referral.received", _referral),
    "List 4": Kind("assessment_from_on", "assessment", "assessment.started", _assessment),
    "List 5": Kind("discussion_on", "section-47", "strategy-discussion.held", _enquiry),
    "List 6": Kind("need_from_on", "need", "case.closed", _need),
    "List 7": Kind("plan_from_on", "plan", "child-protection-plan.started", _plan),
    "List 8": Kind("care_from_on", "care", "looked-after.started", _care),
    "List 10": Kind("decided_on", "adoption", "adoption.decided", _adoption),
}
