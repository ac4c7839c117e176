//! What can be booked with the demo's hosts, and when, so that a newcomer books a time in the first
//! minute.

use parlor_domain::{
    availability::{Availability, Span},
    id::UserId,
    money::MilliCoins,
    service::Draft,
    time::Millis,
};

use super::{
    super::{ServiceError, Services},
    member,
};

/// One service: title, details, minutes, coins, and whether the host answers first.
pub(super) type Offer = (&'static str, &'static str, i64, i64, bool);

/// What the demo's first host offers.
pub(super) const OF_FIRST: &[Offer] = &[
    (
        "First talk",
        "Twenty minutes to find out whether we fit. Costs nothing.",
        20,
        0,
        false,
    ),
    (
        "Session",
        "Fifty minutes for one thing, and what to do until the next time.",
        50,
        40,
        false,
    ),
    (
        "Second opinion",
        "Send me what you have; I say whether I can help before you pay.",
        80,
        90,
        true,
    ),
];

/// The hours of every day, in minutes after midnight: a morning, and an afternoon into the evening.
const HOURS: [(u16, u16); 2] = [(8 * 60, 12 * 60), (13 * 60, 20 * 60)];

impl Services {
    /// Gives a host these services and hours, if there are none yet.
    pub(super) async fn seed_offers(
        &self,
        host: UserId,
        offers: &[Offer],
    ) -> Result<(), ServiceError> {
        let who = member(host);
        if !self.my_services(who)?.is_empty() {
            return Ok(());
        }
        for &(title, details, minutes, coins, approval) in offers {
            let draft = Draft {
                title: title.into(),
                details: details.into(),
                duration: Millis::from_mins(minutes),
                price: MilliCoins::coins(coins),
                approval,
                ..Draft::default()
            };
            self.create_service(who, draft).await?;
        }
        let hours = self.my_availability(who)?;
        let day: Vec<Span> = HOURS.map(|(from, to)| Span { from, to }).into();
        let week = std::array::from_fn(|_| day.clone());
        self.set_availability(who, Availability { week, ..hours })
            .await?;
        Ok(())
    }
}
