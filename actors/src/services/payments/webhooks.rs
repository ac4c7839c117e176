//! Webhooks: proved, kept byte for byte, answered, applied; tried again while nobody knows whose
//! they are, because a gateway may be faster than its own answer to us.

use parlor_data::Read;
use parlor_data::nouns::{
    order as orders,
    payment_event::{self, PaymentEvent},
};
use parlor_domain::{
    id::OrderId,
    ledger::{Gateway as Name, Subject},
    order::{Concern, Input},
    time::Millis,
};
use ring::digest;

use super::super::{ServiceError, Services};
use crate::gateways::{Gateway, Hook, News};

/// How long after an event came somebody may still turn out to be its order.
const UNKNOWN_AFTER: Millis = Millis::from_mins(10);
/// Waits between tries, the last one again and again.
const WAITS_S: [i64; 5] = [5, 10, 30, 60, 300];
/// Events of one round of the sweep.
const ROUND: usize = 50;

/// Whether news is settled.
#[derive(PartialEq, Eq)]
enum Fate {
    Done,
    Later,
}

impl Services {
    /// Takes a webhook. `Ok` means that the gateway need not say it again.
    ///
    /// # Errors
    /// `Forbidden` when it is not the gateway's; `NotFound` when there is no such gateway or order.
    pub async fn payment_webhook(
        &self,
        gateway: Name,
        of: Option<(OrderId, &str)>,
        hook: Hook<'_>,
    ) -> Result<(), ServiceError> {
        let door = self.gateway(gateway)?;
        let order = match of {
            Some((order, token)) => {
                let good = self.0.keys.callback_token(order);
                if !self.0.keys.is_same(token, &good) {
                    self.0.tally.webhook(gateway, "unknown");
                    return Err(ServiceError::NotFound);
                }
                Some(order)
            }
            None => None,
        };
        // Without a signature, the secret address is all there is.
        if door.needs_phone() != order.is_some() {
            return Err(ServiceError::NotFound);
        }
        let told = door.parse_webhook(&hook).map_err(|_| {
            self.0.tally.webhook(gateway, "forged");
            tracing::warn!(gateway = gateway.word(), "a webhook with a wrong signature");
            ServiceError::Forbidden
        })?;
        let event = PaymentEvent {
            gateway,
            name: hash(order, &told.name),
            order,
            came_at: self.now(),
            tries: 0,
            due_at: (!told.news.is_empty()).then(|| self.now() + Millis::from_secs(WAITS_S[0])),
        };
        match self.write(payment_event::insert(&event, hook.body)?).await {
            Ok(()) => {
                let outcome = match event.due_at {
                    Some(_) => "taken",
                    None => "ignored",
                };
                self.0.tally.webhook(gateway, outcome);
            }
            // Said before: it was applied, or will be.
            Err(ServiceError::Contended) => {
                self.0.tally.webhook(gateway, "repeated");
                return Ok(());
            }
            Err(other) => return Err(other),
        }
        if event.due_at.is_none() {
            return Ok(());
        }
        let services = self.clone();
        let work = async move { services.apply_stored(gateway, &event.name).await };
        match told.news.iter().any(|news| news.confirm) {
            // Asking the gateway may take longer than it waits for us.
            true => drop(tokio::spawn(work)),
            false => work.await,
        }
        Ok(())
    }

