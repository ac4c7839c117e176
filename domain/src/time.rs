//! Time: UTC instants in milliseconds. Zones exist only where slots are computed and times shown.

use std::{
    fmt,
    ops::{Add, Sub},
};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A length of time in milliseconds; never negative in rules, though the type allows it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `n` seconds.
    pub const fn from_secs(n: i64) -> Self {
        Self(n * 1_000)
    }

    /// `n` minutes.
    pub const fn from_mins(n: i64) -> Self {
        Self(n * 60_000)
    }

    /// `n` days of 24 hours.
    pub const fn from_days(n: i64) -> Self {
        Self(n * 86_400_000)
    }
}

impl Timestamp {
    /// The instant before every other.
    pub const MIN: Self = Self(i64::MIN);
    /// The instant after every other.
    pub const MAX: Self = Self(i64::MAX);

    /// Time since `earlier`; zero when `earlier` is later (a clock that stepped back).
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0).max(0))
    }
}

impl Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Millis> for Timestamp {
    type Output = Self;
    fn sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}
