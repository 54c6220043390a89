"""A child's episodes, one after another → periods of care, placements and legal statuses.

1. in the order of their days
2. where each stands to the one before: a gap, an overlap, a start while care goes on
3. what begins with it, and what ended before it
4. what it says by itself
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from service.feeds.rows import labelled
from service.feeds.ssda903.episode import CEASED, LEFT, PLACED, STARTED, STATUS, Episode, check_codes
from service.feeds.ssda903.layout import ADOPTED_BY, CEASES, FOR_ADOPTION, GOES_ON, LEGAL_STATUSES, WITH_PARENT


class Span(NamedTuple):
    """A time in care: its key, and the days it lasted; None where the file does not say."""

    key: str | None
    began_on: date | None
    ended_on: date | None

    def holds(self, on: date) -> bool:
        return (self.began_on is None or self.began_on <= on) and (self.ended_on is None or on <= self.ended_on)


def follow(episodes: Sequence[Episode], born_on: date | None) -> list[Span]:
    """Puts the facts and troubles of one child's episodes into their drafts; gives the child's times in care."""
    ordered = sorted(episodes, key=lambda episode: episode.order)
    labels = labelled((episode.began_on for episode in ordered), "episode")
    for episode, label in zip(ordered, labels, strict=True):
        episode.label = label
    care = _Care()
    for before, episode in zip([None, *ordered], ordered, strict=False):
        care.go_on(before, episode)
        check_codes(episode)
        if born_on and episode.began_on < born_on:
            reason = "DECOM is earlier than the child's date of birth (DOB)"
            about = STARTED if episode.reason.starts else PLACED
            episode.trouble(about, "DECOM", "before-DOB", reason, "correct DECOM, or DOB")
    care.finish(ordered[-1])
    return care.spans


class _Care:
    """What is known of the child at a point of the walk through the episodes."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.key: str | None = None
        self.status: str | None = None
        self.placement: str | None = None
        self.place: tuple[str, ...] = ()
        self.is_away = False

    def go_on(self, before: Episode | None, episode: Episode) -> None:
        has_ended = before is not None and self._end(before, episode)
        episode.care = self.key
        is_start = episode.reason.starts and not self._is_in_care(before, episode, has_ended)
        if is_start:
            self._start(episode)
        elif before is None or has_ended:
            self.key = self.status = episode.care = None
            self.spans.append(Span(None, None if before is None else episode.began_on, None))
            if before is not None:
                reason = "RNE says that care went on, and REC of the episode before says that it had ended"
                episode.trouble(STARTED, "RNE", "care-had-ended", reason, "correct RNE, or REC of the episode before")
        self._settle_placement(before, episode)
        episode.placement = self.placement
        self._settle_status(episode, is_start)

    def finish(self, last: Episode) -> None:
        """After the last episode: care has ended, goes on, or should have gone on with one more."""
        if last.is_last:
            self._cease(last)
        elif last.ended_on is not None:
            self._leave(last)
            if last.said("REC") in GOES_ON:
                _miss_the_next(last)

    # ---- where two episodes meet -------------------------------------------------------------------------------------

    def _end(self, before: Episode, episode: Episode) -> bool:
        """Whether care ended with the episode before; and what is wrong where the two do not fit."""
        if before.said("REC") in CEASES and before.ended_on and before.ended_on >= episode.began_on:
            # To send it would end the clocks of the care that the next episode begins or carries on.
            reason = "DEC says that care ended, and another episode of the child had begun by that day"
            before.trouble(CEASED, "DEC", "after-the-next-began", reason, "correct DEC, or DECOM of the next episode")
            return False
        if before.is_last:
            self._cease(before)
            return True
        if before.ended_on is None:
            if not before.end.text:
                reason = "DEC is empty, and another episode of the child began later"
                about = CEASED if episode.reason.starts else LEFT
                before.trouble(about, "DEC", "missing", reason, "record DEC")
        elif before.ended_on > episode.began_on:
            reason = "DEC is later than DECOM of the child's next episode: the two overlap"
            before.trouble(LEFT, "DEC", "overlap", reason, "correct DEC, or DECOM of the next episode")
        elif before.ended_on < episode.began_on and before.said("REC") in GOES_ON:
            _miss_the_next(before)
        return False

    def _is_in_care(self, before: Episode | None, episode: Episode, has_ended: bool) -> bool:
        """Whether an episode that says that care began stands in the middle of care that goes on."""
        if before is None or has_ended or before.said("REC") not in GOES_ON or before.ended_on is None:
            return False
        if before.ended_on < episode.began_on:
            return False
        reason = "RNE says that care began, and by the episode before (REC) the child was looked after already"
        episode.trouble(STARTED, "RNE", "already-in-care", reason, "correct RNE, or REC of the episode before")
        return True

    # ---- what begins and ends ----------------------------------------------------------------------------------------

    def _start(self, episode: Episode) -> None:
        self.key = episode.care = self._named(episode, "care")
        self.spans.append(Span(self.key, episode.began_on, None))
        self.status = _status(episode)
        said = {"legal_status": self.status} if self.status else {}
        episode.draft.fact(episode.label, STARTED, episode.began_on, self.key, **said)

    def _cease(self, episode: Episode) -> None:
        on, rec = episode.ended_on, episode.said("REC")
        assert on is not None
        self._leave(episode)
        episode.draft.fact(episode.label, CEASED, on, self.key, reason=rec)
        if rec in ADOPTED_BY:
            episode.draft.fact(episode.label, "adoption-order.made", on, self.key)
        if self.spans:
            self.spans[-1] = self.spans[-1]._replace(ended_on=on)
        self.placement, self.place, self.is_away = None, (), False

    def _settle_placement(self, before: Episode | None, episode: Episode) -> None:
        """A new placement, unless the child is away for a while, or back from there."""
        if not episode.reason.placement:
            return
        if episode.is_temporary:
            self.is_away = True
            return
        if self.is_away and episode.place == self.place:
            self.is_away = False
            return
        was_for_adoption = bool(self.place) and self.place[0] in FOR_ADOPTION
        if before is not None and self.placement:
            self._leave(before, by=episode.began_on)
        self.placement, self.place, self.is_away = self._named(episode, "placement"), episode.place, False
        place = episode.said("PLACE")
        said: dict[str, object] = {"type": place} if place else {}
        if place in WITH_PARENT:
            said["with_parent"] = True
        episode.draft.fact(episode.label, PLACED, episode.began_on, self.placement, **said)
        if place in FOR_ADOPTION and not was_for_adoption:
            episode.draft.fact(episode.label, "adoption.placed", episode.began_on, self.placement)

    def _leave(self, episode: Episode, by: date | None = None) -> None:
        """The placement ends with this episode. One whose start is not in the file is not named: the clock of another
        might be ended with it; where a new one begins, or care ends, that says it too."""
        on = episode.ended_on
        if self.placement is None or on is None or (by is not None and on > by):
            return
        why = episode.said("REC") if episode.is_last else episode.said("REASON_PLACE_CHANGE")
        episode.draft.fact(episode.label, LEFT, on, self.placement, **({"reason": why} if why else {}))
        self.placement = None

    def _settle_status(self, episode: Episode, is_start: bool) -> None:
        status = _status(episode)
        if is_start or status is None:
            return
        if status == self.status:
            if episode.reason.status:
                reason = "RNE says that the legal status changed, and LS is that of the episode before"
                episode.trouble(STATUS, "LS", "as-before", reason, "correct LS, or RNE")
            return
        if episode.reason.status:
            episode.draft.fact(episode.label, STATUS, episode.began_on, self.key, status=status)
        elif self.status is not None:
            episode.draft.fact(episode.label, STATUS, episode.began_on, self.key, status=status)
            reason = "LS is another than that of the episode before, and RNE does not say that the legal status changed"
            episode.trouble(STATUS, "RNE", "status-changed", reason, "correct RNE, or LS")
        self.status = status

    def _named(self, episode: Episode, called: str) -> str:
        return f"{episode.draft.subject}/{episode.label.replace('episode', called, 1)}"


def _status(episode: Episode) -> str | None:
    code = episode.said("LS")
    return LEGAL_STATUSES.get(code, code) or None


def _miss_the_next(episode: Episode) -> None:
    reason = "REC says that another episode began on the day this one ended, and none did"
    episode.trouble(PLACED, "REC", "without-a-next", reason, "record the next episode, or correct REC")
