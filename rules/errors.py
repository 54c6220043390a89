"""What can go wrong in the law, and nothing else: a count that cannot be made, and a pack that cannot be right."""

from __future__ import annotations


class RulesError(Exception):
    """Anything the rules refuse. The message is for people: what, where, why."""


class CannotCount(RulesError):
    """A date that no calendar of ours can give honestly."""


class PackRefused(RulesError):
    """A pack that cannot be right: file, line, key, reason and the fix.

    ``refusals`` holds every refusal found, not only the first, each one line.
    """

    def __init__(self, refusals: list[str]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("\n".join(refusals))
