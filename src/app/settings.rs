//! The floors' own settings, from the configuration: one function a floor, nothing decided.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use parlor_actors::{
    alerts::{AlertMail, Channel, Discord, Webhook},
    gateways::{GatewaysConfig, MpesaConfig, RazorpayConfig, StripeConfig},
    mailer::{Dkim, Smtp, SmtpConfig, SmtpSecurity},
    registry::RealtimeConfig,
    relay_desk::RelayDesk,
    services::{
        BookingConfig, FOR_EVER, FileConfig, HoldLimits, PaidConfig, PasswordCost, PictureConfig,
        PushConfig, ServicesConfig,
    },
};
use parlor_data::StoreOptions;
use parlor_domain::{
    account::{Email, HostApproval},
    alert,
    backup::Keep,
    bill::Terms,
    conversation,
    host::{RateRules, Rates},
    id::UserId,
    mail::DailyMax,
    meeting::Window,
    meter,
    money::MilliCoins,
    notification::digest,
    push::Patience,
    ring,
    room::RecordingRight,
    session,
    tariff::Pulse,
    time::{Millis, Timestamp},
};
use parlor_web::{
    forwarded::{ProxyHeader, TrustedProxies},
    limits::Limits,
    metrics::MetricsConfig,
    rest::ice::{Ice, IceServer, IceSource},
    ws::{ClientIp, WsConfig},
};
use secrecy::SecretString;

use super::{
    ground::Ground,
    watch::{Bounds, Monitor},
};
use crate::{config::Config, seals};

/// For looking at a store: keys are used that are there, and none is made.
pub fn store_to_look_at(config: &Config, data_dir: &Path) -> StoreOptions {
    StoreOptions {
        key_file: seals::existing(config, data_dir),
        ..store(config, data_dir)
    }
}

const MIB: u64 = 1024 * 1024;

/// For the store of this data folder, whose keys may have to be made yet.
pub fn store(config: &Config, data_dir: &Path) -> StoreOptions {
    StoreOptions {
        key_file: Some(seals::file(config, data_dir)),
        cache_bytes: config.store.cache_mib * MIB,
        queue_max: config.store.queue_max,
        free_bytes_min: config.store.free_disk_mib_min * MIB,
        snapshots_kept: config.retention.snapshots_keep,
        ..StoreOptions::default()
    }
}

/// How many old backups stay.
pub fn keep(config: &Config) -> Keep {
    Keep {
        daily: config.backup.keep_daily,
        weekly: config.backup.keep_weekly,
    }
}

