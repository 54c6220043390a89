"""The words of every message: how counts, days and posts are written, and the templates they go into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from service.clock import local

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html.j2"]),  # the library's own list of endings misses it
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class Words(NamedTuple):
    """A subject line, and the same words twice."""

    subject: str
    text: str
    html: str


def render(template: str, content: Mapping[str, object]) -> str:
    """A template of the folder beside this, filled."""
    return _TEMPLATES.get_template(template).render(content)


def post_words(post: str) -> str:
    """``team-manager`` → ``team manager``"""
    return post.replace("-", " ")


def count(number: int, noun: str, rest: str = "") -> str:
    """``1 timescale overdue``, ``1,200 timescales overdue``"""
    return f"{number:,} {noun}{'' if number == 1 else 's'}{rest}"


def day_words(on: date) -> str:
    """``Monday 2 March``, with its year."""
    return f"{on:%A} {on.day} {on:%B %Y}"


def at_words(moment: datetime) -> str:
    """``Monday 2 March 2026 at 07:30``, local time."""
    at = local(moment)
    return f"{day_words(at.date())} at {at:%H:%M}"
