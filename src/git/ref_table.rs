//! Refs by full name, with marks to go back to: cheap whatever the number of refs.

use std::collections::BTreeMap;

use crate::model::Oid;

/// Refs and their values; what changes behind a mark can be taken back.
#[derive(Clone, Debug, Default)]
pub struct RefTable {
    refs: BTreeMap<String, Oid>,
    trail: Vec<(String, Option<Oid>)>,
    marks: usize,
}

/// A moment in the life of a [`RefTable`].
#[derive(Clone, Copy, Debug)]
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
            self.trail.push((name.to_owned(), old));
        }
    }

    /// Every ref with its value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Oid)> {
        self.refs.iter().map(|(name, oid)| (name.as_str(), oid))
    }

    /// Every ref below a prefix such as `refs/heads/`.
    pub fn below<'t>(&'t self, prefix: &'t str) -> impl Iterator<Item = (&'t str, &'t Oid)> {
        self.refs
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, oid)| (name.as_str(), oid))
    }

    /// Remembers this moment; every mark is given back to [`RefTable::rewind`], the newest first.
    pub fn mark(&mut self) -> Mark {
        self.marks += 1;
        Mark(self.trail.len())
    }

    /// Goes back to a mark.
    pub fn rewind(&mut self, mark: Mark) {
        self.marks = self.marks.saturating_sub(1);
        while self.trail.len() > mark.0 {
            let Some((name, old)) = self.trail.pop() else {
                break;
            };
            match old {
                Some(oid) => self.refs.insert(name, oid),
                None => self.refs.remove(&name),
            };
        }
        if self.marks == 0 {
            self.trail.clear();
        }
    }
}

impl FromIterator<(String, Oid)> for RefTable {
    fn from_iter<I: IntoIterator<Item = (String, Oid)>>(refs: I) -> Self {
        Self {
            refs: refs.into_iter().collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RefTable;
    use crate::model::Oid;

    #[test]
    fn marks_nest() {
        let oid = |c: char| Oid::parse(&c.to_string().repeat(40));
        let mut refs = RefTable::default();
        refs.set("a", oid('1'));
        let outer = refs.mark();
        refs.set("a", oid('2'));
        let inner = refs.mark();
        refs.set("a", None);
        refs.set("b", oid('3'));
        refs.rewind(inner);
        assert_eq!((refs.get("a").cloned(), refs.get("b")), (oid('2'), None));
        refs.rewind(outer);
        assert_eq!(refs.get("a").cloned(), oid('1'));
    }
}
