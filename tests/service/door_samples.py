"""Events as a case system would send them, for the tests of the door."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from rules.model import Event
from service.door import Refusal, read_event

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
LEFT_OUT = object()


def document(type: str = "strategy-discussion.held", /, *, envelope: dict[str, Any] | None = None, **data: Any) -> Any:
    """A valid strategy discussion, changed: LEFT_OUT leaves a member out."""
    own = {"outcome": "section_47"} if type == "strategy-discussion.held" else {}
    said = {"happened_on": "2026-06-01", **own, **data}
    whole = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/case-system",
        "type": type,
        "subject": "c-7f3a91",
        "data": {name: value for name, value in said.items() if value is not LEFT_OUT},
        **(envelope or {}),
    }
    return {name: value for name, value in whole.items() if value is not LEFT_OUT}


def body(*given: Any, **changed: Any) -> bytes:
    return json.dumps(document(*given, **changed)).encode()


def read(*given: Any, **changed: Any) -> Event | Refusal:
    return read_event(body(*given, **changed), now=NOW)


def let_in(read: Event | Refusal) -> Event:
    assert isinstance(read, Event), read
    return read


def refused(read: object) -> Refusal:
    assert isinstance(read, Refusal), "it was let in"
    assert read.detail
    assert read.fix
    assert read.title
    return read
