"""The tables and charts of the visits report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from rules.model import Version
from service.reports import figures
from service.reports.definition import Setting
from service.reports.period import Period
from service.reports.report import COUNT, HIDDEN, LATE, MET, SHARE, Cell, Chart, Column, Part, Stack, Table, Value
from service.reports.visits.measures import in_time, on_target
from service.reports.visits.waits import KINDS, NO_TEAM, NO_WORKER, Kind, Wait, Waits
from service.reports.words import short_day

_FLAWS = {
    "stopped-before-start": "a visit dated before the wait for it began",
    "ended-before-start": "an end dated before what it should have ended",
    "source-data": "something that the source sent and that cannot be true",
    "cannot-count": "a date outside the calendar",
}
_WHY = ("Sought and not seen meanwhile", "Held late", "Held in time, recorded after the last day", "Nothing recorded")


def windows(setting: Setting) -> tuple[tuple[str, Period], ...]:
    """The windows that tables speak of, by name."""
    noun = "week" if _is_weekly(setting) else "month"
    return (
        (f"This {noun}", setting.this),
        (f"Last {noun}", setting.last),
        (f"{len(setting.periods)} {noun}s", setting.all),
    )


def kinds(setting: Setting) -> list[Kind]:
    """The kinds of visit that this authority times."""
    return [kind for kind in KINDS if setting.version(kind.timescale)]


def team_name(wait: Wait, setting: Setting) -> str:
    """The team's name where it is known, else the reference that events give it."""
    team = wait.clock.team
    return setting.teams.get(team, team) if team else NO_TEAM


def phase_title(wait: Wait, setting: Setting) -> str:
    """What held when the limit was set, in the law's words; empty where the duty has one limit."""
    for version in setting.law.timescales[wait.kind.timescale].duty.versions:
        for phase in version.phases:
            if phase.id == wait.clock.phase:
                return f"{phase.title[0].upper()}{phase.title[1:]}"
    return ""


def _is_weekly(setting: Setting) -> bool:
    return (setting.this.ends_on - setting.this.starts_on).days < 7


def _by_kind(facts: Waits, setting: Setting) -> Table:
    return Table(
        id="kinds",
        title="By kind of visit",
        words=("What the law asks and what a plan or the authority asks stand side by side, and are never added up.",),
        columns=(
            Column("kind", "Visits to"),
            Column("limit", "The limit"),
            Column("target", "The authority's own target"),
            *(
                Column(f"window_{at}", f"In time, {name.lower()}", SHARE)
                for at, (name, _) in enumerate(windows(setting), 1)
            ),
            Column("on_target", "By the target", SHARE),
            Column("overdue", "Overdue now", COUNT),
        ),
        rows=tuple(_kind_row(kind, facts, setting) for kind in kinds(setting)),
        empty="This authority times no visits.",
    )


def _kind_row(kind: Kind, facts: Waits, setting: Setting) -> tuple[Cell, ...]:
    version = setting.version(kind.timescale)
    assert version is not None
    targets = [version.target, *(phase.target for phase in version.phases)]
    target = next((one.limit.words for one in targets if one), "none")
    return (
        kind.title,
        f"{'The law' if kind.is_statutory else 'Local'}: {_limit(version)}",
        target,
        *(in_time(facts.due(period, kind)) for _, period in windows(setting)),
        on_target(facts.due(setting.all, kind)),
        figures.count(len(facts.overdue(setting.this, kind))),
    )


def _limit(version: Version) -> str:
    if version.plan_limit is not None:
        return "as often as the child's own plan says"
    if version.phases:
        return ", ".join(dict.fromkeys(phase.limit.words for phase in version.phases)) + ", as things stand"
    return version.limit.words if version.limit else "none is set"


def _by_phase(facts: Waits, setting: Setting) -> Table:
    due = [one for kind in kinds(setting) for one in facts.due(setting.all, kind) if one.clock.phase]
    grouped = _grouped(due, lambda one: phase_title(one, setting))
    return Table(
        id="phases",
        title="Looked-after children, by what the law asked",
        words=(f"Visits whose last day fell in the {windows(setting)[-1][0]}, by what held when it was set.",),
        columns=(Column("phase", "What held"), Column("in_time", "In time", SHARE)),
        rows=tuple((name, in_time(grouped[name])) for name in sorted(grouped)),
        empty="No such visit fell due.",
    )


def _by_team(facts: Waits, setting: Setting) -> Table:
    return _by(
        facts,
        setting,
        lambda one: team_name(one, setting),
        (
            "teams",
            "By team",
            "Team",
            NO_TEAM,
            "In alphabetical order. A team answers for a visit if it had the case then.",
        ),
    )


def by_worker(facts: Waits, setting: Setting) -> Table:
    """For the service's own copy only, in alphabetical order: it helps a supervision, and ranks nobody."""
    return _by(
        facts,
        setting,
        lambda one: one.clock.worker or NO_WORKER,
        (
            *("workers", "By worker", "Worker", NO_WORKER),
            "In alphabetical order, for supervision; small numbers say little, and nobody is ranked. Never mailed.",
        ),
    )


