-- name: read_accounts
-- What was asked for, job by job, and where all of it is. $1: jobs accepted from this moment on.
SELECT
    j.job_id,
    j.state::text AS state,
    j.patients_requested AS accepted,
    j.patients_persisted AS persisted,
    coalesce(thin.patients, 0) AS thin_rows,
    coalesce(thin.ordinals, 0) AS thin_ordinals,
    coalesce(bodies.patients, 0) AS in_bodies,
    coalesce(bodies.repeated, 0) AS repeated,
    coalesce(dead.patients, 0) - coalesce(dead.stored, 0) AS rejected
FROM jobs AS j
LEFT JOIN LATERAL (
    SELECT count(*) AS patients, count(DISTINCT p.ordinal) AS ordinals FROM patients AS p WHERE p.job_id = j.job_id
) AS thin ON true
LEFT JOIN LATERAL (
    SELECT
        sum(part.last_ordinal - part.first_ordinal + 1)::bigint AS patients,
        sum(greatest(0, part.reached - part.first_ordinal + 1))::bigint AS repeated
    FROM (
        SELECT
            q.first_ordinal,
            q.last_ordinal,
            max(q.last_ordinal) OVER (ORDER BY q.first_ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
        FROM patient_parts AS q
        WHERE q.job_id = j.job_id
    ) AS part
) AS bodies ON true
LEFT JOIN LATERAL (
    SELECT
        sum(b.patients)::bigint AS patients,
        sum((
            SELECT coalesce(sum(q.last_ordinal - q.first_ordinal + 1), 0)
            FROM patient_parts AS q
            WHERE q.job_id = b.job_id AND q.batch_no = b.batch_no
        ))::bigint AS stored
    FROM batches AS b
    WHERE b.job_id = j.job_id AND b.state = 'dead'
) AS dead ON true
WHERE j.created_at >= $1
ORDER BY j.job_id;

-- name: read_finished_jobs
-- The jobs whose digests can be compared: those that succeeded.
SELECT job_id, digest, schema_version FROM jobs WHERE state = 'succeeded' ORDER BY job_id;

-- name: read_part_bodies
-- A job's bodies in the order of their patients. $1: job.
SELECT schema_version, body FROM patient_parts WHERE job_id = $1 ORDER BY first_ordinal;

-- name: read_sector_bodies
-- A job's sector results in order. $1: job.
SELECT sector, digest, body FROM sector_results WHERE job_id = $1 ORDER BY sector;
