//! The record of what a process did to the files of one folder.

use std::{fs, io, path::Path};

/// One thing that happened, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file got a name; `inode` tells files apart while names change.
    Create { path: String, inode: u64 },
    /// A folder was made.
    MakeDir { path: String, inode: u64 },
    /// A file lost its name.
    Unlink { path: String },
    /// A folder was removed.
    RemoveDir { path: String },
    /// A file or folder changed its name.
    Rename { from: String, to: String },
    /// Bytes were written.
    Write {
        inode: u64,
        offset: u64,
        bytes: Vec<u8>,
    },
    /// A file was cut or extended with zeros.
    Truncate { inode: u64, len: u64 },
    /// A sync of a file or folder began; only what was written before it is promised.
    SyncBegin { inode: u64, token: u64 },
    /// The sync with this token returned without an error.
    SyncEnd { token: u64 },
    /// A batch was acknowledged.
    Acked { writer: u64, n: u64 },
}

impl Event {
    /// As bytes: kind, two numbers, two byte strings.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, a, b, x, y): (u8, u64, u64, &[u8], &[u8]) = match self {
            Event::Create { path, inode } => (0, *inode, 0, path.as_bytes(), b""),
            Event::MakeDir { path, inode } => (1, *inode, 0, path.as_bytes(), b""),
            Event::Unlink { path } => (2, 0, 0, path.as_bytes(), b""),
            Event::RemoveDir { path } => (3, 0, 0, path.as_bytes(), b""),
            Event::Rename { from, to } => (4, 0, 0, from.as_bytes(), to.as_bytes()),
            Event::Write {
                inode,
                offset,
                bytes,
            } => (5, *inode, *offset, bytes, b""),
            Event::Truncate { inode, len } => (6, *inode, *len, b"", b""),
            Event::SyncBegin { inode, token } => (7, *inode, *token, b"", b""),
            Event::SyncEnd { token } => (8, 0, *token, b"", b""),
            Event::Acked { writer, n } => (9, *writer, *n, b"", b""),
        };
        let mut out = vec![kind];
        for word in [a, b, x.len() as u64, y.len() as u64] {
            out.extend(word.to_le_bytes());
        }
        out.extend_from_slice(x);
        out.extend_from_slice(y);
        out
    }

    fn decode(rest: &mut &[u8]) -> Option<Self> {
        let kind = *rest.first()?;
        let word = |at: usize| {
            let bytes = rest.get(1 + 8 * at..9 + 8 * at)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        };
        let (a, b) = (word(0)?, word(1)?);
        let (x_len, y_len) = (word(2)? as usize, word(3)? as usize);
        let x = rest.get(33..33 + x_len)?;
        let y = rest.get(33 + x_len..33 + x_len + y_len)?;
        *rest = &rest[33 + x_len + y_len..];
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(match kind {
            0 => Event::Create {
                path: text(x),
                inode: a,
            },
            1 => Event::MakeDir {
                path: text(x),
                inode: a,
            },
            2 => Event::Unlink { path: text(x) },
            3 => Event::RemoveDir { path: text(x) },
            4 => Event::Rename {
                from: text(x),
                to: text(y),
            },
            5 => Event::Write {
                inode: a,
                offset: b,
                bytes: x.to_vec(),
            },
            6 => Event::Truncate { inode: a, len: b },
            7 => Event::SyncBegin { inode: a, token: b },
            8 => Event::SyncEnd { token: b },
            9 => Event::Acked { writer: a, n: b },
            _ => return None,
        })
    }
}

/// All events of a recording.
pub fn read(path: &Path) -> io::Result<Vec<Event>> {
    let bytes = fs::read(path)?;
    let mut rest = &bytes[..];
    let mut events = Vec::new();
    while let Some(event) = Event::decode(&mut rest) {
        events.push(event);
    }
    assert!(rest.is_empty(), "the recording has a strange end");
    Ok(events)
}
