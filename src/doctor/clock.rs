//! Whether the clock is right: the kernel's word, and the time of those who are asked anyway (gateways,
//! a browser). Nobody is asked for the time alone, so nothing leaves the machine for it.

use jiff::fmt::rfc2822::DateTimeParser;
use parlor_domain::time::Timestamp;

use super::finding::{Check, Finding, Says};

/// Further apart is wrong: credentials, second factors and certificates are near their limits. An
/// answer's way and whole seconds are far below it.
const APART_S: i64 = 60;

/// What time it was elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Who said so.
    pub who: String,
    /// By how many seconds our clock is ahead of it.
    pub ahead_s: i64,
}

impl Elsewhere {
    /// From the `Date` of an answer that came now.
    pub fn of_date(who: &str, date: &str, now: Timestamp) -> Option<Self> {
        let there = DateTimeParser::new().parse_timestamp(date).ok()?;
        Some(Self {
            who: who.to_owned(),
            ahead_s: now.0.div_euclid(1_000) - there.as_second(),
        })
    }
}

/// What the kernel knows of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Something keeps it right.
    Kept,
    /// Nothing does.
    Free,
    /// It does not say (a hardened unit may not ask).
    Mute,
}

/// Asks the kernel; changes nothing.
pub fn kernel() -> Kernel {
    // SAFETY: all zeros is a valid `timex`; with no modes the kernel only fills it.
    let state = unsafe {
        let mut time: libc::timex = std::mem::zeroed();
        libc::adjtimex(&raw mut time)
    };
    match state {
        libc::TIME_ERROR => Kernel::Free,
        state if state >= 0 => Kernel::Kept,
        _ if std::path::Path::new("/run/systemd/timesync/synchronized").exists() => Kernel::Kept,
        _ => Kernel::Mute,
    }
}

/// One sentence of it all. When clocks elsewhere differ, the middle one counts: one of them may be
/// wrong itself.
pub fn judge(kernel: Kernel, mut clocks: Vec<Elsewhere>) -> Finding {
    let new = |says| Finding::new(Check::Clock, "", says);
    clocks.sort_by_key(|it| it.ahead_s.abs());
    let middle = clocks.get(clocks.len().saturating_sub(1) / 2);
    let who = || {
        let agreed = clocks.iter().filter(|it| it.ahead_s.abs() <= APART_S);
        agreed
            .map(|it| it.who.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (middle, kernel) {
        (Some(it), _) if it.ahead_s.abs() > APART_S => {
            let says = match it.ahead_s > 0 {
                true => Says::ClockAhead,
                false => Says::ClockBehind,
            };
            new(says)
                .with("seconds", it.ahead_s.abs())
                .with("who", &it.who)
                .command("timedatectl set-ntp true")
        }
        (_, Kernel::Free) => new(Says::ClockFree)
            .command("apt install systemd-timesyncd")
            .command("timedatectl set-ntp true"),
        (Some(_), _) => new(Says::ClockAgrees).with("who", who()),
        (None, Kernel::Kept) => new(Says::ClockKept),
        (None, Kernel::Mute) => new(Says::ClockUnknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_elsewhere_count_for_more_than_the_kernel_and_the_middle_one_for_most() {
        let at = |all: &[i64]| {
            let clocks = all.iter().map(|ahead_s| Elsewhere {
                who: "somebody".into(),
                ahead_s: *ahead_s,
            });
            clocks.collect::<Vec<_>>()
        };
        for (kernel, clocks, says) in [
            (Kernel::Mute, at(&[]), Says::ClockUnknown),
            (Kernel::Kept, at(&[]), Says::ClockKept),
            (Kernel::Free, at(&[]), Says::ClockFree),
            (Kernel::Free, at(&[1]), Says::ClockFree),
            (Kernel::Kept, at(&[-2, 3]), Says::ClockAgrees),
            (Kernel::Kept, at(&[3_600]), Says::ClockAhead),
            (Kernel::Mute, at(&[-3_600]), Says::ClockBehind),
            (Kernel::Kept, at(&[0, 7_200]), Says::ClockAgrees),
            (Kernel::Kept, at(&[-7_201, -7_200, 1]), Says::ClockBehind),
        ] {
            assert_eq!(
                judge(kernel, clocks.clone()).says,
                says,
                "{kernel:?} {clocks:?}"
            );
        }
    }

    #[test]
    fn a_date_of_http_is_read() {
        let now = Timestamp(784_111_777_000 + 90_000);
        let read = |date| Elsewhere::of_date("x", date, now).map(|it| it.ahead_s);
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(90));
        assert_eq!(read("yesterday"), None);
    }
}
