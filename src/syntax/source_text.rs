//! Bytes to text.

use crate::diag::{Code, Diagnostic};
use crate::text::{FileId, Span};

/// Reads bytes as UTF-8. A byte-order mark stays in the text, so that offsets are those of the file;
/// the parser passes over it.
///
/// # Errors
///
/// Gives the offset of the first byte that is not UTF-8.
///
/// ```
/// assert_eq!(relplan::syntax::decode(b"plan \"x\"").as_deref(), Ok("plan \"x\""));
/// assert_eq!(relplan::syntax::decode(b"plan \"\xff\""), Err(6));
/// ```
pub fn decode(bytes: &[u8]) -> Result<String, usize> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(error.valid_up_to()),
    }
}

/// The finding for bytes that [`decode`] refused; `offset` is what it gave.
pub fn not_utf8(file: FileId, bytes: &[u8], offset: usize) -> Diagnostic {
    let span = Span::new(file, offset, offset);
    let line = bytes[..offset.min(bytes.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1;
    let (message, help) = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => (
            "the file is UTF-16, not UTF-8".to_owned(),
            "save it as UTF-8; on Windows, editors call this \"UTF-8\" or \"Unicode (UTF-8)\"",
        ),
        _ => {
            let byte = bytes.get(offset).copied().unwrap_or_default();
            (
                format!("the file is not UTF-8 text: byte 0x{byte:02X} on line {line} begins no character"),
                "save the file as UTF-8; if this is not meant to be a plan at all, check the file's name",
            )
        }
    };
    Diagnostic::new(Code::NotUtf8, span, message)
        .here("the first byte that is not UTF-8")
        .help(help)
}
