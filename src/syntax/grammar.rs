//! The door to pest: the grammar's rules, and the parse of one statement's head.
//!
//! `Rule` stays inside `syntax`. Heads are short, so the parser's own cost (a line index of its input,
//! a few allocations) is paid for a line, never for a file.

// pest writes a public enumeration into this private module.
#![allow(unreachable_pub, missing_docs)]

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pairs;
use pest_derive::Parser;

/// A rule's match.
pub(super) type Pair<'a> = pest::iterators::Pair<'a, Rule>;

#[derive(Parser)]
#[grammar = "../grammar/rel.pest"]
struct Grammar;

/// Where a head stops making sense and what would have made sense there.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// Byte offset in the head.
    pub(super) at: usize,
    /// What was tried there.
    pub(super) expected: Vec<Rule>,
    /// What stands there and must not.
    pub(super) unexpected: Vec<Rule>,
}

/// Parses a head with its rule and gives the rule's parts.
pub(super) fn parse(rule: Rule, head: &str) -> Result<Nodes<'_>, Mismatch> {
    match Grammar::parse(rule, head) {
        Ok(mut pairs) => Ok(Nodes(
            pairs.next().expect("BUG: a rule yields one pair").into_inner(),
        )),
        Err(error) => Err(mismatch(error)),
    }
}

fn mismatch(error: Error<Rule>) -> Mismatch {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let (expected, unexpected) = match error.variant {
        ErrorVariant::ParsingError { positives, negatives } => (positives, negatives),
        ErrorVariant::CustomError { .. } => (Vec::new(), Vec::new()),
    };
    Mismatch {
        at,
        expected,
        unexpected,
    }
}

/// The parts of a rule, taken from left to right.
#[derive(Clone, Debug)]
pub(super) struct Nodes<'a>(Pairs<'a, Rule>);

impl<'a> Nodes<'a> {
    /// The parts of a pair.
    pub(super) fn of(pair: Pair<'a>) -> Self {
        Self(pair.into_inner())
    }

    /// The next part that has this rule; keywords and punctuation before it are passed over.
    pub(super) fn want(&mut self, rule: Rule) -> Pair<'a> {
        self.0
            .find(|pair| pair.as_rule() == rule)
            .expect("BUG: the grammar gives every rule its parts")
    }

    /// The next part, if it has this rule.
    pub(super) fn maybe(&mut self, rule: Rule) -> Option<Pair<'a>> {
        (self.0.peek()?.as_rule() == rule)
            .then(|| self.0.next())
            .flatten()
    }

    /// Every further part that has this rule.
    pub(super) fn all(self, rule: Rule) -> impl Iterator<Item = Pair<'a>> {
        self.0.filter(move |pair| pair.as_rule() == rule)
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}
