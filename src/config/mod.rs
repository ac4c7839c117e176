//! The configuration: declared once, here.
//!
//! The declaration below is the struct, its defaults, `config.toml` (rendered from it and kept
//! equal by a test) and the list of environment variables (`PARLOR__SECTION__KEY`). A key names
//! its unit. Start reading at `load`, which says what wins over what; `check` holds the rules that
//! no type can express.

mod check;
mod declare;
mod load;
pub mod origin;
pub mod secrets;

pub use check::Problem;
#[cfg(test)]
pub use load::load;
pub use load::{LoadError, SETUP_FILE, Source, load_known, put, setup_file};
pub use origin::Origins;

use declare::sections;

sections! {
    /// Where the server listens and how people reach it.
    server: Server {
        /// Addresses for HTTP and WebSocket. Without TLS, browsers give camera and microphone only to
        /// pages on localhost: put a proxy with TLS in front, or listen on loopback.
        listen: Vec<String> = vec!["127.0.0.1:8080".into()];
        /// Addresses for HTTPS and secure WebSocket, usually "0.0.0.0:443"; TURN over TLS is answered on
        /// the same port. Empty when a proxy does TLS.
        tls_listen: Vec<String> = vec![];
        /// Addresses for plain HTTP, usually "0.0.0.0:80": whoever comes is sent on to https, and an
        /// authority finds its proof here ([acme]). Only with an https public_url.
        redirect_listen: Vec<String> = vec![];
        /// How long browsers remember to come by https only (HSTS), in seconds; 0 does not ask them to.
        /// Said only over https, and only with a certificate that they trust.
        hsts_max_age_s: u64 = 31_536_000;
        /// Certificate chain for TLS, PEM, leaf first. Read again when it changes, and on SIGHUP. Empty
        /// takes the one of [acme], or makes one that browsers warn about.
        tls_certificate_file: String = String::new();
        /// Private key of the certificate, PEM.
        tls_key_file: String = String::new();
        /// The address that people see: links in mails, allowed origin of the web app, cookie security.
        public_url: String = "http://localhost:8080".into();
        /// Further origins whose pages may use the API and the socket, for example "https://app.example.org".
        allowed_origins: Vec<String> = vec![];
        /// Origins whose pages may show a host's booking button in a frame, for example
        /// "https://practice.example.org". Nobody's by default.
        frame_origins: Vec<String> = vec![];
        /// Proxies that are believed when they say whom a request came from, as addresses or networks
        /// ("10.0.0.0/8"). Links and redirects are made from public_url, whatever a proxy says.
        trusted_proxies: Vec<String> = vec![];
        /// The header in which they say it: "x-forwarded-for" (with x-forwarded-proto) or "forwarded"
        /// (RFC 7239). Only this one is read, because a proxy hands on what a client wrote into the other.
        proxy_header: String = "x-forwarded-for".into();
        /// Folder of the store, the journal, snapshots and generated secrets.
        data_dir: String = "./parlor-data".into();
        /// File with the keys that rows of the store are sealed with, outside of data_dir and readable by
        /// the server only; made at the first start. Empty takes a folder beside data_dir with "-key" at
        /// the end of its name: /var/lib/parlor-key/keys. Keep a copy where backups are not.
        key_file: String = String::new();
        /// Whether admins may answer the questions of setup in the browser: name, certificate, mail, payment.
        /// It asks for their password again. Without it there is `parlor setup` on the machine.
        setup_in_browser: bool = true;
        /// HTTP worker threads; 0 takes one per core.
        workers: usize = 0;
        /// Most connections held at once.
        connections_max: usize = 20_000;
        /// How long a stop waits for calls and sockets to be told, in seconds.
        drain_s: u64 = 10;
    }

    /// Certificates that the server gets and renews by itself from an authority (ACME, RFC 8555), by
    /// default Let's Encrypt. With names here you agree to the authority's terms of service.
    acme: Acme {
        /// Names that the certificate is for: the host of server.public_url, and others that lead here.
        /// They must lead to this machine, with port 443 or 80 open. Empty asks nobody.
        domains: Vec<String> = vec![];
        /// Where the authority may write to when something is wrong; empty tells it nothing.
        contact_email: String = String::new();
        /// For trying it out: Let's Encrypt's staging authority, whose certificates browsers do not
        /// trust, and which does not mind many attempts.
        staging: bool = false;
        /// Directory of another authority, for example "https://ca.example.org/acme/directory".
        directory_url: String = String::new();
        /// Whose signature proves that directory's own https, PEM; empty trusts the public ones.
        ca_file: String = String::new();
        /// How to prove that the names lead here, tried in turn: "tls-alpn-01" (on the port of
        /// server.tls_listen, which the world must reach as 443) and "http-01" (on the one of
        /// server.redirect_listen, as 80).
        challenges: Vec<String> = vec!["tls-alpn-01".into(), "http-01".into()];
        /// How long to wait after a failure, in seconds; doubled each time, up to six hours.
        retry_s: u64 = 120;
    }

    /// What is written to the log. Never an e-mail address, a name, an IP, a token or message text.
    log: Log {
        /// "error", "warn", "info", "debug" or "trace"; or a filter such as "info,parlor_turn=debug".
        level: String = "info".into();
        /// "auto" (text on a terminal, JSON otherwise), "text" or "json".
        format: String = "auto".into();
    }

    /// Accounts and logins.
    accounts: Accounts {
        /// Whether strangers may sign up. Guests follow join links either way.
        signup_open: bool = true;
        /// Who may host: "review" (an admin approves each application) or "open".
        host_approval: String = "review".into();
        /// Shortest password, in characters.
        password_chars_min: usize = 10;
        /// Whether admins need a second factor at login (a code of an authenticator app). An admin without
        /// one is treated as a host until it is set up on the account page.
        admins_need_second_factor: bool = false;
        /// How long an access token lives, in minutes.
        access_token_min: i64 = 10;
        /// How long a device stays logged in without being used, in days.
        login_days: i64 = 30;
        /// Days in which somebody who asked to be erased can take it back. 0 erases within ten minutes.
        erasure_days: i64 = 14;
        /// Days for which the copy of somebody's data can be taken that they asked for.
        export_days: i64 = 7;
        /// How often it can be taken in that time.
        export_downloads_max: u32 = 5;
        /// Hours from asking for a copy until the next may be asked for.
        export_wait_hours: i64 = 24;
        /// Passwords hashed at once; each takes 19 MiB and about 25 ms.
        password_hashes_at_once: usize = 2;
        /// Secret that signs access tokens, 32 characters or more; empty generates one at the first start.
        token_secret: String = String::new();
        /// File to read `token_secret` from.
        token_secret_file: String = String::new();
    }

    /// Terms and privacy notice. With a text, people agree to it when they sign up, when they book or wait
    /// for a full day without an account and when they follow a join link, and are asked again when it
    /// changed. Without one nobody is asked, and the page /privacy says what the server keeps.
    consent: Consent {
        /// File with the terms, text or simple Markdown, at most 100 KiB. A file beside it in another language
        /// of the app is shown to who reads that one: terms.de.md beside terms.md. Read at the start.
        terms_file: String = String::new();
        /// File with the privacy notice, the same way.
        privacy_file: String = String::new();
        /// Name of the version that people agree to, such as "2026-11"; they are asked again when it is
        /// another one. Empty makes one from the texts, so that every change asks again.
        version: String = String::new();
    }

    /// Hosts: what they may ask for. What they begin with stands in [calls].
    hosts: Hosts {
        /// How long the lost line of a switched-on host is not shown, in seconds.
        away_after_s: i64 = 30;
        /// Lowest price of a minute, in coins.
        coins_per_min_min: i64 = 1;
        /// Highest price of a minute, in coins.
        coins_per_min_max: i64 = 1_000;
    }

    /// When and how a meeting's room is open.
    meetings: Meetings {
        /// The room opens this long before the start, in minutes.
        join_open_before_min: i64 = 15;
        /// The room closes this long after the start, in minutes.
        join_close_after_min: i64 = 120;
        /// Most people in one call; every browser sends to every other, so more than 6 is refused.
        room_people_max: usize = 4;
        /// How long the seat of a lost connection is kept, in seconds.
        rejoin_grace_s: i64 = 30;
        /// How long an empty room lives before the call ends, in seconds.
        empty_room_grace_s: i64 = 120;
        /// How long somebody once admitted comes back without knocking, in seconds.
        readmit_s: i64 = 120;
        /// Whether an admin may enter a room that is not their own, for a reason that everybody inside is told
        /// before. Each entry is in the audit log.
        break_glass: bool = false;
        /// For how long, in minutes.
        break_glass_min: i64 = 15;
        /// Who may ask to record a call: "off", "host" or "anyone". Everybody present must agree, the
        /// browser of who asked records, and the server never has any of it.
        recording: String = "host".into();
        /// How long before the start people are reminded, in minutes.
        reminders_before_min: Vec<i64> = vec![1_440, 60, 15];
        /// Devices that may use one guest's join link.
        join_link_devices_max: usize = 2;
    }

    /// How people are told of what they missed. Each chooses for themselves whether.
    notifications: Notifications {
        /// What was not read for so long is mailed, in minutes; all of it in one mail.
        digest_delay_min: i64 = 30;
        /// Between two such mails to one person at least, in minutes.
        digest_period_min: i64 = 360;
    }

    /// Meetings that clients book by themselves. The house's share of their price stands in [calls].
    booking: Booking {
        /// How long a chosen time is kept while its client logs in and pays, in seconds.
        hold_s: i64 = 600;
        /// How long a host has to answer a request, in hours; it is off then.
        answer_within_hours: i64 = 48;
        /// How long a client has to pay what a host said yes to, in hours; it is off then.
        pay_within_hours: i64 = 24;
        /// Who is not there so long after the start did not come, in minutes.
        no_show_after_min: i64 = 15;
        /// Times that one account may keep at once without having booked them.
        holds_per_person_max: usize = 5;
        /// The same from one address without a login; behind one address there may be many people.
        holds_per_address_max: usize = 20;
        /// The same with one host, whoever keeps them.
        holds_per_host_max: usize = 100;
        /// Whether calendars that hosts name may lie on this machine, and be read without TLS. For tests
        /// and development: otherwise nobody reaches into the server's own network by them.
        calendars_from_loopback: bool = false;
    }

    /// Calls to hosts, paid by the minute from the caller's wallet.
    calls: Calls {
        /// A minute with the voice only, in coins, of a host who names no price.
        audio_coins_per_min: i64 = 10;
        /// A minute with pictures, in coins, of a host who names no price.
        video_coins_per_min: i64 = 15;
        /// What time is sold in: "60/60" (whole minutes), "60/1" (one whole minute, then seconds) or "1/1"
        /// (seconds).
        pulse: String = "60/1".into();
        /// A call up to this long costs nothing, in seconds; a longer one costs from its first second.
        free_s: u32 = 20;
        /// Paid once when a call is not free any more, in coins.
        connect_fee_coins: i64 = 0;
        /// The house's share of what a call costs, in hundredths of a percent.
        commission_bps: u32 = 2_000;
        /// How long a call rings, in seconds.
        ring_s: i64 = 45;
        /// Most callers who wait in line for one host.
        queue_max: usize = 5;
        /// How long a call waits for a top-up when the coins are used up, in seconds; 0 ends it at once.
        topup_grace_s: i64 = 0;
        /// How long a broken connection is waited for, in seconds; it costs nothing meanwhile.
        reconnect_s: i64 = 60;
        /// How long a restarted server waits for the two people of a call, in seconds.
        resume_s: i64 = 120;
    }

    /// Messages in calls and between people.
    chat: Chat {
        /// How long an author may change a message, in minutes.
        edit_window_min: i64 = 15;
        /// How long an author may take a message back, in minutes. A host may, in their own meetings,
        /// at any time.
        delete_window_min: i64 = 60;
    }

    /// Files and pictures in conversations. They lie in the folder `files` of the data folder.
    files: Files {
        /// Largest file, in MiB.
        size_mib_max: u64 = 10;
        /// What all files of one person may take, in MiB; 0 takes no files at all. A small file counts as
        /// 64 KiB.
        person_mib_max: u64 = 500;
    }

    /// Buying coins. A gateway is set up once its keys are there. Without any, `--dev` and `--demo` pretend
    /// one, clearly marked; in production nothing can be bought then. Addresses for the gateways' webhooks:
    /// PUBLIC_URL/api/payment/webhook/razorpay and .../stripe (M-Pesa is told its own with each order).
    payments: Payments {
        /// What can be bought: "COINS coins = PRICE CURRENCY", with the price in the currency's minor unit
        /// (9900 INR are 99 rupees). Razorpay sells those in INR, M-Pesa those in whole KES, Stripe all.
        packages: Vec<String> = [
            "100 coins = 9900 INR", "250 coins = 22900 INR", "500 coins = 44900 INR", "1000 coins = 84900 INR",
            "100 coins = 15000 KES", "250 coins = 35000 KES", "500 coins = 68000 KES", "1000 coins = 130000 KES",
            "100 coins = 129 USD", "250 coins = 299 USD", "500 coins = 569 USD", "1000 coins = 1099 USD",
        ].map(String::from).to_vec();
        /// What a gateway's page calls the seller.
        shop_name: String = "Parlor".into();
        /// Razorpay: the key's public half, "rzp_test_..." or "rzp_live_..."; empty turns Razorpay off.
        razorpay_key_id: String = String::new();
        /// Razorpay: the key's secret half.
        razorpay_key_secret: String = String::new();
        /// File to read `razorpay_key_secret` from.
        razorpay_key_secret_file: String = String::new();
        /// Razorpay: secret of the webhook (not the key's).
        razorpay_webhook_secret: String = String::new();
        /// File to read `razorpay_webhook_secret` from.
        razorpay_webhook_secret_file: String = String::new();
        /// Razorpay: the webhook's secret before it was changed; older events are still signed with it.
        razorpay_webhook_secret_before: String = String::new();
        /// Razorpay: where it answers.
        razorpay_base_url: String = "https://api.razorpay.com".into();
        /// Stripe: the secret key, "sk_test_..." or "sk_live_..."; empty turns Stripe off.
        stripe_secret_key: String = String::new();
        /// File to read `stripe_secret_key` from.
        stripe_secret_key_file: String = String::new();
        /// Stripe: secret of the webhook, "whsec_...".
        stripe_webhook_secret: String = String::new();
        /// File to read `stripe_webhook_secret` from.
        stripe_webhook_secret_file: String = String::new();
        /// Stripe: the webhook's secret before it was rolled.
        stripe_webhook_secret_before: String = String::new();
        /// Stripe: where it answers.
        stripe_base_url: String = "https://api.stripe.com".into();
        /// M-Pesa (Daraja): consumer key of the app; empty turns M-Pesa off.
        mpesa_consumer_key: String = String::new();
        /// M-Pesa: consumer secret of the app.
        mpesa_consumer_secret: String = String::new();
        /// File to read `mpesa_consumer_secret` from.
        mpesa_consumer_secret_file: String = String::new();
        /// M-Pesa: paybill or till number.
        mpesa_shortcode: String = String::new();
        /// M-Pesa: passkey of the push service.
        mpesa_passkey: String = String::new();
        /// File to read `mpesa_passkey` from.
        mpesa_passkey_file: String = String::new();
        /// M-Pesa: whether the number is a till ("buy goods") and no paybill number.
        mpesa_till: bool = false;
        /// M-Pesa: where it answers; "https://sandbox.safaricom.co.ke" for tests.
        mpesa_base_url: String = "https://api.safaricom.co.ke".into();
    }

    /// The TURN relay: how two people meet who cannot reach each other directly.
    relay: Relay {
        /// Whether the relay runs in this process.
        enabled: bool = true;
        /// Addresses for STUN and TURN. An unspecified address of a family that this machine does not
        /// have is skipped.
        listen: Vec<String> = vec!["0.0.0.0".into(), "::".into()];
        /// Port for UDP and TCP.
        port: u16 = 3478;
        /// Port for TLS over TCP.
        tls_port: u16 = 5349;
        /// Addresses that the world sees, when they differ from the machine's own (1:1 NAT at a VPS
        /// provider); at most one IPv4 and one IPv6. Empty takes the machine's own.
        public_ips: Vec<String> = vec![];
        /// Host name put into the addresses handed to browsers; empty takes the one of server.public_url.
        public_host: String = String::new();
        /// Realm of the TURN credentials; empty takes the host of server.public_url.
        realm: String = String::new();
        /// First UDP port of the relayed addresses.
        port_min: u16 = 49_152;
        /// Last UDP port of the relayed addresses.
        port_max: u16 = 65_535;
        /// How long a credential lives, in minutes; it is renewed over the socket.
        credential_min: u64 = 60;
        /// Most allocations of one participant.
        allocations_per_participant_max: usize = 12;
        /// Most allocations in all.
        allocations_max: usize = 10_000;
        /// Most traffic of one allocation, both directions together, in kbit/s; 0 has no limit.
        kbit_per_s_per_allocation_max: u64 = 8_000;
        /// Most traffic of the whole relay, both directions together, in kbit/s; 0 has no limit. What
        /// exceeds is dropped.
        kbit_per_s_total_max: u64 = 0;
        /// What the relay may carry in a calendar month (UTC), in GB of 1,000,000,000 bytes; 0 has no
        /// limit. Counted on the clients' side, both directions; a provider's bill counts about twice
        /// that when the other end is not a client of this relay. From 80 % on, people are asked for
        /// smaller pictures.
        month_gb_max: u64 = 0;
        /// Rate of one allocation, both directions together, once the month's budget is used up, in
        /// kbit/s: 128 carries a voice each way, so that calls go on. 0 relays nothing more.
        kbit_per_s_when_spent: u64 = 128;
        /// Whom the relay sends to for its clients: "call" (the other people of the same call, at the
        /// addresses that they told the call), "public" (any public address) or "cidr" (only
        /// peer_networks). Private and other special-purpose addresses and this machine itself are
        /// refused whatever stands here. With "public" and "cidr" all clients of this relay reach each other.
        peer_policy: String = "call".into();
        /// Networks for peer_policy = "cidr", such as "198.200.0.0/16" or "2a00::/12".
        peer_networks: Vec<String> = vec![];
        /// For tests on one machine only: relay to loopback addresses. Refused in production.
        allow_loopback_peers: bool = false;
        /// Write packets for many peers with one system call (io_uring) where the kernel allows it.
        io_uring: bool = true;
        /// Time slice the relay's threads ask of the scheduler, so that packets do not wait for other
        /// threads of this machine that compute; 0 leaves the system's own.
        time_slice_us: u64 = 100;
        /// Nice value of the relay's threads, from -20 (first) to 19: with a negative one, packets of calls
        /// go before pages when the processor has too much to do. Needs root or LimitNICE= of systemd.
        nice: i32 = -10;
        /// Let the relay's threads run before everything else of this machine (SCHED_RR), so that no packet
        /// waits for a page; the kernel keeps 5 % for the rest. Where the system does not grant it (root or
        /// LimitRTPRIO= of systemd), time_slice_us and nice count.
        realtime: bool = true;
        /// Longest wait for more packets after the first of a batch; 200 can halve the processor time
        /// under a steady load of calls, for 0.2 ms of added delay.
        coalesce_us: u64 = 0;
        /// Ways to the relay that browsers are offered. "tls" is offered only with a configured certificate.
        transports: Vec<String> = vec!["udp".into(), "tcp".into(), "tls".into()];
        /// "all" lets browsers connect directly where they can; "relay" sends everything through the relay.
        ice_transport_policy: String = "all".into();
        /// Secret of the relay's credentials; empty generates one at the first start.
        secret: String = String::new();
        /// File to read `secret` from.
        secret_file: String = String::new();
    }

    /// The WebSocket.
    socket: Socket {
        /// Silence after which the server sends a ping, in seconds.
        ping_every_s: u64 = 25;
        /// Silence after which a connection is dead, in seconds.
        dead_after_s: u64 = 60;
        /// How long a cut session can be resumed without a reload, in seconds.
        resume_window_s: u64 = 120;
        /// Devices of one person connected at once.
        devices_per_user_max: usize = 10;
        /// Memory for unacknowledged events of one session, in KiB.
        replay_kib_per_session: usize = 256;
        /// Memory for unacknowledged events of all sessions, in MiB.
        replay_mib_total: usize = 256;
    }

    /// Outgoing mail. Without a server, mails wait in the outbox; development mode shows them.
    mail: Mail {
        /// SMTP server; empty sends nothing.
        smtp_host: String = String::new();
        /// SMTP port: 465 for "tls", 587 for "starttls".
        smtp_port: u16 = 465;
        /// "tls", "starttls", or "none" (loopback only).
        smtp_security: String = "tls".into();
        /// SMTP user; empty sends without authentication.
        smtp_user: String = String::new();
        /// SMTP password.
        smtp_password: String = String::new();
        /// File to read `smtp_password` from.
        smtp_password_file: String = String::new();
        /// Sender address; empty takes noreply@ and the host of server.public_url.
        from_address: String = String::new();
        /// Sender name.
        from_name: String = "Parlor".into();
        /// Authority that signed the server's certificate, PEM; empty trusts the public ones only.
        smtp_ca_file: String = String::new();
        /// Longest wait for one answer of the server, in seconds.
        send_timeout_s: u64 = 60;
        /// Private key that signs mails (DKIM), PEM: RSA of 2048 bits or more, or Ed25519. Empty signs
        /// nothing: most providers do. The log says which record the domain must publish.
        dkim_key_file: String = String::new();
        /// Name under which the domain publishes that key.
        dkim_selector: String = "parlor".into();
        /// Mails that make or keep an account (confirmations, links for a new password) that one
        /// address gets on one day (UTC); more are not sent. Anybody can ask for them for any address.
        account_mails_per_address_per_day: u32 = 20;
        /// Mails about meetings that one address gets on one day (UTC); more are not sent. A busy host
        /// gets several for each meeting.
        meeting_mails_per_address_per_day: u32 = 300;
        /// Folder with mail texts that replace the built-in ones, such as de/invitation.txt; empty
        /// uses those.
        templates_dir: String = String::new();
    }

    /// News on screens that show no page of ours (Web Push). Only for who switches it on in their browser:
    /// then this server tells that browser's push service (Google's, Mozilla's, Apple's, ...) that there is
    /// something, encrypted for the browser, and no more than its kind unless its owner wants the name too.
    push: Push {
        /// Whether people can switch it on.
        enabled: bool = true;
        /// Whom a push service may write to, as "mailto:..." or "https://..."; empty takes
        /// server.public_url, or the sender of mails where that is not https.
        contact: String = String::new();
        /// Most browsers of one person; the one that was not there for longest is forgotten first.
        browsers_per_user_max: usize = 10;
        /// Most that waits to be sent; what comes then is left out.
        queue_max: usize = 4_096;
        /// Sent at once, to all push services together.
        at_once: usize = 16;
        /// Longest wait for an answer, in seconds.
        answer_timeout_s: u64 = 10;
        /// Tries in all when a push service has no time or does not answer.
        tries_max: u32 = 5;
        /// The wait after the first try, in seconds; each further one is four times as long, and never
        /// shorter than the service asks for.
        first_retry_s: i64 = 15;
        /// Whether push services may be on this machine and without TLS. For tests and development:
        /// otherwise nobody reaches into the server's own network by them.
        services_on_loopback: bool = false;
    }

    /// How much one caller may ask. More is answered with 429 and the time to wait.
    limits: Limits {
        /// Requests of one address in 15 minutes: as many without a login, as many more to log in and with
        /// secret links, and as many of /api/video-calls.
        anonymous_per_ip_per_15_min: u32 = 100;
        /// Requests of other people's programs (payment gateways, calendars) of one address, per minute.
        machines_per_ip_per_min: u32 = 600;
        /// Requests of one account, per minute.
        account_per_min: u32 = 300;
        /// Failed logins of one account from one address until it waits: a minute, then twice as long after
        /// each further one, at most 15 minutes. From all addresses together ten times as many.
        login_failures_per_account_per_15_min: u32 = 10;
        /// Socket handshakes per address, per minute.
        handshakes_per_ip_per_min: u32 = 60;
        /// Sockets per address that have not said hello.
        silent_sockets_per_ip_max: usize = 20;
    }

    /// Numbers for Prometheus at /metrics. Answered to this machine itself, and elsewhere to whoever has
    /// the token. Behind a proxy only the token counts. Nothing in them names a person.
    metrics: Metrics {
        /// Bearer token, 32 characters or more; empty lets nobody in from elsewhere.
        token: String = String::new();
        /// File to read `token` from.
        token_file: String = String::new();
    }

    /// What the operator is told without asking: that the relay is unreachable, the disk full, the backup
    /// old, and so on, and when that is over. Each way is off until it has an address; `parlor alert test`
    /// tries all of them.
    alerts: Alerts {
        /// Webhook of a Discord channel, "https://discord.com/api/webhooks/..."; whoever knows it can
        /// write there.
        discord_webhook_url: String = String::new();
        /// File to read `discord_webhook_url` from.
        discord_webhook_url_file: String = String::new();
        /// Address of your own that gets alerts by POST, as signed JSON.
        webhook_url: String = String::new();
        /// Secret of that signature, 32 characters or more.
        webhook_secret: String = String::new();
        /// File to read `webhook_secret` from.
        webhook_secret_file: String = String::new();
        /// E-mail address that gets alerts, by the server of [mail].
        email: String = String::new();
        /// What goes on is told again after so many hours.
        repeat_hours: i64 = 12;
        /// What was told is over when it has been well for so long, in seconds.
        over_after_s: i64 = 180;
        /// Calls of the last hour that did not come about, of a hundred tries, above which it is told;
        /// 0 never tells.
        call_failures_percent_max: u64 = 10;
        /// Tries in that hour below which nothing is said of them.
        call_tries_min: u64 = 10;
        /// Free space where the store lies below which it is told, in MiB.
        free_disk_mib_min: u64 = 2_048;
        /// How long mails may wait for the mail server, in minutes; 0 never tells.
        mail_wait_min: i64 = 60;
        /// How old the last good backup may be, in hours; 0 never tells.
        backup_age_hours_max: i64 = 36;
        /// Address of a monitor elsewhere that is asked for (GET) as long as people can meet, and raises
        /// the alarm when nobody asks any more (a dead man's switch, such as of healthchecks.io).
        ping_url: String = String::new();
        /// Between two of these, in minutes.
        ping_every_min: i64 = 60;
    }

    /// Coins and what they are spent on.
    money: Money {
        /// Coins that a new account is given.
        welcome_coins: i64 = 50;
        /// How long after a call its client may ask for the price back, in hours. A host's earnings can
        /// be paid out afterwards.
        dispute_window_hours: i64 = 48;
        /// Smallest payout that a host may ask for, in coins.
        payout_coins_min: i64 = 100;
    }

    /// How long data is kept.
    retention: Retention {
        /// Links, start and end times of meetings that are over, in days.
        call_metadata_days: i64 = 180;
        /// Messages between people and in rooms, with their files, in days after they were written; 0 keeps them
        /// until their author deletes them or is erased.
        chat_days: i64 = 0;
        /// Mails that were sent, in days.
        sent_mail_days: i64 = 30;
        /// What payment gateways told us, byte for byte, in days. Orders and the books are kept for ever.
        payment_event_days: i64 = 400;
        /// Reports about people, with the messages copied into them, in days after they were decided. That
        /// somebody without an account agreed to the terms is kept as long.
        report_days: i64 = 400;
        /// Records of who tried to reach what (the audit log), in days.
        audit_days: i64 = 400;
        /// The addresses from which that was tried, in days; the records stay without them.
        audit_address_days: i64 = 30;
        /// Snapshots of the store; each night makes one.
        snapshots_keep: usize = 7;
    }

    /// Backups: `parlor backup` by hand or by systemd's timer.
    backup: Backup {
        /// Folder for backups when the command names none; on another disk, if there is one.
        folder: String = String::new();
        /// Whether the server makes a backup each day by itself, without systemd's timer; needs `folder`.
        by_server: bool = false;
        /// Hour of the day for that, in UTC.
        at_hour_utc: u8 = 3;
        /// Days of which the newest backup is kept; older ones in the folder are removed.
        keep_daily: usize = 7;
        /// Weeks of which the newest backup is kept.
        keep_weekly: usize = 4;
        /// File whose first line is the passphrase that backups are encrypted with. Keep a copy of it
        /// elsewhere: nobody reads such a backup without it. Empty encrypts nothing.
        passphrase_file: String = String::new();
        /// Most that making a backup takes of one processor core, in percent.
        processor_percent_max: u32 = 50;
    }

    /// The store.
    store: Store {
        /// Memory for cached pages, in MiB.
        cache_mib: u64 = 64;
        /// Writes that may wait for the disk before new ones are refused.
        queue_max: usize = 4_096;
        /// Free disk space below which writes are refused, in MiB.
        free_disk_mib_min: u64 = 256;
    }
}

