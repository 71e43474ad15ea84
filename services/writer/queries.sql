-- name: has_part
-- Whether a part is stored.
SELECT EXISTS (SELECT FROM patient_parts WHERE job_id = $1 AND first_ordinal = $2);

-- name: insert_part
-- Store a part's body. No row comes back when the part is stored already: it is the guard against storing it twice.
INSERT INTO patient_parts (job_id, first_ordinal, last_ordinal, batch_no, schema_version, summary, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (job_id, first_ordinal) DO NOTHING
RETURNING true;

-- name: insert_sectors
-- Store the results of the sectors that end in a part.
INSERT INTO sector_results (job_id, sector, digest, body)
SELECT $1, * FROM unnest($2::integer[], $3::bytea[], $4::bytea[]);
