"""Made-up lives of a council: a dozen children, those who work with them, and everything that goes wrong on the way.

acts = made_up(rng, begins=date(2026, 2, 2), days=120)     # → what happens, in order: (moment, what, of what)
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from rules.model import Event
from service.store.people import Absence, Holding, Person
from tests.stories.town import CAST, LONDON, NORTH, SOUTH, at, event, person

HEAR, NAME, PLAN, RELEASE, PROCLAIM, DOWN, UP, MAIL_AWAY, MAIL_BACK, AWAY, BACK = (
    "hear",
    "name",
    "plan",
    "release",
    "proclaim",
    "down",
    "up",
    "mail away",
    "mail back",
    "away",
    "back",
)
CHILDREN = 12
_DAY = timedelta(days=1)
_COVERS = ("cover-one", "cover-two")


class Act(NamedTuple):
    """Something that happens at a moment."""

    at: datetime
    what: str
    of: Any = None


def made_up(rng: random.Random, begins: date, days: int) -> list[Act]:
    """What happens from a day on, in order."""
    acts = [*_children(rng, begins, days), *_people(rng, begins, days), *_troubles(rng, begins, days)]
    acts += _releases(rng, begins)
    acts += [Act(_moment(rng, begins + _DAY * rng.randrange(days)), PLAN) for _ in range(days // 12)]
    if rng.random() < 0.5:
        announced = begins + _DAY * rng.randrange(days)
        acts.append(Act(_moment(rng, announced), PROCLAIM, announced + _DAY * rng.randint(1, 40)))
    return sorted(acts, key=lambda act: act.at)


# ---- children --------------------------------------------------------------------------------------------------------


def _children(rng: random.Random, begins: date, days: int) -> Iterator[Act]:
    for nth in range(CHILDREN):
        child = f"child-{nth}"
        said: list[tuple[datetime, Event]] = []
        for episode in range(rng.randint(1, 1 + days // 40)):
            said += _episode(rng, child, f"{child}-{episode}", begins + _DAY * rng.randint(-30, days))
        if rng.random() < 0.6:
            said.append(
                _sent(rng, event("case.allocated", _day(rng, begins, days), subject=child, key=None, team=SOUTH))
            )
        if rng.random() < 0.15:
            said.append(_sent(rng, event("case.closed", _day(rng, begins, days), subject=child, key=None)))
        for moment, one in [*said, *_mistakes(rng, said)]:
            heard = max(moment, at(begins))
            yield Act(heard, HEAR, one)
            if rng.random() < 0.15:
                yield Act(heard + timedelta(hours=rng.randint(1, 900)), HEAR, one)


def _episode(rng: random.Random, child: str, key: str, on: date) -> Iterator[tuple[datetime, Event]]:
    """One thing that begins, and what ends it, if anything does."""
    team = rng.choice((NORTH, NORTH, SOUTH, SOUTH, SOUTH, None)) if rng.random() < 0.4 else NORTH
    fixed = {"subject": child, "key": key, "team": team}

    def said(type: str, after: int, **more: Any) -> tuple[datetime, Event]:
        return _sent(rng, event(type, on + _DAY * after, **fixed, **more))

    kind = rng.choice(("enquiry", "enquiry", "referral", "referral", "missing", "concern"))
    if kind == "enquiry":
        yield said("strategy-discussion.held", 0, outcome="section_47")
        if rng.random() < 0.7:
            yield said("icpc.held", rng.randint(10, 45), outcome="no_plan")
        elif rng.random() < 0.5:
            yield said("section-47.ended", rng.randint(5, 40), conference_required=False)
    elif kind == "referral":
        yield said("referral.received", 0)
        if rng.random() < 0.8:
            yield said("referral.decided", rng.randint(0, 9), nfa=rng.random() < 0.3)
        if rng.random() < 0.7:
            yield said("assessment.authorised", rng.randint(20, 90))
    elif kind == "missing":
        returned = at(datetime.combine(on, time(rng.randrange(24), rng.randrange(60))))
        yield _sent(rng, event("missing.returned", on, happened_at=returned, **fixed))
        if rng.random() < 0.7:
            seen = returned + timedelta(hours=rng.randint(10, 250))
            seen_on = seen.astimezone(LONDON).date()
            yield _sent(rng, event("return-interview.held", seen_on, happened_at=seen, **fixed))
    else:
        yield said("concern.raised", 0, raised_by="cp_chair")
        if rng.random() < 0.6:
            yield said("legal-planning-meeting.held", rng.randint(10, 90))


def _sent(rng: random.Random, one: Event) -> tuple[datetime, Event]:
    """With the moment at which it is heard of: the same day mostly, or some days late, or weeks."""
    happened = one.happened_at or at(datetime.combine(one.happened_on, time(rng.randint(8, 17))))
    late = rng.choice((timedelta(), timedelta(hours=rng.randint(1, 240)), timedelta(days=rng.randint(5, 40))))
    return happened + timedelta(minutes=rng.randint(1, 300)) + (late if rng.random() < 0.5 else timedelta()), one


def _mistakes(rng: random.Random, said: list[tuple[datetime, Event]]) -> Iterator[tuple[datetime, Event]]:
    """What is taken back, taken back again, and put right."""
    for moment, one in said:
        later = moment + timedelta(hours=rng.randint(1, 600))
        fixed = {"subject": one.subject, "team": one.team, "target": one.id}
        if rng.random() < 0.12:
            back = event("event.withdrawn", one.happened_on, id=f"withdrawn {one.id}", key=None, **fixed)
            yield later, back
            if rng.random() < 0.5:
                again = later + timedelta(hours=rng.randint(1, 150))
                fixed["target"] = back.id
                yield again, event("event.withdrawn", one.happened_on, id=f"not {back.id}", key=None, **fixed)
        elif rng.random() < 0.12:
            shift = timedelta(days=rng.randint(-8, 8))
            happened_at = one.happened_at and one.happened_at + shift
            on = happened_at.astimezone(LONDON).date() if happened_at else one.happened_on + shift
            fresh = {"id": f"corrected {one.id}", "target": one.id, "happened_on": on, "happened_at": happened_at}
            yield later, replace(one, **fresh)


# ---- those who work with them ----------------------------------------------------------------------------------------


def _people(rng: random.Random, begins: date, days: int) -> Iterator[Act]:
    """Leavers and successors, gaps between them, deputies, absences with and without cover."""
    yield from (Act(at(begins), NAME, person(name)) for name in _COVERS)
    for name, holding in CAST:
        yield from _post(rng, person(name, holding, hour=_hour(rng)), begins, begins + _DAY * days)


def _post(rng: random.Random, holder: Person, begins: date, until: date) -> Iterator[Act]:
    (holding,) = holder.holdings
    yield Act(at(begins), NAME, holder)
    on, nth = begins, 0
    while (on := on + _DAY * rng.randint(10, 90)) < until:
        announced = _moment(rng, on - _DAY * rng.randint(0, 3))
        if rng.random() < 0.6:
            back_on = on + _DAY * rng.randint(0, 14)
            away = Absence(on, back_on, rng.choice((*_COVERS, None)))
            holder = holder._replace(absences=(*holder.absences, away))
            yield Act(announced, NAME, holder)
            on = back_on
            continue
        begins_on = on + _DAY * rng.choice((1, 1, 3, rng.randint(1, 25)))
        nth += 1
        yield Act(announced, NAME, holder._replace(holdings=(holder.holdings[0]._replace(to_on=on),)))
        if rng.random() < 0.4:
            deputy = holding._replace(from_on=on + _DAY * rng.randint(0, 4), to_on=begins_on, is_deputy=True)
            yield Act(announced + timedelta(minutes=1), NAME, person(f"deputy-{nth}-{holder.id}", deputy))
        name = f"{holder.id.partition('.')[0]}.{nth}"
        holder = person(name, holding._replace(from_on=begins_on), hour=_hour(rng))
        yield Act(announced + timedelta(minutes=2), NAME, holder)
        on = begins_on


def _hour(rng: random.Random) -> time | None:
    return rng.choice((None, None, None, time(8, 0), time(10, 30)))


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def _troubles(rng: random.Random, begins: date, days: int) -> Iterator[Act]:
    """The service stops, the mail server goes away, it puts off the letters of one reader: each for hours or days."""
    pairs = ((DOWN, UP, None), (MAIL_AWAY, MAIL_BACK, None), *((AWAY, BACK, name) for name, _held in CAST))
    for _ in range(max(2, days // 25)):
        what, ended, of = rng.choice((*pairs[:2], *pairs))
        first = _moment(rng, begins + _DAY * rng.randrange(days))
        yield Act(first, what, of)
        yield Act(first + timedelta(hours=rng.choice((5, 20, 30, 50, 80))), ended, of)


def _releases(rng: random.Random, begins: date) -> Iterator[Act]:
    """Both teams from the first; or one after the other, of what is due from some day on."""
    is_slow = rng.random() < 0.4
    for team in (NORTH, SOUTH):
        on = begins + _DAY * rng.randint(1, 40) if is_slow else begins
        told_from = date.min if rng.random() < 0.5 else on - _DAY * rng.randint(-5, 20)
        yield Act(_moment(rng, on) if is_slow else at(begins), RELEASE, (team, told_from))


def _day(rng: random.Random, begins: date, days: int) -> date:
    return begins + _DAY * rng.randrange(days)


def _moment(rng: random.Random, on: date) -> datetime:
    return at(datetime.combine(on, time(rng.choice((6, 7, 9, 11, 14, 18, 21)), rng.randrange(60))))


def holding_of(name: str) -> Holding:
    return dict(CAST)[name]
