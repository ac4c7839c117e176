//! The bodies of what hosts offer, of free times, and of bookings. Prices are thousandths of a coin,
//! times epoch milliseconds, hours of a day minutes after local midnight.

use jiff::civil::Date;
use parlor_actors::services::{Hold, MeetingView, ServiceError, Slots, Viewer};
use parlor_domain::{
    account::BadField,
    agenda::Claim,
    availability::{self, Availability, Exception},
    booking::{Booking, Quote},
    id::UserId,
    meeting::{Part, Remark, Window},
    money::{Currency, MilliCoins},
    order::Price,
    service::{Bracket, Cancellation, Draft, Service},
    time::{Millis, Timestamp},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::wire::MeetingBody;

fn minutes(span: Millis) -> i64 {
    span.0 / 60_000
}

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

fn brackets(it: &Cancellation) -> Vec<BracketBody> {
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

/// From one minute after local midnight to another; the end may lie on the next day (up to 2160).
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct MinuteSpan {
    /// First minute.
    pub from: u16,
    /// First minute that is not in it.
    pub to: u16,
}

fn spans_out(all: &[availability::Span]) -> Vec<MinuteSpan> {
    let body = |it: &availability::Span| MinuteSpan {
        from: it.from,
        to: it.to,
    };
    all.iter().map(body).collect()
}

fn spans_in(all: Vec<MinuteSpan>) -> Vec<availability::Span> {
    let inner = |it: MinuteSpan| availability::Span {
        from: it.from,
        to: it.to,
    };
    all.into_iter().map(inner).collect()
}

/// Days that differ from the week.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExceptionBody {
    /// First day, as `2026-12-24`.
    pub first: String,
    /// Last day; the same for one day.
    pub last: String,
    /// Every year again.
    #[serde(default)]
    pub yearly: bool,
    /// The hours instead; none for days off.
    #[serde(default)]
    pub spans: Vec<MinuteSpan>,
    /// What the host calls it.
    #[serde(default)]
    pub label: String,
}

/// When a host can be booked; the whole of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityBody {
    /// The host's zone, such as `Africa/Nairobi`.
    pub time_zone: String,
    /// The hours of each day of the week, Monday first; breaks lie between.
    pub week: Vec<Vec<MinuteSpan>>,
    /// Days that differ.
    #[serde(default)]
    pub exceptions: Vec<ExceptionBody>,
}

impl From<&Availability> for AvailabilityBody {
    fn from(it: &Availability) -> Self {
        let exception = |it: &Exception| ExceptionBody {
            first: it.first.to_string(),
            last: it.last.to_string(),
            yearly: it.yearly,
            spans: spans_out(&it.spans),
            label: it.label.clone(),
        };
        Self {
            time_zone: it.zone.clone(),
            week: it.week.iter().map(|day| spans_out(day)).collect(),
            exceptions: it.exceptions.iter().map(exception).collect(),
        }
    }
}

impl AvailabilityBody {
    /// What it says, not checked yet.
    pub fn hours(self, host: UserId, now: Timestamp) -> Result<Availability, ServiceError> {
        let bad = |field, why| ServiceError::BadField(BadField { field, why });
        let date = |text: &str| {
            let why = "A day is written like 2026-12-24.";
            text.parse::<Date>().map_err(|_| bad("exceptions", why))
        };
        let exception = |it: ExceptionBody| {
            Ok(Exception {
                first: date(&it.first)?,
                last: date(&it.last)?,
                yearly: it.yearly,
                spans: spans_in(it.spans),
                label: it.label,
            })
        };
        let week: Vec<_> = self.week.into_iter().map(spans_in).collect();
        let exceptions = self.exceptions.into_iter().map(exception);
        Ok(Availability {
            week: week
                .try_into()
                .map_err(|_| bad("week", "A week has seven days."))?,
            exceptions: exceptions.collect::<Result<_, ServiceError>>()?,
            ..Availability::none(host, &self.time_zone, now)
        })
    }
}

/// Time that a host is off: nobody can book then.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeOffBody {
    /// Which.
    pub time_off_id: String,
    /// From here.
    pub from: i64,
    /// To here.
    pub to: i64,
}

impl From<&Claim> for TimeOffBody {
    fn from(it: &Claim) -> Self {
        Self {
            time_off_id: it.owner.to_string(),
            from: it.from.0,
            to: it.to.0,
        }
    }
}

/// Time that somebody holds and has not booked yet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldTimeBody {
    /// When it would start.
    pub starts_at: i64,
    /// From here, buffers included.
    pub from: i64,
    /// To here, buffers included.
    pub to: i64,
    /// Until when it is kept.
    pub expires_at: i64,
}

impl From<&Claim> for HeldTimeBody {
    fn from(it: &Claim) -> Self {
        Self {
            starts_at: it.starts_at.0,
            from: it.from.0,
            to: it.to.0,
            expires_at: it.until.0,
        }
    }
}

