"""What a store does with a plan, in a dictionary; and clocks to plan for, as few words as may be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rules.law import Law
from rules.loading.build import load_law
from rules.model import AlertKey, Clock, EventRef, Outcome
from rules.plan import CANCELLED, PLANNED, SAID, TAKEN_BACK, Plan, Told, due_rungs, is_rung, plan
from rules.rungs import rungs_of

LAW = load_law("southend", overlays=["demonstration"])
CONFERENCE, ASSESSMENT, INTERVIEW = "initial-child-protection-conference", "single-assessment", "return-interview"
REFERRAL, CONCERN = "referral-decision", "concern-about-delay"
TIMESCALES = (CONFERENCE, ASSESSMENT, INTERVIEW, REFERRAL, CONCERN)
LONDON = ZoneInfo("Europe/London")
_PASSED_OVER = "passed_over"


def clock(due_on: date, *, timescale: str = CONFERENCE, runs_for: int = 21, id: str = "clock", **more: Any) -> Clock:
    """A duty that runs, of team ``north``, due on a day, and begun so many days before it."""
    known: dict[str, Any] = dict.fromkeys(Clock._fields)
    started_on = due_on - timedelta(days=runs_for)
    known |= {
        "id": id,
        "timescale": timescale,
        "measure": "duty",
        "subject": "child",
        "team": "north",
        "started_on": started_on,
        "started_by": EventRef("system", "start"),
        "counted_from_on": started_on,
        "due_on": due_on,
        "version_on": started_on,
        "is_provisional": False,
        "flags": (),
    }
    return Clock(**(known | more))


def stopped(running: Clock, on: date) -> Clock:
    """The same, done on a day."""
    is_met = running.due_on is None or on <= running.due_on
    outcome = Outcome.MET if is_met else Outcome.LATE
    return running._replace(stopped_on=on, stopped_by=EventRef("system", "stop"), outcome=outcome)


class Book:
    """What has been told or planned. Each change is made as the plan says it, and nothing else is."""

    def __init__(self, law: Law = LAW) -> None:
        self.law = law
        self.known: dict[AlertKey, Told] = {}
        self.said: list[AlertKey] = []
        """Everything that anybody was told, in order."""

    def plan(self, *clocks: Clock) -> Plan:
        """What there is to do, for clocks that are known as they stand now; of all others there is none."""
        return plan(clocks, self.known, self.law)

    def follow(self, *clocks: Clock) -> Plan:
        """Plans, and does it."""
        made = self.plan(*clocks)
        timescales = {key.clock: one.timescale for key, one in self.known.items()}
        timescales |= {one.id: one.timescale for one in clocks}
        for alert in (*made.to_add, *made.to_renew):
            self.known[alert.key] = Told(PLANNED, alert.team, alert.send_at, timescales[alert.key.clock])
        for keys, state in ((made.to_cancel, CANCELLED), (made.to_correct, TAKEN_BACK), (made.to_restore, SAID)):
            for key in keys:
                self.known[key] = self.known[key]._replace(state=state)
        return made

    def tell(self, now: datetime, *clocks: Clock) -> list[AlertKey]:
        """Tells what is due, a post its furthest rung; then what comes next is planned. Returns what was said."""
        said: list[AlertKey] = []
        for one in clocks:
            own = {key: told for key, told in self.known.items() if key.clock == one.id}
            say, passed = due_rungs(rungs_of(one, self.law), own, now)
            for rungs, state in ((say, SAID), (passed, _PASSED_OVER)):
                for rung in rungs:
                    self.known[rung.key] = Told(state, one.team, rung.send_at, one.timescale)
            said += [rung.key for rung in say]
        corrections = [key for key in self.waiting() if not is_rung(key.step) and self.known[key].send_at <= now]
        for key in corrections:
            self.known[key] = self.known[key]._replace(state=SAID)
        self.said += [*said, *corrections]
        self.follow(*clocks)
        return [*said, *corrections]

    def waiting(self) -> list[AlertKey]:
        return sorted(key for key, one in self.known.items() if one.state == PLANNED)

    def stands(self) -> set[AlertKey]:
        """What somebody was told and has not been told otherwise."""
        return {key for key, one in self.known.items() if one.state == SAID and is_rung(key.step)}


def steps(keys: Iterable[AlertKey]) -> list[str]:
    return [key.step for key in keys]


def london(on: date, hour: int = 7, minute: int = 30) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=LONDON).astimezone(UTC)
