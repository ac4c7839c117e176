//! What an answer says about the share it was taken from: `RateLimit-Policy` and `RateLimit` as
//! draft-ietf-httpapi-ratelimit-headers-11 (May 2026) writes them. `Retry-After`, which every client
//! knows, is the refusal's own.

use parlor_domain::quota::Standing;

use super::refuse;
use crate::error::ApiError;

/// One request that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a refusal that nobody looks at lets the request pass"]
pub struct Counted {
    bucket: &'static str,
    standing: Standing,
}

impl Counted {
    pub(super) fn new(bucket: &'static str, standing: Standing) -> Self {
        Self { bucket, standing }
    }

    /// Whether it passes.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn check(&self) -> Result<(), ApiError> {
        refuse(self.standing)
    }

    /// An item of `RateLimit-Policy`: so many (`q`) in so many seconds (`w`).
    pub fn policy(&self) -> String {
        let quota = self.standing.quota;
        let seconds = quota.span.0 / 1_000;
        format!("\"{}\";q={};w={seconds}", self.bucket, quota.count)
    }

    /// An item of `RateLimit`: so many are left (`r`), and all are there again in so many seconds (`t`).
    pub fn limit(&self) -> String {
        let seconds = (self.standing.whole_in.0 + 999) / 1_000;
        let left = self.standing.remaining;
        format!("\"{}\";r={left};t={seconds}", self.bucket)
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{
        quota::{Quota, Quotas},
        time::{Millis, Timestamp},
    };

    use super::*;

    #[test]
    fn what_the_headers_say() {
        let quota = Quota {
            count: 100,
            span: Millis::from_mins(15),
        };
        let mut quotas = Quotas::new(quota, 10);
        let counted = Counted::new("calls", quotas.take(&1, Timestamp(0)));
        assert_eq!(counted.policy(), "\"calls\";q=100;w=900");
        assert_eq!(counted.limit(), "\"calls\";r=99;t=9");
    }
}
