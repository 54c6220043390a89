"""The form in which somebody says why something is late and what happens next: for one clock, or for several at once.

A page includes it by ``form_for`` and the macro ``plan_form`` of ``templates/plan_form.html.j2``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from rules.model import DUTY, Clock
from service import clock as wall
from service.access.viewers import Viewer
from service.acknowledging import LONGEST_WORDS, REASONS, latest_next_on
from service.council import Council
from service.store.seeing import worklist
from service.store.telling import acknowledgements
from service.store.telling.acknowledgements import Acknowledgement
from service.web.forms import Form
from service.web.words import first, lower, short_day, spaced

DAY_PARTS = ("day", "month", "year")


class Draft(NamedTuple):
    """What has been typed so far, as it was typed."""

    reason: str = ""
    words: str = ""
    post: str = ""
    day: str = ""
    month: str = ""
    year: str = ""

    @property
    def next_on(self) -> date | None:
        """The day that was typed; None where there is no such day."""
        try:
            return date(int(self.year), int(self.month), int(self.day))
        except (ValueError, OverflowError):  # a year of twenty digits is too large even to be looked at
            return None


class PlanForm(NamedTuple):
    """What the form shows. ``latest_on``: the last day that all its clocks may name; ``errors``: by field."""

    action: str
    draft: Draft
    reasons: Sequence[tuple[str, str]]
    posts: Sequence[tuple[str, str]]
    latest_on: date
    longest: int
    errors: Mapping[str, str]


class PlanShown(NamedTuple):
    """The plan that counts for a clock, beside its date."""

    words: str
    tone: str


def form_for(db: Connection, council: Council, viewer: Viewer, clock: Clock) -> PlanForm | None:
    """The form for one clock; None where there is nothing to plan for, or not for this viewer."""
    today = wall.today()
    if not can_be_planned(clock, today) or clock.id not in worklist.named(db, viewer.reach("plan"), [clock.id]):
        return None
    return plan_form(council, viewer, [clock], action=f"/clocks/{clock.id}/plan")


def plan_form(
    council: Council,
    viewer: Viewer,
    clocks: Sequence[Clock],
    *,
    action: str,
    draft: Draft | None = None,
    errors: Mapping[str, str] | None = None,
) -> PlanForm:
    """The form for these clocks, with what was typed and what is wrong with it."""
    today = wall.today()
    posts = posts_of(council, viewer)
    return PlanForm(
        action=action,
        draft=draft or Draft(post=posts[0]),
        reasons=list(REASONS.items()),
        posts=[(post, first(spaced(post))) for post in posts],
        latest_on=min((latest_next_on(council, one, today) for one in clocks), default=today),
        longest=LONGEST_WORDS,
        errors=errors or {},
    )


def draft_of(form: Form) -> Draft:
    """What a form says."""
    day, month, year = (form.one(f"next_on-{part}") for part in DAY_PARTS)
    return Draft(form.one("reason"), form.one("words"), form.one("post"), day, month, year)


def can_be_planned(clock: Clock, today: date) -> bool:
    """Whether a plan can be made for it: a duty that runs, and that has a date."""
    return clock.measure == DUTY and clock.due_on is not None and clock.as_at(today).outcome is None


def posts_of(council: Council, viewer: Viewer) -> list[str]:
    """The posts whose plan it can be: the viewer's own, if the ladders know any; else every one they know."""
    known = list(dict.fromkeys(post for line in council.law.ladders.lines for post in line))
    own = {held.post for held in viewer.posts}
    return [post for post in known if post in own] or known


def plans_shown(db: Connection, ids: Collection[str], today: date) -> dict[str, PlanShown]:
    """For each of these clocks that has a plan, the words that stand beside its date."""
    return {id: plan_shown(plan, today) for id, plan in acknowledgements.latest(db, ids).items()}


def plan_shown(plan: Acknowledgement, today: date) -> PlanShown:
    """``Plan: court date, next step Thu 3 Dec``, or that its day has passed."""
    reason = lower(REASONS.get(plan.reason, spaced(plan.reason)))
    if plan.is_in_force(today):
        return PlanShown(f"Plan: {reason}, next step {short_day(plan.next_on)}", "planned")
    return PlanShown(f"The day of the plan has passed: {reason}, {short_day(plan.next_on)}", "late")