/// When to be off.
#[derive(Deserialize, ToSchema)]
pub struct TimeOffForm {
    /// From here.
    pub from: i64,
    /// To here.
    pub to: i64,
}

/// Which time off; its beginning finds it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeOffAt {
    /// Its beginning.
    pub from: i64,
}

/// Which free times.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlotsWanted {
    /// Of which service.
    pub service: String,
    /// From here; now when left out.
    pub from: Option<i64>,
    /// To here; two weeks later when left out, a year at most.
    pub to: Option<i64>,
    /// Most of them, the earliest first; 2,000 at most.
    pub limit: Option<usize>,
}

/// The free times of a service.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotsBody {
    /// Of what.
    pub service_id: String,
    /// How long it is.
    pub duration_minutes: i64,
    /// The host's zone.
    pub time_zone: String,
    /// Where it can start, earliest first.
    pub slots: Vec<i64>,
    /// Of a group's service: how many seats are left, in the order of `slots`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_left: Option<Vec<u32>>,
    /// Days of the host's, as `2026-12-24`, on which it is offered and nothing is free: one may wait
    /// for them.
    pub full_days: Vec<String>,
    /// Ask again at this instant: somebody's hold ends, and more may be free.
    pub changes_at: Option<i64>,
    /// How long a login that asked hears `slots-changed`.
    pub watched_until: Option<i64>,
}

impl SlotsBody {
    /// As it goes out.
    pub fn new(it: &Slots, watched_until: Option<Timestamp>) -> Self {
        Self {
            service_id: it.service.id.to_string(),
            duration_minutes: minutes(it.service.draft.duration),
            time_zone: it.zone.clone(),
            slots: it.starts.iter().map(|it| it.0).collect(),
            seats_left: (it.service.draft.capacity > 1).then(|| it.seats_left.clone()),
            full_days: it.full_days.iter().map(ToString::to_string).collect(),
            changes_at: it.changes_at.map(|it| it.0),
            watched_until: watched_until.map(|it| it.0),
        }
    }
}

/// A time to be kept for a while.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldForm {
    /// For what.
    pub service_id: String,
    /// When it starts.
    pub starts_at: i64,
}

/// A time that is kept. Whoever knows the id may book it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldBody {
    /// Which.
    pub hold_id: String,
    /// When it starts.
    pub starts_at: i64,
    /// Until when it is kept.
    pub expires_at: i64,
    /// How long that is from now on, in milliseconds: for devices whose clocks go wrong.
    pub lasts_ms: i64,
}

impl HoldBody {
    /// As it goes out.
    pub fn new(it: &Hold, now: Timestamp) -> Self {
        Self {
            hold_id: it.id.to_string(),
            starts_at: it.starts_at.0,
            expires_at: it.expires_at.0,
            lasts_ms: it.expires_at.since(now).0.max(0),
        }
    }
}

/// Which hold; its start finds it.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct HeldAt {
    /// When it starts.
    pub starts_at: i64,
}

/// What somebody wants to book.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingForm {
    /// With whom.
    pub host_id: String,
    /// What.
    pub service_id: String,
    /// When it starts, the first one of a series.
    pub starts_at: i64,
    /// The hold on this time.
    pub hold_id: Option<String>,
    /// Words for the host.
    #[serde(default)]
    pub note: String,
    /// Pay from the wallet at once; otherwise it waits to be paid.
    #[serde(default)]
    pub pay: bool,
    /// Without a login: where mails go.
    pub email: Option<String>,
    /// Without a login: what to call you.
    pub name: Option<String>,
    /// Without a login: the language of mails, such as `sw`; the host's when left out.
    pub language: Option<String>,
    /// Without a login: the zone in which mails tell times; the host's when left out.
    pub time_zone: Option<String>,
    /// Without a login: the version of the terms and the privacy notice that was agreed to
    /// (`GET /api/texts`); needed where there are any.
    pub agreed_to: Option<String>,
    /// A series.
    pub series: Option<SeriesForm>,
}

/// The same again, every week or every second.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeriesForm {
    /// 1 or 2.
    pub every_weeks: i64,
    /// How many in all, up to 20.
    pub count: usize,
    /// Leave out those whose time is taken; otherwise nothing is booked then.
    #[serde(default)]
    pub skip_taken: bool,
}

/// What was booked.
#[derive(Serialize, ToSchema)]
pub struct BookedBody {
    /// The meetings, the first one first.
    pub meetings: Vec<MeetingBody>,
}

/// A group's session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupBody {
    /// Seats for clients.
    pub seats: u32,
    /// Those that are taken, one's own among them.
    pub taken: u32,
}

