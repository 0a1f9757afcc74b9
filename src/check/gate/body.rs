//! The block of a gate: one thing that is asked, and how.

use crate::check::cx::Cx;
use crate::check::plan::{CheckoutSetup, DEFAULT_TIMEOUT, Expect, Gate, GateCheck, Retry, Source, Subject};
use crate::check::step::Site;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Duration, Type, Value};
use crate::syntax::ast::{self, Entry, GateBody, GateEntry};
use crate::text::Span;

/// What the block of a gate says.
pub(super) struct Parts {
    check: GateCheck,
    live: bool,
    timeout: Option<Duration>,
    retry: Option<Retry>,
    advisory: bool,
    help: Option<String>,
    checkout: CheckoutSetup,
}

impl Parts {
    /// The gate, about nothing yet but, if it says so, the running system.
    pub(super) fn into_gate(self, name: String, display: String, title: Option<String>, span: Span) -> Gate {
        // Until it is placed, any other subject than `Live` says "not live".
        let subject = if self.live {
            Subject::Live
        } else {
            Subject::Source(Source {
                text: String::new(),
                span,
            })
        };
        Gate {
            name,
            display,
            title,
            check: self.check,
            subject,
            timeout: self.timeout.unwrap_or(DEFAULT_TIMEOUT),
            retry: self.retry,
            advisory: self.advisory,
            help: self.help,
            checkout: self.checkout,
            span,
        }
    }
}

/// Where each entry that may stand once was given.
#[derive(Default)]
struct Given {
    live: Option<Span>,
    what: Option<Span>,
    compare: Option<Span>,
    inconclusive: Option<Span>,
    timeout: Option<Span>,
    retry: Option<Span>,
    advisory: Option<Span>,
    help: Option<Span>,
}

/// What is being gathered.
#[derive(Default)]
struct Gathered {
    asked: Option<GateCheck>,
    compare_to: Option<Source>,
    inconclusive: Vec<i32>,
    expects: Vec<Expect>,
    baseline: Option<Span>,
    names_exit: bool,
    timeout: Option<Duration>,
    retry: Option<Retry>,
    help: Option<String>,
    checkout: CheckoutSetup,
}

