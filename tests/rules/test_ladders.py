"""Ladders are data: whose is whose, what one pack lays over another, and what is said of them."""

from __future__ import annotations

import shutil
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from rules.errors import PackRefused
from rules.law import Law
from rules.loading import load
from rules.loading.build import load_law
from rules.model import Ladder
from rules.rungs import ladder_of
from rules.telling.browse import described
from rules.telling.who import ladder_words, told_words

PACKS = Path(__file__).with_name("packs")
KINGDOM = load_law("kingdom", packs=PACKS)
NORTHSHIRE = load_law("northshire", packs=PACKS)
SOUTHEND = load_law("southend", overlays=["demonstration"])
ENGLAND = load_law("england")


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKS, tmp_path / "packs"))


def changed(packs: Path, file: str, old: str, new: str) -> Law:
    text = (packs / file).read_text("utf-8")
    assert old in text, "the test changes nothing"
    (packs / file).write_text(text.replace(old, new, 1), "utf-8")
    return load_law("northshire", packs=packs)


def rungs(ladder: Ladder) -> list[tuple[str, str, int | None, int]]:
    return [(step.id, step.post, step.hours, step.working_days) for step in ladder.steps]


# ---- whose is whose --------------------------------------------------------------------------------------------------


def test_a_timescale_has_its_own_ladder_else_that_of_its_area_else_the_default():
    assert {name: ladder_of(name, KINGDOM).id for name in ("in-hours", "visit", "by-wait", "in-days")} == {
        "in-hours": "hourly",
        "visit": "seen",
        "by-wait": "seen",
        "in-days": "plain",
    }


def test_a_timescale_that_the_law_no_longer_has_is_told_by_the_default():
    assert ladder_of("long-gone", KINGDOM).id == "plain"


def test_several_posts_at_one_rung_are_told_each_at_the_same_moment():
    assert rungs(KINGDOM.ladders.ladders["plain"])[-2:] == [
        ("to-service-manager", "service-manager", None, 3),
        ("to-service-manager", "head-of-reviewing", None, 3),
    ]


def test_the_posts_that_are_told_stand_in_the_order_of_the_lines():
    assert KINGDOM.ladders.posts == ("team-manager", "service-manager", "director", "head-of-reviewing")


def test_above_a_post_is_its_own_line_and_no_other():
    above = KINGDOM.ladders.above
    assert above("team-manager") == ("service-manager", "director")
    assert above("chair") == ("head-of-reviewing",)
    assert above("head-of-reviewing") == ()
    assert above("nobody") == ()


# ---- one pack over another -------------------------------------------------------------------------------------------


def test_a_ladder_of_the_same_id_replaces_the_one_below_it_whole():
    ladder = NORTHSHIRE.ladders.ladders["seen"]
    assert (rungs(ladder), ladder.plan_within) == ([("breach", "team-manager", None, 2)], 3)
    assert ladder_of("visit", NORTHSHIRE).id == "seen"
    assert ladder_of("by-wait", NORTHSHIRE).id == "plain"  # an area that the one above no longer claims


def test_what_a_pack_says_of_a_timescale_stands_above_what_the_pack_below_says():
    assert ladder_of("in-hours", KINGDOM).id == "hourly"
    assert ladder_of("in-hours", NORTHSHIRE).id == ladder_of("reply", NORTHSHIRE).id == "letters"


def test_only_what_a_pack_sets_replaces_what_is_below():
    own, below = NORTHSHIRE.ladders, KINGDOM.ladders
    assert (own.until.isoformat(), below.until.isoformat()) == ("17:30:00", "19:00:00")
    assert (own.at, own.weekly, own.zone, own.calendar) == (below.at, below.weekly, below.zone, below.calendar)
    assert (own.lines, own.default, own.ladders["plain"]) == (below.lines, below.default, below.ladders["plain"])


def test_a_pack_without_ladders_is_told_by_those_below_it():
    assert load_law("westmark", packs=PACKS).ladders == KINGDOM.ladders


def test_a_pack_may_replace_the_default_by_its_name(packs: Path):
    law = changed(packs, "northshire/ladders.toml", 'id = "letters"', 'id = "plain"\nis_default = true')
    assert rungs(ladder_of("in-days", law)) == [("breach", "worker", None, 1), ("breach", "team-manager", None, 1)]


