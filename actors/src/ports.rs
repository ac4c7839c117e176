//! The narrow doors between the realtime actors and the services, so that each is tested alone.

use std::{future::Future, pin::Pin};

use parlor_domain::{
    event::Event,
    id::{CallId, LoginId, MeetingId, RoomId, UserId},
    identity::{Identity, Role},
    time::{Millis, Timestamp},
};

/// A boxed future of a port.
pub type PortFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Who is this? Implemented by the accounts service.
pub trait Identify: Send + Sync {
    /// Verifies an access token (signature, audience, expiry, revoked login). No I/O beyond memory
    /// and point reads.
    fn identify(&self, access_token: &str, now: Timestamp) -> Result<Identity, NotIdentified>;
}

/// Why a token says nothing about its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// Not ours, damaged, or of a revoked login.
    #[error("the token is not valid")]
    Invalid,
    /// Ours, but over.
    #[error("the token has expired")]
    Expired,
}

/// May this person enter this room now? Implemented by the meetings service; the one function that
/// REST, WebSocket, pages and mails all ask (invariant 5).
pub trait Admit: Send + Sync {
    /// The seat of this person in this room, or why not.
    fn admit(&self, who: &Identity, room: RoomId, now: Timestamp) -> Result<Seat, Refusal>;
}

/// A person's right to a place in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The meeting that the room belongs to.
    pub meeting: MeetingId,
    /// Whether this person admits, removes and ends (the meeting's host; never "first to join").
    pub moderator: bool,
    /// Whether this person waits in the lobby until a moderator admits.
    pub waits: bool,
    /// The name that others see.
    pub name: String,
    /// The role that others see.
    pub role: Role,
    /// The rules of the room.
    pub policy: RoomPolicy,
}

/// The frozen rules of one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPolicy {
    /// Most people in the call at once.
    pub capacity: usize,
    /// How long the seat of a lost connection is kept.
    pub rejoin_grace: Millis,
    /// How long an empty room lives before the call ends (C05).
    pub empty_grace: Millis,
    /// How long somebody once admitted may come back without knocking.
    pub readmit: Millis,
    /// When nobody may enter any more.
    pub closes_at: Timestamp,
}

/// Why somebody may not enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such room.
    NotFound,
    /// Not a participant of the meeting.
    Stranger,
    /// The window opens then.
    TooEarly(Timestamp),
    /// The window closed then.
    TooLate(Timestamp),
    /// The meeting must be paid first.
    Unpaid,
    /// Cancelled, declined or completed.
    Over,
}

/// What happened in a room that the meeting's record must show. Implemented by the meetings
/// service; every entry is on disk when the future is ready.
pub trait MeetingLog: Send + Sync {
    /// Notes one fact.
    fn note(&self, meeting: MeetingId, fact: RoomFact) -> PortFuture<Result<(), NotNoted>>;
}

/// A fact of a room's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomFact {
    /// Somebody entered (attendance, R063).
    Entered(UserId, Timestamp),
    /// Somebody is gone.
    Left(UserId, Timestamp),
    /// Two people report connected media: the call began (C06).
    CallStarted(CallId, Timestamp),
    /// The call is over (C05: empty for the grace period, or ended by the host).
    CallEnded(CallId, Timestamp),
    /// The host ended it for everybody: besides the call, the appointment is over.
    EndedForAll(Timestamp),
}

/// The store refused or is gone; the fact stays queued with the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store did not take the entry")]
pub struct NotNoted;

/// Reaches people wherever they are connected. Implemented by the registry of user sessions.
pub trait Reach: Send + Sync {
    /// Tells every device of a user. Never blocks; a user without a device is skipped.
    fn tell(&self, user: UserId, event: Event);
    /// Ends every socket of a login with close code 4511 and revokes its relay credentials.
    fn revoke(&self, user: UserId, login: LoginId);
    /// Ends a room for everybody (meeting cancelled, moved or ended over REST).
    fn end_room(&self, room: RoomId);
}
