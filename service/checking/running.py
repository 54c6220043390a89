"""Whether what runs by itself does: the tick, the sending, the self-check, the timetable, the heartbeat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from service import timing
from service.checking import words
from service.checking.finding import Finding, Look, Looked
from service.checking.numbers import SELF_CHECK, STALE
from service.errors import NotReady
from service.notify.heartbeat import url_of
from service.notify.letters import message
from service.store import jobs, watch
from service.store.jobs import Run
from service.store.seeing import caseload
from service.store.watch import Checked
from service.timing import Timed

TICK, SEND, SELF = "watch.tick-late", "watch.send-late", "watch.self-check-late"
MISSED, FAILED = "watch.run-missed", "watch.run-failed"
CLOCK_BACK, HEARTBEAT = "watch.clock-set-back", "watch.heartbeat-failed"
_RESTART = "See that `timescales serve` runs, and read the end of its log."


class Standing(NamedTuple):
    """A job of the timetable: its latest run, whether that is wanted at all, and its next."""

    timed: Timed
    slot: date
    run: Run | None
    is_wanted: bool
    next_at: datetime

    @property
    def is_done(self) -> bool:
        return self.run is not None and self.run.finished_at is not None


def standings(look: Look) -> list[Standing]:
    """Every job of the timetable as it stands. Nothing is wanted of a day before anybody was to be told."""
    runs = jobs.runs(look.db)
    found = []
    for timed in look.jobs:
        slot = timing.latest_slot(timed, look.now)
        next_at = timing.moment_of(timed, timing.next_slot(timed, look.now))
        is_wanted = slot >= look.council.alerts_from
        found.append(Standing(timed, slot, runs.get((timed.name, slot)), is_wanted, next_at))
    return found


def ticks(look: Look) -> Looked:
    """Whether the clocks are looked at."""
    what = "Nobody has looked which clocks are due {since}, so nothing that has become due since is told."
    return _late(look, watch.TICK, TICK, "The clocks are not looked at", what, STALE.tick)


def sends(look: Look) -> Looked:
    """Whether what is due is handed over for sending."""
    what = "Nothing that is due has been handed over for sending {since}: each attempt fails, or none is made."
    return _late(look, watch.SEND, SEND, "Nothing is being sent", what, STALE.tick)


def checks_itself(look: Look) -> Looked:
    """Whether the self-check runs: asked by whoever else looks, for it cannot find its own absence."""
    what = "The service has not looked at itself {since}, so nobody is told of what else may be wrong."
    return _late(look, watch.SELF_CHECK, SELF, "The self-check does not run", what, SELF_CHECK.late_after)


def missed(look: Look) -> Looked:
    """Runs of the timetable that are not done, and did not fail either."""
    found = []
    for one in standings(look):
        due_at = timing.moment_of(one.timed, one.slot)
        has_failed = one.run is not None and one.run.outcome is not None
        is_late = timing.awake(due_at, look.now) > STALE.job
        if one.is_wanted and is_late and not one.is_done and not has_failed:
            what = f"The {one.timed.name} of {message.at_words(due_at)} has not been made."
            fix = f"It is made at the next tick after a start, without anybody's doing. {_RESTART}"
            found.append(Finding(f"{MISSED}/{one.timed.name}", f"Not made: {one.timed.name}", what, fix, due_at))
    return Looked(tuple(found))


def failed(look: Look) -> Looked:
    """Runs of the timetable that failed and have not been done since."""
    found = []
    for one in standings(look):
        if one.is_wanted and one.run is not None and one.run.outcome is not None and not one.is_done:
            due_at = timing.moment_of(one.timed, one.slot)
            what = f"The {one.timed.name} of {message.at_words(due_at)} {one.run.outcome}. It is tried again each hour."
            fix = "Tell whoever maintains this service, with the lines of the log that say “a job failed”."
            title = f"Fails: {one.timed.name}"
            found.append(Finding(f"{FAILED}/{one.timed.name}", title, what, fix, one.run.claimed_at))
    return Looked(tuple(found))


def clock_is_right(look: Look) -> Looked:
    """Whether the clock of the machine has been set back: what was noted before then lies in the future."""
    last = caseload.last_event_at(look.db)
    noted = [one.at for one in watch.checked(look.db).values()]
    ahead = max([*noted, *([last] if last else [])], default=look.now) - look.now
    if ahead <= STALE.clock_ahead:
        return Looked()
    what = (
        f"The clock of the machine is {words.span(ahead)} behind what was noted by it before, or was that far ahead "
        "then. What is due is told late, or was told early."
    )
    fix = "Compare the machine's clock with another, and let a time service set it. This goes by itself as time passes."
    return Looked((Finding(CLOCK_BACK, "The machine's clock was set back", what, fix),))


def heartbeat(look: Look) -> Looked:
    """Whether the outside heartbeat arrives."""
    try:
        if not url_of(look.council.settings):
            return Looked(well="No outside heartbeat is set, so nobody hears of it if this machine stops.")
    except NotReady as wrong:
        return Looked((Finding(HEARTBEAT, "The heartbeat cannot be sent", f"{wrong.detail}.", f"{wrong.fix}."),))
    checked = watch.checked(look.db)
    failing = checked.get(watch.HEARTBEAT_FAILING)
    if failing is None:
        return Looked(well=_last_heartbeat(checked))
    what = f"The heartbeat has not been taken since {message.at_words(failing.at)} ({failing.detail})."
    fix = "Check TIMESCALES_HEARTBEAT_URL, and that this machine may reach it. Meanwhile whoever watches it will call."
    return Looked((Finding(HEARTBEAT, "The heartbeat is not taken", what, fix, failing.at),))


def _last_heartbeat(checked: Mapping[str, Checked]) -> str:
    last = checked.get(watch.HEARTBEAT)
    return (
        f"The heartbeat was last taken on {message.at_words(last.at)}." if last else "The heartbeat is yet to be sent."
    )


def _late(look: Look, name: str, id: str, title: str, what: str, after: timedelta) -> Looked:
    last = watch.checked(look.db).get(name)
    if last is None:
        return Looked((Finding(id, title, what.format(since="so far"), _RESTART),))
    if timing.awake(last.at, look.now) <= after:
        return Looked()
    said = what.format(since=f"since {message.at_words(last.at)}")
    return Looked((Finding(id, title, said, _RESTART, last.at),))
