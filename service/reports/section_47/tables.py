"""The tables of ``section-47``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from service.reports import figures
from service.reports.comparators import bands
from service.reports.definition import Setting
from service.reports.naming import (
    in_order,
    spread_cells,
    spread_columns,
    team_name,
    window_columns,
    windows,
    wrong_table,
)
from service.reports.period import Period
from service.reports.report import COUNT, SHARE, WORKING_DAYS, Cell, Column, Table, Value
from service.reports.section_47.enquiries import Enquiries, Enquiry
from service.reports.section_47.naming import BANDS, booked, flaws
from service.reports.words import short_day


def _days_table(facts: Enquiries, setting: Setting) -> Table:
    upto = bands(BANDS)
    rows = [_spread_row(name, [one.days for one in facts.held(period)], upto) for name, period in windows(setting)]
    held = facts.held(setting.all)
    name = f"{len(setting.periods)} weeks, from the "
    rows.append(_spread_row(name + "first strategy meeting", [one.days_from_meeting for one in held], upto))
    rows.append(_spread_row(name + "section 47 start (DfE)", [one.days_by_dfe for one in held], upto))
    return Table(
        id="days",
        title="How long children waited",
        words=("Conferences held, by working days from the strategy discussion unless it says otherwise.",),
        columns=(
            Column("window", "Held in"),
            Column("held", "Held", COUNT),
            *spread_columns([f"{band} days" for band in figures.band_names(upto)], WORKING_DAYS),
        ),
        rows=tuple(rows),
    )


def _spread_row(name: str, days: Iterable[int | None], upto: Sequence[int]) -> tuple[Cell, ...]:
    known = [one for one in days if one is not None]
    return (name, figures.count(len(known)), *spread_cells(known, upto))


def _teams_table(facts: Enquiries, setting: Setting) -> Table:
    return Table(
        id="teams",
        title="By team",
        words=(
            "In alphabetical order. A team answers for an enquiry if it had the case on the last day for the "
            "conference, or when that was held, if that was sooner.",
        ),
        columns=(
            Column("team", "Team"),
            Column("in_time_this_week", "In time, this week", SHARE),
            Column("in_time", f"In time, {len(setting.periods)} weeks", SHARE),
            Column("from_first_meeting", "From the first meeting", SHARE),
            Column("hidden", "Children hidden", COUNT),
            Column("median", "Median days", WORKING_DAYS),
            Column("longest", "Longest", WORKING_DAYS),
            Column("overdue", "Overdue now", COUNT),
            Column("due", "Due next", COUNT),
        ),
        rows=tuple(_team_row(name, facts, setting) for name in _team_names(facts, setting)),
        empty="No team had a conference held, due or overdue.",
    )


def _team_row(name: str, facts: Enquiries, setting: Setting) -> tuple[Cell, ...]:
    def own(found: Iterable[Enquiry]) -> list[Enquiry]:
        return [one for one in found if team_name(one.duty, setting) == name]

    week, held = own(facts.held(setting.this)), own(facts.held(setting.all))
    met = [one for one in held if one.by_meeting]
    days = [one.days for one in held if one.days is not None]
    return (
        name,
        figures.share(sum(one.is_in_time for one in week), len(week)),
        figures.share(sum(one.is_in_time for one in held), len(held)),
        figures.share(sum(one.is_in_time_from_meeting for one in met), len(met)),
        figures.count(len({one.duty.subject for one in held if one.is_hidden})),
        figures.middle(days),
        Value(float(max(days)) if days else None),
        figures.count(len(own(facts.overdue(setting.this)))),
        figures.count(len(own(facts.due_next(setting.this)))),
    )


def _team_names(facts: Enquiries, setting: Setting) -> list[str]:
    concerned = [*facts.held(setting.all), *facts.overdue(setting.this), *facts.due_next(setting.this)]
    return in_order(team_name(one.duty, setting) for one in concerned)


def _ahead_table(facts: Enquiries, setting: Setting) -> Table:
    rows: list[tuple[Cell, ...]] = []
    due = f"Due by {short_day(facts.horizon_on)}"
    for name, ahead in (("Open and overdue", facts.overdue(setting.this)), (due, facts.due_next(setting.this))):
        bookings = booked(ahead, setting)
        rows.append((name, *(figures.count(one) for one in (len(ahead), *bookings))))
    return Table(
        id="ahead",
        title="Not held yet",
        words=("A conference that is overdue can no longer be booked in time.",),
        columns=(
            Column("what", "Conferences"),
            Column("number", "Number", COUNT),
            Column("booked_in_time", "Booked in time", COUNT),
            Column("booked_too_late", "Booked too late", COUNT),
            Column("not_booked", "Not booked", COUNT),
        ),
        rows=tuple(rows),
    )


def _recording_table(facts: Enquiries, setting: Setting) -> Table:
    return Table(
        id="recording",
        title="Done, done late, or not recorded",
        words=(
            "Conferences whose last day fell in each window. Not recorded is not the same as not done: ask the team.",
            "Recording lag is the days from a conference to its being typed in, of those held in the window. "
            "Corrections are left out.",
        ),
        columns=(
            Column("window", "Due in"),
            Column("due", "Due", COUNT),
            Column("on_time", "Done on time", COUNT),
            Column("late", "Done late", COUNT),
            Column("not_recorded", "Not recorded", COUNT),
            Column("lag_median", "Median lag, days", "days"),
            Column("lag_longest", "Longest lag, days", "days"),
        ),
        rows=tuple(_recording_row(name, facts, period) for name, period in windows(setting)),
    )


def _recording_row(name: str, facts: Enquiries, period: Period) -> tuple[Cell, ...]:
    due = facts.due_in(period)
    done = [one for one in due if one.duty.stopped_on and one.duty.stopped_on <= period.ends_on]
    on_time = sum(one.is_in_time for one in done)
    lags = [one.lag for one in facts.held(period) if one.lag is not None]
    counts = (len(due), on_time, len(done) - on_time, len(due) - len(done))
    return (
        name,
        *(figures.count(one) for one in counts),
        figures.middle(lags),
        Value(float(max(lags)) if lags else None),
    )


def _ended_table(facts: Enquiries, setting: Setting) -> Table:
    ended = [facts.ended(period) for _, period in windows(setting)]
    reasons = sorted({one.duty.ended_because or "" for one in ended[-1]})
    return Table(
        id="ended",
        title="Ended without a conference",
        words=("Counted apart: these are in no percentage.",),
        columns=(Column("reason", "Why"), *window_columns(setting)),
        rows=tuple(
            (
                reason.capitalize(),
                *(figures.count(sum(one.duty.ended_because == reason for one in own)) for own in ended),
            )
            for reason in reasons
        ),
        empty="None.",
    )


def _wrong_table(facts: Enquiries, setting: Setting) -> Table:
    return wrong_table(Counter(words for *_, words in flaws(facts, setting)))


TABLES = (_teams_table, _days_table, _ahead_table, _recording_table, _ended_table, _wrong_table)
