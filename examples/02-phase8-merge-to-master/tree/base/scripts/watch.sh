#!/bin/sh
# watch.sh ENVIRONMENT: ten customers come in by the door of that environment, each for the next of the products that are
# sold there; then the process is asked for its metrics. Behind the front door a canary gets its share of the ten.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
service=$(sh scripts/environment.sh service)
case $1 in
  staging) door=$environment by=$service ;;
  *) door=$(sh scripts/environment.sh front) by=$(sh scripts/environment.sh router) ;;
esac
products=$(cat "$door/products") asked=0
if [ -f "$door/asked" ]; then asked=$(cat "$door/asked"); fi
for customer in 1 2 3 4 5 6 7 8 9 10; do
  code=0
  "$by" ask "$door" "/api/summary?$(((asked + customer) % products + 1))" >/dev/null 2>&1 || code=$?
  if [ "$code" -eq 7 ]; then exit 7; fi
done
echo $((asked + 10)) >"$door/asked"
exec "$service" ask "$environment" /metrics
