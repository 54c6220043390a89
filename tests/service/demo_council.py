"""The demonstration council, made once for a run of tests, and what the service's own rules make of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rules import evaluate, load_law
from rules.model import Clock, Event, Outcome, Problem
from service.demo import council
from service.door import Refusal, read_document

TODAY = date(2026, 11, 23)
SEED = 3
EARLY = datetime.combine(TODAY, time(6), ZoneInfo("Europe/London"))
CONFERENCE = "initial-child-protection-conference"
LAW = load_law("southend", overlays=("demonstration",))
WORKING = LAW.calendars["england-and-wales"]


class Made(NamedTuple):
    """A council, and what the service makes of it. ``refusals``: what the front door turned away, and why."""

    documents: list[dict[str, Any]]
    events: list[Event]
    clocks: list[Clock]
    problems: list[Problem]
    refusals: list[str]

    def __repr__(self) -> str:
        """Short, or a failing test would print every event there is."""
        return f"a council of {len(self.events):,} events and {len(self.clocks):,} clocks"

    def of(self, timescale: str, measure: str = "duty") -> list[Clock]:
        return [clock for clock in self.clocks if (clock.timescale, clock.measure) == (timescale, measure)]

    def typed(self, type: str) -> list[Event]:
        return [event for event in self.events if event.type == type]


@cache
def made_council() -> Made:
    """The council of the seed on the day, through the front door and evaluated."""
    return _made(list(council(SEED, TODAY)))


@cache
def made_in_care(seed: int) -> Made:
    """Of the council of any seed, the children who come into care, and everything about them."""
    documents = list(council(seed, TODAY))
    in_care = {document["subject"] for document in documents if document["type"] == "looked-after.started"}
    return _made([document for document in documents if document["subject"] in in_care])


def _made(documents: list[dict[str, Any]]) -> Made:
    read = [read_document(document, now=EARLY) for document in documents]
    events = [event for event in read if isinstance(event, Event)]
    refusals = [str(refusal) for refusal in read if isinstance(refusal, Refusal)]
    home = {event.subject: str(event.data["into"]) for event in events if event.type == "subject.merged"}
    histories: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        histories[home.get(event.subject, event.subject)].append(event)
    evaluations = [evaluate(history, LAW) for history in histories.values()]
    clocks = list(chain.from_iterable(evaluation.clocks for evaluation in evaluations))
    problems = list(chain.from_iterable(evaluation.problems for evaluation in evaluations))
    return Made(documents, events, clocks, problems, refusals)


def share_in_time(clocks: Iterable[Clock]) -> float:
    """Of what was stopped and has dates that can be true: how much was in time."""
    outcomes = Counter(clock.outcome for clock in clocks if clock.is_in_figures)
    return outcomes[Outcome.MET] / (outcomes[Outcome.MET] + outcomes[Outcome.LATE])
