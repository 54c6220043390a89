"""The mail to whoever looks after the service: what is wrong with it, what to do, and what is right again. Calmly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from service.notify.letters.message import Words, at_words, count, render


class Trouble(NamedTuple):
    """Something wrong: how bad it is, what it is, what to do. ``is_again``: it was told before, and lasts.

    Nothing in it names a child.
    """

    how_bad: str
    what: str
    fix: str
    is_again: bool


class Over(NamedTuple):
    """Something that was told, and has ended: in a few words, and since when it was so."""

    title: str
    since: datetime


def compose_alarm(
    troubles: Sequence[Trouble], over: Sequence[Over], *, address: str, again_after: timedelta, now: datetime
) -> Words:
    """One mail for everything that is to be told at once. ``troubles`` are in the order of how bad they are."""
    parts = [count(len(troubles), "thing", f" {'needs' if len(troubles) == 1 else 'need'} you")] if troubles else []
    parts += [count(len(over), "thing", f" {'is' if len(over) == 1 else 'are'} right again")] if over else []
    said = " and ".join(parts)
    content = {
        "headline": f"In the timescale service itself, {said}.",
        "groups": {how_bad: [one for one in troubles if one.how_bad == how_bad] for how_bad in _in_order(troubles)},
        "over": [f"{one.title} (it was so from {at_words(one.since)})" for one in over],
        "link": f"{address}/watch",
        "why": "You get this because this address holds the post of administrator. It is told of each thing once, "
        f"again when it is much worse or has lasted {count(again_after.days, 'day')}, and when it is right again.",
        "checked": f"Checked on {at_words(now)}.",
    }
    return Words(f"The timescale service: {said}", *(render(f"alarm.{kind}.j2", content) for kind in ("txt", "html")))


def _in_order(troubles: Sequence[Trouble]) -> list[str]:
    return list(dict.fromkeys(one.how_bad for one in troubles))
