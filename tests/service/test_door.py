"""What one event may say at the door: what is let in and in which form, and what is turned away, where and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from rules.catalogue import CATALOGUE
from service.door import BOUNDS, content_of, read_document, read_event
from service.door.plans import COMMON
from tests.service.door_samples import LEFT_OUT, NOW, body, document, let_in, read, refused


def test_an_event_is_read_whole():
    event = let_in(
        read(key="enquiry-1", worker="worker 4", team="North · one", recorded_at="2026-06-02T09:05:00+01:00")
    )
    assert (event.source, event.id, event.type) == ("/case-system", "e-1", "strategy-discussion.held")
    assert (event.subject, event.key, event.worker, event.team) == ("c-7f3a91", "enquiry-1", "worker 4", "North · one")
    assert (event.happened_on, event.happened_at) == (date(2026, 6, 1), None)
    assert event.recorded_at == datetime(2026, 6, 2, 8, 5, tzinfo=UTC)
    assert event.received_at == NOW
    assert event.target is None
    assert event.data == {"outcome": "section_47"}


def test_no_type_has_a_field_named_as_one_that_every_event_has():
    assert [name for name, type_ in CATALOGUE.items() if COMMON.keys() & type_.fields.keys()] == []


def test_every_type_can_be_sent():
    values = {"text": "some text", "boolean": False, "date": "2026-07-01", "limit": "10 working_days"}
    values |= {"moment": "2026-06-01T10:00:00Z", "event": "icpc.held", "event_id": "e-0"}
    for name, type_ in CATALOGUE.items():
        own = {field.name: field.codes[0] if field.codes else values[field.kind] for field in type_.fields.values()}
        own |= {"into": "c-000000"} if "into" in own else {}
        event = let_in(read(name, **own))
        assert event.data == own, name


def test_the_attributes_of_the_carriage_are_checked_and_not_kept():
    carried = {"time": "2026-06-01T10:00:00Z", "datacontenttype": "application/json", "dataschema": "urn:x"}
    assert read(envelope=carried) == read()


def test_null_is_left_out():
    assert read(key=None, recorded_at=None, happened_at=None, agencies=None, envelope={"time": None}) == read()


def test_a_limit_is_kept_in_one_form():
    assert let_in(read("core-group.held", visit_every="2 week")).data == {"visit_every": "2 weeks"}


@pytest.mark.parametrize(
    ("happened_at", "on"),
    [
        ("2026-05-31T23:30:00Z", date(2026, 6, 1)),
        ("2026-06-01T00:30:00+01:00", date(2026, 6, 1)),
        ("2025-12-31T23:59:59.999999Z", date(2025, 12, 31)),
        ("2026-01-01T01:00:00+02:00", date(2025, 12, 31)),
        ("2025-10-26T01:30:00+01:00", date(2025, 10, 26)),
        ("1900-01-01T00:00:00+14:00", date(1899, 12, 31)),
        ("2026-06-01t10:15:00.123456789z", date(2026, 6, 1)),
    ],
)
def test_a_moment_happened_on_its_local_day(happened_at, on):
    event = let_in(read(happened_on=LEFT_OUT, happened_at=happened_at))
    assert event.happened_on == on
    assert event.happened_at.tzinfo is UTC


def test_a_correction_and_a_withdrawal_name_their_target():
    assert let_in(read(supersedes="e-0")).target == "e-0"
    withdrawal = let_in(read("event.withdrawn", withdraws="e-0"))
    assert (withdrawal.target, withdrawal.data) == ("e-0", {"withdraws": "e-0"})


def test_today_is_let_in_and_tomorrow_is_not():
    late = datetime(2026, 6, 10, 23, 30, tzinfo=UTC)  # already the 11th, local time
    assert let_in(read_event(body(happened_on="2026-06-11"), now=late)).happened_on == date(2026, 6, 11)
    assert refused(read_event(body(happened_on="2026-06-12"), now=late)).type == "in-the-future"
    assert refused(read_event(body(happened_on="2026-06-11"), now=NOW)).type == "in-the-future"
    winter = datetime(2026, 1, 10, 23, 59, tzinfo=UTC)
    assert refused(read_event(body(happened_on="2026-01-11"), now=winter)).type == "in-the-future"


@pytest.mark.parametrize("name", ["happened_at", "recorded_at"])
def test_a_sender_whose_clock_is_five_minutes_fast_is_let_in(name):
    day = {"happened_on": LEFT_OUT} if name == "happened_at" else {}
    skew = BOUNDS.clock_skew
    let_in(read(**day, **{name: (NOW + skew).isoformat()}))
    refusal = refused(read(**day, **{name: (NOW + skew + timedelta(seconds=1)).isoformat()}))
    assert (refusal.type, refusal.pointer) == ("in-the-future", f"/data/{name}")


def test_what_is_booked_may_lie_ahead():
    booking = let_in(read("meeting.planned", of="icpc.held", planned_on="2026-07-01"))
    assert booking.data == {"of": "icpc.held", "planned_on": "2026-07-01"}


def test_half_a_character_and_its_other_half_are_a_character():
    assert let_in(read_event(body(key="\N{GRINNING FACE}"), now=NOW)).key == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("given", "type_", "pointer", "in_fix"),
    [
        ({"envelope": {"specversion": "0.3"}}, "wrong-kind", "/specversion", '"1.0"'),
        ({"envelope": {"specversion": LEFT_OUT}}, "missing-field", "/specversion", "specversion"),
        ({"envelope": {"id": LEFT_OUT}}, "missing-field", "/id", "id"),
        ({"envelope": {"id": None}}, "missing-field", "/id", "id"),
        ({"envelope": {"id": ""}}, "empty-text", "/id", "leave out"),
        ({"envelope": {"id": 7}}, "wrong-kind", "/id", "quotation marks"),
        ({"envelope": {"id": "x" * 257}}, "text-too-long", "/id", "shorten"),
        ({"envelope": {"source": " /x"}}, "stray-space", "/source", "without"),
        ({"envelope": {"source": "a\u0007b"}}, "control-character", "/source", "without"),
        ({"envelope": {"subject": "First Last"}}, "stray-space", "/subject", "reference"),
        ({"envelope": {"subject": "x" * 129}}, "text-too-long", "/subject", "shorten"),
        ({"envelope": {"subject": LEFT_OUT}}, "missing-field", "/subject", "subject"),
        ({"envelope": {"type": LEFT_OUT}}, "missing-field", "/type", "type"),
        ({"envelope": {"type": "strategy-discusion.hold"}}, "unknown-event-type", "/type", "strategy-discussion.held"),
        ({"envelope": {"type": "zzzzzz"}}, "unknown-event-type", "/type", "catalogue"),
        ({"envelope": {"type": "z" * 5_000}}, "unknown-event-type", "/type", "catalogue"),
        ({"envelope": {"type": []}}, "wrong-kind", "/type", "text"),
        ({"envelope": {"time": "yesterday"}}, "wrong-kind", "/time", "RFC 3339"),
        ({"envelope": {"datacontenttype": "text/xml"}}, "wrong-kind", "/datacontenttype", "application/json"),
        ({"envelope": {"data_base64": "AAAA"}}, "unknown-field", "", "dataschema or data"),
        ({"envelope": {"traceparent": "00-1"}}, "unknown-field", "", "leave it out"),
        ({"envelope": {"data": LEFT_OUT}}, "missing-field", "/data", "data"),
        ({"envelope": {"data": "{}"}}, "wrong-kind", "/data", "happened_on"),
        ({"envelope": {"data": []}}, "wrong-kind", "/data", "happened_on"),
        ({"happend_on": "2026-06-01"}, "unknown-field", "/data", "happened_on"),
        ({"withdraws": "e-0"}, "unknown-field", "/data", "leave it out"),
        ({"happened_on": LEFT_OUT}, "missing-field", "/data/happened_on", "happened_at"),
        ({"happened_at": "2026-06-01T10:00:00Z"}, "two-dates", "/data/happened_on", "happened_at alone"),
        ({"happened_on": "2026-02-30"}, "wrong-kind", "/data/happened_on", "calendar"),
        ({"happened_on": "20260601"}, "wrong-kind", "/data/happened_on", "YYYY-MM-DD"),
        ({"happened_on": "2026-W23-1"}, "wrong-kind", "/data/happened_on", "YYYY-MM-DD"),
        ({"happened_on": "2026-06-01T00:00:00Z"}, "wrong-kind", "/data/happened_on", "YYYY-MM-DD"),
        ({"happened_on": 20260601}, "wrong-kind", "/data/happened_on", "YYYY-MM-DD"),
        ({"happened_on": "1899-12-31"}, "date-out-of-range", "/data/happened_on", "correct"),
        ({"happened_on": "9999-12-31"}, "date-out-of-range", "/data/happened_on", "correct"),
        ({"happened_on": "2026-06-11"}, "in-the-future", "/data/happened_on", "meeting.planned"),
        ({"recorded_at": "2026-06-01"}, "wrong-kind", "/data/recorded_at", "offset"),
        ({"recorded_at": "2026-06-01T10:00:00"}, "naive-timestamp", "/data/recorded_at", "offset"),
        ({"recorded_at": "2026-06-01 10:00:00"}, "naive-timestamp", "/data/recorded_at", "offset"),
        ({"recorded_at": "2026-06-01T25:00:00Z"}, "wrong-kind", "/data/recorded_at", "clock"),
        ({"recorded_at": "2026-06-01T10:00:00+24:00"}, "wrong-kind", "/data/recorded_at", "clock"),
        ({"recorded_at": "9999-12-31T23:59:59-14:00"}, "date-out-of-range", "/data/recorded_at", "correct"),
        ({"worker": ""}, "empty-text", "/data/worker", "leave out"),
        ({"team": "north\u202eone"}, "control-character", "/data/team", "without"),
        ({"team": ["north"]}, "wrong-kind", "/data/team", "quotation marks"),
        ({"key": "x" * 129}, "text-too-long", "/data/key", "shorten"),
        ({"agencies": "x" * 501}, "text-too-long", "/data/agencies", "shorten"),
        ({"outcome": LEFT_OUT}, "missing-field", "/data/outcome", "outcome"),
        ({"outcome": None}, "missing-field", "/data/outcome", "outcome"),
        ({"outcome": "section47"}, "unknown-code", "/data/outcome", "section_47 or none"),
        ({"outcome": True}, "wrong-kind", "/data/outcome", "section_47 or none"),
        ({"supersedes": "e-1"}, "refers-to-itself", "/data/supersedes", "other"),
    ],
)
def test_it_is_turned_away_with_its_place_and_its_fix(given, type_, pointer, in_fix):
    refusal = refused(read(**given))
    assert (refusal.type, refusal.pointer, refusal.status) == (type_, pointer, 422)
    assert in_fix in refusal.fix


@pytest.mark.parametrize(
    ("event_type", "own", "refusal_type", "pointer"),
    [
        ("child-protection.visited", {}, "missing-field", "/data/seen"),
        ("child-protection.visited", {"seen": "true"}, "wrong-kind", "/data/seen"),
        ("child-protection.visited", {"seen": 1}, "wrong-kind", "/data/seen"),
        ("core-group.held", {"visit_every": "often"}, "wrong-kind", "/data/visit_every"),
        ("core-group.held", {"visit_every": "0 days"}, "wrong-kind", "/data/visit_every"),
        ("core-group.held", {"visit_every": "9" * 5_000 + " days"}, "wrong-kind", "/data/visit_every"),
        ("core-group.held", {"visit_every": 10}, "wrong-kind", "/data/visit_every"),
        ("meeting.planned", {"of": "icpc.helt", "planned_on": "2026-07-01"}, "unknown-event-type", "/data/of"),
        ("meeting.planned", {"of": "icpc.held", "planned_on": "9999-12-01"}, "date-out-of-range", "/data/planned_on"),
        ("meeting.planned", {"of": "icpc.held"}, "missing-field", "/data/planned_on"),
        ("subject.registered", {"date_of_birth": "0001-01-01"}, "date-out-of-range", "/data/date_of_birth"),
        ("subject.merged", {"into": "First Last"}, "stray-space", "/data/into"),
        ("subject.merged", {"into": "c-7f3a91"}, "refers-to-itself", "/data/into"),
        ("event.withdrawn", {}, "missing-field", "/data/withdraws"),
        ("event.withdrawn", {"withdraws": "e-1"}, "refers-to-itself", "/data/withdraws"),
        ("event.withdrawn", {"withdraws": "e-0", "supersedes": "e-2"}, "two-targets", "/data/supersedes"),
    ],
)
def test_an_own_field_is_turned_away_with_its_place(event_type, own, refusal_type, pointer):
    refusal = refused(read(event_type, **own))
    assert (refusal.type, refusal.pointer) == (refusal_type, pointer)


@pytest.mark.parametrize("not_an_object", [None, [], "text", 7, True, {1: 2}])
def test_a_document_of_our_own_is_held_to_the_same(not_an_object):
    assert refused(read_document(not_an_object, now=NOW)).pointer == ""
    assert let_in(read_document(document(), now=NOW)) == read()


def test_free_text_may_have_lines_and_a_reference_may_not():
    assert let_in(read(agencies="police\n\thealth")).data["agencies"] == "police\n\thealth"
    assert refused(read(key="a\nb")).type == "control-character"


# ---- the same id, the same content -----------------------------------------------------------------------------------


def test_the_same_said_in_another_way_is_the_same_content():
    said = document(recorded_at="2026-06-02T09:05:00+01:00", key="k", agencies="police")
    again = document(agencies="police", key="k", recorded_at="2026-06-02T08:05:00.000Z", envelope={"time": None})
    again = dict(reversed(again.items()))
    one, other = let_in(read_document(said, now=NOW)), let_in(read_document(again, now=NOW + timedelta(hours=1)))
    assert content_of(one) == content_of(other)


@pytest.mark.parametrize(
    "change",
    [
        {"key": "other"},
        {"happened_on": "2026-06-02"},
        {"happened_on": LEFT_OUT, "happened_at": "2026-06-01T10:00:00Z"},
        {"outcome": "none"},
        {"team": "north"},
        {"worker": "north"},
        {"supersedes": "e-0"},
        {"recorded_at": "2026-06-02T09:05:00Z"},
        {"envelope": {"subject": "c-other"}},
        {"envelope": {"id": "e-2"}},
        {"envelope": {"source": "/other"}},
    ],
)
def test_anything_else_said_is_other_content(change):
    assert content_of(let_in(read(**change))) != content_of(let_in(read()))


def test_the_type_is_part_of_the_content():
    event = let_in(read("icpc.held"))
    assert content_of(event) != content_of(replace(event, type="core-group.held"))


def test_an_event_read_from_the_store_has_the_content_it_was_stored_with():
    event = let_in(read(happened_on=LEFT_OUT, happened_at="2026-06-01T10:00:00+01:00"))
    summer = timezone(timedelta(hours=1))
    assert content_of(replace(event, happened_at=event.happened_at.astimezone(summer))) == content_of(event)
