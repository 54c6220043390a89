"""Every check: its id, its area, what is true where it finds nothing, how bad a finding is, and what stops for it.

While a check with ``stops_heartbeat`` finds something, the outside heartbeat is not sent: those are the checks whose
finding means that somebody might not be told, or that nobody would hear of it. What only needs a developer or a setting
does not stop it: a heartbeat that is away for weeks watches nothing.
"""

from __future__ import annotations

from service.checking import feeds, running, setting_up, telling
from service.checking.finding import Check, Weight

_UNTOLD, _SOON, _NOTICE = Weight.UNTOLD, Weight.SOON, Weight.NOTICE

CHECKS = (
    # the service itself
    Check(running.TICK, "the service", "The clocks are looked at.", _UNTOLD, running.ticks),
    Check(running.SEND, "the service", "What is due is handed over for sending.", _UNTOLD, running.sends),
    Check(
        running.CLOCK_BACK,
        "the service",
        "The machine's clock agrees with what was noted before.",
        _UNTOLD,
        running.clock_is_right,
        is_for_starting=True,
    ),
    Check(
        running.MISSED,
        "reports",
        "Every report of the timetable has been made.",
        _SOON,
        running.missed,
        stops_heartbeat=False,
    ),
    Check(running.FAILED, "reports", "No report of the timetable fails.", _SOON, running.failed, stops_heartbeat=False),
    Check(
        running.HEARTBEAT,
        "the service",
        "The outside heartbeat is taken.",
        _SOON,
        running.heartbeat,
        stops_heartbeat=False,
    ),
    # what comes in
    Check(feeds.SILENT, "feeds", "Every source sends as usual.", _UNTOLD, feeds.silent),
    Check(telling.HISTORIES, "feeds", "Every history can be worked out.", _UNTOLD, telling.histories),
    # who is told
    Check(
        telling.NO_ADMINISTRATOR,
        "people",
        "Somebody holds the post administrator.",
        _UNTOLD,
        telling.administrator,
        is_mailed=False,
        is_for_starting=True,
    ),
    Check(
        telling.UNOWNED,
        "people",
        "Everything that was due had somebody at its post to go to.",
        _UNTOLD,
        telling.unowned,
    ),
    Check(telling.UNDELIVERABLE, "people", "No address refuses its mail.", _UNTOLD, telling.undeliverable),
    Check(telling.AWAY, "mail", "No message waits for a mail server.", _UNTOLD, telling.mail_server, is_mailed=False),
    Check(telling.WAITING, "mail", "No message waits longer than it should.", _UNTOLD, telling.mail_waiting),
    Check(telling.NOT_COMPOSED, "mail", "Every message could be written.", _UNTOLD, telling.composing),
    Check(
        telling.WEBHOOK,
        "webhooks",
        "Every webhook takes its calls.",
        _SOON,
        telling.hooks,
        stops_heartbeat=False,
    ),
    # how it is set up
    Check(
        setting_up.MAIL,
        "set-up",
        "A way to send mail is set, and may be used.",
        _UNTOLD,
        setting_up.mail,
        is_mailed=False,
        is_for_starting=True,
    ),
    Check(setting_up.FORM, "set-up", "The database has the newest form.", _UNTOLD, setting_up.database_form),
    Check(
        setting_up.LAW,
        "set-up",
        "The clocks are computed with the law as it is.",
        _SOON,
        setting_up.law_is_applied,
        stops_heartbeat=False,
        is_for_starting=True,
    ),
    Check(
        setting_up.DISK,
        "set-up",
        "There is room on the disk.",
        _SOON,
        setting_up.disk,
        stops_heartbeat=False,
        is_for_starting=True,
    ),
    Check(
        setting_up.CALENDAR,
        "set-up",
        "The days nobody works are known for a year ahead.",
        _NOTICE,
        setting_up.calendars_reach,
        stops_heartbeat=False,
        is_for_starting=True,
    ),
    Check(
        setting_up.ENVIRONMENT,
        "set-up",
        "Mail is not kept back for a trial.",
        _NOTICE,
        setting_up.environment,
        stops_heartbeat=False,
        is_mailed=False,
        is_for_starting=True,
    ),
    Check(
        setting_up.SIGN_IN,
        "set-up",
        "People can sign in.",
        _SOON,
        setting_up.sign_in,
        stops_heartbeat=False,
        is_for_starting=True,
    ),
    Check(
        setting_up.ADDRESS,
        "set-up",
        "Links in mail lead to the service.",
        _SOON,
        setting_up.base_url,
        stops_heartbeat=False,
        is_for_starting=True,
    ),
)
"""In the order in which they are shown."""

ONLOOKERS = Check(
    running.SELF, "the service", "The service looks at itself.", _UNTOLD, running.checks_itself, is_mailed=False
)
"""Asked by whoever else looks: it cannot find its own absence."""

STARTING = tuple(check for check in CHECKS if check.is_for_starting)
