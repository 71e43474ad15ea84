-- name: count_stored
-- Patients stored between two ordinals, both included, after $4 and until $5.
SELECT coalesce(sum(least(last_ordinal, $3::bigint) - greatest(first_ordinal, $2::bigint) + 1), 0)::bigint
FROM patient_parts
WHERE job_id = $1 AND first_ordinal <= $3 AND last_ordinal >= $2
  AND ($4::timestamptz IS NULL OR date_trunc('milliseconds', written_at) > $4)
  AND ($5::timestamptz IS NULL OR date_trunc('milliseconds', written_at) <= $5);

-- name: next_part
-- The first part stored after $4 and until $5 that holds an ordinal from $2 to $3.
SELECT first_ordinal, last_ordinal, written_at, body FROM patient_parts
WHERE job_id = $1
  AND first_ordinal >= coalesce(
      (SELECT max(first_ordinal) FROM patient_parts WHERE job_id = $1 AND first_ordinal <= $2::bigint), 0
  )
  AND first_ordinal <= $3
  AND last_ordinal >= $2
  AND ($4::timestamptz IS NULL OR date_trunc('milliseconds', written_at) > $4)
  AND ($5::timestamptz IS NULL OR date_trunc('milliseconds', written_at) <= $5)
ORDER BY first_ordinal
LIMIT 1;
