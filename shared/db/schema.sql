CREATE SCHEMA partitions;

CREATE TYPE public.batch_state AS ENUM (
    'pending',
    'dispatched',
    'generating',
    'generated',
    'done',
    'dead'
);

CREATE TYPE public.job_state AS ENUM (
    'queued',
    'running',
    'paused',
    'succeeded',
    'failed',
    'cancelled'
);

CREATE TYPE public.key_role AS ENUM (
    'viewer',
    'operator',
    'admin',
    'auditor'
);

CREATE TYPE public.priority_class AS ENUM (
    'high',
    'normal',
    'low'
);

CREATE TABLE public.jobs (
    job_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    state public.job_state DEFAULT 'queued'::public.job_state NOT NULL,
    priority public.priority_class NOT NULL,
    preset text,
    scenario jsonb NOT NULL,
    scenario_digest bytea NOT NULL,
    seed bigint NOT NULL,
    engine_version text NOT NULL,
    schema_version smallint NOT NULL,
    sector_patients integer NOT NULL,
    part_patients integer NOT NULL,
    patients_requested bigint NOT NULL,
    patients_persisted bigint DEFAULT 0 NOT NULL,
    batches_total integer NOT NULL,
    batches_done integer DEFAULT 0 NOT NULL,
    batches_dead integer DEFAULT 0 NOT NULL,
    pass bigint DEFAULT 0 NOT NULL,
    trace_context text,
    digest bytea,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    first_readable_at timestamp with time zone,
    finished_at timestamp with time zone,
    title text,
    failures_in_row integer DEFAULT 0 NOT NULL,
    report_tried_at timestamp with time zone,
    CONSTRAINT jobs_batches_dead_check CHECK ((batches_dead >= 0)),
    CONSTRAINT jobs_batches_done_check CHECK ((batches_done >= 0)),
    CONSTRAINT jobs_batches_total_check CHECK ((batches_total > 0)),
    CONSTRAINT jobs_check CHECK (((patients_persisted >= 0) AND (patients_persisted <= patients_requested))),
    CONSTRAINT jobs_check1 CHECK (((batches_done + batches_dead) <= batches_total)),
    CONSTRAINT jobs_check2 CHECK (((finished_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::public.job_state, 'failed'::public.job_state, 'cancelled'::public.job_state])))),
    CONSTRAINT jobs_check3 CHECK (((state <> 'succeeded'::public.job_state) OR ((batches_done = batches_total) AND (patients_persisted = patients_requested) AND (digest IS NOT NULL)))),
    CONSTRAINT jobs_check4 CHECK (((state <> 'failed'::public.job_state) OR ((error IS NOT NULL) AND (batches_dead > 0) AND ((batches_done + batches_dead) = batches_total)))),
    CONSTRAINT jobs_check5 CHECK (((error IS NULL) OR (state = 'failed'::public.job_state))),
    CONSTRAINT jobs_check6 CHECK (((digest IS NULL) OR (state = 'succeeded'::public.job_state))),
    CONSTRAINT jobs_check7 CHECK (((state <> 'queued'::public.job_state) OR ((started_at IS NULL) AND (patients_persisted = 0)))),
    CONSTRAINT jobs_check8 CHECK (((first_readable_at IS NOT NULL) = (patients_persisted > 0))),
    CONSTRAINT jobs_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT jobs_failures_in_row_check CHECK ((failures_in_row >= 0)),
    CONSTRAINT jobs_part_patients_check CHECK ((part_patients > 0)),
    CONSTRAINT jobs_pass_check CHECK ((pass >= 0)),
    CONSTRAINT jobs_patients_requested_check CHECK ((patients_requested > 0)),
    CONSTRAINT jobs_scenario_digest_check CHECK ((octet_length(scenario_digest) = 32)),
    CONSTRAINT jobs_sector_patients_check CHECK ((sector_patients > 0)),
    CONSTRAINT jobs_seed_check CHECK (((seed >= 0) AND (seed <= '9007199254740991'::bigint)))
)
PARTITION BY RANGE (job_id);

COMMENT ON TABLE public.jobs IS 'Owner: shared/jobs.';

