//! Bytes to tokens: just enough to know strings, comments, brackets and line ends apart.
//!
//! In: a text. Out: tokens that cover every byte but spaces, and the mistakes that only a scanner can
//! see: an unclosed string, and a `#` or a quote glued to a word.

/// A token and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare word, name, number or variable.
    Word,
    /// A string.
    Text,
    /// `(` or `[`
    Open,
    /// `)` or `]`
    Close,
    /// `{`
    BlockOpen,
    /// `}`
    BlockClose,
    /// `,`
    Comma,
    /// A comparison or `|`, after which a line end ends nothing.
    Operator,
    /// `;`
    Semicolon,
    /// The end of a line.
    LineEnd,
    /// `# ...`
    Comment,
    /// `## ...`
    Doc,
    /// Any other character.
    Other,
    /// A string that is not closed.
    UnclosedText,
    /// A `#` or quote directly behind a word.
    Glued,
}

/// Characters that make up bare words, names, numbers and variables.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "._/@+-$".contains(c)
}

/// Cuts `text` into tokens.
pub(super) fn scan(text: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        text,
        at: 0,
        tokens: Vec::with_capacity(text.len() / 5),
    };
    while scanner.at < text.len() {
        scanner.token();
    }
    scanner.tokens
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    fn token(&mut self) {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return };
        match c {
            ' ' | '\t' | '\r' => self.at += 1,
            '\n' => self.push(TokenKind::LineEnd, 1),
            '#' if self.after_word() => self.glued(),
            '#' => self.comment(),
            '"' | '\'' if self.after_word() || self.after_text() => self.glued(),
            '"' | '\'' => self.string(c),
            '(' | '[' => self.push(TokenKind::Open, 1),
            ')' | ']' => self.push(TokenKind::Close, 1),
            '{' => self.push(TokenKind::BlockOpen, 1),
            '}' => self.push(TokenKind::BlockClose, 1),
            ',' => self.push(TokenKind::Comma, 1),
            ';' => self.push(TokenKind::Semicolon, 1),
            '=' | '!' | '<' | '>' if rest[1..].starts_with('=') => self.push(TokenKind::Operator, 2),
            '<' | '>' | '|' => self.push(TokenKind::Operator, 1),
            c if is_word(c) => self.word(),
            c => self.push(TokenKind::Other, c.len_utf8()),
        }
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        self.tokens.push(Token {
            kind,
            start: self.at,
            end: self.at + length,
        });
        self.at += length;
    }

    fn after_word(&self) -> bool {
        self.touches(TokenKind::Word)
    }

    fn after_text(&self) -> bool {
        self.touches(TokenKind::Text)
    }

    fn touches(&self, kind: TokenKind) -> bool {
        self.tokens
            .last()
            .is_some_and(|last| last.kind == kind && last.end == self.at)
    }

    fn word(&mut self) {
        let bytes = self.text.as_bytes();
        let mut end = self.at;
        while let Some(c) = self.text[end..].chars().next() {
            if c == '$' && bytes.get(end + 1) == Some(&b'{') {
                // `${name.field}` belongs to the word; a brace that is not closed at once does not.
                let inside = &self.text[end + 2..];
                let length = inside.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
                match length {
                    Some(length) if inside[length..].starts_with('}') => end += length + 3,
                    _ => {
                        end += 1;
                        break;
                    }
                }
            } else if is_word(c) || ((c == '*' || c == '?') && end > self.at) {
                end += c.len_utf8();
            } else {
                break;
            }
        }
        self.push(TokenKind::Word, end - self.at);
    }

    fn comment(&mut self) {
        let line = self.text[self.at..]
            .find('\n')
            .map_or(self.text.len(), |n| self.at + n);
        let length = self.text[self.at..line].trim_end_matches('\r').len();
        let body = &self.text[self.at..self.at + length];
        let doc = body.starts_with("##") && !body.starts_with("###");
        self.push(if doc { TokenKind::Doc } else { TokenKind::Comment }, length);
    }

    /// A glued `#` or quote: the rest up to the next space belongs to the mistake.
    fn glued(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest
            .find(|c: char| c.is_whitespace() || ";{}".contains(c))
            .unwrap_or(rest.len());
        self.push(TokenKind::Glued, length.max(1));
    }

    fn string(&mut self, quote: char) {
        let rest = &self.text[self.at..];
        let fence: String = std::iter::repeat_n(quote, 3).collect();
        let (open, block) = if rest.starts_with(&fence) {
            (3, true)
        } else {
            (1, false)
        };
        let mut end = open;
        let bytes = rest.as_bytes();
        loop {
            match bytes.get(end) {
                None => return self.push(TokenKind::UnclosedText, rest.len()),
                Some(b'\n') if !block => {
                    let length = rest[..end].trim_end_matches('\r').len();
                    return self.push(TokenKind::UnclosedText, length);
                }
                Some(b'\\') if quote == '"' && bytes.get(end + 1).is_some_and(|b| *b != b'\n') => end += 2,
                Some(b) if *b == quote as u8 => {
                    if !block {
                        return self.push(TokenKind::Text, end + 1);
                    }
                    if rest.as_bytes()[end..].starts_with(fence.as_bytes()) {
                        return self.push(TokenKind::Text, end + 3);
                    }
                    end += 1;
                }
                Some(_) => end += 1,
            }
            // An escape may have stepped into the middle of a character; bytes are enough here.
            if end > bytes.len() {
                return self.push(TokenKind::UnclosedText, rest.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, scan};

    fn kinds(text: &str) -> Vec<TokenKind> {
        scan(text).iter().map(|t| t.kind).collect()
    }

    #[test]
    fn words_hold_variables_and_strings_hold_everything() {
        use TokenKind::{BlockOpen, Comment, Glued, Text, UnclosedText, Word};
        assert_eq!(kinds("push v${version.major}-$x {"), [Word, Word, BlockOpen]);
        assert_eq!(kinds(r#"run "a # b { \" " # c"#), [Word, Text, Comment]);
        assert_eq!(kinds("fix#12"), [Word, Glued]);
        assert_eq!(kinds("say \"x"), [Word, UnclosedText]);
        assert_eq!(kinds("'''a\n'b' '''"), [Text]);
    }
}
