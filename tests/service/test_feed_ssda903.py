"""The looked-after return (SSDA903): what its files say, and what cannot be true of them."""

from __future__ import annotations

import pytest

from rules.catalogue import CATALOGUE
from service.feeds.ssda903 import layout
from tests.service.ssda903_making import (
    A_LIFE,
    AWAY,
    ELSEWHERE,
    IN,
    LAW,
    MOVE,
    ON,
    OUT,
    birth,
    episode,
    facts_of,
    found,
    review,
    rows_of,
    said,
    troubles_of,
)

# ---- episodes --------------------------------------------------------------------------------------------------------


def test_a_time_in_care_begins_moves_and_ends(tmp_path):
    rows = rows_of(tmp_path, episodes=A_LIFE)
    assert said(rows) == [
        *((IN, "2026-03-02"), (MOVE, "2026-03-02"), (LAW, "2026-06-01"), (ON, "2026-08-03"), (MOVE, "2026-08-03")),
        *((LAW, "2026-10-05"), (ON, "2026-10-05"), (MOVE, "2026-10-05"), (OUT, "2027-02-01"), (ON, "2027-02-01")),
    ]
    assert not troubles_of(rows)


def test_what_belongs_together_carries_one_key(tmp_path):
    facts = facts_of(rows_of(tmp_path, episodes=A_LIFE, reviews=[review("27/03/2026")]))
    keys = {kind: {fact.key for fact in facts if fact.type == kind} for kind in (IN, OUT, LAW)}
    assert set().union(*keys.values()) == {"c1/care-2026-03-02"}
    assert [fact.key for fact in facts if fact.type == "looked-after-review.held"] == ["c1/care-2026-03-02"]
    assert sorted(fact.key for fact in facts if fact.type == MOVE) == sorted(
        fact.key for fact in facts if fact.type == ON
    )


def test_legal_statuses_and_placements_say_what_their_codes_mean(tmp_path):
    data = {
        (fact.type, str(fact.happened_on)): dict(fact.data) for fact in facts_of(rows_of(tmp_path, episodes=A_LIFE))
    }
    assert data[IN, "2026-03-02"] == {"legal_status": "interim_care_order"}
    assert data[LAW, "2026-06-01"] == {"status": "care_order"}
    assert data[MOVE, "2026-10-05"] == {"type": "P1", "with_parent": True}
    assert data[OUT, "2027-02-01"] == {"reason": "E4A"}


def test_an_unknown_status_or_place_is_passed_through_as_its_code(tmp_path):
    facts = facts_of(rows_of(tmp_path, episodes=[episode("02/03/2026", LS="Q9", PLACE="X7")]))
    assert [dict(fact.data) for fact in facts] == [{"legal_status": "Q9"}, {"type": "X7"}]


@pytest.mark.parametrize("place", ["U1", "U2", "U3", "U4"])
def test_a_foster_code_never_loosens_a_limit(tmp_path, place):
    [placed] = [
        one for one in facts_of(rows_of(tmp_path, episodes=[episode("02/03/2026", PLACE=place)])) if one.type == MOVE
    ]
    assert dict(placed.data) == {"type": place}


def test_a_change_of_legal_status_is_no_new_placement(tmp_path):
    rows = rows_of(
        tmp_path, episodes=[episode("02/03/2026", "S", "01/06/2026", "X1"), episode("01/06/2026", "L", LS="C2")]
    )
    assert said(rows) == [(IN, "2026-03-02"), (MOVE, "2026-03-02"), (LAW, "2026-06-01")]


@pytest.mark.parametrize("rne", ["P", "T", "B", "U"])
def test_every_other_new_episode_is_a_new_placement(tmp_path, rne):
    law = "C2" if rne in "BU" else "V2"
    first, then = episode("02/03/2026", "S", "01/06/2026", "X1"), episode("01/06/2026", rne, LS=law, **ELSEWHERE)
    assert (MOVE, "2026-06-01") in said(rows_of(tmp_path, episodes=[first, then]))


def test_a_stay_in_hospital_is_no_new_placement_and_neither_is_the_return(tmp_path):
    rows = rows_of(
        tmp_path,
        episodes=[
            episode("02/03/2026", "S", "01/06/2026", "X1"),
            episode("01/06/2026", "P", "13/07/2026", "X1", **AWAY),
            episode("13/07/2026", "P"),
        ],
    )
    assert said(rows) == [(IN, "2026-03-02"), (MOVE, "2026-03-02")]


def test_a_stay_longer_than_the_return_allows_is_a_placement_like_any_other(tmp_path):
    rows = rows_of(
        tmp_path,
        episodes=[
            episode("02/03/2026", "S", "01/06/2026", "X1"),
            episode("01/06/2026", "P", "14/07/2026", "X1", **AWAY),
            episode("14/07/2026", "P"),
        ],
    )
    assert [one for one in said(rows) if one[0] == MOVE] == [
        (MOVE, on) for on in ("2026-03-02", "2026-06-01", "2026-07-14")
    ]


