"""The words of an explanation: plain sentences that can be read aloud to an inspector as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules.errors import CannotCount
from rules.evaluate import SOURCE_DATA
from rules.model import DUTY, Clock, Outcome
from rules.pairing import ENDED_BEFORE_START, STOPPED_BEFORE_START
from rules.telling import tell_law, tell_sum
from rules.telling.tell_law import event as _event
from rules.telling.words import day, lower, moment, several

if TYPE_CHECKING:
    from rules.telling.explanation import Beside, Correction, Explanation, Told

_KINDS = {
    "statutory": "a duty in law",
    "statutory-guidance": "a duty in statutory guidance",
    "good-practice": "published good practice, not the law",
    "local": "the authority's own rule, not the law",
    "indicator": "an indicator, not a deadline",
}
_NOT_YET = "Nothing is recorded that meets it. Not recorded is not the same as not done."


def text_of(explanation: Explanation) -> str:
    """The whole explanation, paragraph by paragraph, each parted from the next by an empty line."""
    paragraphs = (
        _what(explanation),
        _start(explanation),
        _law(explanation),
        " ".join(tell_law.steps(explanation)),
        tell_sum.counting(explanation),
        tell_sum.sum_(explanation),
        _source_due(explanation),
        tell_sum.target(explanation),
        outcome(explanation),
        tell_law.lapse(explanation),
        problem(explanation) or "",
        " ".join(_beside(explanation, one) for one in explanation.beside),
        " ".join(explanation.timescale.notes),
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def why_version(explanation: Explanation) -> str:
    """Why this version of the rule governs and no other."""
    version, started_on = explanation.version, explanation.clock.started_on
    until = f" until {day(version.ends_on)}" if version.ends_on else ""
    if version.starts_on > started_on:
        return (
            f"The version in force from {day(version.starts_on)}{until} governs: it came into force while this was "
            f"running, and says that it governs what is already running."
        )
    return (
        f"The version in force from {day(version.starts_on)}{until} governs, because it was in force on the day this "
        f"started, {day(started_on)}."
    )


def outcome(explanation: Explanation) -> str:
    """What stopped it, whether in time, by how much, and when that was recorded."""
    clock, stop = explanation.clock, explanation.stop
    if clock.outcome is None or stop is None:
        return _NOT_YET
    when = f"At {moment(stop.happened_at)}" if clock.due_at and stop.happened_at else f"On {day(stop.happened_on)}"
    happened = f"{when} {_event(stop)}."
    if clock.outcome is Outcome.ENDED:
        over = f"It ended without being met, because {clock.ended_because}. {happened}"
        late = _past_due(explanation)
        return f"{over}{late} {_recorded(stop)}{_corrected(stop)}"
    if clock.outcome is Outcome.DONE:
        judged = "That is done; no limit is set to judge it by."
    else:
        verb = "meets it" if clock.outcome is Outcome.MET else "is late"
        judged = f"That {verb}, {_by_how_much(explanation)}."
    return f"{happened} {judged}{_target_met(clock)} {_recorded(stop)}{_recorded_late(explanation)}{_corrected(stop)}"


def problem(explanation: Explanation) -> str | None:
    """What cannot be right about this clock's dates, in words; None where nothing is wrong."""
    clock, early = explanation.clock, explanation.stop_details
    if clock.problem is None:
        return None
    apart = "It is shown and chased, and kept out of every percentage."
    if clock.problem == SOURCE_DATA:
        return (
            "There is a problem with the data: the source sent something about this that cannot be true. What it is, "
            f"and what to correct, stands with the child. {apart}"
        )
    if clock.problem == ENDED_BEFORE_START and early is not None:
        return (
            f"There is a problem with the data: on {day(early.happened_on)} {_event(early)}, which is before this "
            f"started. That cannot have ended it, so it runs on. {apart}"
        )
    if clock.problem == STOPPED_BEFORE_START and early is not None:
        return (
            f"There is a problem with the data: on {day(early.happened_on)} {_event(early)}, which is before this "
            f"started. That cannot have met it, so it does not count as met. {apart}"
        )
    first = explanation.calendar.covered_from
    return (
        f"There is a problem with the data or the calendar: this cannot be counted from "
        f"{day(clock.counted_from_on)} (bank holidays are known from {day(first)} only). {apart}"
    )


def _what(explanation: Explanation) -> str:
    clock, timescale = explanation.clock, explanation.timescale
    key = f", {clock.key}" if clock.key else ""
    words = f"{timescale.title}, for {clock.subject}{key}. {timescale.protects}"
    if clock.measure != DUTY:
        words += (
            f" This is not the duty itself but another measure of it, kept beside it: "
            f"{lower(explanation.measure.title)}. It is nobody's deadline."
        )
    chosen = next((one for one in timescale.readings if one.id == timescale.chosen_reading), None)
    return (
        f"{words} The authority reads the rule in this way: {lower(chosen.title)}. {chosen.words}" if chosen else words
    )


def _start(explanation: Explanation) -> str:
    start = explanation.start
    when = f"at {moment(start.happened_at)}" if explanation.clock.due_at and start.happened_at else None
    words = f"It started {when or f'on {day(start.happened_on)}'}, when {_event(start)}."
    words = f"{tell_law.birth(explanation) or words} {_recorded(start)}{_corrected(start)}"
    for flag in explanation.clock.flags:
        words += f" Note: {flag}."
    return words


