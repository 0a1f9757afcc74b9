//! `changelog`: a section in the form of Keep a Changelog, written as the sections around it are.

use std::ops::Range;

use crate::engine::outcome::Stop;
use crate::model::Version;

/// Adds a section above the newest one, below `Unreleased`. A section of that version that holds the entry
/// already is left alone.
pub(super) fn changelog(
    file: &str,
    text: &str,
    version: &Version,
    entry: &str,
    today: &str,
) -> Result<String, Stop> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<&str> = text.lines().collect();
    if let Some(section) = section_of(&lines, version) {
        let said = lines[section].join("\n");
        if said.contains(&entry.trim().replace("\r\n", "\n")) {
            return Ok(text.to_owned());
        }
        return Err(Stop::failed_with(
            format!("`{file}` already has a section for {version} that says something else"),
            "make the texts agree, or leave one of them out",
        ));
    }
    let newest = lines.iter().position(|line| versioned(line));
    let at = newest.unwrap_or_else(|| before_links(&lines));
    let mut out: Vec<String> = lines[..at].iter().map(|line| (*line).to_owned()).collect();
    while out.last().is_some_and(|line| line.trim().is_empty()) {
        out.pop();
    }
    if !out.is_empty() {
        out.push(String::new());
    }
    out.push(heading(newest.map(|at| lines[at]), version, today));
    out.push(String::new());
    let prose = entry.trim();
    let structured = |line: &str| line.starts_with(['-', '*', '#']);
    let item = prose.lines().count() == 1 && !structured(prose);
    let prose = if item {
        format!("- {prose}")
    } else {
        prose.to_owned()
    };
    out.extend(prose.lines().map(str::to_owned));
    if at < lines.len() {
        out.push(String::new());
        out.extend(lines[at..].iter().map(|line| (*line).to_owned()));
    }
    Ok(out.join(end) + end)
}

/// The heading of the new section, with brackets, `v` and date as the newest one has them.
fn heading(newest: Option<&str>, version: &Version, today: &str) -> String {
    let newest = newest.unwrap_or("## [0.0.0] - 2000-01-01");
    let name = newest.trim_start_matches('#').trim_start();
    let prefix = if name.trim_start_matches('[').starts_with('v') {
        "v"
    } else {
        ""
    };
    let name = if name.starts_with('[') {
        format!("[{prefix}{version}]")
    } else {
        format!("{prefix}{version}")
    };
    if newest.contains('(') {
        format!("## {name} ({today})")
    } else {
        format!("## {name} - {today}")
    }
}

/// The version that a heading names.
fn version_of(line: &str) -> Option<Version> {
    let name = line.strip_prefix("## ")?.trim_start().trim_start_matches('[');
    let end = name.find([']', ' ', '(']).unwrap_or(name.len());
    Version::parse(&name[..end])
}

fn versioned(line: &str) -> bool {
    version_of(line).is_some()
}

fn section_of(lines: &[&str], version: &Version) -> Option<Range<usize>> {
    let start = lines
        .iter()
        .position(|line| version_of(line).is_some_and(|found| found.to_string() == version.to_string()))?;
    let rest = &lines[start + 1..];
    let length = rest.iter().position(|line| line.starts_with("## "));
    Some(start..start + 1 + length.unwrap_or(rest.len()))
}

/// The end of the text, before the link definitions that stand there.
fn before_links(lines: &[&str]) -> usize {
    let link = |line: &str| line.starts_with('[') && line.contains("]: ");
    let tail = lines
        .iter()
        .rev()
        .take_while(|line| line.trim().is_empty() || link(line))
        .count();
    let start = lines.len() - tail;
    let first = lines[start..].iter().position(|line| link(line));
    first.map_or(lines.len(), |first| start + first)
}

#[cfg(test)]
mod tests {
    use super::changelog;
    use crate::model::Version;

    fn add(text: &str, version: &str, entry: &str) -> Option<String> {
        let version = Version::parse(version).unwrap();
        changelog("CHANGELOG.md", text, &version, entry, "2026-11-20").ok()
    }

    #[test]
    fn a_section_goes_above_the_newest_and_only_once() {
        let text = "# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-01-01\n\n- first\n";
        let once = add(text, "1.1.0", "More.").unwrap();
        assert!(
            once.contains("## [Unreleased]\n\n## [1.1.0] - 2026-11-20\n\n- More.\n\n## [1.0.0]"),
            "{once}"
        );
        assert_eq!(add(&once, "1.1.0", "More."), Some(once.clone()));
        assert_eq!(add(&once, "1.1.0", "Less."), None);
    }

    #[test]
    fn a_section_is_written_as_those_around_it() {
        let text = "# Log\n\n## v1.1.0-rc.1 (2026-01-01)\n\n* x\n";
        let more = add(text, "1.1.0", "### Fixed\n\n- it").unwrap();
        assert!(
            more.starts_with("# Log\n\n## v1.1.0 (2026-11-20)\n\n### Fixed\n\n- it\n\n## v1.1.0-rc.1"),
            "{more}"
        );
    }

    #[test]
    fn links_stay_at_the_end() {
        let text = "# Changelog\n\n## [Unreleased]\n\n[Unreleased]: https://example.com\n";
        let more = add(text, "1.1.0", "More.").unwrap();
        assert!(
            more.ends_with("## [1.1.0] - 2026-11-20\n\n- More.\n\n[Unreleased]: https://example.com\n"),
            "{more}"
        );
    }
}
