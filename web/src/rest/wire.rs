//! The bodies of requests and answers. Times are epoch milliseconds, ids are strings.
//!
//! These types are a promise; the domain's are not. The way is one `From` each.

use parlor_actors::services::{Door, Guest, GuestSession, MeetingView, Viewer};
use parlor_domain::{
    meeting::{Joinable, Meeting, Part},
    time::Millis,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    booking_wire::{BookingBody, RemarkBody},
    ice::IceServer,
};

/// `POST /api/meetings/create`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewMeetingBody {
    /// What it is about.
    pub subject: String,
    /// More words.
    #[serde(default)]
    pub description: String,
    /// When it starts.
    pub scheduled_at: i64,
    /// How long it lasts; `duration` is the same.
    #[serde(alias = "duration")]
    pub duration_minutes: i64,
    /// Whom to meet, by address.
    pub client_email: Option<String>,
    /// Whom to meet, by account; `learnerId` is the same.
    #[serde(alias = "learnerId")]
    pub client_id: Option<String>,
    /// What to call them.
    pub client_name: Option<String>,
    /// Whether they wait until the host admits them; they do unless told otherwise.
    pub lobby: Option<bool>,
}

/// `PUT /api/meetings/{id}`; a field that is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingChangeBody {
    /// What it is about.
    pub subject: Option<String>,
    /// More words.
    pub description: Option<String>,
    /// When it starts.
    pub scheduled_at: Option<i64>,
    /// How long it lasts; `duration` is the same.
    #[serde(alias = "duration")]
    pub duration_minutes: Option<i64>,
}

/// Which meetings to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// Start at or after this; 30 days ago when left out.
    pub from: Option<i64>,
    /// Start before this; a year ahead when left out.
    pub to: Option<i64>,
}

/// What is called off.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CancelWanted {
    /// The host calls off the whole session of a group, and not one client's seat in it.
    #[serde(default)]
    pub session: bool,
}

/// Which of one's meetings to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Listed {
    /// Start at or after this; 30 days ago when left out.
    pub from: Option<i64>,
    /// Start before this; a year ahead when left out.
    pub to: Option<i64>,
    /// In this state only, such as `requested`.
    pub status: Option<String>,
}

/// Whether the door is open.
#[derive(Serialize, Deserialize, ToSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct JoinableBody {
    /// `open`, `too_early`, `too_late`, `unpaid`, `over` or `maintenance`.
    pub state: String,
    /// When the door opens.
    pub opens_at: i64,
    /// When it closes.
    pub closes_at: i64,
}

impl From<&Joinable> for JoinableBody {
    fn from(it: &Joinable) -> Self {
        Self {
            state: it.state.word().to_owned(),
            opens_at: it.opens_at.0,
            closes_at: it.closes_at.0,
        }
    }
}

/// Somebody with a name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Who.
    pub id: Option<String>,
    /// Their name.
    pub name: String,
    /// Their address; for the host only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A client's zone, of their account or as they said it when they booked; for the host only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A further person of a meeting.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitedBody {
    /// What the host calls them.
    pub name: String,
    /// Where the mails go.
    pub email: String,
    /// Their personal join link.
    pub link: String,
}

impl From<&Guest> for InvitedBody {
    fn from(it: &Guest) -> Self {
        Self {
            name: it.invited.name.clone(),
            email: it.invited.email.as_str().to_owned(),
            link: it.link.clone(),
        }
    }
}

/// `POST /api/meetings/{id}/guests`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewInvitedBody {
    /// Where the invitation goes.
    pub email: String,
    /// What to call them.
    pub name: Option<String>,
}

/// A meeting as the caller sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingBody {
    /// Which.
    pub meeting_id: String,
    /// What it is about.
    pub subject: String,
    /// More words.
    pub description: String,
    /// When it starts.
    pub scheduled_at: i64,
    /// How long it lasts.
    pub duration_minutes: i64,
    /// The same in the word of the first clients of this API, in minutes.
    pub duration: i64,
    /// `requested`, `awaiting_payment`, `confirmed`, `in_progress`, `completed`, `cancelled`,
    /// `declined`, `expired`, `no_show_client` or `no_show_host`.
    pub status: String,
    /// The status in the words of the first clients of this API: `scheduled`, `in-progress`,
    /// `completed` or `cancelled`.
    pub legacy_status: String,
    /// The host.
    pub mentor_id: String,
    /// The client's account. A host who invited an address learns of one when its owner comes.
    pub learner_id: Option<String>,
    /// The host.
    pub host: Person,
    /// The client.
    pub client: Person,
    /// The room.
    pub room_id: String,
    /// The page of the call.
    pub meeting_link: String,
    /// The client's personal join link; for the host only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_links: Option<Vec<String>>,
    /// Further people with links of their own; for the host only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<Vec<InvitedBody>>,
    /// Counts the moves; links belong to one version.
    pub version: u32,
    /// Whether the client waits to be admitted.
    pub lobby: bool,
    /// Whether the door is open.
    pub joinable: JoinableBody,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Length of all calls so far.
    pub call_seconds: i64,
    /// Since when the host has been there.
    pub host_came_at: Option<i64>,
    /// Since when the client has been there.
    pub client_came_at: Option<i64>,
    /// What was said with the latest answer or cancellation.
    pub remark: Option<RemarkBody>,
    /// What it has because it was booked; nothing when the host wrote it down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingBody>,
}

