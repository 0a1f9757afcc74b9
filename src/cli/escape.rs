//! Makes text from repositories and commands harmless: no control character reaches a terminal.

use std::borrow::Cow;

/// Whether a character could move the cursor, change colours, or reorder text.
pub(crate) fn is_control(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n' && c != '\t') || turns || c == '\u{2028}' || c == '\u{2029}'
}

/// One line: line ends and tabs are escaped as well.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_control(c) || c == '\n' || c == '\t')
}

/// Several lines: line ends and tabs stay, a carriage return before a line end goes.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        return Cow::Owned(escape(&text.replace("\r\n", "\n"), is_control).into_owned());
    }
    escape(text, is_control)
}

fn escape(text: &str, hide: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hide) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hide(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::{line, lines};

    #[test]
    fn nothing_reaches_the_terminal_that_could_drive_it() {
        assert_eq!(line("plain é 漢"), "plain é 漢");
        assert_eq!(line("a\u{1b}[31mb\n\tc"), "a\\u{1b}[31mb\\n\\tc");
        assert_eq!(lines("a\r\nb\rc\u{9b}1m"), "a\nb\\rc\\u{9b}1m");
        assert_eq!(line("x\u{202e}y"), "x\\u{202e}y");
    }
}
