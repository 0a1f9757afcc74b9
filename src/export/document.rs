//! The frame of every JSON document.

use serde::Serialize;

/// The version of every document's format.
pub const FORMAT: u32 = 1;

/// A document: its version, then its contents.
#[derive(Clone, Debug, Serialize)]
pub struct Document<T> {
    version: u32,
    #[serde(flatten)]
    contents: T,
}

impl<T: Serialize> Document<T> {
    /// Frames the contents, which must serialise as a map.
    pub fn new(contents: T) -> Self {
        Self {
            version: FORMAT,
            contents,
        }
    }
}

/// The document as indented text with a line end.
///
/// # Errors
/// When the contents do not serialise as a map.
pub fn json<T: Serialize>(contents: T) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Document::new(contents)).map(|text| text + "\n")
}
