"""Who is told what at this moment: alerts that are due, judged by the clocks as they stand now, and put by reader.

    due alerts ─▶ by clock: the furthest rung of each post ─▶ the reader of each ─▶ one digest a reader a day,
                  and at once what may not wait

Nothing is written here: ``Bag`` says what a message is to carry, ``Gathered`` what else is to stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import Connection

from rules import Law
from rules.model import AlertKey, Clock, Step
from rules.plan import CORRECTED, HELD, LAPSED, PLAN, PLANNED, SAID, Told, corrects, due_rungs, is_rung, next_rungs
from rules.rungs import Rung, ladder_of, rungs_of
from service.clock import local
from service.store import clocks
from service.store.people import Directory, Reader, Recipient
from service.store.telling import acknowledgements, alerts, messages, preferences
from service.store.telling.acknowledgements import Acknowledgement
from service.store.telling.alerts import Carried, DueAlert
from service.store.telling.releases import EVERY_TEAM, Releases

_AS_BEFORE = "as before"


class Item(NamedTuple):
    """One thing to tell: an alert, with the clock it is about (None where that is gone), its rung and its plan."""

    key: AlertKey
    team: str | None
    timescale: str
    send_at: datetime
    known_at: datetime
    """When what is told became known, or its team was released."""
    clock: Clock | None = None
    step: Step | None = None
    plan: Acknowledgement | None = None
    recipient: Recipient | None = None
    passes_over: tuple[Rung, ...] = ()

    @property
    def kind(self) -> str:
        """``corrected:``, ``plan:``, ``lapsed:``, or empty for a rung."""
        return next((kind for kind in (CORRECTED, PLAN, LAPSED) if self.key.step.startswith(kind)), "")

    @property
    def is_warning(self) -> bool:
        """Whether it says that a date will come, and not that it has passed."""
        return not self.kind and self.step is not None and not self.step.is_after

    @property
    def is_urgent(self) -> bool:
        return not self.kind and self.step is not None and self.step.at_once


class Bag(NamedTuple):
    """What one reader is told in one message. A weekly digest may have no items."""

    reader: Recipient
    kind: str
    items: tuple[Item, ...]


class Gathered(NamedTuple):
    """``idle``: what waits and has lost its reason; ``unread``: what its reader has turned off."""

    bags: tuple[Bag, ...] = ()
    idle: tuple[AlertKey, ...] = ()
    unread: tuple[Item, ...] = ()
    told: Mapping[str, Mapping[AlertKey, Told]] = {}


class Moment(NamedTuple):
    """Now, as the ladders' zone has it."""

    now: datetime
    today: date
    hour: time
    is_working: bool


def moment_of(law: Law, now: datetime) -> Moment:
    """What day and hour it is where people read."""
    here = local(now)
    return Moment(now, here.date(), here.time(), law.calendars[law.ladders.calendar].is_working(here.date()))


def gather(
    db: Connection, due: Sequence[DueAlert], law: Law, directory: Directory, told_from: Releases, moment: Moment
) -> Gathered:
    """Everything that is to be told now of the alerts that are due, by reader."""
    ids = {alert.key.clock for alert in due}
    # What a birthday has ended since is told to nobody, though its rungs came before and could not be told then.
    known = {id: clock.as_at(moment.today) for id, clock in clocks.by_ids(db, ids).items()}
    told, plans = alerts.told(db, ids), acknowledgements.latest(db, ids)
    by_clock: dict[str, list[DueAlert]] = {}
    for alert in due:
        by_clock.setdefault(alert.key.clock, []).append(alert)
    items: list[Item] = []
    idle: list[AlertKey] = []
    for id, own in by_clock.items():
        found, lost = _of_clock(own, known.get(id), told[id], plans.get(id), law, moment)
        found = [item for item in found if item.kind == CORRECTED or told_from.is_told(item.team, item.key.due_on)]
        items += found
        idle += lost
    items = [item._replace(recipient=who) for item in items if (who := _reader_of(item, directory))]
    items = _with_told_readers(db, items, directory)
    return _put_by_reader(db, items, law, moment)._replace(idle=tuple(idle), told=told)


