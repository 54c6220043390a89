"""What a made-up life may hold: episodes, each a table of what happens on which of its days, and how common each is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """What happens on a day of an episode; ``every`` so many days again, to its end, where that is not 0."""

    type: str
    day: int
    every: int = 0
    data: str = ""
    """More of the event's data, as it stands in the file."""
    share: float = 1.0
    """In how many episodes it happens."""


class Episode(NamedTuple):
    """Part of a life: its key's name, how many days it lasts at least and at most, and what happens."""

    name: str
    shortest: int
    longest: int
    rows: Sequence[Row]
    last: Sequence[Row] = ()
    """What happens at its end; ``day`` counts from there."""


def _data(**fields: object) -> str:
    return "," + json.dumps(fields, separators=(",", ":"))[1:-1]


_SEEN, _NOT_SEEN = _data(seen=True, seen_alone=True), _data(seen=False)

FRONT_DOOR = Episode(
    "referral",
    20,
    60,
    (
        Row("contact.received", 0, share=0.8),
        Row("contact.decided", 1, data=_data(decision="referral"), share=0.8),
        Row("referral.received", 1),
        Row("referral.decided", 2, data=_data(nfa=False)),
        Row("assessment.started", 2),
        Row("case.allocated", 3),
    ),
    (Row("assessment.authorised", 0), Row("case.closed", 2, data=_data(reason="assessed"), share=0.5)),
)
ENQUIRY = Episode(
    "enquiry",
    9,
    26,
    (
        Row("strategy-discussion.held", 0, data=_data(outcome="section_47")),
        Row("section-47.started", 0),
        Row("strategy-meeting.held", 1, data=_data(kind="initial"), share=0.8),
        Row("review-strategy-meeting.agreed", 2, data=_data(decision="hold"), share=0.3),
        Row("strategy-meeting.held", 4, data=_data(kind="review"), share=0.3),
    ),
    (
        Row("section-47.ended", 0, data=_data(outcome="substantiated", conference_required=True)),
        Row("icpc.held", 1, data=_data(outcome="child_protection_plan"), share=0.8),
    ),
)
IN_NEED = Episode(
    "cin",
    120,
    330,
    (
        Row("child-in-need-plan.started", 0, data=_data(visit_every="4 weeks")),
        Row("child-in-need.visited", 9, 27, _SEEN),
        Row("child-in-need-plan.reviewed", 60, 88),
    ),
    (
        Row("child-in-need-plan.ended", 0, data=_data(reason="needs met")),
        Row("step-down.decided", 1, data=_data(destination="early help"), share=0.3),
        Row("step-down.received", 9, data=_data(destination="early help"), share=0.3),
    ),
)
PROTECTED = Episode(
    "cpp",
    170,
    380,
    (
        Row("child-protection-plan.started", 0, data=_data(visit_every="10 working_days")),
        Row("core-group.held", 8, 40),
        Row("child-protection.visited", 5, 13, _SEEN),
        Row("child-protection.visited", 31, 170, _NOT_SEEN),
        Row("child-protection-review.held", 85, 170),
    ),
    (Row("child-protection-plan.ended", 0, data=_data(reason="conference")),),
)
TO_COURT = Episode(
    "legal",
    220,
    420,
    (
        Row("departmental-planning-meeting.held", 0, data=_data(decision="legal_planning")),
        Row("legal-planning-meeting.held", 8, data=_data(decision="pre_proceedings")),
        Row("pre-proceedings.started", 9),
        Row("letter-before-proceedings.sent", 14),
        Row("pre-proceedings-meeting.held", 25),
        Row("pre-proceedings.ended", 110, data=_data(outcome="court")),
        Row("proceedings.issued", 118),
        Row("case-management-hearing.held", 133),
        Row("issues-resolution-hearing.held", 200, share=0.7),
        Row("concern.raised", 60, data=_data(raised_by="cp_chair"), share=0.2),
        Row("concern.discussed", 63, share=0.2),
        Row("concern.resolved", 75, share=0.2),
    ),
    (Row("proceedings.concluded", 0, data=_data(outcome="care_order")),),
)
LOOKED_AFTER = Episode(
    "lac",
    350,
    1_500,
    (
        Row("looked-after.started", 0, data=_data(legal_status="section_20")),
        Row("placement.started", 0, data=_data(type="foster", permanent=False)),
        Row("placement-plan.agreed", 4),
        Row("care-plan.agreed", 8),
        Row("health-assessment.held", 22, data=_data(kind="initial")),
        Row("health-assessment.held", 190, 178, _data(kind="review")),
        Row("looked-after-review.held", 19),
        Row("looked-after-review.held", 100, 178),
        Row("looked-after.visited", 6, 41, _SEEN),
        Row("looked-after.visited", 90, 400, _NOT_SEEN),
        Row("legal-status.changed", 30, data=_data(status="interim_care_order"), share=0.6),
        Row("legal-status.changed", 210, data=_data(status="care_order"), share=0.5),
        Row("dental-check.held", 70, 180),
        Row("sdq.completed", 120, 360),
        Row("pep.held", 12, 110),
        Row("missing.started", 140, 230, share=0.2),
        Row("missing.returned", 141, 230, share=0.2),
        Row("return-interview.held", 143, 230, share=0.2),
        Row("placement.ended", 260, data=_data(reason="moved"), share=0.7),
        Row("placement.started", 260, data=_data(type="foster", permanent=True), share=0.7),
        Row("concern.raised", 300, data=_data(raised_by="iro"), share=0.2),
        Row("concern.resolved", 318, share=0.2),
        Row("independent-visitor.needed", 90, share=0.1),
        Row("independent-visitor.referred", 95, share=0.1),
        Row("independent-visitor.matched", 130, share=0.1),
        Row("long-term-fostering.planned", 240, share=0.2),
        Row("long-term-fostering.matched", 330, share=0.2),
        Row("adoption.decided", 250, share=0.1),
        Row("placement-order.made", 270, share=0.1),
        Row("adoption.matched", 330, share=0.1),
        Row("adoption.placed", 340, share=0.1),
        Row("pathway-assessment.completed", 200, share=0.15),
        Row("pathway-plan.reviewed", 210, 170, share=0.15),
        Row("personal-adviser.visited", 220, 55, _SEEN, share=0.15),
    ),
    (Row("placement.ended", 0), Row("looked-after.ceased", 0, data=_data(reason="returned home"), share=0.8)),
)
FOSTERED = Episode(
    "pf",
    100,
    300,
    (Row("private-fostering.notified", 0), Row("private-fostering.visited", 6, 40, _SEEN)),
    (Row("private-fostering.ended", 0),),
)
WITH_KIN = Episode(
    "kin",
    100,
    160,
    (Row("connected-person.approved", 0), Row("connected-person.extended", 95, share=0.3)),
    (Row("connected-person.assessed", 0),),
)

COURSES: Sequence[tuple[float, Sequence[Episode]]] = (
    (0.46, (FRONT_DOOR,)),
    (0.22, (FRONT_DOOR, IN_NEED)),
    (0.05, (FRONT_DOOR, ENQUIRY)),
    (0.01, (FRONT_DOOR, FOSTERED)),
    (0.14, (FRONT_DOOR, ENQUIRY, PROTECTED)),
    (0.02, (FRONT_DOOR, ENQUIRY, PROTECTED, TO_COURT)),
    (0.04, (FRONT_DOOR, WITH_KIN, LOOKED_AFTER)),
    (0.06, (FRONT_DOOR, ENQUIRY, PROTECTED, TO_COURT, LOOKED_AFTER)),
)
