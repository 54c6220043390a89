"""How long what is kept of a child stays: area by area, held, still running, tied to others; and the commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rules import authorities, load_law
from service import retention
from service.council import Council
from service.errors import NotReady
from service.retention.periods import OTHER, periods
from service.settings import Settings
from service.store.tables import METADATA
from tests.service.intake_parts import discussion, document, opened, send

ON = date(2026, 11, 23)


def due(council: Council, on: date = ON) -> dict[str, retention.Due]:
    with council.reading() as db:
        return {"+".join(one.subjects): one for one in retention.whose_time_has_come(db, council, on)}


def conference(subject: str, on: str, held_on: str = "", **more: str) -> list[object]:
    """An enquiry with its conference, or one that nobody closed."""
    sent = [discussion(subject, f"{subject}-s", on, key=f"k-{subject}", **more)]
    if held_on:
        key = f"k-{subject}"
        sent.append(document("icpc.held", subject, f"{subject}-h", held_on, key=key, outcome="no_plan"))
        sent.append(document("strategy-meeting.held", subject, f"{subject}-m", on, key=key, kind="review"))
    return sent


# ---- the periods -----------------------------------------------------------------------------------------------------


def test_every_area_of_every_pack_has_a_period_of_its_own_with_what_it_rests_on():
    chosen = periods(Settings())
    areas = {timescale.area for name in authorities() for timescale in load_law(name).timescales.values()}
    assert areas <= chosen.by_area.keys()
    assert OTHER in chosen.by_area
    for one in chosen.by_area.values():
        assert one.basis
        assert one.source
        assert one.verified in ("primary", "secondary", "unverified")


@pytest.mark.parametrize(
    ("area", "last_on", "born_on", "died_on", "ends_on"),
    [
        ("everything-else", "2020-01-31", None, None, "2026-01-31"),
        ("everything-else", "2020-02-29", "2001-01-01", None, "2026-02-28"),
        ("front-door", "2020-01-31", "2015-05-01", None, "2040-05-01"),
        ("front-door", "2020-01-31", "1985-05-01", None, "2026-01-31"),
        ("front-door", "2020-01-31", None, None, "2045-01-31"),
        ("looked-after", "2020-01-31", "2010-02-28", None, "2085-02-28"),
        ("looked-after", "2020-01-31", None, None, "2095-01-31"),
        ("looked-after", "2020-01-31", "2010-02-28", "2020-01-31", "2035-01-31"),
        ("looked-after", "2030-01-31", "2010-02-28", "2028-03-01", "2085-02-28"),
        ("looked-after", "2020-01-31", None, "2020-01-31", "2035-01-31"),
        ("an-area-of-its-own", "2020-01-31", None, None, "2026-01-31"),
    ],
)
def test_a_period_ends_on_the_day_that_a_person_would_count(area, last_on, born_on, died_on, ends_on):
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    chosen = periods(Settings())
    assert chosen.ends_on([area], date.fromisoformat(last_on), day(born_on), day(died_on)) == day(ends_on)


def test_of_several_areas_the_latest_day_counts_and_of_none_that_of_everything_else():
    chosen, last_on = periods(Settings()), date(2020, 1, 31)
    both = chosen.ends_on(["front-door", "child-protection"], last_on, date(2000, 1, 1), None)
    assert both == date(2055, 1, 31)
    assert chosen.ends_on([], last_on, None, None) == date(2026, 1, 31)


def test_an_authority_lays_its_own_periods_over_these(tmp_path):
    file = tmp_path / "own.toml"
    said = 'area = "front-door"\nmonths = 12\nbasis = "our schedule"\nsource = "our register"\nverified = "primary"\n'
    file.write_text(f'[[periods]]\n{said}[holds]\nmayor = "The mayor asked"\n')
    chosen = periods(Settings(retention_file=file))
    assert chosen.of("front-door").months == 12
    assert chosen.of("front-door").until_age is None
    assert chosen.of("looked-after").until_age == 75
    assert "mayor" in chosen.holds
    assert "claim" in chosen.holds


GOOD = {"area": '"front-door"', "months": "12", "basis": '"b"', "source": '"s"', "verified": '"primary"'}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"months": '"12"'}, "months"),
        ({"months": "-1"}, "nought"),
        ({"months": "true"}, "months"),
        ({"basis": '""'}, "basis"),
        ({"verified": '"surely"'}, "verified"),
        ({"monhts": "12"}, "unknown key monhts"),
        ({"until_age": "25"}, "birthday"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_its_place(tmp_path, change, said):
    file = tmp_path / "own.toml"
    file.write_text("[[periods]]\n" + "\n".join(f"{name} = {value}" for name, value in (GOOD | change).items()))
    with pytest.raises(NotReady, match=said) as refused:
        periods(Settings(retention_file=file))
    assert "own.toml, period 1" in str(refused.value)


@pytest.mark.parametrize("text", ["[[periods]", "[other]\nx = 1", "\xff"])
def test_a_file_that_is_none_is_refused(tmp_path, text):
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(NotReady, match=r"own\.toml"):
        periods(Settings(retention_file=file))
    with pytest.raises(NotReady, match="cannot be read"):
        periods(Settings(retention_file=tmp_path / "nowhere.toml"))


# ---- whose time has come ---------------------------------------------------------------------------------------------


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Iterator[Council]:
    """A council with periods short enough to see them end."""
    file = tmp_path / "own.toml"
    rows = [("child-protection", 120), ("everything-else", 24)]
    said = 'basis = "b"\nsource = "s"\nverified = "primary"\n'
    file.write_text("".join(f'[[periods]]\narea = "{area}"\nmonths = {count}\n{said}' for area, count in rows))
    council = opened(database_url, tmp_path, retention_file=file)
    yield council
    council.engine.dispose()


def test_somebody_is_due_on_the_day_and_not_the_day_before(own):
    send(own, *conference("c-1", "2016-03-01", "2016-03-20"))
    assert due(own, date(2026, 3, 19)) == {}
    [one] = due(own, date(2026, 3, 20)).values()
    assert (one.subjects, one.areas, one.last_on, one.due_on) == (
        ("c-1",), ("child-protection",), date(2016, 3, 20), date(2026, 3, 20),
    )  # fmt: skip
    assert one.is_free


def test_who_had_no_clock_is_of_no_area_and_whoever_had_one_is_kept_as_long_as_its_area_says(own):
    send(own, document("case.allocated", "c-none", "n", "2020-01-01"), *conference("c-cp", "2020-01-01", "2020-01-10"))
    assert due(own).keys() == {"c-none"}


def test_whoever_is_held_or_has_a_duty_that_runs_is_listed_and_is_not_free(own):
    send(own, *conference("c-held", "2010-03-01", "2010-03-20"), *conference("c-open", "2010-03-01"))
    retention.hold(own, "c-held", reason="inquiry", who="test")
    found = due(own)
    assert found["c-held"].held == ("inquiry",)
    assert found["c-open"].is_running
    assert not any(one.is_free for one in found.values())


def test_tied_histories_are_due_together_when_the_last_of_them_is(own):
    send(own, *conference("c-a", "2010-03-01", "2010-03-20"), document("case.allocated", "c-b", "b", "2012-01-01"))
    send(own, document("subject.merged", "c-b", "m", "2012-02-01", into="c-a"))
    send(
        own, document("case.allocated", "c-d", "d", "2010-01-01"), document("case.allocated", "c-e", "e", "2026-01-01")
    )
    send(own, document("subject.merged", "c-d", "md", "2010-02-01", into="c-e"))
    found = due(own)
    assert found.keys() == {"c-a+c-b"}
    assert found["c-a+c-b"].due_on == date(2022, 2, 1)


def test_what_was_withdrawn_about_a_birth_counts_for_nothing(own, tmp_path):
    born = document("subject.registered", "c-1", "born", "2010-01-01", date_of_birth="2009-06-01")
    send(own, born, document("event.withdrawn", "c-1", "gone", "2010-01-02", withdraws="born"))
    assert due(own)["c-1"].due_on == date(2012, 1, 2)


def test_looking_changes_nothing(own):
    send(own, *conference("c-1", "2016-03-01", "2016-03-20"))
    with own.reading() as db:
        before = {one.name: db.execute(one.select()).all() for one in METADATA.sorted_tables}
    assert due(own)
    with own.reading() as db:
        assert {one.name: db.execute(one.select()).all() for one in METADATA.sorted_tables} == before


# ---- the commands ----------------------------------------------------------------------------------------------------


def test_a_run_erases_who_is_due_and_leaves_who_is_held_open_or_not_due(own, command, tmp_path):
    command.environment["TIMESCALES_RETENTION_FILE"] = str(tmp_path / "own.toml")
    for subject, held_on in {"c-1": "2010-03-20", "c-2": "2010-03-21", "c-held": "2010-03-20"}.items():
        send(own, *conference(subject, "2010-03-01", held_on))
    send(own, *conference("c-open", "2010-03-01"), *conference("c-new", "2026-03-02", "2026-03-20"))
    assert command.run("retention", "hold", "c-held", "--because", "claim").returncode == 0
    listed = command.run("retention", "due").stdout
    assert "2 to erase; 1 held; 1 of whom a duty still runs" in listed
    assert "c-held\tdue 2020-03-20" in listed
    assert command.run("retention", "run").returncode == 2
    preview = command.run("retention", "run", "--preview")
    assert "2 references would be erased" in preview.stdout
    assert "2 to erase" in command.run("retention", "due").stdout
    done = command.run("retention", "run", "--yes")
    assert done.returncode == 0, done.stderr
    assert "2 references erased" in done.stdout
    after = command.run("retention", "due").stdout
    assert "0 to erase; 1 held; 1 of whom" in after
    assert command.run("audit", "verify").returncode == 0
    assert command.run("recompute", "--check").returncode == 0
    assert "c-held\tclaim" in command.run("retention", "holds").stdout
    assert command.run("retention", "lift", "c-held").returncode == 0
    assert command.run("retention", "lift", "c-held").returncode == 1


def test_the_command_erases_previews_and_reopens(own, command):
    send(own, discussion("c-1", "e-1", "2026-03-02"))
    preview = command.run("erase", "c-1", "--because", "sent-in-error", "--preview")
    assert "1 reference would be erased" in preview.stdout
    wrong = command.run("erase", "c-1", "--because", "sent-by-error")
    assert wrong.returncode == 1
    assert "did you mean sent-in-error?" in wrong.stderr
    assert command.run("erase", "c-1", "--because", "sent-in-error").returncode == 0
    assert "erased before" in command.run("erase", "c-1", "--because", "sent-in-error").stdout
    assert command.run("erase", "c-2", "--because", "sent-in-error").returncode == 1
    assert command.run("retention", "reopen", "c-1", "--from", "2026-03-01").returncode == 0
    assert [one.standing for one in send(own, discussion("c-1", "e-1", "2026-03-02"))] == ["new"]
    said = command.run("retention", "periods").stdout
    assert "regulation 50" in said
    assert "sent-in-error" in said
