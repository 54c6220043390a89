"""JSON in and out: one file a resource."""

from fastapi import APIRouter

from service.api import (
    acknowledgements,
    calendar_feed,
    clocks,
    events,
    health,
    people,
    receipts,
    reports,
    subjects,
    teams,
    timescales,
)

router = APIRouter()
for resource in (
    events,
    subjects,
    clocks,
    acknowledgements,
    timescales,
    teams,
    people,
    reports,
    receipts,
    calendar_feed,
    health,
):
    router.include_router(resource.router)

__all__ = ["router"]
