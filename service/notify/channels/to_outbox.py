"""Where there is no mail server: each message as a file that any mail program opens, marked as not sent."""

from __future__ import annotations

import os
from pathlib import Path

from service.notify.channels.envelope import file_name, mail
from service.notify.channels.sender import Answer, Outcome
from service.store.telling.messages import Message


class Outbox:
    """A folder of ``.eml`` files. A file is whole or not there; writing the same message again replaces it."""

    def __init__(self, folder: Path, mail_from: str) -> None:
        self._folder = folder
        self._mail_from = mail_from

    def send(self, letter: Message) -> Answer:
        content = mail(letter, self._mail_from).as_bytes()
        try:
            self._put(file_name(letter.message_id), content)
        except OSError as error:
            return Answer(Outcome.UNREACHABLE, f"the outbox folder: {type(error).__name__}")
        return Answer(Outcome.NOT_SENT)

    def _put(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)  # the new name is durable only once its folder is
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
