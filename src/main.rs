//! The `rel` command: its exit code, and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    relplan::cli::main()
}
