"""A child's page: what runs and what happens next, who was told, what was recorded, and who has looked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select

from service import clock as wall
from service.acknowledging import Planned, acknowledge
from service.council import Council
from service.store.clocks import CLOCK, clock_of
from service.store.keeping import audit
from service.store.tables import AlertRow, AuditRow, table
from service.web.case.coming import coming
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, populate, seen
from tests.service.pages_cast import clock_of as path_of

ALERT, AUDIT = table(AlertRow), table(AuditRow)
OF_NORTH, OF_SOUTH = ("team-manager", NORTH, ""), ("team-manager", SOUTH, "")


@pytest.fixture
def council(database_url, tmp_path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        yield council


# ---- what runs, and what happens next --------------------------------------------------------------------------------


def test_what_happens_next_is_what_the_engine_has_planned(council):
    """Two ways to the same moment: the ladder asked by the page, and the rows that wait to be sent."""
    with council.reading() as db:
        running = [clock_of(row) for row in db.execute(select(CLOCK).where(CLOCK.c.outcome.is_(None)))]
        waiting: dict[str, list[object]] = {}
        for row in db.execute(select(ALERT).where(ALERT.c.state == "planned")):
            waiting.setdefault(row.clock_id, []).append(row.send_at)
    found = {one.id: coming(one, council.law, None, wall.now()) for one in running}
    compared = 0
    for clock in running:
        if any(at <= wall.now() for at in waiting.get(clock.id, ())):
            continue  # a post that nobody holds: what comes after it is planned once it has been told
        if clock.id in waiting:
            assert found[clock.id][0].at == min(waiting[clock.id]), clock
            compared += 1
        else:
            assert found[clock.id] == [] or clock.due_on < council.alerts_from, clock
    assert compared > 3


def test_the_next_due_comes_first_and_each_card_says_who_is_told_next(council):
    send(council, document("referral.received", "c-late", "late-9", "2026-11-20", key="r-late", team=NORTH))
    words = seen(browser(council).get("/subjects/c-late").text)
    running = words.split("Running now")[2].split("The last year")[0]
    assert running.index("Initial child protection conference") < running.index("Single assessment")
    assert "Mon 16 Nov 5 working days overdue" in running
    assert "Next: Mon 30 Nov, 07:30 the head of service is told: ten working days past the due date" in running


def test_a_plan_stands_on_the_card_and_those_above_see_it_until_its_day(council):
    id = path_of(browser(council), "c-late").rpartition("/")[2]
    acknowledge(council, [Planned(id, "court-date", date(2026, 11, 30), "team-manager")], who="test")
    words = seen(browser(council).get("/subjects/c-late").text)
    assert "Plan: court date, next step Mon 30 Nov" in words
    assert "Next: Mon 30 Nov, 07:30 the head of service is told: it is not done yet, and this is the plan" in words
    page = seen(browser(council).get(f"/clocks/{id}").text)
    assert "There is a plan until Monday 30 November 2026" in page
    assert "Tue 1 Dec, 07:30 The team manager is told: the day of the plan has passed." in page


def test_a_team_that_is_not_told_yet_says_so(council):
    send(council, discussion("c-before", "before-1", "2026-09-28", key="s47-before", team=NORTH))
    words = seen(browser(council).get("/subjects/c-before").text)
    assert "nobody is told: it was due before 1 November 2026, the day from which this team is told" in words


# ---- who was told ----------------------------------------------------------------------------------------------------


def test_who_was_told_is_of_this_child_alone_and_says_what_became_of_it(council):
    words = seen(browser(council).get("/subjects/c-late").text).split("Did it arrive")[1].split("What was recorded")[0]
    with council.reading() as db:
        own = select(CLOCK.c.id).where(CLOCK.c.subject == "c-late")
        told = ALERT.c.state.in_(("sent", "not_sent", "queued", "undeliverable", "taken_back"))
        expected = db.execute(select(ALERT).where(ALERT.c.clock_id.in_(own), told)).all()
    assert words.count("Written to the outbox folder") == len(expected) > 0
    assert "Nobody has been told anything" in seen(browser(council).get("/subjects/c-stray").text)


def test_what_waits_because_nobody_holds_the_post_says_so(council):
    words = seen(browser(council).get("/subjects/c-untold").text).split("Did it arrive")[1]
    assert "Due since Wed 11 Nov, 07:30: nobody holds this post, nor any above it" in words


# ---- what was recorded -----------------------------------------------------------------------------------------------


def test_what_no_longer_stands_is_struck_and_says_why(council):
    corrected = browser(council).get("/subjects/c-met").text
    assert re.search(
        r"<s>The initial child protection conference took place</s> <strong[^>]*>Corrected since<", corrected
    )
    assert "Corrected by event met-3" in corrected
    withdrawn = browser(council).get("/subjects/c-gone").text
    assert re.search(r"<s>[^<]*</s> <strong[^>]*>Withdrawn<", withdrawn)
    assert "Withdrawn by event gone-2" in withdrawn


# ---- who has looked --------------------------------------------------------------------------------------------------


def test_who_has_looked_is_there_for_everybody_who_may_see_the_child(council):
    browser(council, OF_NORTH, person="manager-7").get("/subjects/c-late")
    words = seen(browser(council).get("/subjects/c-late").text).rpartition("Who has looked")[2]
    assert f"Mon 23 Nov, 08:02 manager-7 (team-manager of {NORTH}) Opened the child’s page" in words
    assert "That you have looked now is kept as well" in words


def test_every_row_of_the_trail_is_on_one_page_of_the_list(council):
    browser(council, OF_NORTH, person="manager-0").get("/subjects/c-late")
    with council.writing() as db:
        for nth in range(9):
            for _ in range(15):
                audit.note(db, f"manager-{nth} (team-manager of {NORTH})", "subject.read", subject="c-late")
    asking = browser(council, person="counting")
    assert 'href="/subjects/c-late/looked"' in asking.get("/subjects/c-late").text
    with council.reading() as db:
        trail = db.execute(select(AUDIT.c.actor).where(AUDIT.c.subject == "c-late")).scalars().all()
    path, found, pages = "/subjects/c-late/looked", 0, 0
    while path:
        html = asking.get(path).text
        rows = html.split("<tbody")[1].split("</tbody>")[0].split("<tr")[1:]
        times = [re.search(r">(\d+) times that day", row) for row in rows]
        found += sum(int(one[1]) if one else 1 for one in times)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        path, pages = unescape(following[1]) if following else None, pages + 1
    assert pages == 2
    assert found == len(trail)


def test_one_child_under_two_references_is_noted_under_both(council):
    browser(council, person="reader").get("/subjects/c-old")
    with council.reading() as db:
        rows = db.execute(select(AUDIT.c.subject).where(AUDIT.c.actor.startswith("reader "))).scalars().all()
    assert {"c-old", "c-late"} <= set(rows)


# ---- another team's child --------------------------------------------------------------------------------------------


def test_what_a_correction_ties_to_a_child_is_shown_to_those_who_may_see_that_child_and_to_nobody_else(council):
    """Typed in on the wrong child, and put right: two histories that are read together, of two children."""
    send(
        council,
        document("subject.registered", "c-right", "right-0", "2011-02-03", date_of_birth="2011-02-03", team=SOUTH),
        discussion("c-right", "right-1", "2026-11-03", key="s47-right", team=SOUTH),
        discussion("c-wrong", "wrong-1", "2026-11-02", key="s47-wrong", team=NORTH),
        discussion("c-right", "right-2", "2026-11-02", key="s47-moved", team=SOUTH, supersedes="wrong-1"),
    )
    north = seen(browser(council, OF_NORTH, person="north").get("/subjects/c-wrong").text)
    assert [said for said in ("c-right", "2011", "s47-right", "s47-moved", "right-1") if said in north] == []
    assert "Corrected by event right-2" in north
    south = seen(browser(council, OF_SOUTH, person="south").get("/subjects/c-right").text)
    assert "Corrects event wrong-1, sent about another child" in south
    assert [said for said in ("c-wrong", "s47-wrong") if said in south] == []
    both = seen(browser(council, OF_NORTH, OF_SOUTH, person="both").get("/subjects/c-wrong").text)
    assert "read together with that of c-right" in both
    assert "s47-right" in both
    with council.reading() as db:
        rows = db.execute(select(AUDIT.c.actor, AUDIT.c.subject).where(AUDIT.c.action == "subject.read")).all()
    noted = {who: {about for actor, about in rows if actor.startswith(f"{who} ")} for who in ("north", "south", "both")}
    assert noted == {"north": {"c-wrong"}, "south": {"c-right"}, "both": {"c-wrong", "c-right"}}


@pytest.mark.parametrize("path", ["/subjects/{}", "/subjects/{}/looked"])
def test_another_teams_child_is_as_one_that_is_not_there(council, path):
    asking = browser(council, OF_SOUTH)
    other, nobodys = asking.get(path.format("c-late")), asking.get(path.format("c-never"))
    assert (other.status_code, nobodys.status_code) == (404, 404)
    assert _plain(other.text) == _plain(nobodys.text)
    assert browser(council, OF_NORTH).get(path.format("c-late")).status_code == 200


@pytest.mark.parametrize("taken_back", ["corrected", "withdrawn"])
def test_a_reviewer_who_was_named_by_mistake_sees_nothing_of_the_child(council, taken_back):
    held = {"key": "s47-rev", "team": SOUTH, "outcome": "plan"}
    send(
        council,
        discussion("c-rev", "rev-1", "2026-10-01", key="s47-rev", team=SOUTH),
        document("icpc.held", "c-rev", "rev-2", "2026-10-12", **held, reviewer="chair-wrong"),
    )
    wrong, right = (browser(council, ("chair", "", ""), person=one) for one in ("chair-wrong", "chair-right"))
    assert wrong.get("/subjects/c-rev").status_code == 200
    assert "c-rev" in wrong.get("/clocks").text
    if taken_back == "corrected":
        said = document("icpc.held", "c-rev", "rev-3", "2026-10-12", **held, reviewer="chair-right", supersedes="rev-2")
    else:
        said = document("event.withdrawn", "c-rev", "rev-3", "2026-10-13", withdraws="rev-2", team=SOUTH)
    send(council, said)
    assert wrong.get("/subjects/c-rev").status_code == 404
    assert "c-rev" not in wrong.get("/clocks").text
    assert right.get("/subjects/c-rev").status_code == (200 if taken_back == "corrected" else 404)


def test_another_teams_clock_is_as_one_that_is_not_there(council):
    path = path_of(browser(council), "c-late")
    asking = browser(council, OF_SOUTH)
    other, nobodys = asking.get(path), asking.get("/clocks/" + "0" * 20)
    assert (other.status_code, nobodys.status_code) == (404, 404)
    assert _plain(other.text) == _plain(nobodys.text)


def _plain(html: str) -> str:
    return re.sub(r'name="form_token" value="[^"]*"', "", html)
