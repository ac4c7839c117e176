//! From the wire to the house: parsed frames become questions in domain words. Sizes and ids are
//! checked here; who may ask what is not decided here.

use std::str::FromStr;

use parlor_actors::{
    link::{Ask, RoomAsk},
    session::Greeted,
};
use parlor_domain::{
    event::{self, Signal},
    id::{PeerId, RoomId},
    room::Whom,
};

use super::{
    command::{Candidate, Command, Hello, MediaLink},
    event::ErrorCode,
    parts::{IceCandidate, MediaKind},
};

/// Largest SDP, bytes.
pub const SDP_BYTES_MAX: usize = 32 * 1024;
/// Largest ICE candidate, bytes.
pub const CANDIDATE_BYTES_MAX: usize = 2 * 1024;
/// Longest word of a host to somebody who is turned away, characters.
const DENY_CHARS_MAX: usize = 200;
/// Longest token, bytes.
const TOKEN_BYTES_MAX: usize = 4 * 1024;
/// Longest short name (ids of devices, negotiations, tracks), bytes.
const NAME_BYTES_MAX: usize = 128;
/// Rooms that one `sync` may name.
const SYNC_ROOMS_MAX: usize = 8;

/// A field that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// How.
    pub code: ErrorCode,
    /// Which.
    pub field: &'static str,
}

/// A greeting.
pub fn hello(hello: Hello) -> Result<Greeted, Wrong> {
    let resume = hello
        .resume
        .map(|r| (r.session_id, r.resume_token, r.last_seq));
    let resume_bytes = resume.as_ref().map_or(0, |(s, t, _)| s.len().max(t.len()));
    fits(resume_bytes, NAME_BYTES_MAX, "resume")?;
    Ok(Greeted {
        token: sized(hello.token, TOKEN_BYTES_MAX, "token")?,
        device: name(hello.device.id, "device")?,
        resume,
    })
}

/// A question.
pub fn ask(command: Command) -> Result<Ask, Wrong> {
    let in_room = |room: &str, what: RoomAsk| Ok(Ask::InRoom(id(room, "roomId")?, what));
    match command {
        Command::Hello(_) => Err(Wrong {
            code: ErrorCode::BadRequest,
            field: "type",
        }),
        Command::AuthRefresh(it) => {
            Ok(Ask::AuthRefresh(sized(it.token, TOKEN_BYTES_MAX, "token")?))
        }
        Command::Pong(_) => Ok(Ask::Pong),
        Command::Ping(_) => Ok(Ask::Ping),
        Command::Activity(_) | Command::CallStats(_) => Ok(Ask::Noted),
        Command::Sync(it) => {
            fits(it.rooms.len(), SYNC_ROOMS_MAX, "rooms")?;
            let rooms = it.rooms.iter().map(|room| id(room, "rooms"));
            Ok(Ask::Sync(rooms.collect::<Result<_, _>>()?))
        }
        Command::JoinRoom(it) => Ok(Ask::Join {
            room: id(&it.room_id, "roomId")?,
            audio: it.media.audio,
            video: it.media.video,
            old: it.peer_id.map(|peer| id(&peer, "peerId")).transpose()?,
        }),
        Command::LeaveRoom(it) => in_room(&it.room_id, RoomAsk::Leave),
        Command::Offer(it) => {
            let signal = Signal::Offer {
                sdp: sized(it.offer.sdp, SDP_BYTES_MAX, "offer")?,
                negotiation: name(it.negotiation_id, "negotiationId")?,
                ice_restart: it.ice_restart.unwrap_or(false),
            };
            in_room(&it.room_id, RoomAsk::Signal(id(&it.to, "to")?, signal))
        }
        Command::Answer(it) => {
            let signal = Signal::Answer {
                sdp: sized(it.answer.sdp, SDP_BYTES_MAX, "answer")?,
                negotiation: name(it.negotiation_id, "negotiationId")?,
            };
            in_room(&it.room_id, RoomAsk::Signal(id(&it.to, "to")?, signal))
        }
        Command::Candidate(it) => candidate(it),
        Command::IceServers(it) => in_room(&it.room_id, RoomAsk::IceServers),
        Command::MediaState(it) => in_room(&it.room_id, RoomAsk::Media(it.audio, it.video)),
        Command::ScreenShare(it) => {
            let track = it
                .track_id
                .map(|track| name(track, "trackId"))
                .transpose()?;
            in_room(&it.room_id, RoomAsk::Screen(it.active, track))
        }
        Command::MuteRequest(it) => {
            let kind = match it.kind {
                MediaKind::Audio => event::MediaKind::Audio,
                MediaKind::Video => event::MediaKind::Video,
            };
            in_room(&it.room_id, RoomAsk::MuteRequest(id(&it.to, "to")?, kind))
        }
        Command::AdmitParticipant(it) => {
            let whom = whom(it.peer_id.as_deref(), it.all)?;
            in_room(&it.room_id, RoomAsk::Admit(whom))
        }
        Command::DenyParticipant(it) => {
            let whom = whom(it.peer_id.as_deref(), it.all)?;
            let chars = it.message.as_ref().map_or(0, |m| m.chars().count());
            fits(chars, DENY_CHARS_MAX, "message")?;
            let message = it.message.filter(|m| !m.trim().is_empty());
            in_room(&it.room_id, RoomAsk::Deny(whom, message))
        }
        Command::RemoveParticipant(it) => {
            let peer = id(&it.peer_id, "peerId")?;
            in_room(&it.room_id, RoomAsk::Remove(peer, it.ban.unwrap_or(false)))
        }
        Command::EndRoom(it) => {
            name(it.client_msg_id, "clientMsgId")?;
            in_room(&it.room_id, RoomAsk::EndForAll)
        }
        Command::CallMedia(it) => {
            let connected = it.state == MediaLink::Connected;
            let relayed = it.relayed;
            in_room(&it.room_id, RoomAsk::CallMedia { connected, relayed })
        }
    }
}

