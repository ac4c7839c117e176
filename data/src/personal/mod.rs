//! What lies where about people: one entry for every table of the store, and one class of data for
//! every entry. Retention, the report about it and the document about privacy are made from here.
//!
//! Must never miss a table: a test compares it with the catalogue ([`Table::ALL`]). Start reading at
//! [`map::MAP`].

pub mod forget;
pub mod map;
pub mod person;
pub mod stock;
pub mod tell;

pub use forget::forget;
pub use map::{CLASSES, MAP};
pub use person::{ERASED_NAME, Person, is_erased};
pub use stock::{Stock, stock};
pub use tell::tell;

use self::person::{Fate, Shown};
use crate::{nouns::LoadError, store::Store, tables::Table};

/// Whose data a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Nobody's: facts about the installation, or numbers that lead from one row to another.
    Nobody,
    /// One person's.
    One,
    /// Of several people together: a meeting, a message, a payment between two.
    Several,
}

impl Whose {
    /// The word in the document.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::One => "one person",
            Self::Several => "several people",
        }
    }
}

/// How long a class of data is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// For a time after it is done; the sweep's own table has the number under the class's word.
    Swept,
    /// As long as the account.
    Account,
    /// For ever, because of the law or because others rely on it; without a name once the person is
    /// erased.
    Ever,
    /// Until something happens; in words.
    Until(&'static str),
    /// The same, and no longer than its setting says; by default that says nothing.
    Limited(&'static str),
}

/// A class of data: what is kept equally long for the same reason.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// The word in reports, in the API and in the config's documentation.
    pub word: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// How long it is kept.
    pub keeps: Keeps,
    /// The setting that says so; empty where it is fixed.
    pub setting: &'static str,
}

/// How old a row is, as its key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// The key does not say it.
    Unsaid,
    /// An id that rises with time begins at this byte.
    Id(usize),
    /// An instant of eight bytes begins at this byte.
    Instant(usize),
}

/// Takes what is of a person out of a row, from store, person, key and row.
pub type Cut = fn(&Store, &Person, &[u8], &[u8]) -> Result<Fate, LoadError>;
/// Whether a person may read a row, from the same.
pub type May = fn(&Store, &Person, &[u8], &[u8]) -> Result<bool, LoadError>;

/// What an erasure does with a table.
#[derive(Clone, Copy, Debug)]
pub enum Erasure {
    /// Nothing: there is nothing of anybody in it.
    Nothing,
    /// Rows stay under the person's opaque number, for this reason.
    Kept(&'static str),
    /// Rows go in a way of the noun's own, which the erasure takes before: this is what goes.
    Apart(&'static str),
    /// Rows go whose key has the person's id at one of these bytes.
    Key(&'static [usize]),
    /// Rows go that begin with the person's id.
    Value,
    /// Rows go whose key begins with the person's address.
    Address,
    /// Rows go whose key ends with the id of a row of that table which is gone.
    IndexOf(Table),
    /// Rows go that are the id of a row of that table which is gone.
    WayTo(Table),
    /// Rows stay, and what is of the person in them goes.
    Cut(Cut),
    /// Rows of the person go.
    Drop(Cut),
}

impl Erasure {
    /// In words, for the document.
    pub fn words(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Kept(why) => format!("kept: {why}"),
            Self::Apart(what) => format!("erased: {what}"),
            Self::Cut(_) => "name and words taken out".into(),
            _ => "erased".into(),
        }
    }
}

/// Which rows of a table a person is given in an export.
#[derive(Clone, Copy, Debug)]
pub enum Find {
    /// Those whose key has the person's id at one of these bytes.
    Key(&'static [usize]),
    /// Those whose key begins with the person's address.
    Address,
    /// Those in which an id or the address of the person stands.
    Mention,
    /// Those that this says.
    May(May),
}

/// What an export does with a table.
#[derive(Clone, Copy, Debug)]
pub enum Export {
    /// Its rows are no more than a way to others, or not of people.
    Nothing,
    /// Its rows are not given, for this reason.
    Kept(&'static str),
    /// The rows are given.
    Told {
        /// The name of the list.
        list: &'static str,
        /// Which rows.
        find: Find,
        /// As what.
        shown: Shown,
        /// Fields that are left out: secrets, and what others said in confidence.
        without: &'static [&'static str],
    },
}

impl Export {
    /// In words, for the document.
    pub fn words(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Kept(why) => format!("no: {why}"),
            Self::Told { list, .. } => format!("`{list}`"),
        }
    }
}

/// What the map says about one table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which table.
    pub table: Table,
    /// Whose data it holds.
    pub whose: Whose,
    /// The word of its class.
    pub class: &'static str,
    /// How old its rows are.
    pub age: Age,
    /// What an erasure does.
    pub erasure: Erasure,
    /// What an export does.
    pub export: Export,
}

/// The entry of a table.
pub fn entry(table: Table) -> Option<&'static Entry> {
    MAP.iter().find(|it| it.table == table)
}

/// Every table that holds something of people, as the document about privacy shows it.
pub fn document() -> String {
    let mut text = String::from(
        "| table | what | of | in a copy | when a person is erased |\n|---|---|---|---|---|\n",
    );
    for it in MAP.iter().filter(|it| it.whose != Whose::Nobody) {
        let info = it.table.info();
        let (whose, fate) = (it.whose.word(), it.erasure.words());
        let (name, row, told) = (info.name, info.row, it.export.words());
        text += &format!("| `{name}` | {row} | {whose} | {told} | {fate} |\n");
    }
    text
}

/// The class with this word.
pub fn class(word: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|it| it.word == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_one_entry_and_every_entry_a_class() {
        let missing: Vec<_> = Table::ALL
            .iter()
            .filter(|table| entry(**table).is_none())
            .map(|table| table.info().name)
            .collect();
        assert!(
            missing.is_empty(),
            "say in data/src/personal/map.rs whose data these tables hold: {missing:?}"
        );
        assert_eq!(MAP.len(), Table::ALL.len(), "a table has two entries");
        for it in MAP {
            let name = it.table.info().name;
            assert!(class(it.class).is_some(), "no class {}", it.class);
            if it.whose == Whose::Nobody {
                continue;
            }
            assert!(
                !matches!(it.erasure, Erasure::Nothing),
                "{name}: say what an erasure does"
            );
            assert!(
                !matches!(it.export, Export::Kept("")),
                "{name}: say what an export does"
            );
        }
        for it in CLASSES {
            let twins = CLASSES.iter().filter(|other| other.word == it.word);
            assert_eq!(twins.count(), 1, "{}", it.word);
        }
    }
}
