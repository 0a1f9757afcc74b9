# express CENTS: sets `total`; the next day costs five more, where the flag `express` is on.
express() {
  total=$1
  [ ! -e "$STATE/flag-express" ] || total=$(($1 + 500))
}
