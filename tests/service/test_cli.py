"""The commands, as their users type them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess

import pytest

from service import clock, reports
from tests.service.intake_parts import discussion, document, events_file, send
from tests.service.pages_cast import NORTH, demonstration, populate
from tests.service.real_server import COMMAND, Command

COLUMNS = "id,timescale,measure,subject,key,started_on,due_on,target_due_on,stopped_on,outcome,provisional,problem"
COLUMNS += ",team,worker,status"


@pytest.fixture
def anywhere(tmp_path):
    """For commands that need no database."""
    return Command(f"sqlite:///{tmp_path}/none.db", tmp_path)


def some_events():
    return [
        discussion("c-1", "e-1", "2026-03-02", key="q-1", team="north"),
        document("icpc.held", "c-1", "e-2", "2026-03-20", key="q-1"),
        discussion("a:cat:b", "e-3", "2026-03-04", key="q-2"),
        document("child-protection-plan.started", "c-1", "e-4", "2026-03-20", visit_every="10 working_days"),
    ]


# ---- due-date --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("2016-07-07 70 working_days", "2016-10-14"),
        ("2016-07-07 70", "2016-10-14"),
        ("2026-12-23 -2 working_days", "2026-12-21"),
        ("2026-01-31 1 months", "2026-02-28"),
        ("2024-02-29 -1 years", "2023-02-28"),
        ("2026-03-27T18:30 72 hours", "2026-03-30T19:30:00+01:00"),
        ("2026-10-23T18:30 72 hours", "2026-10-26T17:30:00+00:00"),
        ("2026-03-27T18:30+00:00 -72 hours", "2026-03-24T18:30:00+00:00"),
        ("1999-07-07 6 weeks", "1999-08-18"),
    ],
)
def test_a_due_date_is_printed_alone(anywhere, words, due):
    done = anywhere.run("due-date", *words.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{due}\n", "")


def test_a_date_that_rests_on_unpublished_holidays_says_so_beside_it(anywhere):
    done = anywhere.run("due-date", "2040-07-07", "5", "working_days")
    assert (done.returncode, done.stdout) == (0, "2040-07-13\n")
    assert "provisional" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "1999-07-07 5 working_days",
        "2026-02-30 5",
        "9999-12-31 5 days",
        "0001-01-01 -5 days",
        "9999-12-31T23:00 72 hours",
        "0001-01-01T00:00 -72 hours",
        "2026-10-25T01:30 1 hours",
        "2026-03-29T01:30 1 hours",
        "2026-03-02 99999999999999999999 days",
        "yesterday 5",
    ],
)
def test_a_date_that_cannot_be_counted_is_refused_in_words(anywhere, words):
    done = anywhere.run("due-date", *words.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip()


@pytest.mark.parametrize("words", ["", "2026-03-02", "2026-03-02 five", "2026-03-02 5 fortnights", "2026-03-02 5 --x"])
def test_a_due_date_that_is_not_asked_for_rightly_is_wrong_usage(anywhere, words):
    assert anywhere.run("due-date", *words.split()).returncode == 2


def test_a_million_lines_are_counted_and_none_is_lost(anywhere):
    lines = ["start,count,unit"] + [f"2016-07-{nth % 28 + 1:02},{nth % 90},working_days" for nth in range(1_000_000)]
    done = anywhere.run("due-date", "--csv", "-", given="\n".join(lines))
    out = done.stdout.splitlines()
    assert (done.returncode, len(out), out[0]) == (0, 1_000_001, "start,count,unit,due,provisional")
    assert out[1 + 6 + 28 * 20] == "2016-07-07,26,working_days,2016-08-12,false"


def test_a_line_that_cannot_be_counted_keeps_its_place_and_is_named_by_number(anywhere, tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text(
        "2016-07-07,70,working_days\nx,1,days\n2016-07-07,1\n2040-07-07,5,working_days\n1,2,3\n", "utf-8-sig"
    )
    done = anywhere.run("due-date", "--csv", str(path))
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == [
        "2016-07-07,70,working_days,2016-10-14,false",
        "x,1,days,,",
        "2016-07-07,1,,",
        "2040-07-07,5,working_days,2040-07-13,true",
        "1,2,3,,",
    ]
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["line 2", "line 3", "line 5"]


# ---- import, clocks, explain, recompute ------------------------------------------------------------------------------


def test_a_file_of_events_is_imported_with_totals_and_again_changes_nothing(command, tmp_path):
    path = events_file(tmp_path, *some_events())
    first, again = command.run("import", "events", str(path)), command.run("import", "events", str(path))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert first.stdout.startswith("4 new, 0 known already, 0 refused; ")
    assert "last durable line 4" in first.stdout
    assert again.stdout.startswith("0 new, 4 known already, 0 refused; 0 changes of clocks")
    assert not list(tmp_path.glob("*.refused.csv"))
    assert command.run("recompute", "--check").returncode == 0


def test_what_is_refused_is_written_by_line_with_the_reason_and_the_fix(command, tmp_path):
    secret = "Zorblax-4477"
    path = events_file(
        tmp_path,
        *some_events(),
        b"",
        b"{",
        {**some_events()[0], "subject": secret},
        {**some_events()[0], secret: secret},
    )
    done = command.run("import", "events", str(path))
    assert done.returncode == 1
    assert "3 refused" in done.stdout
    refused = tmp_path / "events.ndjson.refused.csv"
    assert str(refused) in done.stderr
    rows = list(csv.DictReader(io.StringIO(refused.read_text("utf-8"))))
    assert [(row["line"], row["type"]) for row in rows] == [
        ("6", "not-json"),
        ("7", "same-id-other-content"),
        ("8", "unknown-field"),
    ]
    assert all(row["detail"] and row["fix"] for row in rows)
    assert secret not in refused.read_text("utf-8") + done.stdout + done.stderr


def test_clocks_are_listed_as_csv_with_the_promised_columns(command, tmp_path):
    command.run("import", "events", str(events_file(tmp_path, *some_events())))
    done = command.run("clocks", "--format", "csv")
    assert done.stdout.splitlines()[0] == COLUMNS
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    duty = next(row for row in rows if row["subject"] == "c-1" and row["measure"] == "duty" and row["key"] == "q-1")
    assert (duty["started_on"], duty["due_on"], duty["stopped_on"]) == ("2026-03-02", "2026-03-23", "2026-03-20")
    assert (duty["outcome"], duty["provisional"], duty["problem"], duty["target_due_on"]) == ("met", "false", "", "")
    assert (duty["team"], duty["worker"], duty["status"]) == ("north", "", "met")


def test_clocks_are_listed_by_status_as_json_and_as_a_table(command, tmp_path):
    command.run("import", "events", str(events_file(tmp_path, *some_events())))
    found = json.loads(command.run("clocks", "--status", "overdue", "--format", "json").stdout)
    assert {one["status"] for one in found} == {"overdue"}
    assert "a:cat:b" in {one["subject"] for one in found}
    everything = json.loads(command.run("clocks", "--format", "json").stdout)
    assert {*COLUMNS.split(",")} <= everything[0].keys()
    assert len(everything) > len(found)
    table = command.run("clocks", "--status", "overdue").stdout
    assert "a:cat:b" in table
    assert command.run("clocks", "--status", "never").returncode == 2


def test_a_cell_is_never_a_formula(command, tmp_path):
    command.run("import", "events", str(events_file(tmp_path, discussion("=1+1", "e-1", "2026-03-02", key="@x"))))
    rows = list(csv.DictReader(io.StringIO(command.run("clocks", "--format", "csv").stdout)))
    assert {(row["subject"], row["key"]) for row in rows} == {("'=1+1", "'@x")}


def test_a_clock_is_explained_in_words(command, tmp_path):
    command.run("import", "events", str(events_file(tmp_path, *some_events())))
    clocks = json.loads(command.run("clocks", "--format", "json").stdout)
    one = next(clock for clock in clocks if clock["subject"] == "c-1" and clock["measure"] == "duty")
    done = command.run("explain", one["id"])
    assert done.returncode == 0
    assert "2026" in done.stdout
    unknown = command.run("explain", "00000000000000000000")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "there is no clock" in unknown.stderr


def test_recomputing_finds_what_does_not_follow_from_the_events_and_puts_it_right(sqlite_url, tmp_path):
    command = Command(sqlite_url, tmp_path)
    command.run("import", "events", str(events_file(tmp_path, *some_events())))
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as db:
        db.execute(
            "UPDATE clock SET due_on = '2026-03-24' "
            "WHERE timescale LIKE 'initial-%' AND measure = 'duty' AND key = 'q-1'"
        )
    db.close()
    checked = command.run("recompute", "--check")
    assert checked.returncode == 1
    assert "1 differ" in checked.stdout
    assert "timescales recompute" in checked.stderr
    assert command.run("recompute").returncode == 0
    assert command.run("recompute", "--check").returncode == 0


# ---- keys, people, rules, reports ------------------------------------------------------------------------------------


def test_a_key_is_shown_once_alone_on_the_last_line_listed_without_it_and_revoked(command):
    done = command.run("keys", "add", "case system", "--scope", "events:write", "--scope", "clocks:read")
    key = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"ts_[A-Za-z0-9_-]{43}", key)
    listed = command.run("keys", "list").stdout
    assert "case system\tclocks:read events:write\t" in listed
    assert "in use" in listed
    assert key not in listed
    assert command.run("keys", "revoke", "case system").returncode == 0
    assert "revoked" in command.run("keys", "list").stdout
    assert command.run("keys", "revoke", "case system").returncode == 1
    assert command.run("keys", "add", "other", "--scope", "events:delete").returncode == 1
    assert command.run("keys", "add", "other").returncode == 2


@pytest.mark.parametrize("columns", [20, 60, 80, 100, 250])
@pytest.mark.parametrize("what", ["list", "unverified"])
def test_the_ids_of_the_rules_are_never_cut_and_no_word_of_them_is_broken(anywhere, what, columns):
    """`rules show` wants an id letter by letter."""
    rows = json.loads(anywhere.run("rules", what, "--format", "json").stdout)
    anywhere.environment["COLUMNS"] = str(columns)
    done = anywhere.run("rules", what)
    header, *lines = table_of(done.stdout)
    ids = [line[0] for line in lines if line[0]]
    assert rows
    assert ids == [row["id"] for row in rows]
    assert all(anywhere.run("rules", "show", id).returncode == 0 for id in ids[:2])
    said = " ".join(word for row in rows for name in header for word in str(row[name]).split()).split()
    shown = [word for line in lines for cell in line for word in cell.split()]
    assert sorted(shown) == sorted(said)
    left_out = [name for name in ("title", "area", "kind", "limit", "verified", "enabled") if name not in header]
    assert done.stderr.strip() == (
        f"no room for {', '.join(left_out)}: make the window wider, or say --format json" if left_out else ""
    )
    if columns >= 60:
        assert max(len(line) for line in done.stdout.splitlines()) <= columns


def table_of(text: str) -> list[list[str]]:
    """The cells of a table that was drawn, line by line; its header first."""
    lines = [re.split("[│┃]", line)[1:-1] for line in text.splitlines() if line[:1] in ("│", "┃")]
    return [[cell.strip() for cell in line] for line in lines]


def some_clocks(folder):
    long = "0f8fad5b-d9cb-469f-a165-70867728950e"
    return events_file(
        folder,
        discussion("c-1", "e-1", "2026-03-02", key="q-1", team="children-with-disabilities-team"),
        discussion(long, "e-2", "2026-03-03", key="q-2", team="assessment-team-north"),
        discussion("[b]c-3[/b]", "e-3", "2026-03-04", key="q-3"),
    )


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_in_a_narrow_window_a_clock_is_two_lines_with_its_child_and_its_id_whole(command, tmp_path, columns):
    command.run("import", "events", str(some_clocks(tmp_path)))
    found = json.loads(command.run("clocks", "--format", "json").stdout)
    command.environment["COLUMNS"] = str(columns)
    done = command.run("clocks")
    header, *lines = table_of(done.stdout)
    assert header == ["due", "timescale, measure, team", "subject, clock"]
    assert max(len(line) for line in done.stdout.splitlines()) <= columns
    assert len(lines) == 2 * len(found) > 3
    for one, above, below in zip(found, lines[::2], lines[1::2], strict=True):
        assert (above[0], above[2]) == (one["due_on"], one["subject"])
        assert (below[0], below[2]) == (one["status"].replace("_", " "), one["id"])
        assert one["timescale"].startswith(above[1].rstrip("…"))
        assert below[1].startswith(f"{one['measure']}, ")


def test_in_a_wide_window_a_clock_is_one_line_and_in_every_window_its_id_can_be_explained(command, tmp_path):
    command.run("import", "events", str(some_clocks(tmp_path)))
    found = json.loads(command.run("clocks", "--format", "json").stdout)
    _header, *lines = table_of(command.run("clocks").stdout)
    assert [(line[0], line[2], line[4], line[6]) for line in lines] == [
        (one["due_on"], one["timescale"], one["subject"], one["id"]) for one in found
    ]
    command.environment["COLUMNS"] = "40"
    _header, *lines = table_of(command.run("clocks").stdout)
    assert [line[-1] for line in lines[1::2]] == [one["id"] for one in found]
    assert command.run("explain", lines[1][-1]).returncode == 0


def test_a_council_with_no_clocks_has_a_table_with_none(command):
    done = command.run("clocks")
    assert done.returncode == 0, done.stderr
    assert "0 clocks on" in done.stdout


def test_people_are_imported_whole_or_not_at_all(command, tmp_path):
    path = tmp_path / "people.csv"
    head = "post,team,team_name,service,address\n"
    path.write_text(
        head + "team-manager,north,North,Fieldwork,north@example.gov.uk\nteam-manager,south,South,,nobody\n"
    )
    wrong = command.run("people", "import", str(path))
    assert wrong.returncode == 1
    assert "line 3" in wrong.stderr
    assert "nobody" not in wrong.stderr
    path.write_text(head + "team-manager,north,North,Fieldwork,north@example.gov.uk\n")
    assert command.run("people", "import", str(path)).stdout.startswith("1 line imported")


def test_the_rules_are_checked_listed_and_shown(anywhere):
    checked = anywhere.run("rules", "check")
    assert checked.returncode == 0
    assert "worked examples are right" in checked.stdout
    rows = json.loads(anywhere.run("rules", "list", "--format", "json").stdout)
    assert {tuple(row) for row in rows} == {("id", "title", "area", "kind", "limit", "verified", "enabled")}
    ids = {row["id"] for row in rows}
    assert {"initial-child-protection-conference", "review-strategy-meeting", "single-assessment"} <= ids
    shown = json.loads(anywhere.run("rules", "show", "single-assessment").stdout)
    assert shown["measures"][0]["versions"][0]["source"]["instrument"]
    assert anywhere.run("rules", "show", "nothing").returncode == 1
    unverified = anywhere.run("rules", "unverified", "--format", "json")
    assert unverified.returncode == (1 if json.loads(unverified.stdout) else 0)
    assert (
        "review-strategy-meeting" not in Command("", anywhere.folder, authority="england").run("rules", "list").stdout
    )


def test_a_report_is_written_to_a_folder_in_three_forms(command, tmp_path):
    command.run("import", "events", str(events_file(tmp_path, *some_events())))
    done = command.run("report", "section-47", "--as-at", "2026-04-01", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    written = [path.suffix for path in (tmp_path / "out").iterdir()]
    assert {".html", ".csv", ".json"} <= set(written)
    assert command.run("report", "nothing").returncode == 2
    assert command.run("report", "section-47", "--as-at", "2026-02-30").returncode == 2


def test_a_report_with_no_folder_named_is_written_where_the_service_keeps_its_own_and_says_so(command, tmp_path):
    """Never where the reader happens to stand: one of the files names children."""
    command.run("import", "events", str(events_file(tmp_path, *some_events())))
    before = set(tmp_path.iterdir())
    done = command.run("report", "section-47", "--as-at", "2026-04-01")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "reports"
    assert set(tmp_path.iterdir()) - before == {folder}
    assert sorted(done.stdout.splitlines()) == sorted(str(path) for path in folder.iterdir())
    assert str(folder) in done.stderr


def test_what_was_published_for_the_day_is_not_replaced_by_other_figures(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as council:
        populate(council)
        on = clock.today()
        published = reports.publish(council, "section-47", as_at=on, now=clock.now()).report
        name = f"section-47-{on}-children.csv"
        text = next(path for path in reports.write(published, tmp_path / "reports") if path.name == name).read_text()
        late = document("icpc.held", "c-late", "late-held", "2026-11-20", key="s47-late", team=NORTH, outcome="no_plan")
        send(council, late)
    command = Command(sqlite_url, tmp_path)
    done = command.run("report", "section-47", "--as-at", on.isoformat())
    assert done.returncode == 0, done.stderr
    assert "as it was published" in done.stderr
    assert (tmp_path / "reports" / name).read_text() == text
    refused = command.run("report", "section-47", "--as-at", on.isoformat(), "--known-at", f"{on}T00:01")
    assert refused.returncode == 1
    assert "--out" in refused.stderr
    anew = command.run("report", "section-47", "--as-at", on.isoformat(), "--out", str(tmp_path / "now"))
    assert anew.returncode == 0, anew.stderr
    assert (tmp_path / "now" / name).read_text() != text
    assert (tmp_path / "reports" / name).read_text() == text


def test_figures_as_known_on_a_day_hold_what_was_recorded_on_it_and_not_what_came_after(sqlite_url, tmp_path):
    command = Command(sqlite_url, tmp_path)
    command.run("import", "events", str(events_file(tmp_path, *some_events())))
    today, weeks_on = clock.today().isoformat(), "2026-03-30"

    def figures(*known: str) -> str:
        done = command.run("report", "section-47", "--as-at", weeks_on, *known, "--out", str(tmp_path / "out"))
        assert done.returncode == 0, done.stderr
        return (tmp_path / "out" / f"section-47-{weeks_on}-children.csv").read_text()

    assert "c-1" in figures()
    assert figures("--known-at", today) == figures(), "what came in this morning was known today"
    assert "c-1" not in figures("--known-at", f"{today}T00:00")
    wrong = command.run("report", "section-47", "--known-at", "yesterday")
    assert (wrong.returncode, "YYYY-MM-DD" in wrong.stderr) == (2, True)


def test_what_is_made_is_its_owners_alone(tmp_path):
    folder = tmp_path / "council"
    command = Command(f"sqlite:///{folder}/timescales.db", tmp_path)
    assert command.run("migrate").returncode == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.glob("timescales.db*")} == {0o600}


# ---- mistakes --------------------------------------------------------------------------------------------------------

WRONG_USAGE = [
    "",
    "nothing",
    "clocks --nothing",
    "clocks --format xml",
    "import",
    "import nothing x",
    "import events",
    "explain",
]


@pytest.mark.parametrize("words", WRONG_USAGE)
def test_wrong_usage_is_2_and_says_what_is_right(anywhere, words):
    done = anywhere.run(*words.split())
    assert done.returncode == 2
    assert "Usage" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://user:hunter2@host/db",
        "postgresql+asyncpg://user:hunter2@host/db",
        "oracle:///x",
        "postgresql://user:hunter2@127.0.0.1:1/db",
        "sqlite:////proc/nothing/t.db",
        "sqlite:////dev/null",
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence_without_its_password(tmp_path, url):
    done = Command(url, tmp_path).run("clocks")
    assert done.returncode == 1
    assert done.stderr.strip()
    assert "hunter2" not in done.stdout + done.stderr


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "letter.db").write_bytes(b"Dear Sir or Madam, " * 100)
    done = Command(f"sqlite:///{tmp_path}/letter.db", tmp_path).run("clocks")
    assert done.returncode == 1
    assert "not a database of this service" in done.stderr


@pytest.mark.parametrize("words", ["import events", "people import", "due-date --csv"])
@pytest.mark.parametrize("kind", ["missing", "folder", "other encoding"])
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, words, kind):
    path = tmp_path / "file.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "other encoding":
        path.write_bytes("post,team,team_name,service,address\nä,b,c,d,e\n".encode("latin-1"))
    done = Command(f"sqlite:///{tmp_path}/t.db", tmp_path).run(*words.split(), str(path))
    assert done.returncode == 1
    assert done.stderr.strip()


def test_the_database_of_another_authority_is_refused(command, tmp_path):
    assert command.run("clocks").returncode == 0
    other = Command(command.environment["TIMESCALES_DATABASE_URL"], tmp_path, authority="england")
    done = other.run("clocks")
    assert done.returncode == 1
    assert "belongs to the authority southend" in done.stderr


def test_the_database_of_a_newer_version_is_refused_with_what_to_do(sqlite_url, tmp_path):
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as db:
        db.execute("UPDATE alembic_version SET version_num = 'later'")
    db.close()
    done = Command(sqlite_url, tmp_path).run("clocks")
    assert done.returncode == 1
    assert "newer version" in done.stderr


def test_an_empty_database_is_brought_to_head_by_whatever_command_comes_first(tmp_path):
    command = Command(f"sqlite:///{tmp_path}/deep/er/t.db", tmp_path)
    assert command.run("clocks", "--format", "csv").stdout.strip() == COLUMNS
    assert (tmp_path / "deep" / "er" / "t.db").exists()


@pytest.mark.parametrize(
    ("setting", "value"), [("port", "x"), ("alerts_from", "soon"), ("tick_seconds", "0"), ("log_level", "loud")]
)
def test_a_setting_that_cannot_be_right_is_named(tmp_path, setting, value):
    done = Command(f"sqlite:///{tmp_path}/t.db", tmp_path, **{setting: value}).run("clocks")
    assert done.returncode == 2
    assert f"TIMESCALES_{setting.upper()}" in done.stderr


def test_an_authority_that_has_no_pack_is_a_sentence_and_makes_no_database(tmp_path):
    done = Command(f"sqlite:///{tmp_path}/t.db", tmp_path, authority="atlantis").run("clocks")
    assert done.returncode == 1
    assert "atlantis" in done.stderr


# ---- as a shell runs it ----------------------------------------------------------------------------------------------


def test_the_command_is_installed_and_lists_what_it_can(anywhere):
    done = anywhere.run_apart("--help")
    assert done.returncode == 0
    for word in (
        "serve",
        "demo",
        "keys",
        "import",
        "due-date",
        "clocks",
        "explain",
        "report",
        "rules",
        "recompute",
        "people",
    ):
        assert word in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error(anywhere):
    done = subprocess.run(
        [
            "bash",
            "-c",
            'yes 2016-07-07,70,working_days | head -200000 | "$@" due-date --csv - | head -2',
            "-",
            *COMMAND,
        ],
        env=anywhere.environment,
        cwd=anywhere.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[1] == "2016-07-07,70,working_days,2016-10-14,false"
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_asked_to_stop_stops_cleanly(sqlite_url, tmp_path, asked):
    with Command(sqlite_url, tmp_path).serving() as server:
        os.kill(server.process.pid, asked)
        assert server.process.wait(20) == 0
        assert "Traceback" not in server.written()
