-- name: charge
-- Store where classes and tenants stand after a dispatch, and the lowest passes with which a class, a tenant or a tenant's job may join.
WITH charged_classes AS (
    UPDATE class_passes AS c
    SET pass = charged.pass
    FROM unnest($1::text[], $2::bigint[]) AS charged (priority, pass)
    WHERE c.priority = charged.priority::priority_class
), charged_tenants AS (
    UPDATE tenants AS t
    SET pass = charged.pass, job_floor = charged.job_floor
    FROM unnest($3::uuid[], $4::bigint[], $5::bigint[]) AS charged (tenant_id, pass, job_floor)
    WHERE t.tenant_id = charged.tenant_id
)
UPDATE schedule_floors SET class_floor = $6, tenant_floor = $7;

-- name: read_backlogged
-- The first jobs with a due batch in each of these lines, and where they stand in the schedule.
WITH flying AS MATERIALIZED (
    SELECT job_id, count(*)::integer AS batches FROM batches WHERE lease_id IS NOT NULL GROUP BY job_id
)
SELECT first.job_id, line.tenant_id, line.priority, first.pass, t.pass AS tenant_pass, t.weight AS tenant_weight, t.job_floor,
    first.trace_context, first.patients, coalesce(flying.batches, 0) AS in_flight,
    first.open_batches - coalesce(flying.batches, 0) AS waiting
FROM unnest($2::text[]::priority_class[], $3::uuid[]) AS line (priority, tenant_id)
JOIN tenants AS t ON t.tenant_id = line.tenant_id
CROSS JOIN LATERAL (
    SELECT j.job_id, j.pass, j.trace_context, due.patients,
        j.batches_total - j.batches_done - j.batches_dead AS open_batches
    FROM jobs AS j
    CROSS JOIN LATERAL (
        SELECT b.patients FROM batches AS b
        WHERE b.job_id = j.job_id AND b.state = 'pending' AND b.run_at <= now()
        ORDER BY b.run_at, b.batch_no
        LIMIT 1
    ) AS due
    WHERE j.state IN ('queued', 'running') AND j.engine_version = $1
      AND j.priority = line.priority AND j.tenant_id = line.tenant_id
    ORDER BY j.pass, j.job_id
    LIMIT $4
) AS first
LEFT JOIN flying ON flying.job_id = first.job_id;

-- name: read_classes
-- Where the priority classes stand, and the lowest passes with which a class or a tenant may join.
SELECT priority, weight, pass, class_floor, tenant_floor FROM class_passes CROSS JOIN schedule_floors;

-- name: read_lines
-- Which tenants have jobs of an engine version waiting, by priority: one step of an index for each, however many jobs they have.
WITH RECURSIVE line AS (
    (
        SELECT j.priority, j.tenant_id FROM jobs AS j
        WHERE j.state IN ('queued', 'running') AND j.engine_version = $1
        ORDER BY j.priority, j.tenant_id
        LIMIT 1
    )
    UNION ALL
    SELECT following.priority, following.tenant_id
    FROM line CROSS JOIN LATERAL (
        SELECT j.priority, j.tenant_id FROM jobs AS j
        WHERE j.state IN ('queued', 'running') AND j.engine_version = $1
          AND (j.priority, j.tenant_id) > (line.priority, line.tenant_id)
        ORDER BY j.priority, j.tenant_id
        LIMIT 1
    ) AS following
)
SELECT line.priority, line.tenant_id, t.pass FROM line JOIN tenants AS t USING (tenant_id) WHERE NOT t.paused;

-- name: read_windows
-- Of each engine version that live generators have: what they can do at once, and how many batches are under a lease.
-- OFFSET keeps the order of the join: from the few batches under a lease to their jobs, whatever the statistics say.
WITH flying AS (
    SELECT j.engine_version, count(*)::integer AS batches
    FROM batches AS b
    CROSS JOIN LATERAL (
        SELECT engine_version FROM jobs WHERE job_id = b.job_id AND state IN ('running', 'paused') OFFSET 0
    ) AS j
    WHERE b.lease_id IS NOT NULL
    GROUP BY j.engine_version
)
SELECT g.engine_version, sum(g.slots)::integer AS slots, coalesce(max(flying.batches), 0) AS in_flight
FROM generators AS g LEFT JOIN flying USING (engine_version)
WHERE g.seen_at > now() - $1::interval AND NOT EXISTS (SELECT FROM schedule_floors WHERE paused)
GROUP BY g.engine_version
ORDER BY g.engine_version;

-- name: recall_dispatched_of
-- Take back what no generator has begun, of this tenant or of all.
UPDATE batches AS b SET state = 'pending', lease_id = NULL, lease_expires_at = NULL
FROM jobs AS j
WHERE b.lease_id IS NOT NULL AND b.state = 'dispatched' AND j.job_id = b.job_id
  AND ($1::uuid IS NULL OR j.tenant_id = $1);

-- name: refund
-- Take dispatches that did not reach the broker off the accounts of their jobs, tenants and classes.
WITH given AS (
    SELECT job_id, tenant_id, priority::priority_class AS priority, patients
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) AS item (job_id, tenant_id, priority, patients)
), jobs_given AS (
    UPDATE jobs AS j SET pass = greatest(0, j.pass - g.units)
    FROM (SELECT job_id, sum(patients)::bigint * $5 AS units FROM given GROUP BY job_id) AS g
    WHERE j.job_id = g.job_id
), tenants_given AS (
    UPDATE tenants AS t SET pass = greatest(0, t.pass - g.units / t.weight)
    FROM (SELECT tenant_id, sum(patients)::bigint * $5 AS units FROM given GROUP BY tenant_id) AS g
    WHERE t.tenant_id = g.tenant_id
)
UPDATE class_passes AS c SET pass = greatest(0, c.pass - g.units / c.weight)
FROM (SELECT priority, sum(patients)::bigint * $5 AS units FROM given GROUP BY priority) AS g
WHERE c.priority = g.priority;

-- name: set_all_paused
-- Stop or resume all dispatch.
UPDATE schedule_floors SET paused = $1;

-- name: set_tenant_paused
-- Stop or resume the dispatch of a tenant's jobs.
UPDATE tenants SET paused = $2 WHERE name = $1 RETURNING tenant_id;
