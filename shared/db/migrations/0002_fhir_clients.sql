-- Clients of the FHIR interface that authenticate with signed assertions (SMART Backend Services), and asynchronous bulk requests.

CREATE TABLE smart_clients (
    client_id text PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL CHECK (name <> ''),
    scopes text NOT NULL CHECK (scopes <> ''),
    jwks jsonb,
    jwks_url text,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CHECK ((jwks IS NULL) <> (jwks_url IS NULL))
);
COMMENT ON TABLE smart_clients IS 'Owner: services/gateway. A client''s public keys stand here, or are fetched from its URL.';

CREATE TABLE smart_assertions (
    client_id text NOT NULL,
    jti text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX smart_assertions_by_expiry ON smart_assertions (expires_at);
COMMENT ON TABLE smart_assertions IS 'Owner: services/gateway. Assertions that were used, until they expire: none counts twice.';

CREATE TABLE smart_tokens (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    client_id text NOT NULL,
    scopes text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX smart_tokens_by_expiry ON smart_tokens (expires_at);
COMMENT ON TABLE smart_tokens IS 'Owner: services/gateway. Access tokens by SHA-256 of their text.';

CREATE TABLE bulk_requests (
    request_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    client text NOT NULL,
    url text NOT NULL,
    types text[] NOT NULL CHECK (cardinality(types) > 0),
    ignored text[] NOT NULL,
    job_id uuid,
    since timestamptz,
    transaction_time timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > transaction_time)
);
CREATE INDEX bulk_requests_by_client ON bulk_requests (tenant_id, client, expires_at);
CREATE INDEX bulk_requests_by_expiry ON bulk_requests (expires_at);
COMMENT ON TABLE bulk_requests IS 'Owner: services/gateway. Bulk exports that were asked for: what belongs to each; their files are rendered when they are read.';
