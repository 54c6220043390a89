"""How a webhook is called: signed, to an address that was judged, within its time, and no further than that."""

from __future__ import annotations

import base64
import hmac
import time
from hashlib import sha256

import pytest

from service.errors import Refused
from service.notify.channels import by_webhook
from service.notify.channels.by_webhook import Outcome, signature
from service.notify.channels.webhooks import keeping
from service.notify.channels.webhooks.addresses import Forbidden, allowed_addresses, target_of
from service.notify.channels.webhooks.wire import Wire
from service.settings import Settings
from service.store.telling import webhooks
from tests.service.hook_room import (
    ENDLESS,
    HANG_UP,
    LOOPBACK,
    MADE_AT,
    TO_METADATA,
    TRICKLE,
    Receiver,
    discussed,
    hear,
    hook,
    tell,
    telling,
)
from tests.service.mail_cast import wall_at
from tests.service.mail_room import Authority, nobody_listening

NAME = "hooks.council.example"
PUBLIC = "93.184.216.34"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"), server_name=NAME)


@pytest.fixture
def receiver(authority):
    with Receiver(authority) as running:
        yield running


@pytest.fixture
def council(sqlite_url, tmp_path, authority):
    with wall_at(MADE_AT), telling(sqlite_url, tmp_path, authority) as opened:
        yield opened


class Names:
    """A name service: what it answers, one after another and the last for ever, and what it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def call(council, receiver, *answers, seconds=5.0, body='{"id": "e-1"}'):
    """One call to the receiver under its name, which leads where the answers say."""
    names = Names(*(answers or (["127.0.0.1"],)))
    wire = Wire(council.settings, resolve=names, seconds=seconds)
    one = made(council, receiver.url(NAME))
    return by_webhook.send(wire, one, "e-1", body, now=MADE_AT), names


def made(council, url):
    with council.writing() as db:
        webhooks.add(db, url, url, by_webhook.new_secret(), ["clock.started"], now=MADE_AT)
        return next(one for one in webhooks.every(db) if one.url == url)


# ---- signing ---------------------------------------------------------------------------------------------------------


def test_a_signature_is_that_of_the_standard():
    """The example that the libraries of Standard Webhooks are tested with."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_receiver_can_tell_our_events_from_anybody_elses(council, receiver, authority):
    secret = keeping.add(council, "warehouse", receiver.url(NAME), [], actor="test", wire=_led_here(council))
    hear(council, discussed("c-é", "2026-03-02"))
    tell(council, MADE_AT, wire=_led_here(council))
    assert receiver.calls
    for one in receiver.calls:
        said, timestamp = one.headers["webhook-signature"], one.headers["webhook-timestamp"]
        signed = f"{one.id}.{timestamp}.".encode() + one.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        assert said == "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
        assert one.id == one.event["id"]
        assert "." not in one.id
        assert int(timestamp) == int(MADE_AT.timestamp())
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32


# ---- where a name leads ----------------------------------------------------------------------------------------------


def test_tls_and_host_stay_with_the_name_and_the_connection_goes_to_the_address(council, receiver):
    reply, names = call(council, receiver)
    assert (reply.outcome, reply.words) == (Outcome.TAKEN, "204")
    assert receiver.calls[0].headers["host"] == f"{NAME}:{receiver.port}"
    assert receiver.calls[0].path == "/events?for=timescales"
    assert names.asked == [NAME], "it is looked up once, and never again by whoever connects"


def test_a_certificate_for_another_name_is_not_taken(council, receiver):
    one = made(council, receiver.url("other.council.example"))
    reply = by_webhook.send(_led_here(council), one, "e-1", "{}", now=MADE_AT)
    assert reply.outcome is Outcome.AWAY
    assert "certificate does not hold" in reply.words
    assert receiver.calls == []


