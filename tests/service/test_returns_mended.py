"""What a return mends, and a file that changes under the hand: no problem outlives its cause, no run is half told."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from rules.catalogue import FOUND
from rules.history import settle
from service import clock
from service.council import Council
from service.errors import Refused
from service.returns import Feed, take_return
from service.store import events
from tests.service import census_making, ssda903_making
from tests.service.census_making import TODAY, census, child, referral
from tests.service.intake_parts import assert_sound, stored
from tests.service.real_server import Command
from tests.service.returns_parts import SOURCE, a_child, enquiry, rows, sent, take

A_CHILD = a_child("X-9")

pytestmark = pytest.mark.usefixtures("that_day")


def problems(council: Council, source: str = SOURCE) -> dict[str, str]:
    """What stands of a source that cannot be true: its column, and the day it is dated on."""
    with council.reading() as db:
        children = events.subjects_of_source(db, source)
        everything = [event for own in events.sent_by(db, source, children).values() for event in own]
    found = [event for event in settle(everything).events if event.type == FOUND]
    return {str(event.data["column"]): str(event.happened_on) for event in found}


# ---- a row whose only date cannot be true ----------------------------------------------------------------------------


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("wrong", ["1900-01-01", "2030-01-01"])
@pytest.mark.parametrize("began", ["2026-05-01", "2024-11-04"])
def test_a_row_whose_only_date_was_wrong_is_mended_though_its_id_is_another(council, complete, wrong, began):
    """The id has the date in it. The child's birth, and an old referral, lie in no period of this return."""
    take(council, census(child(referral(enquiry(wrong), on=began), id="X-1"), A_CHILD))
    assert problems(council) == {"S47ActualStartDate": "2027-03-31"}, "the last day that the return covers"
    taken = take(
        council, census(child(referral(enquiry("2026-05-05"), on=began), id="X-1"), A_CHILD), complete=complete
    )
    assert sent(taken) == (1, 0, 1)
    assert problems(council) == {}
    assert_sound(council)


@pytest.mark.parametrize("gone", ["row", "child"])
def test_a_wrong_row_that_was_taken_out_takes_its_problem_along_once_a_file_is_complete(council, gone):
    take(council, census(child(referral(enquiry("1900-01-01")), id="X-1"), A_CHILD))
    without = census(child(referral(), id="X-1"), A_CHILD) if gone == "row" else census(A_CHILD)
    take(council, without, complete=True)
    assert problems(council) == {}


def test_what_is_wrong_with_a_child_who_is_gone_goes_with_all_but_the_birth(council):
    died = {"PersonDeathDate": "2026-04-30"}
    take(council, census(child(referral(), id="X-1", **died), A_CHILD))
    assert "PersonDeathDate" in problems(council)
    take(council, census(A_CHILD), complete=True)
    assert problems(council) == {}


def test_next_years_census_takes_no_problem_of_this_year_for_mended(council):
    take(council, census(child(referral(enquiry("1900-01-01")), id="X-1"), A_CHILD))
    later = census_making.HEADER.replace("2027", "2028")
    take(council, census(child(referral(on="2027-05-01"), id="X-1"), header=later), complete=True)
    assert set(problems(council)) == {"S47ActualStartDate"}


@pytest.mark.parametrize("header", [census_making.HEADER, ""])
def test_a_wrong_row_taken_again_is_no_news_however_late(council, header):
    content = census(child(referral(enquiry("1900-01-01")), id="X-1", born=None), A_CHILD, header=header)
    take(council, content)
    before, state = rows(council, but=("audit",)), stored(council)
    with clock.substitute(lambda: TODAY + timedelta(days=300)):
        assert sent(take(council, content, complete=True)) == (0, 0, 0)
    assert (rows(council, but=("audit",)), stored(council)) == (before, state)


def test_a_review_outside_care_is_mended_by_another_day(council, tmp_path):
    making = ssda903_making
    care = [making.episode("06/04/2026", "S", "01/02/2027", "E4A")]
    wrong, right = making.review("20/02/2027"), making.review("20/10/2026")
    folder = making.folder_of(tmp_path / "set", making.files({"episodes": care, "reviews": [wrong]}))
    take(council, folder, feed=Feed.SSDA903)
    assert set(problems(council, "ssda903")) == {"REVIEW"}
    making.folder_of(folder, making.files({"episodes": care, "reviews": [right]}))
    take(council, folder, feed=Feed.SSDA903)
    assert problems(council, "ssda903") == {}


# ---- a file that changes while it is taken ---------------------------------------------------------------------------


@pytest.mark.parametrize("becomes", ["cut short", "shorter"])
def test_a_file_that_changes_while_it_is_taken_is_said_and_withdraws_nobody(sqlite_council, tmp_path, becomes):
    children = [a_child(f"X-{nth}") for nth in range(2_500)]
    path = census_making.written(tmp_path, census(*children))
    take(sqlite_council, path)
    whole = rows(sqlite_council, but=("audit",))
    end = path.read_text().index("<Child>", path.stat().st_size * 9 // 10)

    def change(_done: int, _of: int) -> None:
        with path.open("r+b") as file:
            file.seek(end)
            file.write(b"</Children></Message>\n" if becomes == "shorter" else b"")
            file.truncate()

    with pytest.raises(Refused, match="became another one while it was taken, and some of it is stored"):
        take_return(sqlite_council, Feed.CIN_CENSUS, path, actor="test", complete=True, progress=change)
    assert rows(sqlite_council, but=("audit",)) == whole


def test_totals_are_told_even_where_the_papers_cannot_be_written(sqlite_url, tmp_path):
    path = census_making.written(tmp_path, census(child(referral(enquiry("1900-01-01")), id="X-1")))
    os.mkdir(f"{path}.problems.csv")
    done = Command(sqlite_url, tmp_path).run("import", "cin-census", str(path))
    assert (done.returncode, done.stdout.splitlines()[0][:7]) == (1, "3 rows:")
    assert "census.xml.problems.csv: Is a directory: check the path" in done.stderr
