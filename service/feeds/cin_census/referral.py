"""One referral (a CINdetails element) and everything under it, with what its parts say about each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from service.feeds.cin_census.draft import Draft
from service.feeds.cin_census.layout import ENQUIRY, MODULES
from service.feeds.cin_census.markup import Element
from service.feeds.cin_census.modules import rows_of_modules
from service.feeds.facts import Fact, Row
from service.feeds.rows import IN_THE_CASE_SYSTEM, LONGEST_BEFORE_BIRTH, shown, yes_or_no

_CONFERENCE = "DateOfInitialCPC"


class Life(NamedTuple):
    """The days between which a child can have been referred."""

    born_on: date | None = None
    died_on: date | None = None


def rows_of_referral(draft: Draft, others: Iterable[Draft], life: Life) -> list[Row]:
    """The referral's own row, then those of its modules. ``others``: the child's other referrals in this element."""
    inside = list(rows_of_modules(draft.element, draft.place._replace(since=draft.days["CINreferralDate"].on)))
    closed_on = draft.days["CINclosureDate"].on
    but = {"CINclosureDate"}
    if draft.days[_CONFERENCE].on in _conferences(draft.element, draft):
        but.add(_CONFERENCE)  # one conference, recorded in both places
    has_ended = yes_or_no(draft.element.said("ReferralNFA")) and {"CINreferralDate": {"nfa": True}}
    draft.take(but=but, said=has_ended or {})
    facts = [*draft.facts, *(fact for row in inside for fact in row.facts)]
    if closed_on and not _is_contradicted(draft, closed_on, facts, others):
        reason = draft.element.said("ReasonForClosure")
        draft.fact("case.closed", closed_on, {"reason": shown(reason)} if reason else {})
    _within_a_life(draft, life)
    return [draft.row(), *inside]


def _conferences(referral: Element, draft: Draft) -> set[date]:
    """The days of the conferences that stand under the referral's own enquiries."""
    days = (Draft(enquiry, draft.place).days[_CONFERENCE].on for enquiry in referral.every(ENQUIRY))
    return {on for on in days if on}


def _is_contradicted(draft: Draft, closed_on: date, facts: list[Fact], others: Iterable[Draft]) -> bool:
    """Whether the file says itself that the case was not closed that day; then it is shown, and not sent.

    Closing ends every clock of the child, so a wrong one would hide what is still to be done.
    """
    referred_on = draft.days["CINreferralDate"].on
    if referred_on and closed_on < referred_on:
        draft.contradicts("CINclosureDate", "CINreferralDate", "case.closed")
        return True
    if any(fact.happened_on and fact.happened_on > closed_on for fact in facts):
        code, reason = "before-activity", "CINclosureDate is earlier than something recorded under the same referral"
    elif any(_is_open(other, closed_on) for other in others):
        code = "while-another-is-open"
        reason = "on the day of CINclosureDate another referral of the child was open or began, so the case went on"
    else:
        return False
    fix = f"correct CINclosureDate, or the date that contradicts it, {IN_THE_CASE_SYSTEM}"
    draft.trouble("CINclosureDate", code, "case.closed", (reason, fix))
    return True


def _is_open(other: Draft, on: date) -> bool:
    began_on, ended_on = other.days["CINreferralDate"].on, other.days["CINclosureDate"].on
    if began_on is None or began_on > on:
        return False
    return ended_on is None or ended_on > on or ended_on < began_on


def _within_a_life(draft: Draft, life: Life) -> None:
    """A trouble where the child was referred long before birth, or after death. A pregnancy is no contradiction."""
    referred_on = draft.days["CINreferralDate"].on
    if not referred_on:
        return
    about = MODULES[draft.element.name].dates["CINreferralDate"]
    fix = f"correct CINreferralDate, or {{}}, {IN_THE_CASE_SYSTEM}"
    if life.born_on and life.born_on - referred_on > LONGEST_BEFORE_BIRTH:
        reason = "CINreferralDate is earlier than PersonBirthDate by more than a pregnancy"
        words = (reason, fix.format("PersonBirthDate"))
        draft.trouble("CINreferralDate", "before-PersonBirthDate", about, words)
    if life.died_on and life.died_on < referred_on:
        words = ("CINreferralDate is later than PersonDeathDate", fix.format("PersonDeathDate"))
        draft.trouble("CINreferralDate", "after-PersonDeathDate", about, words)
