"""The limits that a report's figures rest on, in words, and how sure we are of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rules.law import Law
from rules.model import DUTY, Clock, Limit, Phase, Verified, Version
from service.reports.report import LawNote

_HOW_SURE = {Verified.SECONDARY: "read in somebody's account of it", Verified.UNVERIFIED: "unverified"}


def version_at(law: Law, timescale: str, as_at: date, measure: str = DUTY) -> Version | None:
    """The version of a timescale in force on a day; None where there is no such timescale."""
    found = law.timescales.get(timescale)
    for one in found.measures if found else ():
        for version in reversed(one.versions):
            if one.id == measure and version.starts_on <= as_at:
                return version
    return None


def limit_words(version: Version) -> str | None:
    """A version's limit in one phrase, the plan's own and several by phase among them; None where none is set."""
    plan = version.plan_limit
    if plan is not None:
        parts = ["as often as the child's own plan says"]
        if plan.maximum:
            parts.append(f"at least every {plan.maximum.words}")
        if plan.otherwise:
            parts.append(f"every {plan.otherwise.words} where the plan does not say")
        return "; ".join(parts)
    if version.phases:
        return _any_of(dict.fromkeys(_phase_words(phase) for phase in version.phases))
    return version.limit.words if version.limit else None


def target_words(version: Version) -> str | None:
    """The authority's own, tighter target in one phrase; None where it has set none."""
    targets = [version.target, *(phase.target for phase in version.phases)]
    limits: dict[Limit, None] = dict.fromkeys(one.limit for one in targets if one)
    return _any_of(limit.words for limit in limits) if limits else None


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


def _phase_words(phase: Phase) -> str:
    """A phase may be less sure than the rest of its version, and says so."""
    doubt = _HOW_SURE.get(phase.verified) if phase.verified else None
    return f"{phase.limit.words} ({doubt})" if doubt else phase.limit.words


def _any_of(limits: Iterable[str]) -> str:
    found = list(limits)
    return f"{', '.join(found[:-1])} or {found[-1]}, as things stand" if found[1:] else found[0]
