"""The registry of telemetry: a metric, span or attribute exists here before code, dashboards or
alerts use it.

OpenTelemetry's semantic conventions come first (HTTP and database: stable; messaging: in
development, so they live here only); what they do not know is `lazaret.*`. Units are UCUM.
"""

from enum import StrEnum
from typing import NamedTuple

# Bounds that the semantic conventions give for durations, and those of work that takes minutes.
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
WORK_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class Metric(NamedTuple):
    """One instrument. `buckets` are a histogram's bounds in its unit; other kinds have none."""

    name: str
    unit: str
    description: str
    buckets: tuple[float, ...] = ()


# HTTP (gateway)
HTTP_REQUEST_DURATION = Metric(
    "http.server.request.duration", "s", "Time to answer an HTTP request", REQUEST_SECONDS
)
HTTP_ACTIVE_REQUESTS = Metric(
    "http.server.active_requests", "{request}", "HTTP requests being answered"
)
EXPORTED_BYTES = Metric("lazaret.export.io", "By", "Bytes of exports sent, by format")

CALLERS_REFUSED = Metric(
    "lazaret.callers.refused", "{caller}", "Keys and tokens refused, by reason"
)

# Messaging (every service)
SENT_MESSAGES = Metric(
    "messaging.client.sent.messages",
    "{message}",
    "Messages sent, with error.type when not confirmed",
)
SEND_DURATION = Metric(
    "messaging.client.operation.duration", "s", "Time from publish to confirm", REQUEST_SECONDS
)
CONSUMED_MESSAGES = Metric(
    "messaging.client.consumed.messages", "{message}", "Messages delivered to this process"
)
PROCESS_DURATION = Metric(
    "messaging.process.duration", "s", "Time to handle a message, by ending", WORK_SECONDS
)
REDELIVERED_MESSAGES = Metric(
    "lazaret.messaging.redelivered.messages",
    "{message}",
    "Deliveries that the broker marked as repeated",
)
HELD_MESSAGES = Metric(
    "lazaret.messaging.held.messages",
    "{message}",
    "Messages held because a dependency is unavailable",
)
CHANNEL_RESETS = Metric(
    "lazaret.messaging.channel.resets",
    "{reset}",
    "Channels that the watchdog closed because they fell silent",
)

# Database (every service)
DB_OPERATION_DURATION = Metric(
    "db.client.operation.duration", "s", "Time of a named query", REQUEST_SECONDS
)
DB_CONNECTIONS = Metric(
    "db.client.connection.count", "{connection}", "Connections of the pool, by state"
)
DB_CONNECTIONS_MAX = Metric(
    "db.client.connection.max", "{connection}", "Connections that the pool may open"
)
DB_PENDING_REQUESTS = Metric(
    "db.client.connection.pending_requests", "{request}", "Callers waiting for a connection"
)
DB_WAIT_TIME = Metric(
    "db.client.connection.wait_time", "s", "Time to get a connection", REQUEST_SECONDS
)
DB_USE_TIME = Metric(
    "db.client.connection.use_time",
    "s",
    "Time between borrowing and returning a connection",
    REQUEST_SECONDS,
)
DB_TIMEOUTS = Metric(
    "db.client.connection.timeouts", "{timeout}", "Waits for a connection that ran out of time"
)

# Jobs (gateway, scheduler)
JOBS_SUBMITTED = Metric("lazaret.jobs.submitted", "{job}", "Jobs accepted, by priority")
JOBS_FINISHED = Metric(
    "lazaret.jobs.finished", "{job}", "Jobs that reached a terminal state, by state"
)
BACKLOG = Metric(
    "lazaret.backlog", "{patient}", "Patients requested and not yet stored, by priority"
)
BATCHES_DISPATCHED = Metric(
    "lazaret.batches.dispatched", "{batch}", "Batches sent to the generators, by priority"
)
BATCHES_IN_FLIGHT = Metric(
    "lazaret.batches.in_flight", "{batch}", "Batches under a lease, by state"
)
LEASES_EXPIRED = Metric(
    "lazaret.leases.expired", "{lease}", "Leases that ran out, by the batch's state"
)
OUTBOX_RELAYED = Metric("lazaret.outbox.relayed", "{message}", "Outbox messages published")
OUTBOX_LAG = Metric("lazaret.outbox.lag", "s", "Age of the oldest outbox message")
DUTY_DURATION = Metric(
    "lazaret.duty.duration", "s", "Time of one run of a scheduler's duty", WORK_SECONDS
)
DUTY_FAILURES = Metric("lazaret.duty.failures", "{run}", "Runs of a duty that failed")

# Generator
PATIENTS_GENERATED = Metric(
    "lazaret.patients.generated",
    "{patient}",
    "Patients simulated, encoded and confirmed by the broker",
)
BATCH_DURATION = Metric(
    "lazaret.batch.duration", "s", "Time from a batch's claim to its last confirm", WORK_SECONDS
)
BATCH_FAILURES = Metric(
    "lazaret.batch.failures", "{batch}", "Batches that failed here, by error.type"
)
CHILDREN = Metric("lazaret.generator.children", "{process}", "Simulation processes, by state")
CHILDREN_ENDED = Metric(
    "lazaret.generator.children.ended", "{process}", "Simulation processes that ended, by reason"
)
LEASES_LOST = Metric("lazaret.leases.lost", "{lease}", "Leases that a renewal found gone")

# Writer
PATIENTS_STORED = Metric("lazaret.patients.stored", "{patient}", "Patients committed")
STORED_BYTES = Metric("lazaret.parts.io", "By", "Bytes of part bodies committed")
PARTS = Metric("lazaret.parts", "{part}", "Parts received, by ending: stored, repeated, stale")
STORE_DURATION = Metric(
    "lazaret.part.store.duration",
    "s",
    "Time of the transaction that stores a part",
    REQUEST_SECONDS,
)

# Telemetry itself
SPANS_LOST = Metric(
    "lazaret.telemetry.spans.lost", "{span}", "Spans that the collector did not take"
)


class SpanName(StrEnum):
    """Spans of the project's own; a hop's span is named by the conventions: `GET /route`, `send
    queue`, `process queue`.
    """

    DISPATCH_BATCH = "dispatch batch"
    SIMULATE_BATCH = "simulate batch"
    STORE_PART = "store part"


class Attribute(StrEnum):
    """Keys of span attributes, metric labels and log fields."""

    ERROR_TYPE = "error.type"
    HTTP_METHOD = "http.request.method"
    HTTP_ROUTE = "http.route"
    HTTP_STATUS = "http.response.status_code"
    MESSAGING_SYSTEM = "messaging.system"
    MESSAGING_DESTINATION = "messaging.destination.name"
    MESSAGING_ROUTING_KEY = "messaging.rabbitmq.destination.routing_key"
    MESSAGING_MESSAGE_ID = "messaging.message.id"
    MESSAGING_OPERATION = "messaging.operation.name"
    MESSAGING_OPERATION_TYPE = "messaging.operation.type"
    DB_SYSTEM = "db.system.name"
    DB_OPERATION = "db.operation.name"
    DB_CONNECTION_STATE = "db.client.connection.state"
    JOB_ID = "lazaret.job.id"
    BATCH_NO = "lazaret.batch.no"
    DISPATCH_NO = "lazaret.dispatch.no"
    PART_NO = "lazaret.part.no"
    PATIENTS = "lazaret.patients"
    PRIORITY = "lazaret.priority"
    STATE = "lazaret.state"
    ENDING = "lazaret.ending"
    REASON = "lazaret.reason"
    FORMAT = "lazaret.format"
    DUTY = "lazaret.duty"
