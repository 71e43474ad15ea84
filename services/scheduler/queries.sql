-- name: lead
-- Take a duty for the rest of this transaction, unless another scheduler has it.
SELECT pg_try_advisory_xact_lock(hashtextextended('scheduler.' || $1, 0));