    async fn apply_stored(&self, gateway: Name, name: &[u8; 32]) {
        let stored = payment_event::load(&self.0.store, gateway, name);
        let outcome = match stored {
            Ok(Some(event)) => self.apply_event(&event).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "a gateway's event was not applied; it waits for the sweep");
        }
    }

    /// Applies what is due. Gives how many were looked at.
    pub async fn sweep_payment_events(&self) -> Result<usize, ServiceError> {
        let due = payment_event::load_due(&self.0.store, self.now(), ROUND)?;
        for event in &due {
            if let Err(error) = self.apply_event(event).await {
                tracing::warn!(%error, "a gateway's event was not applied; it is tried again");
            }
        }
        Ok(due.len())
    }

    async fn apply_event(&self, event: &Read<PaymentEvent>) -> Result<(), ServiceError> {
        if event.due_at.is_none() {
            return Ok(());
        }
        let gateway = self.gateway(event.gateway)?;
        let body = payment_event::body(&self.0.store, event)?;
        let told = gateway
            .read_webhook(&body)
            .map_err(|_| ServiceError::Internal("a stored event is not readable".into()))?;
        let mut fate = Ok(Fate::Done);
        for news in told.news {
            match self.apply_news(gateway, event, &news).await {
                Ok(Fate::Done) => {}
                other => fate = other,
            }
        }
        let mut new = event.value.clone();
        new.tries += 1;
        let outcome = match fate {
            Ok(Fate::Done) => "applied",
            _ => "later",
        };
        self.0.tally.webhook(event.gateway, outcome);
        new.due_at = match fate {
            Ok(Fate::Done) => None,
            _ => {
                let index = usize::try_from(new.tries).unwrap_or(usize::MAX);
                let wait = WAITS_S.get(index).or(WAITS_S.last()).copied();
                Some(self.now() + Millis::from_secs(wait.unwrap_or(300)))
            }
        };
        match self.write(payment_event::replace(event, &new)?).await {
            // Somebody else applied it at the same time; news twice is as good as once.
            Ok(()) | Err(ServiceError::Contended) => fate.map(drop),
            Err(other) => Err(other),
        }
    }

    async fn apply_news(
        &self,
        gateway: &dyn Gateway,
        event: &PaymentEvent,
        news: &News,
    ) -> Result<Fate, ServiceError> {
        let Some(id) = self.whose(gateway, event, news).await? else {
            if self.now().since(event.came_at) < UNKNOWN_AFTER {
                return Ok(Fate::Later);
            }
            if let Input::Paid(payment) = &news.input {
                let rows = self.alert(Concern::UnknownOrder, event.gateway, None, Some(payment))?;
                let posting = self.suspending(event.gateway, Subject::None, payment);
                self.post_payment(posting.with(rows)).await?;
            }
            return Ok(Fate::Done);
        };
        match news.confirm {
            true => self.confirm(gateway, id, news).await,
            false => {
                self.news(id, news.input.clone()).await?;
                Ok(Fate::Done)
            }
        }
    }

    /// Which order an event is about.
    async fn whose(
        &self,
        gateway: &dyn Gateway,
        event: &PaymentEvent,
        news: &News,
    ) -> Result<Option<OrderId>, ServiceError> {
        let (store, name) = (&self.0.store, event.gateway);
        if let Some(reference) = &news.reference
            && let Some(id) = orders::find(store, name, reference)?
        {
            // A callback at one order's address cannot speak for another.
            return Ok(event.order.is_none_or(|of| of == id).then_some(id));
        }
        if let Some(payment) = &news.payment
            && let Some(id) = orders::find_paid(store, name, payment)?
        {
            return Ok(Some(id));
        }
        let mut ours = event.order.or(news.order);
        if let (None, Some(reference)) = (ours, &news.reference) {
            // Not known there either, or no answer: later.
            ours = gateway.whose(reference).await.unwrap_or(None);
        }
        let Some(id) = ours else { return Ok(None) };
        let order = orders::load(store, id)?;
        Ok(order.filter(|it| it.gateway == name).map(|_| id))
    }

    /// Believes a callback only as far as the gateway itself says so.
    async fn confirm(
        &self,
        gateway: &dyn Gateway,
        id: OrderId,
        news: &News,
    ) -> Result<Fate, ServiceError> {
        let order = orders::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        let mut asked = order.value.clone();
        // The callback may be faster than the answer that names the order.
        asked.reference = asked.reference.or_else(|| news.reference.clone());
        if asked.reference != news.reference {
            tracing::warn!(order = %id, "a callback names another request; it is not believed");
            return Ok(Fate::Done);
        }
        let Ok(said) = gateway.fetch(&asked, self.now()).await else {
            return Ok(Fate::Later);
        };
        let Some(said) = said.into_iter().next() else {
            return Ok(Fate::Later);
        };
        if let (None, Some(reference)) = (&order.reference, &news.reference) {
            let reference = reference.clone();
            let page = None;
            self.news(id, Input::Submitted { reference, page }).await?;
        }
        // Both say that money came: the callback knows the receipt, and which sum.
        let input = match (&said, &news.input) {
            (Input::Paid(_), Input::Paid(_)) => news.input.clone(),
            _ => said,
        };
        self.news(id, input).await?;
        Ok(Fate::Done)
    }
}

/// The name under which an event is kept once.
fn hash(order: Option<OrderId>, name: &[u8]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    if let Some(id) = order {
        context.update(id.as_bytes());
    }
    context.update(name);
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
