//! What is known of the certificate in use: for `/health`, metrics, the doctor, and those who must
//! know whether browsers trust it. Written by the keeper, read by everybody.

use std::sync::{Mutex, MutexGuard, PoisonError};

use parlor_domain::{
    certificate::{Age, Validity},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Where the certificate in use comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Files that the operator named.
    Files,
    /// An authority.
    Authority,
    /// An authority for trying things out.
    Staging,
    /// Made here.
    SelfSigned,
}

impl Origin {
    /// Whether browsers may trust it: then they are offered TLS to the relay, and told to come by
    /// https only. Doing that with any other would lock people out.
    pub fn trusted(self) -> bool {
        matches!(self, Self::Files | Self::Authority)
    }
}

/// What is known now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it should come from somewhere: files or an authority are configured.
    pub wanted: bool,
    /// Seconds until it is over.
    pub expires_s: i64,
    /// Why there is no better one: the last attempt's sentence.
    pub trouble: Option<String>,
}

struct Inner {
    origin: Origin,
    validity: Validity,
    trouble: Option<String>,
}

/// The one place.
pub struct Status {
    inner: Mutex<Inner>,
    wanted: bool,
}

/// How the certificate is, in one word for `/health`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// None is configured.
    Off,
    /// Good for long.
    Well,
    /// Good, but should have been renewed; with a sentence.
    Ending(String),
    /// Browsers refuse it; with a sentence.
    Failed(String),
}

impl Status {
    pub(super) fn new(origin: Origin, validity: Validity, wanted: bool) -> Self {
        Self {
            inner: Mutex::new(Inner {
                origin,
                validity,
                trouble: None,
            }),
            wanted,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn took(&self, origin: Origin, validity: Validity) {
        *self.inner() = Inner {
            origin,
            validity,
            trouble: None,
        };
    }

    pub(super) fn failed(&self, words: &str) {
        self.inner().trouble = Some(words.to_owned());
    }

    /// Whether browsers may trust what is shown.
    pub fn trusted(&self) -> bool {
        self.inner().origin.trusted()
    }

    /// Everything.
    pub fn known(&self, now: Timestamp) -> Known {
        let inner = self.inner();
        Known {
            origin: inner.origin,
            wanted: self.wanted,
            expires_s: inner.validity.until.since(now).0.div_euclid(1_000),
            trouble: inner.trouble.clone(),
        }
    }

    /// How it is.
    pub fn verdict(&self, now: Timestamp) -> Verdict {
        if !self.wanted {
            return Verdict::Off;
        }
        let inner = self.inner();
        let why = match &inner.trouble {
            Some(words) => format!(": {words}"),
            None => String::new(),
        };
        if inner.origin == Origin::SelfSigned {
            return match &inner.trouble {
                Some(_) => {
                    Verdict::Failed(format!("there is no certificate yet, browsers warn{why}"))
                }
                None => Verdict::Ending("the certificate is being asked for".into()),
            };
        }
        match inner.validity.age(now) {
            Age::Good => Verdict::Well,
            Age::NotYet => Verdict::Failed(
                "the certificate is not good yet: is this machine's clock right?".into(),
            ),
            Age::Ending => Verdict::Ending(format!(
                "the certificate expires in {} hours and was not renewed{why}",
                inner.validity.until.since(now).0 / 3_600_000
            )),
            Age::Over => Verdict::Failed(format!(
                "the certificate has expired, browsers refuse it: renew it{why}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_sentence_comes_with_whatever_is_not_well() {
        let validity = Validity {
            from: Timestamp(0),
            until: Timestamp(90 * DAY),
        };
        let at = |day: i64| Timestamp(day * DAY);
        let status = Status::new(Origin::Authority, validity, true);
        assert_eq!(status.verdict(at(1)), Verdict::Well);
        assert_eq!(status.known(at(89)).expires_s, 86_400);
        status.failed("open 443/tcp");
        assert_eq!(status.verdict(at(1)), Verdict::Well, "there is time");
        let Verdict::Ending(words) = status.verdict(at(80)) else {
            panic!("nobody is told");
        };
        assert!(
            words.contains("240 hours") && words.contains("open 443/tcp"),
            "{words}"
        );
        assert!(matches!(status.verdict(at(91)), Verdict::Failed(_)));
        let own = Status::new(Origin::SelfSigned, validity, true);
        assert!(matches!(own.verdict(at(1)), Verdict::Ending(_)) && !own.trusted());
        own.failed("open 443/tcp");
        assert!(matches!(own.verdict(at(1)), Verdict::Failed(_)));
        own.took(Origin::Staging, validity);
        assert_eq!((own.verdict(at(1)), own.trusted()), (Verdict::Well, false));
        let unwanted = Status::new(Origin::SelfSigned, validity, false);
        assert_eq!(unwanted.verdict(at(1)), Verdict::Off);
    }
}
