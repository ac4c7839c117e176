//! The keys that rows are sealed with: where they lie, `parlor key`, and the thread that seals rows
//! anew. The file is `data`'s (`parlor_data::seal`); here is said only where it is, and that it must not
//! lie where the rows do. Never shows a key.

use std::{
    path::{Path, PathBuf, absolute},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use parlor_data::{KeyStatus, ReadError, Store};

use crate::{app, backup::line, cli::File, config::Config, control};

/// How often it is looked whether rows wait for another seal.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After the disk refused.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// Longest rest between two steps of a pass.
const REST_MAX: Duration = Duration::from_millis(200);
/// Each step is followed by a rest of so many times its own length.
const REST_TIMES: u32 = 3;

/// Where the keys of this data folder lie, or will.
pub fn file(config: &Config, data_dir: &Path) -> PathBuf {
    if !config.server.key_file.is_empty() {
        return PathBuf::from(&config.server.key_file);
    }
    let data_dir = data_dir
        .canonicalize()
        .or_else(|_| absolute(data_dir))
        .unwrap_or_else(|_| data_dir.to_owned());
    let mut name = data_dir.file_name().unwrap_or_default().to_owned();
    name.push("-key");
    data_dir.with_file_name(name).join("keys")
}

/// Keys that are there for looking at this data folder: its own, or else the server's, of whose folder
/// it may be a copy.
pub fn existing(config: &Config, data_dir: &Path) -> Option<PathBuf> {
    let own = Path::new(&config.server.data_dir);
    let places = [file(config, data_dir), file(config, own)];
    places.into_iter().find(|place| place.exists())
}

/// Refuses keys that lie among what they seal.
///
/// # Errors
/// When they do; the text says what to do.
pub fn stand_apart(key_file: Option<&Path>, data_dir: &Path) -> Result<()> {
    let Some(key_file) = key_file else {
        return Ok(());
    };
    let whole = absolute(key_file)?;
    // Of the folders above it as many as there are.
    let real = whole.ancestors().find_map(|it| it.canonicalize().ok());
    let inside = whole.starts_with(data_dir) || real.is_some_and(|it| it.starts_with(data_dir));
    ensure!(
        !inside,
        "the key file {} lies in the data folder {}, so that whoever takes the folder has the key, too; \
         name another place in server.key_file, and move the file there if it exists",
        key_file.display(),
        data_dir.display()
    );
    Ok(())
}

/// Begins to look for rows that are plain or sealed with an old key, on a thread that ends when the
/// store closes.
pub fn start(store: &Store) {
    let store = store.clone();
    let run = move || {
        line::make_way();
        loop {
            match store.needs_reseal() {
                Err(ReadError::Closed) => return,
                Ok(true) => {
                    if let Err(error) = pass(&store) {
                        tracing::warn!(%error, "rows wait for another seal");
                        thread::sleep(RETRY_AFTER);
                    }
                }
                Ok(false) | Err(_) => {}
            }
            thread::sleep(LOOK_EVERY);
        }
    };
    let started = thread::Builder::new().name("parlor-seal".into()).spawn(run);
    if let Err(error) = started {
        tracing::error!(%error, "rows keep their seals: there is no thread for it");
    }
}

/// One pass that takes a quarter of one core at most.
fn pass(store: &Store) -> Result<()> {
    let mut worked_from = Instant::now();
    let done = store.reseal(&mut || {
        thread::sleep((worked_from.elapsed() * REST_TIMES).min(REST_MAX));
        worked_from = Instant::now();
        true
    })?;
    if done.unreadable > 0 {
        bail!(
            "{} rows do not open with any key of the file; they stay as they are",
            done.unreadable
        );
    }
    tracing::info!(
        rows = done.sealed,
        "every row is sealed with the present key"
    );
    Ok(())
}

/// `parlor key`.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Say which keys there are, which rows need them, and how far a rotation is.
    Status(Which),
    /// Make a new key. All rows are sealed with it while the server goes on; the old one stays in the
    /// file for backups that were made before.
    Rotate(Which),
    /// Remove the keys that no row needs any more. Backups from before that do not carry their keys
    /// can then be read by nobody.
    Forget(Which),
}

/// Of which server.
#[derive(Args)]
pub struct Which {
    #[command(flatten)]
    file: File,
}

/// What is wanted of a server's keys.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Look.
    Status,
    /// A new one.
    Rotate,
    /// Only the new one.
    Forget,
}

