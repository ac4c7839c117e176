//! How well the media of a call did, for each person in it: counts and extremes, never any content.
//!
//! Everything in here was said by browsers, so every number is cut to what a call can have, and
//! nothing is decided by it. A book counts until a report is due, gives the count away, and begins
//! anew: what a crash loses is at most one report.

use std::collections::BTreeMap;

use crate::{event::LineLevel, id::UserId};

/// Longest round trip, jitter: a minute, in ms.
const MS_MAX: u32 = 60_000;
/// Most bits per second that are believed, kbit/s.
const KBPS_MAX: u32 = 1_000_000;
/// Most bytes of one report: a minute at a hundred Mbit/s.
const BYTES_MAX: u64 = 750_000_000;
/// Most freezes of one report.
const FREEZES_MAX: u32 = 1_000;
/// Reports that are counted together before they are written down.
const SAMPLES_PER_REPORT: u32 = 6;
/// Most people that one book knows at once; a room has fewer seats.
const PEOPLE_MAX: usize = 32;

/// What carries the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP, to the relay.
    Tls,
}

/// One report of one browser about the time since the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Its own judgement.
    pub level: Option<LineLevel>,
    /// Round trip, ms.
    pub rtt_ms: u32,
    /// Jitter, ms.
    pub jitter_ms: u32,
    /// Lost packets, thousandths.
    pub loss_permille: u16,
    /// Sent and received together, kbit/s.
    pub bitrate_kbps: u32,
    /// Through the relay.
    pub relay: bool,
    /// What carries the packets.
    pub transport: Option<Transport>,
    /// How often a picture stood still.
    pub freezes: u32,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
}

impl Sample {
    /// The same, with every number cut to what a call can have.
    pub fn bounded(self) -> Self {
        Self {
            rtt_ms: self.rtt_ms.min(MS_MAX),
            jitter_ms: self.jitter_ms.min(MS_MAX),
            loss_permille: self.loss_permille.min(1_000),
            bitrate_kbps: self.bitrate_kbps.min(KBPS_MAX),
            freezes: self.freezes.min(FREEZES_MAX),
            bytes_sent: self.bytes_sent.min(BYTES_MAX),
            bytes_received: self.bytes_received.min(BYTES_MAX),
            ..self
        }
    }
}

/// Reports of one person, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// How many reports.
    pub samples: u32,
    /// How many of them went through the relay.
    pub relayed: u32,
    /// How many over UDP, TCP, TLS.
    pub transports: [u32; 3],
    /// How many of each level, 1 to 4.
    pub levels: [u32; 4],
    /// Sum of the round trips, ms.
    pub rtt_sum_ms: u64,
    /// Longest round trip, ms.
    pub rtt_max_ms: u32,
    /// Sum of the losses, thousandths.
    pub loss_sum_permille: u64,
    /// Highest loss, thousandths.
    pub loss_max_permille: u16,
    /// How often a picture stood still.
    pub freezes: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
}

impl Quality {
    /// Counts one report.
    pub fn add(&mut self, sample: Sample) {
        let it = sample.bounded();
        self.samples += 1;
        self.relayed += u32::from(it.relay);
        if let Some(transport) = it.transport {
            self.transports[transport as usize] += 1;
        }
        if let Some(level) = it.level {
            self.levels[usize::from(level.get() - 1)] += 1;
        }
        self.rtt_sum_ms += u64::from(it.rtt_ms);
        self.rtt_max_ms = self.rtt_max_ms.max(it.rtt_ms);
        self.loss_sum_permille += u64::from(it.loss_permille);
        self.loss_max_permille = self.loss_max_permille.max(it.loss_permille);
        self.freezes += u64::from(it.freezes);
        self.bytes_sent = self.bytes_sent.saturating_add(it.bytes_sent);
        self.bytes_received = self.bytes_received.saturating_add(it.bytes_received);
    }

    /// Both counts together.
    pub fn plus(self, other: Self) -> Self {
        let sum = |a: &[u32], b: &[u32], i: usize| a[i].saturating_add(b[i]);
        Self {
            samples: self.samples.saturating_add(other.samples),
            relayed: self.relayed.saturating_add(other.relayed),
            transports: std::array::from_fn(|i| sum(&self.transports, &other.transports, i)),
            levels: std::array::from_fn(|i| sum(&self.levels, &other.levels, i)),
            rtt_sum_ms: self.rtt_sum_ms.saturating_add(other.rtt_sum_ms),
            rtt_max_ms: self.rtt_max_ms.max(other.rtt_max_ms),
            loss_sum_permille: self
                .loss_sum_permille
                .saturating_add(other.loss_sum_permille),
            loss_max_permille: self.loss_max_permille.max(other.loss_max_permille),
            freezes: self.freezes.saturating_add(other.freezes),
            bytes_sent: self.bytes_sent.saturating_add(other.bytes_sent),
            bytes_received: self.bytes_received.saturating_add(other.bytes_received),
        }
    }

