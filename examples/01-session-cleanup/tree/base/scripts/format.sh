#!/bin/sh
# Tabs, trailing blanks, long lines, and what the shell itself cannot parse.
set -eu
cd "$(dirname "$0")/.."
bad=0
tab=$(printf '\t')
for file in $(find claude_pm scripts tests -name '*.sh'); do
  if grep -nE "$tab| \$|^.{116}" "$file"; then echo "  in $file"; bad=$((bad + 1)); fi
  sh -n "$file" || bad=$((bad + 1))
done
echo "$bad files to mend"
