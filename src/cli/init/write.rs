//! The text of a first plan.

use std::fmt::Write as _;

use super::survey::Survey;

/// Writes the plan for what was found.
pub(super) fn plan(survey: &Survey) -> String {
    let mut text = String::new();
    let tag = format!("{}$version", survey.prefix);
    let main = branch(&survey.main);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "## How {} is released.", line(&survey.name));
    let block = header(survey);
    let _ = writeln!(
        text,
        "plan {}{block}\n",
        string(&format!("Release {}", survey.name))
    );
    let _ = writeln!(text, "param version: version = {}\n", survey.next);
    let _ = writeln!(text, "protect {main}\n");
    if let Some(tests) = survey.tests {
        let _ = writeln!(
            text,
            "gate tests \"the tests pass\" {{\n  run  {}\n  help \"run the tests and mend what they name\"\n}}\n",
            string(tests)
        );
    }
    let title = if survey.topic.is_some() {
        "Land, tag, push"
    } else {
        "Tag, push"
    };
    let _ = writeln!(text, "phase release \"{title}\" {{");
    if let Some(topic) = &survey.topic {
        let _ = writeln!(text, "  merge {} into {main}", branch(topic));
    }
    text.push_str(&edits(survey, &main, &tag));
    if survey.tests.is_some() {
        let wrote = survey.topic.is_some() || survey.version_file.is_some() || survey.changelog.is_some();
        let subject = if wrote {
            String::new()
        } else {
            format!(" on {main}")
        };
        let _ = writeln!(text, "  gate tests{subject}");
    }
    let _ = writeln!(text, "  tag {tag} on {main} {{ message \"Release {tag}\" }}");
    if survey.remote.is_some() {
        let _ = writeln!(text, "  push {main}, {tag}");
        text.push_str("  rollback revert\n");
    }
    text.push_str("}\n\n");
    text.push_str(&outlook(&tag));
    text
}

fn header(survey: &Survey) -> String {
    let mut lines = Vec::new();
    if let Some(remote) = survey.remote.as_ref().filter(|name| *name != "origin") {
        lines.push(format!("remote {remote}"));
    }
    if let Some(path) = survey.link {
        lines.push(format!("link {}", string(path)));
    }
    if lines.is_empty() {
        String::new()
    } else {
        format!(" {{ {} }}", lines.join("; "))
    }
}

fn edits(survey: &Survey, main: &str, tag: &str) -> String {
    let mut edits = String::new();
    if let Some(file) = &survey.changelog {
        let _ = writeln!(
            edits,
            "    changelog {} $version \"What changed, for those who use it.\"",
            string(file)
        );
    }
    if let Some(file) = &survey.version_file {
        let _ = writeln!(edits, "    bump {} to $version", string(file));
    }
    if edits.is_empty() {
        return edits;
    }
    format!("  commit on {main} \"chore: release {tag}\" {{\n{edits}  }}\n")
}

/// What a plan may do besides, for who has a production.
fn outlook(tag: &str) -> String {
    format!(
        "\
# Where it runs, and how it is watched:
#
# environment production {{
#   deploy  run \"scripts/deploy.sh production $ref\"
#   current run \"scripts/running-version.sh production\"
# }}
# gate health {{
#   live
#   run    \"curl -fsS https://example.com/health\"
#   expect json \"status\" == \"ok\"
# }}
# phase ship \"Deploy and watch\" after release {{
#   deploy {tag} to production
#   soak 1h {{ gate health every 1m }}
#   rollback {{ deploy previous to production }}
# }}
"
    )
}

/// A branch bare where it may stand so.
fn branch(name: &str) -> String {
    const WORDS: [&str; 11] = [
        "squash", "no-ff", "ff-only", "rebase", "into", "onto", "from", "on", "to", "force", "if",
    ];
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._/@+-".contains(&b));
    if plain && !WORDS.contains(&name) {
        name.to_owned()
    } else {
        string(name)
    }
}

fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '$' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
