//! The operator's line into a running server: a Unix socket in the data folder, readable only by
//! the server's own user. The store belongs to one process, so whatever the command line wants of a
//! running server goes through here.

use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::{fs::MetadataExt, net::UnixStream},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    app::{self, Again},
    audit,
    backup::{
        house::{Contents, House},
        line,
    },
    doctor::Facts,
    retention, seals,
};
use parlor_actors::{
    alerts::{AlertDesk, Answer},
    clock::{Clock, SystemClock},
    services::Services,
};
use parlor_data::{
    Store,
    nouns::setting::{self, BackupNote},
};
use parlor_domain::{
    alert::Notice,
    audit::{Action, Attempt, Who},
};
use parlor_web::rest::admin::MaintenanceBody;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader as AsyncBufReader},
    net::{UnixListener, UnixStream as AsyncUnixStream},
};

const WAIT: Duration = Duration::from_secs(10);
/// A sweep goes through the whole store.
const RETENTION_WAIT: Duration = Duration::from_secs(600);
const BACKUP_WAIT: Duration = Duration::from_secs(300);
const MAINTENANCE: &str = "maintenance ";
const ADMIN_LINK: &str = "admin-link";
const FACTS: &str = "facts";
const RESET_SECOND_FACTOR: &str = "reset-second-factor ";
const BACKUP: &str = "backup";
const BACKUP_WITH_SECRETS: &str = "backup-with-secrets";
const BACKUP_OF_STORE: &str = "backup-of-store";
const BACKUP_WITH_KEYS: &str = "backup-with-keys";
const KEY_STATUS: &str = "key-status";
const KEY_ROTATE: &str = "key-rotate";
const KEY_FORGET: &str = "key-forget";
const NOTE_BACKUP: &str = "note-backup ";
const LAST_BACKUP: &str = "last-backup";
const RETENTION: &str = "retention";
const PURGE: &str = "purge";
const RESTART: &str = "restart";
const PROCESS: &str = "process";
const FIRST_ADMIN: &str = "first-admin";
/// What stands for no link.
const NONE: &str = "none";
const TEST_ALERTS: &str = "test-alerts";
const AUDIT: &str = "audit-verify";

