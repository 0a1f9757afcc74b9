//! The plan's header, environments, channels, windows and protected branches.

use super::cx::Cx;
use super::plan::{CheckoutSetup, DeployMethod, Environment};
use super::step::Site;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{self, EnvironmentEntry, PlanEntry, TextPart};
use crate::text::Span;

/// What the header says.
pub(super) struct Header {
    pub(super) title: String,
    pub(super) docs: Vec<String>,
    pub(super) owner: Option<String>,
    pub(super) contact: Option<String>,
    pub(super) remote: String,
    pub(super) checkout: CheckoutSetup,
}

impl<'a> Cx<'a> {
    /// Checks the header; `None` for a library.
    pub(super) fn header(&mut self) -> Option<Header> {
        let (ast, item) = self.names.header?;
        let mut header = Header {
            title: self.string(&ast.title).unwrap_or_default(),
            docs: item.docs.clone(),
            owner: None,
            contact: None,
            remote: "origin".to_owned(),
            checkout: CheckoutSetup::default(),
        };
        let (mut owner, mut contact, mut remote) = (None, None, None);
        for entry in &ast.entries {
            match &entry.kind {
                PlanEntry::Owner { value } => {
                    if self.once(&mut owner, entry.span, "`owner`") {
                        header.owner = self.string(value);
                    }
                }
                PlanEntry::Contact { value } => {
                    if self.once(&mut contact, entry.span, "`contact`") {
                        header.contact = self.string(value);
                    }
                }
                PlanEntry::Remote { value } => {
                    if self.once(&mut remote, entry.span, "`remote`")
                        && let Some(name) = self.remote_name(value)
                    {
                        header.remote = name;
                    }
                }
                PlanEntry::Setup { command } => {
                    header
                        .checkout
                        .setup
                        .extend(self.command(command, Site::CHECKOUT));
                }
                PlanEntry::Link { path } => header.checkout.links.extend(self.path(path)),
                PlanEntry::Error => {}
            }
        }
        Some(header)
    }

    /// Windows cannot be kept yet.
    pub(super) fn windows(&mut self) {
        let names = self.names;
        for window in names.windows.values() {
            if window.ast.is_some() {
                self.unsupported(window.name, "`window`", "hold a phase back with `not before \"2026-12-01 09:00 Europe/Madrid\"`, or let a gate ask: `gate office-hours { confirm \"Is somebody there to watch?\" }`");
            }
        }
    }

    /// Names and globs of protected branches.
    pub(super) fn protected(&mut self) -> Vec<String> {
        let names = self.names;
        let mut all = Vec::new();
        for text in &names.protected {
            self.scope.file = text.span.file;
            let Some(filled) = self.fill(text) else { continue };
            let globbed = filled.text.contains(['*', '?', '[', '{']) && filled.known;
            let sound = if globbed {
                self.check_glob(&filled.text, text.span)
            } else {
                self.check_ref(&filled, text).is_some()
            };
            if sound && !all.contains(&filled.text) {
                self.protected_at.push((filled.text.clone(), text.span));
                all.push(filled.text);
            }
        }
        self.scope.file = self.root();
        all
    }

    /// Checks every environment.
    pub(super) fn all_environments(&mut self) {
        let names = self.names;
        for (name, declared) in &names.environments {
            self.scope.file = declared.file;
            let environment = declared.ast.and_then(|ast| self.environment(ast));
            self.environments.insert(name, environment);
        }
        self.scope.file = self.root();
    }

