//! From the wire to the house: parsed frames become questions in domain words. Sizes and ids are
//! checked here; who may ask what is not decided here.

use std::str::FromStr;

use parlor_actors::{
    link::{Ask, CallAsk, ConversationAsk, RoomAsk},
    session::Greeted,
};
use parlor_domain::{
    call::{Sample, Transport},
    conversation::{ClientMsgId, MsgSeq},
    event::{self, LineLevel, Signal},
    file::FILES_PER_MESSAGE_MAX,
    id::{FileId, PeerId, RoomId},
    notification::NtfSeq,
    presence::WATCHED_MAX,
    room::{self, Whom},
};

use uuid::Uuid;

use super::{
    command::{CallStats, Candidate, Command, Hello, MediaLink, MediaTransport, RecordingStep},
    event::ErrorCode,
    parts::{IceCandidate, MediaKind, Reaction},
};

/// Largest SDP, bytes.
pub const SDP_BYTES_MAX: usize = 32 * 1024;
/// Largest ICE candidate, bytes.
pub const CANDIDATE_BYTES_MAX: usize = 2 * 1024;
/// Longest word of a host to somebody who is turned away or removed, characters.
const WORDS_CHARS_MAX: usize = 200;
/// Longest text of a message as it comes in, bytes; the rule counts characters.
const TEXT_BYTES_MAX: usize = 32 * 1024;
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
        Command::Activity(it) => Ok(Ask::Idle(it.idle)),
        Command::CallStats(it) => {
            let sample = sample(&it)?;
            in_room(&it.room_id, RoomAsk::Sample(sample))
        }
        Command::Sync(it) => {
            fits(it.rooms.len(), SYNC_ROOMS_MAX, "rooms")?;
            let rooms = it.rooms.iter().map(|room| id(room, "rooms"));
            Ok(Ask::Sync {
                rooms: rooms.collect::<Result<_, _>>()?,
                notices_after: it.last_notification_seq.map(NtfSeq),
            })
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
        Command::MediaState(it) => {
            let away = it.away.unwrap_or(false);
            in_room(&it.room_id, RoomAsk::Media(it.audio, it.video, away))
        }
        Command::RaiseHand(it) => {
            let peer = it.peer_id.map(|peer| id(&peer, "peerId")).transpose()?;
            in_room(&it.room_id, RoomAsk::Hand(peer, it.raised))
        }
        Command::React(it) => in_room(&it.room_id, RoomAsk::React(reaction(it.reaction))),
        Command::LockRoom(it) => in_room(&it.room_id, RoomAsk::Lock(it.locked)),
        Command::Recording(it) => {
            let step = match it.step {
                RecordingStep::Ask => room::RecordingStep::Ask,
                RecordingStep::Agree => room::RecordingStep::Agree,
                RecordingStep::Refuse => room::RecordingStep::Refuse,
                RecordingStep::Stop => room::RecordingStep::Stop,
            };
            in_room(&it.room_id, RoomAsk::Recording(step))
        }
        Command::ScreenShare(it) => {
            let track = it
                .track_id
                .map(|track| name(track, "trackId"))
                .transpose()?;
            in_room(&it.room_id, RoomAsk::Screen(it.active, track))
        }
        Command::MuteRequest(it) => {
            let kind = kind(it.kind);
            in_room(&it.room_id, RoomAsk::MuteRequest(id(&it.to, "to")?, kind))
        }
        Command::AdmitParticipant(it) => {
            let whom = whom(it.peer_id.as_deref(), it.all)?;
            in_room(&it.room_id, RoomAsk::Admit(whom))
        }
        Command::DenyParticipant(it) => {
            let whom = whom(it.peer_id.as_deref(), it.all)?;
            let message = words(it.message)?;
            in_room(&it.room_id, RoomAsk::Deny(whom, message))
        }
        Command::RemoveParticipant(it) => {
            let peer = id(&it.peer_id, "peerId")?;
            let (ban, message) = (it.ban.unwrap_or(false), words(it.message)?);
            in_room(&it.room_id, RoomAsk::Remove(peer, ban, message))
        }
        Command::EndRoom(it) => {
            name(it.client_msg_id, "clientMsgId")?;
            in_room(&it.room_id, RoomAsk::EndForAll)
        }
        Command::SendMessage(it) => {
            let ask = ConversationAsk::Send {
                key: key(&it.client_msg_id)?,
                text: sized(it.text, TEXT_BYTES_MAX, "text")?,
                reply_to: it.reply_to.map(MsgSeq),
                files: files(&it.files)?,
            };
            in_conversation(&it.conversation_id, ask)
        }
        Command::EditMessage(it) => {
            let ask = ConversationAsk::Change {
                key: key(&it.client_msg_id)?,
                seq: MsgSeq(it.msg_seq),
                text: Some(sized(it.text, TEXT_BYTES_MAX, "text")?),
            };
            in_conversation(&it.conversation_id, ask)
        }
        Command::DeleteMessage(it) => {
            let ask = ConversationAsk::Change {
                key: key(&it.client_msg_id)?,
                seq: MsgSeq(it.msg_seq),
                text: None,
            };
            in_conversation(&it.conversation_id, ask)
        }
        Command::Typing(it) => {
            in_conversation(&it.conversation_id, ConversationAsk::Typing(it.is_typing))
        }
        Command::MarkRead(it) => {
            let ask = ConversationAsk::Read {
                up_to: MsgSeq(it.up_to_seq),
                private: it.private.unwrap_or(false),
            };
            in_conversation(&it.conversation_id, ask)
        }
        Command::MarkDelivered(it) => {
            let up_to = MsgSeq(it.up_to_seq);
            in_conversation(&it.conversation_id, ConversationAsk::Delivered { up_to })
        }
        Command::CallInvite(it) => Ok(Ask::Call(CallAsk::Invite {
            host: id(&it.host_id, "hostId")?,
            media: kind(it.media),
            wait: it.wait.unwrap_or(false),
        })),
        Command::CallHeard(it) => Ok(Ask::Call(CallAsk::Heard(id(&it.call_id, "callId")?))),
        Command::CallAccept(it) => {
            let media = kind(it.media.unwrap_or(MediaKind::Video));
            Ok(Ask::Call(CallAsk::Accept(
                id(&it.call_id, "callId")?,
                media,
            )))
        }
        Command::CallDecline(it) => {
            let busy = it.busy.unwrap_or(false);
            Ok(Ask::Call(CallAsk::Decline(
                id(&it.call_id, "callId")?,
                busy,
            )))
        }
        Command::CallCancel(it) => Ok(Ask::Call(CallAsk::Cancel(id(&it.call_id, "callId")?))),
        Command::WatchHosts(_) => Ok(Ask::WatchHosts(true)),
        Command::UnwatchHosts(_) => Ok(Ask::WatchHosts(false)),
        Command::WatchPresence(it) => {
            if it.user_ids.len() > WATCHED_MAX {
                return Err(Wrong {
                    code: ErrorCode::BadRequest,
                    field: "userIds",
                });
            }
            let ids = it.user_ids.iter().map(|it| id(it, "userIds"));
            Ok(Ask::WatchPeople(ids.collect::<Result<_, _>>()?))
        }
        Command::CallMedia(it) => {
            let connected = it.state == MediaLink::Connected;
            let relayed = it.relayed;
            in_room(&it.room_id, RoomAsk::CallMedia { connected, relayed })
        }
    }
}

