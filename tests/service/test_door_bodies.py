"""Arrays, lines and content types."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Iterator

import pytest

from rules.model import Event
from service.door import BOUNDS, LineSplitter, kind_of, read_batch, read_lines
from tests.service.door_samples import NOW, body, document, refused

ONE, TWO = body(), body("icpc.held", envelope={"id": "e-2"})


def array(*items: bytes) -> bytes:
    return b"[" + b",".join(items) + b"]"


def types_of(read: object) -> list[str]:
    assert isinstance(read, list), read
    return ["event" if isinstance(one, Event) else f"{one.type} {one.pointer}" for one in read]


@pytest.mark.parametrize("sent", [b"[]", b" [ ] ", b"\xef\xbb\xbf[]\n"])
def test_an_empty_array_holds_no_events(sent):
    assert read_batch(sent, now=NOW) == []


def test_each_item_is_read_by_itself():
    bad = body(key=["x"])
    assert types_of(read_batch(array(ONE, bad, TWO), now=NOW)) == ["event", "wrong-kind /1/data/key", "event"]
    assert read_batch(array(ONE), now=NOW) == read_batch(f" [ {ONE.decode()}\n]\r\n".encode(), now=NOW)


def test_an_array_pretty_printed_with_brackets_in_its_texts_is_read_the_same():
    said = document(agencies='] } , { [ " \\" é', key="[{")
    pretty = json.dumps([said, said], indent=3, ensure_ascii=False).encode()
    assert types_of(read_batch(pretty, now=NOW)) == ["event", "event"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (b"7", "wrong-kind /1"),
        (b"null", "wrong-kind /1"),
        (b'"text"', "wrong-kind /1"),
        (b"[]", "wrong-kind /1"),
        (b"NaN", "not-a-number /1"),
        (b'{"id": 1, "id": 2}', "duplicate-key /1/id"),
        (b"[" * 50_000 + b"]" * 10 + b"]" * 49_990, "too-large /1"),
        (b"[" * 30_000 + b"]" * 30_000, "too-deep /1"),
        (b'"' + b"x" * 70_000 + b'"', "too-large /1"),
        (body(key="x" * 70_000), "too-large /1"),
    ],
)
def test_an_odd_item_leaves_the_others_alone(item, expected):
    assert types_of(read_batch(array(ONE, item, TWO), now=NOW)) == ["event", expected, "event"]


@pytest.mark.parametrize(
    ("sent", "type_", "pointer"),
    [
        (ONE, "wrong-kind", ""),
        (b"", "wrong-kind", ""),
        (b"[", "not-json", ""),
        (array(ONE)[:-1], "not-json", ""),
        (array(ONE)[:-3] + b"]", "not-json", ""),
        (array(ONE) + b"]", "not-json", ""),
        (array(ONE, b""), "not-json", ""),
        (array(b"", ONE), "not-json", ""),
        (array(ONE + ONE), "not-json", ""),
        (array(ONE, b"tru", TWO), "not-json", "/1"),
        (array(ONE, b'{"key": "x"y"}', TWO), "not-json", ""),
        (array(ONE, b'{"key": x}', TWO), "not-json", "/1"),
        (array(ONE, b'{"key": "\xff"}', TWO), "not-utf-8", "/1"),
        (b'["' + b'\\"' * 100_000, "not-json", ""),
        (b"[" + b"[" * 1_000_000, "too-large", ""),
        (array(*[b"0"] * 10_001), "too-large", ""),
    ],
)
def test_an_array_that_is_none_is_turned_away_whole(sent, type_, pointer):
    refusal = refused(read_batch(sent, now=NOW))
    assert (refusal.type, refusal.pointer) == (type_, pointer)


def test_an_array_may_have_exactly_as_many_events_and_bytes_as_the_bounds_say():
    full = read_batch(array(*[b"0"] * BOUNDS.batch_events), now=NOW)
    assert len(types_of(full)) == BOUNDS.batch_events
    padded = array(ONE).ljust(BOUNDS.batch_bytes)
    assert types_of(read_batch(padded, now=NOW)) == ["event"]
    assert refused(read_batch(padded + b" ", now=NOW)).status == 413


HOSTILE = {
    "brackets": b"[[" + b"[]," * 700_000 + b"0]]",
    "brackets, item by item": array(*[b"[" + b"[]," * 20_000 + b"0]"] * 40),
    "numbers, item by item": array(*[b"[" + b"1," * 30_000 + b"0]"] * 40),
    "an object without end": b"[" + b'{"":' * 600_000,
    "a text without end": b'["' + b'\\"' * 1_000_000,
    "unknown names": array(*[json.dumps(dict.fromkeys(map(str, range(5_000)))).encode()] * 40),
}


@pytest.fixture(scope="module")
def fair_calls() -> int:
    return _calls(array(*[ONE] * BOUNDS.batch_events))


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_array_costs_no_more_steps_than_a_full_array_of_events(sent, fair_calls):
    assert _calls(sent) < fair_calls


def test_an_enormous_item_is_refused_without_being_built():
    sent = array(b"[" + b"17," * 1_000_000 + b"0]", ONE)
    tracemalloc.start()
    assert types_of(read_batch(sent, now=NOW)) == ["too-large /0", "event"]
    assert tracemalloc.get_traced_memory()[1] < 2 * len(sent)
    tracemalloc.stop()


def _calls(sent: bytes) -> int:
    """How many functions are called over it, Python's own included: the same on every machine, however busy."""
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        read_batch(sent, now=NOW)
    finally:
        sys.setprofile(None)
    return count


