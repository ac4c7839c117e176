//! Why a service says no: one enum for all services, by cause. Words, status and codes of HTTP are
//! the web's business.

use parlor_data::{LoadError, RowError, WriteError};
use parlor_domain::{
    account::{self, BadField},
    invitation::NotRedeemed,
    meeting::{self, JoinState, Joinable},
    money::MilliCoins,
    time::{Millis, Timestamp},
};

use super::{ledger::PostError, passwords::Overloaded};
use crate::ports::NotIdentified;

/// Why a service says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// A field cannot be accepted.
    #[error(transparent)]
    BadField(#[from] BadField),
    /// The access token says nothing.
    #[error(transparent)]
    NotIdentified(#[from] NotIdentified),
    /// Address and password do not belong together. Says the same for an unknown address.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The password is right, and a code of the second factor is asked too.
    #[error("a second factor is needed")]
    SecondFactorNeeded,
    /// The code is wrong, too old, or was used.
    #[error("the code is wrong")]
    WrongCode,
    /// Too many wrong codes; this long until the next try.
    #[error("too many wrong codes")]
    TooManyGuesses(Millis),
    /// A refresh token is missing, over, or was shown twice.
    #[error("the login is over")]
    LoginOver,
    /// Not this person's.
    #[error("not allowed")]
    Forbidden,
    /// Only a host may do this.
    #[error("not a host")]
    NotHost,
    /// The terms or the privacy notice were not agreed to, or not as they are now.
    #[error("the terms were not agreed to")]
    AgreementNeeded,
    /// Sign-up is closed.
    #[error("sign-up is closed")]
    SignupClosed,
    /// There is no such thing, or this person must not know of it.
    #[error("not found")]
    NotFound,
    /// The link is unknown, used up, or over.
    #[error("the link is void")]
    LinkVoid,
    /// The join link is void for this reason.
    #[error(transparent)]
    NotRedeemed(#[from] NotRedeemed),
    /// The door is not open.
    #[error("the door is not open")]
    NotJoinable(Joinable),
    /// The thing is in a state that does not take this step.
    #[error("{0}")]
    OutOfTurn(String),
    /// No more people fit into the room.
    #[error("the room holds {0} people")]
    RoomHolds(usize),
    /// The idempotency key was used for another command.
    #[error("the idempotency key names another command")]
    KeyReused,
    /// Not enough coins.
    #[error("{0:?} are missing")]
    TooLittle(MilliCoins),
    /// Somebody else has this time. What is free near it, earliest first.
    #[error("the time is taken")]
    SlotTaken(Vec<Timestamp>),
    /// Of a series, these are taken.
    #[error("some of the times are taken")]
    SeriesTaken(Vec<Timestamp>),
    /// The client has something else at this time.
    #[error("the client has something else then")]
    ClientBusy,
    /// A client has as many bookings of a service ahead as one may have.
    #[error("a client may have {0} of these ahead")]
    TooManyAhead(u32),
    /// Somebody holds too many times at once, or too many are held with this host.
    #[error("too many times are held")]
    TooManyHolds,
    /// Somebody reported as many people as one may in a day.
    #[error("too many reports")]
    TooManyReports,
    /// What costs something is booked with an account only.
    #[error("this takes an account")]
    NeedsAccount,
    /// A file is larger than this, bytes.
    #[error("a file may have {0} bytes")]
    FileTooLarge(u64),
    /// Somebody's files take all the space that one person has, bytes.
    #[error("somebody's files may have {0} bytes")]
    FilesFull(u64),
    /// Somebody else changed it at the same moment, again and again.
    #[error("changed by somebody else")]
    Contended,
    /// Too much to do; come back.
    #[error("overloaded")]
    Overloaded,
    /// The disk takes nothing more at the moment; nothing was changed.
    #[error("nothing can be saved at the moment")]
    ReadOnly,
    /// The operator holds it back at the moment, and says so in these words, if in any.
    #[error("held back by the operator")]
    Maintenance(String),
    /// A gateway did not do what was asked.
    #[error(transparent)]
    Gateway(#[from] crate::gateways::Trouble),
    /// The store or a row is broken; the cause is for the operator.
    #[error("internal: {0}")]
    Internal(String),
}

impl ServiceError {
    /// `Ok` when the door is open.
    pub fn unless_open(joinable: Joinable) -> Result<(), Self> {
        match joinable.state {
            JoinState::Open => Ok(()),
            _ => Err(Self::NotJoinable(joinable)),
        }
    }
}

impl From<LoadError> for ServiceError {
    fn from(error: LoadError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<parlor_data::ReadError> for ServiceError {
    fn from(error: parlor_data::ReadError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<RowError> for ServiceError {
    fn from(error: RowError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<WriteError> for ServiceError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::PreconditionFailed { .. } => Self::Contended,
            WriteError::Busy => Self::Overloaded,
            WriteError::ReadOnly(_) => Self::ReadOnly,
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<PostError> for ServiceError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::TooLittle { missing, .. } => Self::TooLittle(MilliCoins(missing)),
            PostError::Repeated => Self::KeyReused,
            PostError::Stale => Self::Contended,
            PostError::Store(error) => error.into(),
            PostError::Load(error) => error.into(),
            PostError::Unbalanced => Self::Internal(error.to_string()),
        }
    }
}

impl From<Overloaded> for ServiceError {
    fn from(_: Overloaded) -> Self {
        Self::Overloaded
    }
}

impl From<account::OutOfTurn> for ServiceError {
    fn from(error: account::OutOfTurn) -> Self {
        Self::OutOfTurn(error.to_string())
    }
}

impl From<meeting::OutOfTurn> for ServiceError {
    fn from(error: meeting::OutOfTurn) -> Self {
        Self::OutOfTurn(error.to_string())
    }
}
