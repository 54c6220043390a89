"""Pages for people.

guard         where there are pages       asking        who asks, and may they
routes        address → view → page       signing_in    in, as whom, and out
worklist      the list of clocks: addresses of its page, its file and its plans
forms         what browsers send          keeping       the session's cookie, renewed
pages/        a view for each page        templates/    a template for each page
shown/        what several pages share    static/       the look: no script at all
case/         what the pages of one child, and of one clock, are made of
trackers      the same of the trackers and the forecast
administration  of the trail and the keys
preferences   what a reader of mail may turn off: the one page that needs no sign-in
error_pages   refusals, in the same look  styles/       what one style sheet is compiled from
policy        what a page may load, and where its forms lead
"""

from fastapi import FastAPI

from service.web import administration, preferences, signing_in, trackers, worklist
from service.web.error_pages import ErrorPages
from service.web.keeping import KeepsSessions
from service.web.routes import router

__all__ = ["install"]


def install(app: FastAPI) -> None:
    """Adds the pages to the application; ``app.state.council`` is read with each request."""
    app.include_router(router)
    app.include_router(trackers.router)
    app.include_router(worklist.router)
    app.include_router(administration.router)
    app.include_router(signing_in.router)
    app.include_router(preferences.router)
    app.add_middleware(ErrorPages)
    app.add_middleware(KeepsSessions)
