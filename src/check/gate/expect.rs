//! `expect SOURCE OP VALUE`: what is read, and whether it can be compared with that.

use crate::check::cx::Cx;
use crate::check::plan::{Against, Comparison, Expect, Reading};
use crate::check::scope::Val;
use crate::check::suggest::listed;
use crate::check::value::{is_ordered, is_quantity, with_article};
use crate::check::words::json_path;
use crate::diag::{Applicability, Code, Diagnostic};
use crate::model::{Percent, Type, Value};
use crate::syntax::ast::{self, ExpectOp, ExpectSource, ExpectValue, Text};
use crate::text::Span;

/// What a source gives.
enum Gives {
    /// A value of this type.
    Type(Type),
    /// A JSON value: its type shows when it is read.
    Json,
}

impl Expect {
    /// The expectation that is there unless the gate names `exit`.
    pub(super) fn exit_zero(span: Span) -> Self {
        Self {
            source: Reading::Exit,
            op: Comparison::Eq,
            against: Against::Value(Value::Int(0)),
            display: "exit == 0".to_owned(),
            span,
        }
    }
}

impl Cx<'_> {
    pub(super) fn expect(&mut self, expect: &ast::Expect, baseline: &mut Option<Span>) -> Option<Expect> {
        let Some((source, gives)) = self.reading(&expect.source, expect.source_span) else {
            // The value is still read for its names.
            if let ExpectValue::Plain { value } = &expect.value
                && matches!(value.kind, ast::ExprKind::Variable { .. })
            {
                self.infer(value, None);
            }
            return None;
        };
        self.operator_fits(expect, &gives)?;
        let end = match &expect.value {
            ExpectValue::Plain { value } => value.span,
            ExpectValue::Baseline { span, .. } => *span,
        };
        let span = expect.source_span.to(end);
        let against = match &expect.value {
            ExpectValue::Plain { value } => self.against(expect.op, value, &gives)?,
            ExpectValue::Baseline { percent, span } => {
                baseline.get_or_insert(*span);
                self.against_baseline(expect, percent.as_ref(), *span, &gives)?
            }
        };
        let display = format!(
            "{} {} {}",
            self.one_line(expect.source_span),
            sign(expect.op),
            match &against {
                Against::Value(value) => written(value, expect.op),
                Against::Baseline(_) => self.one_line(end),
            }
        );
        Some(Expect {
            source,
            op: comparison(expect.op),
            against,
            display,
            span,
        })
    }

    fn reading(&mut self, source: &ExpectSource, span: Span) -> Option<(Reading, Gives)> {
        let of = |reading, ty| Some((reading, Gives::Type(ty)));
        match source {
            ExpectSource::Exit => of(Reading::Exit, Type::Int),
            ExpectSource::Stdout => of(Reading::Stdout, Type::String),
            ExpectSource::Stderr => of(Reading::Stderr, Type::String),
            ExpectSource::Lines => of(Reading::Lines, Type::Int),
            ExpectSource::Elapsed => of(Reading::Elapsed, Type::Duration),
            ExpectSource::Json { path } => {
                let filled = self.fill(path)?;
                match json_path::parse(&filled.text) {
                    Ok(steps) => Some((Reading::Json(steps), Gives::Json)),
                    Err((_, reason)) => {
                        self.report.add(
                            Diagnostic::new(Code::BadJsonPath, path.span, format!("the path `{}` {reason}", filled.text))
                                .here("cannot be read")
                                .help("keys are parted by dots, places in a list are in brackets: `checks[0].status`"),
                        );
                        None
                    }
                }
            }
            ExpectSource::Reading { ty, regex } => {
                let regex = match regex {
                    Some(regex) => Some(self.regex(regex)?.0),
                    None => None,
                };
                match ty.name.as_str() {
                    "number" => of(Reading::Number(regex), Type::Number),
                    "percent" => of(Reading::Percent(regex), Type::Percent),
                    "duration" => of(Reading::Duration(regex), Type::Duration),
                    "size" => of(Reading::Size(regex), Type::Size),
                    "version" => of(Reading::Version(regex), Type::Version),
                    "string" => of(Reading::String(regex), Type::String),
                    other => {
                        let known = [
                            "exit", "stdout", "stderr", "lines", "elapsed", "json", "number", "percent",
                            "duration", "size", "version", "string",
                        ];
                        let help = format!("`expect` reads {}", listed(known));
                        self.unknown_name("reading", other, span, known, &help);
                        None
                    }
                }
            }
        }
    }

    /// Compiles a regex; gives its text and how many groups it has.
    pub(in crate::check) fn regex(&mut self, text: &Text) -> Option<(String, usize)> {
        let filled = self.fill(text)?;
        let parsed = regex::RegexBuilder::new(&filled.text).size_limit(1 << 20).build();
        match parsed {
            Ok(regex) => Some((filled.text, regex.captures_len() - 1)),
            // With a placeholder in it nothing can be said yet.
            Err(_) if !filled.known => Some((filled.text, 9)),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .to_owned();
                let mut finding = Diagnostic::new(Code::BadRegex, text.span, format!("the regex does not compile: {reason}"))
                    .here("cannot be read")
                    .help("the syntax is that of Rust's `regex` crate, which is Perl's without look-around and back references; in single quotes nothing is escaped twice");
                if reason.contains("look-around") {
                    finding =
                        finding.help("take the part you want with a group instead: `'coverage: (\\d+%)'`");
                }
                self.report.add(finding);
                None
            }
        }
    }

    fn operator_fits(&mut self, expect: &ast::Expect, gives: &Gives) -> Option<()> {
        let Gives::Type(ty) = gives else { return Some(()) };
        let ordered = is_ordered(ty);
        let text = *ty == Type::String;
        let fits = match expect.op {
            ExpectOp::Eq | ExpectOp::Ne | ExpectOp::In => true,
            ExpectOp::Lt | ExpectOp::Le | ExpectOp::Gt | ExpectOp::Ge => ordered,
            ExpectOp::Contains | ExpectOp::Matches => text,
        };
        if fits {
            return Some(());
        }
        let choices = if text {
            "`==`, `!=`, `contains`, `matches` and `in`"
        } else {
            "`==`, `!=`, `<`, `<=`, `>`, `>=` and `in`"
        };
        self.report.add(
            Diagnostic::new(
                Code::WrongType,
                expect.op_span,
                format!("`{}` does not work on {}", sign(expect.op), with_article(ty)),
            )
            .here(format!("wanted: {choices}"))
            .label(expect.source_span, format!("reads {}", with_article(ty))),
        );
        None
    }

    fn against(&mut self, op: ExpectOp, value: &ast::Expr, gives: &Gives) -> Option<Against> {
        let ty = match gives {
            Gives::Type(ty) => Some(ty.clone()),
            Gives::Json => None,
        };
        let val = match (op, ty) {
            (ExpectOp::Matches, _) => {
                if let ast::ExprKind::Text { text } = &value.kind {
                    return Some(Against::Value(Value::String(self.regex(text)?.0)));
                }
                self.want(value, &Type::String)?
            }
            (ExpectOp::Contains, Some(_)) => self.want(value, &Type::String)?,
            (ExpectOp::In, Some(ty)) => self.want(value, &Type::List(Box::new(ty)))?,
            (ExpectOp::In, None) => self.json_list(value)?,
            (_, Some(ty)) => self.want(value, &ty)?,
            (ExpectOp::Lt | ExpectOp::Le | ExpectOp::Gt | ExpectOp::Ge, None) => {
                self.want(value, &Type::Number)?
            }
            (ExpectOp::Eq | ExpectOp::Ne | ExpectOp::Contains, None) => self.infer(value, None)?,
        };
        Some(Against::Value(val.value.unwrap_or(Value::String(String::new()))))
    }

    fn json_list(&mut self, value: &ast::Expr) -> Option<Val> {
        let val = self.infer(value, None)?;
        if matches!(val.ty, Type::List(_)) {
            return Some(val);
        }
        let text = format!("[{}]", self.slice(value.span));
        self.report.add(
            Diagnostic::new(
                Code::WrongType,
                value.span,
                format!("`in` wants a list, found a {}", val.ty),
            )
            .here(format!("this is a {}", val.ty))
            .fix(Applicability::Safe, "make it a list of one", value.span, text),
        );
        None
    }

    fn against_baseline(
        &mut self,
        expect: &ast::Expect,
        percent: Option<&ast::Expr>,
        span: Span,
        gives: &Gives,
    ) -> Option<Against> {
        let countable = match gives {
            Gives::Type(ty) => is_quantity(ty),
            Gives::Json => true,
        };
        let compares = !matches!(expect.op, ExpectOp::Contains | ExpectOp::Matches | ExpectOp::In);
        if !countable || !compares || expect.source_is_exit() {
            self.report.add(
                Diagnostic::new(
                    Code::WrongType,
                    span,
                    "only numbers and units are compared with a baseline",
                )
                .here("a share of what the command printed on the other ref")
                .label(expect.source_span, "this is no measurement")
                .help("read one: `expect duration <= 110% of baseline`"),
            );
            return None;
        }
        let percent = match percent {
            Some(percent) => match self.want(percent, &Type::Percent)?.value {
                Some(Value::Percent(percent)) => percent,
                _ => whole(),
            },
            None => whole(),
        };
        Some(Against::Baseline(percent))
    }
}

