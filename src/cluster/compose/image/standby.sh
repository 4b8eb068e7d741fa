#!/bin/sh
# Runs a standby of the host "primary". Its first start copies the primary; $1 names it and its replication slot.
set -eu
PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  until pg_isready --quiet --host=primary --dbname=postgres; do sleep 0.2; done
  copy="pg_basebackup --pgdata=$PGDATA --wal-method=stream --checkpoint=fast --write-recovery-conf --slot=$(echo "$1" | tr - _)"
  from="host=primary user=splitbench_replication application_name=$1"
  export PGPASSWORD="$POSTGRES_PASSWORD"
  # The slot is there already if this standby's volume was removed and the primary's was not.
  $copy --create-slot --dbname="$from" || $copy --dbname="$from"
fi

printf '%s\n' "${POSTGRES_SETTINGS:-}" > "$PGDATA/settings.conf"
exec postgres
