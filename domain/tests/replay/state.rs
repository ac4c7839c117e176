//! What one device knows, folded from events. No wildcard in here: see the head of the test.

use std::collections::BTreeMap;

use parlor_domain::{
    budget::Level,
    conversation::{Kept, Message, MsgSeq, News},
    event::{Event, Peer, PeerMedia, Recording},
    host::Card,
    id::{CallId, MeetingId, PeerId, UserId},
    money::MilliCoins,
    notification::{Notification, NtfSeq, ReadMarks},
    presence::Status,
    time::Timestamp,
};

/// All that a device knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub messages: BTreeMap<MsgSeq, Message>,
    /// Of others: delivered, read.
    pub marks: BTreeMap<UserId, (MsgSeq, MsgSeq)>,
    pub read: MsgSeq,
    pub kept: Kept,
    pub notices: BTreeMap<NtfSeq, Notification>,
    pub notices_read: ReadMarks,
    pub notices_unread: u64,
    pub wallet: Option<(MilliCoins, u64)>,
    pub meetings: BTreeMap<MeetingId, (&'static str, Timestamp)>,
    /// The last thing that was said of each call.
    pub calls: BTreeMap<CallId, Event>,
    pub reviews: BTreeMap<CallId, (String, u8)>,
    pub view: View,
    pub watched: Watched,
}

/// What is told once and not replayed: asked for again after every welcome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    pub presence: BTreeMap<UserId, Status>,
    pub hosts: BTreeMap<UserId, Card>,
    pub slots: BTreeMap<UserId, Timestamp>,
}

/// The room from one seat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    pub me: Option<PeerId>,
    pub inside: bool,
    pub others: BTreeMap<PeerId, Other>,
    pub waiting: Vec<PeerId>,
    pub call: Option<Timestamp>,
    pub hand: Option<Timestamp>,
    pub locked: bool,
    pub recording: Option<Recording>,
    pub level: Level,
    /// Until when an admin was announced.
    pub admin: Option<Timestamp>,
}

/// Somebody else inside. How good their line is is said again and again, and not kept here.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    pub user: UserId,
    pub name: String,
    pub media: PeerMedia,
    pub reconnecting: bool,
    pub hand: Option<Timestamp>,
}

impl From<&Peer> for Other {
    fn from(peer: &Peer) -> Self {
        Self {
            user: peer.user,
            name: peer.name.clone(),
            media: peer.media,
            reconnecting: peer.reconnecting,
            hand: peer.hand,
        }
    }
}

pub fn others(peers: &[Peer]) -> BTreeMap<PeerId, Other> {
    peers.iter().map(|it| (it.id, it.into())).collect()
}

/// Every type of event that this test has heard of.
pub const NAMES: &[&str] = &[
    "admin-entering",
    "admitted",
    "billing",
    "billing-tick",
    "call-accepted",
    "call-ended",
    "call-incoming",
    "call-queued",
    "call-ringing",
    "call-started",
    "call-unanswered",
    "conversation-kept",
    "denied",
    "existing-participants",
    "hand",
    "host",
    "low-balance",
    "media-state",
    "meeting-updated",
    "message",
    "message-delivered",
    "message-read",
    "message-updated",
    "mute-requested",
    "notification",
    "notifications-read",
    "peer-quality",
    "presence",
    "reaction",
    "recording",
    "relay-budget",
    "removed",
    "review-received",
    "room-ended",
    "room-locked",
    "screen-share",
    "signal",
    "slots-changed",
    "unread",
    "user-joined",
    "user-left",
    "user-reconnecting",
    "user-typing",
    "user-resumed",
    "waiting",
    "waiting-room",
    "wallet-changed",
];

