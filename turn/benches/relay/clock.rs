//! Clocks and counters of the kernel: time, processor time, memory; and a histogram of delays.

use std::{fs, sync::OnceLock, time::Instant};

/// Nanoseconds since this process first asked.
pub fn now_ns() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// Processor seconds of all threads of a process: from `schedstat`, which counts nanoseconds, or
/// where the kernel has none from `stat`, which counts hundredths.
pub fn cpu_seconds(pid: u32) -> f64 {
    let exact = sum_of_threads(pid);
    if exact > 0.0 {
        exact
    } else {
        stat_seconds(pid)
    }
}

fn sum_of_threads(pid: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return 0.0;
    };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e9
}

fn stat_seconds(pid: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let behind_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: f64 = behind_name
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// Busy seconds of the whole machine.
pub fn machine_seconds() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> = text
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .filter_map(|ticks| ticks.parse().ok())
        .collect();
    // user, nice, system, and behind idle and iowait: irq, softirq, steal
    [0, 1, 2, 5, 6, 7]
        .iter()
        .filter_map(|i| fields.get(*i))
        .sum::<f64>()
        / 100.0
}

/// Delays in 32 steps per power of two, from 64 ns up.
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            counts: vec![0; 32 * 40],
            total: 0,
        }
    }
}

impl Histogram {
    /// Counts one delay.
    pub fn add(&mut self, ns: u64) {
        let ns = ns.max(64);
        let power = 63 - ns.leading_zeros() as usize;
        let step = (ns >> (power - 5)) as usize & 31;
        let at = ((power - 6) * 32 + step).min(self.counts.len() - 1);
        self.counts[at] += 1;
        self.total += 1;
    }

    /// The delay in microseconds that this share of all does not exceed.
    pub fn quantile_us(&self, share: f64) -> f64 {
        let wanted = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                let middle = (at % 32 + 32) as f64 + 0.5;
                return middle * 2f64.powi((at / 32 + 1) as i32) / 1000.0;
            }
        }
        f64::NAN
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
    }
}
