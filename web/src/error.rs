//! The one table from causes to status, code and words.
//!
//! What goes out is for the person in front of the screen: no cause of ours, nothing of what was
//! sent. What went wrong inside goes to the log, without names.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use parlor_actors::{ports::NotIdentified, services::ServiceError};
use parlor_domain::{
    invitation::NotRedeemed,
    meeting::{JoinState, Joinable},
    time::Millis,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::request_id;

const MIB: u64 = 1024 * 1024;

/// What every refusal says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// For programs; the list is in PROTOCOL.md.
    pub code: String,
    /// For people.
    pub message: String,
    /// The field of the request that cannot be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Whether the same request may succeed later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// When to try again, in milliseconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<i64>,
    /// When the door opens (epoch milliseconds).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<i64>,
    /// When the door closes (epoch milliseconds).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<i64>,
    /// What is free near a time that is taken (epoch milliseconds).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternatives: Option<Vec<i64>>,
    /// What is taken of a series (epoch milliseconds).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Vec<i64>>,
    /// The id of the request, as in `X-Request-Id`: the operator's log has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A refusal on its way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {}", body.code)]
pub struct ApiError {
    /// The status.
    pub status: StatusCode,
    /// What it says.
    pub body: Box<ErrorBody>,
}

impl ApiError {
    /// A refusal with a code and words.
    pub fn new(status: u16, code: &str, message: &str) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: Box::new(ErrorBody {
                code: code.into(),
                message: message.into(),
                field: None,
                retryable: None,
                retry_after_ms: None,
                opens_at: None,
                closes_at: None,
                alternatives: None,
                taken: None,
                request_id: None,
            }),
        }
    }

    /// The request cannot be understood.
    pub fn bad_request(message: &str) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// No token came along (R017).
    pub fn no_token() -> Self {
        Self::new(401, "unauthorized", "No token")
    }

    /// Somebody asks too much.
    pub fn rate_limited(wait: Millis) -> Self {
        let mut error = Self::new(
            429,
            "rate_limited",
            "That was a lot at once. Please wait a moment and try again.",
        );
        error.body.retryable = Some(true);
        error.body.retry_after_ms = Some(wait.0);
        error
    }

    /// A request from another site's page to an endpoint that a cookie opens.
    pub fn cross_site() -> Self {
        Self::new(403, "forbidden", "This request came from another site.")
    }

    /// About this field of the request.
    pub(crate) fn at_field(mut self, field: &str) -> Self {
        self.body.field = Some(field.into());
        self
    }

    fn with_door(mut self, door: &Joinable) -> Self {
        self.body.opens_at = Some(door.opens_at.0);
        self.body.closes_at = Some(door.closes_at.0);
        self
    }

    fn later(mut self, wait_ms: i64) -> Self {
        self.body.retryable = Some(true);
        self.body.retry_after_ms = Some(wait_ms);
        self
    }

    /// The same refusal in the words that the video-call API's seeds have (R091, R092).
    pub fn of_video_call(self, failed: &str) -> Self {
        match self.status.as_u16() {
            404 => Self::new(404, "not_found", "Session not found"),
            500 => Self::new(500, "internal", failed),
            _ => self,
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(wait) = self.body.retry_after_ms {
            let seconds = (wait.max(0) + 999) / 1_000;
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        let mut body = self.body.clone();
        body.request_id = request_id::current();
        response.json(&body)
    }
}

/// Says what there is not, where a service found nothing; other refusals stay as they are.
pub fn missing(what: fn() -> ApiError) -> impl FnOnce(ServiceError) -> ApiError {
    move |error| match error {
        ServiceError::NotFound => what(),
        other => other.into(),
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        use ServiceError as E;
        match error {
            E::BadField(bad) => Self::new(400, "bad_request", bad.why).at_field(bad.field),
            E::NotIdentified(NotIdentified::Invalid) => {
                Self::new(401, "unauthorized", "Invalid token")
            }
            E::NotIdentified(NotIdentified::Expired) => {
                Self::new(401, "token_expired", "Invalid token")
            }
            E::WrongCredentials => Self::new(
                401,
                "unauthorized",
                "Wrong e-mail address or password, or the address is not confirmed yet.",
            ),
            E::SecondFactorNeeded => Self::new(
                401,
                "second_factor_needed",
                "A code of your authenticator app is needed, too.",
            ),
            // Not 401: the token that came along is good.
            E::WrongCode => Self::new(
                403,
                "wrong_code",
                "This code is not right, or it was used already.",
            )
            .at_field("code"),
            E::TooManyGuesses(wait) => Self::rate_limited(wait),
            E::LoginOver => Self::new(401, "unauthorized", "Please log in again."),
            E::FileTooLarge(most) => Self::new(
                413,
                "payload_too_large",
                &format!("This file is larger than {} MB.", most / MIB),
            )
            .at_field("file"),
            E::FilesFull(most) => Self::new(
                409,
                "files_full",
                &format!(
                    "Your files take all of the {} MB that you have here. Delete messages with files to make space.",
                    most / MIB
                ),
            )
            .at_field("file"),
            E::Forbidden => Self::new(403, "forbidden", "Unauthorized access"),
            E::NotHost => Self::new(
                403,
                "not_host",
                "Only hosts can do this. You can apply to become one.",
            ),
            E::AgreementNeeded => Self::new(
                400,
                "agreement_needed",
                "Please read the terms and the privacy notice of this server and agree to them. If you did just now, they have changed since: reload the page.",
            )
            .at_field("agreedTo"),
            E::SignupClosed => Self::new(403, "forbidden", "This server takes no new accounts."),
            E::NotFound => Self::new(404, "not_found", "Meeting not found"),
            E::LinkVoid => Self::new(
                404,
                "not_found",
                "This link does not work any more. Please ask for a new one.",
            ),
            E::NotRedeemed(why) => why_not_redeemed(why),
            E::NotJoinable(door) => why_not_open(&door),
            E::OutOfTurn(_) => Self::new(
                409,
                "conflict",
                "This is not possible in the present state.",
            ),
            E::RoomHolds(most) => Self::new(
                409,
                "room_full",
                &format!("The room holds {most} people at most."),
            ),
            E::KeyReused => Self::new(
                409,
                "conflict",
                "This idempotency key was used for another request.",
            ),
            E::TooLittle(_) => Self::new(
                402,
                "balance_too_low",
                "There are not enough coins for this.",
            ),
            E::SlotTaken(near) => {
                let mut error = Self::new(409, "slot_taken", "This time is taken.");
                error.body.alternatives = Some(near.iter().map(|it| it.0).collect());
                error
            }
            E::SeriesTaken(taken) => {
                let mut error = Self::new(
                    409,
                    "series_taken",
                    "Not every time of this series is free.",
                );
                error.body.taken = Some(taken.iter().map(|it| it.0).collect());
                error
            }
            E::ClientBusy => Self::new(
                409,
                "client_busy",
                "You have another meeting at this time.",
            ),
            E::TooManyAhead(most) => Self::new(
                409,
                "too_many_bookings",
                match most {
                    1 => "You have one of these ahead already; more can be booked when it is over.",
                    _ => "You have as many of these ahead as one client may have.",
                },
            ),
            E::TooManyHolds => Self::new(
                429,
                "too_many_holds",
                "Too many times are being kept right now. Please try again in a few minutes.",
            )
            .later(60_000),
            E::TooManyReports => Self::new(
                429,
                "rate_limited",
                "You reported as many people as one can in a day. Please come back tomorrow.",
            )
            .later(3_600_000),
            E::NeedsAccount => Self::new(
                403,
                "needs_account",
                "What costs something is booked with an account. Please log in or sign up.",
            ),
            E::Contended => Self::new(
                409,
                "conflict",
                "Somebody else changed this at the same moment. Please try again.",
            )
            .later(500),
            E::Overloaded => Self::new(
                503,
                "unavailable",
                "The server is busy. Please try again in a moment.",
            )
            .later(2_000),
            E::ReadOnly => Self::new(
                503,
                "read_only",
                "The server cannot save anything at the moment; nothing was changed. Calls go on. Please try again in a few minutes.",
            )
            .later(15_000),
            E::Maintenance(words) => Self::new(
                503,
                "maintenance",
                match words.as_str() {
                    "" => "This is not possible at the moment because of maintenance. Calls that go on are not touched.",
                    words => words,
                },
            )
            .later(60_000),
            E::Gateway(_) => Self::new(
                502,
                "gateway_unavailable",
                "The payment service did not answer as it should. Nothing was charged; please try again.",
            )
            .later(5_000),
            E::Internal(cause) => {
                tracing::error!(%cause, "a request failed");
                Self::new(500, "internal", "Something went wrong on our side.")
            }
        }
    }
}

fn why_not_redeemed(why: NotRedeemed) -> ApiError {
    match why {
        NotRedeemed::Revoked => ApiError::new(
            410,
            "not_found",
            "The meeting was moved or called off. A newer mail has the link that works.",
        ),
        NotRedeemed::Expired => ApiError::new(
            403,
            "too_late",
            "The meeting is over, and this link with it.",
        ),
        NotRedeemed::TooManyDevices => ApiError::new(
            403,
            "forbidden",
            "This link is in use on other devices already.",
        ),
    }
}

fn why_not_open(door: &Joinable) -> ApiError {
    let (code, message) = match door.state {
        JoinState::TooEarly | JoinState::Open => ("too_early", "The room is not open yet."),
        JoinState::TooLate => ("too_late", "The room is closed."),
        // The seeds' words (R060).
        JoinState::Unpaid => ("forbidden", "Payment required to join call"),
        JoinState::Over => ("room_closed", "The meeting is over."),
        JoinState::Maintenance => (
            "maintenance",
            "Nobody can join at the moment because of maintenance. Calls that go on are not touched.",
        ),
    };
    ApiError::new(403, code, message).with_door(door)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_domain::{account::BadField, money::MilliCoins, time::Timestamp};

    #[test]
    fn the_table() {
        let door = |state| {
            ServiceError::NotJoinable(Joinable {
                state,
                opens_at: Timestamp(1),
                closes_at: Timestamp(2),
            })
        };
        let bad = ServiceError::BadField(BadField {
            field: "email",
            why: "no",
        });
        let cases = [
            (bad, 400, "bad_request"),
            (ServiceError::WrongCredentials, 401, "unauthorized"),
            (NotIdentified::Expired.into(), 401, "token_expired"),
            (ServiceError::Forbidden, 403, "forbidden"),
            (
                ServiceError::SecondFactorNeeded,
                401,
                "second_factor_needed",
            ),
            (ServiceError::WrongCode, 403, "wrong_code"),
            (ServiceError::TooManyGuesses(Millis(1)), 429, "rate_limited"),
            (ServiceError::NotHost, 403, "not_host"),
            (ServiceError::NotFound, 404, "not_found"),
            (door(JoinState::TooEarly), 403, "too_early"),
            (door(JoinState::TooLate), 403, "too_late"),
            (door(JoinState::Over), 403, "room_closed"),
            (NotRedeemed::Revoked.into(), 410, "not_found"),
            (ServiceError::RoomHolds(4), 409, "room_full"),
            (
                ServiceError::TooLittle(MilliCoins(1)),
                402,
                "balance_too_low",
            ),
            (ServiceError::KeyReused, 409, "conflict"),
            (ServiceError::SlotTaken(vec![]), 409, "slot_taken"),
            (ServiceError::SeriesTaken(vec![]), 409, "series_taken"),
            (ServiceError::ClientBusy, 409, "client_busy"),
            (ServiceError::TooManyAhead(2), 409, "too_many_bookings"),
            (ServiceError::TooManyHolds, 429, "too_many_holds"),
            (ServiceError::TooManyReports, 429, "rate_limited"),
            (ServiceError::NeedsAccount, 403, "needs_account"),
            (ServiceError::Overloaded, 503, "unavailable"),
            (ServiceError::ReadOnly, 503, "read_only"),
            (ServiceError::Internal("secret".into()), 500, "internal"),
        ];
        for (cause, status, code) in cases {
            let error = ApiError::from(cause.clone());
            assert_eq!(
                (error.status.as_u16(), error.body.code.as_str()),
                (status, code),
                "{cause:?}"
            );
            assert!(!error.body.message.contains("secret"));
        }
        let early = ApiError::from(door(JoinState::TooEarly));
        assert_eq!(
            (early.body.opens_at, early.body.closes_at),
            (Some(1), Some(2))
        );
    }

    #[test]
    fn the_words_of_the_video_call_seeds() {
        let of = |cause: ServiceError| {
            let error = ApiError::from(cause).of_video_call("Failed to start call");
            (error.status.as_u16(), error.body.message.clone())
        };
        assert_eq!(
            of(ServiceError::NotFound),
            (404, "Session not found".into())
        );
        assert_eq!(
            of(ServiceError::Forbidden),
            (403, "Unauthorized access".into())
        );
        assert_eq!(
            of(ServiceError::Internal(String::new())),
            (500, "Failed to start call".into())
        );
    }
}
