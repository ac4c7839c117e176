//! The audit log on disk: records in one gap-free row of numbers, each linked to the one before by a
//! hash, with an index by person and by resource.
//!
//! **What is hashed.** A record's bytes are its row: the version byte, then its fields in the order of
//! `RecordRow` in postcard (integers as varints, signed ones zigzag; texts and lists with their length
//! before them; an option as 0, or 1 and the value). Its hash is SHA-256 over the hash before it (32 zero
//! bytes before the first) and these bytes. Another shape is another version, and old records keep theirs.
//!
//! A stored row is these bytes, then the hash: like every row it begins with a version, never with what is
//! random, which could look like a sealed one.
//!
//! **What is personal** (an address, words that somebody typed) is in a row of its own with a random salt;
//! the record holds only SHA-256(salt, value). So the value can be removed, and with the salt gone nobody
//! can find it again by trying, while the chain stays as it was.
//!
//! **The old** are removed from the front. A record `audit_purged` says first up to which number, and the
//! hash there; then the anchor moves with the removals, in the same batches. A chain begins at its anchor,
//! and the anchor must be one that a record of the chain promised.
//!
//! Must never edit a record. One writer appends (`services/audit_log`); a batch requires the head that it
//! was made from.

mod forget;
mod search;
#[cfg(test)]
mod tests;
mod verify;

use std::net::IpAddr;

use parlor_domain::{
    audit::{Attempt, Record, Resource, Who},
    id::UserId,
    identity::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

pub use forget::{
    Forgotten, count_addresses, count_before, forget_addresses, forget_person, purge, purge_up_to,
};
pub use search::{Found, search};
pub use verify::{Fault, Verified, verify};

use super::read::LoadError;
use crate::{
    batch::Batch,
    row::{Row, RowError},
    store::Store,
    tables::Table,
};

/// First byte of a row of what is personal.
const PERSONAL_VERSION: u8 = 1;
/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;
/// Changes that one record makes at most: itself, two personal rows, two people, a resource.
pub(super) const CHANGES_PER_RECORD: usize = 6;
/// Most records of one batch.
pub const RECORDS_PER_BATCH: usize = 64;

/// A place in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Number of a record; 0 before the first.
    pub seq: u64,
    /// Its hash.
    pub chain: [u8; 32],
}

/// What a record holds of something personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Personal {
    /// An address.
    Address = 1,
    /// Words.
    Words = 2,
}

/// A record that is to be appended.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What happened.
    pub attempt: Attempt,
    /// How often.
    pub times: u32,
    /// When for the last time.
    pub until: Timestamp,
    /// Salts for its address and its words: random, and used once.
    pub salts: [[u8; SALT_BYTES]; 2],
}

#[derive(Serialize, Deserialize)]
struct LinkRow {
    seq: u64,
    chain: [u8; 32],
}

impl LinkRow {
    const VERSION: u8 = 1;
}

#[derive(Serialize, Deserialize)]
pub(super) struct RecordRow {
    seq: u64,
    at: i64,
    until: i64,
    times: u32,
    who: u8,
    user: Option<[u8; 16]>,
    action: String,
    refused: Option<String>,
    kind: String,
    id: String,
    about: Option<[u8; 16]>,
    facts: Vec<(String, String)>,
    address: Option<[u8; 32]>,
    words: Option<[u8; 32]>,
}

impl Row for RecordRow {
    const TABLE: Table = Table::AuditRecords;
    const VERSION: u8 = 1;
}

const MALFORMED: RowError = RowError::Malformed {
    table: Table::AuditRecords,
    version: RecordRow::VERSION,
};

fn who_out(who: Who) -> (u8, Option<[u8; 16]>) {
    match who {
        Who::Nobody => (0, None),
        Who::House => (1, None),
        Who::Person(user, role) => {
            let kind = match role {
                Role::Guest => 2,
                Role::Client => 3,
                Role::Host => 4,
                Role::Admin => 5,
            };
            (kind, Some(*user.as_bytes()))
        }
    }
}

