"""One child's thirty events evaluated with an authority's whole law."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice

from rules import evaluate, load_law
from rules.loading.build import extended_by
from rules.model import Event
from service.door import read_document
from tests.bench.events import EVENTS_A_CHILD, documents
from tests.bench.facts import best, timed

_ROUNDS = 500


def run() -> None:
    """Prints microseconds a history, and what a loop that only builds the clocks' worth of objects costs beside it."""
    law = load_law(extended_by("demonstration"))
    now = datetime.now(UTC)
    history = [read_document(one, now=now) for one in islice(documents(EVENTS_A_CHILD, ends_on=date.today()), None)]
    events = [event for event in history if isinstance(event, Event)]
    assert len(events) == EVENTS_A_CHILD
    clocks = evaluate(events, law).clocks
    took = best(lambda: timed(lambda: [evaluate(events, law) for _ in range(_ROUNDS)])) / _ROUNDS
    print(
        f"{len(events)} events, {len(law.timescales)} timescales → {len(clocks)} clocks: {took * 1e6:.0f} µs (goal 200)"
    )
