//! Sending money back through the gateway that brought it: an outbox whose key is the refund's own.
//!
//! Only coins that are still in the wallet can go back as money. They are reserved before the
//! gateway is asked, so that they are not spent meanwhile; the gateway is asked again under the same
//! key until it answers, also after a restart. M-Pesa sends nothing back by itself: there an admin
//! sends the money by hand first, and records it here.

use parlor_data::{
    Read,
    nouns::{order as orders, refund as refunds},
};
use parlor_domain::{
    access::Admin,
    account::BadField,
    id::OrderId,
    ledger::Kind,
    order::{Concern, Input, Order, Refund, RefundState, Said, State},
};

use super::super::{
    ServiceError, Services,
    ledger::{Once, PostError, Posting},
};
use crate::gateways::{RefundState as Answer, Trouble};

/// Refunds of one round of the sweep.
const ROUND: usize = 20;
/// Most refunds of one order.
const PER_ORDER_MAX: usize = 50;
/// Shortest key that every gateway takes, in characters, and the longest that fits a receipt.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 10..=36;

impl Services {
    /// Begins to send a part of an order's money back. The same key does it once.
    pub async fn refund_order(
        &self,
        _: Admin,
        id: OrderId,
        minor: i64,
        key: &str,
    ) -> Result<Refund, ServiceError> {
        let bad = |field, why| ServiceError::BadField(BadField { field, why });
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !KEY_CHARS.contains(&key.len()) || !key.bytes().all(plain) {
            return Err(bad(
                "Idempotency-Key",
                "A key has 10 to 36 letters and digits.",
            ));
        }
        let order = orders::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        let before = refunds::load_of(&self.0.store, id, PER_ORDER_MAX)?;
        if let Some(same) = before.iter().find(|it| it.key == key) {
            return match same.minor == minor {
                true => Ok(same.value.clone()),
                false => Err(ServiceError::KeyReused),
            };
        }
        let waiting: i64 = before
            .iter()
            .filter(|it| is_open(it))
            .map(|it| it.minor)
            .sum();
        let left = order.price.minor - order.refunded_minor - waiting;
        if !matches!(order.state, State::Paid | State::Refunded) || before.len() >= PER_ORDER_MAX {
            return Err(ServiceError::OutOfTurn("the order is not paid".into()));
        }
        if !(1..=left).contains(&minor) {
            return Err(bad("minor", "That is more than is left of this payment."));
        }
        let now = self.now();
        let refund = Refund {
            key: key.to_owned(),
            order: id,
            user: order.user,
            gateway: order.gateway,
            minor,
            currency: order.price.currency,
            coins: order.coins_of(minor),
            state: RefundState::Waiting,
            tries: 0,
            due_at: Some(now),
            created_at: now,
        };
        // The order must not change meanwhile: two refunds at once could be more than it brought.
        let mut marked = order.value.clone();
        marked.updated_at = now;
        let rows = refunds::insert(&refund)?.and(orders::replace(&order, &marked)?);
        let request = format!("{id}|{minor}");
        let once = Once::new("refund", &format!("{id}|{key}"), request.as_bytes());
        let posting = Posting::new(refund.reserve(now)).with(rows).once(once);
        match self.ledger().post(posting).await {
            Ok(_) => {}
            Err(PostError::TooLittle { .. }) => {
                return Err(bad(
                    "minor",
                    "These coins were spent; only unspent coins can go back.",
                ));
            }
            Err(other) => return Err(other.into()),
        }
        self.send_refunds_of(id).await?;
        let all = refunds::load_of(&self.0.store, id, PER_ORDER_MAX)?;
        let now = all.into_iter().find(|it| it.key == key).map(|it| it.value);
        Ok(now.unwrap_or(refund))
    }

    /// The refunds of an order.
    pub fn refunds_of(&self, _: Admin, id: OrderId) -> Result<Vec<Refund>, ServiceError> {
        let all = refunds::load_of(&self.0.store, id, PER_ORDER_MAX)?;
        Ok(all.into_iter().map(|it| it.value).collect())
    }

    /// Sends what is due. Gives how many were looked at.
    pub async fn sweep_refunds(&self) -> Result<usize, ServiceError> {
        let due = refunds::load_due(&self.0.store, self.now(), ROUND)?;
        for refund in &due {
            if let Err(error) = self.send_refund(refund).await {
                tracing::warn!(order = %refund.order, %error, "a refund was not settled; it is tried again");
            }
        }
        Ok(due.len())
    }

