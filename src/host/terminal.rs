//! Asks the person at the terminal.
//!
//! Questions go to standard error, answers come from standard input, and only when both are a
//! terminal. What is shown comes from plans and repositories, so control characters are escaped.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::engine::{Answer, Question, QuestionKind};

/// Where questions are shown and answers come from.
pub trait Terminal: Send {
    /// Whether a person is there.
    fn present(&self) -> bool;

    /// Shows text, without a line end of its own.
    fn show(&mut self, text: &str);

    /// Reads a line; `None` at the end of the input, or when `interrupt` turns true meanwhile.
    fn read_line(&mut self, interrupt: &AtomicBool) -> Option<String>;
}

/// The terminal this process was started from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console;

impl Terminal for Console {
    fn present(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    fn show(&mut self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        // A terminal that is gone is noticed when the answer is read.
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    fn read_line(&mut self, interrupt: &AtomicBool) -> Option<String> {
        let stdin = std::io::stdin();
        let glance = Timespec {
            tv_sec: 0,
            tv_nsec: 50_000_000,
        };
        loop {
            if interrupt.load(Ordering::SeqCst) {
                return None;
            }
            let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
            match rustix::event::poll(&mut polled, Some(&glance)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) | Err(_) => break,
            }
        }
        let mut line = String::new();
        match stdin.lock().read_line(&mut line) {
            Ok(count) if count > 0 => Some(line),
            Ok(_) | Err(_) => None,
        }
    }
}

/// Puts a question to the person; `yes` answers what only asks whether to go on (`--yes`), and then
/// nothing else is asked.
pub(super) fn ask(
    terminal: &mut dyn Terminal,
    question: &Question,
    who: &str,
    yes: bool,
    interrupt: &AtomicBool,
) -> Answer {
    if yes {
        return match question.kind {
            QuestionKind::Proceed => Answer::Yes(who.to_owned()),
            QuestionKind::Approve { .. } | QuestionKind::Confirm => Answer::NoTerminal,
        };
    }
    if !terminal.present() {
        return Answer::NoTerminal;
    }
    terminal.show(&text_of(question));
    let asking = Asking {
        terminal,
        interrupt,
        who,
    };
    match &question.kind {
        QuestionKind::Proceed => asking.proceed(),
        QuestionKind::Confirm => asking.decide(who.to_owned()),
        QuestionKind::Approve { candidates } => asking.approve(candidates),
    }
}

fn text_of(question: &Question) -> String {
    let mut text = String::from("\n");
    for detail in &question.details {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {}", escape(detail));
    }
    let _ = writeln!(text, "{}", escape(&question.text));
    text
}

struct Asking<'a> {
    terminal: &'a mut dyn Terminal,
    interrupt: &'a AtomicBool,
    who: &'a str,
}

impl Asking<'_> {
    fn line(&mut self, prompt: &str) -> Result<String, Answer> {
        self.terminal.show(prompt);
        match self.terminal.read_line(self.interrupt) {
            Some(line) => Ok(line.trim().to_owned()),
            None if self.interrupt.load(Ordering::SeqCst) => Err(Answer::Interrupted),
            None => Err(Answer::NoTerminal),
        }
    }

    fn proceed(mut self) -> Answer {
        loop {
            match self.line("[y/N] ").map(|line| line.to_lowercase()) {
                Err(answer) => return answer,
                Ok(line) if ["y", "yes"].contains(&line.as_str()) => return Answer::Yes(self.who.to_owned()),
                Ok(line) if ["", "n", "no"].contains(&line.as_str()) => {
                    return Answer::No(self.who.to_owned());
                }
                Ok(_) => self.terminal.show("please answer `y` or `n`\n"),
            }
        }
    }

    /// A decision that may also be left open: nobody has answered then.
    fn decide(mut self, who: String) -> Answer {
        loop {
            match self
                .line("[y]es, [n]o, or Enter to leave it open: ")
                .map(|line| line.to_lowercase())
            {
                Err(answer) => return answer,
                Ok(line) if line.is_empty() => return Answer::NoTerminal,
                Ok(line) if ["y", "yes"].contains(&line.as_str()) => return Answer::Yes(who),
                Ok(line) if ["n", "no"].contains(&line.as_str()) => return Answer::No(who),
                Ok(_) => self
                    .terminal
                    .show("please answer `y` or `n`, or press Enter to leave it open\n"),
            }
        }
    }

    fn approve(mut self, candidates: &[String]) -> Answer {
        let mine = address(self.who);
        if let Some(me) = candidates
            .iter()
            .find(|one| address(one).eq_ignore_ascii_case(mine))
        {
            self.terminal.show(&format!("You answer as {}. ", escape(me)));
            return self.decide(me.clone());
        }
        let list = candidates
            .iter()
            .map(|one| escape(one))
            .collect::<Vec<_>>()
            .join(", ");
        self.terminal.show(&format!(
            "git knows you as {}, who is not asked; asked are: {list}\n",
            escape(self.who)
        ));
        loop {
            let line = match self.line("who answers? (an address of the list, or Enter to leave it open) ") {
                Err(answer) => return answer,
                Ok(line) if line.is_empty() => return Answer::NoTerminal,
                Ok(line) => line,
            };
            let found = candidates
                .iter()
                .find(|one| address(one).eq_ignore_ascii_case(address(&line)));
            match found {
                Some(one) => return self.decide(one.clone()),
                None => self.terminal.show("that is none of them\n"),
            }
        }
    }
}

