"""Lays what an authority sets over the packs below it: targets, limits left to it, readings, what it switches on.

It cannot loosen or replace a limit that the law sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from rules.catalogue import CATALOGUE, nearest
from rules.loading import load, shapes
from rules.loading.check_versions import loose_target, uncountable
from rules.loading.snapshots import source_of
from rules.model import Measure, Reading, Target, Timescale, Version
from rules.workdays import WorkingCalendar

AS_WRITTEN = "as_written"
"""The reading that a pack states itself, kept beside the one an authority chose instead."""

_DAY = timedelta(days=1)


def lay_over(
    timescales: dict[str, Timescale],
    overlay: shapes.AuthorityShape,
    file: Path,
    calendars: Mapping[str, WorkingCalendar],
) -> list[str]:
    """Applies what an authority sets on top of the packs below it; what it may not set is returned as refusals."""
    found: list[tuple[tuple[object, ...], str]] = []
    for kind, settings in (("targets", overlay.targets), ("limits", overlay.limits)):
        for nth, setting in enumerate(settings):
            if setting.timescale not in timescales:
                found.append(((kind, nth, "timescale"), _unknown(setting.timescale, timescales)))
                continue
            timescale = timescales[setting.timescale]
            reason = (
                _refused_target(timescale, setting, calendars)
                if kind == "targets"
                else _refused_limit(timescale, setting, calendars)
            )
            if reason:
                found.append(((kind, nth, "limit"), reason))
            else:
                timescales[timescale.id] = _with_setting(timescale, setting, is_target=kind == "targets")
    for nth, choice in enumerate(overlay.readings):
        if choice.timescale not in timescales:
            found.append((("readings", nth, "timescale"), _unknown(choice.timescale, timescales)))
        elif choice.reading not in (known := [reading.id for reading in timescales[choice.timescale].readings]):
            reason = f"{choice.timescale} has no reading {choice.reading}: name one of {', '.join(known) or 'none'}"
            found.append((("readings", nth, "reading"), reason))
        else:
            timescales[choice.timescale] = with_reading(timescales[choice.timescale], choice.reading)
    for nth, end in enumerate(overlay.ends_everything):
        if end.event not in CATALOGUE:
            found.append(
                (("ends_everything", nth, "event"), f"unknown event type {end.event}: name one of the catalogue")
            )
    for nth, name in enumerate(overlay.enables):
        if name not in timescales:
            found.append((("enables", nth), _unknown(name, timescales)))
        else:
            timescales[name] = replace(timescales[name], is_enabled=True)
    return [load.refusal(file, path, reason) for path, reason in found]


def with_reading(timescale: Timescale, reading: str) -> Timescale:
    """The same timescale under another of its readings; its own stays beside it."""
    chosen = next(one for one in timescale.readings if one.id == reading)
    written = Reading(AS_WRITTEN, "As the pack is written", "As the pack is written", timescale.measures)
    others = tuple(one for one in timescale.readings if one.id != reading)
    return replace(timescale, measures=chosen.measures, chosen_reading=reading, readings=(written, chosen, *others))


def _unknown(name: str, timescales: Mapping[str, Timescale]) -> str:
    near = nearest(name, timescales)
    return f"no timescale {name} in the packs below" + (f": did you mean {near}?" if near else ": correct its name")


def _refused_target(
    timescale: Timescale, setting: shapes.SettingShape, calendars: Mapping[str, WorkingCalendar]
) -> str | None:
    phases = {phase.id for version in timescale.duty.versions for phase in version.phases}
    if setting.phase is not None and setting.phase not in phases:
        return f"{timescale.id} has no phase {setting.phase}: name one of {', '.join(sorted(phases)) or 'none'}"
    if phases and setting.phase is None:
        return f"{timescale.id} has several limits: say for which phase ({', '.join(sorted(phases))})"
    if any(version.before for version in timescale.duty.versions):
        return f"{timescale.id} is counted back from a date, and has no target beside it: take it out"
    for version in timescale.duty.versions:
        longest = version.limit or (version.plan_limit.maximum if version.plan_limit else None)
        longest = next((phase.limit for phase in version.phases if phase.id == setting.phase), longest)
        window = (max(version.starts_on, setting.starts), version.ends_on)
        if longest is not None and (window[1] is None or window[0] <= window[1]):
            loose = loose_target(setting.limit, longest, window, (calendars[version.calendar], version.counting))
            if loose:
                return loose
    return None


def _refused_limit(
    timescale: Timescale, setting: shapes.SettingShape, calendars: Mapping[str, WorkingCalendar]
) -> str | None:
    for version in _split(timescale.duty.versions, setting.starts):
        if version.starts_on < setting.starts:
            continue
        if reason := uncountable(setting.limit, calendars[version.calendar]):
            return reason
        maximum = version.plan_limit.maximum if version.plan_limit else None
        if version.phases:
            return f"{timescale.id} has its limits already, which an authority cannot replace: set a target for a phase"
        if version.limit is not None:
            return (
                f"{timescale.id} has a limit of {version.limit} already, which an authority cannot replace: "
                f"set a tighter one under targets"
            )
        if version.plan_limit is not None and version.plan_limit.otherwise is not None:
            return f"{timescale.id} has {version.plan_limit.otherwise} where a plan is silent: set a target instead"
        if maximum is not None and setting.limit > maximum and setting.limit.unit == maximum.unit:
            return f"{setting.limit} is looser than the maximum of {maximum}: an authority may only be stricter"
    return None


def _with_setting(timescale: Timescale, setting: shapes.SettingShape, *, is_target: bool) -> Timescale:
    """The duty with the setting laid over it, under every one of its readings."""

    def laid_over(measures: Iterable[Measure]) -> tuple[Measure, ...]:
        duty, *others = measures
        versions = _split(duty.versions, setting.starts)
        versions = [
            _set(one, setting, is_target=is_target) if one.starts_on >= setting.starts else one for one in versions
        ]
        return (replace(duty, versions=tuple(versions)), *others)

    readings = tuple(one._replace(measures=laid_over(one.measures)) for one in timescale.readings)
    is_set = timescale.is_limit_set or not is_target
    return replace(timescale, measures=laid_over(timescale.measures), readings=readings, is_limit_set=is_set)


def _set(version: Version, setting: shapes.SettingShape, *, is_target: bool) -> Version:
    limit, source = setting.limit, source_of(setting.source)
    if is_target and setting.phase is not None:
        target = Target(limit, source)
        phases = (replace(one, target=target) if one.id == setting.phase else one for one in version.phases)
        return replace(version, phases=tuple(phases))
    if is_target:
        return replace(version, target=Target(limit, source))
    if version.plan_limit is not None:
        return replace(version, plan_limit=version.plan_limit._replace(otherwise=limit, otherwise_source=source))
    return version if version.limit is not None else replace(version, limit=limit, source=source)


def _split(versions: Sequence[Version], on: date) -> list[Version]:
    """The same versions with a boundary at ``on``."""
    split = []
    for version in versions:
        if version.starts_on < on and (version.ends_on is None or version.ends_on >= on):
            split += [replace(version, ends_on=on - _DAY), replace(version, starts_on=on)]
        else:
            split.append(version)
    return split