fn candidate(it: Candidate) -> Result<Ask, Wrong> {
    let candidate = it.candidate.map(ice_candidate).transpose()?;
    let signal = Signal::Candidate {
        candidate,
        negotiation: name(it.negotiation_id, "negotiationId")?,
    };
    let room: RoomId = id(&it.room_id, "roomId")?;
    let to: PeerId = id(&it.to, "to")?;
    Ok(Ask::InRoom(room, RoomAsk::Signal(to, signal)))
}

fn ice_candidate(it: IceCandidate) -> Result<event::Candidate, Wrong> {
    let short = |text: Option<String>| {
        text.map(|text| sized(text, NAME_BYTES_MAX, "candidate"))
            .transpose()
    };
    Ok(event::Candidate {
        line: sized(it.candidate, CANDIDATE_BYTES_MAX, "candidate")?,
        mid: short(it.sdp_mid)?,
        m_line: it.sdp_m_line_index,
        fragment: short(it.username_fragment)?,
    })
}

fn whom(peer: Option<&str>, all: Option<bool>) -> Result<Whom, Wrong> {
    match (peer, all) {
        (_, Some(true)) => Ok(Whom::All),
        (Some(peer), _) => Ok(Whom::Peer(id(peer, "peerId")?)),
        (None, _) => Err(Wrong {
            code: ErrorCode::BadRequest,
            field: "peerId",
        }),
    }
}

fn id<T: FromStr>(text: &str, field: &'static str) -> Result<T, Wrong> {
    text.parse().map_err(|_| Wrong {
        code: ErrorCode::BadRequest,
        field,
    })
}

fn name(text: String, field: &'static str) -> Result<String, Wrong> {
    if text.is_empty() {
        return Err(Wrong {
            code: ErrorCode::BadRequest,
            field,
        });
    }
    sized(text, NAME_BYTES_MAX, field)
}

fn sized(text: String, most: usize, field: &'static str) -> Result<String, Wrong> {
    fits(text.len(), most, field)?;
    Ok(text)
}

fn fits(size: usize, most: usize, field: &'static str) -> Result<(), Wrong> {
    if size <= most {
        return Ok(());
    }
    Err(Wrong {
        code: ErrorCode::PayloadTooLarge,
        field,
    })
}
