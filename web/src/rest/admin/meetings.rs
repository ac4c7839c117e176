//! Meetings, for operators: when, who with whom, in which state; and calling one off.

use actix_web::{
    HttpRequest, get, post,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{Appointment, AppointmentsWanted, Mark};
use parlor_domain::{meeting::Status, time::Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::{Rest, meetings::meeting_id, trail, who::ByAdmin};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(cancel);
}

/// Which meetings.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AppointmentQuery {
    /// Those still to come or going on, the next first; else all, those made last first, or of one
    /// person by their start.
    #[serde(default)]
    ahead: bool,
    /// In this state, for example `confirmed`.
    status: Option<String>,
    /// Of the account with this address or id.
    person: Option<String>,
    /// That start at or after this, epoch ms.
    from: Option<i64>,
    /// That start before this, epoch ms.
    to: Option<i64>,
    /// From where to go on: `next` of the page before.
    after: Option<String>,
}

/// A meeting without its words.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentBody {
    /// Which.
    pub meeting_id: String,
    /// When, epoch ms.
    pub starts_at: i64,
    /// How long.
    pub minutes: i64,
    /// Its state, as everywhere.
    pub status: String,
    /// Whether it can still be called off.
    pub open: bool,
    /// Who leads it.
    pub host_id: String,
    /// What they are called.
    pub host_name: String,
    /// Who is met; null without an account.
    pub client_id: Option<String>,
    /// What they are called.
    pub client_name: String,
    /// It was booked from a host's page.
    pub booked: bool,
    /// What it costs, in thousandths of a coin.
    pub price: i64,
    /// Length of its calls so far, in seconds.
    pub call_s: i64,
    /// When it was made, epoch ms.
    pub created_at: i64,
}

impl From<&Appointment> for AppointmentBody {
    fn from(it: &Appointment) -> Self {
        let meeting = &it.meeting;
        Self {
            meeting_id: meeting.id.to_string(),
            starts_at: meeting.terms.starts_at.0,
            minutes: meeting.terms.duration.0 / 60_000,
            status: meeting.status.word().into(),
            open: !meeting.status.is_over(),
            host_id: meeting.host.to_string(),
            host_name: it.host_name.clone(),
            client_id: meeting.client.user.map(|id| id.to_string()),
            client_name: meeting.client.name.clone(),
            booked: meeting.booking.is_some(),
            price: meeting.booking.as_ref().map_or(0, |it| it.price.0),
            call_s: it.call_time.0 / 1_000,
            created_at: meeting.created_at.0,
        }
    }
}

/// A page of meetings.
#[derive(Serialize, ToSchema)]
pub struct AppointmentList {
    /// A search looks at so many meetings at once: a page may be short, or empty, and still have a
    /// next one.
    pub meetings: Vec<AppointmentBody>,
    /// What to ask for next as `after`; null when all were looked at.
    pub next: Option<String>,
}

/// Words for both sides.
#[derive(Deserialize, ToSchema)]
pub struct CancelForm {
    /// Why; both sides read it.
    pub words: String,
}

fn mark_words((at, id): Mark) -> String {
    format!("{}.{id}", at.0)
}

fn mark(text: &str) -> Result<Mark, ApiError> {
    let wrong = || ApiError::bad_request("The page is not understood.");
    let (at, id) = text.split_once('.').ok_or_else(wrong)?;
    let at = at.parse().map_err(|_| wrong())?;
    Ok((Timestamp(at), id.parse().map_err(|_| wrong())?))
}

/// Meetings: when, who with whom, in which state. Neither what they are about nor any way in.
#[utoipa::path(tag = "admin", operation_id = "all_meetings", security(("bearer" = [])), params(AppointmentQuery), responses(
    (status = 200, body = AppointmentList), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/meetings")]
async fn list(
    rest: Data<Rest>,
    admin: ByAdmin,
    query: Query<AppointmentQuery>,
) -> Result<Json<AppointmentList>, ApiError> {
    let status = query.status.as_deref().filter(|word| !word.is_empty());
    let wanted = AppointmentsWanted {
        ahead: query.ahead,
        status: status
            .map(|word| {
                Status::all()
                    .find(|it| it.word() == word)
                    .ok_or_else(|| ApiError::bad_request("There is no such state."))
            })
            .transpose()?,
        person: query.person.clone(),
        from: query.from.map(Timestamp),
        to: query.to.map(Timestamp),
    };
    let after = query.after.as_deref().map(mark).transpose()?;
    let page = rest.services.appointments(admin.0, &wanted, after)?;
    Ok(Json(AppointmentList {
        meetings: page.all.iter().map(AppointmentBody::from).collect(),
        next: page.next.map(mark_words),
    }))
}

/// Call a meeting off as its host could: what was paid goes back, and both sides get a mail.
#[utoipa::path(tag = "admin", operation_id = "cancel_any_meeting", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = CancelForm, responses(
    (status = 200, body = AppointmentBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/admin/meetings/{id}/cancel")]
async fn cancel(
    rest: Data<Rest>,
    admin: ByAdmin,
    request: HttpRequest,
    id: Path<String>,
    body: Json<CancelForm>,
) -> Result<Json<AppointmentBody>, ApiError> {
    trail::note(&request, |it| it.words = body.words.clone());
    let cancelled = rest
        .services
        .cancel_appointment(admin.0, meeting_id(&id)?, &body.words)
        .await;
    Ok(Json(AppointmentBody::from(&cancelled?)))
}
