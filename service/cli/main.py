"""`timescales …`: every command in its place, and one way for all of them to say what went wrong."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import typer
from pydantic import ValidationError

from rules import RulesError
from service.cli.screen import complain
from service.errors import ServiceError

_COMMANDS = {
    "run": "running.run",
    "serve": "running.serve",
    "demo": "running.demo",
    "migrate": "running.migrate",
    "openapi": "running.openapi",
    "doctor": "doctor.doctor",
    "due-date": "dates.due_date",
    "clocks": "clocks.clocks",
    "explain": "clocks.explain",
    "acknowledge": "acknowledging.acknowledge",
    "recompute": "clocks.recompute",
    "report": "reports.report",
    "import": "imports.app",
    "keys": "keys.app",
    "audit": "audit.app",
    "retention": "retention.app",
    "erase": "retention.erase",
    "sessions": "sessions.app",
    "people": "people.app",
    "telling": "telling.app",
    "calendars": "calendars.app",
    "webhooks": "webhooks.app",
    "sources": "sources.app",
    "rules": "law.app",
}
"""Where each command stands, in the order of the help. What is an ``app`` has commands of its own."""
_NOT_FOR_EVERYBODY = 0o027
_AS_IT_IS = {"due-date": {"ignore_unknown_options": True}}
"""A count of days may begin with a minus sign."""


def commands(*names: str) -> typer.Typer:
    """The commands of these names, or all. One by itself needs little; to import what all of them need takes long."""
    app = typer.Typer(
        name="timescales",
        help="Keeps statutory clocks for children live: events in, law as data, dates anyone can defend.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)  # with a single command typer would otherwise take its name for an argument
    for name in names or _COMMANDS:
        module, _, what = _COMMANDS[name].partition(".")
        found = getattr(import_module(f"service.cli.{module}"), what)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, context_settings=_AS_IT_IS.get(name))(found)
    return app


def main() -> None:
    """Runs one command. A mistake of the user's ends in a sentence, never in a traceback.

    What it makes names children: not everybody on the machine is to read it.
    """
    os.umask(_NOT_FOR_EVERYBODY)
    try:
        commands(*(word for word in sys.argv[1:2] if word in _COMMANDS))()
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