/// For accounts and meetings.
pub fn services(config: &Config, ground: &Ground) -> ServicesConfig {
    let (accounts, meetings) = (&config.accounts, &config.meetings);
    ServicesConfig {
        public_url: ground.public_url.clone(),
        signup_open: accounts.signup_open,
        host_approval: match accounts.host_approval.as_str() {
            "open" => HostApproval::Open,
            _ => HostApproval::Review,
        },
        away_after: Millis::from_secs(config.hosts.away_after_s),
        rates: rates(config),
        pictures: PictureConfig {
            dir: ground.data_dir.join("pictures"),
            ..PictureConfig::default()
        },
        files: FileConfig {
            dir: ground.data_dir.join("files"),
            bytes_max: config.files.size_mib_max * MIB,
            person_bytes_max: config.files.person_mib_max * MIB,
            ..FileConfig::default()
        },
        exports: parlor_actors::services::ExportConfig {
            dir: ground.data_dir.join(crate::backup::house::EXPORTS),
            keep: Millis::from_days(accounts.export_days),
            every: Millis::from_mins(accounts.export_wait_hours * 60),
            downloads_max: accounts.export_downloads_max,
        },
        password_chars_min: accounts.password_chars_min,
        password_cost: PasswordCost {
            at_once: accounts.password_hashes_at_once,
            ..PasswordCost::default()
        },
        admins_need_second_factor: accounts.admins_need_second_factor,
        access_token: Millis::from_mins(accounts.access_token_min),
        login_idle: Millis::from_days(accounts.login_days),
        window: Window {
            open_before: Millis::from_mins(meetings.join_open_before_min),
            close_after: Millis::from_mins(meetings.join_close_after_min),
        },
        room_people_max: meetings.room_people_max,
        rejoin_grace: Millis::from_secs(meetings.rejoin_grace_s),
        empty_room_grace: Millis::from_secs(meetings.empty_room_grace_s),
        readmit: Millis::from_secs(meetings.readmit_s),
        break_glass: (meetings.break_glass).then(|| Millis::from_mins(meetings.break_glass_min)),
        recording: match meetings.recording.as_str() {
            "anyone" => RecordingRight::Anyone,
            "host" => RecordingRight::Host,
            _ => RecordingRight::Off,
        },
        join_link_devices_max: meetings.join_link_devices_max,
        mail_from: mail_from(config, ground.host()),
        daily_mails: DailyMax {
            account: config.mail.account_mails_per_address_per_day,
            meeting: config.mail.meeting_mails_per_address_per_day,
        },
        reminder_leads: meetings
            .reminders_before_min
            .iter()
            .map(|lead| Millis::from_mins(*lead))
            .collect(),
        digests: digest::Rules {
            delay: Millis::from_mins(config.notifications.digest_delay_min),
            period: Millis::from_mins(config.notifications.digest_period_min),
        },
        call_metadata_keep: Millis::from_days(config.retention.call_metadata_days),
        chat_keep: match config.retention.chat_days {
            0 => FOR_EVER,
            days => Millis::from_days(days),
        },
        sent_mail_keep: Millis::from_days(config.retention.sent_mail_days),
        report_keep: Millis::from_days(config.retention.report_days),
        audit_keep: Millis::from_days(config.retention.audit_days),
        audit_address_keep: Millis::from_days(config.retention.audit_address_days),
        erasure_wait: Millis::from_days(config.accounts.erasure_days),
        payment_event_keep: Millis::from_days(config.retention.payment_event_days),
        welcome: MilliCoins::coins(config.money.welcome_coins),
        paid: paid(config),
        booking: booking(config),
        dispute_window: Millis::from_mins(config.money.dispute_window_hours * 60),
        payout_min: MilliCoins::coins(config.money.payout_coins_min),
        push: push(config, ground),
        house_texts: ground.house_texts.clone(),
        ..ServicesConfig::default()
    }
}

/// What hosts may ask for.
fn rates(config: &Config) -> RateRules {
    let (hosts, calls) = (&config.hosts, &config.calls);
    RateRules {
        start: Rates {
            audio: Some(MilliCoins::coins(calls.audio_coins_per_min)),
            video: Some(MilliCoins::coins(calls.video_coins_per_min)),
        },
        least: MilliCoins::coins(hosts.coins_per_min_min),
        most: MilliCoins::coins(hosts.coins_per_min_max),
    }
}

/// For what clients book.
fn booking(config: &Config) -> BookingConfig {
    let booking = &config.booking;
    BookingConfig {
        hold: Millis::from_secs(booking.hold_s),
        answer_within: Millis::from_mins(booking.answer_within_hours * 60),
        pay_within: Millis::from_mins(booking.pay_within_hours * 60),
        no_show_after: Millis::from_mins(booking.no_show_after_min),
        holds: HoldLimits {
            per_person: booking.holds_per_person_max,
            per_address: booking.holds_per_address_max,
            per_host: booking.holds_per_host_max,
        },
        calendars_from_loopback: booking.calendars_from_loopback,
    }
}

/// For knocking at browsers.
fn push(config: &Config, ground: &Ground) -> PushConfig {
    let push = &config.push;
    let public = ground.public_url.starts_with("https://");
    PushConfig {
        enabled: push.enabled,
        contact: match push.contact.as_str() {
            "" if public => ground.public_url.clone(),
            "" => format!("mailto:{}", mail_from(config, ground.host())),
            contact => contact.to_owned(),
        },
        browsers_max: push.browsers_per_user_max,
        queue_max: push.queue_max,
        at_once: push.at_once,
        wait: Duration::from_secs(push.answer_timeout_s),
        patience: Patience {
            tries_max: push.tries_max,
            first_wait: Millis::from_secs(push.first_retry_s),
        },
        loopback: push.services_on_loopback,
    }
}

