//! The store into a backup, while it is written to.
//!
//! First all rows as a snapshot has them, each as it was at some batch between two; then the
//! journal between these two, made anew so that it begins and ends there. Whoever lays both into a
//! folder and opens it gets the state after the second batch, proven by the digests in the journal.

use std::io::{self, Write};

use super::{BackupError, STORE, Step, Told, stream::EntryWriter};
use crate::{
    disk,
    journal::{
        frame::{FRAME_HEADER_BYTES, FrameBuilder, SEGMENT_HEADER_BYTES, SegmentHeader},
        tail::Tail,
    },
    migrate,
    recover::Paths,
    snapshot,
    state::{Meta, sled::SledState},
};

/// Writes the store's part of a backup; gives the batch and the digest that it ends with. The
/// journal must not lose files meanwhile.
pub(crate) fn copy<W: Write>(
    paths: &Paths,
    segment_bytes: u64,
    state: &SledState,
    out: &mut EntryWriter<W>,
    told: Told<'_>,
) -> Result<Meta, BackupError> {
    let meta = || Ok::<_, BackupError>(state.meta()?.unwrap_or_default());
    let first = meta()?;
    out.file(&format!("{STORE}/{}", migrate::FILE), false, |out| {
        out.write_all(migrate::text(migrate::VERSION).as_bytes())
    })?;
    let name = format!("{STORE}/snapshot/{:020}.snap", first.seq);
    let mut watch = |done| {
        let of = first.digest.rows.max(done);
        told(Step::Rows { done, of })
    };
    out.file(&name, false, |out| {
        let seq = || Ok(state.meta()?.unwrap_or_default().seq);
        snapshot::write_to(out, state, first.seq, seq, &mut watch).map(drop)
    })?;
    let last = meta()?;
    told(Step::Tail { seq: last.seq })?;
    copy_tail(paths, segment_bytes, (first, last), out, told)?;
    Ok(last)
}

fn copy_tail<W: Write>(
    paths: &Paths,
    segment_bytes: u64,
    (first, last): (Meta, Meta),
    out: &mut EntryWriter<W>,
    told: Told<'_>,
) -> Result<(), BackupError> {
    let mut tail = Tail::open(&paths.journal, first.seq, last.seq)?;
    let (mut next_seq, mut digest) = (first.seq + 1, first.digest);
    for number in 1.. {
        let header = SegmentHeader {
            salt: disk::random_u64()?,
            first_seq: next_seq,
            digest,
            at_ms: disk::unix_ms(),
        };
        out.file(&format!("{STORE}/journal/{number:08}.log"), true, |out| {
            out.write_all(&header.encode())?;
            let mut written = SEGMENT_HEADER_BYTES;
            let mut frame = FrameBuilder::default();
            while (written as u64) < segment_bytes
                && let Some((group, batches)) = tail.take()?
            {
                frame.clear();
                for changes in &batches {
                    frame.push(changes);
                }
                let bytes = frame.seal(header.salt, group.first_seq, group.digest, group.at_ms);
                out.write_all(bytes)?;
                written += bytes.len().max(FRAME_HEADER_BYTES);
                told(Step::Tail { seq: last.seq })?;
            }
            Ok::<_, io::Error>(())
        })?;
        match tail.peek()? {
            Some(group) => (next_seq, digest) = (group.first_seq, group.digest),
            None => break,
        }
    }
    Ok(())
}