def test_lines_that_a_pack_lays_over_replace_all_those_below(packs: Path):
    lines = '[[lines]]\nposts = ["worker", "team-manager", "service-manager", "head-of-reviewing"]\n\n[[ladders]]'
    law = changed(packs, "northshire/ladders.toml", "[[ladders]]", lines)
    assert law.ladders.lines == (("worker", "team-manager", "service-manager", "head-of-reviewing"),)
    assert law.ladders.above("service-manager") == ("head-of-reviewing",)


def test_a_change_of_a_ladder_is_a_change_of_the_law_and_has_to_be_applied(packs: Path):
    before = load_law("northshire", packs=packs)
    after = changed(packs, "kingdom/ladders.toml", "three working days past it", "still open")
    assert before.fingerprint != after.fingerprint
    assert before.ladders == NORTHSHIRE.ladders != after.ladders
    assert before.timescales == after.timescales


def test_an_authority_of_which_no_pack_says_who_is_told_is_refused(packs: Path):
    (packs / "kingdom/ladders.toml").unlink()
    with pytest.raises(PackRefused, match=r"^kingdom:1: ladders\.toml: none of its packs has one: add one"):
        load_law("kingdom", packs=packs)


def test_a_file_that_nothing_would_read_is_refused(packs: Path):
    (packs / "northshire/ladders.toml").rename(packs / "northshire/ladder.toml")
    with pytest.raises(PackRefused, match=r"northshire/ladder\.toml:1: the file: nothing reads it: name it .*ladders"):
        load_law("northshire", packs=packs)


def test_an_example_is_counted_as_its_own_pack_has_it_whatever_lies_above(packs: Path):
    above = changed(packs, "northshire/ladders.toml", "until = 17:30:00", 'until = 17:30:00\nzone = "Asia/Tokyo"')
    assert above.ladders.zone == "Asia/Tokyo"  # in which none of the Kingdom's own would come out


# ---- the ladders that ship -------------------------------------------------------------------------------------------


def test_the_national_ladder_warns_twice_says_it_on_the_day_and_goes_up_a_post_at_a_time():
    ladder = ENGLAND.ladders.ladders[ENGLAND.ladders.default]
    told = [(step.working_days, step.post) for step in ladder.steps if step.of == "due_on"]
    assert told == [
        (-5, "team-manager"),
        (-2, "team-manager"),
        (0, "team-manager"),
        (1, "team-manager"),
        (3, "service-manager"),
        (5, "group-manager-fieldwork"),
        (10, "head-of-service"),
    ]


@pytest.mark.parametrize("file", sorted(load.PACKS.glob("*/ladders.toml")), ids=lambda file: file.parent.name)
def test_every_ladder_that_ships_has_an_example_counted_by_hand(file: Path):
    said = tomllib.loads(file.read_text("utf-8"))
    assert {one["ladder"] for one in said["examples"]} == {one["id"] for one in said["ladders"]}


def test_only_a_short_list_is_told_at_once_and_only_a_breach_of_it():
    at_once = {
        name: {step.id for step in ladder_of(name, SOUTHEND).steps if step.at_once} for name in SOUTHEND.timescales
    }
    assert {name: ids for name, ids in at_once.items() if ids} == {
        "initial-child-protection-conference": {"breach"},
        "child-protection-visit": {"breach"},
        "return-interview": {"breach"},
    }


def test_nobody_but_the_team_manager_of_a_missing_child_is_told_at_a_weekend():
    any_day = {(name, step.post) for name in SOUTHEND.timescales for step in _any_day(name)}
    assert any_day == {("return-interview", "team-manager")}


def _any_day(name: str) -> list[object]:
    return [step for step in ladder_of(name, SOUTHEND).steps if step.any_day]


