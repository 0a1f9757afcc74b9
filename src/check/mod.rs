//! Meaning: names, types, expansion, effects, order. Makes [`Plan`].
//!
//! ```
//! use relplan::check::{check, HostGates, Input, NoFiles};
//!
//! let text = "plan \"x\"\nphase a { merge dev into main; push main; rollback revert }\n";
//! let checked = check(&Input {
//!     name: "release.rel",
//!     path: "release.rel",
//!     text: text.as_bytes(),
//!     set: &[],
//!     loader: &NoFiles,
//!     facts: None,
//!     host_gates: &HostGates::default(),
//!     today: None,
//! });
//! assert!(checked.diagnostics.is_empty());
//! assert_eq!(checked.plan.unwrap().phases().len(), 1);
//! ```
//!
//! The way of a plan: `load` reads the files, `names` collects what they declare, `globals` gives
//! params and lets their values, `environment`, `gate` and `step` check each definition once for
//! itself, `phase` expands, `effects` says what each step touches, `order` who comes before whom,
//! `lints` looks at the whole, `assemble` makes the [`Plan`].

mod assemble;
mod cx;
mod effects;
mod environment;
mod facts;
mod gate;
mod globals;
mod lints;
mod load;
mod names;
mod order;
mod phase;
mod plan;
mod report;
mod scope;
mod step;
mod suggest;
mod suppress;
mod value;
mod words;

pub use facts::{Facts, HostGates, HostParam, Loader, NoFiles};
pub use plan::*;

use crate::diag::{Code, Diagnostic};
use crate::model::Type;
use crate::text::{SourceMap, Span};

/// What [`check`] is given.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What messages call the file.
    pub name: &'a str,
    /// The file's path relative to the repository, with `/`: what `use "./x.rel"` starts from.
    pub path: &'a str,
    /// The file's bytes.
    pub text: &'a [u8],
    /// `--set NAME=VALUE`; of two for one name the last counts.
    pub set: &'a [(String, String)],
    /// Reads the files that `use` names.
    pub loader: &'a dyn Loader,
    /// The repository, if there is one.
    pub facts: Option<&'a Facts>,
    /// The gates of the embedding program.
    pub host_gates: &'a HostGates,
    /// The day of the check, `YYYY-MM-DD`: what a suppression `until` a day is held against.
    pub today: Option<&'a str>,
}

/// What [`check`] found.
#[derive(Debug)]
pub struct Checked {
    /// The plan, if there is no error, the file is a plan, and every param has a value.
    pub plan: Option<Plan>,
    /// All findings, in the order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read, the checked one first.
    pub sources: SourceMap,
    /// Params that need a value from outside before the plan can run.
    pub missing: Vec<MissingParam>,
    /// The file has no `plan` header: it is there to be used by others.
    pub is_library: bool,
}

/// A param without a default that was not set.
#[derive(Clone, Debug)]
pub struct MissingParam {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its doc comment.
    pub docs: Vec<String>,
    /// Its declaration.
    pub span: Span,
}

impl Checked {
    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The finding for each missing param, for commands that cannot go on without a plan.
    pub fn param_required(&self) -> Vec<Diagnostic> {
        self.missing.iter().map(MissingParam::required).collect()
    }
}

impl MissingParam {
    /// Says that the param needs a value, and how to give one.
    pub fn required(&self) -> Diagnostic {
        let name = &self.name;
        let message = format!("param `{name}` has no value");
        Diagnostic::new(Code::ParamRequired, self.span, message)
            .here(format!("a {} without a default", self.ty))
            .help(format!(
                "give it for this run with `--set {name}=...`, or a default here: `param {name}: {} = ...`",
                self.ty
            ))
    }
}

/// Checks a plan or a library.
pub fn check(input: &Input<'_>) -> Checked {
    let mut report = report::Report::on(input.today);
    let loaded = load::load(input, &mut report);
    let declared = names::collect(&loaded, &mut report);
    let outcome = cx::Cx::new(input, &loaded, &declared, report).run();
    Checked {
        plan: outcome.plan,
        diagnostics: outcome.diagnostics,
        missing: outcome.missing,
        is_library: loaded.is_library,
        sources: loaded.sources,
    }
}
