"""Which post each group of the sign-in service gives: a TOML file of the authority's own, read again when it changes.

[[groups]]
id = "5f0c3a8e-1b1d-4d0e-9a55-0c1f3f6f2c11"    # as the sign-in service names it in the token
post = "team-manager"
team = "assessment-team-north"                  # or service = "…"; neither: of the whole authority
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rules import nearest
from service.errors import NotReady
from service.posts.roles import posts_with_roles
from service.settings import Settings
from service.store.people import HeldPost

_KEYS = dict.fromkeys(("id", "post", "team", "service"))


def given(settings: Settings) -> Mapping[str, HeldPost]:
    """The post that each group gives, as the file says at this moment. Raises NotReady where it cannot be right."""
    file = settings.oidc_groups_file
    if file is None:
        return MappingProxyType({})
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise NotReady("the file of TIMESCALES_OIDC_GROUPS_FILE cannot be read", fix="name a file there is") from error


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int) -> Mapping[str, HeldPost]:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotReady(f"{file.name} is no TOML: {error}", fix="mend it: docs/signing-in.md shows one") from error
    rows = document.pop("groups", [])
    if document or not isinstance(rows, list):
        raise NotReady(f"{file.name} holds something other than groups", fix="begin each with a line [[groups]]")
    found: dict[str, HeldPost] = {}
    for nth, row in enumerate(rows, 1):
        held = _held(file.name, nth, row)
        if row["id"] in found:
            raise NotReady(f"{file.name}, group {nth}: its id stands there twice", fix="give each group one post")
        found[row["id"]] = held
    return MappingProxyType(found)


def _held(name: str, nth: int, row: Any) -> HeldPost:
    where = f"{name}, group {nth}"
    if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
        raise NotReady(f"{where}: it is no table of words", fix="write id, post, and team or service")
    if unknown := row.keys() - _KEYS.keys():
        near = nearest(min(unknown), _KEYS)
        raise NotReady(f"{where}: unknown key {min(unknown)}", fix=f"write {near}" if near else "leave it out")
    if not row.get("id") or not row.get("post"):
        raise NotReady(f"{where}: it lacks id or post", fix="write both")
    if row.get("team") and row.get("service"):
        raise NotReady(f"{where}: a post is of a team or of a service", fix="leave one of them out")
    posts = dict.fromkeys(posts_with_roles())
    if row["post"] not in posts:
        near = nearest(row["post"], posts)
        fix = f"write {near}" if near else f"choose from {', '.join(posts)}"
        raise NotReady(f"{where}: no role has the post {row['post']}", fix=fix)
    return HeldPost(row["post"], row.get("team", ""), row.get("service", ""))