/// For calls by the minute.
fn paid(config: &Config) -> PaidConfig {
    let calls = &config.calls;
    let secs = Millis::from_secs;
    let rules = meter::Rules::default();
    PaidConfig {
        pulse: Pulse::parse(&calls.pulse).unwrap_or(Pulse::MinuteThenSeconds),
        free_s: calls.free_s,
        connect_fee: MilliCoins::coins(calls.connect_fee_coins),
        commission_bps: calls.commission_bps,
        ring: ring::Limits {
            ring_for: secs(calls.ring_s),
            queue_max: calls.queue_max,
            ..ring::Limits::default()
        },
        meter: meter::Rules {
            terms: Terms {
                topup_grace: secs(calls.topup_grace_s),
                ..rules.terms
            },
            pause_max: secs(calls.reconnect_s),
            resume_for: secs(calls.resume_s),
            ..rules
        },
    }
}

/// For the actors.
pub fn realtime(config: &Config) -> RealtimeConfig {
    let socket = &config.socket;
    let secs = |n: u64| Millis::from_secs(n.cast_signed());
    RealtimeConfig {
        session: session::Limits {
            ping_every: secs(socket.ping_every_s),
            dead_after: secs(socket.dead_after_s),
            resume_window: secs(socket.resume_window_s),
            devices_max: socket.devices_per_user_max,
            kept_bytes_max: socket.replay_kib_per_session * 1024,
            ..session::Limits::default()
        },
        replay_bytes_max: socket.replay_mib_total * 1024 * 1024,
        chat: conversation::Limits {
            edit_window: Millis::from_mins(config.chat.edit_window_min),
            delete_window: Millis::from_mins(config.chat.delete_window_min),
            ..conversation::Limits::default()
        },
        ..RealtimeConfig::default()
    }
}

/// For the socket.
pub fn sockets(config: &Config, ground: &Ground) -> WsConfig {
    let mut origins = config.server.allowed_origins.clone();
    origins.push(ground.public_url.clone());
    WsConfig {
        origins,
        sockets_max: config.server.connections_max,
        silent_per_ip_max: config.limits.silent_sockets_per_ip_max,
        handshakes_per_ip_per_min: config.limits.handshakes_per_ip_per_min,
        ..WsConfig::default()
    }
}

/// For those who read the metrics.
pub fn metrics(config: &Config) -> MetricsConfig {
    let server = &config.server;
    // TLS outside, none here: somebody in front does it, whether or not trusted_proxies names them.
    let tls_elsewhere = server.public_url.starts_with("https://") && server.tls_listen.is_empty();
    MetricsConfig {
        token: config.metrics.token.clone(),
        behind_proxy: tls_elsewhere || !server.trusted_proxies.is_empty(),
    }
}

/// For the limiter of the REST interface.
pub fn limits(config: &Config) -> Limits {
    Limits {
        anonymous_per_ip_per_15_min: config.limits.anonymous_per_ip_per_15_min,
        machines_per_ip_per_min: config.limits.machines_per_ip_per_min,
        account_per_min: config.limits.account_per_min,
        login_failures_per_account_per_15_min: config.limits.login_failures_per_account_per_15_min,
        ..Limits::default()
    }
}

/// Who is believed when they say whom a request came from.
///
/// # Errors
/// The entry that is neither an address nor a network.
pub fn proxies(config: &Config) -> anyhow::Result<TrustedProxies> {
    let server = &config.server;
    let words = match server.proxy_header.as_str() {
        "forwarded" => ProxyHeader::Forwarded,
        _ => ProxyHeader::XForwarded,
    };
    TrustedProxies::parse(&server.trusted_proxies)
        .map(|it| it.reading(words))
        .map_err(|entry| anyhow::anyhow!("server.trusted_proxies has {entry:?}"))
}

