"""How much, how long and how far the front door lets in, read once from bounds.toml."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple


class Bounds(NamedTuple):
    """Sizes in bytes, lengths in characters, dates both included."""

    event_bytes: int
    batch_bytes: int
    batch_events: int
    batch_brackets: int
    depth: int
    values_searched: int
    identity_characters: int
    reference_characters: int
    text_characters: int
    earliest_on: date
    latest_on: date
    clock_skew_minutes: int

    @property
    def clock_skew(self) -> timedelta:
        return timedelta(minutes=self.clock_skew_minutes)


BOUNDS = Bounds(**tomllib.loads(Path(__file__).with_name("bounds.toml").read_text("utf-8")))
