//! The services: what the web and the realtime actors ask of accounts and meetings. They read the
//! store, let the domain decide, and write the decision in one batch together with the mails it
//! causes.
//!
//! Must never decide a rule here, nor write a mail apart from its cause. Start at [`Services::new`].

mod accounts;
mod addresses;
mod aftermath;
mod agenda;
mod agreements;
mod appointments;
mod audit_log;
mod blocks;
mod booking_changes;
mod booking_orders;
mod bookings;
mod books_proof;
mod break_glass;
mod busy_calendars;
mod calendars;
mod calls;
mod demo;
mod digests;
mod directory;
mod disputes;
mod earnings;
mod erasures;
mod error;
mod exports;
mod files;
mod finding;
mod groups;
mod guests;
mod holds;
mod hosts;
mod inbox;
mod invitations;
pub mod keys;
pub mod ledger;
mod look;
mod maintenance;
mod managed;
mod meetings;
mod notes;
mod notice_ways;
mod notices;
mod offers;
mod outbox;
mod overview;
mod paid;
mod passwords;
mod payments;
mod payouts;
mod people;
mod pictures;
mod pixels;
mod ports;
mod post;
mod presence;
mod privacy;
mod push;
mod receipts;
mod reminders;
mod reports;
mod retention;
mod reviews;
mod second_factor;
mod series;
mod sessions;
mod setup;
mod steps;
mod suspensions;
pub mod tokens;
mod totp;
mod views;
mod waiting;
mod wallet;
mod watching;

