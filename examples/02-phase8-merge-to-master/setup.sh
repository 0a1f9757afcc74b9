#!/bin/sh
# setup.sh DIR: builds the repository that this example's plan runs on, its remote, and a staging and a production that
# serve v0.9.9. DIR must not exist yet. `setup.sh --stop DIR` ends the processes of all.
#
#   DIR/remote.git            a bare repository: what everybody sees
#   DIR/repository            a clone on `master`, with release.rel
#   DIR/staging               an environment: a directory, and a process on a loopback port that serves one commit
#   DIR/front                 the front door: a router, with production and (while there is one) a canary behind it
#   DIR/front/production      an environment that gets all traffic at first
#   DIR/*/products            of how many products the customers ask at that door
#   DIR/mail                  what the teams are told
#
# SERVICE and ROUTER name a built `service` and `router` (cargo build --examples); without them cargo is asked to.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = --stop ]; then
  "$2/router" stop "$2/front"
  for environment in staging front/production front/canary; do "$2/service" stop "$2/$environment"; done
  exit
fi
[ $# -eq 1 ] || { echo "setup.sh DIR" >&2; exit 2; }
[ ! -e "$1" ] || { echo "$1 exists already; name a directory that does not" >&2; exit 2; }

if [ -z "${SERVICE:-}" ] || [ -z "${ROUTER:-}" ]; then
  (cd "$here/../.." && cargo build --quiet --example service --example router)
  built=${CARGO_TARGET_DIR:-$here/../../target}/debug/examples
  SERVICE=$built/service ROUTER=$built/router
fi

mkdir -p "$1/repository" "$1/staging" "$1/front" "$1/mail"
dir=$(cd "$1" && pwd)
cp "$SERVICE" "$dir/service"
cp "$ROUTER" "$dir/router"
echo 8 >"$dir/staging/products"
echo 400 >"$dir/front/products"
cd "$dir/repository"

# Apart from whatever git this machine is used to.
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
git init -q -b master
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
printf '%s\n' "staging $dir/staging" "front $dir/front" "production $dir/front/production" \
  "canary $dir/front/canary" "mail $dir/mail" "service $dir/service" "router $dir/router" >deploy/inventory
cp "$here/release.rel" .
commit base "Inventory 0.9.9"
git tag -a v0.9.9 -m "Release v0.9.9"

git checkout -q -b feature/resilience-hardening
commit fix-1 "Collect statistics at the reset trigger"
commit fix-2 "Test what a load leaves behind"
commit fix-3 "Say how the statistics are kept"

# What the gates are for. Each is the feature and one commit more.
#   slow-leak   statistics per product: harmless in tests and on staging, growing where customers ask for many
#   errors      products that no test asks for have no answer, on staging as on production
#   untested    functions that no test enters
#   conflict    rewrites the line that master has mended meanwhile
for trouble in slow-leak errors untested; do
  git checkout -q -b "feature/$trouble" feature/resilience-hardening
  commit "$trouble" "Go further: $trouble"
done
git checkout -q -b feature/conflict feature/resilience-hardening
printf '\nDeploy whenever you like.\n' >>README.md
git commit -q -am "docs: a word on deployments"

# Meanwhile somebody mends a word on master: the feature branch is behind.
git checkout -q master
printf '\nAsk before you deploy on a Friday.\n' >>README.md
git commit -q -am "docs: a word on Fridays"

git init -q --bare -b master "$dir/remote.git"
git remote add origin "$dir/remote.git"
git push -q -u origin --all
git push -q origin v0.9.9

git checkout -q --detach v0.9.9
sh scripts/deploy.sh staging
sh scripts/deploy.sh production
"$dir/router" start "$dir/front"
"$dir/router" set "$dir/front" production=100
git checkout -q master
echo "built $dir"
