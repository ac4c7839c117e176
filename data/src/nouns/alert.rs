//! What the operator was told and is not over, kept over restarts. One row.

use parlor_domain::{
    alert::{Severity, Told, Topic},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::read::{self, LoadError};
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

const KEY: &str = "alerts_told";

/// Topic, severity, since, told at.
#[derive(Serialize, Deserialize)]
struct ToldRow(Vec<(String, u8, i64, i64)>);

impl Row for ToldRow {
    const TABLE: Table = Table::Settings;
    const VERSION: u8 = 1;
}

const SEVERITIES: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Error];

impl TryFrom<ToldRow> for Vec<Told> {
    type Error = RowError;

    /// A topic that this program does not know was another version's: nobody speaks of it any more.
    fn try_from(row: ToldRow) -> Result<Self, RowError> {
        let line = |(topic, severity, since, at): (String, u8, i64, i64)| {
            let severity = SEVERITIES.get(usize::from(severity)).copied();
            Some(Told {
                topic: Topic::from_word(&topic)?,
                severity: severity.unwrap_or(Severity::Error),
                since: Timestamp(since),
                at: Timestamp(at),
            })
        };
        Ok(row.0.into_iter().filter_map(line).collect())
    }
}

/// What was written last.
pub fn told(store: &Store) -> Result<Vec<Told>, LoadError> {
    let read = read::load::<ToldRow, Vec<Told>>(store, KEY)?;
    Ok(read.map(|read| read.value).unwrap_or_default())
}

/// Writes all of it.
pub fn keep(told: &[Told]) -> Result<Batch, RowError> {
    let line = |it: &Told| {
        let word = it.topic.word().to_owned();
        (word, it.severity as u8, it.since.0, it.at.0)
    };
    let row = ToldRow(told.iter().map(line).collect());
    Ok(Batch::new().put(Table::Settings, KEY, row.to_bytes()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_stands_until_it_is_over() {
        let store = Store::in_memory();
        assert_eq!(told(&store).unwrap(), []);
        let line = Told {
            topic: Topic::Mail,
            severity: Severity::Warning,
            since: Timestamp(1),
            at: Timestamp(2),
        };
        for all in [vec![line], vec![]] {
            store.write_blocking(keep(&all).unwrap()).unwrap();
            assert_eq!(told(&store).unwrap(), all);
        }
    }
}