def after(
    sent: Iterable[Item], told: Mapping[str, Mapping[AlertKey, Told]], law: Law, told_from: Releases, now: datetime
) -> Iterator[Carried]:
    """What stands of these clocks once this is told: what was passed over, and the next rungs, come already or not."""
    by_clock: dict[str, list[Item]] = {}
    for item in sent:
        by_clock.setdefault(item.key.clock, []).append(item)
    for id, own in by_clock.items():
        clock = own[0].clock
        passed = [rung for item in own for rung in item.passes_over]
        yield from (_carried(rung, own[0], alerts.PASSED_OVER) for rung in passed)
        if clock is None:
            continue
        done = {item.key for item in own} | {rung.key for rung in passed}
        known = {key: one for key, one in told[id].items() if key not in done}
        known |= dict.fromkeys(done, Told(SAID, clock.team, now, clock.timescale))
        for rung in next_rungs(rungs_of(clock, law), known):
            if rung.key not in known or known[rung.key].state not in (PLANNED, HELD):
                is_told = told_from.is_told(clock.team, rung.key.due_on)
                yield _carried(rung, own[0], PLANNED if is_told else HELD)


class Weekly(NamedTuple):
    """The digests that go even with nothing to say, and whether some reader's hour is still to come."""

    bags: tuple[Bag, ...] = ()
    has_more: bool = False


def weekly(
    db: Connection, directory: Directory, served: set[str], told_from: Releases, slot: date, moment: Moment
) -> Weekly:
    """For each reader of a team that is told of, who gets no digest now and has had none this week, one all the same.

    ``served``: who gets one now, by address in lower case. ``slot``: the day of this week on which it is due.
    """
    off = preferences.turned_off(db)
    served = served | messages.readers_since(db, slot)
    bags: list[Bag] = []
    has_more = False
    for reader in directory.all_recipients():
        address = reader.address.casefold()
        is_told = any(_is_released(told_from, team) for _post, team in reader.posts)
        if not is_told or address in served or preferences.WEEKLY in off.get(address, ()):
            continue
        if reader.digest_at is None or moment.hour >= reader.digest_at:
            bags.append(Bag(_as_recipient(reader), messages.DIGEST, ()))
        else:
            has_more = True
    return Weekly(tuple(bags), has_more)


def _of_clock(
    due: Sequence[DueAlert],
    clock: Clock | None,
    told: Mapping[AlertKey, Told],
    plan: Acknowledgement | None,
    law: Law,
    moment: Moment,
) -> tuple[list[Item], list[AlertKey]]:
    """What is to be told of one clock, and which of its alerts have lost their reason."""
    items = [item for alert in due if (item := _said_of_plan(alert, clock, plan, moment))]
    rung_alerts = [alert for alert in due if is_rung(alert.key.step)]
    rungs = rungs_of(clock, law) if clock else []
    if clock is None:
        items += [_item(alert, None, law) for alert in rung_alerts]
    else:
        items += _of_rungs(rung_alerts, clock, rungs, told, plan, moment)
    is_asked = {rung.key for rung in rungs}
    kept = {item.key for item in items}
    lost = [
        alert.key
        for alert in due
        if (alert.key not in is_asked if is_rung(alert.key.step) and clock else alert.key not in kept)
    ]
    return items, lost


def _of_rungs(
    due: Sequence[DueAlert],
    clock: Clock,
    rungs: Sequence[Rung],
    told: Mapping[AlertKey, Told],
    plan: Acknowledgement | None,
    moment: Moment,
) -> list[Item]:
    """The furthest rung of each post; or, while a plan is in force, that there is one, to posts above its maker's."""
    known_at = max((alert.planned_at for alert in due), default=moment.now)
    say, passed = due_rungs(rungs, told, moment.now)
    items = [
        Item(
            rung.key,
            clock.team,
            clock.timescale,
            rung.send_at,
            known_at,
            clock,
            rung.step,
            plan,
            passes_over=tuple(one for one in passed if (one.key.post, one.step.of) == (rung.key.post, rung.step.of)),
        )
        for rung in say
    ]
    if plan is None or not plan.is_in_force(moment.today):
        return items
    informed = (
        item._replace(key=item.key._replace(step=f"{PLAN}{plan.seq}"), step=None, passes_over=())
        for item in items
        if item.key.post != plan.post
    )
    return [item for item in informed if item.key not in told]


