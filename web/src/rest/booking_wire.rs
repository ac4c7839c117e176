//! The bodies of free times and of bookings. Prices are thousandths of a coin, times epoch milliseconds.

use parlor_actors::services::{Hold, MeetingView, Slots, Viewer};
use parlor_domain::{
    booking::{Booking, Quote},
    meeting::{Part, Remark},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    offer_wire::{BracketBody, MoneyBody, brackets},
    wire::{MeetingBody, minutes},
};

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
