"""Addresses within the pages."""

from __future__ import annotations

from urllib.parse import urlencode

WITHOUT_TEAM = "(none)"
"""How an address asks for the clocks that no team answers for."""


def address(path: str, **asked: str | None) -> str:
    """A link with what is asked for, without what is not."""
    given = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def team_in(team: str | None) -> str | None:
    """The team an address asks for; None where it asks for any, or for none."""
    return None if team == WITHOUT_TEAM else team
