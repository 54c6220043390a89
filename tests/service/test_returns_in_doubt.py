"""What a return leaves out, or says so that it cannot be read, takes no child's clock away."""

from __future__ import annotations

import pytest

from service.council import Council
from tests.service.census_making import census, child, referral
from tests.service.intake_parts import assert_sound, stored
from tests.service.returns_parts import ASSESSMENT, a_child, assessment, conferences, enquiry, in_effect, sent, take

pytestmark = pytest.mark.usefixtures("that_day")

MISTYPED = child(referral(enquiry("2026-31-06"), assessment("2026-05-02", "2026-06-05")), id="X-1")


def test_a_date_mistyped_in_a_complete_return_withdraws_nothing_and_names_the_child(council: Council):
    take(council, census(a_child("X-1"), a_child("X-2")), complete=True)
    before = conferences(council, "X-1")
    taken = take(council, census(MISTYPED, a_child("X-2")), complete=True)
    assert (taken.refused, sent(taken)) == (1, (0, 0, 0))
    assert conferences(council, "X-1") == before
    assert {one.child for one in taken.flaws} == {"X-1"}
    assert {one.kind for one in taken.flaws} == {"refused", "not withdrawn"}
    assert_sound(council)


def test_once_the_row_is_mended_what_is_gone_is_withdrawn(council: Council):
    take(council, census(a_child("X-1")), complete=True)
    take(council, census(MISTYPED), complete=True)
    taken = take(council, census(child(referral(assessment("2026-05-02", "2026-06-05")), id="X-1")), complete=True)
    assert (taken.flaws, taken.withdrawn) == ([], 2)
    assert conferences(council, "X-1") == []


def test_a_child_all_of_whose_rows_are_refused_is_not_missing_from_the_return(council: Council):
    take(council, census(child(referral(on="2026-05-01"), id="X-1", born=None)), complete=True)
    before = in_effect(council)
    taken = take(council, census(child(referral(on="2026-31-06"), id="X-1", born=None)), complete=True)
    assert (taken.withdrawn, in_effect(council)) == (0, before)


def test_while_a_row_names_no_child_nothing_of_any_child_is_withdrawn_and_that_is_said(council: Council):
    take(council, census(a_child("X-1"), a_child("X-2")), complete=True)
    before = in_effect(council)
    nameless = a_child("X-1").replace("<LAchildID>X-1</LAchildID>", "")
    taken = take(council, census(nameless, a_child("X-2")), complete=True)
    assert (taken.withdrawn, in_effect(council)) == (0, before)
    assert "refused rows name no child, and may be about any, so nothing was withdrawn" in taken.doubt
    gone = take(council, census(a_child("X-2")), complete=True)
    left = [one for one in in_effect(council) if one[0] == "X-1"]
    assert (gone.doubt, left) == ("", [("X-1", "subject.registered", "2015-05-05")]), "a birth is in no return's days"


def test_a_referral_half_a_year_later_leaves_the_clock_of_one_that_the_file_does_not_list(council: Council):
    take(council, census(child(referral(on="2026-05-05"), id="X-1")))
    assert sent(take(council, census(child(referral(on="2026-11-10"), id="X-1")))) == (1, 0, 0)
    started = [str(one.started_on) for one in stored(council).clocks if one.timescale == ASSESSMENT]
    assert sorted(set(started)) == ["2026-05-05", "2026-11-10"]
