"""Section 47 enquiries: strategy discussion, strategy meetings, conference. Brothers and sisters share the days.

The two waits that matter are drawn here: from the discussion to the first strategy meeting, and from that meeting to
the conference. Measured from the meeting most conferences look in time; measured from the discussion few are.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from service.demo import place
from service.demo.case_system import Case, CaseSystem
from service.demo.diary import Diary

_AGENCIES = ("police, health", "police, health, school", "police, health, nursery", "police, hospital")


class Enquiry(NamedTuple):
    """The days of one enquiry. What did not happen is None."""

    discussed_on: date
    met_on: date | None
    ended_on: date
    conference_on: date | None


class Ended(NamedTuple):
    """When an enquiry was over, and the day of the conference that made a plan, if one did."""

    ended_on: date
    plan_on: date | None


def enquire(system: CaseSystem, cases: list[Case], discussed_on: date) -> Ended:
    """One enquiry about every child of a family, from the strategy discussion that initiates it."""
    diary = system.diary
    enquiry = _draw(diary, cases[0], discussed_on)
    keys = [system.new_reference("s47") for _ in cases]
    is_discussion_recorded = not diary.chance(place.ONLY_START_KNOWN)
    review = _review(diary, enquiry) if is_discussion_recorded else None
    started_on = diary.after(discussed_on, diary.one_of(place.START_DELAYS))
    bookings = _bookings(diary, enquiry)
    is_plan = diary.chance(place.PLAN_MADE)
    for case, key in zip(cases, keys, strict=True):
        if is_discussion_recorded:
            system.record("strategy-discussion.held", case, discussed_on, key=key, **_decided(diary, "section_47"))
        system.record("section-47.started", case, started_on, key=key)
        _record_meetings(system, case, key, (enquiry, review))
        for booked_on, planned_on in bookings:
            system.record("meeting.planned", case, booked_on, key=key, lag=0, of="icpc.held", planned_on=planned_on)
        _record_end(system, case, key, (enquiry, is_plan))
    _record_other_discussions(system, cases, keys, enquiry)
    if enquiry.conference_on and diary.chance(place.SECOND_ENQUIRY):
        _second_enquiry(system, cases, diary.after(discussed_on, diary.dice.randint(3, 8)))
    return Ended(enquiry.conference_on or enquiry.ended_on, enquiry.conference_on if is_plan else None)


def discuss_only(system: CaseSystem, cases: list[Case], on: date) -> None:
    """A strategy discussion at which no enquiry is initiated."""
    for case in cases:
        key = system.new_reference("s47")
        system.record("strategy-discussion.held", case, on, key=key, **_decided(system.diary, "none"))


def _draw(diary: Diary, case: Case, discussed_on: date) -> Enquiry:
    wait = diary.wait(case.team, discussed_on)
    has_meeting = not diary.chance(place.NO_MEETING_RECORDED)
    if diary.chance(place.CONFERENCE_NEEDED):
        spans = (place.MEETING_DELAY, place.CONFERENCE_AFTER_MEETING)
        to_meeting, after_meeting = diary.dealt_waits("conference", spans, wait)
        to_conference = to_meeting + after_meeting
        conference_on = diary.after(discussed_on, min(to_conference, place.LONGEST_TO_CONFERENCE))
        ended_on = diary.after(discussed_on, max(to_meeting, to_conference - 3))
    else:
        to_meeting, conference_on = diary.between(place.MEETING_DELAY, wait), None
        ended_on = diary.after(discussed_on, diary.between(place.ENQUIRY_LENGTH))
    met_on = diary.after(discussed_on, to_meeting)
    return Enquiry(discussed_on, met_on if has_meeting and met_on <= ended_on else None, ended_on, conference_on)


class _Review(NamedTuple):
    """What the manager decided about a review strategy meeting, if anything, and when one was held, if one was."""

    decision: str | None
    decided_on: date
    held_on: date | None


def _review(diary: Diary, enquiry: Enquiry) -> _Review | None:
    """Needs a first meeting to review; held a few days after it, or (agreed) sometimes never."""
    if enquiry.met_on is None:
        return None
    decided_on = diary.after(enquiry.discussed_on, diary.dice.randint(0, 2))
    held_on = diary.after(enquiry.met_on, diary.between(place.REVIEW_AFTER_MEETING))
    choice = diary.dice.random()
    if choice < place.REVIEW_AGREED:
        is_held = held_on < enquiry.ended_on and not diary.chance(place.REVIEW_NEVER_HELD)
        return _Review("hold", decided_on, held_on if is_held else None)
    if choice < place.REVIEW_AGREED + place.REVIEW_NOT_AGREED:
        return _Review("not_agreed", decided_on, None)
    if (
        choice < place.REVIEW_AGREED + place.REVIEW_NOT_AGREED + place.REVIEW_WITHOUT_AGREEMENT
        and held_on < enquiry.ended_on
    ):
        return _Review(None, decided_on, held_on)
    return None


def _bookings(diary: Diary, enquiry: Enquiry) -> list[tuple[date, date]]:
    """When the conference was booked and for which day: none, once and kept, or once and put off."""
    held_on = enquiry.conference_on
    if held_on is None or not diary.chance(place.BOOKED):
        return []
    first_on = diary.after(enquiry.discussed_on, diary.dice.randint(2, 6))
    if first_on >= held_on:
        return []
    planned_on = diary.calendar.subtract(held_on, diary.dice.randint(2, 6))
    if diary.chance(place.SLIPPED) and planned_on > first_on:
        return [(first_on, planned_on), (diary.calendar.subtract(planned_on, 1), held_on)]
    return [(first_on, held_on)]


def _record_meetings(system: CaseSystem, case: Case, key: str, days: tuple[Enquiry, _Review | None]) -> None:
    enquiry, review = days
    if enquiry.met_on is not None:
        system.record("strategy-meeting.held", case, enquiry.met_on, key=key, kind="initial")
    if review is None:
        return
    if review.decision is not None:
        own: dict[str, Any] = {"decision": review.decision, "agreed_by": "team-manager"}
        system.record("review-strategy-meeting.agreed", case, review.decided_on, key=key, **own)
    if review.held_on is not None:
        system.record("strategy-meeting.held", case, review.held_on, key=key, kind="review")


def _record_end(system: CaseSystem, case: Case, key: str, end: tuple[Enquiry, bool]) -> None:
    enquiry, is_plan = end
    is_required = enquiry.conference_on is not None
    outcome = "concerns substantiated" if is_required else "no conference required"
    system.record("section-47.ended", case, enquiry.ended_on, key=key, outcome=outcome, conference_required=is_required)
    if enquiry.conference_on is not None:
        held = "child_protection_plan" if is_plan else "child_in_need_plan"
        system.record("icpc.held", case, enquiry.conference_on, key=key, outcome=held)


def _record_other_discussions(system: CaseSystem, cases: list[Case], keys: list[str], enquiry: Enquiry) -> None:
    """An earlier discussion that initiated nothing, a later one that says section 47 again: neither moves the clock."""
    diary = system.diary
    others = []
    if diary.chance(place.EARLIER_DISCUSSION):
        others.append((diary.calendar.subtract(enquiry.discussed_on, diary.dice.randint(1, 4)), "none"))
    if enquiry.met_on and enquiry.met_on > enquiry.discussed_on and diary.chance(place.LATER_DISCUSSION):
        others.append((enquiry.met_on, "section_47"))
    for on, outcome in others:
        for case, key in zip(cases, keys, strict=True):
            system.record("strategy-discussion.held", case, on, key=key, **_decided(diary, outcome))


def _second_enquiry(system: CaseSystem, cases: list[Case], discussed_on: date) -> None:
    """Another enquiry while the first still runs: its own key, its own clock, ended when the two are joined."""
    ended_on = system.diary.after(discussed_on, system.diary.dice.randint(3, 9))
    enquiry = Enquiry(discussed_on, None, ended_on, None)
    for case in cases:
        key = system.new_reference("s47")
        system.record("strategy-discussion.held", case, discussed_on, key=key, **_decided(system.diary, "section_47"))
        system.record("section-47.started", case, discussed_on, key=key)
        _record_end(system, case, key, (enquiry, False))


def _decided(diary: Diary, outcome: str) -> dict[str, Any]:
    return {"outcome": outcome, "agencies": diary.dice.choice(_AGENCIES)}
