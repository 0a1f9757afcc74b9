//! The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit on a real repository; the snippets of
//! `docs/reference/ci.md` held against the schemas of those who read them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use relplan::git::Git;

use crate::{docs, tools};

const GOOD: &str = "plan \"x\"\nphase land { merge topic into main; push main; rollback revert }\n";
const BAD: &str = "plan \"x\"\nphase land { merge topic into main; push main }\n";

/// A repository with the hooks in place, and the repository that they come from.
struct World {
    home: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self {
            home: tempfile::tempdir().unwrap(),
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["hooks", "work"] {
            std::fs::create_dir(world.at(name)).unwrap();
            world.git(name, &["init", "-q", "-b", "main"]);
            world.git(name, &["config", "user.name", "Ann"]);
            world.git(name, &["config", "user.email", "ann@example.com"]);
        }
        let hooks = ".pre-commit-hooks.yaml";
        std::fs::copy(root.join(hooks), world.at("hooks").join(hooks)).unwrap();
        world.git("hooks", &["add", "-A"]);
        world.git("hooks", &["commit", "-q", "-m", "Hooks"]);
        let rev = world.git("hooks", &["rev-parse", "HEAD"]);
        let config = format!(
            "repos:\n- repo: {}\n  rev: {rev}\n  hooks:\n  - id: rel-fmt-system\n  - id: rel-check-system\n",
            world.at("hooks").display()
        );
        std::fs::write(world.at("work").join(".pre-commit-config.yaml"), config).unwrap();
        world
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, program: &str, directory: &str) -> Command {
        let mut command = Command::new(program);
        for name in Git::ties() {
            command.env_remove(name);
        }
        let rel = Path::new(env!("CARGO_BIN_EXE_rel")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        command
            .current_dir(self.at(directory))
            .env("PATH", format!("{}:{path}", rel.display()))
            .env("HOME", self.home.path())
            .env("PRE_COMMIT_HOME", self.at("cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    fn git(&self, directory: &str, args: &[&str]) -> String {
        let output = self.command("git", directory).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Commits all there is; whether that went through, and what was said.
    fn commit(&self, message: &str) -> (bool, String) {
        self.git("work", &["add", "-A"]);
        let output = self
            .command("git", "work")
            .args(["commit", "-q", "-m", message])
            .output()
            .unwrap();
        (output.status.success(), text(&output))
    }
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_bad_plan_blocks_the_commit_and_a_good_one_passes() {
    if !tools::present("pre-commit") {
        return;
    }
    let world = World::new();
    let installed = world
        .command("pre-commit", "work")
        .arg("install")
        .output()
        .unwrap();
    assert!(installed.status.success(), "{}", text(&installed));
    std::fs::write(world.at("work").join("release.rel"), BAD).unwrap();
    std::fs::write(world.at("work").join("notes.md"), "not a plan\n").unwrap();
    let (passed, said) = world.commit("A plan without a way back");
    assert!(!passed, "{said}");
    assert!(
        said.contains("E0401") && said.contains("release.rel:2:7"),
        "{said}"
    );
    assert!(said.contains("rollback revert"), "with the way out: {said}");
    std::fs::write(world.at("work").join("release.rel"), GOOD).unwrap();
    let (passed, said) = world.commit("A plan");
    assert!(passed, "{said}");
    // A plan that is laid out otherwise is laid out, and the commit begun again.
    std::fs::write(world.at("work").join("release.rel"), GOOD.replace(" { ", "   {")).unwrap();
    let (passed, said) = world.commit("A plan with odd spaces");
    assert!(
        !passed && said.contains("files were modified by this hook"),
        "{said}"
    );
    assert_eq!(
        std::fs::read_to_string(world.at("work").join("release.rel")).unwrap(),
        GOOD
    );
    // What has nothing to do with plans does not ask rel.
    std::fs::write(world.at("work").join("notes.md"), "more\n").unwrap();
    let (passed, said) = world.commit("Notes");
    assert!(passed && said.matches("Skipped").count() == 2, "{said}");
}

#[test]
fn the_snippets_are_what_their_readers_take() {
    if !tools::present("check-jsonschema") {
        return;
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/ci.md");
    let blocks = docs::blocks(&std::fs::read_to_string(page).unwrap());
    let home = tempfile::tempdir().unwrap();
    for (kind, schema) in [
        ("github-workflow", "vendor.github-workflows"),
        ("gitlab-ci", "vendor.gitlab-ci"),
    ] {
        let block = blocks.iter().find(|block| block.words == [kind]).unwrap();
        let file = home.path().join("snippet.yml");
        std::fs::write(&file, &block.text).unwrap();
        let held = Command::new("check-jsonschema")
            .args(["--builtin-schema", schema])
            .arg(&file)
            .output()
            .unwrap();
        assert!(held.status.success(), "{kind}: {}", text(&held));
    }
    if !tools::present("pre-commit") {
        return;
    }
    let block = blocks
        .iter()
        .find(|block| block.words == ["pre-commit-config"])
        .unwrap();
    let config = home.path().join("config.yaml");
    std::fs::write(&config, &block.text).unwrap();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    for (command, file) in [("validate-config", config), ("validate-manifest", manifest)] {
        let held = Command::new("pre-commit")
            .arg(command)
            .arg(&file)
            .output()
            .unwrap();
        assert!(held.status.success(), "{command}: {}", text(&held));
    }
}
