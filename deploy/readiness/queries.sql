-- name: read_server
-- What the database says of itself and of this connection.
SELECT
    current_setting('server_version_num')::integer AS version,
    current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS durable,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('archive_mode') <> 'off' AS archiving,
    current_setting('max_connections')::integer AS connections_max,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
    (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS powerful,
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted;

-- name: read_archiver
-- How long ago the last segment of the log was archived, and whether a later one failed.
SELECT
    extract(epoch FROM now() - last_archived_time)::double precision AS age_s,
    coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL) AS failing
FROM pg_stat_archiver;

-- name: read_partitions
-- The last month that has partitions, as months from now on.
SELECT coalesce(max(
    12 * (left(right(c.relname, 7), 4)::integer - extract(year FROM now())::integer)
    + right(c.relname, 2)::integer - extract(month FROM now())::integer
), -1)::integer
FROM pg_class AS c
WHERE c.relnamespace = 'partitions'::regnamespace AND c.relname LIKE 'jobs\_____\___';

-- name: read_work
-- Generators that were heard of lately, the age of the oldest message that waits, batches that are dead.
SELECT
    (SELECT count(*) FROM generators WHERE seen_at > now() - interval '1 minute') AS generators,
    (SELECT coalesce(sum(slots), 0) FROM generators WHERE seen_at > now() - interval '1 minute') AS slots,
    coalesce((SELECT extract(epoch FROM now() - min(created_at)) FROM outbox), 0)::double precision AS outbox_s,
    (SELECT count(*) FROM batches WHERE state = 'dead') AS dead;
