//! Setup in the browser: the questions whose answers are different on every server. An admin's page reads
//! what is answered, tries answers out, and saves them; then the server begins anew with them.
//!
//! The value of a secret goes in and never out. Saving asks for the admin's password (and code) again,
//! because these answers say where mail, money and links go.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    HttpRequest, get, post, put,
    web::{Data, Json},
};
use parlor_actors::{ports::PortFuture, services::ServiceError};
use parlor_domain::{access::Admin, time::Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::{
    Rest,
    doctor::FindingBody,
    me::with_password,
    trail,
    who::{ByAdmin, ByMember},
};
use crate::error::{ApiError, ErrorBody};

/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 2_000;

/// Answers by key, in words: lists with commas, truth as true or false. Null takes a key out, so that it is as
/// by default; what is not named stays.
pub type Answers = BTreeMap<String, Option<String>>;

/// Where the answers go: implemented by the roof, which knows files and checks.
pub trait SetupSource: Send + Sync {
    /// What is answered.
    fn standing(&self) -> PortFuture<Result<SetupStanding, SetupRefusal>>;
    /// Looks whether these answers are possible, and whether what is asked of others works with them.
    fn try_out(&self, wish: SetupWish) -> PortFuture<Result<Vec<FindingBody>, SetupRefusal>>;
    /// Writes them; gives the address that people see from the next start on.
    fn save(&self, wish: SetupWish) -> PortFuture<Result<String, SetupRefusal>>;
    /// Lets the server begin anew.
    fn begin_anew(&self);
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupRefusal {
    /// Somebody else's answers are being tried.
    Busy(Millis),
    /// The answers were changed by somebody else meanwhile.
    Stale,
    /// This key cannot be so; the words say what to do.
    Key(String, String),
    /// What stands in the files cannot be read; the words say why.
    Broken(String),
}

impl From<SetupRefusal> for ApiError {
    fn from(it: SetupRefusal) -> Self {
        match it {
            SetupRefusal::Busy(wait) => Self::rate_limited(wait),
            SetupRefusal::Stale => Self::new(
                409,
                "conflict",
                "These settings were changed elsewhere meanwhile. Nothing was saved; load them again.",
            ),
            SetupRefusal::Key(key, words) => Self::bad_request(&words).at_field(&key),
            SetupRefusal::Broken(words) => Self::new(409, "conflict", &words),
        }
    }
}

/// What an admin's page sends.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupWish {
    /// What was read before: `version` of `GET /api/admin/setup`.
    pub version: String,
    /// The answers.
    pub answers: Answers,
    /// Only this check of the doctor's: `dns`, `mail` or `payments`; without it all of them. Nothing is tried when
    /// saving.
    #[serde(default)]
    pub check: Option<String>,
}

/// `PUT /api/admin/setup`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetupForm {
    /// What was read before.
    version: String,
    /// The answers.
    answers: Answers,
    /// The admin's present password.
    current: String,
    /// A code of the authenticator app, or a recovery code; where a second factor is on.
    #[serde(default)]
    code: String,
}

/// A key that setup asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupKey {
    /// As `mail.smtp_host`.
    pub name: String,
    /// In words; null for a secret.
    pub value: Option<String>,
    /// What it is when nobody says it.
    pub default: String,
    /// Whether it has a value other than nothing.
    pub is_set: bool,
    /// It was answered in setup.
    pub answered: bool,
    /// The environment variable or the file that says it whatever is answered here.
    pub fixed_by: Option<String>,
}

/// How setup stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupStanding {
    /// Changes with every change of the answers; to be sent back.
    pub version: String,
    /// Changes when the server begins anew.
    pub process: String,
    /// The address that people see now.
    pub public_url: String,
    /// systemd holds the ports, so that they cannot be chosen here.
    pub ports_held: bool,
    /// Somebody answered before.
    pub answered: bool,
    /// What can be answered.
    pub keys: Vec<SetupKey>,
}

/// `GET /api/admin/setup`
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupBody {
    /// Null when setup in the browser is switched off (`server.setup_in_browser`).
    pub standing: Option<SetupStanding>,
    /// Calls that go on now. A new beginning does not end them.
    pub live_calls: usize,
}

