"""Whom a refused row is about: the child that it names, wherever that can be told, whatever it was refused for."""

from __future__ import annotations

from datetime import date

import pytest

from service.feeds.cin_census import layout
from service.feeds.facts import Row
from tests.service import annex_a_making, census_making, ssda903_making
from tests.service.annex_a_making import BORN, sheet
from tests.service.census_making import census, child, module, referral
from tests.service.ssda903_making import birth, episode, files, folder_of, review

NOT_A_REFERENCE = (None, "", "Ann Other", "x" * 41, "A\u200bB")
PLAN = module("ChildProtectionPlans", CPPstartDate="2026-05-20")


def refused(rows: list[Row]) -> list[tuple[str, str | None]]:
    return [(row.module, row.subject) for row in rows if row.refused]


def assert_rows_without_a_word_name_their_child(rows: list[Row]) -> None:
    for row in rows:
        if not row.facts and not row.troubles and not row.refused:
            assert row.subject, row


# ---- the census ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "nonsense"])
@pytest.mark.parametrize("name", layout.UNDER_A_REFERRAL)
def test_a_row_of_the_census_without_a_date_is_about_its_child(tmp_path, name, text):
    empty = module(name, **{layout.MODULES[name].first_column: text})
    assert refused(census_making.rows_of(tmp_path, census(child(referral(empty))))) == [(name, "X-1")]


def test_a_review_and_a_referral_without_a_date_are_about_their_child(tmp_path):
    review = "<Reviews><CPPreviewDate>soon</CPPreviewDate></Reviews>"
    plan = module("ChildProtectionPlans", review, CPPstartDate="2026-05-20")
    rows = census_making.rows_of(tmp_path, census(child(referral(plan, on=None))))
    assert refused(rows) == [("CINdetails", "X-1"), ("Reviews", "X-1")]


def test_a_child_of_whom_nothing_is_dated_is_named_all_the_same(tmp_path):
    rows = census_making.rows_of(tmp_path, census(child(born=None)))
    assert refused(rows) == [("ChildIdentifiers", "X-1")]


def test_a_child_or_a_referral_that_stands_in_the_census_twice_is_named(tmp_path):
    rows = census_making.rows_of(tmp_path, census(child(referral(PLAN)), child(referral(PLAN))))
    assert refused(rows) == [(name, "X-1") for name in ("ChildIdentifiers", "CINdetails", "ChildProtectionPlans")]


def test_a_module_that_no_layout_has_is_about_its_child_and_a_column_may_be_about_any(tmp_path):
    odd = module("Supervision", Held="2026-05-05")
    rows = census_making.rows_of(tmp_path, census(child(referral(odd), Favourite="blue")))
    assert sorted(refused(rows)) == [("Favourite", None), ("Supervision", "X-1")]


@pytest.mark.parametrize("id", NOT_A_REFERENCE)
def test_no_row_of_a_child_without_a_usable_reference_is_about_anybody(tmp_path, id):
    rows = census_making.rows_of(tmp_path, census(child(referral(PLAN, module("Supervision", Held="x")), id=id)))
    assert {subject for _module, subject in refused(rows)} == {None}
    assert len(refused(rows)) == len(rows) == 4


def test_what_stands_where_a_child_should_is_about_nobody(tmp_path):
    content = census(child(referral())).replace("</Children>", "<Adult><LAchildID>X-1</LAchildID></Adult></Children>")
    assert refused(census_making.rows_of(tmp_path, content)) == [("Adult", None)]


# ---- the looked-after return -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "31/02/2026", "02/03/26"])
def test_a_row_of_the_looked_after_return_without_a_date_is_about_its_child(tmp_path, text):
    rows = ssda903_making.rows_of(
        tmp_path,
        header=[birth("c1"), birth("c2")],
        episodes=[episode(text, child="c2")],
        reviews=[review(text)],
        missing=[{"CHILD": "c2", "MISSING": "M", "MIS_START": text}],
        placed_for_adoption=[{"CHILD": "c1", "DATE_PLACED": text}],
        ad1=[{"CHILD": "c1", "DATE_INT": "01/09/2026", "DATE_MATCH": text}],
    )
    assert refused(rows) == [
        *(("episodes", "c2"), ("reviews", "c1"), ("missing", "c2"), ("placed_for_adoption", "c1"), ("ad1", "c1"))
    ]


def test_a_row_with_a_stray_separator_is_about_the_child_whose_reference_stands_in_it(tmp_path):
    contents = files({"episodes": [episode("02/03/2026")], "reviews": [review("27/03/2026"), review("28/03/2026")]})
    contents["reviews.csv"] = contents["reviews.csv"].replace("PN3", "PN3,or so", 1)
    assert refused(ssda903_making.rows_in(folder_of(tmp_path / "set", contents))) == [("reviews", "c1")]
    contents["reviews.csv"] = contents["reviews.csv"].replace("c1,", "Ann Other,", 1)
    assert refused(ssda903_making.rows_in(folder_of(tmp_path / "set", contents))) == [("reviews", None)]


@pytest.mark.parametrize("reference", [one or "" for one in NOT_A_REFERENCE])
def test_a_row_of_the_looked_after_return_that_names_nobody_is_about_nobody(tmp_path, reference):
    rows = ssda903_making.rows_of(tmp_path, episodes=[episode("02/03/2026", child=reference)])
    assert refused(rows) == [("episodes", None)]


def test_a_row_of_the_looked_after_return_that_gives_nothing_names_its_child(tmp_path):
    rows = ssda903_making.rows_of(tmp_path, **ssda903_making.A_SET)
    assert [row.subject for row in rows if row.module == "oc2"] == ["c1"]
    assert_rows_without_a_word_name_their_child(rows)


# ---- Annex A ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "31/02/2026", "soon"])
@pytest.mark.parametrize("name", ["List 1", "List 3", "List 4", "List 5", "List 6", "List 7", "List 8", "List 10"])
def test_a_row_of_a_list_without_a_date_is_about_its_child(tmp_path, name, text):
    rows = annex_a_making.rows_of(tmp_path, sheet(name, ("a-7", BORN, text)))
    assert refused(rows) == [(name, "a-7")]


@pytest.mark.parametrize("reference", NOT_A_REFERENCE)
def test_a_row_of_a_list_that_names_nobody_is_about_nobody(tmp_path, reference):
    rows = annex_a_making.rows_of(tmp_path, sheet("List 1", (reference, BORN, date(2026, 1, 5))))
    assert refused(rows) == [("List 1", None)]


def test_a_row_of_a_list_that_gives_nothing_names_its_child_and_an_adopter_is_no_child(tmp_path):
    adopters = ("List 11", [("Individual Adopter Identifier", "Date of Birth"), ("a-1", BORN), (None, BORN)])
    rows = annex_a_making.rows_of(tmp_path, *annex_a_making.EVERYTHING, adopters)
    assert refused(rows) == [("List 1", "a-2"), ("List 11", None)]
    assert [row.subject for row in rows if row.module == "List 11"] == [None, None]
    assert_rows_without_a_word_name_their_child([row for row in rows if row.module != "List 11"])
