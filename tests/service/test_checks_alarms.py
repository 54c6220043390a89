"""What the administrator is told: each thing once, again when it is worse or lasts, and when it is right again."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from service import flow
from service.checking.itself import check_itself
from service.checking.numbers import ALARMS, SELF_CHECK
from service.scheduler import look_at_itself
from service.store import people, sources, watch
from service.store.telling import messages
from tests.service.mail_cast import an_alert, plan_alerts
from tests.service.watch_cast import (
    ADMINISTRATOR,
    ALARM,
    alarm_mails,
    arrive,
    at,
    check,
    found,
    name_administrator,
    ticked,
    watched_council,
)

NOBODYS = "children-with-disabilities"
UNOWNED = f"watch.unowned/team-manager/{NOBODYS}"
SILENT = "watch.feed-silent/case-system"


@pytest.fixture
def council(database_url, tmp_path, wall):
    with watched_council(database_url, tmp_path) as opened:
        yield opened


def untold(council, *clocks: str) -> None:
    """Clocks that a post should be told of, which nobody holds."""
    plan_alerts(council, [an_alert(clock, team=NOBODYS, due_on=date(2026, 2, 25)) for clock in clocks])


def silent_source(council, wall) -> None:
    """A source of which something is expected each day, and that has sent nothing for two."""
    at(council, wall, "2026-03-03T10:00")
    arrive(council, wall)
    with council.writing() as db:
        sources.expect(db, "case-system", "24 hours", now=wall.now)
    at(council, wall, "2026-03-05T10:00")


def held_by(council) -> None:
    with council.writing() as db:
        people.put_team(db, NOBODYS, "Children with Disabilities", None, {"team-manager": "cwd@council.example"})


def texts(council) -> list[str]:
    return [mail.text for mail in alarm_mails(council)]


def test_a_finding_is_told_once_in_calm_words_to_whoever_holds_the_post(council, wall):
    silent_source(council, wall)
    for _ in range(6):
        check(council, wall)
    (mail,) = alarm_mails(council)
    assert (mail.kind, mail.post, mail.team, mail.address) == ("alarm", "administrator", None, ADMINISTRATOR)
    assert mail.subject == "The timescale service: 1 thing needs you"
    for body in (mail.text, mail.html):
        assert "case-system has sent nothing since Tuesday 3 March 2026 at 10:00" in body
        assert "What to do:" in body
        assert "https://timescales.council.example/watch" in body
    assert "Somebody might not be told" in mail.text


def test_what_shows_at_one_check_alone_tells_nobody(council, wall):
    untold(council, "c1")
    assert found(check(council, wall)) == {UNOWNED}
    held_by(council)
    for _ in range(3):
        assert found(check(council, wall)) == set()
    assert alarm_mails(council) == []


def test_what_comes_and_goes_between_two_checks_tells_nobody(council, wall):
    check(council, wall)
    untold(council, "c1")
    wall.wait(minutes=1)
    held_by(council)
    for _ in range(3):
        assert found(check(council, wall)) == set()
    assert alarm_mails(council) == []


def test_it_is_told_again_when_it_has_grown_and_not_for_a_little_more(council, wall):
    untold(council, "c1", "c2")
    for _ in range(2):
        check(council, wall)
    untold(council, "c3")
    for _ in range(3):
        check(council, wall)
    assert len(alarm_mails(council)) == 1, "three is not twice two"
    untold(council, "c4")
    for _ in range(3):
        check(council, wall)
    first, second = texts(council)
    assert "which has 2 clocks to hear of" in first
    assert "Still so: Nobody holds the post team manager" in second
    assert "which has 4 clocks to hear of" in second
    assert "Still so" not in first


def test_it_is_told_again_when_it_has_lasted_a_long_while(council, wall):
    untold(council, "c1")
    for _ in range(2):
        check(council, wall)
    wall.now += ALARMS.again_after - 2 * SELF_CHECK.every
    check(council, wall)
    assert len(alarm_mails(council)) == 1
    check(council, wall)
    assert len(alarm_mails(council)) == 2
    for _ in range(3):
        check(council, wall)
    assert len(alarm_mails(council)) == 2


def test_it_is_told_that_it_is_right_again_and_no_more(council, wall):
    silent_source(council, wall)
    for _ in range(2):
        check(council, wall)
    arrive(council, wall)
    for _ in range(3):
        check(council, wall)
    _first, mail = alarm_mails(council)
    assert mail.subject == "The timescale service: 1 thing is right again"
    assert "No events from case-system (it was so from Tuesday 3 March 2026 at 10:00)" in mail.text
    with council.reading() as db:
        (row,) = db.execute(select(ALARM).where(ALARM.c.id == SILENT))
    assert row.ended_at is not None


def test_what_comes_back_is_news(council, wall):
    silent_source(council, wall)
    for _ in range(2):
        check(council, wall)
    arrive(council, wall)
    check(council, wall)
    wall.wait(days=2)
    for _ in range(2):
        check(council, wall)
    assert [mail.subject.partition(": ")[2] for mail in alarm_mails(council)] == [
        "1 thing needs you",
        "1 thing is right again",
        "1 thing needs you",
    ]
    assert "Still so" not in texts(council)[2]


def test_what_is_found_together_is_told_in_one_mail(council, wall):
    silent_source(council, wall)
    untold(council, "c1")
    for _ in range(2):
        check(council, wall)
    (mail,) = alarm_mails(council)
    assert mail.subject == "The timescale service: 2 things need you"


def test_a_second_post_without_a_holder_is_told_though_the_first_stands(council, wall):
    untold(council, "c1")
    for _ in range(2):
        check(council, wall)
    plan_alerts(council, [an_alert("c9", team="leaving-care", due_on=date(2026, 2, 25))])
    for _ in range(2):
        check(council, wall)
    first, second = texts(council)
    assert NOBODYS in first
    assert "leaving-care" in second
    assert NOBODYS not in second


def test_nothing_counts_as_told_while_nobody_is_administrator(council, wall):
    name_administrator(council, "")
    untold(council, "c1")
    for _ in range(3):
        assert found(check(council, wall)) == {UNOWNED, "watch.no-administrator"}
    assert alarm_mails(council) == []
    name_administrator(council, "new.administrator@council.example")
    for _ in range(3):
        check(council, wall)
    (mail,) = alarm_mails(council)
    assert mail.address == "new.administrator@council.example"
    assert "children-with-disabilities" in mail.text


def test_an_alarm_leaves_with_the_next_tick(council, wall, tmp_path):
    untold(council, "c1")
    for _ in range(2):
        check(council, wall)
    flow.send_due(council, now=wall.now)
    (mail,) = alarm_mails(council)
    assert mail.state == messages.NOT_SENT
    assert any(mail.subject in file.read_text() for file in (tmp_path / "outbox").iterdir())


def test_of_several_replicas_one_looks_and_one_mail_is_written(council, wall):
    untold(council, "c1")
    check(council, wall)
    wall.now += SELF_CHECK.every
    ticked(council)
    looked: list[object] = []
    ready = threading.Barrier(4)

    def replica() -> None:
        ready.wait()
        looked.append(check_itself(council, (), now=wall.now))

    threads = [threading.Thread(target=replica) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in looked if one is not None]) == 1
    assert len(looked) == 4
    assert len(alarm_mails(council)) == 1


def test_between_two_checks_nothing_is_looked_at(council, wall):
    check(council, wall)
    wall.now += SELF_CHECK.every - timedelta(seconds=1)
    assert check_itself(council, (), now=wall.now) is None
    wall.wait(seconds=1)
    assert check_itself(council, (), now=wall.now) is not None


def test_a_clock_set_back_a_year_keeps_nobody_from_looking(council, wall):
    check(council, wall)
    wall.wait(days=-365)
    assert check_itself(council, (), now=wall.now) is not None


def test_from_one_to_two_in_the_night_it_is_silent(council, wall):
    untold(council, "c1")
    check(council, wall)
    for moment in ("2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:59"):
        at(council, wall, moment)
    assert looks(council, wall, "2026-03-03T01:00") is False
    assert looks(council, wall, "2026-03-03T01:59") is False
    assert alarm_mails(council) == []
    assert looks(council, wall, "2026-03-03T02:00") is True
    assert len(alarm_mails(council)) == 1


def looks(council, wall, moment: str) -> bool:
    at(council, wall, moment)
    before = ran(council)
    look_at_itself(council, ())
    return ran(council) != before


def ran(council):
    with council.reading() as db:
        return watch.checked(db).get(watch.SELF_CHECK)


def test_what_mail_carries_and_what_is_logged_names_nobody(council, wall, capsys):
    name_administrator(council, "jane.canary@council.example")
    silent_source(council, wall)
    untold(council, "canary-child-4711")
    for _ in range(2):
        check(council, wall)
    said = capsys.readouterr()
    logged = said.out + said.err
    assert "watch.feed-silent" in logged
    assert "watch.unowned" in logged
    for secret in ("canary", "case-system", NOBODYS):
        assert secret not in logged, "what follows the id of a check may name a source or a team"
    (mail,) = alarm_mails(council)
    assert "canary-child" not in mail.text + mail.html + mail.subject
    assert "case-system" not in mail.subject