/// What answers come from.
pub struct Line {
    /// Accounts.
    pub services: Services,
    /// What it says of itself; asked for each time, because a certificate may have come.
    pub facts: Box<dyn Fn() -> Facts>,
    /// The data folder.
    pub house: House,
    /// What is in it.
    pub store: Store,
    /// Ends this process so that another begins.
    pub again: Again,
    /// The ways to the operator.
    pub alerts: AlertDesk,
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Whether the process before this one ended without a stop, which leaves its socket behind. To be asked
/// while the store's lock is held, before this process listens.
pub fn was_cut_off(data_dir: &Path) -> bool {
    path(data_dir).exists()
}

/// Listens for as long as the runtime lives.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(data_dir: &Path, line: Line) -> io::Result<()> {
    let path = path(data_dir);
    // The store's lock is held, so a socket that exists is left from a process that is gone.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
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

/// Takes the socket away at a stop, while the store's lock is still held.
pub fn leave(data_dir: &Path) {
    if let Err(error) = std::fs::remove_file(path(data_dir)) {
        tracing::warn!(%error, "the control socket could not be removed; the next start takes this for a crash");
    }
}

async fn answer(stream: AsyncUnixStream, it: &Line) -> io::Result<()> {
    let mut stream = AsyncBufReader::new(stream);
    let mut command = String::new();
    stream.read_line(&mut command).await?;
    let line = match command.trim() {
        // Takes as long as it takes: the line goes to a thread of its own.
        command @ (BACKUP | BACKUP_OF_STORE | BACKUP_WITH_SECRETS | BACKUP_WITH_KEYS) => {
            let contents = match command {
                BACKUP_WITH_KEYS => Contents::Keys,
                BACKUP_WITH_SECRETS => Contents::Secrets,
                BACKUP_OF_STORE => Contents::Store,
                _ => Contents::Rows,
            };
            it.services.record(
                Attempt::new(Action::Exported, it.services.now())
                    .by(Who::House)
                    .on("Backup", ""),
            );
            let stream = stream.into_inner().into_std()?;
            return line::send(stream, it.house.clone(), it.store.clone(), contents);
        }
        command if let Some(noted) = command.strip_prefix(AUDIT) => {
            let (services, wanted) = (it.services.clone(), audit::hash(noted.trim()));
            actix_rt::spawn(async move {
                // What was recorded until now is to be proven, too; a full disk is no reason not to look.
                let settled = tokio::time::timeout(WAIT, services.audit_settled());
                drop(settled.await);
                let work = move || audit::prove(services.store(), wanted);
                let verdict = tokio::task::spawn_blocking(work).await;
                let verdict = verdict.map_err(io::Error::other);
                let line = match verdict.and_then(|it| Ok(serde_json::to_string(&it)?)) {
                    Ok(verdict) => format!("ok {verdict}\n"),
                    Err(error) => format!("error {error}\n"),
                };
                let _ = stream.get_mut().write_all(line.as_bytes()).await;
            });
            return Ok(());
        }
        command @ (RETENTION | PURGE) => {
            let (services, purge) = (it.services.clone(), command == PURGE);
            actix_rt::spawn(async move {
                let line = match retention::answer(&services, purge).await {
                    Ok(report) => serde_json::to_string(&report).map(|it| format!("ok {it}\n")),
                    Err(error) => Ok(format!("error {error}\n")),
                };
                // Whoever asked may be gone; the sweep is done all the same.
                let line = line.unwrap_or_else(|error| format!("error {error}\n"));
                let _ = stream.get_mut().write_all(line.as_bytes()).await;
            });
            return Ok(());
        }
        command if let Some(note) = command.strip_prefix(NOTE_BACKUP) => {
            match note_backup(&it.store, note).await {
                Ok(()) => "ok noted\n".into(),
                Err(error) => format!("error {error}\n"),
            }
        }
        KEY_STATUS => keys_of(&it.store, seals::status).await,
        KEY_ROTATE => keys_of(&it.store, seals::rotate).await,
        KEY_FORGET => keys_of(&it.store, seals::forget).await,
        LAST_BACKUP => {
            let last = setting::backup(&it.store).map_err(io::Error::other);
            match last.and_then(|last| Ok(serde_json::to_string(&last)?)) {
                Ok(last) => format!("ok {last}\n"),
                Err(error) => format!("error {error}\n"),
            }
        }
        command if let Some(wanted) = command.strip_prefix(MAINTENANCE) => {
            match maintenance(&it.services, wanted).await {
                Ok(standing) => format!("ok {standing}\n"),
                Err(error) => format!("error {error}\n"),
            }
        }
        PROCESS => format!("ok {}\n", it.again.word()),
        RESTART => {
            it.again.ask();
            format!("ok {}\n", it.again.word())
        }
        FIRST_ADMIN => match it.services.first_admin_link().await {
            Ok(link) => format!("ok {}\n", link.as_deref().unwrap_or(NONE)),
            Err(error) => format!("error {error}\n"),
        },
        ADMIN_LINK => match it.services.admin_link().await {
            Ok(link) => format!("ok {link}\n"),
            Err(error) => format!("error {error}\n"),
        },
        command if let Some(email) = command.strip_prefix(RESET_SECOND_FACTOR) => {
            match it.services.reset_second_factor(email).await {
                Ok(was_on) => format!("ok {was_on}\n"),
                Err(error) => format!("error {error}\n"),
            }
        }
        FACTS => match serde_json::to_string(&(it.facts)()) {
            Ok(facts) => format!("ok {facts}\n"),
            Err(error) => format!("error {error}\n"),
        },
        TEST_ALERTS => {
            let answers = it.alerts.test(Notice::test(SystemClock.now())).await;
            let answers: Vec<_> = answers.into_iter().map(in_words).collect();
            match serde_json::to_string(&answers) {
                Ok(answers) => format!("ok {answers}\n"),
                Err(error) => format!("error {error}\n"),
            }
        }
        _ => "error this server does not know the command; is it an older version?\n".into(),
    };
    stream.get_mut().write_all(line.as_bytes()).await
}

/// A way, and why it did not take a notice.
fn in_words((way, answer): (&'static str, Answer)) -> (&'static str, Option<String>) {
    match answer {
        Answer::Taken => (way, None),
        Answer::Later(why, _) | Answer::Never(why) => (way, Some(why)),
    }
}

/// A way to the operator, and why it does not work.
pub type Tried = (String, Option<String>);

/// Lets a running server try every way to its operator: each with the reason why it does not work;
/// `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn test_alerts(data_dir: &Path) -> io::Result<Option<Vec<Tried>>> {
    let line = ask(data_dir, TEST_ALERTS)?;
    line.map(|line| serde_json::from_str(&line).map_err(io::Error::other))
        .transpose()
}

/// Asks a running server for an admin link; `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn admin_link(data_dir: &Path) -> io::Result<Option<String>> {
    ask(data_dir, ADMIN_LINK)
}

/// Has a running server switch somebody's second factor off; `None` when none is running, otherwise
/// whether one was on.
///
/// # Errors
/// When a server runs, but does not answer or knows no such account.
pub fn reset_second_factor(data_dir: &Path, email: &str) -> io::Result<Option<bool>> {
    let line = ask(data_dir, &format!("{RESET_SECOND_FACTOR}{email}"))?;
    Ok(line.map(|was_on| was_on == "true"))
}

/// Lets a running server stop as it does when it is told to, and begin anew; gives the word of its
/// beginning before that, `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn restart(data_dir: &Path) -> io::Result<Option<String>> {
    ask(data_dir, RESTART)
}

/// The word of the beginning of the server that runs; `None` when none does.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn process(data_dir: &Path) -> io::Result<Option<String>> {
    ask(data_dir, PROCESS)
}

