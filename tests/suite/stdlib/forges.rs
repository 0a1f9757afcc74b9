//! `std/github` and `std/gitlab`: the real `gh` and `glab` against a loopback server that answers the API calls that
//! they make. `gh` talks plain HTTP through a socket of the file system, `glab` by its `api_protocol`.

use super::loopback::{Loopback, Request};
use super::{End, applied};
use crate::engine::World;

/// GitHub for `gh`: its token, its configuration, and how it answers.
fn github(world: &World, answer: impl Fn(&Request) -> (u16, String) + Send + 'static) -> Loopback {
    let home = world.home.path();
    let service = Loopback::serve_on(&home.join("github.sock"), answer);
    std::fs::create_dir(home.join("gh")).unwrap();
    let config = format!("http_unix_socket: {}\n", service.url);
    std::fs::write(home.join("gh/config.yml"), config).unwrap();
    let mut variables = world.variables.borrow_mut();
    variables.insert("GH_CONFIG_DIR".into(), home.join("gh").display().to_string());
    variables.insert("GH_TOKEN".into(), "a-token-of-nobody".into());
    drop(variables);
    service
}

fn check_runs(runs: &[(&str, Option<&str>, &str)]) -> String {
    let runs: Vec<_> = runs
        .iter()
        .map(|(status, conclusion, name)| serde_json::json!({ "status": status, "conclusion": conclusion, "name": name }))
        .collect();
    serde_json::json!({ "total_count": runs.len(), "check_runs": runs }).to_string()
}

/// How the gate on `topic` ends when GitHub answers so.
fn checked(status: u16, runs: &[(&str, Option<&str>, &str)]) -> End {
    let world = World::new();
    let body = check_runs(runs);
    let service = github(&world, move |_| (status, body.clone()));
    let text = "use std/github\nphase land { gate github-ci(\"acme/shop\") on topic; merge topic into main; push main; rollback revert }";
    let topic = world.at("topic");
    let (end, _) = applied(&world, text);
    let asked = service.asked();
    assert!(!asked.is_empty(), "{end:?}");
    assert_eq!(
        asked[0].line,
        format!("GET /repos/acme/shop/commits/{topic}/check-runs?per_page=100")
    );
    end
}

#[test]
fn githubs_checks_pass_fail_and_cannot_be_known() {
    if !crate::tools::at_hand("gh") {
        return;
    }
    let good = ("completed", Some("success"), "tests");
    let skipped = ("completed", Some("skipped"), "docs");
    let bad = ("completed", Some("failure"), "lint\tsuccess\t");
    let open = ("in_progress", None, "slow");
    let end = checked(200, &[good, skipped]);
    assert!(matches!(end, End::Done), "{end:?}");
    let end = checked(200, &[good, bad, open]);
    assert!(matches!(end, End::Failed(_)), "{end:?}");
    for (status, runs) in [(200, &[good, open][..]), (200, &[]), (500, &[good]), (404, &[])] {
        let end = checked(status, runs);
        assert!(matches!(end, End::Inconclusive(_)), "{status} {runs:?}: {end:?}");
    }
}

#[test]
fn a_github_release_is_published_and_taken_back() {
    if !crate::tools::at_hand("gh") {
        return;
    }
    let text = |version: &str, notes: &str, then: &str| {
        format!(
            "use std/github\ngate well {{ live; run \"{then}\" }}\nphase land {{ merge topic into main; tag v{version} on main; push main, v{version}; \
             do github-release(repository: \"acme/shop\", version: {version}{notes}); gate well; rollback undo }}"
        )
    };
    let answer = |request: &Request| match request.line.split(' ').next() {
        Some("POST") => (
            201,
            r#"{"id": 7, "html_url": "https://example.com/7"}"#.to_owned(),
        ),
        Some("DELETE") => (204, String::new()),
        _ => (200, r#"{"id": 7}"#.to_owned()),
    };
    let world = World::new();
    let service = github(&world, answer);
    let notes = ", notes: \"@file \\\"$1\\\" `x`\"".replace('$', "\\$");
    let (end, records) = applied(&world, &text("1.1.0", &notes, "true"));
    assert!(matches!(end, End::Done), "{end:?} {records:#?}");
    let asked = service.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].line, "POST /repos/acme/shop/releases");
    let sent: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
    let wanted = serde_json::json!({
        "tag_name": "v1.1.0", "name": "v1.1.0", "prerelease": false, "body": "@file \"$1\" `x`",
    });
    assert_eq!(sent, wanted);

    let world = World::new();
    let service = github(&world, answer);
    let (end, _) = applied(&world, &text("1.1.0-rc.1", "", "false"));
    assert!(matches!(end, End::Back(_)), "{end:?}");
    let asked = service.asked();
    let lines: Vec<_> = asked.iter().map(|request| request.line.as_str()).collect();
    let wanted = [
        "POST /repos/acme/shop/releases",
        "GET /repos/acme/shop/releases/tags/v1.1.0-rc.1",
        "DELETE /repos/acme/shop/releases/7",
    ];
    assert_eq!(lines, wanted);
    let sent: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(sent["prerelease"], true);
    assert_eq!(sent["generate_release_notes"], true);
}