/// How long browsers remember to come by https: never learned on a server that people reach without,
/// nor of "localhost", which is another server tomorrow.
pub fn hsts_max_age_s(config: &Config, ground: &Ground) -> Option<u64> {
    let secure = ground.public_url.starts_with("https://") && ground.host() != "localhost";
    secure.then_some(config.server.hsts_max_age_s)
}

/// Whom a socket belongs to, behind trusted proxies too.
pub fn client_ip(proxies: TrustedProxies) -> ClientIp {
    Arc::new(move |request| {
        let peer = request.peer_addr()?.ip();
        Some(proxies.client(peer, request.headers()))
    })
}

/// The folder of mail texts that replace the built-in ones.
pub fn mail_texts(config: &Config) -> Option<&Path> {
    (!config.mail.templates_dir.is_empty()).then(|| Path::new(&config.mail.templates_dir))
}

/// The gateways that have keys, and the price list. Without any, the pretended one in development.
pub fn gateways(config: &Config, development: bool) -> GatewaysConfig {
    let pay = &config.payments;
    let secret = |text: &str| SecretString::from(text.to_owned());
    let secrets = |now: &str, before: &str| {
        let all = [now, before].into_iter();
        all.filter(|it| !it.is_empty()).map(secret).collect()
    };
    let url = |text: &str| text.trim_end_matches('/').to_owned();
    GatewaysConfig {
        razorpay: (!pay.razorpay_key_id.is_empty()).then(|| RazorpayConfig {
            base_url: url(&pay.razorpay_base_url),
            key_id: pay.razorpay_key_id.clone(),
            key_secret: secret(&pay.razorpay_key_secret),
            webhook_secrets: secrets(
                &pay.razorpay_webhook_secret,
                &pay.razorpay_webhook_secret_before,
            ),
            shop_name: pay.shop_name.clone(),
        }),
        stripe: (!pay.stripe_secret_key.is_empty()).then(|| StripeConfig {
            base_url: url(&pay.stripe_base_url),
            secret_key: secret(&pay.stripe_secret_key),
            webhook_secrets: secrets(
                &pay.stripe_webhook_secret,
                &pay.stripe_webhook_secret_before,
            ),
        }),
        mpesa: (!pay.mpesa_consumer_key.is_empty()).then(|| MpesaConfig {
            base_url: url(&pay.mpesa_base_url),
            consumer_key: secret(&pay.mpesa_consumer_key),
            consumer_secret: secret(&pay.mpesa_consumer_secret),
            shortcode: pay.mpesa_shortcode.clone(),
            passkey: secret(&pay.mpesa_passkey),
            till: pay.mpesa_till,
        }),
        demo: development,
        // Every line was checked when the configuration was loaded.
        packages: pay
            .packages
            .iter()
            .filter_map(|line| crate::config::package(line).ok())
            .collect(),
    }
}

/// The address that mails come from.
fn mail_from(config: &Config, host: &str) -> String {
    match config.mail.from_address.as_str() {
        "" => format!("noreply@{host}"),
        address => address.to_owned(),
    }
}

/// The mail server, when one is configured, for a server of this host name.
///
/// # Errors
/// When a file that it needs cannot be read or is not what it should be.
pub fn smtp(config: &Config, host: &str) -> anyhow::Result<Option<SmtpConfig>> {
    let mail = &config.mail;
    if mail.smtp_host.is_empty() {
        return Ok(None);
    }
    let from_address = mail_from(config, host);
    Ok(Some(SmtpConfig {
        host: mail.smtp_host.clone(),
        port: mail.smtp_port,
        security: match mail.smtp_security.as_str() {
            "starttls" => SmtpSecurity::StartTls,
            "none" => SmtpSecurity::None,
            _ => SmtpSecurity::Tls,
        },
        credentials: (!mail.smtp_user.is_empty()).then(|| {
            (
                mail.smtp_user.clone(),
                SecretString::from(mail.smtp_password.clone()),
            )
        }),
        ca_pem: match mail.smtp_ca_file.as_str() {
            "" => None,
            path => Some(std::fs::read(path).with_context(|| format!("mail.smtp_ca_file {path}"))?),
        },
        dkim: dkim(mail, &from_address)?,
        from_address,
        from_name: mail.from_name.clone(),
        timeout: Duration::from_secs(mail.send_timeout_s),
    }))
}

