"""Saying why clocks are late and what happens next: the chosen ones are listed with their limits, then kept at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from rules.model import Clock
from service import clock as wall
from service.access.viewers import Viewer
from service.acknowledging import LONGEST_WORDS, OTHER, REASONS, Planned, acknowledge, latest_next_on
from service.council import Council
from service.errors import NotFound, Refused
from service.store.seeing import worklist
from service.web.forms import Form
from service.web.shown.freshness import freshness, note_read
from service.web.shown.planning import Draft, can_be_planned, draft_of, plan_form, plans_shown, posts_of
from service.web.shown.rows import rows_of
from service.web.words import day

MOST = 100
"""Clocks that one plan may be for."""
_is_id = re.compile("[0-9a-f]{20}").fullmatch


class Outcome(NamedTuple):
    """What came of a form: how many plans were kept, or the page that says what is wrong."""

    saved: int
    view: dict[str, Any]


def shown(council: Council, viewer: Viewer, ids: Sequence[str], *, action: str, list_query: str = "") -> dict[str, Any]:
    """The form for these clocks, each with the last day that it may name. Raises NotFound where one is out of reach."""
    clocks = _within(council, viewer, ids)
    return _view(council, viewer, clocks, chosen=ids, action=action, list_query=list_query)


def saved(
    council: Council, viewer: Viewer, ids: Sequence[str], form: Form, *, action: str, list_query: str = ""
) -> Outcome:
    """Keeps the plan for every one of these clocks, or for none. Raises NotFound where one is out of reach."""
    offered, draft = _within(council, viewer, list(dict.fromkeys([*form.all("offered"), *ids]))), draft_of(form)
    clocks = [one for one in offered if one.id in set(ids)]
    errors = _wrong(council, viewer, clocks, draft)
    if not errors:
        assert draft.next_on is not None
        plans = [Planned(one.id, draft.reason, draft.next_on, draft.post, draft.words) for one in clocks]
        try:
            made = acknowledge(council, plans, who=viewer.actor, origin=viewer.origin)
        except Refused as refusal:
            errors = {_field(refusal.pointer, clocks): f"{refusal.detail[:1].upper()}{refusal.detail[1:]}"}
        else:
            return Outcome(len(made), {})
    view = _view(council, viewer, offered, chosen=ids, action=action, list_query=list_query, draft=draft, errors=errors)
    return Outcome(0, view)


def _within(council: Council, viewer: Viewer, ids: Sequence[str]) -> list[Clock]:
    if len(ids) > MOST or not all(map(_is_id, ids)):
        raise Refused(f"a plan is for at most {MOST} clocks of the list", fix="choose fewer")
    with council.reading() as db:
        found = worklist.named(db, viewer.reach("plan"), ids)
    if len(found) < len(ids):
        raise NotFound("there is no clock of this id", fix="the list of clocks shows those there are")
    return [found[id] for id in ids]


def _view(
    council: Council,
    viewer: Viewer,
    clocks: Sequence[Clock],
    *,
    chosen: Collection[str],
    action: str,
    list_query: str,
    draft: Draft | None = None,
    errors: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    today = wall.today()
    with council.writing() as db:
        rows = rows_of(db, council, clocks, today)
        note_read(db, viewer, "clocks.listed", (one.subject for one in clocks))
        return {
            "form": plan_form(council, viewer, clocks, action=action, draft=draft, errors=errors),
            "rows": rows,
            "chosen": frozenset(chosen),
            "latest": {one.id: latest_next_on(council, one, today) for one in clocks},
            "plans": plans_shown(db, [one.id for one in clocks], today),
            "list_query": list_query,
            "freshness": freshness(db, council),
        }


def _wrong(council: Council, viewer: Viewer, clocks: Sequence[Clock], draft: Draft) -> dict[str, str]:
    """What is wrong with a form, by field, in the order of the page."""
    today, found = wall.today(), dict[str, str]()
    if not clocks:
        found["clocks"] = "Tick at least one clock"
    for one in clocks:
        if not can_be_planned(one, today):
            found[f"clock-{one.id}"] = f"The clock of {one.subject} has stopped: take it off the list"
    if draft.reason not in REASONS:
        found["reason"] = "Choose a reason"
    if draft.reason == OTHER and not draft.words:
        found["words"] = "Say in words what the other reason is"
    elif len(draft.words) > LONGEST_WORDS:
        found["words"] = f"Write at most {LONGEST_WORDS} characters: these are {len(draft.words)}"
    elif not all(char.isprintable() or char.isspace() for char in draft.words):
        found["words"] = "There is a character in this that cannot be seen: type it again"
    wrong_day = _wrong_day(council, clocks, draft)
    if wrong_day:
        found["next_on"] = wrong_day
    if draft.post not in posts_of(council, viewer):
        found["post"] = "Choose whose plan it is"
    return found


def _wrong_day(council: Council, clocks: Sequence[Clock], draft: Draft) -> str:
    today = wall.today()
    if not (draft.day or draft.month or draft.year):
        return "Enter the day by which it happens"
    if draft.next_on is None:
        return f"Enter a real day, such as {today.day} {today.month} {today.year}"
    if draft.next_on < today:
        return "The day must be today or later"
    latest = min((latest_next_on(council, one, today) for one in clocks), default=None)
    if latest is not None and draft.next_on > latest:
        return f"The day must be {day(latest)} or earlier: a plan reaches no further, and a new one may follow it"
    return ""


def _field(pointer: str, clocks: Sequence[Clock]) -> str:
    """The field of the form that a refusal points at."""
    _start, nth, name = pointer.split("/")
    return f"clock-{clocks[int(nth)].id}" if name == "clock" else name
