"""`timescales keys`: who may use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from service.access import keys
from service.cli.here import ACTOR, council
from service.cli.screen import say

app = typer.Typer(help="API keys: add, list, revoke.", no_args_is_help=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="who it is for: it stands in the audit trail")],
    scope: Annotated[list[str], typer.Option(help=f"one of {', '.join(keys.SCOPES)}; may be given again")],
) -> None:
    """Makes a key and shows it, this once, alone on the last line."""
    key = keys.add(council(), name, scope, actor=ACTOR)
    say(f"The key {name} may {', '.join(sorted(set(scope)))}. It is not kept and cannot be shown again:")
    say(key)


@app.command("list")
def list_keys() -> None:
    """Lists every key there has been."""
    for row in keys.every(council()):
        state = f"revoked {row.revoked_at:%Y-%m-%d %H:%M} UTC" if row.revoked_at else "in use"
        say(f"{row.name}\t{row.scopes}\tmade {row.created_at:%Y-%m-%d %H:%M} UTC\t{state}")


@app.command()
def revoke(name: Annotated[str, typer.Argument()]) -> None:
    """Makes a key useless from the next request on."""
    keys.revoke(council(), name, actor=ACTOR)
    say(f"{name} is revoked.")
