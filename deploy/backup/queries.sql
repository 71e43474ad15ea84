-- name: read_last_replayed
-- When the last transaction that the recovery brought back was committed.
SELECT pg_last_xact_replay_timestamp();
