-- name: drop_validity_report
-- Forget the report of a job that runs again.
DELETE FROM validity_reports WHERE job_id = $1;

-- name: first_stored_body
-- The first stored part of a job.
SELECT body FROM patient_parts WHERE job_id = $1 ORDER BY first_ordinal LIMIT 1;

-- name: group_patients
-- Stored patients between two ordinals, counted by all that a report looks at.
SELECT category, mechanism, triage_first, outcome, role_last, iss,
    (outcome = $4 AND ended_at_s - injured_at_s <= $5)::integer AS returned,
    CASE WHEN outcome = ANY ($6::smallint[]) THEN (ended_at_s - injured_at_s + 59) / 60 ELSE 0 END AS lived_min,
    (ended_at_s < injured_at_s)::integer AS unordered,
    count(*) AS patients
FROM patients
WHERE job_id = $1 AND ordinal BETWEEN $2 AND $3
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

-- name: has_unreported
-- Whether a job ended lately and has no report.
SELECT EXISTS (
    SELECT FROM jobs AS j
    WHERE j.finished_at > now() - $1::interval
      AND NOT EXISTS (SELECT FROM validity_reports AS r WHERE r.job_id = j.job_id)
);

-- name: read_validity_report
-- A job's report.
SELECT report FROM validity_reports WHERE job_id = $1;

-- name: store_validity_report
-- Keep a report, unless the job has moved on since it was read.
INSERT INTO validity_reports (job_id, report)
SELECT job_id, $2 FROM jobs WHERE job_id = $1 AND state = $3 AND patients_persisted = $4 FOR SHARE
ON CONFLICT (job_id) DO NOTHING;

-- name: take_unreported
-- Of the jobs that ended lately without a report the one that was longest left alone goes to the end of the line.
UPDATE jobs SET report_tried_at = clock_timestamp()
WHERE job_id = (
    SELECT j.job_id FROM jobs AS j
    WHERE j.finished_at > now() - $1::interval
      AND NOT EXISTS (SELECT FROM validity_reports AS r WHERE r.job_id = j.job_id)
    ORDER BY coalesce(j.report_tried_at, j.finished_at), j.job_id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING job_id, tenant_id;
