"""Children made up from the truth outwards: what happened first, then the events that a careless system sends about it.

The answers are worked out from the truth, slowly and obviously, and never from the events. So they check everything
between: which events are in effect, which stop belongs to which start, and every date.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from rules.model import Event
from tests.rules import slow
from tests.rules.making import at, event

SYSTEM_BEGAN, ASSESSMENTS_CHANGED, PLAN_BEGAN = date(2012, 1, 1), date(2013, 4, 15), date(2016, 6, 30)
NO_PLAN = ("no_plan", "child_in_need_plan", "no_further_action")
LIMITS = ("10 working_days", "1 weeks", "2 weeks", "4 weeks", "14 days", "1 months")

Answer = tuple[str, str, str, str, str, str, str, str]
"""Timescale, measure, key, started, due, target, stopped, outcome: dates as ISO text, what is not there as ''."""


@dataclass
class Referral:
    key: str
    received: date
    decided: date | None = None
    is_no_action: bool = False
    assessed_from: date | None = None
    authorised: date | None = None


@dataclass
class Enquiry:
    key: str
    discussions: list[tuple[date, str]] = field(default_factory=list)
    started: date | None = None
    met: date | None = None
    agreed: date | None = None
    reviewed: date | None = None
    ended: date | None = None
    is_conference_needed: bool = True
    conference: date | None = None
    decision: str | None = None
    core_group: date | None = None


@dataclass
class Plan:
    key: str
    started: date
    every: list[tuple[date, str]] = field(default_factory=list)
    visits: list[tuple[date, bool]] = field(default_factory=list)
    ended: date | None = None


@dataclass
class Child:
    id: str
    referrals: list[Referral] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    legal: list[tuple[str, date, date | None, str | None]] = field(default_factory=list)
    """Key, departmental meeting, legal meeting, and the key under which the latter was sent."""
    closed: date | None = None


# ---- what happened ---------------------------------------------------------------------------------------------------


def make(dice: random.Random, id: str) -> Child:
    """A child with a few referrals, enquiries, a plan and legal planning; at times closed with some of it left open."""
    child = Child(id)
    now = SYSTEM_BEGAN + timedelta(days=dice.randrange(5_000))
    for nth in range(dice.choice((0, 1, 1, 2))):
        child.referrals.append(_referral(dice, f"r{nth}", now))
        now += timedelta(days=dice.randrange(1, 120))
    for nth in range(dice.choice((0, 1, 1, 2))):
        child.enquiries.append(_enquiry(dice, f"e{nth}", now))
        now += timedelta(days=dice.randrange(0, 30))  # two enquiries at once are common
    conferences = [one.conference for one in child.enquiries if one.conference]
    if len(set(conferences)) < len(conferences):
        child.enquiries = child.enquiries[:1]  # which of two conferences on one day comes first, nobody can say
    now += timedelta(days=100)
    if dice.random() < 0.5:
        child.plans.append(_plan(dice, now))
        now += timedelta(days=300)
    if dice.random() < 0.3:
        held = now + timedelta(days=dice.randrange(40)) if dice.random() < 0.7 else None
        child.legal.append(("c0", now, held, dice.choice(("c0", None))))
        now += timedelta(days=60)
    if dice.random() < 0.2:
        child.closed = now + timedelta(days=400)
    return child


def _referral(dice: random.Random, key: str, on: date) -> Referral:
    referral = Referral(key, on)
    if dice.random() < 0.9:
        referral.decided = on + timedelta(days=dice.randrange(4))
        referral.is_no_action = dice.random() < 0.3
    if not referral.is_no_action and dice.random() < 0.8:
        referral.assessed_from = on + timedelta(days=dice.randrange(4, 12))
        if dice.random() < 0.8:
            referral.authorised = referral.assessed_from + timedelta(days=dice.randrange(80))
    return referral


def _enquiry(dice: random.Random, key: str, on: date) -> Enquiry:
    enquiry = Enquiry(key)
    if dice.random() < 0.85:
        if dice.random() < 0.3:
            enquiry.discussions.append((on, "none"))
            on += timedelta(days=dice.randrange(1, 4))
        enquiry.discussions.append((on, "section_47"))
    if dice.random() < 0.8 or not enquiry.discussions:
        enquiry.started = on + timedelta(days=dice.choice((0, 0, 0, 1, 2)))
    if dice.random() < 0.6:
        enquiry.met = on + timedelta(days=dice.randrange(6))
    if enquiry.discussions and dice.random() < 0.4:
        enquiry.agreed = on + timedelta(days=dice.randrange(3))
    if enquiry.discussions and dice.random() < 0.4:
        enquiry.reviewed = (enquiry.met or on) + timedelta(days=dice.randrange(1, 9))
    if enquiry.discussions and dice.random() < 0.3:
        enquiry.discussions.append((on + timedelta(days=dice.randrange(3, 8)), "section_47"))
    _conclude(dice, enquiry, on + timedelta(days=dice.randrange(16, 40)))
    return enquiry


def _conclude(dice: random.Random, enquiry: Enquiry, on: date) -> None:
    roll = dice.random()
    if roll < 0.6:
        enquiry.conference = on
        enquiry.decision = dice.choice((None, "child_protection_plan", "child_protection_plan", *NO_PLAN))
        if enquiry.decision not in NO_PLAN and dice.random() < 0.8:
            enquiry.core_group = on + timedelta(days=dice.randrange(1, 20))
    elif roll < 0.9:
        enquiry.ended, enquiry.is_conference_needed = on, dice.random() < 0.3


def _plan(dice: random.Random, on: date) -> Plan:
    plan = Plan("p0", on)
    if dice.random() < 0.9:
        plan.every.append((on, dice.choice(LIMITS)))
    for _ in range(dice.randrange(3)):
        plan.every.append((on + timedelta(days=dice.randrange(1, 200)), dice.choice(LIMITS)))
    plan.every = sorted(dict(plan.every).items())
    now = on
    for _ in range(dice.randrange(12)):
        now += timedelta(days=dice.randrange(22))
        plan.visits.append((now, dice.random() < 0.85))
    if dice.random() < 0.6:
        plan.ended = max(now, plan.every[-1][0] if plan.every else now) + timedelta(days=dice.randrange(20))
    return plan


# ---- what was sent ---------------------------------------------------------------------------------------------------


def events_of(child: Child, dice: random.Random) -> list[Event]:
    """The events: some first sent wrong and then corrected, some that never happened and were taken back."""
    sent: list[Event] = []
    for type, on, key, data in _facts(child, dice):
        id = f"{child.id}-{len(sent)}"
        roll = dice.random()
        if roll < 0.06:
            wrong = on + timedelta(days=dice.choice((-3, -1, 1, 2, 30)))
            sent.append(event(id, type, wrong, subject=child.id, key=key, recorded_at=at("2030-01-01"), **data))
            more = {"target": id, "recorded_at": at("2030-01-02"), "subject": child.id}
            sent.append(event(f"{id}-corrected", type, on, key=key, **more, **data))
        else:
            sent.append(event(id, type, on, subject=child.id, key=key, **data))
        if roll > 0.95:
            never = event(
                f"{id}-never", type, on + timedelta(days=dice.randrange(-20, 20)), subject=child.id, key=key, **data
            )
            back = event(f"{id}-back", "event.withdrawn", on, subject=child.id, target=never.id, withdraws=never.id)
            sent += [never, back]
    return sent


def _facts(child: Child, dice: random.Random) -> Iterator[tuple[str, date | None, str | None, dict[str, object]]]:
    for fact in _all_facts(child, dice):
        if fact[1] is not None:
            yield fact


def _all_facts(child: Child, dice: random.Random) -> Iterator[tuple[str, date | None, str | None, dict[str, object]]]:
    for one in child.referrals:
        yield "referral.received", one.received, one.key, {}
        yield "referral.decided", one.decided, one.key, {"nfa": one.is_no_action}
        yield "assessment.started", one.assessed_from, one.key, {}
        yield "assessment.authorised", one.authorised, one.key, {}
    for enquiry in child.enquiries:
        yield from _facts_of_enquiry(enquiry, dice, is_alone=len(child.enquiries) == 1)
    for plan in child.plans:
        frequency = dict(plan.every)
        own = {"visit_every": frequency.pop(plan.started)} if plan.started in frequency else {}
        yield "child-protection-plan.started", plan.started, plan.key, own
        for on, limit in frequency.items():
            yield "child-protection-review.held", on, plan.key, {"visit_every": limit}
        for on, is_seen in plan.visits:
            yield "child-protection.visited", on, dice.choice((plan.key, None)), {"seen": is_seen}
        yield "child-protection-plan.ended", plan.ended, plan.key, {}
    for key, departmental, legal, sent_as in child.legal:
        yield "departmental-planning-meeting.held", departmental, key, {}
        yield "legal-planning-meeting.held", legal, sent_as, {}
    yield "case.closed", child.closed, None, {}


def _facts_of_enquiry(
    one: Enquiry, dice: random.Random, *, is_alone: bool
) -> Iterator[tuple[str, date | None, str | None, dict[str, object]]]:
    for on, outcome in one.discussions:
        yield "strategy-discussion.held", on, one.key, {"outcome": outcome}
    yield "section-47.started", one.started, one.key, {}
    yield "strategy-meeting.held", one.met, one.key, {"kind": "initial"}
    yield "review-strategy-meeting.agreed", one.agreed, one.key, {}
    yield "strategy-meeting.held", one.reviewed, one.key, {"kind": "review"}
    yield "icpc.held", one.conference, one.key, {"outcome": one.decision} if one.decision else {}
    yield "section-47.ended", one.ended, one.key, {"conference_required": one.is_conference_needed}
    yield "core-group.held", one.core_group, dice.choice((one.key, "p9", None)) if is_alone else one.key, {}


# ---- what is right ---------------------------------------------------------------------------------------------------


def answers_of(child: Child) -> list[Answer]:
    """Every clock there ought to be by Southend's law, with the demonstration's ten days to legal planning and five to
    the letter after it."""
    found: list[Answer] = []
    for referral in child.referrals:
        found += _of_referral(referral, child.closed)
    for enquiry in child.enquiries:
        found += _of_enquiry(enquiry, child.closed)
    found += _of_core_groups(child)
    for plan in child.plans:
        found += _of_plan(plan, child.closed)
    found += _of_conferences_that_review(child)
    for key, departmental, legal, sent_as in child.legal:
        due = slow.due(departmental, 10, "working_days")
        over = _first_of(departmental, (legal, "stop"), (child.closed, "end"))
        found.append(_answer(("departmental-to-legal-planning-meeting", "duty", key), (departmental, due, None), over))
        if legal is not None:  # nobody here ever sends a letter
            over = _first_of(legal, (child.closed, "end"))
            dates = (legal, slow.due(legal, 5, "working_days"), None)
            found.append(_answer(("letter-before-proceedings", "duty", sent_as or ""), dates, over))
    return sorted(found)


def _first_of(start: date, *overs: tuple[date | None, str]) -> tuple[date, str] | None:
    """What came first, on the start's day or after it; on one day a stop comes before an end."""
    dated = [(on, how) for on, how in overs if on is not None and on >= start]
    return min(dated, key=lambda over: (over[0], over[1] != "stop"), default=None)


