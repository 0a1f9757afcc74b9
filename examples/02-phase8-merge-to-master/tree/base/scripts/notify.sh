#!/bin/sh
# notify.sh TEAM MESSAGE: delivers to the mailbox of a team, one file per message, complete or not at all.
set -eu
cd "$(dirname "$0")/.."
mail=$(sh scripts/environment.sh mail)/$1
mkdir -p "$mail/tmp" "$mail/new"
letter=$(mktemp "$mail/tmp/XXXXXX")
printf '%s\n' "$2" >"$letter"
mv "$letter" "$mail/new/"