/// The ways by which the operator is told something.
///
/// # Errors
/// When one of them cannot be used.
pub fn alert_ways(config: &Config, ground: &Ground) -> anyhow::Result<Vec<Arc<dyn Channel>>> {
    let alerts = &config.alerts;
    let mut ways: Vec<Arc<dyn Channel>> = Vec::new();
    if !alerts.discord_webhook_url.is_empty() {
        ways.push(Arc::new(Discord::new(&alerts.discord_webhook_url)));
    }
    if !alerts.webhook_url.is_empty() {
        let hook = Webhook::new(&alerts.webhook_url, &alerts.webhook_secret);
        ways.push(Arc::new(hook));
    }
    if let (Ok(to), Some(server)) = (Email::parse(&alerts.email), smtp(config, ground.host())?) {
        let server = Arc::new(Smtp::new(&server)?);
        ways.push(Arc::new(AlertMail::new(to, server)));
    }
    Ok(ways)
}

/// How patient the operator is.
pub fn alert_rules(config: &Config) -> alert::Rules {
    alert::Rules {
        repeat: Millis::from_mins(config.alerts.repeat_hours * 60),
        well_for: Millis::from_secs(config.alerts.over_after_s),
        ..alert::Rules::default()
    }
}

/// The monitor that raises the alarm when nobody pings it.
pub fn monitor(config: &Config) -> Option<Monitor> {
    let alerts = &config.alerts;
    (!alerts.ping_url.is_empty()).then(|| Monitor {
        url: alerts.ping_url.clone(),
        every: Millis::from_mins(alerts.ping_every_min),
    })
}

/// What is worth a word to the operator.
pub fn bounds(config: &Config) -> Bounds {
    let (alerts, backup) = (&config.alerts, &config.backup);
    let unless_zero = |number: i64| (number != 0).then_some(number);
    let mail = unless_zero(alerts.mail_wait_min).filter(|_| !config.mail.smtp_host.is_empty());
    Bounds {
        free_bytes_min: alerts.free_disk_mib_min * MIB,
        failed_percent_max: alerts.call_failures_percent_max,
        tries_min: alerts.call_tries_min,
        mail_wait: mail.map(Millis::from_mins),
        backup_age: unless_zero(alerts.backup_age_hours_max)
            .map(|hours| Millis::from_mins(hours * 60)),
        backups_wanted: backup.by_server || !backup.folder.is_empty(),
    }
}

/// The key that signs mails, for the domain that they come from.
fn dkim(mail: &crate::config::Mail, from: &str) -> anyhow::Result<Option<Arc<Dkim>>> {
    if mail.dkim_key_file.is_empty() {
        return Ok(None);
    }
    let of_file = || format!("mail.dkim_key_file {}", mail.dkim_key_file);
    let pem = std::fs::read_to_string(&mail.dkim_key_file).with_context(of_file)?;
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let dkim = Dkim::new(domain, &mail.dkim_selector, &pem).with_context(of_file)?;
    Ok(Some(Arc::new(dkim)))
}

/// The relay for the device check: both ends are the same person, so the call is that person's own.
pub struct CheckIce(pub RelayDesk);

impl IceSource for CheckIce {
    fn for_check(&self, user: UserId, now: Timestamp) -> Ice {
        let grant = self
            .0
            .grant_to(&format!("check-{user}"), &user.to_string(), now);
        Ice {
            servers: grant
                .servers
                .into_iter()
                .map(|server| {
                    let (username, credential) = server.credential.unzip();
                    IceServer {
                        urls: server.urls,
                        username,
                        credential,
                    }
                })
                .collect(),
            ttl_ms: grant.ttl.0,
            transport_policy: if grant.relay_only { "relay" } else { "all" }.into(),
        }
    }
}