CREATE FUNCTION public.active_jobs(jobs_max integer) RETURNS TABLE(tenant_id uuid, job_id uuid, state public.job_state, patients_requested bigint, patients_persisted bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT j.tenant_id,
     j.job_id,
     j.state,
     j.patients_requested,
     j.patients_persisted
    FROM public.jobs j
   WHERE (j.state = ANY (ARRAY['queued'::public.job_state, 'running'::public.job_state, 'paused'::public.job_state]))
   ORDER BY j.job_id DESC
  LIMIT active_jobs.jobs_max;
END;

CREATE FUNCTION public.backlog_patients() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    RETURN (SELECT (COALESCE(sum((jobs.patients_requested - jobs.patients_persisted)), (0)::numeric))::bigint AS "coalesce" FROM public.jobs WHERE (jobs.state = ANY (ARRAY['queued'::public.job_state, 'running'::public.job_state, 'paused'::public.job_state])));

CREATE FUNCTION public.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('lazaret.tenant_id'::text, true), ''::text))::uuid;

CREATE FUNCTION public.drop_empty_partition(partition name) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    relation regclass;
    parent regclass;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
    -- Read from the tables: a name is looked up in a cache that may not know yet what another caller has dropped.
    SELECT i.inhrelid, i.inhparent INTO relation, parent
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE c.relname = partition AND c.relnamespace = 'partitions'::regnamespace;
    IF NOT FOUND OR has_rows(relation) OR has_rows(to_regclass(format('partitions.%I', 'jobs_' || right(partition, 7)))) THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s, ONLY %s IN ACCESS EXCLUSIVE MODE', parent, relation);
    IF has_rows(relation) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %s', relation);
    RETURN true;
END
$$;

CREATE FUNCTION public.has_rows(relation regclass) RETURNS boolean
    LANGUAGE plpgsql STRICT
    AS $$
DECLARE
    found_one boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO found_one;
    RETURN found_one;
END
$$;

CREATE FUNCTION public.make_partitions(since timestamp with time zone, months integer) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET "TimeZone" TO 'UTC'
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

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', tg_table_name USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION public.serves_all_tenants() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (CURRENT_USER <> 'lazaret_gateway'::name);

