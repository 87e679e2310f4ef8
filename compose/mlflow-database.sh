#!/bin/sh
# A database for MLflow, with a user of its own, beside that of the records. PostgreSQL's image runs
# this when it starts on an empty volume.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$MLFLOW_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE mlflow LOGIN PASSWORD :'password';
CREATE DATABASE mlflow OWNER mlflow;
REVOKE CONNECT ON DATABASE weir FROM PUBLIC;
REVOKE CONNECT ON DATABASE mlflow FROM PUBLIC;
SQL
