//! Orders and money to look at, for operators: a list that can be searched, what became of one order,
//! sending money back, and payments that need a person.

use actix_web::{
    HttpRequest, get, post,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::{OrderStory, OrderView, OrdersWanted, account_kind};
use parlor_domain::{
    ledger::Entry,
    money::Asset,
    order::{Refund, State, Step},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::{
    Rest, before,
    payments::{OrderBody, no_order, of_order, order_id},
    who::ByAdmin,
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(money_alerts)
        .service(settle_money_alert)
        .service(all_orders)
        .service(order_story)
        .service(refund_order)
        .service(refunds_of_order);
}

/// Which orders.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OrderQuery {
    /// In this state, for example `paid`.
    #[serde(default)]
    state: String,
    /// An order's id, a gateway's name of it or of its payment, or the buyer's address or id, each
    /// whole; or a part of the buyer's name or address.
    #[serde(default)]
    words: String,
    /// From where to go on: `next` of the page before.
    before: Option<String>,
}

/// An order and who bought.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoughtBody {
    /// The order.
    pub order: OrderBody,
    /// What the buyer is called; empty when there is no account any more.
    pub buyer_name: String,
    /// The buyer's address.
    pub buyer_email: String,
    /// What the payer's bank took and nobody decided about yet, in the currency's minor unit.
    pub disputed_minor: i64,
    /// Until when the gateway takes an answer to that, epoch ms; null when it did not say.
    pub answer_by: Option<i64>,
}

impl From<&OrderView> for BoughtBody {
    fn from(it: &OrderView) -> Self {
        Self {
            order: OrderBody::from(&it.order),
            buyer_name: it.buyer_name.clone(),
            buyer_email: it.buyer_email.clone(),
            disputed_minor: it.order.disputed_minor,
            answer_by: it.order.answer_by.map(|at| at.0),
        }
    }
}

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub struct BoughtList {
    /// Latest first. A search looks at so many orders at once: a page may be short, or empty, and
    /// still have a next one.
    pub orders: Vec<BoughtBody>,
    /// What to ask for next as `before`; null when all were looked at.
    pub next: Option<String>,
}

/// A step of an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderStepBody {
    /// When, epoch ms.
    pub at: i64,
    /// `taken` (by the gateway), `failed`, `expired`, `paid`, `sent-back`, `not-arrived`, `went-back`,
    /// `disputed`, `won` or `lost`.
    pub what: String,
    /// How much money moved, in the currency's minor unit.
    pub minor: i64,
    /// The gateway's code of a try that failed.
    pub code: Option<String>,
}

impl From<&Step> for OrderStepBody {
    fn from(it: &Step) -> Self {
        Self {
            at: it.at.0,
            what: it.what.word().into(),
            minor: it.minor,
            code: it.code.clone(),
        }
    }
}

/// What an entry moved in one account.
#[derive(Serialize, ToSchema)]
pub struct OrderPostingBody {
    /// Kind of the account: `wallet`, `issued`, `gateway-money`, …
    pub account: String,
    /// `coin`, or a currency such as `INR`.
    pub asset: String,
    /// Into it, or out of it when negative: thousandths of a coin, or the currency's minor unit.
    pub units: i64,
}

/// An entry of the books about an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderEntryBody {
    /// Its number in the books.
    pub id: u64,
    /// When, epoch ms.
    pub at: i64,
    /// `top-up`, `refund`, `chargeback`, …
    pub kind: String,
    /// What it moved.
    pub postings: Vec<OrderPostingBody>,
}

fn entry((id, it): (&u64, &Entry)) -> OrderEntryBody {
    let postings = it.postings.iter().map(|it| OrderPostingBody {
        account: account_kind(it.account).into(),
        asset: match it.account.asset() {
            Asset::Coin => "coin".into(),
            Asset::Money(currency) => currency.code().into(),
        },
        units: it.units,
    });
    OrderEntryBody {
        id: *id,
        at: it.at.0,
        kind: it.kind.word().into(),
        postings: postings.collect(),
    }
}

