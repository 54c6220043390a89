"""How a span of time is said."""

from __future__ import annotations

from datetime import timedelta

from service.notify.letters.message import count

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def span(length: timedelta) -> str:
    """``3 days``, ``26 hours``, ``12 minutes``: one unit, rounded down."""
    if length >= 2 * _DAY:
        return count(length // _DAY, "day")
    if length >= _HOUR:
        return count(length // _HOUR, "hour")
    return count(max(length // _MINUTE, 0), "minute")
