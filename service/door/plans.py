"""What each type of event may say and must say, worked out from the catalogue once, when the service starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rules.catalogue import CATALOGUE, MERGED, EventField, EventType
from service.door import kinds
from service.door.kinds import Reader
from service.door.refusal import turn_away


class Members(NamedTuple):
    """The members an object may have, each with its reader, and those it must have."""

    readers: Mapping[str, Reader]
    required: frozenset[str]


def _object(value: object) -> object:
    if type(value) is not dict:
        raise turn_away("wrong-kind", "data has to be an object", fix='send {"happened_on": …} and what else is known')
    return value


def own_kind(type_: str, field: EventField) -> str:
    """The kind of one of a type's own fields; the subject that another is merged into is read as a subject is."""
    return "subject" if (type_, field.name) == (MERGED, "into") else field.kind


def _own(type_: str, field: EventField) -> Reader:
    return kinds.code(field.codes) if field.codes else kinds.READERS[own_kind(type_, field)]


def _plan(type_: EventType) -> Members:
    own = {name: _own(type_.name, field) for name, field in type_.fields.items()}
    return Members({**COMMON, **own}, frozenset(name for name, field in type_.fields.items() if field.is_required))


# The CloudEvents 1.0 attributes. `time`, `datacontenttype` and `dataschema` speak of the carriage, not of the child:
# checked, and not kept.
ENVELOPE = Members(
    {
        "specversion": kinds.exactly(kinds.SPECVERSION),
        "id": kinds.identity,
        "source": kinds.identity,
        "type": kinds.event_type,
        "subject": kinds.subject,
        "time": kinds.moment,
        "datacontenttype": kinds.exactly(kinds.MEDIA_TYPE),
        "dataschema": kinds.identity,
        "data": _object,
    },
    frozenset(("specversion", "id", "source", "type", "subject", "data")),
)

# What the data of every event may say.
COMMON: Mapping[str, Reader] = {
    "happened_on": kinds.day,
    "happened_at": kinds.moment,
    "recorded_at": kinds.moment,
    "key": kinds.reference,
    "worker": kinds.reference,
    "team": kinds.reference,
    "supersedes": kinds.identity,
}

PLANS: Mapping[str, Members] = {name: _plan(type_) for name, type_ in CATALOGUE.items()}

# Every name that may be shown in a pointer.
NAMES = frozenset(ENVELOPE.readers).union(*(plan.readers for plan in PLANS.values()))
