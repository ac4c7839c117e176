//! What all shards and the control handle share.

use std::sync::{Arc, RwLock};

use crate::{RelayConfig, Secret, calls::Calls, tls::CurrentCertificate, usage::RelayStats};

pub(crate) struct Shared {
    pub config: RelayConfig,
    pub calls: Calls,
    pub certificate: Arc<CurrentCertificate>,
    secrets: RwLock<Vec<Secret>>,
}

impl Shared {
    pub fn new(mut config: RelayConfig) -> Shared {
        Shared {
            calls: Calls::new(&config.limits, config.credential_horizon.as_secs()),
            certificate: CurrentCertificate::new(config.certificate.take()),
            secrets: RwLock::new(std::mem::take(&mut config.secrets)),
            config,
        }
    }

    pub fn minting_secret(&self) -> Secret {
        self.secrets.read().unwrap_or_else(|e| e.into_inner())[0].clone()
    }

    pub fn set_secrets(&self, secrets: Vec<Secret>) {
        if !secrets.is_empty() {
            *self.secrets.write().unwrap_or_else(|e| e.into_inner()) = secrets;
        }
    }

    pub fn revoke(&self, call: &str, participant: Option<&str>, unix: u64) {
        self.calls.revoke(call, participant, unix);
    }

    pub fn set_month_bytes(&self, _bytes: u64) {}

    pub fn stats(&self) -> RelayStats {
        RelayStats::default()
    }
}
