"""Kinds of value: each reader takes what JSON gave, and returns it in its one normal form or turns it away.

A reader is asked about every value of every event, so it first tests what nearly all values pass. What it returns can
be written as JSON again, but for ``moment``: an aware datetime in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from rules.catalogue import CATALOGUE, read_limit
from rules.model import Unit
from service.door.bounds import BOUNDS
from service.door.refusal import nearest, one_of, turn_away

Reader = Callable[[object], Any]

# Control characters, halves of characters, and the marks that make text read in another order than it is stored.
CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff"
CONTROLS_BUT_LINES = CONTROLS.replace(r"\u0000-\u001f", r"\u0000-\u0008\u000b\u000c\u000e-\u001f")
DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
LOCAL_TIME = DATE + r"[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
TIMESTAMP = LOCAL_TIME + "(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
LIMIT = rf"0*[1-9][0-9]{{0,3}} ({'|'.join(f'{unit}?' for unit in Unit)})"
MEDIA_TYPE = "application/json"
SPECVERSION = "1.0"

_is_timestamp = re.compile(TIMESTAMP).fullmatch
_is_naive = re.compile(LOCAL_TIME + "|" + LOCAL_TIME.replace("[Tt]", " ")).fullmatch
_has_space = re.compile(r"\s").search
_LONGEST_LIMIT = 32  # past it, Python will not even read the number
# Dates written year first compare as text.
_EARLIEST, _LATEST = BOUNDS.earliest_on.isoformat(), BOUNDS.latest_on.isoformat()
_WITH_OFFSET = "send an RFC 3339 timestamp with its offset, as YYYY-MM-DDThh:mm:ss+hh:mm"


def words(most: int, controls: str = CONTROLS) -> Reader:
    """Text of 1 to ``most`` characters that begins and ends with one you can see."""
    has_control = re.compile(f"[{controls}]").search

    def read(value: object) -> str:
        if type(value) is not str:
            raise _wrong_kind("text", "send it in quotation marks, or leave it out")
        if not value:
            raise turn_away("empty-text", "the text is empty", fix="leave out what is not known")
        if len(value) > most:
            raise turn_away("text-too-long", f"the text is longer than {most} characters", fix="shorten it")
        if not value.isprintable() and has_control(value):
            raise turn_away(
                "control-character", "the text has a character that cannot be seen", fix="send the text without it"
            )
        if value.strip() != value:
            raise turn_away("stray-space", "the text begins or ends with a space", fix="send it without")
        return value

    return read


text = words(BOUNDS.text_characters, CONTROLS_BUT_LINES)
identity = words(BOUNDS.identity_characters)
reference = words(BOUNDS.reference_characters)


def subject(value: object) -> str:
    """An opaque reference to whom the event is about: a space inside is the mark of a name, and nobody needs one."""
    read: str = reference(value)
    if _has_space(read):
        raise turn_away(
            "stray-space",
            "a subject is one opaque reference, and has no spaces: nothing here needs a name",
            fix="send the case system's own reference",
        )
    return read


def boolean(value: object) -> bool:
    if type(value) is not bool:
        raise _wrong_kind("true or false", "send true or false, without quotation marks, or leave it out")
    return value


def day(value: object) -> date:
    """A date of the calendar, ``2026-06-01``, within the bounds."""
    if type(value) is not str:
        raise _wrong_kind("a date", "send a date as text, as YYYY-MM-DD")
    try:
        on = date.fromisoformat(value)
    except ValueError:
        raise _wrong_kind("a date", "send a date that the calendar has, as YYYY-MM-DD") from None
    if value != on.isoformat():
        raise _wrong_kind("a date", "send the date as YYYY-MM-DD")
    if not _EARLIEST <= value <= _LATEST:
        raise _out_of_range()
    return on


def day_text(value: object) -> str:
    """A date, kept as the text it was sent as."""
    return day(value).isoformat()


def moment(value: object) -> datetime:
    """A point in time, whatever offset it was written with, in UTC. Without one, one hour a year happens twice."""
    if type(value) is not str:
        raise _wrong_kind("a timestamp", _WITH_OFFSET)
    if not _is_timestamp(value):
        if _is_naive(value):
            raise turn_away("naive-timestamp", "without an offset, an hour each autumn happens twice", fix=_WITH_OFFSET)
        raise _wrong_kind("a timestamp", _WITH_OFFSET)
    if not _EARLIEST <= value[: len(_EARLIEST)] <= _LATEST:
        raise _out_of_range()
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except ValueError:
        raise _wrong_kind("a timestamp", "send a date that the calendar has and a time that the clock has") from None


def moment_text(value: object) -> str:
    """A point in time, as text in UTC."""
    return moment(value).isoformat()


def limit(value: object) -> str:
    """How often or how long: ``10 working_days``."""
    if type(value) is not str:
        raise _wrong_kind("a limit", "send a count and its unit as text, as in '15 working_days'")
    try:
        return str(read_limit(value if len(value) <= _LONGEST_LIMIT else ""))
    except ValueError as error:
        raise turn_away("wrong-kind", str(error), fix="send a count and its unit") from None


def event_type(value: object) -> str:
    """The name of a type in the catalogue."""
    if type(value) is not str:
        raise _wrong_kind("an event type", "send the type's name as text")
    if value not in CATALOGUE:
        known = nearest(value, CATALOGUE)
        raise turn_away(
            "unknown-event-type",
            "the catalogue of events has no such type",
            fix=f"the nearest known type is {known}"
            if known
            else "use a type of the catalogue, as in referral.received",
        )
    return value


def code(codes: tuple[str, ...]) -> Reader:
    """One of a field's codes."""

    def read(value: object) -> str:
        if type(value) is not str:
            raise _wrong_kind("a code", f"send {one_of(codes)}")
        if value not in codes:
            raise turn_away("unknown-code", "this field has codes, and it is none of them", fix=f"send {one_of(codes)}")
        return value

    return read


def exactly(only: str) -> Reader:
    """An attribute that has one lawful value."""

    def read(value: object) -> str:
        if value != only:
            raise _wrong_kind(f'"{only}"', f'send "{only}"')
        return only

    return read


READERS: Mapping[str, Reader] = {
    "text": text,
    "boolean": boolean,
    "date": day_text,
    "moment": moment_text,
    "limit": limit,
    "event": event_type,
    "event_id": identity,
    "subject": subject,
}


def _out_of_range() -> Exception:
    return turn_away(
        "date-out-of-range",
        f"a date lies between {_EARLIEST} and {_LATEST}",
        fix="correct the date, or leave it out where it is not known",
    )


def _wrong_kind(wanted: str, fix: str) -> Exception:
    return turn_away("wrong-kind", f"this has to be {wanted}", fix=fix)
