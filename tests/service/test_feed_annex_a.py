"""Ofsted's Annex A: what each list says, and what it cannot say."""

from __future__ import annotations

import random
from datetime import date, datetime

import pytest

from service.feeds.annex_a import layout, open_return
from service.feeds.annex_a.lists import answer_of, code_of
from service.feeds.facts import CannotRead
from tests.service.annex_a_making import (
    BORN,
    CARE,
    EVERYTHING,
    HEADINGS,
    PLAN,
    WHO,
    anything,
    facts_of,
    found,
    rows_of,
    said,
    sheet,
    troubles_of,
    written,
)

# ---- what each list says ---------------------------------------------------------------------------------------------


def test_contacts_and_referrals_are_received(tmp_path):
    rows = rows_of(tmp_path, EVERYTHING[0], EVERYTHING[2])
    received = [(fact.type, fact.id) for fact in facts_of(rows)]
    assert received == [
        ("contact.received", "a-1/contact-2026-01-05/contact.received"),
        ("referral.received", "a-1/referral-2026-01-06/referral.received"),
        ("referral.received", "a-1/referral-2026-01-06-2/referral.received"),
    ]


def test_a_referral_says_that_no_further_action_followed_and_not_when(tmp_path):
    answers = (("a) Yes", True), ("b) No", None), ("n", None), (None, None), ("perhaps", None))
    referrals = [(f"a-{nth}", BORN, date(2026, 1, 6), answer) for nth, (answer, _nfa) in enumerate(answers)]
    rows = rows_of(tmp_path, sheet("List 3", *referrals))
    assert [fact.data.get("nfa") for fact in facts_of(rows)] == [is_over for _answer, is_over in answers]
    assert {fact.type for fact in facts_of(rows)} == {"referral.received"}
    assert found(rows) == {"referral-nfa/not-yes-or-no"}


def test_an_assessment_starts_and_is_authorised_and_meets_the_open_referral(tmp_path):
    rows = rows_of(tmp_path, sheet("List 3", ("a-1", BORN, date(2026, 1, 6), "No")), EVERYTHING[3])
    assert said(rows)[1:] == [("assessment.started", "2026-01-07"), ("assessment.authorised", "2026-02-20")]
    assert {fact.key for fact in facts_of(rows)[1:]} == {None}


def test_of_two_referrals_an_assessment_belongs_to_the_latest_not_later_than_it(tmp_path):
    referrals = sheet("List 3", *(("a-1", BORN, on, "No") for on in (date(2026, 1, 8), date(2026, 1, 2), BORN)))
    rows = rows_of(tmp_path, referrals, EVERYTHING[3])
    assert {fact.key for fact in facts_of(rows) if "assessment" in fact.type} == {"a-1/referral-2026-01-02"}


def test_a_conference_says_whether_a_plan_came_of_it(tmp_path):
    rows = rows_of(
        tmp_path,
        sheet(
            "List 5",
            ("a-1", BORN, date(2026, 2, 2), "b) No", date(2026, 2, 20), "a) Yes"),
            ("a-2", BORN, date(2026, 2, 3), "No", date(2026, 2, 20), "b) No"),
            ("a-3", BORN, date(2026, 2, 4), "a) Yes", None, None),
            ("a-4", BORN, date(2026, 2, 5), "No", date(2026, 2, 20), None),
        ),
    )
    assert [(fact.type, str(fact.happened_on), dict(fact.data)) for fact in facts_of(rows)] == [
        ("strategy-discussion.held", "2026-02-02", {"outcome": "section_47"}),
        ("icpc.held", "2026-02-20", {"outcome": "child_protection_plan"}),
        ("strategy-discussion.held", "2026-02-03", {"outcome": "section_47"}),
        ("icpc.held", "2026-02-20", {"outcome": "no_plan"}),
        ("strategy-discussion.held", "2026-02-04", {"outcome": "section_47"}),
        ("section-47.ended", "2026-02-04", {"conference_required": False}),
        ("strategy-discussion.held", "2026-02-05", {"outcome": "section_47"}),
        ("icpc.held", "2026-02-20", {}),
    ]


def test_the_latest_visit_and_review_of_a_plan_make_no_schedule(tmp_path):
    assert said(rows_of(tmp_path, PLAN)) == [("child-protection-plan.started", "2026-03-02")]


def test_the_latest_dates_of_a_looked_after_child_make_no_schedule(tmp_path):
    rows = rows_of(tmp_path, CARE)
    assert [(fact.type, str(fact.happened_on), fact.key, dict(fact.data)) for fact in facts_of(rows)] == [
        ("looked-after.started", "2026-03-02", "a-1/care-2026-03-02", {}),
        ("legal-status.changed", "2026-04-06", "a-1/care-2026-03-02", {"status": "care_order"}),
        ("placement.started", "2026-06-01", "a-1/placement-2026-06-01", {"type": "P1", "with_parent": True}),
    ]
    assert not troubles_of(rows)


