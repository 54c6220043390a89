"""JSON in and out: one file a resource."""

from fastapi import APIRouter

from service.api import clocks, events, health, people, reports, subjects, timescales

router = APIRouter()
for resource in (events, subjects, clocks, timescales, people, reports, health):
    router.include_router(resource.router)

__all__ = ["router"]
