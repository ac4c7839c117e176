//! How far long work is, in words on standard error: once a second on a terminal, every ten
//! seconds elsewhere.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use parlor_data::backup::Step;

/// Tells one piece of work.
pub struct Progress {
    every: Duration,
    told_at: Instant,
    terminal: bool,
    line: bool,
}

impl Progress {
    /// Work that begins now.
    pub fn new() -> Self {
        let terminal = io::stderr().is_terminal();
        Self {
            every: Duration::from_secs(if terminal { 1 } else { 10 }),
            told_at: Instant::now(),
            terminal,
            line: false,
        }
    }

    /// Work that nobody looks at.
    pub fn silent() -> Self {
        Self {
            every: Duration::MAX,
            ..Self::new()
        }
    }

    /// Says where it is, unless it did so just now. Never stops the work.
    pub fn tell(&mut self, step: Step) -> io::Result<()> {
        if self.told_at.elapsed() < self.every {
            return Ok(());
        }
        self.told_at = Instant::now();
        let words = match step {
            Step::Rows { done: 0, of } => format!("putting {of} rows together"),
            Step::Rows { done, of } => format!("{done} of about {of} rows so far"),
            Step::Tail { seq } => format!("what was written meanwhile, up to batch {seq}"),
            Step::Files { done } => format!("{done} files so far"),
        };
        let mut err = io::stderr().lock();
        if self.terminal {
            self.line = true;
            let _ = write!(err, "\r\x1b[K{words}");
            let _ = err.flush();
        } else {
            let _ = writeln!(err, "{words}");
        }
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.line {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

/// A size as people say it.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_said_as_people_say_them() {
        for (bytes, words) in [
            (7, "7 bytes"),
            (1_500, "1.5 kB"),
            (12_340_000, "12.3 MB"),
            (1_234_000_000, "1.23 GB"),
        ] {
            assert_eq!(super::bytes(bytes), words);
        }
    }
}
