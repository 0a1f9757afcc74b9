#!/bin/sh
# Line coverage is not to be had in sh; which functions the tests enter is: a copy of the tree in which every
# function says its name is tested, and the names are counted.
set -eu
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R inventario scripts tests VERSION "$copy"
: >"$copy/all"
for file in $(find inventario -name '*.sh'); do
  awk -v all="$copy/all" '
    { print }
    /^[a-z_]+\(\) \{$/ { name = $1; sub(/\(\)/, "", name); print name >>all; print "  echo " name " >>\"$HITS\"" }
  ' "$file" >"$copy/$file"
done
HITS=$copy/hits sh "$copy/scripts/test.sh" >&2
entered=$(sort -u "$copy/hits" | wc -l)
total=$(sort -u "$copy/all" | wc -l)
sort -u "$copy/hits" >"$copy/entered"
sort -u "$copy/all" | while read -r name; do
  grep -qx "$name" "$copy/entered" || echo "not entered: $name"
done
echo "$((entered)) of $((total)) functions: $((entered * 100 / total))%"
