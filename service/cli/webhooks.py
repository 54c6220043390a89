"""`timescales webhooks`: which systems are told of what happens to clocks."""

from __future__ import annotations

from typing import Annotated

import typer

from service import clock
from service.cli.here import ACTOR, council
from service.cli.screen import complain, say
from service.notify.channels.by_webhook import Outcome
from service.notify.channels.webhooks import keeping
from service.notify.channels.webhooks.cloud_events import TYPES
from service.store.telling import deliveries, webhooks
from service.store.telling.webhooks import Hook

app = typer.Typer(help="Webhooks: systems that are told of what happens to clocks.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="as `timescales webhooks list` shows it")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="which system it is")],
    url: Annotated[str, typer.Argument(help="https://…, where it takes events")],
    types: Annotated[
        str, typer.Option(help=f"with commas between them, of {', '.join(TYPES)}; unset: all of them")
    ] = "",
) -> None:
    """Makes a webhook and shows the secret that its events are signed with, this once, alone on the last line."""
    chosen = [type for one in types.split(",") if (type := one.strip())]
    secret = keeping.add(council(), name, url, chosen, actor=ACTOR)
    say(f"{name} is told of {', '.join(chosen) or 'everything'}, from a few seconds on. Its secret, shown this once:")
    say(secret)


@app.command("list")
def list_webhooks() -> None:
    """Lists every webhook there has been, and how it fares."""
    with council().reading() as db:
        counts = deliveries.counted(db)
        for hook in webhooks.every(db):
            states = counts.get(hook.seq, {})
            fares = (
                ", ".join(f"{states[state]:,} {state.replace('_', ' ')}" for state in sorted(states)) or "nothing yet"
            )
            made = f"made {hook.created_at:%Y-%m-%d %H:%M} UTC"
            say("\t".join((hook.name, keeping.where(hook), " ".join(sorted(hook.types)), made, fares, _standing(hook))))


@app.command()
def revoke(name: Name) -> None:
    """Tells a webhook nothing more, not even what waits for it."""
    keeping.revoke(council(), name, actor=ACTOR)
    say(f"{name} is revoked.")


@app.command()
def test(name: Name) -> None:
    """Sends a test event at once, and says what the receiver answered."""
    reply = keeping.try_out(council(), name, actor=ACTOR)
    if reply.outcome is not Outcome.TAKEN:
        complain(f"{name} did not take the test event: {reply.words}")
        raise typer.Exit(1)
    say(f"{name} took the test event: {reply.words}")


def _standing(hook: Hook) -> str:
    if hook.revoked_at is not None:
        return f"revoked {hook.revoked_at:%Y-%m-%d %H:%M} UTC"
    if hook.failing_since is not None:
        return f"does not answer since {clock.local(hook.failing_since):%Y-%m-%d %H:%M}: {hook.last_error}"
    return "in use"
