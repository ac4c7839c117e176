//! The rules that no type can express: each answers with the key, what is wrong, and the remedy.

use std::path::Path;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use parlor_domain::{account::Email, agreement::is_version};
use parlor_turn::Cidr;
use parlor_web::forwarded::TrustedProxies;

use super::Config;

/// One impossible setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File and line, or the environment variable.
    pub place: String,
    /// Section of the key.
    pub section: &'static str,
    /// The key.
    pub key: &'static str,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}.{} {}",
            self.place, self.section, self.key, self.what
        )
    }
}

/// Collects problems; one line a rule.
struct Checks(Vec<Problem>);

impl Checks {
    fn require(
        &mut self,
        holds: bool,
        section: &'static str,
        key: &'static str,
        what: impl Into<String>,
    ) {
        if !holds {
            self.0.push(Problem {
                place: String::new(),
                section,
                key,
                what: what.into(),
            });
        }
    }

    fn one_of(&mut self, section: &'static str, key: &'static str, value: &str, allowed: &[&str]) {
        let known = allowed.contains(&value);
        self.require(
            known,
            section,
            key,
            format!("is {value:?}; it must be one of {allowed:?}"),
        );
    }

    fn addresses(&mut self, section: &'static str, key: &'static str, values: &[String]) {
        for value in values {
            let fine = value.parse::<SocketAddr>().is_ok();
            self.require(
                fine,
                section,
                key,
                format!("has {value:?}, which is not an address with a port such as \"0.0.0.0:3478\" or \"[::]:3478\""),
            );
        }
    }

    fn secret(&mut self, section: &'static str, key: &'static str, value: &str) {
        let strong = value.is_empty() || value.len() >= 32;
        self.require(
            strong,
            section,
            key,
            "is shorter than 32 characters; make one with `openssl rand -base64 32`, or leave it empty to have one generated",
        );
    }
}

impl Config {
    /// Everything that cannot work, in order of declaration.
    pub fn problems(&self) -> Vec<Problem> {
        let mut checks = Checks(Vec::new());
        self.check_server(&mut checks);
        self.check_acme(&mut checks);
        self.check_people(&mut checks);
        self.check_hosts(&mut checks);
        self.check_relay(&mut checks);
        self.check_mail(&mut checks);
        self.check_push(&mut checks);
        self.check_payments(&mut checks);
        self.check_alerts(&mut checks);
        checks.require(
            (1..=100).contains(&self.backup.processor_percent_max),
            "backup",
            "processor_percent_max",
            "must be between 1 and 100",
        );
        checks.require(
            self.backup.at_hour_utc <= 23,
            "backup",
            "at_hour_utc",
            "must be between 0 and 23",
        );
        checks.require(
            !self.backup.by_server || !self.backup.folder.is_empty(),
            "backup",
            "by_server",
            "needs backup.folder: say where the backups go",
        );
        checks.0
    }

    fn check_server(&self, checks: &mut Checks) {
        let server = &self.server;
        checks.require(
            !server.listen.is_empty(),
            "server",
            "listen",
            "is empty; give at least one address",
        );
        checks.addresses("server", "listen", &server.listen);
        checks.addresses("server", "tls_listen", &server.tls_listen);
        checks.addresses("server", "redirect_listen", &server.redirect_listen);
        checks.require(
            server.redirect_listen.is_empty() || server.public_url.starts_with("https://"),
            "server",
            "redirect_listen",
            "sends people to https, but public_url does not begin with https://",
        );
        checks.require(
            server.tls_certificate_file.is_empty() == server.tls_key_file.is_empty(),
            "server",
            "tls_key_file",
            "and tls_certificate_file belong together; set both or none",
        );
        checks.require(
            is_origin(&server.public_url),
            "server",
            "public_url",
            format!("is {:?}; it must be scheme and host without a path, such as \"https://meet.example.org\"", server.public_url),
        );
        for (key, origins) in [
            ("allowed_origins", &server.allowed_origins),
            ("frame_origins", &server.frame_origins),
        ] {
            for origin in origins {
                checks.require(
                    is_origin(origin),
                    "server",
                    key,
                    format!("has {origin:?}, which is not scheme and host such as \"https://app.example.org\""),
                );
            }
        }
        for proxy in &server.trusted_proxies {
            checks.require(
                TrustedProxies::parse(std::slice::from_ref(proxy)).is_ok(),
                "server",
                "trusted_proxies",
                format!("has {proxy:?}, which is neither an address nor a network such as \"10.0.0.0/8\""),
            );
        }
        checks.one_of(
            "server",
            "proxy_header",
            &server.proxy_header,
            &["x-forwarded-for", "forwarded"],
        );
        checks.require(
            !server.data_dir.is_empty(),
            "server",
            "data_dir",
            "is empty; name a folder",
        );
        checks.require(
            server.key_file.is_empty() || !Path::new(&server.key_file).starts_with(&server.data_dir),
            "server",
            "key_file",
            "lies in data_dir, so that whoever takes that folder has the key, too; name a place elsewhere",
        );
        checks.one_of("log", "format", &self.log.format, &["auto", "text", "json"]);
    }

