# Answers one request: opens a session, greets the customer, closes the session.
set -eu
session=$(mktemp "$SESSIONS/session.XXXXXX")
echo "hello, $1" > "$session"
cat "$session"
rm -f "$session"
