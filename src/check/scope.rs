//! Names that have a value: params, lets, arguments and loop variables.

use std::collections::BTreeMap;

use crate::model::{Type, Value};
use crate::text::Span;

/// A name's type and value; without a value it is known only at plan time.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) ty: Option<Type>,
    pub(super) value: Option<Value>,
    pub(super) span: Span,
    pub(super) kind: &'static str,
    pub(super) used: bool,
}

/// Names that are visible together.
#[derive(Debug, Default)]
struct Frame {
    names: BTreeMap<String, Bound>,
    /// A template or gate: what stands around its use is not seen inside.
    barrier: bool,
}

/// All frames, the file's own names first.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    globals: Frame,
    frames: Vec<Frame>,
}

impl Scopes {
    pub(super) fn global(&mut self, name: &str, bound: Bound) {
        self.globals.names.insert(name.to_owned(), bound);
    }

    pub(super) fn push(&mut self, names: BTreeMap<String, Bound>, barrier: bool) {
        self.frames.push(Frame { names, barrier });
    }

    /// Leaves the innermost frame and gives the names that nobody used.
    pub(super) fn pop(&mut self) -> Vec<(String, Bound)> {
        let frame = self.frames.pop().unwrap_or_default();
        frame.names.into_iter().filter(|(_, bound)| !bound.used).collect()
    }

    /// The bound name, which counts as used from now on.
    pub(super) fn find(&mut self, name: &str) -> Option<&mut Bound> {
        for frame in self.frames.iter_mut().rev() {
            let barrier = frame.barrier;
            // A second look-up keeps the borrow checker content: the first may not leave the loop.
            if frame.names.contains_key(name) {
                return frame.names.get_mut(name).map(use_it);
            }
            if barrier {
                break;
            }
        }
        self.globals.names.get_mut(name).map(use_it)
    }

    /// Every visible name, inner ones last.
    pub(super) fn visible(&self) -> impl Iterator<Item = (&str, &Bound)> {
        let start = self.frames.iter().rposition(|frame| frame.barrier).unwrap_or(0);
        std::iter::once(&self.globals)
            .chain(&self.frames[start..])
            .flat_map(|frame| frame.names.iter().map(|(name, bound)| (name.as_str(), bound)))
    }

    pub(super) fn unused_globals(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.globals
            .names
            .iter()
            .filter(|(_, bound)| !bound.used)
            .map(|(name, bound)| (name.as_str(), bound))
    }
}

fn use_it(bound: &mut Bound) -> &mut Bound {
    bound.used = true;
    bound
}