    async fn send_refunds_of(&self, order: OrderId) -> Result<(), ServiceError> {
        for refund in refunds::load_of(&self.0.store, order, PER_ORDER_MAX)? {
            if is_open(&refund) {
                match self.send_refund(&refund).await {
                    // The sweep was faster, or will be there.
                    Err(ServiceError::Contended) | Ok(()) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(())
    }

    async fn send_refund(&self, old: &Read<Refund>) -> Result<(), ServiceError> {
        let order = orders::load(&self.0.store, old.order)?.ok_or(ServiceError::NotFound)?;
        let said = self.ask_refund(&order, old).await;
        let now = self.now();
        let mut new = old.value.clone();
        let entry = new.handle(said, now);
        let mut rows = refunds::replace(old, &new)?;
        match new.state {
            RefundState::Sent => {
                // Read again: news may have come while the gateway was asked.
                let order =
                    orders::load(&self.0.store, old.order)?.ok_or(ServiceError::NotFound)?;
                let mut after = order.value.clone();
                after.sent_back(new.minor, now);
                rows = rows.and(orders::replace(&order, &after)?);
            }
            RefundState::Refused => {
                let alert =
                    self.alert(Concern::RefundFailed, old.gateway, Some(&order.value), None)?;
                rows = rows.and(alert);
            }
            RefundState::Waiting => {}
        }
        match entry {
            None => self.write(rows).await,
            Some(entry) => {
                let posted = self.ledger().post(Posting::new(entry).with(rows)).await;
                Ok(posted.map(drop)?)
            }
        }
    }

    async fn ask_refund(&self, order: &Order, refund: &Refund) -> Said {
        let Ok(gateway) = self.gateway(order.gateway) else {
            return Said::Nothing;
        };
        match gateway.refund(order, &refund.key, refund.minor).await {
            // Pending is a yes as well: gateways tell of a later refusal by a webhook.
            Ok(Answer::Done | Answer::Pending) => Said::Yes,
            Ok(Answer::Failed) | Err(Trouble::Refused(_)) => Said::No,
            // Sent by hand, by whoever asked for this.
            Err(Trouble::Unable) => Said::Yes,
            Err(trouble) => {
                tracing::warn!(order = %order.id, %trouble, "a refund was not answered");
                Said::Nothing
            }
        }
    }

    /// A refund did not arrive, days after it was sent perhaps: the coins are there again, and an
    /// admin is told. Said twice, it happens once.
    pub(super) async fn refund_failed(
        &self,
        id: OrderId,
        told: &Input,
    ) -> Result<Order, ServiceError> {
        let old = orders::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        let Input::RefundFailed {
            payment,
            refund,
            key,
            minor,
        } = told
        else {
            return Ok(old.value);
        };
        if old.payment.as_ref() != Some(payment) || *minor <= 0 {
            return Ok(old.value);
        }
        let now = self.now();
        let alert = self.alert(Concern::RefundFailed, old.gateway, Some(&old), None)?;
        let ours = refunds::load_of(&self.0.store, id, PER_ORDER_MAX)?;
        let ours = ours.iter().find(|it| Some(&it.key) == key.as_ref());
        let mut order = old.value.clone();
        let posting = match ours {
            Some(before) => {
                let mut after = before.value.clone();
                let Some(entry) = after.handle(Said::No, now) else {
                    return Ok(order);
                };
                if before.state == RefundState::Sent {
                    order.not_sent_back(after.minor, now);
                }
                Posting::new(entry).with(refunds::replace(before, &after)?)
            }
            // Made by somebody in the gateway's own pages; never more than went back.
            None => {
                let minor = (*minor).min(order.refunded_minor);
                if minor <= 0 {
                    return Ok(order);
                }
                order.not_sent_back(minor, now);
                let name = format!("{}|{refund}", old.gateway.word());
                self.giving_back(&order, Kind::Refund, minor)?
                    .once(Once::new("refund-failed", &name, payment.as_bytes()))
            }
        };
        let rows = match order == old.value {
            true => alert,
            false => alert.and(orders::replace(&old, &order)?),
        };
        match self.post_payment(posting.with(rows)).await? {
            true => {
                tracing::warn!(order = %id, "a refund did not arrive");
                Ok(order)
            }
            false => Ok(old.value),
        }
    }

    /// What our own refunds of an order will have sent back once all are answered.
    pub(super) fn refunds_underway(&self, order: OrderId) -> Result<i64, ServiceError> {
        let all = refunds::load_of(&self.0.store, order, PER_ORDER_MAX)?;
        Ok(all.iter().filter(|it| is_open(it)).map(|it| it.minor).sum())
    }
}

fn is_open(refund: &Refund) -> bool {
    refund.state == RefundState::Waiting
}
