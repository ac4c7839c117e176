//! The words of the socket: every frame of `rtc.v1` as a Rust type.
//!
//! This is the edge and the only place where room and session words are serialised; the domain's
//! types have none of it. `web/PROTOCOL.md` and `web/ui/src/generated/protocol.ts` are generated
//! from here (see [`doc`]) and kept equal by a test. Nothing in here decides anything. Start
//! reading at [`command`] (what a client says) and [`event`] (what it is told).

pub mod chat;
pub mod close;
pub mod command;
pub mod doc;
pub mod envelope;
pub mod event;
pub mod hosts;
pub mod inward;
pub mod notices;
pub mod outward;
pub mod paid;
pub mod parts;
pub mod presence;

/// The subprotocol that both sides must name in `Sec-WebSocket-Protocol`.
pub const SUBPROTOCOL: &str = "rtc.v1.json";
