//! `std/notify`: what arrives at the other end, whatever the message is made of, and that a failure is a warning.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use super::loopback::{Loopback, nobody};
use super::{End, applied};
use crate::engine::World;
use relplan::journal::{Event, Record};

/// A message with all that could break a shell, JSON, an address or a mail.
const MESSAGE: &str = "v2 \"is\" out; $(touch owned) `x` \\ %s 100% <!channel> & é\n.\nEND\n\tlast";

/// Notifies a channel; gives what was recorded of it.
fn told(world: &World, channel: &str) -> (Option<String>, Vec<Record>) {
    let quoted = MESSAGE
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "\\$")
        .replace('\n', "\\n")
        .replace('\t', "\\t");
    let text = format!(
        "use std/notify\nphase land {{ merge topic into main; push main; notify {channel} \"{quoted}\"; rollback revert }}"
    );
    let (end, records) = applied(world, &text);
    assert!(matches!(end, End::Done), "a notification fails nothing: {end:?}");
    assert!(!world.work().join("owned").exists());
    let error = records.iter().find_map(|record| match &record.event {
        Event::Notified { error, message, .. } => {
            assert_eq!(message, MESSAGE);
            Some(error.clone())
        }
        _ => None,
    });
    (error.expect("it was notified"), records)
}

fn with(name: &str, value: &str) -> World {
    let world = World::new();
    world.variables.borrow_mut().insert(name.into(), value.into());
    world
}

/// What a webhook got, as JSON.
fn posted(channel: &str, variable: &str) -> serde_json::Value {
    let service = Loopback::serve(|_| (200, "ok".into()));
    let world = with(variable, &format!("{}/hooks/a-secret", service.url));
    let (error, records) = told(&world, channel);
    assert_eq!(error, None, "{records:#?}");
    let asked = service.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "POST /hooks/a-secret");
    assert!(
        asked[0]
            .headers
            .iter()
            .any(|line| line == "content-type: application/json"),
        "{:?}",
        asked[0].headers
    );
    serde_json::from_str(&asked[0].body).unwrap()
}

#[test]
fn slack_gets_text_and_no_mention() {
    let json = posted("slack", "SLACK_WEBHOOK_URL");
    let wanted = MESSAGE
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    assert_eq!(json, serde_json::json!({ "text": wanted }));
}

#[test]
fn teams_gets_a_card() {
    let json = posted("teams", "TEAMS_WEBHOOK_URL");
    let card = &json["attachments"][0];
    assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(card["content"]["body"][0]["text"], MESSAGE);
}

#[test]
fn a_webhook_gets_message_phase_and_run() {
    let json = posted("webhook", "RELEASE_WEBHOOK_URL");
    assert_eq!(json["message"], MESSAGE);
    assert_eq!(json["phase"], "land");
    assert!(!json["run"].as_str().unwrap().is_empty());
}

#[test]
fn what_cannot_be_told_is_a_warning_that_hides_the_address() {
    for (channel, variable) in [
        ("slack", "SLACK_WEBHOOK_URL"),
        ("teams", "TEAMS_WEBHOOK_URL"),
        ("webhook", "RELEASE_WEBHOOK_URL"),
        ("mail", "RELEASE_MAIL_SERVER"),
    ] {
        let (error, _) = told(&World::new(), channel);
        assert!(error.is_some(), "{channel}: {variable} is not set");
        let address = format!("{}/hooks/a-secret", nobody());
        let world = with(variable, &address);
        let mut variables = world.variables.borrow_mut();
        variables.insert("RELEASE_MAIL_FROM".into(), "rel@example.com".into());
        variables.insert("RELEASE_MAIL_TO".into(), "team@example.com".into());
        drop(variables);
        let (error, records) = told(&world, channel);
        assert!(error.is_some_and(|error| error.contains('7')), "{channel}");
        assert!(!format!("{records:?}").contains("a-secret"), "{channel}");
    }
}

#[test]
fn the_terminal_and_the_log_take_any_text() {
    let (error, records) = told(&World::new(), "terminal");
    assert_eq!(error, None, "{records:#?}");
    // Where there is no system log, `logger` says so or does not; either way nothing fails.
    if crate::tools::present("logger") {
        told(&World::new(), "syslog");
    }
}

/// A mail server for one letter: gives its address and the lines that a client says.
fn mail_server() -> (String, mpsc::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        stream.write_all(b"220 loopback\r\n").unwrap();
        let (mut said, mut letter) = (Vec::new(), false);
        for line in reader.split(b'\n') {
            let line = String::from_utf8(line.unwrap()).unwrap();
            assert!(line.ends_with('\r'), "{line:?}");
            let line = line.trim_end_matches('\r').to_owned();
            let answer = match (letter, line.as_str()) {
                (true, ".") => "250 taken\r\n",
                (true, _) => "",
                (false, "DATA") => "354 go on\r\n",
                (false, "QUIT") => "221 bye\r\n",
                (false, _) => "250 ok\r\n",
            };
            letter = if letter { line != "." } else { line == "DATA" };
            let end = line == "QUIT";
            said.push(line);
            stream.write_all(answer.as_bytes()).unwrap();
            if end {
                break;
            }
        }
        sender.send(said).unwrap();
    });
    (url, receiver)
}

#[test]
fn a_mail_arrives_whole() {
    let (url, letters) = mail_server();
    let world = with("RELEASE_MAIL_SERVER", &url);
    let mut variables = world.variables.borrow_mut();
    variables.insert("RELEASE_MAIL_FROM".into(), "rel@example.com".into());
    variables.insert("RELEASE_MAIL_TO".into(), "team@example.com".into());
    drop(variables);
    let (error, records) = told(&world, "mail");
    assert_eq!(error, None, "{records:#?}");
    let said = letters.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
    assert!(
        said.iter()
            .any(|line| line.starts_with("RCPT TO:<team@example.com>")),
        "{said:?}"
    );
    assert!(said.contains(&"Subject: rel: land".to_owned()), "{said:?}");
    let body = said.iter().position(String::is_empty).unwrap();
    // A line of one dot is doubled on the way, as SMTP wants it.
    let wanted: Vec<String> = MESSAGE.lines().map(str::to_owned).collect();
    let got: Vec<String> = said[body + 1..]
        .iter()
        .take(wanted.len())
        .map(|line| if line == ".." { ".".into() } else { line.clone() })
        .collect();
    assert_eq!(got, wanted);
}

#[test]
fn a_library_demands_no_address_that_the_plan_does_not() {
    let text = |secret: &str| {
        let text = format!(
            "use std/notify\n{secret}\nphase land {{ merge topic into main; push main; rollback revert }}"
        );
        crate::engine::plan(&text)
    };
    assert_eq!(text("").demanded_secrets(), [""; 0]);
    assert_eq!(text("").secrets().len(), 4, "all are masked");
    assert_eq!(
        text("secret SLACK_WEBHOOK_URL").demanded_secrets(),
        ["SLACK_WEBHOOK_URL"]
    );
}
