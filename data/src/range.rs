//! Which keys of a table a scan visits, and in which direction.

use std::ops::Bound;

use crate::{state::Bounds, tables::Table};

/// A range of keys within one table. Keys order as bytes, shorter before longer.
///
/// Reading on where the last page ended: `KeyRange::prefix(p).after(last_key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    lower: Bound<Vec<u8>>,
    upper: Bound<Vec<u8>>,
    pub(crate) reversed: bool,
}

impl KeyRange {
    /// The whole table.
    pub fn all() -> Self {
        Self::bounds(Bound::Unbounded, Bound::Unbounded)
    }

    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: impl AsRef<[u8]>) -> Self {
        let prefix = prefix.as_ref();
        let upper = match successor_of_prefix(prefix) {
            Some(end) => Bound::Excluded(end),
            None => Bound::Unbounded,
        };
        Self::bounds(Bound::Included(prefix.to_vec()), upper)
    }

    /// Keys from `first` (included) to `end` (excluded).
    pub fn between(first: impl AsRef<[u8]>, end: impl AsRef<[u8]>) -> Self {
        Self::bounds(
            Bound::Included(first.as_ref().to_vec()),
            Bound::Excluded(end.as_ref().to_vec()),
        )
    }

    /// Keys up to and including `last`, and everything that begins with it: for an index by time,
    /// `up_to(now)` is all that is due.
    pub fn up_to(last: impl AsRef<[u8]>) -> Self {
        let upper = match successor_of_prefix(last.as_ref()) {
            Some(end) => Bound::Excluded(end),
            None => Bound::Unbounded,
        };
        Self::bounds(Bound::Unbounded, upper)
    }

    /// Visits the keys from the last to the first.
    pub fn reverse(mut self) -> Self {
        self.reversed = !self.reversed;
        self
    }

    /// Begins after this key, in the direction of the scan: the cursor of the next page. Call it
    /// after [`reverse`](Self::reverse). A key outside the range never widens it.
    pub fn after(mut self, key: impl AsRef<[u8]>) -> Self {
        let key = key.as_ref();
        if self.reversed {
            if contains_upper(&self.upper, key) {
                self.upper = Bound::Excluded(key.to_vec());
            }
        } else if contains_lower(&self.lower, key) {
            self.lower = Bound::Excluded(key.to_vec());
        }
        self
    }

    fn bounds(lower: Bound<Vec<u8>>, upper: Bound<Vec<u8>>) -> Self {
        Self {
            lower,
            upper,
            reversed: false,
        }
    }

    /// The bounds among the engine's keys, which begin with the table's tag. `None` when nothing
    /// can lie between them (`BTreeMap` panics on such a range).
    pub(crate) fn tagged(&self, table: Table) -> Option<Bounds> {
        let tag = table.tag();
        let with_tag = |key: &[u8]| [&[tag], key].concat();
        let lower = match &self.lower {
            Bound::Unbounded => Bound::Included(vec![tag]),
            Bound::Included(key) => Bound::Included(with_tag(key)),
            Bound::Excluded(key) => Bound::Excluded(with_tag(key)),
        };
        let upper = match &self.upper {
            Bound::Unbounded => Bound::Excluded(vec![tag + 1]),
            Bound::Included(key) => Bound::Included(with_tag(key)),
            Bound::Excluded(key) => Bound::Excluded(with_tag(key)),
        };
        let empty = match (&lower, &upper) {
            (Bound::Included(low), Bound::Included(high)) => low > high,
            (
                Bound::Included(low) | Bound::Excluded(low),
                Bound::Included(high) | Bound::Excluded(high),
            ) => low >= high,
            _ => false,
        };
        (!empty).then_some((lower, upper))
    }
}

/// The smallest key greater than every key with this prefix; none if the prefix is all 0xff.
fn successor_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let keep = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=keep].to_vec();
    end[keep] += 1;
    Some(end)
}

fn contains_lower(lower: &Bound<Vec<u8>>, key: &[u8]) -> bool {
    match lower {
        Bound::Unbounded => true,
        Bound::Included(low) => key >= low.as_slice(),
        Bound::Excluded(low) => key > low.as_slice(),
    }
}

fn contains_upper(upper: &Bound<Vec<u8>>, key: &[u8]) -> bool {
    match upper {
        Bound::Unbounded => true,
        Bound::Included(high) => key <= high.as_slice(),
        Bound::Excluded(high) => key < high.as_slice(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        assert_eq!(successor_of_prefix(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(successor_of_prefix(b"a\xff"), Some(b"b".to_vec()));
        assert_eq!(successor_of_prefix(b"\xff\xff"), None);
        assert_eq!(successor_of_prefix(b""), None);
    }

    #[test]
    fn a_cursor_narrows_and_never_widens() {
        let range = KeyRange::prefix(b"b");
        assert_eq!(range.clone().after(b"a"), range);
        assert_ne!(range.clone().after(b"b1"), range);
        let back = range.reverse();
        assert_eq!(back.clone().after(b"c5"), back);
    }

    #[test]
    fn an_impossible_range_is_empty() {
        assert_eq!(KeyRange::between(b"b", b"a").tagged(Table::Probe), None);
        assert_eq!(
            KeyRange::prefix(b"b").after(b"c").tagged(Table::Probe),
            None
        );
        assert!(KeyRange::all().tagged(Table::Probe).is_some());
    }
}