def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing(council, receiver):
    """DNS rebinding: allowed when it is judged, forbidden when it would be asked again."""
    reply, names = call(council, receiver, ["127.0.0.1"], ["169.254.169.254"])
    assert reply.outcome is Outcome.TAKEN
    assert names.asked == [NAME]
    again = by_webhook.send(
        Wire(council.settings, resolve=names), made(council, receiver.url(NAME) + "&again"), "e-2", "{}", now=MADE_AT
    )
    assert (again.outcome, len(receiver.calls)) == (Outcome.AWAY, 1)
    assert "may not be called" in again.words
    assert "169.254" not in again.words


def test_one_forbidden_address_among_several_condemns_them_all(council, receiver):
    for answers in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "::1"]):
        names = Names(answers)
        one = made(council, receiver.url(NAME) + answers[0] + answers[1])
        reply = by_webhook.send(Wire(council.settings, resolve=names), one, "e-1", "{}", now=MADE_AT)
        assert reply.outcome is Outcome.AWAY
    assert receiver.connections == 0


def test_of_several_allowed_addresses_one_that_answers_is_enough(council, receiver):
    reply, _names = call(council, receiver, ["127.9.9.9", "127.0.0.1"])
    assert reply.outcome is Outcome.TAKEN


PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "192.0.0.192", "192.88.99.1", "198.18.0.1", "168.63.129.16", "100.100.100.200"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
    *("2001::a00:1", "3fff::1", "64:ff9b:1::1", "::ffff:0:10.0.0.1"),
]


def _judge(address, url="https://hooks.council.example/", **settings):
    settings = Settings(**{"environment": "production", **settings})
    return allowed_addresses(target_of(url), settings, lambda _host, _port: [address])


@pytest.mark.parametrize("address", PRIVATE)
def test_nothing_on_the_inside_is_called(address):
    with pytest.raises(Forbidden) as refusal:
        _judge(address)
    assert address.partition("%")[0] not in str(refusal.value)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", f"::ffff:{PUBLIC}"])
def test_what_is_public_is_called_in_production_on_a_port_of_the_list(address):
    (found,) = _judge(address)
    assert found == (PUBLIC if address.endswith(PUBLIC) else address)
    assert _judge(address, "https://hooks.council.example:8443/")
    with pytest.raises(Forbidden, match="port"):
        _judge(address, "https://hooks.council.example:25/")


def test_a_network_of_the_authoritys_own_may_be_called_on_any_port_and_only_that():
    own = {"webhook_networks": "10.20.0.0/16, fd12::/16"}
    assert _judge("10.20.3.4", "https://warehouse.council.example:9000/", **own) == ["10.20.3.4"]
    assert _judge("::ffff:10.20.3.4", **own) == ["10.20.3.4"]
    assert _judge("fd12::5", **own) == ["fd12::5"]
    for address in ("10.21.0.1", "192.168.0.1", "127.0.0.1", "fd13::1"):
        with pytest.raises(Forbidden):
            _judge(address, **own)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "168.63.129.16", "fd00:ec2::254", "fe80::1", "224.0.0.1", "0.0.0.0"]
)
def test_what_a_machine_says_of_itself_is_never_called_whatever_a_setting_allows(address):
    with pytest.raises(Forbidden):
        _judge(address, webhook_networks="0.0.0.0/0, ::/0")


@pytest.mark.parametrize("environment", ["", "trial"])
def test_a_copy_of_production_calls_nothing_but_what_its_settings_name(environment):
    with pytest.raises(Forbidden, match="production"):
        _judge(PUBLIC, environment=environment)
    assert _judge("10.20.3.4", environment=environment, webhook_networks="10.20.0.0/16")


