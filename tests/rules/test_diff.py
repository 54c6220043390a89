"""What a change of a clock is said to be: the reason in the journal is the one that an inspector reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.diff import diff
from rules.loading.build import load_law
from rules.model import ChangeKind, Event
from tests.rules.making import at, clocks_of, event, with_holiday
from tests.rules.test_longer_language import KINGDOM, day

ISSUED = event("a", "proceedings.issued", "2026-01-05", key="c1")
REFERRED = event("a", "referral.received", "2026-06-01")


def extended(id: str, until: str, **more: object) -> Event:
    return event(id, "proceedings.extended", "2026-01-20", key="c1", until=until, **more)


def known(hour: str) -> Event:
    return replace(event("a", "serious-incident.known", "2026-06-01"), happened_at=at(f"2026-06-01T{hour}"))


@pytest.mark.parametrize(
    ("timescale", "before", "after", "reason"),
    [
        ("extended", [ISSUED], [ISSUED, extended("b", "2026-02-09")], "extended once: due 2026-02-09"),
        (
            "extended",
            [ISSUED, extended("b", "2026-02-09")],
            [ISSUED, extended("b", "2026-02-09"), extended("c", "2026-02-12", target="b")],
            "the days that it counts changed: an extension, a pause, or the calendar: due 2026-02-12",
        ),
        (
            "paused",
            [REFERRED],
            [REFERRED, event("b", "missing.started", "2026-06-03")],
            "paused since 2026-06-03: no due date (before: due 2026-06-15)",
        ),
        (
            "in-hours",
            [known("09:00")],
            [known("14:00")],
            "the hour that it is counted from, or an extension of it, changed: due 2026-06-02 15:00 (before: due "
            "2026-06-02 10:00)",
        ),
    ],
)
def test_what_moved_a_clock_is_said_as_it_was(timescale: str, before: list[Event], after: list[Event], reason: str):
    [change] = diff(clocks_of(before, KINGDOM, timescale), clocks_of(after, KINGDOM, timescale))
    assert (change.kind, change.reason[: len(reason)]) == (ChangeKind.MOVED, reason)


def test_a_bank_holiday_more_is_no_extension():
    more = with_holiday(KINGDOM, day("2026-06-08"))
    [change] = diff(clocks_of([REFERRED], KINGDOM, "paused"), clocks_of([REFERRED], more, "paused"))
    assert change.reason.startswith("the days that it counts changed: an extension, a pause, or the calendar: due")


def test_every_reason_is_given_for_a_law_that_changes_in_one_number():
    england = load_law("england")
    [before] = clocks_of([REFERRED], england, "single-assessment")
    moved = before._replace(limit=before.limit and before.limit._replace(count=40), due_on=day("2026-07-27"))
    [change] = diff([before], [moved])
    assert change.reason == "the limit is now 40 working days: due 2026-07-27 (before: due 2026-08-03)"