def _answer(
    name: tuple[str, str, str], dates: tuple[date, date | None, date | None], over: tuple[date, str] | None
) -> Answer:
    start, due, target = dates
    if over is None:
        stopped, outcome = "", ""
    else:
        stopped = over[0].isoformat()
        late = "done" if due is None else "met" if over[0] <= due else "late"
        outcome = "ended" if over[1] == "end" else late
    return (*name, start.isoformat(), _text(due), _text(target), stopped, outcome)


def _text(on: date | None) -> str:
    return on.isoformat() if on else ""


def _of_referral(one: Referral, closed: date | None) -> Iterator[Answer]:
    over = _first_of(one.received, (one.decided, "stop"), (closed, "end"))
    due = slow.due(one.received, 1, "working_days")
    yield _answer(("referral-decision", "duty", one.key), (one.received, due, None), over)
    no_action = one.decided if one.is_no_action else None
    over = _first_of(one.received, (one.authorised, "stop"), (no_action, "end"), (closed, "end"))
    is_new = one.received >= ASSESSMENTS_CHANGED
    due = slow.due(one.received, 45 if is_new else 10, "working_days")
    target = slow.due(one.received, 40, "working_days") if is_new else None
    yield _answer(("single-assessment", "duty", one.key), (one.received, due, target), over)
    if one.assessed_from and one.assessed_from >= ASSESSMENTS_CHANGED:
        over = _first_of(one.assessed_from, (one.authorised, "stop"), (closed, "end"))
        due = slow.due(one.assessed_from, 45, "working_days")
        yield _answer(("single-assessment", "dfe", one.key), (one.assessed_from, due, None), over)


