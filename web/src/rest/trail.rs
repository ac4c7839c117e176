//! What the audit log hears of requests: who asked for what, from where, and whether it was let through.
//! One place around every handler of the API, so that no handler can forget it.
//!
//! Everything below `/api/admin/` is recorded. Elsewhere what [`RULES`] names is, and whatever else was
//! refused. A handler that knows more than the path says adds it with [`note`]. Must never read a body or a
//! query: what people type is no fact of the log.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
};
use parlor_domain::{
    audit::{AUDIT, Action, Attempt, SESSION, USER, Who},
    id::UserId,
    identity::Identity,
};

use super::{
    Rest,
    cookies::{self, Kind},
    who,
};
use crate::error::ApiError;

/// What a request is called in the log.
struct Rule {
    method: &'static str,
    /// As the router knows it.
    pattern: &'static str,
    action: Action,
    kind: &'static str,
    /// It is recorded when it was let through, too.
    allowed: bool,
}

const fn rule(
    method: &'static str,
    pattern: &'static str,
    action: Action,
    kind: &'static str,
) -> Rule {
    Rule {
        method,
        pattern,
        action,
        kind,
        allowed: true,
    }
}

/// Only when it was refused: it happens all the time by itself.
const fn refusals(method: &'static str, pattern: &'static str, action: Action) -> Rule {
    Rule {
        method,
        pattern,
        action,
        kind: "",
        allowed: false,
    }
}

const ADMIN: &str = "/api/admin/";

/// Requests with a name of their own. The id of the resource is what the path names.
const RULES: &[Rule] = &[
    rule("POST", "/api/auth/login", Action::Login, USER),
    rule("POST", "/api/auth/verify", Action::AccountMade, USER),
    rule(
        "POST",
        "/api/auth/reset-request",
        Action::PasswordAsked,
        USER,
    ),
    rule("POST", "/api/auth/reset", Action::PasswordReset, USER),
    rule("POST", "/api/auth/logout", Action::Logout, USER),
    rule("POST", "/api/setup", Action::AdminMade, USER),
    refusals("POST", "/api/auth/refresh", Action::LoginRenewed),
    refusals("POST", "/api/join/refresh", Action::LoginRenewed),
    rule("POST", "/api/me/password", Action::PasswordChanged, USER),
    rule("DELETE", "/api/me/logins/{id}", Action::LoginEnded, "Login"),
    rule("DELETE", "/api/me/logins", Action::LoginEnded, USER),
    rule(
        "POST",
        "/api/me/second-factor/begin",
        Action::SecondStep,
        USER,
    ),
    rule(
        "POST",
        "/api/me/second-factor/confirm",
        Action::SecondStep,
        USER,
    ),
    rule(
        "POST",
        "/api/me/second-factor/recovery-codes",
        Action::SecondStep,
        USER,
    ),
    rule(
        "POST",
        "/api/me/second-factor/off",
        Action::SecondStep,
        USER,
    ),
    rule("POST", "/api/join/preview", Action::LinkSeen, SESSION),
    rule("POST", "/api/join/redeem", Action::LinkRedeemed, SESSION),
    rule(
        "POST",
        "/api/meetings/{id}/join",
        Action::DoorAsked,
        SESSION,
    ),
    rule(
        "GET",
        "/api/video-calls/session/{sessionId}",
        Action::DoorAsked,
        SESSION,
    ),
    rule(
        "POST",
        "/api/video-calls/generate-room/{sessionId}",
        Action::DoorAsked,
        SESSION,
    ),
    rule(
        "POST",
        "/api/video-calls/start/{sessionId}",
        Action::DoorAsked,
        SESSION,
    ),
    rule(
        "POST",
        "/api/video-calls/end/{sessionId}",
        Action::DoorAsked,
        SESSION,
    ),
    rule(
        "GET",
        "/api/conversations/{id}/export",
        Action::Exported,
        "Conversation",
    ),
    rule(
        "GET",
        "/api/wallet/transactions.csv",
        Action::Exported,
        "Wallet",
    ),
    rule(
        "GET",
        "/api/earnings/payouts.csv",
        Action::Exported,
        "Payout",
    ),
    rule(
        "POST",
        "/api/earnings/payouts",
        Action::PayoutAsked,
        "Payout",
    ),
    rule("POST", "/api/me/export", Action::ExportAsked, USER),
    rule("GET", "/api/me/export/file", Action::Exported, USER),
    rule("GET", "/api/exports/{token}/file", Action::Exported, USER),
    rule(
        "POST",
        "/api/admin/accounts/{userId}/export",
        Action::ExportAsked,
        USER,
    ),
    rule(
        "POST",
        "/api/admin/addresses/export",
        Action::ExportAsked,
        "Guest",
    ),
    rule(
        "POST",
        "/api/admin/addresses/erasure",
        Action::Erased,
        "Guest",
    ),
    rule("POST", "/api/me/erasure", Action::ErasureAsked, USER),
    rule("DELETE", "/api/me/erasure", Action::ErasureTakenBack, USER),
    rule(
        "PUT",
        "/api/admin/reports/{reportId}/decision",
        Action::ReportDecided,
        "Report",
    ),
    rule(
        "PUT",
        "/api/admin/maintenance",
        Action::SettingsChanged,
        "Maintenance",
    ),
    rule("PUT", "/api/admin/setup", Action::SettingsChanged, "Setup"),
    rule(
        "PUT",
        "/api/admin/people/{userId}/admin",
        Action::AdminMade,
        USER,
    ),
    rule(
        "PUT",
        "/api/admin/accounts/{userId}/suspension",
        Action::Suspension,
        USER,
    ),
    rule(
        "POST",
        "/api/admin/orders/{id}/refund",
        Action::Refunded,
        "Order",
    ),
    rule(
        "POST",
        "/api/admin/payouts/{id}/paid",
        Action::PayoutDecided,
        "Payout",
    ),
    rule(
        "POST",
        "/api/admin/payouts/{id}/void",
        Action::PayoutDecided,
        "Payout",
    ),
    rule("GET", "/api/admin/payouts.csv", Action::Exported, "Payout"),
    rule(
        "POST",
        "/api/admin/books/adjustments",
        Action::BooksAdjusted,
        "Books",
    ),
    rule(
        "POST",
        "/api/admin/disputes/{callId}",
        Action::DisputeDecided,
        "Call",
    ),
    rule(
        "POST",
        "/api/admin/host-applications/{userId}",
        Action::HostDecided,
        USER,
    ),
    rule(
        "POST",
        "/api/admin/meetings/{meetingId}/entry",
        Action::BrokeGlass,
        SESSION,
    ),
    rule("GET", "/api/admin/audit", Action::AuditRead, AUDIT),
    rule("GET", "/api/admin/audit.csv", Action::Exported, AUDIT),
    rule("GET", "/api/admin/audit.jsonl", Action::Exported, AUDIT),
    rule("GET", "/api/admin/mails/{id}", Action::MailRead, "Mail"),
];

