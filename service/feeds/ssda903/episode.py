"""One row of episodes, read on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from service.feeds.days import NOT_A_DATE, Day
from service.feeds.rows import IN_THE_CASE_SYSTEM
from service.feeds.ssda903.layout import CEASES, GOES_ON, REASONS_FOR_NEW, TEMPORARY, ReasonForNew
from service.feeds.tabular import Draft, day_of, text_of

STARTED, CEASED = "looked-after.started", "looked-after.ceased"
PLACED, LEFT = "placement.started", "placement.ended"
STATUS = "legal-status.changed"
_COLUMNS = ("RNE", "LS", "PLACE", "REC", "DEC", "PLACE_PROVIDER", "PL_POST", "URN")
_PLACE = ("PLACE", "PLACE_PROVIDER", "PL_POST", "URN")
_UNKNOWN = ReasonForNew()


@dataclass(slots=True, eq=False)
class Episode:
    """An episode with a usable first day. ``ended_on`` is None while it goes on, and where its end cannot be right.

    ``is_last`` says that the child stopped being looked after with it. ``label`` names it within the child; ``care``
    and ``placement`` are the keys of the time in care and the placement that it belongs to, once they are known.
    """

    draft: Draft
    cells: Mapping[str, object]
    began_on: date
    end: Day
    ended_on: date | None
    label: str = ""
    care: str | None = None
    placement: str | None = None

    def said(self, column: str) -> str:
        return text_of(self.cells.get(column)).upper()

    @property
    def reason(self) -> ReasonForNew:
        return REASONS_FOR_NEW.get(self.said("RNE"), _UNKNOWN)

    @property
    def is_last(self) -> bool:
        return self.ended_on is not None and self.said("REC") in CEASES

    @property
    def is_temporary(self) -> bool:
        """In a place where the child is for a while only, the placement before going on."""
        longest = TEMPORARY.get(self.said("PLACE"))
        if longest is None or self.reason.starts:
            return False
        return self.ended_on is None or (self.ended_on - self.began_on).days <= longest

    @property
    def place(self) -> tuple[str, ...]:
        """Where it is: two episodes of one child with the same are at one place."""
        return tuple(self.said(column) for column in _PLACE)

    @property
    def order(self) -> tuple[object, ...]:
        """By its days; where they agree, by what it says, so that a place in the file decides nothing."""
        return (self.began_on, not self.reason.starts, self.ended_on or date.max, *map(self.said, _COLUMNS))

    def about_end(self) -> str:
        return CEASED if self.said("REC") in CEASES else LEFT

    def trouble(self, about: str, column: str, code: str, reason: str, fix: str) -> None:
        said = (code, reason, f"{fix}, {IN_THE_CASE_SYSTEM}")
        self.draft.trouble(self.label, about, (column, self.said(column)), said, key=self.key_of(about))

    def key_of(self, about: str) -> str | None:
        """The key of what an event of this type would belong to."""
        return self.placement if about in (PLACED, LEFT) else self.care


def read_episode(draft: Draft, cells: Mapping[str, object], today: date) -> Episode | None:
    """The episode of a row; None where nothing can be taken of it, which the draft then says."""
    began, end = day_of(cells.get("DECOM"), today), day_of(cells.get("DEC"), today)
    if began.on is None:
        _without_beginning(draft, cells, began, end)
        return None
    is_reversed = bool(end.on and end.on < began.on)
    return Episode(draft, cells, began.on, end, None if is_reversed else end.on)


def check_codes(episode: Episode) -> None:
    """Troubles with what one episode says by itself. It has its label and keys by now."""
    draft, label, about = episode.draft, episode.label, episode.about_end()
    draft.wrong(label, about, "DEC", episode.end, key=episode.key_of(about))
    if episode.end.on and episode.ended_on is None:
        draft.too_early(label, about, ("DEC", episode.end), "DECOM", key=episode.key_of(about))
    if episode.said("RNE") not in REASONS_FOR_NEW:
        reason = "RNE is none of the return's reasons for a new episode, so what began with it is not known"
        episode.trouble(PLACED, "RNE", "unknown-code", reason, f"correct RNE to one of {', '.join(REASONS_FOR_NEW)}")
    _check_end(episode)


def _check_end(episode: Episode) -> None:
    rec = episode.said("REC")
    if rec and rec not in CEASES and rec not in GOES_ON:
        reason = "REC is none of the return's reasons for an end, so whether care ended is not known"
        episode.trouble(CEASED, "REC", "unknown-code", reason, "correct REC")
    elif rec and not episode.end.text:
        reason = "REC says why the episode ended, and DEC does not say when"
        episode.trouble(episode.about_end(), "REC", "without-DEC", reason, "record DEC, or take REC out")
    elif not rec and episode.end.text:
        reason = "DEC says when the episode ended, and REC does not say why"
        episode.trouble(LEFT, "DEC", "without-REC", reason, "record REC, or take DEC out")


def _without_beginning(draft: Draft, cells: Mapping[str, object], began: Day, end: Day) -> None:
    """A row whose first day is none: the day on which the child stopped being looked after may still stand in it."""
    if began.wrong in (None, NOT_A_DATE):
        draft.refuse_day("DECOM", began)
        return
    reason = REASONS_FOR_NEW.get(text_of(cells.get("RNE")).upper(), _UNKNOWN)
    about = STARTED if reason.starts else PLACED if reason.placement else STATUS
    label = f"episode-{began.written or 'undated'}"
    draft.wrong(label, about, "DECOM", began, key=None)
    rec = text_of(cells.get("REC")).upper()
    if end.on and rec in CEASES:
        draft.fact(f"{label}-to-{end.on}", CEASED, end.on, None, reason=rec)
