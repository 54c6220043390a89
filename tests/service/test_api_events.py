"""POST /v1/events: every status and shape that the design promises."""

from __future__ import annotations

import json

import pytest

from service.access import keys
from service.door import BOUNDS
from tests.service.api_parts import refused, serving
from tests.service.intake_parts import assert_sound, discussion, document

LINES = "application/x-ndjson"


@pytest.fixture
def api(database_url, tmp_path):
    with serving(database_url, tmp_path) as api:
        yield api


def lines(*documents):
    return b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in documents) + b"\n"


def test_one_event_is_201_then_200_with_the_same_answer_then_422_with_other_content(api):
    event = discussion("c-1", "e-1", "2026-03-02", key="q-1")
    first, again = api.post(event), api.post(event)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json().keys() == {"source", "id", "clocks"}
    duty = next(clock for clock in first.json()["clocks"] if clock["measure"] == "duty")
    assert duty.keys() == {"id", "timescale", "measure", "change", "reason", "due_on"}
    assert (duty["change"], duty["due_on"]) == ("started", "2026-03-23")
    other = discussion("c-1", "e-1", "2026-03-03", key="q-1")
    refused(api.post(other), 422, "same-id-other-content", "/id")
    assert_sound(api.council)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/cloudevents+json", "application/json; charset=UTF-8"]
)
def test_an_event_may_come_as_either_kind_of_json(api, kind):
    assert api.post(discussion("c-1", "e-1", "2026-03-02"), kind).status_code == 201


@pytest.mark.parametrize("kind", ["application/json", "application/cloudevents-batch+json"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b" \r\n\t"])
def test_an_array_is_known_by_its_bracket_or_its_kind(api, kind, mark):
    body = mark + json.dumps([discussion("c-1", "e-1", "2026-03-02")]).encode()
    answer = api.post(body, kind)
    assert (answer.status_code, [item["status"] for item in answer.json()["items"]]) == (200, [201])


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
def test_another_kind_of_content_is_415(api, kind):
    refused(api.post(discussion("c-1", "e-1", "2026-03-02"), kind), 415, "unsupported-media-type")


def test_each_of_an_array_succeeds_or_fails_by_itself_in_its_place(api):
    good, known = discussion("c-1", "e-1", "2026-03-02"), discussion("c-2", "e-2", "2026-03-02")
    api.post(known)
    answer = api.post([good, {**good, "specversion": "2"}, known, {**known, "subject": "c-3"}, 7, good])
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [item["status"] for item in items] == [201, 422, 200, 422, 422, 200]
    assert items[1]["problem"]["pointer"] == "/1/specversion"
    assert items[3]["problem"]["pointer"] == "/3/id"
    assert items[4]["problem"]["pointer"] == "/4"
    assert items[0]["clocks"] == items[5]["clocks"] != []
    assert_sound(api.council)


def test_an_empty_array_is_no_event_and_no_error(api):
    assert api.post([]).json() == {"items": []}


@pytest.mark.parametrize("wrong", ["refused", "conflict", "twice"])
def test_an_atomic_array_stores_all_or_nothing_and_lists_what_is_wrong_with_each(api, wrong):
    api.post(discussion("c-9", "e-9", "2026-03-02"))
    good = [discussion("c-1", f"e-{nth}", "2026-03-02", key=f"q-{nth}") for nth in range(3)]
    bad = {
        "refused": ({**good[0], "id": "e-7", "extra": 1}, "/1"),
        "conflict": (discussion("c-1", "e-9", "2026-03-02"), "/1/id"),
        "twice": (discussion("c-1", "e-0", "2026-03-09"), "/1/id"),
    }[wrong]
    before = api.rows()
    answer = api.post([good[0], bad[0], *good[1:]], query="?atomic=true")
    problem = refused(answer, 422, "nothing-stored")
    assert [one["pointer"] for one in problem["problems"]] == [bad[1]]
    assert api.rows() == before
    assert [item["status"] for item in api.post(good, query="?atomic=true").json()["items"]] == [201] * 3


@pytest.mark.parametrize("query", ["?atomic=yes", "?atomic=", "?Atomic=true", "?atomic=true&atomic=false", "?a%00=1"])
def test_a_wish_that_is_not_understood_is_refused_and_never_passed_over(api, query):
    before = api.rows()
    assert api.post([discussion("c-1", "e-1", "2026-03-02")], query=query).status_code == 422
    assert api.rows() == before


