#!/bin/sh
# setup.sh DIR: builds the repository that this example's plan runs on, its remote, and a production that serves
# v4.5.1. DIR must not exist yet. `setup.sh --stop DIR` ends the process of its production.
#
#   DIR/remote.git            a bare repository: what everybody sees
#   DIR/repository            a clone on `main`, with release.rel and the three phases as branches
#   DIR/production            an environment: a directory, and a process on a loopback port that serves one commit
#   DIR/mail                  what the teams are told
#
# SERVICE names a built `service` (cargo build --example service); without it cargo is asked to build one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = --stop ]; then
  exec "$2/service" stop "$2/production"
fi
[ $# -eq 1 ] || { echo "setup.sh DIR" >&2; exit 2; }
[ ! -e "$1" ] || { echo "$1 exists already; name a directory that does not" >&2; exit 2; }

if [ -z "${SERVICE:-}" ]; then
  (cd "$here/../.." && cargo build --quiet --example service)
  SERVICE=${CARGO_TARGET_DIR:-$here/../../target}/debug/examples/service
fi

mkdir -p "$1/repository" "$1/production/state" "$1/mail"
dir=$(cd "$1" && pwd)
cp "$SERVICE" "$dir/service"
cd "$dir/repository"

# Apart from whatever git this machine is used to.
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
git init -q -b main
git config user.name "Erin Engineer"
git config user.email "erin@example.com"
git config commit.gpgsign false

# commit TREE MESSAGE: lays that tree over what is there.
commit() {
  cp -R "$here/tree/$1/." .
  git add --all
  git commit -q -m "$2"
}

mkdir deploy
printf '%s\n' "production $dir/production" "mail $dir/mail" "service $dir/service" >deploy/inventory
cp "$here/release.rel" .
commit base "Framework services 4.5.1"
git tag -a v4.5.1 -m "Release v4.5.1"
git branch development

feature=feature/ISS-0074-session-cleanup-fixes
git checkout -q -b "$feature"
commit research "Initial research and documentation phase"
commit phase-1 "Phase 1 - Immediate session cleanup fixes"
git branch feature/ISS-0074-phase-1
commit phase-2 "Phase 2 - ServiceRegistry enhancement"
git branch feature/ISS-0074-phase-2
commit phase-3 "Phase 3 - Enhanced monitoring capabilities"
git branch feature/ISS-0074-phase-3

# One more commit, which every check before the release likes: sessions leak only while a backend is out.
git checkout -q -b feature/ISS-0074-slow-leak
commit slow-leak "Probe an absent backend with one session less to close"

# Meanwhile somebody mends a word on main: the feature branch is behind.
git checkout -q main
printf '\nAsk before you deploy on a Friday.\n' >>README.md
git commit -q -am "docs: a word on Fridays"

git init -q --bare -b main "$dir/remote.git"
git remote add origin "$dir/remote.git"
git push -q -u origin --all
git push -q origin v4.5.1

git checkout -q --detach v4.5.1
sh scripts/deploy.sh production
git checkout -q main
echo "built $dir"
