//! What the operator knows of one topic: all that must outlive a restart.

use super::{Severity, Topic};
use crate::time::Timestamp;

/// Something that was told as bad, and not yet as over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub topic: Topic,
    /// How bad it was said to be.
    pub severity: Severity,
    /// Since when it is bad.
    pub since: Timestamp,
    /// When it was told last.
    pub at: Timestamp,
}
