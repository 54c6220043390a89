"""Webhooks made, tried out and revoked by whoever runs the service."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit
from uuid import uuid4

from service import clock
from service.council import Council
from service.errors import NotFound, Refused
from service.notify.channels import by_webhook
from service.notify.channels.by_webhook import Reply
from service.notify.channels.webhooks.addresses import Forbidden
from service.notify.channels.webhooks.cloud_events import TEST, TYPES, body_of
from service.notify.channels.webhooks.wire import Wire
from service.store.keeping import audit
from service.store.telling import webhooks
from service.store.telling.webhooks import Hook

_LONGEST_NAME = 128
_NONE = "`timescales webhooks list` shows the webhooks"


def add(council: Council, name: str, url: str, types: Collection[str], *, actor: str, wire: Wire | None = None) -> str:
    """Makes a webhook and gives its secret, this once. No ``types``: all of them.

    Raises Refused for a name taken, a type that does not exist, or a URL that may not be called.
    """
    if unknown := sorted(set(types) - set(TYPES)):
        raise Refused(f"there is no type {', '.join(unknown)}", fix=f"choose from {', '.join(TYPES)}")
    if name != name.strip() or not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise Refused("a webhook's name is one line of text", fix=f"give a name of 1 to {_LONGEST_NAME} characters")
    _judge(wire or Wire(council.settings), url)
    secret = by_webhook.new_secret()
    chosen = sorted(set(types) or set(TYPES))
    with council.writing() as db:
        if not webhooks.add(db, name, url, secret, chosen, now=clock.now()):
            raise Refused(f"there has been a webhook named {name}", fix="choose another name")
        audit.note(db, actor, "webhook.added", detail=f"{name}: {' '.join(chosen)}")
    webhooks.forget(council.engine)
    return secret


def revoke(council: Council, name: str, *, actor: str) -> None:
    """Tells a webhook nothing more, not even what waits. Raises NotFound where no such webhook is in use."""
    with council.writing() as db:
        if not webhooks.revoke(db, name, now=clock.now()):
            raise NotFound(f"no webhook named {name} is in use", fix=_NONE)
        audit.note(db, actor, "webhook.revoked", detail=name)
    webhooks.forget(council.engine)


def try_out(council: Council, name: str, *, actor: str, wire: Wire | None = None) -> Reply:
    """Sends an event of the type ``webhook.test`` at once, and gives what became of it. It is not tried again."""
    hook = _named(council, name)
    id = f"test-{uuid4().hex}"
    body = body_of(council.settings.address, TEST, id, {"webhook": name}, at=clock.now())
    reply = by_webhook.send(wire or Wire(council.settings), hook, id, body, now=clock.now())
    with council.writing() as db:
        audit.note(db, actor, "webhook.tested", detail=f"{name}: {reply.outcome}")
    return reply


def where(hook: Hook) -> str:
    """A webhook's URL as far as it is shown: what follows its host may be a secret of the receiver's."""
    parts = urlsplit(hook.url)
    return f"{parts.scheme}://{parts.netloc}/…"


def _named(council: Council, name: str) -> Hook:
    with council.reading() as db:
        found = next((one for one in webhooks.every(db) if one.name == name and one.revoked_at is None), None)
    if found is None:
        raise NotFound(f"no webhook named {name} is in use", fix=_NONE)
    return found


def _judge(wire: Wire, url: str) -> None:
    try:
        wire.addresses_of(url)
    except Forbidden as why:
        raise Refused(
            f"the URL may not be called: {why}",
            fix="name the network it lies in in TIMESCALES_WEBHOOK_NETWORKS, if it is the authority's own; "
            "docs/webhooks-and-calendars.md says what may be called",
        ) from None
    except OSError:
        raise Refused("the URL's name has no address", fix="check the name, and this machine's name service") from None
