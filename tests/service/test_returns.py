"""Statutory returns taken in: every row accounted for, again changes nothing, and only what changed is sent."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from rules.catalogue import FOUND
from tests.service.census_making import census, child, referral
from tests.service.intake_parts import AUDIT, EVENT, assert_sound, stored
from tests.service.returns_parts import (
    EARLIER,
    GOOD,
    MIXED,
    a_child,
    assessment,
    conferences,
    enquiry,
    in_effect,
    rows,
    sent,
    take,
)

pytestmark = pytest.mark.usefixtures("that_day")


# ---- the account -----------------------------------------------------------------------------------------------------


def test_every_row_is_one_of_three_things_and_the_events_are_those_counted(council):
    taken = take(council, MIXED)
    # Each: identifiers, referral, enquiry, assessment. X-3: identifiers, two referrals, and an
    # enquiry without a day, which is refused, beside its assessment.
    assert (taken.rows, taken.whole, taken.with_problem, taken.refused) == (17, 15, 1, 1)
    with council.reading() as db:
        assert db.execute(select(func.count()).select_from(EVENT)).scalar_one() == taken.new
        (detail,) = db.execute(select(AUDIT.c.detail).where(AUDIT.c.action == "return.imported")).scalars()
        types = dict(db.execute(select(EVENT.c.type, func.count()).group_by(EVENT.c.type)).all())
    assert types[FOUND] == 1
    assert types["referral.received"] == 5
    assert detail.startswith("cin-census: 17 rows, 15 whole, 1 with problem, 1 refused")
    assert_sound(council)


def test_a_refused_row_in_the_middle_of_a_child_does_not_part_its_rows(council):
    """Taken apart, the second half would pass for a return in which the first half is gone."""
    content = census(
        child(referral(enquiry("2026-05-05"), on="2026-05-01"), referral(enquiry("no day"), on="2026-06-01"), id="X-1"),
        child(referral(enquiry("2026-07-05"), on="2026-07-01"), id="X-1"),
        a_child("X-2"),
        child(referral(on="2026-08-01"), id="X-1"),
    )
    first = take(council, content, complete=True)
    assert (first.corrected, first.withdrawn) == (0, 0)
    assert sent(take(council, content, complete=True)) == (0, 0, 0)
    received = [on for subject, type_, on in in_effect(council) if (subject, type_) == ("X-1", "referral.received")]
    assert received == ["2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"]


def test_the_same_file_again_changes_nothing_but_the_audit(council):
    first = take(council, MIXED)
    before, state = rows(council), stored(council)
    again = take(council, MIXED, complete=True)
    assert sent(again) == (0, 0, 0)
    assert again.clocks_changed == 0
    assert (again.unchanged, again.flaws, again.disagreements) == (first.new, first.flaws, first.disagreements)
    assert stored(council) == state
    after = rows(council)
    assert {name for name in after if after[name] != before[name]} == {"audit"}


def test_a_changed_file_sends_what_changed_and_nothing_else(council):
    take(council, GOOD)
    changed = take(council, census(a_child("X-1", DateOfInitialCPC="2026-06-03"), a_child("X-2"), a_child("X-5")))
    assert sent(changed) == (6, 1, 0)
    (late,) = conferences(council, "X-1")
    assert (str(late.stopped_on), late.outcome) == ("2026-06-03", "late")
    assert_sound(council)


def test_a_corrected_first_date_moves_the_clock_which_keeps_its_id(council):
    take(council, GOOD)
    (before,) = conferences(council, "X-1")
    taken = take(council, census(a_child("X-1", "2026-05-06"), a_child("X-2")))
    assert (taken.new, taken.withdrawn) == (0, 0)
    (after,) = conferences(council, "X-1")
    assert (after.id, str(before.started_on), str(after.started_on)) == (before.id, "2026-05-05", "2026-05-06")
    assert after.due_on > before.due_on
    assert sent(take(council, census(a_child("X-1", "2026-05-06"), a_child("X-2")), complete=True)) == (0, 0, 0)
    assert_sound(council)


def test_what_is_gone_stays_unless_the_file_claims_to_be_complete(council):
    take(council, GOOD)
    shorter = census(child(referral(assessment("2026-05-02", "2026-06-05")), id="X-1"))
    before = in_effect(council)
    assert sent(take(council, shorter)) == (0, 0, 0)
    assert in_effect(council) == before
    complete = take(council, shorter, complete=True)
    assert complete.withdrawn == 2 + 5, "X-1's enquiry and conference, and all but the birth of the absent X-2"
    assert {one for one in in_effect(council) if one[0] == "X-2"} == {("X-2", "subject.registered", "2015-05-05")}
    assert conferences(council, "X-1") == []
    assert sent(take(council, shorter, complete=True)) == (0, 0, 0)
    assert sent(take(council, GOOD, complete=True)) == (7, 0, 0), "all of it came back"
    assert in_effect(council) == before
    assert_sound(council)


def test_next_years_census_that_no_longer_lists_what_is_over_changes_nothing_of_it(council):
    last_year = census(
        child(referral(enquiry("2025-06-02", DateOfInitialCPC="2025-06-20"), on="2025-06-01"), id="X-1"),
        child(referral(on="2025-07-01", CINclosureDate="2025-08-01"), id="X-2"),
        header=EARLIER,
    )
    take(council, last_year, complete=True)
    before = in_effect(council)
    taken = take(council, census(child(referral(on="2026-05-01"), id="X-1")), complete=True)
    assert sent(taken) == (1, 0, 0)
    assert set(before) < set(in_effect(council))


def test_a_file_without_a_period_that_claims_to_be_complete_covers_the_span_of_its_own_dates(council):
    on = ("2026-05-01", "2026-07-01", "2026-09-01")
    take(council, census(*(child(referral(on=day), id=f"X-{day}") for day in on), header=""))
    shorter = census(*(child(referral(on=day), id=f"X-{day}") for day in ("2026-06-01", "2026-09-01")), header="")
    assert sent(take(council, shorter)) == (2, 0, 0)
    assert sent(take(council, shorter, complete=True)) == (0, 0, 1), "July only: May lies before its first day"
