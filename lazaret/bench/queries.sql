-- name: drop_bare_tables
-- Remove what a run of the bare pipeline stored.
DROP TABLE IF EXISTS bare_patients, bare_parts;

-- name: create_bare_patients
-- Rows as thin as the real ones, with the same key and no partition.
CREATE TABLE bare_patients (LIKE patients, PRIMARY KEY (job_id, ordinal));

-- name: create_bare_parts
-- Bodies, stored as the real ones are.
CREATE TABLE bare_parts (LIKE patient_parts INCLUDING STORAGE, PRIMARY KEY (job_id, first_ordinal));

-- name: insert_bare_part
-- Store one body.
INSERT INTO bare_parts (job_id, first_ordinal, last_ordinal, batch_no, schema_version, summary, body, written_at)
VALUES ($1, $2, $3, 0, 1, '{}', $4, now());
