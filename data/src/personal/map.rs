//! The map itself. Indexes are of the class of what they lead to and go with it.

use super::{
    Age::{self, Id, Instant, Unsaid},
    Class, Entry,
    Erasure::{self, Address, Apart, Cut, Drop, IndexOf, Kept, Key, Value, WayTo},
    Export, Find,
    Keeps::{Account, Ever, Limited, Swept, Until},
    Whose::{self, Nobody, One, Several},
    person::Shown,
};
use crate::{
    nouns::{
        account, aftermath, agenda, agreement, availability, block, busy_calendar, calendar_feed,
        conversation::{self, PERSON_AT},
        dispute, erasure, export, file, host, inbox, invitation, ledger, login, mail, mail_address,
        meeting, notification, notification_choice, notification_due, one_time, order, paid_call,
        payment_event, payout, presence, privacy, push, refund, report, review, room, service,
        suspension, waiting,
    },
    tables::Table,
};

const fn class(word: &'static str, keeps: super::Keeps, what: &'static str) -> Class {
    Class {
        word,
        what,
        keeps,
        setting: "",
    }
}

const fn set_by(setting: &'static str, class: Class) -> Class {
    Class { setting, ..class }
}

/// What most records of calls and appointments are kept by.
const METADATA: &str = "retention.call_metadata_days";

/// Every class of data.
pub const CLASSES: &[Class] = &[
    class(
        "accounts",
        Account,
        "name, address, language, zone, phone and gender if given; how people want to be told and seen",
    ),
    class(
        "hosts",
        Account,
        "hosts' profiles, services, hours, pictures, calendars of elsewhere",
    ),
    class(
        "host_notes",
        Account,
        "private notes of hosts about clients and meetings, which nobody else reads",
    ),
    class("reviews", Ever, "what clients said about hosts"),
    class(
        "logins",
        Swept,
        "devices that are logged in; kept after they ended",
    ),
    class(
        "links",
        Swept,
        "one-time links (new password, confirmation); kept after they ended",
    ),
    class(
        "appointments",
        Ever,
        "meetings: who with whom, when, subject, price, a guest's name and address",
    ),
    set_by(
        METADATA,
        class(
            "meetings",
            Swept,
            "invitations, join links, times and attendance of calls, of meetings that are over",
        ),
    ),
    class(
        "rooms",
        Until("until the call is over"),
        "who sits in a room or waits at its door",
    ),
    set_by(
        METADATA,
        class(
            "calls",
            Swept,
            "records of calls: when, who, what the relay carried, quality, consent to recordings, ratings",
        ),
    ),
    class(
        "paid_calls",
        Ever,
        "calls by the minute with their bills: who, when, price",
    ),
    set_by(
        METADATA,
        class(
            "missed_calls",
            Swept,
            "calls by the minute that nobody took",
        ),
    ),
    set_by(
        METADATA,
        class(
            "agendas",
            Swept,
            "what takes people's time; kept after the day",
        ),
    ),
    class(
        "waiting",
        Until("until the day is over"),
        "who waits for a full day",
    ),
    set_by(
        "retention.sent_mail_days",
        class(
            "mails",
            Swept,
            "mails: to whom, about what; kept after they were sent",
        ),
    ),
    class(
        "mail_addresses",
        Until("until it is lifted or the person is erased"),
        "addresses that refuse mail or want none",
    ),
    set_by(
        "retention.chat_days",
        class(
            "messages",
            Limited("until their author deletes them or is erased"),
            "messages between people and in rooms, with their files",
        ),
    ),
    class("uploads", Swept, "files that no message took"),
    class(
        "file_contents",
        Swept,
        "contents of files that no message has any more",
    ),
    set_by(
        METADATA,
        class(
            "notifications",
            Swept,
            "what people were told, and when they were last mailed what they had not read",
        ),
    ),
    class(
        "browsers",
        Swept,
        "browsers that take notifications; removed once their login is over",
    ),
    class(
        "seen",
        Account,
        "when somebody was last there; the latest time only",
    ),
    class("answers", Swept, "answers to repeated commands"),
    class(
        "books",
        Ever,
        "the books: every movement of coins, by opaque numbers",
    ),
    class("orders", Ever, "purchases, refunds, payouts, disputes"),
    set_by(
        "retention.payment_event_days",
        class("payment_events", Swept, "what payment gateways told us"),
    ),
    set_by(
        "retention.report_days",
        class(
            "reports",
            Swept,
            "reports about people with the messages copied into them, and suspensions; kept after they were decided",
        ),
    ),
    set_by(
        "retention.audit_days",
        class(
            "audit",
            Swept,
            "who tried to reach what, and whether they were let in: logins, rooms, what admins read and did (the audit log)",
        ),
    ),
    set_by(
        "retention.audit_address_days",
        class(
            "audit_addresses",
            Swept,
            "the addresses from which that was tried",
        ),
    ),
    class(
        "numbers",
        Until("until 400 days are over"),
        "how the server did, hour by hour; nothing of anybody",
    ),
    set_by(
        "retention.report_days",
        class(
            "erasures",
            Swept,
            "that an account was erased, by its number; kept after it was done",
        ),
    ),
    set_by(
        "retention.report_days",
        class(
            "agreements",
            Swept,
            "who agreed to which terms and privacy notice, and when; of accounts as long as the account, of people without one after they agreed",
        ),
    ),
    class(
        "exports",
        Until("until its days are over"),
        "copies of their data that people asked for, sealed",
    ),
    class("installation", Ever, "facts about this installation"),
];

