"""Reads JSON as one meaning, and finds what a usual reader would let pass.

The usual path costs no more than the standard library's own parser: what is suspicious is only marked while reading (a
repeated name, NaN, a number past all bounds), in a way that no reader of ours accepts. Whatever then fails to become an
event is walked through once more, slowly, to say why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from service.door.bounds import BOUNDS
from service.door.plans import NAMES
from service.door.refusal import Refusal, TurnedAway, refusal, turn_away

BOM = b"\xef\xbb\xbf"
SPACE = " \t\r\n"
_SAFE_INTEGER = 2**53
"""Beyond it, readers of JSON no longer agree on which number it is."""
_has_half = re.compile("[\ud800-\udfff]").search

_AS_IT_IS = "JSON as RFC 8259 has it: double quotation marks, no comma after the last, no comments"

# An array is cut into its items as bytes. Every quantifier is possessive and a string may lack its end, so that the
# time taken grows with the length of the input and no faster.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_LEVEL = rb'[^"{}\[\]]*+(?:%b[^"{}\[\]]*+)*+' % _STRING
_flat_item = re.compile(rb"\{%b(?:\{%b\}%b)*+\}" % (_LEVEL, _LEVEL, _LEVEL), re.DOTALL).match
_marks = re.compile(rb"%b|[{}\[\]]" % _STRING, re.DOTALL).finditer
_scalar = re.compile(rb"%b|[^,\[\]{}]+" % _STRING, re.DOTALL).match
_space = re.compile(rb"[ \t\r\n]*").match
_DEEPER = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}


class _Repeated(dict[str, Any]):
    """An object in which a name occurs twice: not a dict, to whoever asks strictly."""

    name = ""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    repeated, seen = _Repeated(members), set()
    for name, _ in pairs:
        if name in seen:
            repeated.name = name
            break
        seen.add(name)
    return repeated


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_constant=lambda name: float("nan"))


def decode(body: bytes) -> str:
    """The body as text; a byte order mark at its start is allowed for (RFC 8259, section 8.1)."""
    try:
        return body.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise turn_away("not-utf-8", f"byte {error.start + 1} is not UTF-8", fix="send JSON in UTF-8") from None


def parse(text: str) -> object:
    """The one JSON document that ``text`` is."""
    text = text.rstrip(SPACE)
    start = 0 if text.startswith("{") else len(text) - len(text.lstrip(SPACE))
    try:
        document, end = _decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise _not_json(text, error.pos) from None
    except ValueError:  # more digits than Python will make a number of
        raise TurnedAway(_TOO_LARGE_A_NUMBER) from None
    except RecursionError:
        raise TurnedAway(_TOO_DEEP) from None
    if end != len(text):
        raise _not_json(text, end)
    return document


def items(body: bytes) -> Iterator[bytes]:
    """The items of the array that ``body`` is, each as it was sent and not yet read.

    Cut apart before anything is built: one item may be 32 MB of brackets, and a gigabyte once it is read.
    """
    at = _skip(body, len(BOM) if body.startswith(BOM) else 0)
    if body[at : at + 1] != b"[":
        raise turn_away("wrong-kind", "the body is not an array", fix="send [ … ] with the events in it, or one event")
    at = _skip(body, at + 1)
    if body[at : at + 1] != b"]":
        brackets = count()
        while True:
            end = _end_of_item(body, at, brackets)
            yield body[at:end]
            at = _skip(body, end)
            if body[at : at + 1] != b",":
                break
            at = _skip(body, at + 1)
    if body[at : at + 1] != b"]" or _skip(body, at + 1) != len(body):
        raise _not_an_array(body, at)


def _end_of_item(body: bytes, at: int, brackets: Iterator[int]) -> int:
    if flat := _flat_item(body, at):
        return flat.end()
    if body[at : at + 1] in (b"{", b"["):
        depth = 0
        for mark, nth in zip(_marks(body, at), brackets, strict=False):
            depth += _DEEPER.get(mark[0], 0)
            if depth == 0:
                return mark.end()
            if nth > BOUNDS.batch_brackets:
                raise turn_away(
                    "too-large", "no array of events has so many objects and arrays", fix=f"send {_AS_IT_IS}"
                )
    elif scalar := _scalar(body, at):
        return scalar.end()
    raise _not_an_array(body, at)


def _skip(body: bytes, at: int) -> int:
    space = _space(body, at)
    return space.end() if space else at


def _not_an_array(body: bytes, at: int) -> TurnedAway:
    return turn_away(
        "not-json", f"the array cannot be read past byte {min(at, len(body)) + 1}", fix=f"send {_AS_IT_IS}"
    )


def _not_json(text: str, at: int) -> TurnedAway:
    """Says where reading stopped, not what stands there."""
    if not text:
        return turn_away("not-json", "there is nothing in it", fix="send one event as JSON")
    if (nul := text.find("\0")) >= 0:
        return turn_away("nul", f"character {nul + 1} is NUL", fix="send the text without it")
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return turn_away("not-json", f"reading stopped at line {line}, column {column}", fix=f"send {_AS_IT_IS}")


def why_broken(document: object) -> Refusal | None:
    """What is wrong with a document whatever it is about, and where; None where nothing is found."""
    # A document with more in it is refused anyway, and is not worth the time.
    for place, depth, value in islice(_walk(document), BOUNDS.values_searched):
        if found := _broken(value, depth):
            return found.below(place)
    return None


def _walk(document: object) -> Iterator[tuple[str, int, object]]:
    """Every value with its pointer and depth, in order, and every name. No recursion: it may be nested deeply."""
    waiting: list[Iterator[tuple[str, int, object]]] = [iter([("", 1, document)])]
    while waiting:
        for place, depth, value in waiting[-1]:
            yield place, depth, value
            if isinstance(value, dict):
                yield from ((place, depth, name) for name in value)
                waiting.append(_members_of(value, place, depth + 1))
                break
            if isinstance(value, list):
                waiting.append(_items_of(value, place, depth + 1))
                break
        else:
            waiting.pop()


def _members_of(value: dict[Any, Any], place: str, depth: int) -> Iterator[tuple[str, int, object]]:
    return ((_below(place, name), depth, inner) for name, inner in value.items())


def _items_of(value: list[Any], place: str, depth: int) -> Iterator[tuple[str, int, object]]:
    return ((f"{place}/{nth}", depth, inner) for nth, inner in enumerate(value))


def _below(place: str, name: object) -> str:
    return f"{place}/{name}" if name in NAMES else place


def _broken(value: object, depth: int) -> Refusal | None:
    if isinstance(value, str):
        return _broken_text(value)
    if isinstance(value, dict | list):
        if depth > BOUNDS.depth:
            return _TOO_DEEP
        return _repeated(value) if isinstance(value, _Repeated) else None
    if isinstance(value, float) and value != value:
        return refusal("not-a-number", "JSON has no NaN and no Infinity", fix="leave out what is not known")
    if isinstance(value, int | float) and abs(value) > _SAFE_INTEGER:
        return _TOO_LARGE_A_NUMBER
    return None


def _broken_text(value: str) -> Refusal | None:
    if "\0" in value:
        return refusal("nul", "there is a NUL character in a text", fix="send the text without it")
    if _has_half(value):
        return refusal(
            "lone-surrogate", "a \\u escape gives half a character without its other half", fix="send both, or neither"
        )
    return None


def _repeated(value: _Repeated) -> Refusal:
    return refusal(
        "duplicate-key",
        "a name occurs twice in one object, and readers disagree on which one counts",
        fix="send each name once",
        at=_below("", value.name),
    )


_TOO_LARGE_A_NUMBER = refusal("number-out-of-range", "a number is past 2^53", fix="send references in quotation marks")
_TOO_DEEP = refusal(
    "too-deep",
    f"objects and arrays are nested more than {BOUNDS.depth} deep",
    fix="send an event as one object with one object, data, inside",
)
