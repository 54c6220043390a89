"""Pages for people: the demonstration's, until there is sign-in.

guard         who may see them            routes        address → view → page
pages/        a view for each page        templates/    a template for each page
shown/        what several pages share    static/       the look: no script at all
preferences   what a reader of mail may turn off: the one page that needs no sign-in
error_pages   refusals, in the same look  styles/       what one style sheet is compiled from
"""

from fastapi import FastAPI

from service.web import preferences
from service.web.error_pages import ErrorPages
from service.web.routes import router

__all__ = ["install"]


def install(app: FastAPI) -> None:
    """Adds the pages to the application; ``app.state.council`` is read with each request."""
    app.include_router(router)
    app.include_router(preferences.router)
    app.add_middleware(ErrorPages)
