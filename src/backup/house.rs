//! What belongs into a backup: the one list of what lies in a data folder.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use parlor_data::{
    Store,
    backup::{FOOT, FORMAT, Foot, HEAD, Head, STORE, Step, Told, stream::EntryWriter},
};

use crate::{
    config::{Config, SETUP_FILE},
    seals,
};

/// Folders beside the store whose files rows of the store name. A file in them never changes its
/// content: it is named by it.
pub const FOLDERS: [&str; 2] = ["pictures", "files"];
/// What the server made for itself and cannot make again so that links and logins stay valid.
pub const SECRETS: &str = "secrets";
/// The configuration as it was in force, for whoever sets up the new machine; only with the secrets.
pub const CONFIG: &str = "config-of-the-backup.toml";
/// The keys of sealed rows, from outside the data folder; only in an encrypted backup.
pub const KEYS: &str = "keys-of-the-database";
/// Copies of their data that people asked for. Not in a backup: they are gone within days, and everything
/// in them is in the rows.
pub const EXPORTS: &str = "exports";
/// What is in a data folder and in no backup: it is of one process or of one machine, or a backup.
const LEFT_OUT: [&str; 6] = [
    STORE,
    SETUP_FILE,
    "control.sock",
    "backups",
    EXPORTS,
    "lost+found",
];
/// Clocks of file systems tick this coarsely at most, in seconds.
const TICK_S: i64 = 3;
/// Deepest folder that is looked into.
const DEPTH_MAX: usize = 8;

/// How much of a data folder goes into a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contents {
    /// Rows alone: what an export is made of.
    Store,
    /// Rows and files.
    Rows,
    /// The secrets, too: links and logins go on elsewhere.
    Secrets,
    /// The keys of sealed rows, too. For encrypted backups only.
    Keys,
}

/// A server's data folder and what it says of itself.
#[derive(Clone)]
pub struct House {
    data_dir: PathBuf,
    public_url: String,
    config: String,
    key_file: PathBuf,
    busy_percent: u32,
}

impl House {
    /// Of this configuration, which may be of a server that runs elsewhere.
    pub fn new(config: &Config, data_dir: &Path, public_url: &str) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            public_url: public_url.to_owned(),
            config: toml::to_string(config).unwrap_or_default(),
            key_file: seals::file(config, data_dir),
            busy_percent: config.backup.processor_percent_max,
        }
    }

    /// Share of one core that copying may take, percent.
    pub fn busy_percent(&self) -> u32 {
        self.busy_percent
    }

    /// Whether an entry beside the store belongs into a data folder.
    pub fn knows(name: &str) -> bool {
        let top = name.split('/').next().unwrap_or_default();
        name == CONFIG
            || name == KEYS
            || (name.contains('/') && (FOLDERS.contains(&top) || top == SECRETS))
    }

    /// What lies in the data folder and is neither in a backup nor known to be left out.
    pub fn strangers(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.data_dir).into_iter().flatten().flatten();
        let names = entries.map(|it| it.file_name().to_string_lossy().into_owned());
        names
            .filter(|name| {
                let name = name.as_str();
                let known = FOLDERS.contains(&name) || LEFT_OUT.contains(&name);
                !(known || name == SECRETS || name == CONFIG || name.starts_with('.'))
            })
            .collect()
    }

    /// Writes everything into a stream. Files are copied before the rows and those that came since
    /// once more after them, so that whatever the rows name is there.
    ///
    /// # Errors
    /// When something cannot be read, or the stream refuses.
    pub fn fill<W: Write>(
        &self,
        store: &Store,
        contents: Contents,
        out: &mut EntryWriter<W>,
        told: Told<'_>,
    ) -> Result<Foot> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let head = Head {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            made_at_ms: now.as_millis() as u64,
            public_url: self.public_url.clone(),
            secrets: contents >= Contents::Secrets,
            keys: contents == Contents::Keys,
        };
        json(out, HEAD, &head)?;
        let mut files = Files {
            out,
            told,
            count: 0,
            bytes: 0,
        };
        let folders = match contents {
            Contents::Store => &[][..],
            _ => &FOLDERS[..],
        };
        for folder in folders {
            files.folder(&self.data_dir, folder, &|_| true, DEPTH_MAX)?;
        }
        let (seq, digest) = store.copy_into(files.out, files.told)?;
        let since = now.as_secs().cast_signed() - TICK_S;
        for folder in folders {
            files.folder(&self.data_dir, folder, &|it| it.ctime() >= since, DEPTH_MAX)?;
        }
        if contents >= Contents::Secrets {
            files.folder(&self.data_dir, SECRETS, &|_| true, DEPTH_MAX)?;
            files.text(CONFIG, &self.config)?;
        }
        if contents == Contents::Keys {
            // After the rows: none of them needs a key that is not in the file by now.
            let keys = fs::read_to_string(&self.key_file)
                .with_context(|| format!("the key file {}", self.key_file.display()))?;
            files.text(KEYS, &keys)?;
        }
        let foot = Foot {
            seq: seq.0,
            rows: digest.rows,
            sum: digest.sum,
            files: files.count,
            file_bytes: files.bytes,
        };
        json(out, FOOT, &foot)?;
        Ok(foot)
    }
}

fn json<W: Write>(out: &mut EntryWriter<W>, name: &str, it: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(it)?;
    out.file(name, false, |out| out.write_all(&text))?;
    Ok(())
}

/// Files on their way into a stream.
struct Files<'a, 't, W> {
    out: &'a mut EntryWriter<W>,
    told: Told<'t>,
    count: u64,
    bytes: u64,
}

impl<W: Write> Files<'_, '_, W> {
    /// All files below a folder that are wanted, however deep; none if there is no such folder.
    fn folder(
        &mut self,
        data_dir: &Path,
        name: &str,
        wanted: &dyn Fn(&Metadata) -> bool,
        depth: usize,
    ) -> Result<()> {
        let path = data_dir.join(name);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.with_context(|| path.display().to_string())?,
        };
        for entry in entries {
            let entry = entry.with_context(|| path.display().to_string())?;
            let file_name = entry.file_name();
            let file_name = file_name
                .to_str()
                .with_context(|| format!("{} has a file whose name is no text", path.display()))?;
            // Files in the making.
            if file_name.starts_with('.') {
                continue;
            }
            let name = format!("{name}/{file_name}");
            let kind = entry.file_type()?;
            if kind.is_dir() && depth > 0 {
                self.folder(data_dir, &name, wanted, depth - 1)?;
            } else if kind.is_file() {
                self.file(data_dir, &name, wanted)?;
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        data_dir: &Path,
        name: &str,
        wanted: &dyn Fn(&Metadata) -> bool,
    ) -> Result<()> {
        let path = data_dir.join(name);
        let mut file = match File::open(&path) {
            // Gone since: no row names it any more.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file.with_context(|| path.display().to_string())?,
        };
        if !wanted(&file.metadata()?) {
            return Ok(());
        }
        // Pictures and most files that people send are packed already.
        self.bytes += self.out.file(name, false, |out| {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok::<_, io::Error>(()),
                    len => out.write_all(&buffer[..len])?,
                }
            }
        })?;
        self.count += 1;
        (self.told)(Step::Files { done: self.count })?;
        Ok(())
    }

    fn text(&mut self, name: &str, text: &str) -> Result<()> {
        self.bytes += self
            .out
            .file(name, true, |out| out.write_all(text.as_bytes()))?;
        self.count += 1;
        Ok(())
    }
}
