-- name: ensure_tenant
-- The tenant of this name, made when it is new.
INSERT INTO tenants (tenant_id, name) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING tenant_id;

-- name: insert_api_key
-- Remember a key by the digest of its secret.
INSERT INTO api_keys (key_id, tenant_id, name, digest, admin) VALUES ($1, $2, $3, $4, $5);

-- name: find_api_key
-- A key that has not been revoked.
SELECT tenant_id, digest, admin FROM api_keys WHERE key_id = $1 AND revoked_at IS NULL;
