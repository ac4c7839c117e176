//! What the operator reads: `/metrics` and the admin's view of the relay, from counters that the
//! parts keep anyway. Nothing is decided here.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use parlor_actors::{
    alerts::AlertDesk,
    call_book::{CallBook, LENGTH_BOUNDS_S},
    clock::{Clock, SystemClock},
    numbers::Counters,
    registry::Realtime,
    relay_month::RelayMonth,
    services::Services,
};
use parlor_data::{Store, nouns::setting};
use parlor_domain::{
    alert::Seen,
    budget::Level,
    ledger::Gateway,
    money::Currency,
    numbers::Reading,
    time::{Millis, Timestamp},
};
use parlor_turn::{REFUSALS, RelayControl, RelayStats, Traffic};
use parlor_web::{
    metrics::{Page, Source},
    request_id,
    rest::{
        calls::FlowBody,
        relay::{BudgetBody, CheckBody, RelaySource, RelayStatus, WaysBody},
    },
    ws::Sockets,
};

use super::watch::Watch;
use crate::{certificate::Status, logs};

/// The parts that are read.
pub struct Meters {
    /// The store.
    pub store: Store,
    /// Accounts, meetings, mails.
    pub services: Services,
    /// The relay, unless it is switched off.
    pub relay: Option<RelayControl>,
    /// Rooms and people.
    pub realtime: Realtime,
    /// Sockets.
    pub sockets: Sockets,
    /// Calls.
    pub book: CallBook,
    /// The relay's month.
    pub month: RelayMonth,
    /// The last self-test.
    pub watch: Arc<Watch>,
    /// The certificate.
    pub certificate: Arc<Status>,
    /// When the server was started.
    pub started: Timestamp,
    /// The ways to the operator.
    pub alerts: AlertDesk,
    /// Pings of the monitor that were answered, and that were not.
    pub pings: Arc<[AtomicU64; 2]>,
}

fn seconds(span: Millis) -> f64 {
    span.0 as f64 / 1_000.0
}

impl Source for Meters {
    fn write(&self, page: &mut Page) {
        self.calls(page);
        if let Some(relay) = &self.relay {
            self.relay(&relay.stats(), page);
        }
        self.people(page);
        self.audit(page);
        self.push(page);
        self.store(page);
        self.books(page);
        self.payments(page);
        let known = self.certificate.known(SystemClock.now());
        page.gauge(
            "parlor_certificate_expires_seconds",
            "Time until the certificate of the TLS doors is over.",
            known.expires_s,
        );
        page.gauge(
            "parlor_certificate_trusted",
            "1 when it is not self-signed and not of a staging authority.",
            u8::from(known.origin.trusted()),
        );
        self.alerts(page);
        page.counters(
            "parlor_http_answers_total",
            "Answers to requests, by the class of their status.",
            "class",
            request_id::answers(),
        );
        page.counter(
            "parlor_panics_total",
            "Parts of the program that panicked; each ended what it did, and nothing else.",
            logs::panics(),
        );
        page.info(
            "parlor_build_info",
            "The version that runs.",
            "version",
            env!("CARGO_PKG_VERSION"),
        );
        page.gauge(
            "process_start_time_seconds",
            "When the server was started, in seconds since 1970.",
            self.started.0 / 1_000,
        );
        process(page);
    }
}

impl Meters {
    /// The names of R301 come first.
    fn calls(&self, page: &mut Page) {
        let totals = self.book.totals();
        page.counters(
            "video_calls_total",
            "Calls since the start: started, ended, and failed where two people were in a room and \
             their media did not connect.",
            "status",
            [
                ("started", totals.started),
                ("ended", totals.ended),
                ("failed", totals.failed),
            ],
        );
        page.histogram(
            "video_call_duration_seconds",
            "Length of calls that ended.",
            &LENGTH_BOUNDS_S,
            &totals.by_length,
            seconds(totals.length),
        );
        page.gauge("video_calls_live", "Calls that go on now.", totals.live);
        page.counter(
            "video_call_connected_seconds_total",
            "Time with two or more connected, of calls that ended.",
            seconds(totals.connected),
        );
        let [unknown, direct, relay] = totals.by_path;
        page.counters(
            "video_calls_by_path_total",
            "Calls that ended, by the way of their media as browsers reported it.",
            "path",
            [("direct", direct), ("relay", relay), ("unknown", unknown)],
        );
    }

