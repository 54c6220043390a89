"""Dates of birth, and what is counted from them: left out for a post that does not need them.

A date that follows from a birthday gives the birthday away. So do a delay that is counted in days from it, and a place
in a list in order of date.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import Connection

from rules import CATALOGUE
from rules.law import Law
from rules.model import LAPSED, Clock, Event
from rules.telling.explanation import Explanation
from service.access.viewers import Viewer
from service.store.seeing.reach import may_see

LEFT_OUT = "left out for your post"
_BIRTH = re.compile("birth|born|dob", re.IGNORECASE)
"""In the name of a field or of a return's column: it says when somebody was, or will be, born."""


def are_shown(db: Connection, viewer: Viewer, subject: str) -> bool:
    """Whether a viewer, who may see this child, may see when the child was born."""
    reach = viewer.reach("dates-of-birth")
    return reach == viewer.reach() or may_see(db, reach, subject)


def is_birth(field: str, event: Event) -> bool:
    """Whether a field of an event says when somebody was, or will be, born.

    By its name, or by that of the column of a return that it repeats.
    """
    return bool(_BIRTH.search(field) or (field == "value" and _BIRTH.search(str(event.data.get("column", "")))))


def tells_of_birth(type: str) -> bool:
    """Whether an event of this type may say it: then the day it is dated on may be the birthday itself."""
    kind = CATALOGUE.get(type)
    return kind is not None and any(map(_BIRTH.search, kind.fields))


def timescales_counted_from_birth(law: Law) -> frozenset[str]:
    """The timescales with a start that no event announces but a birthday."""
    return frozenset(
        one.id
        for one in law.timescales.values()
        if any(start.birthday for measure in one.measures for start in measure.starts)
    )


def is_counted_from_birth(clock: Clock, law: Law) -> bool:
    """Whether all dates of a clock follow from a birthday."""
    return clock.timescale in timescales_counted_from_birth(law)


def has_ended_by_age(clock: Clock) -> bool:
    """Whether the day on which a clock ended is a birthday."""
    return clock.ended_because == LAPSED


def without_births(explanation: Explanation) -> Explanation:
    """The same explanation, as if nobody knew when the child was born: no age, no day on which it ends by age."""
    clock = explanation.clock._replace(lapses_on=None)
    by_age = any(one.when.age_below is not None for one in explanation.version.phases)
    stretches = () if by_age else explanation.stretches
    return replace(explanation, clock=clock, birthday=None, born_on=None, stretches=stretches)
