"""Every table. Dates only: nothing here says that anything is overdue.

Primary keys rise with time, and the indexes that queues and lists use cover only what is open: see DECISIONS.md.
"""

from service.store.tables.access import ApiKeyRow, AuditErasureRow, AuditRow, ErasedRow, HoldRow, SessionRow
from service.store.tables.cases import AuthorityRow, ChangeRow, ClockRow, EventRow, LinkRow, ProblemRow, SubjectRow
from service.store.tables.columns import METADATA, Moment, Serial, table
from service.store.tables.people import AbsenceRow, HoldingRow, PersonRow, PostRow, TeamRow
from service.store.tables.running import AlarmRow, ArrivalRow, CheckedRow, JobRunRow, ReportRow, SourceRow
from service.store.tables.telling import (
    AcknowledgementRow,
    AlertRow,
    CalendarFeedRow,
    DeliveryRow,
    MessageRow,
    PreferenceRow,
    ReleaseRow,
    WebhookRow,
)

__all__ = [
    "METADATA",
    "AbsenceRow",
    "AcknowledgementRow",
    "AlarmRow",
    "AlertRow",
    "ApiKeyRow",
    "ArrivalRow",
    "AuditErasureRow",
    "AuditRow",
    "AuthorityRow",
    "CalendarFeedRow",
    "ChangeRow",
    "CheckedRow",
    "ClockRow",
    "DeliveryRow",
    "ErasedRow",
    "EventRow",
    "HoldRow",
    "HoldingRow",
    "JobRunRow",
    "LinkRow",
    "MessageRow",
    "Moment",
    "PersonRow",
    "PostRow",
    "PreferenceRow",
    "ProblemRow",
    "ReleaseRow",
    "ReportRow",
    "Serial",
    "SessionRow",
    "SourceRow",
    "SubjectRow",
    "TeamRow",
    "WebhookRow",
    "table",
]
