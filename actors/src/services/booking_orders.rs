//! Paying a booking through a gateway: coins are bought, and pay for it the moment they come. When
//! they come too late and somebody else has the time, they stay in the wallet.
//!
//! A service that is priced in a currency is paid so too: its price comes to coins at the rate of the
//! price list when it is booked, and the order is for exactly these coins at exactly that price. So
//! the client pays what the host asked for, and holds, fees, refunds by policy and payouts are of one
//! kind; a second set of accounts in each currency was considered, and would have made a host's
//! earnings and a client's refund depend on how a booking was paid. What goes back goes to the
//! wallet; as money, unspent coins go back by the refund of their order.

use parlor_data::nouns::{booking_order as rows, order as orders};
use parlor_domain::{
    access::Member,
    id::{MeetingId, OrderId},
    meeting::{Input, Part, Status},
    order::{BOOKING, CHECKOUT_LIFETIME, Order, Package, State},
    time::Millis,
};

use super::{NewOrder, Placed, ServiceError, Services};

/// Orders that one sweep looks at.
const PAGE: usize = 100;
/// After this a purchase that brought nothing is not waited for.
const GIVEN_UP_AFTER: Millis = Millis::from_days(7);

impl Services {
    /// Buys coins that pay for a booking when they come; its time is kept as long as the checkout
    /// is open.
    pub async fn order_for_booking(
        &self,
        who: Member,
        id: MeetingId,
        new: &NewOrder,
        key: &str,
    ) -> Result<Placed, ServiceError> {
        let meeting = self.load_meeting(id)?;
        if meeting.part_of(who.user) != Some(Part::Client) {
            return Err(ServiceError::Forbidden);
        }
        if !matches!(meeting.status, Status::AwaitingPayment | Status::Requested) {
            return Err(ServiceError::OutOfTurn("there is nothing to pay".into()));
        }
        let money = meeting
            .booking
            .as_ref()
            .and_then(|it| Some((it.price, it.money?)));
        let placed = match money.filter(|_| new.package == BOOKING) {
            Some((coins, price)) => {
                let exactly = Package::of_booking(id, coins, price);
                self.order_package(who, new, &exactly, key).await?
            }
            None => self.create_order(who, new, key).await?,
        };
        if !placed.order.state.was_paid() {
            self.write(rows::put(placed.order.id, id)).await?;
            let until = self.now() + CHECKOUT_LIFETIME;
            let longer = self.step(id, |_, _| Ok(Input::PayUntil(until))).await;
            match longer {
                // A request is kept until it is answered anyway.
                Ok(_) | Err(ServiceError::OutOfTurn(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(placed)
    }

    /// The coins of an order came: they pay for what it was made for.
    pub(super) async fn pay_ordered(&self, order: OrderId) -> Result<(), ServiceError> {
        let Some(id) = rows::load(&self.0.store, order)? else {
            return Ok(());
        };
        let client = self.load_meeting(id)?.client.user;
        let client = client.ok_or(ServiceError::NotFound)?;
        let owed = self.debt(client)?;
        let paid = match owed.0 > 0 {
            true => Err(ServiceError::TooLittle(owed)),
            false => {
                self.turned(id, async || self.step(id, |_, _| Ok(Input::Pay)).await)
                    .await
            }
        };
        match paid {
            Ok(_) => {}
            // The coins are in the wallet, and can be spent otherwise.
            Err(
                ServiceError::SlotTaken(_)
                | ServiceError::ClientBusy
                | ServiceError::OutOfTurn(_)
                | ServiceError::TooLittle(_),
            ) => tracing::info!(meeting = %id, "coins came that cannot pay for their booking"),
            Err(other) => return Err(other),
        }
        self.write(rows::remove(order)).await
    }

    /// As [`Services::pay_ordered`], where nobody waits for the answer: the sweep tries again.
    pub(super) async fn pay_ordered_soon(&self, order: &Order) {
        if order.state == State::Paid
            && let Err(error) = self.pay_ordered(order.id).await
        {
            tracing::warn!(order = %order.id, %error, "a booking is paid by the next sweep");
        }
    }

    /// Pays what a crash left unpaid, and forgets purchases that came to nothing.
    pub async fn sweep_booking_orders(&self) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let page = rows::page(&self.0.store, after, PAGE)?;
            for id in &page {
                let order = orders::load(&self.0.store, *id)?;
                let old = self.now() - GIVEN_UP_AFTER;
                match order {
                    Some(order) if order.state.was_paid() => self.pay_ordered(*id).await?,
                    Some(order) if order.created_at > old => {}
                    _ => self.write(rows::remove(*id)).await?,
                }
            }
            after = page.last().copied();
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }
}
