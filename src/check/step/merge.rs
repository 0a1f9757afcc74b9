//! `merge`, `rebase`, `cherry-pick`, `revert`: how a source comes into a branch.

use super::{Made, Site};
use crate::check::cx::Cx;
use crate::check::plan::{MergeMode, MergeOptions, Resolution, StepKind};
use crate::check::suggest::{closest, listed};
use crate::diag::{Code, Diagnostic};
use crate::model::{Type, Value};
use crate::syntax::ast::{self, Entry, MergeOption, Text};
use crate::text::Span;

const MODES: [(&str, MergeMode); 4] = [
    ("squash", MergeMode::Squash),
    ("no-ff", MergeMode::NoFf),
    ("ff-only", MergeMode::FfOnly),
    ("rebase", MergeMode::Rebase),
];

type Options = [Entry<MergeOption>];

impl Cx<'_> {
    pub(super) fn merge(
        &mut self,
        mode: Option<&ast::MergeMode>,
        source: &Text,
        into: &Text,
        options: &Options,
        span: Span,
    ) -> Option<Made> {
        let mode = self.mode(mode);
        let source = self.source(source);
        let into = self.branch(into);
        let options = self.merge_options(options);
        let (mode, source, into, options) = (mode?, source?, into?, options?);
        self.written(into.as_str(), span)?;
        let word = MODES
            .iter()
            .find(|(_, known)| *known == mode)
            .map(|(word, _)| *word);
        let display = match word {
            Some(word) => format!("merge {word} {} into {into}", source.text),
            None => format!("merge {} into {into}", source.text),
        };
        let kind = StepKind::Merge {
            mode,
            source,
            into,
            options,
        };
        Some((kind, display))
    }

    fn mode(&mut self, mode: Option<&ast::MergeMode>) -> Option<MergeMode> {
        let find = |word: &str| {
            MODES
                .iter()
                .find(|(known, _)| *known == word)
                .map(|(_, mode)| *mode)
        };
        let words = || MODES.iter().map(|(word, _)| *word);
        match mode {
            None => Some(MergeMode::Default),
            Some(ast::MergeMode::Word { name }) => find(&name.name).or_else(|| {
                let help = format!("the modes: {}", listed(words()));
                self.unknown_name("merge mode", &name.name, name.span, words(), &help);
                None
            }),
            Some(ast::MergeMode::Variable { variable }) => {
                let val = self.value_of(variable, "the mode of a merge")?;
                let strange = match &val.ty {
                    Type::Enum(members) => members.iter().find(|member| find(member).is_none()).cloned(),
                    other => Some(other.to_string()),
                };
                let declared = self.scope.get(&variable.name.name).map(|binding| binding.span);
                match (strange, &val.value) {
                    (None, Some(Value::Enum(word))) => find(word),
                    (None, _) => Some(MergeMode::Default),
                    (Some(strange), _) => {
                        let mut finding = Diagnostic::new(
                            Code::WrongType,
                            variable.span,
                            format!("`${}` cannot be the mode of a merge", variable.name.name),
                        )
                        .here(format!("`{strange}` is not a mode"));
                        if let Some(declared) = declared {
                            finding = finding.label(declared, "declared here");
                        }
                        if let Some(near) = closest(&strange, words()) {
                            finding = finding.help(format!("did you mean `{near}`?"));
                        }
                        self.report.add(finding.help(format!(
                            "declare it as an enumeration of modes: `param {}: squash | no-ff = squash`; the modes: {}",
                            variable.name.name,
                            listed(words())
                        )));
                        None
                    }
                }
            }
        }
    }

    pub(super) fn rebase(
        &mut self,
        branch: &Text,
        onto: &Text,
        options: &Options,
        span: Span,
    ) -> Option<Made> {
        let branch = self.branch(branch);
        let onto = self.source(onto);
        let options = self.merge_options(options);
        let (branch, onto, options) = (branch?, onto?, options?);
        self.written(branch.as_str(), span)?;
        let display = format!("rebase {branch} onto {}", onto.text);
        let kind = StepKind::Rebase {
            branch,
            onto,
            options,
        };
        Some((kind, display))
    }

    pub(super) fn cherry_pick(
        &mut self,
        sources: &[Text],
        onto: &Text,
        options: &Options,
        span: Span,
    ) -> Option<Made> {
        let all: Vec<_> = sources.iter().map(|source| self.source(source)).collect();
        let onto = self.branch(onto);
        let options = self.merge_options(options);
        let sources = all.into_iter().collect::<Option<Vec<_>>>()?;
        let (onto, options) = (onto?, options?);
        self.written(onto.as_str(), span)?;
        let names: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
        let display = format!("cherry-pick {} onto {onto}", names.join(", "));
        let kind = StepKind::CherryPick {
            sources,
            onto,
            options,
        };
        Some((kind, display))
    }

    pub(super) fn revert(&mut self, source: &Text, on: &Text, options: &Options, span: Span) -> Option<Made> {
        let source = self.source(source);
        let on = self.branch(on);
        let options = self.merge_options(options);
        let (source, on, options) = (source?, on?, options?);
        self.written(on.as_str(), span)?;
        let display = format!("revert {} on {on}", source.text);
        let kind = StepKind::Revert { source, on, options };
        Some((kind, display))
    }

    fn merge_options(&mut self, entries: &Options) -> Option<MergeOptions> {
        let mut options = MergeOptions::default();
        let (mut message, mut reland, mut signed) = (None, None, None);
        let mut sound = true;
        for entry in entries {
            let fine = match &entry.kind {
                MergeOption::Message { text } => {
                    let text = self.string(text);
                    let first = self.once(&mut message, entry.span, "`message`");
                    options.message = text;
                    first && options.message.is_some()
                }
                MergeOption::Resolve { glob, with } => match self.resolution(glob, with) {
                    Some(resolve) => {
                        options.resolve.push(resolve);
                        true
                    }
                    None => false,
                },
                MergeOption::Reland => {
                    options.reland = true;
                    self.once(&mut reland, entry.span, "`reland`")
                }
                MergeOption::Signed => {
                    options.signed = true;
                    self.once(&mut signed, entry.span, "`signed`")
                }
                MergeOption::Error => false,
            };
            sound &= fine;
        }
        sound.then_some(options)
    }

    fn resolution(&mut self, glob: &Text, with: &ast::Resolution) -> Option<(String, Resolution)> {
        let filled = self.fill(glob);
        let with = match with {
            ast::Resolution::Command { command } => {
                self.command(command, Site::CHECKOUT).map(Resolution::Command)
            }
            ast::Resolution::Word { name } => match name.name.as_str() {
                "ours" => Some(Resolution::Ours),
                "theirs" => Some(Resolution::Theirs),
                "union" => Some(Resolution::Union),
                "pause" => Some(Resolution::Pause),
                other => {
                    let known = ["ours", "theirs", "union", "pause"];
                    let help = "`ours` is the branch's side, `theirs` the source's, `union` keeps both, `pause` waits for a person; or give a command, `run \"...\"`";
                    self.unknown_name("resolution", other, name.span, known, help);
                    None
                }
            },
        };
        let filled = filled?;
        if filled.known && !self.check_glob(&filled.text, glob.span) {
            return None;
        }
        Some((filled.text, with?))
    }
}