fn who_in(kind: u8, user: Option<[u8; 16]>) -> Option<Who> {
    let role = match kind {
        0 => return Some(Who::Nobody),
        1 => return Some(Who::House),
        2 => Role::Guest,
        3 => Role::Client,
        4 => Role::Host,
        5 => Role::Admin,
        _ => return None,
    };
    Some(Who::Person(UserId::from_bytes(user?), role))
}

fn address_bytes(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(it) => it.octets().to_vec(),
        IpAddr::V6(it) => it.octets().to_vec(),
    }
}

fn address_in(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

fn sha256(parts: [&[u8]; 2]) -> [u8; 32] {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        hash.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(hash.finish().as_ref());
    out
}

fn load_link(store: &Store, table: Table) -> Result<Link, LoadError> {
    let Some(bytes) = store.get(table, [])? else {
        return Ok(Link::default());
    };
    let unreadable = RowError::Malformed {
        table,
        version: LinkRow::VERSION,
    };
    let row: LinkRow = match bytes.split_first() {
        Some((&LinkRow::VERSION, body)) => crate::row::decode(table, LinkRow::VERSION, body)?,
        _ => return Err(unreadable.into()),
    };
    Ok(Link {
        seq: row.seq,
        chain: row.chain,
    })
}

fn link_bytes(table: Table, it: &Link) -> Result<Vec<u8>, RowError> {
    let row = LinkRow {
        seq: it.seq,
        chain: it.chain,
    };
    crate::row::encode(table, LinkRow::VERSION, &row)
}

/// The write happens only while this is the head or the anchor; a table without one stands at zero.
fn require(batch: Batch, table: Table, it: &Link) -> Result<Batch, RowError> {
    Ok(match it.seq {
        0 => batch.require_absent(table, []),
        _ => batch.require_equals(table, [], link_bytes(table, it)?),
    })
}

/// Where the log ends.
pub fn head(store: &Store) -> Result<Link, LoadError> {
    load_link(store, Table::AuditHead)
}

/// The last record that was removed for its age; where the log begins.
pub fn anchor(store: &Store) -> Result<Link, LoadError> {
    load_link(store, Table::AuditAnchor)
}

fn personal_key(what: Personal, seq: u64) -> [u8; 9] {
    let mut key = [0; 9];
    key[0] = what as u8;
    key[1..].copy_from_slice(&seq.to_be_bytes());
    key
}

fn person_prefix(user: &[u8; 16]) -> Vec<u8> {
    [&[1], user.as_slice()].concat()
}

fn resource_prefix(id: &str) -> Vec<u8> {
    [&[2], &sha256([id.as_bytes(), &[]])[..16]].concat()
}

fn indexed(prefix: &[u8], seq: u64) -> Vec<u8> {
    [prefix, &seq.to_be_bytes()].concat()
}

/// Every key under which a record is found.
fn index_keys(row: &RecordRow) -> Vec<Vec<u8>> {
    let mut people: Vec<[u8; 16]> = row.user.into_iter().chain(row.about).collect();
    people.dedup();
    let mut keys: Vec<_> = people
        .iter()
        .map(|user| indexed(&person_prefix(user), row.seq))
        .collect();
    if !row.id.is_empty() {
        keys.push(indexed(&resource_prefix(&row.id), row.seq));
    }
    keys
}

/// Appends records, at most [`RECORDS_PER_BATCH`]; the batch happens only while the log ends at `head`.
/// Gives where it ends then.
pub fn append(head: &Link, entries: &[Entry]) -> Result<(Batch, Link), RowError> {
    let mut batch = require(Batch::new(), Table::AuditHead, head)?;
    let mut last = *head;
    for entry in entries {
        let (it, seq) = (&entry.attempt, last.seq + 1);
        let seal = |salt: &[u8; SALT_BYTES], value: &[u8]| {
            let row = || [&[PERSONAL_VERSION], salt.as_slice(), value].concat();
            (!value.is_empty()).then(|| (sha256([salt, value]), row()))
        };
        let address = it.address.map(address_bytes).unwrap_or_default();
        let address = seal(&entry.salts[0], &address);
        let words = seal(&entry.salts[1], it.words.as_bytes());
        let (who, user) = who_out(it.who);
        let row = RecordRow {
            seq,
            at: it.at.0,
            until: entry.until.0,
            times: entry.times,
            who,
            user,
            action: it.action.word().into(),
            refused: it.refused.clone(),
            kind: it.resource.kind.clone(),
            id: it.resource.id.clone(),
            about: it.about.map(|user| *user.as_bytes()),
            facts: it.facts.clone(),
            address: address.as_ref().map(|(hash, _)| *hash),
            words: words.as_ref().map(|(hash, _)| *hash),
        };
        let bytes = row.to_bytes()?;
        last = Link {
            seq,
            chain: sha256([&last.chain, &bytes]),
        };
        let chained = [bytes.as_slice(), &last.chain].concat();
        batch = batch.put(Table::AuditRecords, seq.to_be_bytes(), chained);
        for key in index_keys(&row) {
            batch = batch.put(Table::AuditIndex, key, Vec::new());
        }
        for (what, value) in [(Personal::Address, address), (Personal::Words, words)] {
            if let Some((_, row)) = value {
                batch = batch.put(Table::AuditPersonal, personal_key(what, seq), row);
            }
        }
    }
    batch = batch.put(Table::AuditHead, [], link_bytes(Table::AuditHead, &last)?);
    Ok((batch, last))
}

/// A record's hash, its bytes, and what they say.
fn chained(row: &[u8]) -> Result<([u8; 32], &[u8], RecordRow), RowError> {
    let (bytes, chain) = row.split_last_chunk::<32>().ok_or(MALFORMED)?;
    Ok((*chain, bytes, RecordRow::from_bytes(bytes)?))
}

/// Salt and value of a row of what is personal.
fn salted(row: &[u8]) -> Option<(&[u8], &[u8])> {
    row.strip_prefix(&[PERSONAL_VERSION])?
        .split_at_checked(SALT_BYTES)
}

/// What is personal in a record, if it is still kept and is what the record says.
fn personal(
    store: &Store,
    what: Personal,
    seq: u64,
    sealed: Option<[u8; 32]>,
) -> Result<Option<Vec<u8>>, LoadError> {
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let row = store.get(Table::AuditPersonal, personal_key(what, seq))?;
    let value = row.as_deref().and_then(|row| {
        let (salt, value) = salted(row)?;
        (sha256([salt, value]) == sealed).then(|| value.to_vec())
    });
    Ok(value)
}

fn record_of(store: &Store, row: RecordRow) -> Result<Record, LoadError> {
    let address = personal(store, Personal::Address, row.seq, row.address)?;
    let words = personal(store, Personal::Words, row.seq, row.words)?;
    Ok(Record {
        seq: row.seq,
        at: Timestamp(row.at),
        until: Timestamp(row.until),
        times: row.times,
        who: who_in(row.who, row.user).ok_or(MALFORMED)?,
        action: row.action,
        refused: row.refused,
        resource: Resource {
            kind: row.kind,
            id: row.id,
        },
        about: row.about.map(UserId::from_bytes),
        facts: row.facts,
        address: address.as_deref().and_then(address_in),
        words: words.and_then(|words| String::from_utf8(words).ok()),
    })
}

fn load_row(store: &Store, seq: u64) -> Result<Option<RecordRow>, LoadError> {
    let row = store.get(Table::AuditRecords, seq.to_be_bytes())?;
    Ok(row.map(|row| chained(&row).map(|it| it.2)).transpose()?)
}

/// The record with this number.
pub fn record(store: &Store, seq: u64) -> Result<Option<Record>, LoadError> {
    load_row(store, seq)?
        .map(|row| record_of(store, row))
        .transpose()
}

/// The first number whose record is not before `at`; behind the last one when all are. Records are nearly in
/// the order of their times: what was folded stands up to a minute late.
fn first_since(store: &Store, at: Timestamp) -> Result<u64, LoadError> {
    let (mut low, mut high) = (anchor(store)?.seq + 1, head(store)?.seq + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let before = load_row(store, middle)?.is_none_or(|it| it.at < at.0);
        match before {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}
