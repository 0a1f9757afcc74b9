//! Scratch checkouts for commands: made, prepared once, and used again within a step.

use std::path::Path;

use crate::engine::{CheckoutRequest, ExecRequest};
use crate::git::{Checkout, Sandbox};

/// How many stand at one time; the oldest goes first.
const AT_ONCE: usize = 4;

/// The checkouts of the step that runs.
#[derive(Debug, Default)]
pub(super) struct Checkouts {
    standing: Vec<Standing>,
}

#[derive(Debug)]
struct Standing {
    request: CheckoutRequest,
    display: String,
    checkout: Checkout,
}

impl Checkouts {
    /// A prepared checkout that the same statement has used before; never for a capture.
    pub(super) fn find(&self, request: &ExecRequest, wanted: &CheckoutRequest) -> Option<&Path> {
        let mut standing = self.standing.iter().filter(|_| !request.capture);
        standing
            .find(|one| {
                one.request == *wanted && one.display == request.display && one.checkout.path().is_dir()
            })
            .map(|one| one.checkout.path())
    }

    /// Makes a checkout that nobody else has used.
    pub(super) fn make(sandbox: &mut Sandbox, wanted: &CheckoutRequest) -> Result<Checkout, String> {
        sandbox
            .checkout(&wanted.commit, wanted.tree.as_ref(), &wanted.links)
            .map_err(|error| error.to_string())
    }

    /// Keeps a prepared checkout for the next command of the same statement.
    pub(super) fn keep(&mut self, request: &ExecRequest, wanted: &CheckoutRequest, checkout: Checkout) {
        if self.standing.len() >= AT_ONCE {
            self.standing.remove(0);
        }
        self.standing.push(Standing {
            request: wanted.clone(),
            display: request.display.clone(),
            checkout,
        });
    }

    /// Drops all of them.
    pub(super) fn clear(&mut self) {
        self.standing.clear();
    }
}
