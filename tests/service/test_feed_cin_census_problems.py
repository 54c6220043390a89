"""The children in need census: what cannot be true is neither dropped nor guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.feeds.facts import Row
from tests.service.census_making import (
    census,
    child,
    found,
    module,
    referral,
    rows_of,
    said,
    troubles_of,
    types,
)


def one(folder: Path, *inside: str, **columns: str) -> list[Row]:
    return rows_of(folder, census(child(referral(*inside, **columns))))


# ---- two days in the wrong order: both are sent, and the engine marks the clock --------------------------------------

WRONG_ORDERS = [
    (
        "an authorisation before its assessment began",
        module("Assessments", AssessmentActualStartDate="2026-06-01", AssessmentAuthorisationDate="2026-05-20"),
        "AssessmentAuthorisationDate/before-AssessmentActualStartDate",
    ),
    (
        "a conference before its enquiry",
        module("Section47", S47ActualStartDate="2026-06-01", DateOfInitialCPC="2026-05-20"),
        "DateOfInitialCPC/before-S47ActualStartDate",
    ),
    (
        "a child in need plan that ended before it began",
        module("CINPlanDates", CINPlanStartDate="2026-06-01", CINPlanEndDate="2026-05-20"),
        "CINPlanEndDate/before-CINPlanStartDate",
    ),
    (
        "a protection plan that ended before it began",
        module("ChildProtectionPlans", CPPstartDate="2026-06-01", CPPendDate="2026-05-20"),
        "CPPendDate/before-CPPstartDate",
    ),
    (
        "a letter before the decision to send it",
        module("PreProceedingsandFGDM", PPStartDate="2026-06-01", LBPSentDate="2026-05-20"),
        "LBPSentDate/before-PPStartDate",
    ),
    (
        "an application before the decision to go to court",
        module("PreProceedings", PPStartDate="2026-05-20", StepDecisionDate="2026-06-01", CourtAppDate="2026-05-22"),
        "CourtAppDate/before-StepDecisionDate",
    ),
    (
        "an enquiry before its referral",
        module("Section47", S47ActualStartDate="2026-04-01", DateOfInitialCPC="2026-05-20"),
        "S47ActualStartDate/before-CINreferralDate",
    ),
]


@pytest.mark.parametrize(("what", "row", "problem"), WRONG_ORDERS, ids=[one[0] for one in WRONG_ORDERS])
def test_two_days_in_the_wrong_order_are_both_sent_with_one_trouble(tmp_path, what, row, problem):
    rows = one(tmp_path, row)
    assert len(rows[2].facts) == row.count("2026-"), what
    assert found(rows) == {problem}
    [trouble] = troubles_of(rows)
    assert trouble.column in trouble.reason
    assert trouble.column in trouble.fix
    assert trouble.value not in trouble.reason + trouble.fix


@pytest.mark.parametrize(("what", "row", "problem"), WRONG_ORDERS, ids=[one[0] for one in WRONG_ORDERS])
def test_the_same_two_days_in_one_are_no_trouble(tmp_path, what, row, problem):
    for day in ("2026-06-01", "2026-05-20", "2026-05-22", "2026-04-01"):
        row = row.replace(day, "2026-06-02")
    assert not troubles_of(one(tmp_path, row)), what


# ---- what is not sent, because it would end or meet what it cannot ---------------------------------------------------


@pytest.mark.parametrize("day", ["2026-05-19", "2026-05-20"])
def test_a_review_on_or_before_the_first_day_of_its_plan_never_counts_as_held(tmp_path, day):
    review = f"<Reviews><CPPreviewDate>{day}</CPPreviewDate></Reviews>"
    rows = one(tmp_path, module("ChildProtectionPlans", review, CPPstartDate="2026-05-20"))
    assert "child-protection-review.held" not in types(rows)
    assert found(rows) == {"CPPreviewDate/before-CPPstartDate"}


def test_an_end_of_a_plan_that_a_later_review_contradicts_does_not_end_it(tmp_path):
    review = "<Reviews><CPPreviewDate>2026-08-01</CPPreviewDate></Reviews>"
    rows = one(tmp_path, module("ChildProtectionPlans", review, CPPstartDate="2026-05-20", CPPendDate="2026-07-31"))
    assert types(rows) >= {"child-protection-plan.started", "child-protection-review.held"}
    assert "child-protection-plan.ended" not in types(rows)
    assert found(rows) == {"CPPendDate/before-CPPreviewDate"}


@pytest.mark.parametrize(("on", "is_sent"), [("2026-04-30", False), ("2026-06-30", False), ("2026-07-01", True)])
def test_a_closure_before_the_referral_or_before_what_happened_since_does_not_close_the_case(tmp_path, on, is_sent):
    rows = one(tmp_path, module("CINPlanDates", CINPlanStartDate="2026-07-01"), CINclosureDate=on)
    assert ("case.closed" in types(rows)) is is_sent
    assert len(troubles_of(rows)) == (not is_sent)


# ---- closing a case --------------------------------------------------------------------------------------------------


def test_a_case_closes(tmp_path):
    rows = one(tmp_path, CINclosureDate="2026-06-01", ReasonForClosure="RC7")
    assert ("case.closed", "2026-06-01") in said(rows)
    assert rows[1].facts[1].data == {"reason": "RC7"}


def test_a_case_closed_before_the_next_referral_closes_and_the_next_one_stays_open(tmp_path):
    rows = rows_of(tmp_path, census(child(referral(CINclosureDate="2026-06-01"), referral(on="2026-06-02"))))
    assert ("case.closed", "2026-06-01") in said(rows)
    assert not troubles_of(rows)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("2026-05-20", "another referral was open"),
        ("2026-06-01", "another referral began that very day, and closing would end its clocks"),
    ],
)
def test_a_closure_that_another_referral_contradicts_is_shown_and_not_sent(tmp_path, second, why):
    rows = rows_of(tmp_path, census(child(referral(CINclosureDate="2026-06-01"), referral(on=second))))
    assert "case.closed" not in types(rows), why
    assert found(rows) == {"CINclosureDate/while-another-is-open"}


def test_two_referrals_closed_on_one_day_are_closed(tmp_path):
    rows = rows_of(
        tmp_path,
        census(child(referral(CINclosureDate="2026-06-01"), referral(on="2026-05-20", CINclosureDate="2026-06-01"))),
    )
    assert [name for name, _on in said(rows)].count("case.closed") == 2


# ---- days that cannot have been --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1900-01-01", "placeholder"),
        ("9999-12-31", "placeholder"),
        ("-1", "placeholder"),
        ("1066-04-13", "out-of-range"),
        ("2027-06-02", "in-the-future"),
        ("2026-02-30", "not-a-date"),
        ("13/05/2026", "not-a-date"),
        ("2026-13-01T00:00:00Z", "not-a-date"),
    ],
)
def test_a_day_that_cannot_have_been_is_shown_and_the_rest_of_the_row_is_taken(tmp_path, text, why):
    row = module("Assessments", AssessmentActualStartDate="2026-05-05", AssessmentAuthorisationDate=text)
    rows = one(tmp_path, row)
    assert said([rows[2]]) == [("assessment.started", "2026-05-05")]
    [trouble] = troubles_of(rows)
    assert (trouble.about, trouble.column, trouble.value) == (
        "assessment.authorised",
        "AssessmentAuthorisationDate",
        text,
    )
    assert trouble.fact_id.endswith(f"/{why}")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-05T00:00:00", "2026-05-05"),
        (" 2026-05-05 ", "2026-05-05"),
        ("2026-05-05Z", "2026-05-05"),
        ("2026-05-05 14:30:12.5", "2026-05-05"),
        ("2026-05-05T23:30:00Z", "2026-05-06"),
        ("2026-05-05T00:30:00+01:00", "2026-05-05"),
    ],
)
def test_a_time_beside_the_date_is_tolerated(tmp_path, text, day):
    rows = one(tmp_path, module("CINPlanDates", CINPlanStartDate=text))
    assert said([rows[2]]) == [("child-in-need-plan.started", day)]


def test_today_is_not_the_future(tmp_path):
    assert ("child-in-need-plan.started", "2027-06-01") in said(
        one(tmp_path, module("CINPlanDates", CINPlanStartDate="2027-06-01"))
    )


def test_a_target_that_is_no_date_leaves_the_enquiry_and_is_shown(tmp_path):
    rows = one(tmp_path, module("Section47", S47ActualStartDate="2026-05-05", InitialCPCtarget="1900-01-01"))
    assert rows[2].facts[0].data == {}
    assert found(rows) == {"InitialCPCtarget/placeholder"}


def test_a_start_that_is_missing_before_an_end_that_is_there_is_shown(tmp_path):
    rows = one(tmp_path, module("Assessments", AssessmentAuthorisationDate="2026-05-20"))
    assert said([rows[2]]) == [("assessment.authorised", "2026-05-20")]
    assert found(rows) == {"AssessmentActualStartDate/missing"}


@pytest.mark.parametrize(
    ("born", "problems"), [("2026-12-24", set()), ("2027-03-01", {"CINreferralDate/before-PersonBirthDate"})]
)
def test_a_referral_before_birth_is_a_pregnancy_or_a_mistake(tmp_path, born, problems):
    assert found(rows_of(tmp_path, census(child(referral(), born=born)))) == problems


def test_a_referral_after_death_and_a_death_before_birth_are_shown(tmp_path):
    rows = rows_of(tmp_path, census(child(referral(), PersonDeathDate="2014-01-01")))
    assert found(rows) == {
        *("PersonDeathDate/before-PersonBirthDate", "PersonDeathDate/before-activity"),
        "CINreferralDate/after-PersonDeathDate",
    }


def test_a_death_that_the_file_contradicts_ends_nothing_and_one_that_it_does_not_is_sent(tmp_path):
    contradicted = rows_of(tmp_path, census(child(referral(on="2026-05-01"), PersonDeathDate="2026-04-30")))
    assert "subject.died" not in {fact.type for row in contradicted for fact in row.facts}
    sent = rows_of(tmp_path, census(child(referral(on="2026-05-01"), PersonDeathDate="2026-05-02")))
    [died] = [fact for row in sent for fact in row.facts if fact.type == "subject.died"]
    assert (died.happened_on.isoformat(), found(sent)) == ("2026-05-02", set())
