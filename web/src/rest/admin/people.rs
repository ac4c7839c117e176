//! Accounts, for operators: a list to search, one person, and who operates the server.

use actix_web::{
    HttpRequest, get, put,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{DeviceView, PeopleGroup, PersonView, Services};
use parlor_domain::{account::Account, id::UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::{Rest, agreements::AgreementBody, hosts::no_account, trail, who::ByAdmin};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(people).service(one).service(set_admin);
}

fn user(text: &str) -> Result<UserId, ApiError> {
    text.parse().map_err(|_| no_account())
}

/// Whom to list.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PeopleShown {
    /// Everybody.
    #[default]
    All,
    /// Who may host.
    Hosts,
    /// Who operates the server.
    Admins,
    /// Who is out of service.
    Suspended,
    /// Whose address nobody confirmed.
    Unconfirmed,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeopleWanted {
    /// Whom.
    #[serde(default)]
    #[param(inline)]
    show: PeopleShown,
    /// In the name or the address; a whole address or an id finds its account at once.
    #[serde(default)]
    words: String,
    /// From where to go on: `next` of the page before.
    before: Option<String>,
}

/// An account in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonLine {
    /// Whose.
    pub user_id: String,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// They confirmed it.
    pub confirmed: bool,
    /// They operate the server.
    pub admin: bool,
    /// `none`, `pending`, `approved`, `suspended` or `rejected`.
    pub host: String,
    /// The account is out of service.
    pub suspended: bool,
    /// Since when, epoch ms.
    pub created_at: i64,
}

impl From<&Account> for PersonLine {
    fn from(it: &Account) -> Self {
        Self {
            user_id: it.id.to_string(),
            name: it.name.clone(),
            email: it.email.as_str().into(),
            confirmed: it.email_verified_at.is_some(),
            admin: it.admin,
            host: Services::host_word(it).into(),
            suspended: it.banned,
            created_at: it.created_at.0,
        }
    }
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
pub struct PeopleList {
    /// The latest first. A search looks at so many accounts at once: a page may be short, or empty,
    /// and still have a next one.
    pub people: Vec<PersonLine>,
    /// What to ask for next as `before`; null when all were looked at.
    pub next: Option<String>,
}

/// A device of somebody.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonDevice {
    /// What it calls itself.
    pub name: String,
    /// Logged in since, epoch ms.
    pub created_at: i64,
    /// Used last, epoch ms.
    pub last_seen_at: i64,
}

impl From<&DeviceView> for PersonDevice {
    fn from(it: &DeviceView) -> Self {
        Self {
            name: it.name.clone(),
            created_at: it.created_at.0,
            last_seen_at: it.last_seen_at.0,
        }
    }
}

/// One person in numbers. Coins in thousandths.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonBody {
    /// The account.
    pub person: PersonLine,
    /// The language of their mails.
    pub language: String,
    /// Their time zone.
    pub time_zone: String,
    /// Devices that are logged in, the one used last first.
    pub devices: Vec<PersonDevice>,
    /// Meetings of the last 400 days.
    pub meetings_before: usize,
    /// Meetings of the next 400 days.
    pub meetings_ahead: usize,
    /// In the wallet.
    pub wallet: i64,
    /// Owed after a chargeback.
    pub owed: i64,
    /// Earned, and may still be disputed.
    pub pending: i64,
    /// Earned, and not paid out.
    pub earned: i64,
    /// To which terms and privacy notices they agreed, the earliest first.
    pub agreements: Vec<AgreementBody>,
}

impl From<&PersonView> for PersonBody {
    fn from(it: &PersonView) -> Self {
        Self {
            person: PersonLine::from(&it.account),
            language: it.account.language.clone(),
            time_zone: it.account.time_zone.clone(),
            devices: it.devices.iter().map(PersonDevice::from).collect(),
            meetings_before: it.meetings_before,
            meetings_ahead: it.meetings_ahead,
            wallet: it.wallet.0,
            owed: it.owed.0,
            pending: it.pending.0,
            earned: it.earned.0,
            agreements: it.agreements.iter().map(AgreementBody::from).collect(),
        }
    }
}

/// Whether somebody operates the server.
#[derive(Deserialize, ToSchema)]
pub struct AdminForm {
    /// They do from now on.
    pub admin: bool,
    /// Why, at most 1,000 characters; for other admins.
    pub reason: String,
}

/// Accounts, the latest first; by group and words.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(PeopleWanted), responses(
    (status = 200, body = PeopleList), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody),
))]
#[get("/admin/people")]
async fn people(
    rest: Data<Rest>,
    admin: ByAdmin,
    wanted: Query<PeopleWanted>,
) -> Result<Json<PeopleList>, ApiError> {
    let group = match wanted.show {
        PeopleShown::All => PeopleGroup::All,
        PeopleShown::Hosts => PeopleGroup::Hosts,
        PeopleShown::Admins => PeopleGroup::Admins,
        PeopleShown::Suspended => PeopleGroup::Suspended,
        PeopleShown::Unconfirmed => PeopleGroup::Unconfirmed,
    };
    let before = wanted.before.as_deref().map(user).transpose()?;
    let page = rest
        .services
        .people(admin.0, group, &wanted.words, before)?;
    Ok(Json(PeopleList {
        people: page.people.iter().map(PersonLine::from).collect(),
        next: page.next.map(|id| id.to_string()),
    }))
}

/// One person in numbers: devices, how many meetings, coins.
#[utoipa::path(tag = "admin", operation_id = "person", security(("bearer" = [])), params(("userId" = String, Path)), responses(
    (status = 200, body = PersonBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/admin/people/{userId}")]
async fn one(
    rest: Data<Rest>,
    admin: ByAdmin,
    id: Path<String>,
) -> Result<Json<PersonBody>, ApiError> {
    let person = rest
        .services
        .person_in_numbers(admin.0, user(&id)?)
        .map_err(missing(no_account))?;
    Ok(Json(PersonBody::from(&person)))
}

/// Make somebody an admin, or take that back: they are logged out everywhere, and what they may do
/// counts from their next login. Nobody does it to themselves.
#[utoipa::path(tag = "admin", security(("bearer" = [])), params(("userId" = String, Path)),
    request_body = AdminForm, responses(
    (status = 200, body = PersonBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody),
))]
#[put("/admin/people/{userId}/admin")]
async fn set_admin(
    rest: Data<Rest>,
    admin: ByAdmin,
    request: HttpRequest,
    id: Path<String>,
    body: Json<AdminForm>,
) -> Result<Json<PersonBody>, ApiError> {
    let rights = if body.admin { "given" } else { "taken" };
    trail::note(&request, |it| {
        it.words = format!("{rights}: {}", body.reason)
    });
    let set = rest
        .services
        .set_admin(admin.0, user(&id)?, body.admin, &body.reason)
        .await;
    Ok(Json(PersonBody::from(&set.map_err(missing(no_account))?)))
}