def _of_enquiry(one: Enquiry, closed: date | None) -> Iterator[Answer]:
    not_needed = one.ended if not one.is_conference_needed else None
    initiating = [on for on, outcome in one.discussions if outcome == "section_47"]
    starts = {
        "duty": initiating[0] if initiating else one.started,
        "first_strategy_meeting": one.met,
        "dfe": one.started or (initiating[0] if initiating else None),
    }
    for measure, start in starts.items():
        if start is not None:
            over = _first_of(start, (one.conference, "stop"), (not_needed, "end"), (closed, "end"))
            dates = (start, slow.due(start, 15, "working_days"), None)
            yield _answer(("initial-child-protection-conference", measure, one.key), dates, over)
    if one.discussions and (one.agreed or one.reviewed) and one.discussions[0][0] >= PLAN_BEGAN:
        yield _review_meeting(one, closed)


def _of_core_groups(child: Child) -> Iterator[Answer]:
    """A plan is not known by its enquiry's key, so the end of one ends the earliest first core group still awaited."""
    held = [one for one in child.enquiries if one.conference and one.decision not in NO_PLAN]
    ends = {plan.ended for plan in child.plans if plan.ended}
    for one in sorted(held, key=lambda one: one.conference):
        ends_on = [(on, "end") for on in (*ends, child.closed)]
        over = _first_of(one.conference, (one.core_group, "stop"), *ends_on)
        ends -= {over[0]} if over and over[1] == "end" else set()
        due = slow.due(one.conference, 10, "working_days")
        yield _answer(("first-core-group", "duty", one.key), (one.conference, due, None), over)