use std::{
    future::Future,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use parlor_data::{Batch, Store};
use parlor_domain::{
    account::HostApproval,
    agreement::Edition,
    conversation::ConversationId,
    event::Event,
    host::RateRules,
    identity::Identity,
    invitation,
    mail::DailyMax,
    meeting::Window,
    money::MilliCoins,
    notification::digest,
    reminder,
    room::RecordingRight,
    time::{Millis, Timestamp},
};
use tokio::sync::Notify;

pub use accounts::{AccountChange, SignUp};
pub use addresses::KnownAddress;
pub use aftermath::Aftermath;
pub use agreements::{AgreementView, KeptClass};
pub use appointments::{Appointment, AppointmentPage, Mark, Wanted as AppointmentsWanted};
pub use audit_log::{AuditCounts, AuditLog, AuditPage, AuditState};
pub use bookings::{Booked, Booker, BookingConfig, Hold, NewBooking};
pub use books_proof::{BooksProof, Trial, TrialLine, account_kind};
pub use break_glass::Entry as BreakGlassEntry;
pub use calendars::FeedView;
pub use calls::{CallView, LiveCallView};
pub use demo::DemoPlace;
pub use digests::{Missed, MissedMessages};
pub use directory::{HostPage, Hosts};
pub use disputes::{DisputePage, DisputeView};
pub use earnings::Earnings;
pub use erasures::ErasureView;
pub use error::ServiceError;
pub use exports::{ExportConfig, ExportFile, ExportView};
pub use files::{FileConfig, FileUpload, next_piece};
pub use guests::{Guest, Invited};
pub use holds::{HoldLimits, Holder};
pub use hosts::HostView;
pub use inbox::{ConversationView, Found, HITS_MAX, Hit};
pub use invitations::{Door, GuestSession};
pub use keys::Keys;
pub use ledger::{Ledger, Once, PostError, Posted, Posting};
pub use meetings::{ClientRef, MeetingChange, NewMeeting};
pub use notice_ways::{NoticeChange, NoticeWays};
pub use notices::{MissedNotices, NOTICES_MAX, Notices};
pub use offers::{SPAN_MAX as SLOTS_SPAN_MAX, Slots};
pub use overview::{Decision, HOURS_MAX, Matter};
pub use paid::{CALLS_MAX, PaidCallView, PaidConfig};
pub use parlor_data::nouns::{block::Block, money_alert::MoneyAlert};
pub use parlor_data::personal::Keeps;
pub use passwords::{Overloaded, PasswordCost};
pub use payments::{
    NewOrder, Offer, OrderPage, OrderStory, OrderView, OrdersWanted, Placed, Untaken,
};
pub use payouts::{
    PAGE as PAYOUTS_MAX, PayoutPage, PayoutTotals, PayoutView, Wanted as PayoutsWanted,
};
pub use people::{Group as PeopleGroup, PeoplePage, PersonView};
pub use pictures::{PictureConfig, Place, Size as PictureSize};
pub use post::{MailPreview, MailWishes, PostOffice, PostView, SendsAs};
pub use push::{PushConfig, PushForm, PushState};
pub use receipts::{Receipt, ReceiptLine};
pub use reports::{NewReport, ReportView, Reports};
pub use retention::{
    Class as RetentionClass, FOR_EVER, Retention, RetentionLine, Swept, retention_document,
};
pub use reviews::Reviews;
pub use second_factor::{Enrolment, SecondFactorView};
pub use sessions::{DeviceView, Session};
pub use suspensions::{AccountStanding, MeetingAhead};
pub use totp::QrCode;
#[cfg(any(test, feature = "testing"))]
pub(crate) use totp::code_at as totp_code;
pub use views::{MeetingView, Viewer};
pub use waiting::NewWaiting;
pub use wallet::{CallSum, PAGE_MAX as STATEMENT_LINES_MAX, Statement, Transaction, Wallet};

use crate::{
    call_book::CallBook,
    clock::Clock,
    gateways::Gateways,
    link::{Answer, ConversationAsk, Trouble},
    ports::{Push, Reach},
};

/// Settings of the services. The defaults are those of `config.toml`.
#[derive(Debug, Clone)]
pub struct ServicesConfig {
    /// Where people see the server, without a slash at the end.
    pub public_url: String,
    /// Whether strangers may sign up.
    pub signup_open: bool,
    /// Who decides about hosts.
    pub host_approval: HostApproval,
    /// How long the lost line of a switched-on host is not shown.
    pub away_after: Millis,
    /// What hosts may ask for.
    pub rates: RateRules,
    /// Where hosts' pictures are, and how large they may be.
    pub pictures: PictureConfig,
    /// Where the files of conversations are, and how large they may be.
    pub files: FileConfig,
    /// Where copies of people's data lie, and how they are given out.
    pub exports: ExportConfig,
    /// Shortest password, in characters; never less than the domain's own bound.
    pub password_chars_min: usize,
    /// How hard a password hash is, and how many run at once.
    pub password_cost: PasswordCost,
    /// Whether an admin without a second factor is no more than a host.
    pub admins_need_second_factor: bool,
    /// How long an access token lives.
    pub access_token: Millis,
    /// How long a device stays logged in without being used.
    pub login_idle: Millis,
    /// How long the links of verification and setup mails live.
    pub link_lifetime: Millis,
    /// How long the link of a reset mail lives.
    pub reset_lifetime: Millis,
    /// When a meeting's door is open.
    pub window: Window,
    /// Most people in one call.
    pub room_people_max: usize,
    /// How long the seat of a lost connection is kept.
    pub rejoin_grace: Millis,
    /// How long an empty room lives before the call ends.
    pub empty_room_grace: Millis,
    /// How long somebody once admitted comes back without knocking.
    pub readmit: Millis,
    /// How long an admin may be in a room of others; none: never, which is the rule.
    pub break_glass: Option<Millis>,
    /// Who may ask to record.
    pub recording: RecordingRight,
    /// Devices that may use one guest's join link.
    pub join_link_devices_max: usize,
    /// The address that mails come from.
    pub mail_from: String,
    /// How many mails one address gets on one day.
    pub daily_mails: DailyMax,
    /// How long before the start people are reminded.
    pub reminder_leads: Vec<Millis>,
    /// How patient digests are.
    pub digests: digest::Rules,
    /// How long links, start and end times of meetings that are over are kept.
    pub call_metadata_keep: Millis,
    /// How long messages are kept; [`retention::FOR_EVER`] until their author deletes them or is erased.
    pub chat_keep: Millis,
    /// How long mails that are done are kept.
    pub sent_mail_keep: Millis,
    /// How long what gateways told us is kept.
    pub payment_event_keep: Millis,
    /// How long reports about people are kept after they were decided, and suspensions that ended.
    pub report_keep: Millis,
    /// How long records of the audit log are kept.
    pub audit_keep: Millis,
    /// How long the addresses beside them are kept.
    pub audit_address_keep: Millis,
    /// How long answers to repeated commands are kept.
    pub idempotency_keep: Millis,
    /// How long whoever asked to be erased can take it back.
    pub erasure_wait: Millis,
    /// Given to a new account.
    pub welcome: MilliCoins,
    /// Calls by the minute.
    pub paid: PaidConfig,
    /// Bookings.
    pub booking: BookingConfig,
    /// How long after its last second a call may be disputed; its earnings mature then.
    pub dispute_window: Millis,
    /// Smallest sum that a host may ask for.
    pub payout_min: MilliCoins,
    /// Knocking at browsers.
    pub push: PushConfig,
    /// What people agree to; nothing without texts.
    pub house_texts: Option<Arc<Edition>>,
}

impl Default for ServicesConfig {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".into(),
            signup_open: true,
            host_approval: HostApproval::Review,
            away_after: Millis::from_secs(30),
            rates: RateRules::default(),
            pictures: PictureConfig::default(),
            files: FileConfig::default(),
            exports: ExportConfig::default(),
            password_chars_min: parlor_domain::account::PASSWORD_CHARS_MIN,
            password_cost: PasswordCost::default(),
            admins_need_second_factor: false,
            access_token: Millis::from_mins(10),
            login_idle: Millis::from_days(30),
            link_lifetime: Millis::from_days(1),
            reset_lifetime: Millis::from_mins(60),
            window: Window::default(),
            room_people_max: 4,
            rejoin_grace: Millis::from_secs(30),
            empty_room_grace: Millis::from_secs(120),
            readmit: Millis::from_secs(120),
            break_glass: None,
            recording: RecordingRight::Host,
            join_link_devices_max: invitation::DEVICES_MAX,
            mail_from: "noreply@localhost".into(),
            daily_mails: DailyMax::default(),
            reminder_leads: reminder::LEADS.to_vec(),
            digests: digest::Rules::default(),
            call_metadata_keep: Millis::from_days(180),
            chat_keep: retention::FOR_EVER,
            sent_mail_keep: Millis::from_days(30),
            payment_event_keep: Millis::from_days(400),
            report_keep: Millis::from_days(400),
            audit_keep: Millis::from_days(400),
            audit_address_keep: Millis::from_days(30),
            idempotency_keep: Millis::from_days(7),
            erasure_wait: Millis::from_days(14),
            welcome: MilliCoins::coins(50),
            paid: PaidConfig::default(),
            booking: BookingConfig::default(),
            dispute_window: Millis::from_mins(48 * 60),
            payout_min: MilliCoins::coins(100),
            push: PushConfig::default(),
            house_texts: None,
        }
    }
}

