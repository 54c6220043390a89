"""Events and clocks as a test writes them: short, and nothing hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from rules.evaluate import evaluate
from rules.law import Law
from rules.model import Clock, Event
from rules.workdays import WorkingCalendar


def event(id: str, type: str, on: date | str, *, key: str | None = None, **more: object) -> Event:
    """An event of the system ``system`` about ``child``. Own fields go by name; so do the fields of Event."""
    named = {
        name: more.pop(name)
        for name in ("source", "subject", "target", "recorded_at", "team", "worker")
        if name in more
    }
    happened_on = date.fromisoformat(on) if isinstance(on, str) else on
    defaults: dict[str, object] = {"source": "system", "subject": "child"}
    return Event(id=id, type=type, happened_on=happened_on, key=key, data=more, **(defaults | named))  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """A moment: ``2026-06-01`` is noon of that day, in UTC."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00").replace(tzinfo=UTC)


def clocks_of(events: Iterable[Event], law: Law, timescale: str, measure: str = "duty") -> list[Clock]:
    """The clocks of one measure, in order of their start."""
    clocks = [
        clock for clock in evaluate(events, law).clocks if (clock.timescale, clock.measure) == (timescale, measure)
    ]
    return sorted(clocks, key=lambda clock: (clock.started_on, clock.key or ""))


def codes_of(events: Iterable[Event], law: Law) -> list[str]:
    """What could not be right, by code."""
    return [problem.code for problem in evaluate(events, law).problems]


_calendars: dict[date, WorkingCalendar] = {}


def with_holiday(law: Law, on: date) -> Law:
    """The same law in a year with one bank holiday more."""
    national = law.calendars["england-and-wales"]
    if on not in _calendars:
        _calendars[on] = WorkingCalendar(
            "one-more",
            holidays=national.holidays | {on: "one more"},
            covered=(national.covered_from, national.covered_until),
            checked_on=national.checked_on,
            source=national.source,
        )
    return replace(law, calendars={**law.calendars, "england-and-wales": _calendars[on]})
