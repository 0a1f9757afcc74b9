//! The `rel` command.

fn main() {}
