-- name: add_patients
-- Count stored patients, and the batch if it is done, in the job's row; what people see never goes back.
UPDATE jobs
SET patients_persisted = patients_persisted + $2::bigint,
    batches_done = batches_done + $3::integer,
    failures_in_row = CASE WHEN $3::integer > 0 THEN 0 ELSE failures_in_row END,
    first_readable_at = coalesce(first_readable_at, clock_timestamp())
WHERE job_id = $1
RETURNING batches_done + batches_dead = batches_total AS over;

-- name: bury_batch
-- Give a leased batch up: it failed too often.
UPDATE batches
SET state = 'dead', lease_id = NULL, lease_expires_at = NULL, failures = failures + 1, error = $3
WHERE job_id = $1 AND batch_no = $2 AND lease_id IS NOT NULL
RETURNING true;

-- name: bury_open
-- Give up whatever of a job is not with the writer yet.
UPDATE batches
SET state = 'dead', lease_id = NULL, lease_expires_at = NULL, error = $2
WHERE job_id = $1 AND state IN ('pending', 'dispatched', 'generating')
RETURNING batch_no;

-- name: cancel_job
-- From the commit of this on no part of the job is stored.
UPDATE jobs
SET state = 'cancelled', finished_at = clock_timestamp()
WHERE job_id = $1 AND tenant_id = $2 AND state IN ('queued', 'running', 'paused')
RETURNING job_id, clock_timestamp() AS moved_at;

-- name: charge_jobs
-- Store where the dispatched jobs stand; the first dispatch of a job is its start.
UPDATE jobs AS j
SET pass = charged.pass,
    state = 'running',
    started_at = coalesce(j.started_at, clock_timestamp())
FROM unnest($1::uuid[], $2::bigint[]) AS charged (job_id, pass)
WHERE j.job_id = charged.job_id AND j.job_id = ANY ($1::uuid[])
RETURNING j.job_id, clock_timestamp() AS moved_at;

-- name: check_lease
-- Whether a part under this lease would be stored now: asked before its rows are copied, and holding nothing.
SELECT EXISTS (
    SELECT FROM batches AS b JOIN jobs AS j USING (job_id)
    WHERE b.job_id = $1 AND b.batch_no = $2 AND b.lease_id = $3 AND b.state IN ('generating', 'generated')
      AND j.state IN ('running', 'paused')
);

-- name: claim
-- Take the batch that this lease was dispatched for; a redelivery under the same live lease takes it again.
UPDATE batches AS b
SET state = 'generating', lease_expires_at = clock_timestamp() + $5::interval
FROM jobs AS j
WHERE b.job_id = $1 AND b.batch_no = $2 AND b.lease_id = $3 AND b.state IN ('dispatched', 'generating')
  AND j.job_id = $1 AND j.state = 'running' AND j.engine_version = $4
RETURNING b.job_id, b.batch_no, b.lease_id, b.dispatch_no, b.first_sector, b.sectors, b.first_ordinal, b.patients, b.parts_total,
    j.scenario, j.seed, j.sector_patients, j.part_patients, j.schema_version, j.trace_context;

-- name: count_dead
-- Count dead batches in the job's row.
UPDATE jobs SET batches_dead = batches_dead + $2::integer WHERE job_id = $1
RETURNING batches_done + batches_dead = batches_total AS over;

-- name: count_job_failure
-- Count a failure of any batch in the job's row.
UPDATE jobs SET failures_in_row = failures_in_row + 1 WHERE job_id = $1
RETURNING failures_in_row;

-- name: count_part
-- Count a stored part, only under the batch's present lease; the last part ends the batch.
UPDATE batches
SET parts_done = parts_done + 1,
    state = CASE WHEN parts_done + 1 = parts_total THEN 'done' ELSE state END,
    lease_id = CASE WHEN parts_done + 1 = parts_total THEN NULL ELSE lease_id END,
    lease_expires_at = CASE
        WHEN parts_done + 1 = parts_total THEN NULL
        WHEN state = 'generated' THEN clock_timestamp() + $4::interval
        ELSE lease_expires_at
    END
WHERE job_id = $1 AND batch_no = $2 AND lease_id = $3 AND state IN ('generating', 'generated')
RETURNING state = 'done' AS done;

-- name: dispatch_due
-- Put the first due batches of the chosen jobs under a lease each.
UPDATE batches AS b
SET state = 'dispatched',
    lease_id = gen_random_uuid(),
    lease_expires_at = clock_timestamp() + $3::interval,
    dispatch_no = b.dispatch_no + 1
