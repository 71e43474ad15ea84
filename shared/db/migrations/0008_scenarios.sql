-- Scenarios that tenants keep, in versions. A job keeps its own copy of what it runs, so none of them is needed by a job.

CREATE TABLE scenarios (
    scenario_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL CHECK (name <> ''),
    version integer NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, name)
);
CREATE INDEX scenarios_by_tenant ON scenarios (tenant_id, scenario_id);
COMMENT ON TABLE scenarios IS 'Owner: services/gateway. A tenant''s scenarios; version is the newest one''s.';

CREATE TABLE scenario_versions (
    scenario_id uuid NOT NULL REFERENCES scenarios ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    document jsonb NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    PRIMARY KEY (scenario_id, version)
);
COMMENT ON TABLE scenario_versions IS 'Owner: services/gateway. Never changed: an edit makes the next version.';
