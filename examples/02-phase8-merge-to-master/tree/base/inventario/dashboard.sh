# The dashboard: what it answers, and what it counts about itself.

summary() {
  if stock "$1"; then
    count requests
    echo "{\"product\":$1,\"stock\":$stock}"
  else
    count requests
    count errors
    echo "the depot has no answer for product $1" >&2
    return 1
  fi
}

# One more of something.
count() {
  counted "$1"
  echo $((counted + 1)) >"$STATE/$1"
}

counted() {
  counted=0
  if [ -f "$STATE/$1" ]; then counted=$(cat "$STATE/$1"); fi
}

health() {
  echo "{\"status\":\"ok\",\"version\":\"$(cat "$ROOT/VERSION")\",\"commit\":\"${COMMIT:-}\"}"
}

# What is held now, and which part of the requests had no answer.
metrics() {
  counted requests
  requests=$counted
  counted errors
  memory
  awk -v requests="$requests" -v errors="$counted" -v memory="$memory" 'BEGIN {
    printf "requests %d\nerrors %.1f%%\nmemory %dB\n", requests, requests ? errors * 100 / requests : 0, memory
  }'
}

# Asks for the same few products, over and over, and prints what that left behind.
load() {
  memory
  before=$memory
  asked=0
  while [ "$asked" -lt "$1" ]; do
    summary $((asked % 5 + 1)) >/dev/null
    asked=$((asked + 1))
  done
  memory
  echo "$1 requests left $((memory - before))B behind"
}
