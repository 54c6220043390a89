"""The outside heartbeat: sent after a clean self-check and no other, to a real server on the loopback address."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from service.checking.declared import CHECKS
from service.errors import NotReady
from service.notify import heartbeat
from service.store import people, watch
from tests.service.mail_cast import an_alert, plan_alerts, settings_for
from tests.service.mail_room import Authority, MailServer, nobody_listening
from tests.service.watch_cast import alarm_mails, check, found, name_administrator, outside, watched_council


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def mail_server(authority):
    with MailServer(authority) as server:
        yield server


@pytest.fixture
def waiting():
    with outside() as server:
        yield server


@pytest.fixture
def council(database_url, tmp_path, wall, mail_server, authority, waiting):
    """One that can send mail, so that all is well. A trial, because its heartbeat stays on this machine."""
    settings = {"server": mail_server, "authority": authority, "heartbeat_url": waiting.url}
    with watched_council(database_url, tmp_path, environment="trial", **settings) as opened:
        yield opened


def checked(council):
    with council.reading() as db:
        return watch.checked(db)


def test_each_clean_self_check_sends_one_that_carries_nothing(council, wall, waiting):
    for _ in range(3):
        answer = check(council, wall)
        assert answer.is_clean, found(answer)
    assert waiting.asked == [("GET", "/ping/secret-4711", b"")] * 3
    assert checked(council)[watch.HEARTBEAT].at == wall.now


def test_while_somebody_might_not_be_told_it_stays_away_and_comes_back_after(council, wall, waiting):
    plan_alerts(council, [an_alert("c1", team="nobodys", due_on=date(2026, 2, 25))])
    for _ in range(2):
        assert not check(council, wall).is_clean
    assert waiting.asked == []
    with council.writing() as db:
        people.put_team(db, "nobodys", "Somebody's", None, {"team-manager": "somebody@council.example"})
    check(council, wall)
    assert len(waiting.asked) == 1


def test_what_is_worth_knowing_does_not_stop_it(council, wall, waiting):
    """It is a trial, which is a finding: a heartbeat that stays away for good watches nothing."""
    answer = check(council, wall)
    assert "setup.environment" in found(answer)
    assert len(waiting.asked) == 1


def test_what_stops_it_is_declared_with_each_check():
    stopping = {check.id for check in CHECKS if check.stops_heartbeat}
    assert {
        "watch.feed-silent",
        "watch.unowned",
        "watch.undeliverable",
        "watch.mail-away",
        "watch.tick-late",
    } <= stopping
    assert {"watch.run-missed", "watch.run-failed", "watch.calendar-ends"}.isdisjoint(stopping)
    assert "watch.heartbeat-failed" not in stopping, "it could never be sent again"


@pytest.mark.parametrize(("status", "said"), [(500, "answered 500"), (404, "answered 404"), (302, "answered 302")])
def test_one_that_is_not_taken_is_a_finding_and_is_sent_again(council, wall, waiting, status, said):
    waiting.answers = [status, status]
    check(council, wall)
    since = checked(council)[watch.HEARTBEAT_FAILING].at
    answer = check(council, wall)
    (finding,) = (one.finding for one in answer.found if one.finding.id == "watch.heartbeat-failed")
    assert said in finding.what
    assert finding.since == since
    assert len(waiting.asked) == 2, "no redirect is followed"
    check(council, wall)
    assert "watch.heartbeat-failed" not in found(check(council, wall))
    assert len(waiting.asked) == 4


def test_where_nobody_answers_the_administrator_is_told_and_nothing_names_the_address(
    database_url, tmp_path, wall, mail_server, authority, capsys
):
    with nobody_listening() as port:
        url = f"http://127.0.0.1:{port}/secret-4711"
        settings = {"server": mail_server, "authority": authority, "heartbeat_url": url, "environment": "trial"}
        with watched_council(database_url, tmp_path, **settings) as council:
            for _ in range(4):
                check(council, wall)
            (mail,) = alarm_mails(council)
            assert "The heartbeat has not been taken" in mail.text
            assert "ConnectError" in mail.text
            said = capsys.readouterr()
            assert "secret-4711" not in mail.text + mail.html + said.out + said.err + repr(council.settings)


def test_with_no_address_set_none_is_sent_and_nothing_is_wrong(database_url, tmp_path, wall, waiting):
    with watched_council(database_url, tmp_path) as council:
        assert "watch.heartbeat-failed" not in found(check(council, wall))
    assert waiting.asked == []


def test_one_that_takes_too_long_is_given_up(waiting):
    waiting.is_slow = True
    assert heartbeat.beat(waiting.url, patience=timedelta(milliseconds=100)) == "ReadTimeout"


@pytest.mark.parametrize(
    "url",
    [
        "https://watch.example/ping/1",
        "http://127.0.0.1:8080/ping",
        "http://localhost/ping",
        "http://[::1]:8080/ping",
    ],
)
def test_an_address_that_may_be_asked(tmp_path, url):
    settings = settings_for("sqlite://", tmp_path).model_copy(update={"environment": "trial"})
    assert heartbeat.url_of(_with(settings, url)) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://watch.example/ping",
        "ftp://watch.example/ping",
        "watch.example/ping",
        "https://[::1",
        "https:///ping",
    ],
)
def test_an_address_that_may_not_be_asked_is_refused_without_repeating_it(tmp_path, url):
    settings = settings_for("sqlite://", tmp_path).model_copy(update={"environment": "trial"})
    with pytest.raises(NotReady, match="TIMESCALES_HEARTBEAT_URL") as refusal:
        heartbeat.url_of(_with(settings, url))
    assert url not in str(refusal.value)


def test_in_production_not_even_this_machine_is_asked_without_tls(tmp_path):
    with pytest.raises(NotReady, match="https"):
        heartbeat.url_of(_with(settings_for("sqlite://", tmp_path), "http://127.0.0.1:8080/ping"))


def test_without_an_administrator_none_is_sent_because_nobody_would_hear_of_what_is_wrong(council, wall, waiting):
    name_administrator(council, "")
    check(council, wall)
    assert waiting.asked == []


def _with(settings, url):
    return settings.model_copy(update={"heartbeat_url": type(settings.heartbeat_url)(url)})
