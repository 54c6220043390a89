"""What has been told, looked at: to which post, about which clock, what nobody could be told, and what still stands."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from rules.model import DUTY
from rules.plan import PLANNED
from service import clock
from service.store.clocks import CLOCK as _CLOCK
from service.store.clocks import alive
from service.store.people.directory import Directory
from service.store.tables import AlertRow, MessageRow, table
from service.store.telling.alerts import QUEUED, TOLD, UNDELIVERABLE

NO_ADDRESS, ADDRESS_REFUSED = "no address", "address refused"

_ALERT, _MESSAGE = table(AlertRow), table(MessageRow)


class Unowned(NamedTuple):
    """What the post itself could not be told: how many clocks of a timescale, and the oldest due date among them.

    ``told_post``: who is told in its place, the next rung of its line; None where there is nobody at all.
    """

    team: str | None
    post: str
    timescale: str
    clocks: int
    oldest_due_on: date
    why: str
    """``no address`` or ``address refused``."""
    told_post: str | None = None

    @property
    def is_untold(self) -> bool:
        """Whether nobody is told at all, not even the next rung."""
        return self.told_post is None or self.why == ADDRESS_REFUSED


class Standing(NamedTuple):
    """How things stand with one timescale in one team: clocks overdue, due today, and due in the rest of the week."""

    overdue_since: Mapping[date, int]
    """Of what is overdue, how many were due on each day."""
    due_today: int
    due_this_week: int

    @property
    def overdue(self) -> int:
        return sum(self.overdue_since.values())

    @property
    def oldest_due_on(self) -> date | None:
        """When the first of what is overdue was due."""
        return min(self.overdue_since, default=None)

    def without(self, due_on: Iterable[date]) -> Standing:
        """The same less one overdue clock for each of these days."""
        return self._replace(overdue_since=Counter(self.overdue_since) - Counter(due_on))


class Escalated(NamedTuple):
    """A clock that a post was told of, by any rung, and that is overdue still."""

    post: str
    team: str | None
    timescale: str
    clock: str
    due_on: date


def listed(
    db: Connection, *, clock_id: str | None = None, post: str | None = None, state: str | None = None, most: int
) -> list[dict[str, Any]]:
    """Who was told what, the latest first: the alert, and the message that carried it."""
    query = (
        select(
            _ALERT.c.clock_id,
            _ALERT.c.step,
            _ALERT.c.due_on,
            _ALERT.c.post,
            _ALERT.c.told_post,
            _ALERT.c.team,
            _ALERT.c.timescale,
            _ALERT.c.state,
            _ALERT.c.send_at,
            _ALERT.c.message_id,
            _MESSAGE.c.state.label("message_state"),
            _MESSAGE.c.sent_at,
            _MESSAGE.c.delivered_at,
        )
        .outerjoin(_MESSAGE, _MESSAGE.c.message_id == _ALERT.c.message_id)
        .order_by(_ALERT.c.seq.desc())
        .limit(most)
    )
    for column, value in ((_ALERT.c.clock_id, clock_id), (_ALERT.c.post, post), (_ALERT.c.state, state)):
        if value is not None:
            query = query.where(column == value)
    return [dict(row) for row in db.execute(query).mappings()]


def unowned(db: Connection, directory: Directory, *, now: datetime) -> list[Unowned]:
    """What should have been told by now to a post that nobody holds, or at an address that was refused.

    What the next rung was told in its place is listed for as long as the clock runs and nobody holds the post.
    """
    is_refused = _ALERT.c.state == UNDELIVERABLE
    runs = and_(*alive(clock.local(now).date()), _CLOCK.c.measure == DUTY)
    told_above = and_(_ALERT.c.state.in_(TOLD), _ALERT.c.told_post.is_not(None), runs)
    query = (
        select(
            _ALERT.c.team,
            _ALERT.c.post,
            _ALERT.c.timescale,
            is_refused.label("is_refused"),
            _CLOCK.c.worker,
            func.count(_ALERT.c.clock_id.distinct()),
            func.min(_ALERT.c.due_on),
        )
        .outerjoin(_CLOCK, _CLOCK.c.id == _ALERT.c.clock_id)
        .where(_ALERT.c.send_at <= now, or_(_ALERT.c.state.in_((PLANNED, QUEUED)), is_refused, told_above))
        .group_by(_ALERT.c.team, _ALERT.c.post, _ALERT.c.timescale, is_refused, _CLOCK.c.worker)
    )
    found: dict[tuple[str | None, str, str, str], Unowned] = {}
    for team, post, timescale, refused, worker, clocks, oldest in db.execute(query):
        if not refused and directory.is_held(post, team, worker):
            continue
        above = directory.recipient(post, team, worker)
        why = ADDRESS_REFUSED if refused else NO_ADDRESS
        told_post = above.post if above and above.post != post else None
        key = (team, post, timescale, why)
        known = found.setdefault(key, Unowned(team, post, timescale, 0, oldest, why, told_post))
        found[key] = known._replace(clocks=known.clocks + clocks, oldest_due_on=min(known.oldest_due_on, oldest))
    return sorted(found.values(), key=lambda row: (row.team or "", row.post, row.oldest_due_on, row.timescale))


def standing(db: Connection, on: date, week_ends_on: date) -> dict[str | None, dict[str, Standing]]:
    """How things stand in each team with each timescale, of what is due by the end of the week or was."""
    query = (
        select(_CLOCK.c.team, _CLOCK.c.timescale, _CLOCK.c.due_on, func.count())
        .where(*alive(on), _CLOCK.c.measure == DUTY, _CLOCK.c.due_on <= week_ends_on)
        .group_by(_CLOCK.c.team, _CLOCK.c.timescale, _CLOCK.c.due_on)
    )
    due: defaultdict[str | None, defaultdict[str, dict[date, int]]] = defaultdict(lambda: defaultdict(dict))
    for team, timescale, due_on, clocks in db.execute(query):
        due[team][timescale][due_on] = clocks
    return {team: {timescale: _stands(days, on) for timescale, days in own.items()} for team, own in due.items()}


def _stands(clocks: Mapping[date, int], on: date) -> Standing:
    overdue = {due_on: count for due_on, count in clocks.items() if due_on < on}
    later = sum(count for due_on, count in clocks.items() if due_on > on)
    return Standing(overdue, clocks.get(on, 0), later)


def escalated(db: Connection, on: date) -> list[Escalated]:
    """What each post was told of, by any rung, and what is overdue still."""
    query = (
        select(_ALERT.c.post, _CLOCK.c.team, _CLOCK.c.timescale, _CLOCK.c.id, _CLOCK.c.due_on)
        .distinct()
        .join(_CLOCK, _CLOCK.c.id == _ALERT.c.clock_id)
        .where(*alive(on), _CLOCK.c.measure == DUTY, _CLOCK.c.due_on < on)
        .where(_ALERT.c.state.in_(TOLD), _ALERT.c.due_on == _CLOCK.c.due_on)
    )
    return [Escalated(*row) for row in db.execute(query)]
