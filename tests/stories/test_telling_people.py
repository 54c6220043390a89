"""Stories of posts and of the service itself: leavers, absences, nobody there, plans, outages, going live, the week."""

from __future__ import annotations

from datetime import date, time

import pytest

from rules.plan import CORRECTED
from service import acknowledging, going_live
from service.acknowledging import Planned
from service.errors import Refused
from service.store.people import Absence, Holding
from service.store.telling.releases import EVERY_TEAM
from tests.stories.test_telling import BREACHED, DISCUSSED, DUE, GROUP, HEAD, MANAGER, SERVICE, SOUTHERN, WARNED
from tests.stories.town import (
    GROUP_MANAGER,
    HEAD_OF_SERVICE,
    NORTH,
    SERVICE_MANAGER,
    SOUTH,
    TEAM_MANAGER,
    conference,
    discussion,
    event,
    person,
)

CONFERENCE = "initial-child-protection-conference"
NORTHERN_POST = Holding(TEAM_MANAGER, team=NORTH)
ASSESSMENT = Holding(SERVICE_MANAGER, service="Assessment")


# ---- who is at a post ------------------------------------------------------------------------------------------------


def test_a_manager_leaves_on_a_friday_and_the_successor_begins_on_monday(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.name(person(MANAGER, NORTHERN_POST._replace(to_on=date(2026, 2, 20))))
    town.name(person("successor", NORTHERN_POST._replace(from_on=date(2026, 2, 23))))
    town.turn_off("successor", "weekly")
    town.run("2026-02-25")
    assert town.story() == [
        *WARNED[:2],
        ("Mon 23 Feb 07:30", "successor", "due-today"),
        ("Tue 24 Feb 07:30", "successor", "breach"),
    ]
    town.hear(conference(DUE, id="recorded late"))
    town.run("2026-03-20")
    assert town.story() == [("Wed 25 Feb 07:30", "successor", CORRECTED + "breach")]


def test_what_the_one_before_was_told_is_corrected_to_the_one_before(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.name(person(MANAGER, NORTHERN_POST._replace(to_on=date(2026, 2, 24))))
    town.name(person("successor", NORTHERN_POST._replace(from_on=date(2026, 2, 25))))
    town.run("2026-02-24 12:00")
    assert town.story() == BREACHED
    town.hear(conference(DUE, id="recorded late"))
    town.run("2026-03-20", hours=(time(7, 30), time(12)))
    told = [(to, news) for _at, to, news in town.story() if news.startswith(CORRECTED)]
    assert told == [(MANAGER, CORRECTED + "breach")]


def test_who_covers_is_told_for_as_long_as_somebody_is_away(found):
    town = found("2026-02-02 09:00")
    town.name(person("cover"))
    away = Absence(date(2026, 2, 19), date(2026, 2, 23), cover="cover")
    town.name(person(MANAGER, NORTHERN_POST, away=[away]))
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-25")
    covering = town.letters[1]
    assert "you cover for whoever holds the post of team manager" in covering.text
    assert "until Monday 23 February 2026" in covering.text
    assert town.story() == [
        WARNED[0],
        ("Thu 19 Feb 07:30", "cover", "last-warning"),
        ("Mon 23 Feb 07:30", "cover", "due-today"),
        ("Tue 24 Feb 07:30", MANAGER, "breach"),
    ]


def test_nobody_at_a_post_then_its_deputy_then_the_next_rung_and_it_is_listed_as_unowned(found):
    town = found("2026-02-02 09:00")
    town.name(person(MANAGER, NORTHERN_POST._replace(to_on=date(2026, 2, 13))))
    town.name(
        person("deputy", NORTHERN_POST._replace(from_on=date(2026, 2, 16), to_on=date(2026, 2, 18), is_deputy=True))
    )
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-16 12:00")
    assert town.unowned() == []
    town.run("2026-02-19 12:00")
    assert (NORTH, TEAM_MANAGER, 1) in town.unowned()
    assert "Nobody holds the post of team manager (Assessment North)" in town.letters[-1].text
    town.run("2026-02-24 12:00")
    assert town.story() == [
        ("Mon 16 Feb 07:30", "deputy", "first-warning"),
        ("Thu 19 Feb 07:30", SERVICE, "last-warning"),
        ("Mon 23 Feb 07:30", SERVICE, "due-today"),
        ("Tue 24 Feb 07:30", SERVICE, "breach"),
    ]


def test_where_a_whole_line_has_nobody_it_waits_is_listed_and_is_told_to_the_first_who_comes(found):
    town = found("2026-02-02 09:00")
    for name, post in ((MANAGER, NORTHERN_POST), (SERVICE, ASSESSMENT), (GROUP, Holding(GROUP_MANAGER))):
        town.name(person(name, post._replace(to_on=date(2026, 2, 20))))
    town.name(person(HEAD, Holding(HEAD_OF_SERVICE)._replace(to_on=date(2026, 2, 20))))
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-25 12:00")
    assert town.story() == WARNED[:2]
    assert town.unowned() == [(NORTH, TEAM_MANAGER, 1)]
    town.run("2026-02-26 12:00")
    assert (NORTH, TEAM_MANAGER, 1) in town.unowned()
    town.name(person("newcomer", NORTHERN_POST._replace(from_on=date(2026, 2, 26))))
    town.run("2026-02-26 18:00")
    assert town.letters[0].speaks_of_a_gap
    (letter,) = town.story()
    assert letter == ("Thu 26 Feb 15:30", "newcomer", "breach")


def test_one_who_reads_later_is_told_at_their_own_hour(found):
    town = found("2026-02-02 09:00")
    town.name(person(MANAGER, NORTHERN_POST, hour=time(9, 15)))
    town.hear(event("referral.received", "2026-02-04"))
    town.run("2026-02-06 20:00", hours=(time(7, 30), time(9), time(9, 15), time(10)))
    assert town.story() == [
        ("Thu 5 Feb 09:15", MANAGER, "due-today"),
        ("Fri 6 Feb 09:15", MANAGER, "breach"),
    ]


def test_a_correction_waits_for_its_readers_own_hour_and_goes_with_the_news(found):
    town = found("2026-02-02 09:00")
    town.name(person(MANAGER, NORTHERN_POST, hour=time(9, 15)))
    town.hear(discussion(DISCUSSED), event("referral.received", "2026-02-23"))
    hours = (time(7, 30), time(9), time(9, 15), time(10))
    town.run("2026-02-24 12:00", hours)
    town.story()
    town.hear(conference(DUE, id="recorded late"))
    town.run("2026-02-25 12:00", hours)
    assert town.story() == [("Wed 25 Feb 09:15", MANAGER, f"breach, {CORRECTED}breach")]


# ---- a plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_holds_the_ladder_is_seen_above_and_lapses_by_itself_and_says_so(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-24 12:00")
    assert town.story() == BREACHED
    planned = Planned(town.clock(CONFERENCE), "family-refused", date(2026, 3, 2), TEAM_MANAGER)
    (made,) = acknowledging.acknowledge(town.council, [planned], who="key")
    town.run("2026-03-02 23:00")
    texts = {letter.to: letter.text for letter in town.letters}
    assert "plan" in texts[SERVICE]
    assert "family refused" in texts[SERVICE]
    assert town.story() == [
        ("Thu 26 Feb 07:30", SERVICE, f"plan:{made.seq}"),
        ("Mon 2 Mar 07:30", GROUP, f"plan:{made.seq}"),
    ]
    town.run("2026-03-10")
    assert sorted(town.story()) == [
        ("Mon 9 Mar 07:30", HEAD, "to-head-of-service"),
        ("Tue 3 Mar 07:30", GROUP, "to-group-manager"),
        ("Tue 3 Mar 07:30", MANAGER, f"lapsed:{made.seq}"),
        ("Tue 3 Mar 07:30", SERVICE, "to-service-manager"),
    ]


def test_what_is_done_before_the_plans_day_ends_it_in_silence(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-24 12:00")
    planned = Planned(town.clock(CONFERENCE), "court-date", date(2026, 3, 2), TEAM_MANAGER)
    acknowledging.acknowledge(town.council, [planned], who="key")
    town.run("2026-02-25 12:00")
    town.hear(conference("2026-02-25"))
    town.run("2026-03-20")
    assert town.story() == BREACHED


def test_a_newer_plan_takes_the_place_of_the_one_before_and_only_the_last_is_said_to_lapse(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-24 12:00")
    clock = town.clock(CONFERENCE)
    first = Planned(clock, "child-ill", date(2026, 2, 26), TEAM_MANAGER)
    acknowledging.acknowledge(town.council, [first], who="key")
    town.run("2026-02-25 12:00")
    (second,) = acknowledging.acknowledge(town.council, [first._replace(next_on=date(2026, 2, 27))], who="key")
    town.run("2026-03-02 12:00")
    assert sorted(town.story()) == sorted(
        [
            *BREACHED,
            ("Thu 26 Feb 07:30", SERVICE, f"plan:{second.seq}"),
            ("Mon 2 Mar 07:30", MANAGER, f"lapsed:{second.seq}"),
            ("Mon 2 Mar 07:30", SERVICE, "to-service-manager"),
            ("Mon 2 Mar 07:30", GROUP, "to-group-manager"),
        ]
    )


def test_a_plan_made_before_it_is_late_holds_the_warnings_too(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-17 12:00")
    planned = Planned(town.clock(CONFERENCE), "court-date", date(2026, 2, 23), TEAM_MANAGER)
    (made,) = acknowledging.acknowledge(town.council, [planned], who="key")
    town.run("2026-02-24 12:00")
    assert town.story() == [WARNED[0], ("Tue 24 Feb 07:30", MANAGER, f"breach, lapsed:{made.seq}")]


def test_a_plan_further_off_than_its_ladder_allows_is_refused(found):
    town = found("2026-02-24 12:00")
    town.hear(discussion(DISCUSSED))
    planned = Planned(town.clock(CONFERENCE), "court-date", date(2026, 3, 3), TEAM_MANAGER)
    acknowledging.acknowledge(town.council, [planned], who="key")
    with pytest.raises(Refused, match="5 working days"):
        acknowledging.acknowledge(town.council, [planned._replace(next_on=date(2026, 3, 4))], who="key")


# ---- a gap -----------------------------------------------------------------------------------------------------------


def test_down_for_three_days_only_the_current_rungs_go_in_one_digest_each_that_says_so(found):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED), discussion(DISCUSSED, subject="sibling", team=SOUTH))
    town.run("2026-02-20 20:00")
    town.story()
    town.is_down = True
    town.run("2026-02-26 11:00")
    town.is_down = False
    town.run("2026-02-27")
    assert all(letter.speaks_of_a_gap for letter in town.letters if letter.to != SERVICE)
    assert sorted(town.story()) == [
        ("Thu 26 Feb 12:00", MANAGER, "breach"),
        ("Thu 26 Feb 12:00", SOUTHERN, "breach"),
        ("Thu 26 Feb 12:00", SERVICE, "to-service-manager, to-service-manager"),
    ]


def test_a_mail_server_away_for_a_day_ends_in_one_digest_each(found, post_office):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED), discussion("2026-02-03", subject="sibling"))
    town.run("2026-02-23 20:00")
    town.story()
    post_office.stop()
    town.run("2026-02-25 20:00")
    assert town.story() == []
    post_office.start()
    town.run("2026-02-26 20:00")
    assert all(letter.speaks_of_a_gap for letter in town.letters if letter.to == MANAGER)
    assert town.story() == [
        ("Thu 26 Feb 07:30", MANAGER, "breach, breach"),
        ("Thu 26 Feb 07:30", SERVICE, "to-service-manager"),
    ]


def test_a_mail_server_that_comes_back_at_a_weekend_or_at_night_lets_people_sleep(found, post_office):
    town = found("2026-02-02 09:00")
    town.hear(event("referral.received", "2026-02-04"))
    post_office.stop()
    town.run("2026-02-06 22:00")
    post_office.start()
    town.run("2026-02-09 12:00", hours=(time(3), time(7, 30), time(12), time(18), time(23)))
    assert town.story() == [
        ("Mon 9 Feb 07:30", MANAGER, "breach"),
    ]


def test_one_that_puts_off_a_single_reader_keeps_nobody_else_waiting(found, post_office):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED), discussion(DISCUSSED, subject="sibling", team=SOUTH))
    town.run("2026-02-23 20:00")
    town.story()
    post_office.away = {MANAGER}
    town.run("2026-02-24 12:00")
    post_office.away = set()
    town.run("2026-02-25")
    assert town.story() == [
        ("Tue 24 Feb 07:30", SOUTHERN, "breach"),
        ("Tue 24 Feb 15:30", MANAGER, "breach"),
    ]