FROM unnest($1::uuid[], $2::integer[]) AS chosen (job_id, batches)
CROSS JOIN LATERAL (
    SELECT w.job_id, w.batch_no
    FROM batches AS w
    WHERE w.job_id = chosen.job_id AND w.state = 'pending' AND w.run_at <= now()
    ORDER BY w.run_at, w.batch_no
    LIMIT chosen.batches
    FOR UPDATE SKIP LOCKED
) AS due
WHERE b.job_id = due.job_id AND b.batch_no = due.batch_no
RETURNING b.job_id, b.batch_no, b.lease_id, b.dispatch_no, b.patients;

-- name: expire_uncounted
-- Take back batches that no generator had begun, whose parts are lost, or whose job is over.
UPDATE batches AS b
SET state = 'pending', lease_id = NULL, lease_expires_at = NULL
FROM (
    SELECT batch_no, state
    FROM batches
    WHERE job_id = $1 AND lease_expires_at < clock_timestamp()
      AND ($2::boolean OR state = 'dispatched' OR (state = 'generated' AND $3::boolean))
    FOR UPDATE SKIP LOCKED
) AS was
WHERE b.job_id = $1 AND b.batch_no = was.batch_no
RETURNING was.state;

-- name: find_expired_jobs
-- Jobs with a batch whose lease ran out, the longest ago first.
SELECT job_id FROM batches
WHERE lease_id IS NOT NULL AND lease_expires_at < clock_timestamp()
GROUP BY job_id
ORDER BY min(lease_expires_at)
LIMIT $1;

-- name: finish_job
-- End a job of which nothing is due or in flight any more. Its digest is the hash of its sectors' digests in order.
-- With a sector missing there is no digest, and a job cannot succeed without: the table refuses it.
UPDATE jobs AS j
SET state = CASE WHEN j.batches_dead = 0 THEN 'succeeded'::job_state ELSE 'failed'::job_state END,
    finished_at = clock_timestamp(),
    digest = CASE WHEN j.batches_dead = 0 THEN (
        SELECT CASE WHEN count(*) = (j.patients_requested + j.sector_patients - 1) / j.sector_patients
            THEN sha256(string_agg(s.digest, ''::bytea ORDER BY s.sector)) END
        FROM sector_results AS s WHERE s.job_id = $1
    ) END,
    error = CASE WHEN j.batches_dead > 0 THEN (
        SELECT format('%s of %s batches failed; batch %s: %s', j.batches_dead, j.batches_total, b.batch_no, b.error)
        FROM batches AS b WHERE b.job_id = $1 AND b.state = 'dead' ORDER BY b.batch_no LIMIT 1
    ) END
WHERE j.job_id = $1 AND j.state IN ('running', 'paused') AND j.batches_done + j.batches_dead = j.batches_total
RETURNING j.job_id, clock_timestamp() AS moved_at;

-- name: generated
-- All parts of a batch are with the broker: wait for them to be stored.
UPDATE batches
SET state = 'generated', lease_expires_at = clock_timestamp() + $4::interval
WHERE job_id = $1 AND batch_no = $2 AND lease_id = $3 AND state = 'generating'
RETURNING true;

-- name: get_jobs
-- Jobs by their ids, of this tenant if one is named.
SELECT job_id, tenant_id, state, priority, preset, scenario, scenario_digest, seed, engine_version, schema_version, sector_patients,
    part_patients, patients_requested, patients_persisted, batches_total, batches_done, batches_dead, trace_context, digest, error,
    created_at, started_at, first_readable_at, finished_at
FROM jobs
WHERE job_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR tenant_id = $2);

-- name: has_partition
-- Whether rows of this job id have a place.
SELECT EXISTS (
    SELECT FROM pg_inherits
    WHERE inhparent = 'jobs'::regclass
      AND inhrelid = to_regclass('partitions.jobs_' || to_char($1::timestamptz AT TIME ZONE 'UTC', 'YYYY_MM'))
);

-- name: insert_batches
-- Add a job's batches, all due at once.
INSERT INTO batches (job_id, batch_no, first_sector, sectors, first_ordinal, patients, parts_total)
SELECT $1, * FROM unnest($2::integer[], $3::integer[], $4::integer[], $5::bigint[], $6::integer[], $7::integer[]);

-- name: insert_idempotency_key
-- Take a client's key; one that is being taken by another transaction is waited for.
INSERT INTO idempotency_keys (tenant_id, key, fingerprint, job_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, key) DO NOTHING
RETURNING true;

-- name: insert_job
-- Add a job; it counts as submitted now, and stands in its tenant's line where a newcomer may.
INSERT INTO jobs (
    job_id, tenant_id, priority, preset, scenario, scenario_digest, seed, engine_version, schema_version,
    sector_patients, part_patients, patients_requested, batches_total, trace_context, title, pass
)
VALUES (
    $1, $2, $3::text::priority_class, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $5::jsonb ->> 'title',
    (SELECT job_floor FROM tenants WHERE tenant_id = $2)
)
RETURNING job_id, clock_timestamp() AS moved_at;

