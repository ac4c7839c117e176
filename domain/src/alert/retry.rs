//! When a notice that was not taken is tried again. The waits grow to half an hour; after a day nobody
//! needs it any more, because what goes on is told anew.

use crate::time::Millis;

const WAITS: [Millis; 5] = [
    Millis::from_secs(10),
    Millis::from_secs(30),
    Millis::from_mins(2),
    Millis::from_mins(10),
    Millis::from_mins(30),
];
/// Tries in all: those of the table, then one each half hour for a day.
const TRIES_MAX: u32 = 52;

/// How long to wait after the `tries`th try (from 1) failed; none when it is given up. `asked` is what
/// the other side wants: it is heard, up to half an hour.
pub fn wait(tries: u32, asked: Option<Millis>) -> Option<Millis> {
    if tries >= TRIES_MAX {
        return None;
    }
    let longest = WAITS[WAITS.len() - 1];
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(WAITS.len());
    let own = WAITS.get(index).copied().unwrap_or(longest);
    Some(own.max(asked.unwrap_or(Millis::ZERO)).min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end_within_a_day() {
        assert_eq!(wait(1, None), Some(Millis::from_secs(10)));
        assert_eq!(wait(1, Some(Millis::from_secs(45))), Some(Millis(45_000)));
        assert_eq!(wait(1, Some(Millis(i64::MAX))), Some(WAITS[4]));
        assert_eq!(wait(5, Some(Millis(1))), Some(WAITS[4]));
        assert_eq!(wait(20, None), Some(WAITS[4]));
        let all: i64 = (1..).map_while(|n| wait(n, None)).map(|it| it.0).sum();
        assert!((23..=25).contains(&(all / 3_600_000)), "{all}");
    }
}
