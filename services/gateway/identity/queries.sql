-- name: ensure_tenant
-- The tenant of this name, made when it is new.
INSERT INTO tenants (tenant_id, name) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING tenant_id;

-- name: insert_api_key
-- Remember a key by the digest of its secret.
INSERT INTO api_keys (key_id, tenant_id, name, digest, role) VALUES ($1, $2, $3, $4, $5);

-- name: find_api_key
-- A key that has not been revoked.
SELECT tenant_id, digest, role FROM api_keys WHERE key_id = $1 AND revoked_at IS NULL;

-- name: list_api_keys
-- Every key, or one tenant's, the newest last.
SELECT k.key_id, t.name AS tenant, k.name, k.role, k.created_at, k.revoked_at
FROM api_keys AS k
JOIN tenants AS t USING (tenant_id)
WHERE $1::text IS NULL OR t.name = $1
ORDER BY k.created_at, k.key_id;

-- name: revoke_api_key
-- End a key; the first time counts.
UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE key_id = $1 RETURNING true;

-- name: insert_token
-- Remember an access token by its digest.
INSERT INTO smart_tokens (digest, client_id, scopes, expires_at) VALUES ($1, $2, $3, $4);

-- name: find_token
-- An access token that still counts, with its client's tenant.
SELECT token.client_id, token.scopes, client.tenant_id
FROM smart_tokens AS token
JOIN smart_clients AS client USING (client_id)
WHERE token.digest = $1 AND token.expires_at > $2 AND client.revoked_at IS NULL;

-- name: forget_tokens
-- Forget access tokens that have expired.
DELETE FROM smart_tokens WHERE digest = ANY (ARRAY(SELECT digest FROM smart_tokens WHERE expires_at <= $1 LIMIT $2));

-- name: use_assertion
-- Note that an assertion was used; nothing comes back when it had been already.
INSERT INTO smart_assertions (client_id, jti, expires_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING jti;

-- name: forget_assertions
-- Forget used assertions that would be refused for their age by now.
DELETE FROM smart_assertions
WHERE (client_id, jti) IN (SELECT client_id, jti FROM smart_assertions WHERE expires_at <= $1 LIMIT $2);
