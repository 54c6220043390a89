"""The made-up council: its teams, its size and its habits, as tables; those with children in care are ``care.habits``.

The size is that of the place the service was first asked for; the habits imitate what its inspectors found (paragraph
numbers are those of the inspection report). Nobody in it is real, and nobody has a name.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

SOURCE = "/demonstration-council/case-system"
SERVICE = "Fieldwork Services"
ZONE = "Europe/London"
WEEKS_OF_HISTORY = 130


class Team(NamedTuple):
    """A team, and how it differs: ``delay`` multiplies waits for meetings, ``visits`` is added to the share in line."""

    id: str
    name: str
    workers: int
    delay: float = 1.0
    visits: float = 0.0

    def worker(self, number: int) -> str:
        """The reference of one of its workers, such as ``assessment-north-4``: a seat, not a person."""
        return f"{self.id.replace('-team', '')}-{number}"


class Post(NamedTuple):
    """A post and where it reads its mail. No ``team``: for the whole authority. No ``address``: nobody set one."""

    team: str
    team_name: str
    service: str
    post: str
    address: str


FIRST_CONTACT = Team("first-contact-team", "First Contact Team", 8)
DISABILITIES = Team("children-with-disabilities-team", "Children with Disabilities Team", 5, 1.05, 0.02)
ASSESSMENT = (
    Team("assessment-team-north", "Assessment Team North", 9, 0.96),
    Team("assessment-team-south", "Assessment Team South", 8, 1.0),
    Team("assessment-team-east", "Assessment Team East", 7, 1.04),
)
CARE_MANAGEMENT = (
    Team("care-management-team-north", "Care Management Team North", 9, 1.0, 0.04),
    Team("care-management-team-south", "Care Management Team South", 9, 1.0, -0.05),
    Team("care-management-team-east", "Care Management Team East", 8, 1.0, 0.02),
)
"""The long-term team of each area, in the order of the assessment teams."""
TEAMS = (FIRST_CONTACT, *ASSESSMENT, *CARE_MANAGEMENT, DISABILITIES)
WITHOUT_ADDRESS = (DISABILITIES,)
AUTHORITY_POSTS = (
    "group-manager-fieldwork",
    "children-services-management-team",
    "director",
    "chair",
    "reviewing-officer",
    "principal-reviewing-officer",
    "administrator",
)
"""Posts of the whole authority that have a mailbox; those that people hold are in ``people``."""

# ---- size ------------------------------------------------------------------------------------------------------------
# The place has 999 children in need, 263 of them looked after (made in ``care``) and 183 on protection plans: so about
# 736 open cases here. The flow below, for as long as cases stay open, comes to that.

CHILDREN = 4_100
"""Children referred in the whole history."""
FAMILY_SIZES = {1: 0.66, 2: 0.22, 3: 0.12}
WEEKDAYS = (1.2, 1.05, 1.0, 1.0, 1.1, 0.06, 0.04)
"""Referrals by weekday: a busy Monday, a busy Friday afternoon, the emergency team at weekends."""
MONTHS = (1.0, 0.97, 1.12, 0.95, 1.1, 1.15, 1.1, 0.62, 0.95, 1.12, 1.15, 0.85)
"""Referrals by month: schools refer, so August is quiet and June and November are not."""
BANK_HOLIDAY = 0.04

# ---- front door ------------------------------------------------------------------------------------------------------

DECISION_DELAYS = {0: 0.56, 1: 0.345, 2: 0.05, 3: 0.03, 5: 0.015}
"""Working days from referral to decision: nine in ten are in time."""
NO_FURTHER_ACTION = 0.11
RE_REFERRED = 0.18
RE_REFERRED_DAYS = (30, 90, 600)
ASSESSMENT_START = (0, 2, 12)
"""Working days from referral to the start of the assessment: lowest, commonest, highest."""
ASSESSMENT_IN_TIME = (0.765, 0.835)
"""Share authorised within 45 working days of the referral, at the beginning of the history and at its end."""
ASSESSMENT_HURRIED = (10, 41, 45)
ASSESSMENT_OVERRUN = 9.0
"""Mean working days past the limit, of those that run past it."""
CHILD_IN_NEED_PLAN = 0.27
CHILD_IN_NEED_DAYS = (50, 110, 290)
PLAN_AFTER = 8
"""Working days from the assessment to the plan."""
CLOSING = (1, 6, 20)
"""Working days from the end of help to the day the case is closed."""
STEPPED_DOWN = 0.55
"""Share of protection plans that end in a child in need plan."""

# ---- section 47 ------------------------------------------------------------------------------------------------------

ENQUIRY = 0.30
ENQUIRY_START = (0, 2, 14)
"""Working days from referral to the strategy discussion."""
DISCUSSION_ONLY = 0.06
"""A strategy discussion that starts no enquiry."""
EARLIER_DISCUSSION = 0.12
LATER_DISCUSSION = 0.08
ONLY_START_KNOWN = 0.012
SECOND_ENQUIRY = 0.025
LATER_ENQUIRY = 0.06
"""A fresh enquiry about a child in need, months into the plan."""
CONFERENCE_NEEDED = 0.45
# ¶ 23–25: 28 % of conferences within 15 working days of the initiating discussion, the worst at 3 to 7 weeks; nobody
# had seen it, because the days were counted from the first strategy meeting, which itself came late.
START_DELAYS = {0: 0.72, 1: 0.18, 2: 0.07, 4: 0.03}
"""Working days from the discussion to the section 47 start that DfE counts from."""
MEETING_DELAY = (0, 3.5, 15)
CONFERENCE_AFTER_MEETING = (4, 10, 21)
LONGEST_TO_CONFERENCE = 35
DRIFT = (1.065, 1.01)
"""What waits for meetings are multiplied by at the beginning and at the end: slow improvement."""
HOLIDAY_SEASON = 1.15
NO_MEETING_RECORDED = 0.05
# ¶ 24: review meetings, not always agreed by the manager, that do not decide.
REVIEW_AGREED = 0.24
REVIEW_NOT_AGREED = 0.14
REVIEW_WITHOUT_AGREEMENT = 0.05
REVIEW_NEVER_HELD = 0.15
REVIEW_AFTER_MEETING = (0, 3, 12)
"""Working days from the first strategy meeting to the one that reviews it."""
BOOKED = 0.78
SLIPPED = 0.2
ENQUIRY_LENGTH = (3, 9, 16)

# ---- protection plans ------------------------------------------------------------------------------------------------

PLAN_MADE = 0.87
PLAN_MONTHS = {3: 0.15, 9: 0.53, 15: 0.23, 21: 0.09}
"""When plans end: at the first review (3 months), or at one of those that follow 6 months apart."""
REVIEW_EARLY = (-2, 2.5, 9)
"""Days before the day it is due on which a review conference is held: most in time, a few late."""
FIRST_CORE_GROUP_IN_TIME = (0.72, 0.79)
CORE_GROUP_OVERRUN = 4.0
"""Mean working days past the limit, of those that run past it."""
CORE_GROUP_WEEKS = (3, 4, 7)
VISIT_EVERY = {"10 working_days": 0.66, "1 weeks": 0.1, "4 weeks": 0.16, "15 working_days": 0.08}
FREQUENCY_CHANGED = 0.05
"""Chance at each core group or review that the plan's visits change."""
# ¶ 28: visits in line with the plan for 51.3 %.
VISITED_IN_LINE = (0.455, 0.52)
FAMILIES_DIFFER = 0.06
VISIT_OVERRUN = 5.0
"""Mean working days past the day a visit was due, of those that are late."""
ATTEMPT_BEFORE_LATE = 0.35
SEEN_ALONE = 0.83

