-- The scheduler makes and drops partitions without owning the tables: these functions do it in the owner's name.

ALTER FUNCTION make_partitions(timestamptz, integer) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION drop_empty_partition(name) SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION make_partitions(timestamptz, integer), drop_empty_partition(name) FROM PUBLIC;

-- Every statement of the gateway is about one tenant, which it names in lazaret.tenant_id; without a name it sees nothing.
-- Other services work for all tenants. Owners are not restricted, so a database without roles works as before.
CREATE FUNCTION current_tenant() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('lazaret.tenant_id', true), '')::uuid;

-- What waits of all tenants: no more than the sum is told to the gateway.
CREATE FUNCTION backlog_patients() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (
    SELECT coalesce(sum(patients_requested - patients_persisted), 0)::bigint
    FROM jobs WHERE state IN ('queued', 'running', 'paused')
);
REVOKE ALL ON FUNCTION backlog_patients() FROM PUBLIC;

-- How far every job is that is not over: who follows jobs live is told of their own tenant's by the gateway.
CREATE FUNCTION active_jobs(jobs_max integer)
RETURNS TABLE (tenant_id uuid, job_id uuid, state job_state, patients_requested bigint, patients_persisted bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT j.tenant_id, j.job_id, j.state, j.patients_requested, j.patients_persisted
    FROM jobs AS j
    WHERE j.state IN ('queued', 'running', 'paused')
    ORDER BY j.job_id DESC
    LIMIT jobs_max;
END;
REVOKE ALL ON FUNCTION active_jobs(integer) FROM PUBLIC;

CREATE FUNCTION serves_all_tenants() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_user <> 'lazaret_gateway';

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_tenant ON jobs USING (serves_all_tenants() OR tenant_id = current_tenant());
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_tenant ON idempotency_keys USING (serves_all_tenants() OR tenant_id = current_tenant());
ALTER TABLE bulk_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_tenant ON bulk_requests USING (serves_all_tenants() OR tenant_id = current_tenant());
-- Whoever asks next tidies up for all.
CREATE POLICY expired_is_seen ON bulk_requests FOR SELECT USING (expires_at <= now());
CREATE POLICY expired_goes ON bulk_requests FOR DELETE USING (expires_at <= now());
ALTER TABLE scenarios ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_tenant ON scenarios USING (serves_all_tenants() OR tenant_id = current_tenant());
ALTER TABLE scenario_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_tenant ON scenario_versions
USING (EXISTS (SELECT FROM scenarios AS s WHERE s.scenario_id = scenario_versions.scenario_id));