    fn check_acme(&self, checks: &mut Checks) {
        let (acme, server) = (&self.acme, &self.server);
        if acme.domains.is_empty() {
            return;
        }
        for name in &acme.domains {
            checks.require(
                is_domain(name),
                "acme",
                "domains",
                format!("has {name:?}, which is not a name such as \"meet.example.org\" (no wildcard, no address, small letters)"),
            );
        }
        let host = host(&server.public_url);
        checks.require(
            acme.domains.iter().any(|it| it == host),
            "acme",
            "domains",
            format!("lacks {host:?}, the host of server.public_url: browsers would warn everybody"),
        );
        checks.require(
            server.tls_certificate_file.is_empty(),
            "acme",
            "domains",
            "asks for a certificate, but server.tls_certificate_file names one; set only one of them",
        );
        checks.require(
            !server.tls_listen.is_empty(),
            "acme",
            "domains",
            "asks for a certificate, but server.tls_listen is empty; it is usually [\"0.0.0.0:443\"]",
        );
        for way in &acme.challenges {
            checks.one_of("acme", "challenges", way, &["tls-alpn-01", "http-01"]);
        }
        let possible = self.acme_challenges().next().is_some();
        checks.require(
            possible,
            "acme",
            "challenges",
            "leaves no way: name \"tls-alpn-01\", or \"http-01\" with server.redirect_listen",
        );
        checks.require(
            acme.directory_url.is_empty() || acme.directory_url.starts_with("https://"),
            "acme",
            "directory_url",
            "must begin with https://",
        );
        checks.require(
            acme.directory_url.is_empty() || !acme.staging,
            "acme",
            "staging",
            "is Let's Encrypt's; with a directory_url of another authority set it to false",
        );
        checks.require(
            acme.contact_email.is_empty() || acme.contact_email.contains('@'),
            "acme",
            "contact_email",
            "is not an e-mail address",
        );
        checks.require(
            (1..=21_600).contains(&acme.retry_s),
            "acme",
            "retry_s",
            "must be between 1 and 21600 (six hours)",
        );
    }

    /// The challenges that can be answered: HTTP needs its door.
    pub fn acme_challenges(&self) -> impl Iterator<Item = &str> {
        let has_door = !self.server.redirect_listen.is_empty();
        let all = self.acme.challenges.iter().map(String::as_str);
        all.filter(move |way| *way == "tls-alpn-01" || has_door)
    }

    fn check_hosts(&self, checks: &mut Checks) {
        let hosts = &self.hosts;
        let (least, most) = (hosts.coins_per_min_min, hosts.coins_per_min_max);
        checks.require(
            (0..=1_000_000).contains(&least),
            "hosts",
            "coins_per_min_min",
            "must be between 0 and 1000000",
        );
        checks.require(
            (least..=1_000_000).contains(&most),
            "hosts",
            "coins_per_min_max",
            "must be between coins_per_min_min and 1000000",
        );
        checks.require(
            (0..=3_600).contains(&hosts.away_after_s),
            "hosts",
            "away_after_s",
            "must be between 0 and 3600",
        );
        for (key, price) in [
            ("audio_coins_per_min", self.calls.audio_coins_per_min),
            ("video_coins_per_min", self.calls.video_coins_per_min),
        ] {
            checks.require(
                (least..=most).contains(&price),
                "calls",
                key,
                "must be between hosts.coins_per_min_min and hosts.coins_per_min_max",
            );
        }
    }

