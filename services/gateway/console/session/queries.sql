-- name: delete_session
-- End a session.
DELETE FROM console_sessions WHERE digest = $1;

-- name: find_session
-- A session that is not over, of a key that has not been revoked.
SELECT k.key_id, k.tenant_id, k.role, k.networks, k.name AS key_name, t.name AS tenant
FROM console_sessions AS s
JOIN api_keys AS k USING (key_id)
JOIN tenants AS t USING (tenant_id)
WHERE s.digest = $1 AND s.expires_at > clock_timestamp() AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());

-- name: insert_link
-- Remember a one-time link by the digest of its secret.
INSERT INTO console_links (digest, key_id, expires_at) VALUES ($1, $2, clock_timestamp() + $3::interval);

-- name: insert_session
-- Begin a session.
INSERT INTO console_sessions (digest, key_id, expires_at) VALUES ($1, $2, clock_timestamp() + $3::interval);

-- name: prune_links
-- Forget links that nobody can use any more.
DELETE FROM console_links WHERE expires_at < clock_timestamp();

-- name: prune_sessions
-- Forget sessions that are over.
DELETE FROM console_sessions WHERE expires_at < clock_timestamp();

-- name: take_link
-- Use a link up, if its key has not been revoked.
DELETE FROM console_links AS l
USING api_keys AS k
WHERE l.digest = $1 AND l.expires_at > clock_timestamp() AND k.key_id = l.key_id AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
RETURNING l.key_id;
