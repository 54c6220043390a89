"""What the service refuses, as a tree. Every message is for people: what, where, why, and the fix; never what was sent.

ServiceError
├── NotFound            there is no such thing (or not for you)
├── Refused             the request cannot be right
├── NotAllowed          no key, an unknown or revoked key, or not its scope
├── SignInNeeded        nobody is signed in, or no longer
├── SignInFailed        what came back from the sign-in service cannot be taken
├── NotForYou           signed in, but no post that is held opens this
├── Busy                try again: the database is locked, full or away
└── NotReady            the database or the settings need something done first, and the message says what
"""

from __future__ import annotations

import traceback

_FRAMES = 4


class ServiceError(Exception):
    """Anything the service says no to. ``type`` is stable for programs, ``detail`` and ``fix`` are for people."""

    status = 500
    type = "internal"
    title = "Something went wrong"

    def __init__(self, detail: str, *, fix: str = "", pointer: str = "", type: str | None = None) -> None:
        self.detail = detail
        self.fix = fix
        self.pointer = pointer
        self.type = type or self.type
        super().__init__(f"{detail}: {fix}" if fix else detail)


class NotFound(ServiceError):
    status = 404
    type = "not-found"
    title = "There is no such thing"


class Refused(ServiceError):
    status = 422
    type = "refused"
    title = "This cannot be right"


class NotAllowed(ServiceError):
    status = 401
    type = "not-allowed"
    title = "A key is needed"


class OutOfScope(NotAllowed):
    status = 403
    type = "out-of-scope"
    title = "This key may not do that"


class SignInNeeded(ServiceError):
    status = 401
    type = "sign-in-needed"
    title = "Sign in first"


class AskAgain(ServiceError):
    """Signed in, and the sign-in service is to say again who it is: browsers go there and come back unnoticed."""

    status = 401
    type = "ask-again"
    title = "Your sign-in has to be confirmed"


class SignInFailed(ServiceError):
    status = 403
    type = "sign-in-failed"
    title = "You are not signed in"


class NotForYou(ServiceError):
    status = 403
    type = "not-for-you"
    title = "This is for another post"


class Busy(ServiceError):
    status = 503
    type = "busy"
    title = "Try again shortly"


class NotReady(ServiceError):
    status = 503
    type = "not-ready"
    title = "Something has to be done first"


def told_of(defect: BaseException) -> dict[str, object]:
    """What may be written down of a defect: its kind, and where it arose: its words may quote what it read."""
    frames = traceback.extract_tb(defect.__traceback__)[-_FRAMES:]
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"defect": type(defect).__name__, "where": where}
