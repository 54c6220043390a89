"""TLS or nothing, signing in, and what a setting may say."""

from __future__ import annotations

import pytest

from service import flow
from service.errors import NotReady
from service.notify.channels.by_smtp import Server, read_url
from service.notify.outgoing import sender_for
from service.store.telling import messages
from tests.service.mail_cast import an_alert, council_with, plan_alerts, settings_for, states, wall_at
from tests.service.mail_room import Authority, MailServer, nobody_listening


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def try_to_send(sqlite_url, tmp_path):
    """Sends one alert with these settings; returns what the tick came to, and the error kept with the message."""

    def attempt(server=None, authority=None, **more):
        settings = settings_for(sqlite_url, tmp_path, server, authority, **more)
        with wall_at() as wall, council_with(settings) as council:
            plan_alerts(council, [an_alert("c1")])
            came_to = flow.send_due(council, now=wall.now)
            with council.reading() as db:
                (message,) = messages.newest(db, limit=2)
            return came_to, message.last_error, states(council)

    return attempt


def test_a_server_without_starttls_is_told_nothing(try_to_send, authority):
    with MailServer(authority, tls="none") as server:
        came_to, error, alerts = try_to_send(server, authority, smtp_url=f"smtp://localhost:{server.port}")
        assert server.letters == []
    assert came_to == flow.Sent(written=1, waiting=1)
    assert error == "unreachable: the server does not offer TLS, or the sign-in that is set"
    assert alerts == {"queued": 1}


@pytest.mark.parametrize("tls", ["starttls", "from_the_start"])
def test_a_certificate_of_nobody_we_trust_is_told_nothing(try_to_send, authority, tls):
    with MailServer(authority, tls=tls) as server:
        came_to, error, _ = try_to_send(server)
        assert server.letters == []
    assert came_to.waiting == 1
    assert "certificate does not hold" in error


def test_a_certificate_of_another_name_is_told_nothing(try_to_send, tmp_path):
    elsewhere = Authority(tmp_path / "elsewhere", server_name="mail.other.example")
    with MailServer(elsewhere) as server:
        came_to, error, _ = try_to_send(server, elsewhere)
        assert server.letters == []
    assert came_to.waiting == 1
    assert "certificate does not hold" in error


@pytest.mark.parametrize("tls", ["starttls", "from_the_start", "none"])
def test_each_way_in_works_where_it_may(try_to_send, authority, tls):
    with MailServer(authority, tls=tls) as server:
        came_to, _, _ = try_to_send(server, authority)
        assert came_to.sent == 1
        assert len(server.letters) == 1


def test_it_signs_in_with_what_the_url_says(try_to_send, authority):
    with MailServer(authority, user=("council", "s:e/c@ret")) as server:
        url = f"smtp://council:s%3Ae%2Fc%40ret@localhost:{server.port}"
        came_to, _, _ = try_to_send(server, authority, smtp_url=url)
        assert came_to.sent == 1


def test_a_wrong_password_is_kept_with_the_message_and_tried_again(try_to_send, authority):
    with MailServer(authority, user=("council", "secret")) as server:
        url = f"smtp://council:wrong@localhost:{server.port}"
        came_to, error, _ = try_to_send(server, authority, smtp_url=url)
        assert server.letters == []
    assert came_to == flow.Sent(written=1, waiting=1)
    assert error == "unreachable: SMTPAuthenticationError 535"


def test_nobody_answering_is_tried_again(try_to_send):
    with nobody_listening() as port:
        came_to, error, _ = try_to_send(smtp_url=f"smtp://localhost:{port}")
    assert came_to.waiting == 1
    assert error == "unreachable: ConnectionRefusedError"


def test_while_nobody_answers_one_message_a_tick_is_tried(sqlite_url, tmp_path):
    with nobody_listening() as port:
        settings = settings_for(sqlite_url, tmp_path, smtp_url=f"smtp://localhost:{port}")
        with wall_at() as wall, council_with(settings) as council:
            plan_alerts(council, [an_alert("c1"), an_alert("s1", team="assessment-south")])
            assert flow.send_due(council, now=wall.now) == flow.Sent(written=2, waiting=1)
            assert flow.send_due(council, now=wall.now) == flow.Sent(waiting=1)
            assert flow.send_due(council, now=wall.now) == flow.Sent()


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("smtp://mail.example", Server("smtp", "mail.example", 587, "", "")),
        ("smtp://me:p%40ss@mail.example:2525/", Server("smtp", "mail.example", 2525, "me", "p@ss")),
        ("smtps://mail.example", Server("smtps", "mail.example", 465, "", "")),
        ("smtp+plaintext://127.0.0.1:1025", Server("smtp+plaintext", "127.0.0.1", 1025, "", "")),
        ("smtp+plaintext://[::1]", Server("smtp+plaintext", "::1", 25, "", "")),
    ],
)
def test_a_url_says_where_and_how(url, means):
    assert read_url(url) == means


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mail.example:587", "does not begin with"),
        ("http://mail.example", "does not begin with"),
        ("smtp://", "not a scheme, a host and a port"),
        ("smtp://me:hunter2/x@mail.example", "not a "),
        ("smtp://mail.example:99999", "is not a URL"),
        ("smtp://mail.example/path", "not a scheme, a host and a port"),
        ("smtp+plaintext://mail.example:25", "to another machine without TLS"),
    ],
)
def test_a_url_that_cannot_be_right_is_refused_without_repeating_it(url, reason):
    with pytest.raises(NotReady) as refused:
        read_url(url)
    assert reason in refused.value.detail
    assert refused.value.fix
    assert "hunter2" not in str(refused.value)


def test_certificates_that_are_not_there_are_refused(tmp_path):
    settings = settings_for("", tmp_path, smtp_url="smtp://mail.example", smtp_ca_file=tmp_path / "none.pem")
    with pytest.raises(NotReady, match="TIMESCALES_SMTP_CA_FILE"):
        sender_for(settings)
