//! Reports about people, and accounts that admins take out of service.

use actix_web::{
    HttpResponse, get, post, put,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{AccountStanding, NewReport, ReportView};
use parlor_domain::{
    conversation::MsgSeq,
    report::{Place, Reason, Verdict},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    who::{ByAdmin, ByMember, nobody, person},
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(report_person)
        .service(reports)
        .service(decide_report)
        .service(suspended)
        .service(standing)
        .service(set_suspended);
}

/// What is wrong with somebody.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportReason {
    /// Insults, threats, or does not leave somebody alone.
    Harassment,
    /// Against whom somebody is.
    Hate,
    /// Sexual words or pictures that nobody asked for.
    Sexual,
    /// Announces or asks for violence, also against oneself.
    Violence,
    /// Wants money or secrets by deceit, or payment beside this place.
    Fraud,
    /// Advertises.
    Spam,
    /// Pretends to be somebody else.
    Impersonation,
    /// What the words say.
    Other,
}

impl From<ReportReason> for Reason {
    fn from(it: ReportReason) -> Self {
        match it {
            ReportReason::Harassment => Self::Harassment,
            ReportReason::Hate => Self::Hate,
            ReportReason::Sexual => Self::Sexual,
            ReportReason::Violence => Self::Violence,
            ReportReason::Fraud => Self::Fraud,
            ReportReason::Spam => Self::Spam,
            ReportReason::Impersonation => Self::Impersonation,
            ReportReason::Other => Self::Other,
        }
    }
}

impl From<Reason> for ReportReason {
    fn from(it: Reason) -> Self {
        match it {
            Reason::Harassment => Self::Harassment,
            Reason::Hate => Self::Hate,
            Reason::Sexual => Self::Sexual,
            Reason::Violence => Self::Violence,
            Reason::Fraud => Self::Fraud,
            Reason::Spam => Self::Spam,
            Reason::Impersonation => Self::Impersonation,
            Reason::Other => Self::Other,
        }
    }
}

/// What an admin did about a report.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportVerdict {
    /// Nothing is wrong.
    Dismissed,
    /// It is kept in mind.
    Noted,
    /// The account was suspended.
    Suspended,
}

impl From<ReportVerdict> for Verdict {
    fn from(it: ReportVerdict) -> Self {
        match it {
            ReportVerdict::Dismissed => Self::Dismissed,
            ReportVerdict::Noted => Self::Noted,
            ReportVerdict::Suspended => Self::Suspended,
        }
    }
}

impl From<Verdict> for ReportVerdict {
    fn from(it: Verdict) -> Self {
        match it {
            Verdict::Dismissed => Self::Dismissed,
            Verdict::Noted => Self::Noted,
            Verdict::Suspended => Self::Suspended,
        }
    }
}

/// `POST /api/reports`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportForm {
    /// About whom.
    pub user_id: String,
    /// What is wrong.
    pub reason: ReportReason,
    /// In one's own words, at most 1,000 characters; needed for `other`.
    #[serde(default)]
    pub text: String,
    /// In which conversation.
    pub conversation_id: Option<String>,
    /// In which room.
    pub room_id: Option<String>,
    /// Numbers of the messages, at most 20: they are copied, and an admin reads the copies.
    #[serde(default)]
    pub messages: Vec<u64>,
}

impl ReportForm {
    fn place(&self) -> Result<Place, ApiError> {
        let wrong = || ApiError::bad_request("The conversation or the room is not understood.");
        match (&self.conversation_id, &self.room_id) {
            (Some(id), _) => Ok(Place::Conversation(id.parse().map_err(|_| wrong())?)),
            (None, Some(id)) => Ok(Place::Room(id.parse().map_err(|_| wrong())?)),
            (None, None) => Ok(Place::Page),
        }
    }
}

/// A report was taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reported {
    /// Which.
    pub report_id: String,
}

/// A message as it was when it was reported.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CopiedBody {
    /// Its number in the conversation.
    pub msg_seq: u64,
    /// Who wrote it.
    pub sender_id: String,
    /// When, epoch ms.
    pub at: i64,
    /// The words.
    pub text: String,
}

/// What was decided about a report.
#[derive(Serialize, ToSchema)]
pub struct DecisionBody {
    /// What was done.
    pub verdict: ReportVerdict,
    /// Why; for admins only.
    pub note: String,
    /// Which admin.
    pub by: String,
    /// When, epoch ms.
    pub at: i64,
}

/// Where somebody was who reported.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportPlace {
    /// On a page of the other.
    Page,
    /// In a conversation.
    Conversation,
    /// In a call.
    Room,
}

