"""What commands with a database have in common: the council whose it is, and the name that they act under."""

from __future__ import annotations

from service.council import Council, open_council
from service.logs import configure
from service.settings import Settings

ACTOR = "command line"


def council() -> Council:
    """The council of the database that the settings name; an empty database is made and brought to head."""
    settings = Settings()
    configure(settings.log_level)
    return open_council(settings)
