//! The short name of a branch or tag, valid by `git check-ref-format --branch`.

use serde::{Deserialize, Serialize};

/// A branch or tag name such as `feature/login`, without `refs/heads/`.
///
/// Valid by the rules of `git check-ref-format`: every component non-empty, none starts with a dot
/// or ends with `.lock`, no `..`, no `@{`, no control characters, none of `space ~ ^ : ? * [ \`,
/// no trailing dot; and, as for `git branch`, no leading `-` and not `HEAD`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefName(Box<str>);

/// Why a text is no ref name; the text says which rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct RefNameError {
    /// The rule in words, as in "contains `..`".
    pub reason: String,
}

impl RefName {
    /// Checks the rules above.
    ///
    /// # Errors
    /// Names the first rule that is broken.
    pub fn parse(text: &str) -> Result<Self, RefNameError> {
        match broken_rule(text) {
            Some(reason) => Err(RefNameError { reason }),
            None => Ok(Self(text.into())),
        }
    }

    /// The short name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `refs/heads/NAME`.
    pub fn as_branch(&self) -> String {
        format!("refs/heads/{}", self.0)
    }

    /// `refs/tags/NAME`.
    pub fn as_tag(&self) -> String {
        format!("refs/tags/{}", self.0)
    }
}

fn broken_rule(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".into());
    }
    if text == "HEAD" || text == "@" {
        return Some(format!("`{text}` is git's own name for the current commit"));
    }
    if text.starts_with('-') {
        return Some("starts with `-`".into());
    }
    if let Some(odd) = text.chars().find(|c| c.is_control() || " ~^:?*[\\".contains(*c)) {
        return Some(format!("contains {}", name_of(odd)));
    }
    for pair in ["..", "@{", "//"] {
        if text.contains(pair) {
            return Some(format!("contains `{pair}`"));
        }
    }
    if text.ends_with('.') {
        return Some("ends with `.`".into());
    }
    for part in text.split('/') {
        if part.is_empty() {
            return Some("starts or ends with `/`".into());
        }
        if part.starts_with('.') {
            return Some(format!("has a part that starts with `.`: `{part}`"));
        }
        // `Path::extension` compares case-insensitively nowhere; git's rule is about these bytes.
        if part.strip_suffix(".lock").is_some() {
            return Some(format!("has a part that ends with `.lock`: `{part}`"));
        }
    }
    None
}

fn name_of(c: char) -> String {
    match c {
        ' ' => "a space".into(),
        '\n' => "a line end".into(),
        '\t' => "a tab".into(),
        c if c.is_control() => format!("a control character (U+{:04X})", u32::from(c)),
        c => format!("`{c}`"),
    }
}

impl std::fmt::Display for RefName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RefName {
    type Error = RefNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<RefName> for String {
    fn from(name: RefName) -> Self {
        name.0.into()
    }
}
