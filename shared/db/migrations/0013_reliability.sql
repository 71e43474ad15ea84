-- Months begin in UTC, whatever the server's time zone: a month added to a timestamp is one of the session's zone.
ALTER FUNCTION make_partitions(timestamptz, integer) SET TimeZone TO 'UTC';

-- A purge that cannot go on lets the others go first.
ALTER TABLE purges ADD COLUMN tried_at timestamptz;

-- A message that nobody can read stays for people to look at, and holds nobody up.
ALTER TABLE outbox ADD COLUMN error text;

-- Dispatching is stopped for one tenant, or for all.
ALTER TABLE tenants ADD COLUMN paused boolean NOT NULL DEFAULT false;
ALTER TABLE schedule_floors ADD COLUMN paused boolean NOT NULL DEFAULT false;

-- Failures since the job's last success: a job that only fails is given up as a whole.
ALTER TABLE jobs ADD COLUMN failures_in_row integer NOT NULL DEFAULT 0 CHECK (failures_in_row >= 0);
-- When its validity report was last begun: one that cannot be made lets the others go first.
ALTER TABLE jobs ADD COLUMN report_tried_at timestamptz;

-- Who is served next is found by one step into this, however many jobs wait.
CREATE INDEX jobs_waiting ON jobs (engine_version, priority, tenant_id, pass, job_id) WHERE state IN ('queued', 'running');
-- Leased batches are few, and are found by `batches_by_lease`: an index on the time would be written at every renewal.
DROP INDEX batches_leased;
