//! What goes into the session machine and what comes out.

use crate::{
    event::Delivery,
    id::{LoginId, SessionId},
    time::{Millis, Timestamp},
};

/// One socket. Given out by the floors above, never used twice in one run of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

/// The clocks and bounds of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Silence after which a ping goes out.
    pub ping_every: Millis,
    /// Silence after which a socket is dead.
    pub dead_after: Millis,
    /// The same in a call.
    pub ping_every_in_call: Millis,
    /// Silence in a call after which the others are told.
    pub suspect_after_in_call: Millis,
    /// The same in a call.
    pub dead_after_in_call: Millis,
    /// How long a lost session is kept.
    pub resume_window: Millis,
    /// How long before its end a token is asked to be renewed.
    pub auth_warning: Millis,
    /// How long after its end a token is still borne.
    pub auth_grace: Millis,
    /// Most sessions of one user.
    pub devices_max: usize,
    /// Most events kept for one session.
    pub kept_events_max: usize,
    /// Most bytes kept for one session.
    pub kept_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ping_every: Millis::from_secs(25),
            dead_after: Millis::from_secs(60),
            ping_every_in_call: Millis::from_secs(10),
            suspect_after_in_call: Millis::from_secs(15),
            dead_after_in_call: Millis::from_secs(25),
            resume_window: Millis::from_secs(120),
            auth_warning: Millis::from_secs(60),
            auth_grace: Millis::from_secs(25),
            devices_max: 10,
            kept_events_max: 256,
            kept_bytes_max: 256 * 1024,
        }
    }
}

impl Limits {
    /// Silence after which a ping goes out.
    pub fn interval(&self, in_call: bool) -> Millis {
        if in_call {
            self.ping_every_in_call
        } else {
            self.ping_every
        }
    }

    /// Silence after which a socket is dead.
    pub fn dead(&self, in_call: bool) -> Millis {
        if in_call {
            self.dead_after_in_call
        } else {
            self.dead_after
        }
    }
}

/// A verified greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The socket.
    pub conn: ConnId,
    /// The device's own id.
    pub device: String,
    /// The login of the token.
    pub login: LoginId,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// What to go on with.
    pub resume: Option<Resume>,
    /// The id to use for a new session.
    pub fresh: SessionId,
    /// Hash of the next resume token.
    pub next_token: [u8; 32],
    /// Delays the first ping, so that not everybody is pinged at once after a restart.
    pub phase: Millis,
}

/// Proof of an earlier session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Which.
    pub session: SessionId,
    /// Hash of the token that was shown.
    pub token: [u8; 32],
    /// The highest number processed.
    pub last_seq: u64,
}

/// What happens to a user's sessions.
#[derive(Clone, Debug)]
pub enum Input<P> {
    /// A socket said hello; the token was verified.
    Hello(Hello),
    /// Any frame came in.
    Heard {
        /// From which socket.
        conn: ConnId,
        /// Processed up to this number.
        ack: Option<u64>,
    },
    /// A socket is gone.
    Cut {
        /// Which.
        conn: ConnId,
    },
    /// Tell one session, or all.
    Tell {
        /// Which; none tells all.
        to: Option<SessionId>,
        /// What.
        payload: P,
        /// Its size.
        bytes: usize,
        /// Whether it is numbered and kept.
        delivery: Delivery,
    },
    /// A fresh token of the same login came.
    AuthRefreshed {
        /// On which socket.
        conn: ConnId,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// A session entered or left a call.
    InCall {
        /// Which.
        session: SessionId,
        /// Entered.
        in_call: bool,
    },
    /// A login is over.
    Revoke {
        /// Which.
        login: LoginId,
    },
    /// Memory is short: give up a lost session.
    Evict {
        /// Which.
        session: SessionId,
    },
    /// The server stops.
    Drain,
    /// A deadline may have passed.
    Tick,
}

/// Why a session could not be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotResumed {
    /// Lost for too long, or given up for memory.
    Expired,
    /// Of an earlier run of the server. Told apart above: only who knows the run's name can.
    Epoch,
    /// Events were dropped unseen.
    Gap,
    /// Another login, or a wrong token.
    Unknown,
}

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bye {
    /// Nothing heard for too long.
    Timeout,
    /// The token ended.
    TokenExpired,
    /// A newer socket took over.
    Replaced,
    /// Too many devices; this is the oldest.
    TooManyDevices,
    /// The login is over.
    Revoked,
    /// The server stops.
    Restart,
    /// It does not read.
    SlowConsumer,
}

/// The answer to a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The session.
    pub session: SessionId,
    /// Whether it is an old one that goes on; else why not, if that was wanted.
    pub resumed: Result<(), Option<NotResumed>>,
    /// How many old events follow.
    pub replay: usize,
    /// The highest number given out.
    pub seq: u64,
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<P> {
    /// Greet.
    Welcome {
        /// On which socket.
        conn: ConnId,
        /// With what.
        welcome: Welcome,
    },
    /// Send an event.
    Send {
        /// On which socket.
        conn: ConnId,
        /// Its number.
        seq: Option<u64>,
        /// What.
        payload: P,
    },
    /// Ask for a sign of life.
    Ping {
        /// On which socket.
        conn: ConnId,
    },
    /// The token ends soon.
    AuthExpiring {
        /// On which socket.
        conn: ConnId,
        /// When.
        at: Timestamp,
    },
    /// The server stops.
    Draining {
        /// On which socket.
        conn: ConnId,
    },
    /// Close a socket.
    Bye {
        /// Which.
        conn: ConnId,
        /// Why.
        why: Bye,
    },
    /// A session's socket is lost or silent: its rooms keep the seat.
    Lost {
        /// Whose.
        session: SessionId,
    },
    /// A session's socket is back.
    Back {
        /// Whose.
        session: SessionId,
    },
    /// A session is over and cannot be resumed.
    Over {
        /// Which.
        session: SessionId,
        /// Because its login was revoked: its seats are lost too.
        revoked: bool,
    },
}
