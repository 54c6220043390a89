"""Many senders at once, about one child and about children whose histories are tied: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import threading

import pytest
from sqlalchemy import func, select

from service.errors import Busy
from service.flow import CONFLICT, NEW, REPEATED
from service.store.events import EVENT
from tests.service.intake_parts import assert_sound, batches, discussion, document, history, send

SENDERS = 8


def all_at_once(council, shares):
    """Each share sent by a thread of its own; gives every receipt, and how often a sender was told to try again."""
    receipts, busy, defects = [], [], []
    starting = threading.Barrier(len(shares))

    def sender(share):
        starting.wait()
        for batch in share:
            while True:
                try:
                    receipts.extend(send(council, *batch))
                    break
                except Busy as error:
                    busy.append(error.__cause__)
                except Exception as defect:  # in a thread it would be lost
                    defects.append(defect)
                    return

    threads = [threading.Thread(target=sender, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert defects == []
    assert busy == [], "two senders waited for one another"
    return receipts


@pytest.mark.parametrize("subjects", [1, 4])
def test_senders_about_the_same_children_lose_and_double_nothing(council, seed, subjects):
    """Every event is sent by two senders, in other batches and another order, corrections and merges among them."""
    rng = random.Random(f"{seed} {subjects}")
    documents = history(rng, 60, mistakes=0.3, subjects=subjects)
    shares = [[] for _ in range(SENDERS)]
    for _twice in range(2):
        rng.shuffle(documents)
        for nth, batch in enumerate(batches(rng, documents, most=3)):
            shares[nth % SENDERS].append(batch)
    receipts = all_at_once(council, shares)
    standings = [receipt.standing for receipt in receipts]
    assert (standings.count(NEW), standings.count(REPEATED), standings.count(CONFLICT)) == (60, 60, 0)
    with council.reading() as db:
        assert db.execute(select(func.count()).select_from(EVENT)).scalar_one() == 60
    assert_sound(council)


def test_corrections_of_one_another_crosswise_do_not_wait_for_one_another(council):
    """Each sender's event corrects an event of the other's child: both histories are wanted by both at once."""
    children = [(f"a-{nth}", f"b-{nth}") for nth in range(12)]
    for one, other in children:
        send(council, discussion(one, f"{one}-1", "2026-03-02"), discussion(other, f"{other}-1", "2026-03-02"))
    there = [[discussion(one, f"{one}-2", "2026-03-03", supersedes=f"{other}-1")] for one, other in children]
    back = [[discussion(other, f"{other}-2", "2026-03-04", supersedes=f"{one}-1")] for one, other in children]
    both = [[document("case.closed", one, f"{one}-3", "2026-03-05")] for one, other in children]
    all_at_once(council, [there, back, both])
    assert_sound(council)


def test_of_two_senders_of_one_id_with_other_content_one_is_told_so(council):
    shares = [[[discussion("c-1", f"e-{nth}", f"2026-03-{sender:02}")] for nth in range(20)] for sender in (2, 3)]
    standings = [receipt.standing for receipt in all_at_once(council, shares)]
    assert (standings.count(NEW), standings.count(CONFLICT)) == (20, 20)
    assert_sound(council)
