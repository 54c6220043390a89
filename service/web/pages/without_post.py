"""For somebody who has signed in and holds no post: whom to ask."""

from __future__ import annotations

from typing import Any

from service import clock
from service.council import Council
from service.store import people
from service.store.people import HeldPost

_ADMINISTRATOR = "administrator"


def view(council: Council, account: str) -> dict[str, Any]:
    """The account, so that a wrong one is seen to be wrong, and how to reach the administrator."""
    with council.reading() as db:
        return {
            "account": account,
            "administrator": people.holder_of(db, HeldPost(_ADMINISTRATOR), clock.today()),
            "mailbox": people.posts(db).get(_ADMINISTRATOR, ""),
        }
