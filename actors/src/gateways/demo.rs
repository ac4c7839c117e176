//! The pretended gateway: no money moves, and every page of it says so. For development and the
//! demo; the program refuses it in production.

use parlor_domain::{
    ledger::Gateway as Name,
    order::{Input, Order, Payment},
    time::Timestamp,
};

use super::{
    Answer, Ask, Checkout, Forged, Gateway, Hook, Pretended, RefundState, Shown, Taken, Told,
};

pub(super) struct Demo;

impl Gateway for Demo {
    fn name(&self) -> Name {
        Name::Demo
    }

    fn create<'a>(&'a self, ask: &'a Ask<'a>) -> Answer<'a, Taken> {
        Box::pin(async move {
            Ok(Taken {
                reference: format!("demo-{}", ask.order.id),
                checkout: page(ask),
            })
        })
    }

    fn again(&self, ask: &Ask<'_>) -> Option<Checkout> {
        Some(page(ask))
    }

    fn verify_return(&self, _: &Order, _: &Shown) -> Result<(), Forged> {
        Ok(())
    }

    fn check_webhook(&self, _: &Hook<'_>) -> Result<(), Forged> {
        Err(Forged)
    }

    fn read_webhook(&self, _: &[u8]) -> Result<Told, Forged> {
        Err(Forged)
    }

    fn fetch<'a>(&'a self, _: &'a Order, _: Timestamp) -> Answer<'a, Vec<Input>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn refund<'a>(&'a self, _: &'a Order, _: &'a str, _: i64) -> Answer<'a, RefundState> {
        Box::pin(async { Ok(RefundState::Done) })
    }

    fn pretend(&self, order: &Order, outcome: Pretended) -> Option<Input> {
        Some(match outcome {
            Pretended::Success => Input::Paid(Payment {
                id: format!("demo-pay-{}", order.id),
                sum: order.price,
                receipt: None,
            }),
            Pretended::Failure => Input::TryFailed("declined".into()),
        })
    }
}

fn page(ask: &Ask<'_>) -> Checkout {
    Checkout::Redirect(format!("{}/wallet/demo/{}", ask.public_url, ask.order.id))
}