impl ast::Expect {
    fn source_is_exit(&self) -> bool {
        self.source == ExpectSource::Exit
    }
}

/// A value as a plan writes it.
fn written(value: &Value, op: ExpectOp) -> String {
    match value {
        Value::String(text) if op == ExpectOp::Matches => format!("'{text}'"),
        Value::String(text) => format!("\"{text}\""),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item, op)).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn whole() -> Percent {
    Percent::new(100.0).unwrap_or_default()
}

fn comparison(op: ExpectOp) -> Comparison {
    match op {
        ExpectOp::Eq => Comparison::Eq,
        ExpectOp::Ne => Comparison::Ne,
        ExpectOp::Lt => Comparison::Lt,
        ExpectOp::Le => Comparison::Le,
        ExpectOp::Gt => Comparison::Gt,
        ExpectOp::Ge => Comparison::Ge,
        ExpectOp::Contains => Comparison::Contains,
        ExpectOp::Matches => Comparison::Matches,
        ExpectOp::In => Comparison::In,
    }
}

fn sign(op: ExpectOp) -> &'static str {
    match op {
        ExpectOp::Eq => "==",
        ExpectOp::Ne => "!=",
        ExpectOp::Lt => "<",
        ExpectOp::Le => "<=",
        ExpectOp::Gt => ">",
        ExpectOp::Ge => ">=",
        ExpectOp::Contains => "contains",
        ExpectOp::Matches => "matches",
        ExpectOp::In => "in",
    }
}