    fn environment(&mut self, ast: &'a ast::Environment) -> Option<Environment> {
        let mut environment = Environment {
            name: ast.name.name.clone(),
            deploy: None,
            shift: None,
            current: None,
            backup: None,
            restore: None,
            span: ast.name.span,
        };
        let mut given: [Option<Span>; 5] = [None; 5];
        let mut sound = true;
        for entry in &ast.entries {
            let (slot, what, command, site) = match &entry.kind {
                EnvironmentEntry::Deploy { command } => (0, "`deploy` or `branch`", command, Site::DEPLOY),
                EnvironmentEntry::Shift { command } => (1, "`shift`", command, Site::SHIFT),
                EnvironmentEntry::Current { command } => (2, "`current`", command, Site::ENVIRONMENT),
                EnvironmentEntry::Backup { command } => (3, "`backup`", command, Site::ENVIRONMENT),
                EnvironmentEntry::Restore { command } => (4, "`restore`", command, Site::ENVIRONMENT),
                EnvironmentEntry::Branch { name } => {
                    let fresh = self.once(&mut given[0], entry.span, "`deploy` or `branch`");
                    let branch = self.branch(name);
                    sound &= fresh && branch.is_some();
                    environment.deploy = branch.map(DeployMethod::Branch);
                    continue;
                }
                EnvironmentEntry::Error => {
                    sound = false;
                    continue;
                }
            };
            let fresh = self.once(&mut given[slot], entry.span, what);
            let command = self.command(command, site);
            sound &= fresh && command.is_some();
            match slot {
                0 => environment.deploy = command.map(DeployMethod::Command),
                1 => environment.shift = command,
                2 => environment.current = command,
                3 => environment.backup = command,
                _ => environment.restore = command,
            }
        }
        sound.then_some(environment)
    }

    /// Checks every channel: one command, which should see the message.
    pub(super) fn all_channels(&mut self) {
        let names = self.names;
        for (name, declared) in &names.channels {
            self.scope.file = declared.file;
            let command = declared.ast.and_then(|ast| match ast.commands.as_slice() {
                [] => {
                    self.report.add(
                        Diagnostic::new(
                            Code::MissingProperty,
                            ast.name.span,
                            format!("channel `{name}` has no command"),
                        )
                        .here("nothing would be sent")
                        .help("say how to reach it: `channel NAME { run \"scripts/slack.sh $message\" }`"),
                    );
                    None
                }
                [first, rest @ ..] => {
                    for again in rest {
                        let mut slot = Some(first.span);
                        self.once(&mut slot, again.span, &format!("the command of channel `{name}`"));
                    }
                    self.command(first, Site::CHANNEL)
                }
            });
            self.channels.insert(name, command);
        }
        self.scope.file = self.root();
    }

    /// The name of a remote.
    pub(super) fn remote_name(&mut self, text: &ast::Text) -> Option<String> {
        let filled = self.fill(text)?;
        if filled.known && crate::model::RefName::parse(&filled.text).is_err() {
            let url = filled.text.contains("://") || filled.text.contains('@') || filled.text.contains(':');
            let help = if url {
                "a remote is named, not addressed: `git remote add NAME URL` gives it a name"
            } else {
                "wanted: a name as `git remote` lists it"
            };
            self.report.add(
                Diagnostic::new(
                    Code::BadRef,
                    text.span,
                    format!("`{}` cannot name a remote", filled.text),
                )
                .here("not a name")
                .help(help),
            );
            return None;
        }
        Some(filled.text)
    }

    /// A constant path of the repository.
    pub(super) fn path(&mut self, text: &ast::Text) -> Option<String> {
        let filled = self.fill(text)?;
        // A path with a value that is not known yet is checked when the value is.
        if !filled.known
            && text
                .parts
                .iter()
                .any(|part| matches!(part, TextPart::Variable(_)))
        {
            return Some(filled.text);
        }
        match super::words::paths::inside(&filled.text) {
            Ok(path) => Some(path),
            Err(reason) => {
                self.report.add(
                    Diagnostic::new(Code::BadPath, text.span, format!("`{}` {reason}", filled.text))
                        .here("not a path inside the repository")
                        .help("paths are relative to the repository's root, with `/`"),
                );
                None
            }
        }
    }

    /// Reports a glob that cannot be read.
    pub(super) fn check_glob(&mut self, glob: &str, span: Span) -> bool {
        let Err(reason) = super::words::paths::glob(glob) else {
            return true;
        };
        self.report.add(
            Diagnostic::new(
                Code::BadGlob,
                span,
                format!("the pattern `{glob}` cannot be read"),
            )
            .here(reason)
            .help("`*` matches within a folder, `**` across folders, `{a,b}` either, `[a-z]` one letter"),
        );
        false
    }
}
