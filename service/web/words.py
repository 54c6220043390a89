"""How dates, moments, codes and states are said on the pages."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from rules import CATALOGUE
from service import clock
from service.store.telling.alerts import NOT_SENT

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

SURE = {
    "primary": ("Read in the source itself", "green"),
    "secondary": ("Read in others’ account of it", "yellow"),
    "unverified": ("Unverified", "red"),
}
KINDS = {
    "statutory": "A duty in law",
    "statutory-guidance": "A duty in statutory guidance",
    "good-practice": "Published good practice, not law",
    "local": "The authority’s own rule",
    "indicator": "An indicator, not a deadline",
}
CHANGES = {
    "started": "Started",
    "stopped": "Stopped",
    "ended": "Ended",
    "reopened": "Runs again",
    "moved": "Moved",
    "updated": "Updated",
    "withdrawn": "Withdrawn",
}
MAIL_STATES = {
    "waiting": ("Waiting to be sent", "yellow"),
    "sent": ("Sent", "green"),
    "not_sent": ("Written to the outbox folder, not sent", "grey"),
    "delivered": ("Arrived", "green"),
    "undeliverable": ("Undeliverable", "red"),
    "superseded": ("Dropped: a later mail says it all", "grey"),
}


def day(on: date) -> str:
    """``Thursday 3 December 2026``."""
    return f"{on:%A} {on.day} {on:%B %Y}"


def short_day(on: date) -> str:
    """``Thu 3 Dec``, with the year where that is not this year."""
    year = "" if on.year == clock.today().year else f" {on.year}"
    return f"{on:%a} {on.day} {on:%b}{year}"


def plain_day(on: date) -> str:
    """``3 December 2026``."""
    return f"{on.day} {on:%B %Y}"


def moment(at: datetime) -> str:
    """``Mon 23 Nov, 08:02``, in local time."""
    local = clock.local(at)
    return f"{short_day(local.date())}, {local:%H:%M}"


def time_of(at: datetime) -> str:
    """``08:02``, in local time."""
    return f"{clock.local(at):%H:%M}"


def ago(at: datetime, now: datetime) -> str:
    """``14 minutes ago``."""
    seconds = (now - at) // timedelta(seconds=1)
    if seconds < _MINUTE:
        return "less than a minute ago"
    if seconds < _HOUR:
        return f"{several(seconds // _MINUTE, 'minute')} ago"
    if seconds < 2 * _DAY:
        return f"{several(seconds // _HOUR, 'hour')} ago"
    return f"{several(seconds // _DAY, 'day')} ago"


def several(count: int, noun: str) -> str:
    """``1 working day``, ``12 working days``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def spaced(code: str) -> str:
    """``team-manager`` or ``section_47`` as words."""
    return code.replace("-", " ").replace("_", " ")


def first(words: str) -> str:
    """With a capital."""
    return words[:1].upper() + words[1:]


def lower(words: str) -> str:
    """Without one, for the middle of a sentence."""
    return words[:1].lower() + words[1:]


def with_days(words: str) -> str:
    """Dates such as the journal writes them, as people write them."""
    return _ISO.sub(lambda found: plain_day(date.fromisoformat(found[0])), words)


def event(type: str) -> str:
    """What an event of this type says happened: the catalogue's first sentence, without its full stop."""
    kind = CATALOGUE.get(type)
    return kind.says.partition(". ")[0].rstrip(".") if kind else spaced(type)


def value(data: object) -> str:
    """A field of an event as it is said."""
    if isinstance(data, bool):
        return "yes" if data else "no"
    if isinstance(data, list):
        return ", ".join(value(one) for one in data)
    if data in CATALOGUE:
        return spaced(str(data)).replace(".", " ")
    return with_days(spaced(str(data)) if isinstance(data, str) and data.islower() else str(data))


def unsent(state: str) -> str:
    """Said after who was told, where that was written to the outbox folder and not sent; else nothing."""
    return " (not sent)" if state == NOT_SENT else ""
