"""The reviews of the shared looked-after return agree with answers worked out slowly, straight from its CSV files.

The duty, in a sentence each: the first review within 20 working days of becoming looked after; the second within three
months of the first; each later one within six months of the one before; from the day it was held.
"""

from __future__ import annotations

import calendar
import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

import rules
from rules.model import Clock, Event
from service import clock as wall
from service.door import Refusal, read_document
from service.feeds.facts import Row
from service.feeds.ssda903 import open_return
from tests.rules.slow import is_working

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TIMESCALE = "looked-after-review"
LAW = rules.load_law()
Cells = Mapping[str, str]


class Wait(NamedTuple):
    """A wait for a review. ``held_on`` None: care ended first, or it still goes on."""

    child: str
    started_on: date
    due_on: date
    held_on: date | None
    outcome: str | None


# ---- by way of the reader and the rules ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[Row]:
    with wall.substitute(lambda: NOW):
        return list(open_return(shared_data / "ssda903").rows)


@pytest.fixture(scope="module")
def clocks(rows: list[Row]) -> list[Clock]:
    if TIMESCALE not in LAW.timescales:
        pytest.skip(f"no pack has the timescale {TIMESCALE}: nothing to compare the facts with")
    histories: defaultdict[str, list[Event]] = defaultdict(list)
    for fact in (fact for row in rows for fact in row.facts):
        data = {"happened_on": str(fact.happened_on), **({"key": fact.key} if fact.key else {}), **fact.data}
        document = {"specversion": "1.0", "id": fact.id, "source": "ssda903", "type": fact.type}
        event = read_document({**document, "subject": fact.subject, "data": data}, now=NOW)
        assert not isinstance(event, Refusal), event
        histories[fact.subject].append(event)
    found = [one for events in histories.values() for one in rules.evaluate(events, LAW).clocks]
    return [one for one in found if (one.timescale, one.measure) == (TIMESCALE, "duty")]


# ---- slowly ----------------------------------------------------------------------------------------------------------


def lines(folder: Path, name: str) -> list[Cells]:
    with (folder / "ssda903" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def by_child(rows: Sequence[Cells]) -> Mapping[str, list[Cells]]:
    found: defaultdict[str, list[Cells]] = defaultdict(list)
    for row in rows:
        found[row["CHILD"]].append(row)
    return found


def months_after(start: date, count: int) -> date:
    month = start.month - 1 + count
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def working_days_after(start: date, count: int) -> date:
    at = start
    while count:
        at += timedelta(days=1)
        count -= is_working(at)
    return at


def is_sound(episodes: Sequence[Cells]) -> bool:
    """Whether a child's episodes, in order, each begin where the one before ended, or after care had ended."""
    for one, then in pairwise(episodes):
        if not one["DEC"] or not one["REC"]:
            return False
        is_end = one["REC"].startswith("E")
        if is_end != (then["RNE"] == "S"):
            return False
        if (is_end and day(one["DEC"]) >= day(then["DECOM"])) or (not is_end and one["DEC"] != then["DECOM"]):
            return False
    return True


def times_in_care(episodes: Sequence[Cells]) -> Iterator[tuple[date, date | None]]:
    """Each time whose beginning is in the file, and its end."""
    began: date | None = None
    for row in episodes:
        if row["RNE"] == "S":
            began = day(row["DECOM"])
        if began and row["DEC"] and row["REC"].startswith("E"):
            yield began, day(row["DEC"])
            began = None
    if began:
        yield began, None


def waits(child: str, born: date, episodes: Sequence[Cells], reviews: Sequence[Cells]) -> Iterator[Wait]:
    """Waits that begin before the child is 18, and what became of each by then."""
    grown_up = months_after(born, 12 * 18)
    held = sorted({day(row["REVIEW"]) for row in reviews if day(row["REVIEW"]) <= NOW.date()})
    for began, ended in times_in_care(episodes):
        started, due, nth = began, working_days_after(began, 20), 1
        for on in held:
            if on < began or (ended and on > ended) or on >= grown_up or started >= grown_up:
                continue
            yield Wait(child, started, due, on, "met" if on <= due else "late")
            nth += 1
            started, due = on, months_after(on, 3 if nth == 2 else 6)
        if started < grown_up:
            yield Wait(child, started, due, None, "ended" if ended and ended < grown_up else None)


@pytest.fixture(scope="module")
def answers(shared_data: Path) -> list[Wait]:
    episodes, reviews = by_child(lines(shared_data, "episodes")), by_child(lines(shared_data, "reviews"))
    births = {row["CHILD"]: day(row["DOB"]) for row in lines(shared_data, "header")}
    found = []
    for child, rows in episodes.items():
        ordered = sorted(rows, key=lambda row: day(row["DECOM"]))
        if is_sound(ordered):
            found += waits(child, births[child], ordered, reviews.get(child, ()))
    return found


# ---- side by side ----------------------------------------------------------------------------------------------------


def test_every_wait_for_a_review_agrees_with_the_slow_answers(clocks: list[Clock], answers: list[Wait]):
    children = {one.child for one in answers}
    ours = [
        Wait(
            one.subject,
            one.started_on,
            one.due_on,  # type: ignore[arg-type]
            one.stopped_on if one.outcome and one.outcome.value in ("met", "late") else None,
            one.outcome.value if one.outcome else None,
        )
        for one in clocks
        if one.subject in children
    ]
    assert len(children) > 250
    assert len(answers) > 1_000
    assert Counter(wait.outcome for wait in answers).keys() == {"met", "late", "ended", None}
    assert sorted(map(repr, ours)) == sorted(map(repr, answers))


def test_a_child_whose_episodes_contradict_each_other_is_left_out_here_and_shown_there(
    rows: list[Row], answers: list[Wait], shared_data: Path
):
    started = {row["CHILD"] for row in lines(shared_data, "episodes") if row["RNE"] == "S"}
    shown = {one.subject for row in rows if row.module == "episodes" for one in row.troubles}
    left_out = started - {one.child for one in answers}
    assert left_out
    assert left_out <= shown
