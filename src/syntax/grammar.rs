//! The only home of pest: runs one rule over one head and hands out nodes with absolute spans.

use std::ops::Range;

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

use crate::text::{FileId, Span};

/// Holds the generated rules apart from the rest of the crate.
#[allow(missing_docs)]
mod generated {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/rel.pest"]
    pub(in crate::syntax) struct Grammar;
}

pub(super) use generated::{Grammar, Rule};

/// A node of pest's tree, its span absolute.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    pair: Pair<'t, Rule>,
    base: usize,
    file: FileId,
}

impl<'t> Node<'t> {
    pub(super) fn rule(&self) -> Rule {
        self.pair.as_rule()
    }

    pub(super) fn text(&self) -> &'t str {
        self.pair.as_str()
    }

    pub(super) fn span(&self) -> Span {
        let span = self.pair.as_span();
        let text = span.as_str();
        let length = text.trim_end().len();
        Span::new(
            self.file,
            self.base + span.start(),
            self.base + span.start() + length,
        )
    }

    pub(super) fn children(&self) -> Nodes<'t> {
        Nodes {
            pairs: self.pair.clone().into_inner(),
            base: self.base,
            file: self.file,
        }
    }

    /// The only child that is not a keyword.
    pub(super) fn only(&self) -> Node<'t> {
        self.children()
            .next()
            .expect("BUG: a node that the grammar gives a child has one")
    }
}

/// Nodes side by side.
#[derive(Clone, Debug)]
pub(super) struct Nodes<'t> {
    pairs: Pairs<'t, Rule>,
    base: usize,
    file: FileId,
}

impl<'t> Nodes<'t> {
    /// Takes the next node if it is of that rule.
    pub(super) fn next_if(&mut self, rule: Rule) -> Option<Node<'t>> {
        (self.pairs.peek()?.as_rule() == rule)
            .then(|| self.next())
            .flatten()
    }

    /// Skips nodes of other rules (keywords, mostly) up to the next of that rule.
    pub(super) fn seek(&mut self, rule: Rule) -> Option<Node<'t>> {
        Iterator::find(self, |node| node.rule() == rule)
    }

    /// As [`Nodes::seek`], where the grammar makes sure that there is one.
    pub(super) fn need(&mut self, rule: Rule) -> Node<'t> {
        self.seek(rule).expect("BUG: the grammar puts this node here")
    }

    /// Whether a node of that rule is among those left.
    pub(super) fn has(&self, rule: Rule) -> Option<Span> {
        self.clone().seek(rule).map(|node| node.span())
    }
}

impl<'t> Iterator for Nodes<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        let pair = self.pairs.next()?;
        Some(Node {
            pair,
            base: self.base,
            file: self.file,
        })
    }
}

/// Where a head stops making sense, and what could have stood there.
pub(super) struct Failure {
    pub(super) at: usize,
    pub(super) wanted: Vec<&'static str>,
}

/// Parses the bytes `range` of `text` with `rule`, which must take all of them.
pub(super) fn parse(file: FileId, text: &str, range: Range<usize>, rule: Rule) -> Result<Nodes<'_>, Failure> {
    let base = range.start;
    match Grammar::parse(rule, &text[range]) {
        Ok(mut pairs) => {
            let whole = pairs.next().map(Pair::into_inner);
            let pairs = whole.expect("BUG: pest gives one pair for the rule it was asked for");
            Ok(Nodes { pairs, base, file })
        }
        Err(error) => Err(failure(&error, base)),
    }
}

fn failure(error: &Error<Rule>, base: usize) -> Failure {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => base + at,
    };
    let mut wanted: Vec<&'static str> = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            positives.iter().filter_map(|rule| words(*rule)).collect()
        }
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    let mut seen = std::collections::BTreeSet::new();
    wanted.retain(|word| seen.insert(*word));
    Failure { at, wanted }
}

/// What a rule is called in messages; `None` for what goes without saying.
fn words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the statement",
        Rule::name | Rule::member_name | Rule::snake | Rule::arg_name | Rule::member => "a name",
        Rule::string | Rule::quoted | Rule::triple | Rule::raw | Rule::raw3 | Rule::title => "a quoted text",
        Rule::text | Rule::bare | Rule::literal | Rule::ref_word | Rule::typed_text => "a ref or quoted text",
        Rule::glob_text | Rule::glob_bare | Rule::glob_literal | Rule::glob => "a path pattern",
        Rule::variable | Rule::sole => "a `$variable`",
        Rule::command => "a command (`run \"...\"` or `sh '...'`)",
        Rule::atom | Rule::expr | Rule::or_expr | Rule::and_expr | Rule::not_expr | Rule::comparison => {
            "a value"
        }
        Rule::percent | Rule::duration | Rule::size | Rule::number | Rule::int | Rule::true_false => {
            "a value"
        }
        Rule::list | Rule::group | Rule::typed | Rule::type_word | Rule::version_value => "a value",
        Rule::type_expr | Rule::type_enum | Rule::type_list => "a type",
        Rule::args => "arguments in `(`...`)`",
        Rule::parameters | Rule::parameter => "parameters in `(`...`)`",
        Rule::compare_op | Rule::expect_op => "a comparison (`==`, `>=`, ...)",
        Rule::mode | Rule::mode_word => "a mode (`squash`, `no-ff`, `ff-only`, `rebase`)",
        Rule::expect_source | Rule::reading_source | Rule::reading_type | Rule::json_source => {
            "what to read (`exit`, `stdout`, `json \"path\"`, `percent`, ...)"
        }
        Rule::clock_range => "hours such as `09:00-16:00`",
        Rule::resolve_word => "`ours`, `theirs`, `union`, `pause`",
        Rule::use_std => "`std/NAME`",
        Rule::std_name => "the name of a library",
        Rule::after_clause | Rule::kw_after => "`after`",
        Rule::when_clause | Rule::kw_when => "`when`",
        Rule::on_clause | Rule::kw_on => "`on`",
        Rule::to_clause | Rule::kw_to => "`to`",
        Rule::every_clause | Rule::kw_every => "`every`",
        Rule::timeout_clause | Rule::kw_timeout => "`timeout`",
        Rule::open_clause | Rule::kw_open => "`open`",
        Rule::if_absent | Rule::kw_if => "`if absent`",
        Rule::not_author => "`not author`",
        Rule::kw_into => "`into`",
        Rule::kw_onto => "`onto`",
        Rule::kw_from => "`from`",
        Rule::kw_of => "`of`",
        Rule::kw_in => "`in`",
        Rule::kw_with => "`with`",
        Rule::kw_for => "`for`",
        Rule::kw_gate => "`gate`",
        Rule::kw_force => "`force`",
        Rule::kw_local => "`local`",
        Rule::kw_all => "`all`",
        Rule::kw_because => "`because`",
        Rule::kw_before => "`before`",
        Rule::kw_author => "`author`",
        Rule::kw_absent => "`absent`",
        Rule::kw_failure => "`failure`",
        Rule::kw_hold => "`hold`",
        Rule::kw_rollback => "`rollback`",
        Rule::kw_exit => "`exit`",
        Rule::kw_signed => "`signed`",
        Rule::kw_evidence => "`evidence`",
        Rule::kw_branch => "`branch`",
        Rule::kw_tag => "`tag`",
        Rule::kw_baseline => "`baseline`",
        Rule::kw_run | Rule::kw_sh => "a command (`run \"...\"` or `sh '...'`)",
        _ => return None,
    })
}
