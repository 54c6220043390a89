"""The watched folder: each file taken once, by what it is and not what it is called, whatever happens meanwhile."""

from __future__ import annotations

import csv
import ctypes
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from service import clock
from service.council import Council
from service.returns import Feed
from service.returns.watching import STILL_SECONDS, Watch, recognised
from service.scheduler import look_for_files
from tests import postgres
from tests.service import annex_a_making, ssda903_making
from tests.service.census_making import TODAY, census, child, module, referral
from tests.service.intake_parts import AUDIT, EVENT, assert_sound, discussion, opened
from tests.service.real_server import Command
from tests.service.returns_parts import in_effect

CENSUS = census(child(referral(module("Section47", S47ActualStartDate="2026-05-05")), id="X-1"))
WRONG = census(child(referral(module("Section47", S47ActualStartDate="1900-01-01")), id="X-1"))
CANARY = "Zorblax-4477"
HOUR_AGO = 3_600


@pytest.fixture(autouse=True)
def that_day() -> Iterator[None]:
    """The day stands still; everything was dropped an hour ago unless it says otherwise."""
    with clock.substitute(lambda: TODAY):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not there until the first look makes it."""
    return tmp_path / "dropped"


@pytest.fixture
def council(database_url: str, tmp_path: Path, folder: Path) -> Iterator[Council]:
    council = opened(database_url, tmp_path, feed_dir=folder)
    look(council, folder)
    yield council
    council.engine.dispose()


@pytest.fixture
def sqlite_council(sqlite_url: str, tmp_path: Path, folder: Path) -> Iterator[Council]:
    council = opened(sqlite_url, tmp_path, feed_dir=folder)
    look(council, folder)
    yield council
    council.engine.dispose()


def look(council: Council, folder: Path) -> None:
    """Looks twice, as long apart as a file must lie still: what has not changed meanwhile is taken."""
    watch = Watch(folder)
    begun = clock.now()
    for seconds in (0, STILL_SECONDS):
        with clock.substitute(lambda seconds=seconds: begun + timedelta(seconds=seconds)):
            watch.look(council)


def drop(folder: Path, name: str, content: str | bytes, *, ago: float = HOUR_AGO) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return aged(path, ago)


def aged(path: Path, ago: float = HOUR_AGO) -> Path:
    at = TODAY.timestamp() - ago
    for one in [*(path.rglob("*") if path.is_dir() else ()), path]:
        os.utime(one, (at, at))
    return path


def names(folder: Path) -> list[str]:
    """What lies there, without the moment that each name gained."""
    return sorted(path.name.partition("-")[2] for path in folder.iterdir())


def waiting(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in ("taking", "done", "refused", ".lock"))


def lie(folder: Path) -> dict[str, list[str]]:
    return {place: names(folder / place) for place in ("taking", "done", "refused")}


def told(folder: Path, place: str, name: str) -> str:
    (path,) = [one for one in (folder / place).iterdir() if one.name.endswith(f"-{name}.txt")]
    return path.read_text("utf-8")


def event_count(council: Council) -> int:
    with council.reading() as db:
        count: int = db.execute(select(func.count()).select_from(EVENT)).scalar_one()
    return count


def imports(council: Council) -> int:
    with council.reading() as db:
        named = select(func.count()).select_from(AUDIT).where(AUDIT.c.action == "return.imported")
        count: int = db.execute(named.where(AUDIT.c.actor == "watched folder")).scalar_one()
    return count


# ---- taken, refused --------------------------------------------------------------------------------------------------


def test_a_file_is_taken_once_and_moved_with_its_papers(council, folder):
    drop(folder, "nightly.xml", WRONG)
    look(council, folder)
    assert lie(folder) == {
        "taking": [],
        "done": ["nightly.xml", "nightly.xml.problems.csv", "nightly.xml.txt"],
        "refused": [],
    }
    assert waiting(folder) == []
    assert told(folder, "done", "nightly.xml").startswith(
        "taken as cin-census\n3 rows: 2 taken whole, 1 with something"
    )
    (paper,) = (folder / "done").glob("*.problems.csv")
    (row,) = csv.DictReader(io.StringIO(paper.read_text("utf-8")))
    assert (row["child"], row["column"]) == ("X-1", "S47ActualStartDate")
    look(council, folder)
    assert imports(council) == 1
    assert_sound(council)


def test_what_is_no_return_is_refused_with_a_sentence_and_nothing_of_it_is_stored(council, folder):
    drop(folder, "letter.xml", "Dear Sir or Madam")
    drop(folder, "cut.xml", CENSUS[:-60])
    drop(folder, "empty.csv", "")
    look(council, folder)
    assert lie(folder)["refused"] == sorted(
        name + end for name in ("letter.xml", "cut.xml", "empty.csv") for end in ("", ".txt")
    )
    assert "none of the files that are taken here: drop a census" in told(folder, "refused", "letter.xml")
    assert told(folder, "refused", "cut.xml").endswith("nothing of it was stored\n")
    assert event_count(council) == 0


@pytest.mark.parametrize("name", ["a.xml.part", "a.partial", "a.tmp", "a.filepart", "a.crdownload", ".hidden.xml"])
def test_a_file_that_is_not_finished_is_left_alone(sqlite_council, folder, name):
    drop(folder, name, CENSUS)
    look(sqlite_council, folder)
    assert waiting(folder) == [name]


@pytest.mark.parametrize("minutes", [-60, -1, 0, 1, 60])
def test_a_file_is_taken_once_it_has_lain_still_whatever_the_clock_of_its_share_says(sqlite_council, folder, minutes):
    """Each step is something that happens to the file, or the seconds that pass before the next look."""
    watch, passed = Watch(folder), 0
    steps: list[tuple[str, float]] = [("cut", 0), ("grown", 5), ("whole", 60), ("", 9), ("", 1)]
    for nth, (content, seconds) in enumerate(steps):
        if content:
            cut = {"cut": CENSUS[:-90], "grown": CENSUS[:-60], "whole": CENSUS}[content]
            drop(folder, "a.xml", cut, ago=60 * minutes - passed)
        passed += int(seconds)
        with clock.substitute(lambda passed=passed: TODAY + timedelta(seconds=passed)):
            watch.look(sqlite_council)
        assert (waiting(folder) == []) is (nth == len(steps) - 1), f"step {nth}"
    assert lie(folder)["done"] == ["a.xml", "a.xml.txt"]


@pytest.mark.parametrize("changes", ["its size", "its moment"])
def test_a_file_of_which_one_thing_alone_changes_has_not_lain_still(sqlite_council, folder, changes):
    watch = Watch(folder)
    for nth in range(2):
        content, ago = (CENSUS + " " * nth, 0) if changes == "its size" else (CENSUS, nth)
        drop(folder, "a.xml", content, ago=HOUR_AGO - ago)
        with clock.substitute(lambda nth=nth: TODAY + timedelta(minutes=nth)):
            watch.look(sqlite_council)
    assert waiting(folder) == ["a.xml"]


def test_a_folder_still_being_filled_deep_down_is_left_alone(sqlite_council, folder):
    path = ssda903_making.folder_of(folder / "set", ssda903_making.files(ssda903_making.A_SET))
    (path / "deep").mkdir()
    watch = Watch(folder)
    for minute in range(3):
        (path / "deep" / "more.csv").write_text("x" * minute)
        aged(path)
        with clock.substitute(lambda minute=minute: TODAY.replace(minute=minute)):
            watch.look(sqlite_council)
    assert waiting(folder) == ["set"]


# ---- in order --------------------------------------------------------------------------------------------------------


def test_of_two_that_waited_the_older_is_taken_first_whatever_they_are_called(council, folder):
    """Else what was corrected between the two would be put back as it was."""
    older, newer = (
        census(child(referral(module("Section47", S47ActualStartDate="2026-05-05", DateOfInitialCPC=on)), id="X-1"))
        for on in ("2026-05-20", "2026-05-22")
    )
    drop(folder, "of-the-1-dec.xml", newer, ago=HOUR_AGO)
    drop(folder, "of-the-30-nov.xml", older, ago=2 * HOUR_AGO)
    look(council, folder)
    assert "1 corrections" in told(folder, "done", "of-the-1-dec.xml")
    held = [on for _child, type_, on in in_effect(council) if type_ == "icpc.held"]
    assert held == ["2026-05-22"]


def test_while_the_database_is_away_no_later_file_is_taken_before_an_earlier_one(postgres_url, tmp_path, folder):
    council = opened(postgres_url, tmp_path, feed_dir=folder)
    look(council, folder)
    drop(folder, "a.xml", CENSUS, ago=2 * HOUR_AGO)
    drop(folder, "b-letter", "Dear Sir or Madam", ago=HOUR_AGO)
    with postgres.connect(postgres_url) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    look(council, folder)
    assert lie(folder) == {"taking": ["a.xml", "b-letter"], "done": [], "refused": []}
    look(council, folder)
    assert (lie(folder)["done"], lie(folder)["refused"]) == (["a.xml", "a.xml.txt"], ["b-letter", "b-letter.txt"])
    council.engine.dispose()


# ---- by what it is ---------------------------------------------------------------------------------------------------


def test_files_are_told_by_what_they_are_and_not_by_their_names(council, folder, tmp_path):
    drop(folder, "one.txt", b"\xef\xbb\xbf  " + CENSUS.encode())
    drop(folder, "two.xml", json.dumps(discussion("c-1", "e-1", "2026-03-02")) + "\n")
    aged(ssda903_making.folder_of(folder / "three.xml", ssda903_making.files(ssda903_making.A_SET)))
    aged(ssda903_making.zipped(folder / "four.xlsx", ssda903_making.files(ssda903_making.A_SET)))
    aged(annex_a_making.written(folder, *annex_a_making.EVERYTHING, name="five.csv"))
    drop(folder, "six", CENSUS.encode("utf-16"))
    look(council, folder)
    assert lie(folder)["refused"] == [], told(folder, "refused", "five.csv")
    firsts = {
        name: told(folder, "done", name).splitlines()[0]
        for name in ("one.txt", "two.xml", "three.xml", "four.xlsx", "five.csv", "six")
    }
    assert firsts == {
        "one.txt": "taken as cin-census",
        "two.xml": "taken as events",
        "three.xml": "taken as ssda903",
        "four.xlsx": "taken as ssda903",
        "five.csv": "taken as annex-a",
        "six": "taken as cin-census",
    }
    assert_sound(council)


def test_a_903_return_as_xml_is_told_from_a_census(tmp_path):
    path = tmp_path / "x"
    path.write_text('<?xml version="1.0"?>\n<Message><Header><CollectionDetails><Collection>SSDA903')
    assert recognised(path) is Feed.SSDA903


def test_what_was_refused_of_a_file_of_events_is_on_its_paper(council, folder):
    drop(folder, "events", json.dumps(discussion("c-1", "e-1", "2026-03-02")) + '\n{"id": "' + CANARY + '"}\n')
    look(council, folder)
    assert "1 new, 0 known already, 1 refused" in told(folder, "done", "events")
    (paper,) = (folder / "done").glob("*.problems.csv")
    (row,) = csv.DictReader(io.StringIO(paper.read_text("utf-8")))
    assert row["line"] == "2"
    assert CANARY not in paper.read_text("utf-8")


# ---- names -----------------------------------------------------------------------------------------------------------


def test_a_name_dropped_twice_overwrites_nothing(council, folder):
    for minute, content in enumerate((CENSUS, WRONG, CENSUS)):
        with clock.substitute(lambda minute=minute: TODAY.replace(minute=minute)):
            drop(folder, "nightly.xml", content)
            look(council, folder)
    done = [path for path in (folder / "done").iterdir() if path.name.endswith("nightly.xml")]
    assert sorted(path.read_text() for path in done) == sorted((CENSUS, WRONG, CENSUS))
    assert names(folder / "done").count("nightly.xml.problems.csv") == 1, "each has its own papers"


@pytest.mark.parametrize(
    ("name", "withdrawn"),
    [("nightly.xml", 0), ("nightly.complete.xml", 2), ("complete.xml", 0), ("nightly.complete", 2)],
)
def test_only_a_file_that_calls_itself_complete_withdraws_what_it_leaves_out(sqlite_council, folder, name, withdrawn):
    two = census(
        child(referral(), id="X-1"), child(referral(), module("CINdetails", CINreferralDate="2026-07-01"), id="X-2")
    )
    drop(folder, "first.xml", two)
    look(sqlite_council, folder)
    drop(folder, name, census(child(referral(), id="X-1")))
    look(sqlite_council, folder)
    assert f"{withdrawn} withdrawn" in told(folder, "done", name)


def test_a_name_as_long_as_a_name_can_be_is_taken_like_any_other(sqlite_council, folder):
    drop(folder, "ü" * 120 + ".complete.xml", WRONG)
    look(sqlite_council, folder)
    (name,) = [name for name in names(folder / "done") if name.endswith(".complete.xml")]
    assert name.endswith("ü.complete.xml")
    assert {f"{name}.txt", f"{name}.problems.csv"} < set(names(folder / "done"))


# ---- poison ----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_opened_or_read_blocks_no_other(sqlite_council, folder, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(CENSUS)
    (folder / "a-link").symlink_to(secret)
    os.utime(folder / "a-link", (TODAY.timestamp() - HOUR_AGO,) * 2, follow_symlinks=False)
    os.mkfifo(folder / "b-pipe")
    aged(folder / "b-pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "c-socket"))
    aged(folder / "c-socket")
    broken = annex_a_making.written(folder, annex_a_making.PLAN, name="d-broken.xlsx")
    content = broken.read_bytes()
    aged(broken.parent / drop(folder, "d-broken.xlsx", content.replace(b"PK\x01\x02", b"PK\x01\x03")).name)
    drop(folder, "e-good.xml", CENSUS)
    with capture_logs() as lines:
        look(sqlite_council, folder)
    assert lie(folder) == {
        "taking": [],
        "done": ["e-good.xml", "e-good.xml.txt"],
        "refused": sorted(
            name + end for name in ("a-link", "b-pipe", "c-socket", "d-broken.xlsx") for end in ("", ".txt")
        ),
    }
    assert secret.exists()
    assert "damaged" in told(folder, "refused", "d-broken.xlsx")
    assert not any("secret" in str(line) for line in lines)


def test_a_folder_that_cannot_be_moved_waits_and_blocks_no_other(sqlite_council, folder, monkeypatch):
    """The night job's user owns it, and only whoever may write to a folder may move it."""
    for one in (folder.parent, folder, *folder.iterdir()):
        one.chmod(0o777)
    (folder / "a-set").mkdir()
    aged(folder / "a-set").chmod(0o555)
    drop(folder, "b-letter", "Dear Sir or Madam")
    monkeypatch.chdir(folder.parent)
    with capture_logs() as lines, as_nobody():
        look(sqlite_council, Path(folder.name))
    (folder / "a-set").chmod(0o755)
    assert (waiting(folder), lie(folder)["refused"]) == (["a-set"], ["b-letter", "b-letter.txt"])
    assert [line["event"] for line in lines] == [
        "a dropped file cannot be moved, and waits",
        "a dropped file was refused",
    ]