    fn check_people(&self, checks: &mut Checks) {
        let (accounts, meetings) = (&self.accounts, &self.meetings);
        checks.one_of(
            "accounts",
            "host_approval",
            &accounts.host_approval,
            &["review", "open"],
        );
        checks.require(
            (8..=128).contains(&accounts.password_chars_min),
            "accounts",
            "password_chars_min",
            "must be between 8 and 128",
        );
        checks.require(
            (1..=60).contains(&accounts.access_token_min),
            "accounts",
            "access_token_min",
            "must be between 1 and 60: a stolen token is good for that long",
        );
        checks.require(
            (0..=365).contains(&accounts.erasure_days),
            "accounts",
            "erasure_days",
            "must be 0 to 365",
        );
        checks.require(
            (1..=90).contains(&accounts.export_days),
            "accounts",
            "export_days",
            "must be 1 to 90",
        );
        checks.require(
            (1..=100).contains(&accounts.export_downloads_max),
            "accounts",
            "export_downloads_max",
            "must be 1 to 100",
        );
        checks.require(
            (0..=24 * 90).contains(&accounts.export_wait_hours),
            "accounts",
            "export_wait_hours",
            "must be 0 to 2160",
        );
        checks.require(
            accounts.login_days >= 1,
            "accounts",
            "login_days",
            "must be at least 1",
        );
        checks.require(
            (1..=64).contains(&accounts.password_hashes_at_once),
            "accounts",
            "password_hashes_at_once",
            "must be between 1 and 64",
        );
        checks.require(
            (1..=120).contains(&self.meetings.break_glass_min),
            "meetings",
            "break_glass_min",
            "must be between 1 and 120",
        );
        let retention = &self.retention;
        checks.require(
            retention.chat_days >= 0,
            "retention",
            "chat_days",
            "must be at least 1, or 0 to keep messages",
        );
        checks.require(
            retention.audit_days >= 1,
            "retention",
            "audit_days",
            "must be at least 1",
        );
        checks.require(
            (1..=retention.audit_days).contains(&retention.audit_address_days),
            "retention",
            "audit_address_days",
            "must be between 1 and audit_days",
        );
        checks.secret("accounts", "token_secret", &accounts.token_secret);
        checks.require(
            (1..=1_024).contains(&self.files.size_mib_max),
            "files",
            "size_mib_max",
            "must be between 1 and 1024; to take no files at all set person_mib_max to 0",
        );
        checks.require(
            self.files.person_mib_max <= 1_048_576,
            "files",
            "person_mib_max",
            "must be at most 1048576",
        );
        checks.require(
            (2..=6).contains(&meetings.room_people_max),
            "meetings",
            "room_people_max",
            "must be between 2 and 6: in a mesh every browser sends its picture to every other",
        );
        checks.require(
            meetings.join_open_before_min >= 0,
            "meetings",
            "join_open_before_min",
            "cannot be negative",
        );
        checks.require(
            meetings.join_close_after_min >= 1,
            "meetings",
            "join_close_after_min",
            "must be at least 1",
        );
        checks.one_of(
            "meetings",
            "recording",
            &meetings.recording,
            &["off", "host", "anyone"],
        );
        checks.require(
            meetings.rejoin_grace_s >= 1,
            "meetings",
            "rejoin_grace_s",
            "must be at least 1",
        );
        checks.require(
            is_version(&self.consent.version),
            "consent",
            "version",
            "must be at most 40 letters, digits, dots, dashes and underscores",
        );
        let booking = &self.booking;
        let spans = [
            ("hold_s", booking.hold_s, 3_600),
            ("answer_within_hours", booking.answer_within_hours, 24 * 30),
            ("pay_within_hours", booking.pay_within_hours, 24 * 30),
            ("no_show_after_min", booking.no_show_after_min, 12 * 60),
        ];
        for (key, span, most) in spans {
            let fits = (1..=most).contains(&span);
            let what = format!("must be between 1 and {most}");
            checks.require(fits, "booking", key, what);
        }
        let holds = [
            ("holds_per_person_max", booking.holds_per_person_max),
            ("holds_per_address_max", booking.holds_per_address_max),
            ("holds_per_host_max", booking.holds_per_host_max),
        ];
        for (key, most) in holds {
            checks.require(most >= 1, "booking", key, "must be at least 1");
        }
        let calls = &self.calls;
        checks.one_of("calls", "pulse", &calls.pulse, &["60/60", "60/1", "1/1"]);
        let coins = [
            ("audio_coins_per_min", calls.audio_coins_per_min),
            ("video_coins_per_min", calls.video_coins_per_min),
            ("connect_fee_coins", calls.connect_fee_coins),
        ];
        for (key, coins) in coins {
            let fits = (0..=100_000).contains(&coins);
            checks.require(fits, "calls", key, "must be between 0 and 100000");
        }
        checks.require(
            calls.commission_bps <= 10_000,
            "calls",
            "commission_bps",
            "must not be more than 10000 (all of it)",
        );
        let spans = [
            ("ring_s", calls.ring_s, 5),
            ("topup_grace_s", calls.topup_grace_s, 0),
            ("reconnect_s", calls.reconnect_s, 10),
            ("resume_s", calls.resume_s, 10),
        ];
        for (key, span, least) in spans {
            let fits = (least..=600).contains(&span);
            let what = format!("must be between {least} and 600");
            checks.require(fits, "calls", key, what);
        }
        checks.require(
            (0..=1_000_000).contains(&self.money.welcome_coins),
            "money",
            "welcome_coins",
            "must be between 0 and 1000000",
        );
        checks.require(
            (0..=24 * 365).contains(&self.money.dispute_window_hours),
            "money",
            "dispute_window_hours",
            "must be between 0 and 8760",
        );
        checks.require(
            (1..=1_000_000).contains(&self.money.payout_coins_min),
            "money",
            "payout_coins_min",
            "must be between 1 and 1000000",
        );
        checks.require(
            self.chat.edit_window_min >= 0 && self.chat.delete_window_min >= 0,
            "chat",
            "edit_window_min",
            "must not be negative",
        );
        checks.require(
            self.socket.dead_after_s > self.socket.ping_every_s,
            "socket",
            "dead_after_s",
            "must be more than socket.ping_every_s, or every quiet connection is cut",
        );
    }