def test_lines_are_not_atomic_and_say_so(api):
    answer = api.post(lines(discussion("c-1", "e-1", "2026-03-02")), LINES, "?atomic=true")
    refused(answer, 422, "lines-are-not-atomic")


def test_lines_answer_with_totals_refusals_and_the_last_durable_line(api):
    known = discussion("c-1", "e-1", "2026-03-02")
    api.post(known)
    body = lines(
        known,
        b"",
        discussion("c-2", "e-2", "2026-03-02"),
        b"{not json}",
        {**known, "subject": "c-5"},
        b"x" * (BOUNDS.event_bytes + 1),
        document("referral.received", "c-3", "e-3", "2026-03-02"),
    )
    for end in (b"", b"\n\n  \n"):
        answer = api.post(body[:-1] + end, LINES)
        assert answer.status_code == 200
        said = answer.json()
        assert said["totals"]["last_durable_line"] == 7
        assert [(one["line"], one["problem"]["status"]) for one in said["refused"]] == [(4, 400), (5, 422), (6, 413)]
    assert said["totals"] == {
        "new": 0,
        "repeated": 3,
        "refused": 3,
        "clocks_changed": 0,
        "last_durable_line": 7,
    }
    assert_sound(api.council)


def test_lines_without_an_event_are_no_error(api):
    totals = api.post(b"\n\n", LINES).json()["totals"]
    assert set(totals.values()) == {0}


def test_many_refusals_are_counted_and_the_first_thousand_listed(api):
    said = api.post(b"{}\n" * 1_500, LINES).json()
    assert (said["totals"]["refused"], len(said["refused"])) == (1_500, 1_000)


def padded(size):
    body = json.dumps(discussion("c-1", "e-1", "2026-03-02")).encode()
    return body + b" " * (size - len(body))


def test_an_event_may_have_64_kb_and_no_more(api):
    assert BOUNDS.event_bytes == 65_536
    refused(api.post(padded(BOUNDS.event_bytes + 1)), 413, "too-large")
    assert api.post(padded(BOUNDS.event_bytes)).status_code == 201


def test_an_array_may_have_10_000_events_and_no_more(api):
    assert BOUNDS.batch_events == 10_000
    one = json.dumps(discussion("c-1", "e-1", "2026-03-02")).encode()
    refused(api.post(b"[" + b",".join([one] * 10_001) + b"]"), 413, "too-large")
    answer = api.post(b"[" + b",".join([one] * 10_000) + b"]")
    assert len(answer.json()["items"]) == 10_000


def test_a_body_may_have_32_mb_and_no_more(api):
    assert BOUNDS.batch_bytes == 32 * 2**20
    answer = api.post(b"[" + b" " * (BOUNDS.batch_bytes - 1) + b"]")
    refused(answer, 413, "too-large")
    assert answer.headers["connection"] == "close"
    assert api.post(b"[" + b" " * (BOUNDS.batch_bytes - 2) + b"]").json() == {"items": []}


def test_a_thousand_children_in_one_array_and_again(api):
    sent = [discussion(f"c-{nth}", f"e-{nth}", "2026-03-02", supersedes=f"e-{nth + 1}") for nth in range(1_000)]
    assert {item["status"] for item in api.post(sent).json()["items"]} == {201}
    assert {item["status"] for item in api.post(sent[::-1]).json()["items"]} == {200}


def test_a_key_that_may_not_write_is_told_so_before_anything_is_read(api):
    refused(api.post(b"\xff", "text/plain", "?x=1", key=None), 401, "not-allowed")
    refused(api.post(b"\xff", "text/plain", "?x=1", key="events:read"), 403, "out-of-scope")


def test_an_unknown_type_is_refused_with_the_nearest_known_one(api):
    problem = refused(api.post(document("referral.recieved", "c-1", "e-1", "2026-03-02")), 422, "unknown-event-type")
    assert "referral.received" in problem["fix"]


def test_admin_may_do_what_any_scope_may(api):
    key = keys.add(api.council, "another admin", ["admin"], actor="test")
    assert api.post(discussion("c-1", "e-1", "2026-03-02"), key=key).status_code == 201
