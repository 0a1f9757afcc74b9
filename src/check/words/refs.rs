//! Names of branches and tags, and git revisions.

use crate::model::RefName;

/// Why a text is no ref.
pub(in crate::check) struct BrokenRef {
    /// The rule it breaks, as in "contains `..`".
    pub(in crate::check) reason: String,
    /// What was probably meant.
    pub(in crate::check) instead: Option<String>,
}

/// Reads a short name.
pub(in crate::check) fn name(text: &str) -> Result<RefName, BrokenRef> {
    let broken = |reason: String, instead: Option<String>| BrokenRef { reason, instead };
    for prefix in ["refs/heads/", "refs/tags/"] {
        if let Some(short) = text.strip_prefix(prefix) {
            let instead = RefName::parse(short).is_ok().then(|| short.to_owned());
            return Err(broken(
                format!("is a full name; rel wants the short one, without `{prefix}`"),
                instead,
            ));
        }
    }
    RefName::parse(text).map_err(|error| {
        let mended = mend(text);
        let instead = (mended != text && RefName::parse(&mended).is_ok()).then_some(mended);
        broken(error.reason, instead)
    })
}

/// The name with what git forbids replaced by `-`.
fn mend(text: &str) -> String {
    let mut mended = String::new();
    for c in text.trim().chars() {
        let c = if c.is_control() || " ~^:?*[\\".contains(c) {
            '-'
        } else {
            c
        };
        let twice = (c == '.' && mended.ends_with('.')) || (c == '/' && mended.ends_with('/'));
        if !twice {
            mended.push(c);
        }
    }
    mended.trim_matches(['/', '.', '-']).to_owned()
}

/// Checks a git revision: `main~2`, `v1^{}`, a commit id. A range is none.
pub(in crate::check) fn revision(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.starts_with('-') {
        return Err("starts with `-`, which git would take for an option".to_owned());
    }
    if text.contains("..") {
        return Err("is a range; name one commit".to_owned());
    }
    if let Some(odd) = text
        .chars()
        .find(|c| c.is_control() || c.is_whitespace() || "?*[\\".contains(*c))
    {
        return Err(format!("contains {odd:?}, which no revision has"));
    }
    if text.contains(':') {
        return Err("contains `:`, so it names a file or a search, not a commit".to_owned());
    }
    Ok(())
}

/// The ref a revision starts from: `main` of `main~2`.
pub(in crate::check) fn base(revision: &str) -> &str {
    let end = revision.find(['~', '^']).unwrap_or(revision.len());
    let end = revision[..end].find("@{").unwrap_or(end);
    &revision[..end]
}

/// Whether the text reads as a commit id: 7 to 64 hexadecimal digits, a digit among them.
pub(in crate::check) fn is_commit_id(text: &str) -> bool {
    (7..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        && text.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{base, is_commit_id, name, revision};

    #[test]
    fn a_bad_name_comes_with_a_good_one() {
        assert_eq!(
            name("fix/my branch").err().and_then(|e| e.instead).as_deref(),
            Some("fix/my-branch")
        );
        assert_eq!(
            name("refs/heads/main").err().and_then(|e| e.instead).as_deref(),
            Some("main")
        );
        assert!(name("feature/x").is_ok());
    }

    #[test]
    fn revisions_name_one_commit() {
        for good in ["main~2", "v1.0^{}", "HEAD@{1}", "0123abc"] {
            assert!(revision(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "a..b", "main:README", "a b"] {
            assert!(revision(bad).is_err(), "{bad}");
        }
        assert_eq!(base("main~2^1"), "main");
        assert!(is_commit_id("1f0a2b3") && !is_commit_id("feedbee") && !is_commit_id("abc"));
    }
}