@contextmanager
def as_nobody() -> Iterator[None]:
    """As one whom the rights of files bind, which they do not bind root."""
    if os.geteuid() != 0:
        yield
        return
    kernel = ctypes.CDLL(None)
    kernel.setfsuid(65_534)
    try:
        yield
    finally:
        kernel.setfsuid(0)


def test_nothing_personal_is_in_the_log(council, folder):
    drop(folder, f"{CANARY}.xml", WRONG.replace("X-1", CANARY))
    drop(folder, f"{CANARY}.txt", f"Dear {CANARY}")
    drop(folder, f"{CANARY}.cut", CENSUS.replace("X-1", CANARY)[:-60])
    drop(folder, f"{CANARY}.ndjson", json.dumps({CANARY: CANARY}) + "\n")
    with capture_logs() as lines:
        look(council, folder)
    assert [line["event"] for line in lines] == [
        "a dropped file was refused",
        "events were taken",
        "a dropped file was refused",
        "a return was taken",
    ]
    assert not [line for line in lines if CANARY.lower() in str(line).lower()]


# ---- the tick --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hour", "is_taken"), [(0, False), (1, True)])
def test_the_tick_looks_except_in_the_quiet_hour(sqlite_council, folder, hour, is_taken):
    """The day is in summer: 00:30 UTC is half past one."""
    drop(folder, "a.xml", CENSUS, ago=24 * HOUR_AGO)
    watch = Watch(folder)
    for minute in (30, 31):
        with clock.substitute(lambda minute=minute: TODAY.replace(hour=hour, minute=minute)):
            look_for_files(sqlite_council, watch)
    assert (names(folder / "done") != []) is is_taken


