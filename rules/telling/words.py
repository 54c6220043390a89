"""Small words that explanations are made of."""

from __future__ import annotations

from datetime import date, datetime

from rules.model import local_time


def day(on: date) -> str:
    """Thursday 11 January 2024."""
    return f"{on:%A} {on.day} {on:%B %Y}"


def moment(at: datetime) -> str:
    """19:30 on Monday 30 March 2026, by the clock on the wall in England."""
    local = local_time(at)
    return f"{local:%H:%M} on {day(local.date())}"


def value(data: object) -> str:
    """A field's value as it is said aloud."""
    if isinstance(data, bool):
        return "yes" if data else "no"
    return day(data) if isinstance(data, date) else str(data).replace("_", " ")


def field(name: str, data: object) -> str:
    """A field that mattered, as in: outcome section 47."""
    return f"{name.replace('_', ' ')} {value(data)}"


def several(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def first(words: str) -> str:
    return words[0].upper() + words[1:]


def lower(words: str) -> str:
    """For the middle of a sentence; a name such as DfE keeps its capitals."""
    return words[0].lower() + words[1:] if words[1:2].islower() and not words.startswith("DfE") else words
