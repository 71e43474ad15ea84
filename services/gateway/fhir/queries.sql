-- name: next_job
-- A tenant's oldest job from an id on that has patients stored.
SELECT job_id, tenant_id, state, priority, preset, scenario, scenario_digest, seed, engine_version, schema_version, sector_patients,
    part_patients, patients_requested, patients_persisted, batches_total, batches_done, batches_dead, trace_context, digest, error,
    created_at, started_at, first_readable_at, finished_at
FROM jobs
WHERE tenant_id = $1 AND job_id >= $2 AND patients_persisted > 0
ORDER BY job_id
LIMIT 1;

-- name: find_job
-- A tenant's job that has patients stored.
SELECT job_id, tenant_id, state, priority, preset, scenario, scenario_digest, seed, engine_version, schema_version, sector_patients,
    part_patients, patients_requested, patients_persisted, batches_total, batches_done, batches_dead, trace_context, digest, error,
    created_at, started_at, first_readable_at, finished_at
FROM jobs WHERE tenant_id = $1 AND job_id = $2 AND patients_persisted > 0;

-- name: count_patients
-- Patients stored of all jobs of a tenant.
SELECT coalesce(sum(patients_persisted), 0)::bigint FROM jobs WHERE tenant_id = $1;
