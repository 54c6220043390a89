"""The whole examination for whoever asks from outside: also where the service cannot even be opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from rules import PackRefused
from service.checking.asking import ask, away
from service.checking.declared import CHECKS, ONLOOKERS
from service.checking.finding import Answer, Check, Finding, Found, Looked, Weight
from service.council import Council, open_council
from service.errors import Busy, NotReady
from service.settings import Settings
from service.store.session import is_made, open_store
from service.timing import Timed

_START = "watch.cannot-start"


def examine(settings: Settings, jobs: Sequence[Timed], *, now: datetime) -> Answer:
    """Everything there is to say about the service that these settings name. Makes nothing and changes nothing.

    Where it cannot be opened (no database, another form, a law that cannot be right), why is the one finding.
    """
    try:
        if not _is_there(settings):
            what = "There is no database yet at what the settings name."
            return _only("No database yet", what, "timescales serve makes it; or correct TIMESCALES_DATABASE_URL.")
        council = open_council(settings)
    except Busy:
        return Answer((away(now),), (), frozenset())
    except NotReady as wrong:
        return _only("It cannot start", f"{wrong.detail[:1].upper()}{wrong.detail[1:]}.", f"{wrong.fix}.")
    except PackRefused:
        return _only(
            "The law cannot be read", "The packs of the law have mistakes.", "timescales rules check names each."
        )
    try:
        return look_at(council, jobs, now=now)
    finally:
        council.engine.dispose()


def look_at(council: Council, jobs: Sequence[Timed], *, now: datetime) -> Answer:
    """Every check, and whether the self-check itself runs."""
    return ask(council, (ONLOOKERS, *CHECKS), jobs, now=now)


def _is_there(settings: Settings) -> bool:
    url = make_url(settings.store_url)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        return False
    engine = open_store(settings.store_url)
    try:
        return is_made(engine)
    finally:
        engine.dispose()


def _only(title: str, what: str, fix: str) -> Answer:
    check = Check(_START, "the service", "It can start.", Weight.UNTOLD, lambda _look: Looked())
    return Answer((Found(check, Finding(_START, title, what, fix)),), (), frozenset())
