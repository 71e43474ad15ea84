-- name: ensure_tenant
-- The tenant of this name, made when it is new.
INSERT INTO tenants (tenant_id, name) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING tenant_id;

-- name: insert_api_key
-- Remember a key: id, tenant, name, digest of its secret, role, expiry and networks.
INSERT INTO api_keys (key_id, tenant_id, name, digest, peppered, role, expires_at, networks)
VALUES ($1, $2, $3, $4, true, $5, $6, $7);

-- name: find_api_key
-- A key that has not been revoked.
SELECT tenant_id, role, digest, peppered, networks, expires_at, last_used_at
FROM api_keys
WHERE key_id = $1 AND revoked_at IS NULL;

-- name: note_api_key_use
-- Remember when a key was last used, and the peppered digest of its secret.
UPDATE api_keys SET last_used_at = $2, digest = $3, peppered = true WHERE key_id = $1;

-- name: list_api_keys
-- Keys, the newest last: every one, or those of the tenant of a name ($1) or id ($2), or one by its id ($3).
SELECT k.key_id, t.name AS tenant, k.name, k.role, k.networks, k.created_at, k.expires_at, k.last_used_at, k.revoked_at, k.replaced_by
FROM api_keys AS k
JOIN tenants AS t USING (tenant_id)
WHERE ($1::text IS NULL OR t.name = $1)
  AND ($2::uuid IS NULL OR k.tenant_id = $2)
  AND ($3::text IS NULL OR k.key_id = $3)
ORDER BY k.created_at, k.key_id;

-- name: lock_api_key
-- A key that is about to be replaced, of any tenant or of one ($2).
SELECT tenant_id, name, role, networks, revoked_at, replaced_by
FROM api_keys
WHERE key_id = $1 AND ($2::uuid IS NULL OR tenant_id = $2)
FOR UPDATE;

-- name: replace_api_key
-- Note which key took this one's place ($2) and until when it works beside it ($3), unless it expires before.
UPDATE api_keys SET replaced_by = $2, expires_at = least(expires_at, $3) WHERE key_id = $1;

-- name: revoke_api_key
-- End a key of any tenant or of one ($2); the first time counts.
UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp())
WHERE key_id = $1 AND ($2::uuid IS NULL OR tenant_id = $2)
RETURNING tenant_id;

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
