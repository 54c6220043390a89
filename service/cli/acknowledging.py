"""`timescales acknowledge`: a plan for clocks that are late or will be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from service.acknowledging import REASONS, Planned
from service.acknowledging import acknowledge as keep
from service.cli.here import ACTOR, council
from service.cli.screen import say


def acknowledge(
    clocks: Annotated[list[str], typer.Argument(metavar="CLOCK…", help="ids, as `timescales clocks` shows them")],
    reason: Annotated[str, typer.Option(help=", ".join(REASONS))],
    next_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day by which something happens")],
    post: Annotated[str, typer.Option(help="whose plan it is, as the ladders name the post")] = "team-manager",
    words: Annotated[str, typer.Option(help="in words; needed for the reason other")] = "",
) -> None:
    """Keeps a plan: the ladder waits to the end of its day and then goes on by itself. The clock never stops."""
    plans = [Planned(id, reason, next_on.date(), post, words) for id in dict.fromkeys(clocks)]
    for made in keep(council(), plans, who=ACTOR):
        say(f"{made.clock_id}: {REASONS[made.reason].lower()}, next on {made.next_on.isoformat()}")