    fn check_relay(&self, checks: &mut Checks) {
        let relay = &self.relay;
        checks.require(
            relay.listen.iter().all(|ip| ip.parse::<IpAddr>().is_ok()),
            "relay",
            "listen",
            "must hold addresses without a port, such as \"0.0.0.0\" or \"::\"",
        );
        checks.require(
            !relay.enabled || !relay.listen.is_empty(),
            "relay",
            "listen",
            "is empty; give at least one address, or set relay.enabled = false",
        );
        checks.require(
            relay.port_min >= 1024 && u32::from(relay.port_max) >= u32::from(relay.port_min) + 99,
            "relay",
            "port_min",
            format!("and port_max give {}-{}; the range must lie above 1023 and hold at least 100 ports", relay.port_min, relay.port_max),
        );
        let addresses: Vec<Option<IpAddr>> =
            relay.public_ips.iter().map(|ip| ip.parse().ok()).collect();
        let of_kind = |v6: bool| {
            addresses
                .iter()
                .flatten()
                .filter(|ip| ip.is_ipv6() == v6)
                .count()
        };
        checks.require(
            addresses.iter().all(Option::is_some) && of_kind(false) <= 1 && of_kind(true) <= 1,
            "relay",
            "public_ips",
            "must hold at most one IPv4 and one IPv6 address, without a port",
        );
        self.check_peers(checks);
        for transport in &relay.transports {
            checks.one_of("relay", "transports", transport, &["udp", "tcp", "tls"]);
        }
        checks.one_of(
            "relay",
            "ice_transport_policy",
            &relay.ice_transport_policy,
            &["all", "relay"],
        );
        checks.require(
            (5..=24 * 60).contains(&relay.credential_min),
            "relay",
            "credential_min",
            "must be between 5 and 1440",
        );
        checks.require(
            relay.time_slice_us == 0 || (100..=100_000).contains(&relay.time_slice_us),
            "relay",
            "time_slice_us",
            "must be 0 or between 100 and 100000",
        );
        checks.require(
            (-20..=19).contains(&relay.nice),
            "relay",
            "nice",
            "must be between -20 and 19",
        );
        checks.require(
            relay.coalesce_us <= 1_000,
            "relay",
            "coalesce_us",
            "must be at most 1000",
        );
        checks.secret("relay", "secret", &relay.secret);
        let token = self.metrics.token.len();
        checks.require(
            token == 0 || token >= 32,
            "metrics",
            "token",
            "is shorter than 32 characters; make one with `openssl rand -base64 32`",
        );
    }

