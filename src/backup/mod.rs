//! `parlor backup`, `parlor restore`, `parlor backup verify`: the server's data in one file, and back.
//!
//! A running server hands its store out over the control socket as a stream (`line`); of a stopped
//! one the command reads it itself. What belongs into a backup is written in one place (`house`).
//! The command seals the stream, writes it under another name, syncs and renames it, so that a
//! backup is whole or not there. What lies in the folder for longer than it should goes afterwards
//! (`folder`). Never writes into the data folder of a server, except into an empty one.

mod folder;
pub mod house;
pub mod line;
pub(crate) mod restore;
pub mod schedule;
pub(crate) mod words;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Instant, SystemTime},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use parlor_data::{
    Store,
    backup::{Foot, NewFile, Step, seal::SealWriter, stream::EntryWriter},
    nouns::setting::{self, BackupNote},
};

use crate::{
    app,
    cli::File,
    config::{Config, secrets},
    control, seals,
};
use house::{Contents, House};
use words::Progress;

pub use restore::{RestoreArgs, restore};

/// How `backup` was asked to run.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BackupArgs {
    #[command(subcommand)]
    look: Option<Look>,
    #[command(flatten)]
    file: File,
    /// A folder, which gets a file named by the time and loses what is older than backup.keep_daily
    /// and backup.keep_weekly say; or a file that does not exist yet. By default backup.folder.
    #[arg(long)]
    to: Option<PathBuf>,
    /// File whose first line is the passphrase; by default backup.passphrase_file. An encrypted
    /// backup has the server's secrets and the database's keys in it: it is enough to go on elsewhere.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// Put the secrets into a backup that is not encrypted, too. The database's keys never are.
    #[arg(long)]
    with_secrets: bool,
    /// The data folder of a stopped server, or a copy of one; by default server.data_dir.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Do not restore the new backup into a temporary folder to see that it can be.
    #[arg(long)]
    no_verify: bool,
}

#[derive(Subcommand)]
enum Look {
    /// Restore a backup into a temporary folder, compare all digests, and prove the books.
    Verify(restore::VerifyArgs),
}

/// A finished backup.
struct Made {
    path: PathBuf,
    bytes: u64,
    foot: Foot,
    verified: bool,
    gone: Vec<PathBuf>,
}