CREATE FUNCTION public.uuid7_floor(at timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((lpad(to_hex(((EXTRACT(epoch FROM at) * (1000)::numeric))::bigint), 12, '0'::text) || repeat('0'::text, 20)))::uuid;

CREATE TABLE public.batches (
    job_id uuid NOT NULL,
    batch_no integer NOT NULL,
    state public.batch_state DEFAULT 'pending'::public.batch_state NOT NULL,
    first_sector integer NOT NULL,
    sectors integer NOT NULL,
    first_ordinal bigint NOT NULL,
    patients integer NOT NULL,
    parts_total integer NOT NULL,
    parts_done integer DEFAULT 0 NOT NULL,
    lease_id uuid,
    lease_expires_at timestamp with time zone,
    dispatch_no integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    run_at timestamp with time zone DEFAULT now() NOT NULL,
    error text,
    CONSTRAINT batches_batch_no_check CHECK ((batch_no >= 0)),
    CONSTRAINT batches_check CHECK (((sectors >= 1) AND (sectors <= patients))),
    CONSTRAINT batches_check1 CHECK (((parts_total >= 1) AND (parts_total <= patients))),
    CONSTRAINT batches_check2 CHECK (((parts_done >= 0) AND (parts_done <= parts_total))),
    CONSTRAINT batches_check3 CHECK (((lease_id IS NOT NULL) = (state = ANY (ARRAY['dispatched'::public.batch_state, 'generating'::public.batch_state, 'generated'::public.batch_state])))),
    CONSTRAINT batches_check4 CHECK (((lease_expires_at IS NOT NULL) = (lease_id IS NOT NULL))),
    CONSTRAINT batches_check5 CHECK (((state = 'done'::public.batch_state) = (parts_done = parts_total))),
    CONSTRAINT batches_check6 CHECK (((state <> 'dead'::public.batch_state) OR (error IS NOT NULL))),
    CONSTRAINT batches_dispatch_no_check CHECK ((dispatch_no >= 0)),
    CONSTRAINT batches_failures_check CHECK ((failures >= 0)),
    CONSTRAINT batches_first_ordinal_check CHECK ((first_ordinal >= 0)),
    CONSTRAINT batches_first_sector_check CHECK ((first_sector >= 0)),
    CONSTRAINT batches_patients_check CHECK ((patients > 0))
)
PARTITION BY RANGE (job_id);

COMMENT ON TABLE public.batches IS 'Owner: shared/jobs.';

CREATE TABLE public.patient_parts (
    job_id uuid NOT NULL,
    first_ordinal bigint NOT NULL,
    last_ordinal bigint NOT NULL,
    batch_no integer NOT NULL,
    schema_version smallint NOT NULL,
    summary jsonb NOT NULL,
    body bytea NOT NULL,
    written_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT patient_parts_check CHECK ((last_ordinal >= first_ordinal)),
    CONSTRAINT patient_parts_first_ordinal_check CHECK ((first_ordinal >= 0))
)
PARTITION BY RANGE (job_id);
ALTER TABLE ONLY public.patient_parts ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE public.patient_parts IS 'Owner: services/writer; shared/jobs removes a deleted job''s rows. One Arrow body of whole patient records; the guard against storing a part twice.';

CREATE TABLE public.patients (
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
    ended_at_s integer NOT NULL
)
PARTITION BY RANGE (job_id);

COMMENT ON TABLE public.patients IS 'Owner: services/writer; shared/jobs removes a deleted job''s rows. What patients are found by; the whole record is in patient_parts.';

CREATE TABLE public.sector_results (
    job_id uuid NOT NULL,
    sector integer NOT NULL,
    digest bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT sector_results_digest_check CHECK ((octet_length(digest) = 32))
)
PARTITION BY RANGE (job_id);
ALTER TABLE ONLY public.sector_results ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE public.sector_results IS 'Owner: services/writer; shared/jobs removes a deleted job''s rows.';

CREATE TABLE public.api_keys (
    key_id text NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL,
    admin boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    role public.key_role DEFAULT 'operator'::public.key_role NOT NULL,
    peppered boolean DEFAULT false NOT NULL,
    networks cidr[] DEFAULT '{}'::cidr[] NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    replaced_by text,
    CONSTRAINT api_keys_check CHECK ((replaced_by <> key_id)),
    CONSTRAINT api_keys_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT api_keys_name_check CHECK ((name <> ''::text)),
    CONSTRAINT api_keys_networks_check CHECK ((cardinality(networks) <= 50))
);

COMMENT ON TABLE public.api_keys IS 'Owner: services/gateway. The digest is HMAC-SHA-256 of the secret under the pepper; where not peppered, its SHA-256.';

COMMENT ON COLUMN public.api_keys.admin IS 'Only read by gateways that know no roles yet.';

CREATE TABLE public.audit_log (
    entry_no bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    tenant_id uuid,
    way text NOT NULL,
    subject text NOT NULL,
    address text NOT NULL,
    action text NOT NULL,
    details jsonb NOT NULL,
    trace_id text,
    seal bytea NOT NULL,
    CONSTRAINT audit_log_action_check CHECK ((action <> ''::text)),
    CONSTRAINT audit_log_entry_no_check CHECK ((entry_no > 0)),
    CONSTRAINT audit_log_seal_check CHECK ((octet_length(seal) = 32)),
    CONSTRAINT audit_log_way_check CHECK ((way <> ''::text))
);

COMMENT ON TABLE public.audit_log IS 'Owner: services/gateway. Rows are added and never changed; seal is an HMAC over the row and the seal before it.';

CREATE TABLE public.bulk_requests (
    request_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    client text NOT NULL,
    url text NOT NULL,
    types text[] NOT NULL,
    ignored text[] NOT NULL,
    job_id uuid,
    since timestamp with time zone,
    transaction_time timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    type_filters text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT bulk_requests_check CHECK ((expires_at > transaction_time)),
    CONSTRAINT bulk_requests_types_check CHECK ((cardinality(types) > 0))
);

COMMENT ON TABLE public.bulk_requests IS 'Owner: services/gateway. Bulk exports that were asked for: what belongs to each; their files are rendered when they are read.';

COMMENT ON COLUMN public.bulk_requests.type_filters IS 'Searches such as Observation?code=8867-4: a resource of such a type must match one of its type''s.';

CREATE TABLE public.class_passes (
    priority public.priority_class NOT NULL,
    weight integer NOT NULL,
    pass bigint DEFAULT 0 NOT NULL,
    CONSTRAINT class_passes_pass_check CHECK ((pass >= 0)),
    CONSTRAINT class_passes_weight_check CHECK (((weight >= 1) AND (weight <= 1000)))
);

COMMENT ON TABLE public.class_passes IS 'Owner: shared/jobs. Where each priority class stands in the stride schedule.';

CREATE TABLE public.console_links (
    digest bytea NOT NULL,
    key_id text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT console_links_digest_check CHECK ((octet_length(digest) = 32))
);

COMMENT ON TABLE public.console_links IS 'Owner: services/gateway. The digest is SHA-256 of the link''s secret; a link that was used is gone.';

CREATE TABLE public.console_sessions (
    digest bytea NOT NULL,
    key_id text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT console_sessions_digest_check CHECK ((octet_length(digest) = 32))
);

COMMENT ON TABLE public.console_sessions IS 'Owner: services/gateway. The digest is SHA-256 of the cookie''s value.';

CREATE TABLE public.generators (
    instance_id uuid NOT NULL,
    engine_version text NOT NULL,
    slots integer NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT generators_slots_check CHECK ((slots > 0))
);

COMMENT ON TABLE public.generators IS 'Owner: shared/jobs. One row a live generator process: what the dispatch window is computed from.';

CREATE TABLE public.idempotency_keys (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    job_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT idempotency_keys_key_check CHECK (((octet_length(key) >= 1) AND (octet_length(key) <= 255)))
);

COMMENT ON TABLE public.idempotency_keys IS 'Owner: shared/jobs. Which submission a client''s key stands for; kept for a day.';

CREATE TABLE public.job_events (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq bigint NOT NULL,
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    state public.job_state NOT NULL,
    patients_requested bigint NOT NULL,
    patients_persisted bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.job_events IS 'Owner: shared/jobs. Read in the order of (xid, seq), below the oldest transaction that still runs.';

ALTER TABLE public.job_events ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_events_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outbox (
    message_id uuid NOT NULL,
    message_type text NOT NULL,
    routing_key text NOT NULL,
    body bytea NOT NULL,
    trace_context text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    error text,
    CONSTRAINT outbox_message_type_check CHECK ((message_type <> ''::text)),
    CONSTRAINT outbox_routing_key_check CHECK (((octet_length(routing_key) >= 1) AND (octet_length(routing_key) <= 255)))
);

COMMENT ON TABLE public.outbox IS 'Owner: shared/outbox. Messages of committed transactions that are not yet with the broker.';

CREATE TABLE public.purges (
    job_id uuid NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    tried_at timestamp with time zone
);

COMMENT ON TABLE public.purges IS 'Owner: shared/jobs. Deleted jobs whose rows are still being removed, a slice at a time.';

CREATE TABLE public.scenario_versions (
    scenario_id uuid NOT NULL,
    version integer NOT NULL,
    document jsonb NOT NULL,
    digest bytea NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    made_by text NOT NULL,
    CONSTRAINT scenario_versions_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT scenario_versions_version_check CHECK ((version > 0))
);

COMMENT ON TABLE public.scenario_versions IS 'Owner: services/gateway. Never changed: an edit makes the next version.';

CREATE TABLE public.scenarios (
    scenario_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT scenarios_name_check CHECK ((name <> ''::text)),
    CONSTRAINT scenarios_version_check CHECK ((version > 0))
);

COMMENT ON TABLE public.scenarios IS 'Owner: services/gateway. A tenant''s scenarios; version is the newest one''s.';

CREATE TABLE public.schedule_floors (
    only_row boolean DEFAULT true NOT NULL,
    class_floor bigint DEFAULT 0 NOT NULL,
    tenant_floor bigint DEFAULT 0 NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    CONSTRAINT schedule_floors_class_floor_check CHECK ((class_floor >= 0)),
    CONSTRAINT schedule_floors_only_row_check CHECK (only_row),
    CONSTRAINT schedule_floors_tenant_floor_check CHECK ((tenant_floor >= 0))
);

COMMENT ON TABLE public.schedule_floors IS 'Owner: shared/jobs. The lowest pass with which a class or a tenant may join the schedule.';

CREATE TABLE public.schema_versions (
    version integer NOT NULL,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.smart_assertions (
    client_id text NOT NULL,
    jti text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.smart_assertions IS 'Owner: services/gateway. Assertions that were used, until they expire: none counts twice.';

CREATE TABLE public.smart_clients (
    client_id text NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    jwks jsonb,
    jwks_url text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT smart_clients_check CHECK (((jwks IS NULL) <> (jwks_url IS NULL))),
    CONSTRAINT smart_clients_name_check CHECK ((name <> ''::text)),
    CONSTRAINT smart_clients_scopes_check CHECK ((scopes <> ''::text))
);

COMMENT ON TABLE public.smart_clients IS 'Owner: services/gateway. A client''s public keys stand here, or are fetched from its URL.';

CREATE TABLE public.smart_tokens (
    digest bytea NOT NULL,
    client_id text NOT NULL,
    scopes text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT smart_tokens_digest_check CHECK ((octet_length(digest) = 32))
);

COMMENT ON TABLE public.smart_tokens IS 'Owner: services/gateway. Access tokens by SHA-256 of their text.';

CREATE TABLE public.tenants (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    weight integer DEFAULT 1 NOT NULL,
    pass bigint DEFAULT 0 NOT NULL,
    job_floor bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    CONSTRAINT tenants_job_floor_check CHECK ((job_floor >= 0)),
    CONSTRAINT tenants_name_check CHECK ((name <> ''::text)),
    CONSTRAINT tenants_pass_check CHECK ((pass >= 0)),
    CONSTRAINT tenants_weight_check CHECK (((weight >= 1) AND (weight <= 1000)))
);

COMMENT ON TABLE public.tenants IS 'Who shares the system. Names and weights: services/gateway; pass and job_floor: shared/jobs.';

CREATE TABLE public.validity_reports (
    job_id uuid NOT NULL,
    report jsonb NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

COMMENT ON TABLE public.validity_reports IS 'Owner: shared/jobs. One document a terminal job; gone when the job runs again or is deleted.';

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (entry_no);

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (job_id, batch_no);

ALTER TABLE ONLY public.bulk_requests
    ADD CONSTRAINT bulk_requests_pkey PRIMARY KEY (request_id);

ALTER TABLE ONLY public.class_passes
    ADD CONSTRAINT class_passes_pkey PRIMARY KEY (priority);

ALTER TABLE ONLY public.console_links
    ADD CONSTRAINT console_links_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.console_sessions
    ADD CONSTRAINT console_sessions_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.generators
    ADD CONSTRAINT generators_pkey PRIMARY KEY (instance_id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key);

ALTER TABLE ONLY public.job_events
    ADD CONSTRAINT job_events_pkey PRIMARY KEY (xid, seq);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY public.patient_parts
    ADD CONSTRAINT patient_parts_pkey PRIMARY KEY (job_id, first_ordinal);

ALTER TABLE ONLY public.patients
    ADD CONSTRAINT patients_pkey PRIMARY KEY (job_id, ordinal);

ALTER TABLE ONLY public.purges
    ADD CONSTRAINT purges_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.scenario_versions
    ADD CONSTRAINT scenario_versions_pkey PRIMARY KEY (scenario_id, version);

ALTER TABLE ONLY public.scenarios
    ADD CONSTRAINT scenarios_pkey PRIMARY KEY (scenario_id);

ALTER TABLE ONLY public.scenarios
    ADD CONSTRAINT scenarios_tenant_id_name_key UNIQUE (tenant_id, name);

ALTER TABLE ONLY public.schedule_floors
    ADD CONSTRAINT schedule_floors_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.schema_versions
    ADD CONSTRAINT schema_versions_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.sector_results
    ADD CONSTRAINT sector_results_pkey PRIMARY KEY (job_id, sector);

ALTER TABLE ONLY public.smart_assertions
    ADD CONSTRAINT smart_assertions_pkey PRIMARY KEY (client_id, jti);

ALTER TABLE ONLY public.smart_clients
    ADD CONSTRAINT smart_clients_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.smart_tokens
    ADD CONSTRAINT smart_tokens_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_name_key UNIQUE (name);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.validity_reports
    ADD CONSTRAINT validity_reports_pkey PRIMARY KEY (job_id);

CREATE INDEX api_keys_by_tenant ON public.api_keys USING btree (tenant_id, created_at);

CREATE INDEX audit_log_by_tenant ON public.audit_log USING btree (tenant_id, entry_no);

CREATE INDEX batches_by_lease ON ONLY public.batches USING btree (lease_id) WHERE (lease_id IS NOT NULL);

CREATE INDEX batches_dead ON ONLY public.batches USING btree (job_id, batch_no) WHERE (state = 'dead'::public.batch_state);

CREATE INDEX batches_due ON ONLY public.batches USING btree (job_id, run_at, batch_no) WHERE (state = 'pending'::public.batch_state);

CREATE INDEX bulk_requests_by_client ON public.bulk_requests USING btree (tenant_id, client, expires_at);

CREATE INDEX bulk_requests_by_expiry ON public.bulk_requests USING btree (expires_at);

CREATE INDEX console_links_by_end ON public.console_links USING btree (expires_at);

CREATE INDEX console_sessions_by_end ON public.console_sessions USING btree (expires_at);

CREATE INDEX idempotency_keys_by_job ON public.idempotency_keys USING btree (job_id);

CREATE INDEX job_events_by_time ON public.job_events USING btree (at);

CREATE INDEX jobs_by_finish ON ONLY public.jobs USING btree (finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX jobs_by_tenant ON ONLY public.jobs USING btree (tenant_id, job_id);

CREATE INDEX jobs_live ON ONLY public.jobs USING btree (job_id) WHERE (state = ANY (ARRAY['queued'::public.job_state, 'running'::public.job_state, 'paused'::public.job_state]));

CREATE INDEX jobs_waiting ON ONLY public.jobs USING btree (engine_version, priority, tenant_id, pass, job_id) WHERE (state = ANY (ARRAY['queued'::public.job_state, 'running'::public.job_state]));

CREATE INDEX outbox_in_order ON public.outbox USING btree (created_at, message_id);

CREATE INDEX scenarios_by_tenant ON public.scenarios USING btree (tenant_id, scenario_id);

CREATE INDEX smart_assertions_by_expiry ON public.smart_assertions USING btree (expires_at);

CREATE INDEX smart_tokens_by_expiry ON public.smart_tokens USING btree (expires_at);

CREATE TRIGGER audit_log_is_only_added_to BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.console_links
    ADD CONSTRAINT console_links_key_id_fkey FOREIGN KEY (key_id) REFERENCES public.api_keys(key_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.console_sessions
    ADD CONSTRAINT console_sessions_key_id_fkey FOREIGN KEY (key_id) REFERENCES public.api_keys(key_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE public.jobs
    ADD CONSTRAINT jobs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.scenario_versions
    ADD CONSTRAINT scenario_versions_scenario_id_fkey FOREIGN KEY (scenario_id) REFERENCES public.scenarios(scenario_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.scenarios
    ADD CONSTRAINT scenarios_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.smart_clients
    ADD CONSTRAINT smart_clients_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE public.bulk_requests ENABLE ROW LEVEL SECURITY;

CREATE POLICY expired_goes ON public.bulk_requests FOR DELETE USING ((expires_at <= now()));

CREATE POLICY expired_is_seen ON public.bulk_requests FOR SELECT USING ((expires_at <= now()));

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;

CREATE POLICY of_the_tenant ON public.bulk_requests USING ((public.serves_all_tenants() OR (tenant_id = public.current_tenant())));

CREATE POLICY of_the_tenant ON public.idempotency_keys USING ((public.serves_all_tenants() OR (tenant_id = public.current_tenant())));

CREATE POLICY of_the_tenant ON public.jobs USING ((public.serves_all_tenants() OR (tenant_id = public.current_tenant())));

CREATE POLICY of_the_tenant ON public.scenario_versions USING ((EXISTS ( SELECT
   FROM public.scenarios s
  WHERE (s.scenario_id = scenario_versions.scenario_id))));

CREATE POLICY of_the_tenant ON public.scenarios USING ((public.serves_all_tenants() OR (tenant_id = public.current_tenant())));

ALTER TABLE public.scenario_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.scenarios ENABLE ROW LEVEL SECURITY;
