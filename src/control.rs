//! The operator's line into a running server: a Unix socket in the data folder, readable only by
//! the server's own user. The store belongs to one process, so whatever the command line wants of a
//! running server goes through here.

use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    backup::{house::House, line},
    doctor::RelayFacts,
};
use parlor_actors::services::Services;
use parlor_data::{
    Store,
    nouns::setting::{self, BackupNote},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader as AsyncBufReader},
    net::{UnixListener, UnixStream as AsyncUnixStream},
};

const WAIT: Duration = Duration::from_secs(10);
const BACKUP_WAIT: Duration = Duration::from_secs(300);
const ADMIN_LINK: &str = "admin-link";
const RELAY_FACTS: &str = "relay-facts";
const BACKUP: &str = "backup";
const BACKUP_WITH_SECRETS: &str = "backup-with-secrets";
const NOTE_BACKUP: &str = "note-backup ";
const LAST_BACKUP: &str = "last-backup";

/// What answers come from.
pub struct Line {
    /// Accounts.
    pub services: Services,
    /// The relay; asked for each time, because a certificate may have come.
    pub facts: Box<dyn Fn() -> RelayFacts>,
    /// The data folder.
    pub house: House,
    /// What is in it.
    pub store: Store,
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Listens until the returned task is dropped with its runtime.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(data_dir: &Path, line: Line) -> io::Result<()> {
    let path = path(data_dir);
    // The store's lock is held, so a socket that exists is left from a process that is gone.
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let listener = UnixListener::bind(&path)?;
    actix_rt::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let answered = tokio::time::timeout(WAIT, answer(stream, &line)).await;
                    if !matches!(answered, Ok(Ok(()))) {
                        tracing::warn!("a command on the control socket was not answered");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket cannot accept");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    });
    Ok(())
}

async fn answer(stream: AsyncUnixStream, it: &Line) -> io::Result<()> {
    let mut stream = AsyncBufReader::new(stream);
    let mut command = String::new();
    stream.read_line(&mut command).await?;
    let line = match command.trim() {
        // Takes as long as it takes: the line goes to a thread of its own.
        command @ (BACKUP | BACKUP_WITH_SECRETS) => {
            let secrets = command == BACKUP_WITH_SECRETS;
            let stream = stream.into_inner().into_std()?;
            return line::send(stream, it.house.clone(), it.store.clone(), secrets);
        }
        command if let Some(note) = command.strip_prefix(NOTE_BACKUP) => {
            match note_backup(&it.store, note).await {
                Ok(()) => "ok noted\n".into(),
                Err(error) => format!("error {error}\n"),
            }
        }
        LAST_BACKUP => {
            let last = setting::backup(&it.store).map_err(io::Error::other);
            match last.and_then(|last| Ok(serde_json::to_string(&last)?)) {
                Ok(last) => format!("ok {last}\n"),
                Err(error) => format!("error {error}\n"),
            }
        }
        ADMIN_LINK => match it.services.admin_link().await {
            Ok(link) => format!("ok {link}\n"),
            Err(error) => format!("error {error}\n"),
        },
        RELAY_FACTS => match serde_json::to_string(&(it.facts)()) {
            Ok(facts) => format!("ok {facts}\n"),
            Err(error) => format!("error {error}\n"),
        },
        _ => "error this server does not know the command; is it an older version?\n".into(),
    };
    stream.get_mut().write_all(line.as_bytes()).await
}

/// Asks a running server for an admin link; `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn admin_link(data_dir: &Path) -> io::Result<Option<String>> {
    ask(data_dir, ADMIN_LINK)
}

/// Asks a running server about its relay; `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn relay_facts(data_dir: &Path) -> io::Result<Option<RelayFacts>> {
    let line = ask(data_dir, RELAY_FACTS)?;
    line.map(|line| serde_json::from_str(&line).map_err(io::Error::other))
        .transpose()
}

/// Asks a running server for a backup's stream, to be read by [`line::receive`]; `None` when none is
/// running.
///
/// # Errors
/// When a server runs, but cannot be asked.
pub fn backup(data_dir: &Path, secrets: bool) -> io::Result<Option<UnixStream>> {
    let Some(mut stream) = connect(data_dir)? else {
        return Ok(None);
    };
    let command = match secrets {
        true => BACKUP_WITH_SECRETS,
        false => BACKUP,
    };
    writeln!(stream, "{command}")?;
    // Rows come all the time; a long silence is a server that hangs.
    stream.set_read_timeout(Some(BACKUP_WAIT))?;
    Ok(Some(stream))
}

async fn note_backup(store: &Store, note: &str) -> io::Result<()> {
    let note: BackupNote = serde_json::from_str(note)?;
    let batch = setting::note_backup(store, &note).map_err(io::Error::other)?;
    store.write(batch).await.map_err(io::Error::other)?;
    Ok(())
}

/// Tells a running server what became of a backup; `false` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn tell_backup(data_dir: &Path, note: &BackupNote) -> io::Result<bool> {
    let command = format!("{NOTE_BACKUP}{}", serde_json::to_string(note)?);
    Ok(ask(data_dir, &command)?.is_some())
}

/// Asks a running server what became of its last backup; `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn last_backup(data_dir: &Path) -> io::Result<Option<Option<BackupNote>>> {
    let line = ask(data_dir, LAST_BACKUP)?;
    line.map(|line| serde_json::from_str(&line).map_err(io::Error::other))
        .transpose()
}

fn connect(data_dir: &Path) -> io::Result<Option<UnixStream>> {
    match UnixStream::connect(path(data_dir)) {
        Ok(stream) => Ok(Some(stream)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn ask(data_dir: &Path, command: &str) -> io::Result<Option<String>> {
    let Some(mut stream) = connect(data_dir)? else {
        return Ok(None);
    };
    stream.set_read_timeout(Some(WAIT))?;
    writeln!(stream, "{command}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    match line.trim().split_once(' ') {
        Some(("ok", answer)) => Ok(Some(answer.into())),
        Some(("error", why)) => Err(io::Error::other(why.to_owned())),
        _ => Err(io::Error::other("the running server did not answer")),
    }
}
