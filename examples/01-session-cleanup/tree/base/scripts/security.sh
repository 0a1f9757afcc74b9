#!/bin/sh
# Looks for what lets data become code: eval, downloads into a shell, deletion of an unquoted variable.
set -eu
cd "$(dirname "$0")/.."
found=$(grep -rnE '(^|[^a-z_])eval |curl[^|]*\| *(ba)?sh|rm -rf? [^"]*[$]' claude_pm || true)
if [ -n "$found" ]; then printf '%s\n' "$found"; fi
echo "$(printf '%s' "$found" | grep -c . || true) findings"
