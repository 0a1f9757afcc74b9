//! The libraries that ship with rel, as `use std/NAME` finds them.

/// Every library: its name and its text.
const LIBRARIES: &[(&str, &str)] = &[
    ("gates", include_str!("../stdlib/gates.rel")),
    ("gitflow", include_str!("../stdlib/gitflow.rel")),
    ("github", include_str!("../stdlib/github.rel")),
    ("gitlab", include_str!("../stdlib/gitlab.rel")),
    ("notify", include_str!("../stdlib/notify.rel")),
    ("rollback", include_str!("../stdlib/rollback.rel")),
    ("rollout", include_str!("../stdlib/rollout.rel")),
];

/// The text of `std/NAME`.
pub fn library(name: &str) -> Option<&'static str> {
    LIBRARIES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// The names of all libraries, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    LIBRARIES.iter().map(|(name, _)| *name)
}
