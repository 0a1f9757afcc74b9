# price CENTS COUNT: sets `total`, in cents.
price() {
  total=$(($1 * $2))
}

# tax CENTS: sets `taxed`, with 21 percent added.
tax() {
  taxed=$((($1 * 121 + 50) / 100))
}
