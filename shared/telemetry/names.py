"""The registry of telemetry: a metric, span or attribute exists here before anything uses it.

Code, rules, dashboards, saved queries and docs may name only what stands here; tests compare.
OpenTelemetry's semantic conventions come first (HTTP and database: stable; messaging: in
development, so they live here only); what they do not know is `lazaret.*`. The figures that
operators know by name (`api.requests`, `job.queue.size` ...) have those names. Units are UCUM.
"""

from enum import StrEnum

from shared.telemetry.metric import Kind, Metric

# Bounds that the conventions give for durations, and those of work that takes minutes.
REQUEST_SECONDS = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
WORK_SECONDS = (
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
)  # fmt: skip
JOB_SECONDS = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0, 3600.0)
LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Attribute(StrEnum):
    """Keys of span attributes, metric labels and log fields."""

    ERROR_TYPE = "error.type"
    ERROR_CATEGORY = "lazaret.error.category"
    ERROR_FINGERPRINT = "lazaret.error.fingerprint"
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
    QUEUE = "lazaret.queue"
    DEPENDENCY = "lazaret.dependency"
    PRESET = "lazaret.preset"
    TENANT = "lazaret.tenant"
    KEY = "lazaret.key"
    ACTION = "lazaret.action"
    OUTCOME = "lazaret.outcome"
    CATEGORY = "lazaret.category"
    CHECK = "lazaret.check"
    GC_GENERATION = "cpython.gc.generation"


_A = Attribute
_ROUTE = (_A.HTTP_METHOD, _A.HTTP_ROUTE)
_ANSWERED = (*_ROUTE, _A.HTTP_STATUS)
_MESSAGING = (
    _A.MESSAGING_SYSTEM,
    _A.MESSAGING_DESTINATION,
    _A.MESSAGING_OPERATION,
    _A.MESSAGING_OPERATION_TYPE,
)
_SENDING = (*_MESSAGING, _A.MESSAGING_ROUTING_KEY, _A.ERROR_TYPE)
_QUERY = (_A.DB_SYSTEM, _A.DB_OPERATION)


# HTTP (gateway)
HTTP_REQUEST_DURATION = Metric(
    "http.server.request.duration",
    Kind.HISTOGRAM,
    "s",
    "Time to answer an HTTP request",
    _ANSWERED,
    REQUEST_SECONDS,
)
HTTP_ACTIVE_REQUESTS = Metric(
    "http.server.active_requests",
    Kind.UP_DOWN,
    "{request}",
    "HTTP requests being answered",
    (_A.HTTP_METHOD,),
)
API_REQUESTS = Metric(
    "api.requests", Kind.COUNTER, "{request}", "HTTP requests answered", _ANSWERED
)
API_REQUEST_DURATION = Metric(
    "api.request.duration",
    Kind.HISTOGRAM,
    "s",
    "Time to answer an HTTP request",
    _ANSWERED,
    REQUEST_SECONDS,
)
EXPORTED_BYTES = Metric(
    "lazaret.export.io", Kind.COUNTER, "By", "Bytes of exports sent, by format", (_A.FORMAT,)
)
CALLERS_REFUSED = Metric(
    "lazaret.callers.refused",
    Kind.COUNTER,
    "{caller}",
    "Keys and tokens refused, by reason",
    (_A.REASON,),
)
USER_ACTIONS = Metric(
    "lazaret.user.actions",
    Kind.COUNTER,
    "{action}",
    "What callers did, by the permission that it took",
    (_A.TENANT, _A.KEY, _A.ACTION),
)

