"""Whether the trail is as it was written: every row checked against the one before, and what does not fit located.

Whoever may write to the database can take the guards off and change rows; what they cannot do is make the seals fit,
unless they seal everything after the change anew. That is found too, where a digest was exported before: see
docs/keeping-and-erasing.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.errors import Refused
from service.store.keeping import trail
from service.store.keeping.audit import BEGINNING, account_of, digest_of, sealed, spelt
from service.store.keeping.trail import Reading

MISSING, ALTERED, PUT_IN, SUBJECT, UNACCOUNTED, CUT_OFF, NOT_EXPORTED = (
    "missing",
    "altered",
    "put-in",
    "subject-altered",
    "erased-without-account",
    "cut-off",
    "not-the-exported-one",
)
_is_digest = re.compile("[0-9a-f]{64}").fullmatch


class Finding(NamedTuple):
    """Something that is not as it was written: which rows, the first and the last of them, and what in words."""

    kind: str
    first: int
    last: int
    words: str


class Verified(NamedTuple):
    """What a look at the whole trail came to. ``head``: the number and the seal of its last row."""

    rows: int
    head: tuple[int, str]
    findings: list[Finding]


def verify(
    reading: Reading, anchors: Mapping[int, str] | None = None, *, told: Callable[[int], None] = lambda done: None
) -> Verified:
    """Walks the whole trail, while others add to it. ``anchors``: seals exported before, by number.

    ``reading`` opens a transaction; each batch is read in one of its own, because on SQLite nobody could commit
    meanwhile. ``told``: how many rows are done.
    """
    with reading() as db:
        walk = _Walk(dict(anchors or {}), trail.accounts(db))
    for batch in trail.in_order(reading):
        for one in batch:
            walk.take(one)
        told(walk.rows)
    with reading() as db:
        walk.end(trail.accounts(db), trail.erasures(db))
    return Verified(walk.rows, (walk.number, walk.chain), _together(walk.findings))


def read_anchors(lines: Iterable[str]) -> dict[int, str]:
    """Digests as they were exported: ``NUMBER:DIGEST``, one a line; what follows a space or a # is for people.

    Raises Refused for a line that is none, or two that differ.
    """
    found: dict[int, str] = {}
    for nth, line in enumerate(lines, 1):
        said = line.partition("#")[0].split()
        if not said:
            continue
        number, _, digest = said[0].partition(":")
        if not (number.isascii() and number.isdigit() and _is_digest(digest.lower())):
            raise Refused(f"line {nth} is no exported digest", fix="give NUMBER:DIGEST, as `audit digests` writes it")
        if found.setdefault(int(number), digest.lower()) != digest.lower():
            raise Refused(f"two digests are given for row {int(number):,}", fix="give the one that was exported")
    return found


@dataclass(slots=True)
class _Walk:
    """Where the walk has come to. ``number`` and ``chain`` are those of the last row, as it stands."""

    anchors: dict[int, str]
    accounts: dict[int, int]
    """Which rows had lost a child's reference before the walk began, and the row that accounts for each."""
    rows: int = 0
    number: int = 0
    chain: str = BEGINNING
    meant: str | None = None
    """The seal that the last row should have, where that is not the one it has."""
    is_followed: bool = True
    """Whether the last row can be followed: not where it is missing or cannot be read."""
    lost: list[int] = field(default_factory=list)
    """Rows whose child is gone: whether that is accounted for is asked at the end, of erasures meanwhile too."""
    findings: list[Finding] = field(default_factory=list)

    def take(self, one: trail.Numbered) -> None:
        """The next row by number."""
        self.rows += 1
        self._miss(one.seq)
        if one.seq <= 0:
            self._find(PUT_IN, one.seq, "stands before the first row: it was put in")
            return
        row = one.row
        if row is None:
            self._find(ALTERED, one.seq, "was altered: it holds what cannot be read")
            self.number, self.chain, self.meant, self.is_followed = one.seq, "", None, False
            return
        self._link(row)
        self._subject(row)
        self._anchor(row)

    def end(self, accounts: Mapping[int, int], erasures: Mapping[int, str]) -> None:
        """What can only be said once everything was seen. ``accounts``, ``erasures``: as they stand now."""
        for number in self.lost:
            if number not in accounts:
                self._find(UNACCOUNTED, number, "lost its child, and no erasure accounts for it")
        for number in sorted(number for number in self.anchors if number > self.number):
            words = f"row {number:,} was there when its digest was exported: the end was cut off"
            self.findings.append(Finding(CUT_OFF, self.number + 1, number, words))
        listed: dict[int, list[int]] = {}
        for number, account in accounts.items():
            listed.setdefault(account, []).append(number)
        for account in sorted(listed.keys() - erasures.keys()):
            self._find(UNACCOUNTED, account, "should account for references that are gone, and is no erasure")
        for account, words in erasures.items():
            if not words.endswith(account_of(listed.get(account, []))):
                self._find(UNACCOUNTED, account, "accounts for other references than those listed as erased with it")

    def _miss(self, number: int) -> None:
        expected = self.number + 1
        if number > expected:
            last = number - 1
            which = f"row {expected:,} is" if last == expected else f"rows {expected:,} to {last:,} are"
            self.findings.append(Finding(MISSING, expected, last, f"{which} missing"))
            self.is_followed = False

    def _link(self, row: Any) -> None:
        follows = _sealed(self.chain, row)
        fits = follows == row.chain or not self.is_followed
        if not fits and self.meant is not None and _sealed(self.meant, row) == row.chain:
            fits = True  # it follows what the row before should have been: only that one's seal was altered
        if not fits:
            before = self.number
            words = (
                f"does not follow row {before:,}: it was altered or put in, or row {before:,} was changed and sealed "
                "anew"
                if before
                else "does not begin the trail: it was altered"
            )
            self._find(ALTERED, row.seq, f"({spelt(row.at)}, {row.action}) {words}")
        self.meant = follows if follows != row.chain and self.is_followed else None
        self.number, self.chain, self.is_followed = row.seq, row.chain, True

    def _subject(self, row: Any) -> None:
        kept = (row.subject, row.salt)
        if row.subject_digest is None:
            if kept != (None, None):
                self._find(SUBJECT, row.seq, "is about nobody by its seal, and names a child: the child was put in")
        elif kept == (None, None):
            self.lost.append(row.seq)
        elif None in kept or digest_of(row.salt, row.subject) != row.subject_digest:
            self._find(SUBJECT, row.seq, "names another child than when it was written")
        elif row.seq in self.accounts:
            self._find(SUBJECT, row.seq, "names a child whom an erasure says it lost")

    def _anchor(self, row: Any) -> None:
        exported = self.anchors.get(row.seq)
        if exported is not None and exported != row.chain:
            words = f"({spelt(row.at)}) is not the row whose digest was exported: it, or one before it, was sealed anew"
            self._find(NOT_EXPORTED, row.seq, words)

    def _find(self, kind: str, number: int, words: str) -> None:
        self.findings.append(Finding(kind, number, number, f"row {number:,} {words}"))