# ---- legal planning --------------------------------------------------------------------------------------------------
# ¶ 52: the time from departmental to legal planning meeting not tracked, and drift.
LEGAL_PLANNING = 0.26
LEGAL_DELAY = (2, 9, 32)
LEGAL_BOOKED = 0.5
LETTER_SENT = 0.55

# ---- recording -------------------------------------------------------------------------------------------------------
# ¶ 117: figures inaccurate in key areas. Days from what happened to when it was typed in.
RECORDING_LAG = {0: 0.56, 1: 0.24, 2: 0.07, 3: 0.05, 5: 0.035, 8: 0.025, 14: 0.015, 24: 0.005}
CORRECTED = {"icpc.held": 0.05, "strategy-discussion.held": 0.02, "child-protection.visited": 0.008}
CORRECTION_SENT_FIRST = 0.2
"""Of corrections, those that a failed night's sending lets arrive before what they correct."""
WRONG_CHILD = {"child-protection.visited": 0.004, "icpc.held": 0.012}
CONFERENCES_BEFORE_ENQUIRY = 4
CONFERENCES_UNMATCHED = 3
MERGED_REFERENCES = 5


def team(id: str) -> Team:
    """The team of that reference."""
    return next(team for team in TEAMS if team.id == id)


def posts() -> list[Post]:
    """Every post: a manager for each team, then those of the whole authority."""
    managers = [
        Post(
            team=team.id,
            team_name=team.name,
            service=SERVICE,
            post="team-manager",
            address="" if team in WITHOUT_ADDRESS else f"team-manager.{team.id.replace('-team', '')}@council.example",
        )
        for team in TEAMS
    ]
    return managers + [
        Post(team="", team_name="", service="", post=post, address=f"{post}@council.example")
        for post in AUTHORITY_POSTS
    ]


CHAIRS = ("chair-1", "chair-2", "chair-3")
OFFICERS = ("officer-1", "officer-2", "officer-3", "officer-4")
_REVIEWERS = {
    "icpc.held": CHAIRS,
    "child-protection-review.held": CHAIRS,
    "looked-after-review.held": OFFICERS,
}


def reviewer(type: str, subject: str) -> str | None:
    """Who chairs or reviews: one for a child as long as the duty lasts. None for events that nobody chairs."""
    seats = _REVIEWERS.get(type)
    return of_them(seats, subject) if seats else None


def of_them(seats: tuple[str, ...], subject: str) -> str:
    """The one of several who has this child."""
    return seats[crc32(subject.encode()) % len(seats)]
