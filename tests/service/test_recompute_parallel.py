"""Recomputing by several processes: the same answer as by one, nothing lost meanwhile, and all or nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from sqlalchemy import delete, func, insert, select, update

from service import flow, recomputing
from service.errors import NotReady
from service.flow import NEW
from service.store.clocks import CLOCK, PROBLEM
from service.store.events import EVENT, SUBJECT
from tests.service.intake_parts import AUDIT, assert_sound, batches, discussion, document, history, send, stored

LONG_S = 60


def fill(council, rng, *, families=8):
    """Families whose histories corrections and merges tie together, with every kind of problem, in any order."""
    documents = [
        event for nth in range(families) for event in history(rng, 40, mistakes=0.3, subjects=4, name=f"f{nth}")
    ]
    for nth, event in enumerate(documents):
        event["id"], event["source"] = f"{event['id']}-{nth // 40}", f"{event['source']}-{nth // 40}"
        for name in ("supersedes", "withdraws"):
            if name in event["data"]:
                event["data"][name] += f"-{nth // 40}"
    documents += [event for nth in range(20) for event in history(rng, 8, mistakes=0, subjects=1, name=f"plain{nth}")]
    for nth, event in enumerate(documents[40 * families :]):
        event["id"] = f"plain-{nth}"
    rng.shuffle(documents)
    for batch in batches(rng, documents, most=60):
        send(council, *batch)
    send(council, document("referral.received", "c-right", "r-1", "2026-03-02"))
    # What no release should ever do: a history that the rules cannot evaluate.
    send(council, document("child-protection-plan.started", "c-spoilt", "s-1", "2026-03-02", visit_every="4 weeks"))
    send(council, document("child-protection.visited", "c-spoilt", "s-2", "2026-03-03", seen=True))
    with council.writing() as db:
        db.execute(update(EVENT).where(EVENT.c.event_id == "s-2").values(data='{"seen": ["spoilt"]}'))
    return len(documents) + 3


def damage(council, rng):
    """Stored clocks lost, moved and made up, problems lost and made up, marks that are wrong."""
    with council.writing() as db:
        mendable = select(CLOCK.c.id).where(CLOCK.c.subject != "c-spoilt").order_by(CLOCK.c.id)
        ids = rng.sample(list(db.execute(mendable).scalars()), 60)
        lost, moved = ids[:30], ids[30:]
        row = dict(db.execute(select(CLOCK).where(CLOCK.c.id == ids[0])).mappings().one())
        db.execute(delete(CLOCK).where(CLOCK.c.id.in_(lost)))
        db.execute(update(CLOCK).where(CLOCK.c.id.in_(moved)).values(team="nobody"))
        for subject in ("a-stranger", "f3-0", "zz-a-stranger"):
            db.execute(insert(CLOCK).values(**{**row, "id": f"made up for {subject}", "subject": subject}))
        wrong = list(db.execute(select(PROBLEM.c.seq).order_by(PROBLEM.c.seq)).scalars())
        db.execute(delete(PROBLEM).where(PROBLEM.c.seq.in_(rng.sample(wrong, len(wrong) // 3))))
        made_up = {"code": "made-up", "timescale": "", "source": "s", "event_id": "e", "words": "it is made up"}
        db.execute(insert(PROBLEM), [{"subject": subject, **made_up} for subject in ("a-stranger", "plain1-0")])
        db.execute(update(SUBJECT).where(SUBJECT.c.ref == "c-right").values(has_problems=True))
        db.execute(update(SUBJECT).where(SUBJECT.c.ref == "c-spoilt").values(has_problems=False))


def compared(council, *, processes):
    """What differs, in any order, with what it comes to."""
    changes = []
    done = flow.recompute(council, actor="test", check=True, processes=processes, each=changes.extend)
    return done._replace(defeated=sorted(done.defeated)), sorted(changes, key=repr)


def test_several_processes_find_and_mend_what_one_finds(council, seed):
    rng = random.Random(seed)
    count = fill(council, rng)
    sound = stored(council)
    damage(council, rng)
    damaged = stored(council)

    together, changes = compared(council, processes=3)
    assert (together, changes) == compared(council, processes=1)
    assert stored(council) == damaged, "a check changed something"
    assert together.events == count
    assert together.differing == len(changes) >= 60
    assert {change.kind.value for change in changes} >= {"started", "updated", "withdrawn"}
    assert [problem.subject for problem in together.defeated] == ["c-spoilt"]

    flow.recompute(council, actor="test", processes=3)
    assert stored(council).clocks == sound.clocks
    with council.reading() as db:
        marked = set(db.execute(select(SUBJECT.c.ref).where(SUBJECT.c.has_problems)).scalars())
        wrong = set(db.execute(select(PROBLEM.c.subject)).scalars())
    assert marked == wrong, "marks and problems tell two stories"
    assert "c-spoilt" in wrong
    assert "a-stranger" not in wrong
    assert flow.recompute(council, actor="test", processes=1).differing == 0
    assert stored(council).problems >= sound.problems, "a problem was lost"


def test_what_does_not_differ_is_not_written_again(council, seed):
    fill(council, random.Random(seed), families=3)
    flow.recompute(council, actor="test", processes=2)

    def rows():
        with council.reading() as db:
            return [db.execute(select(table).order_by(*table.primary_key)).all() for table in (CLOCK, PROBLEM, SUBJECT)]

    before = rows()
    flow.recompute(council, actor="test", processes=2)
    assert rows() == before


@pytest.mark.parametrize("processes", [1, 2])
def test_an_event_that_arrives_meanwhile_waits_and_is_not_lost(council, seed, processes):
    fill_plainly(council, random.Random(seed))
    damage_plainly(council)
    answers, arrived = [], threading.Event()

    def arrive():
        for event in (
            discussion("c-new", "e-new", "2026-03-02", key="q-1"),
            document("subject.merged", "c-new", "e-merge", "2026-03-03", into="c-known"),
        ):
            answers.extend(send(council, event))
            arrived.set()

    sender = threading.Thread(target=arrive)

    def told(done, total):
        if not sender.ident:
            sender.start()
        if done == total:
            time.sleep(0.5)
            assert not arrived.is_set(), "it was taken in while everything was being compared"

    done = flow.recompute(council, actor="test", processes=processes, told=told)
    assert done.differing
    sender.join(LONG_S)
    assert [receipt.standing for receipt in answers] == [NEW, NEW]
    state = assert_sound(council)
    assert any(clock.subject == "c-known" and clock.key == "q-1" for clock in state.clocks)


def test_a_check_sees_one_moment_whatever_arrives_meanwhile(council, seed):
    """A merge that half of the processes saw would look like clocks that differ."""
    fill_plainly(council, random.Random(seed))
    with council.reading() as db:
        subjects = sorted(set(db.execute(select(EVENT.c.subject)).scalars()))
    merges = [
        document("subject.merged", one, f"m-{one}", "2026-04-01", into=other)
        for one, other in zip(subjects, reversed(subjects), strict=True)
        if one < other
    ]
    sender = threading.Thread(target=lambda: started_by(psutil.Process()) and send(council, *merges))
    sender.start()  # on PostgreSQL they are stored while the processes still start; on SQLite they wait
    assert flow.recompute(council, actor="test", check=True, processes=2).differing == 0
    sender.join(LONG_S)
    assert len(assert_sound(council).clocks) > 0
    with council.reading() as db:
        assert set(db.execute(select(EVENT.c.event_id)).scalars()) >= {merge["id"] for merge in merges}


def started_by(process):
    """The processes that compare for this one, as soon as there is one."""
    until = time.monotonic() + LONG_S
    while time.monotonic() < until:
        if found := [one for one in process.children() if "recomputing.processes" in " ".join(one.cmdline())]:
            return found
        time.sleep(0.001)
    raise AssertionError("no process was started")


def test_a_process_that_is_killed_fails_the_whole_and_nothing_is_written(council, seed):
    fill_plainly(council, random.Random(seed))
    damage_plainly(council)
    before = stored(council)
    killer = threading.Thread(target=lambda: started_by(psutil.Process())[0].kill())
    killer.start()
    with pytest.raises(NotReady, match="a process that compared the clocks failed or was lost"):
        flow.recompute(council, actor="test", processes=2)
    killer.join()
    assert stored(council) == before
    with council.reading() as db:
        recomputed = select(func.count()).select_from(AUDIT).where(AUDIT.c.action == "clocks.recomputed")
        assert db.execute(recomputed).scalar_one() == 0


def test_a_row_that_one_process_cannot_read_fails_the_whole_and_nothing_is_written(council, seed):
    fill_plainly(council, random.Random(seed))
    damage_plainly(council)
    send(council, document("referral.received", "c-odd", "e-odd", "2026-03-02"))
    with council.writing() as db:
        db.execute(update(EVENT).where(EVENT.c.event_id == "e-odd").values(data='{"half'))
    before = stored(council)
    with pytest.raises(NotReady, match="failed or was lost"):
        flow.recompute(council, actor="test", processes=2)
    assert stored(council) == before


def test_a_small_store_starts_no_processes_and_a_large_one_does(council):
    assert recomputing.processes_for(council) == 1
    send(council, discussion("c-1", "e-1", "2026-03-02"))
    assert recomputing.processes_for(council) == 1
    with council.writing() as db:
        db.execute(update(EVENT).values(seq=recomputing.WORTH_PROCESSES))
    assert recomputing.processes_for(council) == min(recomputing.cores(), 8)


def test_a_command_killed_in_the_middle_leaves_no_process_and_no_change(council, seed, tmp_path):
    fill_plainly(council, random.Random(seed))
    damage_plainly(council)
    before = stored(council)
    url = council.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "TIMESCALES_DATABASE_URL": url, "TIMESCALES_DATA_DIR": str(tmp_path)}
    command = subprocess.Popen(
        [sys.executable, "-c", "from service.cli import main; main()", "recompute", "--processes", "2"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started = started_by(psutil.Process(command.pid))
    command.send_signal(signal.SIGKILL)
    command.wait()
    _gone, left = psutil.wait_procs(started, timeout=LONG_S)
    assert left == []
    assert stored(council) == before


def fill_plainly(council, rng):
    for nth in range(6):
        documents = history(rng, 30, mistakes=0.2, subjects=3, sources=1, name=f"f{nth}")
        for event in documents:
            event["source"] = f"system-{nth}"
        send(council, *documents)


def damage_plainly(council):
    with council.writing() as db:
        db.execute(update(CLOCK).values(team="nobody"))
