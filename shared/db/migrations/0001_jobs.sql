-- Jobs, batches, results. PostgreSQL is the truth: what is not here has not happened.

CREATE TYPE job_state AS ENUM ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled');
CREATE TYPE batch_state AS ENUM ('pending', 'dispatched', 'generating', 'generated', 'done', 'dead');
CREATE TYPE priority_class AS ENUM ('high', 'normal', 'low');

CREATE TABLE tenants (
    tenant_id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    weight integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 1000),
    pass bigint NOT NULL DEFAULT 0 CHECK (pass >= 0),
    job_floor bigint NOT NULL DEFAULT 0 CHECK (job_floor >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tenants IS 'Who shares the system. Names and weights: services/gateway; pass and job_floor: shared/jobs.';

CREATE TABLE api_keys (
    key_id text PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL CHECK (name <> ''),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    admin boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
COMMENT ON TABLE api_keys IS 'Owner: services/gateway. The digest is SHA-256 of the secret.';

CREATE TABLE class_passes (
    priority priority_class PRIMARY KEY,
    weight integer NOT NULL CHECK (weight BETWEEN 1 AND 1000),
    pass bigint NOT NULL DEFAULT 0 CHECK (pass >= 0)
);
COMMENT ON TABLE class_passes IS 'Owner: shared/jobs. Where each priority class stands in the stride schedule.';
INSERT INTO class_passes (priority, weight) VALUES ('high', 8), ('normal', 4), ('low', 1);

CREATE TABLE schedule_floors (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    class_floor bigint NOT NULL DEFAULT 0 CHECK (class_floor >= 0),
    tenant_floor bigint NOT NULL DEFAULT 0 CHECK (tenant_floor >= 0)
);
COMMENT ON TABLE schedule_floors IS 'Owner: shared/jobs. The lowest pass with which a class or a tenant may join the schedule.';
INSERT INTO schedule_floors DEFAULT VALUES;

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
    pass bigint NOT NULL DEFAULT 0 CHECK (pass >= 0),
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
    CHECK (error IS NULL OR state = 'failed'),
    CHECK (digest IS NULL OR state = 'succeeded'),
    CHECK (state <> 'queued' OR (started_at IS NULL AND patients_persisted = 0)),
    CHECK ((first_readable_at IS NOT NULL) = (patients_persisted > 0))
) PARTITION BY RANGE (job_id);
COMMENT ON TABLE jobs IS 'Owner: shared/jobs.';
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
CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job_id);
COMMENT ON TABLE idempotency_keys IS 'Owner: shared/jobs. Which submission a client''s key stands for; kept for a day.';

CREATE TABLE batches (
    job_id uuid NOT NULL,
    batch_no integer NOT NULL CHECK (batch_no >= 0),
    state batch_state NOT NULL DEFAULT 'pending',
    first_sector integer NOT NULL CHECK (first_sector >= 0),
    sectors integer NOT NULL CHECK (sectors BETWEEN 1 AND patients),
    first_ordinal bigint NOT NULL CHECK (first_ordinal >= 0),
    patients integer NOT NULL CHECK (patients > 0),
    parts_total integer NOT NULL CHECK (parts_total BETWEEN 1 AND patients),
    parts_done integer NOT NULL DEFAULT 0 CHECK (parts_done BETWEEN 0 AND parts_total),
    lease_id uuid,
    lease_expires_at timestamptz,
    dispatch_no integer NOT NULL DEFAULT 0 CHECK (dispatch_no >= 0),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    run_at timestamptz NOT NULL DEFAULT now(),
    error text,
    PRIMARY KEY (job_id, batch_no),
    CHECK ((lease_id IS NOT NULL) = (state IN ('dispatched', 'generating', 'generated'))),
    CHECK ((lease_expires_at IS NOT NULL) = (lease_id IS NOT NULL)),
    CHECK ((state = 'done') = (parts_done = parts_total)),
    CHECK (state <> 'dead' OR error IS NOT NULL)
) PARTITION BY RANGE (job_id);
CREATE INDEX batches_due ON batches (job_id, run_at, batch_no) WHERE state = 'pending';
CREATE INDEX batches_leased ON batches (lease_expires_at) WHERE lease_id IS NOT NULL;
CREATE INDEX batches_by_lease ON batches (lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX batches_dead ON batches (job_id, batch_no) WHERE state = 'dead';
COMMENT ON TABLE batches IS 'Owner: shared/jobs.';

CREATE TABLE patient_parts (
    job_id uuid NOT NULL,
    first_ordinal bigint NOT NULL CHECK (first_ordinal >= 0),
    last_ordinal bigint NOT NULL CHECK (last_ordinal >= first_ordinal),
    batch_no integer NOT NULL,
    schema_version smallint NOT NULL,
    summary jsonb NOT NULL,
    body bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, first_ordinal)
) PARTITION BY RANGE (job_id);
ALTER TABLE patient_parts ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE patient_parts IS 'Owner: services/writer; shared/jobs removes a deleted job''s rows. One Arrow body of whole patient records; the guard against storing a part twice.';

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
COMMENT ON TABLE patients IS 'Owner: services/writer; shared/jobs removes a deleted job''s rows. What patients are found by; the whole record is in patient_parts.';

