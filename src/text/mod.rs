//! Files, byte spans, and the line index: the ground floor, which knows nothing else of rel.
//!
//! ```
//! use relplan::text::SourceMap;
//!
//! let mut sources = SourceMap::default();
//! let file = sources.add("release.rel", "plan \"x\"\nphase a { }\n");
//! let at = sources.get(file).position(9);
//! assert_eq!((at.line, at.column), (2, 1));
//! ```

mod source;
mod span;

pub use source::{Position, SourceFile, SourceMap};
pub use span::{FileId, Span};
