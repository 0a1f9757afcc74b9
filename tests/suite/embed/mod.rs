//! rel as a library: the facade, on real repositories with a real remote.

mod loading;
mod running;
mod saved;

use std::path::{Path, PathBuf};

use relplan::check::HostParam;
use relplan::engine::HostVerdict;
use relplan::model::Type;
use relplan::{Engine, EngineBuilder};

use super::host::git;

/// A repository with `main`, a `topic` ahead of it, and a bare remote that has both.
struct World {
    home: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let world = World { home };
        let repository = world.repository();
        git(
            world.home.path(),
            &["init", "-q", "--bare", "-b", "main", "remote.git"],
        );
        git(world.home.path(), &["init", "-q", "-b", "main", "repository"]);
        for (key, value) in [("user.name", "Ann"), ("user.email", "ann@example.com")] {
            git(&repository, &["config", key, value]);
        }
        world.write("file", "one\n");
        world.commit("first");
        git(&repository, &["checkout", "-q", "-b", "topic"]);
        world.write("topic", "two\n");
        world.commit("topic");
        git(&repository, &["checkout", "-q", "main"]);
        let remote = world.remote().display().to_string();
        git(&repository, &["remote", "add", "origin", &remote]);
        git(&repository, &["push", "-q", "-u", "origin", "main", "topic"]);
        world
    }

    fn repository(&self) -> PathBuf {
        self.home.path().join("repository")
    }

    fn remote(&self) -> PathBuf {
        self.home.path().join("remote.git")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.repository().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self, message: &str) {
        git(&self.repository(), &["add", "--all"]);
        git(&self.repository(), &["commit", "-q", "-m", message]);
    }

    fn builder(&self) -> EngineBuilder {
        Engine::builder().repository(self.repository())
    }

    fn engine(&self) -> Engine {
        self.builder().build().unwrap()
    }
}

/// What a name means in a repository.
fn at(directory: &Path, name: &str) -> String {
    git(directory, &["rev-parse", name])
}

/// The gate `quality(level: int)`, which passes from a level on.
fn quality(builder: EngineBuilder, passes: impl Fn(&str) -> HostVerdict + Send + 'static) -> EngineBuilder {
    let params = vec![HostParam {
        name: "level".into(),
        ty: Type::Int,
        optional: false,
    }];
    builder.gate("quality", params, move |request| {
        assert!(request.commit.is_some());
        passes(&request.arguments["level"].to_string())
    })
}

/// Every file below a directory with its mode and contents.
fn everything(directory: &Path) -> Vec<(String, u32, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt;
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in next.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let content = if metadata.is_dir() {
                open.push(path.clone());
                Vec::new()
            } else {
                std::fs::read(&path).unwrap()
            };
            found.push((path.display().to_string(), metadata.permissions().mode(), content));
        }
    }
    found.sort();
    found
}
