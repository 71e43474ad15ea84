"""Every page of the console on its route."""

from aiohttp import web

from services.gateway.console import static_files
from services.gateway.console.casualties import view as casualties
from services.gateway.console.casualty import view as casualty
from services.gateway.console.exercises import view as exercises
from services.gateway.console.failures import view as failures
from services.gateway.console.job import actions
from services.gateway.console.job import view as job
from services.gateway.console.live import view as live
from services.gateway.console.overview import view as overview
from services.gateway.console.page import Page
from services.gateway.console.sector import view as sector
from services.gateway.console.session.guard import admits_strangers, requires_session
from services.gateway.console.sign_in import view as sign_in
from services.gateway.console.submission import view as submission
from services.gateway.http.problems import Handler

# The plan stands before the job: its path is one that a job's id would fit.
PAGES: tuple[Page, ...] = (
    *static_files.PAGES,
    *sign_in.PAGES,
    *overview.PAGES,
    *live.PAGES,
    *exercises.PAGES,
    *submission.PAGES,
    *job.PAGES,
    *actions.PAGES,
    *sector.PAGES,
    *casualties.PAGES,
    *casualty.PAGES,
    *failures.PAGES,
)


def add_console(router: web.UrlDispatcher) -> None:
    """Put every page on its route."""
    for page in PAGES:
        handler = _admitted(page)
        if page.method == "GET":
            router.add_get(page.path, handler)
        else:
            router.add_route(page.method, page.path, handler)


def _admitted(page: Page) -> Handler:
    """The page's handler behind its guard. Static files are sent from memory to whoever asks."""
    if page in static_files.PAGES:
        return page.handler
    if page.public:
        return admits_strangers(page.handler)
    return requires_session(page.handler, page.permission)
