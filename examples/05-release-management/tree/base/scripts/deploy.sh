#!/bin/sh
# deploy.sh ENVIRONMENT: puts the commit of this checkout there, and a process that serves it. In production it goes
# to the colour that gets no traffic. One deployment at a time; a release must fit into the environment's quota.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
service=$(sh scripts/environment.sh service)
mkdir "$environment/deploying" 2>/dev/null || { echo "another deployment to $1 is going on" >&2; exit 75; }
trap 'rmdir "$environment/deploying"' EXIT

slot=$environment
if [ -e "$environment/weights" ]; then
  colour=$(sh scripts/slot.sh "$1" idle)
  slot=$environment/$colour
  if ! grep -q "^$colour=0\$" "$environment/weights"; then
    echo "$colour still gets traffic: a rollout is going on" >&2
    exit 1
  fi
fi
commit=$(git rev-parse HEAD)
release=$slot/releases/$commit
rm -rf "$release"
git checkout-index --all --prefix="$release/"
size=$(du -sk "$release" | cut -f1)
if [ -e "$environment/quota" ] && [ "$size" -gt "$(cat "$environment/quota")" ]; then
  rm -rf "$release"
  echo "the release has $size KB, more than the quota of $1" >&2
  exit 1
fi
"$service" stop "$slot"
rm -rf "$slot/state/open"
COMMIT=$commit "$service" start "$slot" "$release"
running=$("$service" ask "$slot" /running)
[ "$running" = "$commit" ] || { echo "$1 runs $running, not $commit" >&2; exit 1; }
[ "$slot" = "$environment" ] || echo "$colour" >"$environment/candidate"
echo "$1 has $commit in $(basename "$slot")"
