"""Teams, and the posts that are told: one address a post, of a team or of the whole authority. Posts, never persons."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from service.store import alerts, messages
from service.store.tables import PostRow, TeamRow, table

WHOLE_AUTHORITY = ""
COLUMNS = ("post", "team", "team_name", "service", "address")

_TEAM, _POST = table(TeamRow), table(PostRow)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_ADDRESS_LENGTH = 254  # RFC 5321, 4.5.3.1.3: what a path may hold, less its brackets
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEXT_LENGTH = 200


class Team(NamedTuple):
    """A team as events name it, and the addresses of its posts."""

    id: str
    name: str
    service: str | None
    posts: Mapping[str, str]


class Holding(NamedTuple):
    """One line of a file of posts. ``team`` is empty for a post of the whole authority."""

    post: str
    team: str
    team_name: str
    service: str
    address: str


class Refusal(NamedTuple):
    """A line that cannot be right. ``reason`` never repeats what was sent."""

    line: int
    reason: str
    fix: str


class Reading(NamedTuple):
    """What a file of posts says, and which of its lines cannot be right."""

    rows: tuple[Holding, ...]
    refusals: tuple[Refusal, ...]


def put_team(db: Connection, id: str, name: str, service: str | None, posts: Mapping[str, str]) -> None:
    """Makes or replaces a team and the addresses of its posts. What nobody could be told goes out at the next tick."""
    db.execute(delete(_TEAM).where(_TEAM.c.id == id))
    db.execute(insert(_TEAM).values(id=id, name=name, service=service or None))
    put_posts(db, id, posts)


def put_posts(db: Connection, team: str, posts: Mapping[str, str]) -> None:
    """Replaces the addresses of a team's posts, or of the whole authority's (an empty ``team``)."""
    db.execute(delete(_POST).where(_POST.c.team == team))
    for post, address in posts.items():
        _hold(db, post, team, address)


def put_holdings(db: Connection, rows: Iterable[Holding]) -> None:
    """Adds what a file says to what stands: other teams and other posts stay as they are."""
    for row in rows:
        if row.team:
            db.execute(delete(_TEAM).where(_TEAM.c.id == row.team))
            db.execute(insert(_TEAM).values(id=row.team, name=row.team_name, service=row.service or None))
        db.execute(delete(_POST).where(_POST.c.post == row.post, _POST.c.team == row.team))
        if row.address:  # a post without one is known, and what it should be told is listed as unowned
            _hold(db, row.post, row.team, row.address)


def teams(db: Connection) -> list[Team]:
    """Every team, by name."""
    held: dict[str, dict[str, str]] = {}
    for post, of_team, address in db.execute(
        select(_POST.c.post, _POST.c.team, _POST.c.address).order_by(_POST.c.post)
    ):
        held.setdefault(of_team, {})[post] = address
    rows = db.execute(select(_TEAM.c.id, _TEAM.c.name, _TEAM.c.service).order_by(_TEAM.c.name, _TEAM.c.id))
    return [Team(id, name, service, held.get(id, {})) for id, name, service in rows]


def team(db: Connection, id: str) -> Team | None:
    """One team by the id that events call it."""
    row = db.execute(select(_TEAM.c.name, _TEAM.c.service).where(_TEAM.c.id == id)).first()
    return Team(id, row.name, row.service, posts(db, id)) if row else None


def posts(db: Connection, team: str = WHOLE_AUTHORITY) -> dict[str, str]:
    """The posts of a team and their addresses; those of the whole authority where no team is named."""
    rows = db.execute(select(_POST.c.post, _POST.c.address).where(_POST.c.team == team).order_by(_POST.c.post))
    return dict(rows.all())


def team_names(db: Connection) -> dict[str, str]:
    """What each team is called, by id."""
    return dict(db.execute(select(_TEAM.c.id, _TEAM.c.name)).all())


def address_of(db: Connection, post: str, team: str | None) -> str | None:
    """Where a team's post is reached; where it has no address, the post of the same name for the whole authority."""
    rows = db.execute(
        select(_POST.c.team, _POST.c.address).where(
            _POST.c.post == post, _POST.c.team.in_({team or WHOLE_AUTHORITY, WHOLE_AUTHORITY})
        )
    )
    addresses = dict(rows.all())
    return addresses.get(team or WHOLE_AUTHORITY) or addresses.get(WHOLE_AUTHORITY)


def import_csv(lines: Iterable[str]) -> Reading:
    """Reads a file of posts: the columns post, team, team_name, service, address, named in the first line.

    Nothing is stored: give the rows to ``put_holdings``. A line that cannot be right is refused with its number.
    """
    reader = csv.DictReader(lines, strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            fix = f"let the first line read: {','.join(COLUMNS)}"
            return Reading((), (Refusal(1, f"the first line does not name the column {missing[0]}", fix),))
        return _read(reader)
    except csv.Error:
        fix = "save the file as CSV, in UTF-8, with a quotation mark on both sides of a value that holds a comma"
        return Reading((), (Refusal(reader.line_num or 1, "this line is not CSV", fix),))


def wrong_post(post: str) -> tuple[str, str] | None:
    """Why a post's name cannot be right, and the fix; None where it can."""
    if _SLUG.fullmatch(post) and len(post) <= _TEXT_LENGTH:
        return None
    return "the post is not lower-case words joined by hyphens", "write it as the ladder does, such as team-manager"


def wrong_address(address: str) -> tuple[str, str] | None:
    """Why an address cannot be right, and the fix; None where it can."""
    if len(address) <= _ADDRESS_LENGTH and _ADDRESS.fullmatch(address):
        return None
    return "the address is not a mail address", "write one address, such as team.north@example.gov.uk, and no name"


def wrong_text(text: str, what: str, *, may_be_empty: bool = False) -> tuple[str, str] | None:
    """Why a name cannot be right, and the fix; None where it can."""
    if not text.strip():
        return None if may_be_empty else (f"the {what} is empty", f"give the {what}")
    if len(text) > _TEXT_LENGTH or not text.isprintable():
        return f"the {what} is too long, or has a line break in it", f"use one line of up to {_TEXT_LENGTH} characters"
    return None


def _read(reader: csv.DictReader[str]) -> Reading:
    rows: list[Holding] = []
    refusals: list[Refusal] = []
    seen: dict[tuple[str, str], int] = {}
    for values in reader:
        row = Holding(*((values[column] or "").strip() for column in COLUMNS))
        earlier = seen.setdefault((row.post, row.team), reader.line_num)
        wrong = list(_wrong(row, None in values))
        if not wrong and earlier != reader.line_num:
            wrong = [(f"the post and team are those of line {earlier}", "keep one line for each post of a team")]
        refusals += [Refusal(reader.line_num, reason, fix) for reason, fix in wrong]
        rows += [row] if not wrong else []
    return Reading(tuple(rows), tuple(refusals))


def _wrong(row: Holding, has_too_many: bool) -> Iterator[tuple[str, str]]:
    if has_too_many:
        yield "the line has more values than columns", "put quotation marks round a value that holds a comma"
        return
    found: Sequence[tuple[str, str] | None] = (
        wrong_post(row.post),
        wrong_text(row.team, "team", may_be_empty=True),
        wrong_text(row.team_name, "team_name", may_be_empty=not row.team),
        wrong_text(row.service, "service", may_be_empty=True),
        wrong_address(row.address),
    )
    yield from (wrong for wrong in found if wrong)


def _hold(db: Connection, post: str, team: str, address: str) -> None:
    db.execute(insert(_POST).values(post=post, team=team, address=address))
    alerts.try_again(db, post, team)
    messages.try_now(db, post, team)
