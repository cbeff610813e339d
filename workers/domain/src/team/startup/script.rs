//! The script that starts a project.
//!
//! Every value of the settings stands in it as one quoted word. Values of the environment go into the `.env` file and
//! the environment of the project's own commands by means of the shell alone, so no list of processes shows them.

use super::quote::{dotenv, shell};
use super::{Plan, Service, database};
use std::fmt::Write as _;

/// Before anything of the project's. `say` is what [`super::Event`] reads.
const BEGINNING: &str = r#"
set -u
umask 022
if [ -f "${BASH_SOURCE[0]:-}" ]; then rm -f -- "${BASH_SOURCE[0]}"; fi
exec </dev/null
say() { printf 'vetka %s\n' "$*"; }
fail() { say failed "$@"; exit 1; }
answers() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }
mkdir -p -- "$logs" && cd -- "$workspace" || fail workspace
# A project that runs from before is ended first.
if [ -s "$logs/project.pid" ]; then
  before=$(head -c 20 -- "$logs/project.pid")
  # What the project may have written there since is no number, or 1, which would be everybody.
  if [[ "$before" =~ ^[1-9][0-9]+$ ]] && kill -- "-$before" 2>/dev/null; then
    # Its port is free when it is gone, and not before.
    for _ in {1..50}; do kill -0 -- "-$before" 2>/dev/null || break; sleep 0.1; done
    kill -KILL -- "-$before" 2>/dev/null
  fi
  rm -f -- "$logs/project.pid"
fi
"#;

/// Writes `.env` where git does not see it. A folder of that name is left alone, and a link is not followed.
const WRITE_ENV: &str = r#"
say environment
if [ ! -d .env ] || [ -L .env ]; then
  rm -f -- .env
  (umask 077; dotenv >.env)
  if exclude=$(git rev-parse --git-path info/exclude 2>/dev/null); then
    mkdir -p -- "$(dirname -- "$exclude")"
    grep -qxF /.env -- "$exclude" 2>/dev/null || printf '/.env\n' >>"$exclude"
    git ls-files --error-unmatch -- .env >/dev/null 2>&1 && git update-index --skip-worktree -- .env
  fi
fi
"#;

/// A cluster of its own, as the user that the sandbox runs as; the program refuses to be root.
const POSTGRESQL: &str = r#"
say service postgresql
as=()
data="$HOME/.vetka-postgresql"
if [ "$(id -u)" = 0 ]; then
  as=(runuser -u postgres --)
  data=/var/lib/vetka-postgresql
  install -d -o postgres -m 700 -- "$data" || fail service postgresql
fi
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
bin=${bin:-$(dirname -- "$(command -v initdb || echo /nowhere/initdb)")}
log="$logs/postgresql.log"
touch -- "$log"
if [ "$(id -u)" = 0 ]; then chown postgres -- "$log"; fi
here() { "${as[@]}" "$bin/$1" -h 127.0.0.1 -U postgres "${@:2}"; }
(
  cd / || exit
  if [ ! -s "$data/PG_VERSION" ]; then
    "${as[@]}" "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 || exit
  fi
  if ! "${as[@]}" "$bin/pg_ctl" -D "$data" status; then
    "${as[@]}" "$bin/pg_ctl" -D "$data" -w -t 60 -l "$log" \
      -o '-c listen_addresses=127.0.0.1 -c port=5432 -c unix_socket_directories=/tmp -c fsync=off' start || exit
  fi
) >>"$logs/postgresql-start.log" 2>&1 || fail service postgresql
"#;

const REDIS: &str = r#"
say service redis
if ! answers 127.0.0.1 6379; then
  redis-server --bind 127.0.0.1 --port 6379 --save '' --appendonly no --dir /tmp --daemonize yes \
    --logfile "$logs/redis.log" >"$logs/redis-start.log" 2>&1 || fail service redis
  for _ in {1..50}; do answers 127.0.0.1 6379 && break; sleep 0.1; done
  answers 127.0.0.1 6379 || fail service redis
fi
"#;