/// The link with which somebody becomes the first admin; `None` when there is one, or no server runs.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn first_admin(data_dir: &Path) -> io::Result<Option<String>> {
    Ok(ask(data_dir, FIRST_ADMIN)?.filter(|it| it != NONE))
}

/// Asks a running server about itself; `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn facts(data_dir: &Path) -> io::Result<Option<Facts>> {
    let line = ask(data_dir, FACTS)?;
    line.map(|line| serde_json::from_str(&line).map_err(io::Error::other))
        .transpose()
}

/// Asks a running server what it keeps, after a sweep if `purge`; `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn retention(data_dir: &Path, purge: bool) -> io::Result<Option<retention::Report>> {
    let command = match purge {
        true => PURGE,
        false => RETENTION,
    };
    let line = ask_within(data_dir, command, RETENTION_WAIT)?;
    line.map(|line| serde_json::from_str(&line).map_err(io::Error::other))
        .transpose()
}

/// Lets a running server prove its audit log, and look for a hash that was noted; `None` when none is
/// running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn audit(data_dir: &Path, holds: Option<&str>) -> io::Result<Option<audit::Verdict>> {
    let command = format!("{AUDIT} {}", holds.unwrap_or_default());
    let line = ask_within(data_dir, &command, RETENTION_WAIT)?;
    line.map(|line| serde_json::from_str(&line).map_err(io::Error::other))
        .transpose()
}

/// Asks a running server for a backup's stream, to be read by [`line::receive`]; `None` when none is
/// running.
///
/// # Errors
/// When a server runs, but cannot be asked.
pub fn backup(data_dir: &Path, contents: Contents) -> io::Result<Option<UnixStream>> {
    let Some(mut stream) = connect(data_dir)? else {
        return Ok(None);
    };
    let command = match contents {
        Contents::Keys => BACKUP_WITH_KEYS,
        Contents::Secrets => BACKUP_WITH_SECRETS,
        Contents::Rows => BACKUP,
        Contents::Store => BACKUP_OF_STORE,
    };
    writeln!(stream, "{command}")?;
    // Rows come all the time; a long silence is a server that hangs.
    stream.set_read_timeout(Some(BACKUP_WAIT))?;
    Ok(Some(stream))
}

/// `null` asks only.
async fn maintenance(services: &Services, wanted: &str) -> anyhow::Result<String> {
    let standing = match serde_json::from_str::<Option<MaintenanceBody>>(wanted)? {
        Some(wanted) => services.set_maintenance_by_hand(wanted.into()).await?,
        None => services.maintenance(),
    };
    Ok(serde_json::to_string(&MaintenanceBody::from(standing))?)
}

/// Turns the switch for maintenance of a running server, or asks how it stands; `None` when none is
/// running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn turn_maintenance(
    data_dir: &Path,
    wanted: Option<&MaintenanceBody>,
) -> io::Result<Option<MaintenanceBody>> {
    let line = ask(
        data_dir,
        &format!("{MAINTENANCE}{}", serde_json::to_string(&wanted)?),
    )?;
    line.map(|line| serde_json::from_str(&line).map_err(io::Error::other))
        .transpose()
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

/// What a running server says of its keys; `None` when none is running.
///
/// # Errors
/// When a server runs, but does not answer or refuses.
pub fn keys(data_dir: &Path, step: seals::Step) -> io::Result<Option<String>> {
    let command = match step {
        seals::Step::Status => KEY_STATUS,
        seals::Step::Rotate => KEY_ROTATE,
        seals::Step::Forget => KEY_FORGET,
    };
    ask(data_dir, command)
}

/// Writes block, which this thread must not.
async fn keys_of(store: &Store, act: fn(&Store) -> anyhow::Result<String>) -> String {
    let store = store.clone();
    let done = tokio::task::spawn_blocking(move || act(&store)).await;
    match done {
        Ok(Ok(words)) => format!("ok {words}\n"),
        Ok(Err(error)) => format!("error {error:#}\n"),
        Err(_) => "error it did not end well; look into the log\n".into(),
    }
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
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            // Its owner can be seen even where its inside cannot.
            let uid = std::fs::metadata(data_dir).map(|it| it.uid());
            Err(uid.map_or(error, |uid| {
                io::Error::new(io::ErrorKind::PermissionDenied, app::belongs(data_dir, uid))
            }))
        }
        Err(error) => Err(error),
    }
}

fn ask(data_dir: &Path, command: &str) -> io::Result<Option<String>> {
    ask_within(data_dir, command, WAIT)
}

fn ask_within(data_dir: &Path, command: &str, wait: Duration) -> io::Result<Option<String>> {
    let Some(mut stream) = connect(data_dir)? else {
        return Ok(None);
    };
    stream.set_read_timeout(Some(wait))?;
    writeln!(stream, "{command}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    match line.trim().split_once(' ') {
        Some(("ok", answer)) => Ok(Some(answer.into())),
        Some(("error", why)) => Err(io::Error::other(why.to_owned())),
        _ => Err(io::Error::other("the running server did not answer")),
    }
}