/// An order with everything that is known of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderStoryBody {
    /// The order and who bought.
    pub bought: BoughtBody,
    /// The gateway's name of the payment.
    pub payment_id: Option<String>,
    /// How often the gateway was asked.
    pub looks: u32,
    /// When it is asked next, epoch ms.
    pub look_at: Option<i64>,
    /// The booking that the coins are to pay for, while it waits for them.
    pub meeting_id: Option<String>,
    /// What became of it, earliest first; the latest 32.
    pub steps: Vec<OrderStepBody>,
    /// What went back through the gateway, or was to.
    pub refunds: Vec<OrderRefundBody>,
    /// What admins were to look at because of it, earliest first.
    pub alerts: Vec<MoneyAlertBody>,
    /// What the books have about it, earliest first.
    pub entries: Vec<OrderEntryBody>,
    /// Alerts or entries may be missing: only so many were looked at.
    pub partial: bool,
}

impl From<&OrderStory> for OrderStoryBody {
    fn from(it: &OrderStory) -> Self {
        let order = &it.view.order;
        Self {
            bought: BoughtBody::from(&it.view),
            payment_id: order.payment.clone(),
            looks: order.looks,
            look_at: order.look_at.map(|at| at.0),
            meeting_id: it.meeting.map(|id| id.to_string()),
            steps: order.steps.iter().map(OrderStepBody::from).collect(),
            refunds: it.refunds.iter().map(OrderRefundBody::from).collect(),
            alerts: it.alerts.iter().map(alert).collect(),
            entries: it.entries.iter().map(entry).collect(),
            partial: it.partial,
        }
    }
}

/// Orders, latest first; by state and words.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(OrderQuery), responses(
    (status = 200, body = BoughtList), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/orders")]
async fn all_orders(
    rest: Data<Rest>,
    admin: ByAdmin,
    query: Query<OrderQuery>,
) -> Result<Json<BoughtList>, ApiError> {
    let state = match query.state.as_str() {
        "" => None,
        word => Some(
            State::ALL
                .into_iter()
                .find(|it| it.word() == word)
                .ok_or_else(|| ApiError::bad_request("There is no such state."))?,
        ),
    };
    let wanted = OrdersWanted {
        state,
        words: query.words.clone(),
    };
    let before = before(query.before.as_deref())?;
    let page = rest.services.all_orders(admin.0, &wanted, before)?;
    Ok(Json(BoughtList {
        orders: page.all.iter().map(BoughtBody::from).collect(),
        next: page.next.map(|id| id.to_string()),
    }))
}

/// What became of one order: its steps, refunds, what admins looked at, and the books.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = OrderStoryBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/admin/orders/{id}")]
async fn order_story(
    rest: Data<Rest>,
    admin: ByAdmin,
    id: Path<String>,
) -> Result<Json<OrderStoryBody>, ApiError> {
    let story = rest.services.order_story(admin.0, order_id(&id)?);
    Ok(Json(OrderStoryBody::from(&story.map_err(of_order)?)))
}

/// How much of an order's money goes back.
#[derive(Deserialize, ToSchema)]
pub struct RefundOrderBody {
    /// In the currency's minor unit.
    pub minor: i64,
}

/// Money of an order that goes back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderRefundBody {
    /// The key that it was asked for with.
    pub key: String,
    /// In the currency's minor unit.
    pub minor: i64,
    /// The coins that it stands for, in milli-coins.
    pub coins_milli: i64,
    /// `waiting`, `sent` or `refused`.
    pub state: String,
    /// When it was asked for, epoch ms.
    pub created_at: i64,
}

impl From<&Refund> for OrderRefundBody {
    fn from(it: &Refund) -> Self {
        Self {
            key: it.key.clone(),
            minor: it.minor,
            coins_milli: it.coins.0,
            state: it.state.word().into(),
            created_at: it.created_at.0,
        }
    }
}

/// Refunds.
#[derive(Serialize, ToSchema)]
pub struct OrderRefunds {
    /// Of one order.
    pub refunds: Vec<OrderRefundBody>,
}