def _said_of_plan(alert: DueAlert, clock: Clock | None, plan: Acknowledgement | None, moment: Moment) -> Item | None:
    """A correction, or what is to be told of a plan that still counts; None where that is nothing."""
    kind, _, seq = alert.key.step.partition(":")
    if is_rung(alert.key.step):
        return None
    item = Item(alert.key, alert.team, alert.timescale, alert.send_at, alert.planned_at, clock, None, plan)
    if f"{kind}:" == CORRECTED:
        return item
    is_the_one = plan is not None and clock is not None and clock.outcome is None and str(plan.seq) == seq
    if not is_the_one or plan is None:
        return None
    return item if plan.is_in_force(moment.today) is (f"{kind}:" == PLAN) else None


def _item(alert: DueAlert, clock: Clock | None, law: Law) -> Item:
    step = ladder_of(alert.timescale, law).step(alert.key.step, alert.key.post)
    return Item(alert.key, alert.team, alert.timescale, alert.send_at, alert.planned_at, clock, step)


def _reader_of(item: Item, directory: Directory) -> Recipient | None:
    worker = item.clock.worker if item.clock else None
    if item.kind == CORRECTED:  # whoever was told, for as long as they are there: found below
        return Recipient("", item.key.post, None, None, _AS_BEFORE)
    return directory.recipient(item.key.post, item.team, worker)


def _with_told_readers(db: Connection, items: Sequence[Item], directory: Directory) -> list[Item]:
    """Corrections go to exactly those who were told."""
    corrections = {item.key: corrects(item.key) for item in items if item.kind == CORRECTED}
    addresses = alerts.told_at(db, set(corrections.values())) if corrections else {}
    found = []
    for item in items:
        if item.kind != CORRECTED:
            found.append(item)
        elif (address := addresses.get(corrections[item.key])) and item.recipient:
            told = item.recipient._replace(address=address, digest_at=directory.hour_of(address))
            found.append(item._replace(recipient=told))
    return found


def _put_by_reader(db: Connection, items: Sequence[Item], law: Law, moment: Moment) -> Gathered:
    served = messages.readers_since(db, moment.today, but_untaken=True)
    off = preferences.turned_off(db)
    unread: list[Item] = []
    digests: dict[str, list[Item]] = {}
    urgent: dict[str, list[Item]] = {}
    for item in items:
        reader = item.recipient
        assert reader is not None
        address = reader.address.casefold()
        if item.is_warning and preferences.WARNINGS in off.get(address, ()):
            unread.append(item)
        elif moment.is_working and address not in served and _has_come(reader.digest_at, law, moment):
            digests.setdefault(address, []).append(item)
        elif _may_go_at_once(item, law, moment):
            urgent.setdefault(address, []).append(item)
    bags = [_bag(messages.DIGEST, own) for own in digests.values()]
    bags += [_bag(messages.AT_ONCE, own) for own in urgent.values()]
    return Gathered(tuple(bags), unread=tuple(unread))


def _bag(kind: str, items: Sequence[Item]) -> Bag:
    reader = items[0].recipient
    assert reader is not None
    return Bag(reader, kind, tuple(items))


def _may_go_at_once(item: Item, law: Law, moment: Moment) -> bool:
    """What is told at once on a working day, and on others what is told on any day: within the hours of telling."""
    is_any_day = item.step is not None and item.step.any_day
    may_go = item.is_urgent if moment.is_working else is_any_day
    return may_go and law.ladders.at <= moment.hour < law.ladders.until


def _has_come(digest_at: time | None, law: Law, moment: Moment) -> bool:
    return max(digest_at or law.ladders.at, law.ladders.at) <= moment.hour < law.ladders.until


def _carried(rung: Rung, like: Item, state: str) -> Carried:
    return Carried(rung.key, like.team, like.timescale, rung.send_at, state)


def _as_recipient(reader: Reader) -> Recipient:
    return Recipient(reader.address, reader.posts[0][0], reader.person, reader.digest_at, "")


def _is_released(told_from: Releases, team: str) -> bool:
    if not team:
        return bool(told_from.told_from)
    return team in told_from.told_from or EVERY_TEAM in told_from.told_from
