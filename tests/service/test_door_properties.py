"""Whatever is sent: the door never raises, never lets in what it should not, and never says back what it was told."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import CATALOGUE
from rules.model import Event
from service.door import (
    BOUNDS,
    Refusal,
    content_of,
    kind_of,
    read_batch,
    read_document,
    read_event,
    read_lines,
)
from service.door.plans import NAMES
from tests.service.door_samples import NOW, document

# Nothing in it is a word, or a part of one, that a refusal might use by itself.
CANARY = "Zqxvanary9173"
SAMPLES = {"text": "some text", "boolean": True, "date": "2026-07-01", "limit": "10 working_days", "event_id": "e-0"}
SAMPLES |= {"moment": "2026-06-01T10:00:00Z", "event": "icpc.held"}

texts = st.text(st.characters(), max_size=20)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from(sorted(NAMES)))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


def full(name: str) -> dict[str, Any]:
    """An event of this type with everything said that can be."""
    own = {
        field.name: field.codes[0] if field.codes else SAMPLES[field.kind] for field in CATALOGUE[name].fields.values()
    }
    own |= {"into": "c-000000"} if "into" in own else {}
    own |= {} if name == "event.withdrawn" else {"supersedes": "e-0"}
    common = {"recorded_at": "2026-06-01T10:00:00Z", "key": "k", "worker": "w", "team": "t"}
    carried = {"time": "2026-06-01T10:00:00Z", "datacontenttype": "application/json", "dataschema": "urn:x"}
    whole: dict[str, Any] = document(name, envelope=carried, **(common | own))
    return whole


@st.composite
def nearly_events(draw: st.DrawFn) -> dict[str, Any]:
    """A whole event with one to three members changed, added or taken away, in either object."""
    sent = full(draw(st.sampled_from(sorted(CATALOGUE))))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from([sent, sent["data"]] if isinstance(sent.get("data"), dict) else [sent]))
        name = draw(st.sampled_from(sorted(place) or ["x"]) | texts)
        if draw(st.booleans()):
            place[name] = draw(values)
        else:
            place.pop(name, None)
    return sent


def check(read: Event | Refusal) -> None:
    if isinstance(read, Refusal):
        assert read.status in (400, 413, 415, 422)
        assert all((read.type, read.title, read.detail, read.fix))
        return
    assert read.type in CATALOGUE
    assert read.happened_on <= NOW.date()
    assert BOUNDS.earliest_on.year - 1 <= read.happened_on.year
    assert {type(value) for value in read.data.values()} <= {str, bool}
    content_of(read).encode()
    assert json.loads(json.dumps(read.data)) == read.data


def everywhere(sent: bytes) -> None:
    check(read_event(sent, now=NOW))
    batch = read_batch(sent, now=NOW)
    for one in [batch] if isinstance(batch, Refusal) else batch:
        check(one)
    for _, one in read_lines([sent], now=NOW):
        check(one)


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(sent):
    everywhere(sent)


@given(
    st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b'"', b",", b":", b"\\", b" ", b"1", b"a", b"\xff"])).map(
        b"".join
    )
)
def test_anything_that_looks_like_json_is_answered_and_an_array_agrees_with_the_parser(sent):
    everywhere(sent)
    if isinstance(read_batch(sent, now=NOW), list):
        assert isinstance(json.loads(sent), list)


@given(values)
def test_any_value_is_answered(value):
    check(read_document(value, now=NOW))
    everywhere(json.dumps(value).encode())
    everywhere(json.dumps([value, value]).encode())


@given(nearly_events())
def test_anything_like_an_event_is_answered(sent):
    check(read_document(sent, now=NOW))
    everywhere(json.dumps(sent).encode())


@given(st.sampled_from(sorted(CATALOGUE)), st.randoms(use_true_random=False))
def test_an_event_with_bytes_changed_is_answered(name, dice: random.Random):
    sent = bytearray(json.dumps(full(name)).encode())
    for _ in range(dice.randint(1, 4)):
        sent[dice.randrange(len(sent))] = dice.randrange(256)
    everywhere(bytes(sent))


@given(nearly_events())
def test_what_is_let_in_means_the_same_when_it_is_sent_again_in_another_order(sent):
    one, again = read_document(sent, now=NOW), read_event(json.dumps(sent, sort_keys=True).encode(), now=NOW)
    if isinstance(one, Event) and isinstance(again, Event):
        assert content_of(one) == content_of(again)
    else:
        assert isinstance(one, Refusal)
        assert isinstance(again, Refusal)


@given(st.text(max_size=60))
def test_any_content_type_is_answered(content_type):
    kind_of(content_type)


@given(st.lists(values, max_size=5))
def test_an_array_is_cut_where_the_parser_would_cut_it(items):
    read = read_batch(json.dumps(items).encode(), now=NOW)
    assert isinstance(read, list)
    assert len(read) == len(items)


# ---- nothing is said back --------------------------------------------------------------------------------------------

WRONG = [
    CANARY,
    f"{CANARY} {CANARY}",
    f" {CANARY}",
    f"{CANARY}\u0000",
    f"{CANARY}\ud800",
    CANARY * 50,
    CANARY * 6_000,
    [CANARY],
    {CANARY: CANARY},
    9173917391739173917,
    f"9173-{CANARY}",
    f"2026-06-01T{CANARY}",
]


def refusals_with_canaries() -> list[Refusal]:
    """Each member of each type's event made wrong in each way; each name made unknown, and repeated."""
    found: list[Any] = []
    for name in CATALOGUE:
        for inside in (False, True):
            for member in [*(full(name)["data"] if inside else full(name)), CANARY]:
                for wrong in WRONG:
                    sent = full(name)
                    (sent["data"] if inside else sent)[member] = wrong
                    found.append(read_document(sent, now=NOW))
    text = json.dumps(full("icpc.held"))
    for member in ("id", "key"):
        for twice in (f'"{CANARY}": 1, "{CANARY}": 1, ', f'"{member}": "{CANARY}", ', f"{CANARY}", f'"{CANARY}" '):
            sent = text.replace(f'"{member}"', twice + f'"{member}"')
            found.append(read_event(sent.encode(), now=NOW))
            found.append(read_batch(f"[{sent}]".encode(), now=NOW))
            found.append(read_batch(f"[{text}, {CANARY}]".encode(), now=NOW))
    found.append(kind_of(CANARY))
    found.append(kind_of(f"application/json; charset={CANARY}"))
    return [one for each in found for one in (each if type(each) is list else [each]) if isinstance(one, Refusal)]


def test_nothing_that_was_sent_is_said_back():
    refusals = refusals_with_canaries()
    assert len(refusals) > 8_000
    assert len({one.type for one in refusals}) >= 12
    said_back = {one for one in refusals if CANARY.lower() in repr(one).lower() or "9173" in repr(one)}
    assert said_back == set()


@given(nearly_events(), st.datetimes(min_value=datetime(2026, 6, 10), max_value=datetime(2030, 1, 1)))
def test_a_pointer_has_only_names_that_are_ours(sent, now):
    read = read_document(sent, now=now.replace(tzinfo=NOW.tzinfo))
    if isinstance(read, Refusal):
        parts = read.pointer.split("/")[1:]
        assert all(part in NAMES or part.isdecimal() for part in parts)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_whole_event_of_each_type_is_let_in(name):
    assert isinstance(read_document(full(name), now=NOW), Event)
