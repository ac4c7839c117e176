//! What a browser elsewhere reached: the one view that a server cannot have of itself. The browser only
//! reports; what it means is decided here. Kept in memory for a while, so that the command shows it, too.

use std::sync::{Arc, Mutex, PoisonError};

use parlor_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Place,
    clock::Elsewhere,
    finding::{Check, Finding, Says},
    range,
    relay::opening,
    url::{IceUrl, Scheme},
};

const MINUTE_MS: i64 = 60_000;
/// What was seen longer ago says nothing any more.
const OLD_MIN: i64 = 7 * 24 * 60;
/// A clock may have been set since.
const CLOCK_OLD_MIN: i64 = 30;

/// One address that it tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// As browsers are given it.
    pub url: String,
    /// Whether it got an address by it.
    pub arrived: bool,
    /// What it was told instead.
    pub code: Option<u16>,
}

/// What it reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When, by this machine's clock.
    pub at_ms: i64,
    /// By how many seconds this machine's clock is ahead of the browser's.
    pub ahead_s: i64,
    /// Where it opened the page.
    pub origin: String,
    /// Whether it is in this machine's own network: then it proves little.
    pub inside: bool,
    /// Each address.
    pub ways: Vec<Way>,
}

/// The last report.
#[derive(Clone, Default)]
pub struct Outside(Arc<Mutex<Option<Seen>>>);

impl Outside {
    /// Keeps it in the place of the one before.
    pub fn keep(&self, seen: Seen) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// It.
    pub fn last(&self) -> Option<Seen> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What it means, and what time it was there.
pub fn judge(place: &Place, now: Timestamp) -> (Vec<Finding>, Option<Elsewhere>) {
    let url = place.public_url();
    let never = || Finding::new(Check::Outside, "", Says::OutsideNever).with("url", url);
    let Some(facts) = &place.facts else {
        return (vec![], None);
    };
    let Some(seen) = &facts.outside else {
        return (vec![never()], None);
    };
    let minutes = (now.0 - seen.at_ms).max(0) / MINUTE_MS;
    if minutes > OLD_MIN {
        return (vec![never()], None);
    }
    let clock = (minutes <= CLOCK_OLD_MIN).then(|| Elsewhere {
        who: "browser".into(),
        ahead_s: seen.ahead_s,
    });
    let known = |way: &&Way| {
        let mut all = facts.stun_urls.iter().chain(&facts.turn_urls);
        all.any(|it| *it == way.url)
    };
    let ways = seen.ways.iter().filter(known);
    let mut findings = vec![page(url, seen, minutes)];
    findings.extend(ways.filter_map(|way| judge_way(way, seen.inside, minutes)));
    findings.extend(range::judge(place, &seen.ways, seen.inside, minutes));
    (findings, clock)
}

/// Whether the page itself came by the address that people type.
fn page(url: &str, seen: &Seen, minutes: i64) -> Finding {
    let says = match () {
        () if seen.origin != url => Says::OutsideElsewhere,
        () if seen.inside => return from_inside(url),
        () => Says::OutsideArrived,
    };
    Finding::new(Check::Outside, url, says)
        .with("url", url)
        .with("origin", &seen.origin)
        .with("minutes", minutes)
}

/// One sentence for all that a browser reached from the server's own network.
pub fn from_inside(about: &str) -> Finding {
    Finding::new(Check::Outside, about, Says::OutsideInside)
}

fn judge_way(way: &Way, inside: bool, minutes: i64) -> Option<Finding> {
    let url = IceUrl::parse(&way.url)?;
    let new = |says| {
        Finding::new(Check::Outside, &way.url, says)
            .with("minutes", minutes)
            .with("port", url.port)
    };
    Some(match (way.arrived, way.code) {
        (true, _) if inside => from_inside(&way.url),
        (true, _) => new(Says::OutsideArrived),
        (false, Some(code)) if code < 700 => new(Says::OutsideRefused).with("code", code),
        (false, _) if url.scheme == Scheme::TurnTls => {
            opening(new(Says::OutsideTls), url.protocol(), url.port)
        }
        (false, _) => opening(new(Says::OutsideClosed), url.protocol(), url.port),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, doctor::finding::tidy};

    const UDP: &str = "turn:a.example:3478?transport=udp";

    fn told(
        inside: bool,
        origin: &str,
        arrived: bool,
        code: Option<u16>,
        minutes: i64,
    ) -> Vec<Says> {
        let mut facts = crate::doctor::tests::facts("a.example");
        let way = |url: &str| Way {
            url: url.into(),
            arrived,
            code,
        };
        facts.outside = Some(Seen {
            at_ms: 0,
            ahead_s: 3,
            origin: origin.into(),
            inside,
            ways: vec![way(UDP), way("turn:not.ours:1")],
        });
        let place = Place {
            config: Config::default(),
            facts: Some(facts),
            stun: None,
        };
        let (findings, clock) = judge(&place, Timestamp(minutes * MINUTE_MS));
        assert_eq!(clock.is_some(), minutes <= CLOCK_OLD_MIN);
        tidy(findings).iter().map(|it| it.says).collect()
    }

    #[test]
    fn what_a_browser_reached_is_worth_something_from_elsewhere_and_for_a_while() {
        use Says::*;
        let own = "https://a.example";
        let from_elsewhere = told(false, own, true, None, 1);
        assert_eq!(from_elsewhere, [OutsideArrived, OutsideArrived]);
        assert_eq!(told(true, own, true, None, 1), [OutsideInside]);
        assert_eq!(
            told(false, "http://10.0.0.1:8080", false, Some(701), 1),
            [OutsideElsewhere, OutsideClosed]
        );
        assert_eq!(
            told(false, own, false, Some(401), 99),
            [OutsideArrived, OutsideRefused]
        );
        assert_eq!(told(false, own, true, None, OLD_MIN + 1), [OutsideNever]);
    }
}
