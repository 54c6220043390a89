"""What each module of a referral says: the rows of one element, whatever stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.feeds.cin_census.draft import Draft, Place, told_by_day
from service.feeds.cin_census.layout import (
    ASSESSMENT,
    ENQUIRY,
    MODULES,
    PLAN,
    PRE_PROCEEDINGS,
    REVIEW,
    UNDER_A_REFERRAL,
)
from service.feeds.cin_census.markup import Element
from service.feeds.facts import Row
from service.feeds.rows import IN_THE_CASE_SYSTEM, SEND_AGAIN, shown, yes_or_no


def rows_of_modules(parent: Element, place: Place) -> Iterator[Row]:
    """The rows of every module that stands under a referral (or, in an odd export, under the child itself)."""
    for name in UNDER_A_REFERRAL:
        module = MODULES[name]
        for nth, (element, label) in enumerate(told_by_day(parent.every(name), module)):
            # The first assessment of a referral carries its key, so that its authorisation meets the referral's own
            # clock; each further one has a key of its own, so that its start meets its own end.
            is_keyed = not (name == ASSESSMENT and nth == 0 and place.key)
            yield from _READERS.get(name, _plain)(element, place.inside(label, is_keyed=is_keyed))


def _plain(element: Element, place: Place) -> Iterator[Row]:
    draft = Draft(element, place)
    draft.take()
    yield draft.row()


def _enquiry(element: Element, place: Place) -> Iterator[Row]:
    """An enquiry, its conference, and that none was needed, which the return dates on no day.

    That end is dated on the enquiry's first day: it ends a clock, and can never count as met. A conference that was
    held says more than a tick that none was needed.
    """
    draft = Draft(element, place)
    target = draft.day("InitialCPCtarget", may_come=True)
    draft.check("InitialCPCtarget", target, "section-47.started")
    due: Mapping[str, object] = {"source_due_on": target.on.isoformat()} if target.on else {}
    draft.take(said={"S47ActualStartDate": due})
    started_on, conference = draft.days["S47ActualStartDate"].on, draft.days["DateOfInitialCPC"]
    column, is_needless = _needless(draft)
    if is_needless and conference.text:
        words = (
            f"{column} says that no conference was needed, and DateOfInitialCPC says when it was held",
            f"correct {column}, or take DateOfInitialCPC out, {IN_THE_CASE_SYSTEM}",
        )
        draft.trouble(column, "conference-held", "section-47.ended", words)
    elif is_needless and started_on:
        draft.fact("section-47.ended", started_on, {"conference_required": False})
    yield draft.row()


def _needless(draft: Draft) -> tuple[str, bool]:
    """Which column says whether a conference was needed, and whether it says that none was."""
    for column, needless in (("ICPCnotRequired", True), ("ICPCRequired", False)):
        text = draft.element.said(column)
        said = yes_or_no(text)
        if text and said is None:
            fix = f"write {column} as 1 or 0, {SEND_AGAIN}"
            draft.trouble(column, "not-yes-or-no", "section-47.ended", (f"{column} is neither yes nor no", fix))
        elif said is not None:
            return column, said is needless
    return "ICPCnotRequired", False


def _plan(element: Element, place: Place) -> Iterator[Row]:
    """A plan, then each of its reviews. An end that a review contradicts is shown and not sent.

    It would end the clocks of a plan that, by what the same file says, still went on.
    """
    draft = Draft(element, place)
    started_on, ended_on = draft.days["CPPstartDate"].on, draft.days["CPPendDate"].on
    reviews = [leaf for group in element.every(REVIEW) for leaf in group.children]
    reviews = [leaf for leaf in reviews if leaf.name in MODULES[REVIEW].dates]
    drafts = [Draft(one, place.inside(label, is_keyed=False)) for one, label in _reviews(reviews)]
    is_over = not (started_on and ended_on and ended_on < started_on)
    goes_on = is_over and ended_on and any((on := one.days["CPPreviewDate"].on) and on > ended_on for one in drafts)
    draft.take(but=("CPPendDate",) if goes_on else ())
    if goes_on:
        words = (
            "CPPendDate is earlier than a review of the same plan, which cannot have been held after it ended",
            f"correct CPPendDate, or the review's CPPreviewDate, {IN_THE_CASE_SYSTEM}",
        )
        draft.trouble("CPPendDate", "before-CPPreviewDate", "child-protection-plan.ended", words)
    yield draft.row()
    for review in drafts:
        on = review.days["CPPreviewDate"].on
        # On the plan's first day it would count as in time; before it, it could be taken for another plan's.
        is_too_early = bool(on and started_on and on <= started_on)
        review.take(but=("CPPreviewDate",) if is_too_early else ())
        if is_too_early:
            words = (
                "CPPreviewDate is not later than CPPstartDate, and a plan is reviewed after it began",
                f"correct CPPreviewDate, or record the review under its own plan, {SEND_AGAIN}",
            )
            review.trouble("CPPreviewDate", "before-CPPstartDate", "child-protection-review.held", words)
        yield review.row()


def _reviews(leaves: list[Element]) -> list[tuple[Element, str]]:
    """Reviews are bare dates, several to a group or a group to each: each becomes an element like the others."""
    made = []
    for leaf in leaves:
        row = Element(REVIEW, leaf.line)
        row.children.append(leaf)
        made.append(row)
    return told_by_day(made, MODULES[REVIEW])


def _pre_proceedings(element: Element, place: Place) -> Iterator[Row]:
    draft = Draft(element, place)
    outcome = draft.element.said("PPOutcome")
    draft.take(said={"StepDecisionDate": {"outcome": shown(outcome)}} if outcome else {})
    if outcome and not draft.days["StepDecisionDate"].text:
        words = (
            "PPOutcome says how pre-proceedings ended, and StepDecisionDate does not say when",
            f"record StepDecisionDate, {SEND_AGAIN}",
        )
        draft.trouble("PPOutcome", "without-StepDecisionDate", "pre-proceedings.ended", words)
    yield draft.row()


_READERS = {ENQUIRY: _enquiry, PLAN: _plan, PRE_PROCEEDINGS: _pre_proceedings}
