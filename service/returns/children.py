"""A return's rows, brought together by child: all that a file says of a child is held against the store at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from rules.catalogue import REGISTERED
from service.bulk import LINES_AT_A_TIME
from service.feeds.facts import Period, Return, Row
from service.returns.account import child_of


class Survey(NamedTuple):
    """What a first reading shows: how many rows, the first and last day of what happened in them, which types of event
    they state, which children stand in more than one place, and how many rows were refused and name no child."""

    rows: int
    span: Period | None
    kinds: frozenset[str]
    scattered: frozenset[str]
    nameless: int


def survey(found: Return) -> Survey:
    """Reads the file to its end. The day of a birth is none that a return covers."""
    count, nameless, first, last = 0, 0, date.max, date.min
    kinds: set[str] = set()
    met: set[str] = set()
    scattered: set[str] = set()
    for child, own in _grouped(found.rows):
        count += len(own)
        nameless += sum(row.refused is not None and not child_of(row) for row in own)
        if child in met and found.is_by_child:
            scattered.add(child)
        met.add(child)
        for fact in (fact for row in own for fact in row.facts if fact.type != REGISTERED):
            on = fact.happened_on
            first, last = min(first, on), max(last, on)
            kinds.add(fact.type)
    span = Period(first, last) if first <= last else None
    return Survey(count, span, frozenset(kinds), frozenset(scattered), nameless)


def by_child(found: Return, scattered: Collection[str]) -> Iterator[tuple[str, list[Row]]]:
    """Each child once, with all of its rows: what is said of it in two places is held against the store together."""
    held: dict[str, list[Row]] = {}
    for child, own in _grouped(found.rows if found.is_by_child else sorted(found.rows, key=child_of)):
        if child in scattered:
            held.setdefault(child, []).extend(own)
        else:
            yield child, own
    yield from held.items()


def _grouped(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Rows that stand together and are about one child. One that names none stands with those before it, or it would
    part a child's rows in two."""
    child, own = "", list[Row]()
    for row in rows:
        named = child_of(row)
        if named and child and named != child:
            yield child, own
            own = []
        child = named or child
        own.append(row)
    if own:
        yield child, own


def batches(children: Iterable[tuple[str, list[Row]]]) -> Iterator[dict[str, list[Row]]]:
    """Children with their rows, as many at a time as make one transaction."""
    batch: dict[str, list[Row]] = {}
    size = 0
    for child, own in children:
        batch[child] = own
        size += len(own)
        if size >= LINES_AT_A_TIME:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch
