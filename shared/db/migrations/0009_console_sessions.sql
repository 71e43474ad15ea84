-- Who is signed in to the console, and the links that sign somebody in once.

CREATE TABLE console_sessions (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    key_id text NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE console_sessions IS 'Owner: services/gateway. The digest is SHA-256 of the cookie''s value.';
CREATE INDEX console_sessions_by_end ON console_sessions (expires_at);

CREATE TABLE console_links (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    key_id text NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE console_links IS 'Owner: services/gateway. The digest is SHA-256 of the link''s secret; a link that was used is gone.';
CREATE INDEX console_links_by_end ON console_links (expires_at);
