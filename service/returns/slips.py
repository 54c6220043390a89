"""Whether one date may be another one mistyped."""

from __future__ import annotations

from datetime import date, timedelta

_A_FEW_DAYS = timedelta(weeks=2)


def is_slip(one: date, other: date) -> bool:
    """Whether the two are a few days apart, have day and month swapped, or differ in one of their three numbers."""
    if abs(one - other) <= _A_FEW_DAYS or (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return True
    pairs = ((one.year, other.year), (one.month, other.month), (one.day, other.day))
    return sum(mine != theirs for mine, theirs in pairs) == 1
