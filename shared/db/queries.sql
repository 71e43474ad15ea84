-- name: check_writable
-- Lock nothing, which a server that cannot be written refuses all the same.
SELECT FROM schedule_floors WHERE only_row IS NULL FOR UPDATE;

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

-- name: limit_lock_wait
-- Give up a wait for a lock after this time. $1: the time with its unit; $2: whether for this transaction only.
SELECT set_config('lock_timeout', $1, $2);

-- name: oldest_transaction
-- Since when the oldest transaction of others on this database has been open, and whose it is: it may hold the lock.
SELECT format('%s since %s', application_name, xact_start)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
ORDER BY xact_start
LIMIT 1;

-- name: removal_of_invalid_index
-- The statement that removes what a broken CREATE INDEX CONCURRENTLY left; null where nothing is left. $1: the index.
SELECT format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE c.relname = $1 AND NOT i.indisvalid;

-- name: read_applied
-- What was applied, in order.
SELECT version, checksum FROM schema_versions ORDER BY version;

-- name: record_applied
-- Remember an applied migration.
INSERT INTO schema_versions (version, name, checksum) VALUES ($1, $2, $3);

-- name: has_schema_versions
-- Whether a migrator was ever here.
SELECT to_regclass('schema_versions') IS NOT NULL;

-- name: has_service_roles
-- Whether the services have roles of their own here.
SELECT count(*) = 4 FROM pg_roles
WHERE rolname IN ('lazaret_gateway', 'lazaret_generator', 'lazaret_writer', 'lazaret_scheduler');

-- name: name_tenant
-- Say for which tenant the next statements of this session are; the empty text for none.
SELECT set_config('lazaret.tenant_id', $1, false);

-- name: read_schema_version
-- The newest applied migration, 0 for none.
SELECT coalesce(max(version), 0) FROM schema_versions;

-- name: make_partitions
-- Make the missing monthly partitions from last month to this many months ahead.
SELECT name FROM make_partitions(now() - interval '1 month', $1::integer + 1) AS name;

-- name: list_past_partitions
-- The partitions of months before the last one, the oldest first. Last month's is kept: clocks differ, and it would be made again.
SELECT c.relname AS name
FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid
WHERE c.relnamespace = 'partitions'::regnamespace AND c.relkind = 'r'
  AND right(c.relname, 7) < to_char((now() - interval '1 month') AT TIME ZONE 'UTC', 'YYYY_MM')
ORDER BY right(c.relname, 7), c.relname;

-- name: bound_waits
-- For the rest of this transaction wait for a lock and for a statement at most so long, in milliseconds.
SELECT set_config('lock_timeout', $1::text, true), set_config('statement_timeout', $2::text, true);

-- name: drop_empty_partition
-- Take a partition away if it holds nothing.
SELECT drop_empty_partition($1);
