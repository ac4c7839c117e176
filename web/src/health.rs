//! `/health` (R300): what an uptime monitor, `parlor health` and an operator ask.
//!
//! The answer is made from measurements that other parts keep fresh (the relay relays a packet to
//! itself, the store takes a write); asking costs nothing, so it needs no limit. How bad something is
//! was decided by whoever looked; here it becomes words and a status.

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
    /// "ok"; "degraded" when something wants the operator and people can meet all the same (200); or
    /// "failing" when they cannot (503).
    pub status: &'static str,
    /// When this was asked, in milliseconds since 1970.
    pub timestamp: i64,
    /// Each part.
    pub services: Services,
    /// The version of the server.
    pub version: &'static str,
    /// One sentence of remedy for each part that failed.
    pub problems: Vec<String>,
    /// One sentence for whatever else wants the operator.
    pub warnings: Vec<String>,
}

/// Each part: "ok", "warning", "failed", or "off" when the configuration does not want it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Services {
    /// Writes reach the disk.
    pub database: &'static str,
    /// The relay answers, allocates and relays.
    pub turn: &'static str,
    /// The actors behind the socket answer.
    pub websocket: &'static str,
    /// Browsers trust the certificate, and it is renewed in time.
    pub certificate: &'static str,
    /// There is room where the store lies.
    pub disk: &'static str,
    /// Mails go out.
    pub mail: &'static str,
    /// There is a fresh backup.
    pub backup: &'static str,
    /// The books are true.
    pub ledger: &'static str,
}

/// How one part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The configuration does not want it, or it cannot be said.
    Off,
    /// Well.
    Well,
    /// People can meet, and somebody should look.
    Warning(String),
    /// People cannot meet.
    Failed(String),
}

impl Part {
    fn word(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Well => "ok",
            Self::Warning(_) => "warning",
            Self::Failed(_) => "failed",
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The store.
    pub database: Part,
    /// The relay.
    pub turn: Part,
    /// The actors.
    pub websocket: Part,
    /// The certificate.
    pub certificate: Part,
    /// The disk.
    pub disk: Part,
    /// The outbox.
    pub mail: Part,
    /// Backups.
    pub backup: Part,
    /// The books.
    pub ledger: Part,
    /// What wants the operator beside these.
    pub others: Vec<String>,
}

impl Report {
    /// Puts the parts together.
    pub fn of(now: Timestamp, parts: Parts) -> Self {
        let services = Services {
            database: parts.database.word(),
            turn: parts.turn.word(),
            websocket: parts.websocket.word(),
            certificate: parts.certificate.word(),
            disk: parts.disk.word(),
            mail: parts.mail.word(),
            backup: parts.backup.word(),
            ledger: parts.ledger.word(),
        };
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        for part in [
            parts.database,
            parts.turn,
            parts.websocket,
            parts.certificate,
            parts.disk,
            parts.mail,
            parts.backup,
            parts.ledger,
        ] {
            match part {
                Part::Failed(words) => problems.push(words),
                Part::Warning(words) => warnings.push(words),
                Part::Off | Part::Well => {}
            }
        }
        warnings.extend(parts.others);
        let status = match (problems.is_empty(), warnings.is_empty()) {
            (false, _) => "failing",
            (true, false) => "degraded",
            (true, true) => "ok",
        };
        Self {
            status,
            timestamp: now.0,
            services,
            version: env!("CARGO_PKG_VERSION"),
            problems,
            warnings,
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
    fn the_worst_part_is_the_whole_and_every_sentence_is_said() {
        let fine = Parts {
            database: Part::Well,
            turn: Part::Off,
            websocket: Part::Well,
            certificate: Part::Well,
            disk: Part::Well,
            mail: Part::Well,
            backup: Part::Off,
            ledger: Part::Well,
            others: Vec::new(),
        };
        let report = Report::of(Timestamp(1), fine.clone());
        assert_eq!((report.status, report.services.turn), ("ok", "off"));
        let warned = Parts {
            mail: Part::Warning("mails wait".into()),
            others: vec!["calls fail".into()],
            ..fine
        };
        let report = Report::of(Timestamp(1), warned.clone());
        assert_eq!(
            (report.status, report.services.mail),
            ("degraded", "warning")
        );
        assert_eq!(report.warnings, ["mails wait", "calls fail"]);
        assert!(report.problems.is_empty());
        let failed = Parts {
            turn: Part::Failed("open 3478/udp".into()),
            certificate: Part::Failed("renew it".into()),
            ..warned
        };
        let report = Report::of(Timestamp(1), failed);
        assert_eq!((report.status, report.services.turn), ("failing", "failed"));
        assert_eq!(report.problems, ["open 3478/udp", "renew it"]);
        assert_eq!(report.warnings.len(), 2);
    }
}