/// Tries of a change that somebody else got in the way of.
const TRIES: usize = 5;

/// All services. A cheap handle; clones share everything.
#[derive(Clone)]
pub struct Services(Arc<Inner>);

struct Inner {
    store: Store,
    desk: directory::Desk,
    pictures: pictures::Pictures,
    files: files::Files,
    exports: exports::Desk,
    ledger: Ledger,
    books_proof: books_proof::Prover,
    audit_log: AuditLog,
    passes: break_glass::Passes,
    switch: maintenance::Switch,
    keys: Keys,
    config: ServicesConfig,
    clock: Arc<dyn Clock>,
    passwords: passwords::Passwords,
    wrong_codes: second_factor::Wrong,
    tokens: tokens::AccessTokens,
    reach: OnceLock<Arc<dyn Reach>>,
    push: OnceLock<Arc<dyn Push>>,
    book: OnceLock<CallBook>,
    gateways: OnceLock<Gateways>,
    tally: payments::Tally,
    mail_queued: Notify,
    post: PostOffice,
    turns: bookings::Turns,
    holds: holds::Holds,
    elsewhere: busy_calendars::Elsewhere,
    watching: watching::Watching,
    presence: presence::Presences,
    notices: notices::Desk,
    knocks: push::Desk,
    demo: AtomicBool,
}

