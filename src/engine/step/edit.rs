//! The edits of a `commit`: text in, text out.

use crate::engine::outcome::Stop;
use crate::model::Version;

/// Refuses paths that leave the tree or mean git's own files.
pub(super) fn inside(file: &str) -> Result<(), Stop> {
    let odd =
        |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
    if file.starts_with('/') || file.contains('\0') || file.split('/').any(odd) {
        return Err(Stop::failed(format!("`{file}` is no path inside the repository")));
    }
    Ok(())
}

/// Puts a version where the file keeps it: `[project]`, `[package]` or `[tool.poetry]` of a TOML file, the
/// top-level `"version"` of a JSON file, a file that is nothing but a version, else the only assignment
/// to `version` or `__version__`.
pub(super) fn bump(file: &str, text: &str, to: &Version) -> Result<String, Stop> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "toml" => bump_toml(file, text, to),
        "json" => bump_by(
            file,
            text,
            to,
            r#"(?m)^(  |\t|    )?"version"\s*:\s*"([^"]*)""#,
            2,
        ),
        _ if Version::parse(text.trim()).is_some() => {
            Ok(text.replacen(text.trim(), &with_prefix(text.trim(), to), 1))
        }
        _ => bump_by(
            file,
            text,
            to,
            r#"(?m)^\s*(?:__version__|version|VERSION)\s*[:=]+\s*["']?([0-9vV][^"'\s]*)["']?"#,
            1,
        ),
    }
}

/// Keeps a leading `v` that was there.
fn with_prefix(old: &str, to: &Version) -> String {
    if old.starts_with('v') {
        format!("v{to}")
    } else {
        to.to_string()
    }
}

fn bump_toml(file: &str, text: &str, to: &Version) -> Result<String, Stop> {
    let mut document: toml_edit::DocumentMut = text
        .parse()
        .map_err(|error| Stop::failed(format!("`{file}` is not TOML: {error}")))?;
    let places: [&[&str]; 4] = [
        &["project"],
        &["package"],
        &["tool", "poetry"],
        &["workspace", "package"],
    ];
    for place in places {
        let mut table = Some(document.as_item_mut());
        for key in place {
            table = table.and_then(|item| member(item, key));
        }
        let Some(value) = table
            .and_then(|item| member(item, "version"))
            .and_then(toml_edit::Item::as_value_mut)
        else {
            continue;
        };
        if value.is_str() {
            let decor = value.decor().clone();
            *value = toml_edit::Value::from(to.to_string());
            *value.decor_mut() = decor;
            return Ok(document.to_string());
        }
    }
    Err(Stop::failed_with(
        format!("`{file}` has no `version` in [project], [package], [tool.poetry] or [workspace.package]"),
        "say what to change with `replace` instead",
    ))
}

/// The member of a table that is there; `Item::get_mut` would make one that is not.
fn member<'t>(item: &'t mut toml_edit::Item, key: &str) -> Option<&'t mut toml_edit::Item> {
    item.as_table_like_mut()?.get_mut(key)
}

fn bump_by(file: &str, text: &str, to: &Version, pattern: &str, group: usize) -> Result<String, Stop> {
    let regex = regex::Regex::new(pattern).expect("BUG: the pattern is fixed and compiles");
    let found: Vec<_> = regex
        .captures_iter(text)
        .filter_map(|captures| captures.get(group))
        .collect();
    match found.as_slice() {
        [only] => Ok(format!(
            "{}{}{}",
            &text[..only.start()],
            with_prefix(only.as_str(), to),
            &text[only.end()..]
        )),
        [] => Err(Stop::failed_with(
            format!("`{file}` does not say a version that `bump` can find"),
            "say what to change with `replace` instead",
        )),
        _ => Err(Stop::failed_with(
            format!(
                "`{file}` says a version in {} places, and `bump` cannot tell which is meant",
                found.len()
            ),
            "say which with `replace` instead",
        )),
    }
}