def _law(explanation: Explanation) -> str:
    clock, limit = explanation.clock, explanation.clock.limit
    kind = _KINDS.get(explanation.timescale.kind, explanation.timescale.kind)
    words = f"{f'The limit is {limit.words}' if limit else 'No limit is set'}. This is {kind}."
    if explanation.counted_from is not None:
        other = explanation.counted_from
        words += f" The limit is counted not from the start but from {day(other.happened_on)}, when {_event(other)}."
    words += _plan(explanation)
    return f"{words} {tell_sum.source(explanation.source)} {why_version(explanation)}" if clock.version_on else words


def _plan(explanation: Explanation) -> str:
    plan, limit = explanation.version.plan_limit, explanation.clock.limit
    if plan is None:
        return ""
    if explanation.plan is not None:
        said = explanation.plan
        return f" The number is the plan's own: on {day(said.happened_on)} {_event(said)}, and the plan set it."
    if limit is not None and limit == plan.maximum:
        return " It is the longest that any plan may set."
    return " The plan says nothing about how often." + (" This is what holds then." if limit else "")


def _source_due(explanation: Explanation) -> str:
    """What the source system thinks, beside what is so: never used, and not hidden."""
    theirs, ours = explanation.source_due_on, explanation.clock.due_on
    if theirs is None or ours is None:
        return ""
    if theirs == ours:
        return "The source system gives the same date."
    return f"The source system itself gives {day(theirs)}. That date is not used: it does not follow from the rule."


def _target_met(clock: Clock) -> str:
    if clock.target_due_on is None or clock.stopped_on is None:
        return ""
    if clock.stopped_on <= clock.target_due_on:
        return " It meets the target as well."
    return " It misses the target."


def _by_how_much(explanation: Explanation) -> str:
    clock = explanation.clock
    assert clock.due_on is not None
    assert clock.stopped_on is not None
    stop = explanation.stop
    if clock.due_at and stop and stop.happened_at:
        minutes = round(abs((clock.due_at - stop.happened_at).total_seconds()) / 60)
        parts = [(minutes // 60, "hour"), (minutes % 60, "minute")]
        span = " and ".join(several(count, noun) for count, noun in parts if count) or "less than a minute"
        return f"{span} {'before' if stop.happened_at <= clock.due_at else 'after'} the time ran out"
    if clock.stopped_on == clock.due_on:
        return "on the last day that counts"
    side = "before" if clock.stopped_on < clock.due_on else "after"
    first, last = sorted((clock.stopped_on, clock.due_on))
    days = several((last - first).days, "day")
    try:
        working = several(abs(explanation.calendar.elapsed(first, last)), "working day")
    except CannotCount:
        return f"{days} {side} the due date"
    return f"{working} ({days} in all) {side} the due date"


def _past_due(explanation: Explanation) -> str:
    clock = explanation.clock
    if clock.due_on is None or clock.stopped_on is None:
        return ""
    if clock.stopped_on > clock.due_on:
        return f" By then it was overdue: that is {_by_how_much(explanation)}."
    return f" It was not overdue by then: that is {_by_how_much(explanation)}."


def _recorded(told: Told) -> str:
    """When it was typed in, and what names it: recording lag stands beside the date, and never changes it."""
    name = f"It is event {told.event.id} of {told.event.source}."
    on, verb = (told.recorded_on, "recorded") if told.recorded_on else (told.received_on, "received here")
    if on is None or told.recording_lag is None:
        return f"When that was recorded is not known. {name}"
    if told.recording_lag == 0:
        return f"That was {verb} the same day. {name}"
    side = "later" if told.recording_lag > 0 else "earlier, before it is said to have happened"
    return f"That was {verb} on {day(on)}, {several(abs(told.recording_lag), 'day')} {side}. {name}"


def _recorded_late(explanation: Explanation) -> str:
    """Done on time and recorded late is a third thing, neither late nor in order."""
    stop, due_on = explanation.stop, explanation.clock.due_on
    on = stop and (stop.recorded_on or stop.received_on)
    if explanation.clock.outcome is not Outcome.MET or not on or not due_on or on <= due_on:
        return ""
    return " So it was done in time and recorded after the due date: that is late recording, not a late deed."


def _corrected(told: Told) -> str:
    if not told.corrects:
        return ""
    earlier = " ".join(_correction(one) for one in told.corrects)
    return f" It has been corrected, and this is version {len(told.corrects) + 1}. {earlier}"


def _correction(one: Correction) -> str:
    recorded = f", recorded on {day(one.recorded_on)}" if one.recorded_on else ""
    changes = "; ".join(one.changes) or "nothing that matters here was changed"
    return f"An earlier version was event {one.event.id}{recorded}: {changes}."


def _beside(explanation: Explanation, one: Beside) -> str:
    lead = (
        f"Read another way ({lower(one.title)})"
        if one.kind == "reading"
        else f"Measured another way ({lower(one.title)})"
    )
    if one.kind == "measure" and one.id == DUTY:
        lead = "By the duty itself"
    mine = explanation.clock
    if one.clock and one.kind == "reading" and (one.clock.due_on, one.clock.outcome) == (mine.due_on, mine.outcome):
        return f"{lead}, the date is the same."
    if one.clock is None:
        return f"{lead} there is no clock: nothing is recorded that would start it."
    return f"{lead}, {', '.join(_dates(one.clock))}."


def _dates(clock: Clock) -> Iterator[str]:
    yield f"it started on {day(clock.started_on)}"
    yield f"was due on {day(clock.due_on)}" if clock.due_on else "has no due date"
    if clock.outcome is Outcome.MET:
        yield "and was met in time"
    elif clock.outcome is Outcome.LATE:
        yield "and was met late"
    elif clock.outcome is Outcome.ENDED:
        yield "and ended without being met"
    else:
        yield "and nothing is recorded that meets it" if clock.outcome is None else "and is done"