/// Whole minutes of a span.
pub(super) fn minutes(span: Millis) -> i64 {
    span.0 / 60_000
}

impl From<&MeetingView> for MeetingBody {
    fn from(it: &MeetingView) -> Self {
        let m = &it.meeting;
        let host_looks = it.viewer == Viewer::Host;
        Self {
            meeting_id: m.id.to_string(),
            subject: m.terms.subject.clone(),
            description: m.terms.description.clone(),
            scheduled_at: m.terms.starts_at.0,
            duration_minutes: minutes(m.terms.duration),
            duration: minutes(m.terms.duration),
            status: m.status.word().to_owned(),
            legacy_status: m.status.meeting_word().to_owned(),
            mentor_id: m.host.to_string(),
            learner_id: it.client_user().map(|user| user.to_string()),
            host: Person {
                id: Some(m.host.to_string()),
                name: it.host_name.clone(),
                email: None,
                time_zone: None,
            },
            client: Person {
                id: it.client_user().map(|user| user.to_string()),
                name: it.client_name.clone(),
                email: host_looks.then(|| m.client.email.as_str().to_owned()),
                time_zone: it.client_zone.clone(),
            },
            room_id: m.room.to_string(),
            meeting_link: it.link.clone(),
            meeting_links: host_looks.then(|| it.join_link.iter().cloned().collect()),
            guests: host_looks.then(|| it.guests.iter().map(InvitedBody::from).collect()),
            version: m.version,
            lobby: m.lobby,
            joinable: JoinableBody::from(&it.joinable),
            created_at: m.created_at.0,
            updated_at: m.updated_at.0,
            call_seconds: it.call_time.0 / 1_000,
            host_came_at: m.came(Part::Host).map(|at| at.0),
            client_came_at: m.came(Part::Client).map(|at| at.0),
            remark: m.remark.as_ref().map(RemarkBody::from),
            booking: m.booking.as_ref().map(|own| BookingBody::new(own, it)),
        }
    }
}

/// `GET /api/meetings`
#[derive(Serialize, ToSchema)]
pub struct MeetingList {
    /// Earliest first.
    pub meetings: Vec<MeetingBody>,
}

/// `POST /api/meetings/{id}/join`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    /// Which.
    pub meeting_id: String,
    /// Where to go.
    pub room_id: String,
}

/// `GET /api/video-calls/config`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallConfig {
    /// STUN first, then the relay with credentials that end soon.
    pub ice_servers: Vec<IceServer>,
    /// How long the credentials live.
    pub ice_ttl_ms: i64,
    /// `all` or `relay`.
    pub ice_transport_policy: String,
    /// Candidates gathered ahead.
    pub ice_candidate_pool_size: u8,
    /// `max-bundle`
    pub bundle_policy: String,
    /// `require`
    pub rtcp_mux_policy: String,
    /// `unified-plan`
    pub sdp_semantics: String,
}

/// The two people of a session.
#[derive(Serialize, ToSchema)]
pub struct Participants {
    /// The client.
    pub client: Person,
    /// The host.
    pub psychologist: Person,
}

impl From<&MeetingView> for Participants {
    fn from(it: &MeetingView) -> Self {
        let person = |id: Option<String>, name: &str| Person {
            id,
            name: name.to_owned(),
            email: None,
            time_zone: None,
        };
        let m = &it.meeting;
        Self {
            client: person(
                it.client_user().map(|user| user.to_string()),
                &it.client_name,
            ),
            psychologist: person(Some(m.host.to_string()), &it.host_name),
        }
    }
}

/// `POST /api/video-calls/generate-room/{sessionId}`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomBody {
    /// The room; the same every time.
    pub room_id: String,
    /// The meeting.
    pub session_id: String,
    /// Who meets.
    pub participants: Participants,
}

