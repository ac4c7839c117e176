//! From the house to the wire: events, answers and notices become frames. An event's payload is
//! serialised once for all its receivers; what differs per session is a short prefix.

use std::fmt::Write;

use bytes::Bytes;
use parlor_actors::{
    link::{Answer, Encoded, Greeting, Notice, State, Trouble},
    ports::{Encode, NotCallable, NotIdentified, Refusal},
};
use parlor_domain::{
    budget::Level,
    conversation::{self, News},
    event as domain,
    identity::Role,
    paid::EndedBy,
    ring,
    room::{Refused, Snapshot},
    session::{Bye, NotResumed},
    time::Timestamp,
};
use serde::Serialize;

use super::{
    chat::{
        ChatMessage, ConversationKept, MarkedUpTo, MessageSaid, MessageUpdated, ReadAck, Unread,
        UserTyping, WrittenAck,
    },
    close::Close,
    event::*,
    hosts::{self, HostCard, ReviewReceived},
    inward::{CANDIDATE_BYTES_MAX, SDP_BYTES_MAX},
    notices::{NoticesRead, Notified},
    paid::{
        self, CallAccepted, CallEnded, CallIncoming, CallInviteAck, CallQueued, CallRings,
        CallUnanswered, LowBalance,
    },
    parts::{self, *},
    presence::{PresenceAck, PresenceChanged},
};
use crate::ws::{MESSAGE_BYTES_MAX, frame_limits};

/// Optional parts of the protocol that this server has.
const FEATURES: &[&str] = &[
    "rooms",
    "lobby",
    "screen-share",
    "hands",
    "reactions",
    "lock",
    "recording",
    "quality",
    "paid-calls",
    "watch-hosts",
    "presence",
];

/// The encoder that the realtime floor is started with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Encoder;

impl Encode for Encoder {
    fn encode(&self, event: &domain::Event) -> (&'static str, Bytes) {
        encode(event)
    }
}

