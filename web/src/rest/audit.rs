//! The audit log for admins: searched page by page, and taken along as a table or as lines of JSON.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse, get,
    http::header,
    web::{Data, Json, Query},
};
use parlor_actors::services::AuditPage;
use parlor_domain::{
    access::Admin,
    audit::{Record, Wanted, Who},
    identity::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    money::{Csv, time},
    who::ByAdmin,
};
use crate::error::{ApiError, ErrorBody};

/// Records of one page.
const PAGE: usize = 50;
/// Records that a file holds at most; who wants more asks for a shorter time.
const FILE_ROWS_MAX: usize = 10_000;
/// Records that are read at once for a file.
const FILE_PAGE: usize = 100;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(search).service(table).service(lines);
}

/// Who tried.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuditWho {
    /// Nobody that is known.
    Nobody,
    /// The server, or its operator at the command line.
    House,
    /// Came by a join link.
    Guest,
    /// Has an account.
    Client,
    /// Offers meetings.
    Host,
    /// Operates the server.
    Admin,
}

impl From<Who> for AuditWho {
    fn from(it: Who) -> Self {
        match it {
            Who::Nobody => Self::Nobody,
            Who::House => Self::House,
            Who::Person(_, Role::Guest) => Self::Guest,
            Who::Person(_, Role::Client) => Self::Client,
            Who::Person(_, Role::Host) => Self::Host,
            Who::Person(_, Role::Admin) => Self::Admin,
        }
    }
}

/// One attempt to reach something.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecordBody {
    /// Its number; numbers have no gaps.
    pub seq: u64,
    /// When, epoch ms; the first time, when it stands for several.
    pub at: i64,
    /// When for the last time, epoch ms.
    pub until: i64,
    /// How often.
    pub times: u32,
    /// As what somebody tried.
    pub who: AuditWho,
    /// Who; null when that is nobody or the server.
    pub user_id: Option<String>,
    /// What they are called now; empty once the account is gone.
    pub user_name: String,
    /// What was tried.
    pub action: String,
    /// Null when it was let through; else why not.
    pub refused: Option<String>,
    /// The kind of resource: `Session` for the place of a call.
    pub resource_type: String,
    /// Which; empty for all, or none.
    pub resource_id: String,
    /// Whose data it was about, where that is one person.
    pub about_id: Option<String>,
    /// What they are called now.
    pub about_name: String,
    /// More, by name.
    pub facts: BTreeMap<String, String>,
    /// Where it came from, while that is kept.
    pub ip_address: Option<String>,
    /// What was said about it: a reason, for example.
    pub words: Option<String>,
}

impl From<&(Record, [String; 2])> for AuditRecordBody {
    fn from((it, [who, about]): &(Record, [String; 2])) -> Self {
        Self {
            seq: it.seq,
            at: it.at.0,
            until: it.until.0,
            times: it.times,
            who: it.who.into(),
            user_id: it.who.user().map(|user| user.to_string()),
            user_name: who.clone(),
            action: it.action.clone(),
            refused: it.refused.clone(),
            resource_type: it.resource.kind.clone(),
            resource_id: it.resource.id.clone(),
            about_id: it.about.map(|user| user.to_string()),
            about_name: about.clone(),
            facts: it.facts.iter().cloned().collect(),
            ip_address: it.address.map(|it| it.to_string()),
            words: it.words.clone(),
        }
    }
}

/// A page of the log, the latest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditBody {
    /// These.
    pub records: Vec<AuditRecordBody>,
    /// `before` of the next page; null when everything was looked at.
    pub next: Option<u64>,
    /// Number of the last record of the log.
    pub last: u64,
    /// Its hash, to be noted elsewhere: `parlor audit verify --holds` looks for it.
    pub hash: String,
    /// Records up to this number were removed for their age.
    pub removed: u64,
}

/// Which records; what is not said matches everything.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct AuditWanted {
    /// Who did it, or whose data it was about: a user's id, or the address of an account.
    pub person: Option<String>,
    /// What was tried; with a `*` at its end everything that begins so.
    pub action: Option<String>,
    /// The kind of resource.
    pub resource_type: Option<String>,
    /// The resource.
    pub resource_id: Option<String>,
    /// `refused` or `allowed`.
    pub outcome: Option<String>,
    /// Not before, epoch ms.
    pub from: Option<i64>,
    /// Before, epoch ms.
    pub to: Option<i64>,
    /// Records before this number.
    pub before: Option<u64>,
}

impl AuditWanted {
    fn wanted(&self, rest: &Rest, admin: Admin) -> Result<Wanted, ApiError> {
        let said = |it: &Option<String>| {
            let it = it.as_deref().map(str::trim).filter(|it| !it.is_empty());
            it.map(str::to_owned)
        };
        let nobody = || ApiError::bad_request("There is no such person.");
        let person = said(&self.person).map(|text| {
            let user = rest.services.user_named(admin, &text)?;
            user.ok_or_else(nobody)
        });
        let refused = match self.outcome.as_deref() {
            None | Some("") => None,
            Some("refused") => Some(true),
            Some("allowed") => Some(false),
            Some(_) => return Err(ApiError::bad_request("The outcome is not understood.")),
        };
        Ok(Wanted {
            person: person.transpose()?,
            action: said(&self.action),
            kind: said(&self.resource_type),
            id: said(&self.resource_id),
            refused,
            from: self.from.map(Timestamp),
            to: self.to.map(Timestamp),
        })
    }
}

