-- name: count_stored
-- Patients stored between two ordinals, both included, after $4 and until $5.
SELECT coalesce(sum(least(last_ordinal, $3::bigint) - greatest(first_ordinal, $2::bigint) + 1), 0)::bigint
FROM patient_parts
WHERE job_id = $1 AND first_ordinal <= $3 AND last_ordinal >= $2
  AND ($4::timestamptz IS NULL OR date_trunc('milliseconds', written_at) > $4)
  AND ($5::timestamptz IS NULL OR date_trunc('milliseconds', written_at) <= $5);

-- name: next_part
-- The first part stored after $4 and until $5 that holds an ordinal from $2 to $3, without its body.
SELECT first_ordinal, last_ordinal, written_at FROM patient_parts
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

-- name: load_body
-- A part's body.
SELECT body FROM patient_parts WHERE job_id = $1 AND first_ordinal = $2;

-- name: load_front
-- The first $3 bytes of a part's body, and how many it has in all. Bodies are not compressed again, so no others are read.
SELECT substring(body FROM 1 FOR $3) AS front, octet_length(body) AS size FROM patient_parts WHERE job_id = $1 AND first_ordinal = $2;
