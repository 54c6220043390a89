"""An explanation reads aloud as it stands, leaves nothing out, and gives nobody away."""

from __future__ import annotations

import json
import random
import re
from datetime import date
from pathlib import Path

import pytest

from rules.errors import RulesError
from rules.evaluate import evaluate
from rules.law import Law
from rules.loading.build import load_law
from rules.model import Event
from rules.telling.explain import Explanation, explain
from tests.rules import truth
from tests.rules.making import at, clocks_of, event

SOUTHEND = load_law("southend", overlays=["demonstration"])
KINGDOM = load_law("kingdom", packs=Path(__file__).with_name("packs"))
NORTHSHIRE = load_law("northshire", packs=Path(__file__).with_name("packs"))
ICPC = "initial-child-protection-conference"


def discussion(id: str, on: str, **more: object) -> Event:
    return event(id, "strategy-discussion.held", on, key="enquiry-1", outcome="section_47", **more)


def explained(events: list[Event], timescale: str, measure: str = "duty", law: Law = SOUTHEND) -> Explanation:
    return explain(clocks_of(events, law, timescale, measure)[0], events, law)


CHRISTMAS = [
    discussion("1", "2023-12-18", recorded_at=at("2023-12-20"), worker="w-77", team="North"),
    event("2", "icpc.held", "2024-01-10", key="enquiry-1", recorded_at=at("2024-01-15"), worker="w-78"),
]


