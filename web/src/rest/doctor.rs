//! The doctor as an admin's page shows it: all checks on demand, and what a browser elsewhere reached,
//! which no server can see of itself.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use actix_web::{
    HttpRequest, get, post,
    web::{Data, Json},
};
use parlor_actors::ports::PortFuture;
use parlor_domain::time::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, who, who::ByAdmin};
use crate::error::{ApiError, ErrorBody};

/// Most addresses in one report.
const WAYS_MAX: usize = 32;
/// Longest text in it, in bytes.
const TEXT_BYTES_MAX: usize = 300;

/// Where the answers come from: implemented by the roof, which knows the checks.
pub trait DoctorSource: Send + Sync {
    /// What was found the last time.
    fn last(&self) -> Option<DoctorReport>;
    /// Looks at everything; takes seconds.
    ///
    /// # Errors
    /// How long to wait, while somebody else's look goes on or has just ended.
    fn look(&self) -> PortFuture<Result<DoctorReport, Millis>>;
    /// Lets some of the relay's ports answer for a while; gives their addresses.
    fn open_range(&self) -> Vec<String>;
    /// Takes what a browser at this address reached, and says what it means. It is in later looks.
    fn outside(&self, seen: OutsideSeen, from: Option<IpAddr>) -> Vec<FindingBody>;
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingBody {
    /// Which check, for example `relay`.
    pub check: String,
    /// What of it; empty when there is only one.
    pub about: String,
    /// `ok`, `skipped`, `warning` or `failed`.
    pub verdict: String,
    /// Name of the sentence in the catalogue.
    pub code: String,
    /// What fills the sentence.
    pub with: BTreeMap<String, String>,
    /// What was seen, in English.
    pub saw: String,
    /// What to do, in English.
    pub remedy: Option<String>,
    /// Lines for a shell or the configuration file that do so.
    pub commands: Vec<String>,
}

/// One look at everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DoctorReport {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What was found; what others depend on comes first.
    pub findings: Vec<FindingBody>,
}

/// `GET /api/admin/doctor`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DoctorBody {
    /// The last look since the server's start, if there was one.
    pub report: Option<DoctorReport>,
}

/// One address of the relay that a browser tried by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaySeen {
    /// The `stun:`, `turn:` or `turns:` address.
    pub url: String,
    /// Whether the browser got an address by it.
    pub arrived: bool,
    /// What the browser was told instead, for example 701 when nobody answered.
    #[serde(default)]
    pub code: Option<u16>,
}

/// `POST /api/admin/doctor/outside`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutsideSeen {
    /// Where the page was opened: scheme, host and port.
    pub origin: String,
    /// What time it is there, in milliseconds since 1970.
    pub clock: i64,
    /// Each address.
    pub ways: Vec<WaySeen>,
}

/// `POST /api/admin/doctor/range`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RangeBody {
    /// `stun:` addresses to try; none when the relay is off.
    pub urls: Vec<String>,
}

/// What it means.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutsideBody {
    /// A finding for each.
    pub findings: Vec<FindingBody>,
}

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(last)
        .service(look)
        .service(range)
        .service(outside);
}

fn source(rest: &Rest) -> Result<&Arc<dyn DoctorSource>, ApiError> {
    let missing = || ApiError::new(404, "not_found", "There is nothing here.");
    rest.doctor.as_ref().ok_or_else(missing)
}

/// What the doctor found the last time.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = DoctorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/doctor")]
async fn last(rest: Data<Rest>, _admin: ByAdmin) -> Result<Json<DoctorBody>, ApiError> {
    let report = source(&rest)?.last();
    Ok(Json(DoctorBody { report }))
}

/// Looks at everything: names, address, certificate, relay, clock, disk, mail, payments, backup. Takes
/// seconds; one look at a time.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = DoctorReport), (status = 403, body = ErrorBody), (status = 429, body = ErrorBody),
))]
#[post("/admin/doctor")]
async fn look(rest: Data<Rest>, _admin: ByAdmin) -> Result<Json<DoctorReport>, ApiError> {
    let report = source(&rest)?.look().await;
    report.map(Json).map_err(ApiError::rate_limited)
}

/// Lets some ports of the relay's range answer STUN for a minute, so that a browser can try whether it reaches
/// them.
#[utoipa::path(tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = RangeBody), (status = 403, body = ErrorBody),
))]
#[post("/admin/doctor/range")]
async fn range(rest: Data<Rest>, _admin: ByAdmin) -> Result<Json<RangeBody>, ApiError> {
    let urls = source(&rest)?.open_range();
    Ok(Json(RangeBody { urls }))
}

/// Takes what a browser elsewhere reached of the relay's addresses, and says what it means.
#[utoipa::path(tag = "admin", security(("bearer" = [])), request_body = OutsideSeen, responses(
    (status = 200, body = OutsideBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[post("/admin/doctor/outside")]
async fn outside(
    rest: Data<Rest>,
    _admin: ByAdmin,
    request: HttpRequest,
    seen: Json<OutsideSeen>,
) -> Result<Json<OutsideBody>, ApiError> {
    let seen = seen.into_inner();
    let long = |text: &String| text.len() > TEXT_BYTES_MAX;
    if seen.ways.len() > WAYS_MAX || long(&seen.origin) || seen.ways.iter().any(|it| long(&it.url))
    {
        return Err(ApiError::bad_request("That is more than there can be."));
    }
    let from = who::address(&rest, &request);
    let findings = source(&rest)?.outside(seen, from);
    Ok(Json(OutsideBody { findings }))
}