    fn relay(&self, stats: &RelayStats, page: &mut Page) {
        let up_down =
            |flow: fn(&Traffic) -> u64| [("up", flow(&stats.up)), ("down", flow(&stats.down))];
        page.gauge(
            "parlor_relay_allocations",
            "Allocations that live now.",
            stats.allocations_live,
        );
        page.counter(
            "parlor_relay_allocations_total",
            "Allocations made.",
            stats.allocations,
        );
        page.gauge(
            "parlor_relay_streams",
            "TCP and TLS connections of clients.",
            stats.streams_live,
        );
        page.counters(
            "parlor_relay_packets_total",
            "Packets relayed, from clients (up) and to them (down).",
            "direction",
            up_down(|it| it.packets),
        );
        page.counters(
            "parlor_relay_bytes_total",
            "Payload bytes relayed, from clients (up) and to them (down).",
            "direction",
            up_down(|it| it.bytes),
        );
        page.counter(
            "parlor_relay_hairpin_packets_total",
            "Packets joined from client to client inside the process.",
            stats.hairpinned,
        );
        page.counters(
            "parlor_relay_dropped_packets_total",
            "Packets dropped: over a rate or the budget, or a slow reader's backlog full.",
            "reason",
            [
                ("rate", stats.dropped.saturating_sub(stats.backlogged)),
                ("backlog", stats.backlogged),
            ],
        );
        page.counter(
            "parlor_relay_stray_packets_total",
            "Packets without a permission or an allocation.",
            stats.strays,
        );
        page.counter(
            "parlor_relay_malformed_total",
            "What is no STUN and no ChannelData.",
            stats.malformed,
        );
        page.counters(
            "parlor_relay_challenges_total",
            "401 and 438 answers to those who proved nothing.",
            "outcome",
            [
                ("sent", stats.challenges),
                ("withheld", stats.challenges_withheld),
            ],
        );
        let codes = REFUSALS
            .iter()
            .map(ToString::to_string)
            .chain(["other".to_owned()]);
        page.counters(
            "parlor_relay_refusals_total",
            "Requests refused, by STUN error code.",
            "code",
            codes.zip(stats.refusals),
        );
        let month = self.month.state();
        page.gauge(
            "parlor_relay_month_bytes",
            "Bytes relayed this month (UTC).",
            month.used.bytes,
        );
        page.gauge(
            "parlor_relay_month_limit_bytes",
            "The month's budget in bytes; 0 has no limit.",
            month.bytes_max,
        );
        if let Some((_, tested)) = self.watch.self_test() {
            page.gauge(
                "parlor_relay_self_test_ok",
                "1 when every listener relayed a packet in the last self-test.",
                u8::from(tested.passed()),
            );
        }
    }

    fn people(&self, page: &mut Page) {
        page.gauge(
            "parlor_sockets",
            "WebSockets open now.",
            self.sockets.open(),
        );
        page.gauge(
            "parlor_users",
            "People with a living or resumable session.",
            self.realtime.users(),
        );
        page.gauge("parlor_rooms", "Rooms in memory.", self.realtime.rooms());
        page.gauge(
            "parlor_replay_bytes",
            "Bytes kept for sockets that may come back.",
            self.realtime.replay_bytes(),
        );
        page.counter(
            "parlor_actors_rebuilt_total",
            "Actors that panicked and were rebuilt.",
            self.realtime.rebuilt(),
        );
        if let Ok(waiting) = self.services.mails_waiting() {
            page.gauge(
                "parlor_mails_waiting",
                "Mails that wait to be sent.",
                waiting,
            );
        }
    }

