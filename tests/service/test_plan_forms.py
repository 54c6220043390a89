"""Saying why, and what happens next, on the pages: for one clock or many, all or none, and only for one's own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from rules.model import Status
from service import flow
from service.store.tables import AcknowledgementRow, AuditRow, table
from tests.service.intake_parts import document, send
from tests.service.mail_cast import wall_at
from tests.service.pages_cast import NORTH, SOUTH, browser, clock_of, demonstration, populate, seen
from tests.service.worklist_cast import MANAGER, everything, listed, sent, token_on

PLAN = {
    "step": "save", "reason": "court-date", "words": "", "post": "team-manager",
    "next_on-day": "27", "next_on-month": "11", "next_on-year": "2026",
}  # fmt: skip


@pytest.fixture
def council(database_url, tmp_path):
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        yield council


@pytest.fixture
def manager(council):
    return browser(council, MANAGER)


@pytest.fixture
def form(manager):
    """A plan for all that the team has with a date, as the page sends it."""
    html = manager.get("/clocks").text
    ids = re.findall(r'name="clock" id="pick-([0-9a-f]{20})"', html)
    assert len(ids) > 1
    return PLAN | {"form_token": token_on(html), "clock": ids, "offered": ids, "list": "status=running&sort=child"}


def plans(council):
    kept = table(AcknowledgementRow)
    columns = [kept.c[name] for name in ("clock_id", "reason", "words", "post", "next_on", "who")]
    with council.reading() as db:
        return [tuple(row) for row in db.execute(select(*columns).order_by(kept.c.seq))]


def audited(council, action):
    audit = table(AuditRow)
    with council.reading() as db:
        rows = db.execute(select(audit.c.subject, audit.c.actor, audit.c.origin).where(audit.c.action == action))
        return [tuple(row) for row in rows]


def of(council, team):
    return [one for one in everything(council) if one.team == team]


# ---- kept ------------------------------------------------------------------------------------------------------------


def test_the_chosen_clocks_are_shown_with_the_last_day_each_may_name_and_nothing_is_kept(council, manager, form):
    answer = sent(manager, "/clocks/plan", {**form, "step": ""})
    assert answer.status_code == 200
    words = seen(answer.text)
    assert f"Plan for {len(form['clock'])} clocks" in words
    assert "Mon 30 Nov" in words, "five working days for a conference"
    assert "From today to Monday 30 November 2026" in words
    assert plans(council) == []


def test_one_form_keeps_a_plan_for_each_and_leads_back_to_the_same_list(council, manager, form):
    answer = sent(manager, "/clocks/plan", form)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/clocks?sort=child&saved={len(form['clock'])}"
    who = "person-1 (team-manager of assessment-team-north)"
    wanted = {(id, "court-date", "", "team-manager", date(2026, 11, 27), who) for id in form["clock"]}
    kept = plans(council)
    assert {row[:5] for row in kept} == {row[:5] for row in wanted}
    rows = audited(council, "clock.acknowledged")
    assert len(rows) == len(form["clock"])
    assert {row[1:] for row in rows} == {(kept[0][5], "127.0.0.1")}
    after = manager.get(answer.headers["location"])
    assert f"Saved {len(form['clock'])} plans" in seen(after.text)
    assert "Plan: court date, next step Fri 27 Nov" in seen(after.text)


def test_a_plan_that_has_lapsed_says_so_beside_the_date(council, manager, form):
    sent(manager, "/clocks/plan", form)
    with wall_at(datetime(2026, 11, 30, 8, tzinfo=UTC)):
        flow.send_due(council, now=datetime(2026, 11, 30, 8, tzinfo=UTC))
        later = browser(council, MANAGER)
        assert "The day of the plan has passed: court date, Fri 27 Nov" in seen(later.get("/clocks").text)
        assert sorted(listed(later, plan="lapsed")) == sorted(form["clock"])


def test_one_clock_has_the_same_form_at_an_address_of_its_own(council, manager):
    path = clock_of(manager, "c-late")
    html = manager.get(f"{path}/plan").text
    assert "Plan for this clock" in seen(html)
    answer = sent(manager, f"{path}/plan", PLAN | {"form_token": token_on(html)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?saved=1")
    assert [row[0] for row in plans(council)] == [path.rpartition("/")[2]]
    assert "Saved 1 plan." in seen(manager.get(answer.headers["location"]).text)


# ---- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"reason": ""}, "Choose a reason"),
        ({"reason": "no-such"}, "Choose a reason"),
        ({"reason": "other", "words": ""}, "Say in words what the other reason is"),
        ({"reason": "other", "words": "x" * 501}, "at most 500 characters: these are 501"),
        ({"words": "a\u200bb"}, "a character in this that cannot be seen"),
        ({"next_on-day": "", "next_on-month": "", "next_on-year": ""}, "Enter the day by which it happens"),
        ({"next_on-day": "31", "next_on-month": "2"}, "Enter a real day"),
        ({"next_on-year": "99999"}, "Enter a real day"),
        ({"next_on-day": "22"}, "must be today or later"),
        ({"next_on-day": "1", "next_on-month": "12"}, "must be Monday 30 November 2026 or earlier"),
        ({"post": "director"}, "Choose whose plan it is"),
        ({"clock": []}, "Tick at least one clock"),
    ],
    ids=str,
)
def test_a_plan_that_cannot_be_says_why_keeps_what_was_typed_and_is_not_kept(council, manager, form, typed, says):
    answer = sent(manager, "/clocks/plan", form | {"words": "the judge is ill"} | typed)
    assert answer.status_code == 422
    assert says in seen(answer.text)
    assert "There is a problem" in seen(answer.text)
    for field, value in (form | {"words": "the judge is ill"} | typed).items():
        if field == "words":
            assert f">{value}</textarea>" in answer.text
        elif field.startswith("next_on"):
            assert re.search(rf'name="{field}"[^>]*value="{value}"', answer.text)
    shown = re.findall(r'name="clock" id="clock-([0-9a-f]{20})"', answer.text)
    assert sorted(shown) == sorted(form["offered"]), "what was offered is still there to be ticked"
    anchors = re.findall(r'<li><a href="#([^"]+)">', answer.text)
    assert anchors
    assert all(f'id="{one}"' in answer.text for one in anchors), "each error leads to its field"
    assert plans(council) == []


def test_nothing_chosen_shows_the_list_again_and_says_so(council, manager, form):
    answer = sent(manager, "/clocks/plan", {**form, "step": "", "clock": []})
    assert answer.status_code == 422
    assert "Choose the clocks that the plan is for" in seen(answer.text)
    assert 'aria-sort="ascending"' in answer.text


def test_of_several_all_are_kept_or_none_where_one_has_stopped_meanwhile(council, manager, form):
    held = document("icpc.held", "c-late", "late-held", "2026-11-23", key="s47-late", team=NORTH, outcome="no_plan")
    send(council, held)
    answer = sent(manager, "/clocks/plan", form)
    assert answer.status_code == 422
    assert "The clock of c-late has stopped: take it off the list" in seen(answer.text)
    assert plans(council) == []
    (stopped,) = [id for id in form["clock"] if f'href="#clock-{id}"' in answer.text]
    rest = [id for id in form["clock"] if id != stopped]
    assert sent(manager, "/clocks/plan", form | {"clock": rest}).status_code == 303
    assert sorted(row[0] for row in plans(council)) == sorted(rest)


def test_a_form_from_elsewhere_is_refused(council, manager, form):
    for token in ("", "x" * 43):
        assert sent(manager, "/clocks/plan", form | {"form_token": token}).status_code == 422
        path = f"/clocks/{form['clock'][0]}/plan"
        assert sent(manager, path, PLAN | {"form_token": token}).status_code == 422
    assert plans(council) == []


@pytest.mark.parametrize("back", ["//elsewhere.example", "team=x&next=https://elsewhere.example", "status=nowhere"])
def test_no_form_leads_anywhere_but_to_the_list(manager, form, back):
    answer = sent(manager, "/clocks/plan", form | {"list": back})
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/clocks?")
        assert "elsewhere" not in answer.headers["location"]
    else:
        assert answer.status_code == 422


# ---- whose -----------------------------------------------------------------------------------------------------------


def test_another_teams_clock_is_as_unknown_as_one_there_is_not(council, manager, form):
    theirs = next(one.id for one in of(council, SOUTH) if one.due_on)
    for ids in ([theirs], [form["clock"][0], theirs]):
        found = sent(manager, "/clocks/plan", form | {"clock": ids, "offered": []})
        nowhere = sent(manager, "/clocks/plan", form | {"clock": [*ids[:-1], "0" * 20], "offered": []})
        assert found.status_code == nowhere.status_code == 404
        assert found.text == nowhere.text
    assert manager.get(f"/clocks/{theirs}/plan").status_code == 404
    assert manager.get(f"/clocks/{theirs}/plan").text == manager.get(f"/clocks/{'0' * 20}/plan").text
    single = sent(manager, f"/clocks/{theirs}/plan", PLAN | {"form_token": form["form_token"]})
    assert single.status_code == 404
    assert plans(council) == []


def test_whoever_had_the_case_before_plans_for_it_no_more(council, manager):
    path = clock_of(manager, "c-late")
    send(council, document("case.allocated", "c-late", "moved-1", "2026-11-23", team=SOUTH))
    assert manager.get(path).status_code == 200, "they may still account for it"
    assert manager.get(f"{path}/plan").status_code == 404


def test_an_analyst_reads_the_list_and_plans_nothing(council):
    analyst = browser(council, ("performance-analyst", "", ""))
    html = analyst.get("/clocks").text
    assert "Plan for the chosen clocks" not in html
    assert 'name="clock"' not in html
    id = next(one.id for one in of(council, NORTH) if one.due_on)
    assert analyst.get(f"/clocks/{id}/plan").status_code == 403


def test_somebody_who_manages_one_team_and_analyses_all_plans_for_that_team_alone(council):
    both = browser(council, MANAGER, ("performance-analyst", "", ""))
    html = both.get("/clocks").text
    offered = set(re.findall(r'name="clock" id="pick-([0-9a-f]{20})"', html))
    assert offered == {one.id for one in of(council, NORTH) if one.due_on}
    assert len(listed(both)) > len(offered)


def test_a_plan_is_that_of_the_posts_one_holds_and_of_any_where_the_ladders_know_none(council, manager):
    path = clock_of(manager, "c-late")
    assert '<input type="hidden" name="post" value="team-manager">' in manager.get(f"{path}/plan").text
    board = browser(council, ("children-services-management-team", "", ""))
    choice = re.search(r'<select[^>]*name="post".*?</select>', board.get(f"{path}/plan").text, re.S)
    assert choice
    assert {"team-manager", "worker", "chair"} <= set(re.findall(r'value="([^"]+)"', choice[0]))


@pytest.mark.parametrize("year", ["9" * 10, "9" * 20, "9" * 5_000, "-1", "0", "two thousand"])
def test_a_year_that_no_calendar_has_is_said_to_be_none(council, manager, year):
    path = clock_of(manager, "c-late")
    form = PLAN | {"form_token": token_on(manager.get(path).text), "next_on-year": year}
    answer = manager.post(f"{path}/plan", data=form)
    assert answer.status_code == 422
    assert "Enter a real day, such as" in seen(answer.text)
    assert plans(council) == []


def test_what_has_no_date_cannot_be_chosen(council, manager):
    undated = [one for one in everything(council) if one.due_on is None]
    html = manager.get("/clocks").text
    assert all(f'id="pick-{one.id}"' not in html for one in undated)
    assert any(one.status(date(2026, 11, 23)) is Status.OVERDUE for one in of(council, NORTH))
