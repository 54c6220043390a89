"""The report ``section-47``: from the initial strategy discussion to the conference, week by week.

Once the conference was measured from the first strategy meeting, and nobody saw how long children waited. So both ways
of counting stand side by side here, and the first sentence says how many children the wrong one hides.
"""

from __future__ import annotations

from functools import partial

from service.reports.definition import Definition, MeasureOf, Setting
from service.reports.known import Known
from service.reports.period import weeks
from service.reports.report import COUNT, SHARE, WORKING_DAYS
from service.reports.section_47 import measures, words
from service.reports.section_47.charts import CHARTS
from service.reports.section_47.children import children
from service.reports.section_47.enquiries import CONFERENCE, REVIEW, Enquiries, gather
from service.reports.section_47.tables import TABLES

WEEKS = 12
LOOK_AHEAD = 10
"""Working days."""

_conference = partial(MeasureOf[Enquiries], timescale=CONFERENCE)
_review = partial(MeasureOf[Enquiries], timescale=REVIEW)

MEASURES = (
    _conference(
        id="in-time",
        title="Conferences in time: the duty",
        says="Counted from the strategy discussion that began the enquiry.",
        unit=SHARE,
        good="high",
        value=measures.in_time,
    ),
    _conference(
        id="in-time-from-first-meeting",
        title="Conferences in time if counted from the first strategy meeting",
        says="Not the duty. Shown because it hides children who waited too long.",
        unit=SHARE,
        good="high",
        value=measures.from_meeting,
    ),
    _conference(
        id="hidden",
        title="Conferences that the first strategy meeting hides",
        says="Late, and in time if counted from the first strategy meeting.",
        unit=SHARE,
        good="low",
        value=measures.hidden,
        is_limited=False,
    ),
    _conference(
        id="in-time-dfe",
        title="Conferences in time by DfE's rule",
        says="Counted from the recorded start of the section 47 enquiry, as DfE publishes it.",
        unit=SHARE,
        good="high",
        value=measures.by_dfe,
        comparator="dfe-section-47-to-conference",
    ),
    _conference(
        id="days-to-conference",
        title="From strategy discussion to conference",
        says="The median, in working days.",
        unit=WORKING_DAYS,
        good="low",
        value=measures.days,
    ),
    _conference(
        id="days-to-first-meeting",
        title="From strategy discussion to first strategy meeting",
        says="The median, in working days, for the conferences held.",
        unit=WORKING_DAYS,
        good="low",
        value=measures.days_to_meeting,
        is_limited=False,
    ),
    _conference(
        id="overdue",
        title="Conferences open and overdue",
        says="Not held, and past the limit, at the end of each week.",
        unit=COUNT,
        good="low",
        value=measures.overdue,
        is_limited=False,
    ),
    _review(
        id="review-on-target",
        title="Review strategy meetings held by the target",
        says="The authority's own target, counted from the initial strategy discussion.",
        unit=SHARE,
        good="high",
        value=measures.reviews_on_target,
        is_target=True,
    ),
    _review(
        id="review-in-time",
        title="Review strategy meetings held by the backstop",
        says="No later than this, counted from the initial strategy meeting.",
        unit=SHARE,
        good="high",
        value=measures.reviews_in_time,
    ),
    _review(
        id="review-overdue",
        title="Review strategy meetings open and overdue",
        says="Agreed, not held, and past the backstop, at the end of each week.",
        unit=COUNT,
        good="low",
        value=measures.reviews_overdue,
        is_limited=False,
    ),
)


def _gather(known: Known, setting: Setting) -> Enquiries:
    return gather(known, setting.law, setting.council.calendar.add(setting.as_at, LOOK_AHEAD))


SECTION_47 = Definition[Enquiries](
    name="section-47",
    title="From strategy discussion to child protection conference",
    subtitle="Weekly report to the Group Manager (Fieldwork Services)",
    noun="week",
    periods=lambda as_at: weeks(as_at, WEEKS),
    timescales=(CONFERENCE, REVIEW),
    booked="icpc.held",
    gather=_gather,
    measures=MEASURES,
    is_empty=lambda facts, setting: not facts.held(setting.this),
    opening=words.opening,
    headlines=words.headlines,
    lines=words.lines,
    charts=CHARTS,
    tables=TABLES,
    words=words.said,
    children=children,
)
