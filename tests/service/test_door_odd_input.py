"""Every line of the list of odd input that an ordinary service answers with 500, or accepts in silence."""

from __future__ import annotations

import json

import pytest

from service.door import BOUNDS, TITLES, read_event
from tests.service.door_samples import NOW, body, refused

AS_SENT = body(key="enquiry-1").decode()


def with_key(json_value: str) -> bytes:
    """The event with something else, as raw JSON, where its key was."""
    return AS_SENT.replace('"enquiry-1"', json_value).encode()


def nested(depth: int) -> bytes:
    return with_key("[" * depth + "]" * depth)


@pytest.mark.parametrize(
    ("sent", "type_", "pointer"),
    [
        (with_key("NaN"), "not-a-number", "/data/key"),
        (with_key("Infinity"), "not-a-number", "/data/key"),
        (with_key("-Infinity"), "not-a-number", "/data/key"),
        (with_key('[{"a": NaN}]'), "not-a-number", "/data/key/0"),
        (AS_SENT.replace('"/case-system"', "NaN").encode(), "not-a-number", "/source"),
        (with_key("1e999"), "number-out-of-range", "/data/key"),
        (with_key("-1e999"), "number-out-of-range", "/data/key"),
        (with_key(str(2**63)), "number-out-of-range", "/data/key"),
        (with_key(str(-(2**63) - 1)), "number-out-of-range", "/data/key"),
        (with_key("9" * 4_000), "number-out-of-range", "/data/key"),
        (with_key("9" * 5_000), "number-out-of-range", ""),
        (with_key("7"), "wrong-kind", "/data/key"),
        (with_key(r'"\ud83d"'), "lone-surrogate", "/data/key"),
        (with_key(r'"\ude00\ud83d"'), "lone-surrogate", "/data/key"),
        (AS_SENT.replace('"key"', r'"\ud83d"').encode(), "lone-surrogate", "/data"),
        (with_key(r'"a\u0000b"'), "nul", "/data/key"),
        (with_key('"a\0b"'), "nul", ""),
        (AS_SENT.replace('"key"', r'"k\u0000"').encode(), "nul", "/data"),
        (AS_SENT.encode() + b"\0", "nul", ""),
        (with_key('"x", "key": "x"'), "duplicate-key", "/data/key"),
        (with_key('"x", "happened_on": "2026-06-01"'), "duplicate-key", "/data/happened_on"),
        (AS_SENT.replace('"id"', '"id": "e-0", "id"').encode(), "duplicate-key", "/id"),
        (with_key('"x", "nobody": 1, "nobody": 1'), "duplicate-key", "/data"),
        (AS_SENT.replace('"id"', r'"id": "e-0", "\u0069d"').encode(), "duplicate-key", "/id"),
        (with_key('"x", "nobody": 1'), "unknown-field", "/data"),
        (nested(7), "too-deep", "/data/key/0/0/0/0/0/0"),
        (nested(500), "too-deep", "/data/key/0/0/0/0/0/0"),
        (nested(30_000), "too-deep", ""),
        (b"[" * 60_000, "too-deep", ""),
        (b'{"data":' * 8_000, "too-deep", ""),
        (b"", "not-json", ""),
        (b" \n ", "not-json", ""),
        (b"\xef\xbb\xbf", "not-json", ""),
        (AS_SENT[:-1].encode(), "not-json", ""),
        (AS_SENT.encode() + b"{}", "not-json", ""),
        (AS_SENT.replace('"1.0"', "'1.0'").encode(), "not-json", ""),
        (with_key('"a\nb"'), "not-json", ""),
        (with_key('"\\x"'), "not-json", ""),
        (with_key("tru"), "not-json", ""),
        (AS_SENT.encode("utf-16"), "not-utf-8", ""),
        (AS_SENT.encode("utf-16-le"), "nul", ""),
        (with_key('"\N{LATIN SMALL LETTER E WITH ACUTE}"').decode().encode("latin-1"), "not-utf-8", ""),
        (with_key('"x"').replace(b"x", b"\xed\xa0\xbd"), "not-utf-8", ""),
        (with_key('"x"').replace(b"x", b"\xc0\x80"), "not-utf-8", ""),
        (body(happened_on="9999-11-17"), "date-out-of-range", "/data/happened_on"),
        (body(recorded_at="0001-01-01T00:00:00+14:00"), "date-out-of-range", "/data/recorded_at"),
        (body(recorded_at="2025-10-26T01:30:00"), "naive-timestamp", "/data/recorded_at"),
        (b" " * 65_537, "too-large", ""),
        (b"null", "wrong-kind", ""),
        (b"NaN", "not-a-number", ""),
        (b"[]", "wrong-kind", ""),
    ],
)
def test_it_is_turned_away_by_its_cause_and_place(sent, type_, pointer):
    refusal = refused(read_event(sent, now=NOW))
    assert (refusal.type, refusal.pointer) == (type_, pointer)
    assert (refusal.status, refusal.title) == TITLES[type_]


def test_a_byte_order_mark_and_space_around_an_event_do_no_harm():
    assert read_event(b"\xef\xbb\xbf \r\n" + AS_SENT.encode() + b"\n", now=NOW) == read_event(AS_SENT.encode(), now=NOW)


def test_an_event_may_have_exactly_as_many_bytes_as_the_bound_says():
    padded = AS_SENT.encode().ljust(BOUNDS.event_bytes)
    assert read_event(padded, now=NOW) == read_event(AS_SENT.encode(), now=NOW)
    assert refused(read_event(padded + b" ", now=NOW)).status == 413


def test_an_object_as_deep_as_allowed_is_refused_for_what_it_says_and_not_for_its_depth():
    assert refused(read_event(nested(6), now=NOW)).type == "wrong-kind"


def test_where_reading_stopped_is_said_by_line_and_column():
    broken = json.dumps(json.loads(AS_SENT), indent=1).replace('"e-1",', '"e-1"').encode()
    assert "line 4, column 2" in refused(read_event(broken, now=NOW)).detail
