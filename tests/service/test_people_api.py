"""People and posts over the API: put, ended, read again, and never written into a log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import select

from service import clock, posts
from service.store.tables import AuditRow, table
from tests.service.api_parts import refused, serving
from tests.service.mail_cast import MONDAY, wall_at
from tests.service.real_server import Command

MANAGER = "team-manager"
TEAM = {"name": "North", "service": "Fieldwork", "posts": {}}
REF = "person-014"
WHOLE = {
    "address": "p-14@example.gov.uk",
    "digest_at": "08:30",
    "holdings": [
        {"post": MANAGER, "team": "north"},
        {"post": "service-manager", "service": "Fieldwork", "from_on": "2026-01-05", "to_on": "2026-06-30"},
        {"post": "head-of-service", "is_deputy": True},
    ],
    "absences": [{"from_on": "2026-03-02", "to_on": "2026-03-06", "cover": "person-015"}],
}


@pytest.fixture
def api(database_url, tmp_path):
    with wall_at(MONDAY), serving(database_url, tmp_path, mail_domains="example.gov.uk, trust.example") as api:
        assert api.ask("PUT", "/v1/teams/north", json=TEAM).status_code == 200
        assert api.ask("PUT", "/v1/people/person-015", json={"address": "p-15@example.gov.uk"}).status_code == 200
        yield api


def put(api, body=WHOLE, id=REF):
    return api.ask("PUT", f"/v1/people/{id}", json=body)


def told(api, post=MANAGER, team="north"):
    """Who is told, as the API shows it."""
    found = api.get("/v1/teams").json()
    standings = next(one for one in found["teams"] if one["id"] == team)["told"] if team else found["told"]
    return next(one for one in standings if one["post"] == post)


def test_a_person_is_put_and_read_again(api):
    answer = put(api)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["id"], shown["digest_at"], shown["holdings"][0]["from_on"]) == (REF, "08:30", None)
    assert api.get("/v1/people").json()["people"] == [shown, api.get("/v1/people").json()["people"][1]]
    assert put(api, {"address": "new@trust.example"}).json()["holdings"] == []
    assert api.get("/v1/people").json()["people"][0]["address"] == "new@trust.example"


def test_who_is_told_now_is_shown_for_every_post_of_a_team(api):
    put(api)
    assert told(api) == {
        "post": MANAGER,
        "is_held": True,
        "told_post": MANAGER,
        "why": "cover",
        "person": "person-015",
        "away": REF,
        "until": "2026-03-06",
    }
    assert told(api, "head-of-service")["person"] is None, "a deputy who is away is not there"
    assert [one["post"] for one in api.get("/v1/teams").json()["teams"][0]["told"]] == [
        post for post in api.council.law.ladders.posts if post != "worker"
    ]
    assert api.ask("PUT", "/v1/posts", json={"posts": {"director": "director@example.gov.uk"}}).status_code == 200
    head = told(api, "head-of-service")
    assert (head["is_held"], head["told_post"], head["why"]) == (False, "director", "next rung")
    assert not told(api, "administrator", team=None)["is_held"]


def test_a_services_mailbox_is_for_its_teams(api):
    sent = {"service": "Fieldwork", "posts": {"service-manager": "fieldwork@example.gov.uk"}}
    assert api.ask("PUT", "/v1/posts", json=sent).json() == sent
    assert told(api, "service-manager")["why"] == "mailbox"
    found = api.get("/v1/teams").json()
    assert found["services"] == [{"service": "Fieldwork", "posts": sent["posts"]}]
    assert found["posts"] == {}
    odd = api.ask("PUT", "/v1/posts", json={**sent, "service": "Feildwork"})
    assert "write Fieldwork" in refused(odd, 422, "refused", "/service")["fix"]


def test_a_leaver_is_told_nothing_from_that_day_and_everything_is_audited(api):
    put(api, {**WHOLE, "absences": []})
    assert told(api)["person"] == REF
    assert api.ask("DELETE", f"/v1/people/{REF}").status_code == 204
    refused(api.ask("DELETE", f"/v1/people/{REF}"), 404, "not-found")
    assert told(api)["person"] is None
    assert [one["id"] for one in api.get("/v1/people").json()["people"]] == ["person-015"]
    with api.council.reading() as db:
        rows = db.execute(select(table(AuditRow).c.action, table(AuditRow).c.detail).order_by(table(AuditRow).c.seq))
        noted = [tuple(row) for row in rows if row.action.startswith("pe")]
    assert noted == [
        ("person.put", "person-015"),
        ("person.put", REF),
        ("person.ended", REF),
        ("people.listed", "1 people"),
    ]


def test_a_reference_may_be_any_that_an_event_may_name(api):
    assert put(api, id="team north%2Fw 1").json()["id"] == "team north/w 1"
    assert api.ask("DELETE", "/v1/people/team north%2Fw 1").status_code == 204


def holding(**more):
    return {**WHOLE, "holdings": [{"post": MANAGER, "team": "north", **more}]}


def absence(**more):
    return {**WHOLE, "absences": [{"from_on": "2026-03-02", "to_on": "2026-03-06", **more}]}


SECRET = "zq-secret"
WRONG = {
    "no address": ({"holdings": []}, "/address"),
    "no mail address": ({"address": SECRET}, "/address"),
    "another domain": ({"address": f"{SECRET}@elsewhere.example"}, "/address"),
    "a domain below": ({"address": f"{SECRET}@sub.example.gov.uk"}, "/address"),
    "too early": ({**WHOLE, "digest_at": "07:29"}, "/digest_at"),
    "no hour": ({**WHOLE, "digest_at": SECRET}, "/digest_at"),
    "seconds": ({**WHOLE, "digest_at": "08:30:00"}, "/digest_at"),
    "a number as hour": ({**WHOLE, "digest_at": 30600}, "/digest_at"),
    "an unknown post": (holding(post=SECRET), "/holdings/0/post"),
    "a misspelt post": (holding(post="team-manger"), "/holdings/0/post"),
    "a worker by post": (holding(post="worker"), "/holdings/0/post"),
    "an unknown team": (holding(team=SECRET), "/holdings/0/team"),
    "an unknown service": (holding(team="", service=SECRET), "/holdings/0/service"),
    "a team and a service": (holding(service="Fieldwork"), "/holdings/0/service"),
    "an end before the beginning": (holding(from_on="2026-03-02", to_on="2026-03-01"), "/holdings/0"),
    "no day": (holding(from_on="2026-02-30"), "/holdings/0"),
    "a number as day": (holding(from_on=86400), "/holdings/0"),
    "a moment as day": (holding(from_on="2026-02-20T00:00:00"), "/holdings/0"),
    "an unknown field": (holding(**{SECRET: 1}), "/holdings/0"),
    "an absence without an end": ({**WHOLE, "absences": [{"from_on": "2026-03-02"}]}, "/absences/0"),
    "an absence that ends first": (absence(to_on="2026-03-01"), "/absences/0"),
    "an unknown cover": (absence(cover=SECRET), "/absences/0/cover"),
    "their own cover": (absence(cover=REF), "/absences/0/cover"),
    "holdings that are none": ({**WHOLE, "holdings": {SECRET: 1}}, "/holdings"),
    "nobody": ([], ""),
}


def test_what_cannot_be_right_is_refused_by_its_pointer_and_nothing_is_kept_or_shown(api):
    before = api.rows()
    for wrong, (body, pointer) in WRONG.items():
        answer = put(api, body)
        assert answer.status_code == 422, (wrong, answer.text)
        assert (wrong, answer.json().get("pointer", "")) == (wrong, pointer)
        assert answer.json()["fix"]
        assert SECRET not in answer.text, wrong
        assert REF not in answer.text, wrong
    assert api.rows() == before


def test_a_post_that_somebody_holds_is_refused_by_their_dates_and_not_by_their_name(api):
    put(api, {**WHOLE, "absences": []})
    answer = put(api, {"address": "p-16@example.gov.uk", "holdings": [{"post": MANAGER, "team": "north"}]}, id="other")
    detail = refused(answer, 422, "refused", "/holdings/0")["detail"]
    assert "from the beginning on" in detail
    assert REF not in answer.text


def test_a_mailbox_of_a_misspelt_post_or_another_domain_is_refused(api):
    for mailboxes, fix in (
        ({"team-manger": "a@example.gov.uk"}, "write team-manager"),
        ({MANAGER: "a@elsewhere.example"}, "give one on example.gov.uk, trust.example, or allow its domain"),
    ):
        for path, body in (("/v1/teams/north", {**TEAM, "posts": mailboxes}), ("/v1/posts", {"posts": mailboxes})):
            assert refused(api.ask("PUT", path, json=body), 422, "refused", "/posts")["fix"] == fix


def test_an_odd_reference_is_refused(api):
    for id in ("a%00b", "%ED%A0%BD", "x" * 129, "a%0Ab", "%20a", "a%20"):
        assert 400 <= put(api, id=id).status_code < 500, id


def test_an_address_whose_domain_was_taken_away_is_told_nothing(api):
    put(api, {"address": "p-14@trust.example", "holdings": [{"post": MANAGER, "team": "north"}]})
    assert told(api)["person"] == REF
    fewer = api.council.settings.model_copy(update={"mail_domains": "example.gov.uk"})
    later = replace(api.council, settings=fewer)
    with later.reading() as db:
        assert posts.directory_on(db, api.council, clock.today()).is_held(MANAGER, "north")
        assert not posts.directory_on(db, later, clock.today()).is_held(MANAGER, "north")


def test_a_persons_reference_is_never_written_into_the_log(sqlite_url, tmp_path):
    command = Command(sqlite_url, tmp_path, mail_domains="example.gov.uk", log_level="debug")
    key = command.key("all", "people:write", "clocks:read")
    secret = "zq-worker-77"
    with command.serving() as server:

        def ask(method, path, **more):
            return httpx.request(method, server.address + path, headers={"Authorization": f"Bearer {key}"}, **more)

        bodies = [{"address": f"{secret}@example.gov.uk"}, {"address": f"{secret}@elsewhere.example"}, {secret: secret}]
        statuses = [ask("PUT", f"/v1/people/{secret}", json=body).status_code for body in bodies]
        statuses += [ask("DELETE", f"/v1/people/{secret}").status_code for _again in range(2)]
        assert statuses == [200, 422, 422, 204, 404]
        assert ask("PATCH", f"/v1/people/{secret}").status_code == 405
        written = server.written()
    assert secret not in written


def test_days_are_given_back_as_they_were_sent(api):
    first = date(2026, 1, 5)
    body = holding(from_on=first.isoformat(), to_on=(first + timedelta(days=9)).isoformat())
    assert (
        put(api, body).json()["holdings"][0] | {"from_on": "2026-01-05", "to_on": "2026-01-14"}
        == (put(api, body).json()["holdings"][0])
    )
