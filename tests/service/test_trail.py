"""The trail of who read what: numbers without gaps, guarded, and no change to it stays unseen."""

from __future__ import annotations

import random
import threading

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from service.access.trail import CUT_OFF, MISSING, SUBJECT, UNACCOUNTED, in_words, read_anchors, verify
from service.errors import Refused
from service.store.keeping import audit
from service.store.keeping.audit import AUDIT, head
from service.store.session import migrate, open_store, reading, rehearsing, writing
from tests.house.reading import ROOT
from tests.service.trail_cast import (
    ERASED,
    SHOWN,
    WAYS,
    as_it_stands,
    found_after,
    judge,
    take_the_guards_off,
    write_trail,
)

TIMES = 60


@pytest.fixture
def engine(database_url):
    opened = open_store(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def trail(engine: Engine, seed: int) -> Engine:
    write_trail(engine, random.Random(seed))
    return engine


def findings(engine: Engine, anchors=None):
    with reading(engine) as db:
        return verify(as_it_stands(db), anchors).findings


# ---- tampering -------------------------------------------------------------------------------------------------------


def test_a_trail_that_nobody_touched_is_whole_with_an_erasure_in_it(trail):
    with reading(trail) as db:
        done = verify(as_it_stands(db))
        assert done.findings == []
        assert done.rows == done.head[0] == head(db).number
        assert db.execute(text("SELECT count(*) FROM audit WHERE subject = :one"), {"one": ERASED}).scalar() >= 0


def test_whatever_an_insider_changes_is_found_and_located(trail, seed):
    rng = random.Random(f"tamper {seed}")
    for nth in range(TIMES):
        judge(*found_after(trail, WAYS[nth % len(WAYS)], rng))
    assert findings(trail) == [], "every tampering was taken back"


@pytest.mark.parametrize("way", SHOWN, ids=lambda way: way.__name__)
def test_without_an_exported_digest_all_but_the_end_is_found(trail, way, seed):
    with rehearsing(trail) as db:
        take_the_guards_off(db)
        done = way(db, random.Random(seed))
        last = head(db).number
        if done.rows[-1] < last - 1:  # what was at the very end may be known by an exported digest alone
            judge(done, verify(as_it_stands(db)).findings)


def test_an_erasure_that_takes_one_row_more_than_it_says_is_found(trail):
    with rehearsing(trail) as db:
        erasure = db.execute(text("SELECT seq FROM audit WHERE action = 'subject.erased'")).scalar_one()
        number = db.execute(text("SELECT max(seq) FROM audit WHERE subject IS NOT NULL")).scalar_one()
        db.execute(AUDIT.update().where(AUDIT.c.seq == number).values(subject=None, salt=None))
        db.execute(text("INSERT INTO audit_erasure VALUES (:number, :erasure)"), {"number": number, "erasure": erasure})
        assert [(one.kind, one.first) for one in verify(as_it_stands(db)).findings] == [(UNACCOUNTED, erasure)]


def test_a_value_that_no_row_can_hold_is_found_as_an_altered_row(sqlite_url):
    engine = open_store(sqlite_url)
    write_trail(engine, random.Random(1))
    for said in ("at = 'yesterday'", "detail = x'00ff'", "origin = 7"):
        with rehearsing(engine) as db:
            take_the_guards_off(db)
            db.execute(text(f"UPDATE audit SET {said} WHERE seq = 7"))
            assert [one.first for one in verify(as_it_stands(db)).findings] == [7], said
    engine.dispose()


def test_what_is_found_is_said_in_words_with_numbers(trail):
    with rehearsing(trail) as db:
        exported = head(db)
        take_the_guards_off(db)
        db.execute(AUDIT.delete().where(AUDIT.c.seq.in_((5, 6))))
        db.execute(AUDIT.delete().where(AUDIT.c.seq == exported.number))
        db.execute(AUDIT.update().where(AUDIT.c.seq == 9).values(origin="10.9.9.9"))
        done = verify(as_it_stands(db), {exported.number: exported.chain})
    said = list(in_words(done))
    assert [one.kind for one in done.findings] == [MISSING, "altered", CUT_OFF]
    assert said[0] == "Rows 5 to 6 are missing"
    assert said[1].startswith("Row 9 (")
    assert said[1].endswith("does not follow row 8: it was altered or put in, or row 8 was changed and sealed anew")
    assert f"row {exported.number:,} was there when its digest was exported: the end was cut off" in said[2].lower()
    assert f"{exported.number - 3} rows: 3 findings." in said


def test_another_child_in_a_row_is_found_though_the_chain_holds_no_reference(trail):
    with rehearsing(trail) as db:
        take_the_guards_off(db)
        number = db.execute(text("SELECT min(seq) FROM audit WHERE subject IS NOT NULL")).scalar_one()
        db.execute(AUDIT.update().where(AUDIT.c.seq == number).values(subject="another"))
        assert [(one.kind, one.first) for one in verify(as_it_stands(db)).findings] == [(SUBJECT, number)]


@pytest.mark.parametrize("line", ["12", "x:00", "12:00", "-1:" + "0" * 64, "12:" + "g" * 64])
def test_what_is_no_digest_is_refused(line):
    with pytest.raises(Refused):
        read_anchors([line])


def test_digests_are_read_as_they_were_exported():
    one, other = "0" * 64, "a" * 64
    assert read_anchors(["# a heading", "", f"12:{one}  # when", f"13:{other.upper()}"]) == {12: one, 13: other}
    with pytest.raises(Refused):
        read_anchors([f"12:{one}", f"12:{other}"])


# ---- the guards ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", [one.name for one in AUDIT.c])
def test_the_database_refuses_to_change_a_row(trail, column):
    value = {"seq": "999", "at": "'2020-01-01 00:00:00'"}.get(column, "'another'")
    with reading(trail) as db:
        number = db.execute(text("SELECT min(seq) FROM audit WHERE subject IS NOT NULL")).scalar_one()
    refuses(trail, f"UPDATE audit SET {column} = {value} WHERE seq = {number}")
    assert findings(trail) == []


def test_the_database_refuses_to_drop_a_row(trail):
    refuses(trail, "DELETE FROM audit WHERE seq = 3")
    if trail.dialect.name == "postgresql":
        refuses(trail, "TRUNCATE audit")


def refuses(engine: Engine, statement: str) -> None:
    with writing(engine) as db, pytest.raises(DBAPIError, match="only added to"):
        db.execute(text(statement))


# ---- many at once ----------------------------------------------------------------------------------------------------


def test_many_who_write_at_once_leave_no_gap_and_wait_for_nobody_in_a_ring(engine):
    writers, each = 12, 15
    failures: list[BaseException] = []
    ready = threading.Barrier(writers)

    def write(nth: int) -> None:
        try:
            ready.wait()
            for turn in range(each):
                with writing(engine) as db:
                    audit.note(db, f"writer {nth}", "subject.read", subject=f"c-{turn % 4}")
                    audit.note(db, f"writer {nth}", "subject.read", subject=f"c-{nth}")
                    if turn == each - 1 and nth % 3 == 0:
                        audit.erase(db, f"writer {nth}", f"c-{nth}", detail="test")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(nth,)) for nth in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)
    with reading(engine) as db:
        done = verify(as_it_stands(db))
        assert done.findings == []
        assert done.rows == done.head[0] == writers * each * 2 + len(range(0, writers, 3))


