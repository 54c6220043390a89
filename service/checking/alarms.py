"""What the administrator is told of what was found: once, again when it is worse or has lasted, and when it has ended.

A finding is told when a second check sees it too: what comes and goes between two checks, or shows at one alone, tells
nobody. What a check could not judge this time neither stands nor has ended. Where nobody holds the post, nothing counts
as told: whoever takes it hears of all that stands then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from service.checking.finding import Answer, Finding, Found
from service.checking.numbers import ALARMS
from service.notify.alarm import Over, Trouble, compose_alarm
from service.notify.channels.envelope import new_message_id
from service.posts.known import ADMINISTRATOR
from service.settings import Settings
from service.store import watch
from service.store.telling import messages
from service.store.watch import Alarm

log = structlog.get_logger()


class Settled(NamedTuple):
    """What one check came to: how many findings began, how many were told, how many ended."""

    begun: int
    told: int
    ended: int


def settle(db: Connection, answer: Answer, settings: Settings, *, address: str | None, now: datetime) -> Settled:
    """Remembers what was found; writes one mail of what is to be told. ``address``: where the administrator reads."""
    known = watch.alarms(db)
    kept = {one.finding.id: _kept(known.get(one.finding.id), one.finding, now) for one in answer.found}
    ended = [alarm for id, alarm in known.items() if id not in kept and id.partition("/")[0] not in answer.unsure]
    to_tell = [
        one for one in answer.found if one.check.is_mailed and _is_to_be_told(known.get(one.finding.id), one, now)
    ]
    over = [alarm for alarm in ended if alarm.told_at is not None]
    if address and (to_tell or over):
        _write(db, settings, address, to_tell, known, over, now)
        for one in to_tell:
            kept[one.finding.id] = kept[one.finding.id]._replace(told_at=now, worst=one.finding.count)
    for alarm in (*kept.values(), *(alarm._replace(ended_at=now) for alarm in ended)):
        watch.put_alarm(db, alarm)
    begun = [one for one in answer.found if one.finding.id not in known]
    _log(begun, ended)
    return Settled(len(begun), len(to_tell) if address else 0, len(ended))


def _kept(known: Alarm | None, finding: Finding, now: datetime) -> Alarm:
    if known is None:
        return Alarm(finding.id, finding.title, finding.since or now, finding.count, 0, None, None)
    return known._replace(title=finding.title, count=finding.count)


def _is_to_be_told(known: Alarm | None, one: Found, now: datetime) -> bool:
    if known is None:  # seen for the first time: it may have gone at the next check
        return False
    if known.told_at is None:
        return True
    has_grown = one.finding.count >= known.worst * ALARMS.grown_by
    return has_grown or now - known.told_at >= ALARMS.again_after


def _write(
    db: Connection,
    settings: Settings,
    address: str,
    to_tell: Iterable[Found],
    known: Mapping[str, Alarm],
    over: Iterable[Alarm],
    now: datetime,
) -> None:
    troubles = [
        Trouble(one.check.weight, one.finding.what, one.finding.fix, known[one.finding.id].told_at is not None)
        for one in to_tell
    ]
    ends = [Over(alarm.title, alarm.since) for alarm in over]
    words = compose_alarm(troubles, ends, address=settings.address, again_after=ALARMS.again_after, now=now)
    message_id = new_message_id(settings.mail_from)
    messages.write(db, messages.New(message_id, messages.ALARM, ADMINISTRATOR, None, address, *words), now=now)


def _log(begun: Iterable[Found], ended: Iterable[Alarm]) -> None:
    """By the check's own id alone: what follows it may name a source or a team."""
    for one in begun:
        log.warning("the self-check found something", check=one.finding.check, count=one.finding.count)
    for alarm in ended:
        log.info("what the self-check found has ended", check=alarm.id.partition("/")[0])
