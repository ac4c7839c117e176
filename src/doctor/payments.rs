//! Whether each gateway that is configured knows our keys. Nothing is bought and nothing read; what
//! time it is there comes with the answer.

use parlor_actors::gateways::{Gateway, Gateways, Trouble};

use super::{
    Place, block_on,
    clock::Elsewhere,
    finding::{Check, Finding, Says},
    now,
};
use crate::app;

/// Asks each, at once.
pub fn examine(place: &Place) -> (Vec<Finding>, Vec<Elsewhere>) {
    let gateways = Gateways::build(app::gateway_settings(&place.config, false));
    let all: Vec<&dyn Gateway> = gateways.offers().map(|(it, _)| it).collect();
    if all.is_empty() {
        return (
            vec![Finding::new(Check::Payments, "", Says::PayNone)],
            vec![],
        );
    }
    std::thread::scope(|scope| {
        let asked: Vec<_> = all
            .into_iter()
            .map(|it| scope.spawn(move || ask(it)))
            .collect();
        let came = asked.into_iter().filter_map(|it| it.join().ok());
        let (findings, clocks): (Vec<_>, Vec<_>) = came.unzip();
        (findings, clocks.into_iter().flatten().collect())
    })
}

fn ask(gateway: &dyn Gateway) -> (Finding, Option<Elsewhere>) {
    let (name, url) = (gateway.name().word(), gateway.base_url());
    let new = |says| {
        Finding::new(Check::Payments, name, says)
            .with("gateway", name)
            .with("url", url)
    };
    let probed = block_on(gateway.probe()).unwrap_or(Err(Trouble::Silent));
    let date = probed.as_ref().ok().and_then(|it| it.date.as_deref());
    let clock = date.and_then(|date| Elsewhere::of_date(name, date, now()));
    let says = match probed {
        Ok(it) if it.test => Says::PayTest,
        Ok(_) => Says::PayFine,
        Err(Trouble::Refused(_)) => Says::PayKeys,
        Err(Trouble::Busy) => Says::PayBusy,
        Err(Trouble::Silent) => Says::PaySilent,
        Err(Trouble::NotUnderstood | Trouble::Unable) => Says::PayStrange,
    };
    (new(says), clock)
}