/// Commands run one after the other; the last one is the project itself and goes on.
const COMMANDS: &str = r#"
total=${#commands[@]}
if [ "$total" = 0 ]; then say idle; exit 0; fi
number=0
for command in "${commands[@]}"; do
  number=$((number + 1))
  log="$logs/command-$number.log"
  say command "$number" "$total"
  if [ "$number" -lt "$total" ]; then
    (project; exec timeout -k 10 "$patience" bash -c "$command") >"$log" 2>&1 || fail command "$number" "$?"
  else
    (project; exec setsid bash -c "$command") >"$log" 2>&1 &
    pid=$!
    printf '%s\n' "$pid" >"$logs/project.pid"
  fi
done
say waiting "$port"
for ((tick = 0; tick < wait * 2; tick++)); do
  if answers localhost "$port"; then say ready "$port"; exit 0; fi
  if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then
    wait "$pid" || fail command "$number" "$?"
    # It ended well, so it left something running behind it.
    pid=
  fi
  sleep 0.5
done
fail port "$port"
"#;

pub(super) fn write(plan: &Plan) -> String {
    let mut text = String::from("#!/usr/bin/env bash\n# Starts the project. Written by Vetka for one start.\n");
    // Writing to a string does not fail.
    let _ = writeln!(text, "workspace={}", shell(&plan.folders.workspace));
    let _ = writeln!(text, "logs={}", shell(&plan.folders.logs));
    let _ = writeln!(text, "port={} patience={} wait={}", plan.port, plan.patience.0, plan.patience.1);
    text.push_str(BEGINNING);

    let environment = plan.environment();
    text.push_str("\nproject() {\n  :\n");
    for (name, value) in defaults(plan).iter().map(|(name, value)| (*name, &**value)).chain(environment.iter().copied())
    {
        let _ = writeln!(text, "  export {name}={}", shell(value));
    }
    text.push_str("}\n");
    if !environment.is_empty() {
        text.push_str("dotenv() {\n");
        for (name, value) in &environment {
            let _ = writeln!(text, "  printf '%s\\n' {}", shell(&format!("{name}={}", dotenv(value))));
        }
        text.push_str("}\n");
        text.push_str(WRITE_ENV);
    }
    for service in &plan.services {
        match service {
            Service::Postgresql => {
                text.push_str(POSTGRESQL);
                let url = environment.iter().find(|(name, _)| *name == "DATABASE_URL").map(|(_, value)| *value);
                if let Some((user, name)) = url.and_then(database::names) {
                    let _ = write!(text, "{}", make_database(user, name));
                }
            }
            Service::Redis => text.push_str(REDIS),
        }
    }
    text.push_str("\ncommands=(");
    for command in &plan.commands {
        let _ = write!(text, "\n  {}", shell(command));
    }
    text.push_str("\n)\n");
    text.push_str(COMMANDS);
    text
}

/// What development servers want to know in a sandbox; the project's own variables come after it.
fn defaults(plan: &Plan) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("PORT", plan.port.to_string()),
        ("BROWSER", "none".to_owned()),
        // Nobody is there to answer its question.
        ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0".to_owned()),
    ];
    if let Some(host) = &plan.preview_host {
        // Vite, and webpack's server as create-react-app sets it up.
        all.push(("__VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS", host.clone()));
        all.push(("DANGEROUSLY_DISABLE_HOST_CHECK", "true".to_owned()));
    }
    all
}

/// Both names are plain, see [`database::names`].
fn make_database(user: &str, name: &str) -> String {
    let role = shell(&format!("select 1 from pg_roles where rolname = '{user}'"));
    let database = shell(&format!("select 1 from pg_database where datname = '{name}'"));
    let (user, name) = (shell(user), shell(name));
    format!(
        "(\n  cd / || exit\n  [ -n \"$(here psql -d postgres -Atqc {role})\" ] || here createuser -s {user} || exit\n  \
         [ -n \"$(here psql -d postgres -Atqc {database})\" ] || here createdb -O {user} {name}\n\
         ) >>\"$logs/postgresql-start.log\" 2>&1 || fail service postgresql\n"
    )
}
