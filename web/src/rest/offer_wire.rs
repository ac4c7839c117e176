//! The bodies of what hosts offer. Prices are thousandths of a coin or minor units of a currency.

use parlor_actors::services::ServiceError;
use parlor_domain::{
    account::BadField,
    meeting::Window,
    money::{Currency, MilliCoins},
    order::Price,
    service::{Bracket, Cancellation, Draft, Service},
    time::Millis,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::wire::minutes;

/// Minutes as a span; a number that nothing can have stays one that is refused.
fn span(minutes: i64) -> Millis {
    Millis(minutes.saturating_mul(60_000))
}

/// Who calls off at least this long before the start gets this part back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BracketBody {
    /// From here on, before the start.
    pub notice_minutes: i64,
    /// In hundredths of a percent of the price.
    pub refund_bps: u32,
}

pub(super) fn brackets(it: &Cancellation) -> Vec<BracketBody> {
    let body = |it: &Bracket| BracketBody {
        notice_minutes: minutes(it.notice),
        refund_bps: it.refund_bps,
    };
    it.0.iter().map(body).collect()
}

/// When a door is open, around the start.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowBody {
    /// This long before.
    pub open_before_minutes: i64,
    /// Until this long after.
    pub close_after_minutes: i64,
}

/// What a host says about a service; the whole of it. What is left out is as usual.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceForm {
    /// What it is called.
    pub title: String,
    /// More about it.
    pub details: String,
    /// How long it is; a multiple of 5.
    pub duration_minutes: i64,
    /// What it costs, thousandths of a coin; 0 for nothing.
    pub price_mc: i64,
    /// The price in a currency instead; `priceMc` is then what it comes to in coins today.
    pub price_money: Option<MoneyBody>,
    /// How many clients one session has place for; 1 for one at a time. The room must hold them.
    pub capacity: u32,
    /// Kept free before it.
    pub buffer_before_minutes: i64,
    /// Kept free after it.
    pub buffer_after_minutes: i64,
    /// From one possible start to the next.
    pub step_minutes: i64,
    /// How long before its start it can last be booked.
    pub notice_minutes: i64,
    /// How far ahead it can be booked.
    pub horizon_days: i64,
    /// Most bookings of it on one day.
    pub per_day_max: Option<u32>,
    /// Most bookings of it in one week, from Monday.
    pub per_week_max: Option<u32>,
    /// Most bookings of it that one client has ahead.
    pub per_client_max: Option<u32>,
    /// Whether the host answers each booking.
    pub approval: bool,
    /// What a client gets back who calls off, the longest notice first.
    pub cancellation: Vec<BracketBody>,
    /// How often a client may move one booking.
    pub moves_max: u32,
    /// How long before the start people are reminded; null: as on this server.
    pub reminder_minutes: Option<Vec<i64>>,
    /// When the door is open; null: as on this server.
    pub join_window: Option<WindowBody>,
    /// Whether the client waits until the host admits them.
    pub lobby: bool,
    /// Whether it can be booked now.
    pub active: bool,
}

impl Default for ServiceForm {
    fn default() -> Self {
        Self::from(&Draft::default())
    }
}

impl From<&Draft> for ServiceForm {
    fn from(it: &Draft) -> Self {
        let leads = it.reminder_leads.as_ref();
        Self {
            title: it.title.clone(),
            details: it.details.clone(),
            duration_minutes: minutes(it.duration),
            price_mc: it.price.0,
            price_money: it.money.map(MoneyBody::from),
            capacity: it.capacity,
            buffer_before_minutes: minutes(it.before),
            buffer_after_minutes: minutes(it.after),
            step_minutes: minutes(it.step),
            notice_minutes: minutes(it.notice),
            horizon_days: minutes(it.horizon) / (24 * 60),
            per_day_max: it.per_day_max,
            per_week_max: it.per_week_max,
            per_client_max: it.per_client_max,
            approval: it.approval,
            cancellation: brackets(&it.cancellation),
            moves_max: it.moves_max,
            reminder_minutes: leads.map(|all| all.iter().map(|it| minutes(*it)).collect()),
            join_window: it.window.map(|it| WindowBody {
                open_before_minutes: minutes(it.open_before),
                close_after_minutes: minutes(it.close_after),
            }),
            lobby: it.lobby,
            active: it.active,
        }
    }
}

/// A sum of money.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyBody {
    /// In the currency's minor unit.
    pub minor: i64,
    /// Three letters.
    pub currency: String,
    /// Digits after the point of one unit of the currency; for reading.
    #[serde(default)]
    pub digits: u32,
}

impl From<Price> for MoneyBody {
    fn from(it: Price) -> Self {
        Self {
            minor: it.minor,
            currency: it.currency.code().to_owned(),
            digits: it.currency.digits(),
        }
    }
}

impl MoneyBody {
    fn price(&self) -> Result<Price, ServiceError> {
        let currency = Currency::parse(&self.currency);
        let currency = currency.map_err(|_| BadField {
            field: "priceMoney",
            why: "A currency is three letters, such as \"INR\".",
        })?;
        let minor = self.minor;
        Ok(Price { minor, currency })
    }
}

impl TryFrom<ServiceForm> for Draft {
    type Error = ServiceError;

    fn try_from(it: ServiceForm) -> Result<Self, ServiceError> {
        let bracket = |it: &BracketBody| Bracket {
            notice: span(it.notice_minutes),
            refund_bps: it.refund_bps,
        };
        let leads = it.reminder_minutes;
        Ok(Self {
            title: it.title,
            details: it.details,
            duration: span(it.duration_minutes),
            price: MilliCoins(it.price_mc),
            money: it.price_money.map(|it| it.price()).transpose()?,
            capacity: it.capacity,
            before: span(it.buffer_before_minutes),
            after: span(it.buffer_after_minutes),
            step: span(it.step_minutes),
            notice: span(it.notice_minutes),
            horizon: span(it.horizon_days.saturating_mul(24 * 60)),
            per_day_max: it.per_day_max,
            per_week_max: it.per_week_max,
            per_client_max: it.per_client_max,
            approval: it.approval,
            cancellation: Cancellation(it.cancellation.iter().map(bracket).collect()),
            moves_max: it.moves_max,
            reminder_leads: leads.map(|all| all.into_iter().map(span).collect()),
            window: it.join_window.map(|it| Window {
                open_before: span(it.open_before_minutes),
                close_after: span(it.close_after_minutes),
            }),
            lobby: it.lobby,
            active: it.active,
        })
    }
}

/// A service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceBody {
    /// Which.
    pub service_id: String,
    /// Whose.
    pub host_id: String,
    /// What the host says about it.
    #[serde(flatten)]
    pub terms: ServiceForm,
}

impl From<&Service> for ServiceBody {
    fn from(it: &Service) -> Self {
        Self {
            service_id: it.id.to_string(),
            host_id: it.host.to_string(),
            terms: ServiceForm::from(&it.draft),
        }
    }
}

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ServicesWanted {
    /// Words; all of them must be there. None for everything.
    #[serde(default)]
    pub q: String,
}

/// A service that was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundService {
    /// The host's name.
    pub host_name: String,
    /// What can be booked.
    #[serde(flatten)]
    pub service: ServiceBody,
}

/// What can be booked with a host.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostServices {
    /// Whose.
    pub host_id: String,
    /// The host's name.
    pub host_name: String,
    /// What.
    pub services: Vec<ServiceBody>,
}
