//! The edits of a `commit`: text in, text out.

use crate::engine::outcome::Stop;
/// Refuses paths that leave the tree or mean git's own files.
pub(super) fn inside(file: &str) -> Result<(), Stop> {
    let odd =
        |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
    if file.starts_with('/') || file.contains('\0') || file.split('/').any(odd) {
        return Err(Stop::failed(format!("`{file}` is no path inside the repository")));
    }
    Ok(())
}

/// Replaces what a regex finds; without `all` it must be found exactly once. `\1` to `\9` refer back.
pub(super) fn replace(file: &str, text: &str, regex: &str, with: &str, all: bool) -> Result<String, Stop> {
    let compiled =
        regex::Regex::new(regex).map_err(|error| Stop::failed(format!("`{regex}` is no regex: {error}")))?;
    let count = compiled.find_iter(text).count();
    if count == 0 || (count > 1 && !all) {
        let found = if count == 0 {
            "nothing".to_owned()
        } else {
            format!("{count} places")
        };
        return Err(Stop::failed_with(
            format!("`{regex}` finds {found} in `{file}`, and `replace` wants exactly one"),
            if count == 0 {
                "correct the regex, or the file's name"
            } else {
                "make the regex longer, or write `all`"
            },
        ));
    }
    let expand = |captures: &regex::Captures<'_>| {
        let mut out = String::new();
        let mut chars = with.chars().peekable();
        while let Some(c) = chars.next() {
            match chars
                .peek()
                .and_then(|next| next.to_digit(10))
                .filter(|digit| c == '\\' && *digit > 0)
            {
                Some(digit) => {
                    chars.next();
                    out.push_str(captures.get(digit as usize).map_or("", |group| group.as_str()));
                }
                None => out.push(c),
            }
        }
        out
    };
    Ok(compiled.replace_all(text, expand).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{inside, replace};
    use crate::engine::outcome::Stop;

    fn reason<T>(result: Result<T, Stop>) -> String {
        match result {
            Err(Stop::Failed(failure)) => failure.reason,
            _ => panic!("it should fail"),
        }
    }

    #[test]
    fn a_replacement_is_exact() {
        assert_eq!(
            replace("f", "a=1 b=2", r"b=(\d)", r"b=\1\1", false).unwrap(),
            "a=1 b=22"
        );
        assert!(reason(replace("f", "a a", "a", "b", false)).contains("2 places"));
        assert!(reason(replace("f", "x", "a", "b", true)).contains("nothing"));
        assert!(inside("a/../b").is_err() && inside(".git/config").is_err() && inside("a/b").is_ok());
    }
}
