//! What a gateway's news does: the order's step, and the one posting that belongs to it.

use parlor_data::{
    Batch, Read,
    nouns::{
        money_alert::{self, MoneyAlert},
        order as orders,
    },
};
use parlor_domain::{
    id::OrderId,
    ledger::{Account, Entry, Gateway as Name, Kind, Subject},
    money::MilliCoins,
    notification::About,
    order::{Concern, Effect, Input, Order, Payment, Price, payment_key, suspense},
};

use super::super::{
    ServiceError, Services, keys,
    ledger::{Once, PostError, Posting},
};

impl Services {
    /// Tells an order its news, whichever way it came.
    pub(in super::super) async fn news(
        &self,
        id: OrderId,
        input: Input,
    ) -> Result<Order, ServiceError> {
        let order = self.told(id, input).await?;
        self.pay_ordered_soon(&order).await;
        Ok(order)
    }

    async fn told(&self, id: OrderId, input: Input) -> Result<Order, ServiceError> {
        if let Input::RefundFailed { .. } = &input {
            return self.retrying(|| self.refund_failed(id, &input)).await;
        }
        self.retrying(async || {
            let old = orders::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
            let mut new = old.value.clone();
            if let Input::Refunded { total_minor, .. } = &input
                && *total_minor <= old.refunded_minor + self.refunds_underway(id)?
            {
                // The gateway tells of our own refund before it has answered us.
                return Ok(new);
            }
            let effects = new.handle(input.clone(), self.now());
            match self.carry_out(&old, &new, &effects).await? {
                true => Ok(new),
                // Booked before; the order is as that left it.
                false => {
                    let now = orders::load(&self.0.store, id)?;
                    Ok(now.ok_or(ServiceError::NotFound)?.value)
                }
            }
        })
        .await
    }

    async fn carry_out(
        &self,
        old: &Read<Order>,
        new: &Order,
        effects: &[Effect],
    ) -> Result<bool, ServiceError> {
        let mut rows = match *new == old.value {
            true => Batch::new(),
            false => orders::replace(old, new)?,
        };
        let mut moved = None;
        for effect in effects {
            match effect {
                Effect::Credit(payment) => moved = Some(self.crediting(new, payment)),
                Effect::Suspend(payment, concern) => {
                    rows = rows.and(self.alert(*concern, new.gateway, Some(new), Some(payment))?);
                    let subject = Subject::Order(new.id);
                    moved = Some(self.suspending(new.gateway, subject, payment));
                }
                Effect::GoneBack(minor) => {
                    rows = rows.and(self.alert(
                        Concern::ForeignRefund,
                        new.gateway,
                        Some(new),
                        None,
                    )?);
                    moved = Some(self.taking_back(new, Kind::Refund, *minor)?);
                }
                Effect::Taken(minor) => {
                    moved = Some(self.taking_back(new, Kind::Chargeback, *minor)?);
                }
                Effect::GivenBack(minor) => {
                    moved = Some(self.giving_back(new, Kind::Chargeback, *minor)?);
                }
                Effect::Alert(concern) => {
                    rows = rows.and(self.alert(*concern, new.gateway, Some(new), None)?);
                }
            }
        }
        let written = match moved {
            None => self.write(rows).await.map(|()| true)?,
            Some(posting) => self.post_payment(posting.with(rows)).await?,
        };
        let arrived = effects.iter().any(|it| matches!(it, Effect::Credit(_)));
        if written && arrived {
            self.notify_soon(new.user, About::Payment, String::new());
        }
        if written && new.state != old.state {
            self.0.tally.order(new.gateway, new.state.word());
        }
        // Said once: the same payment comes again with every question about its order.
        for concern in effects.iter().filter_map(concern).filter(|_| written) {
            tracing::warn!(order = %new.id, concern = concern.word(), "money to look at");
        }
        Ok(written)
    }

