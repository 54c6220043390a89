"""The law that a report's figures rest on: which version was in force, and how sure we are of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rules.law import Law
from rules.model import DUTY, Clock, Version
from rules.telling.limits import limit_words, target_words
from service.reports.report import LawNote


def version_at(law: Law, timescale: str, as_at: date, measure: str = DUTY) -> Version | None:
    """The version of a timescale in force on a day; None where there is no such timescale."""
    found = law.timescales.get(timescale)
    for one in found.measures if found else ():
        for version in reversed(one.versions):
            if one.id == measure and version.starts_on <= as_at:
                return version
    return None


def law_notes(clocks: Iterable[Clock], timescales: Iterable[str], law: Law, as_at: date) -> Iterable[LawNote]:
    """Each version that a clock of the report was counted by, and the one in force on its day."""
    used = {(one.timescale, one.version_on) for one in clocks if one.measure == DUTY}
    for id in timescales:
        timescale, now = law.timescales.get(id), version_at(law, id, as_at)
        for version in timescale.duty.versions if timescale else ():
            if version is not now and (id, version.starts_on) not in used:
                continue
            assert timescale is not None
            yield LawNote(
                timescale=id,
                title=timescale.title,
                version_on=version.starts_on,
                limit=limit_words(version),
                local_limit=target_words(version),
                source=", ".join(part for part in (version.source.instrument, version.source.paragraph) if part),
                verified=version.source.verified.value,
            )
