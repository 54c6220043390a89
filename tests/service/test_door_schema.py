"""The published schema and the door agree, but for what a schema cannot know: the calendar, the bounds, today."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import CATALOGUE
from rules.model import Event
from service.door import Refusal, json_schema, read_document
from tests.service.door_samples import LEFT_OUT, NOW, document
from tests.service.test_door_properties import full, nearly_events

SCHEMA = json_schema()
CHECKER = jsonschema.Draft202012Validator(SCHEMA)
BEYOND_A_SCHEMA = {"date-out-of-range", "in-the-future", "refers-to-itself"}
CALENDAR = "calendar"


def agree(sent: object) -> None:
    read = read_document(sent, now=NOW)
    if CHECKER.is_valid(sent):
        assert isinstance(read, Event) or read.type in BEYOND_A_SCHEMA or CALENDAR in read.fix, read
    else:
        assert isinstance(read, Refusal), "the door let in what its schema refuses"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_it_accepts_a_whole_event_of_each_type(name):
    CHECKER.validate(full(name))


def test_every_reference_goes_where_the_definitions_were_said_to_go():
    lifted = json.dumps(json_schema("#/components/schemas/"))
    assert "#/$defs/" not in lifted
    targets = {part.split('"')[0] for part in lifted.split("#/components/schemas/")[1:]}
    assert targets <= SCHEMA["$defs"].keys()


@given(nearly_events())
def test_it_agrees_with_the_door_about_anything_like_an_event(sent):
    agree(sent)


TEXTS = [
    "x",
    " x",
    "x ",
    "",
    "x\n",
    "x\ny",
    "x y",
    "x\u00a0y",
    "x\u202ey",
    "x\u0085",
    "\u2028",
    "é",
    "icpc.held",
    "initial",
]
LENGTHS = ["x" * length for length in (128, 129, 256, 257, 500, 501)]
LIMITS = ["10 days", "10 day", "10 days\n", "0 days", "007 weeks", "10001 days", "10000 days", "1 fortnight", "1  day"]
DATES = ["2026-06-01", "2026-06-01\n", "2026-6-1", "20260601", "2026-06-01T10:00:00Z", "2026-06-01T10:00Z"]
DATES += ["2026-06-01T10:00:00", "2026-06-01t10:00:00.5z", "2026-06-01T10:00:00+01"]
SAID = st.sampled_from([*TEXTS, *LENGTHS, *LIMITS, *DATES, True, 1, None, [], {}])


@given(st.sampled_from(sorted(CATALOGUE)), st.data())
def test_it_agrees_with_the_door_about_every_member(name, data):
    sent = full(name)
    place = sent if data.draw(st.booleans()) else sent["data"]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(SAID)
    agree(sent)


@pytest.mark.parametrize(
    "data",
    [
        {"happened_on": LEFT_OUT},
        {"happened_on": None},
        {"happened_on": None, "happened_at": "2026-06-01T10:00:00Z"},
        {"happened_at": "2026-06-01T10:00:00Z"},
        {"happened_at": None},
    ],
)
def test_it_agrees_with_the_door_about_one_date(data):
    agree(document(**data))
