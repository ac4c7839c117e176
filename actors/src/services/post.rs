//! The post office: whether the mail server can be reached, which the mailer notes and an admin sees.

use std::sync::Mutex;

use parlor_domain::{mail::Breaker, time::Timestamp};

use crate::mailer::NoLine;

/// What is known about the way to the mail server.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    breaker: Breaker,
    trouble: Option<NoLine>,
}

/// Shared by the mailer, which learns, and those who show it.
#[derive(Default)]
pub struct PostOffice(Mutex<Line>);

impl PostOffice {
    fn line(&self) -> std::sync::MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(|gone| gone.into_inner())
    }

    /// Whether a connection may be tried.
    pub(crate) fn allows(&self, now: Timestamp) -> bool {
        self.line().breaker.allows(now)
    }

    /// A connection stands.
    pub(crate) fn worked(&self) {
        *self.line() = Line::default();
    }

    /// There was none.
    pub(crate) fn failed(&self, why: NoLine, now: Timestamp) {
        let mut line = self.line();
        line.trouble = Some(why);
        line.breaker.failed(now);
        tracing::warn!(%why, "mails wait");
    }

    /// What is in the way and when the next connection is tried; `None` while all is well.
    pub fn trouble(&self) -> Option<(NoLine, Timestamp)> {
        let line = self.line();
        line.trouble.zip(line.breaker.closed_until())
    }
}
