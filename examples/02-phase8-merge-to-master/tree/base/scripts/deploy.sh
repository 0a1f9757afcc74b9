#!/bin/sh
# deploy.sh ENVIRONMENT: puts the commit of this checkout there, and a process that serves it in the place of the
# one before. It is done when the new process answers, with this commit. The log of the one before stays.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
service=$(sh scripts/environment.sh service)
commit=$(git rev-parse HEAD)
release=$environment/releases/$commit
# A file `room` says how many releases fit.
if [ -f "$environment/room" ] && [ ! -d "$release" ]; then
  [ "$(ls "$environment/releases" | wc -l)" -lt "$(cat "$environment/room")" ] || { echo "no room on $1" >&2; exit 1; }
fi
rm -rf "$release"
git checkout-index --all --prefix="$release/"
"$service" stop "$environment"
# What a process held ends with it.
rm -rf "$environment/state"
COMMIT=$commit "$service" start "$environment" "$release"
running=$("$service" ask "$environment" /running)
[ "$running" = "$commit" ] || { echo "$1 runs $running, not $commit" >&2; exit 1; }
echo "$1 runs $commit"
