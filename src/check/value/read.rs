//! From plain text to a value of a given type: `--set`, bare words, and quoted texts where their
//! type is expected.

use crate::check::cx::Cx;
use crate::check::suggest::{closest, listed};
use crate::check::words;
use crate::diag::Code;
use crate::model::{Duration, Number, Percent, RefName, Size, Type, Value, Version};

/// Why a text is no value of the type.
pub(in crate::check) struct Unreadable {
    /// Which rule it breaks.
    pub(in crate::check) code: Code,
    /// What is wrong.
    pub(in crate::check) message: String,
    /// What is wanted.
    pub(in crate::check) here: String,
    /// More, if there is more to say.
    pub(in crate::check) help: Option<String>,
    /// What was probably meant.
    pub(in crate::check) instead: Option<String>,
}

impl Unreadable {
    fn new(code: Code, message: impl Into<String>, here: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            here: here.into(),
            help: None,
            instead: None,
        }
    }
}

impl Cx<'_> {
    /// Reads `text` as a value of type `ty`.
    pub(in crate::check) fn read(&self, text: &str, ty: &Type) -> Result<Value, Unreadable> {
        let unit = |value: Option<Value>, example: &str| {
            value.ok_or_else(|| {
                Unreadable::new(
                    Code::WrongType,
                    format!("`{text}` is not {}", super::with_article(ty)),
                    format!("wanted: {}, such as `{example}`", super::with_article(ty)),
                )
            })
        };
        match ty {
            Type::String => Ok(Value::String(text.to_owned())),
            Type::Int => unit(text.parse().ok().map(Value::Int), "3"),
            Type::Number => unit(Number::parse(text).map(Value::Number), "3.5"),
            Type::Bool => unit(text.parse().ok().map(Value::Bool), "true"),
            Type::Percent => unit(Percent::parse(text).map(Value::Percent), "85%"),
            Type::Duration => unit(Duration::parse(text).map(Value::Duration), "1h30m"),
            Type::Size => unit(Size::parse(text).map(Value::Size), "4GiB"),
            Type::Version => read_version(text),
            Type::Path => words::paths::inside(text).map(Value::Path).map_err(|reason| {
                Unreadable::new(
                    Code::BadPath,
                    format!("`{text}` is not a path of the repository"),
                    reason,
                )
            }),
            Type::Branch => read_ref(text, "branch").map(Value::Branch),
            Type::Tag => read_ref(text, "tag").map(Value::Tag),
            Type::Commit => words::refs::revision(text)
                .map(|()| Value::Commit(text.to_owned()))
                .map_err(|reason| {
                    Unreadable::new(Code::BadRef, format!("`{text}` does not name a commit"), reason)
                }),
            Type::Environment => {
                self.declared(
                    text,
                    "environment",
                    self.names.environments.keys().copied().collect(),
                )
            }
            .map(Value::Environment),
            Type::Gate => {
                let host = self.input.host_gates.gates.keys().map(String::as_str);
                let known = self.names.gates.keys().copied().chain(host).collect();
                self.declared(text, "gate", known).map(Value::Gate)
            }
            Type::List(of) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                items
                    .map(|item| self.read(item, of))
                    .collect::<Result<_, _>>()
                    .map(Value::List)
            }
            Type::Enum(members) => read_member(text, members),
        }
    }

    fn declared(&self, text: &str, kind: &str, known: Vec<&str>) -> Result<String, Unreadable> {
        if known.contains(&text) {
            return Ok(text.to_owned());
        }
        let near = closest(text, known.iter().copied()).map(str::to_owned);
        let here = near.as_ref().map_or_else(
            || "not declared".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let mut wrong = Unreadable::new(Code::UnknownName, format!("there is no {kind} `{text}`"), here);
        wrong.instead = near;
        if !known.is_empty() {
            wrong.help = Some(format!("declared: {}", listed(known)));
        }
        Err(wrong)
    }
}

fn read_version(text: &str) -> Result<Value, Unreadable> {
    Version::parse(text).map(Value::Version).ok_or_else(|| {
        let mut wrong = Unreadable::new(
            Code::BadVersion,
            format!("`{text}` is not a version"),
            "wanted: two numbers or more, as in `4.5.2`, `1.5.1rc1`, `2024.01.1`",
        );
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            wrong.instead = Some(format!("{text}.0.0"));
        }
        wrong
    })
}

fn read_ref(text: &str, kind: &str) -> Result<RefName, Unreadable> {
    words::refs::name(text).map_err(|broken| {
        let mut wrong = Unreadable::new(
            Code::BadRef,
            format!("`{text}` cannot name a {kind}: it {}", broken.reason),
            "git does not allow this name",
        );
        wrong.instead = broken.instead;
        wrong
    })
}

fn read_member(text: &str, members: &[String]) -> Result<Value, Unreadable> {
    if members.iter().any(|member| member == text) {
        return Ok(Value::Enum(text.to_owned()));
    }
    let near = closest(text, members.iter().map(String::as_str)).map(str::to_owned);
    let all = listed(members.iter().map(String::as_str));
    let mut wrong = Unreadable::new(
        Code::WrongType,
        format!("`{text}` is not one of {all}"),
        near.as_ref().map_or_else(
            || format!("wanted: {all}"),
            |near| format!("did you mean `{near}`?"),
        ),
    );
    wrong.instead = near;
    Err(wrong)
}
