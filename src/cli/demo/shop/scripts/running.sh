# Prints the commit that runs in production.
set -eu
cat "$(cat scripts/server)/RUNNING"
