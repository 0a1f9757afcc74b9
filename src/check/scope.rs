//! What `$name` means at a place: values of the file, and arguments and loop variables around it.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::model::{Type, Value};
use crate::text::{FileId, Span};

/// A typed value, which may not be known yet.
#[derive(Clone, Debug)]
pub(super) struct Val {
    /// Its type.
    pub(super) ty: Type,
    /// `None`: it has a value only once a param is set.
    pub(super) value: Option<Value>,
}

impl Val {
    /// A known value.
    pub(super) fn known(ty: Type, value: Value) -> Self {
        Self {
            ty,
            value: Some(value),
        }
    }

    /// A value of that type, not known yet.
    pub(super) fn unknown(ty: Type) -> Self {
        Self { ty, value: None }
    }
}

/// A name and what it stands for.
pub(super) struct Binding {
    /// `None`: its declaration is faulty, which has been reported.
    pub(super) val: Option<Val>,
    /// The declaration.
    pub(super) span: Span,
    /// Whether anything uses it; shared by all expansions of one declaration.
    pub(super) used: Rc<Cell<bool>>,
}

/// The names in scope.
#[derive(Default)]
pub(super) struct Scope {
    /// Params and lets by file.
    globals: HashMap<FileId, indexmap::IndexMap<String, Binding>>,
    /// Arguments and loop variables, outermost first.
    locals: Vec<(String, Binding)>,
    /// Where the locals that can be seen begin: a template does not see those of its user.
    floor: usize,
    /// The file whose globals can be seen.
    pub(super) file: FileId,
}

/// What to go back to after a template or gate.
pub(super) struct Entered {
    length: usize,
    floor: usize,
    file: FileId,
}

impl Scope {
    /// Declares a param or let of a file.
    pub(super) fn declare(&mut self, file: FileId, name: &str, binding: Binding) {
        self.globals
            .entry(file)
            .or_default()
            .insert(name.to_owned(), binding);
    }

    /// Declares an argument or loop variable until the scope is left.
    pub(super) fn bind(&mut self, name: &str, binding: Binding) {
        self.locals.push((name.to_owned(), binding));
    }

    /// Enters a definition in `file`: of the locals only those bound from now on can be seen.
    pub(super) fn enter(&mut self, file: FileId) -> Entered {
        let entered = self.mark();
        self.floor = self.locals.len();
        self.file = file;
        entered
    }

    /// Remembers where the scope is, without hiding anything.
    pub(super) fn mark(&self) -> Entered {
        Entered {
            length: self.locals.len(),
            floor: self.floor,
            file: self.file,
        }
    }

    /// Forgets everything bound since.
    pub(super) fn leave(&mut self, entered: &Entered) {
        self.locals.truncate(entered.length);
        self.floor = entered.floor;
        self.file = entered.file;
    }

    /// What `$name` stands for.
    pub(super) fn get(&self, name: &str) -> Option<&Binding> {
        self.locals[self.floor..]
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, binding)| binding)
            .or_else(|| self.globals.get(&self.file)?.get(name))
    }

    /// Every name that can be seen, innermost first.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let locals = self.locals[self.floor..]
            .iter()
            .rev()
            .map(|(name, _)| name.as_str());
        let globals = self.globals.get(&self.file).into_iter().flat_map(|g| g.keys());
        locals.chain(globals.map(String::as_str))
    }

    /// Every value that can be seen and is known, an inner one hiding an outer of its name; in the
    /// order of the text.
    pub(super) fn values(&self) -> Vec<(String, String)> {
        let locals = &self.locals[self.floor..];
        let globals = self.globals.get(&self.file);
        let mut all: indexmap::IndexMap<&str, String> = indexmap::IndexMap::new();
        for (name, binding) in globals.into_iter().flatten() {
            if let Some(value) = binding.val.as_ref().and_then(|val| val.value.as_ref()) {
                all.insert(name, value.to_string());
            }
        }
        for (name, binding) in locals {
            if let Some(value) = binding.val.as_ref().and_then(|val| val.value.as_ref()) {
                all.insert(name, value.to_string());
            }
        }
        all.into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The globals of a file, in the order of the text.
    pub(super) fn of_file(&self, file: FileId) -> impl Iterator<Item = (&str, &Binding)> {
        self.globals
            .get(&file)
            .into_iter()
            .flatten()
            .map(|(name, binding)| (name.as_str(), binding))
    }
}