# ---- several at once, and crashes ------------------------------------------------------------------------------------

LOOKING = """
import sys
from pathlib import Path
from service.council import open_council
from service.returns.watching import Watch
from service.settings import Settings
council, watch = open_council(Settings()), Watch(Path(sys.argv[1]), still_seconds=0)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    watch.look(council)
"""


def looking(council: Council, folder: Path, times: int = 9) -> subprocess.Popen[bytes]:
    """A process that looks, once it is given a line."""
    command = Command(str(council.settings.database_url), council.settings.data_dir)
    process = subprocess.Popen(
        [sys.executable, "-c", LOOKING, str(folder), str(times)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=command.environment,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_two_processes_take_each_file_once(council, folder):
    for nth in range(12):
        drop(folder, f"{nth:02}.xml", WRONG.replace("X-1", f"X-{nth}"))
    both = [looking(council, folder) for _ in range(2)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert imports(council) == 12
    papers = [f"{nth:02}.xml{end}" for nth in range(12) for end in ("", ".problems.csv", ".txt")]
    assert lie(folder) == {"taking": [], "done": sorted(papers), "refused": []}
    assert_sound(council)


def test_what_a_crash_left_behind_is_taken_up_and_what_another_holds_is_not(sqlite_council, folder):
    council = sqlite_council
    content = census(*(child(referral(on="2026-05-01"), id=f"X-{nth}") for nth in range(20_000)))
    drop(folder, "long.xml", content)
    holder = looking(council, folder, times=2)
    assert holder.stdin is not None
    holder.stdin.write(b"go\n")
    holder.stdin.flush()
    until = time.monotonic() + 60
    while event_count(council) == 0:
        assert time.monotonic() < until
        time.sleep(0.05)
    look(council, folder)
    assert names(folder / "taking") == ["long.xml"], "held by the other"
    assert imports(council) == 0
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert names(folder / "taking") == ["long.xml"], "it was still at it when it was killed"
    look(council, folder)
    assert lie(folder) == {"taking": [], "done": ["long.xml", "long.xml.txt"], "refused": []}
    assert event_count(council) == 40_000
    assert imports(council) == 1