def test_who_does_not_come_back_from_a_stay_is_in_a_new_placement(tmp_path):
    rows = rows_of(
        tmp_path,
        episodes=[
            episode("02/03/2026", "S", "01/06/2026", "X1"),
            episode("01/06/2026", "P", "05/06/2026", "X1", **AWAY),
            episode("05/06/2026", "P", **ELSEWHERE),
        ],
    )
    assert said(rows)[2:] == [(ON, "2026-06-05"), (MOVE, "2026-06-05")]


def test_placed_for_adoption_once_and_adopted(tmp_path):
    rows = rows_of(
        tmp_path,
        episodes=[
            episode("02/03/2026", "S", "01/06/2026", "X1", LS="E1"),
            episode("01/06/2026", "P", "05/08/2026", "X1", LS="E1", PLACE="A5", **ELSEWHERE),
            episode("05/08/2026", "T", "05/11/2026", "E12", LS="E1", PLACE="A6", **ELSEWHERE),
        ],
    )
    assert [one for one in said(rows) if "adoption" in one[0]] == [
        *(("adoption.placed", "2026-06-01"), ("adoption-order.made", "2026-11-05"))
    ]


def test_care_that_began_before_the_file_has_no_start_and_its_reviews_no_key(tmp_path):
    rows = rows_of(
        tmp_path,
        episodes=[
            episode("02/03/2026", "L", "01/06/2026", "X1", LS="C2"),
            episode("01/06/2026", "P", LS="C2", **ELSEWHERE),
        ],
        reviews=[review("05/01/2026"), review("01/07/2026")],
    )
    assert said(rows) == [
        *(("looked-after-review.held", "2026-01-05"), (LAW, "2026-03-02"), (MOVE, "2026-06-01")),
        ("looked-after-review.held", "2026-07-01"),
    ]
    assert {fact.key for fact in facts_of(rows) if fact.type != MOVE} == {None}


def test_a_child_looked_after_again_begins_a_time_of_its_own(tmp_path):
    rows = rows_of(
        tmp_path,
        episodes=[episode("02/03/2026", "S", "01/06/2026", "E8"), episode("01/07/2026", "S")],
        reviews=[review("20/03/2026"), review("20/07/2026"), review("15/06/2026")],
    )
    keys = [fact.key for fact in facts_of(rows) if fact.type == "looked-after-review.held"]
    assert keys == ["c1/care-2026-03-02", "c1/care-2026-07-01"]
    assert found(rows) == {"REVIEW/not-in-care"}


# ---- what cannot be true ---------------------------------------------------------------------------------------------

CANNOT_BE = {
    "DEC/before-DECOM": [episode("02/03/2026", "S", "01/02/2026", "E8")],
    "DEC/placeholder": [episode("02/03/2026", "S", "01/01/1900", "E8")],
    "DEC/in-the-future": [episode("02/03/2026", "S", "02/06/2027", "E8")],
    "DEC/not-a-date": [episode("02/03/2026", "S", "31/02/2027", "E8")],
    "DECOM/before-DOB": [episode("04/05/2015", "S")],
    "REC/without-DEC": [episode("02/03/2026", "S", "", "E8")],
    "DEC/without-REC": [episode("02/03/2026", "S", "02/04/2026", "")],
    "REC/unknown-code": [episode("02/03/2026", "S", "02/04/2026", "E99")],
    "RNE/unknown-code": [episode("02/03/2026", "S", "02/04/2026", "X1"), episode("02/04/2026", "Z")],
    "REC/without-a-next": [episode("02/03/2026", "S", "02/04/2026", "X1")],
    "DEC/overlap": [episode("02/03/2026", "S", "02/05/2026", "X1"), episode("02/04/2026", "P", **ELSEWHERE)],
    "DEC/missing": [episode("02/03/2026", "S"), episode("02/04/2026", "P", **ELSEWHERE)],
    "DEC/after-the-next-began": [episode("02/03/2026", "S", "02/05/2026", "E8"), episode("02/04/2026", "S")],
    "RNE/already-in-care": [episode("02/03/2026", "S", "02/04/2026", "X1"), episode("02/04/2026", "S", **ELSEWHERE)],
    "RNE/care-had-ended": [episode("02/03/2026", "S", "02/04/2026", "E8"), episode("02/05/2026", "P", **ELSEWHERE)],
    "RNE/status-changed": [
        episode("02/03/2026", "S", "02/04/2026", "X1"),
        episode("02/04/2026", "P", LS="C2", **ELSEWHERE),
    ],
    "LS/as-before": [episode("02/03/2026", "S", "02/04/2026", "X1"), episode("02/04/2026", "L")],
}


@pytest.mark.parametrize("code", CANNOT_BE)
def test_what_cannot_be_true_is_a_problem_and_the_child_still_looked_after(tmp_path, code):
    rows = rows_of(tmp_path, episodes=CANNOT_BE[code])
    assert code in found(rows)
    assert any(fact.type == IN for fact in facts_of(rows))
    assert not any(row.refused for row in rows)
    for trouble in troubles_of(rows):
        assert trouble.about in CATALOGUE
        assert trouble.value not in trouble.reason.split() + trouble.fix.split() or trouble.value in layout.GOES_ON


