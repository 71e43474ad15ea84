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

-- name: list_purges
-- Deleted jobs with rows left, oldest first.
SELECT job_id FROM purges ORDER BY asked_at, job_id LIMIT $1;

-- name: purge_batches
-- Remove a slice of a deleted job's batches.
DELETE FROM batches
WHERE job_id = $1 AND batch_no = ANY (ARRAY(SELECT batch_no FROM batches WHERE job_id = $1 ORDER BY batch_no LIMIT $2));

-- name: purge_parts
-- Remove a slice of a deleted job's bodies.
DELETE FROM patient_parts
WHERE job_id = $1
  AND first_ordinal = ANY (ARRAY(SELECT first_ordinal FROM patient_parts WHERE job_id = $1 ORDER BY first_ordinal LIMIT $2));

-- name: purge_patients
-- Remove a slice of a deleted job's thin rows.
DELETE FROM patients
WHERE job_id = $1 AND ordinal = ANY (ARRAY(SELECT ordinal FROM patients WHERE job_id = $1 ORDER BY ordinal LIMIT $2));

-- name: purge_sectors
-- Remove a slice of a deleted job's sector results.
DELETE FROM sector_results
WHERE job_id = $1 AND sector = ANY (ARRAY(SELECT sector FROM sector_results WHERE job_id = $1 ORDER BY sector LIMIT $2));

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
