//! Words with rules of their own: refs, paths, globs, regexes, JSON paths, dates, commands.
//!
//! Plain functions from text to a result; where it stands and how it is reported is the caller's.

pub(super) mod dates;
pub(super) mod json_path;
pub(super) mod paths;
pub(super) mod refs;
pub(super) mod shell;
