-- name: has_messages
-- Whether anything waits for the relay.
SELECT EXISTS (SELECT FROM outbox WHERE error IS NULL);

-- name: lag
-- Age of the oldest message in seconds, 0 for none.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 FROM outbox WHERE error IS NULL;

-- name: put
-- Leave messages for the relay.
INSERT INTO outbox (message_id, message_type, routing_key, body, trace_context)
SELECT gen_random_uuid(), item.message_type, item.routing_key, item.body, item.trace_context
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) AS item (message_type, routing_key, body, trace_context);

-- name: remove
-- Forget messages that the broker confirmed.
DELETE FROM outbox WHERE message_id = ANY ($1::uuid[]);

-- name: set_aside
-- Keep a message that cannot be read for people to look at.
UPDATE outbox SET error = $2 WHERE message_id = $1;

-- name: take
-- The oldest messages that no other relay holds.
SELECT message_id, message_type, routing_key, body, trace_context FROM outbox
WHERE error IS NULL
ORDER BY created_at, message_id
LIMIT $1
FOR UPDATE SKIP LOCKED;