def test_what_is_put_right_while_its_letter_waits_is_told_to_nobody(found, post_office):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-23 20:00")
    post_office.stop()
    town.run("2026-02-24 12:00")
    town.hear(conference(DUE))
    post_office.start()
    town.run("2026-03-20")
    assert town.story() == WARNED


def test_of_a_letter_that_waits_only_what_is_still_so_goes_out(found, post_office):
    town = found("2026-02-02 09:00")
    town.hear(discussion(DISCUSSED), discussion(DISCUSSED, subject="sibling"))
    town.run("2026-02-23 20:00")
    town.story()
    post_office.stop()
    town.run("2026-02-24 16:00")
    town.hear(conference(DUE))
    post_office.start()
    town.run("2026-02-25 12:00")
    assert town.story() == [("Tue 24 Feb 18:50", MANAGER, "breach")]


def test_what_comes_while_a_letter_waits_goes_in_it(found, post_office):
    town = found("2026-02-02 09:00")
    town.hear(event("referral.received", "2026-02-04"))
    post_office.stop()
    town.run("2026-02-06 09:00")
    town.hear(event("referral.received", "2026-02-04", subject="sibling"))
    town.run("2026-02-06 13:00")
    post_office.start()
    town.run("2026-02-10")
    assert town.story() == [("Fri 6 Feb 15:30", MANAGER, "breach, breach")]