fn kind(it: MediaKind) -> event::MediaKind {
    match it {
        MediaKind::Audio => event::MediaKind::Audio,
        MediaKind::Video => event::MediaKind::Video,
    }
}

/// Words of a host for one person.
fn words(message: Option<String>) -> Result<Option<String>, Wrong> {
    let chars = message.as_ref().map_or(0, |m| m.chars().count());
    fits(chars, WORDS_CHARS_MAX, "message")?;
    Ok(message.filter(|m| !m.trim().is_empty()))
}

fn reaction(it: Reaction) -> event::Reaction {
    match it {
        Reaction::ThumbsUp => event::Reaction::ThumbsUp,
        Reaction::Clap => event::Reaction::Clap,
        Reaction::Heart => event::Reaction::Heart,
        Reaction::Laugh => event::Reaction::Laugh,
        Reaction::Surprise => event::Reaction::Surprise,
        Reaction::Party => event::Reaction::Party,
    }
}

/// Numbers of a browser about itself: a cast of a float saturates, and the domain cuts the rest.
fn sample(it: &CallStats) -> Result<Sample, Wrong> {
    let wrong = Wrong {
        code: ErrorCode::BadRequest,
        field: "level",
    };
    let level = it.level.map(|level| LineLevel::new(level).ok_or(wrong));
    Ok(Sample {
        level: level.transpose()?,
        rtt_ms: it.rtt_ms as u32,
        jitter_ms: it.jitter_ms as u32,
        loss_permille: (it.loss_pct * 10.0) as u16,
        bitrate_kbps: it.bitrate_kbps as u32,
        relay: it.relay,
        transport: it.transport.map(|transport| match transport {
            MediaTransport::Udp => Transport::Udp,
            MediaTransport::Tcp => Transport::Tcp,
            MediaTransport::Tls => Transport::Tls,
        }),
        freezes: it.freezes.unwrap_or(0.0) as u32,
        bytes_sent: it.bytes_sent.unwrap_or(0.0) as u64,
        bytes_received: it.bytes_received.unwrap_or(0.0) as u64,
    }
    .bounded())
}

fn in_conversation(conversation: &str, ask: ConversationAsk) -> Result<Ask, Wrong> {
    Ok(Ask::InConversation(
        id(conversation, "conversationId")?,
        ask,
    ))
}

/// One more than a message takes is enough to be refused for.
fn files(files: &[String]) -> Result<Vec<FileId>, Wrong> {
    let files = files.iter().take(FILES_PER_MESSAGE_MAX + 1);
    files.map(|file| id(file, "files")).collect()
}

fn key(text: &str) -> Result<ClientMsgId, Wrong> {
    let key = Uuid::try_parse(text).map_err(|_| Wrong {
        code: ErrorCode::BadRequest,
        field: "clientMsgId",
    })?;
    Ok(ClientMsgId(key))
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
