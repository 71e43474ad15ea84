-- name: has_messages
-- Whether anything waits for the relay.
SELECT EXISTS (SELECT FROM outbox);

-- name: lag
-- Age of the oldest message in seconds, 0 for none.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 FROM outbox;

-- name: put
-- Leave a message for the relay.
INSERT INTO outbox (message_id, message_type, routing_key, body, trace_context) VALUES (gen_random_uuid(), $1, $2, $3, $4);

-- name: remove
-- Forget messages that the broker confirmed.
DELETE FROM outbox WHERE message_id = ANY ($1::uuid[]);

-- name: take
-- The oldest messages that no other relay holds.
SELECT message_id, message_type, routing_key, body, trace_context FROM outbox
ORDER BY created_at, message_id
LIMIT $1
FOR UPDATE SKIP LOCKED;
