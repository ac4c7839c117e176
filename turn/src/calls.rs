//! What the relay knows about calls: who was given a credential, who was revoked, which candidate
//! addresses were signalled, and who used how much.
//!
//! Control plane only: behind one lock that no packet ever takes. Bounded by the number of calls;
//! a call that nobody has touched for a day and that holds no allocation is forgotten by itself.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use crate::usage::{CallUsage, Meter, ParticipantUsage};

/// Seconds after which an untouched call without an allocation is forgotten.
const IDLE_SECONDS: u64 = 24 * 3600;

/// Names a call on the data plane; never 0, never used twice within a process's life of 4 billion
/// calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CallTag(pub u32);

/// Why a new allocation cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The participant holds all it may: 486.
    Participant,
    /// Too many calls are remembered: 508.
    Calls,
}

pub(crate) struct Calls {
    calls: Mutex<HashMap<Box<str>, Call>>,
    next_tag: AtomicU32,
    calls_max: usize,
    candidates_max: usize,
    per_participant_max: usize,
    horizon: u64,
}

struct Call {
    tag: CallTag,
    candidates: VecDeque<IpAddr>,
    participants: HashMap<Box<str>, Participant>,
    revoked_until: u64,
    touched: u64,
}

#[derive(Default)]
struct Participant {
    latest_minted: u64,
    revoked_until: u64,
    closed: ParticipantUsage,
    live: Vec<Arc<Meter>>,
    /// What [`Calls::collect`] has given out of the sums above.
    collected: ParticipantUsage,
}