/// A numbered or ephemeral event for one session.
pub fn event(event: &Encoded, seq: Option<u64>, at: Timestamp) -> String {
    let data = std::str::from_utf8(&event.data).unwrap_or("{}");
    let mut frame = String::with_capacity(data.len() + 96);
    let _ = write!(frame, r#"{{"type":"{}","#, event.name);
    if let Some(seq) = seq {
        let _ = write!(frame, r#""seq":{seq},"#);
    }
    let _ = write!(frame, r#""ts":{},"data":{data}}}"#, at.0);
    frame
}

/// The answer to a hello.
pub fn welcome(id: Option<&str>, it: &Greeting) -> String {
    let (frames_per_second, frame_burst) = frame_limits();
    let bytes = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let ms = |span: parlor_domain::time::Millis| u32::try_from(span.0).unwrap_or(u32::MAX);
    let data = Welcome {
        session_id: it.session.to_string(),
        resume_token: it.resume_token.clone(),
        epoch: it.epoch.clone(),
        resumed: it.resumed.is_ok(),
        reason: it.resumed.err().flatten().map(|reason| match reason {
            NotResumed::Expired => super::event::NotResumed::Expired,
            NotResumed::Epoch => super::event::NotResumed::Epoch,
            NotResumed::Gap => super::event::NotResumed::Gap,
            NotResumed::Unknown => super::event::NotResumed::Unknown,
        }),
        replay: bytes(it.replay),
        seq: it.seq,
        user_id: it.identity.user.to_string(),
        role: role(it.identity.role),
        user_name: it.identity.name.clone(),
        server_time: it.at.0,
        heartbeat: Heartbeat {
            interval_ms: ms(it.limits.ping_every),
            timeout_ms: ms(it.limits.dead_after),
        },
        resume_window_ms: ms(it.limits.resume_window),
        limits: Limits {
            message_bytes: bytes(MESSAGE_BYTES_MAX),
            sdp_bytes: bytes(SDP_BYTES_MAX),
            candidate_bytes: bytes(CANDIDATE_BYTES_MAX),
            frames_per_second,
            frame_burst,
        },
        features: FEATURES.iter().map(|word| (*word).to_owned()).collect(),
        expires_at: it.identity.expires_at.0,
        unread: it.unread.iter().map(Into::into).collect(),
        unread_notifications: it.unread_notices,
    };
    frame("welcome", id, &data, it.at)
}

/// The answer to a request.
pub fn answer(id: &str, answer: &Result<Answer, Trouble>, at: Timestamp) -> String {
    match answer {
        Ok(answer) => ack(id, answer, at),
        Err(trouble) => error(Some(id), &trouble_data(*trouble), at),
    }
}

/// An error frame.
pub fn error(id: Option<&str>, data: &ErrorData, at: Timestamp) -> String {
    frame("error", id, data, at)
}

/// A notice.
pub fn notice(notice: &Notice, at: Timestamp) -> String {
    match notice {
        Notice::Ping => frame("ping", None, &Empty {}, at),
        Notice::AuthExpiring(end) => {
            let data = AuthExpiring { expires_at: end.0 };
            frame("auth-expiring", None, &data, at)
        }
        Notice::Revoked => {
            let data = SessionRevoked {
                reason: "revoked".into(),
            };
            frame("session-revoked", None, &data, at)
        }
        Notice::Draining(after) => {
            let data = ServerDraining {
                retry_after_ms: after.0.unsigned_abs(),
                reason: "restart".into(),
            };
            frame("server-draining", None, &data, at)
        }
    }
}

/// The close code of a goodbye.
pub fn close(why: Bye) -> Close {
    match why {
        Bye::Timeout => Close::Timeout,
        Bye::TokenExpired => Close::TokenExpired,
        Bye::Replaced => Close::Replaced,
        Bye::TooManyDevices => Close::TooManyDevices,
        Bye::Revoked => Close::Revoked,
        Bye::Restart => Close::Restart,
        Bye::SlowConsumer => Close::SlowConsumer,
    }
}

/// The close code of a hello that says nothing.
pub fn not_identified(not: NotIdentified) -> Close {
    match not {
        NotIdentified::Invalid => Close::Unauthenticated,
        NotIdentified::Expired => Close::TokenExpired,
    }
}

fn frame<T: Serialize>(name: &str, id: Option<&str>, data: &T, at: Timestamp) -> String {
    #[derive(Serialize)]
    struct Frame<'a, T> {
        r#type: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        ts: i64,
        data: &'a T,
    }
    let frame = Frame {
        r#type: name,
        id,
        ts: at.0,
        data,
    };
    // Our own types always serialise; they hold no maps with odd keys and no failing parts.
    serde_json::to_string(&frame).unwrap_or_default()
}

fn ack(id: &str, answer: &Answer, at: Timestamp) -> String {
    let id = Some(id);
    match answer {
        Answer::Done => frame("ack", id, &Empty {}, at),
        Answer::AuthRefreshed(end) => frame("ack", id, &AuthRefreshAck { expires_at: end.0 }, at),
        Answer::Relayed { queued } => frame("ack", id, &SignalAck { queued: *queued }, at),
        Answer::Count(count) => {
            let count = u32::try_from(*count).unwrap_or(u32::MAX);
            frame("ack", id, &AdmissionAck { count }, at)
        }
        Answer::Ice(ice) => {
            let data = IceServersAck {
                ice_servers: ice_servers(ice),
                ttl_ms: ice.ttl.0.unsigned_abs(),
                policy: policy(ice),
            };
            frame("ack", id, &data, at)
        }
        Answer::Joined {
            peer,
            inside,
            moderator,
            ice,
            rejoin_grace,
            may_record,
        } => {
            let data = JoinAck {
                peer_id: peer.to_string(),
                status: status(*inside),
                moderator: *moderator,
                ice_servers: ice_servers(ice),
                ice_ttl_ms: ice.ttl.0.unsigned_abs(),
                policy: policy(ice),
                rejoin_grace_ms: rejoin_grace.0.unsigned_abs(),
                relay_level: unusual(ice.level),
                may_record: *may_record,
            };
            frame("ack", id, &data, at)
        }
        Answer::Written { done, duplicate } => {
            let data = WrittenAck {
                msg_seq: done.seq.0,
                at: done.at.0,
                duplicate: *duplicate,
            };
            frame("ack", id, &data, at)
        }
        Answer::Presence(all) => {
            let presence = all.iter().map(Into::into).collect();
            frame("ack", id, &PresenceAck { presence }, at)
        }
        Answer::Calling(it) => frame("ack", id, &CallInviteAck::from(it), at),
        Answer::Taken { call, room } => {
            let data = CallAccepted {
                call_id: call.to_string(),
                room_id: room.to_string(),
            };
            frame("ack", id, &data, at)
        }
        Answer::ReadUpTo(seq) => frame("ack", id, &ReadAck { read_seq: seq.0 }, at),
        // Only REST asks for pages.
        Answer::History(_) => frame("ack", id, &Empty {}, at),
        Answer::State(State { rooms, notices }) => {
            let data = SyncAck {
                rooms: rooms.iter().map(|(room, s)| snapshot(*room, s)).collect(),
                notifications: notices.as_ref().map(Into::into),
            };
            frame("ack", id, &data, at)
        }
    }
}

/// How a room stands, as one peer sees it.
pub fn snapshot(room: parlor_domain::id::RoomId, it: &Snapshot) -> RoomSnapshot {
    RoomSnapshot {
        room_id: room.to_string(),
        self_peer_id: it.me.to_string(),
        status: status(it.inside),
        participants: it.others.iter().map(|p| participant(it.me, p)).collect(),
        waiting: it.waiting.iter().map(peer).collect(),
        call_started_at: it.call_started_at.map(|at| at.0),
        hand_raised_at: it.hand.map(|at| at.0),
        locked: it.locked,
        recording: it.recording.as_ref().map(recording),
    }
}

fn encode(event: &domain::Event) -> (&'static str, Bytes) {
    use domain::Event as E;
    match event {
        E::MeetingUpdated {
            meeting,
            status,
            starts_at,
            change,
        } => payload(
            "meeting-updated",
            &MeetingUpdated {
                meeting_id: meeting.to_string(),
                status: (*status).to_owned(),
                starts_at: starts_at.0,
                change: change.word().to_owned(),
            },
        ),
        E::SlotsChanged { host, at } => payload(
            "slots-changed",
            &SlotsChanged {
                host_id: host.to_string(),
                at: at.0,
            },
        ),
        E::Waiting {
            room,
            position,
            host_present,
        } => payload(
            "waiting",
            &Waiting {
                room_id: room.to_string(),
                position: u32::try_from(*position).unwrap_or(u32::MAX),
                host_present: *host_present,
            },
        ),
        E::WaitingRoom { room, waiting } => payload(
            "waiting-room",
            &WaitingRoom {
                room_id: room.to_string(),
                waiting: waiting.iter().map(peer).collect(),
            },
        ),
        E::Admitted { room, peer, ice } => payload(
            "admitted",
            &Admitted {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                ice_servers: ice_servers(ice),
                ice_ttl_ms: ice.ttl.0.unsigned_abs(),
                policy: policy(ice),
                relay_level: unusual(ice.level),
            },
        ),
        E::Denied {
            room,
            peer,
            why,
            message,
        } => payload(
            "denied",
            &Denied {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                reason: match why {
                    domain::DeniedWhy::Denied => DeniedReason::Denied,
                    domain::DeniedWhy::TooLate => DeniedReason::TooLate,
                    domain::DeniedWhy::RoomClosed => DeniedReason::RoomClosed,
                    domain::DeniedWhy::Replaced => DeniedReason::Replaced,
                },
                message: message.clone(),
            },
        ),
        E::ExistingParticipants {
            room,
            me,
            others,
            call_started_at,
            hand,
            locked,
            recording: tape,
        } => payload(
            "existing-participants",
            &ExistingParticipants {
                room_id: room.to_string(),
                self_peer_id: me.to_string(),
                participants: others.iter().map(|p| participant(*me, p)).collect(),
                call_started_at: call_started_at.map(|at| at.0),
                hand_raised_at: hand.map(|at| at.0),
                locked: *locked,
                recording: tape.as_ref().map(recording),
            },
        ),
        E::WalletChanged { available, seq } => payload(
            "wallet-changed",
            &WalletChanged {
                available: available.0,
                entry: *seq,
            },
        ),
        E::ConversationKept(id, kept) => payload(
            "conversation-kept",
            &ConversationKept {
                conversation_id: id.to_string(),
                muted: kept.muted,
                archived_seq: kept.archived.0,
            },
        ),
        E::Notified { it, unread, silent } => payload(
            "notification",
            &Notified {
                notice: it.into(),
                unread: *unread,
                silent: *silent,
            },
        ),
        E::NoticesRead { marks, unread } => payload(
            "notifications-read",
            &NoticesRead {
                up_to_seq: marks.up_to.0,
                seqs: marks.singly.iter().map(|seq| seq.0).collect(),
                unread: *unread,
            },
        ),
        E::Presence(all) => payload(
            "presence",
            &PresenceChanged {
                changes: all.iter().map(Into::into).collect(),
            },
        ),
        E::Host(news, card) => payload(hosts::name(*news), &HostCard::from(&**card)),
        E::ReviewReceived {
            call,
            author,
            stars,
        } => payload(
            "review-received",
            &ReviewReceived {
                call_id: call.to_string(),
                author: author.clone(),
                stars: *stars,
            },
        ),
        E::AdminEntering {
            room,
            name,
            reason,
            until,
        } => payload(
            "admin-entering",
            &AdminEntering {
                room_id: room.to_string(),
                name: name.clone(),
                reason: reason.clone(),
                until: until.0,
            },
        ),
        E::RelayBudget { room, level: it } => payload(
            "relay-budget",
            &RelayBudget {
                room_id: room.to_string(),
                level: level(*it),
            },
        ),
        E::UserJoined {
            room,
            peer: who,
            polite,
        } => payload(
            "user-joined",
            &UserJoined {
                room_id: room.to_string(),
                peer: peer(who),
                polite: *polite,
            },
        ),
        E::UserLeft {
            room,
            peer,
            user,
            why,
        } => payload(
            "user-left",
            &UserLeft {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                user_id: user.to_string(),
                reason: match why {
                    domain::LeftWhy::Left => LeftReason::Left,
                    domain::LeftWhy::Timeout => LeftReason::Timeout,
                    domain::LeftWhy::Removed => LeftReason::Removed,
                    domain::LeftWhy::Ended => LeftReason::Ended,
                    domain::LeftWhy::Replaced => LeftReason::Replaced,
                },
            },
        ),
        E::UserReconnecting { room, peer } => payload(
            "user-reconnecting",
            &PeerInRoom {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
            },
        ),
        E::UserResumed { room, peer } => payload(
            "user-resumed",
            &PeerInRoom {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
            },
        ),
        E::Signal { room, from, signal } => encode_signal(*room, *from, signal),
        E::MediaState {
            room,
            peer,
            audio,
            video,
            away,
        } => payload(
            "media-state",
            &MediaStateOf {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                audio: *audio,
                video: *video,
                away: *away,
            },
        ),
        E::Hand {
            room,
            peer,
            raised_at,
        } => payload(
            "hand",
            &HandOf {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                raised_at: raised_at.map(|at| at.0),
            },
        ),
        E::Reacted {
            room,
            peer,
            reaction,
        } => payload(
            "reaction",
            &ReactionOf {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                reaction: match reaction {
                    domain::Reaction::ThumbsUp => Reaction::ThumbsUp,
                    domain::Reaction::Clap => Reaction::Clap,
                    domain::Reaction::Heart => Reaction::Heart,
                    domain::Reaction::Laugh => Reaction::Laugh,
                    domain::Reaction::Surprise => Reaction::Surprise,
                    domain::Reaction::Party => Reaction::Party,
                },
            },
        ),
        E::PeerQuality { room, peer, level } => payload(
            "peer-quality",
            &PeerQuality {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                level: level.get(),
            },
        ),
        E::RoomLocked { room, locked } => payload(
            "room-locked",
            &RoomLocked {
                room_id: room.to_string(),
                locked: *locked,
            },
        ),
        E::Recording {
            room,
            recording: tape,
            over,
        } => payload(
            "recording",
            &RecordingChanged {
                room_id: room.to_string(),
                recording: tape.as_ref().map(recording),
                over: over.map(|(why, _)| match why {
                    domain::RecordingOver::Stopped => RecordingOver::Stopped,
                    domain::RecordingOver::Refused => RecordingOver::Refused,
                    domain::RecordingOver::Withdrawn => RecordingOver::Withdrawn,
                    domain::RecordingOver::Left => RecordingOver::Left,
                }),
                over_by: over.map(|(_, by)| by.to_string()),
            },
        ),
        E::ScreenShare {
            room,
            peer,
            active,
            track,
        } => payload(
            "screen-share",
            &ScreenShareOf {
                room_id: room.to_string(),
                peer_id: peer.to_string(),
                active: *active,
                track_id: track.clone(),
            },
        ),
        E::MuteRequested { room, by, kind } => payload(
            "mute-requested",
            &MuteRequested {
                room_id: room.to_string(),
                by: by.to_string(),
                kind: match kind {
                    domain::MediaKind::Audio => MediaKind::Audio,
                    domain::MediaKind::Video => MediaKind::Video,
                },
            },
        ),
        E::Removed { room, why, message } => payload(
            "removed",
            &Removed {
                room_id: room.to_string(),
                reason: match why {
                    domain::RemovedWhy::Removed => RemovedReason::Removed,
                    domain::RemovedWhy::Banned => RemovedReason::Banned,
                    domain::RemovedWhy::Replaced => RemovedReason::Replaced,
                    domain::RemovedWhy::Revoked => RemovedReason::Revoked,
                    domain::RemovedWhy::Timeout => RemovedReason::Timeout,
                },
                message: message.clone(),
            },
        ),
        E::RoomEnded {
            room,
            why,
            duration,
        } => payload(
            "room-ended",
            &RoomEnded {
                room_id: room.to_string(),
                reason: match why {
                    domain::EndedWhy::Host => EndedReason::Host,
                    domain::EndedWhy::Meeting => EndedReason::Meeting,
                    domain::EndedWhy::Window => EndedReason::Window,
                    domain::EndedWhy::Paid(by) => match by {
                        EndedBy::Hangup => EndedReason::Hangup,
                        EndedBy::Balance => EndedReason::Balance,
                        EndedBy::Lost | EndedBy::Restart => EndedReason::Lost,
                        EndedBy::NoMedia => EndedReason::Unmet,
                        EndedBy::House => EndedReason::House,
                    },
                },
                duration_ms: duration.map(|span| span.0),
            },
        ),
        E::Chat(id, news) => encode_news(*id, news),
        E::CallIncoming {
            call,
            caller,
            name,
            media,
            per_minute,
            until,
        } => payload(
            "call-incoming",
            &CallIncoming {
                call_id: call.to_string(),
                user_id: caller.to_string(),
                user_name: name.clone(),
                media: paid::media(*media),
                rate_per_min_mc: per_minute.0,
                expires_at: until.0,
            },
        ),
        E::CallRinging { call, devices } => payload(
            "call-ringing",
            &CallRings {
                call_id: call.to_string(),
                devices: *devices,
            },
        ),
        E::CallQueued { call, place, wait } => payload(
            "call-queued",
            &CallQueued {
                call_id: call.to_string(),
                place: paid::count(*place),
                wait_ms: wait.map(|wait| wait.0),
            },
        ),
        E::CallAccepted { call, room } => payload(
            "call-accepted",
            &CallAccepted {
                call_id: call.to_string(),
                room_id: room.to_string(),
            },
        ),
        E::CallUnanswered { call, why } => {
            let (name, reason) = paid::unanswered(*why);
            let call_id = call.to_string();
            payload(name, &CallUnanswered { call_id, reason })
        }
        E::Billing { call, now, news } => {
            let name = match news {
                true => "billing",
                false => "billing-tick",
            };
            payload(name, &paid::billing(*call, now))
        }
        E::LowBalance {
            call,
            remaining,
            mark_s,
        } => payload(
            "low-balance",
            &LowBalance {
                call_id: call.to_string(),
                remaining_ms: remaining.0,
                mark_s: *mark_s,
            },
        ),
        E::CallEnded {
            call,
            why,
            duration,
            billed_s,
            charged,
            earned,
        } => payload(
            "call-ended",
            &CallEnded {
                call_id: call.to_string(),
                reason: why.word().to_owned(),
                duration_ms: duration.0,
                billed_seconds: *billed_s,
                charged_mc: charged.0,
                earned_mc: earned.map(|coins| coins.0),
            },
        ),
        E::CallStarted { room, call, at } => payload(
            "call-started",
            &CallStarted {
                room_id: room.to_string(),
                call_id: call.to_string(),
                started_at: at.0,
            },
        ),
    }
}

fn encode_news(id: conversation::ConversationId, news: &News) -> (&'static str, Bytes) {
    let conversation_id = id.to_string();
    let marked = |user: &parlor_domain::id::UserId, up_to: &conversation::MsgSeq| MarkedUpTo {
        conversation_id: conversation_id.clone(),
        user_id: user.to_string(),
        up_to_seq: up_to.0,
    };
    match news {
        News::Delivered { user, up_to } => payload("message-delivered", &marked(user, up_to)),
        News::Read { user, up_to } => payload("message-read", &marked(user, up_to)),
        News::Message { message, name } => payload(
            "message",
            &MessageSaid {
                conversation_id,
                sender_name: name.clone(),
                message: ChatMessage::from(message),
            },
        ),
        News::Updated(message) => payload(
            "message-updated",
            &MessageUpdated {
                conversation_id,
                message: ChatMessage::from(message),
            },
        ),
        News::ReadElsewhere(seq) => payload(
            "unread",
            &Unread {
                conversation_id,
                read_seq: seq.0,
            },
        ),
        News::Typing { user, name, typing } => payload(
            "user-typing",
            &UserTyping {
                conversation_id,
                user_id: user.to_string(),
                user_name: name.clone(),
                is_typing: *typing,
                expires_in_ms: conversation::TYPING_FOR.0,
            },
        ),
    }
}

fn chat_data(refused: conversation::Refused) -> ErrorData {
    use ErrorCode as C;
    use conversation::Refused as R;
    let words = |code, message: &str| ErrorData {
        message: message.to_owned(),
        ..ErrorData::new(code)
    };
    let at = |code, field: &str, message: &str| ErrorData {
        field: Some(field.to_owned()),
        ..words(code, message)
    };
    let text = |code, message: &str| at(code, "text", message);
    match refused {
        R::NotFound => words(C::NotFound, "There is no such conversation."),
        R::NotInside => words(C::NotAdmitted, "You are not in this conversation now."),
        R::NoSuchMessage => words(C::NotFound, "There is no such message."),
        R::NoSuchFile => at(
            C::Conflict,
            "files",
            "A file is not there any more. Please add it again.",
        ),
        R::TooManyFiles => at(C::BadRequest, "files", "A message takes 10 files at most."),
        R::NotAuthor => words(C::Forbidden, "Somebody else wrote this."),
        R::TooLate => words(C::TooLate, "It is too late to change this message."),
        R::Empty => text(C::BadRequest, "There is nothing to send."),
        R::TooLong => text(C::PayloadTooLarge, "This message is too long."),
        R::Busy => words(C::Unavailable, "That was not saved; please try again."),
    }
}

fn encode_signal(
    room: parlor_domain::id::RoomId,
    from: parlor_domain::id::PeerId,
    signal: &domain::Signal,
) -> (&'static str, Bytes) {
    let (room_id, from) = (room.to_string(), from.to_string());
    match signal {
        domain::Signal::Offer {
            sdp,
            negotiation,
            ice_restart,
        } => payload(
            "offer",
            &OfferFrom {
                room_id,
                from,
                offer: OfferDescription {
                    r#type: OfferType::Offer,
                    sdp: sdp.clone(),
                },
                negotiation_id: negotiation.clone(),
                ice_restart: ice_restart.then_some(true),
            },
        ),
        domain::Signal::Answer { sdp, negotiation } => payload(
            "answer",
            &AnswerFrom {
                room_id,
                from,
                answer: AnswerDescription {
                    r#type: AnswerType::Answer,
                    sdp: sdp.clone(),
                },
                negotiation_id: negotiation.clone(),
            },
        ),
        domain::Signal::Candidate {
            candidate,
            negotiation,
        } => payload(
            "ice-candidate",
            &CandidateFrom {
                room_id,
                from,
                candidate: candidate.as_ref().map(|c| IceCandidate {
                    candidate: c.line.clone(),
                    sdp_mid: c.mid.clone(),
                    sdp_m_line_index: c.m_line,
                    username_fragment: c.fragment.clone(),
                }),
                negotiation_id: negotiation.clone(),
            },
        ),
    }
}

fn payload<T: Serialize>(name: &'static str, data: &T) -> (&'static str, Bytes) {
    (
        name,
        serde_json::to_vec(data).map_or_else(|_| Bytes::from_static(b"{}"), Bytes::from),
    )
}

fn peer(it: &domain::Peer) -> Peer {
    Peer {
        peer_id: it.id.to_string(),
        user_id: it.user.to_string(),
        user_name: it.name.clone(),
        user_role: role(it.role),
        guest: it.role == Role::Guest,
        moderator: it.moderator,
        joined_at: it.joined_at.0,
        media: PeerMedia {
            audio: it.media.audio,
            video: it.media.video,
            screen: it.media.screen,
            away: it.media.away,
        },
        state: if it.reconnecting {
            PeerState::Reconnecting
        } else {
            PeerState::Connected
        },
        hand_raised_at: it.hand.map(|at| at.0),
        quality: it.quality.map(domain::LineLevel::get),
    }
}

fn recording(it: &domain::Recording) -> RecordingNow {
    RecordingNow {
        by: it.by.to_string(),
        state: match it.state {
            domain::RecordingState::Asking => RecordingState::Asking,
            domain::RecordingState::Running => RecordingState::Running,
            domain::RecordingState::Paused => RecordingState::Paused,
        },
        missing: it.missing.iter().map(ToString::to_string).collect(),
        started_at: it.started_at.map(|at| at.0),
    }
}

fn participant(me: parlor_domain::id::PeerId, it: &domain::Peer) -> Participant {
    Participant {
        polite: domain::polite(me, it.id),
        peer: peer(it),
    }
}

fn role(role: Role) -> parts::Role {
    match role {
        Role::Guest => parts::Role::Guest,
        Role::Client => parts::Role::Client,
        Role::Host => parts::Role::Host,
        Role::Admin => parts::Role::Admin,
    }
}

fn level(it: Level) -> RelayLevel {
    match it {
        Level::Full => RelayLevel::Full,
        Level::Saver => RelayLevel::Saver,
        Level::Audio => RelayLevel::Audio,
    }
}

fn unusual(it: Level) -> Option<RelayLevel> {
    (it != Level::Full).then(|| level(it))
}

fn status(inside: bool) -> JoinStatus {
    if inside {
        JoinStatus::Joined
    } else {
        JoinStatus::Waiting
    }
}

fn ice_servers(ice: &domain::IceGrant) -> Vec<IceServer> {
    let servers = ice.servers.iter();
    servers
        .map(|server| IceServer {
            urls: server.urls.clone(),
            username: server.credential.as_ref().map(|(user, _)| user.clone()),
            credential: server.credential.as_ref().map(|(_, word)| word.clone()),
        })
        .collect()
}

fn policy(ice: &domain::IceGrant) -> IcePolicy {
    if ice.relay_only {
        IcePolicy::Relay
    } else {
        IcePolicy::All
    }
}

/// The one table from causes to codes and words of the socket.
pub fn trouble_data(trouble: Trouble) -> ErrorData {
    use ErrorCode as C;
    let data = ErrorData::new;
    match trouble {
        Trouble::Room(refused) => match refused {
            Refused::NotInRoom => data(C::NotInRoom),
            Refused::NotAdmitted => data(C::NotAdmitted),
            Refused::PeerGone => data(C::PeerGone),
            Refused::NotModerator | Refused::Banned => data(C::Forbidden),
            Refused::NoSuchPeer => data(C::NotFound),
            Refused::Full => data(C::RoomFull),
            Refused::Closed => data(C::RoomClosed),
            Refused::ScreenTaken | Refused::RecordingTaken => data(C::Conflict),
            Refused::NoRecording => data(C::NotFound),
            Refused::NotAllowed => data(C::Forbidden),
            Refused::TooFast(after) => ErrorData {
                retry_after_ms: Some(after.0.unsigned_abs()),
                ..data(C::RateLimited)
            },
            Refused::TooLate(at) => ErrorData {
                closes_at: Some(at.0),
                ..data(C::TooLate)
            },
        },
        Trouble::Chat(refused) => chat_data(refused),
        Trouble::Door(refusal) => match refusal {
            Refusal::NotFound => data(C::NotFound),
            Refusal::Stranger => data(C::Forbidden),
            Refusal::TooEarly(at) => ErrorData {
                opens_at: Some(at.0),
                ..data(C::TooEarly)
            },
            Refusal::TooLate(at) => ErrorData {
                closes_at: Some(at.0),
                ..data(C::TooLate)
            },
            Refusal::Unpaid => data(C::Unpaid),
            Refusal::Over => data(C::RoomClosed),
            Refusal::Maintenance => data(C::Maintenance),
        },
        Trouble::Token(NotIdentified::Invalid) => data(C::Unauthorized),
        Trouble::Token(NotIdentified::Expired) => data(C::TokenExpired),
        Trouble::WrongPerson => data(C::Forbidden),
        Trouble::TooOften(after) => ErrorData {
            retry_after_ms: Some(after.0.unsigned_abs()),
            ..data(C::RateLimited)
        },
        Trouble::Draining => data(C::Unavailable),
        Trouble::Ring(refused) => match refused {
            ring::Refused::Busy { wait, room } => ErrorData {
                may_wait: Some(room),
                wait_ms: wait.map(|wait| wait.0),
                ..data(C::PeerBusy)
            },
            ring::Refused::NotFound => data(C::NotFound),
            ring::Refused::Answered => data(C::AlreadyAnswered),
            ring::Refused::Over => data(C::CallEnded),
        },
        Trouble::NotCallable(not) => match not {
            NotCallable::NotFound => data(C::NotFound),
            NotCallable::Offline => data(C::PeerOffline),
            NotCallable::TooLittle(missing) => ErrorData {
                shortfall_mc: Some(missing.0),
                ..data(C::InsufficientBalance)
            },
            NotCallable::Maintenance => data(C::Maintenance),
        },
    }
}

impl ErrorData {
    /// An error with the words and the verdict of its code.
    pub fn new(code: ErrorCode) -> Self {
        use ErrorCode as C;
        let (message, retryable) = match code {
            C::BadRequest => ("The request cannot be understood.", false),
            C::UnknownType => ("There is no such command.", false),
            C::PayloadTooLarge => ("A field is too large.", false),
            C::Unauthorized => ("Please log in again.", false),
            C::TokenExpired => ("The login has expired.", true),
            C::Forbidden => ("You may not do this.", false),
            C::NotFound => ("There is no such thing.", false),
            C::Conflict => ("Somebody else is doing that already.", true),
            C::RateLimited => ("That was too fast.", true),
            C::Unavailable => ("The server restarts; please try again.", true),
            C::Internal => ("Something went wrong on the server.", true),
            C::NotInRoom => ("You are not in this room.", false),
            C::NotAdmitted => ("You have not been let in yet.", true),
            C::RoomFull => ("The room is full.", true),
            C::RoomClosed => ("This meeting is over.", false),
            C::TooEarly => ("The room is not open yet.", true),
            C::TooLate => ("The room is closed.", false),
            C::PeerGone => ("That person is not in the room.", true),
            C::Unpaid => ("The meeting is not paid yet.", true),
            C::Maintenance => (
                "Nobody can join at the moment because of maintenance.",
                true,
            ),
            C::UnsupportedVersion => ("Please reload the page.", false),
            C::PeerOffline => ("This person takes no calls now.", false),
            C::PeerBusy => ("This person is in a call.", false),
            C::InsufficientBalance => ("There are too few coins in the wallet.", false),
            C::AlreadyAnswered => ("Another device has taken the call.", false),
            C::CallEnded => ("The call is over.", false),
        };
        Self {
            code,
            message: message.to_owned(),
            retryable,
            retry_after_ms: None,
            field: None,
            opens_at: None,
            closes_at: None,
            shortfall_mc: None,
            may_wait: None,
            wait_ms: None,
        }
    }
}