    fn audit(&self, page: &mut Page) {
        let counts = self.services.audit_counts();
        page.counter(
            "parlor_audit_records_total",
            "Records written to the audit log since the start.",
            counts.recorded,
        );
        page.counter(
            "parlor_audit_missed_total",
            "Attempts that found no place in the audit log's queue, and were only counted.",
            counts.missed,
        );
    }

    fn push(&self, page: &mut Page) {
        page.counters(
            "parlor_push_total",
            "Knocks at browsers by what came of one try, since the start: taken by the push service, \
             gone (the browser was forgotten), retried, refused, given_up, left_out (the queue was \
             full), read (no use any more).",
            "outcome",
            self.services.pushes_counted(),
        );
        page.gauge(
            "parlor_push_waiting",
            "Knocks that wait for their turn or their next try.",
            self.services.pushes_waiting(),
        );
    }

    fn store(&self, page: &mut Page) {
        let stats = self.store.stats();
        page.counter(
            "parlor_store_batches_total",
            "Batches ever committed.",
            stats.seq,
        );
        page.counter(
            "parlor_store_syncs_total",
            "Groups committed since the start.",
            stats.groups,
        );
        page.gauge(
            "parlor_store_queue",
            "Batches that wait for the disk.",
            stats.queue_depth,
        );
        page.gauge(
            "parlor_store_journal_bytes",
            "Bytes of the journal.",
            stats.journal_bytes,
        );
        page.gauge(
            "parlor_store_disk_free_bytes",
            "Free bytes where the store lies.",
            stats.disk_free_bytes,
        );
        page.gauge(
            "parlor_store_read_only",
            "1 when the store takes no writes.",
            u8::from(stats.read_only.is_some()),
        );
        if let Ok(last) = setting::backup(&self.store) {
            let failed = last.as_ref().is_some_and(|it| it.problem.is_some());
            page.gauge(
                "parlor_backup_failed",
                "1 when the last try to make a backup failed.",
                u8::from(failed),
            );
            page.gauge(
                "parlor_backup_last_success_timestamp_seconds",
                "When the last good backup was begun; 0 when there is none.",
                last.and_then(|it| it.good_ms).unwrap_or(0) / 1_000,
            );
        }
    }
}

impl Meters {
    fn payments(&self, page: &mut Page) {
        page.counters_by(
            "parlor_orders_total",
            "Orders of coins that came to a state since the start.",
            ["gateway", "state"],
            self.services.orders_counted(),
        );
        page.counters_by(
            "parlor_webhooks_total",
            "Webhooks of gateways since the start.",
            ["gateway", "outcome"],
            self.services.webhooks_counted(),
        );
        if let Ok(sums) = self.services.suspense() {
            let by = |(gateway, currency, minor): (Gateway, Currency, i64)| {
                ((gateway.word(), currency.to_string()), minor)
            };
            page.gauges_by(
                "parlor_suspense_minor",
                "Money that fits no order, in the smallest unit of its currency.",
                ["gateway", "currency"],
                sums.into_iter().map(by),
            );
        }
        page.counters(
            "parlor_rings_total",
            "Rings by what they came to, since the start.",
            "outcome",
            self.realtime.rings(),
        );
        page.gauge(
            "parlor_paid_calls",
            "Calls by the minute that go on now.",
            self.realtime.paid_calls(),
        );
    }

