"""The law that an authority works to: its timescales, calendars and ladders, ready to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rules.catalogue import CONCERNING_ALL, MERGED
from rules.model import Clock, Ladders, Measure, Timescale
from rules.workdays import WorkingCalendar

_MOST_SEEN = 20_000


@dataclass(frozen=True, slots=True)
class Law:
    """Every timescale in force for an authority, and what is needed to count it.

    ``fingerprint`` changes whenever anything in the packs or calendars does. ``by_type`` lists, for each event type,
    the measures whose clocks such an event can move: an event touches nothing else.
    """

    authority: str
    title: str
    timescales: Mapping[str, Timescale]
    calendars: Mapping[str, WorkingCalendar]
    ladders: Ladders
    fingerprint: str
    is_demonstration: bool = False
    by_type: Mapping[str, tuple[Measure, ...]] = field(init=False)
    _all: tuple[Measure, ...] = field(init=False)
    _seen: dict[frozenset[str], tuple[Measure, ...]] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        measures = tuple(
            measure for timescale in self.timescales.values() if timescale.is_enabled for measure in timescale.measures
        )
        object.__setattr__(self, "_all", measures)
        object.__setattr__(
            self,
            "by_type",
            {
                name: tuple(measure for measure in measures if name in measure.types)
                for name in {name for measure in measures for name in measure.types}
            },
        )

    def touched_by(self, types: Iterable[str]) -> tuple[Measure, ...]:
        """The measures whose clocks events of these types can move; all of them where anything may have changed."""
        types = set(types)
        if MERGED in types or not types.isdisjoint(CONCERNING_ALL):
            return self._all
        if len(types) == 1:
            return self.by_type.get(types.pop(), ())
        return self.seeing(types)

    def types_moving(self, clock: Clock) -> frozenset[str]:
        """The event types that can move this clock; none where its timescale is no longer in force."""
        return next(
            (one.types for one in self._all if one.id == clock.measure and one.timescale == clock.timescale),
            frozenset(),
        )

    def seeing(self, types: Iterable[str]) -> tuple[Measure, ...]:
        """The measures that have any clock to compute from a history of these types; kept, as histories are alike."""
        types = frozenset(types)
        found = self._seen.get(types)
        if found is None:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            found = self._seen[types] = tuple(one for one in self._all if not one.types.isdisjoint(types))
        return found
