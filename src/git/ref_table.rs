//! Refs and their values in memory, with marks to go back to.
//!
//! Going back costs as many steps as refs have moved since the mark, however many refs there are.

use std::collections::BTreeMap;

use crate::model::Oid;

/// Full names of refs and their values.
#[derive(Clone, Debug, Default)]
pub struct RefTable {
    refs: BTreeMap<String, Oid>,
    /// What each move since the oldest mark replaced.
    log: Vec<(String, Option<Oid>)>,
    marks: usize,
}

/// A moment of a [`RefTable`].
#[derive(Debug)]
#[must_use = "a mark is there to go back to"]
pub struct Mark(usize);

impl RefTable {
    /// The value of a ref.
    pub fn get(&self, name: &str) -> Option<&Oid> {
        self.refs.get(name)
    }

    /// Moves, makes or (with `None`) deletes a ref.
    pub fn set(&mut self, name: &str, value: Option<Oid>) {
        let old = match value {
            Some(oid) => self.refs.insert(name.to_owned(), oid),
            None => self.refs.remove(name),
        };
        if self.marks > 0 {
            self.log.push((name.to_owned(), old));
        }
    }

    /// Every ref, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Oid)> {
        self.refs.iter().map(|(name, oid)| (name.as_str(), oid))
    }

    /// Every ref below a prefix such as `refs/heads/`.
    pub fn below<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = (&'s str, &'s Oid)> {
        self.refs
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, oid)| (name.as_str(), oid))
    }

    /// Takes a mark; marks nest.
    pub fn mark(&mut self) -> Mark {
        self.marks += 1;
        Mark(self.log.len())
    }

    /// Puts every ref back where it was at the mark.
    pub fn back_to(&mut self, mark: Mark) {
        while self.log.len() > mark.0 {
            let Some((name, old)) = self.log.pop() else { break };
            match old {
                Some(oid) => self.refs.insert(name, oid),
                None => self.refs.remove(&name),
            };
        }
        self.marks = self.marks.saturating_sub(1);
    }

    pub(super) fn all(&self) -> &BTreeMap<String, Oid> {
        &self.refs
    }
}

impl From<BTreeMap<String, Oid>> for RefTable {
    fn from(refs: BTreeMap<String, Oid>) -> Self {
        Self {
            refs,
            log: Vec::new(),
            marks: 0,
        }
    }
}

impl FromIterator<(String, Oid)> for RefTable {
    fn from_iter<I: IntoIterator<Item = (String, Oid)>>(refs: I) -> Self {
        refs.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::RefTable;
    use crate::model::Oid;

    fn oid(digit: char) -> Option<Oid> {
        Oid::parse(&digit.to_string().repeat(40))
    }

    #[test]
    fn marks_nest_and_go_back() {
        let mut table = RefTable::default();
        table.set("refs/heads/a", oid('1'));
        let outer = table.mark();
        table.set("refs/heads/a", oid('2'));
        let inner = table.mark();
        table.set("refs/heads/b", oid('3'));
        table.set("refs/heads/a", None);
        table.back_to(inner);
        assert_eq!((table.get("refs/heads/a"), table.get("refs/heads/b")), (oid('2').as_ref(), None));
        table.back_to(outer);
        assert_eq!(table.get("refs/heads/a"), oid('1').as_ref());
        assert_eq!(table.below("refs/heads/").count(), 1);
    }
}
