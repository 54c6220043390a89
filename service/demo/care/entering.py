"""Who comes into care, when and how: families of their own, and families who were on protection plans here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from service.demo import place
from service.demo.care import court, habits
from service.demo.care.habits import Way
from service.demo.care.stay import Stay, grown_up_on
from service.demo.case_system import Case, CaseSystem, Entry

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_DAYS_A_YEAR = 365.25
_HORIZON = 10 * _WEEK
_GO_TO_COURT = "pre-proceedings.ended"
_UNDOING = ("event.withdrawn", "subject.merged")
_AFTER_PLAN = ("case.closed", "child-in-need-plan.started", "child-in-need-plan.ended")


def come_into_care(system: CaseSystem, share: float) -> Iterator[Stay]:
    """Every period of care, ``share`` being how large the council is; registered and allocated, not yet told."""
    diary = system.diary
    first_on, last_on = diary.begins_on, diary.today + _WEEK * habits.WEEKS_AHEAD
    for cases in _families(system, round(habits.ENTERING * share)):
        on = first_on + _DAY * diary.dice.randrange((last_on - first_on).days)
        way = diary.dealt_one_of("way into care", {way: way.share for way in habits.WAYS})
        yield from _enter(system, cases, on, way)
    for cases in _families(system, round(habits.IN_CARE_BEFORE * share)):
        on = first_on - _DAY * diary.between(habits.WEEKS_BEFORE, 7)
        yield from _enter(system, cases, on, diary.one_of(habits.WAYS_OF_THOSE_BEFORE))
    yield from _from_plans(system)


def _families(system: CaseSystem, children: int) -> Iterator[list[Case]]:
    diary = system.diary
    while children > 0:
        size = min(children, diary.one_of(habits.FAMILY_SIZES))
        is_disabled = diary.chance(habits.DISABLED)
        team = place.DISABILITIES if is_disabled else diary.dice.choice(place.CARE_MANAGEMENT)
        worker = team.worker(diary.dice.randint(1, team.workers))
        yield [Case(system.new_reference("c"), team, worker) for _ in range(size)]
        children -= size


def _enter(system: CaseSystem, cases: list[Case], on: date, way: Way) -> Iterator[Stay]:
    """Brothers and sisters come on one day, and the court decides about all of them."""
    diary = system.diary
    on = diary.after(on, 0)
    statuses, begun_on = [(on, "section_20")], on
    ends_on = diary.after(on + _DAY * diary.between(way.weeks, 7), 0)
    if way.is_before_court:
        statuses, begun_on, concluded_on = court.bring_to_court(system, cases, on, way)
        on = statuses[0][0]
        ends_on = diary.after(concluded_on, diary.dice.randint(0, 8)) if way.ends_with_court else max(ends_on, on)
    for case in cases:
        born_on = on - _DAY * diary.between(diary.one_of(dict(way.ages)), _DAYS_A_YEAR)
        system.record("subject.registered", case, max(born_on, begun_on), lag=0, date_of_birth=born_on)
        system.record("case.allocated", case, begun_on, lag=0, service=place.SERVICE)
        yield _stay(system, case, (born_on, on, ends_on), statuses)


def _stay(system: CaseSystem, case: Case, days: tuple[date, date, date], statuses: list[tuple[date, str]]) -> Stay:
    born_on, started_on, ends_on = days
    ends_on = min(ends_on, grown_up_on(born_on))
    until = min(ends_on, system.diary.today + _HORIZON)
    return Stay(case, system.new_reference("la"), born_on, started_on, ends_on, until, statuses)


# ---- from a protection plan, by way of pre-proceedings ---------------------------------------------------------------


def _from_plans(system: CaseSystem) -> Iterator[Stay]:
    """Families for whom pre-proceedings ended in court: what would have happened to them without it is taken out."""
    diary = system.diary
    families: dict[tuple[date, str], list[Entry]] = defaultdict(list)
    known: dict[str, list[Entry]] = defaultdict(list)
    for entry in system.entries:
        known[entry.subject].append(entry)
        if entry.type == _GO_TO_COURT and entry.own["outcome"] == "proceedings_issued":
            families[entry.on, entry.worker].append(entry)
    for (decided_on, _worker), entries in families.items():
        issued_on = diary.after(decided_on, diary.between(habits.ISSUED_AFTER_DECISION))
        on = diary.after(issued_on, diary.between(habits.ISSUED_BEFORE_CARE))
        way = diary.one_of(habits.WAYS_FROM_PLANS)
        keyed = [(entry.case, str(entry.key)) for entry in entries]
        concluded_on, order = court.go_through_court(system, keyed, issued_on, way)
        ends_on = diary.after(concluded_on, diary.dice.randint(0, 8)) if way.ends_with_court else date.max
        for case, _key in keyed:
            born_on = _born_on(known[case.subject])
            if born_on is not None and on < grown_up_on(born_on):
                _end_plan(system, known[case.subject], case, (decided_on, on))
                yield _stay(system, case, (born_on, on, ends_on), [(on, court.INTERIM), (concluded_on, order)])


def _born_on(entries: list[Entry]) -> date | None:
    return next((entry.own["date_of_birth"] for entry in entries if "date_of_birth" in entry.own), None)


def _end_plan(system: CaseSystem, entries: list[Entry], case: Case, days: tuple[date, date]) -> None:
    """The plan ends as care begins; what would have followed it, and the closing of the case, comes to nothing."""
    decided_on, on = days
    gone = {
        entry.id
        for entry in entries
        if entry.type not in _UNDOING and entry.on > (decided_on if entry.type in _AFTER_PLAN else on)
    }
    for entry in entries:
        if entry.id in gone or entry.own.get("withdraws") in gone:
            system.take_out(entry)
            if entry.type == "child-protection-plan.ended":
                system.record(entry.type, case, on, key=entry.key, reason="became looked after")
