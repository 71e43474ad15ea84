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

-- name: look
-- What live generators can do at once, how many batches of live jobs are under a lease, whether there is a due batch that they can run.
WITH live AS (
    SELECT engine_version, slots FROM generators WHERE seen_at > now() - $1::interval
)
SELECT
    coalesce((SELECT sum(slots) FROM live), 0)::integer AS slots,
    (
        SELECT count(*) FROM batches AS b JOIN jobs AS j USING (job_id)
        WHERE b.lease_id IS NOT NULL AND j.state IN ('running', 'paused')
    ) AS in_flight,
    EXISTS (
        SELECT FROM jobs AS j
        CROSS JOIN LATERAL (
            SELECT FROM batches AS b
            WHERE b.job_id = j.job_id AND b.state = 'pending' AND b.run_at <= now()
            LIMIT 1
        ) AS due
        WHERE j.state IN ('queued', 'running') AND j.engine_version IN (SELECT engine_version FROM live)
    ) AS due;

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
-- Where the priority classes stand, and the lowest passes with which a class or a tenant may join.
SELECT priority, weight, pass, class_floor, tenant_floor FROM class_passes CROSS JOIN schedule_floors;

-- name: read_in_flight
-- How many batches of live jobs are under a lease.
SELECT count(*) FROM batches AS b JOIN jobs AS j USING (job_id) WHERE b.lease_id IS NOT NULL AND j.state IN ('running', 'paused');
