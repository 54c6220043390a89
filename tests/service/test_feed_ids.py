"""What an id may hold: a child's reference and the days of events. Ids last and are shown: births stay out of them."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from service.feeds.facts import Row
from tests.service import annex_a_making, census_making, ssda903_making
from tests.service.annex_a_making import sheet
from tests.service.census_making import child, module, referral
from tests.service.ssda903_making import birth, episode, review

# Births on days of which nothing else in these files is.
BIRTHS = (date(2011, 7, 13), date(2012, 8, 14), date(1911, 9, 15), date(2028, 10, 16))
TORN = ("unknown", "01/01/1900 10:47", "1066-04-13", "16/10/2028")


def written(on: date) -> tuple[str, str, str]:
    """A day in every way in which an id could hold it."""
    return on.isoformat(), on.strftime("%d/%m/%Y"), on.strftime("%d-%m-%Y")


def census_rows(folder: Path) -> list[Row]:
    """Children born twice, born too late, born after a referral, and dead before birth."""
    later = "2027-05-01"
    return census_making.rows_of(
        folder,
        census_making.census(
            *(
                child(referral(module("Section47", S47ActualStartDate="2026-05-05")), id=f"X-{nth}", born=str(on))
                for nth, on in enumerate(BIRTHS)
            ),
            child(referral(), id="X-0", born=BIRTHS[1].isoformat()),
            child(referral(), id="Y-1", born="2028-10-16", ExpectedPersonBirthDate="2028-10-16"),
            child(referral(), id="Y-2", born=BIRTHS[0].isoformat(), PersonDeathDate="2010-01-01"),
            child(referral(on=later), id="Y-3", born="14/08/2012"),
            *(child(referral(CINclosureDate=text), id=f"Z-{nth}") for nth, text in enumerate(TORN)),
        ),
    )


def looked_after_rows(folder: Path) -> list[Row]:
    births = [birth("c1", written(on)[1]) for on in BIRTHS[:3]] + [birth("c1", written(BIRTHS[0])[1])]
    births += [birth(f"c{nth}", written(on)[1]) for nth, on in enumerate(BIRTHS, start=2)]
    episodes = [episode(text, dec="02/04/2026", rec="E8", child="c1") for text in TORN]
    episodes += [episode("05/05/2010", child=f"c{nth}") for nth in range(2, 6)]
    return ssda903_making.rows_of(folder, header=births, episodes=episodes, reviews=[review(one) for one in TORN])


def annex_rows(folder: Path) -> list[Row]:
    contacts = [("a-1", on, date(2026, 1, 5)) for on in (*BIRTHS[:3], BIRTHS[0])]
    contacts += [(f"a-{nth}", on, date(2026, 1, 5)) for nth, on in enumerate(BIRTHS, start=2)]
    contacts += [("a-9", BIRTHS[0], text) for text in TORN]
    care = [("a-9", BIRTHS[0], date(2026, 3, 2), *(None,) * 7, text, "P1") for text in TORN]
    return annex_a_making.rows_of(folder, sheet("List 1", *contacts), sheet("List 8", *care))


FEEDS = pytest.mark.parametrize(
    "rows_of", [census_rows, looked_after_rows, annex_rows], ids=["census", "looked after", "annex a"]
)


def ids_of(rows: list[Row]) -> list[str]:
    facts = [fact for row in rows for fact in row.facts]
    troubles = [trouble for row in rows for trouble in row.troubles]
    named = [fact.id for fact in facts] + [trouble.fact_id for trouble in troubles]
    assert len(set(named)) == len(named)
    return named + [key for one in (*facts, *troubles) if (key := one.key)]


@FEEDS
def test_no_id_and_no_key_holds_a_date_of_birth(tmp_path, rows_of):
    ids = ids_of(rows_of(tmp_path))
    assert any("/problem/" in id for id in ids)
    assert not [id for id in ids for on in BIRTHS[:3] for text in written(on) if text in id]


@FEEDS
def test_no_id_and_no_key_holds_what_stands_in_a_cell_but_days_in_their_one_spelling(tmp_path, rows_of):
    ids = ids_of(rows_of(tmp_path))
    assert not [id for id in ids for text in ("unknown", "01-01-1900", "10:47", "16-10-2028", " ") if text in id]


@FEEDS
def test_the_same_file_gives_the_same_ids(tmp_path, rows_of):
    assert ids_of(rows_of(tmp_path)) == ids_of(rows_of(tmp_path))


def test_each_of_several_births_keeps_its_problem_in_whatever_order_the_rows_stand(tmp_path, seed):
    births = [birth(on=written(on)[1]) for on in BIRTHS[:3]]
    rows = ssda903_making.rows_of(tmp_path, header=births)
    random.Random(seed).shuffle(births)
    assert ssda903_making.anything(ssda903_making.rows_of(tmp_path, header=births)) == ssda903_making.anything(rows)
    assert ids_of(rows) == [f"c1/child/problem/DOB/two-dates-{nth}" for nth in (2, 3, 1)]


def test_a_birth_that_stands_in_several_rows_has_an_id_in_each(tmp_path):
    births = [birth(on=written(on)[1]) for on in (BIRTHS[0], BIRTHS[1], BIRTHS[0])]
    rows = ssda903_making.rows_of(tmp_path, header=births)
    assert ids_of(rows) == [f"c1/child/problem/DOB/two-dates-{nth}" for nth in ("1", "2", "1-2")]
