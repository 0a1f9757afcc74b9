//! Splits the text of `run` into words by the rules of POSIX, before any value is filled in.
//!
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>, sections 2.2 and
//! 2.3: single quotes keep everything, in double quotes a backslash escapes ``$ ` " \`` and a line
//! end, outside quotes it escapes any character. Nothing is expanded.

/// A piece of the text, in order.
pub(in crate::check) enum Input<'a, V> {
    /// Characters.
    Literal(&'a str),
    /// A value, which never ends a word.
    Variable(V),
}

/// A piece of a word.
#[derive(Debug, PartialEq)]
pub(in crate::check) enum Part<V> {
    /// Characters, quotes taken away.
    Text(String),
    /// A value.
    Variable(V),
}

/// Why a text cannot be split; places are the piece's number and a byte in it.
#[derive(Debug, PartialEq)]
pub(in crate::check) enum Trouble {
    /// A quote that is never closed.
    Unclosed {
        /// Which quote.
        quote: char,
        /// Where.
        at: (usize, usize),
    },
    /// A backslash with nothing behind it.
    LooseBackslash {
        /// Where.
        at: (usize, usize),
    },
    /// Something that only a shell understands.
    Operator {
        /// What.
        operator: &'static str,
        /// Where.
        at: (usize, usize),
    },
}

/// Where the splitter is.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::check) enum Quoting {
    /// Outside quotes.
    Plain,
    /// In `'...'`.
    Single,
    /// In `"..."`.
    Double,
}

struct Splitter<V> {
    words: Vec<Vec<Part<V>>>,
    word: Option<Vec<Part<V>>>,
    quoting: Quoting,
    opened: (usize, usize),
}

/// Splits the pieces into words.
pub(in crate::check) fn split<'a, V>(
    pieces: impl IntoIterator<Item = Input<'a, V>>,
) -> Result<Vec<Vec<Part<V>>>, Trouble> {
    let mut splitter = Splitter {
        words: Vec::new(),
        word: None,
        quoting: Quoting::Plain,
        opened: (0, 0),
    };
    for (number, piece) in pieces.into_iter().enumerate() {
        match piece {
            Input::Variable(value) => splitter.word.get_or_insert_default().push(Part::Variable(value)),
            Input::Literal(text) => splitter.literal(number, text)?,
        }
    }
    if splitter.quoting != Quoting::Plain {
        let quote = if splitter.quoting == Quoting::Single {
            '\''
        } else {
            '"'
        };
        return Err(Trouble::Unclosed {
            quote,
            at: splitter.opened,
        });
    }
    splitter.end_word();
    Ok(splitter.words)
}

impl<V> Splitter<V> {
    fn literal(&mut self, number: usize, text: &str) -> Result<(), Trouble> {
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let here = (number, at);
            match (self.quoting, c) {
                (Quoting::Plain, ' ' | '\t') => self.end_word(),
                (Quoting::Plain, '\'' | '"') => {
                    self.quoting = if c == '"' {
                        Quoting::Double
                    } else {
                        Quoting::Single
                    };
                    self.opened = here;
                    self.word.get_or_insert_default();
                }
                (Quoting::Single, '\'') | (Quoting::Double, '"') => self.quoting = Quoting::Plain,
                (Quoting::Plain, '\\') => match chars.next() {
                    Some((_, '\n')) => {}
                    Some((_, escaped)) => self.push(escaped),
                    None => return Err(Trouble::LooseBackslash { at: here }),
                },
                (Quoting::Double, '\\') => match chars.peek().map(|(_, next)| *next) {
                    Some(next @ ('$' | '`' | '"' | '\\')) => {
                        chars.next();
                        self.push(next);
                    }
                    Some('\n') => {
                        chars.next();
                    }
                    _ => self.push('\\'),
                },
                (Quoting::Plain, _) => {
                    if let Some(operator) = operator(&text[at..]) {
                        return Err(Trouble::Operator { operator, at: here });
                    }
                    self.push(c);
                }
                (Quoting::Double, '$') if text[at..].starts_with("$(") => {
                    return Err(Trouble::Operator {
                        operator: "$(",
                        at: here,
                    });
                }
                (Quoting::Single | Quoting::Double, _) => self.push(c),
            }
        }
        Ok(())
    }

    fn push(&mut self, c: char) {
        let word = self.word.get_or_insert_default();
        if let Some(Part::Text(text)) = word.last_mut() {
            text.push(c);
        } else {
            word.push(Part::Text(c.to_string()));
        }
    }

    fn end_word(&mut self) {
        if let Some(mut word) = self.word.take() {
            if word.is_empty() {
                word.push(Part::Text(String::new()));
            }
            self.words.push(word);
        }
    }
}

/// The operator that `rest` begins with.
fn operator(rest: &str) -> Option<&'static str> {
    const OPERATORS: [&str; 11] = ["&&", "||", "|", "&", ";", ">>", ">", "<<", "<", "$(", "`"];
    if rest.starts_with('\n') {
        return Some("a line end");
    }
    OPERATORS.into_iter().find(|operator| rest.starts_with(operator))
}

#[cfg(test)]
mod tests {
    use super::{Input, Part, Trouble, split};

    fn words(text: &str) -> Result<Vec<String>, Trouble> {
        let words = split::<()>([Input::Literal(text)])?;
        Ok(words
            .into_iter()
            .map(|word| {
                word.into_iter()
                    .map(|part| match part {
                        Part::Text(text) => text,
                        Part::Variable(()) => "$".into(),
                    })
                    .collect()
            })
            .collect())
    }

    #[test]
    fn quotes_and_backslashes_are_those_of_posix() {
        assert_eq!(
            words("a 'b c' \"d e\" f\\ g"),
            Ok(vec!["a".into(), "b c".into(), "d e".into(), "f g".into()])
        );
        assert_eq!(words("a'b'\"c\""), Ok(vec!["abc".into()]));
        assert_eq!(words("x '' y"), Ok(vec!["x".into(), String::new(), "y".into()]));
        assert_eq!(words(r#""a\nb" "\"""#), Ok(vec![r"a\nb".into(), "\"".into()]));
        assert!(words("it's").is_err() && words("a\\").is_err());
    }

    #[test]
    fn operators_count_only_outside_quotes() {
        for text in [
            "a | b", "a && b", "a; b", "a > b", "a < b", "a $(b)", "a `b`", "a &", "a\nb",
        ] {
            assert!(matches!(words(text), Err(Trouble::Operator { .. })), "{text}");
        }
        assert!(words("grep 'a|b;c>d' \"x & y\" a\\;b").is_ok());
    }

    #[test]
    fn a_value_never_makes_a_word() {
        let pieces = [
            Input::Literal("a x"),
            Input::Variable(1),
            Input::Literal("y 'z "),
            Input::Variable(2),
            Input::Literal("'"),
        ];
        let words = split(pieces).expect("splits");
        assert_eq!(words.len(), 3);
        assert_eq!(
            words[1],
            [Part::Text("x".into()), Part::Variable(1), Part::Text("y".into())]
        );
        assert_eq!(words[2], [Part::Text("z ".into()), Part::Variable(2)]);
    }
}
