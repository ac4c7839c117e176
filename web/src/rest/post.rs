//! The post: the outbox for admins, and the way to be spared of mails that one may do without.

use actix_web::{
    HttpResponse, get,
    http::header,
    post,
    web::{Data, Json, Path, Query},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_actors::services::{MailPreview, PostView, ServiceError};
use parlor_domain::{
    id::MailId,
    mail::{Mail, Optional, Standing, State},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    who::{ByAdmin, Stranger},
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(overview)
        .service(list)
        .service(standings)
        .service(lift)
        .service(test_mail)
        .service(one)
        .service(retry)
        .service(give_up)
        .service(off_page)
        .service(off)
        .service(digests_off_page)
        .service(digests_off)
        .service(reminders);
}

/// Mails in one state.
#[derive(Serialize, ToSchema)]
struct MailCount {
    /// `queued`, `attempting`, `sent`, `ambiguous`, `failed` or `dropped`.
    state: String,
    /// How many, of the newest 10,000 mails.
    count: usize,
}

/// A record that the sender's domain must publish.
#[derive(Serialize, ToSchema)]
struct DnsRecord {
    /// Its name.
    name: String,
    /// Its text.
    text: String,
}

/// How the post does.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PostBody {
    /// The mail server; null when none is configured, and mails wait.
    server: Option<String>,
    /// The address that mails come from.
    from: String,
    /// `unreachable`, `refused`, `login`, `silent`, or why there is no protected line: `no_starttls`,
    /// `wrong_name`, `expired`, `untrusted`, `unprotected`; null while all is well.
    trouble: Option<String>,
    /// The server's answer that came with it.
    trouble_reply: Option<u16>,
    /// When the next connection is tried, epoch ms.
    tried_again_at: Option<i64>,
    /// The record with which the domain confirms our signatures, when mails are signed.
    dkim: Option<DnsRecord>,
    /// By state.
    counts: Vec<MailCount>,
}

impl From<PostView> for PostBody {
    fn from(it: PostView) -> Self {
        use parlor_actors::mailer::NoLine as N;
        let trouble = it.trouble.map(|(why, _)| match why {
            N::Unreachable => ("unreachable", None),
            N::Refused(code) => ("refused", Some(code)),
            N::Login(code) => ("login", Some(code)),
            N::NoStartTls => ("no_starttls", None),
            N::WrongName => ("wrong_name", None),
            N::Expired => ("expired", None),
            N::Untrusted => ("untrusted", None),
            N::Unprotected => ("unprotected", None),
            N::Silent => ("silent", None),
        });
        let (server, dkim) = match it.sends_as {
            Some(it) => (Some(it.server), it.dkim_record),
            None => (None, None),
        };
        Self {
            server,
            from: it.from,
            trouble: trouble.map(|(word, _)| word.to_owned()),
            trouble_reply: trouble.and_then(|(_, code)| code),
            tried_again_at: it.trouble.map(|(_, at)| at.0),
            dkim: dkim.map(|(name, text)| DnsRecord { name, text }),
            counts: it
                .counts
                .into_iter()
                .map(|(state, count)| MailCount {
                    state: state.word().to_owned(),
                    count,
                })
                .collect(),
        }
    }
}

/// A mail of the outbox.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OutboxMail {
    /// Which.
    id: String,
    /// About what: `invitation`, `reminder`, `verify`, …
    kind: String,
    /// To whom.
    to: String,
    /// Their name.
    name: String,
    /// Where it stands.
    state: String,
    /// Why, when it was not simply sent: `too_late`, `superseded`, `unwanted`, `suppressed`,
    /// `too_many`, `by_hand`, `no_mailbox`, `refused`, `patience` or `unsure`.
    why: Option<String>,
    /// The mail server's last answer.
    reply: Option<u16>,
    /// Attempts made.
    attempts: u32,
    /// When it was queued, epoch ms.
    queued_at: i64,
    /// When it is tried next, epoch ms; of a waiting one.
    due_at: Option<i64>,
    /// When its state last changed, epoch ms.
    changed_at: i64,
}

impl From<&Mail> for OutboxMail {
    fn from(it: &Mail) -> Self {
        Self {
            id: it.id.to_string(),
            kind: it.kind.word().to_owned(),
            to: it.to.as_str().to_owned(),
            name: it.name.clone(),
            state: it.state.word().to_owned(),
            why: it.why.map(|why| why.word().to_owned()),
            reply: it.reply,
            attempts: it.attempts,
            queued_at: it.created_at.0,
            due_at: (it.state == State::Queued).then_some(it.due_at.0),
            changed_at: it.updated_at.0,
        }
    }
}

/// A page of the outbox.
#[derive(Serialize, ToSchema)]
struct OutboxPage {
    /// Newest first.
    mails: Vec<OutboxMail>,
    /// Where the list goes on; null at its end.
    next: Option<String>,
}

