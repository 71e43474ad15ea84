-- name: lock_audit_chain
-- One entry at a time is added at the chain's end, until the transaction ends.
SELECT pg_advisory_xact_lock($1);

-- name: read_audit_end
-- The last entry's number and seal.
SELECT entry_no, seal FROM audit_log ORDER BY entry_no DESC LIMIT 1;

-- name: insert_audit_entry
-- Add an entry: number, moment, tenant, way, subject, address, action, details, trace and seal.
INSERT INTO audit_log (entry_no, at, tenant_id, way, subject, address, action, details, trace_id, seal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: read_audit_chain
-- The next entries after a number, with their seals.
SELECT entry_no, at, tenant_id, way, subject, address, action, details, trace_id, seal
FROM audit_log
WHERE entry_no > $1
ORDER BY entry_no
LIMIT $2;

-- name: list_audit_entries
-- A tenant's entries, newest first: before a number ($2), of an action ($3), of a subject ($4), since a moment ($5), at most $6.
SELECT entry_no, at, tenant_id, way, subject, address, action, details, trace_id
FROM audit_log
WHERE tenant_id = $1
  AND ($2::bigint IS NULL OR entry_no < $2)
  AND ($3::text IS NULL OR action = $3)
  AND ($4::text IS NULL OR subject = $4)
  AND ($5::timestamptz IS NULL OR at >= $5)
ORDER BY entry_no DESC
LIMIT $6;
