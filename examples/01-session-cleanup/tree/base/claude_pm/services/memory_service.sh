# The memory service.

# memory_answers SESSION
memory_answers() {
  ask_backend memory "$1"
}
