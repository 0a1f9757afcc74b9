//! `deploy`, `shift`, `backup`, `restore`: what an environment must declare for them.

use super::options::Block;
use super::{Made, Site};
use crate::check::cx::Cx;
use crate::check::plan::{DeployMethod, DeploySource, Environment, StepKind};
use crate::diag::{Code, Diagnostic};
use crate::model::{Percent, Type, Value};
use crate::syntax::ast::{CommandOption, Entry, Expr, Text, TextForm, TextPart};
use crate::text::Span;

type Options = [Entry<CommandOption>];

/// An environment that a step names.
enum Named {
    /// This one, as declared.
    Known(Box<Environment>),
    /// Which one is not known yet.
    Later(String),
}

impl Named {
    fn name(&self) -> String {
        match self {
            Named::Known(environment) => environment.name.clone(),
            Named::Later(name) => name.clone(),
        }
    }
}

impl Cx<'_> {
    fn environment_named(&mut self, text: &Text) -> Option<Named> {
        let filled = self.fill(text)?;
        if let Some(ty) = filled
            .only
            .as_ref()
            .filter(|ty| !matches!(ty, Type::Environment | Type::Enum(_)))
        {
            self.report.add(
                Diagnostic::new(
                    Code::WrongType,
                    text.span,
                    format!("wanted an environment, found a {ty}"),
                )
                .here(format!("this is a {ty}"))
                .help("declare the value as one: `param target: environment = staging`"),
            );
            return None;
        }
        if !filled.known {
            return Some(Named::Later(filled.text));
        }
        if let Some(declared) = self.environments.get(filled.text.as_str()) {
            // A faulty environment has been reported.
            return declared
                .clone()
                .map(|environment| Named::Known(Box::new(environment)));
        }
        let names = self.names;
        let known: Vec<&str> = names.environments.keys().copied().collect();
        let help = format!(
            "declare it: `environment {} {{ deploy run \"scripts/deploy.sh $ref\" }}`",
            filled.text
        );
        self.unknown_name("environment", &filled.text, text.span, known, &help);
        None
    }

    fn undeclared(&mut self, environment: &Environment, what: &str, at: Span, example: &str) {
        let name = &environment.name;
        self.report.add(
            Diagnostic::new(
                Code::MissingProperty,
                at,
                format!("environment `{name}` does not say how to {what}"),
            )
            .here(format!("cannot {what} here"))
            .label(environment.span, format!("declares no `{what}`"))
            .help(format!("add it to the environment: `{example}`")),
        );
    }

    pub(super) fn deploy(&mut self, source: &Text, to: &Text, entries: &Options, span: Span) -> Option<Made> {
        let previous = source.form == TextForm::Bare
            && matches!(source.parts.as_slice(), [TextPart::Literal { text, .. }] if text == "previous");
        let what = if previous {
            Some(DeploySource::Previous)
        } else {
            self.source(source).map(DeploySource::Source)
        };
        let named = self.environment_named(to);
        let block = match &named {
            Some(Named::Known(environment))
                if matches!(environment.deploy, Some(DeployMethod::Branch(_))) =>
            {
                Block::DeployBranch
            }
            _ => Block::Deploy,
        };
        let options = self.command_options(entries, block, Site::DEPLOY);
        let (what, named) = (what?, named?);
        if let Named::Known(environment) = &named
            && environment.deploy.is_none()
        {
            let example = "deploy run \"scripts/deploy.sh $ref\"` or `branch deploy/production";
            self.undeclared(environment, "deploy", to.span, example);
            return None;
        }
        let options = options?;
        self.outside(span, "a deploy")?;
        let environment = named.name();
        let shown = match &what {
            DeploySource::Previous => {
                self.at.deployed.remove(&environment);
                "previous".to_owned()
            }
            DeploySource::Source(source) => {
                self.at.deployed.insert(environment.clone(), source.clone());
                source.text.clone()
            }
        };
        let display = format!("deploy {shown} to {environment}");
        let kind = StepKind::Deploy {
            what,
            environment,
            options,
        };
        Some((kind, display))
    }

    pub(super) fn shift(&mut self, weight: &Expr, to: &Text, entries: &Options, span: Span) -> Option<Made> {
        let weight = self.weight(weight);
        let named = self.environment_named(to);
        let options = self.command_options(entries, Block::Shift, Site::SHIFT);
        let named = named?;
        if let Named::Known(environment) = &named
            && environment.shift.is_none()
        {
            self.undeclared(
                environment,
                "shift",
                to.span,
                "shift run \"scripts/traffic.sh $ref $weight\"",
            );
            return None;
        }
        let (weight, options) = (weight?, options?);
        self.outside(span, "a shift of traffic")?;
        let environment = named.name();
        let display = format!("shift {weight} to {environment}");
        let kind = StepKind::Shift {
            weight,
            source: self.at.deployed.get(&environment).cloned(),
            environment,
            options,
        };
        Some((kind, display))
    }

    fn weight(&mut self, weight: &Expr) -> Option<Percent> {
        let val = self.want(weight, &Type::Percent)?;
        let Some(Value::Percent(percent)) = val.value else {
            return Some(Percent::default());
        };
        if (0.0..=100.0).contains(&percent.get()) {
            return Some(percent);
        }
        self.out_of_range(
            weight.span,
            &format!("a share of {percent} of the traffic"),
            "0% to 100%",
        );
        None
    }

    pub(super) fn backup(&mut self, text: &Text, entries: &Options) -> Option<Made> {
        let named = self.environment_named(text);
        let options = self.command_options(entries, Block::Backup, Site::ENVIRONMENT);
        let named = named?;
        if let Named::Known(environment) = &named
            && environment.backup.is_none()
        {
            self.undeclared(
                environment,
                "backup",
                text.span,
                "backup run \"scripts/backup.sh\"",
            );
            return None;
        }
        let options = options?;
        let environment = named.name();
        let display = format!("backup {environment}");
        Some((StepKind::Backup { environment, options }, display))
    }

    pub(super) fn restore(&mut self, text: &Text, entries: &Options, span: Span) -> Option<Made> {
        let named = self.environment_named(text);
        let options = self.command_options(entries, Block::Restore, Site::ENVIRONMENT);
        let named = named?;
        if let Named::Known(environment) = &named
            && environment.restore.is_none()
        {
            self.undeclared(
                environment,
                "restore",
                text.span,
                "restore run \"scripts/restore.sh\"",
            );
            return None;
        }
        let options = options?;
        self.outside(span, "a restore")?;
        let environment = named.name();
        let display = format!("restore {environment}");
        Some((StepKind::Restore { environment, options }, display))
    }
}