-- name: job_exists
-- Whether there is a job, held by somebody or not.
SELECT EXISTS (SELECT FROM jobs WHERE job_id = $1);

-- name: keep_generated
-- Go on waiting for parts that may still be stored.
UPDATE batches SET lease_expires_at = clock_timestamp() + $2::interval
WHERE job_id = $1 AND state = 'generated' AND lease_expires_at < clock_timestamp();

-- name: list_jobs
-- A page of a tenant's jobs, newest first; job ids are in the order of their making, so they bound the time too.
-- Scenarios are large and are not read: of each there is its title.
SELECT job_id, tenant_id, state, priority, preset, jsonb_build_object('title', title) AS scenario, scenario_digest, seed,
    engine_version, schema_version, sector_patients, part_patients, patients_requested, patients_persisted, batches_total,
    batches_done, batches_dead, trace_context, digest, error, created_at, started_at, first_readable_at, finished_at
FROM jobs
WHERE tenant_id = $1
  AND ($2::uuid IS NULL OR job_id < $2)
  AND ($3::text[] IS NULL OR state = ANY ($3::text[]::job_state[]))
  AND ($4::text[] IS NULL OR priority = ANY ($4::text[]::priority_class[]))
  AND ($5::timestamptz IS NULL OR job_id >= uuid7_floor($5))
  AND ($6::timestamptz IS NULL OR job_id < uuid7_floor($6))
ORDER BY job_id DESC
LIMIT $7;

-- name: lock_expired_claims
-- Claimed batches of a job whose generator fell silent.
SELECT batch_no, failures FROM batches
WHERE job_id = $1 AND state = 'generating' AND lease_expires_at < clock_timestamp()
ORDER BY batch_no
FOR UPDATE SKIP LOCKED;

-- name: lock_free_job
-- Hold the job's row unless somebody else does.
SELECT state FROM jobs WHERE job_id = $1 FOR NO KEY UPDATE SKIP LOCKED;

-- name: lock_job
-- Hold the job's row, which comes before its batches' rows everywhere.
SELECT state FROM jobs WHERE job_id = $1 FOR NO KEY UPDATE;

-- name: lock_jobs
-- Hold the rows of the jobs that are to be dispatched, if they still may be and nobody else holds them.
-- The state is compared as text, so that no plan reads the index of all jobs that wait.
SELECT job_id, state FROM jobs
WHERE job_id = ANY ($1::uuid[]) AND state::text IN ('queued', 'running')
ORDER BY job_id
FOR NO KEY UPDATE SKIP LOCKED;

-- name: lock_leased_batch
-- Hold a batch's row, only under this lease.
SELECT failures FROM batches
WHERE job_id = $1 AND batch_no = $2 AND lease_id = $3
FOR UPDATE;

-- name: lock_redrivable
-- Hold the row of a tenant's job that has dead batches to run again.
SELECT state FROM jobs
WHERE job_id = $1 AND tenant_id = $2 AND batches_dead > 0 AND state IN ('running', 'paused', 'failed')
FOR NO KEY UPDATE;

-- name: pause_job
-- Stop dispatching a job; what a generator has begun is finished and stored.
UPDATE jobs SET state = 'paused' WHERE job_id = $1 AND tenant_id = $2 AND state IN ('queued', 'running')
RETURNING job_id, clock_timestamp() AS moved_at;

-- name: prune_idempotency_keys
-- Forget old keys, a bounded number at a time.
DELETE FROM idempotency_keys
WHERE (tenant_id, key) IN (SELECT tenant_id, key FROM idempotency_keys WHERE created_at < now() - $1::interval LIMIT $2);

-- name: read_backlog_by_priority
-- Patients that are accepted and not yet stored, by priority.
SELECT priority, sum(patients_requested - patients_persisted)::bigint AS patients
FROM jobs WHERE state IN ('queued', 'running', 'paused') GROUP BY priority;

-- name: read_backlog_patients
-- Patients that are accepted and not yet stored.
SELECT backlog_patients();

-- name: read_idempotency_key
-- What a client's key was used for.
SELECT fingerprint, job_id FROM idempotency_keys WHERE tenant_id = $1 AND key = $2;

-- name: read_in_flight_by_state
-- Batches under a lease, by state.
SELECT count(*) FILTER (WHERE state = 'dispatched') AS dispatched,
    count(*) FILTER (WHERE state = 'generating') AS generating,
    count(*) FILTER (WHERE state = 'generated') AS generated
FROM batches WHERE lease_id IS NOT NULL;