def test_every_day_is_counted_or_skipped_by_its_name():
    text = explained(CHRISTMAS, ICPC).as_text()
    assert "Mon 18 Dec 2023 (0), Tue 19 Dec (1), Wed 20 Dec (2), Thu 21 Dec (3), Fri 22 Dec (4)" in text
    assert "Mon 25 Dec skipped for Christmas Day, Tue 26 Dec skipped for Boxing Day, Wed 27 Dec (5)" in text
    assert "Mon 1 Jan 2024 skipped for New Year" in text
    assert "Thu 11 Jan (15)." in text
    assert len(re.findall(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d", text)) == 25


@pytest.mark.parametrize(
    "words",
    [
        "It started on Monday 18 December 2023, when a strategy discussion took place",
        "outcome section 47",
        "That was recorded on Wednesday 20 December 2023, 2 days later. It is event 1 of system.",
        "The limit is 15 working days. This is a duty in statutory guidance.",
        "in force from Monday 1 March 2010 governs, because it was in force on the day this started",
        "is day 0 and is not counted",
        "Dodds v Walker",
        "SI 2007/462, regulation 1(2)",
        "checked on Monday 23 November 2026",
        "to Sunday 31 December 2028",
        "So it is due on Thursday 11 January 2024, and the whole of that day counts.",
        "That date is not provisional",
        "Working Together to Safeguard Children",
        "https://www.gov.uk/",
        "read on Monday 23 November 2026",
        "not in the text itself",
        "That meets it, 1 working day (1 day in all) before the due date.",
        "done in time and recorded after the due date",
        "as DfE publishes it",
    ],
)
def test_it_says(words: str):
    assert words in explained(CHRISTMAS, ICPC).as_text()


def test_it_names_no_worker_and_nobody_elses_words():
    events = [*CHRISTMAS, event("3", "section-47.ended", "2024-01-10", key="enquiry-1", outcome="about Mrs Smith")]
    for clock in evaluate(events, SOUTHEND).clocks:
        found = explain(clock, events, SOUTHEND)
        for words in (found.as_text(), json.dumps(found.as_dict())):
            assert not re.search(r"w-7[78]|Smith", words)


def test_it_is_in_sentences():
    for clock in evaluate(CHRISTMAS, SOUTHEND).clocks:
        for paragraph in explain(clock, CHRISTMAS, SOUTHEND).as_text().split("\n\n"):
            assert paragraph.endswith("."), paragraph
            assert not re.search(r"^\w+: ", paragraph), paragraph
            assert "_" not in paragraph, paragraph
            assert "  " not in paragraph.replace("\n  ", ""), paragraph


def test_its_dictionary_is_json_with_iso_dates():
    found = json.loads(json.dumps(explained(CHRISTMAS, ICPC).as_dict()))
    assert found["due_on"] == "2024-01-11"
    assert found["start"]["happened_on"] == "2023-12-18"
    assert found["start"]["recording_lag"] == 2
    assert found["days"][7] == {"on": "2023-12-25", "number": None, "skipped_because": "Christmas Day"}
    assert found["source"]["verified"] == "secondary"
    assert found["clock"]["limit"] == {"count": 15, "unit": "working_days"}
    assert found["calendar"]["covered_until"] == "2028-12-31"


def test_a_correction_of_the_start_says_what_changed():
    wrong = discussion("0", "2023-12-15", recorded_at=at("2023-12-16"))
    right = discussion("1", "2023-12-18", recorded_at=at("2023-12-20"), target="0")
    text = explained([right, wrong], ICPC).as_text()
    assert "It has been corrected, and this is version 2." in text
    assert (
        "event 0, recorded on Saturday 16 December 2023: the day was first recorded as Friday 15 December 2023." in text
    )


def test_a_correction_of_the_stop_says_what_changed():
    held = event("2", "icpc.held", "2024-01-12", key="enquiry-1")
    moved = event("3", "icpc.held", "2024-01-10", key="enquiry-1", target="2")
    assert "first recorded as Friday 12 January 2024" in explained([CHRISTMAS[0], held, moved], ICPC).as_text()


@pytest.mark.parametrize(
    ("on", "recorded", "words", "not_words"),
    [
        ("2024-01-11", "2024-01-11", "on the last day that counts", "late"),
        ("2024-01-12", "2024-01-12", "That is late, 1 working day (1 day in all) after", "in time"),
        ("2024-01-15", "2024-01-15", "That is late, 2 working days (4 days in all) after", "in time"),
        ("2024-01-09", "2024-02-09", "late recording, not a late deed", "That is late,"),
    ],
)
def test_done_on_time_done_late_and_recorded_late_are_different_things(on, recorded, words, not_words):
    held = event("2", "icpc.held", on, key="enquiry-1", recorded_at=at(recorded))
    stop = explained([CHRISTMAS[0], held], ICPC).as_dict()["outcome"]
    assert words in stop
    assert not_words not in stop


def test_not_recorded_is_not_the_same_as_not_done():
    assert explained(CHRISTMAS[:1], ICPC).as_dict()["outcome"].endswith("Not recorded is not the same as not done.")


def test_recording_lag_is_counted_in_days_of_england_not_of_utc():
    late_in_the_evening = at("2026-06-01T23:30")
    found = explained([discussion("1", "2026-06-02", recorded_at=late_in_the_evening)], ICPC)
    assert found.start.recording_lag == 0


def test_what_ended_it_is_told_with_its_reason():
    ended = event("3", "section-47.ended", "2024-01-05", key="enquiry-1", conference_required=False)
    outcome = explained([CHRISTMAS[0], ended], ICPC).as_dict()["outcome"]
    assert "It ended without being met, because the enquiry ended with no conference needed." in outcome
    assert "It was not overdue by then" in outcome


def test_a_stop_before_its_start_is_told_as_a_problem():
    early = event("2", "icpc.held", "2023-12-01", key="enquiry-1")
    text = explained([CHRISTMAS[0], early], ICPC).as_text()
    assert "on Friday 1 December 2023 the initial child protection conference took place, which is before" in text


def test_a_target_has_its_own_sum_and_source():
    start = [event("1", "referral.received", "2026-01-05", key="r1")]
    text = explained(start, "single-assessment").as_text()
    assert "its own tighter target, 40 working days from the start:" in text
    assert "So the target date is Monday 2 March 2026." in text
    assert "Southend council web page" in text


def test_another_start_is_shown_beside_it():
    meeting = event("3", "strategy-meeting.held", "2023-12-20", key="enquiry-1", kind="initial")
    text = explained([*CHRISTMAS, meeting], ICPC).as_text()
    words = "it started on Wednesday 20 December 2023, was due on Monday 15 January 2024, and was met in time"
    assert f"(counted from the first strategy meeting, as the authority once did), {words}" in text


def test_another_reading_is_shown_beside_it():
    start = [event("1", "allegation.received", "2025-01-15")]
    by_the_law = explained(start, "in-months", law=KINGDOM).as_text()
    as_read = explained(start, "in-months", law=NORTHSHIRE).as_text()
    assert (
        "Read another way (read as 91 days), it started on Wednesday 15 January 2025, was due on Wednesday 16 April"
        in by_the_law
    )
    assert "The authority reads the rule in this way: read as 91 days." in as_read
    assert "was due on Tuesday 15 April 2025" in as_read


@pytest.mark.parametrize(
    ("timescale", "start", "words"),
    [
        ("in-weeks", "2025-12-19", "run to the same weekday, Friday 26 December 2025."),
        ("in-weeks", "2025-12-19", "is not a working day (Boxing Day), and nothing moves it."),
        ("in-months", "2026-11-30", "that month has none, so they end on its last day, Sunday 28 February 2027."),
        ("in-months", "2025-01-15", "run to the corresponding date, Tuesday 15 April 2025."),
        ("in-days", "2025-12-19", "every day of the week counted"),
        ("in-years", "2025-03-10", "run to the corresponding date, Tuesday 10 March 2026."),
        ("beginning-with", "2026-03-10", "begins with Tuesday 10 March 2026 itself, so it ends the day before."),
    ],
)
def test_a_sum_without_working_days_is_told_in_words(timescale: str, start: str, words: str):
    assert words in explained([event("1", "allegation.received", start)], timescale, law=KINGDOM).as_text()


def test_the_day_itself_as_day_1_is_told_with_closure_days():
    text = explained([event("1", "contact.received", "2025-06-02")], "reply", law=NORTHSHIRE).as_text()
    assert "This rule counts the day itself: Monday 2 June 2025 is day 1" in text
    assert "Mon 2 Jun (1)" in text
    assert "on which Northshire is not closed" in text


def test_a_provisional_date_says_what_it_rests_on():
    text = explained([discussion("1", "2028-12-20")], ICPC).as_text()
    assert "That date is provisional: it rests on days after Sunday 31 December 2028" in text


def test_an_unverified_number_is_called_so():
    start = [event("1", "departmental-planning-meeting.held", "2026-06-01")]
    assert "treat it as unverified" in explained(start, "departmental-to-legal-planning-meeting").as_text()


def test_the_plans_own_limit_names_the_day_it_was_set():
    plan = event("1", "child-protection-plan.started", "2026-06-01", key="p", visit_every="10 working_days")
    assert (
        "The number is the plan's own: on Monday 1 June 2026" in explained([plan], "child-protection-visit").as_text()
    )


def test_where_it_counts_from_another_event_it_says_so():
    events = [
        discussion("1", "2026-06-01"),
        event("2", "review-strategy-meeting.agreed", "2026-06-01", key="enquiry-1"),
        event("3", "strategy-meeting.held", "2026-06-03", key="enquiry-1", kind="initial"),
    ]
    text = explained(events, "review-strategy-meeting").as_text()
    assert "counted not from the start but from Wednesday 3 June 2026, when a strategy meeting took place" in text


def test_a_clock_whose_start_is_gone_is_refused_in_words():
    [clock] = clocks_of(CHRISTMAS, SOUTHEND, ICPC)
    with pytest.raises(RulesError, match="evaluate its history again"):
        explain(clock, CHRISTMAS[1:], SOUTHEND)


def test_every_clock_of_many_children_can_be_explained(seed: int):
    dice = random.Random(seed)
    for nth in range(60):
        child = truth.make(dice, f"child-{nth}")
        events = truth.events_of(child, dice)
        for clock in evaluate(events, SOUTHEND).clocks:
            found = explain(clock, events, SOUTHEND)
            numbers = [day.number for day in found.days if day.number is not None]
            assert numbers == list(range(len(numbers)))
            assert not found.days or found.days[-1].on == clock.due_on
            assert (
                date.fromisoformat(json.loads(json.dumps(found.as_dict()))["start"]["happened_on"]) == clock.started_on
            )
            assert "None" not in found.as_text()
