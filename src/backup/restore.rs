//! `parlor restore` and `parlor backup verify`: a backup laid out, compared with what it says of
//! itself, and its books proven.

use std::{
    fs::{self, DirBuilder, File as OpenFile},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{self, ExitCode},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use parlor_data::{
    StoreOptions,
    backup::{
        restore::{self as layout, Restored},
        seal::SealReader,
        stream::EntryReader,
    },
    seal::key_file::KeyFile,
};

use super::{
    house::{House, KEYS},
    passphrase, say, words,
    words::Progress,
};
use crate::{app, books, cli::File, config::Config, seals};

/// Memory for the cache of a store that is only looked at, bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// What opens a backup.
#[derive(Args)]
struct Key {
    /// File whose first line is the passphrase of an encrypted backup.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

impl Key {
    fn words(&self) -> Result<Option<String>> {
        self.passphrase_file.as_deref().map(passphrase).transpose()
    }
}

/// How `restore` was asked to run.
#[derive(Args)]
pub struct RestoreArgs {
    /// The backup.
    backup: PathBuf,
    /// The data folder to make: empty, or not there yet.
    #[arg(long)]
    to: PathBuf,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    file: File,
}

/// How `backup verify` was asked to run.
#[derive(Args)]
pub struct VerifyArgs {
    /// The backup.
    backup: PathBuf,
    #[command(flatten)]
    key: Key,
    /// Folder with room for the temporary one; by default the backup's.
    #[arg(long)]
    room: Option<PathBuf>,
    #[command(flatten)]
    file: File,
}

/// Runs `parlor restore`.
///
/// # Errors
/// When nothing was restored; the text says why.
pub fn restore(arguments: &RestoreArgs) -> Result<ExitCode> {
    let config = arguments.file.load()?;
    let words = arguments.key.words()?;
    let started = Instant::now();
    let restored = lay_out(
        &config,
        &arguments.backup,
        words.as_deref(),
        &arguments.to,
        Progress::new(),
    )?;
    say(&report(&restored, started))?;
    if !restored.head.secrets {
        say(
            "The backup has no secrets: the server makes new ones at its start. Everybody must log \
             in again, and links in mails sent before are void, unless you copy the folder \"secrets\" \
             of the old data folder here first.",
        )?;
    }
    say(&bring_keys(&config, &arguments.to)?)?;
    books::verify(&config, Some(arguments.to.clone()))
}

/// Runs `parlor backup verify`.
///
/// # Errors
/// When the backup cannot be restored; the text says why.
pub fn verify(arguments: &VerifyArgs) -> Result<ExitCode> {
    let config = arguments.file.load()?;
    let words = arguments.key.words()?;
    let started = Instant::now();
    let restored = prove(
        &config,
        &arguments.backup,
        words.as_deref(),
        arguments.room.as_deref(),
        Progress::new(),
    )?;
    say(&report(&restored, started))?;
    say("Every digest is right, and the books are true.")?;
    Ok(ExitCode::SUCCESS)
}

/// Restores a backup into a temporary folder beside it, proves the books, and removes the folder.
///
/// # Errors
/// When any of it does not work; the text says what.
pub fn prove(
    config: &Config,
    backup: &Path,
    passphrase: Option<&str>,
    room: Option<&Path>,
    progress: Progress,
) -> Result<Restored> {
    let beside = backup.parent().filter(|it| !it.as_os_str().is_empty());
    let room = room.or(beside).unwrap_or(Path::new("."));
    let folder = Temporary::make(room)?;
    let restored = lay_out(config, backup, passphrase, &folder.0, progress)?;
    let store = folder.0.join("store");
    let own = folder.0.join(KEYS);
    let key_file = match own.exists() {
        true => Some(own),
        false => seals::existing(config, Path::new(&config.server.data_dir)),
    };
    let with_keys = StoreOptions {
        key_file,
        ..options(config)
    };
    let proven = match books::prove_folder(&store, with_keys) {
        // Of another database: what is not sealed can be proven all the same.
        Err(error) if error.is::<parlor_data::OpenError>() => {
            books::prove_folder(&store, options(config))
        }
        proven => proven,
    };
    if let Err(fault) = proven? {
        bail!("the books of the backup are not true: {fault}");
    }
    Ok(restored)
}

/// Makes a data folder of a backup, and gives what the backup says of itself; all of it was found true.
///
/// # Errors
/// When the backup is damaged, or the folder is not empty.
pub(crate) fn lay_out(
    config: &Config,
    backup: &Path,
    words: Option<&str>,
    to: &Path,
    mut progress: Progress,
) -> Result<Restored> {
    let file = OpenFile::open(backup).with_context(|| backup.display().to_string())?;
    let mut stream = EntryReader::new(SealReader::new(file, words)?);
    let mut told = |step| progress.tell(step);
    let restored = layout::restore(&mut stream, to, House::knows, options(config), &mut told)?;
    stream.into_inner().finish()?;
    Ok(restored)
}

/// Of a store that nobody else uses. Rows are copied as they are: that takes no key.
fn options(config: &Config) -> StoreOptions {
    StoreOptions {
        cache_bytes: CACHE_BYTES,
        free_bytes_min: 0,
        key_file: None,
        ..app::store_options(config, Path::new(&config.server.data_dir))
    }
}

/// Brings the keys to where the server of this data folder looks for them: those of the backup, or the
/// ones that this machine has. Says what was done, or what is to be done.
fn bring_keys(config: &Config, data_dir: &Path) -> Result<String> {
    let (inside, place) = (data_dir.join(KEYS), seals::file(config, data_dir));
    if inside.exists() {
        let brought = KeyFile::merge(&inside, &place);
        brought.with_context(|| {
            format!(
                "everything was restored, but its keys lie in {} still; move that file to {}",
                inside.display(),
                place.display()
            )
        })?;
        fs::remove_file(&inside)?;
        return Ok(format!(
            "The keys of the database are in {} (server.key_file).",
            place.display()
        ));
    }
    if let Some(known) = seals::existing(config, data_dir) {
        if known != place {
            KeyFile::merge(&known, &place)?;
        }
        return Ok(format!(
            "The backup has no keys: those of this machine are in {}.",
            place.display()
        ));
    }
    Ok(format!(
        "The backup has no keys: if its rows are sealed, bring the key file of the old machine to {} \
         before the server starts.",
        place.display()
    ))
}

fn report(restored: &Restored, started: Instant) -> String {
    let (head, foot) = (&restored.head, &restored.foot);
    format!(
        "Restored batch {} of {}: {} rows, {} files ({}), all as they were, in {:.1} s.",
        foot.seq,
        head.public_url,
        foot.rows,
        foot.files,
        words::bytes(foot.file_bytes),
        started.elapsed().as_secs_f64()
    )
}

/// A folder that is removed again; what a killed process left is removed by the next.
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Temporary {
    const BEGIN: &str = ".parlor-verify-";

    pub(crate) fn make(room: &Path) -> Result<Self> {
        let in_room = || room.display().to_string();
        for entry in fs::read_dir(room).with_context(in_room)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let left = name
                .strip_prefix(Self::BEGIN)
                .is_some_and(|pid| !Path::new("/proc").join(pid).exists());
            if left {
                fs::remove_dir_all(entry.path()).with_context(in_room)?;
            }
        }
        let path = room.join(format!("{}{}", Self::BEGIN, process::id()));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