/// Runs `parlor backup`.
///
/// # Errors
/// When no backup was made; the text says why.
pub fn run(arguments: BackupArgs) -> Result<ExitCode> {
    if let Some(Look::Verify(verify)) = arguments.look {
        return restore::verify(&verify);
    }
    let config = arguments.file.load()?;
    let own_dir = PathBuf::from(&config.server.data_dir);
    let data_dir = arguments.data.clone().unwrap_or_else(|| own_dir.clone());
    let began = SystemTime::now();
    let made = order(&arguments, &config)
        .and_then(|order| make_for_the_command(&order, &config, &data_dir));
    if data_dir == own_dir {
        let note = note(began, &made);
        tell(&config, &data_dir, &note).unwrap_or_else(|error| {
            eprintln!("parlor: what became of the backup could not be noted: {error:#}");
        });
    }
    let made = made?;
    for gone in &made.gone {
        say(&format!(
            "{} was removed; newer ones are enough.",
            gone.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What kind of backup is wanted.
struct Order {
    place: folder::Place,
    passphrase: Option<String>,
    contents: Contents,
    verify: bool,
}

/// The keys of sealed rows go nowhere in the clear.
fn contents(encrypted: bool, with_secrets: bool) -> Contents {
    match (encrypted, with_secrets) {
        (true, _) => Contents::Keys,
        (false, true) => Contents::Secrets,
        (false, false) => Contents::Rows,
    }
}

fn order(arguments: &BackupArgs, config: &Config) -> Result<Order> {
    let to = match (&arguments.to, config.backup.folder.as_str()) {
        (Some(to), _) => to.clone(),
        (None, "") => bail!("say where the backup goes: --to FOLDER, or backup.folder"),
        (None, folder) => PathBuf::from(folder),
    };
    let passphrase = match &arguments.passphrase_file {
        Some(path) => Some(passphrase(path)?),
        None => configured_passphrase(config)?,
    };
    Ok(Order {
        place: folder::Place::find(&to)?,
        contents: contents(passphrase.is_some(), arguments.with_secrets),
        passphrase,
        verify: !arguments.no_verify,
    })
}

fn configured_passphrase(config: &Config) -> Result<Option<String>> {
    let path = config.backup.passphrase_file.as_str();
    (!path.is_empty())
        .then(|| passphrase(Path::new(path)))
        .transpose()
}

fn make_for_the_command(order: &Order, config: &Config, data_dir: &Path) -> Result<Made> {
    let started = Instant::now();
    let mut progress = Progress::new();
    let mut told = |step| progress.tell(step);
    let mut made = make(order, |seal| {
        match control::backup(data_dir, order.contents)? {
            Some(line) => line::receive(line, seal, &mut told),
            None => offline(config, data_dir, order.contents, seal, &mut told),
        }
    })?;
    drop(progress);
    say(&format!(
        "{} holds {} rows and {} files, as of batch {}: {} in {:.1} s{}.",
        made.path.display(),
        made.foot.rows,
        made.foot.files,
        made.foot.seq,
        words::bytes(made.bytes),
        started.elapsed().as_secs_f64(),
        if order.contents >= Contents::Secrets {
            ""
        } else {
            "; without secrets, so links and logins of today will be void where it is restored"
        },
    ))?;
    if order.contents < Contents::Keys {
        say(&format!(
            "The key of the database is not in it, because it is not encrypted: without a copy of {} \
             nobody can read what it holds of people.",
            seals::file(config, data_dir).display()
        ))?;
    }
    finish(order, config, &mut made, Progress::new())?;
    if made.verified {
        say(
            "It was restored into a temporary folder: every digest is right and the books are true.",
        )?;
    }
    Ok(made)
}

/// Proves a new backup if that is wanted, and removes what it makes superfluous.
fn finish(order: &Order, config: &Config, made: &mut Made, progress: Progress) -> Result<()> {
    if order.verify {
        restore::prove(
            config,
            &made.path,
            order.passphrase.as_deref(),
            None,
            progress,
        )
        .context("the backup was made, but cannot be restored")?;
        made.verified = true;
    }
    made.gone = order.place.tidy(app::keep(config))?;
    Ok(())
}

fn note(began: SystemTime, made: &Result<Made>) -> BackupNote {
    let since = began.duration_since(SystemTime::UNIX_EPOCH);
    let words = |error: &anyhow::Error| format!("{error:#}").chars().take(500).collect();
    BackupNote {
        at_ms: since.map_or(0, |it| it.as_millis() as i64),
        problem: made.as_ref().err().map(words),
        bytes: made.as_ref().map_or(0, |it| it.bytes),
        verified: made.as_ref().is_ok_and(|it| it.verified),
        good_ms: None,
    }
}

/// Has it written down, by the running server or in the store that none uses.
fn tell(config: &Config, data_dir: &Path, note: &BackupNote) -> Result<()> {
    let store = data_dir.join("store");
    if control::tell_backup(data_dir, note)? || !store.is_dir() {
        return Ok(());
    }
    let options = app::store_to_look_at(config, data_dir);
    let store = Store::open(&store, options)?.store;
    store.write_blocking(setting::note_backup(&store, note)?)?;
    store.close();
    Ok(())
}

/// Makes a file of what `fill` writes.
fn make(
    order: &Order,
    fill: impl FnOnce(&mut SealWriter<NewFile>) -> Result<Foot>,
) -> Result<Made> {
    let path = order.place.new_file();
    let mut seal = SealWriter::new(NewFile::create(&path)?, order.passphrase.as_deref())?;
    let foot = fill(&mut seal)?;
    let bytes = seal.finish()?.finish()?;
    Ok(Made {
        path,
        bytes,
        foot,
        verified: false,
        gone: Vec::new(),
    })
}

/// Reads the store of a stopped server.
fn offline(
    config: &Config,
    data_dir: &Path,
    contents: Contents,
    out: &mut impl Write,
    told: &mut dyn FnMut(Step) -> io::Result<()>,
) -> Result<Foot> {
    let store_dir = data_dir.join("store");
    ensure!(
        store_dir.is_dir(),
        "{} holds no store; name the server's data folder with --data",
        data_dir.display()
    );
    let opened = Store::open(&store_dir, app::store_to_look_at(config, data_dir))
        .context("the store cannot be opened")?;
    let house = House::new(config, data_dir, &config.server.public_url);
    let mut stream = EntryWriter::new(out);
    let foot = house.fill(&opened.store, contents, &mut stream, told);
    opened.store.close();
    let foot = foot?;
    stream.finish()?;
    Ok(foot)
}

/// The first line of a file.
fn passphrase(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the passphrase file {} cannot be read", path.display()))?;
    let line = text.lines().next().unwrap_or_default().trim_end();
    ensure!(
        line.chars().count() >= secrets::PASSPHRASE_CHARS_MIN,
        "the passphrase in {} has fewer than {} characters; `openssl rand -base64 24` makes a good one",
        path.display(),
        secrets::PASSPHRASE_CHARS_MIN
    );
    Ok(line.to_owned())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
