//! Asking gateways about orders that they have told us nothing about: a lost webhook costs minutes
//! and no money.

use futures_util::{StreamExt, stream};
use parlor_data::nouns::order as orders;
use parlor_domain::{
    ledger::Gateway as Name,
    order::{Concern, Input, Order, State},
};

use super::super::{ServiceError, Services};
use crate::gateways::Trouble;

/// Orders of one round.
const ROUND: usize = 100;
/// Questions at once.
const AT_ONCE: usize = 8;

impl Services {
    /// Asks about every order that is due. Gives how many.
    pub async fn sweep_orders(&self) -> Result<usize, ServiceError> {
        let due = orders::load_to_ask(&self.0.store, self.now(), ROUND)?;
        let count = due.len();
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, |order| async move {
                let id = order.id;
                if let Err(error) = self.ask_again(order.value).await {
                    tracing::warn!(order = %id, %error, "an order was not asked about");
                }
            })
            .await;
        Ok(count)
    }

    async fn ask_again(&self, order: Order) -> Result<(), ServiceError> {
        let id = order.id;
        if order.state == State::Created && order.reference.is_none() {
            // The answer was lost, with the process or on its way.
            self.news(id, Input::Refused("no-answer".into())).await?;
            return Ok(());
        }
        let said = self.fetch(&order).await;
        let unclear = said.is_err();
        for input in said.unwrap_or_default() {
            self.news(id, input).await?;
        }
        let after = self.news(id, Input::Looked).await?;
        if unclear && after.look_at.is_none() && !after.state.was_paid() {
            let alert = self.alert(Concern::NoAnswer, after.gateway, Some(&after), None)?;
            self.write(alert).await?;
        }
        Ok(())
    }

    /// Asks about one order now, because its payer is back. A gateway that does not answer leaves
    /// the order as it is.
    pub(super) async fn look(&self, order: Order) -> Result<Order, ServiceError> {
        if order.reference.is_none() {
            return Ok(order);
        }
        let mut order = order;
        for input in self.fetch(&order).await.unwrap_or_default() {
            order = self.news(order.id, input).await?;
        }
        Ok(order)
    }

    async fn fetch(&self, order: &Order) -> Result<Vec<Input>, Trouble> {
        if order.gateway == Name::Demo {
            return Ok(Vec::new());
        }
        let Ok(gateway) = self.gateway(order.gateway) else {
            return Err(Trouble::Unable);
        };
        gateway.fetch(order, self.now()).await
    }
}
