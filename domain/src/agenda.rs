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
    /// How many such claims may stand side by side: the seats of a group's session. 1 when it
    /// stands alone.
    pub seats: u32,
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

    /// Whether both are seats in one session of a group.
    pub fn sits_with(&self, other: &Claim) -> bool {
        let what = |it: &Claim| (it.service, it.starts_at, it.from, it.to);
        self.seats > 1 && other.seats > 1 && self.service.is_some() && what(self) == what(other)
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

/// Whether nobody else's live claim stands in the way. Of a group's session the others are no
/// obstacle as long as a seat is left.
pub fn is_free(day: &[Claim], wanted: &Claim, now: Timestamp) -> bool {
    let mut beside = 0;
    for it in day.iter().filter(|it| it.owner != wanted.owner) {
        if !it.is_live(now) || !it.overlaps(wanted) {
            continue;
        }
        if !it.sits_with(wanted) {
            return false;
        }
        beside += 1;
    }
    beside < wanted.seats
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
            seats: 1,
        }
    }

    #[test]
    fn a_session_of_a_group_has_so_many_seats() {
        let now = Timestamp(0);
        let seat = |owner, from, seats| Claim {
            service: Some(ServiceId(Uuid::from_u128(5))),
            seats,
            ..claim(owner, from, from + 10)
        };
        let mut day = vec![];
        for owner in 1..=3 {
            take(&mut day, seat(owner, 10, 3), true, now).unwrap();
        }
        let refused = |day: &[Claim], it| {
            assert_eq!(take(&mut day.to_vec(), it, true, now), Err(Taken::Time))
        };
        refused(&day, seat(4, 10, 3));
        // Half beside it, alone, or of something else.
        refused(&day, seat(4, 15, 9));
        refused(&day, seat(4, 10, 1));
        refused(&day, claim(4, 10, 20));
        refused(
            &day,
            Claim {
                service: Some(ServiceId(Uuid::from_u128(6))),
                ..seat(4, 10, 9)
            },
        );
        // Who has a seat may take it again; one that is given back is free.
        take(&mut day, seat(2, 10, 3), true, now).unwrap();
        give_back(&mut day, Uuid::from_u128(2), now);
        take(&mut day, seat(4, 10, 3), true, now).unwrap();
        assert_eq!(day.len(), 3);
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
