//! What the checker is told about a real repository.

use crate::check::Facts;
use crate::git::{Error, Repository};

/// Gathers the facts; reads only, and asks no remote.
pub(super) fn gather(repository: &Repository) -> Result<Facts, Error> {
    let (_, head) = repository.head()?;
    let mut facts = Facts {
        head,
        files: repository.tracked_files()?.into_iter().collect(),
        ..Facts::default()
    };
    let mut remotes: Vec<String> = repository
        .remotes()
        .iter()
        .map(|remote| remote.name.clone())
        .collect();
    // Of two remotes `a` and `a/b` the longer name owns `refs/remotes/a/b/...`.
    remotes.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for remote in &remotes {
        facts
            .remotes
            .insert(remote.clone(), std::collections::BTreeMap::new());
    }
    for (name, oid) in repository.refs()? {
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            if let Some((remote, upstream)) = repository.upstream(branch) {
                let upstream = upstream
                    .strip_prefix("refs/heads/")
                    .unwrap_or(&upstream)
                    .to_owned();
                facts.upstreams.insert(branch.to_owned(), (remote, upstream));
            }
            facts.branches.insert(branch.to_owned(), oid);
        } else if let Some(tag) = name.strip_prefix("refs/tags/") {
            facts.tags.insert(tag.to_owned(), oid);
        } else if let Some(tracking) = name.strip_prefix("refs/remotes/") {
            let of = remotes
                .iter()
                .find_map(|remote| Some((remote, tracking.strip_prefix(remote)?.strip_prefix('/')?)));
            if let Some((remote, branch)) = of.filter(|(_, branch)| *branch != "HEAD") {
                let branches = facts.remotes.entry(remote.clone()).or_default();
                branches.insert(branch.to_owned(), oid);
            }
        }
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::gather;
    use crate::git::{Git, Repository};

    fn git(directory: &Path, words: &str) {
        let output = Git::find("git").unwrap().must(Some(directory), words.split(' '));
        output.unwrap();
    }

    #[test]
    fn facts_are_what_the_repository_holds() {
        let home = tempfile::tempdir().unwrap();
        let here = home.path();
        git(here, "init -q -b main");
        let empty = gather(&Repository::discover(Git::find("git").unwrap(), here).unwrap()).unwrap();
        assert!(empty.head.is_none() && empty.branches.is_empty() && empty.files.is_empty());

        git(here, "config user.name Ann");
        git(here, "config user.email ann@example.com");
        std::fs::create_dir(here.join("dir")).unwrap();
        std::fs::write(here.join("dir/file"), "one").unwrap();
        git(here, "add dir");
        git(here, "commit -q -m first");
        git(here, "branch topic/one");
        git(here, "tag -a -m v1 v1");
        for remote in ["up", "up/stream"] {
            git(
                here,
                &format!("remote add {remote} https://example.invalid/{remote}"),
            );
        }
        git(here, "update-ref refs/remotes/up/main HEAD");
        git(here, "update-ref refs/remotes/up/stream/next HEAD");
        git(here, "symbolic-ref refs/remotes/up/HEAD refs/remotes/up/main");
        git(here, "config branch.main.remote up");
        git(here, "config branch.main.merge refs/heads/main");
        let facts = gather(&Repository::discover(Git::find("git").unwrap(), here).unwrap()).unwrap();
        let head = facts.head.clone().unwrap();
        assert_eq!(facts.branches.keys().collect::<Vec<_>>(), ["main", "topic/one"]);
        assert_eq!(facts.branches["main"], head);
        assert_ne!(facts.tags["v1"], head, "a tag's own object");
        assert_eq!(facts.remotes["up"].keys().collect::<Vec<_>>(), ["main"]);
        assert_eq!(facts.remotes["up/stream"].keys().collect::<Vec<_>>(), ["next"]);
        assert_eq!(facts.upstreams["main"], ("up".to_owned(), "main".to_owned()));
        assert!(facts.files.contains("dir/file"));
    }
}
