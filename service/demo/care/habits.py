"""The made-up council's habits with children in care, and on the way there, as tables. Everything to tune is here.

Paragraph numbers are those of the inspection report that the habits imitate, as in ``place``.
"""

from __future__ import annotations

from typing import NamedTuple

from service.demo.diary import Range


class Way(NamedTuple):
    """A way into care and through it. ``weeks``: how long it lasts, where no court decides that."""

    share: float
    weeks: Range
    ages: tuple[tuple[Range, float], ...]
    is_before_court: bool = False
    ends_with_court: bool = False


_BABIES_FIRST = (((0, 0.3, 1), 0.32), ((1, 2, 5), 0.23), ((5, 7, 10), 0.22), ((10, 12, 16), 0.23))
_TEENAGERS_FIRST = (((1, 4, 9), 0.2), ((10, 14, 17.5), 0.8))

# ---- size ------------------------------------------------------------------------------------------------------------
# 263 looked after, 118 of them outside the borough. Four in ten leave within a year, the others grow up in care; so a
# history begins with many who came before it, and some of those who came last are still on their way to court.

ENTERING = 275
"""Children who come into care over the history and the half year after it."""
WEEKS_AHEAD = 24
IN_CARE_BEFORE = 156
WEEKS_BEFORE = (2, 20, 60)
"""How long before the history begins those came who are in care then."""
OUTSIDE_THE_BOROUGH = 0.55
"""Of placements that are neither with a parent nor with a connected person."""
FAMILY_SIZES = {1: 0.7, 2: 0.2, 3: 0.1}

HELPED_FOR_A_WHILE = Way(0.3, (0.6, 5, 24), _TEENAGERS_FIRST)
DECIDED_BY_COURT = Way(0.25, (26, 34, 60), _BABIES_FIRST, is_before_court=True, ends_with_court=True)
GROWING_UP_IN_CARE = Way(0.28, (150, 400, 900), _BABIES_FIRST, is_before_court=True)
ORDERED_AT_HOME = Way(0.07, (30, 80, 250), (((1, 4, 9), 0.7), ((9, 11, 15), 0.3)), is_before_court=True)
"""The child stays at home through the proceedings, and comes into care by the order that ends them."""
LOOKED_AFTER_FOR_LONG = Way(0.1, (60, 150, 500), (((3, 8, 12), 0.2), ((14, 16.2, 17.5), 0.8)))
WAYS = (HELPED_FOR_A_WHILE, DECIDED_BY_COURT, GROWING_UP_IN_CARE, ORDERED_AT_HOME, LOOKED_AFTER_FOR_LONG)
WAYS_OF_THOSE_BEFORE = {GROWING_UP_IN_CARE: 0.85, LOOKED_AFTER_FOR_LONG: 0.15}
WAYS_FROM_PLANS = {GROWING_UP_IN_CARE: 0.6, DECIDED_BY_COURT: 0.4}
"""What becomes of children on protection plans whose families went to court from there."""
DISABLED = 0.07

# ---- on the way to court ---------------------------------------------------------------------------------------------
# ¶ 52, 53: drift in issuing; most proceedings conclude within 26 weeks.

PRE_PROCEEDINGS = 0.5
"""Share of those before a court with whose families the authority had worked under pre-proceedings."""
ISSUED_AFTER_LETTER = (35, 85, 165)
"""Days: some drift past the sixteen weeks."""
LETTER_AFTER_MEETING = (1, 4, 12)
MEETING_AFTER_LETTER = (4, 8, 16)
ISSUED_BEFORE_CARE = (1, 2, 5)
"""Working days from the issue to the interim care order."""
EMERGENCIES = {"emergency_protection_order": 0.15, "section_20": 0.2, "interim_care_order": 0.65}
"""The legal status on the first day in care, of those before a court."""
ISSUED_AFTER_EMERGENCY = {"emergency_protection_order": (2, 5, 7), "section_20": (15, 45, 110)}
ISSUED_AFTER_DECISION = (1, 6, 30)
"""Working days from the decision to go to court to the issue."""
TIME_FOR_COURT, MORE_TIME_FOR_COURT = 26, 8
"""Weeks, the first beginning with the day of issue."""
CONCLUDED_WITHIN = 0.64
CONCLUDED_WEEKS = (16, 25, 26)
EXTENDED = 0.75
"""Of those not concluded in time, those for which the court gave more time before it ran out."""
EXTENDED_AGAIN = 0.3
CONCLUDED_AFTER = 2.5
"""Mean weeks past the end of the time allowed, of those that run past it."""
CONCLUDED_BEFORE_MORE_TIME_ENDS = (1, 8, 38)
"""Working days."""
OUTCOMES_OF_COURT = {"special_guardianship_order": 0.45, "supervision_order": 0.35, "child_arrangements_order": 0.2}

# ---- placements ------------------------------------------------------------------------------------------------------

