//! Coins over REST: the wallet (`wallet`), what hosts earn (`earnings`), and what admins see of and
//! do to the books (`books`, `disputes`, `payouts`). Sums are integers, in thousandths of a coin.

mod books;
mod csv;
mod disputes;
mod earnings;
mod payouts;
mod wallet;

pub(super) use csv::{Csv, time};

use actix_web::HttpRequest;
use parlor_actors::services::ServiceError;
use parlor_domain::account::BadField;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::ApiError;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    wallet::routes(config);
    earnings::routes(config);
    books::routes(config);
    disputes::routes(config);
    payouts::routes(config);
}

/// Longest key of a request that happens once, in bytes.
const KEY_BYTES_MAX: usize = 128;

/// The key under which a request that moves coins happens only once.
fn key(request: &HttpRequest) -> Result<&str, ApiError> {
    let key = request.headers().get("idempotency-key");
    key.and_then(|key| key.to_str().ok())
        .filter(|key| !key.is_empty() && key.len() <= KEY_BYTES_MAX)
        .ok_or_else(|| {
            ApiError::bad_request("An Idempotency-Key of 1 to 128 characters is needed.")
        })
}

/// The refusals of this part, in its own words.
fn said(error: ServiceError) -> ApiError {
    match error {
        ServiceError::NotFound => ApiError::new(404, "not_found", "There is no such thing."),
        ServiceError::OutOfTurn(why) => ApiError::new(409, "conflict", &sentence(&why)),
        other => other.into(),
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// An id in a path.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| said(ServiceError::NotFound))
}

/// A page's length that a client asked for.
fn refused(field: &'static str, why: &'static str) -> ApiError {
    ServiceError::BadField(BadField { field, why }).into()
}
