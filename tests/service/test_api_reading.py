"""Reading clocks, subjects and what was told: pages of them, an audit row for each child, and nothing changed."""

from __future__ import annotations

from datetime import date

import pytest

from rules.model import Status
from service import clock as wall
from tests.service.api_parts import refused, serving
from tests.service.intake_parts import AUTHORITY, discussion, document

CONFERENCES = "?timescale=initial-child-protection-conference"


@pytest.fixture
def api(database_url, tmp_path):
    with serving(database_url, tmp_path) as api:
        yield api


def some_children(api, count=12):
    """Of two teams, due on a few days, one of them stopped."""
    sent = [
        discussion(
            f"c-{nth}", f"e-{nth}", date(2026, 3, 2 + nth % 3), key=f"q-{nth}", team=f"team-{nth % 2}", worker="w"
        )
        for nth in range(count)
    ]
    api.post([*sent, document("icpc.held", "c-0", "held", "2026-03-20", key="q-0")])


def listed(api, query=""):
    answer = api.get(f"/v1/clocks{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["clocks"]


def test_a_page_of_clocks_says_when_it_was_asked_and_each_clock_whole(api):
    some_children(api)
    page = api.get("/v1/clocks").json()
    assert page.keys() == {"as_at", "clocks", "next"}
    assert page["as_at"] == wall.today().isoformat()
    assert page["clocks"][0].keys() == {
        *("id", "timescale", "measure", "subject", "key", "team", "worker", "status", "started_on"),
        *("counted_from_on", "limit", "due_on", "target_due_on", "stopped_on", "outcome", "ended_because"),
        *("is_provisional", "problem", "flags", "due_at", "phase", "lapses_on", "answerable_team", "answerable_worker"),
    }


@pytest.mark.parametrize("most", [1, 5, 7, 500])
def test_pages_follow_one_another_with_every_clock_once_whatever_comes_in_between(api, most):
    some_children(api, 24)
    api.post([document("child-protection-plan.started", f"c-{nth}", f"p-{nth}", "2026-03-02") for nth in range(6)])
    whole = [clock["id"] for clock in listed(api, "?most=500")]
    seen, after = [], ""
    while True:
        page = api.get(f"/v1/clocks?most={most}{after}").json()
        seen += [clock["id"] for clock in page["clocks"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == whole
    assert len(set(seen)) == len(seen) >= 24
    dues = [clock["due_on"] or "9999-12-31" for clock in listed(api, "?most=500")]
    assert dues == sorted(dues)


@pytest.mark.parametrize("status", list(Status))
def test_the_clocks_of_a_status_are_those_that_have_it_today(api, status):
    some_children(api)
    today = wall.today()
    api.post([discussion("c-now", "now", today), document("core-group.held", "c-now", "cg", today)])
    everything = listed(api, "?most=500")
    expected = [clock["id"] for clock in everything if clock["status"] == status]
    assert [clock["id"] for clock in listed(api, f"?most=500&status={status}")] == expected


def test_clocks_are_found_by_team_worker_timescale_measure_and_due_date(api):
    some_children(api)
    assert {clock["team"] for clock in listed(api, "?team=team-1")} == {"team-1"}
    assert listed(api, "?worker=nobody") == []
    assert {clock["measure"] for clock in listed(api, "?measure=dfe")} == {"dfe"}
    before = listed(api, f"{CONFERENCES}&due_before=2026-03-24")
    assert {clock["due_on"] for clock in before} == {"2026-03-23"}


def test_one_clock_has_its_journal_and_its_explanation_in_both_forms(api):
    some_children(api)
    (one,) = [clock for clock in listed(api, CONFERENCES) if clock["subject"] == "c-0"]
    answer = api.get(f"/v1/clocks/{one['id']}").json()
    assert answer["clock"] == one
    assert [row["change"] for row in answer["journal"]] == ["started"]
    assert answer["journal"][0].keys() == {"at", "change", "reason", "event"}
    text = api.get(f"/v1/clocks/{one['id']}/explanation", headers={"Accept": "text/plain"})
    assert text.headers["content-type"].startswith("text/plain")
    assert "23 March 2026" in text.text
    assert api.get(f"/v1/clocks/{one['id']}/explanation").json()["clock"]["id"] == one["id"]


def test_a_withdrawn_clock_says_so_and_one_that_never_was_says_that(api):
    (clock, *_) = api.post(discussion("c-1", "e-1", "2026-03-02")).json()["clocks"]
    api.post(document("event.withdrawn", "c-1", "e-2", "2026-03-03", withdraws="e-1"))
    for path in (f"/v1/clocks/{clock['id']}", f"/v1/clocks/{clock['id']}/explanation"):
        refused(api.get(path), 404, "clock-withdrawn")
    refused(api.get("/v1/clocks/00000000000000000000"), 404, "not-found")


def test_a_subject_has_its_clocks_problems_and_every_event_as_it_was_sent(api):
    sent = [
        discussion("c-1", "e-1", "2026-03-02", key="q-1", worker="w", team="t"),
        discussion("c-1", "e-2", "2026-03-04", key="q-1", supersedes="e-1", recorded_at="2026-03-05T09:00:00+00:00"),
        document("event.withdrawn", "c-1", "e-3", "2026-03-06", withdraws="e-2"),
        document("icpc.held", "c-1", "e-4", "2026-03-06", key="q-9"),
    ]
    api.post(sent)
    events = api.get("/v1/subjects/c-1/events").json()["events"]
    assert [event.pop("sequence") for event in events] == sorted({1, 2, 3, 4})
    assert all(event.pop("received_at") for event in events)
    assert events == sent
    answer = api.get("/v1/subjects/c-1/clocks").json()
    duties = {clock["timescale"]: clock["started_on"] for clock in answer["clocks"] if clock["measure"] == "duty"}
    assert duties["initial-child-protection-conference"] == "2026-03-02", "what a withdrawn correction corrected stands"
    assert [problem["code"] for problem in answer["problems"]] == ["nothing-to-stop"]


@pytest.mark.parametrize("ref", ["a/b", "a/events", "ä", "a%b", "a?b", "a#b", "..", "clocks", "x" * 128])
def test_a_reference_of_any_shape_that_is_let_in_can_be_asked_for(api, ref):
    assert api.post(discussion(ref, "e-1", "2026-03-02")).status_code == 201
    quoted = "".join(f"%{byte:02X}" for byte in ref.encode())
    assert api.get(f"/v1/subjects/{quoted}/clocks").json()["subject"] == ref
    assert len(api.get(f"/v1/subjects/{quoted}/events").json()["events"]) == 1


def test_a_subject_nobody_sent_is_404_and_leaves_no_row(api):
    before = api.rows()
    for path in ("/v1/subjects/nobody/clocks", "/v1/subjects/nobody/events"):
        assert "nobody" not in refused(api.get(path), 404, "not-found")["detail"].replace("nobody sent", "")
    assert api.rows() == before


def test_every_read_of_a_childs_clocks_leaves_one_row_a_child_and_changes_nothing_else(api):
    some_children(api)
    (one,) = [clock["id"] for clock in listed(api, CONFERENCES) if clock["subject"] == "c-3"]
    before, seen = api.rows(), len(api.audited())
    api.get("/v1/clocks?team=team-1&most=3")
    api.get(f"/v1/clocks/{one}")
    api.get(f"/v1/clocks/{one}/explanation")
    api.get("/v1/subjects/c-3/clocks")
    api.get("/v1/subjects/c-3/events")
    rows = api.audited()[seen:]
    assert sorted(rows) == sorted(
        [
            *(("all", "clocks.listed", clock["subject"]) for clock in listed(api, "?team=team-1&most=3")),
            ("all", "clock.read", "c-3"),
            ("all", "clock.explained", "c-3"),
            ("all", "clocks.read", "c-3"),
            ("all", "events.read", "c-3"),
        ]
    )
    changed = {name for name, count in api.rows().items() if count != before[name]}
    assert changed == {"audit"}


def test_looking_at_anything_changes_nothing_but_the_audit_trail(api):
    some_children(api)
    before = api.rows()
    for path in (
        *("/v1/timescales", "/v1/timescales/single-assessment", "/v1/event-types", "/v1/teams", "/v1/alerts"),
        *("/v1/calendar/due?start=2026-03-02&count=3", "/healthz", "/readyz", "/openapi.json", "/v1/reports"),
    ):
        assert api.get(path).status_code == 200, path
    assert {name for name, count in api.rows().items() if count != before[name]} <= {"audit"}


def test_a_due_date_is_counted_as_the_clocks_count_it(api):
    said = api.get("/v1/calendar/due?start=2016-07-07&count=70&unit=working_days").json()
    assert said == {
        "start": "2016-07-07",
        "count": 70,
        "unit": "working_days",
        "due": "2016-10-14",
        "provisional": False,
    }
    assert api.get("/v1/calendar/due?start=2026-12-23&count=-2").json()["due"] == "2026-12-21"
    refused(api.get("/v1/calendar/due?start=1999-07-07&count=5"), 422, "refused", "/query/start")
    assert api.get("/v1/calendar/due?start=1999-07-07&count=5&unit=weeks").json()["due"] == "1999-08-11"
    assert api.get("/v1/calendar/due?start=2040-07-07&count=5").json()["provisional"] is True


def test_alerts_are_found_by_clock_post_and_state(api):
    some_children(api)
    found = api.get("/v1/alerts").json()["alerts"]
    assert found
    assert found[0].keys() >= {"clock_id", "step", "due_on", "post", "team", "state", "send_at", "sent_at"}
    one = found[0]
    assert api.get(f"/v1/alerts?clock={one['clock_id']}&post={one['post']}&state={one['state']}").json()["alerts"]
    assert api.get("/v1/alerts?state=sent").json()["alerts"] == []


def test_teams_and_posts_are_replaced_and_read_again(api):
    sent = {"name": "North", "service": "Fieldwork", "posts": {"team-manager": "north@example.gov.uk"}}
    for _again in range(2):
        answer = api.ask("PUT", "/v1/teams/team north%2F1", json=sent)
        assert (answer.status_code, answer.json()["id"]) == (200, "team north/1")
    above = {"group-manager-fieldwork": "gm@example.gov.uk"}
    assert api.ask("PUT", "/v1/posts", json={"posts": above}).status_code == 200
    said = api.get("/v1/teams").json()
    assert [team["posts"] for team in said["teams"]] == [sent["posts"]]
    assert said["posts"] == above


def test_the_service_says_that_it_is_ready_and_with_which_law(api):
    assert api.get("/healthz", key=None).json() == {"status": "ok"}
    assert api.get("/readyz", key=None).json()["authority"] == AUTHORITY