-- name: read_oldest_due_s
-- Seconds for which the oldest due batch of a job that may run has waited, 0 for none.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due.run_at)), 0)::float8
FROM jobs j CROSS JOIN LATERAL (
    SELECT run_at FROM batches WHERE job_id = j.job_id AND state = 'pending' AND run_at <= now() ORDER BY run_at LIMIT 1
) due
WHERE j.state IN ('queued', 'running');

-- name: read_unaccounted
-- Patients of lately ended jobs whose batch is done and whose part is missing.
SELECT coalesce(sum(b.patients - coalesce(stored.patients, 0)), 0)::bigint
FROM jobs j JOIN batches b ON b.job_id = j.job_id AND b.state = 'done' LEFT JOIN LATERAL (
    SELECT sum(p.last_ordinal - p.first_ordinal + 1) AS patients FROM patient_parts p
    WHERE p.job_id = b.job_id AND p.first_ordinal >= b.first_ordinal AND p.last_ordinal < b.first_ordinal + b.patients
) stored ON true
WHERE j.finished_at > now() - $1::interval;

-- name: read_unfinished_by_state
-- Jobs that are not finished, by state.
SELECT state, count(*) AS jobs FROM jobs WHERE state IN ('queued', 'running', 'paused') GROUP BY state;

-- name: read_tenant_backlog
-- A tenant's jobs that have not ended, and their patients that are not stored yet.
SELECT count(*) AS jobs, coalesce(sum(patients_requested - patients_persisted), 0)::bigint AS patients
FROM jobs WHERE tenant_id = $1 AND state IN ('queued', 'running', 'paused');

-- name: read_tenant_bytes
-- The bytes of all bodies that a tenant's jobs have stored; bodies are not read for it.
SELECT coalesce(sum(octet_length(part.body)), 0)::bigint
FROM jobs AS job
JOIN patient_parts AS part USING (job_id)
WHERE job.tenant_id = $1;

-- name: read_time
-- What time the database says that it is.
SELECT clock_timestamp();

-- name: recall_dispatched
-- Take back the batches of a job that no generator has begun.
UPDATE batches SET state = 'pending', lease_id = NULL, lease_expires_at = NULL WHERE job_id = $1 AND state = 'dispatched';

-- name: redrive_batches
-- Give dead batches of a job another set of attempts: these, or all.
UPDATE batches SET state = 'pending', failures = 0, error = NULL, run_at = now()
WHERE job_id = $1 AND state = 'dead' AND ($2::integer[] IS NULL OR batch_no = ANY ($2))
RETURNING batch_no;

-- name: redrive_job
-- Let a job run on without so many of its dead batches; one that had failed runs again.
UPDATE jobs SET state = CASE WHEN state = 'failed' THEN 'running' ELSE state END,
    batches_dead = batches_dead - $2::integer, failures_in_row = 0, error = NULL, finished_at = NULL
WHERE job_id = $1
RETURNING job_id, clock_timestamp() AS moved_at;

-- name: release
-- Give a batch back as it was, not counted as a failure.
UPDATE batches
SET state = 'pending', lease_id = NULL, lease_expires_at = NULL
WHERE job_id = $1 AND batch_no = $2 AND lease_id = $3 AND state IN ('dispatched', 'generating')
RETURNING true;

-- name: renew
-- Extend the leases that still hold, and say of every known one whether it does.
WITH held AS MATERIALIZED (
    SELECT b.job_id, b.batch_no, b.lease_id, j.state AS job_state
    FROM unnest($1::uuid[], $2::integer[], $3::uuid[]) AS lease (job_id, batch_no, lease_id)
    JOIN batches AS b ON b.job_id = lease.job_id AND b.batch_no = lease.batch_no AND b.lease_id = lease.lease_id
    JOIN jobs AS j ON j.job_id = lease.job_id
), renewed AS (
    UPDATE batches AS b
    SET lease_expires_at = clock_timestamp() + $4::interval
    FROM held
    WHERE b.job_id = held.job_id AND b.batch_no = held.batch_no AND b.lease_id = held.lease_id
      AND b.state = 'generating' AND held.job_state IN ('running', 'paused')
)
SELECT lease_id, job_state FROM held;

-- name: resume_job
-- Let a paused job be dispatched again.
UPDATE jobs SET state = 'running' WHERE job_id = $1 AND tenant_id = $2 AND state = 'paused'
RETURNING job_id, clock_timestamp() AS moved_at;

-- name: retry_batch
-- Count a leased batch's failure and wait for the next attempt.
UPDATE batches
SET state = 'pending', lease_id = NULL, lease_expires_at = NULL,
    failures = failures + 1, error = $3, run_at = clock_timestamp() + $4::interval
WHERE job_id = $1 AND batch_no = $2 AND lease_id IS NOT NULL
RETURNING true;
