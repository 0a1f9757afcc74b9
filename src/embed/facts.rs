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
    let mut remotes: Vec<String> = repository.remotes().into_iter().map(|remote| remote.name).collect();
    // Of two remotes `a` and `a/b` the longer name owns `refs/remotes/a/b/...`.
    remotes.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for remote in &remotes {
        facts.remotes.insert(remote.clone(), std::collections::BTreeMap::new());
    }
    for (name, oid) in repository.refs()? {
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            if let Some((remote, upstream)) = repository.upstream(branch) {
                let upstream = upstream.strip_prefix("refs/heads/").unwrap_or(&upstream).to_owned();
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
