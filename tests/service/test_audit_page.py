"""The page of the trail, and that of the keys: what the administrator sees, and what not."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from service import retention
from service.access import keys
from service.access.trail import read_anchors, verify
from service.council import Council
from service.errors import NotAllowed
from service.store.keeping import audit, trail
from service.store.keeping.audit import AUDIT
from service.store.keeping.trail import Wanted
from service.web.pages.office.audit import WORDS
from tests.house.reading import ROOT
from tests.service.mail_cast import wall_at
from tests.service.pages_cast import MONDAY, browser, demonstration, populate, seen
from tests.service.trail_cast import as_it_stands

HEAD, ADMINISTRATOR = ("head-of-service", "", ""), ("administrator", "", "")
HERE = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        yield council


@pytest.fixture
def head(own: Council) -> TestClient:
    asking = browser(own, HEAD)
    for path in ("/subjects/c-late", "/subjects/c-friday", "/clocks"):
        assert asking.get(path).status_code == 200
    return asking


def form(asking: TestClient, path: str, **fields: str | list[str]) -> object:
    """Sends a form as the page would: with the token that stands on it."""
    page = asking.get(path.removesuffix(".csv"))
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', page.text)
    assert token, page.status_code
    return asking.post(path, data={"form_token": token[1], **fields}, headers=HERE, follow_redirects=False)


def audited(council: Council) -> list[tuple[str, str, str | None, str, str]]:
    with council.reading() as db:
        columns = (AUDIT.c.actor, AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail, AUDIT.c.origin)
        return [tuple(row) for row in db.execute(select(*columns).order_by(AUDIT.c.seq))]


def read(answer: object) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(answer.text)))


# ---- the trail -------------------------------------------------------------------------------------------------------


def test_the_head_of_service_sees_who_read_which_child_the_newest_first(head, own):
    page = seen(head.get("/audit").text)
    assert re.search(r"Saw a child in a list of clocks \d children .*Opened a child’s page \d children c-friday ", page)
    assert "c-late" in page
    assert "person-1 (head-of-service)" in page
    assert "from 127.0.0.1" in page
    assert audited(own)[-1][:4] == ("person-1 (head-of-service)", "audit.read", None, f"{len(audited(own)) - 1} rows")


def test_the_administrator_sees_that_there_was_a_child_and_never_which(head, own):
    admin = browser(own, ADMINISTRATOR)
    for answer in (admin.get("/audit"), form(admin, "/audit", child="c-late"), form(admin, "/audit.csv")):
        assert answer.status_code == 200
        assert not re.search(r"\bc-(late|friday|today)\b", answer.text)
    assert re.search(r"Opened a child’s page \d children", seen(admin.get("/audit").text))
    assert "Child (the whole reference)" not in admin.get("/audit").text
    everything, of_one = read(form(admin, "/audit.csv")), read(form(admin, "/audit.csv", child="c-late"))
    assert len(of_one) > len(everything) - 10, "whom it was about cannot be asked for either"
    assert {row["child"] for row in everything} == {"", "a child"}


def test_each_filter_shows_those_rows_and_no_others(head, own):
    with own.writing() as db:
        audit.note(db, "case-system", "events.read", subject="c-late")
        audit.note(db, "50%_of", "events.read", subject="c-met")
    every = read(form(head, "/audit.csv"))
    for fields, wanted in [
        ({"what": "subject.read"}, lambda row: row["did"] == "subject.read"),
        ({"child": "c-late"}, lambda row: row["child"] == "c-late"),
        ({"who": "CASE-sys"}, lambda row: "case-sys" in row["who"]),
        ({"who": "%_"}, lambda row: "%_" in row["who"]),
        ({"who": "person-1", "what": "clocks.listed"}, lambda row: row["did"] == "clocks.listed"),
        ({"first": "2026-11-23", "last": "2026-11-23"}, lambda row: True),
        ({"last": "2026-11-22"}, lambda row: False),
        ({"first": "2026-11-24"}, lambda row: False),
    ]:
        found = read(form(head, "/audit.csv", **fields))
        expected = [row for row in every if wanted(row)]
        numbers = [row["number"] for row in found if int(row["number"]) <= int(every[0]["number"])]
        assert numbers == [row["number"] for row in expected], fields
        page = form(head, "/audit", **fields)
        assert page.status_code == 200
        assert ("No row is like this" in page.text) is (not found), fields


def test_a_day_is_a_local_day(own):
    """In June the day begins at 23:00 UTC."""
    midnight = MONDAY.replace(month=6, day=10, hour=23, minute=0)
    with wall_at(midnight - timedelta(seconds=1)), own.writing() as db:
        audit.note(db, "late at night", "events.read")
    with wall_at(midnight), own.writing() as db:
        audit.note(db, "early in the morning", "events.read")
    head = browser(own, HEAD)
    found = read(form(head, "/audit.csv", first="2026-06-11", last="2026-06-11", what="events.read"))
    assert [row["who"] for row in found] == ["early in the morning"]


def test_what_cannot_be_asked_is_said_beside_its_field_and_kept_as_typed(head):
    answer = form(head, "/audit", first="2026-02-30", last="soon", who="person-1")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "The first day is not a day that the calendar has" in answer.text
    assert "The last day is not a day that the calendar has" in answer.text
    assert 'value="person-1"' in answer.text
    assert "The last day is before the first" in form(head, "/audit", first="2026-02-03", last="2026-02-02").text
    assert form(head, "/audit", before="1; DROP").status_code == 422
    assert form(head, "/audit", first="9999-12-31", last="0001-01-01").status_code == 422


def test_the_pages_of_the_trail_follow_one_another_without_a_gap(own):
    with own.writing() as db:
        for nth in range(620):
            audit.note(db, f"reader {nth}", "events.read")
    head, numbers, before = browser(own, HEAD), [], ""
    while True:
        answer = form(head, "/audit", what="events.read", before=before)
        numbers += [int(found.replace(",", "")) for found in re.findall(r">row ([\d,]+)<", answer.text)]
        older = re.search(r'name="before" value="(\d+)">Older rows', answer.text)
        if older is None:
            break
        before = older[1]
    with own.reading() as db:
        wanted = db.scalars(select(AUDIT.c.seq).where(AUDIT.c.action == "events.read").order_by(AUDIT.c.seq.desc()))
        assert numbers == list(wanted)


def test_a_long_trail_is_sifted_a_piece_at_a_time_and_nothing_is_lost(own):
    with own.writing() as db:
        for nth in range(300):
            audit.note(db, "seldom" if nth % 70 == 0 else "often", "clocks.read")
    wanted, seen_so_far, before, looks = Wanted(actor="seldom"), [], None, 0
    with own.reading() as db:
        every = list(db.scalars(select(AUDIT.c.seq).where(AUDIT.c.actor == "seldom").order_by(AUDIT.c.seq.desc())))
        while True:
            found = trail.newest(db, wanted, most=2, before=before, sift=50)
            looks, seen_so_far, before = looks + 1, [*seen_so_far, *(row.seq for row in found.rows)], found.older
            if before is None:
                break
    assert seen_so_far == every
    assert len(every) == 5
    assert looks > 5


def test_the_digest_on_the_page_is_one_that_verify_takes(head, own):
    page = head.get("/audit").text
    [said] = re.findall(r"timescales audit verify --against (\d+:[0-9a-f]{64})", page)
    with own.reading() as db:
        assert verify(as_it_stands(db), read_anchors([said])).findings == []


def test_a_child_who_was_erased_is_shown_as_that(head, own):
    retention.erase(own, "c-friday", reason="erasure-request", actor="test")
    page = seen(head.get("/audit").text)
    assert "c-friday" not in page
    assert "1 child erased since" in page
    assert "Erased a child" in page


def test_reading_and_taking_away_are_rows_of_the_trail_themselves(head, own):
    form(head, "/audit", child="c-late")
    form(head, "/audit.csv", what="subject.read")
    actions = [(action, subject) for _actor, action, subject, *_rest in audited(own)]
    assert ("audit.read", "c-late") in actions
    assert actions[-1] == ("audit.exported", None)


def test_everything_that_is_noted_has_words():
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "service").rglob("*.py")))
    noted = re.findall(r"(?:audit\.note|note_read)\((?:[^()]|\([^()]*\))*?\"([a-z0-9-]+\.[a-z-]+)\"", source)
    assert len(set(noted)) > 35
    assert sorted(set(noted) - WORDS.keys()) == []


# ---- the keys --------------------------------------------------------------------------------------------------------


def made(council: Council) -> list[str]:
    return [row.name for row in keys.every(council) if row.revoked_at is None]


def test_a_key_is_shown_once_works_and_is_noted_and_the_secret_is_nowhere_else(own):
    admin = browser(own, ADMINISTRATOR)
    answer = form(admin, "/keys", name="case-system", scope=["events:write", "people:write"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    [secret] = re.findall(r"<code>(ts_[\w-]{43})</code>", answer.text)
    assert keys.caller(own, f"Bearer {secret}", "events:write").name == "case-system"
    assert secret not in admin.get("/keys").text
    assert secret not in str(audited(own))
    added = ("person-1 (administrator)", "key.added", None, "case-system: events:write people:write", "127.0.0.1")
    assert added in audited(own)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "scope": "people:write"}, "Say who the key is for"),
        ({"name": "new"}, "Choose what the key may do"),
        ({"name": "new", "scope": "events:delete"}, "There is no scope events:delete"),
        ({"name": "taken", "scope": "people:write"}, "There is a key named taken already"),
        ({"name": "x" * 200, "scope": "people:write"}, "A key&#39;s name is one line of text"),
    ],
)
def test_a_key_that_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(own, fields, said):
    keys.add(own, "taken", ["events:write"], actor="test")
    admin = browser(own, ADMINISTRATOR)
    answer = form(admin, "/keys", **fields)
    assert answer.status_code == 422
    assert answer.text.count(said) >= 2, "in the summary and beside the field"
    assert f'value="{fields["name"]}"' in answer.text
    assert made(own) == ["taken"]


def test_a_key_is_revoked_after_it_was_asked_whether_it_is_meant(own):
    secret = keys.add(own, "case-system", ["events:write"], actor="test")
    admin = browser(own, ADMINISTRATOR)
    [path] = re.findall(r'href="(/keys/\d+/revoke)"', admin.get("/keys").text)
    assert "Revoke the key of case-system?" in admin.get(path).text
    assert made(own) == ["case-system"], "asking changes nothing"
    answer = form(admin, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/keys")
    assert made(own) == []
    with pytest.raises(NotAllowed):
        keys.caller(own, f"Bearer {secret}", "events:write")
    assert "Revoked" in seen(admin.get("/keys").text)
    assert admin.get(path).status_code == 404
    assert ("person-1 (administrator)", "key.revoked", None, "case-system", "127.0.0.1") in audited(own)


def test_when_a_key_was_last_used_is_told_from_the_trail(own):
    keys.add(own, "case-system", ["events:write"], actor="test")
    admin = browser(own, ADMINISTRATOR)
    assert "not lately, or never" in admin.get("/keys").text
    with own.writing() as db:
        audit.note(db, "case-system", "events.received")
    assert "not lately, or never" not in admin.get("/keys").text


def test_a_form_from_elsewhere_makes_no_key(own):
    admin = browser(own, ADMINISTRATOR)
    for token in ("", "0" * 64):
        answer = admin.post("/keys", data={"form_token": token, "name": "x", "scope": "admin"}, headers=HERE)
        assert answer.status_code == 422
    assert made(own) == []
