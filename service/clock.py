"""The one place that asks what time it is. Everything else is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/London")


def _wall() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _wall


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _source()


def today() -> date:
    """The local day."""
    return now().astimezone(LOCAL).date()


def days_before(count: int) -> date:
    """The local day ``count`` days ago."""
    return today() - timedelta(days=count)


def local(moment: datetime) -> datetime:
    """A moment as local people write it."""
    return moment.astimezone(LOCAL)


@contextmanager
def substitute(source: Callable[[], datetime]) -> Iterator[None]:
    """Another clock on the wall, for virtual time in tests."""
    global _source
    kept, _source = _source, source
    try:
        yield
    finally:
        _source = kept
