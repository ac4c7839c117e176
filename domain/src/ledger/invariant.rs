//! What is always true of the books, by the names under which metrics and reports speak of it.

/// One thing that always holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// All accounts of an asset add up to nothing.
    I1,
    /// No account of a person is below zero.
    I2,
    /// An account holds what its entries add up to.
    I3,
    /// Nothing is reserved for what is settled.
    I4,
    /// A call was charged what its billed seconds cost.
    I5,
    /// The host's part and the house's part are what was charged.
    I6,
    /// A call is settled once, a payment credited once, a refund sent once.
    I7,
    /// Entries are numbered without a gap, and none was changed.
    I8,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I6,
        Self::I7,
        Self::I8,
    ];

    /// The name in metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I5 => "I5",
            Self::I6 => "I6",
            Self::I7 => "I7",
            Self::I8 => "I8",
        }
    }
}
