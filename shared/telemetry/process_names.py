"""The registry (`names.py`) goes on: what any process measures of itself and its telemetry."""

from shared.telemetry.metric import Kind, Metric
from shared.telemetry.names import LAG_SECONDS, Attribute

# Any process
DEPENDENCY_UP = Metric(
    "lazaret.dependency.up",
    Kind.GAUGE,
    "1",
    "Whether a dependency answered the last readiness check",
    (Attribute.DEPENDENCY,),
)
ERRORS = Metric(
    "lazaret.errors",
    Kind.COUNTER,
    "{error}",
    "Errors logged, by category and type",
    (Attribute.ERROR_CATEGORY, Attribute.ERROR_TYPE),
)
PROCESS_CPU = Metric(
    "process.cpu.time", Kind.OBSERVED_COUNTER, "s", "Processor time of the process and its children"
)
PROCESS_MEMORY = Metric("process.memory.usage", Kind.GAUGE, "By", "Resident memory of the process")
PROCESS_FILES = Metric(
    "process.unix.file_descriptor.count", Kind.GAUGE, "{file_descriptor}", "Open file descriptors"
)
SYSTEM_MEMORY = Metric(
    "system.memory.utilization", Kind.GAUGE, "1", "Share of the machine's memory in use"
)
SYSTEM_DISK = Metric(
    "system.filesystem.utilization",
    Kind.GAUGE,
    "1",
    "Share of the disk below the process's folder in use",
)
GC_COLLECTIONS = Metric(
    "cpython.gc.collections",
    Kind.OBSERVED_COUNTER,
    "{collection}",
    "Garbage collections, by generation",
    (Attribute.GC_GENERATION,),
)
LOOP_LAG = Metric(
    "lazaret.event_loop.lag",
    Kind.HISTOGRAM,
    "s",
    "How much later than asked the event loop ran a timer",
    (),
    LAG_SECONDS,
)
SLOW_CALLBACKS = Metric(
    "lazaret.event_loop.slow",
    Kind.COUNTER,
    "{callback}",
    "Times at which the event loop was blocked for longer than allowed",
)

# Telemetry itself
SPANS_LOST = Metric(
    "lazaret.telemetry.spans.lost", Kind.COUNTER, "{span}", "Spans that the collector did not take"
)
LOGS_LOST = Metric(
    "lazaret.telemetry.logs.lost",
    Kind.COUNTER,
    "{record}",
    "Log records that the collector did not take",
)
LOGS_SUPPRESSED = Metric(
    "lazaret.telemetry.logs.suppressed",
    Kind.COUNTER,
    "{record}",
    "Log lines left out because their like was written often",
)