/// Runs `parlor key`: by the running server, or in the store that none uses.
///
/// # Errors
/// When it was refused; the text says why.
pub fn run(command: &KeyCommand) -> Result<ExitCode> {
    let (step, which) = match command {
        KeyCommand::Status(which) => (Step::Status, which),
        KeyCommand::Rotate(which) => (Step::Rotate, which),
        KeyCommand::Forget(which) => (Step::Forget, which),
    };
    let config = which.file.load()?;
    let data_dir = PathBuf::from(&config.server.data_dir);
    let answer = match control::keys(&data_dir, step)? {
        Some(answer) => answer,
        None => offline(&config, &data_dir, step)?,
    };
    match serde_json::from_str::<KeyStatus>(&answer) {
        Ok(status) => print!("{}", words(&status)),
        Err(_) => println!("{answer}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn offline(config: &Config, data_dir: &Path, step: Step) -> Result<String> {
    let folder = data_dir.join("store");
    ensure!(
        folder.is_dir(),
        "{} holds no store; name the server's configuration with --config",
        data_dir.display()
    );
    app::owned(data_dir)?;
    let options = app::store_options(config, data_dir);
    let store = Store::open(&folder, options).context("the store cannot be opened")?;
    let store = store.store;
    let answer = match step {
        Step::Status => status(&store),
        Step::Rotate => rotate(&store).and_then(|_| {
            store.reseal(&mut || true)?;
            status(&store)
        }),
        Step::Forget => forget(&store),
    };
    store.close();
    answer
}

/// How the keys are, as JSON.
///
/// # Errors
/// When the key file or the store cannot be read.
pub fn status(store: &Store) -> Result<String> {
    let status = store.key_status()?.context("the store has no keys")?;
    Ok(serde_json::to_string(&status)?)
}

/// Makes a new key, and says how they are now.
///
/// # Errors
/// When the key file or the store refuses.
pub fn rotate(store: &Store) -> Result<String> {
    let key = store.rotate_key()?;
    tracing::info!(%key, "rows are sealed with a new key from now on");
    status(store)
}

/// Removes keys that no row needs, and says how they are now.
///
/// # Errors
/// When rows need them still, or the key file refuses.
pub fn forget(store: &Store) -> Result<String> {
    for key in store.forget_keys()? {
        tracing::info!(%key, "a key that no row needs was removed");
    }
    status(store)
}

/// What an operator reads.
fn words(status: &KeyStatus) -> String {
    let day = |ms: i64| {
        let at = Timestamp::from_millisecond(ms).unwrap_or_default();
        at.strftime("%Y-%m-%d").to_string()
    };
    let mut out = format!("{}\n", status.path.display());
    for (at, key) in status.keys.iter().enumerate() {
        let use_of_it = match (at, key.needed, key.unneeded_ms) {
            (0, ..) => "seals what is written".to_owned(),
            (_, true, _) => "opens rows that were not sealed anew yet".to_owned(),
            (_, false, Some(ms)) => format!(
                "no row needs it since {}; backups from before do (`parlor key forget` removes it)",
                day(ms.cast_signed())
            ),
            (_, false, None) => "no row of this database needs it".to_owned(),
        };
        out.push_str(&format!(
            "  {} of {}: {use_of_it}\n",
            key.id,
            day(key.made_ms)
        ));
    }
    out.push_str(&match (status.whole, status.pass) {
        (true, _) => "Every row is sealed with the first key.\n".to_owned(),
        (false, Some((seen, of))) => {
            format!(
                "Rows are being sealed with the first key: {seen} of about {of} were looked at.\n"
            )
        }
        (false, None) => {
            "Rows wait to be sealed with the first key; a running server does so by itself.\n"
                .into()
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lie_beside_the_data_and_never_in_it() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let data = home.join("data");
        std::fs::create_dir(&data).unwrap();
        let mut config = Config::default();
        let place = file(&config, &data);
        assert_eq!(place, home.join("data-key/keys"));
        stand_apart(Some(&place), &data).unwrap();
        assert_eq!(existing(&config, &data), None);

        std::os::unix::fs::symlink(&data, home.join("link")).unwrap();
        for inside in [
            "data/keys",
            "data/deep/er/keys",
            "link/keys",
            "link/new/keys",
        ] {
            let refused = stand_apart(Some(&home.join(inside)), &data).unwrap_err();
            assert!(refused.to_string().contains("server.key_file"), "{refused}");
        }
        config.server.key_file = home.join("elsewhere").to_string_lossy().into_owned();
        assert_eq!(file(&config, &data), home.join("elsewhere"));
    }
}