/// GitLab for `glab`.
fn gitlab(
    world: &World,
    real: bool,
    answer: impl Fn(&Request) -> (u16, String) + Send + 'static,
) -> Loopback {
    let service = Loopback::serve(answer);
    let home = world.home.path().join("glab");
    std::fs::create_dir(&home).unwrap();
    let host = service.url.trim_start_matches("http://");
    let config = format!(
        "host: {host}\nhosts:\n  {host}:\n    token: a-token-of-nobody\n    api_protocol: http\n    api_host: {host}\n"
    );
    std::fs::write(home.join("config.yml"), config).unwrap();
    let mut variables = world.variables.borrow_mut();
    variables.insert("GLAB_CONFIG_DIR".into(), home.display().to_string());
    variables.insert("GITLAB_HOST".into(), service.url.clone());
    variables.insert("GITLAB_TOKEN".into(), "a-token-of-nobody".into());
    // Said and counted; what the library makes of GitLab's answers is tested all the same.
    if !real {
        variables.insert("PATH".into(), stand_in(world));
    }
    drop(variables);
    service
}

/// The one call of `glab` that the library makes, `glab api`, done by curl.
const STAND_IN: &str = r#"#!/bin/sh -eu
test "$1" = api; shift
method=GET; path=; set -- "$@" --end
while test "$1" != --end; do
  case $1 in
    --method) method=$2; shift 2 ;;
    -f) set -- "$@" --data-urlencode "$2"; shift 2 ;;
    *) path=$1; shift ;;
  esac
done
shift
exec curl -fsS -X "$method" -H "PRIVATE-TOKEN: $GITLAB_TOKEN" "$@" "$GITLAB_HOST/api/v4/$path"
"#;

/// A `PATH` that begins with the stand-in.
fn stand_in(world: &World) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let bin = world.home.path().join("stand-in");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("glab"), STAND_IN).unwrap();
    std::fs::set_permissions(bin.join("glab"), std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

#[test]
fn gitlabs_pipeline_passes_fails_and_cannot_be_known() {
    let real = crate::tools::at_hand("glab");
    let ends = [
        r#"{"id": 1, "status": "success"}"#,
        r#"{"id": 1, "status": "failed"}"#,
        r#"{"id": 1, "status": "running"}"#,
        "null",
    ]
    .map(|pipeline| {
        let world = World::new();
        let _service = gitlab(&world, real, move |_| {
            let title = r#"say \"last_pipeline\": {\"status\": \"running\"}"#;
            (200, format!(r#"{{"title": "{title}", "last_pipeline": {pipeline}}}"#))
        });
        let text = "use std/gitlab\nphase land { gate gitlab-ci(\"acme/shop\") on topic; merge topic into main; push main; rollback revert }";
        applied(&world, text).0
    });
    assert!(
        matches!(
            ends,
            [
                End::Done,
                End::Failed(_),
                End::Inconclusive(_),
                End::Inconclusive(_)
            ]
        ),
        "{ends:?}"
    );
}

#[test]
fn a_gitlab_release_is_published_and_taken_back() {
    let world = World::new();
    let service = gitlab(&world, crate::tools::at_hand("glab"), |_| (200, "{}".into()));
    let text = "use std/gitlab\ngate well { live; run \"false\" }\nphase land { merge topic into main; tag v1.1.0 on main; push main, v1.1.0; \
                do gitlab-release(project: \"acme/shop\", version: 1.1.0, notes: \"new\"); gate well; rollback undo }";
    let (end, _) = applied(&world, text);
    assert!(matches!(end, End::Back(_)), "{end:?}");
    let lines: Vec<_> = service.asked().into_iter().map(|request| request.line).collect();
    let wanted = [
        "POST /api/v4/projects/acme%2Fshop/releases",
        "DELETE /api/v4/projects/acme%2Fshop/releases/v1.1.0",
    ];
    assert_eq!(lines, wanted);
}

/// Without the programs the gates cannot tell, and say so: nothing passes for want of a tool.
#[test]
fn without_its_program_a_gate_cannot_tell() {
    for (library, gate) in [("github", "github-ci"), ("gitlab", "gitlab-ci")] {
        let world = World::new();
        world
            .variables
            .borrow_mut()
            .insert("PATH".into(), only_git(&world));
        let text = format!(
            "use std/{library}\nphase land {{ gate {gate}(\"acme/shop\") on topic; merge topic into main; push main; rollback revert }}"
        );
        let (end, _) = applied(&world, &text);
        assert!(
            matches!(&end, End::Inconclusive(reason) if reason.contains("127")),
            "{end:?}"
        );
    }
}

/// A directory with a shell and git, and nothing else.
fn only_git(world: &World) -> String {
    let bin = world.home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    for program in ["sh", "git"] {
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path)
            .map(|dir| dir.join(program))
            .find(|file| file.exists());
        let _ = std::os::unix::fs::symlink(found.unwrap(), bin.join(program));
    }
    bin.display().to_string()
}
