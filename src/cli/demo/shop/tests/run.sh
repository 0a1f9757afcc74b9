# The tests of the shop: every customer is greeted by name.
set -eu
SESSIONS=$(mktemp -d)
export SESSIONS
passed=0
for customer in Ada Grace Edsger; do
  answer=$(sh app/session.sh "$customer")
  if [ "$answer" != "hello, $customer" ]; then
    echo "wrong answer for $customer: $answer"
    exit 1
  fi
  passed=$((passed + 1))
done
rm -rf "$SESSIONS"
echo "passed: $passed"
