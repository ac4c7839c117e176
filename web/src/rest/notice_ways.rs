//! How one is told: each kind by each way, quiet hours, and digests of what was not read.

use actix_web::{
    get, put,
    web::{Data, Json},
};
use parlor_actors::services::{NoticeChange, NoticeWays, ServiceError};
use parlor_domain::{
    identity::Role,
    notification::{
        Kind,
        choice::{Channel, MailWay},
        quiet::Quiet,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, who::ByMember};
use crate::{
    error::{ApiError, ErrorBody},
    wire::notices::NoticeKind,
};

/// What the form shows while there are no quiet hours: ten in the evening to seven in the morning.
const USUAL_NIGHT: (u16, u16) = (22 * 60, 7 * 60);

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(settings).service(change_settings);
}

/// How one is mailed of a kind.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum MailWayWord {
    /// Always, by a mail of its own: it answers an act or changes an appointment.
    Own,
    /// By a mail of its own that one may do without.
    Reminder,
    /// In the digest of what was not read.
    Digest,
}

/// How one is told of a kind. It is in the list always.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KindSetting {
    /// Which.
    kind: NoticeKind,
    /// A page that is open shows it at once.
    screen: bool,
    /// It is mailed.
    mail: bool,
    /// How.
    mail_way: MailWayWord,
    /// Devices without a page are woken.
    push: bool,
}

/// A span of the day in which nothing makes a sound, and no mail and no device is sent anything.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct QuietHours {
    /// There is one.
    on: bool,
    /// First minute after midnight, in one's own zone: 0 to 1439.
    from_minute: u16,
    /// First minute after it; of the next day when it is not the later one.
    to_minute: u16,
    /// On which days it begins: 1 is Monday, 7 Sunday.
    days: Vec<u8>,
}

/// How one is told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NoticeSettings {
    /// Each kind.
    kinds: Vec<KindSetting>,
    /// When it is quiet.
    quiet: QuietHours,
    /// It is quiet now, until then; epoch ms.
    quiet_until: Option<i64>,
    /// The zone of the quiet hours.
    time_zone: String,
    /// What was not read is mailed.
    digests: bool,
    /// So long one has to read before that, in minutes.
    digest_delay_min: i64,
    /// Between two such mails at least, in minutes.
    digest_period_min: i64,
    /// This server can wake devices without a page.
    pushes: bool,
}

/// How one is to be told of a kind; what is not named stays.
#[derive(Deserialize, ToSchema)]
struct KindChange {
    /// Which.
    kind: NoticeKind,
    /// A page that is open shows it at once.
    screen: Option<bool>,
    /// It is mailed; refused for kinds about an appointment.
    mail: Option<bool>,
    /// Devices without a page are woken.
    push: Option<bool>,
}

/// What is to be otherwise; what is not named stays.
#[derive(Deserialize, ToSchema)]
struct NoticeSettingsChange {
    /// Of these kinds.
    #[serde(default)]
    kinds: Vec<KindChange>,
    /// Other quiet hours, or none.
    quiet: Option<QuietHours>,
    /// Whether what was not read is mailed.
    digests: Option<bool>,
}

/// How I am told.
#[utoipa::path(tag = "notifications", security(("bearer" = [])), responses(
    (status = 200, body = NoticeSettings),
))]
#[get("/notifications/settings")]
async fn settings(rest: Data<Rest>, who: ByMember) -> Result<Json<NoticeSettings>, ApiError> {
    let ways = rest.services.notice_ways(who.0)?;
    Ok(Json(body(&rest, ways, who.1.role)))
}

/// Have it otherwise, at once.
#[utoipa::path(tag = "notifications", security(("bearer" = [])), request_body = NoticeSettingsChange, responses(
    (status = 200, body = NoticeSettings), (status = 400, body = ErrorBody),
))]
#[put("/notifications/settings")]
async fn change_settings(
    rest: Data<Rest>,
    who: ByMember,
    change: Json<NoticeSettingsChange>,
) -> Result<Json<NoticeSettings>, ApiError> {
    if change.kinds.len() > Kind::ALL.len() {
        return Err(ApiError::bad_request("This is too much at once."));
    }
    let wanted = change.kinds.iter().flat_map(|it| {
        let ways = [
            (Channel::Screen, it.screen),
            (Channel::Mail, it.mail),
            (Channel::Push, it.push),
        ];
        let kind = it.kind.into();
        ways.into_iter()
            .filter_map(move |(channel, wanted)| Some((kind, channel, wanted?)))
    });
    let quiet = change.quiet.as_ref().map(quiet_of);
    let change = NoticeChange {
        kinds: wanted.collect(),
        quiet: quiet.transpose()?,
        digests: change.digests,
    };
    let ways = rest.services.change_notice_ways(who.0, &change).await?;
    Ok(Json(body(&rest, ways, who.1.role)))
}

fn quiet_of(it: &QuietHours) -> Result<Option<Quiet>, ApiError> {
    if !it.on {
        return Ok(None);
    }
    let days = std::array::from_fn(|day| it.days.iter().any(|it| usize::from(*it) == day + 1));
    let quiet = Quiet::new(it.from_minute, it.to_minute, days).map_err(ServiceError::from)?;
    Ok(Some(quiet))
}

fn body(rest: &Rest, ways: NoticeWays, role: Role) -> NoticeSettings {
    // Nobody but an admin is told of reports.
    let told = |kind: &Kind| *kind != Kind::Report || role == Role::Admin;
    let rules = rest.services.config().digests;
    let setting = |kind: Kind| {
        let wants = |channel| ways.choices.wants(kind, channel);
        let (mail_way, mail) = match kind.mail_way() {
            MailWay::Own => (MailWayWord::Own, true),
            MailWay::Reminder => (MailWayWord::Reminder, ways.reminders),
            MailWay::Digest => (MailWayWord::Digest, wants(Channel::Mail)),
        };
        KindSetting {
            kind: kind.into(),
            screen: wants(Channel::Screen),
            mail,
            mail_way,
            push: wants(Channel::Push),
        }
    };
    let quiet = ways.choices.quiet;
    let (from_minute, to_minute) = quiet.map_or(USUAL_NIGHT, |it| (it.from(), it.to()));
    let days = quiet.map_or([true; 7], |it| it.days());
    let days = (1..=7).zip(days).filter(|(_, on)| *on);
    NoticeSettings {
        kinds: Kind::ALL.into_iter().filter(told).map(setting).collect(),
        quiet: QuietHours {
            on: quiet.is_some(),
            from_minute,
            to_minute,
            days: days.map(|(day, _)| day).collect(),
        },
        quiet_until: ways.quiet_until.map(|at| at.0),
        time_zone: ways.time_zone,
        digests: ways.digests,
        digest_delay_min: rules.delay.0 / 60_000,
        digest_period_min: rules.period.0 / 60_000,
        pushes: ways.pushes,
    }
}