/// The mail address of `Name <mail>`, or the whole.
fn address(who: &str) -> &str {
    who.rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(who, |(mail, _)| mail)
        .trim()
}

/// One line with every control character visible, those that turn the direction of text included.
fn escape(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    text.chars().fold(String::new(), |mut escaped, c| {
        if c.is_control() || turns(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::atomic::AtomicBool;

    use super::{Answer, Question, QuestionKind, Terminal, ask};

    struct Scripted {
        lines: VecDeque<&'static str>,
        shown: String,
    }

    impl Terminal for Scripted {
        fn present(&self) -> bool {
            true
        }

        fn show(&mut self, text: &str) {
            self.shown.push_str(text);
        }

        fn read_line(&mut self, _: &AtomicBool) -> Option<String> {
            self.lines.pop_front().map(str::to_owned)
        }
    }

    fn put(kind: QuestionKind, yes: bool, lines: &[&'static str]) -> (Answer, String) {
        let mut terminal = Scripted {
            lines: lines.iter().copied().collect(),
            shown: String::new(),
        };
        let question = Question {
            kind,
            text: "Go on \u{1b}[31m?".into(),
            details: vec!["moves main".into()],
        };
        let interrupt = AtomicBool::new(false);
        let answer = ask(&mut terminal, &question, "Ann <ann@example.com>", yes, &interrupt);
        (answer, terminal.shown)
    }

    fn approve() -> QuestionKind {
        QuestionKind::Approve {
            candidates: vec!["bob@example.com".into(), "Ann@example.com".into()],
        }
    }

    #[test]
    fn going_on_needs_a_yes() {
        let ann = || "Ann <ann@example.com>".to_owned();
        let cases: [(&[&'static str], Answer); 5] = [
            (&["y\n"], Answer::Yes(ann())),
            (&["maybe\n", "YES\n"], Answer::Yes(ann())),
            (&["\n"], Answer::No(ann())),
            (&["no\n"], Answer::No(ann())),
            (&[], Answer::NoTerminal),
        ];
        for (lines, expected) in cases {
            let (answer, shown) = put(QuestionKind::Proceed, false, lines);
            assert_eq!(answer, expected, "{lines:?}");
            assert!(shown.contains("Go on \\u{1b}[31m?") && shown.contains("  moves main\n"));
        }
    }

    #[test]
    fn yes_answers_only_whether_to_go_on() {
        assert_eq!(
            put(QuestionKind::Proceed, true, &[]).0,
            Answer::Yes("Ann <ann@example.com>".into())
        );
        assert_eq!(put(QuestionKind::Confirm, true, &["y"]).0, Answer::NoTerminal);
        assert_eq!(put(approve(), true, &["y"]).0, Answer::NoTerminal);
    }

    #[test]
    fn approvals_are_given_by_name() {
        assert_eq!(
            put(approve(), false, &["y\n"]).0,
            Answer::Yes("Ann@example.com".into())
        );
        assert_eq!(
            put(approve(), false, &["n\n"]).0,
            Answer::No("Ann@example.com".into())
        );
        assert_eq!(put(approve(), false, &["\n"]).0, Answer::NoTerminal);
        let others = QuestionKind::Approve {
            candidates: vec!["bob@example.com".into()],
        };
        let (answer, shown) = put(others, false, &["eve@example.com\n", "bob@example.com\n", "y\n"]);
        assert_eq!(answer, Answer::Yes("bob@example.com".into()));
        assert!(shown.contains("that is none of them"));
    }
}