    fn check_peers(&self, checks: &mut Checks) {
        let (policy, networks) = (&self.relay.peer_policy, &self.relay.peer_networks);
        checks.one_of("relay", "peer_policy", policy, &["call", "public", "cidr"]);
        for network in networks {
            checks.require(
                Cidr::parse(network).is_some(),
                "relay",
                "peer_networks",
                format!("has {network:?}, which is not a network such as \"198.200.0.0/16\" or \"2a00::/12\""),
            );
        }
        checks.require(
            policy != "cidr" || !networks.is_empty(),
            "relay",
            "peer_networks",
            "is empty, so that peer_policy = \"cidr\" reaches nobody; list the networks, or take \"call\"",
        );
        checks.require(
            policy == "cidr" || networks.is_empty(),
            "relay",
            "peer_networks",
            format!("is not looked at while peer_policy is {policy:?}; set \"cidr\", or remove the networks"),
        );
    }

    fn check_payments(&self, checks: &mut Checks) {
        let pay = &self.payments;
        for line in &pay.packages {
            let problem = super::package(line).err();
            checks.require(
                problem.is_none(),
                "payments",
                "packages",
                format!("has {line:?}, which {}", problem.unwrap_or_default()),
            );
        }
        let together = [
            (
                "razorpay_key_secret",
                &pay.razorpay_key_id,
                &pay.razorpay_key_secret,
            ),
            (
                "razorpay_webhook_secret",
                &pay.razorpay_key_id,
                &pay.razorpay_webhook_secret,
            ),
            (
                "stripe_webhook_secret",
                &pay.stripe_secret_key,
                &pay.stripe_webhook_secret,
            ),
            (
                "mpesa_consumer_secret",
                &pay.mpesa_consumer_key,
                &pay.mpesa_consumer_secret,
            ),
            (
                "mpesa_shortcode",
                &pay.mpesa_consumer_key,
                &pay.mpesa_shortcode,
            ),
            ("mpesa_passkey", &pay.mpesa_consumer_key, &pay.mpesa_passkey),
        ];
        for (key, turns_on, needed) in together {
            checks.require(
                turns_on.is_empty() || !needed.is_empty(),
                "payments",
                key,
                "is empty, but this gateway has a key; without it no payment can be proved",
            );
        }
        let urls = [
            ("razorpay_base_url", &pay.razorpay_base_url),
            ("stripe_base_url", &pay.stripe_base_url),
            ("mpesa_base_url", &pay.mpesa_base_url),
        ];
        for (key, url) in urls {
            checks.require(
                is_safe(url),
                "payments",
                key,
                format!("is {url:?}; it must begin with https://, because secrets go there"),
            );
        }
    }

    fn check_alerts(&self, checks: &mut Checks) {
        let alerts = &self.alerts;
        let discord = &alerts.discord_webhook_url;
        checks.require(
            discord.is_empty() || is_safe(discord),
            "alerts",
            "discord_webhook_url",
            "must begin with https://",
        );
        for (key, url) in [
            ("webhook_url", &alerts.webhook_url),
            ("ping_url", &alerts.ping_url),
        ] {
            let address = url.starts_with("https://") || url.starts_with("http://");
            checks.require(
                url.is_empty() || address,
                "alerts",
                key,
                "must begin with https:// or http://",
            );
        }
        checks.require(
            alerts.webhook_url.is_empty() || !alerts.webhook_secret.is_empty(),
            "alerts",
            "webhook_secret",
            "is empty, but webhook_url is not: the receiver could not know who sends; make one with `openssl rand -base64 32`",
        );
        checks.secret("alerts", "webhook_secret", &alerts.webhook_secret);
        checks.require(
            alerts.email.is_empty() || Email::parse(&alerts.email).is_ok(),
            "alerts",
            "email",
            "is not an e-mail address",
        );
        checks.require(
            alerts.email.is_empty() || !self.mail.smtp_host.is_empty(),
            "alerts",
            "email",
            "needs a mail server: set mail.smtp_host",
        );
        checks.require(
            alerts.call_failures_percent_max <= 100,
            "alerts",
            "call_failures_percent_max",
            "must be at most 100",
        );
        for (key, span, least, most) in [
            ("repeat_hours", alerts.repeat_hours, 1, 24 * 31),
            ("over_after_s", alerts.over_after_s, 1, 3_600),
            ("mail_wait_min", alerts.mail_wait_min, 0, 24 * 60 * 7),
            (
                "backup_age_hours_max",
                alerts.backup_age_hours_max,
                0,
                24 * 366,
            ),
            ("ping_every_min", alerts.ping_every_min, 1, 24 * 60),
        ] {
            let fits = (least..=most).contains(&span);
            let what = format!("must be between {least} and {most}");
            checks.require(fits, "alerts", key, what);
        }
    }

