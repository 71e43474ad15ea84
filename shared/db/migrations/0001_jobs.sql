-- Jobs, batches, results. PostgreSQL is the truth: what is not here has not happened.

CREATE TYPE job_state AS ENUM ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled');
CREATE TYPE batch_state AS ENUM ('pending', 'dispatched', 'generating', 'generated', 'done', 'dead');
CREATE TYPE priority_class AS ENUM ('high', 'normal', 'low');

CREATE TABLE tenants (
    tenant_id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    weight integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 1000),
    pass numeric NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    key_id text PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL CHECK (name <> ''),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    admin boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

-- Where each priority class stands in the stride schedule.
CREATE TABLE class_passes (
    priority priority_class PRIMARY KEY,
    weight integer NOT NULL CHECK (weight > 0),
    pass numeric NOT NULL DEFAULT 0
);
INSERT INTO class_passes (priority, weight) VALUES ('high', 8), ('normal', 4), ('low', 1);

CREATE TABLE jobs (
    job_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    state job_state NOT NULL DEFAULT 'queued',
    priority priority_class NOT NULL,
    preset text,
    scenario jsonb NOT NULL,
    scenario_digest bytea NOT NULL CHECK (octet_length(scenario_digest) = 32),
    seed bigint NOT NULL CHECK (seed BETWEEN 0 AND 9007199254740991),
    engine_version text NOT NULL,
    schema_version smallint NOT NULL,
    sector_patients integer NOT NULL CHECK (sector_patients > 0),
    part_patients integer NOT NULL CHECK (part_patients > 0),
    patients_requested bigint NOT NULL CHECK (patients_requested > 0),
    patients_persisted bigint NOT NULL DEFAULT 0 CHECK (patients_persisted BETWEEN 0 AND patients_requested),
    batches_total integer NOT NULL CHECK (batches_total > 0),
    batches_done integer NOT NULL DEFAULT 0 CHECK (batches_done >= 0),
    batches_dead integer NOT NULL DEFAULT 0 CHECK (batches_dead >= 0),
    pass numeric NOT NULL DEFAULT 0,
    trace_context text,
    digest bytea CHECK (octet_length(digest) = 32),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    first_readable_at timestamptz,
    finished_at timestamptz,
    CHECK (batches_done + batches_dead <= batches_total),
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled'))),
    CHECK (state <> 'succeeded' OR (batches_done = batches_total AND patients_persisted = patients_requested AND digest IS NOT NULL)),
    CHECK (state <> 'failed' OR (error IS NOT NULL AND batches_dead > 0 AND batches_done + batches_dead = batches_total)),
    CHECK (error IS NULL OR state = 'failed')
) PARTITION BY RANGE (job_id);
CREATE INDEX jobs_by_tenant ON jobs (tenant_id, job_id);
CREATE INDEX jobs_live ON jobs (job_id) WHERE state IN ('queued', 'running', 'paused');

CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL REFERENCES tenants,
    key text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);

CREATE TABLE batches (
    job_id uuid NOT NULL,
    batch_no integer NOT NULL,
    state batch_state NOT NULL DEFAULT 'pending',
    first_sector integer NOT NULL,
    sectors integer NOT NULL CHECK (sectors > 0),
    first_ordinal bigint NOT NULL,
    patients integer NOT NULL CHECK (patients > 0),
    parts_total integer NOT NULL CHECK (parts_total > 0),
    parts_done integer NOT NULL DEFAULT 0 CHECK (parts_done BETWEEN 0 AND parts_total),
    lease_id uuid,
    lease_expires_at timestamptz,
    dispatch_no integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL DEFAULT now(),
    error text,
    PRIMARY KEY (job_id, batch_no),
    CHECK ((lease_id IS NOT NULL) = (state IN ('dispatched', 'generating', 'generated'))),
    CHECK ((lease_expires_at IS NOT NULL) = (lease_id IS NOT NULL)),
    CHECK ((state = 'done') = (parts_done = parts_total)),
    CHECK (state <> 'dead' OR error IS NOT NULL)
) PARTITION BY RANGE (job_id);
CREATE INDEX batches_due ON batches (job_id, batch_no) WHERE state = 'pending';
CREATE INDEX batches_leased ON batches (lease_expires_at) WHERE state IN ('dispatched', 'generating', 'generated');

CREATE TABLE patient_parts (
    job_id uuid NOT NULL,
    first_ordinal bigint NOT NULL,
    last_ordinal bigint NOT NULL CHECK (last_ordinal >= first_ordinal),
    batch_no integer NOT NULL,
    schema_version smallint NOT NULL,
    summary jsonb NOT NULL,
    body bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, first_ordinal)
) PARTITION BY RANGE (job_id);
ALTER TABLE patient_parts ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE patients (
    job_id uuid NOT NULL,
    ordinal bigint NOT NULL,
    sector integer NOT NULL,
    family_id integer NOT NULL,
    given_id integer NOT NULL,
    birth_date date NOT NULL,
    sex smallint NOT NULL,
    nation smallint NOT NULL,
    branch smallint NOT NULL,
    category smallint NOT NULL,
    mechanism smallint NOT NULL,
    triage_first smallint NOT NULL,
    iss smallint NOT NULL,
    outcome smallint NOT NULL,
    role_last smallint NOT NULL,
    injured_at_s integer NOT NULL,
    ended_at_s integer NOT NULL,
    PRIMARY KEY (job_id, ordinal)
) PARTITION BY RANGE (job_id);

CREATE TABLE sector_results (
    job_id uuid NOT NULL,
    sector integer NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    body bytea NOT NULL,
    PRIMARY KEY (job_id, sector)
) PARTITION BY RANGE (job_id);
ALTER TABLE sector_results ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE outbox (
    message_id uuid PRIMARY KEY,
    routing_key text NOT NULL,
    body bytea NOT NULL,
    trace_context text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_in_order ON outbox (created_at, message_id);

-- One row a live generator process: what the dispatch window is computed from.
CREATE TABLE generators (
    instance_id uuid PRIMARY KEY,
    engine_version text NOT NULL,
    slots integer NOT NULL CHECK (slots > 0),
    seen_at timestamptz NOT NULL
);
