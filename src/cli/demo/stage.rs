//! The world of the demonstration: a repository, its remote, and a production that really runs it.

use std::path::{Path, PathBuf};

use super::super::exit::Failure;
use crate::git::Git;

/// The first version of the plan lacks what stands from here to the end of its phase.
pub(super) const MISSING: &str = "\n  rollback {\n    deploy previous to production\n    revert\n  }\n";

const PLAN: &str = include_str!("shop/release.rel");

const FILES: [(&str, &str); 7] = [
    ("CHANGELOG.md", include_str!("shop/CHANGELOG.md")),
    ("VERSION", "1.0.0\n"),
    ("app/session.sh", include_str!("shop/app/session.sh")),
    ("scripts/deploy.sh", include_str!("shop/scripts/deploy.sh")),
    ("scripts/running.sh", include_str!("shop/scripts/running.sh")),
    ("scripts/health.sh", include_str!("shop/scripts/health.sh")),
    ("tests/run.sh", include_str!("shop/tests/run.sh")),
];

/// The plan as it should be.
pub(super) fn plan() -> &'static str {
    PLAN
}

/// The plan as it is written first: without a way back.
pub(super) fn first_plan() -> String {
    PLAN.replace(MISSING, "")
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Stage {
    /// The repository.
    pub(super) shop: PathBuf,
    /// Its remote.
    pub(super) origin: PathBuf,
    /// What runs.
    pub(super) production: PathBuf,
    git: Git,
}

impl Stage {
    /// Builds everything below `root`, which is empty.
    pub(super) fn build(root: &Path) -> Result<Self, Failure> {
        let stage = Self {
            shop: root.join("shop"),
            origin: root.join("origin.git"),
            production: root.join("production"),
            git: Git::find("git").map_err(|error| Failure::wrong_use(error.to_string()))?,
        };
        for directory in [&stage.shop, &stage.production] {
            std::fs::create_dir_all(directory).map_err(|error| cannot_write(directory, &error))?;
        }
        stage.repositories(root)?;
        stage.first_release()?;
        stage.feature()?;
        Ok(stage)
    }

    fn repositories(&self, root: &Path) -> Result<(), Failure> {
        self.git(root, &["init", "-q", "--bare", "-b", "main", "origin.git"])?;
        self.git(root, &["init", "-q", "-b", "main", "shop"])?;
        // Said here, so that nothing depends on what the person's own configuration says.
        for (key, value) in [
            ("user.name", "Robin"),
            ("user.email", "robin@example.com"),
            ("commit.gpgSign", "false"),
            ("tag.gpgSign", "false"),
            ("core.autocrlf", "false"),
            ("core.hooksPath", ".git/hooks"),
            ("protocol.file.allow", "always"),
        ] {
            self.git(&self.shop, &["config", key, value])?;
        }
        self.git(&self.shop, &["remote", "add", "origin", "../origin.git"])
            .map(drop)
    }

    fn first_release(&self) -> Result<(), Failure> {
        for (path, text) in FILES {
            self.write(path, text)?;
        }
        let server = format!("{}\n", self.production.display());
        self.write("scripts/server", &server)?;
        self.commit("The shop, as it runs today")?;
        self.git(&self.shop, &["tag", "-a", "-m", "Release v1.0.0", "v1.0.0"])?;
        self.git(&self.shop, &["push", "-q", "-u", "origin", "main", "v1.0.0"])?;
        let commit = self.git(&self.shop, &["rev-parse", "HEAD"])?;
        let deployed = std::process::Command::new("sh")
            .arg("scripts/deploy.sh")
            .current_dir(&self.shop)
            .env("commit", commit)
            .output();
        match deployed {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(Failure::failed(format!(
                "the first deploy failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ))),
            Err(error) => Err(Failure::failed(format!("`sh` cannot be run: {error}"))),
        }
    }

    fn feature(&self) -> Result<(), Failure> {
        self.git(&self.shop, &["checkout", "-q", "-b", "feature/faster-sessions"])?;
        self.write("app/session.sh", include_str!("shop/app/session-faster.sh"))?;
        self.commit("Greet customers at once")?;
        self.git(&self.shop, &["checkout", "-q", "main"]).map(drop)
    }

    /// Writes a file of the repository.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.shop.join(path);
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| cannot_write(&path, &error))
    }

    fn commit(&self, message: &str) -> Result<(), Failure> {
        self.git(&self.shop, &["add", "-A"])?;
        self.git(&self.shop, &["commit", "-q", "-m", message]).map(drop)
    }

    /// Runs git and gives what it printed.
    pub(super) fn git(&self, directory: &Path, args: &[&str]) -> Result<String, Failure> {
        let output = self.git.must(Some(directory), args);
        output
            .map(|output| output.text().trim_end().to_owned())
            .map_err(|error| Failure::failed(error.to_string()))
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("`{}` cannot be written: {error}", path.display()))
        .help("`rel demo --keep DIR` builds everything in a directory of your choice")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_plan_lacks_only_the_way_back() {
        let first = super::first_plan();
        assert!(super::plan().contains("rollback {") && !first.contains("rollback"));
        assert_eq!(first.len() + super::MISSING.len(), super::plan().len());
    }
}