/// What a meeting has that was booked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingBody {
    /// What was booked.
    pub service_id: String,
    /// The first meeting of its series.
    pub series_id: Option<String>,
    /// What it costs, thousandths of a coin.
    pub price_mc: i64,
    /// The price in a currency, if it was set so. `POST /api/payment/create-order` with the package
    /// `booking` and this meeting takes exactly this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_money: Option<MoneyBody>,
    /// `free`, `due`, `paid` (set aside until it is over) or `settled`.
    pub payment: String,
    /// What went back to the client, once it is settled.
    pub refunded_mc: Option<i64>,
    /// What the host earned, once it is settled; for the host only.
    pub earned_mc: Option<i64>,
    /// When a request ends that nobody answers, or a bill that nobody pays.
    pub expires_at: Option<i64>,
    /// How often the client may still move it.
    pub moves_left: u32,
    /// Of a group's session: how many seats it has, and how many are taken. Everybody has a meeting
    /// of their own; they share `roomId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupBody>,
    /// What a client gets back who calls off, the longest notice first.
    pub cancellation: Vec<BracketBody>,
    /// The page on which its client moves it or calls it off without a login; for the client only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manage_link: Option<String>,
    /// Until when somebody may say who came, against what was seen; nothing when nobody may.
    pub judged_until: Option<i64>,
}

impl BookingBody {
    /// As one of the two sees it.
    pub fn new(it: &Booking, view: &MeetingView) -> Self {
        let host_looks = view.viewer == Viewer::Host;
        let division = it.payment.division();
        let earned = division.map(|done| (it.price - done.refunded - done.fee).0);
        Self {
            service_id: it.service.to_string(),
            series_id: it.series.map(|id| id.to_string()),
            price_mc: it.price.0,
            price_money: it.money.map(MoneyBody::from),
            payment: it.payment.word().to_owned(),
            refunded_mc: division.map(|done| done.refunded.0),
            earned_mc: earned.filter(|_| host_looks),
            expires_at: it.expires_at.map(|at| at.0),
            moves_left: it.moves_left,
            group: view.seats_taken.map(|taken| GroupBody {
                seats: it.seats,
                taken,
            }),
            cancellation: brackets(&it.cancellation),
            manage_link: view.manage_link.clone(),
            judged_until: view.judged_until.map(|at| at.0),
        }
    }
}

/// What calling off would do now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteBody {
    /// For whom: `host` or `client`.
    pub by: String,
    /// In hundredths of a percent of the price.
    pub refund_bps: u32,
    /// What the client gets back, thousandths of a coin.
    pub refund_mc: i64,
    /// What is kept.
    pub kept_mc: i64,
    /// Of how many meetings; more than one when it is about the rest of a series.
    pub meetings: usize,
}

impl QuoteBody {
    /// As it goes out.
    pub fn new(by: Part, it: Quote, meetings: usize) -> Self {
        Self {
            by: side(by),
            refund_bps: it.refund_bps,
            refund_mc: it.refund.0,
            kept_mc: it.kept.0,
            meetings,
        }
    }
}

/// The host's answer to a request.
#[derive(Deserialize, ToSchema)]
pub struct AnswerForm {
    /// Yes or no.
    pub accept: bool,
    /// Words for the client.
    #[serde(default)]
    pub remark: String,
}

/// How a booking is called off; may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct CancelForm {
    /// Words for the other side.
    pub remark: String,
    /// With all that follow it in its series.
    pub following: bool,
}

/// Whether it is about this meeting alone.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Reaching {
    /// With all that follow it in its series.
    #[serde(default)]
    pub following: bool,
}

/// What one side said with its latest answer, or when it called off.
#[derive(Serialize, ToSchema)]
pub struct RemarkBody {
    /// `host` or `client`.
    pub by: String,
    /// The words.
    pub text: String,
}

impl From<&Remark> for RemarkBody {
    fn from(it: &Remark) -> Self {
        Self {
            by: side(it.by),
            text: it.text.clone(),
        }
    }
}

fn side(part: Part) -> String {
    match part {
        Part::Host => "host".into(),
        Part::Client => "client".into(),
    }
}

/// Another time.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoveForm {
    /// When it starts then.
    pub starts_at: i64,
    /// With all that follow it in its series, each as far by the host's clock; all of them or none.
    #[serde(default)]
    pub following: bool,
}

/// Who came.
#[derive(Deserialize, ToSchema)]
pub struct AttendanceForm {
    /// `completed`, `no_show_client`, `no_show_host` or `expired` (nobody).
    pub verdict: String,
}

/// A link of a mail.
#[derive(Deserialize, ToSchema)]
pub struct ManageForm {
    /// What stands in it.
    pub token: String,
}

/// Calling off, by such a link.
#[derive(Deserialize, ToSchema)]
pub struct ManageCancelForm {
    /// What stands in it.
    pub token: String,
    /// Words for the host.
    #[serde(default)]
    pub remark: String,
}

/// Another time, by such a link.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManageMoveForm {
    /// What stands in it.
    pub token: String,
    /// When it starts then.
    pub starts_at: i64,
}

/// What such a link leads to.
#[derive(Serialize, ToSchema)]
pub struct ManagedBody {
    /// The meeting.
    pub meeting: MeetingBody,
    /// What calling off would do now.
    pub quote: QuoteBody,
}
