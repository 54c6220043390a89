"""The way of a message that was written (see ``writing``): taken, handed over, and what became of it recorded.

Taking and recording are transactions of their caller's. Between them the letter is with a sender.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from rules import Law
from rules.model import AlertKey, Clock
from rules.plan import CORRECTED
from service.errors import NotReady
from service.notify.channels.account import account_of
from service.notify.channels.by_notify import Notify
from service.notify.channels.by_smtp import Smtp, read_url
from service.notify.channels.kept_in import KeptIn
from service.notify.channels.sender import Answer, Outcome, Sender
from service.notify.channels.to_outbox import Outbox
from service.notify.letters.gathering import moment_of
from service.notify.letters.writing import directory_of
from service.settings import Settings
from service.store import clocks
from service.store.people import Directory
from service.store.telling import alerts, messages
from service.store.telling.messages import Message

log = structlog.get_logger()

_ENDS = {
    Outcome.SENT: messages.SENT,
    Outcome.NOT_SENT: messages.NOT_SENT,
    Outcome.REFUSED: messages.UNDELIVERABLE,
}
_MAY_GIVE_UP = {Outcome.LATER, Outcome.LOST, Outcome.FAILED}
_PRODUCTION = "production"


class Recorded(NamedTuple):
    """What became of a message, and the clocks that it told of."""

    state: str
    clocks: frozenset[str]


def sender_for(settings: Settings) -> Sender:
    """The way out that the settings name. Raises NotReady where they cannot be right."""
    outbox = Outbox(settings.outbox_dir, settings.mail_from)
    way_out = _way_out(settings)
    if way_out is None:
        return outbox
    if not settings.environment:
        raise NotReady(
            "a way to send mail is set, and TIMESCALES_ENVIRONMENT does not say whether it may reach real people",
            fix="set it to production; or to trial, and TIMESCALES_MAIL_ALLOWED to the addresses that a trial may mail",
        )
    if settings.environment != _PRODUCTION:
        return KeptIn(way_out, outbox, settings.allowed)
    if not settings.domains:
        raise NotReady(
            "TIMESCALES_MAIL_DOMAINS is not set, and in production mail goes to the authority's own domains alone",
            fix="name the domains of everybody who is told, such as example.gov.uk",
        )
    return way_out


def _way_out(settings: Settings) -> Sender | None:
    url = settings.smtp_url.get_secret_value()
    account = account_of(settings)
    if account is not None:
        return Notify(account)
    return Smtp(read_url(url), settings.mail_from, settings.smtp_ca_file) if url else None


def take(db: Connection, law: Law, settings: Settings, *, due_by: datetime, now: datetime) -> Message | None:
    """The next message that has something true to say and somebody to say it to, claimed for this sender alone.

    Who reads it is asked now. Where a digest would go to somebody else by now, or some of it is no longer true, it is
    not sent: what is true of it goes into the next. One that waited for its mail server keeps to the hours of telling,
    and to working days unless it was written on this very day.
    """
    now = max(now, due_by)  # the clock may have been set back meanwhile: a claim must always reach past this tick
    moment = moment_of(law, now)
    but = () if law.ladders.at <= moment.hour < law.ladders.until else messages.OF_ALERTS
    day = None if moment.is_working else moment.today
    while (letter := messages.claim(db, due_by=due_by, now=now, but=but, day=day)) is not None:
        directory = directory_of(db, law, settings, moment.today)
        if letter.kind in messages.OF_ALERTS:
            if _holds(db, letter, directory):
                return letter
            messages.finish(db, letter, messages.SUPERSEDED, now=now)
            continue
        reader = directory.recipient(letter.post, letter.team)
        if reader is None:
            messages.put_off(db, letter, messages.UNOWNED, now=now)
            continue
        if reader.address == letter.address:
            return letter
        if letter.kind == messages.REPORT and messages.is_written_for(
            db, reader.address, letter.subject, but=letter.seq
        ):
            messages.finish(db, letter, messages.SUPERSEDED, now=now)  # they have it already, for another post
            continue
        return messages.readdress(db, letter, reader.address)
    return None


def _holds(db: Connection, letter: Message, directory: Directory) -> bool:
    """Whether all that a digest says is still to be told to its reader. One that may have gone out goes as it is."""
    carried = alerts.in_message(db, letter.message_id)
    if not carried:
        return bool(directory.posts_of(letter.address))
    waiting = [(key, team) for key, team, state in carried if state == alerts.QUEUED]
    is_changed = len(waiting) < len(carried) and letter.attempts <= 1
    if not waiting or is_changed:
        return False
    known = clocks.by_ids(db, {key.clock for key, _team in waiting})
    address = letter.address.casefold()
    return all(
        (reader := directory.recipient(key.post, team, _worker_of(known, key))) is not None
        and reader.address.casefold() == address
        for key, team in waiting
        if not key.step.startswith(CORRECTED)
    )


def _worker_of(known: Mapping[str, Clock], key: AlertKey) -> str | None:
    """Whom the clock of an alert names."""
    clock = known.get(key.clock)
    return clock.worker if clock else None


def hand_over(sender: Sender, letter: Message) -> Answer:
    """Sends one letter. One that cannot even be written as mail is an answer too, and keeps nobody else waiting."""
    try:
        answer = sender.send(letter)
    except Exception as defect:  # a defect of this letter, whatever it is: recorded with it, counted, tried again later
        answer = Answer(Outcome.FAILED, _name(defect))
    if answer.outcome not in (Outcome.SENT, Outcome.NOT_SENT):
        log.warning("a message was not taken", message_id=letter.message_id, answer=answer.words, tries=letter.attempts)
    return answer


def record(db: Connection, letter: Message, answer: Answer, *, now: datetime) -> Recorded:
    """Marks what became of a letter, and of the alerts in it."""
    if answer.outcome in _ENDS:
        error = answer.words if answer.outcome is Outcome.REFUSED or answer.detail else None
        state = _ENDS[answer.outcome]
        about = messages.finish(db, letter, state, now=now, error=error, provider_id=answer.provider_id)
        return Recorded(state, frozenset(about))
    state = messages.put_off(db, letter, answer.words, now=now, may_give_up=answer.outcome in _MAY_GIVE_UP)
    return Recorded(state, frozenset())


def _name(defect: Exception) -> str:
    return type(defect).__name__
