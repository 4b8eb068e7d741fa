#!/bin/sh
# Runs the primary. Its first start makes the data directory and the role that standbys replicate with.
set -eu
PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # Text is sorted by code point, and letter cases are Unicode's where the server has them itself (17 and newer).
  locale='--locale=C'
  if [ "$(postgres --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -ge 17 ]; then
    locale="$locale --locale-provider=builtin --builtin-locale=C.UTF-8"
  fi
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 $locale
  rm /tmp/password

  printf 'host %s all all scram-sha-256\n' all replication > "$PGDATA/pg_hba.conf"
  echo "local all $POSTGRES_USER trust" >> "$PGDATA/pg_hba.conf"
  cat >> "$PGDATA/postgresql.conf" <<'CONF'
listen_addresses = '*'
unix_socket_directories = '/tmp'
wal_level = replica
# Of eight standbys, each of which copies the primary by two at first.
max_wal_senders = 20
hot_standby_feedback = on
shared_preload_libraries = 'pg_stat_statements'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
include_if_exists = 'settings.conf'
CONF

  # Reachable by nobody else until the role is there.
  pg_ctl --pgdata="$PGDATA" --wait --options="-c listen_addresses=''" start
  psql --host=/tmp --username="$POSTGRES_USER" --dbname=postgres --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE splitbench_replication LOGIN REPLICATION PASSWORD :'password';
CREATE DATABASE splitbench;
SQL
  pg_ctl --pgdata="$PGDATA" --wait --mode=fast stop
fi

printf '%s\n' "${POSTGRES_SETTINGS:-}" > "$PGDATA/settings.conf"
exec postgres
