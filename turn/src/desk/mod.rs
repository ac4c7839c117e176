//! The control plane of one shard: takes a request, gives the answer, changes the data plane through
//! [`DataPlane`]. It opens no socket, reads no clock and sends nothing; start reading at
//! [`Desk::answer`]. One file per method, with the steps of the RFC in their order.

mod allocate;
mod authenticate;
mod binding;
mod channel_bind;
mod create_permission;
mod peer;
mod refresh;

pub use binding::answer_binding;

use std::{net::SocketAddr, sync::Arc};

use stun::{
    error_code::{CODE_ALLOC_MISMATCH, CODE_UNKNOWN_ATTRIBUTE, CODE_WRONG_CREDENTIALS, ErrorCode},
    integrity::MessageIntegrity,
    message::{
        METHOD_ALLOCATE, METHOD_BINDING, METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION,
        METHOD_REFRESH, Method,
    },
    uattrs::UnknownAttributes,
};

use crate::{
    counters::Counters,
    gate::Challenges,
    nonce::Nonces,
    plane::{DataPlane, Now, Path, Slot},
    shared::Shared,
    sys::address::FiveTuple,
    wire::{reply::Reply, request::Request},
};

/// Seconds that a permission lives (RFC 8656 section 9).
const PERMISSION_SECONDS: u64 = 300;
/// Seconds that a channel lives (RFC 8656 section 12).
const CHANNEL_SECONDS: u64 = 600;

/// Where a request came from.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    pub five: FiveTuple,
    pub client: SocketAddr,
    pub path: Path,
}

impl Source {
    fn is_stream(&self) -> bool {
        matches!(self.path, Path::Stream(_))
    }
}

/// An answer, and whether its request proved credentials.
pub(crate) struct Answer {
    pub bytes: Vec<u8>,
    pub authenticated: bool,
}

/// The control plane of one shard.
pub(crate) struct Desk {
    shared: Arc<Shared>,
    counters: Arc<Counters>,
    nonces: Nonces,
    challenges: Challenges,
}

/// A request whose sender has proved who it is.
struct Authentic<'a> {
    request: &'a Request,
    source: Source,
    username: &'a str,
    call: &'a str,
    participant: &'a str,
    credential_ends: u64,
    key: MessageIntegrity,
}

/// What a handler decided.
type Outcome = Result<Reply, ErrorCode>;

impl Desk {
    pub fn new(shared: Arc<Shared>, counters: Arc<Counters>) -> Desk {
        let challenges = Challenges::new(shared.config.limits.challenges_per_second);
        Desk {
            nonces: shared.nonces.clone(),
            shared,
            counters,
            challenges,
        }
    }

    /// Answers a STUN message, or not: indications, responses and nonsense get nothing.
    pub fn answer(
        &mut self,
        bytes: &[u8],
        source: Source,
        plane: &mut dyn DataPlane,
        now: Now,
    ) -> Option<Answer> {
        let Some(mut request) = Request::parse(bytes) else {
            self.counters.malformed.one();
            return None;
        };
        let method = request.method();
        if method == METHOD_BINDING {
            let bytes = self
                .not_understood(&request, None)
                .unwrap_or_else(|| binding::answer(&request, source));
            return Some(Answer {
                bytes,
                authenticated: false,
            });
        }
        if ![
            METHOD_ALLOCATE,
            METHOD_REFRESH,
            METHOD_CREATE_PERMISSION,
            METHOD_CHANNEL_BIND,
        ]
        .contains(&method)
        {
            // RFC 8489 section 6.3: an unknown method is discarded.
            self.counters.malformed.one();
            return None;
        }
        let who = match self.authenticate(&mut request, source, plane, now) {
            Ok(who) => who,
            Err(refusal) => {
                let bytes = self.refuse_stranger(&request, source, refusal, now)?;
                return Some(Answer {
                    bytes,
                    authenticated: false,
                });
            }
        };
        let bytes = self.answer_authentic(method, &request, who, source, plane, now);
        Some(Answer {
            bytes,
            authenticated: true,
        })
    }

    fn answer_authentic(
        &mut self,
        method: Method,
        request: &Request,
        who: authenticate::Identity,
        source: Source,
        plane: &mut dyn DataPlane,
        now: Now,
    ) -> Vec<u8> {
        if let Some(refusal) = self.not_understood(request, Some(&who.key)) {
            return refusal;
        }
        let authentic = Authentic {
            request,
            source,
            username: &who.username,
            call: &who.call,
            participant: &who.participant,
            credential_ends: who.expires,
            key: who.key,
        };
        let outcome = match method {
            METHOD_ALLOCATE => return self.allocate(&authentic, plane, now),
            METHOD_REFRESH => self.refresh(&authentic, plane, now),
            METHOD_CREATE_PERMISSION => self.create_permission(&authentic, plane, now),
            _ => self.channel_bind(&authentic, plane, now),
        };
        self.finish(&authentic, outcome)
    }

    /// Signs an outcome.
    fn finish(&self, who: &Authentic<'_>, outcome: Outcome) -> Vec<u8> {
        let reply = outcome.unwrap_or_else(|code| {
            self.counters.refuse(code.0);
            Reply::error(who.request, code)
        });
        reply.finish(Some(&who.key))
    }

    /// 420 when the request has attributes that must be understood and are not.
    fn not_understood(&self, request: &Request, key: Option<&MessageIntegrity>) -> Option<Vec<u8>> {
        let unknown = request.not_understood();
        if unknown.is_empty() {
            return None;
        }
        self.counters.refuse(CODE_UNKNOWN_ATTRIBUTE.0);
        Some(
            Reply::error(request, CODE_UNKNOWN_ATTRIBUTE)
                .with(&UnknownAttributes(unknown))
                .finish(key),
        )
    }

    /// The allocation that a request is about, which must exist (437) and be the sender's (441).
    fn own_allocation(who: &Authentic<'_>, plane: &dyn DataPlane) -> Result<Slot, ErrorCode> {
        let slot = plane.find(&who.source.five).ok_or(CODE_ALLOC_MISMATCH)?;
        let terms = plane.terms(slot).ok_or(CODE_ALLOC_MISMATCH)?;
        if &*terms.username != who.username {
            return Err(CODE_WRONG_CREDENTIALS);
        }
        Ok(slot)
    }
}
