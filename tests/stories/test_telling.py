"""Stories from a case system's event to a letter: this news, to this post, at this moment, and no other letter.

Each says all the letters of its time. The days were counted by hand, on a calendar.
"""

from __future__ import annotations

from datetime import time

import pytest

from rules.plan import CORRECTED
from tests.stories.town import NORTH, SOUTH, at, conference, discussion, event, withdrawn

MANAGER, SOUTHERN, SERVICE, GROUP, HEAD = "manager-north", "manager-south", "service-manager", "group-manager", "head"

DISCUSSED, DUE = "2026-02-02", "2026-02-23"
WARNED = [
    ("Mon 16 Feb 07:30", MANAGER, "first-warning"),
    ("Thu 19 Feb 07:30", MANAGER, "last-warning"),
    ("Mon 23 Feb 07:30", MANAGER, "due-today"),
]
BREACHED = [*WARNED, ("Tue 24 Feb 07:30", MANAGER, "breach")]
ESCALATED = [*BREACHED, ("Thu 26 Feb 07:30", SERVICE, "to-service-manager")]


# ---- up the ladder ---------------------------------------------------------------------------------------------------


def test_a_conference_that_is_never_held_goes_up_the_whole_ladder_over_christmas(found):
    town = found("2025-12-08 09:00")
    town.hear(discussion("2025-12-08"))
    town.run("2026-02-20")
    assert town.story() == [
        ("Mon 22 Dec 07:30", MANAGER, "first-warning"),
        ("Mon 29 Dec 07:30", MANAGER, "last-warning"),
        ("Wed 31 Dec 07:30", MANAGER, "due-today"),
        ("Fri 2 Jan 07:30", MANAGER, "breach"),
        ("Tue 6 Jan 07:30", SERVICE, "to-service-manager"),
        ("Thu 8 Jan 07:30", GROUP, "to-group-manager"),
        ("Thu 15 Jan 07:30", HEAD, "to-head-of-service"),
    ]


def test_over_easter_and_the_change_to_summer_time_the_hour_on_the_wall_stays(found):
    town = found("2026-03-12 09:00")
    town.hear(discussion("2026-03-12"))
    town.run("2026-05-01")
    moments = [letter.at for letter in town.letters]
    assert town.story() == [
        ("Thu 26 Mar 07:30", MANAGER, "first-warning"),
        ("Tue 31 Mar 07:30", MANAGER, "last-warning"),
        ("Thu 2 Apr 07:30", MANAGER, "due-today"),
        ("Tue 7 Apr 07:30", MANAGER, "breach"),
        ("Thu 9 Apr 07:30", SERVICE, "to-service-manager"),
        ("Mon 13 Apr 07:30", GROUP, "to-group-manager"),
        ("Mon 20 Apr 07:30", HEAD, "to-head-of-service"),
    ]
    assert [moment.astimezone(at("2026-01-01").tzinfo).hour for moment in moments] == [7, 6, 6, 6, 6, 6, 6]


def test_through_the_night_that_has_an_hour_twice_each_rung_is_told_once(found):
    town = found("2026-10-02 12:00")
    town.hear(discussion("2026-10-02"))
    town.run("2026-10-24")
    night = [time(hour, minute) for hour in (0, 1, 2, 3, 7, 8) for minute in (0, 30)]
    town.run("2026-10-28", hours=night)
    moments = [letter.at for letter in town.letters]
    assert town.story() == [
        ("Fri 16 Oct 07:30", MANAGER, "first-warning"),
        ("Wed 21 Oct 07:30", MANAGER, "last-warning"),
        ("Fri 23 Oct 07:30", MANAGER, "due-today"),
        ("Mon 26 Oct 07:30", MANAGER, "breach"),
    ]
    assert moments[-1] == at("2026-10-26 07:30") == moments[-1].replace(hour=7, minute=30)
    assert at("2026-10-26 07:30").hour == 7, "in winter time again"