/// What a handler knows beyond the path.
#[derive(Default)]
pub(super) struct Noted {
    /// Who it was, where no token says so.
    pub who: Option<Who>,
    /// Whose data.
    pub about: Option<UserId>,
    /// Which resource.
    pub id: Option<String>,
    /// The address that somebody typed; not kept.
    pub typed: Option<String>,
    /// What somebody said about it: a reason.
    pub words: String,
    /// It was recorded already, or is nothing to record.
    pub done: bool,
}

/// Adds to what is recorded of this request.
pub(super) fn note(request: &HttpRequest, add: impl FnOnce(&mut Noted)) {
    let mut extensions = request.extensions_mut();
    if !extensions.contains::<Noted>() {
        extensions.insert(Noted::default());
    }
    if let Some(noted) = extensions.get_mut::<Noted>() {
        add(noted);
    }
}

/// Remembers whom the token names.
pub(super) fn known(request: &HttpRequest, who: &Identity) {
    let who = Who::from(who);
    note(request, |it| it.who = Some(who));
}

/// Around every handler: lets it answer, then records.
pub(super) async fn trail(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    let request = response.request();
    if let Ok(rest) = who::rest(request) {
        let why = refusal(&response);
        record(rest, request, response.status(), why);
    }
    Ok(response)
}

/// The API's word for why not.
fn refusal<B>(response: &ServiceResponse<B>) -> Option<String> {
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        return None;
    }
    let error = response.response().error();
    let ours = error.and_then(|it| it.as_error::<ApiError>());
    Some(ours.map_or_else(|| status.as_u16().to_string(), |it| it.body.code.clone()))
}

