"""Families are referred, assessed and helped; some come back. One journey at a time, for all children of a family."""

from __future__ import annotations

from datetime import date, timedelta

from service.demo import enquiries, place, plans
from service.demo.case_system import Case, CaseSystem
from service.demo.place import Team

_DAY = timedelta(days=1)
_DAYS_OF_CHILDHOOD = 17 * 365
_UNBORN = 0.02
_DISABILITIES = 0.04
_ASSESSMENT_LIMIT = 45
_NO_ACTION_REASON = "no further action"


def refer(system: CaseSystem, children: int) -> None:
    """Refers families over the whole history until they come to that many children."""
    while children > 0:
        size = min(children, system.diary.one_of(place.FAMILY_SIZES))
        _journeys(system, size)
        children -= size


def _journeys(system: CaseSystem, size: int) -> None:
    """Everything that happens to one family: a referral, and for some another after the case was closed."""
    diary = system.diary
    area = diary.dice.randrange(len(place.ASSESSMENT))
    cases = [Case(system.new_reference("c"), place.FIRST_CONTACT, "") for _ in range(size)]
    referred_on: date | None = diary.referral_day()
    is_new = True
    while referred_on is not None and referred_on < diary.today:
        _reassign(system, cases, place.FIRST_CONTACT)
        if is_new:
            _register(system, cases, referred_on)
        closed_on = _journey(system, cases, referred_on, area)
        referred_on = _referred_again_on(system, closed_on)
        is_new = False


def _referred_again_on(system: CaseSystem, closed_on: date | None) -> date | None:
    diary = system.diary
    if closed_on is None or not diary.chance(place.RE_REFERRED):
        return None
    return diary.after(closed_on + _DAY * diary.between(place.RE_REFERRED_DAYS), 0)


def _register(system: CaseSystem, cases: list[Case], on: date) -> None:
    dice = system.diary.dice
    for case in cases:
        if system.diary.chance(_UNBORN):
            system.record(
                "subject.registered", case, on, lag=0, expected_date_of_birth=on + _DAY * dice.randrange(30, 180)
            )
        else:
            born_on = on - _DAY * dice.randrange(10, _DAYS_OF_CHILDHOOD)
            system.record("subject.registered", case, on, lag=0, date_of_birth=born_on)


def _journey(system: CaseSystem, cases: list[Case], referred_on: date, area: int) -> date | None:
    """From referral to closure; the day the case was closed, None where that has not come."""
    diary = system.diary
    keys = [system.new_reference("r") for _ in cases]
    is_no_action = diary.chance(place.NO_FURTHER_ACTION)
    decided_on = diary.after(referred_on, diary.one_of(place.DECISION_DELAYS))
    for case, key in zip(cases, keys, strict=True):
        system.record("referral.received", case, referred_on, key=key, lag=0)
        system.record("referral.decided", case, decided_on, key=key, nfa=is_no_action)
    if is_no_action:
        return _close(system, cases, diary.after(decided_on, 1), _NO_ACTION_REASON)
    is_disability = diary.chance(_DISABILITIES)
    short_term = place.DISABILITIES if is_disability else place.ASSESSMENT[area]
    _allocate(system, cases, short_term, diary.after(decided_on, 1))
    assessed_on = _assess(system, cases, keys, referred_on)
    long_term = place.DISABILITIES if is_disability else place.CARE_MANAGEMENT[area]
    return _close(system, cases, *_help(system, cases, long_term, (referred_on, assessed_on)))


def _assess(system: CaseSystem, cases: list[Case], keys: list[str], referred_on: date) -> date:
    """The duty counts from the referral and DfE's figure from the start, so a late start hides a late assessment."""
    diary = system.diary
    start = diary.between(place.ASSESSMENT_START)
    if diary.chance(diary.drifted(place.ASSESSMENT_IN_TIME, referred_on)):
        taken = diary.between(place.ASSESSMENT_HURRIED)
    else:
        taken = _ASSESSMENT_LIMIT + diary.some(place.ASSESSMENT_OVERRUN)
    started_on = diary.after(referred_on, min(start, taken - 2))
    authorised_on = diary.after(referred_on, taken)
    for case, key in zip(cases, keys, strict=True):
        system.record("assessment.started", case, started_on, key=key)
        system.record("assessment.authorised", case, authorised_on, key=key, lag=0)
    return authorised_on


def _help(system: CaseSystem, cases: list[Case], long_term: Team, dates: tuple[date, date]) -> tuple[date, str]:
    """What the assessment leads to; gives the day the help ends and why."""
    diary = system.diary
    referred_on, assessed_on = dates
    enquired_on, plan_on = assessed_on, None
    if diary.chance(place.ENQUIRY):
        discussed_on = diary.after(referred_on, diary.between(place.ENQUIRY_START))
        enquired_on, plan_on = enquiries.enquire(system, cases, discussed_on)
    elif diary.chance(place.DISCUSSION_ONLY):
        enquiries.discuss_only(system, cases, diary.after(referred_on, diary.between(place.ENQUIRY_START)))
    if plan_on is None and diary.chance(place.CHILD_IN_NEED_PLAN):
        helped_on = diary.after(max(assessed_on, enquired_on), place.PLAN_AFTER)
        _hand_over(system, cases, long_term, diary.after(assessed_on, diary.between((1, 3, place.PLAN_AFTER))))
        enquired_on = _child_in_need(system, cases, helped_on)
        if diary.chance(place.LATER_ENQUIRY):
            enquired_on, plan_on = enquiries.enquire(system, cases, enquired_on)
    if plan_on is None:
        return max(assessed_on, enquired_on), "no further help needed"
    _hand_over(system, cases, long_term, diary.after(plan_on, diary.between((1, 3, 8))))
    ended_on = plans.protect(system, cases, plan_on)
    if diary.chance(place.STEPPED_DOWN):
        ended_on = _child_in_need(system, cases, diary.after(ended_on, 1))
    return max(ended_on, assessed_on), "plan ended"


def _hand_over(system: CaseSystem, cases: list[Case], team: Team, on: date) -> None:
    """A case moves to the long-term team, unless it is there already."""
    if cases[0].team is not team:
        _allocate(system, cases, team, on)


def _child_in_need(system: CaseSystem, cases: list[Case], started_on: date) -> date:
    diary = system.diary
    ended_on = diary.after(started_on + _DAY * diary.between(place.CHILD_IN_NEED_DAYS), 0)
    for case in cases:
        key = system.new_reference("n")
        system.record("child-in-need-plan.started", case, started_on, key=key)
        system.record("child-in-need-plan.ended", case, ended_on, key=key)
    return ended_on


def _allocate(system: CaseSystem, cases: list[Case], team: Team, on: date) -> None:
    """Gives a family to one worker of a team, who answers for its clocks from that day."""
    _reassign(system, cases, team)
    for case in cases:
        system.record("case.allocated", case, on, lag=0, service=place.SERVICE)


def _reassign(system: CaseSystem, cases: list[Case], team: Team) -> None:
    worker = team.worker(system.diary.dice.randint(1, team.workers))
    for case in cases:
        case.team, case.worker = team, worker


def _close(system: CaseSystem, cases: list[Case], on: date, reason: str) -> date | None:
    closed_on = system.diary.after(on, system.diary.between(place.CLOSING))
    for case in cases:
        system.record("case.closed", case, closed_on, reason=reason)
    return closed_on if closed_on < system.diary.today else None