/// Which mails.
#[derive(Deserialize, IntoParams)]
struct Which {
    /// Only those in this state.
    state: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A mail with its words. Links have no secrets in here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PreviewBody {
    /// The mail.
    mail: OutboxMail,
    /// Null when what it speaks of is gone.
    subject: Option<String>,
    /// Plain.
    text: Option<String>,
    /// The same as a page.
    html: Option<String>,
    /// Its language.
    language: Option<String>,
    /// Whether it can be tried again.
    can_retry: bool,
}

impl From<MailPreview> for PreviewBody {
    fn from(it: MailPreview) -> Self {
        let mail = OutboxMail::from(&it.mail);
        let words = it.words;
        Self {
            mail,
            subject: words.as_ref().map(|it| it.subject.clone()),
            text: words.as_ref().map(|it| it.text.clone()),
            language: words.as_ref().map(|it| it.language.to_owned()),
            html: words.map(|it| it.html),
            can_retry: it.can_retry,
        }
    }
}

/// An address that gets nothing, or no reminders.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StandingBody {
    /// Which.
    address: String,
    /// When a server refused it for good, epoch ms.
    refused_at: Option<i64>,
    /// With which answer.
    reply: Option<u16>,
    /// Since when its reader wants no reminders, epoch ms.
    reminders_off_at: Option<i64>,
    /// Since when its reader does not want digests, epoch ms.
    digests_off_at: Option<i64>,
}

impl From<Standing> for StandingBody {
    fn from(it: Standing) -> Self {
        Self {
            address: it.address.as_str().to_owned(),
            refused_at: it.refused.map(|(at, _)| at.0),
            reply: it.refused.map(|(_, reply)| reply),
            reminders_off_at: it.reminders_off_at.map(|at| at.0),
            digests_off_at: it.digests_off_at.map(|at| at.0),
        }
    }
}

/// An address.
#[derive(Deserialize, ToSchema)]
struct AddressBody {
    /// Which.
    address: String,
}

fn mail_id(text: &str) -> Result<MailId, ServiceError> {
    text.parse().map_err(|_| ServiceError::NotFound)
}

/// How the post does.
#[utoipa::path(tag = "admin", operation_id = "mail_overview", security(("bearer" = [])), responses(
    (status = 200, body = PostBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/mail")]
async fn overview(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<PostBody>, ApiError> {
    Ok(Json(rest.services.post_view(admin.0)?.into()))
}

/// The outbox, newest first.
#[utoipa::path(tag = "admin", operation_id = "list_mails", security(("bearer" = [])), params(Which), responses(
    (status = 200, body = OutboxPage), (status = 403, body = ErrorBody),
))]
#[get("/admin/mails")]
async fn list(
    rest: Data<Rest>,
    admin: ByAdmin,
    which: Query<Which>,
) -> Result<Json<OutboxPage>, ApiError> {
    let bad = || ApiError::bad_request("The query is not understood.");
    let state = match which.state.as_deref() {
        None | Some("") => None,
        Some(word) => {
            let known = State::WORDS.iter().find(|(_, it)| *it == word);
            Some(known.ok_or_else(bad)?.0)
        }
    };
    let after = which.after.as_deref().map(|it| URL_SAFE_NO_PAD.decode(it));
    let after = after.transpose().map_err(|_| bad())?;
    let states: Vec<State> = state.into_iter().collect();
    let (mails, next) = rest
        .services
        .mail_list(admin.0, &states, after.as_deref())?;
    Ok(Json(OutboxPage {
        mails: mails.iter().map(OutboxMail::from).collect(),
        next: next.map(|place| URL_SAFE_NO_PAD.encode(place)),
    }))
}

/// One mail with its words.
#[utoipa::path(tag = "admin", operation_id = "preview_mail", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = PreviewBody), (status = 404, body = ErrorBody),
))]
#[get("/admin/mails/{id}")]
async fn one(
    rest: Data<Rest>,
    admin: ByAdmin,
    path: Path<String>,
) -> Result<Json<PreviewBody>, ApiError> {
    let id = mail_id(&path)?;
    let preview = rest.services.mail_preview(admin.0, &rest.texts, id)?;
    Ok(Json(preview.into()))
}

/// Try a mail again.
#[utoipa::path(tag = "admin", operation_id = "retry_mail", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = OutboxMail), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/admin/mails/{id}/retry")]
async fn retry(
    rest: Data<Rest>,
    admin: ByAdmin,
    path: Path<String>,
) -> Result<Json<OutboxMail>, ApiError> {
    let mail = rest.services.retry_mail(admin.0, mail_id(&path)?).await?;
    Ok(Json(OutboxMail::from(&mail)))
}

/// Take a mail out of the queue.
#[utoipa::path(tag = "admin", operation_id = "drop_mail", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = OutboxMail), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/admin/mails/{id}/drop")]
async fn give_up(
    rest: Data<Rest>,
    admin: ByAdmin,
    path: Path<String>,
) -> Result<Json<OutboxMail>, ApiError> {
    let mail = rest.services.drop_mail(admin.0, mail_id(&path)?).await?;
    Ok(Json(OutboxMail::from(&mail)))
}