impl Services {
    /// Services on this store. Hashes one password, to have a dummy to compare with.
    pub fn new(store: Store, keys: Keys, config: ServicesConfig, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            knocks: push::Desk::new(&config.push),
            elsewhere: busy_calendars::Elsewhere::new(config.booking.calendars_from_loopback),
            tokens: tokens::AccessTokens::new(&keys, &config.public_url, config.access_token),
            passwords: passwords::Passwords::new(config.password_cost),
            wrong_codes: second_factor::Wrong::default(),
            desk: directory::Desk::new(config.away_after),
            pictures: pictures::Pictures::new(),
            files: files::Files::new(&config.files),
            exports: exports::Desk::default(),
            ledger: Ledger::new(store.clone()),
            books_proof: books_proof::Prover::default(),
            passes: break_glass::Passes::default(),
            audit_log: AuditLog::new(store.clone(), Arc::clone(&clock)),
            switch: maintenance::Switch::of(&store),
            store,
            keys,
            config,
            clock,
            reach: OnceLock::new(),
            push: OnceLock::new(),
            book: OnceLock::new(),
            gateways: OnceLock::new(),
            tally: payments::Tally::default(),
            mail_queued: Notify::new(),
            post: PostOffice::default(),
            turns: bookings::Turns::default(),
            holds: holds::Holds::default(),
            watching: watching::Watching::default(),
            presence: presence::Presences::default(),
            notices: notices::Desk::default(),
            demo: AtomicBool::new(false),
        }))
    }

    /// Lets the services reach connected people. Called once, after the registry was made (which
    /// needs the services first); until then nobody is connected.
    pub fn connect(&self, reach: Arc<dyn Reach>) {
        let wallets = Arc::clone(&reach);
        self.0.ledger.on_wallet_changed(move |user, now| {
            let (available, seq) = (now.available, now.seq);
            wallets.tell(user, Event::WalletChanged { available, seq });
        });
        if self.0.reach.set(reach).is_err() {
            tracing::error!("the services were connected twice; the first connection stays");
        }
    }

    /// Lets notifications reach devices on which no page is open. Called once; until then, and without
    /// it, they wait in the list.
    pub fn connect_push(&self, push: Arc<dyn Push>) {
        if self.0.push.set(push).is_err() {
            tracing::error!("the services got a second way to push; the first one stays");
        }
    }

    /// Lets the services look into the books of live calls. Called once, for the same reason.
    pub fn connect_book(&self, book: CallBook) {
        if self.0.book.set(book).is_err() {
            tracing::error!("the services got a second call book; the first one stays");
        }
    }

    /// The instant.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The settings.
    pub fn config(&self) -> &ServicesConfig {
        &self.0.config
    }

    /// Passwords hashed so far, known and unknown addresses alike.
    pub fn passwords_hashed(&self) -> u64 {
        self.0.passwords.done()
    }

    /// The store below, for those who show its health.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The one writer of the books.
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// The way to the mail server.
    pub fn post_office(&self) -> &PostOffice {
        &self.0.post
    }

    /// Waits until a mail was queued. One waiter: the mailer.
    pub async fn mail_queued(&self) {
        self.0.mail_queued.notified().await;
    }

    /// An address of a page, for links in mails and answers.
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.config.public_url.trim_end_matches('/'))
    }

    /// Asks a conversation for somebody who has no socket.
    pub async fn converse(
        &self,
        who: &Identity,
        conversation: ConversationId,
        ask: ConversationAsk,
    ) -> Result<Answer, Trouble> {
        match self.0.reach.get() {
            Some(reach) => reach.converse(who, conversation, ask).await,
            None => Err(Trouble::Draining),
        }
    }

    fn reach(&self, tell: impl FnOnce(&dyn Reach)) {
        if let Some(reach) = self.0.reach.get() {
            tell(reach.as_ref());
        }
    }

    async fn write(&self, batch: Batch) -> Result<(), ServiceError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.0.store.write(batch).await?;
        // Most writes queue a mail; the others cost the mailer one look at an empty list.
        self.0.mail_queued.notify_one();
        Ok(())
    }

    /// Posts an entry and the rows beside it, which may hold mails.
    async fn post(&self, posting: Posting) -> Result<Posted, ServiceError> {
        let posted = self.0.ledger.post(posting).await?;
        self.0.mail_queued.notify_one();
        Ok(posted)
    }

    /// Reads, decides and writes again when somebody else was faster, [`TRIES`] times.
    async fn retrying<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, ServiceError>
    where
        F: Future<Output = Result<T, ServiceError>>,
    {
        for _ in 1..TRIES {
            match attempt().await {
                Err(ServiceError::Contended) => tokio::task::yield_now().await,
                done => return done,
            }
        }
        attempt().await
    }
}

#[cfg(test)]
mod tests;
