"""A history and the law in, clocks out. Pure: it never sees today, so the same history and law give the same clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import blake2b

from rules.ages import ByType, birthday, born_on
from rules.catalogue import ALLOCATED, FOUND
from rules.errors import CannotCount
from rules.history import History, settle
from rules.law import Law
from rules.model import DUTY, Clock, Evaluation, Event, EventRef, Measure, Outcome, Problem, Version
from rules.pairing import ENDED_BEFORE_START, STOPPED_BEFORE_START, Run, Unpaired, pair
from rules.reckon import Reckoner, Reckoning

_Four = tuple[str | None, str | None, str | None, str | None]
_MET, _LATE, _DONE, _ENDED = Outcome.MET, Outcome.LATE, Outcome.DONE, Outcome.ENDED
CANNOT_COUNT = "cannot-count"
SOURCE_DATA = "source-data"

_WORDS = {
    "nothing-to-stop": "nothing is recorded that this could have followed",
    "nothing-to-decide": "nothing is recorded that this could have been decided about",
    STOPPED_BEFORE_START: "it is dated before what it should have followed",
}


def evaluate(events: Iterable[Event], law: Law, measures: Sequence[Measure] | None = None) -> Evaluation:
    """The clocks of one subject, or of several that corrections and merges link, and what could not be right.

    ``measures`` narrows the law to what a change can have touched (see ``Law.touched_by``). Any order of events, and
    any repeats, give the same answer.
    """
    history = settle(events)
    clocks: list[Clock] = []
    problems = list(history.problems)
    for subject, by_type in _by_subject_and_type(history).items():
        problems += (_as_found(subject, event) for event in by_type.get(FOUND, ()))
        for measure in law.seeing(by_type) if measures is None else measures:
            if measure.starters.isdisjoint(by_type):
                continue
            one = _Measuring(subject, measure, by_type, (history, law))
            clocks += one.clocks()
            problems += one.problems
    return Evaluation(tuple(clocks), tuple(problems))


def _as_found(subject: str, event: Event) -> Problem:
    """What a source sent that cannot be true, as a problem: where, and why, without the value."""
    return Problem(subject, SOURCE_DATA, "", event.ref, f"{event.data['column']}: {event.data['reason']}")


def clock_id(timescale: str, measure: str, root: EventRef) -> str:
    """The clock's name for ever: from the timescale, the measure, and the first version of the event that started it.

    So a correction keeps it. The subject and key are those of that event, and so are not repeated.
    """
    named = f"{timescale}\x1f{measure}\x1f{root.source}\x1f{root.id}"
    return blake2b(named.encode(), digest_size=10).hexdigest()


def governing(measure: Measure, run: Run) -> Version | None:
    """The version in force when the clock started, or a later one that says it governs clocks already running."""
    started_on = run.start.happened_on
    over = run.stop or run.end
    chosen = None
    for version in measure.versions:
        if version.starts_on <= started_on:
            if version.ends_on is None or started_on <= version.ends_on:
                chosen = version
        elif chosen and version.is_governing_running and (over is None or over.happened_on >= version.starts_on):
            chosen = version
    return chosen


def _by_subject_and_type(history: History) -> dict[str, dict[str, list[Event]]]:
    found: dict[str, dict[str, list[Event]]] = {}
    homes = history.homes
    for event in history.events:
        by_type = found.setdefault(homes.get(event.subject, event.subject), {})
        if event.type in by_type:
            by_type[event.type].append(event)
        else:
            by_type[event.type] = [event]
    return found


class _Measuring:
    """One measure of one subject: its runs paired, each made into a clock."""

    def __init__(self, subject: str, measure: Measure, by_type: ByType, known: tuple[History, Law]) -> None:
        self.subject = subject
        self.measure = measure
        self.by_type = by_type
        self.history, law = known
        self.runs, unpaired = pair(measure, by_type)
        self.problems = [self._problem(one) for one in unpaired] if measure.id == DUTY else []
        if self.runs:
            self.reckoner = Reckoner(measure, by_type, law)
            self.lapses_on = lapse(measure, by_type) if measure.until_age is not None else None

    def clocks(self) -> list[Clock]:
        clocks = []
        for run in self.runs:
            if self.lapses_on is not None and not outlives(run, self.lapses_on):
                continue
            version = governing(self.measure, run)
            if version is not None:
                clocks.append(self._clock(run, version))
        return clocks

    def _problem(self, unpaired: Unpaired) -> Problem:
        code, event = unpaired
        words = f"{event.type} of {event.happened_on}: {_WORDS[code]}"
        return Problem(self.subject, code, self.measure.timescale, event.ref, words)

    def _clock(self, run: Run, version: Version) -> Clock:
        start, over = run.start, run.stop or run.end
        started_by = start.ref
        problem = None
        if run.early_stop is not None:
            problem = ENDED_BEFORE_START if run.is_ended_early else STOPPED_BEFORE_START
        try:
            sum_ = self.reckoner.reckon(run, version)
        except CannotCount:
            problem = problem or CANNOT_COUNT
            sum_ = Reckoning(start.happened_on, version.limit, None)
        counted_from_on, limit, due_on, is_provisional, flags, target_due_on, due_at, phase, _, _, _, _ = sum_
        if FOUND in self.by_type and problem is None and is_in_doubt(run, self.measure, self.by_type[FOUND]):
            problem = SOURCE_DATA
        team, worker, answerable_team, answerable_worker = _owners(run, self.by_type.get(ALLOCATED, ()), due_on)
        # In the order of Clock's fields, and past its own constructor, which takes a tenth of an evaluation.
        fields = (
            clock_id(self.measure.timescale, self.measure.id, self.history.roots.get(started_by, started_by)),
            self.measure.timescale,
            self.measure.id,
            self.subject,
            run.key,
            team,
            worker,
            start.happened_on,
            started_by,
            counted_from_on,
            limit,
            due_on,
            target_due_on,
            over.happened_on if over else None,
            over.ref if over else None,
            _outcome(run, due_on, due_at),
            run.why if run.end else None,
            version.starts_on,
            is_provisional,
            problem,
            _flags(run, flags) if flags or run.flag or run.proof_flag else (),
            due_at,
            phase,
            self.lapses_on if over is None else None,
            answerable_team,
            answerable_worker,
        )
        return tuple.__new__(Clock, fields)


def lapse(measure: Measure, by_type: ByType) -> date | None:
    """The day on which the duty falls away by itself; None where nobody said when the subject was born."""
    born = born_on(by_type)
    return birthday(born, measure.until_age) if born and measure.until_age is not None else None


def outlives(run: Run, lapses_on: date) -> bool:
    """Whether the run began before that day; what came after it neither stopped nor ended it."""
    if run.start.happened_on >= lapses_on:
        return False
    if run.over is not None and run.over.happened_on >= lapses_on:
        run.stop = run.end = None
    return True


def is_in_doubt(run: Run, measure: Measure, found: Sequence[Event]) -> bool:
    """Whether a source sent something about this very thing that cannot be true."""
    return any(event.key == run.key and event.data["about"] in measure.types for event in found)


def _flags(run: Run, of_the_sum: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(flag for flag in (run.flag, run.proof_flag, *of_the_sum) if flag)


def _outcome(run: Run, due_on: date | None, due_at: datetime | None) -> Outcome | None:
    if run.stop is None:
        return _ENDED if run.end else None
    if due_on is None:
        return _DONE
    if due_at is not None and run.stop.happened_at is not None:
        return _MET if run.stop.happened_at <= due_at else _LATE
    return _MET if run.stop.happened_on <= due_on else _LATE


def _owners(run: Run, allocated: Sequence[Event], due_on: date | None) -> _Four:
    """Who has a clock (team, worker), and who answers for it in figures (team, worker).

    It is with the latest allocation from its start to its stop, else with whom the start itself names. A breach is
    answered for by whoever had the case on the last day, the whole of which counts; one that was late as it began, by
    whoever had it that day. What came after moves the clock, and not the figure.
    """
    start, over = run.start, run.stop or run.end
    team, worker = start.team, start.worker
    before_team = before_worker = None
    moves: list[Event] = []
    for event in allocated:
        if event.happened_on < start.happened_on:
            before_team, before_worker = event.team or before_team, event.worker or before_worker
        elif over is None or event.happened_on <= over.happened_on:
            if due_on is None or event.happened_on <= max(due_on, start.happened_on):
                team, worker = event.team or team, event.worker or worker
            else:
                moves.append(event)
    team, worker = team or before_team, worker or before_worker
    if moves:
        team, answerable_team = _moved([event.team for event in moves], team, over.team if over else None)
        worker, answerable_worker = _moved([event.worker for event in moves], worker, over.worker if over else None)
        return team, worker, answerable_team, answerable_worker
    if over is not None:
        team, worker = team or over.team, worker or over.worker
    return team, worker, team, worker


def _moved(to: Sequence[str | None], had: str | None, said: str | None) -> tuple[str | None, str | None]:
    """Who has it now, and who had it before these moves. Whose stop it was, ``said``, tells only where nobody moved."""
    now = next((name for name in reversed(to) if name), None)
    return (now, had) if now else (had or said, had or said)
