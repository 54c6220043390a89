"""Who answers for a breach, as it is stored, shown and brought over from a database of the form before."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select

from rules.model import Clock
from service import flow
from service.council import Council
from service.store.clocks import CHANGE, CLOCK, clock_of
from service.store.session import migrate, open_store, writing
from service.store.tables import AuthorityRow, table
from tests.service.api_parts import serving
from tests.service.intake_parts import discussion, document, opened, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, populate, seen
from tests.service.pages_cast import clock_of as path_of

ICPC = "initial-child-protection-conference"
STARTED_ON, AFTER = date(2026, 3, 2), date(2026, 3, 24)
"""The conference is due on 23 March."""
ALEMBIC = Path(__file__).parents[2] / "alembic"


def conference(council: Council) -> Clock:
    with council.reading() as db:
        return clock_of(db.execute(select(CLOCK).where(CLOCK.c.timescale == ICPC, CLOCK.c.measure == "duty")).one())


def move(team: str, on: date, **data: str) -> object:
    return document("case.allocated", "c-1", "moved", on, team=team, worker="s-1", **data)


def who(clock: Clock) -> tuple[str | None, ...]:
    return clock.team, clock.worker, clock.answerable_team, clock.answerable_worker


@pytest.fixture
def moved(council: Council) -> Council:
    """A conference that was overdue with the north team before the case went south."""
    send(council, discussion("c-1", "began", STARTED_ON, key="s47-1", team=NORTH, worker="n-1"))
    send(council, move(SOUTH, AFTER))
    return council


def test_who_answers_is_stored_beside_who_has_it_and_the_journal_says_what_changed(moved: Council):
    assert who(conference(moved)) == (SOUTH, "s-1", NORTH, "n-1")
    send(moved, document("case.allocated", "c-1", "right", STARTED_ON, team=SOUTH, worker="s-1", supersedes="moved"))
    clock = conference(moved)
    assert who(clock) == (SOUTH, "s-1", SOUTH, "s-1")
    with moved.reading() as db:
        journal = db.execute(select(CHANGE).where(CHANGE.c.clock_id == clock.id).order_by(CHANGE.c.seq)).all()
    assert [row.reason.partition(":")[0] for row in journal[1:]] == [
        "another team has it; the one that had it on its last day answers for its figures",
        "another team had it on its last day, and answers for its figures",
    ]
    assert json.loads(journal[-1].moved) == {"answerable_team": [NORTH, SOUTH], "answerable_worker": ["n-1", "s-1"]}


def test_the_api_tells_both(database_url: str, tmp_path: Path):
    with serving(database_url, tmp_path) as api:
        api.post([discussion("c-1", "began", STARTED_ON, team=NORTH, worker="n-1"), move(SOUTH, AFTER)])
        [shown] = api.get(f"/v1/clocks?timescale={ICPC}").json()["clocks"]
    assert (shown["team"], shown["worker"]) == (SOUTH, "s-1")
    assert (shown["answerable_team"], shown["answerable_worker"]) == (NORTH, "n-1")


def test_the_page_of_a_clock_names_the_team_that_answers_only_where_it_is_another(sqlite_url: str, tmp_path: Path):
    with demonstration(sqlite_url, tmp_path) as council:
        populate(council)
        asking, words = browser(council), "In figures, as on its last day: Assessment Team North."
        assert words not in seen(asking.get(path_of(asking, "c-late")).text)
        send(council, document("case.allocated", "c-late", "moved", "2026-11-23", team=SOUTH))
        assert words in seen(asking.get(path_of(asking, "c-late")).text)


# ---- from the form before --------------------------------------------------------------------------------------------


def in_the_form_before(url: str) -> None:
    engine = open_store(url)
    with writing(engine) as db:
        config = Config()
        config.set_main_option("script_location", str(ALEMBIC))
        config.attributes["connection"] = db
        command.downgrade(config, "0002")
    engine.dispose()


def test_after_a_migration_whoever_has_it_answers_until_the_law_is_applied_and_the_operator_is_told(
    moved: Council, database_url: str, tmp_path: Path
):
    before = conference(moved)
    moved.engine.dispose()
    in_the_form_before(database_url)
    migrate(database_url)
    council = opened(database_url, tmp_path)
    assert who(conference(council)) == (SOUTH, "s-1", SOUTH, "s-1")
    assert not council.is_law_applied, "so /readyz, the log and the self-check say what to do"
    flow.recompute(council, actor="test", check=False)
    assert conference(council) == before
    council.engine.dispose()
    again = opened(database_url, tmp_path)
    assert again.is_law_applied
    again.engine.dispose()


def test_going_back_to_the_form_before_leaves_the_law_noted_as_it_was(moved: Council, database_url: str):
    def noted() -> str:
        with moved.reading() as db:
            return str(db.execute(select(table(AuthorityRow).c.law)).scalar_one())

    law = noted()
    for _ in range(2):
        in_the_form_before(database_url)
        assert noted() == law
        migrate(database_url)
        assert noted() == f"{law} before 0003"
