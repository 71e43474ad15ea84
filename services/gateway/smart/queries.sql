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
