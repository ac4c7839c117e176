//! Everything started and stopped in order; the only module that knows all floors.

use anyhow::Result;

use crate::config::Config;

/// What the command line asked for beyond the configuration.
#[derive(Clone, Copy)]
pub struct Mode {
    /// Mails are shown, loopback peers are relayed.
    pub development: bool,
    /// People and a meeting to try it with.
    pub demo: bool,
}

/// Runs until it is told to stop.
pub fn serve(_config: Config, _mode: Mode) -> Result<()> {
    Ok(())
}

/// A one-time link for an admin.
pub fn create_admin_link(_config: &Config) -> Result<String> {
    Ok(String::new())
}
