-- What each service may do, and nothing else. Applied after the migrations, each time, where the services have roles of their own;
-- without them all work as the owner. A table that is not named here belongs to the owner alone.

REVOKE ALL ON ALL TABLES IN SCHEMA public, partitions
FROM PUBLIC, lazaret_gateway, lazaret_generator, lazaret_writer, lazaret_scheduler;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public, partitions TO lazaret_gateway, lazaret_generator, lazaret_writer, lazaret_scheduler;
GRANT SELECT ON schema_versions TO lazaret_gateway, lazaret_generator, lazaret_writer, lazaret_scheduler;
-- With this a service finds out whether the server can be written.
GRANT SELECT, UPDATE (only_row) ON schedule_floors TO lazaret_gateway, lazaret_generator, lazaret_writer, lazaret_scheduler;
GRANT EXECUTE ON FUNCTION uuid7_floor(timestamptz), current_tenant(), serves_all_tenants()
TO lazaret_gateway, lazaret_generator, lazaret_writer, lazaret_scheduler;
GRANT EXECUTE ON FUNCTION backlog_patients(), active_jobs(integer) TO lazaret_gateway;

GRANT SELECT ON jobs, batches, patient_parts, patients, sector_results, validity_reports, idempotency_keys, purges,
    tenants, api_keys, audit_log, scenarios, scenario_versions, bulk_requests, smart_clients, smart_assertions, smart_tokens
TO lazaret_gateway;
GRANT INSERT, UPDATE, DELETE ON jobs TO lazaret_gateway;
GRANT INSERT, UPDATE ON batches TO lazaret_gateway;
GRANT INSERT, DELETE ON idempotency_keys, validity_reports TO lazaret_gateway;
GRANT INSERT ON purges, outbox, job_events, audit_log TO lazaret_gateway;
GRANT SELECT ON job_events TO lazaret_gateway;
GRANT SELECT, INSERT, DELETE ON console_sessions, console_links TO lazaret_gateway;
GRANT INSERT, UPDATE (name, weight), DELETE ON tenants TO lazaret_gateway;
GRANT INSERT, UPDATE ON api_keys TO lazaret_gateway;
GRANT INSERT, UPDATE, DELETE ON scenarios, scenario_versions, bulk_requests, smart_assertions, smart_tokens TO lazaret_gateway;
GRANT INSERT, UPDATE (revoked_at) ON smart_clients TO lazaret_gateway;

GRANT SELECT ON jobs, batches TO lazaret_generator;
GRANT UPDATE ON batches TO lazaret_generator;
GRANT SELECT, INSERT, UPDATE, DELETE ON generators TO lazaret_generator;

GRANT SELECT ON jobs, batches, patient_parts, sector_results TO lazaret_writer;
GRANT UPDATE ON jobs, batches TO lazaret_writer;
GRANT INSERT ON patient_parts, patients, sector_results, outbox, job_events TO lazaret_writer;

GRANT SELECT ON jobs, batches, patient_parts, patients, sector_results, validity_reports, idempotency_keys, purges, outbox, generators,
    class_passes
TO lazaret_scheduler;
GRANT SELECT (tenant_id, name, weight, pass, job_floor, paused), UPDATE (pass, job_floor) ON tenants TO lazaret_scheduler;
GRANT UPDATE ON jobs, batches, class_passes, schedule_floors TO lazaret_scheduler;
GRANT UPDATE, DELETE ON outbox, purges TO lazaret_scheduler;
GRANT DELETE ON jobs, batches, patient_parts, patients, sector_results, validity_reports, idempotency_keys, generators TO lazaret_scheduler;
GRANT INSERT ON purges, validity_reports, outbox, job_events TO lazaret_scheduler;
GRANT SELECT, DELETE ON job_events TO lazaret_scheduler;
GRANT EXECUTE ON FUNCTION make_partitions(timestamptz, integer), drop_empty_partition(name), has_rows(regclass) TO lazaret_scheduler;
