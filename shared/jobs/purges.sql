-- name: delete_job
-- Take a terminal job away; its other rows are removed a slice at a time.
WITH gone AS (
    DELETE FROM jobs WHERE job_id = $1 AND tenant_id = $2 AND state IN ('succeeded', 'failed', 'cancelled') RETURNING job_id
), reports AS (
    DELETE FROM validity_reports WHERE job_id IN (SELECT job_id FROM gone)
)
INSERT INTO purges (job_id) SELECT job_id FROM gone RETURNING job_id;

-- name: drop_purge
-- Nothing of the deleted job is left.
DELETE FROM purges WHERE job_id = $1;

-- name: has_purges
-- Whether any deleted job has rows left.
SELECT EXISTS (SELECT FROM purges);

-- name: purge_batches
-- Remove a slice of a deleted job's batches: a range, so that no plan compares rows with a list.
DELETE FROM batches
WHERE job_id = $1
  AND batch_no <= coalesce((SELECT batch_no FROM batches WHERE job_id = $1 ORDER BY batch_no OFFSET $2 - 1 LIMIT 1), 2147483647);

-- name: purge_parts
-- Remove a slice of a deleted job's bodies: a range, so that no plan compares rows with a list.
DELETE FROM patient_parts
WHERE job_id = $1
  AND first_ordinal <= coalesce((SELECT first_ordinal FROM patient_parts WHERE job_id = $1 ORDER BY first_ordinal OFFSET $2 - 1 LIMIT 1), 9223372036854775807);

-- name: purge_patients
-- Remove a slice of a deleted job's thin rows: a range, so that no plan compares rows with a list.
DELETE FROM patients
WHERE job_id = $1
  AND ordinal <= coalesce((SELECT ordinal FROM patients WHERE job_id = $1 ORDER BY ordinal OFFSET $2 - 1 LIMIT 1), 9223372036854775807);

-- name: purge_sectors
-- Remove a slice of a deleted job's sector results: a range, so that no plan compares rows with a list.
DELETE FROM sector_results
WHERE job_id = $1
  AND sector <= coalesce((SELECT sector FROM sector_results WHERE job_id = $1 ORDER BY sector OFFSET $2 - 1 LIMIT 1), 2147483647);

-- name: retire_jobs
-- Take away jobs that ended long ago, as their deletion would; up to a number at a time.
WITH old AS (
    SELECT job_id FROM jobs WHERE finished_at < now() - $1::interval ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM jobs WHERE job_id = ANY (ARRAY(SELECT job_id FROM old)) RETURNING job_id
), reports AS (
    DELETE FROM validity_reports WHERE job_id IN (SELECT job_id FROM gone)
)
INSERT INTO purges (job_id) SELECT job_id FROM gone RETURNING job_id;

-- name: take_purge
-- The deleted job that was longest left alone goes to the end of the line; its rows are removed afterwards.
UPDATE purges SET tried_at = clock_timestamp()
WHERE job_id = (SELECT job_id FROM purges ORDER BY coalesce(tried_at, asked_at), job_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING job_id;
