"""What an address asks of the list of clocks: which, how put together, in which order.

Nothing in it says anything of a child: a worker is the reference that events give, and dates are those on which
something is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from service.errors import Refused
from service.store.seeing.caseload import Planning
from service.store.seeing.worklist import By
from service.web.shown.links import address

LIST = "/clocks"
FILE = "/clocks.csv"
_LONGEST = 128
_MOST_FIELDS = 40
_MOST_PAGES = 100_000

Choice = TypeVar("Choice", bound=StrEnum)


class Show(StrEnum):
    """Which clocks to list, by how they stand."""

    RUNNING = "running"
    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    DUE_THIS_WEEK = "due_this_week"
    LATER = "later"
    UNDATED = "undated"
    TARGET_MISSED = "target_missed"
    PROBLEM = "problem"


class Grouped(StrEnum):
    """How the list is put together."""

    LIST = "list"
    CHILD = "child"
    TIMESCALE = "timescale"


class Asked(NamedTuple):
    """What the address asks for. ``view`` None: as suits whoever asks; ``sort`` None: the earliest due date first."""

    status: Show = Show.RUNNING
    view: Grouped | None = None
    team: str | None = None
    worker: str | None = None
    timescale: str | None = None
    area: str | None = None
    plan: Planning | None = None
    due_from: date | None = None
    due_to: date | None = None
    sort: By | None = None
    is_descending: bool = False
    page: int = 1

    @property
    def by(self) -> By:
        return self.sort or By.DUE

    @property
    def is_filtered(self) -> bool:
        """Whether anything is asked for beside how clocks stand."""
        return any((self.team, self.worker, self.timescale, self.area, self.plan, self.due_from, self.due_to))

    def of(self, status: Show) -> Asked:
        """The same for clocks that stand otherwise."""
        return self._replace(status=status)

    @property
    def unfiltered(self) -> Asked:
        return Asked(status=self.status, view=self.view, sort=self.sort, is_descending=self.is_descending)

    def link(self, path: str = LIST, *, saved: int = 0, **changes: Any) -> str:
        """An address that asks for the same with these changes; from the first page on, if anything changes."""
        asked = self._replace(**{"page": 1, **changes}) if changes else self
        return address(path, **asked.fields, saved=str(saved) if saved else None)

    @property
    def fields(self) -> dict[str, str | None]:
        """Name and value of each field of the address; None for what is as it is by itself."""
        return {
            "status": None if self.status is Show.RUNNING else self.status.value,
            "view": self.view,
            "team": self.team,
            "worker": self.worker,
            "timescale": self.timescale,
            "area": self.area,
            "plan": self.plan,
            "due_from": self.due_from.isoformat() if self.due_from else None,
            "due_to": self.due_to.isoformat() if self.due_to else None,
            "sort": f"{'-' if self.is_descending else ''}{self.by}" if self.sort else None,
            "page": str(self.page) if self.page > 1 else None,
        }

    @property
    def query(self) -> str:
        """The same as one word, for a form to carry."""
        return self.link().partition("?")[2]


def asked_in(query: str) -> Asked:
    """What a query string asks for. Raises Refused where it asks for something that cannot be."""
    try:
        return asked_for(parse_qsl(query, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError:
        raise Refused("this is no address of the list", fix="begin at the first page of the list") from None


def asked_for(fields: Iterable[tuple[str, str]]) -> Asked:
    """What the fields of an address ask for; what is left empty is not asked for, what is not known is passed over."""
    given = {name: value for name, value in fields if value}
    for name, value in given.items():
        if len(value) > _LONGEST or not value.isprintable():
            raise Refused(f"{name} is too long, or has a character that cannot be seen", fix="choose from the list")
    sort = given.get("sort", "")
    return Asked(
        status=_chosen(Show, "status", given.get("status")) or Show.RUNNING,
        view=_chosen(Grouped, "view", given.get("view")),
        team=given.get("team"),
        worker=given.get("worker"),
        timescale=given.get("timescale"),
        area=given.get("area"),
        plan=_chosen(Planning, "plan", given.get("plan")),
        due_from=_day("due_from", given.get("due_from")),
        due_to=_day("due_to", given.get("due_to")),
        sort=_chosen(By, "sort", sort.removeprefix("-") or None),
        is_descending=sort.startswith("-"),
        page=_page(given.get("page")),
    )


def _chosen(choices: type[Choice], name: str, value: str | None) -> Choice | None:
    try:
        return choices(value) if value else None
    except ValueError:
        raise Refused(f"{name} is not one of {', '.join(choices)}", fix="choose from the list") from None


def _day(name: str, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Refused(
            f"{name} is no day", fix="give year, month and day with hyphens between, as the calendar of the field does"
        ) from None


def _page(value: str | None) -> int:
    if value is None:
        return 1
    if not (value.isascii() and value.isdecimal() and len(value) < 7 and 1 <= int(value) <= _MOST_PAGES):
        raise Refused("there is no page of this number", fix="begin at the first page")
    return int(value)
