"""What goes wrong in any case system: wrong dates put right, the wrong child, references merged, some never mended.

Works on what has been typed in already, so that the journeys of families stay easy to read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from service.demo import place
from service.demo.case_system import Case, CaseSystem, Entry

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_CONFERENCE, _DISCUSSION = "icpc.held", "strategy-discussion.held"
Shares = Mapping[str, float]
_BEFORE_ALLOCATION = ("subject.registered", "referral.received", "referral.decided")


def scatter(system: CaseSystem) -> None:
    """Makes the mistakes, in the numbers that ``place`` gives; the rare ones among what is already sent."""
    typed_in = [entry for entry in system.entries if entry.sent_on <= system.diary.today]
    _date_conferences_before_their_enquiry(system, typed_in)
    _hold_conferences_without_enquiry(system, typed_in)
    _merge_references(system, typed_in)
    mistype(system, typed_in, (place.CORRECTED, place.WRONG_CHILD))


def mistype(system: CaseSystem, typed_in: list[Entry], shares: tuple[Shares, Shares]) -> None:
    """Wrong dates put right, and the wrong child taken back: of every event type the share in each table."""
    corrected, wrong_child = shares
    for entry in typed_in:
        if system.diary.chance(corrected.get(entry.type, 0)):
            _correct(system, entry)
        elif system.diary.chance(wrong_child.get(entry.type, 0)):
            _record_on_wrong_child(system, entry, system.diary.dice.choice(typed_in).subject)


def _correct(system: CaseSystem, entry: Entry) -> None:
    """The entry had a day too early; days later it is put right. Some nights the correction is sent first."""
    diary = system.diary
    days = diary.dice.randint(1, 12)
    correction = system.follow(entry, entry.type, days, on=entry.on, supersedes=entry.id, **entry.own)
    correction.at = entry.at
    entry.on = diary.calendar.subtract(entry.on, diary.dice.randint(1, 5))
    if entry.at is not None:
        entry.at = datetime.combine(entry.on, entry.at.timetz())
    if diary.chance(place.CORRECTION_SENT_FIRST):
        entry.sent_on = correction.sent_on + _DAY


def _record_on_wrong_child(system: CaseSystem, entry: Entry, subject: str) -> None:
    """The same thing typed in for somebody else's child, and taken back some days later."""
    case = Case(subject, entry.case.team, entry.worker)
    wrong = system.record(entry.type, case, entry.on, lag=0, **entry.own)
    wrong.recorded_at, wrong.sent_on = entry.recorded_at, entry.sent_on
    days = system.diary.dice.randint(1, 8)
    withdrawal: dict[str, Any] = {"withdraws": wrong.id, "reason": "recorded on the wrong child"}
    system.follow(wrong, "event.withdrawn", days, on=None, supersedes=None, **withdrawal)


def _date_conferences_before_their_enquiry(system: CaseSystem, typed_in: list[Entry]) -> None:
    """Nobody has noticed these: they must show as data problems and stay out of every percentage."""
    dice, calendar = system.diary.dice, system.diary.calendar
    discussed_on = {entry.key: entry.on for entry in reversed(typed_in) if entry.type == _DISCUSSION}
    held = [entry for entry in typed_in if entry.type == _CONFERENCE and entry.key in discussed_on]
    for entry in dice.sample(held, min(place.CONFERENCES_BEFORE_ENQUIRY, len(held))):
        entry.on = calendar.subtract(discussed_on[entry.key], dice.randint(2, 20))
        typed_in.remove(entry)


def _hold_conferences_without_enquiry(system: CaseSystem, typed_in: list[Entry]) -> None:
    """A child moved in from elsewhere: a conference, and no enquiry here that it could have followed."""
    enquired_about = {entry.subject for entry in typed_in if entry.type == _DISCUSSION}
    assessed = [
        entry for entry in typed_in if entry.type == "assessment.authorised" and entry.subject not in enquired_about
    ]
    for entry in system.diary.dice.sample(assessed, min(place.CONFERENCES_UNMATCHED, len(assessed))):
        system.record(_CONFERENCE, entry.case, entry.on, lag=0, outcome="child_in_need_plan")


def _merge_references(system: CaseSystem, typed_in: list[Entry]) -> None:
    """A child already known was registered again with the referral; weeks later somebody sees that the two are one."""
    by_subject: dict[str, list[Entry]] = defaultdict(list)
    for entry in typed_in:
        by_subject[entry.subject].append(entry)
    before = system.diary.today - 12 * _WEEK
    once = [
        entries
        for entries in by_subject.values()
        if entries[0].on < before and sum(entry.type == "referral.received" for entry in entries) == 1
    ]
    for entries in system.diary.dice.sample(once, min(place.MERGED_REFERENCES, len(once))):
        _merge(system, entries)


def _merge(system: CaseSystem, entries: list[Entry]) -> None:
    known, again = entries[0].subject, system.new_reference("c")
    for entry in entries:
        if entry.type in _BEFORE_ALLOCATION:
            entry.subject = again
    first = entries[0]
    system.record(first.type, Case(known, first.case.team, first.worker), first.on, lag=0, **first.own)
    system.follow(first, "subject.merged", system.diary.dice.randint(8, 40), on=None, supersedes=None, into=known)