impl Calls {
    pub fn new(limits: &crate::Limits, horizon_seconds: u64) -> Calls {
        Calls {
            calls: Mutex::default(),
            next_tag: AtomicU32::new(1),
            calls_max: limits.calls,
            candidates_max: limits.candidates_per_call,
            per_participant_max: limits.allocations_per_participant,
            horizon: horizon_seconds,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Call>> {
        self.calls.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn call<'a>(
        &self,
        calls: &'a mut HashMap<Box<str>, Call>,
        name: &str,
        unix: u64,
    ) -> Option<&'a mut Call> {
        if !calls.contains_key(name) {
            if calls.len() >= self.calls_max {
                calls.retain(|_, call| !call.idle(unix));
            }
            if calls.len() >= self.calls_max {
                return None;
            }
            let tag = CallTag(self.next_tag.fetch_add(1, Relaxed).max(1));
            calls.insert(
                name.into(),
                Call {
                    tag,
                    candidates: VecDeque::new(),
                    participants: HashMap::new(),
                    revoked_until: 0,
                    touched: unix,
                },
            );
        }
        let call = calls.get_mut(name)?;
        call.touched = unix;
        Some(call)
    }

    /// Notes a credential that is about to be signed, and gives its expiry: never one that a
    /// revocation covers.
    pub fn mint(&self, name: &str, participant: &str, expires: u64, unix: u64) -> u64 {
        let mut calls = self.lock();
        let Some(call) = self.call(&mut calls, name, unix) else {
            return expires;
        };
        let whole = call.revoked_until;
        let entry = call.participants.entry(participant.into()).or_default();
        let expires = expires.max(entry.revoked_until + 1).max(whole + 1).max(1);
        entry.latest_minted = entry.latest_minted.max(expires);
        expires
    }

    /// Refuses every credential of this participant (or of the whole call) that was signed so far.
    /// Gives the call's tag if the relay knows the call.
    pub fn revoke(&self, name: &str, participant: Option<&str>, unix: u64) -> Option<CallTag> {
        // Credentials of before a restart are not remembered: they end at the horizon at the latest.
        let everything = unix + self.horizon;
        let mut calls = self.lock();
        let call = self.call(&mut calls, name, unix)?;
        match participant {
            Some(participant) => {
                let entry = call.participants.entry(participant.into()).or_default();
                let until = if entry.latest_minted > 0 {
                    entry.latest_minted
                } else {
                    everything
                };
                entry.revoked_until = entry.revoked_until.max(until);
            }
            None => {
                let latest = call
                    .participants
                    .values()
                    .map(|p| p.latest_minted)
                    .max()
                    .unwrap_or(0);
                let until = if latest > 0 { latest } else { everything };
                call.revoked_until = call.revoked_until.max(until);
            }
        }
        Some(call.tag)
    }

    /// Whether a credential that ends at `expires` has been revoked.
    pub fn revoked(&self, name: &str, participant: &str, expires: u64) -> bool {
        let calls = self.lock();
        let Some(call) = calls.get(name) else {
            return false;
        };
        let own = call
            .participants
            .get(participant)
            .map_or(0, |p| p.revoked_until);
        expires <= own.max(call.revoked_until)
    }

    /// Makes room for one more allocation and gives the call's tag and a fresh meter.
    pub fn open(
        &self,
        name: &str,
        participant: &str,
        unix: u64,
    ) -> Result<(CallTag, Arc<Meter>), Full> {
        let mut calls = self.lock();
        let per_participant_max = self.per_participant_max;
        let call = self.call(&mut calls, name, unix).ok_or(Full::Calls)?;
        let tag = call.tag;
        let entry = call.participants.entry(participant.into()).or_default();
        if entry.live.len() >= per_participant_max {
            return Err(Full::Participant);
        }
        let meter = Arc::new(Meter::default());
        entry.live.push(meter.clone());
        entry.closed.allocations += 1;
        Ok((tag, meter))
    }

    /// Books a closed allocation's meter.
    pub fn close(&self, name: &str, participant: &str, meter: &Arc<Meter>) {
        let mut calls = self.lock();
        let Some(call) = calls.get_mut(name) else {
            return;
        };
        let Some(entry) = call.participants.get_mut(participant) else {
            return;
        };
        if let Some(at) = entry.live.iter().position(|live| Arc::ptr_eq(live, meter)) {
            entry.live.swap_remove(at).add_to(&mut entry.closed);
        }
    }

    /// Remembers a signalled candidate of a call.
    pub fn admit(&self, name: &str, ip: IpAddr, unix: u64) {
        let candidates_max = self.candidates_max;
        let mut calls = self.lock();
        let Some(call) = self.call(&mut calls, name, unix) else {
            return;
        };
        if call.candidates.contains(&ip) {
            return;
        }
        if call.candidates.len() >= candidates_max {
            call.candidates.pop_front();
        }
        call.candidates.push_back(ip);
    }

    /// The call's name on the data plane.
    pub fn tag(&self, name: &str) -> Option<CallTag> {
        self.lock().get(name).map(|call| call.tag)
    }

    /// Whether this address was signalled in this call.
    pub fn admitted(&self, name: &str, ip: IpAddr) -> bool {
        self.lock()
            .get(name)
            .is_some_and(|call| call.candidates.contains(&ip))
    }

    /// The sums of one call, live meters included.
    pub fn usage(&self, name: &str) -> CallUsage {
        self.lock().get(name).map(Call::usage).unwrap_or_default()
    }

    /// What was used since the last time this was asked: whoever adds the answers up counts every
    /// packet once, whatever comes and goes meanwhile.
    pub fn collect(&self, name: &str) -> CallUsage {
        let mut calls = self.lock();
        let Some(call) = calls.get_mut(name) else {
            return CallUsage::default();
        };
        let mut usage = call.usage();
        usage.participants.retain_mut(|sum| {
            let Some(entry) = call.participants.get_mut(sum.participant.as_str()) else {
                return false;
            };
            let before = std::mem::replace(&mut entry.collected, sum.clone());
            sum.subtract(&before);
            sum.moved()
        });
        usage
    }

    /// Drops all that is known of a call and gives its sums. What still lives in it must have been
    /// revoked before; what is metered afterwards is not counted.
    ///
    /// A revocation is remembered until the credentials that it covers have ended by themselves.
    pub fn forget(&self, name: &str, unix: u64) -> CallUsage {
        let mut calls = self.lock();
        let Some(call) = calls.get_mut(name) else {
            return CallUsage::default();
        };
        let usage = call.usage();
        if call.revoked_until > unix {
            call.participants = HashMap::new();
            call.candidates = VecDeque::new();
        } else {
            calls.remove(name);
        }
        usage
    }

    /// How many calls are remembered.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.lock().len()
    }
}

impl Call {
    fn idle(&self, unix: u64) -> bool {
        let forgotten = self.participants.is_empty() && unix > self.revoked_until;
        let untouched = unix > self.touched + IDLE_SECONDS;
        forgotten || untouched && self.participants.values().all(|p| p.live.is_empty())
    }