# Messaging (every service)
SENT_MESSAGES = Metric(
    "messaging.client.sent.messages",
    Kind.COUNTER,
    "{message}",
    "Messages sent, with error.type when not confirmed",
    _SENDING,
)
SEND_DURATION = Metric(
    "messaging.client.operation.duration",
    Kind.HISTOGRAM,
    "s",
    "Time from publish to confirm",
    _SENDING,
    REQUEST_SECONDS,
)
CONSUMED_MESSAGES = Metric(
    "messaging.client.consumed.messages",
    Kind.COUNTER,
    "{message}",
    "Messages delivered to this process",
    _MESSAGING,
)
PROCESS_DURATION = Metric(
    "messaging.process.duration",
    Kind.HISTOGRAM,
    "s",
    "Time to handle a message, by ending",
    (*_MESSAGING, _A.ENDING),
    WORK_SECONDS,
)
REDELIVERED_MESSAGES = Metric(
    "lazaret.messaging.redelivered.messages",
    Kind.COUNTER,
    "{message}",
    "Deliveries that the broker marked as repeated",
    _MESSAGING,
)
UNROUTABLE_MESSAGES = Metric(
    "lazaret.messaging.unroutable.messages",
    Kind.COUNTER,
    "{message}",
    "Messages that the broker had no queue for",
    (_A.MESSAGING_ROUTING_KEY,),
)
HELD_MESSAGES = Metric(
    "lazaret.messaging.held.messages",
    Kind.UP_DOWN,
    "{message}",
    "Messages held because a dependency is unavailable",
)
CHANNEL_RESETS = Metric(
    "lazaret.messaging.channel.resets",
    Kind.COUNTER,
    "{reset}",
    "Channels that the watchdog closed because they fell silent",
)
QUEUE_MESSAGES = Metric(
    "lazaret.queue.messages", Kind.GAUGE, "{message}", "Messages that wait in a queue", (_A.QUEUE,)
)
QUEUE_CONSUMERS = Metric(
    "lazaret.queue.consumers", Kind.GAUGE, "{consumer}", "Consumers of a queue", (_A.QUEUE,)
)

# Database (every service)
DB_OPERATION_DURATION = Metric(
    "db.client.operation.duration",
    Kind.HISTOGRAM,
    "s",
    "Time of a named query",
    _QUERY,
    REQUEST_SECONDS,
)
DB_QUERY_DURATION = Metric(
    "db.query.duration", Kind.HISTOGRAM, "s", "Time of a named query", _QUERY, REQUEST_SECONDS
)
DB_CONNECTIONS = Metric(
    "db.client.connection.count",
    Kind.GAUGE,
    "{connection}",
    "Connections of the pool, by state",
    (_A.DB_CONNECTION_STATE,),
)
DB_CONNECTIONS_ACTIVE = Metric(
    "db.connections.active", Kind.GAUGE, "{connection}", "Connections of the pool that are lent out"
)
DB_CONNECTIONS_MAX = Metric(
    "db.client.connection.max", Kind.GAUGE, "{connection}", "Connections that the pool may open"
)
DB_CONNECTIONS_OPENED = Metric(
    "lazaret.db.connections.opened",
    Kind.COUNTER,
    "{connection}",
    "Connections made; the others of those lent were used again",
)
DB_PENDING_REQUESTS = Metric(
    "db.client.connection.pending_requests",
    Kind.UP_DOWN,
    "{request}",
    "Callers waiting for a connection",
)
DB_WAIT_TIME = Metric(
    "db.client.connection.wait_time",
    Kind.HISTOGRAM,
    "s",
    "Time to get a connection",
    (),
    REQUEST_SECONDS,
)
DB_USE_TIME = Metric(
    "db.client.connection.use_time",
    Kind.HISTOGRAM,
    "s",
    "Time between borrowing and returning a connection",
    (),
    REQUEST_SECONDS,
)
DB_TIMEOUTS = Metric(
    "db.client.connection.timeouts",
    Kind.COUNTER,
    "{timeout}",
    "Waits for a connection that ran out of time",
)
DB_SIZE = Metric("lazaret.db.size", Kind.GAUGE, "By", "Size of the database")
DB_OLDEST_TRANSACTION = Metric(
    "lazaret.db.oldest_transaction", Kind.GAUGE, "s", "Age of the oldest transaction"
)

