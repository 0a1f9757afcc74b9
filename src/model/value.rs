//! The types of the language and their values.

use serde::Serialize;

use super::{Duration, Number, Percent, RefName, Size, Version};

/// A type of the language.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text.
    String,
    /// A whole number; serves wherever a `number` is wanted.
    Int,
    /// A decimal number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `85%`.
    Percent,
    /// `10m`.
    Duration,
    /// `10MB`.
    Size,
    /// `v1.2.3`, `1.5.1rc1`, `2024.01.1`.
    Version,
    /// A path inside the repository.
    Path,
    /// The name of a branch.
    Branch,
    /// The name of a tag.
    Tag,
    /// A commit id or revision.
    Commit,
    /// A declared environment.
    Environment,
    /// A declared gate.
    Gate,
    /// `list<T>`.
    List(Box<Type>),
    /// `squash | no-ff`.
    Enum(Vec<String>),
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Type::String => "string",
            Type::Int => "int",
            Type::Number => "number",
            Type::Bool => "bool",
            Type::Percent => "percent",
            Type::Duration => "duration",
            Type::Size => "size",
            Type::Version => "version",
            Type::Path => "path",
            Type::Branch => "branch",
            Type::Tag => "tag",
            Type::Commit => "commit",
            Type::Environment => "environment",
            Type::Gate => "gate",
            Type::List(of) => return write!(f, "list<{of}>"),
            Type::Enum(members) => return f.write_str(&members.join(" | ")),
        };
        f.write_str(name)
    }
}

/// A value of the language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Text.
    String(String),
    /// A whole number.
    Int(i64),
    /// A decimal number.
    Number(Number),
    /// `true` or `false`.
    Bool(bool),
    /// A percentage.
    Percent(Percent),
    /// A length of time.
    Duration(Duration),
    /// An amount of data.
    Size(Size),
    /// A version.
    Version(Version),
    /// A path inside the repository, with `/`.
    Path(String),
    /// A branch.
    Branch(RefName),
    /// A tag.
    Tag(RefName),
    /// A commit id or revision.
    Commit(String),
    /// The name of an environment.
    Environment(String),
    /// The name of a gate.
    Gate(String),
    /// A list, all of one type.
    List(Vec<Value>),
    /// A member of an enumeration.
    Enum(String),
}

impl std::fmt::Display for Value {
    /// Writes the value as it stands in strings and in the environment of `sh`; a list is
    /// comma-separated, as `--set` takes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::String(text)
            | Value::Path(text)
            | Value::Commit(text)
            | Value::Environment(text)
            | Value::Gate(text)
            | Value::Enum(text) => f.write_str(text),
            Value::Int(n) => write!(f, "{n}"),
            Value::Number(n) => write!(f, "{n}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Percent(p) => write!(f, "{p}"),
            Value::Duration(d) => write!(f, "{d}"),
            Value::Size(s) => write!(f, "{s}"),
            Value::Version(v) => write!(f, "{v}"),
            Value::Branch(name) | Value::Tag(name) => write!(f, "{name}"),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{item}")?;
                }
                Ok(())
            }
        }
    }
}
