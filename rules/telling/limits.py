"""A version's limit and target in one phrase, as people say it; ``browse`` gives them as the packs spell them."""

from __future__ import annotations

from collections.abc import Iterable

from rules.model import Limit, Phase, Verified, Version
from rules.telling.words import value

_HOW_SURE = {Verified.SECONDARY: "read in somebody's account of it", Verified.UNVERIFIED: "unverified"}


def limit_words(version: Version) -> str | None:
    """The limit, the plan's own and several by phase among them; None where none is set."""
    plan = version.plan_limit
    if plan is not None:
        parts = ["as often as the child's own plan says"]
        if plan.maximum:
            parts.append(f"never less often than every {plan.maximum.words}")
        if plan.otherwise:
            parts.append(f"every {plan.otherwise.words} where the plan does not say")
        return "; ".join(parts)
    if version.phases:
        return _any_of(dict.fromkeys(_phase_words(phase) for phase in version.phases))
    if version.limit is None:
        return None
    return f"{version.limit.words} before {value(version.before)}" if version.before else version.limit.words


def target_words(version: Version) -> str | None:
    """The authority's own, tighter target; None where it has set none."""
    targets = [version.target, *(phase.target for phase in version.phases)]
    limits: dict[Limit, None] = dict.fromkeys(one.limit for one in targets if one)
    return _any_of(limit.words for limit in limits) if limits else None


def _phase_words(phase: Phase) -> str:
    """A phase may be less sure than the rest of its version, and says so."""
    doubt = _HOW_SURE.get(phase.verified) if phase.verified else None
    return f"{phase.limit.words} ({doubt})" if doubt else phase.limit.words


def _any_of(limits: Iterable[str]) -> str:
    found = list(limits)
    return f"{', '.join(found[:-1])} or {found[-1]}, as things stand" if found[1:] else found[0]
