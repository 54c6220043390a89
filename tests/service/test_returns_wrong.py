"""What a return says that cannot be true is shown; a file that is wrong, or a run that is cut short, does no harm."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from rules.catalogue import FOUND
from service import flow
from service.council import Council
from service.door import Refusal
from service.feeds.facts import CannotRead, Fact, Row, Trouble
from service.returns import Taken, write_papers
from tests.service import census_making, ssda903_making
from tests.service.api_parts import serving
from tests.service.census_making import census, child, on_that_day, referral
from tests.service.intake_parts import ALERTS_FROM, EVENT, assert_sound, opened, stored
from tests.service.pages_cast import browser, demonstration, seen
from tests.service.real_server import COMMAND, Command
from tests.service.returns_parts import (
    CONFERENCE,
    GOOD,
    MIXED,
    a_child,
    enquiry,
    rows,
    table,
    take,
)

pytestmark = pytest.mark.usefixtures("that_day")


# ---- what cannot be true ---------------------------------------------------------------------------------------------


def test_what_cannot_be_true_is_stored_on_the_child_shown_and_left_out_of_percentages(database_url, tmp_path):
    with serving(database_url, tmp_path) as api:
        take(api.council, MIXED)
        shown = api.get("/v1/subjects/X-2/clocks").json()
        assert [one["code"] for one in shown["problems"]] == ["source-data"]
        assert "DateOfInitialCPC" in shown["problems"][0]["words"]
        assert "1900-01-01" not in shown["problems"][0]["words"]
        marked = {one["problem"] for one in shown["clocks"] if one["timescale"] == CONFERENCE}
        assert marked == {"source-data"}
        assert api.get("/v1/subjects/X-1/clocks").json()["problems"] == []
        take(api.council, MIXED.replace("1900-01-01", "2026-05-21"))
        mended = api.get("/v1/subjects/X-2/clocks").json()
        assert mended["problems"] == []
        assert {one["problem"] for one in mended["clocks"]} == {None}
        assert_sound(api.council)


def test_pages_show_what_cannot_be_true_on_the_child_and_in_the_list(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as council, on_that_day():
        take(council, MIXED)
        asking = browser(council)
        for path in ("/problems", "/subjects/X-2"):
            words = seen(asking.get(path).text)
            assert "The source sent something about this that cannot be true" in words, path
            assert "DateOfInitialCPC" in words, path
        assert "cannot be true" not in seen(asking.get("/subjects/X-1").text)


def test_a_clock_in_doubt_is_in_no_percentage_of_the_report(command, tmp_path):
    def shares(content: str) -> dict[str, Any]:
        path = census_making.written(tmp_path, content)
        command.run("import", "cin-census", str(path), "--complete")
        out = tmp_path / "out"
        done = command.run("report", "section-47", "--as-at", "2026-07-20", "--out", str(out))
        assert done.returncode == 0, done.stderr
        (report,) = out.glob("*.json")
        return json.loads(report.read_text())

    held = [a_child(f"X-{nth}", "2026-06-15", DateOfInitialCPC="2026-06-20") for nth in range(3)]
    late = a_child("X-9", "2026-06-15", DateOfInitialCPC="2026-07-15")
    doubtful = a_child("X-9", "2026-06-15", DateOfInitialCPC="2026-07-15", ICPCnotRequired="perhaps")
    of_four, of_three = figure(shares(census(*held, late))), figure(shares(census(*held, doubtful)))
    assert (of_four, of_three) == ((3, 4), (3, 3))


def figure(report: dict[str, Any]) -> tuple[int, int]:
    """How many of how many conferences were in time by DfE's rule."""
    (measure,) = [one for one in report["measures"] if one["id"] == "in-time-dfe"]
    value = measure["all_periods"]
    return value["part"], value["whole"]


def test_papers_say_line_reason_and_fix_and_go_when_nothing_is_wrong_any_more(command, tmp_path):
    path = census_making.written(tmp_path, MIXED)
    done = command.run("import", "cin-census", str(path))
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == ("17 rows: 15 taken whole, 1 with something that cannot be true, 1 refused")
    problems, differences = (path.with_name(f"census.xml.{name}.csv") for name in ("problems", "disagreements"))
    assert all(str(paper) in done.stderr for paper in (problems, differences))
    found = table(problems)
    assert [(row["child"], row["kind"], row["column"]) for row in found] == [
        ("X-2", "cannot be true", "DateOfInitialCPC"),
        ("X-3", "refused", "S47ActualStartDate"),
    ]
    lines = MIXED.splitlines()
    assert ["Section47" in lines[int(row["line"]) - 1] for row in found] == [True, True]
    assert all(row["reason"] and row["fix"] for row in found)
    (apart,) = table(differences)
    assert apart == {
        "child": "X-4",
        "key": "referral-2026-05-01/section-47-2026-05-05",
        "timescale": CONFERENCE,
        "theirs_on": "2026-05-29",
        "ours_on": "2026-05-27",
        "working_days": "-2",
    }
    census_making.written(tmp_path, GOOD)
    mended = command.run("import", "cin-census", str(path))
    assert (mended.returncode, problems.exists(), differences.exists()) == (0, False, False), mended.stderr


def test_what_the_door_refuses_of_a_row_is_on_the_paper_whether_fact_or_trouble():
    fact = Fact("X-1/a", "icpc.held", "X-1", date(2026, 5, 1))
    trouble = Trouble("X-1/problem/a", "X-1", "icpc.held", None, "A", "b", "it is wrong", "mend it")
    why = Refusal(422, "a", "b", "it is too long", "/id", "shorten it")
    taken = Taken()
    taken.account(Row(1, "Section47", (fact,), (trouble,)), [why])
    taken.account(Row(2, "Section47", (), (trouble,)), [why])
    taken.account(Row(3, "Section47", (fact,)), [why])
    assert (taken.rows, taken.with_problem, taken.refused) == (3, 1, 2)
    assert [(one.line, one.kind) for one in taken.flaws] == [
        *((1, "refused"), (1, "cannot be true"), (2, "refused"), (2, "cannot be true"), (3, "refused")),
    ]


