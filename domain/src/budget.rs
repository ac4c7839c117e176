//! The relay's monthly budget: what is used of it, what people are asked to do about it, and when
//! it begins anew. Months are those of UTC.
//!
//! At 80 % everybody is asked to save, at 100 % to keep to voices: the relay then holds allocations
//! to a rate that carries a voice, so that calls go on. Only what goes through the relay counts, and
//! only that need be saved.

use crate::time::Timestamp;

/// What clients are asked to keep to on connections through the relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whatever the line carries.
    #[default]
    Full,
    /// Smaller pictures: most of the month's budget is used.
    Saver,
    /// Voices: all of it is used, and the relay carries little else.
    Audio,
}

/// A calendar month of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Year of the common era.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
}

impl Month {
    /// The month of an instant, by the calendar's arithmetic: the year is taken to begin in March,
    /// so that the leap day comes last.
    pub fn of(at: Timestamp) -> Self {
        let days = at.0.div_euclid(86_400_000) + 719_468;
        let era = days.div_euclid(146_097);
        let day = days.rem_euclid(146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = year + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month: u8::try_from(month).unwrap_or(1),
        }
    }
}

/// What was relayed in a month, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthUse {
    /// Which month.
    pub month: Month,
    /// Bytes relayed in it.
    pub bytes: u64,
}

/// What must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The relay counts from here.
    Count(u64),
    /// Write this down.
    Keep(MonthUse),
    /// Tell everybody in a room.
    Tell(Level),
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    bytes_max: u64,
    used: MonthUse,
    kept: MonthUse,
    level: Level,
}

impl Budget {
    /// A budget of so many bytes a month (0 has no limit), with what was kept of an earlier run.
    /// The relay must count from [`used`](Self::used).
    pub fn new(bytes_max: u64, kept: Option<MonthUse>, now: Timestamp) -> Self {
        let month = Month::of(now);
        let fresh = MonthUse { month, bytes: 0 };
        let used = kept.filter(|it| it.month == month).unwrap_or(fresh);
        let mut budget = Self {
            bytes_max,
            used,
            kept: used,
            level: Level::Full,
        };
        budget.level = budget.wanted();
        budget
    }

    /// What was used this month.
    pub fn used(&self) -> MonthUse {
        self.used
    }

    /// Bytes of a month; 0 has no limit.
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// What people are asked to keep to.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The relay has counted so many bytes. Asked every few seconds: what is relayed between
    /// midnight and the question counts for the new month.
    pub fn counted(&mut self, bytes: u64, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let month = Month::of(now);
        // A clock that steps back does not bring a month back.
        if month > self.used.month {
            let bytes = bytes.saturating_sub(self.used.bytes);
            self.used = MonthUse { month, bytes };
            effects.push(Effect::Count(bytes));
        } else {
            self.used.bytes = bytes;
        }
        if self.used != self.kept {
            self.kept = self.used;
            effects.push(Effect::Keep(self.used));
        }
        let level = self.wanted();
        if level != self.level {
            self.level = level;
            effects.push(Effect::Tell(level));
        }
        effects
    }

    fn wanted(&self) -> Level {
        match (self.bytes_max, self.used.bytes) {
            (0, _) => Level::Full,
            (max, used) if used >= max => Level::Audio,
            (max, used) if used >= max / 5 * 4 => Level::Saver,
            _ => Level::Full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(year: i32, month: u8) -> Month {
        Month { year, month }
    }

    #[test]
    fn months_are_the_calendars() {
        // Seconds since 1970, as `date -u -d … +%s` gives them.
        for (seconds, year, m) in [
            (0, 1970, 1),
            (-1, 1969, 12),
            (951_782_399, 2000, 2),
            (951_868_799, 2000, 2),
            (951_868_800, 2000, 3),
            (1_709_164_800, 2024, 2),
            (1_709_251_200, 2024, 3),
            (1_735_689_599, 2024, 12),
            (1_735_689_600, 2025, 1),
            (4_107_542_399, 2100, 2),
            (4_107_542_400, 2100, 3),
        ] {
            let at = Timestamp(seconds * 1_000);
            assert_eq!(Month::of(at), month(year, m), "{seconds}");
        }
    }

    const END_OF_2024: Timestamp = Timestamp(1_735_689_599_000);
    const NEW_YEAR: Timestamp = Timestamp(1_735_689_600_000);

    #[test]
    fn people_are_asked_to_save_and_then_to_keep_to_voices() {
        let mut budget = Budget::new(1_000, None, END_OF_2024);
        let told = |effects: Vec<Effect>| {
            effects.into_iter().find_map(|effect| match effect {
                Effect::Tell(level) => Some(level),
                _ => None,
            })
        };
        assert_eq!(told(budget.counted(799, END_OF_2024)), None);
        assert_eq!(told(budget.counted(800, END_OF_2024)), Some(Level::Saver));
        assert_eq!(told(budget.counted(900, END_OF_2024)), None, "once");
        assert_eq!(told(budget.counted(1_000, END_OF_2024)), Some(Level::Audio));
        assert_eq!(told(budget.counted(1_001, NEW_YEAR)), Some(Level::Full));
    }

    #[test]
    fn a_month_goes_on_after_a_restart_and_a_new_one_begins_at_its_first() {
        let december = MonthUse {
            month: month(2024, 12),
            bytes: 900,
        };
        let mut budget = Budget::new(1_000, Some(december), END_OF_2024);
        assert_eq!((budget.used(), budget.level()), (december, Level::Saver));
        assert_eq!(
            budget.counted(900, END_OF_2024),
            [],
            "nothing new, nothing written"
        );
        let january = MonthUse {
            month: month(2025, 1),
            bytes: 7,
        };
        assert_eq!(
            budget.counted(907, NEW_YEAR),
            [
                Effect::Count(7),
                Effect::Keep(january),
                Effect::Tell(Level::Full)
            ]
        );
        assert_eq!(budget.counted(8, END_OF_2024).len(), 1, "time steps back");
        assert_eq!(budget.used().month, january.month);
        let later = Budget::new(1_000, Some(december), NEW_YEAR);
        assert_eq!((later.used().bytes, later.level()), (0, Level::Full));
    }

    #[test]
    fn without_a_budget_all_is_counted_and_nothing_said() {
        let mut budget = Budget::new(0, None, NEW_YEAR);
        assert_eq!(budget.counted(u64::MAX, NEW_YEAR).len(), 1);
        assert_eq!(budget.level(), Level::Full);
    }
}
