//! What the last look at everything found and the server does not see by itself while it runs: for `/health` and the
//! operator's alerts, which ask nobody.

use std::sync::{Arc, Mutex, PoisonError};

use super::finding::{Check, Finding, Verdict};

/// It.
#[derive(Clone, Default)]
pub struct Looked(Arc<Mutex<Option<String>>>);

impl Looked {
    /// Keeps that, in the place of what was found before.
    pub fn keep(&self, findings: &[Finding]) {
        let wrong = |it: &&Finding| it.check == Check::Address && it.verdict() == Verdict::Failed;
        let words = findings.iter().find(wrong).map(sentence);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// Why people elsewhere do not reach the relay by the address that they are told.
    pub fn address(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn sentence(it: &Finding) -> String {
    match it.remedy() {
        Some(remedy) => format!("{} {remedy}", it.saw()),
        None => it.saw(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Says;

    #[test]
    fn only_what_failed_the_last_time_is_kept() {
        let looked = Looked::default();
        let wrong = Finding::new(Check::Address, "", Says::AddressWrong)
            .with("who", "a.example")
            .with("ip", "198.200.0.1")
            .with("told", "10.0.0.1");
        let other = Finding::new(Check::Keys, "", Says::KeysMissing);
        looked.keep(&[other, wrong]);
        let words = looked.address().unwrap();
        assert!(
            words.contains("Set relay.public_ips to 198.200.0.1"),
            "{words}"
        );
        looked.keep(&[]);
        assert_eq!(looked.address(), None);
    }
}
