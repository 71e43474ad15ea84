-- name: lock_migrator
-- Wait until no other migrator works on this database.
SELECT pg_advisory_lock($1::bigint);

-- name: create_schema_versions
-- The table that remembers which migration was applied, and its text's checksum.
CREATE TABLE IF NOT EXISTS schema_versions (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: read_applied
-- What was applied, in order.
SELECT version, checksum FROM schema_versions ORDER BY version;

-- name: record_applied
-- Remember an applied migration.
INSERT INTO schema_versions (version, name, checksum) VALUES ($1, $2, $3);

-- name: has_schema_versions
-- Whether a migrator was ever here.
SELECT to_regclass('schema_versions') IS NOT NULL;

-- name: read_schema_version
-- The newest applied migration, 0 for none.
SELECT coalesce(max(version), 0) FROM schema_versions;

-- name: make_partitions
-- Make the missing monthly partitions from last month to this many months ahead.
SELECT name FROM make_partitions(now() - interval '1 month', $1::integer + 1) AS name;
