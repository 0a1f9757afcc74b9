# What developers do all day. `just` lists it.

default:
    @just --list

# Formatting, lints with and without the command line, docs.
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo clippy --lib --tests --no-default-features -- -D warnings

# All tests, or those whose name contains NAME.
test NAME="":
    cargo test -- {{ NAME }}

# How long a plan of a thousand phases takes.
bench:
    cargo bench --bench scale

# The examples, from end to end.
examples:
    cargo build --examples
    cargo test --test suite examples
    cargo run --quiet --example embed

# The crate's documentation, as strict as on docs.rs.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Licences, advisories, sources.
deny:
    cargo deny check

# Everything that has to pass on a fresh machine.
ci:
    .ci/run
