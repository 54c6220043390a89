"""Who may say that a message arrived, what is read of it, and what is never kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from tests.service.api_parts import refused
from tests.service.notify_office import CANARY, SHOWN, TOKEN, Office, opened


@pytest.fixture
def office(sqlite_url, tmp_path, wall) -> Iterator[Office]:
    """On one database: what is refused here none ever sees."""
    with opened(sqlite_url, tmp_path, wall) as made:
        made.told()
        yield made


NO_TOKENS = (
    "",
    "Bearer",
    "Bearer ",
    f"Bearer {TOKEN}x",
    f"Bearer {TOKEN[:-1]}",
    f"Basic {TOKEN}",
    TOKEN,
    "Bearer \xe9",
)
WRONG = (
    (b"{", 400, "not-json"),
    (b'{"id": "1", "id": "2", "reference": null, "status": "delivered"}', 400, "duplicate-key"),
    (b"[]", 422, "bad-body"),
    ({"id": "1", "reference": "r"}, 422, "bad-body"),
    ({"id": "1", "reference": "r", "status": f"read by {CANARY}"}, 422, "bad-body"),
    ({"id": 1, "reference": "r", "status": "delivered"}, 422, "bad-body"),
    ({"id": "\0", "reference": "r", "status": "delivered"}, 422, "nul"),
    ({"id": "1", "reference": "r" * 999, "status": "delivered"}, 422, "bad-body"),
    ({"id": "1", "reference": "r", "status": "delivered", "to": "x" * 70_000}, 413, "too-large"),
)


def test_nobody_without_the_token_is_heard(office):
    before = office.everything()
    body = {"id": office.room.taken[0]["id"], "reference": office.message.message_id, "status": "delivered"}
    for header in NO_TOKENS:
        answer = office.post(body, headers={"Authorization": header.encode("latin-1")} if header else {})
        assert "TIMESCALES_NOTIFY_RECEIPTS_TOKEN" in refused(answer, 401, "not-allowed")["fix"], header
        assert TOKEN not in answer.text
    assert office.everything() == before
    assert office.post(body).status_code == 204


def test_where_no_token_is_set_nobody_is_heard_at_all(sqlite_council):
    client = TestClient(create_app(sqlite_council), raise_server_exceptions=False)
    for header in NO_TOKENS:
        headers = {"Content-Type": "application/json", "Authorization": header.encode("latin-1")}
        refused(client.post("/v1/receipts/notify", content=b"{}", headers=headers), 401, "not-allowed")
    client.close()


def test_a_receipt_that_cannot_be_right_is_refused_and_not_repeated(office):
    before = office.everything()
    for body, status, type in WRONG:
        answer = office.post(body)
        refused(answer, status, type)
        assert "canary" not in answer.text
    assert office.everything() == before


def test_a_receipt_has_one_content_type_and_no_query(office):
    body = {"id": "1", "reference": "r", "status": "delivered"}
    answer = office.post(body, headers={**SHOWN, "Content-Type": "text/plain"})
    refused(answer, 415, "unsupported-media-type")
    refused(office.post(body, query="?to=somebody"), 422, "unknown-parameter")


def test_nothing_of_the_address_in_a_receipt_is_kept_or_written_down(office, capfd):
    for status in ("temporary-failure", "delivered", "permanent-failure"):
        office.say(status, a_field_of_tomorrow=CANARY)
    office.post({"id": "an id", "reference": CANARY, "status": "delivered"})
    written = capfd.readouterr()
    assert "a message did not arrive" in written.out + written.err
    assert "canary" not in written.out + written.err
    assert "canary" not in repr(office.everything())


def test_a_receipt_for_no_message_of_ours_is_404_and_leaves_nothing(office):
    before = office.everything()
    for reference in ("<nobody@council.example>", None):
        refused(office.post({"id": "an id", "reference": reference, "status": "delivered"}), 404, "not-found")
    assert office.everything() == before
