//! Terms and privacy notice: to read for everybody, to agree to, and what one agreed to.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{AgreementView, Keeps, KeptClass, ServiceError};
use parlor_domain::agreement::{EditionId, Kind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    who::{ByMember, Stranger},
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(texts)
        .service(text)
        .service(mine)
        .service(agree);
}

/// What people agree to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TextsBody {
    /// What to send as `agreedTo`; null where there is nothing to agree to.
    version: Option<String>,
    /// There are terms.
    terms: bool,
    /// There is a privacy notice of the operator's own.
    privacy: bool,
}

/// Which terms and privacy notice are in force. For anybody.
#[utoipa::path(tag = "texts", responses((status = 200, body = TextsBody)))]
#[get("/texts")]
async fn texts(rest: Data<Rest>, _: Stranger) -> Json<TextsBody> {
    let edition = rest.services.house_texts();
    let has = |kind| edition.is_some_and(|it| it.has(kind));
    Json(TextsBody {
        version: edition.map(|it| it.version.clone()),
        terms: has(Kind::Terms),
        privacy: has(Kind::Privacy),
    })
}

/// Which one.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TextWanted {
    /// The reader's language, such as `de`; the text for everybody where there is none in it.
    #[serde(default)]
    language: String,
    /// As it was in this edition; as it is now when left out.
    edition: Option<String>,
}

/// A class of data about people, and how long it is kept.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeptBody {
    /// Which: `calls`, `mails`, …
    class: String,
    /// What it is, in English.
    what: String,
    /// `swept` after `keepHours`, with the `account`, for `ever`, or `until` something happens.
    keeps: String,
    /// How long it is kept after it is done, in hours; null where no sweep removes it.
    keep_hours: Option<i64>,
}

impl From<KeptClass> for KeptBody {
    fn from(it: KeptClass) -> Self {
        Self {
            class: it.class.to_owned(),
            what: it.what.to_owned(),
            keeps: keeps_word(it.keeps).to_owned(),
            keep_hours: it.keep.map(|keep| keep.0 / 3_600_000),
        }
    }
}

/// A kind of rule in answers.
pub(super) fn keeps_word(keeps: Keeps) -> &'static str {
    match keeps {
        Keeps::Swept => "swept",
        Keeps::Account => "account",
        Keeps::Ever => "ever",
        Keeps::Until(_) | Keeps::Limited(_) => "until",
    }
}

/// A text to read.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TextBody {
    /// Its language, such as `de`; empty for the one that everybody reads.
    language: String,
    /// Plain text, or a little Markdown: headings, lists, bold words, links. Null where the operator wrote
    /// no privacy notice: `kept` says then what the server keeps.
    words: Option<String>,
    /// Only without words of the operator.
    kept: Vec<KeptBody>,
}

/// The terms (`terms`) or the privacy notice (`privacy`). For anybody.
#[utoipa::path(tag = "texts", params(("kind" = String, Path), TextWanted), responses(
    (status = 200, body = TextBody), (status = 404, body = ErrorBody),
))]
#[get("/texts/{kind}")]
async fn text(
    rest: Data<Rest>,
    _: Stranger,
    kind: Path<String>,
    wanted: Query<TextWanted>,
) -> Result<Json<TextBody>, ApiError> {
    let kind = Kind::ALL.into_iter().find(|it| it.word() == kind.as_str());
    let kind = kind.ok_or_else(no_text)?;
    let edition = wanted.edition.as_deref().filter(|it| !it.is_empty());
    let edition = edition.map(|it| EditionId::parse(it).ok_or_else(no_text));
    let edition = edition.transpose()?;
    match rest.services.house_text(kind, &wanted.language, edition) {
        Ok(text) => Ok(Json(TextBody {
            language: text.language,
            words: Some(text.words),
            kept: vec![],
        })),
        Err(ServiceError::NotFound) if kind == Kind::Privacy && edition.is_none() => {
            let kept = rest.services.kept_about_people();
            Ok(Json(TextBody {
                language: String::new(),
                words: None,
                kept: kept.into_iter().map(Into::into).collect(),
            }))
        }
        Err(other) => Err(missing(no_text)(other)),
    }
}

fn no_text() -> ApiError {
    ApiError::new(404, "not_found", "There is no such text.")
}

/// That somebody agreed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgreementBody {
    /// To which version.
    pub version: String,
    /// Names the texts as they were then, for `GET /api/texts/{kind}`.
    pub edition: String,
    /// When, epoch ms.
    pub at: i64,
    /// `sign-up`, `booking`, `join`, or `again` when the app asked.
    pub place: String,
    /// Which texts those were: `terms`, `privacy`.
    pub texts: Vec<String>,
}

impl From<&AgreementView> for AgreementBody {
    fn from(view: &AgreementView) -> Self {
        let it = &view.agreement;
        Self {
            texts: view.kinds.iter().map(|it| it.word().to_owned()).collect(),
            version: it.version.clone(),
            edition: it.edition.hex(),
            at: it.at.0,
            place: it.place.word().to_owned(),
        }
    }
}

/// What one agreed to.
#[derive(Serialize, ToSchema)]
struct AgreementList {
    /// The earliest first.
    agreements: Vec<AgreementBody>,
}

/// To which terms and privacy notices one agreed.
#[utoipa::path(tag = "me", operation_id = "agreements", security(("bearer" = [])), responses(
    (status = 200, body = AgreementList),
))]
#[get("/me/agreements")]
async fn mine(rest: Data<Rest>, who: ByMember) -> Result<Json<AgreementList>, ApiError> {
    let all = rest.services.agreements(who.0)?;
    let agreements = all.iter().map(AgreementBody::from).collect();
    Ok(Json(AgreementList { agreements }))
}

/// To what.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AgreeForm {
    /// The version that was shown.
    agreed_to: String,
}

/// Agree to the terms and the privacy notice as they are now.
#[utoipa::path(tag = "me", security(("bearer" = [])), request_body = AgreeForm, responses(
    (status = 204), (status = 400, body = ErrorBody),
))]
#[post("/me/agreements")]
async fn agree(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<AgreeForm>,
) -> Result<HttpResponse, ApiError> {
    rest.services.agree(who.0, &body.agreed_to).await?;
    Ok(HttpResponse::NoContent().finish())
}
