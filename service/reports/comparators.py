"""What stands beside our own figures: others' figures and bands, and an authority's targets. Data: comparators.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from service.reports.figures import share
from service.reports.report import Comparator

_FILE = Path(__file__).with_name("comparators.toml")
_TABLES: dict[str, list[dict[str, Any]]] = tomllib.loads(_FILE.read_text("utf-8"))


class Target(NamedTuple):
    """An authority's own target, and the floor below which it is red."""

    target: float | None
    floor: float | None


def comparator(id: str | None) -> Comparator | None:
    """The latest published figure by its id; the last one in the file is the latest."""
    found = [one for one in _TABLES.get("comparators", []) if one["id"] == id]
    if not found:
        return None
    one = found[-1]
    return Comparator(one["title"], share(one["part"], one["whole"]), one["source"], one["read_on"])


def bands(id: str) -> tuple[int, ...]:
    """The upper bounds of published bands, in working days."""
    return next(tuple(one["upto"]) for one in _TABLES["bands"] if one["id"] == id)


def target(authority: str, report: str, measure: str) -> Target:
    """What the authority aims at; nothing where it has not said."""
    for one in _TABLES.get("targets", []):
        if (one["authority"], one["report"], one["measure"]) == (authority, report, measure):
            return Target(one["target"], one.get("floor"))
    return Target(None, None)