impl State {
    /// Folds one event in, and gives its type.
    pub fn hear(&mut self, event: &Event) -> &'static str {
        match event {
            Event::Chat(_, News::Message { message, .. }) => {
                self.messages.insert(message.seq, message.clone());
                "message"
            }
            Event::Chat(_, News::Updated(message)) => {
                self.messages.insert(message.seq, message.clone());
                "message-updated"
            }
            Event::Chat(_, News::Delivered { user, up_to }) => {
                let (delivered, _) = self.marks.entry(*user).or_default();
                *delivered = (*delivered).max(*up_to);
                "message-delivered"
            }
            Event::Chat(_, News::Read { user, up_to }) => {
                let (delivered, read) = self.marks.entry(*user).or_default();
                *delivered = (*delivered).max(*up_to);
                *read = (*read).max(*up_to);
                "message-read"
            }
            Event::Chat(_, News::ReadElsewhere(up_to)) => {
                self.read = self.read.max(*up_to);
                "unread"
            }
            // Forgotten by whoever hears it after a few seconds; nothing to keep.
            Event::Chat(_, News::Typing { .. }) => "user-typing",
            Event::ConversationKept(_, kept) => {
                self.kept = *kept;
                "conversation-kept"
            }
            Event::Notified { it, unread, .. } => {
                self.notices.insert(it.seq, it.clone());
                self.notices_unread = *unread;
                "notification"
            }
            Event::NoticesRead { marks, unread } => {
                self.notices_read = marks.clone();
                self.notices_unread = *unread;
                "notifications-read"
            }
            Event::WalletChanged { available, seq } => {
                // A smaller number is older news.
                if self.wallet.is_none_or(|(_, known)| known < *seq) {
                    self.wallet = Some((*available, *seq));
                }
                "wallet-changed"
            }
            Event::MeetingUpdated {
                meeting,
                status,
                starts_at,
                ..
            } => {
                self.meetings.insert(*meeting, (status, *starts_at));
                "meeting-updated"
            }
            Event::ReviewReceived {
                call,
                author,
                stars,
            } => {
                self.reviews.insert(*call, (author.clone(), *stars));
                "review-received"
            }
            Event::CallIncoming { call, .. } => self.of_call(*call, event, "call-incoming"),
            Event::CallRinging { call, .. } => self.of_call(*call, event, "call-ringing"),
            Event::CallQueued { call, .. } => self.of_call(*call, event, "call-queued"),
            Event::CallAccepted { call, .. } => self.of_call(*call, event, "call-accepted"),
            Event::CallUnanswered { call, .. } => self.of_call(*call, event, "call-unanswered"),
            Event::LowBalance { call, .. } => self.of_call(*call, event, "low-balance"),
            Event::CallEnded { call, .. } => self.of_call(*call, event, "call-ended"),
            Event::Billing {
                call, news: true, ..
            } => self.of_call(*call, event, "billing"),
            // Time went on, which the page's own clock shows as well.
            Event::Billing { news: false, .. } => "billing-tick",
            Event::Presence(all) => {
                let all = all.iter().map(|it| (it.user, it.status));
                self.watched.presence.extend(all);
                "presence"
            }
            Event::Host(_, card) => {
                self.watched.hosts.insert(card.user, (**card).clone());
                "host"
            }
            Event::SlotsChanged { host, at } => {
                self.watched.slots.insert(*host, *at);
                "slots-changed"
            }
            Event::Waiting { .. }
            | Event::WaitingRoom { .. }
            | Event::Admitted { .. }
            | Event::Denied { .. }
            | Event::ExistingParticipants { .. }
            | Event::UserJoined { .. }
            | Event::UserLeft { .. }
            | Event::UserReconnecting { .. }
            | Event::UserResumed { .. }
            | Event::Signal { .. }
            | Event::MediaState { .. }
            | Event::Hand { .. }
            | Event::Reacted { .. }
            | Event::PeerQuality { .. }
            | Event::RoomLocked { .. }
            | Event::Recording { .. }
            | Event::ScreenShare { .. }
            | Event::MuteRequested { .. }
            | Event::Removed { .. }
            | Event::RoomEnded { .. }
            | Event::RelayBudget { .. }
            | Event::AdminEntering { .. }
            | Event::CallStarted { .. } => self.view.hear(event),
        }
    }

    fn of_call(&mut self, call: CallId, event: &Event, name: &'static str) -> &'static str {
        self.calls.insert(call, event.clone());
        name
    }
}

impl View {
    fn hear(&mut self, event: &Event) -> &'static str {
        match event {
            Event::ExistingParticipants {
                me,
                others: all,
                call_started_at,
                hand,
                locked,
                recording,
                ..
            } => {
                self.me = Some(*me);
                self.inside = true;
                self.others = others(all);
                self.call = *call_started_at;
                self.hand = *hand;
                self.locked = *locked;
                self.recording.clone_from(recording);
                "existing-participants"
            }
            Event::UserJoined { peer, .. } => {
                self.others.insert(peer.id, peer.into());
                "user-joined"
            }
            Event::UserLeft { peer, .. } => {
                self.others.remove(peer);
                "user-left"
            }
            Event::UserReconnecting { peer, .. } => {
                self.change(peer, |it| it.reconnecting = true);
                "user-reconnecting"
            }
            Event::UserResumed { peer, .. } => {
                self.change(peer, |it| it.reconnecting = false);
                "user-resumed"
            }
            Event::MediaState {
                peer,
                audio,
                video,
                away,
                ..
            } => {
                self.change(peer, |it| {
                    (it.media.audio, it.media.video, it.media.away) = (*audio, *video, *away);
                });
                "media-state"
            }
            Event::Hand {
                peer, raised_at, ..
            } => {
                match self.me == Some(*peer) {
                    true => self.hand = *raised_at,
                    false => self.change(peer, |it| it.hand = *raised_at),
                }
                "hand"
            }
            Event::ScreenShare { peer, active, .. } => {
                self.change(peer, |it| it.media.screen = *active);
                "screen-share"
            }
            Event::RoomLocked { locked, .. } => {
                self.locked = *locked;
                "room-locked"
            }
            Event::Recording { recording, .. } => {
                self.recording.clone_from(recording);
                "recording"
            }
            Event::WaitingRoom { waiting, .. } => {
                self.waiting = waiting.iter().map(|it| it.id).collect();
                "waiting-room"
            }
            Event::CallStarted { at, .. } => {
                self.call = Some(*at);
                "call-started"
            }
            Event::AdminEntering { until, .. } => {
                self.admin = Some(*until);
                "admin-entering"
            }
            Event::RelayBudget { level, .. } => {
                self.level = *level;
                "relay-budget"
            }
            Event::Admitted { ice, .. } => {
                self.level = ice.level;
                "admitted"
            }
            Event::Denied { .. } => self.out("denied"),
            Event::Removed { .. } => self.out("removed"),
            Event::RoomEnded { .. } => self.out("room-ended"),
            // Words for the moment.
            Event::Waiting { .. } => "waiting",
            Event::Signal { .. } => "signal",
            Event::Reacted { .. } => "reaction",
            Event::PeerQuality { .. } => "peer-quality",
            Event::MuteRequested { .. } => "mute-requested",
            other => unreachable!("{other:?} is of no room"),
        }
    }

    fn out(&mut self, name: &'static str) -> &'static str {
        *self = Self::default();
        name
    }

    fn change(&mut self, peer: &PeerId, change: impl FnOnce(&mut Other)) {
        if let Some(known) = self.others.get_mut(peer) {
            change(known);
        }
    }
}
