//! Close codes: the verdict travels with the close. 40xx = come back (with backoff), 45xx = do
//! not come back by yourself.

/// What a client does after a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing; it is over.
    Stop,
    /// Connect again with backoff and resume.
    Reconnect,
    /// Get a fresh access token first, then connect again.
    RefreshThenReconnect,
    /// Ask the person to log in (or to use the join link) again.
    LogIn,
}

macro_rules! closes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $word:literal $then:ident;)*) => {
        /// Why the server closed a connection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Close { $($(#[$doc])* $name,)* }

        impl Close {
            /// All of them, in the order of the protocol document.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code of the close frame.
            pub const fn code(self) -> u16 {
                match self { $(Self::$name => $code,)* }
            }

            /// The reason text of the close frame.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What the client does next.
            pub const fn then(self) -> Then {
                match self { $(Self::$name => Then::$then,)* }
            }
        }
    };
}

closes! {
    /// Done; either side may say so.
    Normal = 1000 "normal" Stop;
    /// The peer broke RFC 6455.
    Protocol = 1002 "protocol error" Reconnect;
    /// A binary frame; this protocol is text.
    Unsupported = 1003 "text frames only" Reconnect;
    /// Text that is not UTF-8.
    BadText = 1007 "not UTF-8" Reconnect;
    /// A frame or message above 64 KiB, or too many fragments.
    TooBig = 1009 "message too big" Reconnect;
    /// Something of ours broke.
    Internal = 1011 "internal error" Reconnect;
    /// The server restarts; `server-draining` said when to come back.
    Restart = 1012 "service restart" Reconnect;
    /// Too many connections right now.
    TryLater = 1013 "try again later" Reconnect;
    /// No `hello` within 5 s, or nothing heard for the heartbeat's timeout.
    Timeout = 4008 "timeout" Reconnect;
    /// Too many frames, three times within 10 s.
    RateLimited = 4029 "rate limited" Reconnect;
    /// The connection does not read what it is sent; the session can be resumed.
    SlowConsumer = 4030 "slow consumer" Reconnect;
    /// The access token ended and no fresh one came.
    TokenExpired = 4031 "token expired" RefreshThenReconnect;
    /// The first frame was not a `hello`, or bad requests went on.
    BadRequest = 4500 "bad request" Stop;
    /// The token of `hello` says nothing about its bearer.
    Unauthenticated = 4501 "unauthenticated" LogIn;
    /// Known, but not allowed here.
    Forbidden = 4503 "forbidden" Stop;
    /// A newer connection of the same device took over.
    Replaced = 4509 "replaced" Stop;
    /// The same user connected too many devices; the oldest goes.
    TooManyDevices = 4510 "too many devices" Stop;
    /// The login was revoked (log-out, password change, admin).
    Revoked = 4511 "session revoked" LogIn;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_the_code_says_whether_to_come_back() {
        for close in Close::ALL {
            match close.code() {
                4000..=4499 => assert_ne!(close.then(), Then::Stop, "{close:?}"),
                4500..=4999 => assert!(
                    matches!(close.then(), Then::Stop | Then::LogIn),
                    "{close:?}"
                ),
                _ => {}
            }
        }
    }
}
