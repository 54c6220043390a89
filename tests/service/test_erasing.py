"""Erasing somebody: nothing of the reference is left anywhere, and everything else stands as it was."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, cast, func, select

from service import acknowledging, clock, flow, reports, retention
from service.access.trail import verify
from service.council import Council
from service.errors import NotFound, Refused
from service.notify.channels.webhooks.cloud_events import TYPES
from service.reports.report import from_content
from service.store.clocks import CLOCK
from service.store.keeping import audit
from service.store.tables import METADATA, AuditRow, ReportRow, table
from service.store.telling import webhooks
from tests.service.api_parts import refused, serving
from tests.service.intake_parts import discussion, document, from_scratch, send, stored
from tests.service.pages_cast import MONDAY, NORTH, browser, demonstration, populate
from tests.service.trail_cast import as_it_stands

CANARY = "canary-7731"
AUDIT, REPORT = table(AuditRow), table(ReportRow)


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        yield council


@pytest.fixture
def known(own: Council) -> Council:
    """The canary has been sent, late, told of, planned for, looked at, reported on, held and released again."""
    with own.writing() as db:
        webhooks.add(db, "hook", "https://hooks.example/in", "secret", TYPES, now=MONDAY)
    webhooks.forget(own.engine)
    key = f"{CANARY}/enquiry"
    send(
        own,
        document("subject.registered", CANARY, f"{CANARY}-0", "2026-01-05", date_of_birth="2019-02-03", team=NORTH),
        discussion(CANARY, f"{CANARY}-1", "2026-10-26", key=key, team=NORTH, worker="north-1"),
        document("case.allocated", CANARY, f"{CANARY}-2", "2026-11-02", team=NORTH, worker="north-2"),
        document("icpc.held", CANARY, f"{CANARY}-3", "2026-10-20", key="stray", outcome="no_plan", team=NORTH),
    )
    with own.reading() as db:
        late = db.scalars(select(CLOCK.c.id).where(CLOCK.c.subject == CANARY, CLOCK.c.due_on < MONDAY.date())).first()
    assert late
    plan = acknowledging.Planned(late, "other", date(2026, 11, 24), "team-manager", f"we wait for {CANARY}")
    acknowledging.acknowledge(own, [plan], who="test")
    flow.send_due(own, now=MONDAY + timedelta(minutes=5))
    published = reports.publish(own, "section-47", as_at=MONDAY.date(), now=MONDAY).report
    reports.write(published, own.settings.reports_dir)
    asking = browser(own)
    for path in (f"/subjects/{CANARY}", f"/clocks/{late}", "/clocks", "/problems", "/"):
        assert asking.get(path).status_code == 200
    retention.hold(own, CANARY, reason="complaint", who="test")
    retention.lift(own, CANARY, reason=None, who="test")
    return own


def places(council: Council, text: str) -> list[str]:
    """Every column of every table, and every file beside the database, in which a text stands."""
    found = []
    with council.reading() as db:
        for one in METADATA.sorted_tables:
            for column in one.c:
                content = cast(column, String)
                if db.execute(select(func.count()).select_from(one).where(content.contains(text))).scalar_one():
                    found.append(f"{one.name}.{column.name}")
    for file in sorted(council.settings.data_dir.rglob("*")):
        if file.is_file() and ".sqlite" not in file.name and text.encode() in file.read_bytes():
            found.append(file.name)
    return found


def counts(council: Council) -> dict[str, int]:
    with council.reading() as db:
        return {
            one.name: db.execute(select(func.count()).select_from(one)).scalar_one() for one in METADATA.sorted_tables
        }


def erase(council: Council, ref: str = CANARY, **more: Any) -> retention.Erased:
    return retention.erase(council, ref, reason="erasure-request", actor="test", **more)


def whole(council: Council) -> None:
    """The trail is whole, and the clocks are those that the events alone give."""
    with council.reading() as db:
        assert verify(as_it_stands(db)).findings == []
    assert flow.recompute(council, actor="test", check=True).differing == 0
    assert stored(council).clocks == from_scratch(council).clocks


# ---- what goes, and what stays ---------------------------------------------------------------------------------------


def test_nothing_of_the_reference_is_left_in_any_table_or_file(known):
    before = places(known, CANARY)
    assert {"event.subject", "clock.subject", "change.subject", "problem.subject", "subject.ref"} <= set(before)
    assert {"acknowledgement.words", "audit.subject", "report.content", "hold.subject", "delivery.body"} <= set(before)
    assert "section-47-2026-11-23-children.csv" in before
    done = erase(known)
    assert places(known, CANARY) == []
    assert done.reports == 1
    assert len(done.files) == 4
    assert done.trail > 5
    whole(known)


def test_files_of_a_report_that_was_never_published_go_where_they_name_the_child_and_stay_where_they_do_not(known):
    as_at, folder = MONDAY.date() - timedelta(days=3), known.settings.reports_dir
    names_somebody_else = folder / "section-47-2026-01-05-children.csv"
    names_somebody_else.write_text("figure,subject\n,c-late\n", "utf-8")
    reports.write(reports.build(known, "section-47", as_at=as_at), folder)
    assert f"section-47-{as_at}-children.csv" in places(known, CANARY)
    erase(known)
    assert places(known, CANARY) == []
    assert not (folder / f"section-47-{as_at}-children.csv").exists()
    assert not (folder / f"section-47-{as_at}.html").exists()
    assert names_somebody_else.exists()
    assert (folder / f"section-47-{MONDAY.date()}-children.csv").exists(), "what was published is written anew"


def test_a_child_erased_while_the_trail_is_walked_is_accounted_for(known):
    browser(known).get(f"/subjects/{CANARY}")
    done = []

    def meanwhile(_rows: int) -> None:
        if not done:
            done.append(erase(known))

    assert verify(known.reading, told=meanwhile).findings == []
    assert done
    assert verify(known.reading).findings == []


def test_everything_about_everybody_else_stays_as_it_was(known):
    def others() -> dict[str, list[str]]:
        with known.reading() as db:
            return {
                name: sorted(repr(tuple(row)) for row in db.execute(select(one)) if CANARY not in repr(tuple(row)))
                for name, one in METADATA.tables.items()
                if name not in ("audit", "audit_erasure", "erased", "report", "alert", "acknowledgement", "source")
            }

    before = others()
    with known.reading() as db:
        own = list(db.scalars(select(CLOCK.c.id).where(CLOCK.c.subject == CANARY)))
        alerts = METADATA.tables["alert"]
        of_others = select(alerts.c.seq).where(alerts.c.clock_id.not_in(own)).order_by(alerts.c.seq)
        seqs = list(db.scalars(of_others))
    erase(known)
    assert others() == before
    with known.reading() as db:
        assert list(db.scalars(select(alerts.c.seq).order_by(alerts.c.seq))) == seqs


def test_each_row_of_the_trail_keeps_what_was_done_and_is_accounted_for(known):
    with known.reading() as db:
        before = db.execute(select(AUDIT).order_by(AUDIT.c.seq)).all()
    erase(known)
    with known.reading() as db:
        after = db.execute(select(AUDIT).order_by(AUDIT.c.seq)).all()
        accounted = dict(db.execute(select(METADATA.tables["audit_erasure"])).all())
    gone = {row.seq for row in before if row.subject == CANARY}
    assert accounted.keys() == gone
    assert set(accounted.values()) == {after[-1].seq}
    assert after[-1].action == "subject.erased"
    assert after[-1].detail.startswith(f"erasure-request: {len(gone)} rows of the trail, ")
    for was, now in zip(before, after, strict=False):
        for name in ("seq", "at", "actor", "action", "detail", "origin", "subject_digest", "chain"):
            assert getattr(now, name) == getattr(was, name)
        assert now.subject == (None if was.seq in gone else was.subject)


def test_a_published_report_keeps_its_figures_and_says_that_somebody_was_erased(known):
    def content() -> Any:
        with known.reading() as db:
            return db.execute(select(REPORT.c.content)).scalar_one()

    before = content()
    erase(known)
    after = content()
    for name in before.keys() - {"children", "definitions", "own", "tables"}:
        assert after[name] == before[name], name
    rows = list(zip(before["children"]["rows"], after["children"]["rows"], strict=True))
    changed = [(was, now) for was, now in rows if was != now]
    assert changed
    for was, now in changed:
        assert CANARY in was
        assert now[1:3] == ["erased", "erased" if was[2] else ""]
        assert now[3:12] == was[3:12]
    assert [one["term"] for one in after["definitions"]].count("Erased") == 1
    assert from_content(after).name == "section-47"
    asking = browser(known)
    page = asking.get("/reports/section-47?as_at=2026-11-23").text
    assert "Where a reference reads “erased”" in page
    assert "/subjects/c-late" in page
    assert "/subjects/erased" not in page, "a link to nobody"
    with known.reading() as db:
        looked_at = set(db.scalars(select(AUDIT.c.subject).where(AUDIT.c.action == "report.read")))
    assert "c-late" in looked_at
    assert "erased" not in looked_at, "nobody of that name was read about"


def test_a_short_reference_takes_nothing_else_with_it(own):
    send(own, discussion("12", "twelve", "2026-10-26", key="k", team=NORTH))
    reports.publish(own, "section-47", as_at=MONDAY.date(), now=MONDAY)
    with own.reading() as db:
        before = db.execute(select(REPORT.c.content)).scalar_one()
    erase(own, "12")
    with own.reading() as db:
        after = db.execute(select(REPORT.c.content)).scalar_one()
    for was, now in zip(before["children"]["rows"], after["children"]["rows"], strict=True):
        assert was == now or was[1] == "12"
    assert not any(row[1] == "12" for row in after["children"]["rows"])
    with own.reading() as db:
        assert db.execute(select(func.count()).where(CLOCK.c.subject == "c-late")).scalar_one()


def test_what_was_read_in_the_very_moment_is_swept(known):
    """A page that opened before the erasure and notes its reading after it."""
    with known.writing() as db:
        audit.note(db, "somebody", "subject.read", subject=CANARY)
        if db.dialect.name == "postgresql":
            thread = threading.Thread(target=erase, args=(known,))
            thread.start()
            thread.join(1.0)  # the erasure is done, or waits for nobody: this reader holds nothing
    if known.engine.dialect.name == "postgresql":
        thread.join(30)
    done = erase(known)
    assert places(known, CANARY) == []
    assert done.was_before is (known.engine.dialect.name == "postgresql")
    whole(known)


# ---- whom it may not be ----------------------------------------------------------------------------------------------


def test_somebody_held_is_refused_until_the_hold_is_lifted(known):
    retention.hold(known, CANARY, reason="inquiry", who="test")
    before = counts(known)
    with pytest.raises(Refused, match="held"):
        erase(known)
    with pytest.raises(Refused, match="held"):
        retention.preview(known, CANARY, reason="erasure-request")
    assert counts(known) == before
    assert [one.reason for one in retention.holds(known)] == ["inquiry"]
    retention.lift(known, CANARY, reason="inquiry", who="test")
    erase(known)
    assert places(known, CANARY) == []


def test_tied_histories_are_refused_by_name_and_erased_together(own):
    with pytest.raises(Refused, match="c-old"):
        erase(own, "c-late")
    done = erase(own, "c-late", together=True)
    assert done.subjects == ("c-late", "c-old")
    for ref in done.subjects:
        assert [
            place for place in places(own, ref) if place.partition(".")[2] in ("subject", "ref", "one", "other")
        ] == []
    whole(own)


@pytest.mark.parametrize(
    ("ref", "reason", "error"),
    [("unheard-of", "erasure-request", NotFound), ("c-late", "no-such-reason", Refused), ("", "court-order", NotFound)],
)
def test_what_cannot_be_is_refused_and_nothing_goes(own, ref, reason, error):
    before = counts(own)
    with pytest.raises(error):
        retention.erase(own, ref, reason=reason, actor="test", together=True)
    assert counts(own) == before


def test_a_preview_counts_what_goes_and_changes_nothing(known):
    before = counts(known), places(known, CANARY)
    seen = retention.preview(known, CANARY, reason="erasure-request")
    assert (counts(known), places(known, CANARY)) == before
    done = erase(known)
    assert (seen.subjects, dict(seen.rows), seen.trail, seen.reports) == (
        done.subjects, dict(done.rows), done.trail, done.reports,
    )  # fmt: skip
    assert {"event", "clock", "change", "alert", "acknowledgement", "problem", "hold", "subject"} <= done.rows.keys()


# ---- numbers that are given again ------------------------------------------------------------------------------------


def test_what_comes_after_an_erasure_is_not_passed_over_by_whoever_reads_on(own):
    """SQLite gives the number of a deleted last row to the next: whoever remembers how far they read must see it."""
    source = METADATA.tables["source"]
    send(own, discussion(CANARY, "last", "2026-11-20", team=NORTH))
    event = METADATA.tables["event"]
    with own.writing() as db:
        newest = db.execute(select(func.max(event.c.seq))).scalar_one()
        said = {"name": "case-system", "last_seq": newest, "events": 1, "every": ""}
        db.execute(source.insert().values(said))
    erase(own)
    send(own, discussion("c-next", "next", "2026-11-20", team=NORTH))
    with own.reading() as db:
        read = db.execute(select(func.max(source.c.last_seq))).scalar_one()
        seq = db.execute(select(event.c.seq).where(event.c.event_id == "next")).scalar_one()
    assert seq > read


# ---- who comes back --------------------------------------------------------------------------------------------------


def standings(council: Council, *documents: Any) -> list[str]:
    return [receipt.standing for receipt in send(council, *documents)]


def test_what_is_sent_again_about_somebody_erased_is_refused_and_the_rest_is_taken(known):
    erase(known)
    again = discussion(CANARY, f"{CANARY}-1", "2026-10-26", team=NORTH)
    assert standings(known, again, discussion("c-new", "new-1", "2026-11-20", team=NORTH), again) == [
        "erased", "new", "erased",
    ]  # fmt: skip
    assert standings(known, document("subject.merged", "c-new", "new-2", "2026-11-21", into=CANARY)) == ["erased"]
    assert places(known, CANARY) == []
    whole(known)


def test_reopened_from_a_day_what_happens_from_then_on_is_taken_and_what_was_before_is_not(known):
    erase(known)
    retention.reopen(known, CANARY, from_on=date(2026, 11, 20), actor="test")
    before, after = (
        discussion(CANARY, "old", "2026-11-19", team=NORTH),
        discussion(CANARY, "new", "2026-11-20", team=NORTH),
    )
    assert standings(known, before, after) == ["erased", "new"]
    erase(known)
    assert standings(known, after) == ["erased"], "erased again, it is closed again"
    with pytest.raises(NotFound):
        retention.reopen(known, "never-erased", from_on=date(2026, 11, 20), actor="test")


def test_whoever_was_reopened_by_mistake_is_erased_again_and_closed_by_it(known):
    erase(known)
    retention.reopen(known, CANARY, from_on=date(2026, 11, 1), actor="test")
    assert erase(known).was_before
    assert standings(known, discussion(CANARY, "late", "2026-11-20", team=NORTH)) == ["erased"]
    assert places(known, CANARY) == []
    whole(known)


def test_a_batch_that_is_all_or_nothing_is_nothing_where_one_is_erased(known):
    erase(known)
    with pytest.raises(flow.NothingStored):
        send(known, discussion("c-new", "new-1", "2026-11-20"), discussion(CANARY, "x", "2026-11-20"), atomic=True)
    with known.reading() as db:
        assert db.execute(select(func.count()).where(METADATA.tables["event"].c.subject == "c-new")).scalar_one() == 0


def test_an_erasure_and_an_intake_at_once_leave_all_of_it_or_none(known):
    """Whichever comes first: the child is not half there."""
    failures: list[BaseException] = []

    def send_on() -> None:
        try:
            for nth in range(20):
                send(known, discussion(CANARY, f"more-{nth}", "2026-11-10", key=f"k{nth}", team=NORTH))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=send_on)
    thread.start()
    erase(known)
    thread.join(60)
    assert failures == []
    assert not thread.is_alive()
    assert places(known, CANARY) == []
    whole(known)


def test_what_is_remembered_is_no_reference_and_nothing_without_the_secret(known):
    erase(known)
    with known.reading() as db:
        row = db.execute(select(METADATA.tables["erased"])).one()
    assert len(row.digest) == 64
    assert CANARY not in json.dumps([str(value) for value in row])
    assert row.erased_at == clock.now()
    assert row.open_from is None


def test_the_api_says_410_of_one_event_and_of_each_item_and_line(database_url, tmp_path):
    with serving(database_url, tmp_path) as api:
        gone, other = discussion(CANARY, "e-1", "2026-03-02"), discussion("c-2", "e-2", "2026-03-02")
        api.post([gone, other])
        erase(api.council)
        refused(api.post(gone), 410, "subject-erased", "/subject")
        items = api.post([other, gone]).json()["items"]
        assert [one["status"] for one in items] == [200, 410]
        assert items[1]["problem"]["pointer"] == "/1/subject"
        nothing = refused(api.post([other, gone], query="?atomic=true"), 422, "nothing-stored")
        assert [one["type"].rpartition(":")[2] for one in nothing["problems"]] == ["subject-erased"]
        lines = b"\n".join(json.dumps(one).encode() for one in (gone, other))
        answer = api.post(lines, "application/x-ndjson").json()
        assert (answer["totals"]["repeated"], answer["totals"]["refused"]) == (1, 1)
        assert answer["refused"][0]["problem"]["status"] == 410
        assert places(api.council, CANARY) == []
        assert api.get(f"/v1/subjects/{CANARY}/events").status_code == 404