def _of_conferences_that_review(child: Child) -> Iterator[Answer]:
    """From the conference that agreed on a plan, or from the plan where there was none; each review from the one held.

    A conference after another begins anew. In these lives every plan comes after every conference, and every review
    changes how often the plan asks for visits.
    """
    name = "review-child-protection-conference"
    agreed = sorted(
        (one.conference, one.key) for one in child.enquiries if one.conference and one.decision not in NO_PLAN
    )
    begun = agreed or [(plan.started, plan.key) for plan in child.plans]
    for (on, key), (following, _) in itertools.pairwise(begun):
        yield _answer((name, "duty", key), (on, slow.due(on, 3, "months"), None), (following, "end"))
    for on, key in begun[-1:]:
        yield from _reviews((name, "duty", key), on, child)
    for plan in child.plans:
        yield from _reviews((name, "dfe", plan.key), plan.started, child)


def _reviews(name: tuple[str, str, str], on: date, child: Child) -> Iterator[Answer]:
    """Three months to the first, six to each after it, until the plan ends."""
    plan = child.plans[0] if child.plans else None
    held = [day for day, _ in plan.every if day > plan.started] if plan else []
    months = 3
    for day in held:
        yield _answer(name, (on, slow.due(on, months, "months"), None), (day, "stop"))
        on, months = day, 6
    over = _first_of(on, (plan.ended if plan else None, "end"), (child.closed, "end"))
    yield _answer(name, (on, slow.due(on, months, "months"), None), over)


def _review_meeting(one: Enquiry, closed: date | None) -> Answer:
    start = one.discussions[0][0]
    over = _first_of(start, (one.reviewed, "stop"), (one.conference, "end"), (one.ended, "end"), (closed, "end"))
    counted_from = start
    if one.met and (over is None or one.met <= over[0]):
        counted_from = one.met
    due, target = slow.due(counted_from, 5, "working_days"), slow.due(start, 2, "working_days")
    return _answer(("review-strategy-meeting", "duty", one.key), (start, due, target), over)


def _of_plan(plan: Plan, closed: date | None) -> Iterator[Answer]:
    """One wait after another: from the plan's start or the visit held to the next visit at which the child was seen."""
    ended = _first_of(plan.started, (plan.ended, "end"), (closed, "end"))
    seen = sorted({on for on, is_seen in plan.visits if is_seen})
    waits = [(start, (stop, "stop")) for start, stop in zip([plan.started, *seen], seen, strict=False)]
    waits.append((seen[-1] if seen else plan.started, ended))
    for start, over in waits:
        said = [limit for on, limit in plan.every if on <= start][-1:]
        dues = [_after(start, limit) for limit in said]
        dues += [_after(on, limit) for on, limit in plan.every if on > start and (over is None or on <= over[0])]
        name = ("child-protection-visit", "duty", plan.key)
        yield _answer(name, (start, min(dues, default=None), None), over)


def _after(on: date, limit: str) -> date:
    count, unit = limit.split()
    return slow.due(on, int(count), unit)
