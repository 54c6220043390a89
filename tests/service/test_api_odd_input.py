"""What an ordinary service answers with 500, or accepts in silence: here a 4xx that stores and echoes nothing."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from service import clock as wall
from tests.service.api_parts import serving
from tests.service.intake_parts import discussion, document

CANARY = "Zorblax-4477"
EVENT = json.dumps(discussion(CANARY, CANARY, "2026-03-02", key=CANARY, source=CANARY))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request, new_database, tmp_path_factory):
    """One for all: nothing of what is sent here may leave a trace."""
    with serving(new_database(request.param), tmp_path_factory.mktemp("odd")) as api:
        yield api


def with_key(raw):
    return EVENT.replace(f'"key": "{CANARY}"', f'"key": {raw}').encode()


def with_data(**data):
    return json.dumps(discussion(CANARY, CANARY, "2026-03-02", **data)).encode()


def at(moment):
    event = json.loads(EVENT)
    del event["data"]["happened_on"]
    event["data"]["happened_at"] = moment
    return json.dumps(event).encode()


def on(day):
    return EVENT.replace("2026-03-02", day).encode()


ODD_EVENTS = {
    "NaN": with_key("NaN"),
    "Infinity": with_key("-Infinity"),
    "a number past all numbers": with_key("1e999"),
    "an integer past 2^63": with_key(str(2**63)),
    "an integer of thousands of digits": with_key("9" * 5_000),
    "half a character": with_key('"\\ud83d"'),
    "half a character in a name": EVENT.replace('"key"', '"\\ud83d"').encode(),
    "half a character, raw": EVENT.encode().replace(CANARY.encode(), b"\xed\xa0\xbd"),
    "NUL escaped": with_key('"a\\u0000b"'),
    "NUL raw": with_key('"a\0b"'),
    "NUL in the reference": EVENT.replace(f'"subject": "{CANARY}"', '"subject": "a\\u0000b"').encode(),
    "the year 9999": on("9999-11-17"),
    "the year 9999 at an offset": at("9999-12-31T23:59:59-14:00"),
    "the year 1 at an offset": at("0001-01-01T00:00:00+14:00"),
    "a naive moment in the hour that happens twice": at("2025-10-26T01:30:00"),
    "a day that the calendar has not": on("2026-02-30"),
    "a day to come": on((wall.today() + timedelta(days=2)).isoformat()),
    "a name twice": EVENT.replace('"id"', '"id": "first", "id"').encode(),
    "a name twice, once escaped": EVENT.replace('"id"', '"id": "first", "\\u0069d"').encode(),
    "an unknown field": with_data(**{f"{CANARY}-field": CANARY}),
    "an unknown attribute": EVENT.replace('"id"', f'"{CANARY}": 1, "id"').encode(),
    "an unknown type": EVENT.replace("strategy-discussion.held", f"{CANARY}.held").encode(),
    "an unknown code": EVENT.replace("section_47", CANARY).encode(),
    "a space in the reference": EVENT.replace(f'"subject": "{CANARY}"', f'"subject": "{CANARY} Smith"').encode(),
    "text that runs backwards": with_key(f'"{CANARY}\\u202e"'),
    "nesting": with_key("[" * 20_000 + "]" * 20_000),
    "brackets without end": b"[" * 60_000,
    "another encoding": EVENT.encode("utf-16"),
    "an event too long": with_key(f'"{CANARY * 6_000}"'),
    "half a document": EVENT.encode()[:-7],
    "two documents": EVENT.encode() * 2,
    "a text": json.dumps(CANARY).encode(),
    "nothing": b"",
    "a form": f"subject={CANARY}".encode(),
}


@pytest.mark.parametrize("odd", ODD_EVENTS)
@pytest.mark.parametrize("carriage", ["alone", "in an array", "in an atomic array", "as a line"])
def test_an_odd_event_is_refused_however_it_comes_and_nothing_of_it_is_kept_or_shown(api, odd, carriage):
    body, before = ODD_EVENTS[odd], api.rows()
    if carriage == "alone":
        answer = api.post(body)
        assert 400 <= answer.status_code < 500
    elif carriage == "as a line":
        answer = api.post(body.replace(b"\n", b" ") + b"\n", "application/x-ndjson")
        assert answer.json()["totals"]["new"] == 0
        assert answer.json()["totals"]["refused"] == (1 if body else 0)
    else:
        answer = api.post(b"[" + body + b"]", query="?atomic=true" if "atomic" in carriage else "")
        if answer.status_code == 200:
            assert all(400 <= item["status"] < 500 for item in answer.json()["items"])
    assert {name: count for name, count in api.rows().items() if count != before[name]} == {}
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)


def place(text):
    return base64.urlsafe_b64encode(text).decode()


PATHS = {
    "NUL in a reference": "/v1/subjects/a%00b/clocks",
    "NUL in a reference's events": "/v1/subjects/%00/events",
    "half a character in a reference": "/v1/subjects/%ED%A0%BD/clocks",
    "bytes that are no text": "/v1/subjects/%FF%FE/clocks",
    "a line feed": "/v1/subjects/a%0Ab/events",
    "a reference too long": f"/v1/subjects/{CANARY * 20}/clocks",
    "no reference": "/v1/subjects//clocks",
    "a clock that is no id": f"/v1/clocks/{CANARY}",
    "a clock with a line feed": "/v1/clocks/00000000000000000000%0A",
    "a clock in capitals": "/v1/clocks/ABCDEFABCDEFABCDEFAB",
    "NUL in a timescale": "/v1/timescales/%00",
    "a timescale there is not": f"/v1/timescales/{CANARY}",
    "a report there is not": f"/v1/reports/{CANARY}",
    "NUL in a report": "/v1/reports/%00",
    "an unknown parameter": f"/v1/clocks?{CANARY}=1",
    "a parameter misspelt": "/v1/clocks?statuss=overdue",
    "a parameter twice": "/v1/clocks?team=a&team=b",
    "a parameter where none is read": "/v1/timescales?x=1",
    "NUL in a team": "/v1/clocks?team=a%00b",
    "half a character in a team": "/v1/clocks?team=%ED%A0%BD",
    "NUL in a worker": "/v1/clocks?worker=%00",
    "NUL in a timescale asked for": "/v1/clocks?timescale=%00",
    "NUL in a measure": "/v1/clocks?measure=%00",
    "NUL in a post": "/v1/alerts?post=%00",
    "NUL in a state": "/v1/alerts?state=%00",
    "a status there is not": f"/v1/clocks?status={CANARY}",
    "an integer past 2^63": f"/v1/clocks?most={2**63}",
    "an integer of thousands of digits": f"/v1/clocks?most={'9' * 5_000}",
    "none at most": "/v1/clocks?most=0",
    "fewer than none": "/v1/clocks?most=-1",
    "a fraction": "/v1/clocks?most=1.0",
    "a digit of another script": "/v1/clocks?most=%D9%A3",
    "a moment for a date": "/v1/clocks?due_before=2026-03-02T00:00:00",
    "a number for a date": "/v1/clocks?due_before=1700006400",
    "a day that the calendar has not": "/v1/clocks?due_before=2026-02-30",
    "the year 10000": "/v1/clocks?due_before=10000-01-01",
    "a place we did not give": f"/v1/clocks?after={CANARY}",
    "a place with NUL in it": f"/v1/clocks?after={place(b'2026-01-01 a' + bytes(1))}",
    "a place that is no text": "/v1/clocks?after=%F0%9F%98%80",
    "a place with a date that is none": f"/v1/clocks?after={place(b'x 00000000000000000000')}",
    "the year 9999 plus 45 days": "/v1/calendar/due?start=9999-12-01&count=45&unit=days",
    "the year 9999 plus 45 working days": "/v1/calendar/due?start=9999-12-01&count=45",
    "the year 1 less 45 days": "/v1/calendar/due?start=0001-01-01&count=-45&unit=days",
    "10,000 years": "/v1/calendar/due?start=2026-01-01&count=10000&unit=years",
    "a count past 2^63": f"/v1/calendar/due?start=2026-01-01&count={2**63}",
    "a unit there is not": f"/v1/calendar/due?start=2026-01-01&count=1&unit={CANARY}",
    "no start": "/v1/calendar/due?count=1",
    "hours of a day": "/v1/calendar/due?start=2026-01-01&count=1&unit=hours",
    "a report of a day there is not": "/v1/reports/section-47?as_at=2026-02-30",
}


@pytest.mark.parametrize("odd", PATHS)
def test_an_odd_address_is_refused_and_nothing_of_it_is_shown(api, odd):
    before = api.rows()
    answer = api.get(PATHS[odd])
    assert 400 <= answer.status_code < 500, answer.text
    assert CANARY not in answer.text
    assert api.rows() == before


@pytest.mark.parametrize(
    "path", [f"/v1/reports/section-47?as_at={day}" for day in ("0001-01-01", "1950-01-01", "9999-12-31")]
)
def test_a_report_of_a_far_day_is_an_answer_or_a_refusal(api, path):
    assert api.get(path).status_code < 500


TEAM = {"name": CANARY, "posts": {"team-manager": "a@example.gov.uk"}}
ODD_TEAMS = {
    "no object": b"[]",
    "no JSON": b"{",
    "nothing": b"",
    "a name twice": b'{"name": "a", "name": "b"}',
    "NaN": b'{"name": NaN}',
    "NUL": b'{"name": "a\\u0000b"}',
    "half a character": b'{"name": "\\ud83d"}',
    "a number": b'{"name": 7}',
    "an unknown field": json.dumps({**TEAM, CANARY: 1}).encode(),
    "a post that is none": json.dumps({**TEAM, "posts": {CANARY: "a@example.gov.uk"}}).encode(),
    "an address that is none": json.dumps({**TEAM, "posts": {"team-manager": CANARY}}).encode(),
    "two addresses": json.dumps({**TEAM, "posts": {"team-manager": "a@b.uk, c@d.uk"}}).encode(),
    "a header in an address": json.dumps({**TEAM, "posts": {"team-manager": "a@b.uk\nBcc: c@d.uk"}}).encode(),
    "an empty name": json.dumps({**TEAM, "name": " "}).encode(),
    "a name of lines": json.dumps({**TEAM, "name": "a\nb"}).encode(),
    "posts of a deep kind": json.dumps({**TEAM, "posts": {"team-manager": {CANARY: {}}}}).encode(),
    "a body too long": json.dumps(TEAM).encode().ljust(65_537),
    "nesting": b"[" * 30_000,
}


@pytest.mark.parametrize("odd", ODD_TEAMS)
def test_an_odd_team_is_refused_and_nothing_of_it_is_kept_or_shown(api, odd):
    before = api.rows()
    answer = api.ask("PUT", "/v1/teams/north", content=ODD_TEAMS[odd], headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert CANARY not in answer.text
    assert api.rows() == before


def test_a_team_of_another_kind_of_content_is_415(api):
    answer = api.ask("PUT", "/v1/teams/north", content=json.dumps(TEAM), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize("id", ["a%00b", "%ED%A0%BD", "x" * 129, "a%0Ab"])
def test_an_odd_id_of_a_team_is_refused(api, id):
    assert 400 <= api.ask("PUT", f"/v1/teams/{id}", json=TEAM).status_code < 500


def test_the_widest_dates_that_are_let_in_are_stored_read_and_listed(api):
    sent = [
        document("child-protection-plan.started", "c-1", "e-1", "1989-01-01", visit_every="9999 years"),
        discussion("c-2", "e-2", wall.today()),
        document("meeting.planned", "c-3", "e-3", "2026-03-02", of="icpc.held", planned_on="2099-12-31"),
    ]
    for one in sent:
        answer = api.post(one)
        assert answer.status_code in (201, 422)
    assert api.get("/v1/clocks").status_code == 200
