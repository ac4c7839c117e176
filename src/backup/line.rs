//! A backup's stream between a running server and the command, over the control socket.
//!
//! ```text
//! per part: kind 1 | length 4 | bytes      (1 bytes of the stream, 2 a step, 3 the end, 4 an error)
//! ```
//! The server reads its store on a thread of its own, that makes way for calls and rests as long as
//! the configuration says. A command that goes away or does not read ends it.

use std::{
    io::{self, BufReader, Read, Write},
    os::unix::net::UnixStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use parlor_data::{
    Store,
    backup::{Foot, Step, stream::EntryWriter},
};

use super::house::{Contents, House};

const BYTES: u8 = 1;
const STEP: u8 = 2;
const END: u8 = 3;
const ERROR: u8 = 4;
const PART_BYTES: usize = 64 * 1024;
/// A command that reads nothing for so long is given up.
const STUCK: Duration = Duration::from_secs(120);
/// Steps are sent this often.
const STEP_EVERY: Duration = Duration::from_millis(500);
/// Longest rest at once.
const REST_MAX: Duration = Duration::from_millis(200);

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Held while the server hands its store out.
pub struct Turn;

impl Turn {
    /// `None` while somebody else has it.
    pub fn take() -> Option<Self> {
        (!RUNNING.swap(true, Ordering::AcqRel)).then_some(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        RUNNING.store(false, Ordering::Release);
    }
}

/// Sends a backup of the running server down this line, on a thread of its own.
///
/// # Errors
/// When there is no thread to be had.
pub fn send(line: UnixStream, house: House, store: Store, contents: Contents) -> io::Result<()> {
    line.set_nonblocking(false)?;
    line.set_write_timeout(Some(STUCK))?;
    let run = move || {
        let mut line = line;
        let sent = match Turn::take() {
            Some(_turn) => fill(&mut line, &house, &store, contents),
            None => Err(anyhow::anyhow!(
                "another backup is being made; wait for its end"
            )),
        };
        let told = match &sent {
            Ok(foot) => part(
                &mut line,
                END,
                &serde_json::to_vec(foot).unwrap_or_default(),
            ),
            Err(error) => part(&mut line, ERROR, format!("{error:#}").as_bytes()),
        };
        match (sent, told) {
            (Ok(foot), Ok(())) => tracing::info!(
                seq = foot.seq,
                rows = foot.rows,
                "the store was handed out for a backup"
            ),
            (Err(error), _) => tracing::warn!("no backup was handed out: {error:#}"),
            (_, Err(error)) => tracing::warn!(%error, "nobody took the backup"),
        }
    };
    thread::Builder::new()
        .name("parlor-backup".into())
        .spawn(run)
        .map(drop)
}

fn fill(line: &mut UnixStream, house: &House, store: &Store, contents: Contents) -> Result<Foot> {
    make_way();
    let mut rest = Rest::new(house.busy_percent());
    let mut steps = line.try_clone()?;
    let mut told_at: Option<Instant> = None;
    let mut told = |step: Step| {
        rest.now_and_then();
        if told_at.is_none_or(|at| at.elapsed() >= STEP_EVERY) {
            told_at = Some(Instant::now());
            part(&mut steps, STEP, &serde_json::to_vec(&step)?)?;
        }
        Ok(())
    };
    let mut stream = EntryWriter::new(Parts {
        line,
        waiting: Vec::with_capacity(PART_BYTES),
    });
    let foot = house.fill(store, contents, &mut stream, &mut told)?;
    stream.finish()?.flush()?;
    Ok(foot)
}

/// Lets threads that serve people go first.
pub fn make_way() {
    if let Err(error) = parlor_turn::make_way() {
        tracing::debug!(%error, "a backup is scheduled as everything else is");
    }
}

/// Rests so that only a share of the time is worked.
pub struct Rest {
    percent: u32,
    worked_from: Instant,
}

impl Rest {
    /// Works for this share of the time, percent of one core.
    pub fn new(percent: u32) -> Self {
        Self {
            percent: percent.clamp(1, 100),
            worked_from: Instant::now(),
        }
    }

    /// Sleeps for as long as what was worked since the last rest asks for.
    pub fn now_and_then(&mut self) {
        if self.percent < 100 {
            let worked = self.worked_from.elapsed();
            thread::sleep((worked * (100 - self.percent) / self.percent).min(REST_MAX));
        }
        self.worked_from = Instant::now();
    }
}

/// Sends the stream in parts.
struct Parts<'a> {
    line: &'a mut UnixStream,
    waiting: Vec<u8>,
}

impl Write for Parts<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let take = bytes.len().min(PART_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..take]);
        if self.waiting.len() == PART_BYTES {
            self.flush()?;
        }
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            part(self.line, BYTES, &self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }
}

fn part(line: &mut UnixStream, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let mut head = [kind, 0, 0, 0, 0];
    head[1..].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    line.write_all(&head)?;
    line.write_all(bytes)
}

/// Writes what the server sends to `out`, and gives what it said at the end.
///
/// # Errors
/// When the server refuses or goes away, or `out` refuses.
pub fn receive(
    line: UnixStream,
    out: &mut impl Write,
    told: &mut dyn FnMut(Step) -> io::Result<()>,
) -> Result<Foot> {
    let gone = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            io::Error::other("the server went away before the backup was whole; nothing was kept")
        }
        _ => error,
    };
    let mut line = BufReader::with_capacity(2 * PART_BYTES, line);
    let mut bytes = Vec::new();
    loop {
        let mut head = [0; 5];
        line.read_exact(&mut head).map_err(gone)?;
        if head == *b"error" {
            bail!(
                "the running server is of an older version and makes no backups; restart it, or stop it first"
            );
        }
        let len = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if len > PART_BYTES {
            bail!("the server sent something that is not understood");
        }
        bytes.resize(len, 0);
        line.read_exact(&mut bytes).map_err(gone)?;
        match head[0] {
            BYTES => out.write_all(&bytes)?,
            STEP => told(serde_json::from_slice(&bytes)?)?,
            END => return Ok(serde_json::from_slice(&bytes)?),
            ERROR => bail!("the server says: {}", String::from_utf8_lossy(&bytes)),
            _ => bail!("the server sent something that is not understood"),
        }
    }
}
