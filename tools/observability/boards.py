"""The dashboards, each a list of panels."""

from __future__ import annotations

from tools.observability.panels import Board, R, panel, quantile, rate_by

OVERVIEW = Board(
    "overview",
    "Lazaret: overview",
    (
        panel("Patients generated and stored", "short", "Per second; the two should be alike.",
              (f"sum(rate(patients_generated_total{R}))", "generated"),
              (f"sum(rate(lazaret_patients_stored_total{R}))", "stored")),
        panel("Backlog", "short", "Patients accepted and not yet stored.",
              ("sum by (lazaret_priority) (lazaret_backlog)", "{{lazaret_priority}}")),
        panel("Jobs under way", "short", "Jobs that are not finished, by state.",
              ("sum by (lazaret_state) (job_queue_size)", "{{lazaret_state}}")),
        panel("Requests", "reqps", "Requests a second, by status.",
              (rate_by("api_requests_total", "http_response_status_code"),
               "{{http_response_status_code}}")),
        panel("Request time, 95 %", "s", "Nineteen of twenty requests are faster; has exemplars.",
              (quantile(0.95, "api_request_duration_seconds", ""), "all routes")),
        panel("Budget left", "percentunit", "Share of each objective's error budget that is left.",
              ("slo:budget:left_ratio", "{{slo}}")),
        panel("Processes", "short", "Processes that report, by service.",
              ('count by (job) (process_memory_usage_bytes{job=~"lazaret/.*"})', "{{job}}")),
        panel("Dependencies", "short", "1 while a dependency answers the readiness checks.",
              ("min by (job, lazaret_dependency) (lazaret_dependency_up_ratio)",
               "{{job}} {{lazaret_dependency}}")),
    ),
)  # fmt: skip

PIPELINE = Board(
    "pipeline",
    "Lazaret: jobs and pipeline",
    (
        panel("Jobs accepted", "short", "Per second, by priority.",
              (rate_by("lazaret_jobs_submitted_total", "lazaret_priority"),
               "{{lazaret_priority}}")),
        panel("Jobs ended", "short", "Per second, by how.",
              (rate_by("lazaret_jobs_finished_total", "lazaret_state"), "{{lazaret_state}}")),
        panel("Job time", "s", "From acceptance to the end; has exemplars.",
              (quantile(0.5, "job_execution_seconds", ""), "half"),
              (quantile(0.95, "job_execution_seconds", ""), "95 %")),
        panel("Age of a part when stored", "s", "From the job's acceptance: what freshness means.",
              (quantile(0.95, "lazaret_part_age_seconds", ""), "95 %")),
        panel("Oldest due batch", "s", "How long the oldest batch waits for a generator.",
              ("max(lazaret_batches_oldest_age_seconds)", "age")),
        panel("Batches in flight", "short", "Batches under a lease, by state.",
              ("sum by (lazaret_state) (lazaret_batches_in_flight)", "{{lazaret_state}}")),
        panel("Batches dispatched", "short", "Per second, by priority.",
              (rate_by("lazaret_batches_dispatched_total", "lazaret_priority"),
               "{{lazaret_priority}}")),
        panel("Patients asked for", "short", "Per second, by preset.",
              (rate_by("lazaret_patients_requested_total", "lazaret_preset"),
               "{{lazaret_preset}}")),
        panel("Parts", "short", "Parts received per second, by what became of them.",
              (rate_by("lazaret_parts_total", "lazaret_ending"), "{{lazaret_ending}}")),
        panel("Outbox lag", "s", "Age of the oldest event that waits to be published.",
              ("max(lazaret_outbox_lag_seconds)", "lag")),
        panel("Unaccounted patients", "short", "Accepted, and neither stored nor in flight: 0.",
              ("max(lazaret_patients_unaccounted)", "patients")),
        panel("Duties", "s", "Time of one run of a scheduler's duty, 95 %.",
              (quantile(0.95, "lazaret_duty_duration_seconds", "lazaret_duty"),
               "{{lazaret_duty}}")),
    ),
)  # fmt: skip