def test_a_bank_holiday_proclaimed_on_the_way_moves_every_rung_that_is_still_to_come(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-17 12:00")
    assert town.story() == WARNED[:1]
    town.proclaim(at("2026-02-20").date())  # a Friday, before it is due: one day more to hold it
    town.run("2026-02-25 12:00")
    assert town.story() == [
        ("Tue 17 Feb 15:30", MANAGER, "first-warning"),  # of another day than was said before
        ("Thu 19 Feb 07:30", MANAGER, "last-warning"),
        ("Tue 24 Feb 07:30", MANAGER, "due-today"),
        ("Wed 25 Feb 07:30", MANAGER, "breach"),
    ]
    town.proclaim(at("2026-03-02").date())  # and a Monday after it
    town.run("2026-03-20")
    assert town.story() == [
        ("Fri 27 Feb 07:30", SERVICE, "to-service-manager"),
        ("Wed 4 Mar 07:30", GROUP, "to-group-manager"),
        ("Wed 11 Mar 07:30", HEAD, "to-head-of-service"),
    ]


def test_the_chairs_ladder_tells_two_posts_at_a_rung_and_waits_a_month_between(found):
    town = found("2026-06-02 09:00")
    town.hear(event("concern.raised", "2026-06-02", raised_by="cp_chair"))
    town.run("2026-09-15", hours=(time(7, 30), time(12)))
    assert town.story() == [
        ("Wed 1 Jul 07:30", MANAGER, "breach"),
        ("Tue 28 Jul 07:30", SERVICE, "to-service-manager"),
        ("Tue 25 Aug 07:30", GROUP, "to-group-manager"),
        ("Tue 25 Aug 07:30", HEAD, "to-group-manager"),
    ]
    assert (NORTH, "principal-reviewing-officer", 1) in town.unowned()


# ---- what is put right -----------------------------------------------------------------------------------------------


def test_a_conference_held_in_time_is_silence(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-13 12:00")
    town.hear(conference("2026-02-13"))
    town.run("2026-03-20")
    assert town.story() == []


def test_what_was_held_on_the_last_day_and_recorded_before_the_morning_is_no_breach(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-24 07:00")
    town.hear(conference(DUE))
    town.run("2026-03-20")
    assert town.story() == WARNED


def test_held_late_the_ladder_ends_where_it_is_and_nobody_is_written_to_again(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-27")
    town.hear(conference("2026-02-26"))
    town.run("2026-03-20")
    assert town.story() == ESCALATED


def test_held_in_time_and_recorded_late_whoever_was_told_hears_it_and_nobody_else(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-26 12:00")
    assert town.story() == ESCALATED
    town.hear(conference(DUE, id="recorded late"))
    town.run("2026-03-20")
    assert all("No longer so (1)" in letter.text for letter in town.letters)
    assert town.story() == [
        ("Thu 26 Feb 15:30", MANAGER, CORRECTED + "breach"),
        ("Fri 27 Feb 07:30", SERVICE, CORRECTED + "to-service-manager"),  # who has had a digest on Thursday
    ]


def test_an_enquiry_that_was_never_one_is_taken_back_from_whoever_was_told(found):
    town = found("2026-02-02 09:00")
    started = discussion(DISCUSSED)
    town.hear(started)
    town.run("2026-02-24 12:00")
    assert town.story() == BREACHED
    town.hear(withdrawn(started))
    town.run("2026-03-20")
    assert town.story() == [("Wed 25 Feb 07:30", MANAGER, CORRECTED + "breach")]


def test_withdrawn_and_sent_again_before_anybody_heard_of_it_it_was_never_gone(found):
    town = found("2026-02-02 09:00")
    started = discussion(DISCUSSED)
    town.hear(started)
    town.run("2026-02-24 12:00")
    mistake = withdrawn(started)
    town.hear(mistake)
    town.run("2026-02-24 18:00")
    town.hear(withdrawn(mistake))
    town.run("2026-03-20")
    assert town.story() == [
        *ESCALATED,
        ("Mon 2 Mar 07:30", GROUP, "to-group-manager"),
        ("Mon 9 Mar 07:30", HEAD, "to-head-of-service"),
    ]


def test_withdrawn_told_so_and_sent_again_it_is_told_as_it_is_now(found):
    town = found("2026-02-02 09:00")
    started = discussion(DISCUSSED)
    town.hear(started)
    town.run("2026-02-24 12:00")
    mistake = withdrawn(started)
    town.hear(mistake)
    town.run("2026-02-25 12:00")
    town.hear(withdrawn(mistake))
    town.run("2026-02-28")
    assert town.story() == [
        *BREACHED,
        ("Wed 25 Feb 07:30", MANAGER, CORRECTED + "breach"),
        ("Wed 25 Feb 15:30", MANAGER, "breach"),  # a child whom nobody has seen is told at once, digest or no digest
        ("Thu 26 Feb 07:30", SERVICE, "to-service-manager"),
    ]


@pytest.mark.parametrize("times", [1, 3])
def test_a_history_that_comes_late_tells_each_post_its_furthest_rung_and_a_repeat_nothing(found, times):
    town = found("2026-02-26 12:00")
    for _ in range(times):
        town.hear(discussion(DISCUSSED))
    town.run("2026-02-27 12:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-28")
    assert not any(letter.speaks_of_a_gap for letter in town.letters), "nobody knew of it before"
    assert town.story() == [
        ("Thu 26 Feb 15:30", MANAGER, "breach"),
        ("Thu 26 Feb 15:30", SERVICE, "to-service-manager"),
    ]


def test_a_case_that_moves_takes_what_is_still_to_be_told_with_it(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-17 12:00")
    town.hear(event("case.allocated", "2026-02-17", key=None, team=SOUTH))
    town.run("2026-02-24 12:00")
    town.hear(event("case.allocated", "2026-02-24", key=None, team=NORTH))
    town.run("2026-02-27")
    assert town.story() == [
        WARNED[0],
        ("Thu 19 Feb 07:30", SOUTHERN, "last-warning"),
        ("Mon 23 Feb 07:30", SOUTHERN, "due-today"),
        ("Tue 24 Feb 07:30", SOUTHERN, "breach"),
        ("Thu 26 Feb 07:30", SERVICE, "to-service-manager"),
    ]


# ---- in hours --------------------------------------------------------------------------------------------------------


def test_a_return_interview_is_warned_of_and_overdue_at_a_weekend_to_the_team_manager_alone(found):
    town = found("2026-03-05 09:00")
    returned = at("2026-03-05 14:10")  # a Thursday; seventy-two hours end on a Sunday
    town.hear(event("missing.returned", "2026-03-05", happened_at=returned))
    through = [time(hour, minute) for hour in range(7, 20) for minute in (0, 30)]
    town.run("2026-03-10 12:00", hours=through)
    assert town.story() == [
        ("Sat 7 Mar 14:30", MANAGER, "last-warning"),
        ("Sun 8 Mar 14:30", MANAGER, "breach"),
        ("Mon 9 Mar 14:30", SERVICE, "to-service-manager"),
    ]


def test_a_return_interview_that_runs_out_at_night_is_told_in_the_morning(found):
    town = found("2026-03-25 22:00")
    town.hear(
        event("missing.returned", "2026-03-25", happened_at=at("2026-03-25 22:30"))
    )  # the clocks change meanwhile
    through = [time(hour, minute) for hour in (0, 2, 7, 12, 18, 19, 23) for minute in (0, 30, 45)]
    town.run("2026-03-31", hours=through)
    assert town.story() == [
        ("Sat 28 Mar 07:30", MANAGER, "last-warning"),
        ("Sun 29 Mar 07:30", MANAGER, "breach"),
        ("Mon 30 Mar 07:30", SERVICE, "to-service-manager"),
    ]


def test_a_child_who_was_listened_to_in_time_is_silence(found):
    town = found("2026-03-05 09:00")
    town.hear(event("missing.returned", "2026-03-05", happened_at=at("2026-03-05 14:10")))
    town.run("2026-03-06 12:00")
    town.hear(event("return-interview.held", "2026-03-06", happened_at=at("2026-03-06 11:00")))
    town.run("2026-03-20")
    assert town.story() == []
