"""A set as a return: which year it covers, and every row of it.

The whole set is read before the first row is given, because a row means what the child's other rows make of it: so
nothing of a set that turns out to be cut short is ever kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from service import clock
from service.feeds.facts import CannotRead, Period, Return, Row
from service.feeds.ssda903.care import Span, follow
from service.feeds.ssda903.episode import Episode, read_episode
from service.feeds.ssda903.layout import BOUNDS, EPISODES, HEADER, MODULES, NOTES, YEAR_BEGINS
from service.feeds.ssda903.modules import DATED, Place, read_row
from service.feeds.ssda903.opening import Opened, open_set
from service.feeds.tabular import Births, Drafted, Line, day_of, drafted, told_apart, with_labels

_SOURCE = "ssda903"
_WITHIN_THE_YEAR = (("episodes", "DEC"), ("reviews", "REVIEW"), ("missing", "MIS_END"))


def open_return(path: Path) -> Return:
    """The return in a folder of CSV files, a zip of them, or an XML file.

    Raises ``CannotRead``, and then nothing was given: where a file is missing, is none of the set, has not the
    headings it needs, is cut short, or is more than a return can be.
    """
    opened, today = open_set(path), clock.today()
    if not any(opened.modules.values()):
        raise CannotRead("the set holds no row", fix=f"export it again; a set has at most {BOUNDS.rows:,} rows")
    period = None if opened.absent else _period(opened.modules, today)
    notes = list(NOTES.always)
    if opened.absent:
        notes.insert(0, NOTES.not_in_the_set.format(files=", ".join(opened.absent)))
    elif period is None:
        notes.insert(0, NOTES.without_period)
    if opened.others:
        notes.insert(0, NOTES.not_read.format(count=opened.others))
    return Return(_SOURCE, period, told_apart(_rows(opened, today)), is_by_child=False, notes=tuple(notes))


def _period(modules: Mapping[str, list[Line]], today: date) -> Period | None:
    """The year from April to March in which everything lies that a return of one year has no other dates of.

    Episodes that were current when the year began have their own first day, so first days say nothing. None where the
    dates are of several years: a return that is taken to say everything about a year it does not cover would take back
    what another return sent.
    """
    days = {
        day.on
        for module, column in _WITHIN_THE_YEAR
        for line in modules.get(module, ())
        if (day := day_of(line.cells.get(column), today)).on
    }
    years = {on.year - ((on.month, on.day) < YEAR_BEGINS) for on in days if on}
    if len(years) != 1:
        return None
    year = next(iter(years))
    return Period(date(year, *YEAR_BEGINS), date(year + 1, *YEAR_BEGINS) - timedelta(days=1))


def _rows(opened: Opened, today: date) -> Iterator[Row]:
    drafts = {name: _drafts(name, lines) for name, lines in opened.modules.items()}
    births = Births()
    for draft, line in drafts.get(HEADER, ()):
        if draft.refused is None:
            births.note(draft.subject, day_of(line.cells.get("DOB"), today))
    care = _care(drafts.get(EPISODES, ()), births, today)
    for name in MODULES:
        _fill(name, drafts.get(name, ()), care, today)
        for draft, line in drafts.get(name, ()):
            if name == HEADER and draft.refused is None:
                births.register(draft, "DOB", day_of(line.cells.get("DOB"), today), today)
            yield draft.row()


def _drafts(module: str, lines: list[Line]) -> list[Drafted]:
    """A draft for each row, refused already where it names no child or its cells are not under their headings."""
    made = drafted(module, lines, "CHILD", "CHILD")
    for draft, line in made:
        if line.is_ragged:
            reason = "the row has more or fewer cells than there are headings, so what they say is not certain"
            draft.refuse("CHILD", reason, "put texts that hold the separator into quotation marks, and send it again")
    return made


def _care(episodes: Sequence[Drafted], births: Births, today: date) -> Mapping[str, list[Span]]:
    by_child: defaultdict[str, list[Episode]] = defaultdict(list)
    for draft, line in episodes:
        if draft.refused is None and (episode := read_episode(draft, line.cells, today)):
            by_child[draft.subject].append(episode)
    return {child: follow(found, births.of(child)) for child, found in by_child.items()}


def _fill(name: str, drafts: Sequence[Drafted], care: Mapping[str, list[Span]], today: date) -> None:
    """The facts and troubles of a dated module's rows."""
    dated = DATED.get(name)
    if dated is None:
        return
    for draft, line, label in with_labels(drafts, dated.column, dated.called, today):
        read_row(draft, Place(line.cells, label, care.get(draft.subject, ()), today), dated)
