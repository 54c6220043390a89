"""Whose time has come: nothing need be kept of them any more. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from rules.ages import born_on
from rules.catalogue import REGISTERED, WITHDRAWN
from rules.history import settle
from rules.model import Event, Limit, Unit
from rules.workdays import added
from service.council import Council
from service.retention.periods import periods
from service.store import events
from service.store.keeping import erasures, holds

_DIED = "subject.died"


class Due(NamedTuple):
    """References that are erased together, one mostly: in which areas, when something last happened, due since when.

    ``held``: why they must not be erased (codes). ``is_running``: a duty of one of them still runs, so nobody has
    closed the case; it is not erased by itself.
    """

    subjects: tuple[str, ...]
    areas: tuple[str, ...]
    last_on: date
    due_on: date
    held: tuple[str, ...]
    is_running: bool

    @property
    def is_free(self) -> bool:
        """Whether they can be erased now."""
        return not self.held and not self.is_running


def whose_time_has_come(db: Connection, council: Council, on: date) -> list[Due]:
    """Everybody whose period has ended by a day, the longest due first."""
    chosen = periods(council.settings)
    quiet = {one.subject: one.last_on for one in erasures.quiet_since(db, _months_before(on, chosen.shortest))}
    groups = [group for group in events.linked_groups(db, quiet) if group <= quiet.keys()]
    subjects = [subject for group in groups for subject in group]
    timescales = erasures.timescales_of(db, subjects)
    births, deaths = _births_and_deaths(db, subjects)
    held, running = holds.held(db, subjects), erasures.with_a_running_clock(db, subjects, on)
    found = []
    for group in groups:
        areas = {area for subject in group for area in _areas(council, timescales.get(subject, ()))}
        last_on = max(quiet[subject] for subject in group)
        days = [chosen.ends_on(areas, last_on, births.get(one), deaths.get(one)) for one in group]
        why = {hold.reason for subject in group for hold in held.get(subject, ())}
        is_running = not running.isdisjoint(group)
        found.append(Due((*sorted(group),), (*sorted(areas),), last_on, max(days), (*sorted(why),), is_running))
    return sorted((one for one in found if one.due_on <= on), key=lambda one: (one.due_on, one.subjects))


def _areas(council: Council, timescales: Collection[str]) -> set[str]:
    """The areas of these timescales; one that is in force no more is of none that is known."""
    known = council.law.timescales
    return {known[id].area if id in known else "" for id in timescales}


def _births_and_deaths(db: Connection, subjects: Collection[str]) -> tuple[dict[str, date], dict[str, date]]:
    """Of each of these when they were born and when they died, where anybody said so and it stands."""
    births: dict[str, date] = {}
    deaths: dict[str, date] = {}
    for subject, history in events.histories(db, subjects, {REGISTERED, _DIED, WITHDRAWN}).items():
        standing = _by_type(settle(history).events)
        if (born := born_on(standing)) is not None:
            births[subject] = born
        if died := standing.get(_DIED):
            deaths[subject] = died[-1].happened_on
    return births, deaths


def _by_type(standing: Sequence[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in standing:
        found.setdefault(event.type, []).append(event)
    return found


def _months_before(on: date, months: int) -> date:
    return added(on, Limit(-months, Unit.MONTHS))
