"""Concerns about delay that a conference chair or a reviewing officer raised: raised, discussed, resolved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from rules.model import Event
from rules.pairing import is_compatible
from service.reports.words import short_day

_RAISED, _DISCUSSED, _RESOLVED = CONCERNS = ("concern.raised", "concern.discussed", "concern.resolved")
_BY = {"cp_chair": "conference chair", "iro": "reviewing officer"}


@dataclass(frozen=True, slots=True)
class Concern:
    """One concern, by whom and about what, in the case system's own words."""

    key: str | None
    raised_on: date
    raised_by: str
    about: str
    discussed_on: date | None = None
    resolved_on: date | None = None

    @property
    def is_open(self) -> bool:
        return self.resolved_on is None

    @property
    def words(self) -> str:
        """For the service's own copy: what it is about is in the case system's own words."""
        words = f"raised {short_day(self.raised_on)} by the {self.raised_by}"
        words += f" ({self.about})" if self.about else ""
        words += f", discussed {short_day(self.discussed_on)}" if self.discussed_on else ""
        return f"{words}: resolved {short_day(self.resolved_on)}" if self.resolved_on else f"{words}: open"


def concerns_of(events: Iterable[Event]) -> list[Concern]:
    """One child's concerns, in the order in which they were raised.

    What carries no key belongs to the earliest concern that it can.
    """
    found: list[Concern] = []
    for event in sorted(events, key=lambda one: (one.happened_on, one.type != _RAISED)):
        if event.type == _RAISED:
            by = str(event.data["raised_by"])
            found.append(Concern(event.key, event.happened_on, _BY.get(by, by), str(event.data.get("about") or "")))
        elif event.type in (_DISCUSSED, _RESOLVED):
            fit = [at for at, one in enumerate(found) if _fits(event, one)]
            if fit:
                at = min(fit, key=lambda at: found[at].key != event.key)
                found[at] = _after(found[at], event)
    return found


def _fits(event: Event, concern: Concern) -> bool:
    is_new = event.type == _RESOLVED or concern.discussed_on is None
    return concern.is_open and is_new and is_compatible(event.key, concern.key)


def _after(concern: Concern, event: Event) -> Concern:
    if event.type == _RESOLVED:
        return replace(concern, resolved_on=event.happened_on)
    return replace(concern, discussed_on=event.happened_on)