/// What was seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SetupTried {
    /// In the doctor's sentences.
    pub findings: Vec<FindingBody>,
}

/// Written; the server begins anew.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupSaved {
    /// The address that people see from then on.
    pub public_url: String,
}

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(standing).service(try_out).service(save);
}

fn source(rest: &Rest) -> Result<&Arc<dyn SetupSource>, ApiError> {
    rest.setup.as_ref().ok_or_else(|| {
        ApiError::new(
            403,
            "forbidden",
            "Setup in the browser is switched off on this server (server.setup_in_browser).",
        )
    })
}

/// Which keys, and never what they are.
fn noted(request: &HttpRequest, answers: &Answers) {
    // What is no key may be anything that somebody typed into the wrong place.
    let key =
        |it: &&str| it.len() <= 60 && it.bytes().all(|b| matches!(b, b'a'..=b'z' | b'_' | b'.'));
    let names: Vec<_> = answers.keys().map(String::as_str).filter(key).collect();
    trail::note(request, |it| {
        it.words = format!("keys: {}", names.join(" "))
    });
}

fn bounded(answers: &Answers) -> Result<(), SetupRefusal> {
    let long = |it: &Option<String>| it.as_ref().is_some_and(|it| it.len() > ANSWER_BYTES_MAX);
    match answers.iter().find(|(_, answer)| long(answer)) {
        Some((key, _)) => Err(SetupRefusal::Key(key.clone(), format!("{key} is too long"))),
        None => Ok(()),
    }
}

/// What setup asks for, and what is answered. A secret's value is not said.
#[utoipa::path(tag = "admin", operation_id = "server_setup", security(("bearer" = [])), responses(
    (status = 200, body = SetupBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[get("/admin/setup")]
async fn standing(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<SetupBody>, ApiError> {
    let standing = match &rest.setup {
        Some(source) => Some(source.standing().await?),
        None => None,
    };
    Ok(Json(SetupBody {
        standing,
        live_calls: rest.services.live_calls(admin.0)?.len(),
    }))
}

/// Try answers out: whether they are possible, and whether names, mail server and payment service take them.
/// Nothing is written, sent or bought. Takes seconds; one at a time.
#[utoipa::path(tag = "admin", operation_id = "try_setup", security(("bearer" = [])), request_body = SetupWish, responses(
    (status = 200, body = SetupTried), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/admin/setup/try")]
async fn try_out(
    rest: Data<Rest>,
    _admin: ByAdmin,
    request: HttpRequest,
    wish: Json<SetupWish>,
) -> Result<Json<SetupTried>, ApiError> {
    noted(&request, &wish.answers);
    let source = source(&rest)?;
    bounded(&wish.answers)?;
    let findings = source.try_out(wish.into_inner()).await?;
    Ok(Json(SetupTried { findings }))
}

/// Save answers, and let the server begin anew with them. Calls go on. Asks for the password again, and for a
/// code where a second factor is on. Refused when the answers changed since they were read.
#[utoipa::path(tag = "admin", operation_id = "save_setup", security(("bearer" = [])), request_body = SetupForm, responses(
    (status = 200, body = SetupSaved), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[put("/admin/setup")]
async fn save(
    rest: Data<Rest>,
    member: ByMember,
    request: HttpRequest,
    form: Json<SetupForm>,
) -> Result<Json<SetupSaved>, ApiError> {
    noted(&request, &form.answers);
    Admin::try_from(&member.1).map_err(|_| ServiceError::Forbidden)?;
    let source = source(&rest)?;
    let form = form.into_inner();
    bounded(&form.answers)?;
    let proof = rest.services.prove(member.0, &form.current, &form.code);
    with_password(&rest, member.0, "current", proof).await?;
    let wish = SetupWish {
        version: form.version,
        answers: form.answers,
        check: None,
    };
    let public_url = source.save(wish).await?;
    source.begin_anew();
    Ok(Json(SetupSaved { public_url }))
}