# ---- lines -----------------------------------------------------------------------------------------------------------


def in_chunks(sent: bytes, size: int) -> Iterator[bytes]:
    return (sent[at : at + size] for at in range(0, len(sent), size))


def lines_of(sent: bytes, size: int) -> list[tuple[int, str]]:
    return [
        (number, "event" if isinstance(one, Event) else one.type)
        for number, one in read_lines(in_chunks(sent, size), now=NOW)
    ]


@pytest.mark.parametrize("size", [1, 7, 100, 1_000_000])
def test_lines_are_read_the_same_however_the_file_is_cut(size):
    sent = b"\xef\xbb\xbf" + ONE + b"\r\n\n  \n" + b"{}\n" + b"x" * 70_000 + b"\n" + TWO
    expected = [(1, "event"), (4, "missing-field"), (5, "too-large"), (6, "event")]
    assert lines_of(sent, size) == expected
    assert lines_of(sent + b"\n", size) == expected


def test_an_empty_file_has_no_lines():
    assert lines_of(b"", 1) == lines_of(b"\xef\xbb\xbf\n\n", 1) == []


def test_a_line_without_end_is_not_kept_in_memory():
    splitter, chunk = LineSplitter(), b"x" * 65_536
    tracemalloc.start()
    for _ in range(1_000):
        assert splitter.feed(chunk) == []
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    (line,) = splitter.finish()
    assert (line.number, line.body) == (1, None)


def test_many_lines_take_the_memory_of_one():
    many = (ONE + b"\n" for _ in range(5_000))
    tracemalloc.start()
    assert sum(isinstance(one, Event) for _, one in read_lines(many, now=NOW)) == 5_000
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


# ---- content types ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "sent", "kind"),
    [
        ("application/json", b"", "event"),
        ("application/json", ONE, "event"),
        ("application/json", b" \n[]", "batch"),
        ("Application/JSON ; Charset=UTF-8", b"\xef\xbb\xbf[", "batch"),
        ("application/cloudevents+json", ONE, "event"),
        ('application/cloudevents+json; charset="utf-8"', b"[", "batch"),
        ("application/cloudevents-batch+json", b"", "batch"),
        ("application/x-ndjson", b"[", "lines"),
        ("application/ndjson", b"", "lines"),
    ],
)
def test_a_content_type_says_what_a_body_is(content_type, sent, kind):
    assert kind_of(content_type, sent) == kind


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        " ",
        "text/plain",
        "application/xml",
        "application/json; charset=latin-1",
        "json",
        ";",
        "\udcff",
        "a=b;c",
    ],
)
def test_any_other_content_type_is_turned_away(content_type):
    refusal = refused(kind_of(content_type))
    assert (refusal.status, refusal.type) == (415, "unsupported-media-type")
    assert "application/json" in refusal.fix
