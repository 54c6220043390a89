"""What the settings of GOV.UK Notify may say, and the token that a request carries."""

from __future__ import annotations

import base64

import pytest

from service.errors import NotReady
from service.notify.channels.account import account_of, token_of
from service.notify.outgoing import sender_for
from service.settings import Settings
from tests.service.mail_cast import MONDAY, settings_for
from tests.service.notify_room import KEY, SECRET, SERVICE, TEMPLATE, hmac_sha256

TOKEN = "a token that nobody guesses"


def test_a_token_is_what_anybody_else_would_make_of_the_key():
    account = account_of(Settings(notify_api_key=KEY, notify_template_id=TEMPLATE))
    header, claims, signature = token_of(account, now=MONDAY).split(".")
    assert _json(header) == '{"typ":"JWT","alg":"HS256"}'
    assert _json(claims) == f'{{"iss":"{SERVICE}","iat":{int(MONDAY.timestamp())}}}'
    expected = hmac_sha256(SECRET.encode(), f"{header}.{claims}".encode())
    assert base64.urlsafe_b64decode(signature + "=") == expected


def test_the_rooms_arithmetic_is_that_of_rfc_4231():
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_without_any_of_its_settings_there_is_no_notify():
    assert account_of(Settings()) is None
    assert account_of(Settings(smtp_url="smtp://mail.example")) is None


@pytest.mark.parametrize("name", ["", "a name-with-hyphens", "ein Schlüssel"])
def test_a_key_may_have_any_name(name):
    key = f"{name}-{SERVICE}-{SECRET}" if name else f"{SERVICE}-{SECRET}"
    account = account_of(Settings(notify_api_key=key, notify_template_id=TEMPLATE))
    assert (account.service, account.secret.get_secret_value()) == (SERVICE, SECRET)
    assert account.url == "https://api.notifications.service.gov.uk"
    assert SECRET not in repr(account)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"notify_api_key": f"key-{SERVICE}"}, "TIMESCALES_NOTIFY_API_KEY is no key"),
        ({"notify_api_key": KEY[:-1]}, "TIMESCALES_NOTIFY_API_KEY is no key"),
        ({"notify_api_key": KEY + "\n"}, "TIMESCALES_NOTIFY_API_KEY is no key"),
        ({"notify_api_key": ""}, "TIMESCALES_NOTIFY_API_KEY is not set"),
        ({"notify_template_id": ""}, "TIMESCALES_NOTIFY_TEMPLATE_ID is not set"),
        ({"notify_template_id": "../templates"}, "TIMESCALES_NOTIFY_TEMPLATE_ID is no id"),
        ({"notify_url": "http://notify.example"}, "to another machine without TLS"),
        ({"notify_url": "https://"}, "is not https:// and a host"),
        ({"notify_url": "https://me:hunter2@notify.example"}, "is not https:// and a host"),
        ({"notify_url": "https://notify.example/v2"}, "is not https:// and a host"),
        ({"notify_url": "https://notify.example:99999"}, "is not a URL"),
        ({"notify_receipts_token": "hunter2"}, "has fewer than 20 characters"),
        ({"smtp_url": "smtp://me:hunter2@mail.example"}, "are both set"),
    ],
)
def test_settings_that_cannot_be_right_stop_the_start_and_are_not_repeated(tmp_path, changed, reason):
    right = {"notify_api_key": KEY, "notify_template_id": TEMPLATE, "notify_receipts_token": TOKEN}
    with pytest.raises(NotReady) as refused:
        sender_for(settings_for("", tmp_path, **{**right, **changed}))
    assert reason in refused.value.detail
    assert refused.value.fix
    assert SERVICE not in str(refused.value)
    assert SECRET[:-1] not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def _json(part: str) -> str:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
