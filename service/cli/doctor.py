"""`timescales doctor`: how the service is, in words: what is well, what is not, and what to do about that."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from service import clock
from service.checking.examining import examine
from service.checking.finding import Answer, Found
from service.cli.screen import say
from service.logs import configure
from service.notify.letters.message import at_words, count
from service.settings import Settings
from service.timing import timings


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def doctor(layout: Annotated[Format, typer.Option("--format")] = Format.TEXT) -> None:
    """Says what is well, what is not and what to do; changes nothing. Exit status 0: all well; 1: something is not."""
    settings = Settings()
    configure(settings.log_level)
    now = clock.now()
    answer = examine(settings, timings(), now=now)
    if layout is Format.JSON:
        checked_at = clock.local(now).isoformat(timespec="seconds")
        say(json.dumps({"checked_at": checked_at, **as_data(answer)}, indent=2, ensure_ascii=False))
    else:
        for line in _lines(answer):
            say(line)
    raise typer.Exit(1 if answer.found else 0)


def as_data(answer: Answer) -> dict[str, object]:
    """The answer for programs."""
    return {
        "is_well": not answer.found,
        "findings": [_finding(one) for one in answer.found],
        "well": [{"check": check.id, "area": check.area, "words": said} for check, said in answer.well],
    }


def _finding(one: Found) -> dict[str, object]:
    check, finding = one
    return {
        "id": finding.id,
        "check": check.id,
        "area": check.area,
        "how_bad": check.weight,
        "title": finding.title,
        "what": finding.what,
        "since": clock.local(finding.since).isoformat(timespec="seconds") if finding.since else None,
        "count": finding.count,
        "fix": finding.fix,
        "stops_heartbeat": check.stops_heartbeat,
    }


def _lines(answer: Answer) -> list[str]:
    lines = [f"{count(len(answer.found), 'thing', ' not well')}." if answer.found else "All is well."]
    for check, finding in answer.found:
        lines += ["", f"{finding.title}   [{check.weight}; {finding.id}]", f"  {finding.what}"]
        lines += [f"  Since {at_words(finding.since)}."] if finding.since else []
        lines += [f"  What to do: {finding.fix}"]
    lines += ["", "Well:"] if answer.well else []
    return [*lines, *(f"  {said}" for _check, said in answer.well)]
