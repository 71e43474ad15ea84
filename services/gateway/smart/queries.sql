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

-- name: insert_client
-- Register a client.
INSERT INTO smart_clients (client_id, tenant_id, name, scopes, jwks, jwks_url) VALUES ($1, $2, $3, $4, $5, $6);

-- name: find_client
-- A client that has not been revoked.
SELECT client_id, tenant_id, name, scopes, jwks, jwks_url FROM smart_clients WHERE client_id = $1 AND revoked_at IS NULL;

-- name: list_clients
-- All clients with their tenants' names, oldest first.
SELECT client.client_id, tenant.name AS tenant, client.name, client.scopes, client.jwks_url, client.created_at, client.revoked_at
FROM smart_clients AS client
JOIN tenants AS tenant USING (tenant_id)
ORDER BY client.created_at, client.client_id;

-- name: revoke_client
-- Let a client in no more; its tokens end with it.
UPDATE smart_clients SET revoked_at = now() WHERE client_id = $1 AND revoked_at IS NULL RETURNING client_id;
