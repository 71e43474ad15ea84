-- name: insert_token
-- Remember an access token by its digest.
INSERT INTO smart_tokens (digest, client_id, scopes, expires_at) VALUES ($1, $2, $3, $4);

-- name: find_token
-- An access token that still counts, with its client's tenant.
SELECT token.client_id, token.scopes, client.tenant_id
FROM smart_tokens AS token
JOIN smart_clients AS client USING (client_id)
WHERE token.digest = $1 AND token.expires_at > $2 AND client.revoked_at IS NULL;