def test_no_column_of_latest_dates_ever_becomes_a_visit_a_review_or_an_assessment_of_health(tmp_path):
    types = {fact.type for fact in facts_of(rows_of(tmp_path, *EVERYTHING))}
    assert types
    assert not [one for one in types if one.endswith(("visited", "review.held", "reviewed")) or "health" in one]


def test_care_that_ended_ends_its_placement_too(tmp_path):
    row = [*CARE[1][1]]
    row[8:10] = [date(2027, 1, 4), "k) E47: Special Guardianship Orders"]
    rows = rows_of(tmp_path, ("any name", [CARE[1][0], row]))
    ends = {fact.type: dict(fact.data) for fact in facts_of(rows) if str(fact.happened_on) == "2027-01-04"}
    assert ends == {"looked-after.ceased": {"reason": "E47"}, "placement.ended": {}}


def test_adoption_has_five_steps(tmp_path):
    assert [one for one, _on in said(rows_of(tmp_path, EVERYTHING[9]))] == [
        "adoption.decided",
        "placement-order.made",
        "adoption.matched",
        "adoption.placed",
        "adoption-order.made",
    ]


def test_a_case_is_closed_unless_the_child_is_on_a_plan_that_day(tmp_path):
    need = sheet("List 6", ("a-1", BORN, date(2026, 1, 5), date(2026, 5, 4), "a) RC1"))
    assert said(rows_of(tmp_path, need)) == [("case.closed", "2026-05-04")]
    rows = rows_of(tmp_path, need, PLAN)
    assert said(rows) == [("child-protection-plan.started", "2026-03-02")]
    assert found(rows) == {"cin-closure-date/while-another-is-open"}


def test_a_child_in_several_lists_is_registered_once(tmp_path):
    rows = rows_of(tmp_path, *EVERYTHING)
    registered = [fact for row in rows for fact in row.facts if fact.type == "subject.registered"]
    assert sorted(fact.subject for fact in registered) == ["a-1", "a-3", "a-4", "a-5", "a-6"]
    assert registered[0].data == {"date_of_birth": "2015-05-05"}


def test_two_dates_of_birth_are_a_problem_and_neither_is_taken(tmp_path):
    rows = rows_of(tmp_path, EVERYTHING[0], sheet("List 3", ("a-1", date(2015, 5, 6), date(2026, 1, 6), "No")))
    assert "subject.registered" not in {fact.type for row in rows for fact in row.facts if fact.subject == "a-1"}
    assert len([one for one in troubles_of(rows) if one.about == "subject.registered"]) == 2


# ---- what stands in a cell -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "on"),
    [
        (datetime(2026, 2, 3, 14, 30), "2026-02-03"),
        (date(2026, 2, 3), "2026-02-03"),
        ("03/02/2026", "2026-02-03"),
        ("3.2.2026", "2026-02-03"),
        ("03/02/2026 00:00:00", "2026-02-03"),
        ("2026-02-03", "2026-02-03"),
        ("2026-02-03 11:20:00", "2026-02-03"),
        ("3-Feb-2026", "2026-02-03"),
        ("  3\xa0February 2026 ", "2026-02-03"),
    ],
)
def test_a_date_is_read_day_first_as_iso_or_as_a_spreadsheets_own(tmp_path, cell, on):
    assert said(rows_of(tmp_path, sheet("List 1", ("a-1", BORN, cell)))) == [("contact.received", on)]


@pytest.mark.parametrize("cell", ["02/13/2026", "31/02/2026", "03/02/26", "soon", 46056, True])
def test_what_is_no_date_refuses_the_row_it_names(tmp_path, cell):
    [row] = rows_of(tmp_path, sheet("List 1", ("a-1", BORN, cell)))
    assert row.refused
    assert (row.line, row.module, row.refused.column) == (2, "List 1", "date of contact")
    assert str(cell) not in row.refused.reason + row.refused.fix


@pytest.mark.parametrize(
    ("cell", "code"),
    [("01/01/1900", "placeholder"), (-1, "placeholder"), ("01/01/2050", "in-the-future")],
)
def test_a_placeholder_and_a_day_to_come_are_problems(tmp_path, cell, code):
    rows = rows_of(tmp_path, sheet("List 1", ("a-1", BORN, cell)))
    assert (said(rows), found(rows)) == ([], {f"date-of-contact/{code}"})


def test_an_end_before_its_start_is_a_problem_and_the_start_is_kept(tmp_path):
    rows = rows_of(tmp_path, sheet("List 7", ("a-1", BORN, date(2026, 3, 2), None, None, date(2026, 2, 2))))
    assert said(rows) == [("child-protection-plan.started", "2026-03-02")]
    assert found(rows) == {"child-protection-plan-end-date/before-child-protection-plan-start-date"}


