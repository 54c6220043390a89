"""Signing in at the authority's own sign-in service, on either database; what a session is worth, and until when."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import func, select, update

from service.council import Council
from service.store import people
from service.store.tables import METADATA, SessionRow, table
from tests.service.mail_cast import wall_at
from tests.service.openid_cast import (
    ADDRESS,
    CHILD,
    GROUPS,
    HEADS,
    MANAGER,
    NORTHS,
    STRANGER,
    arrive,
    audit,
    authority,
    hold,
    looks,
    managing,
    sent,
    through,
    token_of,
    visiting,
)
from tests.service.openid_office import CLIENT, TENANT, Office, office
from tests.service.pages_cast import MONDAY, NORTH, SOUTH, seen
from tests.service.real_server import Command

with warnings.catch_warnings(record=True):  # it has not yet left what Authlib is leaving
    from oidc_provider_mock import run_server_in_thread


@pytest.fixture
def council(sqlite_url: str, tmp_path: Path, there: Office) -> Iterator[Council]:
    with authority(sqlite_url, tmp_path, there) as made:
        hold(made, "north-manager", managing(NORTH), address=MANAGER)
        yield made


@pytest.fixture
def by_groups(sqlite_url: str, tmp_path: Path, there: Office) -> Iterator[Council]:
    with authority(sqlite_url, tmp_path, there, groups=GROUPS) as made:
        yield made


def rows(council: Council, of: type) -> int:
    with council.reading() as db:
        return db.scalar(select(func.count()).select_from(table(of))) or 0


# ---- in --------------------------------------------------------------------------------------------------------------


def test_a_manager_signs_in_and_sees_their_own_team_alone(database_url, tmp_path, there):
    with authority(database_url, tmp_path, there) as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        asking = visiting(council)
        assert asking.get(CHILD).headers["location"] == "/sign-in?back_to=%2Fsubjects%2Fc-late"
        came = arrive(asking, there, MANAGER.upper(), CHILD)
        assert (came.status_code, came.headers["location"]) == (303, CHILD)
        assert asking.get(CHILD).status_code == 200
        assert asking.get("/subjects/c-today").status_code == 404  # of the team South
        assert ("north-manager (team-manager of assessment-team-north)", "session.began", "192.0.2.7") in audit(council)


def test_what_is_asked_of_the_sign_in_service(council, there):
    asked = {name: value for name, (value,) in parse_qs(urlsplit(sent(visiting(council))).query).items()}
    random = {name: asked.pop(name) for name in ("state", "nonce", "code_challenge")}
    assert asked == {
        "p": "policy",
        "client_id": CLIENT,
        "redirect_uri": f"{ADDRESS}/sign-in/back",
        "response_type": "code",
        "scope": "openid profile email",
        "code_challenge_method": "S256",
    }
    again = parse_qs(urlsplit(sent(visiting(council))).query)
    assert all([value] != again[name] for name, value in random.items())
    assert parse_qs(urlsplit(sent(visiting(council), as_another="yes")).query)["prompt"] == ["select_account"]


def test_a_secret_is_also_given_by_basic_where_no_other_way_is_named(sqlite_url, tmp_path):
    with office() as other:
        other.takes_secret_by_post = False
        with authority(sqlite_url, tmp_path, other) as council:
            hold(council, "north-manager", managing(NORTH), address=MANAGER)
            assert arrive(visiting(council), other, MANAGER).headers["location"] == "/"
            assert "client_secret" not in other.asked[-2][1]


def test_groups_give_posts_as_the_file_says_at_this_moment(by_groups, tmp_path, there):
    asking = visiting(by_groups)
    assert arrive(asking, there, STRANGER, groups=[NORTHS, "of-no-post"]).headers["location"] == "/"
    assert [asking.get(path).status_code for path in (CHILD, "/subjects/c-today")] == [200, 404]
    (tmp_path / "groups.toml").write_text(GROUPS.replace(NORTH, SOUTH), "utf-8")
    assert [asking.get(path).status_code for path in (CHILD, "/subjects/c-today")] == [404, 200]
    (tmp_path / "groups.toml").write_text("", "utf-8")
    assert asking.get("/").status_code == 403


def test_app_roles_do_as_well_as_groups(sqlite_url, tmp_path, there):
    with authority(sqlite_url, tmp_path, there, groups=GROUPS, oidc_groups_claim="roles") as council:
        asking = visiting(council)
        assert arrive(asking, there, STRANGER, groups=[NORTHS], roles=[HEADS]).headers["location"] == "/"
        assert asking.get("/subjects/c-today").status_code == 200


def test_groups_are_not_read_where_none_gives_a_post(council, there):
    asking = visiting(council)
    assert arrive(asking, there, MANAGER, groups=[HEADS], hasgroups=True).headers["location"] == "/"
    assert asking.get("/subjects/c-today").status_code == 404


def test_somebody_without_a_post_is_told_so_and_whom_to_ask_and_has_no_session(council, there):
    with council.writing() as db:
        people.put_posts(db, "", {"administrator": "system@council.example"})
    already, asking = rows(council, SessionRow), visiting(council)
    came = arrive(asking, there, STRANGER)
    assert came.status_code == 403
    assert "You hold no post here" in seen(came.text)
    assert STRANGER in seen(came.text)
    assert "system@council.example" in seen(came.text)
    assert 'name="as_another" value="yes"' in came.text
    assert rows(council, SessionRow) == already
    assert audit(council)[-1] == (STRANGER, "sign-in.without-post", "192.0.2.7")
    assert asking.get("/").headers["location"] == "/sign-in"


def test_a_worker_of_the_list_sees_their_own_children_without_any_other_post(council, there):
    hold(council, "north-1")
    asking = visiting(council)
    arrive(asking, there, "north-1@council.example")
    assert [asking.get(path).status_code for path in (CHILD, "/subjects/c-met")] == [200, 404]


@pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
def test_another_sign_in_service_does_as_well(sqlite_url, tmp_path, there, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # it is for tests, and has no TLS
    with run_server_in_thread() as server:
        issuer = f"http://localhost:{server.server_port}"
        httpx.put(f"{issuer}/users/somebody", json={"email": MANAGER, "preferred_username": MANAGER}, trust_env=False)
        with (
            authority(sqlite_url, tmp_path, there, oidc_issuer=issuer) as council,
            wall_at(datetime.now(UTC)),
        ):
            hold(council, "north-manager", managing(NORTH), address=MANAGER)
            asking = visiting(council)
            consent = httpx.post(sent(asking), data={"sub": "somebody"}, trust_env=False)
            back = urlsplit(consent.headers["location"])
            assert asking.get(f"{back.path}?{back.query}").headers["location"] == "/"
            assert asking.get(CHILD).status_code == 200


# ---- the session -----------------------------------------------------------------------------------------------------


def test_each_sign_in_makes_a_new_session_and_ends_the_one_before(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    first = asking.cookies["timescales"]
    arrive(asking, there, MANAGER)
    assert asking.cookies["timescales"] != first
    assert asking.get(CHILD).status_code == 200
    assert visiting(council, cookies={"timescales": first}).get(CHILD).status_code == 303


def test_a_session_that_somebody_else_put_into_the_browser_is_not_signed_in_by_it(council, there):
    planted = visiting(council)
    arrive(planted, there, MANAGER)
    held = planted.cookies["timescales"]
    victim = visiting(council, cookies={"timescales": held})
    arrive(victim, there, MANAGER)
    assert planted.get(CHILD).status_code == 303, "whoever planted it is not signed in as the victim"


def test_cookies_are_for_this_host_alone_over_tls_and_not_for_scripts(sqlite_url, tmp_path, there):
    with authority(sqlite_url, tmp_path, there, base_url="https://timescales.council.example") as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        asking = visiting(council)
        begun = asking.post("/sign-in").headers["set-cookie"]
        there.who = {"preferred_username": MANAGER}
        came = asking.get(through(sent(asking)))
        flags = {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}
        for cookie in (begun, *came.headers.get_list("set-cookie")):
            assert cookie.startswith("__Host-timescales")
            assert flags <= set(cookie.split("; "))
            assert "domain" not in cookie.lower()
        assert asking.get(CHILD).status_code == 200


def test_only_digests_are_kept_of_what_a_browser_holds(council, there):
    asking = visiting(council)
    sent(asking)
    secret = next(value for name, value in asking.cookies.items() if "sign-in" in name)
    arrive(asking, there, MANAGER)
    held = asking.cookies["timescales"].split(".")[0]
    with council.reading() as db:
        kept = str([list(db.execute(select(of))) for of in METADATA.tables.values()])
    assert secret not in kept
    assert held not in kept


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_a_cookie_that_was_altered_opens_nothing(council, there, nth):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    parts = asking.cookies["timescales"].split(".")
    parts[nth] = parts[nth][:-1] + ("0" if parts[nth][-1] != "0" else "1")
    assert visiting(council, cookies={"timescales": ".".join(parts)}).get(CHILD).status_code == 303


@pytest.mark.parametrize("cookie", ["", ".", "..", "a.b.c", "x" * 10_000, "a.١.c"])
def test_a_cookie_that_is_none_of_ours_opens_nothing(council, cookie):
    asking = visiting(council, cookies={})
    assert asking.get(CHILD, headers={"cookie": f"timescales={cookie}".encode()}).status_code == 303


def test_a_page_left_alone_is_locked_and_one_in_use_is_not(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    for minutes in (29, 58, 87):
        with wall_at(MONDAY + timedelta(minutes=minutes)):
            assert looks(asking, CHILD).status_code == 200
    with wall_at(MONDAY + timedelta(minutes=118)):
        assert asking.get(CHILD).headers["location"].startswith("/sign-in")
        arrive(asking, there, MANAGER)
        assert asking.get(CHILD).status_code == 200


def test_a_session_ends_after_its_hours_however_much_it_is_used(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    for minutes in range(20, 600, 20):
        with wall_at(MONDAY + timedelta(minutes=minutes)):
            assert looks(asking, CHILD).status_code == 200, minutes
    with wall_at(MONDAY + timedelta(hours=10)):
        assert asking.get(CHILD).headers["location"].startswith("/sign-in?")


def test_a_post_taken_away_is_gone_at_the_next_request(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    assert asking.get("/people").status_code == 200
    hold(council, "north-manager", managing(SOUTH), address=MANAGER)
    assert [asking.get(path).status_code for path in (CHILD, "/subjects/c-today")] == [404, 200]
    hold(council, "north-manager", managing(NORTH, to=date(2026, 11, 22)), address=MANAGER)
    assert [asking.get(path).status_code for path in (CHILD, "/people")] == [404, 403]


def test_somebody_who_leaves_the_list_is_nobody_at_the_next_request(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    with council.writing() as db:
        people.end_person(db, "north-manager", on=date(2026, 11, 22))
    answer = asking.get(CHILD)
    assert answer.status_code == 403
    assert "You hold no post today" in seen(answer.text)
    assert "first page" not in seen(answer.text)


def test_a_new_role_holds_at_the_next_request(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    assert asking.get("/outbox").status_code == 403
    head = people.Holding("head-of-service", from_on=date(2026, 11, 23))
    hold(council, "north-manager", managing(NORTH), head, address=MANAGER)
    assert [asking.get(path).status_code for path in ("/outbox", "/subjects/c-today")] == [200, 200]


# ---- out -------------------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_wherever_it_was_copied_to_and_goes_on_to_the_sign_in_service(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    copied = asking.cookies["timescales"]
    out = asking.post("/sign-out", data={"form_token": token_of(council, copied)})
    address = urlsplit(out.headers["location"])
    assert (out.status_code, f"{address.scheme}://{address.netloc}") == (303, there.origin)
    assert address.path == f"/{TENANT}/v2.0/logout"
    assert parse_qs(address.query) == {"client_id": [CLIENT], "post_logout_redirect_uri": [f"{ADDRESS}/sign-in"]}
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert through(out.headers["location"]) == "/sign-in?"
    assert visiting(council, cookies={"timescales": copied}).get(CHILD).status_code == 303
    assert audit(council)[-1][1] == "session.ended"


def test_where_the_sign_in_service_offers_no_sign_out_our_own_page_is_next(sqlite_url, tmp_path):
    with office() as other, authority(sqlite_url, tmp_path, other) as council:
        other.misdeed = "no sign-out"
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        asking = visiting(council)
        arrive(asking, other, MANAGER)
        out = asking.post("/sign-out", data={"form_token": token_of(council, asking.cookies["timescales"])})
        assert out.headers["location"] == "/sign-in"


def test_a_browser_may_follow_its_forms_to_the_sign_in_service_and_nowhere_else(council, there):
    asking = visiting(council)
    arrive(asking, there, MANAGER)
    for path in ("/sign-in", "/", "/nowhere"):
        policy = asking.get(path).headers["content-security-policy"]
        assert f"form-action 'self' {there.origin};" in policy, path


def test_the_command_line_shows_who_is_signed_in_and_ends_it_at_once(database_url, tmp_path, there):
    with authority(database_url, tmp_path, there) as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        asking, elsewhere = visiting(council), visiting(council)
        arrive(asking, there, MANAGER)
        arrive(elsewhere, there, MANAGER)
        with council.writing() as db:  # the command has the clock on the wall, and these end on the council's Monday
            db.execute(update(table(SessionRow)).values(ends_at=MONDAY + timedelta(days=36_500)))
        command = Command(database_url, tmp_path)
        assert f"{MANAGER}\t2 sessions\t" in command.run("sessions", "list").stdout
        done = command.run("sessions", "end", MANAGER.upper())
        assert (done.returncode, "2 sessions ended" in done.stdout) == (0, True), done.stderr
        assert [one.get(CHILD).status_code for one in (asking, elsewhere)] == [303, 303]
        assert "Nobody is signed in" in command.run("sessions", "list").stdout
        again = command.run("sessions", "end", MANAGER)
        assert (again.returncode, "nobody is signed in under this account" in again.stderr) == (1, True)
        assert audit(council)[-1][:2] == ("command line", "sessions.ended")
