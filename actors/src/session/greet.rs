//! The way in for sockets: a hello is verified here, on the socket's own thread, before any actor
//! is bothered; after that the socket has a [`Line`] to its user session.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parlor_domain::{
    audit::{Action, Attempt},
    id::{SessionId, UserId},
    session::{ConnId, Hello, Resume},
    time::Millis,
};
use ring::{
    digest,
    rand::{SecureRandom, SystemRandom},
};
use uuid::Uuid;

use super::{Connect, UserMsg};
use crate::{
    link::{Ask, Link},
    ports::NotIdentified,
    registry::{Hub, Realtime},
};

/// Bytes of a resume token's secret part.
const RESUME_SECRET_BYTES: usize = 16;

/// A socket's greeting, as it came.
#[derive(Clone, Debug)]
pub struct Greeted {
    /// The access token.
    pub token: String,
    /// The device's own id.
    pub device: String,
    /// Session id, resume token and highest number processed.
    pub resume: Option<(String, String, u64)>,
}

/// A verified socket's way to its user session.
#[derive(Clone)]
pub struct Line {
    hub: Arc<Hub>,
    user: UserId,
    conn: ConnId,
}

impl Realtime {
    /// Verifies a greeting and connects the socket. On success the welcome comes over the link.
    pub fn greet(
        &self,
        conn: ConnId,
        greeted: Greeted,
        link: Box<dyn Link>,
    ) -> Result<Line, NotIdentified> {
        let hub = &self.hub;
        let now = hub.now();
        let tried = Attempt::new(Action::Connected, now).from(link.address());
        let identity = match hub.ports.identify.identify(&greeted.token, now) {
            Ok(identity) => identity,
            Err(why) => {
                let word = match why {
                    NotIdentified::Invalid => "unauthorized",
                    NotIdentified::Expired => "token_expired",
                };
                hub.ports.witness.saw(tried.refused(word), None);
                return Err(why);
            }
        };
        hub.ports.witness.saw(tried.by(&identity), None);
        let user = identity.user;
        let (resume_token, next_token) = fresh_token(&hub.epoch);
        let wanted = greeted.resume;
        let other_epoch = wanted.as_ref().is_some_and(|(_, token, _)| {
            !token
                .strip_prefix(hub.epoch.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        });
        let resume = wanted
            .filter(|_| !other_epoch)
            .map(|(session, token, last)| Resume {
                // An id that is none cannot match; the machine then says "unknown".
                session: session.parse().unwrap_or(SessionId(Uuid::nil())),
                token: hash(&token),
                last_seq: last,
            });
        let hello = Hello {
            conn,
            device: greeted.device,
            login: identity.login,
            expires_at: identity.expires_at,
            resume,
            fresh: SessionId(Uuid::now_v7()),
            next_token,
            phase: phase(conn, hub.config.session.ping_every),
        };
        let connect = Connect {
            hello,
            identity,
            link,
            resume_token,
            other_epoch,
        };
        hub.to_user(user, UserMsg::Connect(Box::new(connect)));
        Ok(Line {
            hub: hub.clone(),
            user,
            conn,
        })
    }
}

impl Line {
    /// Carries a frame in.
    pub fn say(&self, ack: Option<u64>, id: Option<String>, ask: Option<Ask>) {
        let conn = self.conn;
        self.hub
            .to_living_user(self.user, UserMsg::Frame { conn, ack, id, ask });
    }

    /// The socket is gone.
    pub fn cut(&self) {
        self.hub.to_living_user(self.user, UserMsg::Cut(self.conn));
    }
}

/// A resume token and its hash. The run's name in front lets the next run tell "the server was
/// restarted" from "never heard of it".
fn fresh_token(epoch: &str) -> (String, [u8; 32]) {
    let mut secret = [0; RESUME_SECRET_BYTES];
    // A machine without randomness cannot serve at all.
    SystemRandom::new()
        .fill(&mut secret)
        .unwrap_or_else(|_| panic!("the system has no randomness"));
    let token = format!("{epoch}.{}", BASE64_URL_SAFE_NO_PAD.encode(secret));
    let hashed = hash(&token);
    (token, hashed)
}

fn hash(token: &str) -> [u8; 32] {
    let mut hashed = [0; 32];
    hashed.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    hashed
}

/// Spreads first pings evenly: consecutive sockets are a golden section of the interval apart.
fn phase(conn: ConnId, interval: Millis) -> Millis {
    let step = conn.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    Millis(i64::try_from(step).unwrap_or(0) % interval.0.max(1))
}
