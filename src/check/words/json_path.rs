//! JSON paths: `status`, `checks[0].name`, `["odd key"]`.

use crate::check::plan::JsonStep;

/// Reads a path; the error says what is wrong and at which byte.
pub(in crate::check) fn parse(text: &str) -> Result<Vec<JsonStep>, (usize, String)> {
    let mut steps = Vec::new();
    // `$` and a leading dot, as other tools write them, mean the document.
    let mut at = usize::from(text.starts_with('$'));
    if text[at..].starts_with('.') {
        at += 1;
    }
    if text[at..].is_empty() {
        return if text.is_empty() {
            Err((0, "is empty; name a key: `status`".to_owned()))
        } else {
            Ok(steps)
        };
    }
    loop {
        let rest = &text[at..];
        if rest.starts_with('[') {
            let (step, length) = bracket(rest).map_err(|reason| (at, reason))?;
            steps.push(step);
            at += length;
        } else {
            let length = rest.find(['.', '[', ']', '"', '*', ' ']).unwrap_or(rest.len());
            match rest[length..].chars().next() {
                Some('*') => {
                    return Err((
                        at + length,
                        "has `*`; rel reads one value, not several".to_owned(),
                    ));
                }
                Some(odd @ (']' | '"' | ' ')) => {
                    return Err((
                        at + length,
                        format!("has `{odd}` outside brackets; write a key with odd letters as `[\"...\"]`"),
                    ));
                }
                _ => {}
            }
            if length == 0 {
                return Err((at, "has an empty key".to_owned()));
            }
            steps.push(JsonStep::Key(rest[..length].to_owned()));
            at += length;
        }
        match text[at..].chars().next() {
            None => return Ok(steps),
            Some('.') => {
                at += 1;
                if text[at..].is_empty() {
                    return Err((at - 1, "ends with `.`".to_owned()));
                }
            }
            Some('[') => {}
            Some(odd) => return Err((at, format!("has `{odd}` where `.` or `[` is wanted"))),
        }
    }
}

fn bracket(rest: &str) -> Result<(JsonStep, usize), String> {
    for quote in ['"', '\''] {
        if let Some(key) = rest[1..].strip_prefix(quote) {
            let end = key.find(quote).ok_or("has a quote that is never closed")?;
            if !key[end + 1..].starts_with(']') {
                return Err("has `[` without `]`".to_owned());
            }
            return Ok((JsonStep::Key(key[..end].to_owned()), end + 4));
        }
    }
    let end = rest.find(']').ok_or("has `[` without `]`")?;
    let inner = &rest[1..end];
    match inner.parse() {
        Ok(index) => Ok((JsonStep::Index(index), end + 1)),
        Err(_) => Err(format!(
            "has `[{inner}]`; an index is a whole number counted from 0"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::check::plan::JsonStep::{Index, Key};

    #[test]
    fn reads_keys_and_indexes() {
        let path = parse("a.b[0].c").expect("a path");
        assert_eq!(
            path,
            [Key("a".into()), Key("b".into()), Index(0), Key("c".into())]
        );
        assert_eq!(
            parse("$.x[\"odd key\"]"),
            Ok(vec![Key("x".into()), Key("odd key".into())])
        );
        for bad in ["", "a.", "a..b", "a[x]", "a[0", "a[*]", "a b", "a[0]b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