FOSTER, RESIDENTIAL, SUPPORTED = "foster_placement", "residential_placement", "supported_lodgings"
WITH_CONNECTED_PERSON, WITH_PARENT = "connected_person", "with_parent"
FIRST_PLACEMENTS = {FOSTER: 0.66, WITH_CONNECTED_PERSON: 0.18, WITH_PARENT: 0.16}
FIRST_PLACEMENTS_OF_TEENAGERS = {FOSTER: 0.62, RESIDENTIAL: 0.23, WITH_CONNECTED_PERSON: 0.15}
LATER_PLACEMENTS = {FOSTER: 0.8, WITH_CONNECTED_PERSON: 0.06, WITH_PARENT: 0.14}
LATER_PLACEMENTS_OF_TEENAGERS = {FOSTER: 0.55, RESIDENTIAL: 0.27, SUPPORTED: 0.18}
TEENAGER, OLD_ENOUGH_TO_AGREE = 11, 8
IS_SETTLED = (0.42, 0.68)
"""Share of placements that last: of first ones, and of those after a move."""
UNSETTLED_WEEKS = (0.5, 8, 60)
PLACED_BEFORE_ASSESSMENT = 0.7
ASSESSED_AT_HOME_WEEKS = (4, 12, 26)
PERMANENT_FROM_THE_START = 0.15
# ¶ 57: 56 children waiting for a formal long-term match after a year or more in their placement.
BECOMES_PERMANENT = 0.65
PERMANENT_AFTER_WEEKS = (26, 60, 110)
LONG_TERM_FOSTER = 0.6
"""Of permanent foster placements of children old enough, those in which the child agrees to be visited less."""
LONG_TERM_FOSTER_AFTER_WEEKS = (54, 62, 90)
# ¶ 56: some assessments of connected persons are not completed in time.
ASSESSED_WITHIN = 0.55
ASSESSED_WEEKS = (9, 14, 16)
EXTENDED_AFTER_WEEKS = (13, 15, 15.7)
ASSESSMENT_EXTENDED = 0.65
ASSESSED_WHEN_EXTENDED_WEEKS = (17, 20, 23.5)
ASSESSED_LATE_WEEKS = (17, 20, 27)
APPROVAL_RECORDED_WITH_PLACEMENT = 0.5

# ---- visits ----------------------------------------------------------------------------------------------------------
# ¶ 60: two thirds of looked-after children visited in line with statutory requirements.

VISITED_IN_TIME = (0.64, 0.69)
VISITED_WEEKLY_LESS = 0.06
"""What that share is lower by, where a week is allowed."""
CHILDREN_DIFFER = 0.06
VISIT_OVERRUN = 6.0
ATTEMPT_BEFORE_LATE = 0.25
SEEN_ALONE = 0.8

# ---- reviews ---------------------------------------------------------------------------------------------------------

REVIEWED_IN_TIME = 0.92
FIRST_REVIEW_DAYS = (9, 17, 20)
REVIEW_EARLY_DAYS = (0, 6, 35)
REVIEW_OVERRUN = 6.0
BOOKED_FROM_WEEKS_AGO = 50
"""Reviews have been booked in the case system since about a year."""
BOOKED_BEFORE = (10, 25, 40)
SLIPPED = 0.12
CONCERN = 0.07
"""¶ 59 and the plan's R5.3: share of reviews after which somebody raises a concern about delay."""
CONCERN_ABOUT = {"delay in the care plan": 0.45, "delay in permanence": 0.35, "change of plan not told": 0.2}
DRIFT_CONCERN = 0.6
"""Share of families for whom a conference chair raises the wait for a legal planning meeting, where it was long."""
DRIFT_DAYS = 25
DISCUSSED = 0.75
DISCUSSED_AFTER_DAYS = (4, 18, 50)
RESOLVED = 0.7
RESOLVED_AFTER_DAYS = (5, 25, 90)

# ---- health ----------------------------------------------------------------------------------------------------------
# ¶ 64: initial health assessments on time 61 %; 92 % of those in care for a year have a current one.

INITIAL_IN_TIME = 0.595
INITIAL_DAYS = (8, 18, 20)
INITIAL_OVERRUN = 11.0
REVIEW_HEALTH_IN_TIME = 0.52
REVIEW_HEALTH_EARLY = (0, 6, 40)
REVIEW_HEALTH_LATE = (1, 24, 56)
"""Working days past the day it was due."""
REPORT_AFTER = {0: 0.25, 3: 0.35, 7: 0.25, 12: 0.15}
"""Working days from the assessment to the doctor's report."""

# ---- missing from care -----------------------------------------------------------------------------------------------
# ¶ 38, 76: return interviews, whose timeliness is too variable.

GOES_MISSING = 0.24
"""Share of children of eleven and over in care who go missing at all."""
EPISODES = 2.6
AWAY_HOURS = (2, 9, 70)
INTERVIEWED = {"declined": 0.17, "in time": 0.5, "late": 0.33}
INTERVIEW_HOURS = (14, 46, 72)
INTERVIEW_LATE_HOURS = (73, 110, 330)

# ---- leaving care ----------------------------------------------------------------------------------------------------

PATHWAY_IN_TIME = 0.68
PATHWAY_DAYS = (30, 80, 90)
PATHWAY_LATE_DAYS = (93, 110, 165)

# ---- children in need ------------------------------------------------------------------------------------------------

FREQUENCY_KNOWN = 0.6
"""Share of child in need plans that say how often the child is visited, since plans have had a place for it."""
FREQUENCY_SINCE_WEEKS = 44
HELP_VISIT_EVERY = {"20 working_days": 0.55, "4 weeks": 0.25, "6 weeks": 0.2}
HELP_VISITED_IN_LINE = 0.66

# ---- recording -------------------------------------------------------------------------------------------------------

CORRECTED = {"looked-after.visited": 0.008, "health-assessment.held": 0.03, "placement.started": 0.015}
WRONG_CHILD = {"looked-after.visited": 0.004, "looked-after-review.held": 0.006}
