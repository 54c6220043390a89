"""A copy of production mails nobody but those who are named for it; production mails the authority's own domains."""

from __future__ import annotations

import email
from email.policy import default

import pytest
from pydantic import ValidationError

from service import flow
from service.errors import NotReady
from service.scheduler import ticking
from service.store import people
from service.store.telling import messages, told
from tests.service.mail_cast import (
    MANAGER,
    NORTH_ADDRESS,
    SOUTH,
    SOUTH_ADDRESS,
    an_alert,
    council_with,
    plan_alerts,
    settings_for,
    states,
)
from tests.service.mail_room import Authority, MailServer


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(authority):
    with MailServer(authority) as running:
        yield running


def outbox(folder):
    """Each file of the outbox, as a mail program opens it."""
    files = sorted((folder / "outbox").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=default) for file in files]


def states_of_messages(council):
    with council.reading() as db:
        return {one.address: one.state for one in messages.newest(db, limit=100)}


def tell_both(council, wall):
    plan_alerts(council, [an_alert("n1"), an_alert("s1", team=SOUTH)])
    return flow.send_due(council, now=wall.now)


# ---- a trial ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named", ["north@council.example", "North@Council.Example", "x@y.example,north@council.example "]
)
def test_a_trial_mails_whom_it_is_told_to_and_keeps_the_rest_to_be_read(
    database_url, tmp_path, server, authority, wall, named
):
    settings = settings_for(database_url, tmp_path, server, authority, environment="trial", mail_allowed=named)
    with council_with(settings) as council:
        assert tell_both(council, wall) == flow.Sent(written=2, sent=1, not_sent=1)
        assert [letter["To"] for letter in server.letters] == [NORTH_ADDRESS]
        (kept,) = outbox(tmp_path)
        assert kept["To"] == SOUTH_ADDRESS
        assert "1 timescale has newly become overdue" in kept.get_body(("plain",)).get_content()
        assert states_of_messages(council) == {NORTH_ADDRESS: "sent", SOUTH_ADDRESS: "not_sent"}
        with council.reading() as db:
            (not_sent,) = (one for one in messages.newest(db, limit=9) if one.state == "not_sent")
        assert "this is a trial" in not_sent.last_error
        assert states(council) == {"sent": 1, "not_sent": 1}
        wall.wait(days=30)
        flow.send_due(council, now=wall.now)
        assert SOUTH_ADDRESS not in {letter["To"] for letter in server.letters}, "nor later"


def test_a_trial_that_names_nobody_mails_nobody(database_url, tmp_path, server, authority, wall):
    settings = settings_for(database_url, tmp_path, server, authority, environment="trial")
    with council_with(settings) as council:
        assert tell_both(council, wall) == flow.Sent(written=2, not_sent=2)
        assert flow.mail_report(council, name="r", as_at=wall.now.date(), title="R", text="-", html="-", post=MANAGER)
        with council.writing() as db:
            people.put_posts(db, "", {MANAGER: "manager@council.example"})
        assert flow.send_due(council, now=wall.now) == flow.Sent(not_sent=1), "neither alerts nor reports"
        assert (server.letters, server.connections) == ([], 0)
        assert len(outbox(tmp_path)) == 3


def test_what_a_trial_cannot_keep_is_tried_again_and_sent_to_nobody(sqlite_url, tmp_path, server, authority, wall):
    settings = settings_for(sqlite_url, tmp_path, server, authority, environment="trial")
    with council_with(settings) as council:
        (tmp_path / "outbox").write_text("a file where the folder should be")
        assert tell_both(council, wall) == flow.Sent(written=2, waiting=1)
        (tmp_path / "outbox").unlink()
        wall.wait(minutes=1)
        assert flow.send_due(council, now=wall.now).not_sent == 2
        assert server.letters == []


# ---- production ------------------------------------------------------------------------------------------------------


def test_production_mails_everybody_on_its_domains_and_nobody_else(database_url, tmp_path, server, authority, wall):
    settings = settings_for(database_url, tmp_path, server, authority, mail_allowed="x@council.example")
    with council_with(settings) as council:
        with council.writing() as db:
            people.put_posts(db, SOUTH, {MANAGER: "manager@home.example"})
        assert tell_both(council, wall) == flow.Sent(written=1, sent=1)
        assert [letter["To"] for letter in server.letters] == [NORTH_ADDRESS]
        assert outbox(tmp_path) == []
        with council.reading() as db:
            (missing,) = told.unowned(db, council.directory(db, wall.now.date()), now=wall.now)
        assert (missing.team, missing.why) == (SOUTH, "no address"), "and it is seen"


# ---- a start that is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "what", "fix"),
    [
        ({"environment": "production", "mail_domains": ""}, "TIMESCALES_MAIL_DOMAINS is not set", "name the domains"),
        ({"environment": ""}, "TIMESCALES_ENVIRONMENT does not say", "set it to production; or to trial"),
    ],
)
def test_a_mail_server_without_a_word_on_whom_it_may_reach_stops_the_start(
    sqlite_url, tmp_path, server, authority, wall, wrong, what, fix
):
    with council_with(settings_for(sqlite_url, tmp_path, server, authority, **wrong)) as council:
        plan_alerts(council, [an_alert("n1")])
        with pytest.raises(NotReady) as refused, ticking(council, ()):
            pass
        assert what in refused.value.detail
        assert fix in refused.value.fix
        with pytest.raises(NotReady):
            flow.send_due(council, now=wall.now)
        assert (server.letters, server.connections) == ([], 0)


@pytest.mark.parametrize("environment", ["", "trial", "production"])
def test_without_a_mail_server_nothing_need_be_said(sqlite_url, tmp_path, environment):
    settings = settings_for(sqlite_url, tmp_path, environment=environment, mail_domains="", tick_seconds=3600)
    with council_with(settings) as council, ticking(council, ()):
        pass


@pytest.mark.parametrize("environment", ["prod", "Production", "live", "production\n", "test"])
def test_an_environment_that_is_none_is_refused(tmp_path, environment):
    with pytest.raises(ValidationError, match="environment"):
        settings_for("", tmp_path, environment=environment)
