"""The events there are: read once from catalogue.toml, shared by packs, API, documentation and feeds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rules.model import Limit, Unit

WITHDRAWN = "event.withdrawn"
MERGED = "subject.merged"
ALLOCATED = "case.allocated"
PLANNED = "meeting.planned"
REGISTERED = "subject.registered"
FOUND = "data-problem.found"
CONCERNING_ALL = frozenset({ALLOCATED, FOUND})
"""What can change something of any clock, and belongs to every history that is read."""

_FILE = Path(__file__).with_name("catalogue.toml")
_MOST_UNITS = 10_000


class EventField(NamedTuple):
    """One of a type's own fields. ``kind``: text, boolean, date, moment, limit, event, event_id or code."""

    name: str
    kind: str
    codes: tuple[str, ...]
    is_required: bool
    says: str


class EventType(NamedTuple):
    """One type of event: what it says happened, its own fields, and which columns of which return know it."""

    name: str
    says: str
    fields: Mapping[str, EventField]
    columns: Mapping[str, str]


def read_catalogue() -> Mapping[str, EventType]:
    """Every type by its name, in the catalogue's order."""
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    return {
        name: EventType(
            name=name,
            says=table["says"],
            fields={key: _field(key, value) for key, value in table.get("fields", {}).items()},
            columns=table.get("columns", {}),
        )
        for name, table in tables.items()
    }


def nearest(name: str, names: Mapping[str, object]) -> str | None:
    """The known name most like this one, to offer in an error; None where nothing is close."""
    return next(iter(get_close_matches(name, names, n=1, cutoff=0.5)), None)


@lru_cache(maxsize=1_024)
def read_limit(text: str) -> Limit:
    """``"15 working_days"`` as a Limit. Raises ValueError, in words, for anything else."""
    count, _, unit = text.partition(" ")
    if not (count.isascii() and count.isdecimal() and 0 < int(count) <= _MOST_UNITS):
        raise ValueError(f"a limit begins with a whole number from 1 to {_MOST_UNITS:,}, as in '15 working_days'")
    name = unit if unit in _UNITS else f"{unit}s"
    if name not in _UNITS:
        raise ValueError(f"a limit ends with one of {', '.join(Unit)}, as in '15 working_days'")
    return Limit(int(count), Unit(name))


_UNITS = frozenset(unit.value for unit in Unit)


def _field(name: str, value: str | dict[str, object]) -> EventField:
    table: dict[str, object] = {"kind": value} if isinstance(value, str) else value
    codes = table.get("one_of", ())
    assert isinstance(codes, list | tuple)
    return EventField(
        name=name,
        kind="code" if codes else str(table["kind"]),
        codes=tuple(codes),
        is_required=bool(table.get("required", False)),
        says=str(table.get("says", "")),
    )


CATALOGUE = read_catalogue()