const fn of(table: Table, whose: Whose, class: &'static str, age: Age) -> Entry {
    Entry {
        table,
        whose,
        class,
        age,
        erasure: Erasure::Nothing,
        export: Export::Kept(""),
    }
}

impl Entry {
    const fn erased(self, erasure: Erasure) -> Self {
        Self { erasure, ..self }
    }

    /// An index, which says nothing that its row does not say.
    const fn index(self) -> Self {
        Self {
            export: Export::Nothing,
            ..self
        }
    }

    const fn untold(self, why: &'static str) -> Self {
        Self {
            export: Export::Kept(why),
            ..self
        }
    }

    const fn told(
        self,
        list: &'static str,
        find: Find,
        shown: Shown,
        without: &'static [&'static str],
    ) -> Self {
        let export = Export::Told {
            list,
            find,
            shown,
            without,
        };
        Self { export, ..self }
    }
}

/// The person's id begins the key.
const FIRST: Erasure = Key(&[0]);
const OWN: Find = Find::Key(&[0]);
/// Why what a law asks for stays.
const LAW: Erasure = Kept("the law asks for it; an opaque number");
/// Why records of calls stay until they are swept.
const SOON: Erasure = Kept("opaque numbers, until the class is swept");
const SECRET: &str = "a secret of the server's";
const IDS: &str = "opaque numbers only";

