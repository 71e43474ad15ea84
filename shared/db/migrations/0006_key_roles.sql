-- What a key may do, from where and for how long. Its digest is an HMAC under the gateway's pepper, or, of keys made before and not
-- used since, a plain SHA-256.

CREATE TYPE key_role AS ENUM ('viewer', 'operator', 'admin', 'auditor');

ALTER TABLE api_keys
    ADD COLUMN role key_role,
    ADD COLUMN peppered boolean NOT NULL DEFAULT false,
    ADD COLUMN networks cidr[] NOT NULL DEFAULT '{}' CHECK (cardinality(networks) <= 50),
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN replaced_by text CHECK (replaced_by <> key_id);
UPDATE api_keys SET role = CASE WHEN admin THEN 'admin'::key_role ELSE 'operator'::key_role END;
ALTER TABLE api_keys
    ALTER COLUMN role SET DEFAULT 'operator',
    ALTER COLUMN role SET NOT NULL,
    ALTER COLUMN admin SET DEFAULT false;
COMMENT ON COLUMN api_keys.admin IS 'Only read by gateways that know no roles yet.';
COMMENT ON TABLE api_keys IS 'Owner: services/gateway. The digest is HMAC-SHA-256 of the secret under the pepper; where not peppered, its SHA-256.';
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, created_at);
