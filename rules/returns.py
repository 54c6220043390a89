"""What a statutory return can tell and what it cannot: read once from returns.toml.

A case system that sends events as they happen is no return: it can tell everything.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

RETURNS = {
    name: frozenset(table["tells"])
    for name, table in tomllib.loads(Path(__file__).with_name("returns.toml").read_text("utf-8")).items()
}
"""By the beginning of a source, up to its colon: the event types that can meet a duty and that the return knows."""


@lru_cache(maxsize=4_096)
def can_tell(source: str, stoppers: frozenset[str]) -> bool:
    """Whether a source can tell any of the events that would meet a duty."""
    tells = RETURNS.get(source.partition(":")[0])
    return tells is None or not tells.isdisjoint(stoppers)
