"""A post's due dates as a calendar: which it shows, that it says of nobody whose they are, and who can open it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import select

from service.access import calendars
from service.errors import NotFound, Refused
from service.notify.channels import by_calendar
from service.store.people import put_team
from service.store.tables import METADATA, CalendarFeedRow, table
from tests.service import intake_parts
from tests.service.api_parts import refused, serving
from tests.service.hook_room import discussed, hear, held
from tests.service.intake_parts import AUDIT, document
from tests.service.mail_cast import wall_at
from tests.service.real_server import Command

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NORTH, SOUTH, COURT = "assessment-north", "assessment-south", "court-team"
MANAGER, DIRECTOR, HEAD = "team-manager", "director", "service-manager"
ADDRESS = "https://timescales.council.example"


@pytest.fixture
def wall():
    with wall_at(NOW) as moved_by_hand:
        yield moved_by_hand


@pytest.fixture
def api(database_url, tmp_path, wall):
    with serving(database_url, tmp_path, base_url=ADDRESS) as api:
        people_of(api.council)
        yield api


def people_of(council):
    """Two teams of one service, one of another, their managers, and posts above them."""
    with council.writing() as db:
        for id, name, service in (
            (NORTH, "Assessment Team North", "Assessment"),
            (SOUTH, "Assessment Team; South, the", "Assessment"),
            (COURT, "Court Team", "Care"),
        ):
            put_team(db, id, name, service, {MANAGER: f"{id}@council.example"})
        post = METADATA.tables["post"]
        for name, service in ((HEAD, "Assessment"), (DIRECTOR, "")):
            db.execute(post.insert().values(post=name, team="", service=service, address=f"{name}@council.example"))


def subscribe(api, post=MANAGER, **of):
    return f"/calendar/{calendars.add(api.council, post, actor='test', **of)}.ics"


def opened(api, path, **given):
    answer = api.client.get(path, **given)
    assert answer.status_code == 200, answer.text
    return answer


def events(answer):
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def conferences(answer):
    """What a manager reads, of conferences only: the day and the words."""
    shown = [(one.decoded("dtstart"), str(one["summary"])) for one in events(answer)]
    return [(on, words) for on, words in shown if "conference" in words]


# ---- what it shows ---------------------------------------------------------------------------------------------------


def test_a_due_date_is_a_day_that_says_which_timescale_and_which_team(api):
    hear(api.council, discussed("c-1", "2026-03-02"))
    answer = opened(api, subscribe(api, team=NORTH))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = [one for one in events(answer) if "conference" in one["summary"]]
    assert event["summary"] == "Initial child protection conference due – Assessment Team North"
    assert event.decoded("dtstart") == date(2026, 3, 23)
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event.decoded("dtstamp") == NOW
    assert re.fullmatch(r"[0-9a-f]{32}@timescales\.council\.example", event["uid"])
    link = str(event["url"])
    assert re.fullmatch(ADDRESS + "/clocks/[0-9a-f]{20}", link)
    assert str(event["description"]) == f"The whole of this day counts.\nWhy this date: {link}"
    assert event["transp"] == "TRANSPARENT"


def test_a_post_sees_its_team_its_service_or_all(api):
    for team in (NORTH, SOUTH, COURT):
        hear(api.council, discussed(f"c-{team}", "2026-03-02", team=team))
    hear(api.council, discussed("c-none", "2026-03-02", team=None), discussed("c-new", "2026-03-02", team="new-team"))
    of_service = {"Assessment Team North", "Assessment Team; South, the"}

    def teams(path):
        return {words.partition(" – ")[2] for _on, words in conferences(opened(api, path))}

    assert teams(subscribe(api, team=NORTH)) == {"Assessment Team North"}
    assert teams(subscribe(api, HEAD, service="Assessment")) == of_service
    assert teams(subscribe(api, DIRECTOR)) == of_service | {"Court Team", "no team recorded", "a team not set up"}


def test_it_shows_what_runs_from_four_weeks_ago_to_twelve_weeks_ahead(api):
    clock, today = METADATA.tables["clock"], NOW.date()
    due = {f"c-{days}": today + timedelta(days=days) for days in range(-40, 101)}
    hear(api.council, *(discussed(subject, "2026-03-02") for subject in due))
    with api.council.writing() as db:
        for subject, due_on in due.items():
            db.execute(clock.update().where(clock.c.subject == subject).values(due_on=due_on))
    days = [on for on, _words in conferences(opened(api, subscribe(api, team=NORTH)))]
    assert (days[0], days[-1]) == (today - timedelta(weeks=4), today + timedelta(weeks=12))
    assert len(days) == 16 * 7 + 1


def test_what_is_met_ends_or_moves_is_no_longer_there_or_elsewhere(api, wall):
    path = subscribe(api, team=NORTH)
    hear(api.council, *(discussed(f"c-{nth}", "2026-03-02") for nth in range(3)))
    before = {one["uid"] for one in events(opened(api, path)) if "conference" in one["summary"]}
    hear(api.council, held("c-0", "2026-03-02"), document("case.closed", "c-1", "closed", "2026-03-02"))
    wall.wait(days=1)
    moved = {**discussed("c-2", "2026-03-03", supersedes="discussion-c-2"), "id": "moved"}
    hear(api.council, moved)
    left = [one for one in events(opened(api, path)) if "conference" in one["summary"]]
    running = {"2026-03-24"} if len(left) == 1 else {"2026-03-23", "2026-03-24"}
    assert {str(one.decoded("dtstart")) for one in left} == running
    assert {one["uid"] for one in left} < before, "the same clock is the same event"
    assert max(one.decoded("dtstamp") for one in left) == NOW + timedelta(days=1)


def test_a_provisional_date_says_so(api, wall):
    wall.now = datetime(2027, 12, 20, 9, 0, tzinfo=UTC)
    path = subscribe(api, team=NORTH)
    hear(api.council, discussed("c-1", "2027-12-20"))
    with api.council.writing() as db:
        db.execute(METADATA.tables["clock"].update().values(is_provisional=True))
    (event,) = [one for one in events(opened(api, path)) if "conference" in one["summary"]]
    assert "provisional" in event["description"]


def test_of_too_many_the_earliest_are_shown_and_the_last_day_says_that_there_are_more(api):
    for nth in range(6):
        hear(api.council, discussed(f"c-{nth}", str(date(2026, 2, 20) + timedelta(days=nth))))
    calendars.add(api.council, MANAGER, team=NORTH, actor="test")
    (feed,) = calendars.every(api.council)
    with api.council.reading() as db:
        content, count = by_calendar.write(db, api.council, feed, on=NOW.date(), most=4)
        whole, of_all = by_calendar.write(db, api.council, feed, on=NOW.date())
    shown = Calendar.from_ical(content).walk("VEVENT")
    assert (count, len(shown)) == (4, 5)
    assert of_all == 6 == len(Calendar.from_ical(whole).walk("VEVENT"))
    assert "More timescales" in shown[-1]["summary"]
    assert shown[-1].decoded("dtstart") == shown[-2].decoded("dtstart")


# ---- as it is written ------------------------------------------------------------------------------------------------


def unfolded(content: bytes) -> list[str]:
    """The lines of RFC 5545, by the slowest reading of it: CRLF, at most 75 octets, continued after a space."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    lines: list[bytes] = []
    for line in content.split(b"\r\n")[:-1]:
        assert len(line) <= 75
        line.decode()  # no fold cuts a character in two
        if line.startswith(b" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return [line.decode() for line in lines]


def test_every_line_is_as_the_standard_wants_it(api):
    hear(api.council, discussed("c-1", "2026-03-02", team=SOUTH))
    lines = unfolded(opened(api, subscribe(api, team=SOUTH)).content)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert "VERSION:2.0" in lines
    assert r"SUMMARY:Initial child protection conference due – Assessment Team\; South\, the" in lines
    assert "DTSTART;VALUE=DATE:20260323" in lines
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in lines
    (words,) = [line for line in lines if line.startswith("DESCRIPTION:") and "/clocks/" in line]
    assert r"\n" in words
    for event in range(lines.count("BEGIN:VEVENT")):
        assert sum(line.startswith("UID:") for line in lines) == lines.count("BEGIN:VEVENT"), event
        assert sum(line.startswith("DTSTAMP:") for line in lines) == lines.count("BEGIN:VEVENT")


def test_nothing_in_it_says_whose_it_is(api, wall):
    canaries = ["canary-child", "canary-worker", "canary-key", "2011-11-11", "20111111", "canary-team"]
    path = subscribe(api, DIRECTOR)
    born = document("subject.registered", canaries[0], "b-1", "2011-11-11", date_of_birth="2011-11-11")
    said = {"worker": canaries[1], "key": canaries[2], "team": canaries[5]}
    hear(api.council, born, discussed(canaries[0], "2026-03-02", **said))
    answer = opened(api, path)
    assert conferences(answer)
    text = "\n".join(unfolded(answer.content)) + str(answer.headers)
    assert [canary for canary in canaries if canary in text] == []


# ---- who opens it ----------------------------------------------------------------------------------------------------


def test_a_wrong_an_unknown_and_a_revoked_secret_are_the_same_404_as_any_address(api):
    path = subscribe(api, team=NORTH)
    opened(api, path)
    calendars.revoke(api.council, 1, actor="test")
    nowhere = api.get("/nothing/here", key=None)
    for wrong in (path, path[:-5] + "x.ics", "/calendar/x.ics", "/calendar/%00.ics", "/calendar/%ff.ics", f"{path}x"):
        answer = api.get(wrong, key=None)
        refused(answer, 404, "not-found")
        assert answer.content == nowhere.content
        assert {**answer.headers, "content-length": ""} == {**nowhere.headers, "content-length": ""}
    for method in ("POST", "PUT", "DELETE"):
        assert api.ask(method, path, key=None).status_code == 405


def test_an_api_key_opens_no_calendar_and_a_calendar_no_api(api):
    path = subscribe(api, team=NORTH)
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    refused(api.get(f"/calendar/{api.keys['all']}.ics", key=None), 404, "not-found")
    refused(api.get("/v1/clocks", key=secret), 401, "not-allowed")


def test_a_secret_has_256_bits_and_only_its_hmac_is_kept(api):
    secrets = {calendars.add(api.council, MANAGER, team=NORTH, actor="test") for _ in range(5)}
    assert len(secrets) == 5
    with api.council.reading() as db:
        kept = str([str(db.execute(select(one)).all()) for one in METADATA.sorted_tables])
        assert len(set(db.scalars(select(table(CalendarFeedRow).c.digest)))) == 5
    for secret in secrets:
        assert len(secret) >= 43  # 32 bytes in base64
        assert secret not in kept


def test_a_post_that_is_not_there_gets_no_calendar(api):
    for post, of in (("team-manager", {}), ("chair", {"team": NORTH}), (HEAD, {"team": NORTH})):
        with pytest.raises(Refused, match="no such post"):
            calendars.add(api.council, post, actor="test", **of)
    with pytest.raises(Refused, match="or of a service"):
        calendars.add(api.council, MANAGER, team=NORTH, service="Assessment", actor="test")
    with pytest.raises(NotFound):
        calendars.revoke(api.council, 1, actor="test")


# ---- reading it ------------------------------------------------------------------------------------------------------


def test_reading_changes_nothing_but_the_audit(api):
    path = subscribe(api, team=NORTH)
    hear(api.council, discussed("c-1", "2026-03-02"))
    before = api.rows()
    opened(api, path)
    api.get("/calendar/x.ics", key=None)
    after = api.rows()
    assert {name for name in after if after[name] != before[name]} == {"audit"}
    assert after["audit"] == before["audit"] + 1
    actor, action, subject = api.audited()[-1]
    assert (actor, action, subject) == (f"calendar 1: team-manager of {NORTH}", "calendar.read", None)


def test_asked_again_nothing_is_sent_until_something_changes(api, wall):
    path = subscribe(api, team=NORTH)
    hear(api.council, discussed("c-1", "2026-03-02"))
    first = opened(api, path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    wall.wait(hours=5)
    for sent in (tag, f"W/{tag}", f'"other", {tag}'):
        again = api.client.get(path, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "private, no-cache"
    hear(api.council, discussed("c-2", "2026-03-02"))
    assert opened(api, path, headers={"If-None-Match": tag}).headers["etag"] != tag


def test_made_listed_and_revoked_by_its_command_and_its_secret_in_no_log(database_url, tmp_path):
    command = Command(database_url, tmp_path, base_url=ADDRESS, header_seconds="1")
    council = intake_parts.opened(database_url, tmp_path)
    people_of(council)
    made = command.run("calendars", "add", MANAGER, "--team", NORTH)
    assert made.returncode == 0, made.stderr
    address = made.stdout.splitlines()[-1]
    assert address.startswith(f"{ADDRESS}/calendar/")
    path = address.removeprefix(ADDRESS)
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    with command.serving() as server:
        answers = [httpx.get(server.address + path)]
        answers += [httpx.get(server.address + other) for other in (f"{path}x", path[:-4], f"{path}?a=b", f"/{secret}")]
        answers.append(httpx.post(server.address + path))
        raw = server.connect()
        raw.sendall(f"GET {path} NO-PROTOCOL\r\n\r\n".encode())
        raw.recv(1_000)
        raw.close()
        assert [one.status_code for one in answers] == [200, 404, 404, 200, 404, 405]
        assert command.run("calendars", "revoke", "1").returncode == 0
        assert httpx.get(server.address + path).status_code == 404
        assert server.stop() == 0
        assert secret not in server.written()
    assert all(secret not in str(one.headers) + one.text for one in answers)
    listed = command.run("calendars", "list").stdout
    assert f"1\tteam-manager of {NORTH}\t" in listed
    assert "revoked" in listed
    assert secret not in listed
    assert command.run("calendars", "revoke", "1").returncode == 1
    with council.reading() as db:
        audited = db.execute(select(AUDIT.c.actor, AUDIT.c.action).order_by(AUDIT.c.seq)).all()
        assert secret not in str([str(db.execute(select(one)).all()) for one in METADATA.sorted_tables])
    council.engine.dispose()
    reader = f"calendar 1: team-manager of {NORTH}"
    assert [tuple(row) for row in audited] == [
        ("command line", "calendar.added"),
        (reader, "calendar.read"),
        (reader, "calendar.read"),
        ("command line", "calendar.revoked"),
    ]
