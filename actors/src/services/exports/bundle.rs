//! The file of a copy: a zip that is written as a stream and sealed on its way to the disk, so that nothing
//! of it ever lies there in plain.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{self, Read, Write},
    path::Path,
};

use parlor_data::{
    backup::{BackupError, NewFile, seal::SealWriter},
    personal::{self, Entry, Export, MAP},
};
use parlor_domain::export::FileKey;
use serde_json::Value;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

/// Bytes of a file that are copied at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Counts what goes through.
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A file in the making. Nothing remains of one that is dropped.
pub(super) struct Bundle {
    zip: Box<ZipWriter<StreamWriter<Counted<SealWriter<NewFile>>>>>,
    /// How many rows each list has.
    rows: BTreeMap<&'static str, u64>,
    /// The list that is open.
    open: Option<&'static str>,
    files: u64,
}

impl Bundle {
    pub(super) fn begin(path: &Path, key: &FileKey) -> io::Result<Self> {
        let file = NewFile::create(path).map_err(of_disk)?;
        let sealed = SealWriter::with_key(file, &key.0)?;
        let counted = Counted {
            out: sealed,
            bytes: 0,
        };
        Ok(Self {
            zip: Box::new(ZipWriter::new_stream(counted)),
            rows: BTreeMap::new(),
            open: None,
            files: 0,
        })
    }

    /// Rows of a list, each a line; its file is begun with the first one.
    pub(super) fn rows(&mut self, list: &'static str, rows: &[Value]) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.open != Some(list) {
            self.start(&format!("{list}.jsonl"), CompressionMethod::Deflated)?;
            self.open = Some(list);
        }
        for row in rows {
            serde_json::to_writer(&mut self.zip, row)?;
            self.zip.write_all(b"\n")?;
        }
        *self.rows.entry(list).or_default() += rows.len() as u64;
        Ok(())
    }

    /// A file that the person gave.
    pub(super) fn file(&mut self, name: &str, mut content: fs::File) -> io::Result<()> {
        self.begin_file(name)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match content.read(&mut piece)? {
                0 => return Ok(()),
                count => self.zip.write_all(&piece[..count])?,
            }
        }
    }

    /// The same of what is in memory.
    pub(super) fn bytes(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.begin_file(name)?;
        self.zip.write_all(content)
    }

    fn begin_file(&mut self, name: &str) -> io::Result<()> {
        self.files += 1;
        // Most of them are packed already.
        self.start(&format!("files/{}", plain(name)), CompressionMethod::Stored)
    }

    fn start(&mut self, name: &str, how: CompressionMethod) -> io::Result<()> {
        self.open = None;
        let options = SimpleFileOptions::default().compression_method(how);
        Ok(self.zip.start_file(name, options)?)
    }

    /// Writes what the files mean, and makes it durable under its name; gives how long it is when it is
    /// open.
    pub(super) fn finish(mut self, site: &str, when: &str) -> io::Result<u64> {
        let words = readme(site, when, &self.rows, self.files);
        self.start("README.txt", CompressionMethod::Deflated)?;
        self.zip.write_all(words.as_bytes())?;
        let counted = self.zip.finish()?.into_inner();
        let file = counted.out.finish()?;
        file.finish().map_err(of_disk)?;
        Ok(counted.bytes)
    }
}

fn of_disk(error: BackupError) -> io::Error {
    match error {
        BackupError::File { cause, .. } | BackupError::Stream(cause) => cause,
        other => io::Error::other(other),
    }
}

/// A name that is one part of a path everywhere.
fn plain(name: &str) -> String {
    let bad = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let name: String = name.replace(bad, "_");
    match name.trim_matches('.') {
        "" => "unnamed".into(),
        trimmed => trimmed.to_owned(),
    }
}

/// What each list is.
fn told(entry: &Entry) -> Option<(&'static str, &'static str)> {
    match entry.export {
        Export::Told { list, .. } => Some((list, entry.table.info().row)),
        _ => None,
    }
}

fn readme(site: &str, when: &str, rows: &BTreeMap<&str, u64>, files: u64) -> String {
    let mut text = format!(
        "A copy of the data that {site} holds about one person, made on {when}.\n\n\
         Each file that ends with .jsonl is a list: one row to a line, each line a JSON object with\n\
         the parts of the row's key and the row itself. Times are in UTC. People, meetings and calls\n\
         are named by their numbers; sums are in thousandths of a coin.\n\n\
         What is in it\n-------------\n"
    );
    for (list, what) in MAP.iter().filter_map(told) {
        if let Some(count) = rows.get(list) {
            let _ = writeln!(text, "{list}.jsonl ({count}): {what}");
        }
    }
    if files > 0 {
        let _ = writeln!(text, "files/ ({files}): what was uploaded, as it was given");
    }
    text += "\nWhat there is nothing of\n------------------------\n";
    for (list, what) in MAP.iter().filter_map(told) {
        if !rows.contains_key(list) {
            let _ = writeln!(text, "{list}: {what}");
        }
    }
    text += "\nWhat is kept and is not in it\n-----------------------------\n";
    for it in MAP {
        if let Export::Kept(why) = it.export
            && it.whose != personal::Whose::Nobody
        {
            let _ = writeln!(text, "{}: {why}", it.table.info().row);
        }
    }
    text += "\nPasswords and other secrets are never in a copy, nor is what others said in confidence.\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_outside_leads_nowhere_else() {
        assert_eq!(plain("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(plain("C:\\a.txt"), "C__a.txt");
        assert_eq!(plain("..."), "unnamed");
        assert_eq!(plain("Brief an Müller.pdf"), "Brief an Müller.pdf");
    }

    #[test]
    fn the_words_beside_it_name_every_list_once() {
        let rows = BTreeMap::from([("account", 1), ("messages", 12)]);
        let words = readme("http://localhost", "today", &rows, 2);
        assert!(words.contains("messages.jsonl (12): a message"));
        for (list, _) in MAP.iter().filter_map(told) {
            let named = |line: &&str| {
                line.starts_with(&format!("{list}.jsonl ("))
                    || line.starts_with(&format!("{list}: "))
            };
            assert_eq!(words.lines().filter(named).count(), 1, "{list}");
        }
    }
}