def _sealed(before: str, row: Any) -> str:
    """The seal of a row; none, which fits nothing, where it holds what was never written."""
    try:
        return sealed(before, row)
    except (TypeError, ValueError):
        return BEGINNING


def _together(findings: Iterable[Finding]) -> list[Finding]:
    """A run of rows of which the same is wrong is said once, with the words of the first."""
    joined: list[Finding] = []
    for one in sorted(findings, key=lambda found: (found.kind, found.first)):
        before = joined[-1] if joined else None
        if before and before.kind == one.kind and one.first == before.last + 1 and one.kind != CUT_OFF:
            joined[-1] = before._replace(last=one.last)
        else:
            joined.append(one)
    return sorted((_run(one) for one in joined), key=lambda found: found.first)


def _run(one: Finding) -> Finding:
    how_many = one.last - one.first
    if one.kind in (MISSING, CUT_OFF) or not how_many:
        return one
    return one._replace(words=f"{one.words}; and so on to row {one.last:,}")


def in_words(verified: Verified) -> Iterator[str]:
    """A line for each thing found, and one for the whole."""
    for one in verified.findings:
        yield one.words[:1].upper() + one.words[1:]
    number, chain = verified.head
    if not verified.findings:
        yield f"{verified.rows:,} rows: every one follows from the one before, and none is missing."
    else:
        yield f"{verified.rows:,} rows: {len(verified.findings):,} findings."
    if number:
        yield f"The last row is {number}:{chain}"
