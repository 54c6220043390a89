"""A pack that brings another ladder: no clock moves, and what waits to be told waits for the new rung once applied."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from rules.loading import load
from rules.loading.build import load_law
from service import flow
from service.council import Council
from tests.service.intake_parts import ALERT, AUTHORITY, assert_sound, discussion, send, stored
from tests.service.mail_cast import wall_at

WARNED_AT = datetime(2026, 6, 15, 6, 30, tzinfo=UTC)  # 07:30 by the clock on the wall, five working days before
TWO_DAYS_SOONER = datetime(2026, 6, 11, 6, 30, tzinfo=UTC)


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return Path(shutil.copytree(load.PACKS, tmp_path / "packs"))


@pytest.fixture
def begun(council: Council) -> Council:
    """Two enquiries: their conferences are due on 22 June."""
    with wall_at(datetime(2026, 6, 2, 9, tzinfo=UTC)):
        send(council, *(discussion(f"c-{nth}", f"e-{nth}", "2026-06-01", key=f"s47-{nth}") for nth in range(2)))
    return council


def with_ladder(council: Council, packs: Path, old: str, new: str) -> Council:
    """The same council with the packs changed."""
    file = packs / "england/ladders.toml"
    text = file.read_text("utf-8")
    assert old in text, "the test changes nothing"
    file.write_text(text.replace(old, new).partition("[[examples]]")[0], "utf-8")
    law = load_law(AUTHORITY, packs=packs)
    return replace(council, law=law, is_law_applied=False)


def sooner(council: Council, packs: Path) -> Council:
    return with_ladder(council, packs, "working_days = -5", "working_days = -7")


def waiting(council: Council) -> set[tuple[str, str, datetime]]:
    return {(step, post, at) for _clock, step, _due, post, _team, at, _state in stored(council).alerts}


def test_a_preview_says_that_no_clock_moves_and_changes_nothing_that_waits(begun: Council, packs: Path):
    changed = sooner(begun, packs)
    assert changed.law.fingerprint != begun.law.fingerprint
    before = stored(begun)
    with wall_at(datetime(2026, 6, 3, 9, tzinfo=UTC)):
        assert flow.recompute(changed, actor="test", check=True).differing == 0
    assert stored(begun) == before
    assert waiting(begun) == {("first-warning", "team-manager", WARNED_AT)}


def test_once_applied_what_waits_is_told_at_the_new_rungs_moment(begun: Council, packs: Path):
    changed = sooner(begun, packs)
    clocks = stored(begun).clocks
    with wall_at(datetime(2026, 6, 3, 9, tzinfo=UTC)):
        assert flow.recompute(changed, actor="test").differing == 0
    assert stored(changed).clocks == clocks
    assert waiting(changed) == {("first-warning", "team-manager", TWO_DAYS_SOONER)}
    assert_sound(changed)


def test_a_ladder_that_tells_another_post_takes_back_what_waited_for_the_first(begun: Council, packs: Path):
    changed = with_ladder(
        begun, packs, 'working_days = -5, post = "team-manager"', 'working_days = -5, post = "worker"'
    )
    with wall_at(datetime(2026, 6, 3, 9, tzinfo=UTC)):
        flow.recompute(changed, actor="test")
    assert waiting(changed) == {("first-warning", "worker", WARNED_AT)}
    assert_sound(changed)


def test_what_was_told_already_is_not_told_again_under_the_new_ladder(begun: Council, packs: Path):
    with begun.writing() as db:
        db.execute(update(ALERT).values(state="sent"))
    changed = sooner(begun, packs)
    with wall_at(datetime(2026, 6, 16, 9, tzinfo=UTC)):
        flow.recompute(changed, actor="test")
    assert {step for step, _post, _at in waiting(changed)} == {"last-warning"}


def test_the_council_still_reads_the_calendar_and_dates_of_its_clocks(begun: Council, packs: Path):
    changed = sooner(begun, packs)
    assert changed.calendar.add(date(2026, 6, 1), 15) == date(2026, 6, 22)