def test_only_this_machine_is_called_without_tls_and_not_in_production():
    plain = "http://localhost:9000/"
    assert _judge("127.0.0.1", plain, environment="trial", webhook_networks=LOOPBACK) == ["127.0.0.1"]
    for address, environment in (("127.0.0.1", "production"), ("10.20.3.4", "trial"), (PUBLIC, "production")):
        with pytest.raises(Forbidden):
            _judge(address, plain, environment=environment, webhook_networks=f"{LOOPBACK}, 10.20.0.0/16")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://hooks.council.example/",
            "//hooks.council.example/",
            "hooks.council.example",
            "https://",
            "https:///x",
        ),
        *(
            "https://user@hooks.council.example/",
            "https://u:p@hooks.council.example/",
            "https://@hooks.council.example/",
        ),
        *("https://hooks.council.example:0/", "https://hooks.council.example:99999/", "https://a b/", "https://é/"),
        *("https://hooks.council.example\\@evil.example/", "https://hooks.council.example/#x", "https://a/\r\nX: y"),
        *("https://[::1", "https://a/" + "x" * 1_000, "https://a..b/", "javascript:alert(1)", "file:///etc/passwd"),
    ],
)
def test_a_url_that_cannot_be_right_is_refused_and_not_repeated(url):
    with pytest.raises(Refused) as refusal:
        target_of(url)
    assert url not in str(refusal.value)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost"])
def test_a_way_of_writing_loopback_is_loopback(host, sqlite_url, tmp_path):
    with (
        telling(sqlite_url, tmp_path, webhook_networks="") as council,
        pytest.raises(Refused, match="may not be called"),
    ):
        keeping.add(council, "sly", f"https://{host}/", [], actor="test")


def test_a_name_without_an_address_is_refused_when_it_is_added(council):
    def nowhere(_host, _port):
        raise OSError("no such name")

    with pytest.raises(Refused, match="no address"):
        keeping.add(
            council, "x", "https://gone.example/", [], actor="test", wire=Wire(council.settings, resolve=nowhere)
        )


# ---- what a receiver may do to us ------------------------------------------------------------------------------------


def test_a_redirect_is_not_followed(council, receiver):
    receiver.faults = [TO_METADATA]
    reply, names = call(council, receiver)
    assert (reply.outcome, reply.words) == (Outcome.REFUSED, "302: redirects are not followed")
    assert (receiver.connections, names.asked) == (1, [NAME])


@pytest.mark.parametrize("fault", [TRICKLE, HANG_UP])
def test_an_answer_that_trickles_or_breaks_off_is_none_and_takes_no_longer_than_it_may(council, receiver, fault):
    receiver.faults = [fault]
    begun = time.monotonic()
    reply, _names = call(council, receiver, seconds=0.4)
    assert reply.outcome is Outcome.AWAY
    assert time.monotonic() - begun < 5, "ten thousand headers would have taken minutes"
    if fault == TRICKLE:
        assert receiver.closed_early.wait(10)


def test_an_answer_without_end_is_hung_up_on_and_its_status_stands(council, receiver):
    receiver.faults = [ENDLESS]
    reply, _names = call(council, receiver)
    assert (reply.outcome, reply.words) == (Outcome.TAKEN, "200")
    assert receiver.closed_early.wait(10), "it was read to its end"


def test_nobody_there_is_an_answer(council):
    with nobody_listening() as port:
        one = made(council, f"https://{NAME}:{port}/")
        reply = by_webhook.send(_led_here(council), one, "e-1", "{}", now=MADE_AT)
    assert (reply.outcome, reply.words) == (Outcome.AWAY, "ConnectError")


def test_no_proxy_is_asked(council, receiver, monkeypatch):
    with nobody_listening() as port:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        reply, _names = call(council, receiver)
    assert reply.outcome is Outcome.TAKEN


def test_plain_http_works_within_this_machine(sqlite_url, tmp_path):
    with Receiver(None) as receiver, wall_at(MADE_AT), telling(sqlite_url, tmp_path) as council:
        hook(council, receiver, host="127.0.0.1")
        assert keeping.try_out(council, "data-warehouse", actor="test").outcome is Outcome.TAKEN
        (one,) = receiver.calls
    assert (one.event["type"], one.event["data"]) == ("webhook.test", {"webhook": "data-warehouse"})
    assert "subject" not in one.event


def _led_here(council):
    return Wire(council.settings, resolve=Names(["127.0.0.1"]))