DATABASE = Board(
    "database",
    "Lazaret: database and pool",
    (
        panel("Connections", "short", "Lent connections and how many a process may open.",
              ("sum by (job) (db_connections_active)", "{{job}} lent"),
              ("sum by (job) (db_client_connection_max)", "{{job}} at most")),
        panel("Pool in use", "percentunit", "Above 0.9 callers begin to wait.",
              ("max by (job) (db_connections_active / db_client_connection_max)", "{{job}}")),
        panel("Waiting callers", "short", "Callers that wait for a connection.",
              ("sum by (job) (db_client_connection_pending_requests)", "{{job}}")),
        panel("Wait for a connection, 95 %", "s", "Grows before anything else when a pool is full.",
              (quantile(0.95, "db_client_connection_wait_time_seconds", "job"), "{{job}}")),
        panel("Connections used again", "percentunit", "Share of lent connections that were open.",
              ((f"1 - sum(rate(lazaret_db_connections_opened_total{R}))"
               f" / sum(rate(db_client_connection_use_time_seconds_count{R}))"), "used again")),
        panel("Slowest statements", "s", "Mean time, by named query.",
              ((f"topk(10, {rate_by('db_query_duration_seconds_sum', 'db_operation_name')}"
               f" / {rate_by('db_query_duration_seconds_count', 'db_operation_name')})"),
               "{{db_operation_name}}")),
        panel("Statements", "ops", "Per second, by service.",
              (rate_by("db_query_duration_seconds_count", "job"), "{{job}}")),
        panel("Oldest transaction", "s", "One of minutes keeps rows alive and locks held.",
              ("max(lazaret_db_oldest_transaction_seconds)", "age")),
        panel("Size", "bytes", "The database on its server's disk.",
              ("max(lazaret_db_size_bytes)", "size")),
        panel("Time to store a part, 95 %", "s", "The writer's transaction.",
              (quantile(0.95, "lazaret_part_store_duration_seconds", ""), "95 %")),
    ),
)  # fmt: skip

API = Board(
    "api",
    "Lazaret: API",
    (
        panel("Requests", "reqps", "Per second, by route.",
              (f"topk(15, {rate_by('api_requests_total', 'http_route')})", "{{http_route}}")),
        panel("Answers", "reqps", "Per second, by status.",
              (rate_by("api_requests_total", "http_response_status_code"),
               "{{http_response_status_code}}")),
        panel("Time, 95 %", "s", "By route; an exemplar leads to a trace.",
              (quantile(0.95, "api_request_duration_seconds", "http_route"), "{{http_route}}")),
        panel("In work", "short", "Requests being answered.",
              ("sum by (instance) (http_server_active_requests)", "{{instance}}")),
        panel("Exports", "Bps", "Bytes a second, by format.",
              (rate_by("lazaret_export_io_bytes_total", "lazaret_format"), "{{lazaret_format}}")),
        panel("Who does what", "short", "Actions a second, by key and permission.",
              (f"topk(15, {rate_by('lazaret_user_actions_total', 'lazaret_key, lazaret_action')})",
               "{{lazaret_key}} {{lazaret_action}}")),
        panel("Busiest tenants", "short", "Actions a second.",
              (f"topk(10, {rate_by('lazaret_user_actions_total', 'lazaret_tenant')})",
               "{{lazaret_tenant}}")),
    ),
)  # fmt: skip

BROKER = Board(
    "rabbitmq",
    "Lazaret: RabbitMQ",
    (
        panel("Messages that wait", "short", "By queue; parked ones want somebody to look.",
              ("max by (lazaret_queue) (lazaret_queue_messages)", "{{lazaret_queue}}")),
        panel("Consumers", "short", "By queue; nobody consumes what is parked.",
              ("min by (lazaret_queue) (lazaret_queue_consumers)", "{{lazaret_queue}}")),
        panel("Sent", "short", "Messages a second, by destination.",
              (rate_by("messaging_client_sent_messages_total", "messaging_destination_name"),
               "{{messaging_destination_name}}")),
        panel("Delivered", "short", "Messages a second, by queue.",
              (rate_by("messaging_client_consumed_messages_total", "messaging_destination_name"),
               "{{messaging_destination_name}}")),
        panel("Publish to confirm, 95 %", "s", "The broker has it on disk.",
              (quantile(0.95, "messaging_client_operation_duration_seconds",
                        "messaging_destination_name"), "{{messaging_destination_name}}")),
        panel("Handling, 95 %", "s", "By queue and ending.",
              (quantile(0.95, "messaging_process_duration_seconds",
                        "messaging_destination_name, lazaret_ending"),
               "{{messaging_destination_name}} {{lazaret_ending}}")),
    ),
)  # fmt: skip

