# The memory service.

# memory_answers SESSION: says on stderr when it does not.
memory_answers() {
  ask_backend memory "$1" || { echo "memory dropped a question" >&2; return 1; }
}