/// A report about a person, for admins.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportBody {
    /// Which.
    pub report_id: String,
    /// Who reported.
    pub by_id: String,
    /// What they are called.
    pub by_name: String,
    /// About whom.
    pub about_id: String,
    /// What they are called.
    pub about_name: String,
    /// What is wrong.
    pub reason: ReportReason,
    /// In the reporter's words.
    pub text: String,
    /// Where.
    pub place: ReportPlace,
    /// Messages, oldest first.
    pub messages: Vec<CopiedBody>,
    /// When, epoch ms.
    pub at: i64,
    /// Reports about the same person before this one, counted up to 100.
    pub earlier: u32,
    /// The account is suspended now.
    pub suspended: bool,
    /// Null while it is open.
    pub decision: Option<DecisionBody>,
}

impl From<&ReportView> for ReportBody {
    fn from(view: &ReportView) -> Self {
        let it = &view.report;
        let messages = it.copied.iter().map(|it| CopiedBody {
            msg_seq: it.seq.0,
            sender_id: it.sender.to_string(),
            at: it.at.0,
            text: it.text.clone(),
        });
        Self {
            report_id: it.id.to_string(),
            by_id: it.by.to_string(),
            by_name: view.by_name.clone(),
            about_id: it.about.to_string(),
            about_name: view.about_name.clone(),
            reason: it.reason.into(),
            text: it.words.clone(),
            place: match it.place {
                Place::Page => ReportPlace::Page,
                Place::Conversation(_) => ReportPlace::Conversation,
                Place::Room(_) => ReportPlace::Room,
            },
            messages: messages.collect(),
            at: it.at.0,
            earlier: u32::try_from(view.earlier).unwrap_or(u32::MAX),
            suspended: view.suspended,
            decision: it.decision.as_ref().map(|it| DecisionBody {
                verdict: it.verdict.into(),
                note: it.note.clone(),
                by: it.by.to_string(),
                at: it.at.0,
            }),
        }
    }
}

/// A page of reports, the latest first.
#[derive(Serialize, ToSchema)]
pub struct ReportList {
    /// These.
    pub reports: Vec<ReportBody>,
    /// `before` of the next page; null when this is the last one.
    pub next: Option<String>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportsWanted {
    /// Those that were decided, instead of the open ones.
    #[serde(default)]
    pub decided: bool,
    /// Reports before this one.
    pub before: Option<String>,
}

/// `PUT /api/admin/reports/{reportId}/decision`
#[derive(Deserialize, ToSchema)]
pub struct DecisionForm {
    /// What is done.
    pub verdict: ReportVerdict,
    /// Why; needed to suspend the account.
    #[serde(default)]
    pub note: String,
}

/// `PUT /api/admin/accounts/{userId}/suspension`
#[derive(Deserialize, ToSchema)]
pub struct SuspensionForm {
    /// Out of service, or in again.
    pub suspended: bool,
    /// Why.
    pub reason: String,
}

/// What an admin did to an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionStep {
    /// Out of service, or in again.
    pub suspended: bool,
    /// What the admin is called.
    pub by_name: String,
    /// Why.
    pub reason: String,
    /// When, epoch ms.
    pub at: i64,
}

/// A meeting that is ahead of an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingAheadBody {
    /// Which.
    pub meeting_id: String,
    /// When it starts, epoch ms.
    pub starts_at: i64,
    /// The account leads it.
    pub hosts: bool,
    /// What the other one is called.
    pub with_name: String,
}

/// How an account stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountStandingBody {
    /// Whose.
    pub user_id: String,
    /// What they are called.
    pub name: String,
    /// Out of service now.
    pub suspended: bool,
    /// What admins did, oldest first.
    pub steps: Vec<SuspensionStep>,
    /// What is ahead, earliest first; at most 100.
    pub meetings: Vec<MeetingAheadBody>,
}

impl From<&AccountStanding> for AccountStandingBody {
    fn from(it: &AccountStanding) -> Self {
        let steps = it.steps.iter().map(|(step, by)| SuspensionStep {
            suspended: step.out,
            by_name: by.clone(),
            reason: step.why.clone(),
            at: step.at.0,
        });
        let meetings = it.meetings.iter().map(|it| MeetingAheadBody {
            meeting_id: it.id.to_string(),
            starts_at: it.starts_at.0,
            hosts: it.hosts,
            with_name: it.with.clone(),
        });
        Self {
            user_id: it.user.to_string(),
            name: it.name.clone(),
            suspended: it.suspended,
            steps: steps.collect(),
            meetings: meetings.collect(),
        }
    }
}