    fn check_push(&self, checks: &mut Checks) {
        let push = &self.push;
        let contact = push.contact.as_str();
        checks.require(
            contact.is_empty() || contact.starts_with("mailto:") || contact.starts_with("https://"),
            "push",
            "contact",
            "must begin with \"mailto:\" or \"https://\"",
        );
        for (key, most, up_to) in [
            ("browsers_per_user_max", push.browsers_per_user_max, 50),
            ("queue_max", push.queue_max, 100_000),
            ("at_once", push.at_once, 64),
            ("tries_max", push.tries_max as usize, 10),
        ] {
            let what = format!("must be between 1 and {up_to}");
            checks.require((1..=up_to).contains(&most), "push", key, what);
        }
        checks.require(
            (1..=60).contains(&push.answer_timeout_s),
            "push",
            "answer_timeout_s",
            "must be between 1 and 60",
        );
        checks.require(
            (1..=3_600).contains(&push.first_retry_s),
            "push",
            "first_retry_s",
            "must be between 1 and 3600",
        );
    }

    fn check_mail(&self, checks: &mut Checks) {
        let mail = &self.mail;
        checks.one_of(
            "mail",
            "smtp_security",
            &mail.smtp_security,
            &["tls", "starttls", "none"],
        );
        let loopback = matches!(
            mail.smtp_host.as_str(),
            "localhost" | "127.0.0.1" | "::1" | ""
        );
        checks.require(
            mail.smtp_security != "none" || loopback,
            "mail",
            "smtp_security",
            "is \"none\", which sends passwords and join links readable over the network; use \"tls\" or \"starttls\"",
        );
        checks.require(
            mail.from_address.is_empty() || mail.from_address.contains('@'),
            "mail",
            "from_address",
            "is not an e-mail address",
        );
        for (key, most) in [
            (
                "account_mails_per_address_per_day",
                mail.account_mails_per_address_per_day,
            ),
            (
                "meeting_mails_per_address_per_day",
                mail.meeting_mails_per_address_per_day,
            ),
        ] {
            checks.require(most > 0, "mail", key, "is 0, so that nobody would get any");
        }
        let leads = &self.meetings.reminders_before_min;
        checks.require(
            leads.len() <= 6 && leads.iter().all(|lead| (1..=43_200).contains(lead)),
            "meetings",
            "reminders_before_min",
            "takes up to six numbers from 1 to 43200 (30 days)",
        );
        let told = &self.notifications;
        for (key, minutes) in [
            ("digest_delay_min", told.digest_delay_min),
            ("digest_period_min", told.digest_period_min),
        ] {
            let good = (0..=10_080).contains(&minutes);
            checks.require(
                good,
                "notifications",
                key,
                "is not from 0 to 10080 (a week)",
            );
        }
    }
}

/// Whether secrets may go there: over https, or to this machine.
fn is_safe(url: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    url.starts_with("https://") || local.iter().any(|it| url.starts_with(it))
}

fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']))
}

/// Whether an authority can be asked for this name: labels of small letters, digits and hyphens.
fn is_domain(name: &str) -> bool {
    let label = |it: &str| {
        (1..=63).contains(&it.len())
            && !it.starts_with('-')
            && !it.ends_with('-')
            && it
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let (len, last) = (name.len(), name.rsplit('.').next().unwrap_or_default());
    len <= 253
        && name.contains('.')
        && name.split('.').all(label)
        && last.bytes().any(|b| b.is_ascii_lowercase())
}

/// Host of an origin, without its port.
fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    rest.split([':', '/']).next().unwrap_or(rest)
}

impl Config {
    /// Turns on what only a single machine may have.
    ///
    /// # Errors
    /// When the server would be reachable from elsewhere: development mode shows everybody's mail.
    pub fn allow_loopback_for_development(&mut self) -> anyhow::Result<()> {
        let reachable = self.server.listen.iter().find(|listen| {
            !listen
                .parse::<SocketAddr>()
                .is_ok_and(|address| address.ip().is_loopback())
        });
        if let Some(address) = reachable {
            anyhow::bail!(
                "development mode shows every mail to everybody who can reach {address}; \
                 listen on a loopback address such as 127.0.0.1:8080, or run without --dev and --demo"
            );
        }
        self.relay.allow_loopback_peers = true;
        Ok(())
    }
}