fn record(rest: &Rest, request: &HttpRequest, status: StatusCode, why: Option<String>) {
    let noted = request
        .extensions_mut()
        .remove::<Noted>()
        .unwrap_or_default();
    let pattern = request.match_pattern().unwrap_or_default();
    let method = request.method();
    if noted.done || is_first_visit(rest, request, &pattern) {
        return;
    }
    let Some((action, kind)) = called(method, &pattern, status, noted.who.is_some()) else {
        return;
    };
    let params: Vec<&str> = request
        .match_info()
        .iter()
        .map(|(_, value)| value)
        .collect();
    let id = noted.id.unwrap_or_else(|| params.join("/"));
    let mut attempt = Attempt::new(action, rest.services.now())
        .by(noted.who.unwrap_or(Who::Nobody))
        .on(kind, id)
        .from(who::address(rest, request))
        .saying(&noted.words);
    let named = request.match_info().get("userId");
    let named = named.and_then(|text| text.parse::<UserId>().ok());
    if let Some(user) = noted.about.or(named) {
        attempt = attempt.about(user);
    }
    let unnamed = matches!(
        action,
        Action::Request | Action::AdminRead | Action::AdminChanged | Action::DoorAsked
    );
    if unnamed || pattern.starts_with(ADMIN) {
        attempt = attempt.with("method", method).with("route", &pattern);
    }
    if let Some(why) = why {
        attempt = attempt.refused(&why);
    }
    match noted.typed {
        Some(typed) => rest.services.record_typed(attempt, &typed),
        None => rest.services.record(attempt),
    }
}

/// Every first visit asks whether there is a login, without having one.
fn is_first_visit(rest: &Rest, request: &HttpRequest, pattern: &str) -> bool {
    let kind = match pattern {
        "/api/auth/refresh" => Kind::Refresh,
        "/api/join/refresh" => Kind::Guest,
        _ => return false,
    };
    cookies::get(rest, kind, request).is_none()
}

/// What this request is in the log, and the kind of its resource; none when it is nothing to record.
fn called<'a>(
    method: &Method,
    pattern: &'a str,
    status: StatusCode,
    known: bool,
) -> Option<(Action, &'a str)> {
    let refused = !(status.is_success() || status.is_redirection());
    let found = RULES
        .iter()
        .find(|it| method == it.method && it.pattern == pattern);
    if let Some(rule) = found {
        return (rule.allowed || refused).then_some((rule.action, rule.kind));
    }
    if let Some(rest) = pattern.strip_prefix(ADMIN) {
        let area = rest.split(['/', '.']).next().unwrap_or_default();
        let action = match *method == Method::GET {
            true => Action::AdminRead,
            false => Action::AdminChanged,
        };
        return Some((action, area));
    }
    // What somebody must not know of is said not to be there.
    let hidden = status == StatusCode::NOT_FOUND && known && pattern.contains('{');
    let turned_away =
        status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN || hidden;
    turned_away.then(|| {
        let area = pattern.strip_prefix("/api/").unwrap_or_default();
        (Action::Request, area.split('/').next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every rule is of an endpoint that exists.
    #[test]
    fn the_rules_name_endpoints_of_the_api() {
        let document: serde_json::Value =
            serde_json::from_str(crate::rest::openapi::document()).unwrap();
        for rule in RULES {
            let method = rule.method.to_lowercase();
            let found = &document["paths"][rule.pattern][&method];
            assert!(found.is_object(), "{} {}", rule.method, rule.pattern);
        }
    }

    #[test]
    fn what_is_recorded_and_as_what() {
        // method, pattern, status, whether a token named somebody, what is recorded
        let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
        let cases = [
            (
                &post,
                "/api/auth/login",
                200,
                false,
                Some((Action::Login, USER)),
            ),
            (
                &post,
                "/api/auth/login",
                429,
                false,
                Some((Action::Login, USER)),
            ),
            (&post, "/api/auth/refresh", 200, false, None),
            (
                &post,
                "/api/auth/refresh",
                401,
                false,
                Some((Action::LoginRenewed, "")),
            ),
            (
                &get,
                "/api/admin/reports",
                200,
                true,
                Some((Action::AdminRead, "reports")),
            ),
            (
                &get,
                "/api/admin/reports",
                403,
                true,
                Some((Action::AdminRead, "reports")),
            ),
            (
                &get,
                "/api/admin/new.csv",
                200,
                true,
                Some((Action::AdminRead, "new")),
            ),
            (
                &put,
                "/api/admin/new/{id}",
                200,
                true,
                Some((Action::AdminChanged, "new")),
            ),
            (&get, "/api/meetings", 200, true, None),
            (
                &get,
                "/api/meetings",
                401,
                false,
                Some((Action::Request, "meetings")),
            ),
            (
                &get,
                "/api/meetings/{id}",
                403,
                true,
                Some((Action::Request, "meetings")),
            ),
            (
                &get,
                "/api/meetings/{id}",
                404,
                true,
                Some((Action::Request, "meetings")),
            ),
            (&get, "/api/meetings/{id}", 404, false, None),
            (&get, "/api/me/calendar-feed", 404, true, None),
            (&post, "/api/meetings/create", 400, true, None),
        ];
        for (method, pattern, status, known, expected) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            let got = called(method, pattern, status, known);
            assert_eq!(got, expected, "{method} {pattern} {status}");
        }
    }
}
