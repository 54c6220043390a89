"""Whether every source sends as it usually does, or as it was said that it should."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from service.checking import words
from service.checking.finding import Finding, Look, Looked
from service.checking.numbers import USUAL
from service.checking.rhythm import OFFICE_DAY, Kind, Rhythm, quiet_for, rhythm_of
from service.council import Council
from service.notify.letters import message
from service.store import sources
from service.store.sources import Heard, Source

SILENT = "watch.feed-silent"


class Standing(NamedTuple):
    """A source, how it sends, and how long it has been quiet, counted as its rhythm counts."""

    source: Source
    rhythm: Rhythm
    quiet: timedelta

    @property
    def is_silent(self) -> bool:
        """Whether it has been quiet for longer than it may be."""
        return self.rhythm.limit is not None and self.quiet > self.rhythm.limit

    @property
    def last(self) -> str:
        """When it last sent, in words."""
        return (
            f"last sent {message.at_words(self.source.last_at)}" if self.source.last_at else "has never sent anything"
        )

    @property
    def usual(self) -> str:
        """What is known of its rhythm, in words."""
        known = self.rhythm
        if known.kind is Kind.RETIRED:
            return "retired: nothing more is expected of it"
        if known.usual is None:
            heard = message.count(known.days, "day")
            return f"too little to learn from: it sent on {heard} of late, so its silence would not be noticed"
        spell = length(known, known.usual)
        return (
            f"to send every {spell}, as was set" if known.kind is Kind.SET else f"never quiet for longer than {spell}"
        )


def standings(council: Council, heard: Heard, *, now: datetime) -> list[Standing]:
    """Every source as it stands at a moment, by name."""
    found = []
    for source in heard.sources:
        rhythm = rhythm_of(source, heard.arrivals[source.name], council.calendar)
        found.append(Standing(source, rhythm, quiet_for(source, rhythm, council.calendar, now)))
    return found


def silent(look: Look) -> Looked:
    """A finding for each source that is silent."""
    heard = sources.heard(look.db, most=USUAL.read_at_most, now=look.now)
    if not heard.is_all:
        return Looked(well="Events are still being read, so no silence can be told yet.", is_unsure=True)
    known = standings(look.council, heard, now=look.now)
    return Looked(tuple(_finding(one) for one in known if one.is_silent), _well(known))


def length(rhythm: Rhythm, span: timedelta) -> str:
    """A span of time as a rhythm counts it, in words."""
    if rhythm.is_by_clock:
        return words.span(span)
    days, rest = divmod(span, OFFICE_DAY)
    hours = rest // timedelta(hours=1)
    if days and not hours:
        return message.count(days, "working day")
    return (
        message.count(hours + days * (OFFICE_DAY // timedelta(hours=1)), "office hour") if hours else "an office hour"
    )


def _finding(one: Standing) -> Finding:
    name, usual, limit = one.source.name, one.rhythm.usual, one.rhythm.limit
    assert usual is not None
    assert limit is not None
    since = one.source.last_at or one.source.expected_at
    began = f"since {message.at_words(since)}" if one.source.last_at and since else "at all, and was expected to"
    return Finding(
        f"{SILENT}/{name}",
        f"No events from {name}",
        f"{name} has sent nothing {began}. That is {length(one.rhythm, one.quiet)}; it is {one.usual}. "
        "What happens meanwhile starts no clock, and nobody hears of it.",
        f"Ask whoever runs {name} whether it sends, and what it is answered. If it is meant to be quiet: "
        f"timescales sources expect {name} --every '3 working days'. If it has had its day: timescales sources retire "
        f"{name}.",
        since,
        one.quiet // limit,
    )


def _well(known: list[Standing]) -> str:
    if not known:
        return "No events have come in yet."
    watched = [one for one in known if one.rhythm.limit is not None]
    others = len(known) - len(watched)
    rest = (
        f"; {message.count(others, 'other')} {'is' if others == 1 else 'are'} not watched for silence" if others else ""
    )
    return (
        f"{message.count(len(watched), 'source')} of events {'sends' if len(watched) == 1 else 'send'} as usual{rest}."
    )
