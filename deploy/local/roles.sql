-- name: lock_roles
-- One at a time makes roles.
SELECT pg_advisory_lock($1);

-- name: list_roles
-- The names of all roles.
SELECT rolname FROM pg_roles;

-- name: write_role
-- The statement that makes a role with a password: it takes no parameters itself.
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, $2::text);

-- name: let_see_transactions
-- To see since when others' transactions run: an export waits for those that still write, a metric tells the oldest.
GRANT pg_read_all_stats TO lazaret_gateway, lazaret_scheduler;
