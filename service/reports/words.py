"""How figures and dates are written for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from service import clock


def day(on: date) -> str:
    """``22 November 2026``."""
    return f"{on.day} {on:%B %Y}"


def short_day(on: date) -> str:
    """``22 Nov``."""
    return f"{on.day} {on:%b}"


def moment(at: datetime) -> str:
    """``7:00 on 23 November 2026``, in local time."""
    local = clock.local(at)
    return f"{local.hour}:{local:%M} on {day(local.date())}"


def stretch(starts_on: date, ends_on: date) -> str:
    """``Monday 16 to Sunday 22 November 2026``, with the month and year of the first day only where they differ."""
    first = f"{starts_on:%A} {starts_on.day}"
    if starts_on.year != ends_on.year:
        first += f" {starts_on:%B %Y}"
    elif starts_on.month != ends_on.month:
        first += f" {starts_on:%B}"
    return f"{first} to {ends_on:%A} {day(ends_on)}"


def percent(share: float) -> str:
    """A whole percentage. Never 0% or 100% unless it is exactly that."""
    if 0 < share < 1:
        return "under 1%"
    if 99 < share < 100:
        return "over 99%"
    return f"{int(share + 0.5)}%"


def number(amount: float) -> str:
    """``14``, or ``14.5``: a half only where there is one."""
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.1f}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 child``, ``12 children``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def was(count: int) -> str:
    return "was" if count == 1 else "were"


def listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