def test_totals_can_be_had_as_json(command, tmp_path):
    done = command.run("import", "cin-census", str(census_making.written(tmp_path, MIXED)), "--format", "json")
    counts = json.loads(done.stdout)
    assert counts["rows"] == counts["whole"] + counts["with_problem"] + counts["refused"] == 17
    assert (counts["disagreements"], counts["corrected"], counts["withdrawn"]) == (1, 0, 0)


def test_a_cell_of_the_papers_is_never_a_formula(council):
    hostile = '=HYPERLINK("http://x.invalid")'
    content = census(child(referral(enquiry("2026-05-05", ICPCnotRequired=hostile)), id="=1+1"))
    taken = take(council, content)
    for paper in write_papers(taken, council.settings.data_dir / "census.xml"):
        cells = [cell for row in table(paper) for cell in row.values()]
        assert "'=1+1" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    with council.reading() as db:
        assert hostile in db.execute(select(EVENT.c.data).where(EVENT.c.type == FOUND)).scalar_one().replace("\\", "")


def test_papers_have_a_place_even_where_the_folder_is_given_as_a_dot(sqlite_url, tmp_path):
    folder = ssda903_making.folder_of(
        tmp_path / "set", ssda903_making.files({"episodes": [ssda903_making.episode("31/02/2026")]})
    )
    command = Command(sqlite_url, folder)
    command.environment["TIMESCALES_DATA_DIR"] = str(tmp_path)
    done = command.run("import", "ssda903", ".")
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "set.problems.csv").exists(), done.stderr


# ---- wrong, hostile, huge, cut short ---------------------------------------------------------------------------------

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + GOOD.replace("X-2", "&b;")
WRONG = {
    "cut short": GOOD[: len(GOOD) * 2 // 3],
    "cut in the last tag": GOOD.rstrip()[:-3],
    "empty": "",
    "another return": GOOD.replace("<Collection>CIN<", "<Collection>CLA<"),
    "no XML": "child,referral\nX-1,2026-05-01\n",
    "entities": BOMB,
    "no child": census(),
    "bytes": "\x00\x01\x02",
    "one long text": GOOD.replace("X-2", "X" * 2_000_000),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_is_a_sentence_and_nothing_of_it_is_stored(command, tmp_path, wrong):
    command.run("import", "cin-census", str(census_making.written(tmp_path, census(a_child("X-0")))))
    council = opened(command.environment["TIMESCALES_DATABASE_URL"], tmp_path)
    before = rows(council)
    done = command.run("import", "cin-census", str(census_making.written(tmp_path, WRONG[wrong])), "--complete")
    assert (done.returncode, done.stdout) == (1, "")
    (sentence,) = [line for line in done.stderr.splitlines() if "nothing of it was stored" in line]
    assert sentence.startswith("census.xml: ")
    assert rows(council) == before
    council.engine.dispose()


@pytest.mark.parametrize("feed", ["cin-census", "ssda903", "annex-a"])
@pytest.mark.parametrize("given", ["missing", "folder", "text"])
def test_what_is_no_such_return_is_a_sentence(sqlite_url, tmp_path, feed, given):
    path = tmp_path / "given"
    if given == "folder":
        path.mkdir()
    elif given == "text":
        path.write_text("Dear Sir or Madam")
    done = Command(sqlite_url, tmp_path).run("import", feed, str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip()


# ---- cut off in the middle -------------------------------------------------------------------------------------------


def test_killed_at_any_moment_and_run_again_it_comes_to_the_same(new_database, tmp_path, seed):
    rng = random.Random(seed)
    content = census(*(a_child(f"X-{nth}", f"2026-05-{5 + nth % 9:02}") for nth in range(2_500)))
    path = census_making.written(tmp_path, content)
    undisturbed = Command(new_database("sqlite"), tmp_path, alerts_from=str(ALERTS_FROM))
    begun = time.monotonic()
    undisturbed.run_apart("import", "cin-census", str(path))
    took = time.monotonic() - begun
    council = opened(undisturbed.environment["TIMESCALES_DATABASE_URL"], tmp_path)
    whole = stored(council)
    council.engine.dispose()
    cut = 0
    disturbed = Command(new_database("sqlite"), tmp_path, alerts_from=str(ALERTS_FROM))
    council = opened(disturbed.environment["TIMESCALES_DATABASE_URL"], tmp_path)
    for _ in range(3):
        process = subprocess.Popen(
            [*COMMAND, "import", "cin-census", str(path)],
            env=disturbed.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(rng.uniform(0.3, 0.95) * took)
        process.send_signal(signal.SIGKILL)
        cut += process.wait() == -signal.SIGKILL
        assert_consistent(council)
    assert cut, "no run was still under way when it was killed"
    done = disturbed.run_apart("import", "cin-census", str(path))
    assert done.stdout.startswith("10,000 rows: 10,000 taken whole"), done.stdout
    assert stored(council) == whole
    council.engine.dispose()


def assert_consistent(council: Council) -> None:
    """Whatever is stored, its clocks follow from it."""
    assert flow.recompute(council, actor="test", check=True, processes=1).differing == 0


def test_a_return_that_is_none_raises_before_anything_is_stored(council):
    before = rows(council)
    with pytest.raises(CannotRead, match="line"):
        take(council, WRONG["cut short"])
    assert rows(council) == before