/// Send a mail to myself, to see whether it arrives.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 201, body = OutboxMail), (status = 403, body = ErrorBody),
))]
#[post("/admin/mail/test")]
async fn test_mail(rest: Data<Rest>, admin: ByAdmin) -> Result<HttpResponse, ApiError> {
    let mail = rest.services.send_test_mail(admin.0).await?;
    Ok(HttpResponse::Created().json(OutboxMail::from(&mail)))
}

/// Addresses that get nothing, or no reminders.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = [StandingBody]), (status = 403, body = ErrorBody),
))]
#[get("/admin/mail/addresses")]
async fn standings(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<Vec<StandingBody>>, ApiError> {
    let all = rest.services.standings(admin.0)?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Let mail go to an address again that refused it.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = AddressBody, responses(
    (status = 204), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/admin/mail/addresses/lift")]
async fn lift(
    rest: Data<Rest>,
    admin: ByAdmin,
    body: Json<AddressBody>,
) -> Result<HttpResponse, ApiError> {
    rest.services.lift_refusal(admin.0, &body.address).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// For people whose mail program opens the address of List-Unsubscribe: the page that asks. A GET
/// changes nothing; scanners of mails make them.
#[utoipa::path(tag = "mail", params(("token" = String, Path)), responses(
    (status = 303), (status = 404, body = ErrorBody),
))]
#[get("/mail/off/{token}")]
async fn off_page(_: Stranger, token: Path<String>) -> Result<HttpResponse, ApiError> {
    to_page(&token)
}

/// No more reminders, by the one click of a mail program (RFC 8058).
#[utoipa::path(tag = "mail", params(("token" = String, Path)), responses(
    (status = 200), (status = 404, body = ErrorBody),
))]
#[post("/mail/off/{token}")]
async fn off(rest: Data<Rest>, _: Stranger, token: Path<String>) -> Result<HttpResponse, ApiError> {
    let wish = rest.services.wish_mail(&token, Optional::Reminders, false);
    wish.await?;
    Ok(HttpResponse::Ok().finish())
}

/// The same for digests of what was not read: the page that asks.
#[utoipa::path(tag = "mail", params(("token" = String, Path)), responses(
    (status = 303), (status = 404, body = ErrorBody),
))]
#[get("/mail/digests-off/{token}")]
async fn digests_off_page(_: Stranger, token: Path<String>) -> Result<HttpResponse, ApiError> {
    to_page(&token)
}

/// No more digests, by the one click of a mail program (RFC 8058).
#[utoipa::path(tag = "mail", params(("token" = String, Path)), responses(
    (status = 200), (status = 404, body = ErrorBody),
))]
#[post("/mail/digests-off/{token}")]
async fn digests_off(
    rest: Data<Rest>,
    _: Stranger,
    token: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let wish = rest.services.wish_mail(&token, Optional::Digests, false);
    wish.await?;
    Ok(HttpResponse::Ok().finish())
}

/// What is no token of ours in form is not put into a header.
fn to_page(token: &str) -> Result<HttpResponse, ApiError> {
    if !token.bytes().all(|it| it.is_ascii_graphic()) {
        return Err(ServiceError::LinkVoid.into());
    }
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("/reminders/{token}")))
        .finish())
}

/// What the reader wants.
#[derive(Deserialize, ToSchema)]
struct WishBody {
    /// Of the link in the mail.
    token: String,
    /// Whether reminders are wanted; null leaves it.
    wanted: Option<bool>,
    /// Whether digests of what was not read are wanted; null leaves it.
    digests: Option<bool>,
}

/// What is known.
#[derive(Serialize, ToSchema)]
struct WantedBody {
    /// Whether reminders are sent.
    wanted: bool,
    /// Whether digests of what was not read are sent; null for somebody without an account.
    digests: Option<bool>,
    /// To where, so far as it says which mailbox this is: `a…@example.org`.
    address: String,
}

/// Which of the mails that I may do without I get, and to have it otherwise.
#[utoipa::path(tag = "mail", request_body = WishBody, responses(
    (status = 200, body = WantedBody), (status = 404, body = ErrorBody),
))]
#[post("/mail/reminders")]
async fn reminders(
    rest: Data<Rest>,
    _: Stranger,
    body: Json<WishBody>,
) -> Result<Json<WantedBody>, ApiError> {
    for (which, wanted) in [
        (Optional::Reminders, body.wanted),
        (Optional::Digests, body.digests),
    ] {
        if let Some(wanted) = wanted {
            rest.services.wish_mail(&body.token, which, wanted).await?;
        }
    }
    let wishes = rest.services.mail_wishes(&body.token)?;
    Ok(Json(WantedBody {
        wanted: wishes.reminders,
        digests: wishes.digests,
        address: wishes.address,
    }))
}
