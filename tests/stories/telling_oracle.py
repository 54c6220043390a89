"""Who ought to be told what at a moment, worked out the slow and obvious way: from everything known by then, each time.

Nothing is planned, queued or cancelled here. There is what is known (events, people, plans, releases), and what people
have been told and not been told otherwise. Everything else is asked anew at every tick, of the issue's own words and of
the ladders' (``slow_rungs``); of the service it uses the clocks alone, which have a second opinion of their own.

    oracle.hear(…), oracle.name(…), oracle.plan(…), oracle.release(…)
    oracle.tick(now, cannot_reach=away.__contains__)   # → the letters that have to come in now, and no other
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from rules.evaluate import evaluate
from rules.law import Law
from rules.model import Clock, Event
from rules.plan import CORRECTED, LAPSED, PLAN
from service.store.people import Person
from tests.rules import slow, slow_rungs
from tests.rules.slow_rungs import BEGINS_AT, ENDS_AT, LONDON

LINES = (
    ("worker", "team-manager", "service-manager", "group-manager-fieldwork", "head-of-service", "director"),
    ("chair", "reviewing-officer", "principal-reviewing-officer"),
)
_DAY = timedelta(days=1)

Key = tuple[str, str, date, str]
"""A clock, a rung (or what is said of one), a due date, a post."""


class Letter(NamedTuple):
    """One letter to one reader: what is in it, and, of the teams that are wholly the reader's, how many are overdue
    beside those."""

    to: str
    keys: frozenset[Key]
    is_digest: bool
    overdue: int | None = None


class Said(NamedTuple):
    """What somebody was told of a clock, and when. ``is_late``: that its date, or (``of_target``) target, was past."""

    to: str
    at: datetime
    is_late: bool = False
    of_target: bool = False


class Plan(NamedTuple):
    seq: int
    next_on: date
    post: str


class _Item(NamedTuple):
    key: Key
    to: str
    is_at_once: bool = False
    is_any_day: bool = False
    said: Said | None = None
    """None: a correction."""


class Oracle:
    """See above."""

    def __init__(self, law: Law, teams: dict[str, str], authority: str = "southend") -> None:
        self.law, self.teams, self.authority = law, teams, authority
        self.holidays: set[date] = set()
        self.told_from: dict[str, date] = {}
        self.released_at: datetime | None = None
        self.people: dict[str, Person] = {}
        self.plans: dict[str, Plan] = {}
        self.said: dict[Key, Said] = {}
        self.said_ever: set[Key] = set()
        self.corrected: list[Key] = []
        self.last_digest: dict[str, date] = {}
        self.weeks_done: set[date] = set()
        self._events: dict[str, dict[tuple[str, str], Event]] = defaultdict(dict)
        self._clocks: dict[str, tuple[Clock, ...]] = {}

    # ---- what is known ----

    def hear(self, *events: Event) -> None:
        for event in events:
            self._events[event.subject].setdefault(event.ref, event)
            self._clocks.pop(event.subject, None)

    def proclaim(self, on: date, law: Law) -> None:
        self.holidays.add(on)
        self.law = law
        self._clocks.clear()

    def name(self, person: Person) -> None:
        self.people[person.id] = person

    def plan(self, clock: str, plan: Plan) -> None:
        self.plans[clock] = plan

    def release(self, team: str, told_from: date, now: datetime) -> None:
        self.told_from[team] = told_from
        self.released_at = self.released_at or now

    def clocks(self) -> Iterator[Clock]:
        """Every duty, as everything known says it stands."""
        for subject, events in self._events.items():
            if subject not in self._clocks:
                found = evaluate(list(events.values()), self.law).clocks
                self._clocks[subject] = tuple(one for one in found if one.measure == "duty")
            yield from self._clocks[subject]

    def is_working(self, on: date) -> bool:
        return slow.is_working(on) and on not in self.holidays

    # ---- a tick ----

    def tick(self, now: datetime, *, cannot_reach: Callable[[str], bool] = lambda _name: False) -> list[Letter]:
        """The letters of this moment. What they say is told from now on."""
        here = now.astimezone(LONDON)
        if not BEGINS_AT <= here.time() < ENDS_AT:
            return []
        by_reader: dict[str, list[_Item]] = defaultdict(list)
        for item in [*self._rungs(now), *self._corrections()]:
            by_reader[item.to].append(item)
        weekly = self._weekly_readers(here)
        letters = [
            self._letter(name, by_reader[name], here, is_weekly=name in weekly) for name in {*by_reader, *weekly}
        ]
        going = [one for one in letters if one is not None]
        reached = [one for one in going if not cannot_reach(one[0])]
        is_silent = self.released_at is None
        if self.is_working(here.date()) and not is_silent and not weekly and len(reached) == len(going):
            self.weeks_done.add(self._slot(here.date()))
        return [self._tell(*one, now) for one in reached]

    def _letter(
        self, name: str, items: list[_Item], here: datetime, *, is_weekly: bool
    ) -> tuple[str, list[_Item], bool] | None:
        """What goes to a reader now: all there is, in a digest; or what cannot wait for one; or nothing."""
        today = here.date()
        if self.is_working(today) and here.time() >= self._hour(name) and self.last_digest.get(name) != today:
            return (name, items, True) if items or is_weekly else None
        urgent = [one for one in items if (one.is_at_once if self.is_working(today) else one.is_any_day)]
        return (name, urgent, False) if urgent else None

    def _tell(self, name: str, items: list[_Item], is_digest: bool, now: datetime) -> Letter:
        today = now.astimezone(LONDON).date()
        overdue = self._also_overdue(name, today, _told_as_late(items)) if is_digest else None
        if is_digest:
            self.last_digest[name] = today
        for item in items:
            if item.said is not None:
                self.said[item.key] = item.said
                self.said_ever.add(item.key)
            else:  # a correction: what was said stands no more
                clock, step, on, post = item.key
                del self.said[clock, step.removeprefix(CORRECTED), on, post]
                self.corrected.append(item.key)
        return Letter(name, frozenset(item.key for item in items), is_digest, overdue)

    # ---- what there is to tell ----

    def _rungs(self, now: datetime) -> Iterator[_Item]:
        today = now.astimezone(LONDON).date()
        for clock in self.clocks():
            if clock.outcome is not None or (clock.lapses_on is not None and today >= clock.lapses_on):
                continue
            plan = self.plans.get(clock.id)
            if plan is not None and today > plan.next_on:
                yield from self._lapsed(clock, plan, now)
            for (post, _of), (rung, on) in self._come(clock, now).items():
                key = (clock.id, rung["id"], on, post)
                is_held = plan is not None and today <= plan.next_on
                if key in self.said or (is_held and plan is not None and post == plan.post):
                    continue
                if is_held and plan is not None:
                    key = (clock.id, f"{PLAN}{plan.seq}", on, post)
                    if key in self.said:
                        continue
                said = Said("", now, slow_rungs.is_after(rung) and not is_held, rung.get("of") == "target_due_on")
                marks = (bool(rung.get("at_once")), bool(rung.get("any_day"))) if not is_held else (False, False)
                yield from self._to(post, clock, _Item(key, "", *marks, said))

    def _come(self, clock: Clock, now: datetime) -> dict[tuple[str, str], tuple[dict[str, Any], date]]:
        """Of each post, for the due date and the target, the furthest rung that has come, of a team that is told."""
        found: dict[tuple[str, str], tuple[dict[str, Any], date]] = {}
        rungs = sorted(slow_rungs.rungs_of(clock, self.authority, is_working=self.is_working), key=lambda one: one[1])
        for (_step, on, post), moment, rung in rungs:
            told_from = self.told_from.get(clock.team or "", self.told_from.get("*"))
            if moment <= now and told_from is not None and on >= told_from:
                found[post, rung.get("of", "due_on")] = (rung, on)
        return found

    def _lapsed(self, clock: Clock, plan: Plan, now: datetime) -> Iterator[_Item]:
        """That the day of a plan has passed, from the next working morning on."""
        on = plan.next_on + _DAY
        while not self.is_working(on):
            on += _DAY
        known = [key for key in self.said if key[:2] == (clock.id, f"{LAPSED}{plan.seq}")]
        told_from = self.told_from.get(clock.team or "", self.told_from.get("*"))
        if datetime.combine(on, BEGINS_AT, LONDON) <= now and not known and told_from is not None:
            key = (clock.id, f"{LAPSED}{plan.seq}", date.min, plan.post)
            yield from self._to(plan.post, clock, _Item(key, "", said=Said("", now)))

    def _to(self, post: str, clock: Clock, item: _Item) -> Iterator[_Item]:
        assert item.said is not None
        name = self.reader(post, clock.team, item.said.at.astimezone(LONDON).date())
        if name is not None:
            yield item._replace(to=name, said=item.said._replace(to=name))

    def _corrections(self) -> Iterator[_Item]:
        """To exactly those who were told that something was late which, by what is known now, was not."""
        known = {clock.id: clock for clock in self.clocks()}
        for (clock, step, on, post), said in self.said.items():
            if said.is_late and not _was_late(known.get(clock), said):
                yield _Item((clock, CORRECTED + step, on, post), said.to)

    # ---- people ----

    def reader(self, post: str, team: str | None, on: date) -> str | None:
        """Who is told for a post: whoever is at it, or else at the nearest above it in its line."""
        line = next(line for line in LINES if post in line)
        for rung in line[line.index(post) :]:
            if name := self.at(rung, team or "", on):
                return name
        return None

    def at(self, post: str, team: str, on: date) -> str | None:
        """Who acts at a post: of the team, else of its service, else of everybody."""
        places = [(team, ""), ("", self.teams[team]), ("", "")] if team else [("", "")]
        services = {held.service for one in self.people.values() for held in self._held(one, on) if held.post == post}
        if not team and len(services - {""}) == 1:
            places.append(("", (services - {""}).pop()))
        for place in places:
            at_place = [
                (one, held)
                for one in self.people.values()
                for held in self._held(one, on)
                if (held.post, held.team, held.service) == (post, *place)
            ]
            for one, _held in (pair for pair in at_place if not pair[1].is_deputy):
                if acting := self._acting(one, on):
                    return acting
            for one, _held in (pair for pair in at_place if pair[1].is_deputy):
                if not self._away(one, on):
                    return one.id
        return None

    def _acting(self, holder: Person, on: date) -> str | None:
        away = self._away(holder, on)
        covers = [one.cover for one in away if one.cover and not self._away(self.people[one.cover], on)]
        return (covers[0] if covers else None) if away else holder.id

    @staticmethod
    def _held(person: Person, on: date) -> list[Any]:
        return [held for held in person.holdings if held.from_on <= on and (held.to_on is None or on <= held.to_on)]

    @staticmethod
    def _away(person: Person, on: date) -> list[Any]:
        return [one for one in person.absences if one.from_on <= on <= one.to_on]

    def _hour(self, name: str) -> time:
        person = self.people.get(name)
        return person.digest_at if person and person.digest_at else BEGINS_AT

    # ---- the week, and how things stand ----

    def _weekly_readers(self, here: datetime) -> set[str]:
        """Who hears this week that there is nothing to hear: all who read for a team that is told of."""
        today = here.date()
        slot = self._slot(today)
        if self.released_at is None or today < slot or slot in self.weeks_done or not self.is_working(today):
            return set()
        if today > slot and self.released_at.astimezone(LONDON).date() > slot:
            return set()
        readers = set()
        for post in {rung["post"] for ladder in self._ladders() for rung in ladder}:
            for team in ("", *self.teams):
                name = self.at(post, team, today)
                is_told = bool(self.told_from) if not team else {team, "*"} & self.told_from.keys()
                if name and is_told and self.last_digest.get(name, date.min) < slot:
                    readers.add(name)
        return readers

    def _slot(self, today: date) -> date:
        """The first working day of a week, or of the next where it has none."""
        slot = today - timedelta(days=today.weekday())
        while not self.is_working(slot):
            slot += _DAY
        return slot

    def _ladders(self) -> Iterator[list[dict[str, Any]]]:
        for ladder in slow_rungs.ladders(self.authority).values():
            yield [{"post": post} for step in ladder["steps"] for post in step.get("posts", [step.get("post")])]

    def _also_overdue(self, name: str, today: date, told: set[str]) -> int:
        whole = {team for team in self.teams if self.at("team-manager", team, today) == name}
        overdue = [one for one in self.clocks() if one.team in whole and one.status(today).value == "overdue"]
        return sum(one.id not in told for one in overdue)


def _told_as_late(items: list[_Item]) -> set[str]:
    """The clocks that a letter's own news says are overdue; of one that it corrects it says that alone."""
    corrected = {item.key[0] for item in items if item.said is None}
    late = {
        item.key[0]
        for item in items
        if item.said is not None
        and (item.key[1].startswith((PLAN, LAPSED)) or (item.said.is_late and not item.said.of_target))
    }
    return late - corrected


def _was_late(clock: Clock | None, said: Said) -> bool:
    """Whether what was said on that day ("its date has passed") was so, as it is known now."""
    due_on = None if clock is None else clock.target_due_on if said.of_target else clock.due_on
    if clock is None or due_on is None:
        return False
    if clock.stopped_on is not None:
        return clock.stopped_on > due_on or (clock.outcome == "late" and not said.of_target)
    if clock.due_at is not None and not said.of_target:
        return clock.due_at <= said.at
    return due_on < said.at.astimezone(LONDON).date()
