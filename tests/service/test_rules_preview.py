"""A policy officer changes one file of the law, and sees which children's clocks would move before anybody is told."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from rules import load_law
from service import clock
from tests.conftest import ROOT
from tests.service.intake_parts import discussion, document, events_file
from tests.service.real_server import Command

FILE = "packs/england/child-protection/initial-child-protection-conference.toml"
TIGHTER = """
[[versions]]
from = {from_on}
limit = "10 working_days"
calendar = "england-and-wales"
counting = "day_after"
source.instrument = "A made-up edition"
source.paragraph = "none"
source.read_on = {read_on}
source.verified = "unverified"
"""
WITHIN_BOTH, BETWEEN, PAST_BOTH = 4, 12, 20
"""Working days since a discussion: in time by either limit, by the old one alone, and by neither."""


@pytest.fixture
def law_of_our_own(tmp_path) -> Path:
    """A copy of the law, beside the service that is installed."""
    shutil.copytree(ROOT / "rules", tmp_path / "law" / "rules")
    return tmp_path / "law"


@pytest.fixture
def command(sqlite_url, tmp_path, law_of_our_own) -> Command:
    made = Command(sqlite_url, tmp_path)
    made.environment["PYTHONPATH"] = f"{law_of_our_own}:{ROOT}"
    days = load_law("england").calendars["england-and-wales"]
    on = {ago: days.subtract(clock.today(), ago).isoformat() for ago in (WITHIN_BOTH, BETWEEN, PAST_BOTH)}
    events = [
        discussion("c-soon", "e-1", on[WITHIN_BOTH], key="q-1", team="north"),
        discussion("c-between", "e-2", on[BETWEEN], key="q-2", team="north"),
        discussion("=between+too", "e-3", on[BETWEEN], key="q-3", team="south"),
        discussion("c-past", "e-4", on[PAST_BOTH], key="q-4", team="south"),
        discussion("c-held", "e-5", on[BETWEEN], key="q-5", team="south"),
        document("icpc.held", "c-held", "e-6", on[WITHIN_BOTH], key="q-5"),
        discussion("c-held", "e-7", on[BETWEEN], key="q-6", team="south"),
        document("icpc.held", "c-held", "e-8", clock.today().isoformat(), key="q-6"),
    ]
    assert made.run_apart("import", "events", str(events_file(tmp_path, *events))).returncode == 0
    return made


def tighten(law: Path) -> None:
    """Adds a version, in force for every discussion of the tests, with ten working days."""
    file = law / "rules" / FILE
    before, mark, after = file.read_text("utf-8").partition("[measures.first_strategy_meeting]")
    from_on = load_law("england").calendars["england-and-wales"].subtract(clock.today(), 2 * PAST_BOTH)
    file.write_text(before + TIGHTER.format(from_on=from_on, read_on=clock.today()) + "\n" + mark + after, "utf-8")


def test_who_becomes_overdue_is_seen_before_anybody_is_told_and_that_is_what_applying_does(command, law_of_our_own):
    still = command.run_apart("rules", "preview")
    assert (still.returncode, "0 differ" in still.stdout, "overdue" in still.stdout) == (0, True, False)
    tighten(law_of_our_own)
    seen = command.run_apart("rules", "preview")
    assert seen.returncode == 0, seen.stderr
    assert "initial-child-protection-conference (duty): 6 moved" in seen.stdout
    assert "of 6 duties to 5 children:" in seen.stdout
    assert "2 become overdue: north 1, south 1" in seen.stdout
    assert "0 are no longer overdue\n" in seen.stdout
    assert "1 were done in time, and count as late: south 1" in seen.stdout
    shown = [line for line in seen.stdout.splitlines() if "running → overdue" in line]
    assert sorted(line.split()[1] for line in shown) == ["=between+too", "c-between"]
    assert seen.stdout.index("running → overdue") < seen.stdout.index("c-soon"), "what is worst comes first"

    rows = list(csv.DictReader(command.run_apart("rules", "preview", "--format", "csv").stdout.splitlines()))
    duties = {row["child"]: row for row in rows if row["measure"] == "duty" and row["status_after"] != "late"}
    turns = {child: (row["status_before"], row["status_after"]) for child, row in duties.items()}
    assert turns == {
        "c-soon": ("running", "running"),
        "c-between": ("running", "overdue"),
        "'=between+too": ("running", "overdue"),
        "c-past": ("overdue", "overdue"),
        "c-held": ("met", "met"),
    }
    assert all(row["due_on_after"] < row["due_on_before"] for row in duties.values())
    lines = command.run_apart("rules", "preview", "--format", "json").stdout.splitlines()
    assert [json.loads(line)["clock"] for line in lines] == [row["clock"] for row in rows]

    assert command.run_apart("rules", "apply").stdout == seen.stdout, "a preview changed something"
    shutil.copy(ROOT / "rules" / FILE, law_of_our_own / "rules" / FILE)
    back = command.run_apart("rules", "preview").stdout
    assert "2 are no longer overdue: north 1, south 1" in back
    assert "1 were done late, and count as in time: south 1" in back
