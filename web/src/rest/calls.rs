//! Calls and what they moved through the relay: the bodies, and the operator's list of live ones.

use actix_web::{
    get,
    web::{Data, Json},
};
use parlor_actors::services::{CallView, LiveCallView};
use parlor_domain::call::traffic::{Flow, Path, Share};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, who::ByAdmin};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(live);
}

/// Packets and bytes of one direction; bytes without the relay's own framing.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct FlowBody {
    /// Packets relayed.
    pub packets: u64,
    /// Bytes relayed.
    pub bytes: u64,
}

impl From<Flow> for FlowBody {
    fn from(it: Flow) -> Self {
        Self {
            packets: it.packets,
            bytes: it.bytes,
        }
    }
}

/// What one person of a call moved through the relay.
#[derive(Serialize, ToSchema)]
pub struct ShareBody {
    /// `host`, `client`, or `unknown` when a restart forgot who it was.
    pub who: String,
    /// `direct`, `relay` or `unknown`, as their browser reported it.
    pub path: String,
    /// From them to others.
    pub up: FlowBody,
    /// From others to them.
    pub down: FlowBody,
    /// Packets that the relay dropped: over a rate, or a reader too slow.
    pub dropped: u64,
}

/// A call: when it was, and what it moved through the relay.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallBody {
    /// Which.
    pub call_id: String,
    /// When the media of two people met.
    pub started_at: i64,
    /// When it ended; null while it lives.
    pub ended_at: Option<i64>,
    /// How long two or more were connected; null while it lives.
    pub connected_seconds: Option<i64>,
    /// `relay` if anybody's media went through it, else `direct`, or `unknown`.
    pub path: String,
    /// Everybody's bytes towards others.
    pub bytes_up: u64,
    /// Everybody's bytes from others. Between two relayed people each byte counts in both sums.
    pub bytes_down: u64,
    /// Each person.
    pub participants: Vec<ShareBody>,
}

fn word(path: Path) -> String {
    match path {
        Path::Unknown => "unknown",
        Path::Direct => "direct",
        Path::Relay => "relay",
    }
    .into()
}

impl From<&CallView> for CallBody {
    fn from(it: &CallView) -> Self {
        let sum = it.traffic.sum();
        let participants = it.traffic.people.iter().map(|(user, share)| {
            let Share { used, path } = *share;
            ShareBody {
                who: match user {
                    None => "unknown",
                    Some(user) if *user == it.host => "host",
                    Some(_) => "client",
                }
                .into(),
                path: word(path),
                up: used.up.into(),
                down: used.down.into(),
                dropped: used.dropped,
            }
        });
        Self {
            call_id: it.record.id.to_string(),
            started_at: it.record.started_at.0,
            ended_at: it.record.ended_at.map(|at| at.0),
            connected_seconds: it.record.connected.map(|span| span.0 / 1_000),
            path: word(it.traffic.path()),
            bytes_up: sum.up.bytes,
            bytes_down: sum.down.bytes,
            participants: participants.collect(),
        }
    }
}

/// A live call.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LiveCallBody {
    /// Of which meeting.
    pub meeting_id: String,
    /// Who leads it.
    pub host_name: String,
    /// The call.
    pub call: CallBody,
}

impl From<&LiveCallView> for LiveCallBody {
    fn from(it: &LiveCallView) -> Self {
        Self {
            meeting_id: it.call.record.meeting.to_string(),
            host_name: it.host_name.clone(),
            call: CallBody::from(&it.call),
        }
    }
}

/// `GET /api/admin/live-calls`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LiveCalls {
    /// Earliest first.
    pub calls: Vec<LiveCallBody>,
    /// For how many minutes an admin may enter a room of others; null when that is switched off.
    pub break_glass_min: Option<i64>,
}

/// The calls that go on now, with what each moves through the relay.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = LiveCalls), (status = 403, body = ErrorBody),
))]
#[get("/admin/live-calls")]
async fn live(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<LiveCalls>, ApiError> {
    let calls = rest.services.live_calls(admin.0)?;
    Ok(Json(LiveCalls {
        calls: calls.iter().map(LiveCallBody::from).collect(),
        break_glass_min: rest.services.break_glass_min(),
    }))
}