/// Every table of the store, in the order of the catalogue.
pub const MAP: &[Entry] = &[
    of(Table::Accounts, One, "accounts", Id(0))
        .erased(Cut(account::cut))
        .told("account", OWN, account::SHOWN, &["password_hash"]),
    of(Table::AccountByEmail, One, "accounts", Unsaid)
        .erased(Value)
        .index(),
    of(Table::HostApplications, One, "hosts", Unsaid)
        .erased(FIRST)
        .index(),
    of(Table::Logins, One, "logins", Id(0))
        .erased(Drop(login::cut))
        .told(
            "devices",
            Find::Mention,
            login::SHOWN,
            &["current", "retired"],
        ),
    of(Table::LoginsByUser, One, "logins", Unsaid)
        .erased(FIRST)
        .index(),
    of(Table::OneTimeTokens, One, "links", Unsaid)
        .erased(Drop(one_time::cut))
        .untold(SECRET),
    of(Table::Meetings, Several, "appointments", Id(0))
        .erased(Cut(meeting::cut))
        .told("meetings", Find::Mention, meeting::SHOWN, &[]),
    of(Table::MeetingByRoom, Nobody, "appointments", Unsaid).index(),
    of(Table::MeetingsByPerson, One, "appointments", Unsaid)
        .erased(LAW)
        .index(),
    of(Table::Invitations, One, "meetings", Id(0))
        .erased(Drop(invitation::cut))
        .told(
            "invitations",
            Find::Mention,
            invitation::SHOWN,
            &["devices"],
        ),
    of(Table::InvitationByToken, Nobody, "meetings", Unsaid)
        .erased(WayTo(Table::Invitations))
        .index(),
    of(Table::InvitationsByMeeting, Nobody, "meetings", Unsaid)
        .erased(IndexOf(Table::Invitations))
        .index(),
    of(Table::MeetingsClosing, Nobody, "appointments", Unsaid).index(),
    of(Table::MeetingsByEmail, One, "appointments", Unsaid)
        .erased(Address)
        .index(),
    of(Table::Rooms, Several, "rooms", Unsaid)
        .erased(Cut(room::cut))
        .untold("gone when the call is over"),
    of(Table::Calls, Nobody, "calls", Id(0)).index(),
    of(Table::CallsByMeeting, Nobody, "calls", Unsaid).index(),
    of(Table::CallTraffic, Several, "calls", Id(0))
        .erased(SOON)
        .untold(IDS),
    of(Table::CallQuality, One, "calls", Id(0))
        .erased(Key(&[16]))
        .told("call_quality", Find::Key(&[16]), aftermath::SHOWN[0], &[]),
    of(Table::Consents, One, "calls", Instant(16))
        .erased(Kept(
            "others rely on what was agreed to; an opaque number, until it is swept",
        ))
        .told(
            "recording_consents",
            Find::Key(&[24]),
            aftermath::SHOWN[1],
            &[],
        ),
    of(Table::Ratings, One, "calls", Id(0))
        .erased(Key(&[16]))
        .told("ratings", Find::Key(&[16]), aftermath::SHOWN[2], &[]),
    of(Table::Mails, One, "mails", Id(0))
        .erased(Drop(mail::cut))
        .told("mails", Find::May(mail::is_to), mail::SHOWN, &["kind"]),
    of(Table::MailsDue, Nobody, "mails", Unsaid)
        .erased(IndexOf(Table::Mails))
        .index(),
    of(Table::RemindersDue, Nobody, "appointments", Unsaid).index(),
    of(Table::MailsByTime, Nobody, "mails", Instant(0))
        .erased(IndexOf(Table::Mails))
        .index(),
    of(Table::MailAddresses, One, "mail_addresses", Unsaid)
        .erased(Address)
        .told("mail_wishes", Find::Address, mail_address::SHOWN, &[]),
    of(Table::CalendarFeeds, One, "accounts", Unsaid)
        .erased(FIRST)
        .told("calendar_address", OWN, calendar_feed::SHOWN, &["id"]),
    of(Table::CalendarFeedByToken, One, "accounts", Unsaid)
        .erased(Value)
        .index(),
    of(Table::Idempotency, One, "answers", Unsaid)
        .erased(FIRST)
        .untold("hashes of commands"),
    of(Table::Settings, Nobody, "installation", Unsaid).index(),
    of(Table::Conversations, Several, "messages", Unsaid)
        .erased(Kept("numbers of the conversation, for the other side"))
        .index(),
    of(Table::ConversationMembers, One, "messages", Unsaid)
        .erased(Cut(conversation::cut_member))
        .told(
            "conversations",
            Find::Key(&[PERSON_AT]),
            conversation::SHOWN[0],
            &[],
        ),
    of(Table::Messages, Several, "messages", Unsaid)
        .erased(Cut(conversation::cut_message))
        .told(
            "messages",
            Find::May(conversation::is_readable),
            conversation::SHOWN[1],
            &["key"],
        ),
    of(Table::MessageKeys, One, "answers", Unsaid)
        .erased(Key(&[PERSON_AT]))
        .index(),
    of(Table::ConversationsByPerson, One, "messages", Unsaid)
        .erased(FIRST)
        .index(),
    of(Table::ConversationsKept, One, "messages", Unsaid)
        .erased(FIRST)
        .told("conversations_kept", OWN, inbox::SHOWN, &[]),
    of(Table::Files, One, "messages", Id(16))
        .erased(FIRST)
        .told("files", OWN, file::SHOWN, &[]),
    of(Table::FilesWaiting, One, "uploads", Id(16))
        .erased(FIRST)
        .index(),
    of(Table::FileContents, One, "file_contents", Unsaid)
        .erased(Key(&[32]))
        .index(),
    of(Table::LedgerHead, Nobody, "books", Unsaid).index(),
    of(Table::LedgerEntries, Several, "books", Unsaid)
        .erased(LAW)
        .told("ledger_entries", Find::Mention, ledger::SHOWN[0], &["note"]),
    of(Table::LedgerBalances, One, "books", Unsaid)
        .erased(LAW)
        .told("balances", Find::Key(&[1]), ledger::SHOWN[1], &[]),
    of(Table::LedgerStatements, One, "books", Unsaid)
        .erased(LAW)
        .told("statements", Find::Key(&[1]), ledger::SHOWN[2], &[]),
    of(Table::LedgerOnce, Nobody, "books", Unsaid).index(),
    of(Table::Earnings, One, "orders", Id(0))
        .erased(LAW)
        .untold(IDS),
    of(Table::Disputes, Several, "orders", Id(0))
        .erased(Cut(dispute::cut))
        .told("disputes", Find::Mention, dispute::SHOWN, &["decision"]),
    of(Table::Payouts, One, "orders", Id(0))
        .erased(Cut(payout::cut))
        .told("payouts", Find::Mention, payout::SHOWN, &[]),
    of(Table::PayoutMarks, One, "orders", Unsaid)
        .erased(LAW)
        .index(),
    of(Table::LedgerCalls, Nobody, "books", Unsaid).index(),
    of(Table::Orders, One, "orders", Id(0))
        .erased(Cut(order::cut))
        .told("orders", Find::Mention, order::SHOWN, &["page"]),
    of(Table::OrdersByUser, One, "orders", Unsaid)
        .erased(LAW)
        .index(),
    of(Table::OrdersByReference, Nobody, "orders", Unsaid).index(),
    of(Table::OrdersToAsk, Nobody, "orders", Unsaid).index(),
    of(Table::PaymentEvents, Nobody, "payment_events", Unsaid).index(),
    of(Table::PaymentEventBodies, One, "payment_events", Unsaid)
        .erased(Drop(payment_event::cut_body))
        .untold("the gateway's own words; the order has what they say"),
    of(
        Table::PaymentEventsWaiting,
        Nobody,
        "payment_events",
        Instant(0),
    )
    .index(),
    of(Table::MoneyAlerts, Nobody, "orders", Id(0)).index(),
    of(Table::Refunds, One, "orders", Id(0)).erased(LAW).told(
        "refunds",
        Find::Mention,
        refund::SHOWN,
        &[],
    ),
    of(Table::RefundsDue, Nobody, "orders", Unsaid).index(),
    of(Table::HostProfiles, One, "hosts", Unsaid)
        .erased(FIRST)
        .told("host_profile", OWN, host::SHOWN[0], &[]),
    of(Table::HostLetters, One, "hosts", Unsaid)
        .erased(FIRST)
        .told("host_application", OWN, host::SHOWN[1], &[]),
    of(Table::HostSwitches, One, "hosts", Unsaid)
        .erased(FIRST)
        .told("host_switch", OWN, host::SHOWN[2], &[]),
    of(Table::HostReviews, Several, "reviews", Id(16))
        .erased(Cut(review::cut))
        .told("reviews", Find::Mention, review::SHOWN[0], &["hidden"]),
    of(Table::HostTallies, One, "reviews", Unsaid)
        .erased(FIRST)
        .told("review_sums", OWN, review::SHOWN[1], &[]),
    of(Table::Blocks, Several, "accounts", Unsaid)
        .erased(Key(&[0, 16]))
        .told("blocked", OWN, block::SHOWN, &[]),
    of(Table::ReviewByCall, Nobody, "reviews", Id(0))
        .erased(Value)
        .index(),
    of(Table::HostsSeen, One, "seen", Unsaid)
        .erased(FIRST)
        .told("host_seen", OWN, host::SHOWN[3], &[]),
    of(Table::PaidCalls, Several, "paid_calls", Id(0))
        .erased(LAW)
        .told("calls_by_the_minute", Find::Mention, paid_call::SHOWN, &[]),
    of(Table::PaidCallByRoom, Nobody, "paid_calls", Unsaid).index(),
    of(Table::PaidCallsByPerson, One, "paid_calls", Instant(16))
        .erased(LAW)
        .index(),
    of(Table::PaidCallsOpen, Nobody, "paid_calls", Id(0)).index(),
    of(Table::Services, One, "hosts", Unsaid)
        .erased(FIRST)
        .told("services", OWN, service::SHOWN, &[]),
    of(Table::Availability, One, "hosts", Unsaid)
        .erased(FIRST)
        .told("hours", OWN, availability::SHOWN, &[]),
    of(Table::Agenda, Several, "agendas", Unsaid)
        .erased(FIRST)
        .told("agenda", OWN, agenda::SHOWN, &[]),
    of(Table::BookingOrders, Nobody, "orders", Id(0)).index(),
    of(Table::MeetingsOfRoom, Nobody, "appointments", Unsaid).index(),
    of(Table::BusyCalendars, One, "hosts", Unsaid)
        .erased(FIRST)
        .told(
            "calendars_of_elsewhere",
            OWN,
            busy_calendar::SHOWN,
            &["address", "tag"],
        ),
    of(Table::Waiting, One, "waiting", Id(0))
        .erased(Drop(waiting::cut))
        .told("waiting", Find::May(waiting::is_of), waiting::SHOWN, &[]),
    of(Table::WaitingByDay, Nobody, "waiting", Unsaid)
        .erased(IndexOf(Table::Waiting))
        .index(),
    of(Table::WaitingByPerson, One, "waiting", Unsaid)
        .erased(IndexOf(Table::Waiting))
        .index(),
    of(Table::Presence, One, "accounts", Unsaid)
        .erased(FIRST)
        .told("presence", OWN, presence::SHOWN[0], &[]),
    of(Table::PeopleSeen, One, "seen", Unsaid)
        .erased(FIRST)
        .told("last_seen", OWN, presence::SHOWN[1], &[]),
    of(Table::Notifications, Several, "notifications", Unsaid)
        .erased(Cut(notification::cut))
        .told("notifications", OWN, notification::SHOWN, &[]),
    of(Table::NotificationHeads, One, "accounts", Unsaid)
        .erased(FIRST)
        .index(),
    of(Table::NotificationChoices, One, "accounts", Unsaid)
        .erased(FIRST)
        .told("notification_choices", OWN, notification_choice::SHOWN, &[]),
    of(Table::Digests, One, "notifications", Unsaid)
        .erased(FIRST)
        .told("digests", OWN, notification_due::SHOWN, &[]),
    of(Table::DigestsDue, One, "notifications", Unsaid)
        .erased(Key(&[8]))
        .index(),
    of(Table::PushesHeld, One, "notifications", Unsaid)
        .erased(Key(&[8]))
        .index(),
    of(Table::PushSubscriptions, One, "browsers", Unsaid)
        .erased(FIRST)
        .told("browsers", OWN, push::SHOWN, &["key", "secret"]),
    of(Table::PushEndpoints, One, "browsers", Unsaid)
        .erased(Value)
        .index(),
    of(Table::Reports, Several, "reports", Id(0))
        .erased(Cut(report::cut))
        .told(
            "reports_by_me",
            Find::May(report::is_by),
            report::SHOWN,
            &["decision"],
        ),
    of(Table::ReportsAbout, One, "reports", Id(16))
        .erased(Kept("evidence; opaque numbers, until it is swept"))
        .untold("it would say who reported"),
    of(Table::Suspensions, One, "reports", Unsaid)
        .erased(FIRST)
        .told("suspensions", OWN, suspension::SHOWN, &["by", "why"]),
    of(Table::Privacy, One, "accounts", Unsaid)
        .erased(FIRST)
        .told("shows", OWN, privacy::SHOWN, &[]),
    of(Table::SecondFactors, One, "accounts", Unsaid)
        .erased(FIRST)
        .untold(SECRET),
    of(Table::AuditHead, Nobody, "audit", Unsaid).index(),
    of(Table::AuditRecords, Several, "audit", Unsaid)
        .erased(Kept(
            "proof of who reached what; opaque numbers, until it is swept",
        ))
        .untold("others' doings are in it; ask the operator"),
    of(Table::AuditPersonal, One, "audit", Unsaid)
        .erased(Apart(
            "addresses and words beside the records, by the log's own way",
        ))
        .untold("addresses from which somebody came; ask the operator"),
    of(Table::AuditIndex, One, "audit", Unsaid)
        .erased(Kept("opaque numbers, until it is swept"))
        .index(),
    of(Table::AuditAnchor, Nobody, "audit", Unsaid).index(),
    of(Table::Seals, Nobody, "installation", Unsaid).index(),
    of(Table::HostNotes, One, "host_notes", Unsaid)
        .erased(Key(&[0, 16]))
        .untold("sealed with a key of their own; hosts read theirs beside the client"),
    of(Table::Erasures, One, "erasures", Unsaid)
        .erased(Kept("that it was done, under an opaque number"))
        .told("erasure", OWN, erasure::SHOWN, &["by"]),
    of(Table::Numbers, Nobody, "numbers", Unsaid).index(),
    of(Table::Exports, One, "exports", Unsaid)
        .erased(FIRST)
        .told("copy", OWN, export::SHOWN, &["by", "state", "id"]),
    of(Table::HouseTexts, Nobody, "installation", Unsaid).index(),
    of(Table::Agreements, One, "agreements", Unsaid)
        .erased(FIRST)
        .told("agreements", OWN, agreement::SHOWN, &[]),
    of(Table::Probe, Nobody, "installation", Unsaid).index(),
];
