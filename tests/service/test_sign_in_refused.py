"""Sign-ins that are not what they should be: each is refused in a calm page, and nobody is signed in by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import func, select
from structlog.testing import capture_logs

from service.council import Council
from service.errors import NotReady
from service.scheduler import must_be_right
from service.settings import Settings
from service.store.tables import SessionRow, table
from tests.service.mail_cast import wall_at
from tests.service.openid_cast import (
    GROUPS,
    MANAGER,
    NORTHS,
    arrive,
    authority,
    hold,
    managing,
    sent,
    through,
    visiting,
)
from tests.service.openid_office import AT_THE_DOOR, AT_THE_TOKEN, CLAIMS, CLIENT, SECRET, SIGNATURES, Office, office
from tests.service.pages_cast import MONDAY, NORTH, browser, demonstration, seen
from tests.service.real_server import Command

BACK = "/sign-in/back"
NOT_NOW = {"server_error", "500"}
"""What is nobody's fault, and may be over in a minute."""


@pytest.fixture(scope="module")
def shared(
    new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory, sign_in_service: Office
) -> Any:
    with authority(new_database("sqlite"), tmp_path_factory.mktemp("council"), sign_in_service) as made:
        hold(made, "north-manager", managing(NORTH), address=MANAGER)
        yield made


@pytest.fixture
def council(shared: Council) -> Council:
    """A council that tests share, with nobody signed in."""
    signed_out(shared)
    return shared


def signed_out(council: Council) -> None:
    with council.writing() as db:
        db.execute(table(SessionRow).delete())


def sessions_of(council: Council) -> int:
    with council.reading() as db:
        return db.scalar(select(func.count()).select_from(table(SessionRow))) or 0


def refused(council: Council, came: httpx.Response, status: int = 403, *, signed_in: int = 0) -> str:
    """Nobody is signed in, no cookie is given, and the page says so in plain words, repeating nothing it was sent."""
    assert came.status_code == status, came.text
    assert came.headers["content-type"].startswith("text/html")
    assert sessions_of(council) == signed_in
    assert "timescales=" not in came.headers.get("set-cookie", "")
    words = seen(came.text)
    assert "What to do:" in words
    for secret in (MANAGER, "Canary", "eyJ", SECRET, "a-subject"):
        assert secret not in came.text
    return words


# ---- what the sign-in service says -----------------------------------------------------------------------------------


@pytest.mark.parametrize("misdeed", [*CLAIMS, *SIGNATURES, *AT_THE_DOOR, *AT_THE_TOKEN])
def test_whatever_the_sign_in_service_does_wrong_signs_nobody_in(council, there, misdeed):
    asking = visiting(council)
    assert arrive(asking, there, MANAGER).headers["location"] == "/", "it does when all is well"
    signed_out(council)
    asking.cookies.clear()
    there.misdeed = misdeed
    with capture_logs() as written:
        came = arrive(asking, there, MANAGER)
    status = 503 if misdeed in {*NOT_NOW, "endless", "invalid_client"} else 403
    refused(council, came, status)
    assert asking.get("/").headers["location"] == "/sign-in"
    assert written
    said = json.dumps(written)
    assert not [one for one in (MANAGER, "Canary", "eyJ", SECRET, "a-subject", "council.example") if one in said]


def test_what_is_said_of_a_secret_that_ran_out(council, there):
    there.misdeed = "invalid_client"
    assert "TIMESCALES_OIDC_CLIENT_SECRET needs a new one" in refused(
        council, arrive(visiting(council), there, MANAGER), 503
    )


def test_what_is_said_to_somebody_who_cancelled(council, there):
    there.misdeed = "access_denied"
    assert "the sign-in was cancelled there" in refused(council, arrive(visiting(council), there, MANAGER))


