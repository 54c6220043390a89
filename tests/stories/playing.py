"""Plays made-up lives to a town and to the oracle alike, and compares the letters of every tick."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from rules.model import Clock
from rules.plan import LAPSED
from service import acknowledging, going_live
from service.acknowledging import Planned
from tests.stories import telling_oracle
from tests.stories.telling_lives import Act, made_up
from tests.stories.telling_oracle import Oracle
from tests.stories.town import LONDON, NORTH, SOUTH, TEAM_MANAGER, PostOffice, Town

WORKING_HOURS = (time(7, 30), time(8, 45), time(12, 0), time(15, 30), time(18, 50))
WEEKEND_HOURS = (time(7, 30), time(13, 0), time(18, 50))
QUIET_HOURS = (time(0, 30), time(6, 15), time(19, 55), time(22, 30))
"""More than an hour apart, so that whatever a mail server puts off is tried again at the next."""
_PLANS_REACH = 14


class Played(NamedTuple):
    """How much was told in one life."""

    ticks: int
    letters: int
    told: int
    corrected: int
    plans: int
    weekly: int

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in self._asdict().items())


class Stage:
    """A town and an oracle to whom the same happens."""

    def __init__(self, town: Town, server: PostOffice, rng: random.Random) -> None:
        self.town, self.server, self.rng = town, server, rng
        self.oracle = Oracle(town.council.law, {NORTH: "Assessment", SOUTH: "Assessment"})
        self.is_mail_away, self.is_shaken = False, False
        self.counts: Counter[str] = Counter()
        self.log: list[str] = []

    # ---- what happens ----

    def act(self, act: Act) -> None:
        self.town.wall.now = act.at
        self.log.append(f"{act.at:%a %d %b %H:%M} {act.what} {act.of if act.of is not None else ''}")
        getattr(self, f"_{act.what.replace(' ', '_')}")(act.of)

    def _hear(self, event) -> None:
        self.town.hear(event)
        self.oracle.hear(event)

    def _name(self, person) -> None:
        self.town.name(person)
        self.oracle.name(person)

    def _release(self, of) -> None:
        team, told_from = of
        going_live.release(self.town.council, team, told_from, actor="administrator")
        self.oracle.release(team, told_from, self.town.wall.now)

    def _proclaim(self, on: date) -> None:
        self.town.proclaim(on)
        self.oracle.proclaim(on, self.town.council.law)

    def _plan(self, _of) -> None:
        today = self.town.wall.now.astimezone(LONDON).date()
        may = [clock for clock in self.oracle.clocks() if self._may_be_planned(clock, today)]
        if not may:
            return
        clock = self.rng.choice(sorted(may))
        last = acknowledging.latest_next_on(self.town.council, clock, today)
        next_on = today + timedelta(days=self.rng.randint(0, (last - today).days))
        planned = Planned(clock.id, "family-refused", next_on, TEAM_MANAGER)
        (made,) = acknowledging.acknowledge(self.town.council, [planned], who="key")
        self.oracle.plan(clock.id, telling_oracle.Plan(made.seq, next_on, TEAM_MANAGER))
        self.log[-1] += f"{clock.id} until {next_on}"
        self.counts["plans"] += 1

    def _may_be_planned(self, clock: Clock, today: date) -> bool:
        told_from = self.oracle.told_from.get(clock.team or "")
        return (
            clock.outcome is None
            and clock.due_on is not None
            and told_from is not None
            and clock.due_on >= told_from
            and abs((clock.due_on - today).days) < _PLANS_REACH
        )

    def _down(self, _of) -> None:
        self.town.is_down = True

    def _up(self, _of) -> None:
        self.town.is_down = False

    def _mail_away(self, _of) -> None:
        self.server.stop()

    def _mail_back(self, _of) -> None:
        self.server.stop()
        self.server.start()

    def _away(self, name: str) -> None:
        self.server.away.add(name)

    def _back(self, name: str) -> None:
        self.server.away.discard(name)

    # ---- a tick ----

    def tick(self, moment: datetime) -> None:
        """One tick; or three, while letters wait: what is dropped in one is written anew in the next."""
        if self.town.is_down:
            return
        cannot = (lambda _name: True) if not self.server.is_open else self.server.away.__contains__
        before = dict(self.oracle.last_digest)
        ought = self.oracle.tick(moment, cannot_reach=cannot)
        is_troubled = not self.server.is_open or bool(self.server.away)
        is_loose = self.is_shaken or is_troubled
        for nth in range(3 if self.is_shaken or is_troubled else 1):
            self.town.wall.now = moment + timedelta(seconds=nth)
            self.town.tick()
        if self.is_shaken and not is_troubled:
            self.oracle.tick(moment + timedelta(seconds=2))
        self.is_shaken = is_troubled
        came, self.town.letters = self.town.letters, []
        self.counts["ticks"] += 1
        self.counts["letters"] += len(came)
        self.counts["weekly"] += sum(not one.carries for one in came)
        if is_loose:
            ought = self._in_the_form_that_came(ought, came, before, moment)
        self._compare(moment, ought, came)

    def _in_the_form_that_came(self, ought, came, before, moment: datetime) -> list[telling_oracle.Letter]:
        """What waited for a mailbox comes as it was written: at once, where by now it would stand in a digest."""
        forms = {(one.to, _written(one.carries)): one.is_digest for one in came}
        found = []
        for letter in ought:
            is_digest = forms.get((letter.to, _written(letter.keys)), letter.is_digest)
            if is_digest == letter.is_digest:
                found.append(letter)
                continue
            overdue = next((_overdue(one) for one in came if one.to == letter.to and one.is_digest), None)
            found.append(letter._replace(is_digest=is_digest, overdue=overdue))
            if is_digest:
                self.oracle.last_digest[letter.to] = moment.astimezone(LONDON).date()
            elif letter.to in before:
                self.oracle.last_digest[letter.to] = before[letter.to]
            else:
                self.oracle.last_digest.pop(letter.to, None)
        return found

    def _compare(self, moment: datetime, ought, came) -> None:
        expected = {(one.to, one.is_digest): (_written(one.keys), one.overdue) for one in ought}
        got = {(one.to, one.is_digest): (_written(one.carries), _overdue(one)) for one in came}
        assert len(got) == len(came), self._story(moment, f"two letters at once: {Counter(one.to for one in came)}")
        if got != expected:
            lines = [f"{moment.astimezone(LONDON):%A %d %B %Y %H:%M}"]
            for who in sorted(expected.keys() | got.keys()):
                if expected.get(who) != got.get(who):
                    lines += [f"{who}:", f"  ought: {expected.get(who)}", f"  came:  {got.get(who)}"]
            raise AssertionError(self._story(moment, "\n".join(lines)))

    def _story(self, moment: datetime, what: str) -> str:
        clocks = [
            f"{one.id} {one.timescale} {one.subject} {one.team} {one.started_on} due {one.due_on} {one.target_due_on} "
            f"{one.due_at} stopped {one.stopped_on} {one.outcome}"
            for one in self.oracle.clocks()
            if one.id in what
        ]
        subjects = {one.subject for one in self.oracle.clocks() if one.id in what}
        log = [line for line in self.log if " hear " not in line or any(f"'{subject}'" in line for subject in subjects)]
        return "\n".join([what, *clocks, *log[-60:]])


def play(found: Callable[..., Town], server: PostOffice, rng: random.Random, begins: date, days: int) -> Played:
    """One life, from its first day on; raises AssertionError, with what happened, at the first letter that is wrong."""
    town = found(begins, alerts_from=None, is_weekly_off=False)
    stage = Stage(town, server, rng)
    acts = made_up(rng, begins, days)
    for moment in _ticks(rng, begins, days):
        while acts and acts[0].at <= moment:
            stage.act(acts.pop(0))
        stage.tick(moment)
    told = Counter(key[1].partition(":")[0] for key in stage.oracle.said_ever)
    return Played(
        stage.counts["ticks"],
        stage.counts["letters"],
        told.total(),
        len(stage.oracle.corrected),
        stage.counts["plans"],
        stage.counts["weekly"],
    )


def _ticks(rng: random.Random, begins: date, days: int) -> Iterator[datetime]:
    for nth in range(days):
        on = begins + timedelta(days=nth)
        hours = WORKING_HOURS if on.weekday() < 5 else WEEKEND_HOURS
        quiet = [rng.choice(QUIET_HOURS)] if rng.random() < 0.3 else []
        for hour in sorted((*hours, *quiet)):
            yield datetime.combine(on, hour, LONDON).astimezone(UTC)


def _written(keys) -> tuple[tuple[str, ...], ...]:
    return tuple(
        sorted((clock, step, "" if step.startswith(LAPSED) else str(on), post) for clock, step, on, post in keys)
    )


def _overdue(letter) -> int | None:
    """How many it lists as overdue beside what is new: in one list at most."""
    listed = [number for title, number in letter.stands.items() if title in ("Overdue", "Also overdue")]
    assert len(listed) <= 1
    return sum(listed) if letter.is_digest else None
