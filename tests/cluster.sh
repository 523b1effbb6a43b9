#!/usr/bin/env bash
# Starts a throw-away PostgreSQL server on a free port, as an ordinary user, for the tests; stops it
# again with `stop`. Prints the address of its database.
#   tests/cluster.sh start FOLDER
#   tests/cluster.sh stop FOLDER
set -euo pipefail

die() {
  printf 'cluster.sh: %s\n' "$1" >&2
  exit 1
}

# Server programs are often outside of PATH: Debian keeps each version in a folder of its own.
find_programs() {
  local folder
  for folder in "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/x)")" \
    $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) /usr/pgsql-*/bin \
    /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    if [[ -x $folder/initdb && -x $folder/postgres && -x $folder/pg_ctl ]]; then
      programs=$folder
      return 0
    fi
  done
  return 1
}

install_programs() {
  command -v apt-get >/dev/null || die 'no PostgreSQL server programs, and no apt-get to install them; install PostgreSQL 13 or newer'
  local sudo=''
  ((EUID)) && sudo='sudo -n'
  # Debian would start a server of its own.
  $sudo sh -c 'mkdir -p /etc/postgresql-common && grep -qs create_main_cluster /etc/postgresql-common/createcluster.conf || echo "create_main_cluster = false" >>/etc/postgresql-common/createcluster.conf' || true
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || true
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >&2 ||
    die 'PostgreSQL could not be installed; install its server programs and try again'
}

# The server refuses to run as root.
as_user() {
  if ((EUID == 0)); then
    runuser -u "$user" -- "$@"
  else
    "$@"
  fi
}

action=${1:?start or stop}
folder=${2:?a folder}
find_programs || { install_programs; find_programs; } || die 'no PostgreSQL server programs'
user=$(id -un)
if ((EUID == 0)); then
  user=nobody
  id postgres >/dev/null 2>&1 && user=postgres
fi

case $action in
  start)
    mkdir -p "$folder"
    ((EUID == 0)) && chown "$user" "$folder"
    as_user "$programs/initdb" -D "$folder/data" -U xueshi -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 ||
      { cat "$folder/initdb.log" >&2; die 'initdb failed'; }
    # Durability is not what these tests are about, except where a server is killed: fsync stays on.
    for _ in 1 2 3 4 5; do
      port=$((20000 + RANDOM % 20000))
      if as_user "$programs/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/log" \
        -o "-p $port -k '' -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=2GB" start >/dev/null 2>&1; then
        printf 'postgres://xueshi@127.0.0.1:%s/postgres\n' "$port"
        exit 0
      fi
    done
    cat "$folder/log" >&2 || true
    die 'the server did not start'
    ;;
  stop)
    as_user "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
    ;;
  *) die "unknown action: $action" ;;
esac
