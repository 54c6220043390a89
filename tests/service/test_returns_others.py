"""The looked-after return and Annex A taken in, and the files that others made."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service import flow
from service.returns import Feed
from tests.service import annex_a_making, ssda903_making
from tests.service.intake_parts import EVENT, assert_sound, stored
from tests.service.returns_parts import (
    ASSESSMENT,
    in_effect,
    sent,
    take,
)

pytestmark = pytest.mark.usefixtures("that_day")


# ---- the other two returns -------------------------------------------------------------------------------------------


def test_a_looked_after_return_of_several_years_is_taken_and_replaces_nothing(council, tmp_path):
    folder = ssda903_making.folder_of(tmp_path / "set", ssda903_making.files(ssda903_making.A_SET))
    first = take(council, folder, feed=Feed.SSDA903)
    assert first.new
    assert sent(take(council, folder, feed=Feed.SSDA903, complete=True)) == (0, 0, 0)
    reviews = [ssda903_making.review("27/03/2026"), ssda903_making.review("23/06/2026", "PN0")]
    changed = {**ssda903_making.A_SET, "reviews": reviews}
    shutil.rmtree(folder)
    ssda903_making.folder_of(folder, ssda903_making.files(changed))
    taken = take(council, folder, feed=Feed.SSDA903)
    assert sent(taken) == (1, 0, 0), "the set is of two years: a review on another day is another review"
    assert_sound(council)


def test_a_looked_after_return_of_one_year_takes_back_what_is_gone_from_that_year(council, tmp_path):
    making = ssda903_making
    reviews = [making.review("28/04/2026"), making.review("20/07/2026"), making.review("20/10/2026")]
    episodes = [making.episode("06/04/2026", "S", "01/02/2027", "E4A")]
    folder = making.folder_of(tmp_path / "set", making.files({"episodes": episodes, "reviews": reviews}))
    take(council, folder, feed=Feed.SSDA903)
    making.folder_of(folder, making.files({"episodes": episodes, "reviews": reviews[:2]}))
    assert sent(take(council, folder, feed=Feed.SSDA903)) == (0, 0, 0)
    assert sent(take(council, folder, feed=Feed.SSDA903, complete=True)) == (0, 0, 1)
    making.folder_of(folder, making.files({"episodes": episodes, "reviews": [reviews[0], making.review("21/07/2026")]}))
    assert sent(take(council, folder, feed=Feed.SSDA903)) == (0, 1, 0)
    assert_sound(council)


def test_a_set_without_one_of_its_files_takes_back_nothing_that_would_stand_there(council, tmp_path):
    making = ssda903_making
    folder = making.folder_of(tmp_path / "set", making.files(making.A_SET))
    take(council, folder, feed=Feed.SSDA903)
    (folder / "missing.csv").unlink()
    before = in_effect(council, "ssda903")
    assert sent(take(council, folder, feed=Feed.SSDA903, complete=True)) == (0, 0, 0)
    assert in_effect(council, "ssda903") == before
    assert "missing.started" in {type_ for _child, type_, _on in before}


def test_annex_a_is_taken_and_again_changes_nothing(council, tmp_path):
    path = annex_a_making.written(tmp_path, *annex_a_making.EVERYTHING)
    first = take(council, path, feed=Feed.ANNEX_A)
    assert first.new
    assert sent(take(council, path, feed=Feed.ANNEX_A)) == (0, 0, 0)
    assert_sound(council)


def test_a_later_annex_a_never_takes_an_earlier_referral_for_its_own(council, tmp_path):
    """It lists half a year: what it lists no more is over, and what it lists first is no correction of that."""
    born = annex_a_making.BORN

    def workbook(on: date) -> Path:
        plans = ("a-1", born, date(2024, 3, 2), None, None, None)
        referrals = annex_a_making.sheet("List 3", ("a-1", born, on, "No"))
        return annex_a_making.written(tmp_path, referrals, annex_a_making.sheet("List 7", plans))

    take(council, workbook(date(2026, 1, 6)), feed=Feed.ANNEX_A)
    assert sent(take(council, workbook(date(2026, 9, 8)), feed=Feed.ANNEX_A)) == (1, 0, 0)
    received = [on for _child, type_, on in in_effect(council, "annex-a") if type_ == "referral.received"]
    assert received == ["2026-01-06", "2026-09-08"]


def test_a_referral_of_annex_a_without_further_action_starts_no_clock_of_an_assessment(council, tmp_path):
    born = annex_a_making.BORN
    referrals = [("a-1", born, date(2026, 1, 6), "a) Yes"), ("a-2", born, date(2026, 1, 6), "b) No")]
    take(council, annex_a_making.written(tmp_path, annex_a_making.sheet("List 3", *referrals)), feed=Feed.ANNEX_A)
    assert {one.subject for one in stored(council).clocks if one.timescale == ASSESSMENT} == {"a-2"}


# ---- files that others made ------------------------------------------------------------------------------------------

SHARED = {
    "cin/generated_500_children.xml": Feed.CIN_CENSUS,
    "ssda903": Feed.SSDA903,
    "annex_a/liia_Annex_A_2024_Jan.xlsx": Feed.ANNEX_A,
}


@pytest.mark.parametrize("name", SHARED)
def test_shared_files_are_accounted_for_to_the_last_row_and_are_sound(sqlite_council, shared_data, name):
    path = shared_data / name
    if not path.exists():
        pytest.skip(f"the shared data has no {name}")
    taken = take(sqlite_council, path, feed=SHARED[name])
    assert taken.new
    again = take(sqlite_council, path, feed=SHARED[name])
    assert sent(again) == (0, 0, 0)
    with sqlite_council.reading() as db:
        assert db.execute(select(func.count()).select_from(EVENT)).scalar_one() == taken.new == again.unchanged
    assert flow.recompute(sqlite_council, actor="test", check=True).differing == 0
