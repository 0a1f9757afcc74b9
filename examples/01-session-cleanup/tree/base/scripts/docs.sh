#!/bin/sh
# Every function of the framework is named in docs/api.md.
set -eu
cd "$(dirname "$0")/.."
missing=0
for name in $(find claude_pm -name '*.sh' -exec sed -n 's/^\([a-z_]*\)() {$/\1/p' {} +); do
  grep -q "^- \`$name\`" docs/api.md || { echo "not documented: $name"; missing=$((missing + 1)); }
done
echo "$missing functions without documentation"