def _by(facts: Waits, setting: Setting, name_of: Callable[[Wait], str], said: tuple[str, str, str, str, str]) -> Table:
    id, title, heading, nobody, words = said
    own = kinds(setting)
    concerned = [one for kind in own for one in (*facts.due(setting.all, kind), *facts.overdue(setting.this, kind))]
    names = {name_of(one) for one in concerned}
    ordered = sorted(names - {nobody}, key=str.casefold) + [nobody] * (nobody in names)
    columns = [Column(id.removesuffix("s"), heading)]
    for kind in own:
        columns.append(Column(f"{kind.timescale}_in_time", f"{kind.title}: in time", SHARE))
        columns.append(Column(f"{kind.timescale}_overdue", "Overdue now", COUNT))
    grouped = [
        (_grouped(facts.due(setting.all, kind), name_of), _grouped(facts.overdue(setting.this, kind), name_of))
        for kind in own
    ]
    rows = []
    for name in ordered:
        row: list[Cell] = [name]
        for due, overdue in grouped:
            row += [in_time(due.get(name, ())), figures.count(len(overdue.get(name, ())))]
        rows.append(tuple(row))
    return Table(id, title, (words,), tuple(columns), tuple(rows), "No visit fell due or is overdue.")


def _grouped(waits: Iterable[Wait], name_of: Callable[[Wait], str]) -> dict[str, list[Wait]]:
    found: dict[str, list[Wait]] = {}
    for one in waits:
        found.setdefault(name_of(one), []).append(one)
    return found


def why(wait: Wait) -> int | None:
    """Which of the reasons that events themselves show fits a wait that is not plainly in time; None where it is."""
    if wait.attempts and not wait.is_in_time:
        return 0
    if wait.is_late:
        return 1
    if wait.is_recorded_late:
        return 2
    return None if wait.is_in_time else 3


def _reasons(facts: Waits, setting: Setting) -> Table:
    rows: list[tuple[Cell, ...]] = []
    counted = [
        Counter(why(one) for kind in kinds(setting) for one in facts.due(period, kind))
        for _, period in windows(setting)
    ]
    for at, words in enumerate(_WHY):
        rows.append((words, *(figures.count(counts[at]) for counts in counted)))
    return Table(
        id="reasons",
        title="Why not in time, as far as the events say",
        words=(
            "No other reason is recorded yet: nobody has been asked. Nothing recorded is not the same as not done.",
            "Each visit is counted once, under the first that fits.",
        ),
        columns=(Column("why", "What the events show"), *_window_columns(setting)),
        rows=tuple(rows),
    )


def _recording(facts: Waits, setting: Setting) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, period in windows(setting):
        lags = [one.lag for kind in kinds(setting) for one in facts.held(period, kind) if one.lag is not None]
        rows.append((name, figures.count(len(lags)), figures.middle(lags), Value(float(max(lags)) if lags else None)))
    return Table(
        id="recording",
        title="How soon visits are typed in",
        words=("Days from a visit to its being typed in, of those held in the window. Corrections are left out.",),
        columns=(
            Column("window", "Held in"),
            Column("held", "Visits", COUNT),
            Column("lag_median", "Median lag, days", "days"),
            Column("lag_longest", "Longest lag, days", "days"),
        ),
        rows=tuple(rows),
    )


def _wrong(facts: Waits, setting: Setting) -> Table:
    found = Counter(_FLAWS.get(one.problem or "", one.problem or "") for one in facts.flawed)
    found.update(_FLAWS.get(one.code, one.words) for one in facts.problems)
    return Table(
        id="wrong",
        title="Records that cannot be right",
        words=("Counted apart, until somebody puts them right: these are in no percentage.",),
        columns=(Column("what", "What"), Column("records", "Records", COUNT)),
        rows=tuple((words.capitalize(), figures.count(found[words])) for words in sorted(found)),
        empty="None.",
    )


def _window_columns(setting: Setting) -> tuple[Column, ...]:
    return tuple(Column(f"window_{at}", name, COUNT) for at, (name, _) in enumerate(windows(setting), 1))


def chart_of(title: str, id: str, is_statutory: bool) -> Callable[[Waits, Setting], Chart]:
    """A chart of what became of the visits that fell due, period by period."""

    def drawn(facts: Waits, setting: Setting) -> Chart:
        stacks = []
        for period in setting.periods:
            due = [
                one for kind in kinds(setting) if kind.is_statutory is is_statutory for one in facts.due(period, kind)
            ]
            counts = _three(due)
            stacks.append(Stack(short_day(period.ends_on), str(sum(counts)), counts))
        totals = [sum(stack.counts[part] for stack in stacks) for part in range(3)]
        noun = "week" if _is_weekly(setting) else "month"
        return Chart(
            id=id,
            title=f"{title}, by the {noun} of their last day",
            words=f"Over {len(stacks)} {noun}s {totals[0]:,} were held in time, {totals[1]:,} were held late, and of "
            f"{totals[2]:,} nothing is recorded.",
            across=f"{noun.capitalize()} to",
            parts=(Part("In time", MET), Part("Held late", HIDDEN), Part("Nothing recorded", LATE)),
            stacks=tuple(stacks),
        )

    return drawn


def _three(due: Iterable[Wait]) -> tuple[int, int, int]:
    found = list(due)
    met, late = sum(one.is_in_time for one in found), sum(one.is_late for one in found)
    return met, late, len(found) - met - late


CHARTS = (
    chart_of("Visits that a plan asks for", "by-plan", False),
    chart_of("Visits that the law asks for", "by-law", True),
)
TABLES = (_by_kind, _by_phase, _by_team, _reasons, _recording, _wrong)