/// A meeting as a video session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VideoSession {
    /// The meeting.
    pub session_id: String,
    /// The client.
    pub client: Person,
    /// The host.
    pub psychologist: Person,
    /// What it is about.
    pub session_type: String,
    /// When it starts.
    pub session_date: i64,
    /// Always.
    pub is_video_call: bool,
    /// The room.
    pub meeting_link: String,
    /// When the media of two people first met.
    pub video_call_started: Option<i64>,
    /// When the latest call ended.
    pub video_call_ended: Option<i64>,
    /// Length of all calls, in minutes, rounded.
    pub call_duration: i64,
    /// Length of all calls, in seconds.
    pub call_seconds: i64,
    /// `Pending`, `Confirmed`, `In Progress`, `Completed` or `Cancelled`.
    pub status: String,
    /// `Confirmed` or `Pending`.
    pub payment_status: String,
    /// Whether the door is open.
    pub joinable: JoinableBody,
    /// The calls, earliest first; for the host and admins, asked one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<super::calls::CallBody>>,
}

/// Rounded as the seeds round (C09): half a minute counts as one.
pub(super) fn rounded_minutes(span: Millis) -> i64 {
    (span.0 + 30_000) / 60_000
}

impl From<&MeetingView> for VideoSession {
    fn from(it: &MeetingView) -> Self {
        let Participants {
            client,
            psychologist,
        } = Participants::from(it);
        let m: &Meeting = &it.meeting;
        let unpaid = matches!(m.status.session_word(), "Pending");
        Self {
            session_id: m.id.to_string(),
            client,
            psychologist,
            session_type: m.terms.subject.clone(),
            session_date: m.terms.starts_at.0,
            is_video_call: true,
            meeting_link: m.room.to_string(),
            video_call_started: m.call_started_at.map(|at| at.0),
            video_call_ended: m.call_ended_at.map(|at| at.0),
            call_duration: rounded_minutes(it.call_time),
            call_seconds: it.call_time.0 / 1_000,
            status: m.status.session_word().to_owned(),
            payment_status: if unpaid { "Pending" } else { "Confirmed" }.to_owned(),
            joinable: JoinableBody::from(&it.joinable),
            calls: None,
        }
    }
}

/// `POST /api/video-calls/start/{sessionId}`
#[derive(Serialize, ToSchema)]
pub struct CallStarted {
    /// Words.
    pub message: String,
    /// As it is now. It is in progress once both sides are.
    pub session: VideoSession,
}

/// `POST /api/video-calls/end/{sessionId}`
#[derive(Serialize, ToSchema)]
pub struct CallEnded {
    /// Words.
    pub message: String,
    /// Minutes, rounded.
    pub duration: i64,
    /// As it is now.
    pub session: VideoSession,
}

/// `POST /api/join/preview`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DoorBody {
    /// What it is about.
    pub subject: String,
    /// Who leads it.
    pub host_name: String,
    /// What the host calls the invited person.
    pub invitee_name: String,
    /// When it starts.
    pub scheduled_at: i64,
    /// How long it lasts.
    pub duration_minutes: i64,
    /// Whether the door is open.
    pub joinable: JoinableBody,
    /// The version of the terms and the privacy notice that whoever goes in agrees to; left out where there
    /// is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agree_to: Option<String>,
}

impl From<&Door> for DoorBody {
    fn from(it: &Door) -> Self {
        Self {
            subject: it.subject.clone(),
            host_name: it.host_name.clone(),
            invitee_name: it.invitee_name.clone(),
            scheduled_at: it.starts_at.0,
            duration_minutes: minutes(it.duration),
            joinable: JoinableBody::from(&it.joinable),
            agree_to: it.agree_to.clone(),
        }
    }
}

/// `POST /api/join/redeem`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedeemBody {
    /// From the link.
    pub token: String,
    /// The name others will see.
    pub name: String,
    /// `agreeTo` of the preview, when the person was told. Nobody is kept out for want of it.
    pub agreed_to: Option<String>,
}

/// A guest.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GuestUser {
    /// Who, for as long as the invitation lives.
    pub user_id: String,
    /// The name others see.
    pub name: String,
    /// `guest`
    pub role: String,
}

/// A guest's login to one room. Its re-entry token is in the cookie `parlor_guest`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GuestBody {
    /// For the socket's hello.
    pub access_token: String,
    /// When the token ends.
    pub expires_at: i64,
    /// Where to go.
    pub room_id: String,
    /// The meeting.
    pub meeting_id: String,
    /// Who the guest is.
    pub user: GuestUser,
}

impl From<&GuestSession> for GuestBody {
    fn from(it: &GuestSession) -> Self {
        Self {
            access_token: it.access_token.clone(),
            expires_at: it.expires_at.0,
            room_id: it.meeting.room.to_string(),
            meeting_id: it.meeting.id.to_string(),
            user: GuestUser {
                user_id: it.user.to_string(),
                name: it.name.clone(),
                role: "guest".to_owned(),
            },
        }
    }
}
