//! A webhook of the operator: JSON, signed.
//!
//! `X-Parlor-Signature: t=<seconds>,v1=<hex>` is HMAC-SHA-256 over `<seconds>.<body>` with the shared
//! secret, so that the receiver knows who sent it and that it is not an old one sent again.

use std::sync::Arc;

use parlor_domain::time::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

use super::{Answer, Channel, Parcel, http::Knock, words};
use crate::{
    clock::{Clock, SystemClock},
    ports::PortFuture,
};

/// The header that has the signature.
pub(super) const SIGNATURE: &str = "X-Parlor-Signature";

/// The webhook.
pub struct Webhook {
    url: String,
    key: hmac::Key,
    knock: Knock,
}

impl Webhook {
    /// To this address, signed with this secret.
    pub fn new(url: &str, secret: &str) -> Self {
        Self {
            url: url.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            knock: Knock::default(),
        }
    }

    fn signature(&self, body: &str, now: Timestamp) -> String {
        let seconds = now.0.div_euclid(1_000);
        let tag = hmac::sign(&self.key, format!("{seconds}.{body}").as_bytes());
        let hex: String = tag.as_ref().iter().map(|it| format!("{it:02x}")).collect();
        format!("t={seconds},v1={hex}")
    }
}

impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn send(&self, parcel: Arc<Parcel>) -> PortFuture<Answer> {
        let body = message(&parcel).to_string();
        let signature = self.signature(&body, SystemClock.now());
        let headers = vec![(SIGNATURE, signature)];
        self.knock.post(self.url.clone(), headers, body)
    }
}

pub(super) fn message(parcel: &Parcel) -> Value {
    let lines = parcel.notice.lines.iter().map(|it| {
        json!({
            "topic": it.topic.word(),
            "news": it.news.word(),
            "severity": it.severity.word(),
            "since": it.since.0,
            "text": words::bounded(&it.text),
        })
    });
    json!({
        "id": parcel.id,
        "server": parcel.site,
        "at": parcel.notice.at.0,
        "test": parcel.is_test(),
        "severity": parcel.notice.severity().word(),
        "title": words::title(parcel),
        "text": words::lines(parcel).join("\n"),
        "lines": lines.collect::<Vec<_>>(),
    })
}
