"""How a row names its child, is named itself, and says what is wrong with it, whichever return it stands in."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from service.feeds.facts import Refused

SEND_AGAIN = "and send the return again"
IN_THE_CASE_SYSTEM = f"in the case system, {SEND_AGAIN}"

_TOML = tomllib.loads(Path(__file__).with_name("rows.toml").read_text("utf-8"))
REFERENCE_CHARACTERS: int = _TOML["reference_characters"]
_VALUE_CHARACTERS: int = _TOML["value_characters"]
LONGEST_BEFORE_BIRTH = timedelta(days=_TOML["longest_before_birth_days"])
_YES, _NO = frozenset(_TOML["answers"]["yes"]), frozenset(_TOML["answers"]["no"])


def reference_in(text: str, column: str) -> str | Refused:
    """The child's reference that a column's text is, or why it is none: nothing would keep the child from others."""
    if not text:
        return Refused(column, "the row names no child", f"give the row the child's own reference, {SEND_AGAIN}")
    if len(text) > REFERENCE_CHARACTERS:
        reason = f"{column} is longer than {REFERENCE_CHARACTERS} characters"
    elif " " in text or not text.isprintable():  # of all spaces, this one alone can be printed
        reason = f"{column} has a space, or a character that cannot be seen: a reference has none"
    else:
        return text
    return Refused(column, reason, f"send the case system's own reference, not a name, {SEND_AGAIN}")


def labelled(days: Iterable[date | None], called: str) -> Iterator[str]:
    """``review-2026-05-01`` for each day, and ``review-2026-05-01-2`` for another on that day.

    By their day and not by a count: next year's file no longer lists this year's rows, so a count would name another.
    """
    met: Counter[date | None] = Counter()
    for on in days:
        met[on] += 1
        label = f"{called}-{on or 'undated'}"
        yield label if met[on] == 1 else f"{label}-{met[on]}"


def shown(text: str) -> str:
    """A value as it can be stored and shown: one line, not long, and never empty."""
    plain = "".join(char if char.isprintable() else " " for char in text[:_VALUE_CHARACTERS])
    return plain.strip() or "(nothing)"


def yes_or_no(text: str) -> bool | None:
    """What an answer says; None where it is neither a yes nor a no."""
    word = text.lower()
    return True if word in _YES else False if word in _NO else None


def why_too_early(later: str, earlier: str) -> tuple[str, str]:
    """The reason and the fix where a column's day comes before one that it must follow."""
    return (
        f"{later} is earlier than {earlier}, and it cannot have come first",
        f"correct {later}, or {earlier} where that is the wrong one, {IN_THE_CASE_SYSTEM}",
    )