# Jobs (gateway, scheduler)
JOBS_SUBMITTED = Metric(
    "lazaret.jobs.submitted", Kind.COUNTER, "{job}", "Jobs accepted, by priority", (_A.PRIORITY,)
)
JOBS_FINISHED = Metric(
    "lazaret.jobs.finished",
    Kind.COUNTER,
    "{job}",
    "Jobs that reached a terminal state, by state",
    (_A.STATE,),
)
JOB_EXECUTION = Metric(
    "job.execution",
    Kind.HISTOGRAM,
    "s",
    "Time from a job's acceptance to its end",
    (_A.STATE,),
    JOB_SECONDS,
)
JOB_QUEUE_SIZE = Metric(
    "job.queue.size", Kind.GAUGE, "{job}", "Jobs that are not finished, by state", (_A.STATE,)
)
PATIENTS_REQUESTED = Metric(
    "lazaret.patients.requested",
    Kind.COUNTER,
    "{patient}",
    "Patients of accepted jobs, by preset",
    (_A.PRESET,),
)
BACKLOG = Metric(
    "lazaret.backlog",
    Kind.GAUGE,
    "{patient}",
    "Patients requested and not yet stored, by priority",
    (_A.PRIORITY,),
)
PATIENTS_UNACCOUNTED = Metric(
    "lazaret.patients.unaccounted",
    Kind.GAUGE,
    "{patient}",
    "Patients accepted that are neither stored, rejected nor in flight",
)
OLDEST_BATCH_AGE = Metric(
    "lazaret.batches.oldest.age",
    Kind.GAUGE,
    "s",
    "Time for which the oldest due batch has waited for a generator",
)
BATCHES_DISPATCHED = Metric(
    "lazaret.batches.dispatched",
    Kind.COUNTER,
    "{batch}",
    "Batches sent to the generators, by priority",
    (_A.PRIORITY,),
)
BATCHES_IN_FLIGHT = Metric(
    "lazaret.batches.in_flight",
    Kind.GAUGE,
    "{batch}",
    "Batches under a lease, by state",
    (_A.STATE,),
)
LEASES_EXPIRED = Metric(
    "lazaret.leases.expired",
    Kind.COUNTER,
    "{lease}",
    "Leases that ran out, by the batch's state",
    (_A.STATE,),
)
OUTBOX_RELAYED = Metric(
    "lazaret.outbox.relayed", Kind.COUNTER, "{message}", "Outbox messages published"
)
OUTBOX_LAG = Metric("lazaret.outbox.lag", Kind.GAUGE, "s", "Age of the oldest outbox message")
DUTY_DURATION = Metric(
    "lazaret.duty.duration",
    Kind.HISTOGRAM,
    "s",
    "Time of one run of a scheduler's duty",
    (_A.DUTY,),
    WORK_SECONDS,
)
DUTY_FAILURES = Metric(
    "lazaret.duty.failures", Kind.COUNTER, "{run}", "Runs of a duty that failed", (_A.DUTY,)
)

# Generator
PATIENTS_GENERATED = Metric(
    "patients.generated",
    Kind.COUNTER,
    "{patient}",
    "Patients simulated, encoded and confirmed by the broker",
)
GENERATION_DURATION = Metric(
    "generation.duration",
    Kind.HISTOGRAM,
    "s",
    "Time from a batch's claim to its last confirm",
    (),
    WORK_SECONDS,
)
BATCH_FAILURES = Metric(
    "lazaret.batch.failures",
    Kind.COUNTER,
    "{batch}",
    "Batches that failed here, by error.type",
    (_A.ERROR_TYPE,),
)
CHILDREN = Metric(
    "lazaret.generator.children", Kind.UP_DOWN, "{process}", "Simulation processes that live"
)
CHILDREN_ENDED = Metric(
    "lazaret.generator.children.ended",
    Kind.COUNTER,
    "{process}",
    "Simulation processes that ended, by reason",
    (_A.REASON,),
)
LEASES_LOST = Metric(
    "lazaret.leases.lost", Kind.COUNTER, "{lease}", "Leases that a renewal found gone"
)

# Writer
PATIENTS_STORED = Metric("lazaret.patients.stored", Kind.COUNTER, "{patient}", "Patients committed")
PATIENT_OUTCOMES = Metric(
    "lazaret.patients.outcomes",
    Kind.COUNTER,
    "{patient}",
    "Patients committed, by how they ended",
    (_A.OUTCOME,),
)
PATIENT_CATEGORIES = Metric(
    "lazaret.patients.categories",
    Kind.COUNTER,
    "{patient}",
    "Patients committed, by what brought them",
    (_A.CATEGORY,),
)
STORED_BYTES = Metric("lazaret.parts.io", Kind.COUNTER, "By", "Bytes of part bodies committed")
PARTS = Metric(
    "lazaret.parts",
    Kind.COUNTER,
    "{part}",
    "Parts received, by ending: stored, repeated, stale",
    (_A.ENDING,),
)
PART_AGE = Metric(
    "lazaret.part.age",
    Kind.HISTOGRAM,
    "s",
    "Time from a job's acceptance to a part's commit",
    (),
    JOB_SECONDS,
)
STORE_DURATION = Metric(
    "lazaret.part.store.duration",
    Kind.HISTOGRAM,
    "s",
    "Time of the transaction that stores a part",
    (_A.ENDING,),
    REQUEST_SECONDS,
)

# Clinical output (scheduler)
VALIDITY_FLAGS = Metric(
    "lazaret.validity.flags",
    Kind.COUNTER,
    "{flag}",
    "Checks of ended jobs' output that found something odd",
    (_A.CHECK,),
)


class SpanName(StrEnum):
    """Spans of the project's own; a hop's is named by the conventions: `send queue`."""

    DISPATCH_BATCH = "dispatch batch"
    SIMULATE_BATCH = "simulate batch"
    STORE_PART = "store part"
