"""A workbook as a return: every row of every list.

The whole workbook is read before the first row is given, because a row means what the child's other rows make of it:
so nothing of a workbook that turns out to be damaged is ever kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from service import clock
from service.feeds.annex_a.layout import BORN_ON, CHILD, LISTS, NOTES, title_of
from service.feeds.annex_a.lists import KINDS, Entry, Kind, answer_of, read_entry
from service.feeds.annex_a.sheets import Found, lists_of
from service.feeds.facts import Return, Row
from service.feeds.rows import IN_THE_CASE_SYSTEM, shown
from service.feeds.tabular import Births, Drafted, Line, day_of, drafted, told_apart, with_labels

_SOURCE = "annex-a"
_CLOSED = "case.closed"
_BEGINS = {
    "child-protection-plan.started": "child-protection-plan.ended",
    "looked-after.started": "looked-after.ceased",
}
_REFERRALS, _ASSESSMENTS, _NEED = "List 3", "List 4", "List 6"


def open_return(path: Path) -> Return:
    """Annex A in a workbook. It never says which days it covers, so its ``period`` is None.

    Raises ``CannotRead``, and then nothing was given: where the file is no workbook, has a password, is damaged, is
    more than Annex A can be, or has a list without a column that it needs.
    """
    found, today = lists_of(path), clock.today()
    notes = list(NOTES.always)
    absent = [f"{listing.name} ({listing.title})" for listing in LISTS.values() if listing.name not in found.lists]
    if absent:
        notes.append(NOTES.absent.format(lists=", ".join(absent)))
    if found.others:
        notes.append(NOTES.not_read.format(count=found.others))
    return Return(_SOURCE, None, told_apart(_rows(found, today)), is_by_child=False, notes=tuple(notes))


def _rows(found: Found, today: date) -> Iterator[Row]:
    drafts = {name: _drafts(name, found.lists.get(name, ())) for name in LISTS}
    births = Births()
    for draft, line in _children(drafts):
        births.note(draft.subject, day_of(line.cells.get(BORN_ON), today))
    entries = {name: _entries(drafts[name], kind, today) for name, kind in KINDS.items()}
    entries[_ASSESSMENTS] = _belonging(entries[_ASSESSMENTS], entries[_REFERRALS])
    for name, kind in KINDS.items():
        for entry in entries[name]:
            read_entry(entry, kind)
    _close([entry for name in KINDS for entry in entries[name]], entries[_NEED])
    for draft, line in _children(drafts):
        births.register(draft, title_of(BORN_ON), day_of(line.cells.get(BORN_ON), today), today)
    for name in LISTS:
        yield from (draft.row() for draft, _line in drafts[name])


def _children(drafts: Mapping[str, Sequence[Drafted]]) -> Iterator[Drafted]:
    for name, listing in LISTS.items():
        for draft, line in drafts[name]:
            if draft.refused is None and listing.subject == CHILD:
                yield draft, line


def _drafts(name: str, lines: Sequence[Line]) -> list[Drafted]:
    column = LISTS[name].subject
    return drafted(name, lines, column, title_of(column), is_of_children=column == CHILD)


def _entries(drafts: Sequence[Drafted], kind: Kind, today: date) -> list[Entry]:
    """Each row with its name within the child, and a key made from it."""
    return [
        Entry(draft, line.cells, label, today, f"{draft.subject}/{label}")
        for draft, line, label in with_labels(drafts, kind.column, kind.called, today)
    ]


def _belonging(assessments: list[Entry], referrals: list[Entry]) -> list[Entry]:
    """Assessments without a key: they meet the child's open referral, in this file or an earlier one. Only where the
    file has several that one could belong to does the first assessment after the latest carry that one's key."""
    received: defaultdict[str, list[tuple[date, str | None]]] = defaultdict(list)
    for referral in referrals:
        if on := referral.day("referral_on").on:
            received[referral.draft.subject].append((on, referral.key))
    taken: set[str | None] = set()
    linked = []
    for one in assessments:  # each child's in the order of their days
        began_on = one.day("assessment_from_on").on
        before = [key for on, key in received[one.draft.subject] if began_on and on <= began_on]
        key = before[-1] if len(before) > 1 and before[-1] not in taken else None
        taken.add(key)
        linked.append(one._replace(key=key))
    return linked


def _close(entries: list[Entry], needs: list[Entry]) -> None:
    """Closures, but for those that another row contradicts: closing ends every clock of the child, so a wrong one
    would hide what is still to be done."""
    by_child: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_child[entry.draft.subject].append(entry)
    for need in needs:
        began_on, closed = need.day("need_from_on").on, need.day("closed_on")
        if closed.on is None or began_on is None:
            continue
        column = title_of("closed_on")
        if closed.on < began_on:
            need.draft.too_early(need.label, _CLOSED, (column, closed), title_of("need_from_on"), key=need.key)
        elif any(_goes_on(other, closed.on) for other in by_child[need.draft.subject] if other is not need):
            reason = f"on the day of '{column}' the child was in care, on a plan or in need by another row of the file"
            fix = f"correct '{column}', or the other row, {IN_THE_CASE_SYSTEM}"
            said = ("while-another-is-open", reason, fix)
            need.draft.trouble(need.label, _CLOSED, (column, closed.text), said, key=need.key)
        else:
            why = answer_of(need.cells.get("closed_why"))
            need.fact(_CLOSED, closed.on, **({"reason": shown(why)} if why else {}))


def _goes_on(entry: Entry, on: date) -> bool:
    """Whether a plan, care or a time in need had begun by that day and was not over."""
    if entry.draft.module == _NEED:
        began_on, until_on = entry.day("need_from_on").on, entry.day("closed_on").on
        return began_on is not None and began_on <= on and (until_on is None or until_on > on)
    days = {fact.type: fact.happened_on for fact in entry.draft.facts}
    for begins, ends in _BEGINS.items():
        began, until = days.get(begins), days.get(ends)
        if began is not None and began <= on and (until is None or until > on):
            return True
    return False