    fn alerts(&self, page: &mut Page) {
        let seen = self.watch.seen().into_iter();
        page.gauges(
            "parlor_alert_active",
            "1 while this is not well; what the configuration does not want is left out.",
            "topic",
            seen.map(|(topic, seen)| (topic.word(), u8::from(seen != Seen::Well))),
        );
        page.counters_by(
            "parlor_alerts_total",
            "Alerts by way and by what came of one try, since the start: sent, retried, given_up, \
             left_out (too many waited).",
            ["way", "outcome"],
            self.alerts.counted(),
        );
        page.gauges(
            "parlor_alerts_waiting",
            "Alerts that wait for their turn or their next try.",
            "way",
            self.alerts.waiting(),
        );
        let outcomes = ["answered", "failed"].into_iter();
        let pings = self.pings.iter().map(|it| it.load(Ordering::Relaxed));
        page.counters(
            "parlor_pings_total",
            "Pings of the monitor that raises the alarm when they stay away.",
            "outcome",
            outcomes.zip(pings),
        );
    }

    fn books(&self, page: &mut Page) {
        let Some(audit) = self.services.last_books_proof() else {
            return;
        };
        page.gauge(
            "parlor_ledger_true",
            "1 when the last look proved every entry and every account of the books.",
            u8::from(audit.fault.is_none()),
        );
        let holds = audit.holds.iter();
        page.gauges(
            "parlor_ledger_invariant",
            "1 when it held in the last look: I1 sums, I2 nobody below zero, I3 balances, I4 \
             reservations, I5 prices, I6 shares, I7 once only, I8 no gap and no change.",
            "invariant",
            holds.map(|(it, good)| (it.word(), u8::from(*good))),
        );
        page.counter(
            "parlor_ledger_entries_total",
            "Entries that were proven in the last look.",
            audit.entries,
        );
        page.gauge(
            "parlor_ledger_accounts",
            "Accounts that were compared in the last look.",
            audit.accounts,
        );
        page.gauge(
            "parlor_ledger_checked_seconds",
            "When the last look was, in seconds since 1970.",
            audit.at.0 / 1_000,
        );
    }
}

/// The process, by the names that Prometheus' own libraries use. What cannot be read is left out.
fn process(page: &mut Page) {
    if let Some(kib) = std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
        })
    {
        page.gauge(
            "process_resident_memory_bytes",
            "Memory in use.",
            kib * 1024,
        );
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_fds", "Open file descriptors.", open.count());
    }
}

impl Counters for Meters {
    fn read(&self) -> Reading {
        let totals = self.book.totals();
        let [_, direct, relayed] = totals.by_path;
        let (sold, fees) = self.services.takings();
        let stats = self.relay.as_ref().map(RelayControl::stats);
        Reading {
            started: totals.started,
            failed: totals.failed,
            direct,
            relayed,
            relay_bytes: stats.map_or(0, |it| it.up.bytes + it.down.bytes),
            sockets: self.sockets.open() as u64,
            sold,
            fees,
        }
    }
}

impl RelaySource for Meters {
    fn status(&self) -> Option<RelayStatus> {
        let stats = self.relay.as_ref()?.stats();
        let flow = |it: Traffic| FlowBody {
            packets: it.packets,
            bytes: it.bytes,
        };
        let month = self.month.state();
        let [unknown, direct, relay] = self.book.totals().by_path;
        let tested = self.watch.self_test();
        Some(RelayStatus {
            budget: BudgetBody {
                month: format!("{:04}-{:02}", month.used.month.year, month.used.month.month),
                bytes: month.used.bytes,
                bytes_max: month.bytes_max,
                level: match month.level {
                    Level::Full => "full",
                    Level::Saver => "saver",
                    Level::Audio => "audio",
                }
                .into(),
            },
            allocations: stats.allocations_live,
            up: flow(stats.up),
            down: flow(stats.down),
            dropped: stats.dropped,
            ways: WaysBody {
                direct,
                relay,
                unknown,
            },
            tested_at: tested.as_ref().map(|(at, _)| at.0),
            checks: tested
                .map(|(_, tested)| tested.checks)
                .unwrap_or_default()
                .into_iter()
                .map(|check| CheckBody {
                    what: check.what,
                    problem: check.problem,
                })
                .collect(),
        })
    }
}