    fn usage(&self) -> CallUsage {
        let mut participants: Vec<ParticipantUsage> = self
            .participants
            .iter()
            .filter(|(_, entry)| entry.closed.allocations > 0)
            .map(|(name, entry)| {
                let mut sum = entry.closed.clone();
                sum.participant = name.to_string();
                sum.allocations_live = entry.live.len() as u64;
                entry.live.iter().for_each(|meter| meter.add_to(&mut sum));
                sum
            })
            .collect();
        participants.sort_by(|a, b| a.participant.cmp(&b.participant));
        CallUsage { participants }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> Calls {
        Calls::new(
            &crate::Limits {
                allocations_per_participant: 2,
                calls: 2,
                candidates_per_call: 2,
                ..Default::default()
            },
            1000,
        )
    }

    #[test]
    fn a_revoked_credential_stays_out_and_a_new_one_comes_in() {
        let calls = calls();
        let old = calls.mint("c", "p", 500, 100);
        assert!(!calls.revoked("c", "p", old));
        calls.revoke("c", Some("p"), 100);
        assert!(calls.revoked("c", "p", old));
        assert!(!calls.revoked("c", "other", old));
        let new = calls.mint("c", "p", 500, 100);
        assert!(new > old && !calls.revoked("c", "p", new) && calls.revoked("c", "p", old));
    }

    #[test]
    fn a_whole_call_is_revoked_even_for_credentials_of_before_a_restart() {
        let calls = calls();
        calls.revoke("c", None, 100);
        assert!(calls.revoked("c", "anyone", 1100));
        assert_eq!(calls.mint("c", "anyone", 200, 100), 1101);
    }

    #[test]
    fn quotas_are_per_participant_and_per_call_table() {
        let calls = calls();
        let (_, meter) = calls.open("c", "p", 0).unwrap();
        calls.open("c", "p", 0).unwrap();
        assert_eq!(calls.open("c", "p", 0).unwrap_err(), Full::Participant);
        calls.open("c", "q", 0).unwrap();
        calls.open("d", "q", 0).unwrap();
        assert_eq!(calls.open("e", "q", 0).unwrap_err(), Full::Calls);
        calls.close("c", "p", &meter);
        calls.open("c", "p", 0).unwrap();
    }

    #[test]
    fn live_and_closed_meters_add_up() {
        let calls = calls();
        let (_, meter) = calls.open("c", "p", 0).unwrap();
        meter.up(100);
        meter.down(7);
        assert_eq!(calls.usage("c").bytes(), 107);
        calls.close("c", "p", &meter);
        let usage = calls.usage("c");
        assert_eq!(
            (
                usage.bytes(),
                usage.participants[0].allocations_live,
                usage.participants[0].allocations
            ),
            (107, 0, 1)
        );
        assert_eq!(calls.forget("c", 0), usage);
        assert_eq!(calls.usage("c").bytes(), 0);
        assert_eq!(calls.len(), 0);
    }

    #[test]
    fn what_is_collected_piece_by_piece_is_the_sum() {
        let calls = calls();
        let (_, meter) = calls.open("c", "p", 0).unwrap();
        meter.up(100);
        let first = calls.collect("c");
        assert_eq!((first.bytes(), first.participants.len()), (100, 1));
        assert_eq!(calls.collect("c"), CallUsage::default(), "nothing new");
        meter.up(11);
        meter.dropped();
        calls.close("c", "p", &meter);
        let (_, second) = calls.open("c", "p", 0).unwrap();
        second.down(7);
        let rest = calls.collect("c");
        let rest = &rest.participants[0];
        assert_eq!((rest.up.bytes, rest.up.packets), (11, 1));
        assert_eq!((rest.down.bytes, rest.dropped), (7, 1));
        assert_eq!(calls.usage("c").bytes(), 118, "the sums stay");
        assert_eq!(calls.collect("nobody"), CallUsage::default());
    }

    #[test]
    fn a_forgotten_call_stays_revoked() {
        let calls = calls();
        let old = calls.mint("c", "p", 500, 100);
        calls.revoke("c", None, 100);
        calls.forget("c", 100);
        assert!(calls.revoked("c", "p", old) && calls.usage("c").participants.is_empty());
        calls.forget("c", 501);
        assert_eq!(calls.len(), 0);
    }

    #[test]
    fn candidates_are_bounded() {
        let calls = calls();
        for last in 1..=3u8 {
            calls.admit("c", IpAddr::from([8, 8, 8, last]), 0);
        }
        assert!(!calls.admitted("c", IpAddr::from([8, 8, 8, 1])));
        assert!(calls.admitted("c", IpAddr::from([8, 8, 8, 3])));
        assert!(!calls.admitted("d", IpAddr::from([8, 8, 8, 3])));
    }

    #[test]
    fn an_untouched_call_makes_room_after_a_day() {
        let calls = calls();
        calls.mint("a", "p", 10, 0);
        calls.mint("b", "p", 10, 0);
        calls.mint("c", "p", 10, 10);
        assert_eq!(calls.len(), 2);
        calls.mint("c", "p", 10, IDLE_SECONDS + 1);
        assert_eq!(calls.len(), 1);
    }
}
