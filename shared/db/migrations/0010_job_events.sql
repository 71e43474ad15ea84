-- What happened to jobs, for a day: those who follow it live can go on where they were interrupted.

CREATE TABLE job_events (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    state job_state NOT NULL,
    patients_requested bigint NOT NULL,
    patients_persisted bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (xid, seq)
);
COMMENT ON TABLE job_events IS 'Owner: shared/jobs. Read in the order of (xid, seq), below the oldest transaction that still runs.';
CREATE INDEX job_events_by_time ON job_events (at);
