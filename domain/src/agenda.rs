//! What takes a person's time: claims, by the day (UTC) that they touch. One row of the store is one
//! day of one person, and a write requires the row as it was read; that is why nobody is booked
//! twice, neither the host nor the client.
//!
//! A claim of a hold or of an unpaid booking ends by itself; it is passed over from then on and
//! dropped at the next write. Must never read a clock.

use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::{
    id::ServiceId,
    time::{Millis, Timestamp},
};

/// Most claims on one day of one person; a row has a bound.
pub const CLAIMS_MAX: usize = 250;

const DAY: Millis = Millis::from_days(1);

/// Somebody's time, taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The meeting, hold or block that takes it.
    pub owner: Uuid,
    /// From here, buffers included.
    pub from: Timestamp,
    /// To here, buffers included.
    pub to: Timestamp,
    /// When what takes it starts.
    pub starts_at: Timestamp,
    /// The service that was booked, if any; limits count these.
    pub service: Option<ServiceId>,
    /// It counts until here; [`Timestamp::MAX`] when it is firm.
    pub until: Timestamp,
}

impl Claim {
    /// Whether it counts.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether both want the same time.
    pub fn overlaps(&self, other: &Claim) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// The days that it touches, counted from 1970-01-01 (UTC).
    pub fn days(&self) -> RangeInclusive<i64> {
        days(self.from, self.to)
    }
}

/// The days that `[from, to)` touches.
pub fn days(from: Timestamp, to: Timestamp) -> RangeInclusive<i64> {
    let last = to.0.saturating_sub(1).max(from.0);
    from.0.div_euclid(DAY.0)..=last.div_euclid(DAY.0)
}

/// A claim cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// Somebody else has the time.
    #[error("the time is taken")]
    Time,
    /// Too much happens on this day.
    #[error("the day is full")]
    Day,
}

/// Whether nobody else's live claim stands in the way.
pub fn is_free(day: &[Claim], wanted: &Claim, now: Timestamp) -> bool {
    let in_the_way =
        |it: &Claim| it.owner != wanted.owner && it.is_live(now) && it.overlaps(wanted);
    !day.iter().any(in_the_way)
}

/// Writes a claim into a day, in the place of the owner's earlier one. `firmly`: not over somebody
/// else's; otherwise the person knows and wants it so.
pub fn take(
    day: &mut Vec<Claim>,
    wanted: Claim,
    firmly: bool,
    now: Timestamp,
) -> Result<(), Taken> {
    if firmly && !is_free(day, &wanted, now) {
        return Err(Taken::Time);
    }
    day.retain(|it| it.owner != wanted.owner && it.is_live(now));
    if day.len() >= CLAIMS_MAX {
        return Err(Taken::Day);
    }
    day.push(wanted);
    day.sort_by_key(|it| (it.from, it.owner));
    Ok(())
}

/// Takes an owner's claim out of a day.
pub fn give_back(day: &mut Vec<Claim>, owner: Uuid, now: Timestamp) {
    day.retain(|it| it.owner != owner && it.is_live(now));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(owner: u128, from: i64, to: i64) -> Claim {
        Claim {
            owner: Uuid::from_u128(owner),
            from: Timestamp(from),
            to: Timestamp(to),
            starts_at: Timestamp(from),
            service: None,
            until: Timestamp::MAX,
        }
    }

    #[test]
    fn nobody_is_booked_twice() {
        let now = Timestamp(0);
        let mut day = vec![];
        take(&mut day, claim(1, 10, 20), true, now).unwrap();
        // Side by side is not at the same time.
        take(&mut day, claim(2, 20, 30), true, now).unwrap();
        take(&mut day, claim(3, 0, 10), true, now).unwrap();
        for (from, to) in [(19, 21), (10, 11), (0, 100), (15, 16)] {
            let late = claim(9, from, to);
            assert_eq!(take(&mut day, late, true, now), Err(Taken::Time));
        }
        // One's own earlier claim is no obstacle, and is replaced.
        take(&mut day, claim(1, 11, 19), true, now).unwrap();
        assert_eq!(day.len(), 3);
        give_back(&mut day, Uuid::from_u128(1), now);
        take(&mut day, claim(9, 10, 20), true, now).unwrap();
        // Who knows what they do may.
        take(&mut day, claim(8, 10, 20), false, now).unwrap();
    }

    #[test]
    fn a_hold_ends_by_itself() {
        let mut hold = claim(1, 10, 20);
        hold.until = Timestamp(5);
        let mut day = vec![hold];
        let wanted = claim(2, 10, 20);
        assert!(!is_free(&day, &wanted, Timestamp(4)));
        take(&mut day, wanted, true, Timestamp(5)).unwrap();
        assert_eq!(day, [wanted]);
    }

    #[test]
    fn a_day_has_a_bound_and_a_claim_its_days() {
        let mut day: Vec<_> = (0..250).map(|n| claim(n, n as i64, n as i64 + 1)).collect();
        let one_more = claim(999, 900, 901);
        assert_eq!(
            take(&mut day, one_more, true, Timestamp(0)),
            Err(Taken::Day)
        );
        let ms = DAY.0;
        assert_eq!(claim(1, 0, ms).days(), 0..=0);
        assert_eq!(claim(1, ms - 1, ms + 1).days(), 0..=1);
        assert_eq!(claim(1, -1, 0).days(), -1..=-1);
    }
}
