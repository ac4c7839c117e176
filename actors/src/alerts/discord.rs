//! A Discord channel, by its webhook: one embed a notice, in the colour of its severity (R303).

use std::sync::Arc;

use parlor_domain::alert::Severity;
use serde_json::{Value, json};

use super::{Answer, Channel, Parcel, http::Knock, words};
use crate::ports::PortFuture;

/// The channel.
pub struct Discord {
    url: String,
    knock: Knock,
}

impl Discord {
    /// By this webhook, `https://discord.com/api/webhooks/…`.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            knock: Knock::default(),
        }
    }
}

impl Channel for Discord {
    fn name(&self) -> &'static str {
        "discord"
    }

    fn send(&self, parcel: Arc<Parcel>) -> PortFuture<Answer> {
        let body = message(&parcel).to_string();
        self.knock.post(self.url.clone(), Vec::new(), body)
    }
}

const fn colour(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 3_447_003,
        Severity::Warning => 16_776_960,
        Severity::Error => 15_158_332,
    }
}

pub(super) fn message(parcel: &Parcel) -> Value {
    json!({
        "embeds": [{
            "title": words::title(parcel),
            "description": words::lines(parcel).join("\n"),
            "color": colour(parcel.notice.severity()),
            "timestamp": words::instant(parcel.notice.at),
            "footer": {"text": parcel.site},
        }],
        // Whatever a cause of the system says, nobody is called by it.
        "allowed_mentions": {"parse": []},
    })
}
