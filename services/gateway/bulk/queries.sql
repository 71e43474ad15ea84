-- name: insert_request
-- Remember a bulk request, unless the client has $10 of them already.
INSERT INTO bulk_requests (request_id, tenant_id, client, url, types, ignored, type_filters, job_id, since, transaction_time, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, date_trunc('milliseconds', now()), now() + make_interval(secs => $11)
WHERE (SELECT count(*) FROM bulk_requests WHERE tenant_id = $2 AND client = $3 AND expires_at > now()) < $10
RETURNING request_id;

-- name: find_request
-- A client's bulk request, and whether all that was being written when it was made is committed or gone by now.
SELECT request_id, tenant_id, client, url, types, ignored, type_filters, job_id, since, transaction_time, expires_at, NOT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < transaction_time + interval '1 millisecond'
      AND transaction_time > now() - make_interval(secs => $3)
) AS settled
FROM bulk_requests
WHERE request_id = $1 AND tenant_id = $2 AND client = $4 AND expires_at > now();

-- name: list_requests
-- A client's bulk requests that can still be downloaded, the latest first.
SELECT request_id, url, transaction_time, expires_at FROM bulk_requests
WHERE tenant_id = $1 AND client = $2 AND expires_at > now()
ORDER BY transaction_time DESC, request_id;

-- name: delete_request
-- Forget a client's bulk request.
DELETE FROM bulk_requests
WHERE request_id = $1 AND tenant_id = $2 AND client = $3 AND expires_at > now()
RETURNING request_id;

-- name: forget_expired
-- Forget some of the requests whose time is over.
DELETE FROM bulk_requests
WHERE request_id = ANY (ARRAY(SELECT request_id FROM bulk_requests WHERE expires_at <= now() LIMIT $1));

-- name: list_parts
-- A tenant's stored parts (of one job or of all) that were written after $3 and until $4, in order.
SELECT part.job_id, part.first_ordinal, part.last_ordinal
FROM jobs AS job
JOIN patient_parts AS part USING (job_id)
WHERE job.tenant_id = $1
  AND ($2::uuid IS NULL OR job.job_id = $2)
  AND ($3::timestamptz IS NULL OR date_trunc('milliseconds', part.written_at) > $3)
  AND date_trunc('milliseconds', part.written_at) <= $4
ORDER BY part.job_id, part.first_ordinal;
