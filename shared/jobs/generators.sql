-- name: beat
-- A generator process says that it lives and how much it can do at once.
INSERT INTO generators (instance_id, engine_version, slots, seen_at) VALUES ($1, $2, $3, now())
ON CONFLICT (instance_id) DO UPDATE
SET engine_version = excluded.engine_version, slots = excluded.slots, seen_at = excluded.seen_at;

-- name: leave
-- A generator process ends in order.
DELETE FROM generators WHERE instance_id = $1;

-- name: prune_generators
-- Forget generator processes that fell silent long ago.
DELETE FROM generators WHERE seen_at < now() - $1::interval;

-- name: read_stalled
-- Engine versions that jobs wait for and no generator that was seen lately has: one step of an index for each version.
WITH RECURSIVE wanted AS (
    (SELECT min(engine_version) AS engine_version FROM jobs WHERE state IN ('queued', 'running'))
    UNION ALL
    SELECT (SELECT min(j.engine_version) FROM jobs AS j
        WHERE j.state IN ('queued', 'running') AND j.engine_version > wanted.engine_version)
    FROM wanted WHERE wanted.engine_version IS NOT NULL
)
SELECT engine_version FROM wanted
WHERE engine_version IS NOT NULL
  AND NOT EXISTS (SELECT FROM generators AS g WHERE g.engine_version = wanted.engine_version AND g.seen_at > now() - $1::interval);
