//! What can go wrong with git, in sentences that say what to do next.

use crate::model::Oid;

/// An operation on a repository failed; nothing was changed unless the text says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `git` is not there.
    #[error("`{program}` cannot be started: {reason}; install git {oldest} or newer, or put it on PATH")]
    NoGit {
        /// What was tried.
        program: String,
        /// What the system said.
        reason: String,
        /// The oldest version that serves.
        oldest: &'static str,
    },
    /// `git` is too old.
    #[error(
        "git {found} is too old: rel needs git {oldest} or newer, because merges are tried with `git merge-tree \
         --merge-base` and `--attr-source`; upgrade git (on Debian bookworm: from bookworm-backports)"
    )]
    TooOld {
        /// What is there.
        found: String,
        /// The oldest version that serves.
        oldest: &'static str,
    },
    /// No repository.
    #[error("no git repository at `{path}` or above it; run rel inside one, or name one with `-C DIR`")]
    NoRepository {
        /// Where it was looked for.
        path: String,
    },
    /// git refuses the repository, which belongs to somebody else.
    #[error("git refuses this repository: {reason}")]
    Refused {
        /// git's words.
        reason: String,
    },
    /// The repository is of a kind that cannot be worked on.
    #[error("{what}; {way_out}")]
    Unsupported {
        /// What it is.
        what: String,
        /// What to do.
        way_out: String,
    },
    /// Nobody to write into commits.
    #[error(
        "git does not know who you are; set it with `git config user.name \"Your Name\"` and `git config user.email \
         you@example.com`"
    )]
    NoIdentity,
    /// A name or revision that nothing in the repository answers to.
    #[error("`{name}` is no branch, tag, remote branch or commit of this repository{hint}")]
    UnknownRef {
        /// The name.
        name: String,
        /// A did-you-mean, or empty.
        hint: String,
    },
    /// A branch and its upstream have both moved.
    #[error(
        "`{branch}` and its upstream `{upstream}` have diverged: {ahead} commits are only here, {behind} only there; \
         bring them together first (`git pull --rebase` on `{branch}`), or drop yours with `git branch -f {branch} \
         {upstream}`"
    )]
    Diverged {
        /// The branch.
        branch: String,
        /// Its upstream.
        upstream: String,
        /// Commits only here.
        ahead: usize,
        /// Commits only there.
        behind: usize,
    },
    /// A fast-forward was asked for and is not possible.
    #[error(
        "`{target}` cannot be fast-forwarded to `{source_name}`: it has commits that `{source_name}` does not contain"
    )]
    NotFastForward {
        /// What should move.
        target: String,
        /// Where to.
        source_name: String,
    },
    /// Two histories without a common commit.
    #[error("`{ours}` and `{theirs}` have no common history; rel does not merge unrelated histories")]
    Unrelated {
        /// One.
        ours: String,
        /// The other.
        theirs: String,
    },
    /// History is cut off where it is needed.
    #[error(
        "this clone is shallow and the history that {needed_for} needs is missing; run `git fetch --unshallow` first"
    )]
    Shallow {
        /// What needs it.
        needed_for: String,
    },
    /// A ref is not where it was.
    #[error(
        "`{name}` moved while rel was at work: it was {expected} and is {found}; nothing was changed, run it again"
    )]
    RefMoved {
        /// The ref.
        name: String,
        /// Where it was, in short.
        expected: String,
        /// Where it is, in short.
        found: String,
    },
    /// A work tree has changes that would be lost.
    #[error(
        "`{branch}` is checked out in `{path}`, and moving it would overwrite changes there that are not \
         committed:\n{detail}\ncommit or stash them first; nothing was changed"
    )]
    DirtyWorktree {
        /// The branch.
        branch: String,
        /// The work tree.
        path: String,
        /// git's words.
        detail: String,
    },
    /// A branch that is checked out cannot be deleted.
    #[error(
        "`{branch}` is checked out in `{path}` and cannot be deleted; check out another branch there first"
    )]
    CheckedOut {
        /// The branch.
        branch: String,
        /// The work tree.
        path: String,
    },
    /// A hook said no.
    #[error("a git hook refused: {detail}; nothing was changed")]
    HookRefused {
        /// What it printed.
        detail: String,
    },
    /// A remote that is not configured.
    #[error("this repository has no remote `{name}`{hint}")]
    NoRemote {
        /// The remote.
        name: String,
        /// What there is.
        hint: String,
    },
    /// A remote could not be read.
    #[error(
        "`{remote}` cannot be reached: {detail}; check the network and your access, or leave remotes alone with `--offline`"
    )]
    Unreachable {
        /// The remote.
        remote: String,
        /// git's words.
        detail: String,
    },
    /// A checkout could not be made as the plan needs it.
    #[error("the scratch checkout of {commit} cannot be made: {detail}")]
    Checkout {
        /// The commit, in short.
        commit: String,
        /// What is missing and what to do.
        detail: String,
    },
    /// Nothing could be signed.
    #[error(
        "git could not sign: {detail}; see that `git tag -s` works for you (`user.signingKey`, `gpg.format`), and that \
         the key needs no passphrase or its agent has it"
    )]
    Signing {
        /// git's, gpg's or ssh's words.
        detail: String,
    },
    /// git failed in a way that has no name here.
    #[error("`git {command}` failed: {detail}")]
    Git {
        /// The subcommand.
        command: String,
        /// git's words.
        detail: String,
    },
    /// libgit2 failed in the sandbox.
    #[error("the sandbox failed while {doing}: {source}")]
    Sandbox {
        /// What was being done.
        doing: &'static str,
        /// libgit2's words.
        source: git2::Error,
    },
    /// A file of the sandbox or of a checkout could not be read or written.
    #[error("`{path}` cannot be used: {source}")]
    File {
        /// The file.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
}

impl Error {
    pub(super) fn sandbox(doing: &'static str) -> impl FnOnce(git2::Error) -> Error {
        move |source| Error::Sandbox { doing, source }
    }

    pub(super) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.display().to_string();
        move |source| Error::File { path, source }
    }
}

/// A ref's value in messages.
pub(super) fn short(oid: Option<&Oid>) -> String {
    oid.map_or_else(|| "absent".into(), |oid| oid.short().to_owned())
}
