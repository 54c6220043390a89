"""A council that sends by Notify, the Notify that it sends by, and what that says afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from starlette.testclient import TestClient

from service import flow
from service.app import create_app
from service.store.tables import METADATA
from service.store.telling import messages
from tests.service.api_parts import check
from tests.service.intake_parts import discussion
from tests.service.intake_parts import send as take_in
from tests.service.mail_cast import NORTH, council_with, settings_for, states
from tests.service.notify_room import NotifyRoom

TOKEN = "a token that nobody guesses"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
CANARY = "canary.person@council.example"


class Office:
    """``council`` sends by ``room``, at the time of ``wall``."""

    def __init__(self, council, room: NotifyRoom, wall) -> None:
        self.council, self.room, self.wall = council, room, wall
        self.client = TestClient(create_app(council), raise_server_exceptions=False)

    def fall_due(self) -> None:
        """A conference that was due on Thursday: its team's manager is told on Monday."""
        take_in(self.council, discussion("c-1", "e-1", "2026-02-05", team=NORTH))

    def tick(self) -> flow.Sent:
        return flow.send_due(self.council, now=self.wall.now)

    def told(self) -> None:
        self.fall_due()
        assert self.tick().sent == 1

    def say(self, status: str, nth: int = -1, **more: object):
        """Notify sends its receipt for one of the letters that it took."""
        taken = self.room.taken[nth]
        taken["status"] = status
        return self.post({"id": taken["id"], "reference": taken["reference"], "status": status, **more})

    def post(self, body: object, headers: dict[str, str] = SHOWN, query: str = ""):
        said = {"to": CANARY, "notification_type": "email", "completed_at": None, "template_version": 1}
        content = body if isinstance(body, bytes) else json.dumps({**said, **body}).encode()
        headers = {"Content-Type": "application/json", **headers}
        answer = self.client.post(f"/v1/receipts/notify{query}", content=content, headers=headers)
        check(answer)
        return answer

    @property
    def message(self) -> messages.Message:
        """The latest."""
        with self.council.reading() as db:
            return messages.newest(db, limit=1)[0]

    @property
    def alerts(self) -> dict[str, int]:
        own = states(self.council)
        return {state: count for state, count in own.items() if state not in ("planned", "passed_over")}

    def everything(self) -> dict[str, list[tuple]]:
        """Every row of every table."""
        with self.council.reading() as db:
            return {name: [tuple(row) for row in db.execute(select(one))] for name, one in METADATA.tables.items()}


@contextmanager
def opened(url, folder, wall) -> Iterator[Office]:
    with NotifyRoom() as room:
        settings = settings_for(url, folder, **room.settings, notify_receipts_token=TOKEN)
        with council_with(settings) as council:
            made = Office(council, room, wall)
            yield made
            made.client.close()
