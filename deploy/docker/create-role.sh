#!/bin/sh
# Run by the PostgreSQL image when the data folder is new; safe to run again. The owner migrates; each service has a role of its own, which
# the migrations grant what it needs.
set -eu
run() {
    psql --username postgres --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"
}
make_role() {
    run --set role="$1" --set password="$(cat "/run/secrets/$2")" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'role', :'password')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SQL
}
make_role lazaret database_password
for service in gateway generator writer scheduler; do
    make_role "lazaret_$service" "database_password_$service"
done
run <<'SQL'
GRANT pg_read_all_stats TO lazaret_gateway, lazaret_scheduler;
SELECT 'CREATE DATABASE lazaret OWNER lazaret' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'lazaret') \gexec
SQL
