//! What a repository tells about how it is released.

use std::path::Path;

use super::super::exit::Failure;
use crate::git::Repository;
use crate::model::Version;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    /// What the project is called.
    pub(super) name: String,
    /// The branch that releases are made of.
    pub(super) main: String,
    /// The remote that is pushed to.
    pub(super) remote: Option<String>,
    /// A branch whose commits are not on the main branch yet.
    pub(super) topic: Option<String>,
    /// How many more such branches there are.
    pub(super) more: usize,
    /// How the tests are run.
    pub(super) tests: Option<&'static str>,
    /// An ignored directory that the tests need.
    pub(super) link: Option<&'static str>,
    /// The file that keeps the version.
    pub(super) version_file: Option<String>,
    /// The version to be released.
    pub(super) next: String,
    /// What stands before versions in the names of tags.
    pub(super) prefix: &'static str,
    /// The file that tells what changed.
    pub(super) changelog: Option<String>,
}

/// Files that tell how tests are run; the first that fits counts.
const TESTS: [(&str, &str, &str); 8] = [
    ("justfile", "\ntest", "just test"),
    ("Makefile", "\ntest:", "make test"),
    ("Cargo.toml", "[", "cargo test"),
    ("go.mod", "module", "go test ./..."),
    ("package.json", "\"test\":", "npm test"),
    ("pyproject.toml", "[", "python -m pytest"),
    ("pom.xml", "<project", "mvn -B verify"),
    ("mix.exs", "def", "mix test"),
];

/// Files that keep the version.
const VERSIONS: [&str; 4] = ["Cargo.toml", "pyproject.toml", "package.json", "VERSION"];

impl Survey {
    /// Looks at refs, remotes and files.
    pub(super) fn of(repository: &Repository) -> Result<Self, Failure> {
        let failed = |error: crate::git::Error| Failure::failed(error.to_string());
        let refs = repository.refs().map_err(failed)?;
        let (current, head) = repository.head().map_err(failed)?;
        if head.is_none() {
            return Err(
                Failure::failed("the repository has no commit yet, so there is nothing to release")
                    .help("commit something, then run `rel init` again"),
            );
        }
        let remotes = repository.remotes();
        let remote = remotes
            .iter()
            .find(|one| one.name == "origin")
            .or_else(|| remotes.first())
            .map(|one| one.name.clone());
        let look = Look { repository };
        let current = current.map(|name| name.trim_start_matches("refs/heads/").to_owned());
        let main = look.main_branch(remote.as_deref(), current.as_deref(), |name| {
            refs.contains_key(&format!("refs/heads/{name}"))
        });
        let main = main.ok_or_else(|| {
            Failure::failed("no branch can be found that releases are made of")
                .help("check a branch out (`git switch -c main`), then run `rel init` again")
        })?;
        let mut topics = look.unmerged(&main);
        if let Some(at) = current
            .as_ref()
            .and_then(|name| topics.iter().position(|one| one == name))
        {
            topics.swap(0, at);
        }
        let tracked = repository.tracked_files().map_err(failed)?;
        let has = |name: &str| tracked.iter().any(|file| file == name);
        let read = |name: &str| has(name).then(|| look.read(name)).flatten();
        let found = VERSIONS
            .iter()
            .find_map(|name| Some(((*name).to_owned(), version_in(name, &read(name)?)?)));
        let tags: Vec<&str> = refs
            .keys()
            .filter_map(|name| name.strip_prefix("refs/tags/"))
            .collect();
        let prefix = prefix(&tags);
        let latest = tags.iter().filter_map(|tag| Version::parse(tag)).max();
        let version = found.as_ref().map(|(_, version)| version.clone()).max(latest);
        let tests = TESTS
            .iter()
            .find(|(file, sign, _)| read(file).is_some_and(|text| format!("\n{text}").contains(sign)))
            .map(|(_, _, command)| *command);
        Ok(Self {
            name: look.name(),
            topic: topics.first().cloned(),
            more: topics.len().saturating_sub(1),
            link: (tests == Some("npm test") && !has("node_modules")).then_some("node_modules"),
            tests,
            version_file: found.map(|(file, _)| file),
            next: version.map_or_else(|| "0.1.0".to_owned(), |version| version.next_minor().to_string()),
            prefix,
            changelog: ["CHANGELOG.md", "CHANGES.md"]
                .iter()
                .find(|name| has(name))
                .map(|name| (*name).to_owned()),
            main,
            remote,
        })
    }