def test_a_transaction_that_is_taken_back_leaves_no_gap(trail):
    before = head_of(trail)
    with rehearsing(trail) as db:
        audit.note(db, "somebody", "subject.read", subject="c-1")
        db.execute(text("SELECT 1"))
    with writing(trail) as db:
        audit.note(db, "somebody", "subject.read", subject="c-1")
    assert head_of(trail) == before + 1
    assert findings(trail) == []


def head_of(engine: Engine) -> int:
    with reading(engine) as db:
        return head(db).number


# ---- from the form before --------------------------------------------------------------------------------------------


def to_revision(url: str, revision: str) -> None:
    engine = open_store(url)
    with writing(engine) as db:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "alembic"))
        config.attributes["connection"] = db
        command.downgrade(config, revision)
    engine.dispose()


def test_rows_from_before_the_seal_are_sealed_as_they_stand_down_and_up_again(database_url):
    to_revision(database_url, "0003")
    engine = open_store(database_url)
    with writing(engine) as db:
        for number, subject in ((1, None), (2, "c-1"), (5, "c-2"), (9, None)):
            values = {"n": number, "subject": subject, "at": "2026-01-05 08:00:00+00:00"}
            if engine.dialect.name == "sqlite":
                values["at"] = "2026-01-05 08:00:00.000000"
                values["n"] = number if number < 3 else number - 2 if number == 5 else 4
            sql = "INSERT INTO audit (seq, at, actor, action, subject, detail) VALUES (:n, :at, 'a', 'b', :subject, '')"
            db.execute(text(sql), values)
    engine.dispose()
    for _ in range(2):
        migrate(database_url)
        engine = open_store(database_url)
        with reading(engine) as db:
            done = verify(as_it_stands(db))
            assert (done.rows, done.head[0], done.findings) == (4, 4, [])
            subjects = list(db.scalars(AUDIT.select().with_only_columns(AUDIT.c.subject).order_by(AUDIT.c.seq)))
            assert subjects == [None, "c-1", "c-2", None]
        with writing(engine) as db:
            audit.note(db, "somebody", "subject.read", subject="c-1")
        assert findings(engine) == []
        with writing(engine) as db:
            take_the_guards_off(db)
            db.execute(AUDIT.delete().where(AUDIT.c.seq == 5))
        if engine.dialect.name == "postgresql":  # as it was, for the way down to take off
            with writing(engine) as db:
                db.execute(text("CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit EXECUTE FUNCTION audit_is_kept()"))
        else:
            with writing(engine) as db:
                db.execute(text("CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT 1; END"))
                db.execute(text("CREATE TRIGGER audit_is_not_dropped BEFORE DELETE ON audit BEGIN SELECT 1; END"))
        engine.dispose()
        to_revision(database_url, "0003")


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_says_that_all_is_well_and_where_it_is_not(command, trail, tmp_path):
    whole = command.run("audit", "verify")
    assert whole.returncode == 0, whole.stderr
    assert "every one follows from the one before, and none is missing" in whole.stdout
    exported = command.run("audit", "digests", "--every", "10", "--out", "digests.txt")
    assert exported.returncode == 0
    kept = (tmp_path / "digests.txt").read_text().splitlines()
    assert len(read_anchors(kept)) == len(kept) - 1 >= 4
    agreed = command.run("audit", "verify", "--against", "digests.txt", "--against", kept[1].split()[0])
    assert agreed.returncode == 0, agreed.stdout
    assert f"{len(kept) - 1} exported digests agree" in agreed.stdout
    with writing(trail) as db:
        take_the_guards_off(db)
        last = head(db).number
        db.execute(AUDIT.delete().where(AUDIT.c.seq.between(5, 6) | (AUDIT.c.seq > last - 3)))
    cut = command.run("audit", "verify", "--against", "digests.txt")
    assert cut.returncode == 1
    assert "Rows 5 to 6 are missing" in cut.stdout
    assert "Traceback" not in cut.stderr
    assert command.run("audit", "verify", "--against", "12:nonsense").returncode == 1
    assert command.run("audit", "verify", "--against", "nowhere.txt").returncode == 1


def test_checking_and_exporting_are_noted_in_the_trail_themselves(command, engine):
    command.run("audit", "verify")
    command.run("audit", "digests")
    with reading(engine) as db:
        actions = db.execute(text("SELECT action FROM audit ORDER BY seq")).scalars().all()
    assert list(actions) == ["audit.verified", "audit.digests-exported"]
