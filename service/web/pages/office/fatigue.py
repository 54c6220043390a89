"""What telling comes to: whether mails are read as news or as noise, in figures of posts and rungs, and in words."""

from __future__ import annotations

from typing import Any

from rules.telling.who import rung_words
from service import clock
from service.council import Council
from service.reports.telling import figures, said
from service.reports.telling.figures import RungFigure
from service.reports.telling.window import NUMBERS, window_before
from service.web.shown.freshness import freshness


def view(council: Council) -> dict[str, Any]:
    """Figures of the last whole weeks; nobody's address, and nobody ranked."""
    today = clock.today()
    window = window_before(today)
    with council.reading() as db:
        by_post, weeks = figures.loads(db, window)
        after = figures.rungs_after(db, council, window, today)
        return {
            "window": window,
            "numbers": NUMBERS,
            "said": said,
            "by_post": by_post,
            "weeks": weeks,
            "warned": figures.warned(db, council.law, window, today),
            "after": [(one, rung_words(one.step), (said.verdict(one), _colour(one))) for one in after],
            "advice": said.thoughts(after),
            "freshness": freshness(db, council),
        }


def _colour(one: RungFigure) -> str:
    if not one.is_enough:
        return "grey"
    return "orange" if one.changes_little else "green"
