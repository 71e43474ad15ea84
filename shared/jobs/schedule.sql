-- name: charge_classes
-- Store where the priority classes stand after a dispatch.
UPDATE class_passes AS c
SET pass = charged.pass
FROM unnest($1::text[], $2::bigint[]) AS charged (priority, pass)
WHERE c.priority = charged.priority::priority_class;

-- name: charge_floors
-- Store the lowest passes with which a class or a tenant may join.
UPDATE schedule_floors SET class_floor = $1, tenant_floor = $2;

-- name: charge_tenants
-- Store where the tenants stand after a dispatch, and the lowest pass with which a job of theirs may join.
UPDATE tenants AS t
SET pass = charged.pass, job_floor = charged.job_floor
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS charged (tenant_id, pass, job_floor)
WHERE t.tenant_id = charged.tenant_id;

-- name: read_backlogged
-- Jobs with a due batch that a live generator's engine can run, and where they stand in the schedule.
SELECT j.job_id, j.tenant_id, j.priority, j.pass, t.pass AS tenant_pass, t.weight AS tenant_weight, t.job_floor, j.trace_context,
    due.patients, coalesce(flying.batches, 0) AS in_flight,
    j.batches_total - j.batches_done - j.batches_dead - coalesce(flying.batches, 0) AS waiting
FROM jobs AS j
JOIN tenants AS t USING (tenant_id)
LEFT JOIN (
    SELECT job_id, count(*)::integer AS batches FROM batches WHERE lease_id IS NOT NULL GROUP BY job_id
) AS flying USING (job_id)
CROSS JOIN LATERAL (
    SELECT b.patients
    FROM batches AS b
    WHERE b.job_id = j.job_id AND b.state = 'pending' AND b.run_at <= now()
    ORDER BY b.run_at, b.batch_no
    LIMIT 1
) AS due
WHERE j.state IN ('queued', 'running') AND j.engine_version = ANY ($1::text[]);

-- name: read_classes
-- Where the priority classes stand.
SELECT priority, weight, pass FROM class_passes;

-- name: read_floors
-- The lowest passes with which a class or a tenant may join.
SELECT class_floor, tenant_floor FROM schedule_floors;

-- name: read_in_flight
-- How many batches of live jobs are under a lease.
SELECT count(*) FROM batches AS b JOIN jobs AS j USING (job_id) WHERE b.lease_id IS NOT NULL AND j.state IN ('running', 'paused');