GENERATORS = Board(
    "generators",
    "Lazaret: generators and machines",
    (
        panel("Patients a second", "short", "By generator.",
              (rate_by("patients_generated_total", "instance"), "{{instance}}")),
        panel("Batch time", "s", "From claim to the last confirm; has exemplars.",
              (quantile(0.5, "generation_duration_seconds", ""), "half"),
              (quantile(0.95, "generation_duration_seconds", ""), "95 %")),
        panel("Children", "short", "Simulation processes that live.",
              ("sum by (instance) (lazaret_generator_children)", "{{instance}}")),
        panel("Memory of processes", "bytes", "Resident, without children.",
              ('process_memory_usage_bytes{job=~"lazaret/.*"}', "{{job}} {{instance}}")),
        panel("Processor time", "short", "Processors in use, without children.",
              (rate_by("process_cpu_time_seconds_total", "job"), "{{job}}")),
        panel("Machine", "percentunit", "Share of memory and disk in use.",
              ("max by (job) (system_memory_utilization_ratio)", "{{job}} memory"),
              ("max by (job) (system_filesystem_utilization_ratio)", "{{job}} disk")),
        panel("Event loop lag, 99 %", "s", "What one callback takes, all others wait for.",
              (quantile(0.99, "lazaret_event_loop_lag_seconds", "job"), "{{job}}")),
        panel("Garbage collections", "short", "Per second, by generation.",
              (rate_by("cpython_gc_collections_total", "job, cpython_gc_generation"),
               "{{job}} {{cpython_gc_generation}}")),
        panel("Open files", "short", "File descriptors.",
              ("sum by (job) (process_unix_file_descriptor_count)", "{{job}}")),
    ),
)  # fmt: skip

BUDGET = Board(
    "slo",
    "Lazaret: objectives",
    (
        panel("Budget left", "percentunit", "Below 0 the objective is missed.",
              ("slo:budget:left_ratio", "{{slo}}")),
        panel("Bad share, one hour", "percentunit", "What the fast alerts look at.",
              ("slo:bad:ratio_1h", "{{slo}}")),
        panel("Bad share, six hours", "percentunit", "What the slower alerts look at.",
              ("slo:bad:ratio_6h", "{{slo}}")),
        panel("Bad share, three days", "percentunit", "What the tickets look at.",
              ("slo:bad:ratio_3d", "{{slo}}")),
        panel("Objective", "percentunit", "What is promised.", ("slo:objective", "{{slo}}")),
        panel("Burn rate, one hour", "short", "1 uses the budget up in exactly its window.",
              ("slo:bad:ratio_1h / on (slo) (1 - slo:objective)", "{{slo}}")),
    ),
)  # fmt: skip

TELEMETRY = Board(
    "telemetry",
    "Lazaret: telemetry itself",
    (
        panel("Spans taken", "short", "Per second, by the collector.",
              (f"sum(rate(otelcol_receiver_accepted_spans{R}))", "spans")),
        panel("Spans handed on", "short", "Per second, to the trace store.",
              (f"sum(rate(otelcol_exporter_sent_spans{R}))", "spans")),
        panel("Log records", "short", "Per second, taken and handed on.",
              (f"sum(rate(otelcol_receiver_accepted_log_records{R}))", "taken"),
              (f"sum(rate(otelcol_exporter_sent_log_records{R}))", "handed on")),
        panel("Queue", "percentunit", "How full the collector's queues are.",
              ("otelcol_exporter_queue_size / otelcol_exporter_queue_capacity", "{{exporter}}")),
        panel("Collector's memory", "bytes", "It refuses work above its limit.",
              ("otelcol_process_memory_rss", "resident")),
        panel("Scraped targets", "short", "1 while Prometheus reaches them.", ("up", "{{job}}")),
        panel("Spans by service", "short", "Per second, counted before sampling.",
              (rate_by("lazaret_spans_calls_total", "service_name"), "{{service_name}}")),
        panel("Series", "short", "Series of each service in Prometheus.",
              ('count by (job) ({job=~"lazaret/.*"})', "{{job}}")),
    ),
)  # fmt: skip

