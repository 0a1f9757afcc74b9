#!/bin/sh
# setup.sh DIR: builds the repository that this example's plans run on, its remote, a staging and a production that
# serve v1.4.0. DIR must not exist yet. `setup.sh --stop DIR` ends their processes.
#
#   DIR/remote.git            a bare repository: what everybody sees
#   DIR/repository            a clone on `main`, with the plans; develop, features and hot fixes are branches
#   DIR/staging               an environment: a directory, and a process on a loopback port that serves one commit
#   DIR/production            two of them, blue and green, and a router that divides the traffic between them
#   DIR/mail                  what people are told
#
# SERVICE and ROUTER name the built programs (cargo build --examples); without them cargo is asked to build them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = --stop ]; then
  for place in staging production/blue production/green; do "$2/service" stop "$2/$place"; done
  exec "$2/router" stop "$2/production"
fi
[ $# -eq 1 ] || { echo "setup.sh DIR" >&2; exit 2; }
[ ! -e "$1" ] || { echo "$1 exists already; name a directory that does not" >&2; exit 2; }

if [ -z "${SERVICE:-}" ] || [ -z "${ROUTER:-}" ]; then
  (cd "$here/../.." && cargo build --quiet --example service --example router)
  built=${CARGO_TARGET_DIR:-$here/../../target}/debug/examples
  SERVICE=$built/service ROUTER=$built/router
fi

mkdir -p "$1/repository" "$1/staging/state" "$1/production/blue/state" "$1/production/green/state" "$1/mail"
dir=$(cd "$1" && pwd)
cp "$SERVICE" "$dir/service"
cp "$ROUTER" "$dir/router"
cd "$dir/repository"

# Apart from whatever git this machine is used to.
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
git init -q -b main
git config user.name "Erin Engineer"
git config user.email "erin@example.com"
git config commit.gpgsign false

# commit BRANCH FROM TREE MESSAGE: lays that tree over what FROM has, as one more commit on BRANCH.
commit() {
  git checkout -q -B "$1" "$2"
  cp -R "$here/tree/$3/." .
  git add --all
  git commit -q -m "$4"
}

mkdir deploy
printf '%s\n' "staging $dir/staging" "production $dir/production" "mail $dir/mail" \
  "service $dir/service" "router $dir/router" >deploy/inventory
cp "$here"/*.rel .
cp -R "$here/tree/base/." .
git add --all
git commit -q -m "Shop 1.4.0"
git tag -a v1.4.0 -m "Release v1.4.0"

commit develop main develop "Ten of a kind for nine"
commit feature/express-delivery develop feature-express "Express delivery, behind a flag"
commit feature/broken develop feature-broken "Five of a kind for four, instead of ten for nine"
commit feature/clash develop~1 feature-clash "Twenty of a kind for nineteen"
# Every test likes it, and so does staging: an order that is never closed shows after the third.
commit release/leaky develop leaky "Close orders when they are packed"
commit hotfix/more-room main hotfix-room "Room for four open orders"
commit hotfix/rounding main hotfix-tax "Round the tax, do not cut it"
git checkout -q main

git init -q --bare -b main "$dir/remote.git"
git remote add origin "$dir/remote.git"
git push -q -u origin --all
git push -q origin v1.4.0

sh scripts/provision.sh staging
sh scripts/provision.sh production
sh scripts/deploy.sh staging
printf 'blue=0\ngreen=100\n' >"$dir/production/weights"
sh scripts/deploy.sh production
printf 'blue=100\ngreen=0\n' >"$dir/production/weights"
"$dir/router" start "$dir/production"
echo "built $dir"
