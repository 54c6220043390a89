"""Who is told in random towns of teams, people and absences is who a slow and obvious answer says."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from service.store import people
from service.store.people import Absence, Holding
from service.store.session import open_store, reading, writing
from tests.service.people_cast import LINES, MONDAY, Town, person, told_slowly


@pytest.fixture
def engine(database_url):
    opened = open_store(database_url)
    yield opened
    opened.dispose()


def a_town(rng: random.Random) -> Town:
    """Posts, people and absences at random, close together; never two holders of one post at one time."""
    teams = {"north": "Fieldwork", "south": rng.choice(["Fieldwork", "Care"]), "court": ""}
    services = sorted({service for service in teams.values() if service})
    ids = [f"p-{nth}" for nth in range(rng.randint(1, 9))]
    posts = [
        "team-manager",
        "service-manager",
        "group-manager-fieldwork",
        "chair",
        "reviewing-officer",
        "administrator",
    ]

    def a_place():
        return rng.choice([(team, "") for team in teams] + [("", service) for service in services] + [("", "")])

    def a_period():
        first = MONDAY + timedelta(days=rng.randint(-6, 4))
        return first, rng.choice([None, first + timedelta(days=rng.randint(0, 8))])

    holdings = {id: [] for id in ids}
    taken = []
    for _ in range(rng.randint(0, 14)):
        post, place, period, is_deputy = rng.choice(posts), a_place(), a_period(), rng.random() < 0.4
        ends = period[1] or date.max
        is_free = all(
            (post, place) != other[:2] or ends < other[2] or (other[3] or date.max) < period[0] for other in taken
        )
        if is_deputy or is_free:
            id = rng.choice(ids)
            mine = Holding(post, *place, *period, is_deputy)
            if all((mine.post, mine.place) != (other.post, other.place) for other in holdings[id]):
                holdings[id].append(mine)
                taken += [] if is_deputy else [(post, place, *period)]

    def absences(id):
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            first = MONDAY + timedelta(days=rng.randint(-6, 4))
            cover = rng.choice([None, *[other for other in ids if other != id]])
            yield Absence(first, first + timedelta(days=rng.randint(0, 8)), cover)

    folk = [person(id, *holdings[id], away=absences(id)) for id in ids]
    boxes = {(rng.choice(posts), *a_place()): f"box-{nth}@council.example" for nth in range(rng.randint(0, 5))}
    return Town(teams, folk, boxes)


def settle(db, town: Town) -> None:
    for one in people.persons(db):
        people.end_person(db, one.id, on=date.min + timedelta(days=1))
    for id, service in town.teams.items():
        people.put_team(db, id, id, service, {})
    for one in town.people:
        people.put_person(db, one._replace(holdings=(), absences=()))
    for one in town.people:
        people.put_person(db, one)
    for team, service in {place[1:] for place in town.mailboxes}:
        posts = {post: address for (post, *place), address in town.mailboxes.items() if place == [team, service]}
        people.put_posts(db, team, posts, service=service)


def test_a_slow_and_obvious_answer_is_the_same(engine, seed):
    for nth in range(60):
        rng = random.Random(f"{seed} {nth}")
        town = a_town(rng)
        with writing(engine) as db:
            for service in ("", "Fieldwork", "Care"):
                people.put_posts(db, "", {}, service=service)
            settle(db, town)
        on = MONDAY + timedelta(days=rng.randint(-3, 3))
        with reading(engine) as db:
            found = people.directory(db, on=on, lines=LINES)
        for post in ("worker", *{held.post for one in town.people for held in one.holdings}, "team-manager", "chair"):
            for team in ("", *town.teams, "unheard-of"):
                worker = rng.choice([None, "p-0", "p-1", "p-7"])
                expected = told_slowly(town, on, post, team, worker)
                answer = found.recipient(post, team or None, worker)
                assert (answer and (answer.address, answer.post)) == expected, (nth, on, post, team, worker, town)
                assert found.is_held(post, team or None, worker) == (expected is not None and expected[1] == post)
