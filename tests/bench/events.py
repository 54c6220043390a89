"""Histories to measure with: each child has thirty events, from referral to fortnightly visits."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

EVENTS_A_CHILD = 30
_APART = timedelta(days=9)


def documents(count: int, *, ends_on: date, first_child: int = 0) -> list[dict[str, Any]]:
    """``count`` events, sorted by child, in the public form."""
    begins_on = ends_on - _APART * EVENTS_A_CHILD
    return [_document(number, begins_on, first_child) for number in range(count)]


def bodies(count: int, *, ends_on: date, first_child: int = 0) -> list[bytes]:
    """The same, as they are sent."""
    return [json.dumps(one).encode() for one in documents(count, ends_on=ends_on, first_child=first_child)]


def _document(number: int, begins_on: date, first_child: int) -> dict[str, Any]:
    child, nth = divmod(number, EVENTS_A_CHILD)
    child += first_child
    kind, data = _what(nth, child)
    return {
        "specversion": "1.0",
        "id": f"{child}-{nth}",
        "source": "bench",
        "type": kind,
        "subject": f"child-{child}",
        "data": {"happened_on": (begins_on + _APART * nth).isoformat(), "team": "team-1", **data},
    }


def _what(nth: int, child: int) -> tuple[str, dict[str, Any]]:
    first = [
        ("referral.received", {"key": f"referral-{child}"}),
        ("referral.decided", {"key": f"referral-{child}", "nfa": False}),
        ("assessment.started", {"key": f"referral-{child}"}),
        ("strategy-discussion.held", {"key": f"enquiry-{child}", "outcome": "section_47"}),
        ("strategy-meeting.held", {"key": f"enquiry-{child}", "kind": "initial"}),
        ("icpc.held", {"key": f"enquiry-{child}", "outcome": "child_protection_plan"}),
        ("child-protection-plan.started", {"key": f"plan-{child}", "visit_every": "10 working_days"}),
        ("core-group.held", {"key": f"plan-{child}"}),
        ("assessment.authorised", {"key": f"referral-{child}"}),
    ]
    return first[nth] if nth < len(first) else ("child-protection.visited", {"key": f"plan-{child}", "seen": True})
