//! Signed tags and commits, by real gpg and ssh keys, verified by git.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use relplan::engine::{Ports, SignKind, SignOutcome, SignRequest};

use super::{World, git, try_git};
use crate::tools::present;

fn payloads(world: &World) -> [(SignKind, String); 2] {
    let head = world.head();
    let tree = git(&world.repository(), &["rev-parse", "HEAD^{tree}"]);
    let who = "Ann <ann@example.com> 1700000000 +0530";
    [
        (
            SignKind::Tag,
            format!(
                "object {head}\ntype commit\ntag v1.0.0\ntagger {who}\n\nRelease v1.0.0\n\n# not a comment\n"
            ),
        ),
        (
            SignKind::Commit,
            format!(
                "tree {tree}\nparent {head}\nauthor Bob <bob@example.com> 1600000000 -0100\ncommitter {who}\n\nsigned: yes\n\nbody ä\n"
            ),
        ),
    ]
}

/// Signs both kinds, publishes them, and lets git verify them in the real repository.
fn sign_and_verify(world: &mut World, verify: &[&str]) {
    for (kind, payload) in payloads(world) {
        let signed = world.system.sign(
            &mut world.sandbox,
            &SignRequest {
                payload: payload.clone(),
                kind,
            },
        );
        let SignOutcome::Signed(oid) = signed else {
            panic!("{kind:?}: {signed:?}")
        };
        world
            .sandbox
            .hand_over("test", std::slice::from_ref(&oid))
            .unwrap();
        let (object, check) = match kind {
            SignKind::Tag => ("tag", "verify-tag"),
            SignKind::Commit => ("commit", "verify-commit"),
        };
        let written = git(&world.repository(), &["cat-file", object, oid.as_str()]);
        assert!(written.contains("SIGNATURE-----"), "{written}");
        for line in payload.lines() {
            assert!(written.contains(line), "{line} in {written}");
        }
        let args: Vec<&str> = verify
            .iter()
            .copied()
            .chain([check, "--raw", oid.as_str()])
            .collect();
        git(&world.repository(), &args);
        git(&world.repository(), &["fsck", "--strict", "--no-dangling"]);
    }
    assert_eq!(
        git(&world.repository(), &["tag"]),
        "",
        "the real repository sees no tag"
    );
}

fn script(path: &Path, text: &str) -> String {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path.display().to_string()
}

#[test]
fn an_ssh_key_signs() {
    if !present("ssh-keygen") {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let key = keys.path().join("key").display().to_string();
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", &key])
        .status()
        .unwrap();
    assert!(made.success());
    let public = std::fs::read_to_string(format!("{key}.pub")).unwrap();
    let allowed = keys.path().join("allowed").display().to_string();
    std::fs::write(&allowed, format!("ann@example.com {public}")).unwrap();
    let mut world = World::with(&[
        ("gpg.format", "ssh"),
        ("user.signingkey", &key),
        ("gpg.ssh.allowedSignersFile", &allowed),
    ]);
    sign_and_verify(&mut world, &[]);
}

#[test]
fn a_gpg_key_signs_without_asking() {
    if !present("gpg") {
        return;
    }
    let keys = tempfile::Builder::new().prefix("g").tempdir().unwrap();
    let home = keys.path().display().to_string();
    std::fs::set_permissions(keys.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let gpg = |args: &[&str]| {
        let output = Command::new("gpg")
            .args(["--homedir", &home, "--batch", "--pinentry-mode", "loopback"])
            .args(args)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    gpg(&[
        "--passphrase",
        "",
        "--quick-gen-key",
        "Ann <ann@example.com>",
        "ed25519",
        "sign",
        "never",
    ]);
    gpg(&[
        "--passphrase",
        "closed",
        "--quick-gen-key",
        "Locked <locked@example.com>",
        "ed25519",
        "sign",
        "never",
    ]);
    let program = script(
        &keys.path().join("gpg"),
        &format!("#!/bin/sh\nexec gpg --homedir '{home}' \"$@\"\n"),
    );
    let mut world = World::with(&[("gpg.program", &program), ("user.signingkey", "ann@example.com")]);
    sign_and_verify(&mut world, &[]);

    let mut world = World::with(&[
        ("gpg.program", &program),
        ("user.signingkey", "locked@example.com"),
    ]);
    let _ = Command::new("gpgconf")
        .args(["--homedir", &home, "--kill", "gpg-agent"])
        .status();
    let [(kind, payload), _] = payloads(&world);
    let refused = world
        .system
        .sign(&mut world.sandbox, &SignRequest { payload, kind });
    let _ = Command::new("gpgconf")
        .args(["--homedir", &home, "--kill", "gpg-agent"])
        .status();
    assert!(
        matches!(&refused, SignOutcome::Failed(why) if why.contains("git could not sign")),
        "{refused:?}"
    );
}

#[test]
fn without_a_key_nothing_is_signed() {
    let keys = tempfile::tempdir().unwrap();
    let refusing = script(
        &keys.path().join("refuse"),
        "#!/bin/sh\necho 'no secret key' >&2\nexit 2\n",
    );
    let mut world = World::with(&[("gpg.program", &refusing)]);
    for (kind, payload) in payloads(&world) {
        let refused = world
            .system
            .sign(&mut world.sandbox, &SignRequest { payload, kind });
        assert!(
            matches!(&refused, SignOutcome::Failed(why) if why.contains("no secret key") && why.contains("user.signingKey")),
            "{refused:?}"
        );
    }
    assert!(
        try_git(
            &world.repository(),
            &["rev-parse", "--verify", "refs/tags/v1.0.0"]
        )
        .1
        .contains("fatal")
    );
}
