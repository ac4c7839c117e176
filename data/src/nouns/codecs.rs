//! Every row as JSON with the names of its fields, and back: for [`crate::export`] alone. The shapes are
//! those of the rows and change with their versions; nothing is promised beyond one version.

use serde_json::Value;

use crate::{row::Row, tables::Table};

/// The way between the bytes of a table's rows and JSON.
#[derive(Clone, Copy)]
pub(crate) struct Codec {
    /// The version of the rows that it reads and writes.
    pub version: u8,
    /// `None` when these bytes do not come back from the JSON as they are.
    pub to_json: fn(&[u8]) -> Option<Value>,
    /// `None` when it is not JSON of such a row.
    pub to_bytes: fn(Value) -> Option<Vec<u8>>,
}

impl Codec {
    fn of<R: Row>() -> Self {
        Self {
            version: R::VERSION,
            to_json: |bytes| {
                let row = R::from_bytes(bytes).ok()?;
                let json = serde_json::to_value(&row).ok()?;
                let again: R = serde_json::from_value(json.clone()).ok()?;
                (again.to_bytes().ok()? == row.to_bytes().ok()?).then_some(json)
            },
            to_bytes: |json| {
                let row: R = serde_json::from_value(json).ok()?;
                row.to_bytes().ok()
            },
        }
    }
}

macro_rules! rows {
    ($($noun:ident $(:: $more:ident)*,)*) => {
        /// The codec of a table whose values are rows of one kind.
        pub(crate) fn codec(table: Table) -> Option<Codec> {
            $(
                if table == <super::$noun $(::$more)* as Row>::TABLE {
                    return Some(Codec::of::<super::$noun $(::$more)*>());
                }
            )*
            None
        }
    };
}

rows! {
    account::AccountRow,
    aftermath::QualityRow,
    aftermath::SaidRow,
    aftermath::RatingRow,
    agenda::DayRow,
    agreement::AgreementRow,
    audit::RecordRow,
    availability::AvailabilityRow,
    block::BlockRow,
    busy_calendar::BusyCalendarRow,
    calendar_feed::FeedRow,
    call::CallRow,
    call::TrafficRow,
    conversation::HeadRow,
    conversation::MemberRow,
    conversation::MessageRow,
    conversation::DoneRow,
    dispute::DisputeRow,
    earning::EarningRow,
    export::ExportRow,
    file::GivenRow,
    host::ProfileRow,
    host::LetterRow,
    host::SwitchRow,
    host::SeenRow,
    host_note::NoteRow,
    house_text::TextRow,
    idempotency::AnswerRow,
    inbox::KeptRow,
    invitation::InvitationRow,
    ledger::HeadRow,
    ledger::EntryRow,
    ledger::once::DoneRow,
    login::LoginRow,
    mail::MailRow,
    mail_address::StandingRow,
    meeting::MeetingRow,
    money_alert::AlertRow,
    notification::HeadRow,
    notification::NotificationRow,
    notification_choice::ChoicesRow,
    notification_due::DigestRow,
    one_time::OneTimeRow,
    order::OrderRow,
    paid_call::PaidCallRow,
    payment_event::EventRow,
    payout::PayoutRow,
    presence::WishRow,
    presence::SeenRow,
    privacy::PrivacyRow,
    push::SubscriptionRow,
    refund::RefundRow,
    report::ReportRow,
    review::TallyRow,
    review::ReviewRow,
    room::RoomRow,
    service::ServiceRow,
    suspension::SuspensionRow,
    waiting::WaitingRow,
}
