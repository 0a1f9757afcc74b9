# Answers one request: opens a session and greets the customer at once.
set -eu
session=$(mktemp "$SESSIONS/session.XXXXXX")
echo "hello, $1" | tee "$session"
