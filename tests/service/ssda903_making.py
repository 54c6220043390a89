"""Small made-up sets of the looked-after return. Every child in them is invented here."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from service import clock
from service.feeds.facts import Fact, Return, Row, Trouble
from service.feeds.ssda903 import open_return

TODAY = datetime(2027, 6, 1, 9, tzinfo=UTC)
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "header": ("CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB"),
    "episodes": (
        *("CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC", "REASON_PLACE_CHANGE"),
        *("HOME_POST", "PL_POST", "URN"),
    ),
    "reviews": ("CHILD", "DOB", "REVIEW", "REVIEW_CODE"),
    "missing": ("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END"),
    "placed_for_adoption": ("CHILD", "DOB", "DATE_PLACED", "DATE_PLACED_CEASED", "REASON_PLACED_CEASED"),
    "ad1": ("CHILD", "DOB", "DATE_INT", "DATE_MATCH", "FOSTER_CARE", "NB_ADOPTR", "SEX_ADOPTR", "LS_ADOPTR"),
    "oc2": ("CHILD", "DOB", "HEALTH_CHECK", "IMMUNISATIONS", "TEETH_CHECK", "HEALTH_ASSESSMENT"),
}
USUAL = ("header", "episodes", "reviews", "missing", "placed_for_adoption", "ad1")
Cells = Mapping[str, str]
Tables = Mapping[str, Sequence[Cells]]


def birth(child: str = "c1", on: str = "05/05/2015") -> Cells:
    return {"CHILD": child, "SEX": "1", "DOB": on, "ETHNIC": "WBRI"}


def episode(decom: str, rne: str = "S", dec: str = "", rec: str = "", *, child: str = "c1", **said: str) -> Cells:
    """An episode of a fostered child under section 20 at one place, unless it says otherwise."""
    usual = {"LS": "V2", "CIN": "N1", "PLACE": "U6", "PLACE_PROVIDER": "PR1", "PL_POST": "ZZ1 1ZZ", "URN": "1"}
    return {"CHILD": child, "DECOM": decom, "RNE": rne, "DEC": dec, "REC": rec, **usual, **said}


def review(on: str, code: str = "PN3", child: str = "c1") -> Cells:
    return {"CHILD": child, "REVIEW": on, "REVIEW_CODE": code}


IN, OUT, MOVE, ON = "looked-after.started", "looked-after.ceased", "placement.started", "placement.ended"
LAW = "legal-status.changed"
AWAY = {"PLACE": "T1", "PL_POST": "ZZ9 9ZZ", "URN": ""}
ELSEWHERE = {"PL_POST": "ZZ2 2ZZ", "URN": "2"}
A_LIFE = [
    episode("02/03/2026", "S", "01/06/2026", "X1", LS="C1"),
    episode("01/06/2026", "L", "03/08/2026", "X1", LS="C2"),
    episode("03/08/2026", "P", "05/10/2026", "X1", LS="C2", REASON_PLACE_CHANGE="", **ELSEWHERE),
    episode("05/10/2026", "B", "01/02/2027", "E4A", LS="E1", PLACE="P1", PL_POST="ZZ3 3ZZ"),
]
A_SET = {
    "header": [birth(), birth("c2", "06/06/2012")],
    "episodes": [*A_LIFE, episode("05/05/2026", child="c2")],
    "reviews": [review("27/03/2026"), review("22/06/2026", "PN0"), review("27/05/2026", child="c2")],
    "missing": [{"CHILD": "c2", "MISSING": "M", "MIS_START": "01/07/2026", "MIS_END": "03/07/2026"}],
    "placed_for_adoption": [{"CHILD": "c1", "DATE_PLACED": "01/09/2026"}],
    "ad1": [{"CHILD": "c1", "DATE_INT": "01/09/2026", "DATE_MATCH": "02/10/2026"}],
    "oc2": [{"CHILD": "c1", "HEALTH_ASSESSMENT": "1", "TEETH_CHECK": "0"}],
}


def table(name: str, rows: Sequence[Cells], *, headings: Sequence[str] | None = None, separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, headings or HEADINGS[name], restval="", delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def files(tables: Tables) -> dict[str, str]:
    """The usual files of a set, empty where nothing is said of them."""
    births = tables.get("header", [birth()])
    return {f"{name}.csv": table(name, {**tables, "header": births}.get(name, [])) for name in (*USUAL, *tables)}


def folder_of(folder: Path, contents: Mapping[str, str | bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def zipped(path: Path, contents: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"a set/{name}", content)
    return path


def opened(path: Path) -> Return:
    with clock.substitute(lambda: TODAY):
        return open_return(path)


def rows_in(path: Path) -> list[Row]:
    with clock.substitute(lambda: TODAY):
        return list(open_return(path).rows)


def rows_of(folder: Path, **tables: Sequence[Cells]) -> list[Row]:
    return rows_in(folder_of(folder / "set", files(tables)))


def facts_of(rows: list[Row], *, besides: str = "subject.registered") -> list[Fact]:
    return [fact for row in rows for fact in row.facts if fact.type != besides]


def troubles_of(rows: list[Row]) -> list[Trouble]:
    return [trouble for row in rows for trouble in row.troubles]


def said(rows: list[Row]) -> list[tuple[str, str]]:
    """Every fact but the birth, as (type, day), by its day."""
    return sorted(((fact.type, str(fact.happened_on)) for fact in facts_of(rows)), key=lambda one: (one[1], one[0]))


def found(rows: list[Row]) -> set[str]:
    """Every trouble by its column and what is wrong with it."""
    return {trouble.fact_id.rpartition("/problem/")[2] for trouble in troubles_of(rows)}


def anything(rows: list[Row]) -> list[str]:
    """What a return comes to, whatever the order of its rows."""
    return sorted([repr(one) for row in rows for one in (*row.facts, *row.troubles)])
