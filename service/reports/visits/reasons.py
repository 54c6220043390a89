"""Why visits were not in time, as far as events say: the reasons, how late, how soon typed in, what cannot be right.

What a plan asks for and what the law asks for stand in rows of their own: no figure here holds both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from service.reports import figures
from service.reports.definition import Setting
from service.reports.naming import spread_cells, spread_columns, window_columns, windows, wrong_table
from service.reports.report import COUNT, DAYS, SHARE, Cell, Column, Table, Value
from service.reports.visits.naming import flaw, kinds
from service.reports.visits.waits import Wait, Waits

_DAYS_LATE = (7, 14, 28)
_BANDS = ("1–7 days", "8–14 days", "15–28 days", "29 days and more")


class Shown(StrEnum):
    """What events show of a visit that was not both held and typed in by its last day: the first that fits."""

    SOUGHT = "sought by the last day, and not seen"
    SOUGHT_LATE = "sought only after the last day, and not seen"
    LATE = "held late, and not sought before"
    TYPED_LATE = "held in time, recorded after the last day"
    NOTHING = "nothing recorded"


def shown(wait: Wait) -> Shown | None:
    """Which of the reasons that events themselves show fits; None where the visit is plainly in time."""
    if wait.is_in_time:
        return Shown.TYPED_LATE if wait.is_recorded_late else None
    if wait.attempts:
        return Shown.SOUGHT if wait.is_sought_in_time else Shown.SOUGHT_LATE
    return Shown.LATE if wait.is_late else Shown.NOTHING


def _reasons(facts: Waits, setting: Setting) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for kind in kinds(setting):
        found = [[shown(one) for one in facts.due(period, kind)] for _, period in windows(setting)]
        for reason in Shown:
            shares = (figures.share(own.count(reason), len(own)) for own in found)
            rows.append((f"{kind.title}: {reason}", *shares))
    return Table(
        id="reasons",
        title="Why not in time, as far as the events say",
        words=(
            "No other reason is recorded yet: nobody has been asked. Nothing recorded is not the same as not done.",
            "Of the visits that fell due, each counted once, under the first that fits. Those held in time and "
            "recorded after the last day are in time.",
        ),
        columns=(
            Column("why", "What the events show"),
            *window_columns(setting, SHARE),
        ),
        rows=tuple(rows),
        empty="This authority times no visits.",
    )


def _lateness(facts: Waits, setting: Setting) -> Table:
    name = windows(setting)[-1][0]
    rows: list[tuple[Cell, ...]] = []
    for kind in kinds(setting):
        late = [one for one in facts.due(setting.all, kind) if one.is_late]
        rows.append(_how_late(f"{kind.title}: held late, {name}", late, setting))
        overdue = facts.overdue(setting.this, kind)
        rows.append(_how_late(f"{kind.title}: overdue now", overdue, setting))
    return Table(
        id="lateness",
        title="How late",
        words=("Days past the last day, every day counted: to the visit, or where none is recorded to now.",),
        columns=(
            Column("what", "Visits to"),
            Column("visits", "Visits", COUNT),
            *spread_columns(_BANDS, DAYS),
        ),
        rows=tuple(rows),
        empty="This authority times no visits.",
    )


def _how_late(name: str, waits: Sequence[Wait], setting: Setting) -> tuple[Cell, ...]:
    days = [one.days_late(setting.as_at) for one in waits]
    return (name, figures.count(len(days)), *spread_cells(days, _DAYS_LATE))


def _recording(facts: Waits, setting: Setting) -> Table:
    rows = [
        (f"{kind.title}: {name.lower()}", *_lag(facts.held(period, kind)))
        for kind in kinds(setting)
        for name, period in windows(setting)
    ]
    return Table(
        id="recording",
        title="How soon visits are typed in",
        words=("Days from a visit to its being typed in, by when it was held. Corrections are left out.",),
        columns=(
            Column("window", "Visits to, and held in"),
            Column("held", "Visits", COUNT),
            Column("lag_median", "Median lag, days", DAYS),
            Column("lag_longest", "Longest lag, days", DAYS),
        ),
        rows=tuple(rows),
        empty="This authority times no visits.",
    )


def _lag(held: Iterable[Wait]) -> tuple[Cell, ...]:
    lags = [one.lag for one in held if one.lag is not None]
    return figures.count(len(lags)), figures.middle(lags), Value(float(max(lags)) if lags else None)


def _wrong(facts: Waits, setting: Setting) -> Table:
    found = Counter(flaw(one.problem or "") for one in facts.flawed)
    found.update(flaw(one.code, one.words) for one in facts.problems)
    return wrong_table(found)


REASONS = (_reasons, _lateness, _recording, _wrong)
