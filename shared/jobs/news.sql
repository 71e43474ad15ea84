-- name: insert_job_event
-- Remember a job's move, in the transaction that made it.
INSERT INTO job_events (tenant_id, job_id, state, patients_requested, patients_persisted, at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: prune_job_events
-- Forget old events, a bounded number at a time.
DELETE FROM job_events
WHERE (xid, seq) IN (SELECT xid, seq FROM job_events WHERE at < now() - $1::interval LIMIT $2);

-- name: read_active_jobs
-- How far every job is that is not over, the newest first.
SELECT tenant_id, job_id, state, patients_requested, patients_persisted, NULL AS xid, NULL AS seq
FROM active_jobs($1);

-- name: read_job_events
-- Events behind a position that no transaction can add to any more, oldest first; of one tenant or of all.
SELECT tenant_id, job_id, state, patients_requested, patients_persisted, xid::text AS xid, seq
FROM job_events
WHERE (xid, seq) > ($1::text::xid8, $2::bigint)
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
  AND ($3::uuid IS NULL OR tenant_id = $3)
ORDER BY xid, seq
LIMIT $4;

-- name: read_news_end
-- The position behind which nothing has been read yet.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid, 0::bigint AS seq;
