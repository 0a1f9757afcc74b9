//! `bump`: a version where a file keeps it. Nothing but the version's own characters changes.

use std::ops::Range;

use crate::engine::outcome::Stop;
use crate::model::Version;

/// The places of a TOML file that hold its version, by preference.
const TABLES: [&[&str]; 4] = [
    &["project"],
    &["package"],
    &["tool", "poetry"],
    &["workspace", "package"],
];

/// An assignment to `version` or `__version__` at the start of a line or among arguments.
const ASSIGNMENT: &str =
    r#"(?m)(?:^|[(,{])[ \t]*(?:__version__|version|VERSION)\s*[:=]+\s*["']?([0-9vV][^"'\s,)]*)"#;

/// Puts a version where the file keeps it: `[project]`, `[package]`, `[tool.poetry]` or `[workspace.package]` of
/// a TOML file, the top-level `"version"` of a JSON file, a file that is nothing but a version, else the only
/// assignment to `version` or `__version__`.
pub(super) fn bump(file: &str, text: &str, to: &Version) -> Result<String, Stop> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let whole = text.trim();
    let place = match extension {
        "toml" => in_toml(file, text)?,
        "json" => in_json(file, text)?,
        _ if Version::parse(whole).is_some() => {
            let start = text.len() - text.trim_start().len();
            start..start + whole.len()
        }
        _ => assigned(file, text)?,
    };
    let prefix = if text[place.clone()].starts_with('v') {
        "v"
    } else {
        ""
    };
    Ok(format!(
        "{}{prefix}{to}{}",
        &text[..place.start],
        &text[place.end..]
    ))
}

fn nowhere(file: &str, where_: &str) -> Stop {
    Stop::failed_with(
        format!("`{file}` does not say a version{where_}"),
        "say what to change with `replace` instead",
    )
}

fn in_toml(file: &str, text: &str) -> Result<Range<usize>, Stop> {
    let document = toml_edit::Document::parse(text)
        .map_err(|error| Stop::failed(format!("`{file}` is not TOML: {}", error.to_string().trim_end())))?;
    for table in TABLES {
        let keys = table.iter().chain(&["version"]);
        let found = keys
            .into_iter()
            .try_fold(document.as_item(), |item, key| item.get(key));
        let Some(value) = found.filter(|item| item.is_str()).and_then(toml_edit::Item::span) else {
            continue;
        };
        // The span holds the quotes, one or three of a kind.
        let quoted = &text[value.clone()];
        let quotes = quoted.len() - quoted.trim_start_matches(['"', '\'']).len();
        if quotes > 0 && quoted.len() > 2 * quotes {
            return Ok(value.start + quotes..value.end - quotes);
        }
    }
    Err(nowhere(
        file,
        " in [project], [package], [tool.poetry] or [workspace.package]",
    ))
}

fn in_json(file: &str, text: &str) -> Result<Range<usize>, Stop> {
    serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}'))
        .map_err(|error| Stop::failed(format!("`{file}` is not JSON: {error}")))?;
    let mut found = Vec::new();
    let (mut depth, mut key) = (0usize, None);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => key = None,
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                let string = start..at.min(bytes.len());
                if depth == 1 {
                    match key.replace(string.clone()) {
                        None => {}
                        Some(name) if text.get(name.clone()) == Some("version") => found.push(string),
                        Some(_) => {}
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    only(file, found, " as its top-level `version`")
}

fn assigned(file: &str, text: &str) -> Result<Range<usize>, Stop> {
    let regex = regex::Regex::new(ASSIGNMENT).expect("BUG: the pattern is fixed and compiles");
    let found = regex
        .captures_iter(text)
        .filter_map(|captures| captures.get(1))
        .map(|group| group.range())
        .collect();
    only(file, found, " that `bump` can find")
}

fn only(file: &str, mut found: Vec<Range<usize>>, where_: &str) -> Result<Range<usize>, Stop> {
    match (found.len(), found.pop()) {
        (1, Some(place)) => Ok(place),
        (0, _) | (_, None) => Err(nowhere(file, where_)),
        (count, Some(_)) => Err(Stop::failed_with(
            format!("`{file}` says a version in {count} places, and `bump` cannot tell which is meant"),
            "say which with `replace` instead",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::bump;
    use crate::engine::outcome::Stop;
    use crate::model::Version;

    fn to(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn only_the_version_itself_changes() {
        let cases = [
            (
                "pyproject.toml",
                "[project]\r\nname = \"x\" # name\r\nversion = \"1.0.0\" # ours\r\n",
            ),
            ("Cargo.toml", "[workspace.package]\nversion = '1.0.0'\n"),
            (
                "package.json",
                "{ \"a\": {\"version\": \"9\"}, \"list\": [\"version\", \"8\"], \"version\": \"1.0.0\" }",
            ),
            (
                "package.json",
                "{\"name\":\"version\",\"version\":\"1.0.0\",\"e\":\"\\\"version\\\"\"}",
            ),
            ("VERSION", "v1.0.0\n"),
            ("x/__init__.py", "__version__ = \"1.0.0\"\n"),
            (
                "setup.py",
                "setup(name='x', version='1.0.0', python_requires='>=3')\n",
            ),
            ("Chart.yaml", "apiVersion: v2\nversion: 1.0.0\n"),
        ];
        for (file, text) in cases {
            let bumped = bump(file, text, &to("1.1.0")).unwrap();
            assert_eq!(bumped, text.replace("1.0.0", "1.1.0"), "{file}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_an_error() {
        let cases = [
            ("README.md", "# x\n", "does not say a version"),
            (
                "a.py",
                "version = \"1.0\"\n__version__ = \"1.0\"\n",
                "in 2 places",
            ),
            ("a.json", "{\"version\": 1}", "does not say a version"),
            ("a.json", "{", "not JSON"),
            ("a.toml", "[package", "not TOML"),
        ];
        for (file, text, said) in cases {
            match bump(file, text, &to("1.1.0")) {
                Err(Stop::Failed(failure)) => assert!(failure.reason.contains(said), "{}", failure.reason),
                other => panic!("{file}: {other:?}"),
            }
        }
    }
}
