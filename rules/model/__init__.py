"""The nouns of the law and of a child's history, frozen: nothing here changes after it is made.

Dates end in ``_on``, moments in ``_at`` (aware). A date is a day in local (Europe/London) time.
"""

from rules.model.alerts import DUE_ON, TARGET_DUE_ON, Alert, AlertKey, Ladder, Ladders, Step
from rules.model.clauses import (
    Anchor,
    Birthday,
    Condition,
    Exemption,
    Extension,
    NoneSince,
    Pause,
    Phase,
    PlanLimit,
    Said,
    Source,
    Target,
    Trigger,
    Verified,
    Version,
    When,
)
from rules.model.clocks import LAPSED, Change, ChangeKind, Clock, Evaluation, Outcome, Problem, Status
from rules.model.counting import Counting, Limit, Unit
from rules.model.duties import DUTY, Example, Measure, Reading, Timescale
from rules.model.events import Event, EventRef, local_day, local_time

__all__ = [
    "DUE_ON",
    "DUTY",
    "LAPSED",
    "TARGET_DUE_ON",
    "Alert",
    "AlertKey",
    "Anchor",
    "Birthday",
    "Change",
    "ChangeKind",
    "Clock",
    "Condition",
    "Counting",
    "Evaluation",
    "Event",
    "EventRef",
    "Example",
    "Exemption",
    "Extension",
    "Ladder",
    "Ladders",
    "Limit",
    "Measure",
    "NoneSince",
    "Outcome",
    "Pause",
    "Phase",
    "PlanLimit",
    "Problem",
    "Reading",
    "Said",
    "Source",
    "Status",
    "Step",
    "Target",
    "Timescale",
    "Trigger",
    "Unit",
    "Verified",
    "Version",
    "When",
    "local_day",
    "local_time",
]