@pytest.mark.parametrize(
    ("reference", "column"),
    [(None, "child unique id"), ("Ann Other", "child unique id"), ("x" * 41, "child unique id")],
)
def test_a_row_that_names_no_child_is_refused(tmp_path, reference, column):
    [row] = rows_of(tmp_path, sheet("List 1", (reference, BORN, date(2026, 2, 3))))
    assert row.refused
    assert row.refused.column == column


def test_a_reference_that_a_spreadsheet_made_a_number_is_read_as_it_was(tmp_path):
    rows = rows_of(tmp_path, sheet("List 1", *((one, BORN, date(2026, 2, 3)) for one in (123456, 123456.0, "123456"))))
    assert {fact.subject for fact in facts_of(rows)} == {"123456"}


def test_the_letter_of_a_choice_is_taken_off_and_a_code_is_found():
    assert [answer_of(cell) for cell in ("a) Yes", "b) No", "Yes", None, "q) 6: Police")] == [
        *("Yes", "No", "Yes", "", "6: Police")
    ]
    assert [code_of(cell) for cell in ("d) U4: Foster placement", "C2: FCO", "k) E47: SGO", "E4A - home", "p1")] == [
        *("U4", "C2", "E47", "E4A", "P1")
    ]
    assert code_of("Foster placement") == "Foster placement"


# ---- headings that vary ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    [
        ("CHILD UNIQUE ID", "DoB", "child protection plan start date", "Child Protection Plan End-Date"),
        ("Child_ID", "d.o.b", "CP Plan Start Date ", "CPP end date"),
        ("Child Uniqe ID", "Date of Birth", "Child  Protecton Plan Start Date", "Child Protection Plan End\nDate"),
    ],
)
def test_headings_are_known_in_other_spellings(tmp_path, headings):
    rows = rows_of(tmp_path, ("Sheet7", [headings, ("a-1", BORN, date(2026, 3, 2), date(2026, 9, 2))]))
    assert [fact.type for row in rows for fact in row.facts] == [
        *("child-protection-plan.started", "child-protection-plan.ended", "subject.registered")
    ]


def test_a_misspelt_start_is_never_an_end():
    assert layout.column_of("Child Protection Plan Strat Date") == "plan_from_on"
    assert layout.column_of("Child Protection Plan Ende Date") is None
    assert layout.column_of("Child Protection Plan Review Date") is None
    assert layout.column_of("Date start to be looked after") is None  # near "started", but a word of its own


def test_every_heading_of_the_lists_is_known():
    for headings in HEADINGS.values():
        assert layout.column_of(headings[0])


def test_columns_and_sheets_may_stand_in_any_order_under_a_title(tmp_path, seed):
    dice = random.Random(seed)
    sheets = []
    for name, rows in EVERYTHING:
        order = dice.sample(range(len(rows[0])), len(rows[0]))
        body = [[row[place] if place < len(row) else None for place in order] for row in rows]
        sheets.append((f"page {len(sheets)}", [["Made on"], [], body[0], *dice.sample(body[1:], len(rows) - 1)]))
        assert name
    dice.shuffle(sheets)
    (tmp_path / "other").mkdir()
    plain, other = rows_of(tmp_path, *EVERYTHING), rows_of(tmp_path / "other", *sheets)
    assert anything(plain) == anything(other)
    assert [row.module for row in plain] == [row.module for row in other]


def test_a_heading_that_is_not_known_is_named_with_the_nearest_known_one(tmp_path):
    headings = (*WHO, "Child Protection Plan Start Date", "Child Protection Plan Finish Date")
    with pytest.raises(CannotRead, match="has no column 'child protection plan end date'") as refused:
        rows_of(tmp_path, ("List 7", [headings, ("a-1", BORN, BORN, None)]))
    assert "Child Protection Plan Finish Date" in refused.value.fix
    assert refused.value.line == 1


def test_a_list_whose_own_heading_is_not_known_is_not_passed_over(tmp_path):
    page = ("People", [(*WHO, "Contact happened: date"), ("a-1", BORN, BORN)])
    with pytest.raises(CannotRead, match=r"List 1 .* has no column 'date of contact'"):
        rows_of(tmp_path, EVERYTHING[2], ("List 1", page[1]))


def test_data_without_headings_is_not_repeated_in_the_message(tmp_path):
    with pytest.raises(CannotRead) as refused:
        rows_of(tmp_path, ("List 1", [("a-1", "Date of birth", date(2026, 1, 5)), ("Zelda Zebra", BORN, BORN)]))
    assert "Zelda" not in str(refused.value)
    assert "a-1" not in str(refused.value)


def test_a_list_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(CannotRead, match="two sheets of the workbook are List 7"):
        rows_of(tmp_path, PLAN, ("List 7 (2)", PLAN[1]))


def test_other_sheets_are_counted_and_lists_not_there_are_named(tmp_path):
    path = written(tmp_path, ("Cover", [["Annex A"], ["of a made-up council"]]), PLAN)
    notes = open_return(path).notes
    assert any(note.startswith("1 sheets") for note in notes)
    assert any("List 8" in note and "List 7" not in note for note in notes if note.startswith("Not in"))
