//! Proves the log: reads every record from the anchor to the head, and names the first that is wrong.
//! Others may go on writing, forgetting and removing meanwhile.

use parlor_domain::audit::Action;

use super::{
    Link, LoadError, Personal, RecordRow, anchor, chained, head, index_keys, personal_key, salted,
    sha256,
};
use crate::{range::KeyRange, store::Store, tables::Table};

/// Records read at once.
const PAGE: usize = 1_000;

/// What a true log adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Records that were read.
    pub records: u64,
    /// What was removed for its age, up to there.
    pub anchor: Link,
    /// Where it ends.
    pub head: Link,
    /// A hash that was looked for is the one of this record.
    pub held: Option<u64>,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The store could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A number is missing.
    #[error("record {0} is missing")]
    Missing(u64),
    /// The bytes are no record.
    #[error("record {0} cannot be read")]
    Unreadable(u64),
    /// It is not the record that was written, or one before it is not.
    #[error("record {0} was changed: its hash is not the one that was written with it")]
    Changed(u64),
    /// The address or the words beside it are not what was written.
    #[error("what is kept beside record {0} was changed")]
    Personal(u64),
    /// A search would not find it.
    #[error("record {0} is missing from the index")]
    Hidden(u64),
    /// The log does not end where its last record is.
    #[error("the log ends with record {found}, but its head names {named}")]
    Head {
        /// What the head says.
        named: u64,
        /// The last record.
        found: u64,
    },
    /// No record of the log says that the ones up to here were removed for their age.
    #[error("the records up to {0} were removed, and no record says so")]
    Anchor(u64),
}

/// Reads the whole log. `wanted`: the hash of a record that somebody wrote down, to be looked for.
/// `progress` is told the number of records read, page by page.
pub fn verify(
    store: &Store,
    wanted: Option<[u8; 32]>,
    mut progress: impl FnMut(u64),
) -> Result<Verified, Fault> {
    let end = head(store)?;
    let begin = anchor(store)?;
    let mut it = Verified {
        anchor: begin,
        head: end,
        held: (wanted == Some(begin.chain) && begin.seq > 0).then_some(begin.seq),
        ..Verified::default()
    };
    let mut at = begin;
    // The furthest removal that a record announces.
    let mut promised: Option<Promise> = None;
    while at.seq < end.seq {
        let range = KeyRange::all().after(at.seq.to_be_bytes());
        let rows = store
            .scan(Table::AuditRecords, range, PAGE)
            .map_err(LoadError::from)?;
        if rows.is_empty() {
            return Err(Fault::Missing(at.seq + 1));
        }
        for (key, bytes) in &rows {
            let wanted_seq = at.seq + 1;
            if key.as_ref() != wanted_seq.to_be_bytes() {
                // Or it was removed for its age just now.
                let now = anchor(store)?;
                if now.seq < wanted_seq {
                    return Err(Fault::Missing(wanted_seq));
                }
                (it.anchor, at) = (now, now);
                break;
            }
            let row = prove(store, &mut at, bytes)?;
            it.records += 1;
            if wanted == Some(at.chain) {
                it.held = Some(at.seq);
            }
            promised = Promise::of(&row).or(promised);
            if at.seq == end.seq {
                break;
            }
        }
        progress(it.records);
    }
    if at.seq == end.seq && at != end {
        return Err(Fault::Head {
            named: end.seq,
            found: at.seq,
        });
    }
    beyond(store, &end)?;
    let good = |it: &Promise| {
        it.up_to > begin.seq || (it.up_to == begin.seq && it.chain == hex(&begin.chain))
    };
    if begin.seq > 0 && !promised.as_ref().is_some_and(good) {
        return Err(Fault::Anchor(begin.seq));
    }
    Ok(it)
}

/// Nothing lies behind the head, unless it was written meanwhile.
fn beyond(store: &Store, end: &Link) -> Result<(), Fault> {
    let range = KeyRange::all().after(end.seq.to_be_bytes());
    let more = store
        .scan(Table::AuditRecords, range, 1)
        .map_err(LoadError::from)?;
    let now = head(store)?;
    match more.first() {
        Some((key, _)) if now.seq == end.seq => Err(Fault::Head {
            named: end.seq,
            found: key
                .last_chunk::<8>()
                .map_or(0, |it| u64::from_be_bytes(*it)),
        }),
        _ => Ok(()),
    }
}

struct Promise {
    up_to: u64,
    chain: String,
}

impl Promise {
    fn of(row: &RecordRow) -> Option<Self> {
        let fact = |name: &str| {
            let found = row.facts.iter().find(|(it, _)| it == name);
            found.map(|(_, value)| value.clone())
        };
        (row.action == Action::Purged.word()).then_some(())?;
        Some(Self {
            up_to: fact("upTo")?.parse().ok()?,
            chain: fact("hash")?,
        })
    }
}

/// A hash as people write it down.
fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|it| format!("{it:02x}")).collect()
}

/// One record after the one at `at`, with all that belongs to it; `at` is there then.
fn prove(store: &Store, at: &mut Link, bytes: &[u8]) -> Result<RecordRow, Fault> {
    let seq = at.seq + 1;
    let (hashed, stored) = bytes
        .split_last_chunk::<32>()
        .ok_or(Fault::Unreadable(seq))?;
    if sha256([&at.chain, hashed]) != *stored {
        return Err(Fault::Changed(seq));
    }
    let (_, _, row) = chained(bytes).map_err(|_| Fault::Unreadable(seq))?;
    if row.seq != seq {
        return Err(Fault::Changed(seq));
    }
    for (what, sealed) in [
        (Personal::Address, row.address),
        (Personal::Words, row.words),
    ] {
        let kept = store
            .get(Table::AuditPersonal, personal_key(what, seq))
            .map_err(LoadError::from)?;
        let Some(kept) = kept else { continue };
        let (salt, value) = salted(&kept).ok_or(Fault::Personal(seq))?;
        if sealed != Some(sha256([salt, value])) {
            return Err(Fault::Personal(seq));
        }
    }
    for key in index_keys(&row) {
        let found = store.get(Table::AuditIndex, key).map_err(LoadError::from)?;
        if found.is_none() && anchor(store)?.seq < seq {
            return Err(Fault::Hidden(seq));
        }
    }
    let chain = *stored;
    *at = Link { seq, chain };
    Ok(row)
}
