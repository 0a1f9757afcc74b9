#!/bin/sh
# errors.sh ENVIRONMENT [COUNT]: sends orders the way users do, and prints how many failed, in percent.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
door=$(sh scripts/environment.sh service)
[ ! -e "$environment/weights" ] || door=$(sh scripts/environment.sh router)
count=${2:-20} failed=0 sent=0
while [ "$sent" -lt "$count" ]; do
  sent=$((sent + 1)) status=0
  "$door" ask "$environment" /api/health >/dev/null || status=$?
  case $status in
    0) ;;
    22) failed=$((failed + 1)) ;;
    *) exit 7 ;;
  esac
done
echo "$failed of $sent orders failed: $((failed * 100 / sent))%"
