# The statistics, for whoever wants them elsewhere.

export_csv() {
  tr ' ' ',' <"$STATE/stats"
}

export_tsv() {
  tr ' ' '\t' <"$STATE/stats"
}

export_last() {
  tail -n 1 "$STATE/stats"
}
