"""`timescales run`, `serve`, `demo`, `migrate`, `openapi`: bringing the service up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Annotated, Any

import typer

from rules.loading.build import extended_by
from service import clock, door
from service import demo as made_up
from service.access import keys
from service.app import openapi_document
from service.bulk import Totals, take
from service.cli.here import ACTOR, council
from service.cli.screen import complain, progress, say
from service.council import DEMONSTRATION, Council, open_council
from service.serving import serve_council
from service.settings import Settings
from service.store import people
from service.store.keeping import audit
from service.store.seeing import caseload
from service.store.session import migrate as migrate_store

_BATCH = 1_000
_SEED = 3
_LIVE_DAYS = 365
_KEY_FILE = "demonstration-key"


def run() -> None:
    """Loads the demonstration council where there is none, serves it, and says how to try it. Ctrl-C stops it."""
    here = _demonstration(Settings(), seed=_SEED)
    _greet(here, _key(here))
    serve_council(here)


def serve() -> None:
    """Serves the authority's database and starts the scheduler. Ctrl-C stops it."""
    here = council()
    if here.is_demonstration:
        say("This database holds the demonstration council: nothing in it is about anybody.")
    serve_council(here)


def demo(seed: Annotated[int, typer.Option(help="another seed makes another council")] = _SEED) -> None:
    """Makes the demonstration council in an empty database, as events through the same front door."""
    _demonstration(Settings(), seed=seed)


def migrate() -> None:
    """Brings the database to the newest form."""
    migrate_store(Settings().store_url)
    say("The database is at the newest form.")


def openapi() -> None:
    """Prints the API's description, as openapi/openapi.json holds it."""
    say(json.dumps(openapi_document(), indent=2, ensure_ascii=False))


def _demonstration(settings: Settings, *, seed: int) -> Council:
    """The demonstration council's database, made and filled where it is empty."""
    if "authority" not in settings.model_fields_set:
        settings = settings.model_copy(update={"authority": extended_by(DEMONSTRATION[-1])})
    if settings.alerts_from is None:
        settings = settings.model_copy(update={"alerts_from": _a_year_ago()})
    here = open_council(settings, demonstrate=True)
    with here.reading() as db:
        is_empty = caseload.last_event_at(db) is None
    if not here.is_demonstration:
        complain(
            "this database holds a real authority's events: the demonstration needs an empty one (TIMESCALES_DATA_DIR)"
        )
        raise typer.Exit(1)
    if is_empty:
        _fill(here, seed)
    return here


def _fill(here: Council, seed: int) -> None:
    with here.writing() as db:
        people.put_list(db, made_up.people(clock.today()))
        audit.note(db, ACTOR, "demonstration.made", detail=f"seed {seed}")
    totals = Totals()
    with progress(counted=True) as bar:
        task = bar.add_task("Imagining a council", total=None)
        documents = sorted(made_up.council(seed, clock.today()), key=_by_child)
        bar.update(task, description="Sending its events", total=len(documents), completed=0)
        for batch in _batches(documents):
            now = clock.now()
            take(here, ((0, door.read_document(one, now=now)) for one in batch), actor=ACTOR, totals=totals)
            if totals.refusals:
                complain(f"the demonstration sent an event that was refused: {totals.refusals[0][1]}")
                raise typer.Exit(1)
            bar.advance(task, len(batch))


def _by_child(document: dict[str, Any]) -> str:
    """Child by child: each history is then read and evaluated once, not once for every night it was added to."""
    return str(document["subject"])


def _batches(documents: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(documents)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _a_year_ago() -> date:
    """So that the demonstration tells of all that is late now, and holds back the years before."""
    return clock.days_before(_LIVE_DAYS)


def _key(here: Council) -> str:
    """A key to try, kept in the data folder: this council is made up, so its key guards nothing."""
    file = here.settings.data_dir / _KEY_FILE
    if not file.exists():
        scopes = ("events:write", "events:read", "clocks:read", "reports:read", "people:write")
        key = keys.add(here, f"demonstration {clock.now():%Y-%m-%d %H:%M:%S}", scopes, actor=ACTOR)
        file.touch(mode=0o600)
        file.write_text(key, "utf-8")
    return file.read_text("utf-8")


def _greet(here: Council, key: str) -> None:
    address = here.settings.address
    event = {
        "specversion": "1.0",
        "id": f"try-{clock.today().isoformat()}",
        "source": "my-case-system",
        "type": "strategy-discussion.held",
        "subject": "child-try-1",
        "data": {
            "happened_on": clock.today().isoformat(),
            "outcome": "section_47",
            "key": "enquiry-try-1",
            "team": "assessment-team-north",
        },
    }
    mail = (
        "is sent"
        if here.settings.smtp_url.get_secret_value()
        else f"is written to {here.settings.outbox_dir}/, not sent"
    )
    say(
        f"\nA made-up council's week   {address}   (choose whose morning it is: a team manager's, to begin with)\n"
        f"Mail that went out         {address}/outbox   (for the group manager and those above; it {mail})\n"
        f"An API key to try          {key}\n\n"
        f"Post an event:\n\n"
        f"  curl -sS {address}/v1/events \\\n"
        f"    -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n"
        f"    -d '{json.dumps(event)}'\n\n"
        f"Then read why its conference is due when it is, with the id of the duty's clock for CLOCK:\n\n"
        f"  curl -sS {address}/v1/clocks/CLOCK/explanation \\\n"
        f"    -H 'Authorization: Bearer {key}' -H 'Accept: text/plain'\n\n"
        f"Ctrl-C stops it; `make run` again goes on with the same data.\n"
    )
