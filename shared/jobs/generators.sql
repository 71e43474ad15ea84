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

-- name: read_slots
-- What the generators that were seen lately can do at once, by engine version.
SELECT engine_version, sum(slots)::integer AS slots FROM generators WHERE seen_at > now() - $1::interval GROUP BY engine_version;