    /// Posts. A payment that was booked before, in whatever way, is booked: then this is `false`,
    /// and nothing was written.
    pub(super) async fn post_payment(&self, posting: Posting) -> Result<bool, ServiceError> {
        let subject = posting.entry.subject;
        match self.ledger().post(posting).await {
            Ok(posted) => Ok(!posted.repeated),
            Err(PostError::Repeated) => {
                tracing::warn!(?subject, "a payment that was booked otherwise came again");
                Ok(false)
            }
            // A wallet that was spent from meanwhile: look at it again.
            Err(PostError::TooLittle { .. }) => Err(ServiceError::Contended),
            Err(other) => Err(other.into()),
        }
    }

    fn crediting(&self, order: &Order, payment: &Payment) -> Posting {
        let once = once(order.gateway, payment, &order.id.to_string());
        Posting::new(order.credit(payment, self.now())).once(once)
    }

    pub(super) fn suspending(&self, gateway: Name, subject: Subject, payment: &Payment) -> Posting {
        let entry = suspense(gateway, subject, payment, self.now());
        Posting::new(entry).once(once(gateway, payment, "suspense"))
    }

    /// Money left us: the coins it stood for go back as far as the wallet holds them; the rest is
    /// owed. The wallet itself is never below zero.
    fn taking_back(&self, order: &Order, kind: Kind, minor: i64) -> Result<Posting, ServiceError> {
        let minor = minor.min(order.price.minor);
        let coins = order.coins_of(minor);
        let held = self.ledger().wallet(order.user)?;
        let from_wallet = MilliCoins(coins.0.min(held.0));
        let issued = Account::Issued(order.gateway);
        let currency = order.price.currency;
        let entry = Entry::new(self.now(), kind, Subject::Order(order.id))
            .coins(Account::Wallet(order.user), issued, from_wallet)
            .coins(
                Account::Receivable(order.user),
                issued,
                coins.less(from_wallet),
            )
            .moving(
                Account::GatewayMoney(order.gateway, currency),
                Account::Refunds(currency),
                minor,
            );
        Ok(Posting::new(entry))
    }

    /// Money that had left us is ours again: what is still owed for it is paid, and the rest of the
    /// coins is in the wallet again.
    pub(super) fn giving_back(
        &self,
        order: &Order,
        kind: Kind,
        minor: i64,
    ) -> Result<Posting, ServiceError> {
        let minor = minor.min(order.price.minor);
        let coins = order.coins_of(minor);
        let owed = MilliCoins(coins.0.min(self.debt(order.user)?.0));
        let issued = Account::Issued(order.gateway);
        let currency = order.price.currency;
        let entry = Entry::new(self.now(), kind, Subject::Order(order.id))
            .coins(issued, Account::Receivable(order.user), owed)
            .coins(issued, Account::Wallet(order.user), coins.less(owed))
            .moving(
                Account::Refunds(currency),
                Account::GatewayMoney(order.gateway, currency),
                minor,
            );
        Ok(Posting::new(entry))
    }

    /// A row for the admins' list.
    pub(super) fn alert(
        &self,
        concern: Concern,
        gateway: Name,
        order: Option<&Order>,
        payment: Option<&Payment>,
    ) -> Result<Batch, ServiceError> {
        let now = self.now();
        let of_order = |order: &Order| order.payment.clone();
        Ok(money_alert::insert(&MoneyAlert {
            id: keys::ordered_id(now),
            at: now,
            concern,
            gateway,
            order: order.map(|it| it.id),
            payment: payment.map(|it| it.id.clone()).or(order.and_then(of_order)),
            sum: payment
                .map(|it| it.sum)
                .or(order.map(|it| -> Price { it.price })),
            settled: None,
        })?)
    }
}

/// What an admin should look at because of this.
fn concern(effect: &Effect) -> Option<Concern> {
    match effect {
        Effect::Suspend(_, concern) | Effect::Alert(concern) => Some(*concern),
        Effect::GoneBack(_) => Some(Concern::ForeignRefund),
        Effect::Credit(_) | Effect::Taken(_) | Effect::GivenBack(_) => None,
    }
}

/// The key of a payment. What it was booked as must not change afterwards.
fn once(gateway: Name, payment: &Payment, booked_as: &str) -> Once {
    let sum = payment.sum;
    let request = format!("{booked_as}|{}|{}", sum.minor, sum.currency);
    Once::new(
        "payment",
        &payment_key(gateway, &payment.id),
        request.as_bytes(),
    )
}
