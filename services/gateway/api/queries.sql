-- name: find_part_of_patient
-- The stored part that holds an ordinal.
SELECT first_ordinal, body, written_at FROM (
    SELECT first_ordinal, last_ordinal, body, written_at FROM patient_parts
    WHERE job_id = $1 AND first_ordinal <= $2
    ORDER BY first_ordinal DESC
    LIMIT 1
) AS nearest
WHERE last_ordinal >= $2;

-- name: find_parts
-- Stored parts from an ordinal on that may hold what is wanted: by count (columns $3 with the numbers $4), sector and severity.
SELECT first_ordinal, last_ordinal FROM patient_parts
WHERE job_id = $1
  AND first_ordinal >= coalesce(
      (SELECT max(first_ordinal) FROM patient_parts WHERE job_id = $1 AND first_ordinal <= $2::bigint), 0
  )
  AND last_ordinal >= $2
  AND NOT EXISTS (
      SELECT FROM unnest($3::text[], $4::text[]) AS wanted (column_name, number)
      WHERE summary -> 'counts' -> wanted.column_name -> wanted.number IS NULL
  )
  AND ($5::integer IS NULL OR $5 BETWEEN (summary #> '{ranges,sector,0}')::integer AND (summary #> '{ranges,sector,1}')::integer)
  AND ($6::integer IS NULL OR (summary #> '{ranges,iss,1}')::integer >= $6)
  AND ($7::integer IS NULL OR (summary #> '{ranges,iss,0}')::integer <= $7)
ORDER BY first_ordinal
LIMIT $8;

-- name: find_sector
-- A sector's result.
SELECT digest, body FROM sector_results WHERE job_id = $1 AND sector = $2;

-- name: list_patients
-- Thin rows between two ordinals for which every filter that is given holds.
SELECT ordinal, sector, family_id, given_id, birth_date, sex, nation, branch, category, mechanism, triage_first, iss, outcome,
    role_last, injured_at_s, ended_at_s
FROM patients
WHERE job_id = $1 AND ordinal BETWEEN $2 AND $3
  AND ($4::smallint IS NULL OR category = $4)
  AND ($5::smallint IS NULL OR triage_first = $5)
  AND ($6::smallint IS NULL OR outcome = $6)
  AND ($7::smallint IS NULL OR sex = $7)
  AND ($8::smallint IS NULL OR branch = $8)
  AND ($9::smallint IS NULL OR nation = $9)
  AND ($10::smallint IS NULL OR mechanism = $10)
  AND ($11::smallint IS NULL OR role_last = $11)
  AND ($12::integer IS NULL OR sector = $12)
  AND ($13::smallint IS NULL OR iss >= $13)
  AND ($14::smallint IS NULL OR iss <= $14)
ORDER BY ordinal
LIMIT $15;

-- name: summarise
-- A job's stored patients by summarised column and number.
SELECT counted.key AS column_name, number.key AS number, sum(number.value::bigint)::bigint AS patients
FROM patient_parts
CROSS JOIN LATERAL jsonb_each(summary -> 'counts') AS counted
CROSS JOIN LATERAL jsonb_each_text(counted.value) AS number
WHERE job_id = $1 AND counted.key IN ('category', 'triage_first', 'outcome')
GROUP BY counted.key, number.key
ORDER BY counted.key, number.key::integer;
