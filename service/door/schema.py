"""The door's rules as JSON Schema 2020-12, for the OpenAPI document and for whoever writes a sender.

What it accepts the door accepts, but for what a schema cannot know: which days the calendar has and the bounds lie
between, what today is, and that an event does not name itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules.catalogue import CATALOGUE, WITHDRAWN, EventField, EventType
from rules.model import Unit
from service.door import kinds
from service.door.bounds import BOUNDS
from service.door.plans import ENVELOPE, PLANS, own_kind

Schema = dict[str, Any]

HERE = "#/$defs/"
_WHOLE = "^{}$(?!\\n)"  # Python lets $ stand before a last line feed, and some checkers are written in it


def json_schema(definitions: str = HERE) -> Schema:
    """The schema of one event: its envelope, then by type what ``data`` may and must say.

    ``$defs`` is at its root; where an OpenAPI document lifts those elsewhere, ``definitions`` is the place they go to
    (``#/components/schemas/``).
    """
    return {
        "title": "Event",
        "description": "A dated fact about a subject, as a CloudEvents 1.0 JSON event.",
        "type": "object",
        "properties": _envelope(definitions),
        "required": sorted(ENVELOPE.required),
        "additionalProperties": False,
        "oneOf": [{"$ref": definitions + name} for name in CATALOGUE],
        "discriminator": {"propertyName": "type"},
        "$defs": {f"kind.{kind}": schema for kind, schema in _kinds().items()}
        | {name: _of_type(type_, definitions) for name, type_ in CATALOGUE.items()},
    }


def _envelope(definitions: str) -> Schema:
    return {
        "specversion": {"const": kinds.SPECVERSION},
        "id": _kind("identity", definitions) | {"description": "Unique within its source, for ever."},
        "source": _kind("identity", definitions) | {"description": "Which system says so."},
        "type": {"enum": list(CATALOGUE)},
        "subject": _kind("subject", definitions) | {"description": "The case system's own opaque reference; no name."},
        "time": _or_null("moment", definitions),
        "datacontenttype": {"enum": [kinds.MEDIA_TYPE, None]},
        "dataschema": _or_null("identity", definitions),
        "data": {"type": "object"},
    }


def _of_type(type_: EventType, definitions: str) -> Schema:
    own = {field.name: _own(type_.name, field, definitions) for field in type_.fields.values()}
    return {
        "title": type_.name,
        "description": type_.says,
        "type": "object",
        "properties": {
            "type": {"const": type_.name},
            "data": {
                "type": "object",
                "properties": _common(type_.name, definitions) | own,
                "required": sorted(PLANS[type_.name].required),
                "additionalProperties": False,
                "oneOf": [_alone("happened_on", "happened_at"), _alone("happened_at", "happened_on")],
            },
        },
        "required": ["type", "data"],
    }


def _common(type_: str, definitions: str) -> Schema:
    supersedes = _or_null("identity", definitions) | {"description": "The id, of the same source, that this corrects."}
    return {
        "happened_on": _or_null("date", definitions)
        | {"description": "The local day it happened; never in the future."},
        "happened_at": _or_null("moment", definitions) | {"description": "Or the moment it happened."},
        "recorded_at": _or_null("moment", definitions) | {"description": "When it was typed in."},
        "key": _or_null("reference", definitions)
        | {"description": "The enquiry, referral, placement or plan it is of."},
        "worker": _or_null("reference", definitions),
        "team": _or_null("reference", definitions),
        "supersedes": {"type": "null"} if type_ == WITHDRAWN else supersedes,
    }


def _own(type_: str, field: EventField, definitions: str) -> Schema:
    said = {"description": field.says} if field.says else {}
    if field.codes:
        return {"enum": [*field.codes] if field.is_required else [*field.codes, None]} | said
    schema = _kind if field.is_required else _or_null
    return schema(own_kind(type_, field), definitions) | said


def _alone(name: str, other: str) -> Schema:
    return {"required": [name], "properties": {name: {"type": "string"}, other: {"type": "null"}}}


def _kind(kind: str, definitions: str) -> Schema:
    return {"$ref": f"{definitions}kind.{kind}"}


def _or_null(kind: str, definitions: str) -> Schema:
    return {"anyOf": [_kind(kind, definitions), {"type": "null"}]}


def _kinds() -> Mapping[str, Schema]:
    return {
        "text": _words(BOUNDS.text_characters, kinds.CONTROLS_BUT_LINES),
        "identity": _words(BOUNDS.identity_characters, kinds.CONTROLS),
        "event_id": _words(BOUNDS.identity_characters, kinds.CONTROLS),
        "reference": _words(BOUNDS.reference_characters, kinds.CONTROLS),
        "subject": _text(f"[^\\s{_seen(kinds.CONTROLS)}]+") | {"maxLength": BOUNDS.reference_characters},
        "boolean": {"type": "boolean"},
        "date": _text(kinds.DATE) | {"format": "date"},
        "moment": _text(kinds.TIMESTAMP) | {"format": "date-time"},
        "limit": _text(kinds.LIMIT) | {"examples": [f"10 {Unit.WORKING_DAYS}"]},
        "event": {"enum": list(CATALOGUE)},
    }


def _words(most: int, controls: str) -> Schema:
    controls = _seen(controls)
    ends = f"[^\\s{controls}]"
    return _text(f"{ends}([^{controls}]*{ends})?") | {"minLength": 1, "maxLength": most}


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": _WHOLE.format(pattern)}


def _seen(controls: str) -> str:
    # Half a character cannot be written in the patterns of most checkers, nor in their texts.
    return controls.replace(r"\ud800-\udfff", "")
