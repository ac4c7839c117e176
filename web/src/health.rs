//! `/health` (R300): what an uptime monitor, `parlor health` and an operator ask.
//!
//! The answer is made from checks that other parts keep fresh (the relay relays a packet to itself,
//! the store writes and reads back); asking costs nothing, so it needs no limit.

use std::sync::Arc;

use actix_web::{HttpResponse, Responder, web};
use parlor_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Where the answer comes from: implemented by the roof, which knows all parts.
pub trait Probe: Send + Sync {
    /// How everything is now.
    fn report(&self) -> Report;
}

/// How the server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// "ok", or "degraded" when any service is not.
    pub status: &'static str,
    /// When this was asked, in milliseconds since 1970.
    pub timestamp: i64,
    /// Each part.
    pub services: Services,
    /// The version of the server.
    pub version: &'static str,
    /// One sentence of remedy for each part that is not well.
    pub problems: Vec<String>,
}

/// Each part: "ok", "failed", or "off" when the configuration does not want it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Services {
    /// Writes reach the disk.
    pub database: &'static str,
    /// The relay answers, allocates and relays.
    pub turn: &'static str,
    /// The actors behind the socket answer.
    pub websocket: &'static str,
    /// Browsers trust the certificate. "expiring" when it should have been renewed: then everything
    /// still works.
    pub certificate: &'static str,
}

/// How the certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// None is configured.
    Off,
    /// Good for long.
    Well,
    /// Good, but it should have been renewed.
    Expiring,
    /// Browsers refuse it, with a sentence of remedy.
    Failed(String),
}

impl Report {
    /// Puts the parts together. Each is well, failed with a sentence of remedy, or switched off (None).
    pub fn of(
        now: Timestamp,
        database: Result<(), String>,
        turn: Option<Result<(), String>>,
        websocket: Result<(), String>,
        certificate: Certificate,
    ) -> Self {
        let mut problems = Vec::new();
        let mut word = |result: Result<(), String>| match result {
            Ok(()) => "ok",
            Err(remedy) => {
                problems.push(remedy);
                "failed"
            }
        };
        let services = Services {
            database: word(database),
            turn: turn.map_or("off", &mut word),
            websocket: word(websocket),
            certificate: match certificate {
                Certificate::Off => "off",
                Certificate::Well => "ok",
                Certificate::Expiring => "expiring",
                Certificate::Failed(remedy) => word(Err(remedy)),
            },
        };
        let status = if problems.is_empty() {
            "ok"
        } else {
            "degraded"
        };
        Self {
            status,
            timestamp: now.0,
            services,
            version: env!("CARGO_PKG_VERSION"),
            problems,
        }
    }
}

/// Mounts `/health`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/health", web::get().to(health));
}

async fn health(probe: web::Data<Arc<dyn Probe>>) -> impl Responder {
    let report = probe.report();
    let mut answer = if report.problems.is_empty() {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer
        .insert_header(("cache-control", "no-store"))
        .json(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_part_degrades_the_whole_and_says_why() {
        let fine = Report::of(Timestamp(1), Ok(()), None, Ok(()), Certificate::Expiring);
        assert_eq!((fine.status, fine.services.turn), ("ok", "off"));
        assert_eq!(fine.services.certificate, "expiring");
        let report = Report::of(
            Timestamp(1),
            Ok(()),
            Some(Err("open 3478/udp".into())),
            Ok(()),
            Certificate::Failed("renew it".into()),
        );
        assert_eq!(
            (report.status, report.services.turn),
            ("degraded", "failed")
        );
        assert_eq!(report.services.certificate, "failed");
        assert_eq!(report.problems, ["open 3478/udp", "renew it"]);
    }
}
