"""The way of a message, in three moves: write what is due, take the next one to send, record what became of it.

Each move is a transaction of its caller's. Between taking and recording, the letter is handed to a sender.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from rules import Law
from service.notify.by_smtp import Smtp, read_url
from service.notify.envelope import message_id_of, new_message_id
from service.notify.message import Words, compose_breaches
from service.notify.sender import Answer, Outcome, Sender
from service.notify.to_outbox import Outbox
from service.settings import Settings
from service.store import alerts, messages, people
from service.store.alerts import DueAlert
from service.store.messages import Message

log = structlog.get_logger()

_TRY_TO_COMPOSE_AGAIN_AFTER = timedelta(hours=1)
_ENDS = {
    Outcome.SENT: messages.SENT,
    Outcome.NOT_SENT: messages.NOT_SENT,
    Outcome.REFUSED: messages.UNDELIVERABLE,
}
_MAY_GIVE_UP = {Outcome.LATER, Outcome.LOST, Outcome.FAILED}


class Written(NamedTuple):
    """How many messages were written, and how many could not be."""

    messages: int
    failed: int


class Report(NamedTuple):
    """A report as it is mailed. ``name`` and ``as_at`` say which it is, so that it is mailed once."""

    name: str
    as_at: date
    title: str
    text: str
    html: str


def sender_for(settings: Settings) -> Sender:
    """The way out that the settings name. Raises NotReady where they cannot be right."""
    url = settings.smtp_url.get_secret_value()
    if not url:
        return Outbox(settings.outbox_dir, settings.mail_from)
    return Smtp(read_url(url), settings.mail_from, settings.smtp_ca_file)


def make_way(db: Connection, *, now: datetime) -> int:
    """Where a post has news and an older message still waits for a server, the older gives way: one will say it all."""
    return sum(messages.make_way(db, post, team) for post, team in alerts.posts_due(db, now=now))


def write_breaches(db: Connection, law: Law, settings: Settings, *, now: datetime) -> Written:
    """One message for each post and team that has something due, and every alert marked with the message it is in."""
    names = people.team_names(db)
    failed = 0
    groups = _by_post(alerts.due(db, now=now))
    for group in groups:
        seqs = [alert.seq for alert in group]
        try:
            words = compose_breaches(
                group, law=law, team_name=names.get(group[0].team or ""), address=settings.address, now=now
            )
        except Exception as defect:  # one post's message must not keep the others from theirs; it is counted and seen
            log.error("a message could not be composed", post=group[0].post, alerts=len(group), defect=_name(defect))
            alerts.push_back(db, seqs, until=now + _TRY_TO_COMPOSE_AGAIN_AFTER)
            failed += 1
            continue
        message_id = new_message_id(settings.mail_from)
        messages.write(db, _letter(db, group[0], message_id, words), now=now)
        alerts.queue(db, seqs, message_id)
    return Written(len(groups) - failed, failed)


def write_report(db: Connection, settings: Settings, report: Report, *, post: str, now: datetime) -> bool:
    """Queues a report for a post of the whole authority; False where that report of that day has been queued before."""
    message_id = message_id_of(f"{report.name}/{report.as_at.isoformat()}/{post}", settings.mail_from)
    address = people.address_of(db, post, None) or ""
    words = (report.title, report.text, report.html)
    return messages.write(db, messages.New(message_id, messages.REPORT, post, None, address, *words), now=now)


def take(db: Connection, *, due_by: datetime, now: datetime) -> Message | None:
    """The next message that has something true to say and somebody to say it to, claimed for this sender alone."""
    now = max(now, due_by)  # the clock may have been set back meanwhile: a claim must always reach past this tick
    while (letter := messages.claim(db, due_by=due_by, now=now)) is not None:
        if letter.kind == messages.BREACH and not alerts.is_any_queued(db, letter.message_id):
            messages.finish(db, letter, messages.SUPERSEDED, now=now)
            continue
        address = people.address_of(db, letter.post, letter.team)
        if address is None:
            messages.put_off(db, letter, messages.UNOWNED, now=now)
            continue
        return letter if address == letter.address else messages.readdress(db, letter, address)
    return None


def hand_over(sender: Sender, letter: Message) -> Answer:
    """Sends one letter. One that cannot even be written as mail is an answer too, and keeps nobody else waiting."""
    try:
        answer = sender.send(letter)
    except Exception as defect:  # a defect of this letter, whatever it is: recorded with it, counted, tried again later
        answer = Answer(Outcome.FAILED, _name(defect))
    if answer.outcome not in (Outcome.SENT, Outcome.NOT_SENT):
        log.warning("a message was not taken", message_id=letter.message_id, answer=answer.words, tries=letter.attempts)
    return answer


def record(db: Connection, letter: Message, answer: Answer, *, now: datetime) -> str:
    """Marks what became of a letter, and of the alerts in it. Returns the message's state."""
    if answer.outcome in _ENDS:
        error = answer.words if answer.outcome is Outcome.REFUSED else None
        messages.finish(db, letter, _ENDS[answer.outcome], now=now, error=error)
        return _ENDS[answer.outcome]
    return messages.put_off(db, letter, answer.words, now=now, may_give_up=answer.outcome in _MAY_GIVE_UP)


def _by_post(due: Iterable[DueAlert]) -> list[list[DueAlert]]:
    groups: dict[tuple[str, str | None], list[DueAlert]] = {}
    for alert in due:
        groups.setdefault((alert.post, alert.team), []).append(alert)
    return list(groups.values())


def _letter(db: Connection, alert: DueAlert, message_id: str, words: Words) -> messages.New:
    address = people.address_of(db, alert.post, alert.team) or ""
    return messages.New(message_id, messages.BREACH, alert.post, alert.team, address, *words)


def _name(defect: Exception) -> str:
    return type(defect).__name__
