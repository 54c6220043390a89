"""What runs by itself: each report of timetable.toml is published, saved, and queued for its post."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from service import clock, flow, reports
from service.council import Council
from service.reports import words
from service.scheduler import Job
from service.timing import FILE, timings


def timetable(file: Path = FILE) -> list[Job]:
    """Every job, in the file's order, each under a name of its own: a run is claimed by its job's name.

    Two rows may give one report to two posts. It is published once, for whoever comes first, and mailed to both.
    """
    return [
        Job(one.name, one.weekday, one.at, partial(publish_and_mail, name=one.report, post=one.post), one.is_monthly)
        for one in timings(file)
    ]


def publish_and_mail(council: Council, as_at: date, *, name: str, post: str) -> None:
    """Freezes the report as at a day, keeps the service's own copy with the children behind it, and mails one without.

    Given again for the same day, it writes and queues what was frozen first.
    """
    report = reports.publish(council, name, as_at=as_at, now=clock.now()).report
    reports.write(report, council.settings.reports_dir)
    flow.mail_report(
        council,
        name=name,
        as_at=as_at,
        title=f"{report.title}: {report.noun} to {words.day(report.this_period.ends_on)}",
        text=reports.as_text(report),
        html=reports.as_html(report, with_children=False),
        post=post,
    )
