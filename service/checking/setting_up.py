"""Whether the service is set up to do its work: its settings, its law, its calendars, its database, its disk."""

from __future__ import annotations

import shutil
from datetime import datetime, time

from service import clock
from service.access import openid, provider
from service.checking.finding import Finding, Look, Looked
from service.checking.numbers import COVERED, ROOM
from service.errors import Busy, NotReady
from service.notify import outgoing
from service.notify.letters import message
from service.settings import Settings
from service.store import session
from service.store.seeing import browsing

MAIL, ENVIRONMENT, ADDRESS, SIGN_IN = "setup.mail", "setup.environment", "setup.base-url", "setup.sign-in"
LAW, CALENDAR, FORM, DISK = (
    "watch.law-not-applied",
    "watch.calendar-ends",
    "watch.database-form",
    "watch.disk-nearly-full",
)
_MEGABYTE = 1_000_000


def mail(look: Look) -> Looked:
    """Whether the settings name a way to send mail that may be used."""
    settings = look.council.settings
    try:
        outgoing.sender_for(settings)
    except NotReady as wrong:
        return Looked(
            (Finding(MAIL, "Mail cannot be sent", f"{wrong.detail[:1].upper()}{wrong.detail[1:]}.", f"{wrong.fix}."),)
        )
    if has_way_out(settings) or look.council.is_demonstration:
        return Looked(well="" if has_way_out(settings) else "This is the demonstration: its mail is kept, not sent.")
    what = (
        "No way to send mail is set: whatever anybody should be told is kept in the outbox folder, and told to nobody."
    )
    return Looked(
        (Finding(MAIL, "Mail cannot be sent", what, "Set TIMESCALES_SMTP_URL; docs/sending-mail.md says how."),)
    )


def environment(look: Look) -> Looked:
    """Whether mail that could be sent is kept back, because this is said to be a trial."""
    settings = look.council.settings
    if not has_way_out(settings) or settings.environment != "trial":
        return Looked()
    what = f"This is a trial: mail goes to the {len(settings.allowed)} named for it, and all other mail to nobody."
    fix = (
        "Where it is the real service: TIMESCALES_ENVIRONMENT=production. Where it is a trial, all is as it should be."
    )
    return Looked((Finding(ENVIRONMENT, "This is a trial", what, fix),))


def base_url(look: Look) -> Looked:
    """Whether the links in mail lead anywhere."""
    if not has_way_out(look.council.settings) or look.council.settings.base_url:
        return Looked()
    what = "Links in mail lead to the machine itself, where nobody who reads them is."
    return Looked((Finding(ADDRESS, "Links lead nowhere", what, "Set TIMESCALES_BASE_URL to the address people use."),))


def sign_in(look: Look) -> Looked:
    """Whether people can sign in: the settings are right, and the sign-in service is who they say, and answers."""
    settings = look.council.settings
    try:
        openid.must_be_right(settings)
        if settings.oidc_issuer and not look.council.is_demonstration:
            provider.provider_of(settings)
    except (Busy, NotReady) as wrong:
        what, fix = (f"{words[:1].upper()}{words[1:]}." for words in (wrong.detail, wrong.fix))
        return Looked((Finding(SIGN_IN, "Nobody can sign in", what, fix),))
    if look.council.is_demonstration:
        return Looked(well="This is the demonstration: whoever sits at this machine chooses a post.")
    return Looked(well="" if settings.oidc_issuer else "Sign-in is not set up, and there are no pages.")


def law_is_applied(look: Look) -> Looked:
    """Whether the stored clocks are those of the packs as they are now."""
    if browsing.computed_with(look.db) == look.council.law.fingerprint:
        return Looked(well=f"The clocks are computed with the law as it is ({look.council.law.fingerprint}).")
    what = (
        "The packs, calendars or conventions are not those that the clocks were computed with: dates may be of old law."
    )
    fix = "timescales rules preview shows what would move; timescales rules apply makes it so. Then start it again."
    return Looked((Finding(LAW, "The law changed and is not applied", what, fix),))


def calendars_reach(look: Look) -> Looked:
    """Whether the days nobody works are known for long enough ahead."""
    found = []
    for calendar in look.council.law.calendars.values():
        ends_on = calendar.covered_until
        if ends_on < clock.local(look.now + COVERED).date():
            what = (
                f"The calendar {calendar.id} knows the days nobody works until {message.day_words(ends_on)}: due dates "
            )
            what += "after that are provisional, and most will turn out too early."
            fix = "Bring it up to date from its source, or install a newer version; then timescales rules apply."
            ended_at = datetime.combine(ends_on, time(), clock.LOCAL)
            since = ended_at if ended_at < look.now else None
            found.append(Finding(f"{CALENDAR}/{calendar.id}", f"A calendar ends: {calendar.id}", what, fix, since))
    return Looked(tuple(found))


def database_form(look: Look) -> Looked:
    """Whether the database still has the form that this version knows: another may have been started beside it."""
    if session.is_at_head(look.db):
        return Looked()
    what = "The database has another form than this version of the service knows: a newer one has been started on it."
    return Looked((Finding(FORM, "The database has another form", what, "Stop this version, and run the newer one."),))


def disk(look: Look) -> Looked:
    """Whether there is room on the disk that holds the data folder."""
    folder = look.council.settings.data_dir
    room = shutil.disk_usage(folder if folder.exists() else ".")
    percent, megabytes = room.free * 100 // room.total, room.free // _MEGABYTE
    if percent >= ROOM.free_percent or megabytes >= ROOM.free_megabytes:
        return Looked(well=f"There is room on the disk of the data folder: {percent} % is free.")
    what = f"The disk of the data folder is nearly full: {message.count(megabytes, 'megabyte')} are free ({percent} %)."
    fix = "Make room, or give it a larger disk. When it is full, events are refused until there is room; none is lost."
    return Looked((Finding(DISK, "The disk is nearly full", what, fix, None, max(100 - percent, 1)),))


def has_way_out(settings: Settings) -> bool:
    """Whether mail is sent at all, rather than kept in the outbox folder."""
    return any(one.get_secret_value() for one in (settings.smtp_url, settings.notify_api_key))
