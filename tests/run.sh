#!/usr/bin/env bash
# All checks of the project, from any directory. What is not installed is named, never passed over in silence.
set -euo pipefail
exec </dev/null # nothing here asks a question, even where standard input is closed
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'EOF'
usage: tests/run.sh [--long] [--help]

Formatting, lints, documentation, dependencies, all tests. The tests need a PostgreSQL server: a
throw-away one is started and stopped, unless XUESHI_TEST_POSTGRES names one (postgres://USER@HOST/NAME).

  --long   give the randomised tests many more cases (XUESHI_LONG=1), and install cargo-deny if it is absent
  --help   this text

XUESHI_INSTALL_DENY=1 installs cargo-deny, if it is absent, in a short run too.
EOF
}

die() { # code, message
  printf 'run.sh: %s\n' "$2" >&2
  exit "$1"
}

long=0
for argument in "$@"; do
  case "$argument" in
    --long) long=1 ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; die 2 "unknown argument: $argument" ;;
  esac
done

section() { printf '\n== %s\n' "$1"; }

step() { # name, command…
  local name=$1 start=$SECONDS code=0
  shift
  "$@" || code=$?
  if ((code)); then
    printf -- '-- FAILED: %s (%d s): %s\n' "$name" "$((SECONDS - start))" "$*" >&2
    exit "$code"
  fi
  printf -- '-- ok: %s (%d s)\n' "$name" "$((SECONDS - start))"
}

not_run=()
skip() { # name, reason
  not_run+=("$1")
  printf -- '-- not run: %s: %s\n' "$1" "$2"
}

has() { command -v "$1" >/dev/null 2>&1; }

cluster='' # the folder of the server that was started here

start_cluster() {
  # Where this runs as root the server runs as another user, who has to reach its folder.
  cluster=$(TMPDIR=/tmp mktemp -d) && chmod 755 "$cluster" || return
  XUESHI_TEST_POSTGRES=$(bash tests/cluster.sh start "$cluster") || return
  export XUESHI_TEST_POSTGRES
}

stop_cluster() {
  [[ -z $cluster ]] || bash tests/cluster.sh stop "$cluster"
}

# A signal ends in an exit, and every exit stops the server.
trap stop_cluster EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

section 'tools'
has cargo || die 1 'cargo is missing; install Rust with rustup (https://rustup.rs) and try again'
has cc || has gcc || has clang || die 1 'a C compiler is missing; install one (Debian: build-essential) and try again'
if ! has curl; then
  has apt-get || die 1 'curl is missing; install it and try again'
  step 'install curl' $( ((EUID)) && echo sudo -n) apt-get install -y -qq curl
fi
for component in fmt clippy; do
  cargo "$component" --version >/dev/null 2>&1 && continue # rustup's proxy is there even where the component is not
  has rustup || die 1 "cargo $component is missing, and so is rustup to install it"
  step "install $component" rustup component add "${component/fmt/rustfmt}"
done
if ! has cargo-deny && { ((long)) || [[ ${XUESHI_INSTALL_DENY:-} == 1 ]]; }; then
  cargo install cargo-deny --locked || printf 'cargo-deny could not be installed\n' >&2
  PATH="${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}/bin:$PATH"
fi
cargo --version

section 'source'
step 'format' cargo fmt --check
step 'lints' cargo clippy --all-targets --locked -- -D warnings
step 'documentation' env RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked --document-private-items

section 'dependencies'
if has cargo-deny; then
  step 'licences, bans, sources' cargo deny --locked check licenses bans sources
  # Being offline is no fault of the dependencies; an advisory is.
  if cargo deny --locked fetch db; then
    step 'advisories' cargo deny --locked check --disable-fetch advisories
  else
    skip 'advisories' 'the advisory database cannot be reached'
  fi
else
  skip 'cargo-deny' 'not installed (XUESHI_INSTALL_DENY=1 or --long installs it)'
fi

section 'database'
if [[ -n ${XUESHI_TEST_POSTGRES:-} ]]; then
  printf -- '-- the server that XUESHI_TEST_POSTGRES names\n'
else
  step 'PostgreSQL' start_cluster
fi

section 'tests'
export INSTA_UPDATE="${INSTA_UPDATE:-no}" # a check compares snapshots and writes none
((long)) && export XUESHI_LONG=1
if has cargo-nextest; then
  step 'tests' cargo nextest run --locked --no-fail-fast
else
  step 'tests' cargo test --locked --no-fail-fast --lib --bins --tests
fi
step 'examples in the documentation' cargo test --doc --locked
step 'benches and examples compile' cargo check --benches --examples --locked

printf '\n'
((${#not_run[@]})) && printf 'not run: %s\n' "$(IFS=,; printf '%s' "${not_run[*]}")"
printf 'all checks passed in %d s\n' "$SECONDS"
