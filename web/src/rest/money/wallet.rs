//! A member's wallet: what is in it, what became of it, and asking for a call's price back.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{DisputeView, ReceiptLine, STATEMENT_LINES_MAX, Transaction, Wallet};
use parlor_domain::ledger::{Kind, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    super::{Rest, paid_calls::PaidCallBody, who::ByMember},
    csv::{self, Csv},
    id, said,
};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(wallet)
        .service(export_transactions)
        .service(transactions)
        .service(receipt)
        .service(request_refund)
        .service(refund_request);
}

/// What is in a wallet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WalletBody {
    /// What can be spent, in thousandths of a coin.
    pub available: i64,
    /// Owed after a chargeback; paid calls wait until it is settled.
    pub owed: i64,
}

impl From<Wallet> for WalletBody {
    fn from(it: Wallet) -> Self {
        Self {
            available: it.available.0,
            owed: it.owed.0,
        }
    }
}

/// One line of a statement. A call is one line.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransactionBody {
    /// Its number in the books.
    pub id: u64,
    /// `welcome`, `top-up`, `adjustment`, `call`, `booking`, `refund`, `chargeback`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Into the wallet, or out of it when negative; thousandths of a coin.
    pub amount: i64,
    /// What the wallet held afterwards.
    pub balance: i64,
    /// An admin's words; empty otherwise.
    pub description: String,
    /// With whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Id of the call, meeting, order or payout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the reference names: `call`, `meeting`, `order` or `payout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Through whom coins were bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_gateway: Option<String>,
    /// `completed`; `running` while a call goes on.
    pub status: String,
    /// Epoch ms.
    pub created_at: i64,
}

impl From<&Transaction> for TransactionBody {
    fn from(it: &Transaction) -> Self {
        let (about, reference) = match it.subject {
            Subject::Call(id) => (Some("call"), Some(id.to_string())),
            Subject::Meeting(id) => (Some("meeting"), Some(id.to_string())),
            Subject::Order(id) => (Some("order"), Some(id.to_string())),
            Subject::Payout(id) => (Some("payout"), Some(id.to_string())),
            Subject::User(_) | Subject::None => (None, None),
        };
        Self {
            id: it.seq,
            kind: match it.kind {
                Kind::Settle => "call".into(),
                other => other.word().into(),
            },
            amount: it.amount.0,
            balance: it.balance.0,
            description: it.note.clone(),
            with: it.with.clone(),
            reference,
            about: about.map(str::to_owned),
            payment_gateway: it.gateway.map(|it| it.word().to_owned()),
            status: if it.running { "running" } else { "completed" }.into(),
            created_at: it.at.0,
        }
    }
}

/// A page of a statement.
#[derive(Serialize, ToSchema)]
pub struct StatementBody {
    /// Latest first.
    pub transactions: Vec<TransactionBody>,
    /// What to ask for next as `before`; null on the last page.
    pub next: Option<u64>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
struct Page {
    /// Only transactions with a smaller id.
    before: Option<u64>,
    /// At most so many; 50 by default, 200 at most.
    limit: Option<usize>,
}

/// What is in one's own wallet.
#[utoipa::path(tag = "money", security(("bearer" = [])), responses(
    (status = 200, body = WalletBody), (status = 401, body = ErrorBody),
))]
#[get("/wallet")]
async fn wallet(rest: Data<Rest>, who: ByMember) -> Result<Json<WalletBody>, ApiError> {
    Ok(Json(rest.services.wallet(who.0)?.into()))
}

/// One's own transactions, latest first.
#[utoipa::path(tag = "money", security(("bearer" = [])), params(Page), responses(
    (status = 200, body = StatementBody), (status = 401, body = ErrorBody),
))]
#[get("/wallet/transactions")]
async fn transactions(
    rest: Data<Rest>,
    who: ByMember,
    page: Query<Page>,
) -> Result<Json<StatementBody>, ApiError> {
    let limit = page.limit.unwrap_or(50);
    let statement = rest.services.transactions(who.0, page.before, limit)?;
    Ok(Json(StatementBody {
        transactions: statement.transactions.iter().map(Into::into).collect(),
        next: statement.next,
    }))
}

/// Most rows of an export.
const EXPORT_MAX: usize = 10_000;

/// One's own transactions as a table for spreadsheets, at most 10,000 of them.
#[utoipa::path(tag = "money", security(("bearer" = [])), responses(
    (status = 200, content_type = "text/csv", body = String), (status = 401, body = ErrorBody),
))]
#[get("/wallet/transactions.csv")]
async fn export_transactions(rest: Data<Rest>, who: ByMember) -> Result<HttpResponse, ApiError> {
    let mut file = Csv::new(&[
        "id",
        "time",
        "type",
        "amount",
        "balance",
        "with",
        "reference",
        "gateway",
        "status",
        "description",
    ]);
    let (mut before, mut rows) = (None, 0);
    loop {
        let page = rest
            .services
            .transactions(who.0, before, STATEMENT_LINES_MAX)?;
        for it in &page.transactions {
            let body = TransactionBody::from(it);
            file.row([
                body.id.to_string(),
                csv::time(it.at),
                body.kind,
                csv::coins(it.amount),
                csv::coins(it.balance),
                body.with.unwrap_or_default(),
                body.reference.unwrap_or_default(),
                body.payment_gateway.unwrap_or_default(),
                body.status,
                body.description,
            ]);
        }
        rows += page.transactions.len();
        before = page.next;
        if before.is_none() || rows >= EXPORT_MAX {
            return Ok(file.answer("transactions.csv"));
        }
    }
}

