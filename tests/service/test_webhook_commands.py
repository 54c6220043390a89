"""`timescales webhooks` as its user runs it, and the server that tells a receiver by itself."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from sqlalchemy import select

from service.notify.channels.by_webhook import signature
from service.store.tables import DeliveryRow, table
from tests.service import intake_parts
from tests.service.hook_room import LOOPBACK, Receiver, discussed
from tests.service.mail_room import Authority, nobody_listening
from tests.service.real_server import Command

SECRET_PART = "canary-in-the-url"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver(authority):
    with Receiver(authority) as running:
        yield running


@pytest.fixture
def command(database_url, tmp_path, authority):
    trusted = {"webhook_networks": LOOPBACK, "webhook_ca_file": str(authority.ca_file)}
    return Command(database_url, tmp_path, tick_seconds="0.2", **trusted)


def test_made_tried_out_listed_and_revoked(command, receiver):
    made = command.run(
        "webhooks", "add", "warehouse", f"{receiver.url()}&key={SECRET_PART}", "--types", "clock.met,clock.started"
    )
    assert made.returncode == 0, made.stderr
    assert "clock.met, clock.started" in made.stdout
    secret = made.stdout.splitlines()[-1]
    assert command.run("webhooks", "test", "warehouse").stdout == "warehouse took the test event: 204\n"
    (call,) = receiver.calls
    assert call.headers["webhook-signature"] == signature(
        secret, call.id, int(call.headers["webhook-timestamp"]), call.body
    )
    receiver.faults = [500]
    refused = command.run("webhooks", "test", "warehouse")
    assert (refused.returncode, "500" in refused.stderr) == (1, True)
    listed = command.run("webhooks", "list").stdout
    assert f"warehouse\thttps://localhost:{receiver.port}/…\tclock.met clock.started\tmade " in listed
    assert "nothing yet\tin use" in listed
    assert command.run("webhooks", "revoke", "warehouse").returncode == 0
    listed = command.run("webhooks", "list").stdout
    assert "revoked" in listed
    for words in (("webhooks", "revoke", "warehouse"), ("webhooks", "test", "warehouse")):
        assert command.run(*words).returncode == 1
    assert secret not in listed
    assert SECRET_PART not in listed
    again = command.run("webhooks", "add", "warehouse", receiver.url())
    assert (again.returncode, "another name" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("url", "types", "said"),
    [
        (f"https://u:{SECRET_PART}@localhost/", "", "user or password"),
        (f"http://example.invalid/{SECRET_PART}", "", "no address"),
        (f"ftp://localhost/{SECRET_PART}", "", "https://"),
        (f"https://10.0.0.1/{SECRET_PART}", "", "TIMESCALES_WEBHOOK_NETWORKS"),
        (f"https://169.254.169.254/{SECRET_PART}", "", "may not be called"),
        ("https://localhost/", "clock.stopped", "choose from clock.started"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_fix_and_not_repeated(command, url, types, said):
    done = command.run("webhooks", "add", "x", url, "--types", types)
    assert done.returncode == 1
    assert said in done.stderr
    assert SECRET_PART not in done.stderr + done.stdout
    assert command.run("webhooks", "list").stdout == ""


def test_a_network_that_is_none_stops_the_start_and_is_named(sqlite_url, tmp_path):
    done = Command(sqlite_url, tmp_path, webhook_networks="10.0.0.0/99").run("webhooks", "list")
    assert (done.returncode, "TIMESCALES_WEBHOOK_NETWORKS" in done.stderr) == (2, True)
    assert "/99" not in done.stderr


def test_a_server_that_runs_learns_of_a_webhook_and_tells_it(command, receiver, database_url, tmp_path):
    key = command.key("case-system", "events:write")
    with command.serving() as server:
        made = command.run("webhooks", "add", "warehouse", f"{receiver.url()}&key={SECRET_PART}")
        assert made.returncode == 0, made.stderr
        until, nth = time.monotonic() + 60, 0
        while not receiver.calls:
            assert time.monotonic() < until, server.written()
            nth += 1
            event = json.dumps(discussed(f"child-{nth}", "2026-03-02"))
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            assert httpx.post(f"{server.address}/v1/events", content=event, headers=headers).status_code == 201
            time.sleep(0.3)
        assert server.stop() == 0
        assert receiver.calls[0].event["type"] == "clock.started"
        assert [
            word for word in (SECRET_PART, made.stdout.splitlines()[-1], "child-") if word in server.written()
        ] == []


def test_one_that_is_away_is_said_to_be(command, database_url, tmp_path):
    with nobody_listening() as port, command.serving() as server:
        made = command.run("webhooks", "add", "warehouse", f"https://localhost:{port}/")
        assert made.returncode == 0, made.stderr
        time.sleep(5.5)  # as long as a process may not have heard of a webhook
        key = command.key("case-system", "events:write")
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        event = json.dumps(discussed("child-1", "2026-03-02"))
        assert httpx.post(f"{server.address}/v1/events", content=event, headers=headers).status_code == 201
        council, until = intake_parts.opened(database_url, tmp_path), time.monotonic() + 60
        listed = ""
        while "does not answer since" not in listed:
            assert time.monotonic() < until, server.written()
            listed = command.run("webhooks", "list").stdout
        assert "ConnectError" in listed
        with council.reading() as db:
            assert set(db.scalars(select(table(DeliveryRow).c.state))) == {"waiting"}
        council.engine.dispose()
