#!/bin/sh
# Run once by the PostgreSQL image, when the data folder is new: the services' role owns its database and nothing else.
set -eu
psql --username postgres --dbname postgres --no-psqlrc --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE lazaret LOGIN PASSWORD :'password';
CREATE DATABASE lazaret OWNER lazaret;
SQL
