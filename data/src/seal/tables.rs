//! Which tables are sealed: all but those named here, so that a new one is sealed unless somebody
//! decides otherwise.

use crate::tables::Table;

/// Rows that lie open, because there is nothing in them that their keys do not say: the books, whose
/// entries name accounts by ids and must be provable without a key, and the indexes.
const OPEN: &[Table] = &[
    Table::AccountByEmail,
    Table::MeetingByRoom,
    Table::InvitationByToken,
    Table::MailsByTime,
    Table::CalendarFeedByToken,
    Table::LedgerHead,
    Table::LedgerEntries,
    Table::LedgerBalances,
    Table::LedgerStatements,
    Table::LedgerOnce,
    Table::PayoutMarks,
    Table::OrdersByReference,
    Table::ReviewByCall,
    Table::PaidCallByRoom,
    Table::BookingOrders,
    Table::PushEndpoints,
    // What says which keys are needed.
    Table::Seals,
    // Nothing of the product.
    Table::Probe,
];

const SEALED: [bool; 256] = {
    let mut sealed = [true; 256];
    // The engine's own.
    sealed[0] = false;
    let mut at = 0;
    while at < OPEN.len() {
        sealed[OPEN[at] as usize] = false;
        at += 1;
    }
    sealed
};

/// Whether rows of this (tagged) key are sealed.
pub fn is_sealed(key: &[u8]) -> bool {
    key.first().is_some_and(|tag| SEALED[*tag as usize])
}

/// Changes when another set of tables is sealed: then all rows are looked at once more.
pub fn fingerprint() -> u64 {
    let sealed = Table::ALL
        .iter()
        .filter(|table| SEALED[table.tag() as usize]);
    sealed.fold(1, |sum: u64, table| {
        (sum ^ u64::from(table.tag())).wrapping_mul(0x0100_0000_01b3)
    })
}
