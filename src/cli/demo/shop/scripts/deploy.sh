# Puts this checkout into production and starts it anew.
set -eu
server=$(cat scripts/server)
rm -rf "$server/app" "$server/sessions"
mkdir -p "$server/sessions"
cp -R app "$server/app"
cp VERSION "$server/VERSION"
echo "$commit" > "$server/RUNNING"
echo "production now runs $(cat VERSION)"
