//! Paths inside the repository, and globs over them.

use globset::{GlobBuilder, GlobMatcher};

/// Checks a path of the repository: relative, with `/`, staying inside. Gives it without `./`.
pub(in crate::check) fn inside(text: &str) -> Result<String, String> {
    relative(text)?;
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err("leaves the repository".to_owned());
                }
            }
            part => parts.push(part),
        }
    }
    if parts.first() == Some(&".git") {
        return Err("points into git's own directory".to_owned());
    }
    if parts.is_empty() {
        return Ok(".".to_owned());
    }
    Ok(parts.join("/"))
}

/// Resolves what `use` says in the file `user`.
pub(in crate::check) fn join(user: &str, text: &str) -> Result<String, String> {
    relative(text)?;
    let folder = user.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = inside(format!("{folder}/{text}").trim_start_matches('/'))?;
    if joined == "." || text.ends_with('/') {
        return Err("names a folder, not a file".to_owned());
    }
    Ok(joined)
}

fn relative(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.starts_with('/') || text.starts_with('~') || text.as_bytes().get(1) == Some(&b':') {
        return Err("is absolute; wanted: relative to the repository".to_owned());
    }
    if text.contains('\\') {
        return Err("contains `\\`; folders are parted by `/` on every system".to_owned());
    }
    if let Some(odd) = text.chars().find(|c| c.is_control()) {
        return Err(format!("contains {odd:?}"));
    }
    Ok(())
}

/// Compiles a glob as `touches` and `resolve` mean it: `*` stays within a folder, `**` does not.
pub(in crate::check) fn glob(text: &str) -> Result<GlobMatcher, String> {
    if text.starts_with('/') || text.starts_with("../") || text.contains("/../") {
        return Err(
            "is matched against paths relative to the repository, which never look like this".to_owned(),
        );
    }
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    GlobBuilder::new(text)
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::{glob, inside, join};

    #[test]
    fn paths_stay_inside() {
        assert_eq!(inside("./a/../b").as_deref(), Ok("b"));
        for bad in [
            "",
            "/etc",
            "../x",
            "a/../../b",
            "a\\b",
            "C:/x",
            ".git/config",
            "~/x",
        ] {
            assert!(inside(bad).is_err(), "{bad}");
        }
        assert_eq!(
            join("plans/release.rel", "./team.rel").as_deref(),
            Ok("plans/team.rel")
        );
        assert_eq!(
            join("plans/release.rel", "../team.rel").as_deref(),
            Ok("team.rel")
        );
        assert!(join("release.rel", "../team.rel").is_err());
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let one = glob("src/*.rs").expect("a glob");
        assert!(one.is_match("src/a.rs") && !one.is_match("src/a/b.rs"));
        assert!(glob("src/**").expect("a glob").is_match("src/a/b.rs"));
        assert!(glob("a[").is_err() && glob("/src").is_err());
    }
}
