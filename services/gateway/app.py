"""The application: every operation on its route, behind the same few layers."""

from aiohttp import web

from services.gateway.admission import RATES, admit_keyed, admit_public
from services.gateway.api import (
    audit,
    description,
    health,
    job_actions,
    jobs,
    keys,
    movements,
    patient_record,
    patients,
    presets,
    scenarios,
    scenarios_compared,
    scenarios_preview,
    sectors,
    submit_job,
    summary,
    validity,
)
from services.gateway.bulk import file as bulk_file
from services.gateway.bulk import kick_off, status
from services.gateway.console.pages import add_console
from services.gateway.console.problem_page import answer_pages
from services.gateway.console.sign_in import link
from services.gateway.context import GATEWAY, Gateway
from services.gateway.exports import export_job
from services.gateway.fhir import capability_statement, everything, patient_summary
from services.gateway.fhir import read as read_resource
from services.gateway.fhir import search as search_resources
from services.gateway.fhir.outcomes import answer_outcomes
from services.gateway.http.accept import honours_accept
from services.gateway.http.answer import JSON
from services.gateway.http.aside import aside
from services.gateway.http.compression import compress
from services.gateway.http.cors import answer_preflights
from services.gateway.http.operation import Operation
from services.gateway.http.outgoing import before_response
from services.gateway.http.parse import refuses_queries
from services.gateway.http.problems import Handler, answer_problems
from services.gateway.http.public_url import check_host
from services.gateway.http.request_telemetry import observe
from services.gateway.identity.identify import DOORKEEPER, Doorkeeper
from services.gateway.limits.rates import Rates
from services.gateway.live import stream
from services.gateway.live.feed import feed
from services.gateway.smart import configuration, token
from services.gateway.smart.key_sets import key_sets

API_BASE = "/api/"

OPERATIONS: tuple[Operation, ...] = (
    *description.OPERATIONS,
    *health.OPERATIONS,
    *presets.OPERATIONS,
    *scenarios_preview.OPERATIONS,
    *scenarios.OPERATIONS,
    *scenarios_compared.OPERATIONS,
    *submit_job.OPERATIONS,
    *jobs.OPERATIONS,
    *job_actions.OPERATIONS,
    *summary.OPERATIONS,
    *validity.OPERATIONS,
    *patients.OPERATIONS,
    *patient_record.OPERATIONS,
    *sectors.OPERATIONS,
    *movements.OPERATIONS,
    *keys.OPERATIONS,
    *audit.OPERATIONS,
    *export_job.OPERATIONS,
    *link.OPERATIONS,
    *stream.OPERATIONS,
    *capability_statement.OPERATIONS,
    *configuration.OPERATIONS,
    *token.OPERATIONS,
    *kick_off.OPERATIONS,
    *status.OPERATIONS,
    *bulk_file.OPERATIONS,
    *everything.OPERATIONS,
    *patient_summary.OPERATIONS,
    *search_resources.OPERATIONS,
    *read_resource.OPERATIONS,
)


def create_app(gateway: Gateway) -> web.Application:
    """Build the application; what `gateway` holds is opened and closed by the caller."""
    layers = (
        observe,
        answer_preflights,
        compress,
        answer_pages,
        answer_outcomes,
        answer_problems,
        check_host,
    )
    app = web.Application(middlewares=layers)
    app[GATEWAY] = gateway
    app[RATES] = Rates(gateway.clock)
    app[DOORKEEPER] = Doorkeeper(gateway)
    app.on_response_prepare.append(before_response)
    app.cleanup_ctx.extend((aside, key_sets, feed))
    for operation in OPERATIONS:
        _add(app.router, operation, _admitted(operation))
    description.describe(app, OPERATIONS)
    add_console(app.router)
    return app


def _admitted(operation: Operation) -> Handler:
    """The operation's handler behind its guard and the intake's counts. Under /fhir handlers read
    parameters themselves: FHIR says what may be passed over.
    """
    handler = operation.handler
    if operation.path.startswith(API_BASE) and operation.query is None:
        handler = refuses_queries(handler)
    if operation.path.startswith(API_BASE):
        handler = honours_accept(handler, _media_types(operation))
    if operation.probe:
        return handler
    if operation.permission is None:
        return admit_public(operation, handler)
    return admit_keyed(operation, handler, operation.permission)


def _media_types(operation: Operation) -> frozenset[str]:
    """What an operation answers with when all is well."""
    kinds = [kind for status, kind in operation.answers.items() if kind and status < 300]
    return frozenset(kind if isinstance(kind, str) else JSON for kind in kinds)


def _add(router: web.UrlDispatcher, operation: Operation, handler: Handler) -> None:
    if operation.method == "GET":
        router.add_get(operation.path, handler)
    else:
        router.add_route(operation.method, operation.path, handler)