fn hex(hash: &[u8]) -> String {
    hash.iter().map(|it| format!("{it:02x}")).collect()
}

/// Who tried to reach what, and whether it was let through, the latest first.
#[utoipa::path(tag = "admin", operation_id = "audit", security(("bearer" = [])), params(AuditWanted), responses(
    (status = 200, body = AuditBody), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
))]
#[get("/admin/audit")]
async fn search(
    rest: Data<Rest>,
    admin: ByAdmin,
    asked: Query<AuditWanted>,
) -> Result<Json<AuditBody>, ApiError> {
    let wanted = asked.wanted(&rest, admin.0)?;
    let page = rest
        .services
        .search_audit(admin.0, wanted, asked.before, PAGE)
        .await?;
    let state = rest.services.audit_state()?;
    Ok(Json(AuditBody {
        records: page.records.iter().map(AuditRecordBody::from).collect(),
        next: page.next,
        last: state.last,
        hash: hex(&state.chain),
        removed: state.removed,
    }))
}

/// Gives what is found page by page, up to [`FILE_ROWS_MAX`].
async fn found(
    rest: &Rest,
    admin: Admin,
    asked: &AuditWanted,
    mut take: impl FnMut(&AuditRecordBody),
) -> Result<(), ApiError> {
    let wanted = asked.wanted(rest, admin)?;
    let (mut before, mut left) = (asked.before, FILE_ROWS_MAX);
    while left > 0 {
        let many = FILE_PAGE.min(left);
        let page = rest
            .services
            .search_audit(admin, wanted.clone(), before, many);
        let AuditPage { records, next } = page.await?;
        left -= records.len();
        records
            .iter()
            .map(AuditRecordBody::from)
            .for_each(|it| take(&it));
        before = next;
        if next.is_none() {
            break;
        }
    }
    Ok(())
}

/// The found records as a table for spreadsheets, at most 10,000.
#[utoipa::path(tag = "admin", operation_id = "audit_table", security(("bearer" = [])), params(AuditWanted), responses(
    (status = 200, content_type = "text/csv", body = String), (status = 400, body = ErrorBody),
    (status = 403, body = ErrorBody),
))]
#[get("/admin/audit.csv")]
async fn table(
    rest: Data<Rest>,
    admin: ByAdmin,
    asked: Query<AuditWanted>,
) -> Result<HttpResponse, ApiError> {
    let mut file = Csv::new(&[
        "seq",
        "at",
        "until",
        "times",
        "who",
        "userId",
        "userName",
        "action",
        "refused",
        "resourceType",
        "resourceId",
        "aboutId",
        "aboutName",
        "ipAddress",
        "words",
        "facts",
    ]);
    found(&rest, admin.0, &asked, |it| {
        let facts: Vec<_> = it
            .facts
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        file.row([
            it.seq.to_string(),
            time(Timestamp(it.at)),
            time(Timestamp(it.until)),
            it.times.to_string(),
            json!(it.who).as_str().unwrap_or_default().to_owned(),
            it.user_id.clone().unwrap_or_default(),
            it.user_name.clone(),
            it.action.clone(),
            it.refused.clone().unwrap_or_default(),
            it.resource_type.clone(),
            it.resource_id.clone(),
            it.about_id.clone().unwrap_or_default(),
            it.about_name.clone(),
            it.ip_address.clone().unwrap_or_default(),
            it.words.clone().unwrap_or_default(),
            facts.join(" "),
        ]);
    })
    .await?;
    Ok(file.answer("audit.csv"))
}

/// The found records as lines of JSON, at most 10,000: who, what, which resource, and the rest as
/// metadata.
#[utoipa::path(tag = "admin", operation_id = "audit_lines", security(("bearer" = [])), params(AuditWanted), responses(
    (status = 200, content_type = "application/x-ndjson", body = String), (status = 400, body = ErrorBody),
    (status = 403, body = ErrorBody),
))]
#[get("/admin/audit.jsonl")]
async fn lines(
    rest: Data<Rest>,
    admin: ByAdmin,
    asked: Query<AuditWanted>,
) -> Result<HttpResponse, ApiError> {
    let mut file = String::new();
    found(&rest, admin.0, &asked, |it| {
        let mut metadata = json!({
            "seq": it.seq, "timestamp": it.at, "until": it.until, "times": it.times, "who": it.who,
            "refused": it.refused, "ipAddress": it.ip_address, "aboutId": it.about_id, "words": it.words,
        });
        for (name, value) in &it.facts {
            metadata[name] = json!(value);
        }
        let line = json!({
            "userId": it.user_id, "action": it.action, "resourceType": it.resource_type,
            "resourceId": it.resource_id, "metadata": metadata,
        });
        file.push_str(&line.to_string());
        file.push('\n');
    })
    .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/x-ndjson; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.jsonl\"",
        ))
        .body(file))
}
