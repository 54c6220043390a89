"""The tick. APScheduler only says that it is time to look; what is due stands in the database.

Every replica ticks. Alerts are claimed message by message (see ``flow.send_due``); a job of the timetable is claimed by
inserting the row of its run, named by its local date, so one replica runs it, once, whatever the clocks do. What ran
well is noted, and looked at by the self-check. That has a thread of its own: a tick that hangs must not silence it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from service import clock, flow
from service.access import openid
from service.checking.itself import check_itself
from service.council import Council
from service.errors import told_of
from service.notify import heartbeat, outgoing
from service.notify.channels.webhooks.delivering import deliver
from service.returns.watching import Watch
from service.settings import Settings
from service.store import jobs, watch
from service.timing import is_quiet, latest_slot

log = structlog.get_logger()

_SELF_CHECK_EVERY_S = 60
"""Whether a self-check is due is asked so often; how often one is made stands in checking/watching.toml."""


class Job(NamedTuple):
    """Something that runs once a week, on ``weekday`` (0 is Monday) from ``at``, local time; or once a month.

    ``is_monthly``: only on the first such weekday of a month, be it a bank holiday or not: whoever opens it later finds
    the figures of that morning. ``run`` is given the council and the local date of the run, and may be called again if
    it was cut off.
    """

    name: str
    weekday: int
    at: time
    run: Callable[[Council, date], None]
    is_monthly: bool = False


def must_be_right(settings: Settings) -> None:
    """Raises NotReady where a setting cannot be right: it stops the start, and not every tick."""
    outgoing.sender_for(settings)
    heartbeat.url_of(settings)
    openid.must_be_right(settings)


@contextmanager
def ticking(council: Council, timetable: Sequence[Job]) -> Iterator[None]:
    """Ticks in a thread of its own: at once, which runs what was missed meanwhile, and then at each interval.

    At the end a tick that is under way is let finish. Raises NotReady where the settings cannot be right.
    """
    must_be_right(council.settings)
    ticks = BackgroundScheduler(timezone=UTC)
    often: dict[str, object] = {
        "trigger": "interval",
        "seconds": council.settings.tick_seconds,
        "next_run_time": clock.now(),
        "misfire_grace_time": None,  # the library's own second of grace would drop a tick that comes late
        "coalesce": True,
        "max_instances": 1,
    }
    ticks.add_job(tick, args=(council, timetable), id="tick", **often)
    if council.settings.feed_dir is not None:  # apart from the mail, which a long file must not hold up
        ticks.add_job(look_for_files, args=(council, Watch(council.settings.feed_dir)), id="files", **often)
    later = clock.now() + timedelta(seconds=_SELF_CHECK_EVERY_S)  # what the first tick puts right is no finding
    rarely = often | {"seconds": _SELF_CHECK_EVERY_S, "next_run_time": later}
    ticks.add_job(look_at_itself, args=(council, timetable), id="self-check", **rarely)
    ticks.start()
    try:
        yield
    finally:
        ticks.shutdown(wait=True)


def tick(council: Council, timetable: Sequence[Job]) -> None:
    """Sends what is due, then runs each job whose latest run is due and unclaimed. Failures are logged, never raised.

    Mail goes first: a job that takes the process down with it must not keep a breach from being told.
    """
    now = clock.now()
    if is_quiet(now):
        return
    is_well = _guarded("send-due", partial(_send_due, council, now))
    for job in timetable:  # what fails of these is kept with its run, and found there
        _guarded(job.name, partial(_run_if_due, council, job, now))
    _guarded("webhooks", partial(deliver, council, now=now))
    _guarded("noting", partial(_note, council, watch.TICK, *([watch.SEND] if is_well else [])))


def look_for_files(council: Council, folder: Watch) -> None:
    """Takes what was dropped into the watched folder. Failures are logged, never raised."""
    if not is_quiet(clock.now()):
        _guarded("watched folder", partial(folder.look, council))


def look_at_itself(council: Council, timetable: Sequence[Job]) -> None:
    """Makes the self-check, if one is due. Failures are logged, never raised."""
    now = clock.now()
    if not is_quiet(now):
        _guarded("self-check", partial(check_itself, council, timetable, now=now))


def _run_if_due(council: Council, job: Job, now: datetime) -> None:
    slot = latest_slot(job, now)
    if slot < council.alerts_from:  # before this day the authority wants nobody told of anything
        return
    with council.writing() as db:
        if not jobs.claim(db, job.name, slot, now=now):
            return
    try:
        job.run(council, slot)
    except Exception as defect:
        with council.writing() as db:
            jobs.fail(db, job.name, slot, f"failed: {type(defect).__name__}", now=clock.now())
        raise
    with council.writing() as db:
        jobs.finish(db, job.name, slot, now=clock.now())
    log.info("a job has run", job=job.name, slot=slot.isoformat())


def _send_due(council: Council, now: datetime) -> None:
    came_to = flow.send_due(council, now=now)
    if any(came_to):
        log.info("messages", **came_to._asdict())
    if came_to.failed:
        _note(council, watch.NOT_COMPOSED, detail=str(came_to.failed))


def _note(council: Council, *names: str, detail: str = "") -> None:
    with council.writing() as db:
        watch.note(db, *names, now=clock.now(), detail=detail)


def _guarded(name: str, run: Callable[[], object]) -> bool:
    """One job's failure is logged and stops no other. Its words are left out, for they may quote what the job read.

    Returns whether it ran well.
    """
    try:
        run()
    except Exception as defect:
        log.error("a job failed", job=name, **told_of(defect))
        return False
    return True