/// Send money of an order back through its gateway; the coins that it stands for must be unspent.
/// M-Pesa sends nothing back by itself: send it by hand, then record it here.
#[utoipa::path(tag = "payments", security(("bearer" = [])), request_body = RefundOrderBody,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)), responses(
    (status = 200, body = OrderRefundBody), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody),
))]
#[post("/admin/orders/{id}/refund")]
async fn refund_order(
    rest: Data<Rest>,
    admin: ByAdmin,
    request: HttpRequest,
    id: Path<String>,
    body: Json<RefundOrderBody>,
) -> Result<Json<OrderRefundBody>, ApiError> {
    let key = request.headers().get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or("");
    let id = order_id(&id)?;
    let refund = rest.services.refund_order(admin.0, id, body.minor, key);
    let refund = refund.await.map_err(missing(no_order))?;
    Ok(Json(OrderRefundBody::from(&refund)))
}

/// The refunds of an order.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = OrderRefunds), (status = 403, body = ErrorBody),
))]
#[get("/admin/orders/{id}/refunds")]
async fn refunds_of_order(
    rest: Data<Rest>,
    admin: ByAdmin,
    id: Path<String>,
) -> Result<Json<OrderRefunds>, ApiError> {
    let all = rest.services.refunds_of(admin.0, order_id(&id)?)?;
    Ok(Json(OrderRefunds {
        refunds: all.iter().map(OrderRefundBody::from).collect(),
    }))
}

/// Money that an admin should look at.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyAlertBody {
    /// Its id.
    pub id: String,
    /// When, epoch ms.
    pub at: i64,
    /// `unknown-order`, `wrong-amount`, `wrong-currency`, `paid-twice`, `dispute`, `dispute-won`,
    /// `foreign-refund`, `no-answer` or `refund-failed`.
    pub concern: String,
    /// Through whom.
    pub gateway: String,
    /// The order, if one is known.
    pub order_id: Option<String>,
    /// The gateway's name of the payment.
    pub payment_id: Option<String>,
    /// How much, in the currency's minor unit.
    pub minor: Option<i64>,
    /// Three letters.
    pub currency: Option<String>,
    /// Digits after the point of one unit of the currency.
    pub digits: Option<u32>,
    /// What an admin wrote when it was settled.
    pub settled: Option<String>,
}

/// Alerts.
#[derive(Serialize, ToSchema)]
pub struct MoneyAlerts {
    /// Latest first.
    pub alerts: Vec<MoneyAlertBody>,
}

/// What was done about an alert.
#[derive(Deserialize, ToSchema)]
pub struct SettleBody {
    /// In words.
    pub note: String,
}

/// Money to look at, latest first.
#[utoipa::path(tag = "payments", security(("bearer" = [])), responses(
    (status = 200, body = MoneyAlerts), (status = 403, body = ErrorBody),
))]
#[get("/admin/payment-alerts")]
async fn money_alerts(rest: Data<Rest>, admin: ByAdmin) -> Result<Json<MoneyAlerts>, ApiError> {
    let alerts = rest.services.money_alerts(admin.0)?;
    Ok(Json(MoneyAlerts {
        alerts: alerts.iter().map(alert).collect(),
    }))
}

/// Say what was done about money to look at.
#[utoipa::path(tag = "payments", security(("bearer" = [])), params(("id" = String, Path)),
    request_body = SettleBody, responses(
    (status = 200, body = MoneyAlertBody), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[post("/admin/payment-alerts/{id}/settle")]
async fn settle_money_alert(
    rest: Data<Rest>,
    admin: ByAdmin,
    id: Path<uuid::Uuid>,
    body: Json<SettleBody>,
) -> Result<Json<MoneyAlertBody>, ApiError> {
    let settled = rest.services.settle_alert(admin.0, *id, &body.note).await;
    Ok(Json(alert(&settled.map_err(of_order)?)))
}

fn alert(it: &parlor_actors::services::MoneyAlert) -> MoneyAlertBody {
    MoneyAlertBody {
        id: it.id.to_string(),
        at: it.at.0,
        concern: it.concern.word().into(),
        gateway: it.gateway.word().into(),
        order_id: it.order.map(|id| id.to_string()),
        payment_id: it.payment.clone(),
        minor: it.sum.map(|sum| sum.minor),
        currency: it.sum.map(|sum| sum.currency.code().into()),
        digits: it.sum.map(|sum| sum.currency.digits()),
        settled: it.settled.clone(),
    }
}