    /// What was found, in lines.
    pub(super) fn findings(&self) -> Vec<String> {
        let mut lines = vec![match &self.remote {
            Some(remote) => format!("releases are made of `{}` and pushed to `{remote}`", self.main),
            None => format!(
                "releases are made of `{}`; there is no remote to push to yet",
                self.main
            ),
        }];
        if let Some(topic) = &self.topic {
            let more = match self.more {
                0 => String::new(),
                1 => "; 1 more branch is not merged".to_owned(),
                more => format!("; {more} more branches are not merged"),
            };
            lines.push(format!("`{topic}` is what lands{more}"));
        }
        if let Some(tests) = self.tests {
            lines.push(format!("`{tests}` must pass"));
        }
        match &self.version_file {
            Some(file) => lines.push(format!("`{file}` keeps the version; the next is {}", self.next)),
            None => lines.push(format!(
                "no file keeps the version; the next is taken to be {}",
                self.next
            )),
        }
        lines
    }
}

fn prefix(tags: &[&str]) -> &'static str {
    let versions = || tags.iter().filter(|tag| Version::parse(tag).is_some());
    let bare = versions().filter(|tag| !tag.starts_with('v')).count();
    if bare > versions().count() / 2 { "" } else { "v" }
}

/// The version that a file keeps, where rel's `bump` would change it.
fn version_in(file: &str, text: &str) -> Option<Version> {
    let found = match file {
        "VERSION" => text.trim().to_owned(),
        "package.json" => {
            let json: serde_json::Value = serde_json::from_str(text).ok()?;
            json.get("version")?.as_str()?.to_owned()
        }
        _ => {
            let toml: toml_edit::DocumentMut = text.parse().ok()?;
            let places: [&[&str]; 4] = [
                &["project"],
                &["package"],
                &["tool", "poetry"],
                &["workspace", "package"],
            ];
            places.iter().find_map(|place| {
                let table = place.iter().try_fold(toml.as_item(), |item, key| item.get(key))?;
                table.get("version")?.as_str().map(str::to_owned)
            })?
        }
    };
    Version::parse(&found)
}

struct Look<'r> {
    repository: &'r Repository,
}

impl Look<'_> {
    /// What git prints, line by line; nothing when it has nothing to say.
    fn git(&self, args: &[&str]) -> Vec<String> {
        let output = self.repository.git().run(Some(self.repository.home()), args);
        match output {
            Ok(output) if output.ok() => output.text().lines().map(str::to_owned).collect(),
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    fn main_branch(
        &self,
        remote: Option<&str>,
        current: Option<&str>,
        has: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let head = remote.and_then(|remote| {
            let head = format!("refs/remotes/{remote}/HEAD");
            let target = self.git(&["symbolic-ref", "--quiet", &head]).into_iter().next()?;
            target
                .strip_prefix(&format!("refs/remotes/{remote}/"))
                .map(str::to_owned)
        });
        let known = ["main", "master", "trunk", "develop"];
        head.filter(|name| has(name))
            .or_else(|| known.iter().find(|name| has(name)).map(|name| (*name).to_owned()))
            .or_else(|| current.map(str::to_owned))
    }

    /// Local branches with commits that `main` lacks, the latest first.
    fn unmerged(&self, main: &str) -> Vec<String> {
        let main = format!("--no-merged=refs/heads/{main}");
        let format = "--format=%(refname:lstrip=2)";
        self.git(&[
            "for-each-ref",
            &main,
            "--sort=-committerdate",
            format,
            "refs/heads",
        ])
    }

    fn read(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.repository.top()?.join(file)).ok()
    }

    fn name(&self) -> String {
        let home: &Path = self.repository.home();
        let name = home.file_name().map(|name| name.to_string_lossy().into_owned());
        name.map_or_else(
            || "this project".to_owned(),
            |name| name.trim_end_matches(".git").to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{prefix, version_in};

    #[test]
    fn versions_are_read_where_they_are_kept() {
        let read = |file: &str, text: &str| version_in(file, text).map(|version| version.to_string());
        assert_eq!(
            read("Cargo.toml", "[package]\nversion = \"1.2.3\"\n").as_deref(),
            Some("1.2.3")
        );
        assert_eq!(
            read("Cargo.toml", "[workspace.package]\nversion = \"2.0.0\"\n").as_deref(),
            Some("2.0.0")
        );
        assert_eq!(
            read("package.json", "{\"version\": \"0.3.0\"}").as_deref(),
            Some("0.3.0")
        );
        assert_eq!(read("VERSION", "v4.5.2\n").as_deref(), Some("4.5.2"));
        assert_eq!(read("Cargo.toml", "[package]\nname = \"x\"\n"), None);
        assert_eq!(read("package.json", "no json"), None);
    }

    #[test]
    fn tags_tell_their_prefix() {
        assert_eq!(prefix(&[]), "v");
        assert_eq!(prefix(&["v1.0.0", "1.0.1", "v1.0.2"]), "v");
        assert_eq!(prefix(&["1.0.0", "1.0.1", "nightly"]), "");
    }
}