/// Reads one line of `payments.packages`; otherwise says what is wrong with it.
pub fn package(line: &str) -> Result<parlor_domain::order::Package, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [coins, "coins", "=", price, currency] = words.as_slice() else {
        return Err("is not of the form \"100 coins = 9900 INR\"".into());
    };
    let number = |text: &str| {
        text.parse::<i64>()
            .map_err(|_| format!("has {text:?} where a whole number belongs"))
    };
    let package = parlor_domain::order::Package::new(number(coins)?, number(price)?, currency);
    package.map_err(|problem| problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_toml_is_the_declaration() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml");
        let rendered = Config::render();
        if std::env::var_os("PARLOR_REGENERATE").is_some() {
            std::fs::write(path, &rendered).expect("config.toml is writable");
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == rendered,
            "config.toml differs from its declaration; run `make generate`"
        );
    }

    #[test]
    fn the_rendered_file_loads_as_the_defaults() {
        let loaded = load(
            Source::text("config.toml", &Config::render()),
            Source::text("", ""),
            [],
        )
        .unwrap();
        assert_eq!(loaded, Config::default());
    }

    #[test]
    fn every_key_uncommented_still_loads_as_the_defaults() {
        let all: String = Config::render()
            .lines()
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|rest| !rest.starts_with(' '))
                    .unwrap_or(line)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(
            load(Source::text("config.toml", &all), Source::text("", ""), []).unwrap(),
            Config::default()
        );
    }
}
