"""The addresses of the trackers and the forecast: each a page, and the same list to take away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from service.web.asking import TheCouncil
from service.web.guard import open_pages
from service.web.pages.trackers import forecast, pre_proceedings, section_47, tracking, visits
from service.web.rendering import page
from service.web.routes import Cases, Name
from service.web.shown.export import csv_response

router = APIRouter(include_in_schema=False, dependencies=[Depends(open_pages)])

_GIVEN = BeforeValidator(lambda value: None if value == "" else value)
"""A form sends an empty value for what was left open."""
Page = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("/trackers")
def get_trackers(request: Request, council: TheCouncil, viewer: Cases) -> Response:
    return page(request, "trackers", tracking.view(council, viewer))


def _enquiries(
    team: Name = None,
    show: Annotated[section_47.Show | None, _GIVEN, Query()] = None,
    page: Page = 1,
) -> section_47.Asked:
    return section_47.Asked(team, show or section_47.Show.OPEN, page)


Enquiries = Annotated[section_47.Asked, Depends(_enquiries)]


@router.get("/section-47")
def get_section_47(request: Request, council: TheCouncil, viewer: Cases, asked: Enquiries) -> Response:
    return page(request, "section_47", section_47.view(council, viewer, asked))


@router.get("/section-47.csv")
def get_section_47_csv(council: TheCouncil, viewer: Cases, asked: Enquiries) -> Response:
    return csv_response("section-47", section_47.COLUMNS, section_47.exported(council, viewer, asked))


def _visits(
    team: Name = None,
    kind: Name = None,
    show: Annotated[visits.Show | None, _GIVEN, Query()] = None,
    page: Page = 1,
) -> visits.Asked:
    return visits.Asked(team, kind, show or visits.Show.ALL, page)


Visits = Annotated[visits.Asked, Depends(_visits)]


@router.get("/visits")
def get_visits(request: Request, council: TheCouncil, viewer: Cases, asked: Visits) -> Response:
    return page(request, "visits", visits.view(council, viewer, asked))


@router.get("/visits.csv")
def get_visits_csv(council: TheCouncil, viewer: Cases, asked: Visits) -> Response:
    return csv_response("visits", visits.COLUMNS, visits.exported(council, viewer, asked))


def _cases(
    team: Name = None,
    show: Annotated[pre_proceedings.Show | None, _GIVEN, Query()] = None,
    page: Page = 1,
) -> pre_proceedings.Asked:
    return pre_proceedings.Asked(team, show or pre_proceedings.Show.ALL, page)


CourtCases = Annotated[pre_proceedings.Asked, Depends(_cases)]


@router.get("/pre-proceedings")
def get_pre_proceedings(request: Request, council: TheCouncil, viewer: Cases, asked: CourtCases) -> Response:
    return page(request, "pre_proceedings", pre_proceedings.view(council, viewer, asked))


@router.get("/pre-proceedings.csv")
def get_pre_proceedings_csv(council: TheCouncil, viewer: Cases, asked: CourtCases) -> Response:
    return csv_response("pre-proceedings", pre_proceedings.COLUMNS, pre_proceedings.exported(council, viewer, asked))


def _ahead(
    team: Name = None,
    timescale: Name = None,
    by: Annotated[forecast.By | None, _GIVEN, Query()] = None,
) -> forecast.Asked:
    return forecast.Asked(team, timescale, by or forecast.By.TIMESCALE)


Ahead = Annotated[forecast.Asked, Depends(_ahead)]


@router.get("/forecast")
def get_forecast(request: Request, council: TheCouncil, viewer: Cases, asked: Ahead) -> Response:
    return page(request, "forecast", forecast.view(council, viewer, asked))


@router.get("/forecast.csv")
def get_forecast_csv(council: TheCouncil, viewer: Cases, asked: Ahead) -> Response:
    return csv_response("forecast", forecast.COLUMNS, forecast.exported(council, viewer, asked))