/// Accounts that are out of service.
#[derive(Serialize, ToSchema)]
pub struct SuspendedList {
    /// Them.
    pub accounts: Vec<AccountStandingBody>,
}

fn none() -> ApiError {
    ApiError::new(404, "not_found", "There is no such report.")
}

/// Report somebody to those who run this place. The other is not told.
#[utoipa::path(tag = "reports", security(("bearer" = [])), request_body = ReportForm, responses(
    (status = 201, body = Reported), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 429, body = ErrorBody),
))]
#[post("/reports")]
async fn report_person(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<ReportForm>,
) -> Result<HttpResponse, ApiError> {
    let new = NewReport {
        about: person(&body.user_id)?,
        reason: body.reason.into(),
        words: body.text.clone(),
        place: body.place()?,
        messages: body.messages.iter().copied().map(MsgSeq).collect(),
    };
    let id = rest.services.report(who.0, new).await;
    let report_id = id.map_err(missing(nobody))?.to_string();
    Ok(HttpResponse::Created().json(Reported { report_id }))
}

/// Reports about people, open ones or decided ones.
#[utoipa::path(tag = "reports", security(("bearer" = [])), params(ReportsWanted), responses(
    (status = 200, body = ReportList), (status = 403, body = ErrorBody),
))]
#[get("/admin/reports")]
async fn reports(
    rest: Data<Rest>,
    admin: ByAdmin,
    wanted: Query<ReportsWanted>,
) -> Result<Json<ReportList>, ApiError> {
    let before = super::before(wanted.before.as_deref())?;
    let page = rest.services.reports(admin.0, !wanted.decided, before)?;
    Ok(Json(ReportList {
        reports: page.all.iter().map(ReportBody::from).collect(),
        next: page.next.map(|id| id.to_string()),
    }))
}

/// Decide a report, once. Suspending the account is part of it.
#[utoipa::path(tag = "reports", security(("bearer" = [])), params(("reportId" = String, Path)),
    request_body = DecisionForm, responses(
    (status = 200, body = ReportBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[put("/admin/reports/{reportId}/decision")]
async fn decide_report(
    rest: Data<Rest>,
    admin: ByAdmin,
    id: Path<String>,
    body: Json<DecisionForm>,
) -> Result<Json<ReportBody>, ApiError> {
    let id = id.parse().map_err(|_| none())?;
    let decided = rest
        .services
        .decide_report(admin.0, id, body.verdict.into(), &body.note)
        .await;
    Ok(Json(ReportBody::from(&decided.map_err(missing(none))?)))
}

/// Accounts that are out of service, with what is ahead of them.
#[utoipa::path(tag = "reports", security(("bearer" = [])), responses(
    (status = 200, body = SuspendedList), (status = 403, body = ErrorBody),
))]
#[get("/admin/accounts/suspended")]
async fn suspended(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<SuspendedList>, ApiError> {
    let all = rest.services.suspended(admin.0)?;
    let accounts = all.iter().map(AccountStandingBody::from).collect();
    Ok(Json(SuspendedList { accounts }))
}

/// How an account stands: what admins did to it, and its meetings ahead.
#[utoipa::path(tag = "reports", security(("bearer" = [])), params(("userId" = String, Path)), responses(
    (status = 200, body = AccountStandingBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody),
))]
#[get("/admin/accounts/{userId}/suspension")]
async fn standing(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
) -> Result<Json<AccountStandingBody>, ApiError> {
    let standing = rest.services.standing(admin.0, person(&user)?);
    let standing = standing.map_err(missing(nobody))?;
    Ok(Json(AccountStandingBody::from(&standing)))
}

/// Take an account out of service, or let it in again: its logins and sockets end, and it cannot log
/// in. Meetings ahead stay until somebody calls them off.
#[utoipa::path(tag = "reports", security(("bearer" = [])), params(("userId" = String, Path)),
    request_body = SuspensionForm, responses(
    (status = 200, body = AccountStandingBody), (status = 400, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[put("/admin/accounts/{userId}/suspension")]
async fn set_suspended(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
    body: Json<SuspensionForm>,
) -> Result<Json<AccountStandingBody>, ApiError> {
    let user = person(&user)?;
    let set = rest
        .services
        .set_suspended(admin.0, user, body.suspended, &body.reason)
        .await;
    let set = set.map_err(missing(nobody))?;
    Ok(Json(AccountStandingBody::from(&set)))
}