# ---- going live, and the week ----------------------------------------------------------------------------------------


def test_a_new_authority_is_silent_until_a_team_is_released_and_then_each_has_one_digest(found):
    town = found("2026-02-02 09:00", alerts_from=None)
    for nth in range(3):
        town.hear(
            discussion("2026-01-19", subject=f"north-{nth}"), discussion(DISCUSSED, subject=f"s-{nth}", team=SOUTH)
        )
    town.run("2026-02-17 12:00")
    assert town.story() == []
    assert {row.team: (row.overdue, row.held) for row in going_live.backlog(town.council)} == {
        NORTH: (3, 3),
        SOUTH: (0, 3),
    }
    seen = {
        letter.address.partition("@")[0] for letter in going_live.preview(town.council, NORTH, going_live.BEGINNING)
    }
    assert town.story() == []
    going_live.release(town.council, NORTH, going_live.BEGINNING, actor="administrator")
    town.run("2026-02-18 12:00")
    told = town.story()
    assert sorted(told) == [
        ("Tue 17 Feb 15:30", GROUP, "to-group-manager, to-group-manager, to-group-manager"),
        ("Tue 17 Feb 15:30", MANAGER, "breach, breach, breach"),
        ("Tue 17 Feb 15:30", SERVICE, "to-service-manager, to-service-manager, to-service-manager"),
    ]
    assert seen == {to for _at, to, _news in told}
    going_live.release(town.council, EVERY_TEAM, date(2026, 2, 23), actor="administrator")
    town.run("2026-02-24 12:00")
    assert [one for one in town.story() if one[1] == SOUTHERN] == [
        ("Wed 18 Feb 15:30", SOUTHERN, "first-warning, first-warning, first-warning"),
        ("Thu 19 Feb 07:30", SOUTHERN, "last-warning, last-warning, last-warning"),
        ("Mon 23 Feb 07:30", SOUTHERN, "due-today, due-today, due-today"),
        ("Tue 24 Feb 07:30", SOUTHERN, "breach, breach, breach"),
    ]


