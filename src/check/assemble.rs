//! Puts the checked plan together, and gives it its digest.

use std::fmt::Write;

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use super::cx::Cx;
use super::environment::Header;
use super::names::Constant;
use super::phase::Draft;
use super::plan::{Phase, Plan, PlanData, Rollback, Step, StepKind};
use crate::model::Value;
use crate::text::Span;

impl Cx<'_> {
    /// Secrets that more than a library of rel's own declares.
    fn demanded_secrets(&self) -> Vec<String> {
        let demanded = self.names.secrets.iter().filter(|(_, span)| {
            let file = self.loaded.sources.get(span.file).name();
            !file.starts_with("std/")
        });
        demanded.map(|(name, _)| (*name).to_owned()).collect()
    }

    /// The plan; everything in it is sound.
    pub(super) fn assemble(
        &mut self,
        header: Header,
        protected: Vec<String>,
        drafts: Vec<Draft<'_>>,
        sorted: &[usize],
    ) -> Plan {
        let mut phases: Vec<Option<Phase>> = drafts.into_iter().map(|draft| Some(draft.phase)).collect();
        let mut phases: Vec<Phase> = sorted.iter().filter_map(|index| phases[*index].take()).collect();
        let mut remotes = vec![header.remote.clone()];
        for phase in &mut phases {
            default_remote(&mut phase.steps, &header.remote);
            if let Some(Rollback::Steps(steps)) = &mut phase.rollback {
                default_remote(steps, &header.remote);
            }
        }
        for remote in self.remotes.iter().chain(&self.source_remotes(&phases)) {
            if !remotes.contains(remote) {
                remotes.push(remote.clone());
            }
        }
        let environments = std::mem::take(&mut self.environments);
        let channels = std::mem::take(&mut self.channels);
        let data = PlanData {
            title: header.title,
            docs: header.docs,
            owner: header.owner,
            contact: header.contact,
            remote: header.remote,
            remotes,
            checkout: header.checkout,
            digest: self.digest(),
            params: std::mem::take(&mut self.params),
            overridden: std::mem::take(&mut self.overridden),
            lets: self.lets(),
            secrets: self.names.secrets.keys().map(|name| (*name).to_owned()).collect(),
            demanded: self.demanded_secrets(),
            protected,
            environments: environments
                .into_iter()
                .filter_map(|(name, environment)| Some((name.to_owned(), environment?)))
                .collect(),
            channels: channels
                .into_iter()
                .filter_map(|(name, command)| Some((name.to_owned(), command?)))
                .collect(),
            phases,
            sources: self.loaded.sources.clone(),
        };
        Plan { data }
    }

    fn lets(&self) -> IndexMap<String, Value> {
        let root = self.root();
        let names = self.names;
        let lets: std::collections::HashSet<&str> = names
            .constants
            .iter()
            .filter_map(|(file, constant)| match constant {
                Constant::Let(constant) if *file == root => Some(constant.name.name.as_str()),
                _ => None,
            })
            .collect();
        self.scope
            .of_file(root)
            .filter(|(name, _)| lets.contains(name))
            .filter_map(|(name, binding)| Some((name.to_owned(), binding.val.as_ref()?.value.clone()?)))
            .collect()
    }

    /// Remotes that sources name, as in `merge upstream/main into main`.
    fn source_remotes(&self, phases: &[Phase]) -> Vec<String> {
        let Some(facts) = self.input.facts else {
            return Vec::new();
        };
        let mut remotes = Vec::new();
        for name in phases.iter().flat_map(|phase| &phase.effects.reads) {
            let remote = name
                .strip_prefix("refs/remotes/")
                .and_then(|rest| rest.split_once('/'));
            if let Some((remote, _)) = remote
                && facts.remotes.contains_key(remote)
                && !remotes.iter().any(|known| known == remote)
            {
                remotes.push(remote.to_owned());
            }
        }
        remotes
    }

    /// SHA-256 over names and texts of all sources and over the values of all params, each
    /// preceded by its length, so that nothing can move from one into the next.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        for (_, source) in self.loaded.sources.iter() {
            part(source.name());
            part(source.text());
        }
        for (name, value) in &self.params {
            part(name);
            part(&value.to_string());
        }
        hash.finalize()
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }

    /// The white space before the statement at `span`.
    pub(super) fn indentation(&self, span: Span) -> String {
        let text = &self.loaded.sources.get(span.file).text()[..span.start as usize];
        let line = &text[text.rfind('\n').map_or(0, |at| at + 1)..];
        let indent = &line[..line.len() - line.trim_start().len()];
        if indent.is_empty() {
            "  ".to_owned()
        } else {
            indent.to_owned()
        }
    }

    /// The declaration of a param or let of this file that comes further down.
    pub(super) fn declared_later(&self, name: &str) -> Option<Span> {
        self.names.constants.iter().find_map(|(file, constant)| {
            let ident = match constant {
                Constant::Param(param, _) => &param.name,
                Constant::Let(constant) => &constant.name,
            };
            (*file == self.scope.file && ident.name == name).then_some(ident.span)
        })
    }
}

fn default_remote(steps: &mut [Step], default: &str) {
    for step in steps {
        if let StepKind::Push { remote, .. } = &mut step.kind
            && remote.is_empty()
        {
            default.clone_into(remote);
        }
    }
}
