"""From what is due to messages that wait to be sent: one digest a reader a day, and at once what may not wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from rules import Law
from service.clock import local
from service.notify.channels.envelope import message_id_of, new_message_id
from service.notify.letters.digest import compose
from service.notify.letters.gathering import Bag, Item, Moment, Weekly, after, gather, moment_of, weekly
from service.notify.letters.sections import Picture, Scene
from service.settings import Settings
from service.store import jobs, people
from service.store.people import Directory
from service.store.telling import acknowledgements, alerts, messages, preferences, told
from service.store.telling.alerts import Carried, DueAlert
from service.store.telling.releases import Releases, first_released_at, releases

log = structlog.get_logger()

WEEKLY = "weekly digest"
_TRY_TO_COMPOSE_AGAIN_AFTER = timedelta(hours=1)


class Written(NamedTuple):
    """How many messages were written, and how many could not be."""

    messages: int = 0
    failed: int = 0


class Report(NamedTuple):
    """A report as it is mailed. ``name`` and ``as_at`` say which it is, so that it is mailed once."""

    name: str
    as_at: date
    title: str
    text: str
    html: str


def write_due(db: Connection, law: Law, settings: Settings, *, now: datetime) -> Written:
    """One digest for each reader who has something due and has had none today, and at once what may not wait.

    Every alert is marked with the message it is in, and the next rung of its clock is planned.
    """
    moment = moment_of(law, now)
    is_time = law.ladders.at <= moment.hour < law.ladders.until
    if (waits_since := messages.oldest_waiting(db)) is not None:
        messages.make_way(db)
        if is_time and waits_since < moment.today:
            messages.make_way(db, before=moment.today)
    due = alerts.due(db, now=now)
    told_from = releases(db)
    slot = _weekly_slot(db, law, told_from, moment) if is_time and moment.is_working else None
    if not due and slot is None:
        return Written()
    directory = directory_of(db, law, settings, moment.today)
    gathered = gather(db, due, law, directory, told_from, moment)
    if messages.make_way(db, readers={bag.reader.address.casefold() for bag in gathered.bags}):
        due = alerts.due(db, now=now)  # what waited in a message that nobody has taken goes with what is new
        gathered = gather(db, due, law, directory, told_from, moment)
    alerts.cancel(db, gathered.idle)
    bags = list(gathered.bags)
    if slot is not None:
        bags += _weekly(db, directory, bags, slot, told_from, moment).bags
    scene = _scene(db, law, settings, moment) if bags else None
    sent: list[Item] = list(gathered.unread)
    failed = 0
    for bag in bags:
        assert scene is not None
        own = scene._replace(posts=directory.posts_of(bag.reader.address))
        if _write(db, bag, own, settings, now=now):
            sent += bag.items
        else:
            failed += 1
            _push_back(db, bag, due, now)
    unread = [_carried(item, alerts.PASSED_OVER) for item in gathered.unread]
    alerts.put(db, [*unread, *after(sent, gathered.told, law, told_from, now)], now=now)
    return Written(len(bags) - failed, failed)


def directory_of(db: Connection, law: Law, settings: Settings, on: date) -> Directory:
    """Who is told on a day."""
    return people.directory(db, on=on, lines=law.ladders, domains=settings.domains)


def _weekly_slot(db: Connection, law: Law, told_from: Releases, moment: Moment) -> date | None:
    """The day of this week's digest that goes even with nothing to say, where that has come and not all have it.

    None for the rest of the week in which the first team was released: who is told of it hears so by a digest.
    """
    named = moment.today - timedelta(days=(moment.today.weekday() - law.ladders.weekly) % 7)
    slot = law.calendars[law.ladders.calendar].on_or_after(named)
    if not told_from.told_from or slot > moment.today or jobs.is_finished(db, WEEKLY, slot):
        return None
    is_made_up_for = slot < moment.today
    return None if is_made_up_for and local(first_released_at(db)).date() > slot else slot


def _weekly(
    db: Connection, directory: Directory, bags: Sequence[Bag], slot: date, told_from: Releases, moment: Moment
) -> Weekly:
    served = {bag.reader.address.casefold() for bag in bags if bag.kind == messages.DIGEST}
    found = weekly(db, directory, served, told_from, slot, moment)
    waits_since = messages.oldest_waiting(db)
    if not found.has_more and not found.bags and (waits_since is None or waits_since < slot):
        jobs.claim(db, WEEKLY, slot, now=moment.now)
        jobs.finish(db, WEEKLY, slot, now=moment.now)
    return found


def _scene(db: Connection, law: Law, settings: Settings, moment: Moment) -> Scene:
    scene = Scene(law, moment, Picture(), (), people.team_names(db), settings.address)
    picture = Picture(
        told.standing(db, moment.today, scene.week_ends_on),
        told.escalated(db, moment.today),
        acknowledgements.planned_clocks(db, moment.today),
    )
    return scene._replace(picture=picture)


def _write(db: Connection, bag: Bag, scene: Scene, settings: Settings, *, now: datetime) -> bool:
    reader = bag.reader
    unsubscribe = f"{settings.address}/preferences/{preferences.token_of(db, reader.address)}"
    try:
        words = compose(bag, scene._replace(unsubscribe=unsubscribe))
    except Exception as defect:  # one reader's message must not keep the others from theirs; it is counted and seen
        log.error(
            "a message could not be composed", post=reader.post, alerts=len(bag.items), defect=type(defect).__name__
        )
        return False
    message_id = new_message_id(settings.mail_from)
    teams = {item.team for item in bag.items}
    letter = messages.New(
        message_id,
        bag.kind,
        reader.post,
        teams.pop() if len(teams) == 1 else None,
        reader.address,
        *words,
        day=scene.moment.today,
        unsubscribe=unsubscribe if bag.kind == messages.DIGEST else None,  # what is told at once may not be turned off
    )
    messages.write(db, letter, now=now)
    alerts.put(db, [_carried(item, alerts.QUEUED, message_id) for item in bag.items], now=now)
    return True


def _carried(item: Item, state: str, message_id: str | None = None) -> Carried:
    told_post = item.recipient.post if item.recipient and item.recipient.post != item.key.post else None
    return Carried(item.key, item.team, item.timescale, item.send_at, state, message_id, told_post, item.known_at)


def _push_back(db: Connection, bag: Bag, due: Sequence[DueAlert], now: datetime) -> None:
    about = {item.key.clock for item in bag.items}
    seqs = [alert.seq for alert in due if alert.key.clock in about]
    alerts.push_back(db, seqs, until=now + _TRY_TO_COMPOSE_AGAIN_AFTER)


def write_report(db: Connection, law: Law, settings: Settings, report: Report, *, post: str, now: datetime) -> int:
    """Queues a report for a post: one message where it is the authority's, one for each service that has its own.

    Somebody who is to get it already, for another post or another service, gets no second copy. Returns how many
    messages were queued: 0 where that report of that day had been queued before.
    """
    directory = directory_of(db, law, settings, local(now).date())
    queued = 0
    for team in directory.teams_for(post):
        reader = directory.recipient(post, team)
        address = reader.address if reader else ""
        if address and messages.is_written_for(db, address, report.title):
            continue
        to = post if team is None else f"{post}/{team}"
        message_id = message_id_of(f"{report.name}/{report.as_at.isoformat()}/{to}", settings.mail_from)
        letter = messages.New(message_id, messages.REPORT, post, team, address, report.title, report.text, report.html)
        queued += messages.write(db, letter, now=now)
    return queued
