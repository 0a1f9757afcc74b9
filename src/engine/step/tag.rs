//! `tag`, and signatures.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Phase, Source};
use crate::engine::outcome::Stop;
use crate::engine::session::Session;
use crate::engine::stage::Move;
use crate::engine::{SignKind, SignOutcome, SignRequest};
use crate::model::{Oid, RefName};

impl Session<'_> {
    pub(super) fn tag(
        &mut self,
        phase: &Phase,
        name: &RefName,
        on: &Source,
        message: Option<&str>,
        signed: bool,
        lightweight: bool,
    ) -> Result<(), Stop> {
        let target = self.sandbox.resolve(&on.text)?;
        if let Some(existing) = self.sandbox.get(&name.as_tag()).cloned() {
            let at = self.sandbox.peel(&existing);
            return Err(Stop::failed_with(
                format!(
                    "the tag `{name}` is there already, at {}",
                    at.as_ref().unwrap_or(&existing).short()
                ),
                "a published tag is never moved: choose another version, or `delete tag` first if nobody has seen it",
            ));
        }
        let known = self.is_known(&on.text);
        let (oid, signature) = if lightweight {
            (target, true)
        } else {
            let stamp = self.stamp();
            let text = message.map_or_else(|| name.to_string(), str::to_owned);
            let tag = self
                .sandbox
                .annotated_tag(name.as_str(), &target, &stamp, &text)?;
            if signed {
                self.sign(SignKind::Tag, tag)?
            } else {
                (tag, true)
            }
        };
        let how = if lightweight { "lightweight tag" } else { "tag" };
        self.stage_move(Move {
            phase: &phase.name,
            name: name.as_tag(),
            new: Some(oid),
            how,
            known: known && signature,
            resolved: Vec::new(),
            diff: None,
        })
    }

    /// Signs a new commit if that is wanted.
    pub(crate) fn sign_commit(&mut self, wanted: bool, commit: Oid) -> Result<(Oid, bool), Stop> {
        if wanted {
            self.sign(SignKind::Commit, commit)
        } else {
            Ok((commit, true))
        }
    }

    /// Signs every commit that a landing of `source` on `onto` has made, oldest first; each later one is made
    /// anew on top of its signed parents.
    pub(super) fn sign_new(&mut self, onto: &Oid, source: &Oid, tip: Oid) -> Result<(Oid, bool), Stop> {
        let there: BTreeSet<Oid> = self.sandbox.commits_between(onto, source)?.into_iter().collect();
        let made = self.sandbox.commits_between(onto, &tip)?;
        let stamp = self.stamp();
        let mut signed: BTreeMap<Oid, Oid> = BTreeMap::new();
        let mut known = true;
        for commit in made.into_iter().filter(|commit| !there.contains(commit)) {
            let old = self.sandbox.parents(&commit);
            let parents: Vec<Oid> = old
                .iter()
                .map(|parent| signed.get(parent).unwrap_or(parent).clone())
                .collect();
            let unsigned = if parents == old {
                commit.clone()
            } else {
                let (author, message) = (self.sandbox.author(&commit)?, self.sandbox.message(&commit)?);
                let tree = self.sandbox.tree_of(&commit)?;
                self.sandbox.commit(&tree, &parents, &author, &stamp, &message)?
            };
            let (twin, sure) = self.sign(SignKind::Commit, unsigned)?;
            known &= sure;
            signed.insert(commit, twin);
        }
        Ok((signed.get(&tip).cloned().unwrap_or(tip), known))
    }

    /// The signed twin of an object, and whether its id is known already.
    fn sign(&mut self, kind: SignKind, object: Oid) -> Result<(Oid, bool), Stop> {
        let payload = String::from_utf8_lossy(&self.sandbox.raw_object(&object)?).into_owned();
        match self.ports.sign(&mut self.sandbox, &SignRequest { payload, kind }) {
            SignOutcome::Signed(oid) => Ok((oid, true)),
            SignOutcome::NotSigned => Ok((object, false)),
            SignOutcome::Failed(reason) => Err(Stop::failed_with(
                reason,
                "see that `git tag -s` works here (`user.signingkey`, `gpg.format`, a running agent), or leave `signed` out",
            )),
        }
    }
}