def test_what_was_due_before_a_team_was_released_is_never_told(found):
    town = found("2026-02-02 09:00", alerts_from=None)
    town.hear(discussion("2026-01-12"))  # due on the day on which the town is founded
    going_live.release(town.council, NORTH, date(2026, 2, 3), actor="administrator")
    town.run("2026-02-20")
    assert town.story() == []


def test_every_week_says_that_nothing_is_overdue_on_its_first_working_day(found):
    town = found("2026-03-27 12:00")
    town.turn_off(MANAGER)
    town.run("2026-04-17", hours=(time(7, 0), time(7, 30), time(12)))
    assert town.story() == [
        ("Mon 30 Mar 07:30", MANAGER, "Nothing overdue – Assessment North"),
        ("Tue 7 Apr 07:30", MANAGER, "Nothing overdue – Assessment North"),  # after Easter Monday
        ("Mon 13 Apr 07:30", MANAGER, "Nothing overdue – Assessment North"),
    ]


@pytest.mark.parametrize("is_mail", [True, False])
def test_a_week_whose_monday_was_lost_says_so_on_tuesday(found, post_office, is_mail):
    town = found("2026-03-13 12:00")
    town.turn_off(MANAGER)
    town.run("2026-03-16 07:10")
    if is_mail:
        post_office.stop()
    town.is_down = not is_mail
    town.run("2026-03-16 23:00")
    town.is_down = False
    post_office.stop()
    post_office.start()
    town.run("2026-03-24")
    assert town.story() == [
        ("Tue 17 Mar 07:30", MANAGER, "Nothing overdue – Assessment North"),
        ("Mon 23 Mar 07:30", MANAGER, "Nothing overdue – Assessment North"),
    ]


def test_a_week_with_news_on_its_first_morning_has_one_digest_and_no_other(found):
    town = found("2026-02-13 12:00")
    town.turn_off(MANAGER)
    town.hear(discussion(DISCUSSED))
    town.run("2026-02-18")
    assert town.story() == [WARNED[0]]
