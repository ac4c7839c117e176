//! The catalogue of tables: the database's table of contents.
//!
//! A table is a range of keys that share a leading tag byte. Tags are written to disk: a tag is
//! never changed and never used again for something else. To add a table, add a line.

/// What the catalogue says about one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableInfo {
    /// The name in reports and exports.
    pub name: &'static str,
    /// How a key is laid out; parts are big-endian and of fixed width unless they come last.
    pub key: &'static str,
    /// What a row holds.
    pub row: &'static str,
}

macro_rules! tables {
    ($($variant:ident = $tag:literal, $name:literal, key $key:literal, row $row:literal;)*) => {
        /// A table of the store.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Table {
            $(
                #[doc = concat!("`", $name, "`: ", $key, " -> ", $row, ".")]
                $variant = $tag,
            )*
        }

        impl Table {
            /// Every table, in the order of their tags.
            pub const ALL: &'static [Table] = &[$(Table::$variant),*];

            /// The catalogue's entry.
            pub const fn info(self) -> TableInfo {
                match self {
                    $(Table::$variant => TableInfo { name: $name, key: $key, row: $row },)*
                }
            }
        }
    };
}

tables! {
    Accounts = 10, "accounts", key "user id (16)", row "a person's account";
    AccountByEmail = 11, "account_by_email", key "folded e-mail address", row "user id";
    HostApplications = 12, "host_applications", key "user id (16)", row "who waits to be made a host";
    Logins = 13, "logins", key "login id (16)", row "an authenticated device and its token family";
    LoginsByUser = 14, "logins_by_user", key "user id (16) + login id (16)", row "nothing";
    OneTimeTokens = 16, "one_time_tokens", key "hash of the token (32)", row "purpose, user, expiry";
    Meetings = 20, "meetings", key "meeting id (16)", row "a booked appointment";
    MeetingByRoom = 21, "meeting_by_room", key "room id (16)", row "meeting id, where it has the room for itself";
    MeetingsByPerson = 22, "meetings_by_person", key "user id (16) + start ms (8) + meeting id (16)", row "nothing";
    Invitations = 23, "invitations", key "invitation id (16)", row "one person's invitation to one meeting";
    InvitationByToken = 24, "invitation_by_token", key "hash of the token (32)", row "invitation id";
    InvitationsByMeeting = 25, "invitations_by_meeting", key "meeting id (16) + invitation id (16)", row "nothing";
    MeetingsClosing = 26, "meetings_closing", key "close ms (8) + meeting id (16)", row "nothing";
    MeetingsByEmail = 28, "meetings_by_email", key "folded e-mail address + 0 + meeting id (16)", row "nothing; only while the client has no account";
    Rooms = 29, "rooms", key "room id (16)", row "who sits, waits or is banned in a room in use, and its call";
    Calls = 30, "calls", key "call id (16)", row "what became of one call";
    CallsByMeeting = 31, "calls_by_meeting", key "meeting id (16) + call id (16)", row "nothing";
    CallTraffic = 32, "call_traffic", key "call id (16)", row "what one call moved through the relay, by person";
    CallQuality = 33, "call_quality", key "call id (16) + user id (16)", row "how one person's media did in one call";
    Consents = 34, "consents", key "meeting id (16) + ms (8) + user id (16) + word (1)", row "what somebody said to a recording";
    Ratings = 35, "ratings", key "call id (16) + user id (16)", row "what one person thought of one call";
    Mails = 40, "mails", key "mail id (16)", row "a mail of the outbox";
    MailsDue = 41, "mails_due", key "due ms (8) + mail id (16)", row "nothing";
    RemindersDue = 42, "reminders_due", key "due ms (8) + meeting id (16) + version (4)", row "nothing";
    MailsByTime = 43, "mails_by_time", key "queued ms (8) + mail id (16)", row "its state (1)";
    MailAddresses = 44, "mail_addresses", key "folded e-mail address", row "whether it refuses mail, and what its reader does not want";
    CalendarFeeds = 45, "calendar_feeds", key "user id (16)", row "what the address of a person's calendar is made of";
    CalendarFeedByToken = 46, "calendar_feed_by_token", key "hash of the token (32)", row "user id";
    Idempotency = 50, "idempotency", key "scope (16) + key", row "hash of the request and its answer";
    Settings = 60, "settings", key "name", row "facts about this installation";
    Conversations = 70, "conversations", key "conversation (33)", row "its last number and when it was last written to";
    ConversationMembers = 71, "conversation_members", key "conversation (33) + user id (16)", row "how somebody stands to it, and read up to where";
    Messages = 72, "messages", key "conversation (33) + number (8)", row "a message";
    MessageKeys = 73, "message_keys", key "conversation (33) + user id (16) + client's id (16)", row "what a command led to";
    ConversationsByPerson = 74, "conversations_by_person", key "user id (16) + conversation (33)", row "nothing; of pairs that wrote to each other";
    ConversationsKept = 75, "conversations_kept", key "user id (16) + conversation (33)", row "whether somebody muted it or put it away";
    Files = 76, "files", key "user id (16) + file id (16)", row "what somebody gave to a conversation, and the digest of its content";
    FilesWaiting = 77, "files_waiting", key "user id (16) + file id (16)", row "nothing; only while no message has it";
    FileContents = 78, "file_contents", key "digest of a content (32) + user id (16) + file id (16)", row "nothing; who needs what lies in the folder of files";
    LedgerHead = 80, "ledger_head", key "nothing", row "number and hash of the last entry";
    LedgerEntries = 81, "ledger_entries", key "number (8)", row "hash of the chain (32), then one entry of the books";
    LedgerBalances = 82, "ledger_balances", key "account (17)", row "what it holds (8)";
    LedgerStatements = 83, "ledger_statements", key "account (17) + number of the entry (8)", row "what moved (8), what it held then (8)";
    LedgerOnce = 84, "ledger_once", key "scope + 0 + key", row "hash of the request, number of its entry, and its answer";
    Earnings = 85, "earnings", key "call id (16)", row "who earned and when last; until it matures or is disputed";
    Disputes = 86, "disputes", key "call id (16)", row "a client's objection, and the decision";
    Payouts = 87, "payouts", key "payout id (16)", row "what a host asked for, and what became of it";
    PayoutMarks = 88, "payout_marks", key "0 + host's user id (16), or 1 + reference", row "payout id: the host's open one, or the one that was sent under this reference";
    LedgerCalls = 89, "ledger_calls", key "call id (16) + number of the entry (8)", row "nothing; every entry about a call";
    Orders = 90, "orders", key "order id (16)", row "a purchase of coins";
    OrdersByUser = 91, "orders_by_user", key "user id (16) + order id (16)", row "nothing";
    OrdersByReference = 92, "orders_by_reference", key "gateway + 0 + its name of the order, or of the payment after 1", row "order id";
    OrdersToAsk = 93, "orders_to_ask", key "due ms (8) + order id (16)", row "nothing";
    PaymentEvents = 94, "payment_events", key "gateway + 0 + hash of the event's name (32)", row "when it came and whether it was applied";
    PaymentEventBodies = 95, "payment_event_bodies", key "as payment_events + part (2)", row "a part of the body, as it came";
    PaymentEventsWaiting = 96, "payment_events_waiting", key "due ms (8) + as payment_events", row "nothing";
    MoneyAlerts = 97, "money_alerts", key "alert id (16)", row "what an admin should look at";
    Refunds = 98, "refunds", key "order id (16) + key", row "money of an order that goes back";
    RefundsDue = 99, "refunds_due", key "due ms (8) + as refunds", row "nothing";
    HostProfiles = 100, "host_profiles", key "user id (16)", row "what a host tells about himself, and the prices";
    HostLetters = 101, "host_letters", key "user id (16)", row "an application to be a host and the answer to it";
    HostSwitches = 102, "host_switches", key "user id (16)", row "whether a host is switched on, and when they were last there";
    HostReviews = 103, "host_reviews", key "host's user id (16) + call id (16)", row "what the client of a paid call said about the host";
    HostTallies = 104, "host_tallies", key "user id (16)", row "how many calls and reviews a host has, and the sum of the stars";
    Blocks = 105, "blocks", key "user id (16) + blocked user id (16)", row "since when, and what the blocked person was called";
    ReviewByCall = 106, "review_by_call", key "call id (16)", row "host's user id";
    HostsSeen = 107, "hosts_seen", key "user id (16)", row "when a host was last there; written lazily";
    PaidCalls = 110, "paid_calls", key "call id (16)", row "who called whom, at which price, what became of it, and its bill";
    PaidCallByRoom = 111, "paid_call_by_room", key "room id (16)", row "call id";
    PaidCallsByPerson = 112, "paid_calls_by_person", key "user id (16) + ms (8) + call id (16)", row "nothing";
    PaidCallsOpen = 113, "paid_calls_open", key "call id (16)", row "nothing; only while its bill is not settled";
    Services = 120, "services", key "host's user id (16) + service id (16)", row "what can be booked, with its price and rules";
    Availability = 121, "availability", key "host's user id (16)", row "the hours of the week and the days that differ";
    Agenda = 122, "agenda", key "user id or hash of an address (16) + day (8)", row "what takes somebody's time on one day";
    BookingOrders = 123, "booking_orders", key "order id (16)", row "id of the meeting that its coins are to pay for";
    MeetingsOfRoom = 124, "meetings_of_room", key "room id (16) + meeting id (16)", row "nothing; only where a group's meetings share a room";
    BusyCalendars = 125, "busy_calendars", key "host's user id (16) + calendar id (16)", row "a calendar of elsewhere: its address, when it says busy, and how reading it went";
    Waiting = 126, "waiting", key "waiting id (16)", row "somebody who waits for a full day of a service";
    WaitingByDay = 127, "waiting_by_day", key "host's user id (16) + service id (16) + first ms (8) + waiting id (16)", row "nothing";
    WaitingByPerson = 128, "waiting_by_person", key "user id or hash of an address (16) + waiting id (16)", row "nothing";
    Presence = 140, "presence", key "user id (16)", row "whether somebody is to be seen";
    PeopleSeen = 141, "people_seen", key "user id (16)", row "when somebody was last there; written lazily";
    Notifications = 142, "notifications", key "user id (16) + number (8)", row "what somebody was told";
    NotificationHeads = 143, "notification_heads", key "user id (16)", row "the last number of a list, and what of it was read";
    NotificationChoices = 144, "notification_choices", key "user id (16)", row "how somebody wants to be told";
    Digests = 145, "digests", key "user id (16)", row "when somebody is mailed what was not read, and what they were mailed";
    DigestsDue = 146, "digests_due", key "due ms (8) + user id (16)", row "nothing";
    PushesHeld = 147, "pushes_held", key "end of the quiet ms (8) + user id (16) + number (8)", row "nothing";
    PushSubscriptions = 148, "push_subscriptions", key "user id (16) + login id (16)", row "a browser that may be knocked at";
    PushEndpoints = 149, "push_endpoints", key "hash of an address (32)", row "user id (16) + login id (16)";
    Reports = 151, "reports", key "report id (16)", row "what one person told the operators about another, and the decision";
    ReportsAbout = 152, "reports_about", key "user id (16) + report id (16)", row "nothing";
    Suspensions = 153, "suspensions", key "user id (16)", row "when and why admins took an account out of service, or let it in again";
    Privacy = 154, "privacy", key "user id (16)", row "what somebody lets others see in conversations";
    SecondFactors = 160, "second_factors", key "user id (16)", row "the secret of a second factor, the newest code used, and hashes of recovery codes";
    AuditHead = 170, "audit_head", key "nothing", row "number and hash of the audit log's last record";
    AuditRecords = 171, "audit_records", key "number (8)", row "one attempt to reach something, then hash of the chain (32)";
    AuditPersonal = 172, "audit_personal", key "what (1) + number (8)", row "version (1), salt (16), then an address or words beside a record";
    AuditIndex = 173, "audit_index", key "1 + user id, or 2 + hash of a resource (16) + number (8)", row "nothing";
    AuditAnchor = 174, "audit_anchor", key "nothing", row "number and hash of the last record that was removed for its age";
    Seals = 175, "seals", key "key id (4)", row "whether rows need a key, and whether all are sealed with it";
    HostNotes = 176, "host_notes", key "host's user id (16) + user id or hash of an address (16) + meeting id or zeros (16) + part (1)", row "what a host wrote down about a client, and its version";
    Erasures = 180, "erasures", key "user id (16)", row "when an account is to be erased, and when it was";
    Numbers = 185, "numbers", key "start of an hour ms (8)", row "how the server did in it; nothing of anybody";
    Exports = 190, "exports", key "user id, or hash of an address (16)", row "a copy of somebody's data that was asked for, and the key of its file";
    HouseTexts = 195, "house_texts", key "edition (16) + number of the text (1) + part (1)", row "terms and privacy notices as people agreed to them";
    Agreements = 196, "agreements", key "user id, invitation id or hash of an address (16) + hash of the version (16)", row "that somebody agreed to the terms and the privacy notice: which, when and where";
    Probe = 250, "probe", key "anything", row "test and measurement rows, never the product's";
}

impl Table {
    /// The byte that every key of this table begins with on disk.
    pub const fn tag(self) -> u8 {
        self as u8
    }

    /// The table with this tag, if the catalogue has one.
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|table| table.tag() == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_rise_and_names_are_unique() {
        for pair in Table::ALL.windows(2) {
            assert!(pair[0].tag() < pair[1].tag(), "{pair:?}");
        }
        let mut names: Vec<_> = Table::ALL.iter().map(|table| table.info().name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Table::ALL.len());
    }

    #[test]
    fn a_tag_finds_its_table() {
        for table in Table::ALL {
            assert_eq!(Table::from_tag(table.tag()), Some(*table));
        }
        assert_eq!(Table::from_tag(0), None, "tag 0 is the engine's own");
    }
}
