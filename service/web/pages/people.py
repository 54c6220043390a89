"""Who is told: teams, posts and their addresses; and what nobody could be told. Posts, never persons."""

from __future__ import annotations

from typing import Any

from service import clock
from service.council import Council
from service.store import alerts, people
from service.web.shown.freshness import freshness
from service.web.shown.rows import team_name, title_of


def view(council: Council) -> dict[str, Any]:
    """Every team with its posts, those of the whole authority, the ladder, and the unowned list."""
    now = clock.now()
    with council.reading() as db:
        names = people.team_names(db)
        teams = people.teams(db)
        unowned = alerts.unowned(db, now=now)
        return {
            "teams": teams,
            "posts": people.posts(db),
            "steps": council.law.ladder.steps,
            "ladder": council.law.ladder,
            "missing": _missing(council, teams, people.posts(db)),
            "unowned": [(one, team_name(names, one.team), title_of(council.law, one.timescale)) for one in unowned],
            "unowned_clocks": sum(one.clocks for one in unowned),
            "freshness": freshness(db, council),
        }


def _missing(council: Council, teams: list[people.Team], whole: dict[str, str]) -> dict[str, list[str]]:
    """For each team, the posts that the ladder tells and that have no address."""
    wanted = list(dict.fromkeys(step.post for step in council.law.ladder.steps))
    return {team.id: [post for post in wanted if not team.posts.get(post) and not whole.get(post)] for team in teams}
