//! A server that begins anew: it stops as when it is told to, and another process takes its place. So
//! changed settings come into force without anybody at a terminal.

use std::{
    env, io,
    os::unix::process::CommandExt,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::sync::Notify;

/// Asks for it, from anywhere.
#[derive(Clone)]
pub struct Again(Arc<Asked>);

struct Asked {
    wanted: AtomicBool,
    bell: Notify,
    began: SystemTime,
}

impl Again {
    /// Of a server that begins now.
    pub fn now() -> Self {
        Self(Arc::new(Asked {
            wanted: AtomicBool::new(false),
            bell: Notify::new(),
            began: SystemTime::now(),
        }))
    }

    /// Stop, and begin anew.
    pub fn ask(&self) {
        self.0.wanted.store(true, Ordering::Relaxed);
        self.0.bell.notify_one();
    }

    /// Whether that was asked for.
    pub fn wanted(&self) -> bool {
        self.0.wanted.load(Ordering::Relaxed)
    }

    /// A word that no other beginning has: process ids stay when a process takes its own place.
    pub fn word(&self) -> String {
        let since = self.0.began.duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{}-{}", std::process::id(), since.as_nanos())
    }

    pub(super) async fn asked(&self) {
        self.0.bell.notified().await;
    }
}

/// Begins anew in this process's place, or lets systemd do so, which holds the ports meanwhile. Returns
/// only when systemd does.
///
/// # Errors
/// When the program cannot be started.
pub fn begin() -> io::Result<()> {
    if env::var_os("NOTIFY_SOCKET").is_some() {
        return Ok(());
    }
    let mut words = env::args_os();
    // As it was called, so that a program that was exchanged meanwhile is the new one.
    let program = words.next().unwrap_or_else(|| "parlor".into());
    Err(Command::new(program).args(words).exec())
}
