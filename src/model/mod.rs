//! The values a plan is about: versions, refs, durations, percentages, sizes, object ids.
//!
//! Plain data without spans and without git. Everything parses from the text a person writes and
//! displays as that text again.

mod duration;
mod oid;
mod quantity;
mod ref_name;
mod value;
mod version;

pub use duration::Duration;
pub use oid::Oid;
pub use quantity::{Number, Percent, Size};
pub use ref_name::{RefName, RefNameError};
pub use value::{Type, Value};
pub use version::{Version, VersionScheme};