@pytest.mark.parametrize("name", [name for name in SOUTHEND.timescales if name != "concern-about-delay"])
def test_whatever_becomes_late_is_told_the_next_working_day_and_has_somebody_above_to_go_to(name: str):
    late = [step for step in ladder_of(name, SOUTHEND).steps if step.of == "due_on" and step.is_after]
    assert late[0].id == "breach"
    assert (late[0].hours, late[0].working_days) in ((None, 1), (0, 0))
    line = SOUTHEND.ladders.above(late[0].post)
    assert [step.post for step in late[1:]] == [post for post in line if post in {step.post for step in late}]
    assert Counter(step.post for step in late).most_common(1)[0][1] == 1  # nobody twice: repeats only when worse


# ---- in words --------------------------------------------------------------------------------------------------------


def test_every_rung_is_one_sentence():
    assert told_words(SOUTHEND.timescales["initial-child-protection-conference"], SOUTHEND.ladders) == [
        "5 working days before it is due: the team manager.",
        "2 working days before it is due: the team manager.",
        "On the day it is due, or the last working day before that: the team manager.",
        "1 working day after it was due: the team manager, at once.",
        "3 working days after it was due: the service manager.",
        "5 working days after it was due: the group manager fieldwork.",
        "10 working days after it was due: the head of service.",
        "A plan for it may set the next date up to 5 working days ahead.",
    ]


def test_rungs_in_hours_are_said_in_hours_and_in_days_once_there_are_many():
    assert told_words(ENGLAND.timescales["return-interview"], ENGLAND.ladders) == [
        "24 hours before the time runs out: the team manager, on weekends and bank holidays too.",
        "When the time runs out: the team manager, at once, on weekends and bank holidays too.",
        "24 hours after the time ran out: the service manager.",
        "5 days after the time ran out: the group manager fieldwork.",
        "10 days after the time ran out: the head of service.",
        "A plan for it may set the next date up to 2 working days ahead.",
    ]


def test_several_posts_of_one_rung_are_said_together():
    told = told_words(NORTHSHIRE.timescales["reply"], NORTHSHIRE.ladders)
    assert told[0] == "1 working day after it was due: the worker and the team manager."


def test_a_warning_that_would_come_before_it_began_is_not_promised():
    referral, week = (
        told_words(law.timescales[name], law.ladders)
        for law, name in ((ENGLAND, "referral-decision"), (KINGDOM, "in-weeks"))
    )
    assert referral[0] == "On the day it is due, or the last working day before that: the team manager."
    assert week[0] == "2 working days before it is due: the team manager."
    letter = told_words(SOUTHEND.timescales["letter-before-proceedings"], SOUTHEND.ladders)  # five working days
    assert letter[0] == "2 working days before it is due: the team manager."


def test_a_target_is_told_of_only_where_there_is_one():
    said = "1 working day after the authority's own target was missed: the team manager."
    assert said in told_words(SOUTHEND.timescales["single-assessment"], SOUTHEND.ladders)
    assert said not in told_words(ENGLAND.timescales["single-assessment"], ENGLAND.ladders)


def test_of_what_has_no_limit_or_is_not_chosen_nobody_is_told_and_it_says_why():
    unset = ENGLAND.timescales["letter-before-proceedings"]
    assert told_words(unset, ENGLAND.ladders) == ["Nobody is told: no limit is set, so nothing is ever late."]
    unchosen = KINGDOM.timescales["second-look"]
    assert told_words(unchosen, KINGDOM.ladders) == ["Nobody is told: this authority has not chosen it."]


def test_a_whole_ladder_is_said_with_all_its_rungs():
    words = ladder_words(KINGDOM.ladders.ladders["plain"])
    assert len(words) == 6
    assert words[4] == "3 working days after it was due: the service manager and the head of reviewing."


def test_what_is_shown_of_a_timescale_ends_with_who_is_told():
    shown = described(ENGLAND.timescales["return-interview"], ENGLAND.ladders)
    assert list(shown)[-2:] == ["ladder", "told"]
    assert shown["told"] == told_words(ENGLAND.timescales["return-interview"], ENGLAND.ladders)
    assert shown["ladder"]["id"] == "return-interviews"
    assert shown["ladder"]["steps"][1] == {
        "id": "breach",
        "title": "the time has run out",
        "post": "team-manager",
        "of": "due_on",
        "hours": 0,
        "at_once": True,
        "any_day": True,
    }