/// One minute of a call.
#[derive(Serialize, ToSchema)]
pub struct ReceiptLineBody {
    /// Which, from 1.
    pub minute: u64,
    /// Connected seconds in it.
    pub seconds: u64,
    /// What they cost, in thousandths of a coin.
    pub charged: i64,
}

/// What a call cost, minute by minute; the lines add up to what was paid.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptBody {
    /// The call.
    pub call: PaidCallBody,
    /// Minute by minute.
    pub lines: Vec<ReceiptLineBody>,
    /// What was asked back; null when nothing was.
    pub refund_request: Option<DisputeBody>,
    /// Until when the price can be asked back, epoch ms; null when it cannot.
    pub disputable_until: Option<i64>,
}

/// The receipt of a call, for its two people.
#[utoipa::path(tag = "money", security(("bearer" = [])), params(("callId" = String, Path)), responses(
    (status = 200, body = ReceiptBody), (status = 404, body = ErrorBody),
))]
#[get("/wallet/calls/{callId}")]
async fn receipt(
    rest: Data<Rest>,
    who: ByMember,
    call: Path<String>,
) -> Result<Json<ReceiptBody>, ApiError> {
    let it = rest.services.receipt(who.0, id(&call)?).map_err(said)?;
    let line = |line: &ReceiptLine| ReceiptLineBody {
        minute: line.minute,
        seconds: line.seconds,
        charged: line.charged.0,
    };
    Ok(Json(ReceiptBody {
        call: PaidCallBody::of(&it.view, who.0.user),
        lines: it.lines.iter().map(line).collect(),
        refund_request: it.dispute.as_ref().map(DisputeBody::from),
        disputable_until: it.disputable_until.map(|at| at.0),
    }))
}

/// Why a call's price is asked back.
#[derive(Deserialize, ToSchema)]
struct RefundRequest {
    /// In the client's words, up to 1,000 characters.
    reason: String,
}

/// A request for the price of a call, and what became of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisputeBody {
    /// The call.
    pub call_id: String,
    /// Who paid.
    pub client_name: String,
    /// Who earned.
    pub host_name: String,
    /// In the client's words.
    pub reason: String,
    /// Epoch ms.
    pub opened_at: i64,
    /// What the call cost, in thousandths of a coin.
    pub charged: i64,
    /// `open` or `decided`.
    pub status: String,
    /// What the client got back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<i64>,
    /// Words of the admin who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was decided, epoch ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<i64>,
}

impl From<&DisputeView> for DisputeBody {
    fn from(view: &DisputeView) -> Self {
        let it = &view.dispute;
        let decision = it.decision.as_ref();
        Self {
            call_id: it.call.to_string(),
            client_name: view.client_name.clone(),
            host_name: view.host_name.clone(),
            reason: it.reason.clone(),
            opened_at: it.opened_at.0,
            charged: it.charged.0,
            status: if decision.is_some() {
                "decided"
            } else {
                "open"
            }
            .into(),
            refund: decision.map(|it| it.refund.0),
            note: decision.map(|it| it.note.clone()),
            decided_at: decision.map(|it| it.at.0),
        }
    }
}

/// Ask for the price of a call back. Possible until its earnings are the host's (48 hours by
/// default); asking twice asks once.
#[utoipa::path(tag = "money", security(("bearer" = [])), request_body = RefundRequest,
    params(("callId" = String, Path)), responses(
    (status = 200, body = DisputeBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[post("/wallet/calls/{callId}/refund-request")]
async fn request_refund(
    rest: Data<Rest>,
    who: ByMember,
    call: Path<String>,
    body: Json<RefundRequest>,
) -> Result<Json<DisputeBody>, ApiError> {
    let call = id(&call)?;
    let dispute = rest.services.dispute(who.0, call, &body.reason).await;
    Ok(Json(DisputeBody::from(&dispute.map_err(said)?)))
}

/// What became of a request; null when there is none. For the two people of the call.
#[utoipa::path(tag = "money", security(("bearer" = [])), params(("callId" = String, Path)), responses(
    (status = 200, body = Option<DisputeBody>), (status = 404, body = ErrorBody),
))]
#[get("/wallet/calls/{callId}/refund-request")]
async fn refund_request(
    rest: Data<Rest>,
    who: ByMember,
    call: Path<String>,
) -> Result<Json<Option<DisputeBody>>, ApiError> {
    let dispute = rest.services.dispute_of(who.0, id(&call)?)?;
    Ok(Json(dispute.as_ref().map(DisputeBody::from)))
}
