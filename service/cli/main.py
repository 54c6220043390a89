"""`timescales …`: every command in its place, and one way for all of them to say what went wrong."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError

from rules import RulesError
from service.cli import (
    acknowledging,
    audit,
    calendars,
    clocks,
    dates,
    doctor,
    imports,
    keys,
    law,
    people,
    reports,
    retention,
    running,
    sessions,
    sources,
    telling,
    webhooks,
)
from service.cli.screen import complain
from service.errors import ServiceError

app = typer.Typer(
    name="timescales",
    help="Keeps statutory clocks for children live: events in, law as data, dates anyone can defend.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("run")(running.run)
app.command("serve")(running.serve)
app.command("demo")(running.demo)
app.command("migrate")(running.migrate)
app.command("openapi")(running.openapi)
app.command("doctor")(doctor.doctor)
app.command("due-date", context_settings={"ignore_unknown_options": True})(dates.due_date)
app.command("clocks")(clocks.clocks)
app.command("explain")(clocks.explain)
app.command("acknowledge")(acknowledging.acknowledge)
app.command("recompute")(clocks.recompute)
app.command("report")(reports.report)
app.add_typer(imports.app, name="import")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(retention.app, name="retention")
app.command("erase")(retention.erase)
app.add_typer(sessions.app, name="sessions")
app.add_typer(people.app, name="people")
app.add_typer(telling.app, name="telling")
app.add_typer(calendars.app, name="calendars")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(sources.app, name="sources")
app.add_typer(law.app, name="rules")


def main() -> None:
    """Runs one command. A mistake of the user's ends in a sentence, never in a traceback."""
    try:
        app()
    except (ServiceError, RulesError) as error:
        complain(str(error))
        sys.exit(1)
    except ValidationError as error:
        for one in error.errors():
            name = "_".join(str(part) for part in one["loc"]).upper()
            complain(f"TIMESCALES_{name}: {one['msg']}: correct the setting")
        sys.exit(2)
    except UnicodeDecodeError as error:
        complain(f"the file is not UTF-8 at its byte {error.start + 1:,}: save it as UTF-8")
        sys.exit(1)
    except FileNotFoundError as error:
        complain(f"{error.filename}: there is no such file: check the path")
        sys.exit(1)
    except OSError as error:
        complain(
            f"{error.filename or 'the file'}: {error.strerror or 'cannot be used'}: check the path and who may use it"
        )
        sys.exit(1)