def test_an_end_that_the_next_start_contradicts_is_not_sent_for_it_would_end_the_new_clocks(tmp_path):
    rows = rows_of(tmp_path, episodes=CANNOT_BE["DEC/after-the-next-began"])
    assert [one for one in said(rows) if one[0] in (IN, OUT)] == [(IN, "2026-03-02"), (IN, "2026-04-02")]


def test_a_problem_carries_the_key_of_what_it_leaves_in_doubt(tmp_path):
    tables = {
        "episodes": [
            *CANNOT_BE["DEC/after-the-next-began"],
            *(dict(one, CHILD="c2") for one in CANNOT_BE["DEC/overlap"]),
        ],
        "reviews": [review("02/06/2027"), review("27/02/2026")],
        "missing": [{"CHILD": "c1", "MISSING": "M", "MIS_START": "01/07/2026", "MIS_END": "30/06/2026"}],
    }
    keys = {one.fact_id.rpartition("/problem/")[2]: one.key for one in troubles_of(rows_of(tmp_path, **tables))}
    assert keys == {
        "DEC/after-the-next-began": "c1/care-2026-03-02",
        "DEC/overlap": "c2/placement-2026-03-02",
        "REVIEW/in-the-future": "c1/care-2026-04-02",
        "REVIEW/not-in-care": None,
        "MIS_END/before-MIS_START": "c1/missing-2026-07-01",
    }


@pytest.mark.parametrize(("decom", "code"), [("01/01/1900", "placeholder"), ("02/06/2027", "in-the-future")])
def test_a_first_day_that_cannot_be_is_a_problem_and_the_day_care_ended_is_kept(tmp_path, decom, code):
    rows = rows_of(tmp_path, episodes=[episode(decom, "P", "02/04/2026", "E8")])
    assert (said(rows), found(rows)) == ([(OUT, "2026-04-02")], {f"DECOM/{code}"})


def test_a_review_of_a_child_without_episodes_is_a_problem(tmp_path):
    rows = rows_of(tmp_path, reviews=[review("27/03/2026")])
    assert (said(rows), found(rows)) == ([], {"REVIEW/without-episodes"})


def test_a_review_with_an_unknown_code_is_a_problem_and_each_known_one_was_held(tmp_path):
    codes = [*(f"PN{number}" for number in range(8)), "", "PN8"]
    reviews = [review(f"{day:02}/04/2026", code) for day, code in enumerate(codes, start=1)]
    rows = rows_of(tmp_path, episodes=[episode("02/03/2026")], reviews=reviews)
    assert len([one for one in said(rows) if one[0] == "looked-after-review.held"]) == 9
    assert found(rows) == {"REVIEW_CODE/unknown-code"}


def test_only_missing_is_missing_and_a_return_before_it_is_a_problem(tmp_path):
    days = {"MIS_START": "01/07/2026", "MIS_END": "03/07/2026"}
    rows = rows_of(
        tmp_path,
        missing=[
            {"CHILD": "c1", "MISSING": "M", **days},
            {"CHILD": "c1", "MISSING": "A", **days},
            {"CHILD": "c2", "MISSING": "M", **days, "MIS_END": "30/06/2026"},
            {"CHILD": "c3", "MISSING": "?", **days},
        ],
    )
    assert [(fact.subject, fact.type, fact.key) for fact in facts_of(rows)] == [
        ("c1", "missing.started", facts_of(rows)[0].key),
        ("c1", "missing.returned", facts_of(rows)[0].key),
        ("c2", "missing.started", "c2/missing-2026-07-01"),
    ]
    assert found(rows) == {"MIS_END/before-MIS_START", "MISSING/unknown-code"}


def test_two_dates_of_birth_are_a_problem_and_neither_is_taken(tmp_path):
    rows = rows_of(tmp_path, header=[birth(), birth(on="06/05/2015"), birth("c2")])
    assert [fact.subject for fact in facts_of(rows, besides="")] == ["c2"]
    assert found(rows) == {"DOB/two-dates-1", "DOB/two-dates-2"}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (episode("02/03/2026", child=""), "CHILD"),
        (episode("02/03/2026", child="Ann Other"), "CHILD"),
        (episode("02/03/2026", child="9" * 41), "CHILD"),
        (episode("31/02/2026"), "DECOM"),
        (episode(""), "DECOM"),
        (episode("02/03/26"), "DECOM"),
    ],
)
def test_a_row_of_which_nothing_can_be_taken_is_refused_with_its_line(tmp_path, row, column):
    rows = rows_of(tmp_path, episodes=[episode("01/03/2026", child="c9"), row])
    [refused] = [one for one in rows if one.refused]
    assert (refused.line, refused.module, refused.refused.column) == (3, "episodes", column)
