"""The children in need census: what each module says, and what it cannot have meant."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from service.door import BOUNDS, Refusal, read_document
from service.feeds import days
from service.feeds.cin_census import layout
from service.feeds.facts import Period
from service.feeds.rows import REFERENCE_CHARACTERS
from tests.service.census_making import (
    HEADER,
    TODAY,
    census,
    child,
    facts_of,
    found,
    module,
    opened,
    referral,
    rows_of,
    said,
    troubles_of,
    types,
)

R = "referral-2026-05-01"
ENQUIRY = module("Section47", S47ActualStartDate="2026-05-05", InitialCPCtarget="2026-05-27", ICPCnotRequired="0")
PLAN = module(
    "ChildProtectionPlans",
    "<Reviews><CPPreviewDate>2026-08-10</CPPreviewDate><CPPreviewDate>2027-01-11</CPPreviewDate></Reviews>",
    CPPstartDate="2026-05-20",
    CPPendDate="2027-02-01",
)
PRE = module(
    "PreProceedingsandFGDM",
    PPStartDate="2026-09-01",
    LBPSentDate="2026-09-04",
    FGDMMeetingOffer="1",
    InitialPPMeetingDate="2026-09-15",
    StepDecisionDate="2026-12-01",
    PPOutcome="B",
    CourtAppDate="2026-12-10",
)


def one(folder: Path, *inside: str, **columns: str):
    return rows_of(folder, census(child(referral(*inside, **columns))))


# ---- what each module says -------------------------------------------------------------------------------------------


def test_a_child_is_known_since_birth_and_else_since_its_earliest_referral(tmp_path):
    referrals = (referral(on="2026-07-01"), referral(on="2026-05-01"))
    for born, known_on in (("2015-05-05", date(2015, 5, 5)), (None, date(2026, 5, 1))):
        rows = rows_of(tmp_path, census(child(*referrals, born=born)))
        [registered] = [fact for fact in facts_of(rows) if fact.type == "subject.registered"]
        assert (registered.subject, registered.happened_on) == ("X-1", known_on)
        assert registered.data.get("date_of_birth") == born


def test_a_referral_that_needed_no_further_action_says_so(tmp_path):
    said = {
        text: [
            fact.data.get("nfa")
            for fact in facts_of(rows_of(tmp_path, census(child(referral(ReferralNFA=text)))))
            if fact.type == "referral.received"
        ]
        for text in ("1", "0", "true")
    }
    assert said == {"1": [True], "0": [None], "true": [True]}


def test_an_unborn_child_has_an_expected_date_of_birth_that_may_lie_ahead(tmp_path):
    rows = rows_of(tmp_path, census(child(referral(), born=None, ExpectedPersonBirthDate="2027-09-09")))
    assert rows[0].facts[0].data == {"expected_date_of_birth": "2027-09-09"}
    assert not troubles_of(rows)


def test_an_assessment_meets_its_referral_and_a_second_one_its_own_start(tmp_path):
    assessments = [
        module("Assessments", AssessmentActualStartDate="2026-09-01", AssessmentAuthorisationDate="2026-10-01"),
        module("Assessments", AssessmentActualStartDate="2026-05-02", AssessmentAuthorisationDate="2026-06-01"),
    ]
    rows = one(tmp_path, *assessments)
    assert {fact.key for fact in rows[3].facts} == {R}
    assert {fact.key for fact in rows[2].facts} == {f"{R}/assessment-2026-09-01"}
    assert said(rows)[-2:] == [("assessment.started", "2026-05-02"), ("assessment.authorised", "2026-06-01")]


def test_an_enquiry_carries_the_files_own_target_and_its_conference_carries_its_key(tmp_path):
    enquiry = ENQUIRY.replace("<ICPC", "<DateOfInitialCPC>2026-05-20</DateOfInitialCPC><ICPC")
    started, held = one(tmp_path, enquiry)[2].facts
    assert (started.type, started.data) == ("section-47.started", {"source_due_on": "2026-05-27"})
    assert (held.type, held.key) == ("icpc.held", started.key)
    assert started.key == f"{R}/section-47-2026-05-05"


def test_no_strategy_discussion_is_made_up(tmp_path):
    assert not [name for name in types(one(tmp_path, ENQUIRY, PLAN, PRE)) if name.startswith("strategy")]


@pytest.mark.parametrize("column", ["ICPCnotRequired>1", "ICPCnotRequired>true", "ICPCRequired>False"])
def test_an_enquiry_without_need_of_a_conference_ends_in_every_layouts_spelling(tmp_path, column):
    name = column.partition(">")[0]
    enquiry = f"<Section47><S47ActualStartDate>2026-05-05</S47ActualStartDate><{column}</{name}></Section47>"
    ended = one(tmp_path, enquiry)[2].facts[1]
    assert (ended.type, ended.happened_on) == ("section-47.ended", date(2026, 5, 5))
    assert ended.data == {"conference_required": False}


@pytest.mark.parametrize("column", ["ICPCnotRequired>0", "ICPCnotRequired>false", "ICPCRequired>True"])
def test_an_enquiry_that_needs_its_conference_does_not_end(tmp_path, column):
    name = column.partition(">")[0]
    enquiry = f"<Section47><S47ActualStartDate>2026-05-05</S47ActualStartDate><{column}</{name}></Section47>"
    assert "section-47.ended" not in types(one(tmp_path, enquiry))


def test_a_conference_held_says_more_than_a_tick_that_none_was_needed(tmp_path):
    enquiry = module("Section47", S47ActualStartDate="2026-05-05", DateOfInitialCPC="2026-05-20", ICPCnotRequired="1")
    rows = one(tmp_path, enquiry)
    assert "icpc.held" in types(rows)
    assert "section-47.ended" not in types(rows)
    assert found(rows) == {"ICPCnotRequired/conference-held"}


def test_a_conference_recorded_under_the_referral_too_is_one_conference(tmp_path):
    enquiry = module("Section47", S47ActualStartDate="2026-05-05", DateOfInitialCPC="2026-05-20")
    rows = one(tmp_path, enquiry, DateOfInitialCPC="2026-05-20")
    assert [name for name, _on in said(rows)].count("icpc.held") == 1


def test_a_conference_under_the_referral_alone_is_not_given_to_an_enquiry(tmp_path):
    rows = one(tmp_path, ENQUIRY, DateofInitialICPC="2026-05-21")
    [held] = [fact for fact in facts_of(rows) if fact.type == "icpc.held"]
    assert held.key == R


def test_plans_reviews_and_pre_proceedings_each_keep_together_by_key(tmp_path):
    rows = one(tmp_path, PLAN, PRE, module("CINPlanDates", CINPlanStartDate="2027-02-02"))
    assert [row.module for row in rows[2:]] == [
        "ChildProtectionPlans",
        "Reviews",
        "Reviews",
        "PreProceedingsandFGDM",
        "CINPlanDates",
    ]
    assert {fact.key for row in rows[2:5] for fact in row.facts} == {f"{R}/plan-2026-05-20"}
    assert [name for name, _on in said([rows[5]])] == [
        "pre-proceedings.started",
        "letter-before-proceedings.sent",
        "pre-proceedings-meeting.held",
        "pre-proceedings.ended",
        "proceedings.issued",
    ]
    assert rows[5].facts[3].data == {"outcome": "B"}
    assert {fact.key for fact in rows[5].facts} == {f"{R}/pre-proceedings-2026-09-01"}
    assert not troubles_of(rows)


def test_every_fact_and_every_trouble_passes_the_front_door(tmp_path):
    rows = one(tmp_path, ENQUIRY, PLAN, PRE, CINclosureDate="2026-06-01", ReasonForClosure="RC7")
    assert len(facts_of(rows)) > 10
    for fact in facts_of(rows):
        data = {"happened_on": str(fact.happened_on), **({"key": fact.key} if fact.key else {}), **fact.data}
        assert not isinstance(_through_the_door(fact.id, fact.type, fact.subject, data), Refusal)
    assert found(rows) == {"CINclosureDate/before-activity"}
    for one_ in troubles_of(rows):
        data = {"happened_on": "2027-06-01", "about": one_.about, "column": one_.column, "value": one_.value}
        data |= {"reason": one_.reason, "fix": one_.fix, "key": one_.key}
        assert not isinstance(_through_the_door(one_.fact_id, "data-problem.found", one_.subject, data), Refusal)


def _through_the_door(id, type, subject, data):
    document = {"specversion": "1.0", "id": id, "source": "cin-census:999", "type": type, "subject": subject}
    return read_document({**document, "data": data}, now=TODAY)


# ---- the file as a whole ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "reference", "period"),
    [
        ("2022", "2022-03-31", (date(2021, 4, 1), date(2022, 3, 31))),
        ("2023", "2024-03-31", (date(2023, 4, 1), date(2024, 3, 31))),
        ("2027", "", (date(2026, 4, 1), date(2027, 3, 31))),
        ("2027", "2026-12-31", (date(2026, 4, 1), date(2026, 12, 31))),
        ("", "", None),
        ("0000", "", None),
        ("0000", "2024-03-31", (date(2023, 4, 1), date(2024, 3, 31))),
        ("9999", "", None),
    ],
)
def test_the_year_is_the_one_that_ends_by_the_reference_date(tmp_path, year, reference, period):
    header = HEADER.replace("2027-03-31", reference).replace("<Year>2027", f"<Year>{year}")
    read = opened(tmp_path, census(child(referral()), header=header))
    assert read.period == (Period(*period) if period else None)
    assert read.source == "cin-census:999"
    assert (layout.NOTES.years_differ in read.notes) is (year == "2023")


def test_a_file_without_a_header_is_read_and_the_notes_say_what_is_not_known(tmp_path):
    read = opened(tmp_path, f"<CINdetailsCollection>{child(referral())}</CINdetailsCollection>")
    assert (read.source, read.period, read.notes[0]) == ("cin-census", None, layout.NOTES.without_header)
    assert len(list(read.rows)) == 2


def test_ids_and_keys_are_the_same_in_whatever_order_the_elements_stand(tmp_path, seed):
    dice = random.Random(seed)
    twins = [
        module("Section47", S47ActualStartDate="2026-05-05", DateOfInitialCPC=f"2026-05-{day}") for day in (19, 21)
    ]
    inside = [ENQUIRY, *twins, PLAN, PRE, module("CINPlanDates", CINPlanStartDate="2027-02-02")]
    expected = None
    for _ in range(20):
        dice.shuffle(inside)
        children = [child(referral(*inside), referral(on="2026-05-01")), child(referral(), id="X-2")]
        dice.shuffle(children)
        facts = sorted(facts_of(rows_of(tmp_path, census(*children))))
        assert len({fact.id for fact in facts}) == len(facts)
        expected = expected or facts
        assert facts == expected


def test_an_enquiry_that_is_no_longer_listed_does_not_give_its_name_to_the_next(tmp_path):
    later = module("Section47", S47ActualStartDate="2027-01-11")
    [both] = {fact.id for fact in facts_of(one(tmp_path, ENQUIRY, later)) if "2027-01-11" in fact.id}
    [alone] = {fact.id for fact in facts_of(one(tmp_path, later)) if "section-47" in fact.type}
    assert both == alone


def test_what_counts_as_a_date_is_what_the_front_door_takes():
    assert (BOUNDS.earliest_on, BOUNDS.latest_on) == (days.EARLIEST_ON, days.LATEST_ON)
    longest = f"{'x' * REFERENCE_CHARACTERS}/{R}-99/pre-proceedings-2026-09-01-999/problem/"
    assert len(longest) + 60 < BOUNDS.identity_characters
