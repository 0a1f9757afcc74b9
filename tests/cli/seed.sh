# The repository that transcripts run in: main at its remote, a topic ahead of it, a plan.
set -eu
git init -q --bare -b main origin.git
git init -q -b main shop
cd shop
git config user.name Ann
git config user.email ann@example.com
git remote add origin ../origin.git
printf '1.0.0\n' > VERSION
printf 'hello\nworld\n' > greeting
printf '# Changelog\n\n## 1.0.0\n\n- Says hello.\n' > CHANGELOG.md
cat > release.rel <<'PLAN'
plan "Greetings"

param version: version = 1.1.0

protect main

gate spelling(words: int = 1) "the greeting is spelt right" {
  run    "cat greeting"
  expect lines >= $words
  expect stdout contains "hello"
  help   "look into the file greeting"
}

phase land "Land the topic" {
  merge squash topic into main { message "feat: a warmer greeting" }
  commit on main "docs: changelog for v$version" {
    changelog "CHANGELOG.md" $version "A warmer greeting."
    bump "VERSION" to $version
  }
  gate spelling(words: 2)
  push main
  rollback revert
}

phase ship "Tag it" after land {
  tag v$version on main { message "Release v$version" }
  push v$version
  rollback revert
}
PLAN
git add -A
git commit -qm 'Say hello'
git push -q -u origin main
git checkout -q -b topic
printf 'hello, dear\nworld\n' > greeting
git commit -qam 'Say it warmer'
git checkout -q main