@pytest.mark.parametrize(
    "claims", [{"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {}}}, {"hasgroups": True}]
)
def test_groups_too_many_for_a_token_are_never_taken_for_none(sqlite_url, tmp_path, there, claims):
    with authority(sqlite_url, tmp_path, there, groups=GROUPS) as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        words = refused(council, arrive(visiting(council), there, MANAGER, **claims))
        assert "only groups assigned to the application, or its app roles" in words
        elsewhere = {"_claim_names": {"other": "src1"}}
        assert arrive(visiting(council), there, MANAGER, **elsewhere).headers["location"] == "/"


def test_groups_left_out_say_nothing_about_app_roles(sqlite_url, tmp_path, there):
    with authority(sqlite_url, tmp_path, there, groups=GROUPS, oidc_groups_claim="roles") as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        assert arrive(visiting(council), there, MANAGER, hasgroups=True).headers["location"] == "/"
        refused(council, arrive(visiting(council), there, MANAGER, _claim_names={"roles": "src1"}), signed_in=1)


@pytest.mark.parametrize("groups", ["one", {NORTHS: True}, [1], [[NORTHS]], None, [str(nth) for nth in range(1_001)]])
def test_groups_that_are_no_list_of_names_are_refused(sqlite_url, tmp_path, there, groups):
    with authority(sqlite_url, tmp_path, there, groups=GROUPS) as council:
        refused(council, arrive(visiting(council), there, MANAGER, groups=groups))


def test_an_address_that_nobody_vouches_for_is_nobody(sqlite_url, tmp_path, there):
    with authority(sqlite_url, tmp_path, there, oidc_account_claim="email") as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        for vouched in ({}, {"email_verified": False}, {"xms_edov": "0"}):
            assert "does not vouch" in refused(council, arrive(visiting(council), there, "x", email=MANAGER, **vouched))
        vouched_for: dict[str, Any] = {"email": MANAGER, "email_verified": True}
        assert arrive(visiting(council), there, "x", **vouched_for).headers["location"] == "/"


# ---- keys, and a service that is away --------------------------------------------------------------------------------


def test_new_keys_are_followed_at_once_and_invented_ones_do_not_make_us_ask_again_and_again(sqlite_url, tmp_path):
    with office() as other, authority(sqlite_url, tmp_path, other) as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        assert arrive(visiting(council), other, MANAGER).status_code == 303
        other.rotate("second")
        assert arrive(visiting(council), other, MANAGER).status_code == 303
        assert other.times("/keys") == 2
        other.misdeed = "by a key that is not published"
        for _ in range(5):
            assert arrive(visiting(council), other, MANAGER).status_code == 403
        assert other.times("/keys") == 2
        other.misdeed = ""
        other.rotate("third")
        with wall_at(MONDAY + timedelta(seconds=61)):
            assert arrive(visiting(council), other, MANAGER).status_code == 303
        assert (other.times("/keys"), other.times("/openid-configuration")) == (3, 1)


def test_a_key_that_was_taken_back_signs_nobody_in_a_day_later(sqlite_url, tmp_path):
    with office() as other, authority(sqlite_url, tmp_path, other) as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        assert arrive(visiting(council), other, MANAGER).status_code == 303
        other.published = [other.new_key("second")]
        with wall_at(MONDAY + timedelta(hours=24)):
            assert arrive(visiting(council), other, MANAGER).status_code == 403


def test_elliptic_keys_do_as_well(sqlite_url, tmp_path):
    with office() as other, authority(sqlite_url, tmp_path, other) as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        other.key = ECKey.generate_key("P-256", {"kid": "elliptic", "use": "sig"})
        other.published, other.algorithm = [other.key], "ES256"
        assert arrive(visiting(council), other, MANAGER).status_code == 303


def test_a_service_that_is_away_is_said_to_be_away_and_what_it_last_said_of_itself_holds_for_a_day(
    sqlite_url, tmp_path
):
    with office() as other, authority(sqlite_url, tmp_path, other) as council:
        hold(council, "north-manager", managing(NORTH), address=MANAGER)
        other.misdeed = "down"
        asking = visiting(council)
        assert asking.get("/sign-in").status_code == 200
        assert "does not answer" in refused(council, asking.post("/sign-in"), 503)
        other.misdeed = ""
        assert arrive(asking, other, MANAGER).status_code == 303
        other.misdeed = "down"
        with wall_at(MONDAY + timedelta(hours=2)):
            assert visiting(council).post("/sign-in").status_code == 303
        with wall_at(MONDAY + timedelta(hours=25)):
            assert visiting(council).post("/sign-in").status_code == 503


def test_a_service_that_takes_its_time_does_not_hold_us_up(sqlite_url, tmp_path):
    with office() as other, authority(sqlite_url, tmp_path, other) as council:
        other.misdeed = "slow"  # it does answer in the end, and would be believed by whoever waited for it
        refused(council, visiting(council).post("/sign-in"), 503)


def test_the_doctor_asks_whether_people_can_sign_in(sqlite_url, tmp_path):
    with office() as other:
        told = {"oidc_issuer": other.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        doctor = Command(sqlite_url, tmp_path, **told)
        doctor.run("people", "list")  # makes the database
        assert "People can sign in." in doctor.run("doctor").stdout
        other.misdeed = "down"
        said = doctor.run("doctor").stdout
        assert "Nobody can sign in" in said
        assert "The sign-in service does not answer." in said
        other.misdeed = "another name"
        assert "not common, not organizations" in doctor.run("doctor").stdout


def test_a_service_that_is_not_there_at_all_or_calls_itself_otherwise(sqlite_url, tmp_path):
    with office() as gone:
        issuer = gone.issuer
    with office() as other, authority(sqlite_url, tmp_path, other, oidc_issuer=issuer) as council:
        refused(council, visiting(council).post("/sign-in"), 503)
    with office() as other, authority(f"{sqlite_url}-2", tmp_path, other) as council:
        other.misdeed = "another name"
        assert "not common, not organizations" in refused(council, visiting(council).post("/sign-in"), 503)


# ---- what browsers bring back ----------------------------------------------------------------------------------------


def test_an_answer_is_good_once(council, there):
    asking = visiting(council)
    there.who = {"preferred_username": MANAGER}
    held = {}
    address = sent(asking)
    held = dict(asking.cookies)
    back = through(address)
    assert asking.get(back).status_code == 303
    again = asking.get(back)
    assert (again.status_code, "used already" in seen(again.text)) == (403, True), "the cookie went as it was used"
    refused(council, visiting(council, cookies=held).get(back), signed_in=1)


@pytest.mark.parametrize("change", ["state", "no state", "no code", "empty", "iss"])
def test_an_answer_that_is_not_to_our_question(council, there, change):
    asking = visiting(council)
    there.who = {"preferred_username": MANAGER}
    query = {name: value for name, (value,) in parse_qs(urlsplit(through(sent(asking))).query).items()}
    match change:
        case "state":
            query["state"] = query["state"][:20] + "a" * 23  # by its beginning alone the cookie is found
        case "no state":
            del query["state"]
        case "no code":
            del query["code"]
        case "empty":
            query = {}
        case "iss":
            query["iss"] = "https://login.example/another/v2.0"
    refused(council, asking.get(f"{BACK}?{urlencode(query)}"))


def test_an_answer_in_another_browser_signs_nobody_in(council, there):
    there.who = {"preferred_username": MANAGER}
    begun_elsewhere = through(sent(visiting(council)))
    refused(council, visiting(council).get(begun_elsewhere))
    victim = visiting(council)
    sent(victim)
    assert "another browser" in refused(council, victim.get(begun_elsewhere))


def test_an_answer_after_more_than_ten_minutes(council, there):
    asking = visiting(council)
    there.who = {"preferred_username": MANAGER}
    back = through(sent(asking))
    with wall_at(MONDAY + timedelta(minutes=10, seconds=1)):
        assert "ten minutes" in refused(council, asking.get(back))


def test_a_code_that_was_taken_on_the_way_is_worth_nothing_without_what_only_we_know(council, there):
    asking = visiting(council)
    there.who = {"preferred_username": MANAGER}
    query = parse_qs(urlsplit(through(sent(asking))).query)
    stolen = {
        "grant_type": "authorization_code",
        "code": query["code"][0],
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uri": f"{council.settings.address}{BACK}",
        "code_verifier": "a" * 43,
    }
    assert httpx.post(f"{there.issuer}/token", data=stolen, trust_env=False).status_code == 400
    # Put into a sign-in of the thief's own it is worth nothing either.
    thief = visiting(council)
    own = parse_qs(urlsplit(sent(thief)).query)
    back = through(sent(asking))
    code = parse_qs(urlsplit(back).query)["code"][0]
    refused(council, thief.get(f"{BACK}?{urlencode({'code': code, 'state': own['state'][0]})}"))


@pytest.mark.parametrize(
    "back_to",
    [
        *("//evil.example", "/\\evil.example", "http://evil.example", "https:evil.example", "evil.example", "\\\\evil"),
        *("/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "/sign-in", "/sign-in/back?code=1", ""),
        "/" + "a" * 600,
    ],
)
def test_nobody_is_sent_elsewhere_once_signed_in(council, there, back_to):
    page = visiting(council).get("/sign-in", params={"back_to": back_to} if len(back_to) < 512 else {})
    assert 'name="back_to" value=""' in page.text
    assert arrive(visiting(council), there, MANAGER, back_to).headers["location"] == "/"


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}], ids=str)
def test_a_page_elsewhere_cannot_make_somebody_sign_in(council, headers):
    answer = visiting(council).post("/sign-in", headers=headers)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_people_come_back_to_the_page_they_wanted(council, there):
    for wanted in ("/clocks?status=overdue&team=a", "/subjects/c-late", f"/subjects/{quote('c/1 2')}"):
        assert arrive(visiting(council), there, MANAGER, wanted).headers["location"] == wanted


# ---- the demonstration, and settings ---------------------------------------------------------------------------------


def test_the_list_of_the_demonstration_is_nowhere_else(council):
    for who in ("team-manager/assessment-team-north//person-1", "head-of-service///nobody-in-particular", ""):
        assert visiting(council).post("/sign-in/as", data={"who": who}).status_code == 404
    assert "Whose morning" not in visiting(council).get("/sign-in").text
    assert sessions_of(council) == 0


def test_posts_that_a_session_chose_are_worth_nothing_outside_the_demonstration(council):
    asking = browser(council, ("head-of-service", "", ""), person="person-1")
    assert asking.get("/").status_code == 403


def test_the_demonstration_has_no_sign_in_service_and_takes_nobody_from_another_machine(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as made_up:
        here, elsewhere = browser(made_up), browser(made_up, client="192.0.2.7")
        assert here.post("/sign-in").status_code == 404
        assert here.get(f"{BACK}?code=1&state=1").status_code == 404
        who = {"who": "head-of-service///nobody-in-particular"}
        under_another_name = browser(made_up, host="evil.example")
        before = sessions_of(made_up)
        assert elsewhere.post("/sign-in/as", data=who).status_code == 404
        assert under_another_name.post("/sign-in/as", data=who).status_code == 404
        assert here.post("/sign-in/as", data=who, headers={"origin": "http://evil.example"}).status_code == 422
        assert sessions_of(made_up) == before
        assert here.post("/sign-in/as", data=who, follow_redirects=False).status_code == 303


GOOD = {
    "oidc_issuer": "https://login.example/tenant/v2.0",
    "oidc_client_id": "an-id",
    "oidc_client_secret": "a-secret",
    "base_url": "https://timescales.council.example",
}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"oidc_client_id": ""}, "TIMESCALES_OIDC_CLIENT_ID not set"),
    ({"oidc_client_secret": ""}, "TIMESCALES_OIDC_CLIENT_SECRET not set"),
    ({"oidc_issuer": ""}, "TIMESCALES_OIDC_ISSUER not set"),
    ({"oidc_issuer": "", "oidc_client_id": "", "oidc_client_secret": "", "oidc_groups_file": "g.toml"}, "half set up"),
    ({"oidc_issuer": "http://login.example/v2.0"}, "TIMESCALES_OIDC_ISSUER"),
    ({"oidc_issuer": "login.example"}, "TIMESCALES_OIDC_ISSUER"),
    ({"base_url": "http://timescales.council.example"}, "TIMESCALES_BASE_URL"),
    ({"base_url": "", "host": "0.0.0.0"}, "TIMESCALES_BASE_URL"),
    ({"base_url": "https://council.example/timescales"}, "TIMESCALES_BASE_URL"),
    ({"oidc_ca_file": "nowhere.pem"}, "TIMESCALES_OIDC_CA_FILE"),
    ({"oidc_groups_file": "nowhere.toml"}, "TIMESCALES_OIDC_GROUPS_FILE"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_settings_that_cannot_be_right_stop_the_start_and_say_which(change, said):
    with pytest.raises(NotReady) as wrong:
        must_be_right(Settings(**{**GOOD, **change}))
    assert said in wrong.value.detail
    assert wrong.value.fix


@pytest.mark.parametrize(
    "change",
    [{}, {"base_url": "http://127.0.0.1:8000"}, {"base_url": ""}, dict.fromkeys(list(GOOD)[:3], "")],
)
def test_settings_that_are_right_do_not(change):
    must_be_right(Settings(**{**GOOD, **change}))


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("groups = 1", "something other than groups"),
        ("[[group]]\nid = 'a'\npost = 'director'", "something other than groups"),
        ("[[groups]]\nid = 1\npost = 'team-manager'", "no table of words"),
        ("[[groups]]\nid = 'a'", "lacks id or post"),
        ("[[groups]]\nid = 'a'\npost = 'team-manger'", "write team-manager"),
        ("[[groups]]\nid = 'a'\npost = 'head-of-service'\nteams = 'x'", "unknown key teams"),
        ("[[groups]]\nid = 'a'\npost = 'team-manager'\nteam = 'x'\nservice = 'y'", "a team or of a service"),
        ("[[groups]]\nid = 'a'\npost = 'director'\n[[groups]]\nid = 'a'\npost = 'director'", "twice"),
        ("[[groups", "is no TOML"),
    ],
)
def test_a_file_of_groups_that_cannot_be_right_stops_the_start(tmp_path, groups, said):
    (tmp_path / "groups.toml").write_text(groups, "utf-8")
    with pytest.raises(NotReady) as wrong:
        must_be_right(Settings(**{**GOOD, "oidc_groups_file": tmp_path / "groups.toml"}))
    assert said in str(wrong.value)


def test_the_command_does_not_serve_and_the_doctor_says_why(sqlite_url, tmp_path):
    half = Command(sqlite_url, tmp_path, oidc_issuer=GOOD["oidc_issuer"])
    served = half.run("serve")
    assert (served.returncode, "sign-in is half set up" in served.stderr) == (1, True)
    told = half.run("doctor")
    assert told.returncode == 1
    assert "setup.sign-in" in told.stdout
    assert "Set all three, or none" in told.stdout