impl Cx<'_> {
    /// Checks the block of a gate.
    pub(super) fn gate_body(&mut self, name: &ast::Ident, body: &GateBody) -> Option<Parts> {
        let mut given = Given::default();
        let mut all = Gathered::default();
        let mut sound = true;
        let live = body
            .entries
            .iter()
            .any(|entry| matches!(entry.kind, GateEntry::Live));
        for entry in &body.entries {
            sound &= self.gate_entry(entry, live, &mut given, &mut all).is_some();
        }
        if !sound {
            return None;
        }
        self.coherent(name, body, &given, &all)?;
        let check = match all.asked? {
            GateCheck::Command { command, .. } => {
                if !all.names_exit {
                    all.expects.insert(0, Expect::exit_zero(command.span));
                }
                GateCheck::Command {
                    command,
                    expects: all.expects,
                    inconclusive: all.inconclusive,
                    compare_to: all.compare_to,
                }
            }
            other @ (GateCheck::Approve { .. } | GateCheck::Confirm { .. } | GateCheck::Host { .. }) => other,
        };
        Some(Parts {
            check,
            live,
            timeout: all.timeout,
            retry: all.retry,
            advisory: given.advisory.is_some(),
            help: all.help,
            checkout: all.checkout,
        })
    }

    fn gate_entry(
        &mut self,
        entry: &Entry<GateEntry>,
        live: bool,
        given: &mut Given,
        all: &mut Gathered,
    ) -> Option<()> {
        const ASKED: &str = "what the gate asks (a command, `approve` or `confirm`)";
        let span = entry.span;
        match &entry.kind {
            GateEntry::Command { command } => {
                let site = if live { Site::LIVE } else { Site::CHECKOUT };
                let command = self.command(command, site);
                self.once(&mut given.what, span, ASKED).then_some(())?;
                all.asked = Some(GateCheck::Command {
                    command: command?,
                    expects: Vec::new(),
                    inconclusive: Vec::new(),
                    compare_to: None,
                });
            }
            GateEntry::Approve {
                count,
                of,
                signed,
                not_author,
                open,
            } => {
                let asked = self.approve(count, of, *signed, not_author.is_some(), open.as_ref());
                self.once(&mut given.what, span, ASKED).then_some(())?;
                all.asked = Some(asked?);
            }
            GateEntry::Confirm { text, evidence } => {
                let text = self.string(text);
                let evidence = match evidence {
                    Some(evidence) => Some(self.string(evidence)?),
                    None => None,
                };
                self.once(&mut given.what, span, ASKED).then_some(())?;
                all.asked = Some(GateCheck::Confirm {
                    text: text?,
                    evidence,
                });
            }
            GateEntry::Live => self.once(&mut given.live, span, "`live`").then_some(())?,
            GateEntry::Advisory => self.once(&mut given.advisory, span, "`advisory`").then_some(())?,
            GateEntry::Expect(expect) => {
                let expect = self.expect(expect, &mut all.baseline)?;
                all.names_exit |= expect.source == crate::check::plan::Reading::Exit;
                all.expects.push(expect);
            }
            GateEntry::CompareTo { source } => {
                let source = self.source(source);
                self.once(&mut given.compare, span, "`compare to`")
                    .then_some(())?;
                all.compare_to = Some(source?);
            }
            GateEntry::Inconclusive { exits } => {
                given.inconclusive.get_or_insert(span);
                for exit in exits {
                    let code = self.want_count(exit, "an exit code", 1, 255)?;
                    all.inconclusive
                        .extend(code.and_then(|code| i32::try_from(code).ok()));
                }
            }
            GateEntry::Timeout { value } => {
                let value = self.want_duration(value, "a timeout");
                self.once(&mut given.timeout, span, "`timeout`").then_some(())?;
                all.timeout = value?;
            }
            GateEntry::Retry(retry) => {
                let retry = self.retry(retry);
                self.once(&mut given.retry, span, "`retry`").then_some(())?;
                all.retry = retry?;
            }
            GateEntry::Help { text } => {
                let text = self.string(text);
                self.once(&mut given.help, span, "`help`").then_some(())?;
                all.help = Some(text?);
            }
            GateEntry::Setup { command } => {
                let command = self.command(command, Site::CHECKOUT);
                self.no_checkout(live, span, "`setup`")?;
                all.checkout.setup.push(command?);
            }
            GateEntry::Link { path } => {
                let path = self.path(path);
                self.no_checkout(live, span, "`link`")?;
                all.checkout.links.push(path?);
            }
            GateEntry::Error => return None,
        }
        Some(())
    }

    fn no_checkout(&mut self, live: bool, span: Span, what: &str) -> Option<()> {
        if !live {
            return Some(());
        }
        self.report.add(
            Diagnostic::new(
                Code::Misplaced,
                span,
                format!("{what} prepares a checkout, and a `live` gate has none"),
            )
            .here("would never happen")
            .fix(Applicability::Unsafe, "take it away", span, ""),
        );
        None
    }

    /// What one entry alone cannot know.
    fn coherent(&mut self, name: &ast::Ident, body: &GateBody, given: &Given, all: &Gathered) -> Option<()> {
        let Some(asked) = &all.asked else {
            self.report.add(
                Diagnostic::new(Code::MissingProperty, name.span, format!("gate `{}` asks nothing", name.name))
                    .here("has no command, no `approve` and no `confirm`")
                    .help("give it a command, `run \"scripts/check.sh\"`, or people to ask: `approve 1 of [\"alice@example.com\"]`, `confirm \"Did you look?\"`"),
            );
            return None;
        };
        let command = matches!(asked, GateCheck::Command { .. });
        let first_expect = body
            .entries
            .iter()
            .find(|entry| matches!(entry.kind, GateEntry::Expect(_)))
            .map(|entry| entry.span);
        let useless = [
            (first_expect, "`expect` reads what a command prints"),
            (given.compare, "`compare to` runs a command a second time"),
            (
                given.inconclusive,
                "`inconclusive` is about a command's exit code",
            ),
        ];
        for (span, why) in useless {
            if let (Some(span), false) = (span, command) {
                self.report.add(
                    Diagnostic::new(Code::Misplaced, span, format!("{why}, and this gate asks people"))
                        .here("nothing to read")
                        .help("make two gates of it, one with the command and one with the question"),
                );
                return None;
            }
        }
        if let (Some(compare), Some(live)) = (given.compare, given.live) {
            self.report.add(
                Diagnostic::new(
                    Code::Misplaced,
                    compare,
                    "`compare to` runs the command in a checkout, and a `live` gate has none",
                )
                .here("nothing to compare with")
                .label(live, "`live`"),
            );
            return None;
        }
        match (given.compare, all.baseline) {
            (None, Some(baseline)) => {
                self.report.add(
                    Diagnostic::new(Code::MissingProperty, baseline, "`baseline` has nothing to come from")
                        .here("the gate says no `compare to`")
                        .help("`compare to main` runs the command on that ref too; what it prints there is the baseline"),
                );
                None
            }
            (Some(compare), None) => {
                self.report.add(
                    Diagnostic::new(
                        Code::MissingProperty,
                        compare,
                        "`compare to` is given, and no `expect` compares",
                    )
                    .here("the command would run twice for nothing")
                    .help("use it in an expectation: `expect duration <= 110% of baseline`"),
                );
                None
            }
            _ => Some(()),
        }
    }

    /// `retry N every D`
    #[allow(clippy::option_option, reason = "faulty and not known yet are two things")]
    pub(in crate::check) fn retry(&mut self, retry: &ast::Retry) -> Option<Option<Retry>> {
        let count = self.want_count(&retry.count, "a retry count", 1, 10_000);
        let every = self.want_duration(&retry.every, "a pause");
        Some(match (count?, every?) {
            (Some(count), Some(every)) => Some(Retry { count, every }),
            _ => None,
        })
    }

    fn approve(
        &mut self,
        count: &ast::Expr,
        of: &ast::Expr,
        signed: Option<Span>,
        not_author: bool,
        open: Option<&ast::Expr>,
    ) -> Option<GateCheck> {
        let count = self.want_count(count, "a quorum", 1, i64::from(u32::MAX));
        let people = self.want(of, &Type::List(Box::new(Type::String)));
        let waits = match open {
            Some(open) => self.want_duration(open, "a waiting time")?,
            None => None,
        };
        let (count, people) = (count?, people?);
        if let Some(signed) = signed {
            self.unsupported(
                signed,
                "signed approvals",
                "approvals are asked on the terminal of whoever runs the plan, and recorded as claims",
            );
            return None;
        }
        let of = match people.value {
            Some(Value::List(people)) => people.into_iter().map(|person| person.to_string()).collect(),
            _ => Vec::new(),
        };
        Some(GateCheck::Approve {
            count: count.unwrap_or(1),
            of,
            signed: false,
            not_author,
            open: waits,
        })
    }
}
