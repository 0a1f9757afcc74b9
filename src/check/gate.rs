//! Gates: what a block asks, placed with its arguments.

use indexmap::IndexMap;

use super::phase::Checker;
use super::suggest::listed;
use super::value::name as type_name;
use super::words::Allowed;
use crate::check::{
    Against, CheckoutSetup, Command, Comparison, DEFAULT_TIMEOUT, Expect, Gate, GateCheck, Reading, Retry,
    Source, Subject,
};
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Duration, Percent, Type, Value};
use crate::syntax::ast::{
    self, Entry, ExpectOp, ExpectSource, ExpectValue, GateBody, GateEntry, GateUse, Text,
};
use crate::text::Span;

/// The parts of a gate's block as they are found.
#[derive(Default)]
struct Parts {
    command: Option<Command>,
    people: Option<GateCheck>,
    live: bool,
    expects: Vec<Expect>,
    exit_named: bool,
    inconclusive: Vec<i32>,
    compare_to: Option<Source>,
    timeout: Option<Duration>,
    retry: Option<Retry>,
    advisory: bool,
    help: Option<String>,
    checkout: CheckoutSetup,
    sound: bool,
}

impl Checker<'_> {
    /// A gate by its name, with arguments and subject.
    pub(super) fn gate_use(&mut self, used: &GateUse) -> Option<Gate> {
        let (gate_name, known) = (
            used.name.name.clone(),
            self.declared.gates.get(used.name.name.as_str()).copied(),
        );
        let Some((declared, _)) = known else {
            if self.input.host_gates.gates.contains_key(&gate_name) {
                return self.host_gate(used);
            }
            let names: Vec<&str> = self
                .declared
                .gates
                .keys()
                .copied()
                .chain(self.input.host_gates.gates.keys().map(String::as_str))
                .collect();
            self.unknown("gate", &gate_name, &names, used.name.span);
            return None;
        };
        self.used_gates.insert(gate_name.clone());
        let bound = self.arguments(
            &format!("gate `{gate_name}`"),
            &declared.params,
            &used.args,
            used.span,
        )?;
        let shown: Vec<String> = used
            .args
            .iter()
            .filter_map(|arg| {
                let key = arg
                    .name
                    .as_ref()
                    .map_or(&declared.params.first()?.name.name, |name| &name.name);
                let value = bound.get(key)?.value.as_ref()?;
                Some(format!("{key}: {value}"))
            })
            .collect();
        let on = used.on.as_ref().map(|on| self.source_of(on));
        self.scopes.push(bound, true);
        self.report
            .enter(used.span, format!("gate `{gate_name}` is placed here"));
        let title = declared
            .title
            .as_ref()
            .and_then(|title| self.string(title, Allowed::NONE))
            .map(|(title, _)| title);
        let parts = self.gate_parts(&declared.body);
        self.report.leave();
        self.scopes.pop();
        let display = if shown.is_empty() {
            gate_name.clone()
        } else {
            format!("{gate_name}({})", shown.join(", "))
        };
        let on = match on {
            Some(None) => return None,
            Some(Some(on)) => Some(on),
            None => None,
        };
        self.placed(
            gate_name,
            display,
            title,
            parts?,
            on,
            used.span,
            declared.name.span,
        )
    }

    /// A gate defined where it stands.
    pub(super) fn inline_gate(
        &mut self,
        name: &ast::Ident,
        args: Option<Span>,
        title: Option<&Text>,
        on: Option<&Text>,
        body: &GateBody,
    ) -> Option<Gate> {
        if let Some(args) = args {
            let diagnostic = Diagnostic::new(
                Code::Misplaced,
                args,
                format!("gate `{}` is defined here and given arguments at once", name.name),
            )
            .here("arguments belong to a gate that is declared elsewhere")
            .help("drop the arguments, or drop the block and use the declared gate");
            self.report.add(diagnostic);
            return None;
        }
        if let Some((first, _)) = self.declared.gates.get(name.name.as_str()) {
            let diagnostic = Diagnostic::new(
                Code::DuplicateName,
                name.span,
                format!("a gate `{}` is declared already", name.name),
            )
            .here("defined again here")
            .label(first.name.span, "declared here")
            .help("drop the block to use the declared gate, or give this one another name");
            self.report.add(diagnostic);
            return None;
        }
        let on = match on {
            Some(on) => Some(self.source_of(on)?),
            None => None,
        };
        let title = title
            .and_then(|title| self.string(title, Allowed::NONE))
            .map(|(title, _)| title);
        let parts = self.gate_parts(body)?;
        self.placed(
            name.name.clone(),
            name.name.clone(),
            title,
            parts,
            on,
            name.span,
            name.span,
        )
    }

    fn host_gate(&mut self, used: &GateUse) -> Option<Gate> {
        let params = self.input.host_gates.gates.get(&used.name.name).cloned()?;
        let mut arguments = IndexMap::new();
        let mut sound = true;
        for arg in &used.args {
            let key = arg
                .name
                .as_ref()
                .map(|name| name.name.clone())
                .or_else(|| params.first().map(|param| param.name.clone()));
            let param = key
                .as_ref()
                .and_then(|key| params.iter().find(|param| param.name == *key));
            let Some(param) = param else {
                let diagnostic = Diagnostic::new(
                    Code::UnknownArgument,
                    arg.span,
                    format!("gate `{}` takes no such argument", used.name.name),
                )
                .here("not one of its arguments")
                .help(format!(
                    "it takes {}",
                    listed(params.iter().map(|param| param.name.as_str()))
                ));
                self.report.add(diagnostic);
                sound = false;
                continue;
            };
            match self.want(&arg.value, &param.ty) {
                Some(typed) => {
                    if let Some(value) = typed.value {
                        arguments.insert(param.name.clone(), value);
                    }
                }
                None => sound = false,
            }
        }
        for param in params.iter().filter(|param| !param.optional) {
            if !used
                .args
                .iter()
                .any(|arg| arg.name.as_ref().is_none_or(|name| name.name == param.name))
            {
                let diagnostic = Diagnostic::new(
                    Code::MissingArgument,
                    used.span,
                    format!("gate `{}` wants `{}`", used.name.name, param.name),
                )
                .here("not given")
                .help(format!("write `{}: VALUE` in the brackets", param.name));
                self.report.add(diagnostic);
                sound = false;
            }
        }
        let on = match &used.on {
            Some(on) => Some(self.source_of(on)?),
            None => None,
        };
        if !sound {
            return None;
        }
        let shown: Vec<_> = arguments
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let gate_name = used.name.name.clone();
        let display = if shown.is_empty() {
            gate_name.clone()
        } else {
            format!("{gate_name}({})", shown.join(", "))
        };
        let subject = on
            .or_else(|| self.last_written.clone())
            .map_or(Subject::Live, Subject::Source);
        Some(Gate {
            name: gate_name,
            display,
            title: None,
            check: GateCheck::Host { arguments },
            subject,
            timeout: DEFAULT_TIMEOUT,
            retry: None,
            advisory: false,
            help: None,
            checkout: CheckoutSetup::default(),
            span: used.span,
        })
    }

    /// Checks a gate's block for itself, where it is declared and nowhere used.
    pub(super) fn gate_parts_for_check(&mut self, body: &GateBody) {
        self.gate_parts(body);
    }

    fn gate_parts(&mut self, body: &GateBody) -> Option<Parts> {
        let mut parts = Parts {
            sound: true,
            ..Parts::default()
        };
        parts.live = body
            .entries
            .iter()
            .any(|entry| matches!(entry.kind, GateEntry::Live));
        let mut first: Option<Span> = None;
        for entry in &body.entries {
            let asks = matches!(
                entry.kind,
                GateEntry::Command { .. } | GateEntry::Approve { .. } | GateEntry::Confirm { .. }
            );
            if asks {
                if let Some(first) = first {
                    let diagnostic = Diagnostic::new(
                        Code::DuplicateProperty,
                        entry.span,
                        "a gate asks one thing, and this one asks two",
                    )
                    .here("asks again")
                    .label(first, "asks already")
                    .help("make it two gates");
                    self.report.add(diagnostic);
                    parts.sound = false;
                    continue;
                }
                first = Some(entry.span);
            }
            if self.gate_entry(&mut parts, entry).is_none() {
                parts.sound = false;
            }
        }
        let faulty = body
            .entries
            .iter()
            .any(|entry| matches!(entry.kind, GateEntry::Error));
        if first.is_none() && !faulty {
            let diagnostic = Diagnostic::new(Code::MissingProperty, Span { end: body.span.start + 1, ..body.span }, "this gate asks nothing")
                .here("no command, `approve` or `confirm` in this block")
                .help("say what is run: `run \"...\"` or `sh '...'`; or who decides: `approve 2 of $managers`, `confirm \"...\"`");
            self.report.add(diagnostic);
            parts.sound = false;
        }
        (parts.sound && !faulty).then_some(parts)
    }

    fn gate_entry(&mut self, parts: &mut Parts, entry: &Entry<GateEntry>) -> Option<()> {
        match &entry.kind {
            GateEntry::Command { command } => {
                let allowed = if parts.live {
                    Allowed::LIVE
                } else {
                    Allowed::COMMAND
                };
                parts.command = Some(self.command(command, allowed)?);
            }
            GateEntry::Expect(expect) => {
                parts.exit_named |= expect.source == ExpectSource::Exit;
                let expect = self.expect(expect, entry.span)?;
                parts.expects.push(expect);
            }
            GateEntry::CompareTo { source } => parts.compare_to = Some(self.source_of(source)?),
            GateEntry::Approve {
                count,
                of,
                signed,
                not_author,
                open,
            } => {
                let wanted = self.wanted(
                    count,
                    &Type::Int,
                    |value| match value {
                        Value::Int(n) => u32::try_from(*n).ok(),
                        _ => None,
                    },
                    1,
                );
                let people = self.wanted(
                    of,
                    &Type::List(Box::new(Type::String)),
                    |value| match value {
                        Value::List(items) => Some(items.iter().map(Value::to_string).collect::<Vec<_>>()),
                        _ => None,
                    },
                    Vec::new(),
                );
                let open = match open {
                    Some(open) => Some(self.duration(open)?),
                    None => None,
                };
                if wanted == Some(0) {
                    self.out_of_range(
                        count.span,
                        "nobody would have to approve",
                        "the number is at least 1",
                    );
                    return None;
                }
                if signed.is_some() {
                    self.unsupported(signed.unwrap_or(entry.span), "signed approvals", "approvals are asked on the terminal of whoever runs the plan, and recorded as claims");
                    return None;
                }
                parts.people = Some(GateCheck::Approve {
                    count: wanted?,
                    of: people?,
                    signed: false,
                    not_author: not_author.is_some(),
                    open,
                });
            }
            GateEntry::Confirm { text, evidence } => {
                let (text, _) = self.string(text, Allowed::NONE)?;
                let evidence = match evidence {
                    Some(evidence) => Some(self.string(evidence, Allowed::NONE)?.0),
                    None => None,
                };
                parts.people = Some(GateCheck::Confirm { text, evidence });
            }
            GateEntry::Inconclusive { exits } => {
                for exit in exits {
                    let code = self.wanted(
                        exit,
                        &Type::Int,
                        |value| match value {
                            Value::Int(n) => i32::try_from(*n).ok(),
                            _ => None,
                        },
                        1,
                    )?;
                    if !(1..=255).contains(&code) {
                        self.out_of_range(
                            exit.span,
                            "no command exits with that and cannot tell",
                            "exit codes go from 1 to 255",
                        );
                        return None;
                    }
                    parts.inconclusive.push(code);
                }
            }
            GateEntry::Timeout { value } => parts.timeout = Some(self.duration(value)?),
            GateEntry::Retry(retry) => parts.retry = Some(self.retry(retry)?),
            GateEntry::Live => {}
            GateEntry::Advisory => parts.advisory = true,
            GateEntry::Help { text } => parts.help = Some(self.string(text, Allowed::NONE)?.0),
            GateEntry::Setup { command } => {
                let command = self.command(command, Allowed::COMMAND)?;
                parts.checkout.setup.push(command);
            }
            GateEntry::Link { path } => {
                let path = self.path_text(path)?;
                parts.checkout.links.push(path);
            }
            GateEntry::Error => return None,
        }
        Some(())
    }

    /// Puts a gate together; its subject is what it says, else what the phase last wrote.
    #[allow(clippy::too_many_arguments, reason = "a gate has this many sides")]
    fn placed(
        &mut self,
        name: String,
        display: String,
        title: Option<String>,
        parts: Parts,
        on: Option<Source>,
        at: Span,
        declared: Span,
    ) -> Option<Gate> {
        if let (true, Some(on)) = (parts.live, &on) {
            let diagnostic = Diagnostic::new(
                Code::Misplaced,
                on.span,
                format!("gate `{name}` is about the running system, not about a ref"),
            )
            .here("says what tree to check")
            .label(declared, "`live` in here")
            .help("drop the `on`, or take `live` out of the gate");
            self.report.add(diagnostic);
            return None;
        }
        let person = matches!(
            parts.people,
            Some(GateCheck::Approve { .. } | GateCheck::Confirm { .. })
        );
        let subject = if parts.live {
            Subject::Live
        } else if let Some(source) = on.or_else(|| self.last_written.clone()) {
            Subject::Source(source)
        } else if person {
            Subject::Live
        } else {
            let mut diagnostic = Diagnostic::new(Code::GateWithoutSubject, at, format!("gate `{name}` has nothing to check"))
                .here("this phase has written no branch before this")
                .help(format!("say which ref: `gate {name} on main`; or write `live` in the gate if it asks the running system"));
            if let Some(branch) = self.only_branch() {
                diagnostic = diagnostic.fix(
                    Applicability::Unsafe,
                    format!("check `{branch}`"),
                    at.after(),
                    format!(" on {branch}"),
                );
            }
            self.report.add(diagnostic);
            return None;
        };
        let mut expects = parts.expects;
        if parts.command.is_some() && !parts.exit_named {
            let against = Against::Value(Value::Int(0));
            let exit = Expect {
                source: Reading::Exit,
                op: Comparison::Eq,
                against,
                display: "exit == 0".into(),
                span: declared,
            };
            expects.insert(0, exit);
        }
        let check = match (parts.command, parts.people) {
            (Some(command), _) => GateCheck::Command {
                command,
                expects,
                inconclusive: parts.inconclusive,
                compare_to: parts.compare_to,
            },
            (None, Some(people)) => people,
            (None, None) => return None,
        };
        Some(Gate {
            name,
            display,
            title,
            check,
            subject,
            timeout: parts.timeout.unwrap_or(DEFAULT_TIMEOUT),
            retry: parts.retry,
            advisory: parts.advisory,
            help: parts.help,
            checkout: parts.checkout,
            span: declared,
        })
    }

    fn expect(&mut self, expect: &ast::Expect, span: Span) -> Option<Expect> {
        let (source, ty) = self.reading(&expect.source)?;
        let op = match expect.op {
            ExpectOp::Eq => Comparison::Eq,
            ExpectOp::Ne => Comparison::Ne,
            ExpectOp::Lt => Comparison::Lt,
            ExpectOp::Le => Comparison::Le,
            ExpectOp::Gt => Comparison::Gt,
            ExpectOp::Ge => Comparison::Ge,
            ExpectOp::Contains => Comparison::Contains,
            ExpectOp::Matches => Comparison::Matches,
            ExpectOp::In => Comparison::In,
        };
        let ordered = matches!(
            op,
            Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge
        );
        if ordered && ty == Some(Type::String) {
            let diagnostic = Diagnostic::new(Code::WrongType, expect.op_span, "a text has no order")
                .here("compares by size")
                .label(expect.source_span, "a text")
                .help("read it as a type that has one: `number`, `percent`, `duration`, `size` or `version`");
            self.report.add(diagnostic);
            return None;
        }
        let against = match &expect.value {
            ExpectValue::Baseline { percent, .. } => Against::Baseline(match percent {
                Some(percent) => self.wanted(
                    percent,
                    &Type::Percent,
                    |value| match value {
                        Value::Percent(percent) => Some(*percent),
                        _ => None,
                    },
                    Percent::default(),
                )?,
                None => Percent::new(100.0)?,
            }),
            ExpectValue::Plain { value } => Against::Value(self.expected(op, ty.as_ref(), value)?),
        };
        let raw = self.source(span).trim_start_matches("expect").trim().to_owned();
        let display = match &against {
            Against::Value(Value::String(_)) | Against::Baseline(_) => raw,
            Against::Value(value) => {
                let source = self.source(expect.source_span).to_owned();
                format!("{source} {} {value}", self.source(expect.op_span))
            }
        };
        Some(Expect {
            source,
            op,
            against,
            display,
            span,
        })
    }

    /// The right side of an expectation, of the type that is read.
    fn expected(&mut self, op: Comparison, ty: Option<&Type>, value: &ast::Expr) -> Option<Value> {
        let typed = match (op, ty) {
            (Comparison::Matches, _) => {
                let typed = self.want(value, &Type::String)?;
                if let Some(Value::String(pattern)) = &typed.value
                    && let Err(error) = regex::Regex::new(pattern)
                {
                    let said = error.to_string();
                    let why = said
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .trim_start_matches("error: ")
                        .to_owned();
                    let diagnostic = Diagnostic::new(
                        Code::BadRegex,
                        value.span,
                        format!("this regular expression does not compile: {why}"),
                    )
                    .here("cannot be read")
                    .help("the syntax is that of https://docs.rs/regex; write it in '...'");
                    self.report.add(diagnostic);
                    return None;
                }
                typed
            }
            (Comparison::Contains, _) => self.want(value, &Type::String)?,
            (Comparison::In, Some(ty)) => self.want(value, &Type::List(Box::new(ty.clone())))?,
            (Comparison::In, None) => self.eval(value, None)?,
            (_, Some(ty)) => self.want(value, ty)?,
            (_, None) => self.eval(value, None)?,
        };
        Some(
            typed
                .value
                .unwrap_or_else(|| Value::String(format!("<{}>", type_name(&typed.ty)))),
        )
    }

    fn reading(&mut self, source: &ExpectSource) -> Option<(Reading, Option<Type>)> {
        Some(match source {
            ExpectSource::Exit => (Reading::Exit, Some(Type::Int)),
            ExpectSource::Stdout => (Reading::Stdout, Some(Type::String)),
            ExpectSource::Stderr => (Reading::Stderr, Some(Type::String)),
            ExpectSource::Lines => (Reading::Lines, Some(Type::Int)),
            ExpectSource::Elapsed => (Reading::Elapsed, Some(Type::Duration)),
            ExpectSource::Json { path } => (Reading::Json(self.json_path(path)?), None),
            ExpectSource::Reading { ty, regex } => {
                let regex = match regex {
                    Some(regex) => Some(self.regex(regex)?),
                    None => None,
                };
                match ty.name.as_str() {
                    "number" => (Reading::Number(regex), Some(Type::Number)),
                    "percent" => (Reading::Percent(regex), Some(Type::Percent)),
                    "duration" => (Reading::Duration(regex), Some(Type::Duration)),
                    "size" => (Reading::Size(regex), Some(Type::Size)),
                    "version" => (Reading::Version(regex), Some(Type::Version)),
                    _ => (Reading::String(regex), Some(Type::String)),
                }
            }
        })
    }
}