CREATE TABLE sector_results (
    job_id uuid NOT NULL,
    sector integer NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    body bytea NOT NULL,
    PRIMARY KEY (job_id, sector)
) PARTITION BY RANGE (job_id);
ALTER TABLE sector_results ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE sector_results IS 'Owner: services/writer; shared/jobs removes a deleted job''s rows.';

CREATE TABLE purges (
    job_id uuid PRIMARY KEY,
    asked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE purges IS 'Owner: shared/jobs. Deleted jobs whose rows are still being removed, a slice at a time.';

CREATE TABLE outbox (
    message_id uuid PRIMARY KEY,
    message_type text NOT NULL CHECK (message_type <> ''),
    routing_key text NOT NULL CHECK (octet_length(routing_key) BETWEEN 1 AND 255),
    body bytea NOT NULL,
    trace_context text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX outbox_in_order ON outbox (created_at, message_id);
COMMENT ON TABLE outbox IS 'Owner: shared/outbox. Messages of committed transactions that are not yet with the broker.';

CREATE TABLE generators (
    instance_id uuid PRIMARY KEY,
    engine_version text NOT NULL,
    slots integer NOT NULL CHECK (slots > 0),
    seen_at timestamptz NOT NULL
);
COMMENT ON TABLE generators IS 'Owner: shared/jobs. One row a live generator process: what the dispatch window is computed from.';

-- The lowest UUIDv7 of an instant: its first 48 bits are milliseconds since 1970.
CREATE FUNCTION uuid7_floor(at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

CREATE SCHEMA partitions;

-- Make the missing partitions from the month of `since` to `months` later; returns their names.
-- A table is made apart and attached, because ATTACH lets the others read and write meanwhile and PARTITION OF does not.
CREATE FUNCTION make_partitions(since timestamptz, months integer) RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    parent text;
    month timestamptz;
    partition text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
    FOR month IN
        SELECT (date_trunc('month', since AT TIME ZONE 'UTC') + make_interval(months => n)) AT TIME ZONE 'UTC'
        FROM generate_series(0, months) AS n
    LOOP
        FOREACH parent IN ARRAY ARRAY['jobs', 'batches', 'patient_parts', 'patients', 'sector_results'] LOOP
            partition := format('%s_%s', parent, to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'));
            CONTINUE WHEN to_regclass(format('partitions.%I', partition)) IS NOT NULL;
            EXECUTE format(
                'CREATE TABLE partitions.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE)',
                partition, parent
            );
            -- Rows that are updated often: room for updates in place, and a vacuum that does not wait for a fifth of the table.
            IF parent IN ('jobs', 'batches') THEN
                EXECUTE format(
                    'ALTER TABLE partitions.%I SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)', partition
                );
            END IF;
            EXECUTE format(
                'ALTER TABLE public.%I ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)',
                parent, partition, uuid7_floor(month), uuid7_floor(month + interval '1 month')
            );
            RETURN NEXT partition;
        END LOOP;
    END LOOP;
END
$$;
