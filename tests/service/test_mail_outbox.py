"""With no mail server set, mail is a file that can be read, and nobody is told that it was sent."""

from __future__ import annotations

import email
from email.policy import default

from service import flow
from service.store.telling import messages
from tests.service.mail_cast import NORTH_ADDRESS, an_alert, council_with, plan_alerts, settings_for, states


def test_mail_is_written_to_the_outbox_and_marked_not_sent(database_url, tmp_path, wall):
    with council_with(settings_for(database_url, tmp_path)) as council:
        plan_alerts(council, [an_alert("c1")])
        assert flow.send_due(council, now=wall.now) == flow.Sent(written=1, not_sent=1)
        (file,) = (tmp_path / "outbox").iterdir()
        letter = email.message_from_bytes(file.read_bytes(), policy=default)
        with council.reading() as db:
            (message,) = messages.newest(db, limit=2)
        assert states(council) == {"not_sent": 1}
    assert (letter["To"], letter["Message-ID"]) == (NORTH_ADDRESS, message.message_id)
    assert file.name == f"{message.message_id.strip('<>')}.eml"
    assert message.state == "not_sent"


def test_an_outbox_that_cannot_be_written_is_tried_again(sqlite_url, tmp_path, wall):
    with council_with(settings_for(sqlite_url, tmp_path)) as council:
        (tmp_path / "outbox").write_text("a file where the folder should be")
        plan_alerts(council, [an_alert("c1")])
        assert flow.send_due(council, now=wall.now) == flow.Sent(written=1, waiting=1)
        (tmp_path / "outbox").unlink()
        wall.wait(minutes=1)
        assert flow.send_due(council, now=wall.now).not_sent == 1
