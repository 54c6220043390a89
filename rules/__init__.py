"""The law as data. Given a history, says which clocks run, when they are due, and why.

The whole public face. Pure: nothing here knows what day it is, or that a database exists.
"""

from rules.catalogue import CATALOGUE, EventType, nearest, read_limit
from rules.diff import diff, moved_fields
from rules.errors import CannotCount, PackRefused, RulesError
from rules.evaluate import evaluate
from rules.law import Law
from rules.loading.build import authorities, load_calendars, load_law
from rules.plan import plan

__all__ = [
    "CATALOGUE",
    "CannotCount",
    "EventType",
    "Law",
    "PackRefused",
    "RulesError",
    "authorities",
    "diff",
    "evaluate",
    "load_calendars",
    "load_law",
    "moved_fields",
    "nearest",
    "plan",
    "read_limit",
]
