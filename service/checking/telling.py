"""Whether everybody who should be told can be told, and is: posts, addresses, messages, webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from service import clock
from service.checking.finding import Finding, Look, Looked
from service.checking.numbers import STALE
from service.clockwork import CANNOT_EVALUATE
from service.notify.letters import message
from service.posts.known import ADMINISTRATOR
from service.store import people, watch
from service.store.people import Directory
from service.store.telling import queues, told, webhooks
from service.store.telling.told import Unowned
from service.timing import awake

UNOWNED, UNDELIVERABLE = "watch.unowned", "watch.undeliverable"
AWAY, WAITING, NOT_COMPOSED = "watch.mail-away", "watch.mail-waiting", "watch.not-composed"
WEBHOOK, HISTORIES = "watch.webhook-failing", "watch.cannot-evaluate"
NO_ADMINISTRATOR = "watch.no-administrator"
_HOLD = "Name who holds the post, or give it a mailbox: timescales people import. What waits is told at the next tick."


def administrator(look: Look) -> Looked:
    """Whether anybody would be told what this self-check finds."""
    if _directory(look).recipient(ADMINISTRATOR, None):
        return Looked()
    what = f"Nobody holds the post {ADMINISTRATOR}, so what goes wrong in the service itself is told to nobody."
    return Looked((Finding(NO_ADMINISTRATOR, "No administrator", what, _HOLD),))


def unowned(look: Look) -> Looked:
    """What is due and nobody at the post could be told, post by post; whoever is above may have been."""
    names = people.team_names(look.db)
    found = []
    for (post, team), rows in _by_post(look, told.NO_ADDRESS).items():
        about = _clocks(rows)
        above = {one.told_post for one in rows if one.told_post}
        instead = (
            f"The {message.post_words(min(above))} is told in its place." if above else "Nobody is told in its place."
        )
        what = f"Nobody holds {_named(names, post, team)}, which has {about} to hear of. {instead}"
        found.append(_finding(UNOWNED, (post, team), f"Nobody holds {message.post_words(post)}", what, rows))
    for one in queues.waiting_for_a_holder(look.db):
        wait = f"{message.count(one.messages, one.kind)} {'waits' if one.messages == 1 else 'wait'}"
        what = f"Nobody holds {_named(names, one.post, one.team)}: {wait} for somebody who does."
        id = f"{UNOWNED}/{one.kind}/{one.post}/{one.team or ''}"
        found.append(Finding(id, f"Nobody holds {message.post_words(one.post)}", what, _HOLD, one.since, one.messages))
    return Looked(tuple(found))


def undeliverable(look: Look) -> Looked:
    """What could not be delivered because its address was refused, post by post."""
    names = people.team_names(look.db)
    fix = "Correct the address, or ask whoever runs the mailbox why it refuses; then timescales people import."
    found = []
    for (post, team), rows in _by_post(look, told.ADDRESS_REFUSED).items():
        what = f"The address of {_named(names, post, team)} refuses mail: {_clocks(rows)} could not be told there."
        found.append(
            _finding(UNDELIVERABLE, (post, team), f"Refused: {message.post_words(post)}", what, rows)._replace(fix=fix)
        )
    for one in queues.refused(look.db):
        what = f"The address of {_named(names, one.post, one.team)} refused its last {one.kind}."
        id = f"{UNDELIVERABLE}/{one.kind}/{one.post}/{one.team or ''}"
        found.append(Finding(id, f"Refused: {message.post_words(one.post)}", what, fix, one.since))
    return Looked(tuple(found))


def mail_server(look: Look) -> Looked:
    """Whether a mail server takes messages at all."""
    count, since = queues.waiting(look.db, created_by=look.now - STALE.message, is_away=True)
    if not count or since is None:
        return Looked()
    what = f"No mail server takes anything: {_waiting(count)}, the oldest since {message.at_words(since)}."
    fix = "Bring the mail server back, or correct TIMESCALES_SMTP_URL. What waits is sent then, in one digest each."
    return Looked((Finding(AWAY, "No mail server answers", what, fix, since, count),))


def mail_waiting(look: Look) -> Looked:
    """Messages that wait although others are taken."""
    count, since = queues.waiting(look.db, created_by=look.now - STALE.message, is_away=False)
    if not count or since is None:
        return Looked()
    what = f"{message.count(count, 'message')} could not be sent yet, the oldest since {message.at_words(since)}."
    fix = "The page “Mail” says why of each. They are tried again by themselves for four days, then shown as refused."
    return Looked((Finding(WAITING, "Messages wait", what, fix, since, count),))


def composing(look: Look) -> Looked:
    """What no message could be made of: it is pushed back alone, counted, and tried again each hour."""
    last = watch.checked(look.db).get(watch.NOT_COMPOSED)
    if last is None or awake(last.at, look.now) > STALE.compose:
        return Looked()
    count = int(last.detail)
    what = (
        f"{message.count(count, 'message')} could not be written: whoever is to read that is not told. All others are."
    )
    fix = "Tell whoever maintains this service, with the lines of the log that say “could not be composed”."
    return Looked((Finding(NOT_COMPOSED, "Messages cannot be written", what, fix, None, count),))


def hooks(look: Look) -> Looked:
    """Webhooks that nobody answers at, or refuses what it is told."""
    found = []
    for hook in webhooks.every(look.db):
        since = hook.failing_since
        if hook.revoked_at is not None or since is None or look.now - since < STALE.webhook:
            continue
        lost = queues.given_up(look.db, hook.seq, since=since)
        so_far = (
            f"{message.count(lost, 'call')} {'was' if lost == 1 else 'were'} given up"
            if lost
            else "What it is to be told waits, for four days"
        )
        what = (
            f"The system behind the webhook {hook.name} has not taken a call since {message.at_words(since)}. {so_far}."
        )
        fix = "Ask whoever runs it. What it missed for good it can read itself: GET /v1/clocks."
        found.append(Finding(f"{WEBHOOK}/{hook.name}", f"No answer: {hook.name}", what, fix, since, lost + 1))
    return Looked(tuple(found))


def histories(look: Look) -> Looked:
    """Histories that could not be worked out: their clocks stand as they last could be."""
    count = queues.subjects_with_problem(look.db, CANNOT_EVALUATE)
    if not count:
        return Looked()
    whose = "1 child" if count == 1 else f"{count:,} children"
    what = f"The histories of {whose} cannot be worked out: their clocks stand as they last could be, and may be wrong."
    fix = "The page “Data problems” lists them. Tell whoever maintains this service; the events are all kept."
    return Looked((Finding(HISTORIES, "Histories cannot be worked out", what, fix, None, count),))


def _by_post(look: Look, why: str) -> dict[tuple[str, str | None], list[Unowned]]:
    found: dict[tuple[str, str | None], list[Unowned]] = {}
    for one in told.unowned(look.db, _directory(look), now=look.now):
        if one.why == why:
            found.setdefault((one.post, one.team), []).append(one)
    return found


def _finding(id: str, held: tuple[str, str | None], title: str, what: str, rows: Iterable[Unowned]) -> Finding:
    post, team = held
    oldest, count = min(one.oldest_due_on for one in rows), sum(one.clocks for one in rows)
    return Finding(f"{id}/{post}/{team or ''}", title, what, _HOLD, _begin(oldest), count)


def _waiting(count: int) -> str:
    return f"{message.count(count, 'message')} {'waits' if count == 1 else 'wait'}"


def _directory(look: Look) -> Directory:
    return look.council.directory(look.db, clock.local(look.now).date())


def _begin(on: date) -> datetime:
    return datetime.combine(on, time(), clock.LOCAL)


def _clocks(rows: Iterable[Unowned]) -> str:
    return message.count(sum(one.clocks for one in rows), "clock")


def _named(names: Mapping[str, str], post: str, team: str | None) -> str:
    return f"the post {message.post_words(post)}" + (f" of {names.get(team) or team}" if team else "")