/// Adds a section in the form of Keep a Changelog: above the newest section, below `Unreleased`. A section
/// of that version that says the same already is left alone.
pub(super) fn changelog(
    file: &str,
    text: &str,
    version: &Version,
    entry: &str,
    today: &str,
) -> Result<String, Stop> {
    let heading = format!("## [{version}]");
    let lines: Vec<&str> = text.lines().collect();
    let starts = |prefix: &str| lines.iter().position(|line| line.starts_with(prefix));
    if starts(&heading)
        .or_else(|| starts(&format!("## {version}")))
        .is_some()
    {
        if text.contains(entry.trim()) {
            return Ok(text.to_owned());
        }
        return Err(Stop::failed(format!(
            "`{file}` already has a section for {version} that says something else"
        )));
    }
    let is_section =
        |line: &&str| line.starts_with("## ") && !line.to_ascii_lowercase().contains("unreleased");
    let at = lines.iter().position(is_section).unwrap_or(lines.len());
    let mut out: Vec<String> = lines[..at].iter().map(|line| (*line).to_owned()).collect();
    while out.last().is_some_and(|line| line.trim().is_empty()) {
        out.pop();
    }
    if !out.is_empty() {
        out.push(String::new());
    }
    out.push(format!("{heading} - {today}"));
    out.push(String::new());
    let prose = entry.trim();
    let listed = prose
        .lines()
        .any(|line| line.starts_with("- ") || line.starts_with("* ") || line.starts_with('#'));
    out.extend(
        if listed || prose.lines().count() > 1 {
            prose.to_owned()
        } else {
            format!("- {prose}")
        }
        .lines()
        .map(str::to_owned),
    );
    if at < lines.len() {
        out.push(String::new());
        out.extend(lines[at..].iter().map(|line| (*line).to_owned()));
    }
    Ok(out.join("\n") + "\n")
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
    use super::{bump, changelog, inside, replace};
    use crate::engine::outcome::Stop;
    use crate::model::Version;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn reason<T>(result: Result<T, Stop>) -> String {
        match result {
            Err(Stop::Failed(failure)) => failure.reason,
            _ => panic!("it should fail"),
        }
    }

    #[test]
    fn versions_are_found_where_each_kind_of_file_keeps_them() {
        let cargo = "[package]\nname = \"x\"\nversion = \"1.0.0\"\n";
        assert_eq!(
            bump("Cargo.toml", cargo, &v("1.1.0")).unwrap(),
            cargo.replace("1.0.0", "1.1.0")
        );
        let toml = "[project]\nname = \"x\" # name\nversion = \"1.0.0\" # version\n";
        assert_eq!(
            bump("pyproject.toml", toml, &v("1.1.0")).unwrap(),
            toml.replace("1.0.0", "1.1.0")
        );
        let json = "{\n  \"name\": \"x\",\n  \"version\": \"1.0.0\",\n  \"a\": {\n      \"version\": \"9\"\n  }\n}\n";
        assert_eq!(
            bump("package.json", json, &v("2.0.0")).unwrap(),
            json.replace("1.0.0", "2.0.0")
        );
        assert_eq!(bump("VERSION", "v1.0.0\n", &v("1.0.1")).unwrap(), "v1.0.1\n");
        assert_eq!(
            bump("x/__init__.py", "__version__ = \"1.0.0\"\n", &v("1.0.1")).unwrap(),
            "__version__ = \"1.0.1\"\n"
        );
        assert!(reason(bump("README.md", "# x\n", &v("1.0.1"))).contains("does not say a version"));
    }

    #[test]
    fn a_changelog_section_goes_above_the_newest_and_only_once() {
        let text = "# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-01-01\n\n- first\n";
        let once = changelog("CHANGELOG.md", text, &v("1.1.0"), "More.", "2026-11-20").unwrap();
        assert!(
            once.contains("## [Unreleased]\n\n## [1.1.0] - 2026-11-20\n\n- More.\n\n## [1.0.0]"),
            "{once}"
        );
        assert_eq!(
            changelog("CHANGELOG.md", &once, &v("1.1.0"), "More.", "2026-11-21").unwrap(),
            once
        );
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
