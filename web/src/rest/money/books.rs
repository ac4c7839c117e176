//! The books, for admins: the trial balance, and credits by hand.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Json},
};
use parlor_actors::services::Trial;
use parlor_domain::money::{Asset, MilliCoins};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    super::{Rest, who::ByAdmin},
    key, said,
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(trial).service(adjust);
}

/// One kind of account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialLineBody {
    /// `wallet`, `call-hold`, `host-pending`, `fee`, …
    pub kind: String,
    /// `coin`, or a currency such as `INR`.
    pub asset: String,
    /// How many such accounts ever moved.
    pub accounts: usize,
    /// What they hold together: thousandths of a coin, or the currency's minor unit.
    pub balance: i64,
}

/// What everybody holds together, and whether the books are true.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialBody {
    /// By kind of account. Of each asset, the balances add up to 0.
    pub lines: Vec<TrialLineBody>,
    /// Entries that were proven.
    pub entries: u64,
    /// Accounts that were compared.
    pub accounts: usize,
    /// When, epoch ms.
    pub checked_at: i64,
    /// The first thing that is wrong; null when the books are true.
    pub fault: Option<String>,
}

impl From<&Trial> for TrialBody {
    fn from(it: &Trial) -> Self {
        let lines = it.lines.iter().map(|line| TrialLineBody {
            kind: line.kind.into(),
            asset: match line.asset {
                Asset::Coin => "coin".into(),
                Asset::Money(currency) => currency.code().into(),
            },
            accounts: line.accounts,
            balance: line.units,
        });
        Self {
            lines: lines.collect(),
            entries: it.proof.entries,
            accounts: it.proof.accounts,
            checked_at: it.proof.at.0,
            fault: it.proof.fault.clone(),
        }
    }
}

/// The trial balance. The books are checked up to this moment before it is shown.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = TrialBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/books")]
async fn trial(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<TrialBody>, ApiError> {
    let trial = rest.services.trial_balance(admin.0).await?;
    Ok(Json(TrialBody::from(&trial)))
}

/// Coins given or taken by hand.
#[derive(Deserialize, ToSchema)]
struct Adjustment {
    /// Whose wallet.
    email: String,
    /// In thousandths of a coin; negative takes.
    amount: i64,
    /// Shown in the statement, up to 1,000 characters.
    reason: String,
}

/// What was done.
#[derive(Serialize, ToSchema)]
struct Adjusted {
    /// Number of the entry.
    entry: u64,
}

/// Give coins to a wallet or take some, with a reason. The `Idempotency-Key` makes it happen once.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = Adjustment,
    params(("Idempotency-Key" = String, Header)), responses(
    (status = 201, body = Adjusted), (status = 400, body = ErrorBody), (status = 402, body = ErrorBody),
))]
#[post("/admin/books/adjustments")]
async fn adjust(
    rest: Data<Rest>,
    admin: ByAdmin,
    request: HttpRequest,
    body: Json<Adjustment>,
) -> Result<HttpResponse, ApiError> {
    let (key, amount) = (key(&request)?, MilliCoins(body.amount));
    let posted = rest
        .services
        .adjust(admin.0, &body.email, amount, &body.reason, key)
        .await;
    let entry = posted.map_err(said)?.seq;
    Ok(HttpResponse::Created().json(Adjusted { entry }))
}
