-- name: lead
-- Take a duty for the rest of this transaction, unless another scheduler has it.
SELECT pg_try_advisory_xact_lock(hashtextextended('scheduler.' || $1, 0));

-- name: read_database_size
-- Size of this database on its server's disk, in bytes.
SELECT pg_database_size(current_database());

-- name: read_oldest_transaction_s
-- Age in seconds of the oldest transaction on this database but one's own, 0 for none.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float8
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