    /// Mean round trip, ms; none without a report.
    pub fn rtt_mean_ms(&self) -> Option<u64> {
        self.rtt_sum_ms.checked_div(u64::from(self.samples))
    }

    /// Mean loss, thousandths; none without a report.
    pub fn loss_mean_permille(&self) -> Option<u64> {
        self.loss_sum_permille.checked_div(u64::from(self.samples))
    }

    /// The level that half of the time was better than or as good as; none when none was said.
    pub fn level(&self) -> Option<LineLevel> {
        let all: u32 = self.levels.iter().sum();
        let mut seen = 0;
        for (index, count) in self.levels.iter().enumerate() {
            seen += count;
            if seen > 0 && seen * 2 >= all {
                return LineLevel::new(index as u8 + 1);
            }
        }
        None
    }
}

/// The counts of a running call that are not written down yet.
#[derive(Clone, Debug, Default)]
pub struct QualityBook(BTreeMap<UserId, Quality>);

impl QualityBook {
    /// Counts a report. Gives back what should be written down now, if so.
    pub fn add(&mut self, user: UserId, sample: Sample) -> Option<Quality> {
        if self.0.len() >= PEOPLE_MAX && !self.0.contains_key(&user) {
            return None;
        }
        let count = self.0.entry(user).or_default();
        count.add(sample);
        let due = count.samples >= SAMPLES_PER_REPORT;
        due.then(|| self.take(user)).flatten()
    }

    /// What is not written down yet of one person, who is gone.
    pub fn take(&mut self, user: UserId) -> Option<Quality> {
        self.0.remove(&user)
    }

    /// What is not written down yet of anybody; the call is over.
    pub fn close(&mut self) -> BTreeMap<UserId, Quality> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn sample(level: u8, rtt_ms: u32, relay: bool) -> Sample {
        Sample {
            level: LineLevel::new(level),
            rtt_ms,
            relay,
            transport: Some(if relay {
                Transport::Tls
            } else {
                Transport::Udp
            }),
            bytes_sent: 100,
            ..Sample::default()
        }
    }

    #[test]
    fn reports_add_up_and_the_level_is_the_middle_one() {
        let mut it = Quality::default();
        assert_eq!((it.level(), it.rtt_mean_ms()), (None, None));
        for (level, rtt, relay) in [
            (4, 20, false),
            (4, 40, false),
            (2, 300, true),
            (1, 40, true),
        ] {
            it.add(sample(level, rtt, relay));
        }
        assert_eq!((it.samples, it.relayed, it.transports), (4, 2, [2, 0, 2]));
        assert_eq!((it.rtt_mean_ms(), it.rtt_max_ms), (Some(100), 300));
        assert_eq!(it.level().map(LineLevel::get), Some(2));
        assert_eq!(it.plus(it).bytes_sent, 800);
    }

    #[test]
    fn what_a_browser_claims_is_cut_to_what_can_be() {
        let mut it = Quality::default();
        for _ in 0..3 {
            it.add(Sample {
                rtt_ms: u32::MAX,
                loss_permille: u16::MAX,
                freezes: u32::MAX,
                bytes_sent: u64::MAX,
                ..Sample::default()
            });
        }
        assert_eq!(it.rtt_max_ms, MS_MAX);
        assert_eq!(it.loss_max_permille, 1_000);
        assert_eq!(it.freezes, 3_000);
        assert_eq!(it.bytes_sent, 3 * BYTES_MAX);
    }

    #[test]
    fn a_book_gives_each_count_away_once() {
        let user = |n| UserId(Uuid::from_u128(n));
        let mut book = QualityBook::default();
        let given: Vec<u32> = (0..13)
            .filter_map(|_| book.add(user(1), sample(4, 9, false)))
            .map(|count| count.samples)
            .collect();
        assert_eq!(given, [6, 6]);
        book.add(user(2), sample(4, 9, false));
        assert_eq!(book.take(user(1)).map(|count| count.samples), Some(1));
        assert_eq!(book.take(user(1)), None);
        assert_eq!(book.close().len(), 1);
        for n in 0..100 {
            book.add(user(n), sample(4, 9, false));
        }
        assert_eq!(book.close().len(), PEOPLE_MAX);
    }
}
