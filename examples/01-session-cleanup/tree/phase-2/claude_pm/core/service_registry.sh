# Every service, how it is asked, and what happens when it does not answer.

# registered_services: in the order in which they are asked.
registered_services() {
  echo agents deployments memory projects tickets
}

# service_answers SERVICE SESSION
service_answers() {
  case $1 in
    memory) memory_answers "$2" ;;
    *) ask_backend "$1" "$2" ;;
  esac
}

# answers_in_time SERVICE SESSION: asks once more over the same session before it gives up.
answers_in_time() {
  service_answers "$1" "$2" 2>/dev/null || service_answers "$1" "$2"
}
