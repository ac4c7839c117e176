//! Accounts as keys: one byte for the kind, then 16 bytes that say whose or which, so that every
//! key is 17 bytes and statements of one account lie together.

use parlor_domain::{
    id::{CallId, MeetingId, OrderId, PayoutId, UserId},
    ledger::{Account, Gateway},
    money::Currency,
};

/// Bytes of an account's key.
pub(super) const KEY_BYTES: usize = 17;

/// An account as stored. The numbers are never changed and never used again for something else.
pub(super) fn key(account: Account) -> [u8; KEY_BYTES] {
    use Account::*;
    let (kind, rest) = match account {
        Wallet(user) => (1, *user.as_bytes()),
        CallHold(call) => (2, *call.as_bytes()),
        MeetingHold(meeting) => (3, *meeting.as_bytes()),
        RefundHold(order) => (4, *order.as_bytes()),
        HostPending(user) => (5, *user.as_bytes()),
        HostAvailable(user) => (6, *user.as_bytes()),
        Payout(payout) => (7, *payout.as_bytes()),
        Dispute(call) => (8, *call.as_bytes()),
        Receivable(user) => (9, *user.as_bytes()),
        Fee => (32, [0; 16]),
        Promo => (33, [0; 16]),
        PaidOut => (34, [0; 16]),
        Issued(gateway) => (35, words(Some(gateway), None)),
        Suspense(gateway, currency) => (36, words(Some(gateway), Some(currency))),
        GatewayMoney(gateway, currency) => (37, words(Some(gateway), Some(currency))),
        Sales(currency) => (38, words(None, Some(currency))),
        Refunds(currency) => (39, words(None, Some(currency))),
    };
    let mut key = [0; KEY_BYTES];
    key[0] = kind;
    key[1..].copy_from_slice(&rest);
    key
}

/// The account with this key, if it is one.
pub(super) fn account(key: &[u8]) -> Option<Account> {
    use Account::*;
    let (kind, rest) = key.split_first()?;
    let id: [u8; 16] = rest.try_into().ok()?;
    let gateway = || Gateway::ALL.into_iter().find(|it| number(*it) == id[0]);
    let currency = || Currency::parse(std::str::from_utf8(&id[1..4]).ok()?).ok();
    Some(match kind {
        1 => Wallet(UserId::from_bytes(id)),
        2 => CallHold(CallId::from_bytes(id)),
        3 => MeetingHold(MeetingId::from_bytes(id)),
        4 => RefundHold(OrderId::from_bytes(id)),
        5 => HostPending(UserId::from_bytes(id)),
        6 => HostAvailable(UserId::from_bytes(id)),
        7 => Payout(PayoutId::from_bytes(id)),
        8 => Dispute(CallId::from_bytes(id)),
        9 => Receivable(UserId::from_bytes(id)),
        32 => Fee,
        33 => Promo,
        34 => PaidOut,
        35 => Issued(gateway()?),
        36 => Suspense(gateway()?, currency()?),
        37 => GatewayMoney(gateway()?, currency()?),
        38 => Sales(currency()?),
        39 => Refunds(currency()?),
        _ => return None,
    })
}

fn words(gateway: Option<Gateway>, currency: Option<Currency>) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[0] = gateway.map_or(0, number);
    if let Some(currency) = currency {
        bytes[1..4].copy_from_slice(currency.code().as_bytes());
    }
    bytes
}

fn number(gateway: Gateway) -> u8 {
    match gateway {
        Gateway::Razorpay => 1,
        Gateway::Stripe => 2,
        Gateway::Mpesa => 3,
        Gateway::Manual => 4,
        Gateway::Demo => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_account_comes_back_from_its_key() {
        let id = Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);
        let inr = Currency::parse("INR").unwrap();
        let mut all = vec![
            Account::Wallet(UserId(id)),
            Account::CallHold(CallId(id)),
            Account::MeetingHold(MeetingId(id)),
            Account::RefundHold(OrderId(id)),
            Account::HostPending(UserId(id)),
            Account::HostAvailable(UserId(id)),
            Account::Payout(PayoutId(id)),
            Account::Dispute(CallId(id)),
            Account::Receivable(UserId(id)),
            Account::Fee,
            Account::Promo,
            Account::PaidOut,
            Account::Sales(inr),
            Account::Refunds(inr),
        ];
        for gateway in Gateway::ALL {
            all.push(Account::Issued(gateway));
            all.push(Account::Suspense(gateway, inr));
            all.push(Account::GatewayMoney(gateway, inr));
        }
        for one in &all {
            assert_eq!(account(&key(*one)), Some(*one));
        }
        let mut keys: Vec<_> = all.iter().map(|one| key(*one)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all.len());
        assert_eq!(account(&[99; KEY_BYTES]), None);
        assert_eq!(account(&[]), None);
    }
}
