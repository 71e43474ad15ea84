-- name: insert_scenario
-- Begin a tenant's scenario, unless the tenant has as many as it may ($4); nothing comes back then.
INSERT INTO scenarios (scenario_id, tenant_id, name, version)
SELECT $1, $2, $3, 1 WHERE (SELECT count(*) FROM scenarios WHERE tenant_id = $2) < $4
RETURNING scenario_id;

-- name: insert_scenario_version
-- Keep a version: scenario, number, document, digest and who made it.
INSERT INTO scenario_versions (scenario_id, version, document, digest, made_by) VALUES ($1, $2, $3, $4, $5);

-- name: lock_scenario
-- A tenant's scenario that is about to be changed.
SELECT version FROM scenarios WHERE scenario_id = $1 AND tenant_id = $2 FOR UPDATE;

-- name: advance_scenario
-- Note a scenario's newest version, and its name.
UPDATE scenarios SET version = $2, name = coalesce($3, name) WHERE scenario_id = $1;

-- name: delete_scenario
-- Delete a scenario with all its versions.
DELETE FROM scenarios WHERE scenario_id = $1;

-- name: find_scenario
-- A version of a tenant's scenario: the one asked for ($3), or the newest.
SELECT s.scenario_id, s.name, v.version, s.version AS newest, v.document, v.digest, s.created_at, v.made_at, v.made_by
FROM scenarios AS s
JOIN scenario_versions AS v ON v.scenario_id = s.scenario_id AND v.version = coalesce($3, s.version)
WHERE s.scenario_id = $1 AND s.tenant_id = $2;

-- name: list_scenarios
-- A tenant's scenarios, the newest first, below an id ($2), at most $3.
SELECT s.scenario_id, s.name, s.version, v.document ->> 'title' AS title, v.digest, s.created_at, v.made_at, v.made_by
FROM scenarios AS s
JOIN scenario_versions AS v ON v.scenario_id = s.scenario_id AND v.version = s.version
WHERE s.tenant_id = $1 AND ($2::uuid IS NULL OR s.scenario_id < $2)
ORDER BY s.scenario_id DESC
LIMIT $3;

-- name: list_scenario_versions
-- A scenario's versions, the newest first, below a number ($3), at most $4.
SELECT v.version, v.document ->> 'title' AS title, v.digest, v.made_at, v.made_by
FROM scenarios AS s
JOIN scenario_versions AS v USING (scenario_id)
WHERE s.scenario_id = $1 AND s.tenant_id = $2 AND ($3::integer IS NULL OR v.version < $3)
ORDER BY v.version DESC
LIMIT $4;
