# price CENTS COUNT: sets `total`, in cents. Ten of a kind cost as much as nine.
price() {
  total=$(($1 * ($2 - $2 / 10)))
}

# tax CENTS: sets `taxed`, with the tax of `rate` percent added.
tax() {
  rate=21
  taxed=$(($1 * (100 + rate) / 100))
}