CLINICAL = Board(
    "clinical",
    "Lazaret: clinical output",
    (
        panel("Outcomes", "short", "Patients stored per second, by how they ended.",
              (rate_by("lazaret_patients_outcomes_total", "lazaret_outcome"),
               "{{lazaret_outcome}}")),
        panel("Mix", "short", "Patients stored per second, by what brought them.",
              (rate_by("lazaret_patients_categories_total", "lazaret_category"),
               "{{lazaret_category}}")),
        panel("Deaths", "percentunit", "Share of the stored patients who died.",
              (('sum(increase(lazaret_patients_outcomes_total{lazaret_outcome!~".*duty|evacuated"}'
               "[$__range])) / sum(increase(lazaret_patients_outcomes_total[$__range]))"), "died")),
        panel("Share of each outcome", "percentunit", "Over the shown time.",
              (("sum by (lazaret_outcome) (increase(lazaret_patients_outcomes_total[$__range]))"
               " / ignoring (lazaret_outcome) group_left"
               " sum(increase(lazaret_patients_outcomes_total[$__range]))"),
               "{{lazaret_outcome}}")),
        panel("Failed checks", "short", "Checks of ended jobs' output that found something odd.",
              ("sum(lazaret_validity_flags_total) or vector(0)", "flags")),
        panel("Patients by preset", "short", "Asked for, over the shown time.",
              ("sum by (lazaret_preset) (increase(lazaret_patients_requested_total[$__range]))",
               "{{lazaret_preset}}")),
    ),
)  # fmt: skip

LOAD = Board(
    "load-test",
    "Lazaret: load test",
    (
        panel("Offered load", "reqps", "Requests that arrive.",
              (f"sum(rate(api_requests_total{R}))", "requests")),
        panel("Refused", "percentunit", "Share answered with 429 or 503: the system says no.",
              ((f'(sum(rate(api_requests_total{{http_response_status_code=~"429|503"}}{R}))'
               f" or vector(0)) / sum(rate(api_requests_total{R}))"), "refused")),
        panel("Time", "s", "Quantiles of all requests; has exemplars.",
              (quantile(0.5, "api_request_duration_seconds", ""), "half"),
              (quantile(0.95, "api_request_duration_seconds", ""), "95 %"),
              (quantile(0.99, "api_request_duration_seconds", ""), "99 %")),
        panel("Throughput", "short", "Patients stored a second.",
              (f"sum(rate(lazaret_patients_stored_total{R}))", "stored")),
        panel("Bytes stored", "Bps", "Bodies of parts.",
              (f"sum(rate(lazaret_parts_io_bytes_total{R}))", "bodies")),
        panel("Where it queues", "short", "Backlog, and callers that wait for the database.",
              ("sum(lazaret_backlog)", "patients"),
              ("sum(db_client_connection_pending_requests)", "waiting for a connection")),
    ),
)  # fmt: skip

ERRORS = Board(
    "errors",
    "Lazaret: errors",
    (
        panel("Errors by category", "short", "Per second: who has to act.",
              (rate_by("lazaret_errors_total", "lazaret_error_category"),
               "{{lazaret_error_category}}")),
        panel("Errors by type", "short", "The most frequent, per second.",
              (f"topk(10, {rate_by('lazaret_errors_total', 'job, error_type')})",
               "{{job}} {{error_type}}")),
        panel("Trend", "short", "Errors of this hour against those of the hour before.",
              ("sum by (lazaret_error_category) (increase(lazaret_errors_total[1h]))",
               "{{lazaret_error_category}} now"),
              (("sum by (lazaret_error_category) (increase(lazaret_errors_total[1h] offset 1h))"
               " or sum(lazaret_errors_total) * 0"), "{{lazaret_error_category}} before")),
        panel("Failed answers", "percentunit", "Share of requests that end with a server's error.",
              ((f'(sum(rate(api_requests_total{{http_response_status_code=~"5.."}}{R}))'
               f" or vector(0)) / sum(rate(api_requests_total{R}))"), "5xx")),
        panel("Failed batches", "short", "Since the start, all generators.",
              ("sum(lazaret_batch_failures_total) or vector(0)", "batches")),
        panel("Failing duties", "short", "Since the start, all schedulers.",
              ("sum(lazaret_duty_failures_total) or vector(0)", "runs")),
    ),
)  # fmt: skip

BOARDS = (
    OVERVIEW, PIPELINE, DATABASE, API, BROKER, GENERATORS,
    BUDGET, TELEMETRY, CLINICAL, LOAD, ERRORS,
)  # fmt: skip
