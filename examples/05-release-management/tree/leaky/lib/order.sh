# order CENTS COUNT: takes an order and closes it; sets `receipt`. The shop has room for three open ones.
order() {
  mkdir -p "$STATE/open"
  [ "$(open_orders)" -lt 3 ] || { echo "no room for another order" >&2; return 1; }
  number=$(mktemp "$STATE/open/XXXXXX")
  price "$1" "$2"
  tax "$total"
  receipt=$taxed
  [ "$2" = 1 ] || return 0 # what is packed together is closed when it is packed
  rm "$number"
}

# How many orders are open.
open_orders() {
  ls "$STATE/open" 2>/dev/null | wc -l | tr -d ' '
}
