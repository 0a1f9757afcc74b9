#!/bin/sh
# watch.sh ENVIRONMENT: asks for ten products as its customers do, each time for the next of what it sells, and prints
# the metrics of the process after that.
set -eu
cd "$(dirname "$0")/.."
environment=$(sh scripts/environment.sh "$1")
service=$(sh scripts/environment.sh service)
products=$(cat "$environment/products")
asked=$("$service" ask "$environment" /metrics | sed -n 's/^requests //p')
for step in 1 2 3 4 5 6 7 8 9 10; do
  code=0
  "$service" ask "$environment" "/api/summary?$(((asked + step - 1) % products + 1))" >/dev/null || code=$?
  if [ "$code" -eq 7 ]; then exit 7; fi
done
exec "$service" ask "$environment" /metrics
