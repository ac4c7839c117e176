//! The operator's switch: read from memory by every door, written before it counts.
//!
//! The store has it, so that it outlives a restart; nothing else decides by it but
//! [`Services::unless_held`] and [`Services::door`].

use std::sync::{PoisonError, RwLock};

use parlor_data::{Store, nouns::maintenance as rows};
use parlor_domain::{
    audit::{Action, Attempt, Who},
    maintenance::{Kind, Maintenance},
    meeting::{Joinable, Meeting},
    time::Timestamp,
};

use super::{ServiceError, Services};

/// How it stands, in memory.
pub(super) struct Switch(RwLock<Maintenance>);

impl Switch {
    /// As the store has it. What cannot be read is off: nobody is kept out by a broken row.
    pub fn of(store: &Store) -> Self {
        Self(RwLock::new(rows::load(store).unwrap_or_else(|error| {
            tracing::error!(%error, "how the maintenance switch stands could not be read");
            Maintenance::default()
        })))
    }
}

impl Services {
    /// How it stands; for everybody, because everybody is told.
    pub fn maintenance(&self) -> Maintenance {
        let switch = &self.0.switch.0;
        switch
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Turns it, durably. For admins and for whoever has the machine.
    pub async fn set_maintenance(&self, wanted: Maintenance) -> Result<Maintenance, ServiceError> {
        let wanted = wanted.check()?;
        self.write(rows::put(&wanted)?).await?;
        let switch = &self.0.switch.0;
        *switch.write().unwrap_or_else(PoisonError::into_inner) = wanted.clone();
        tracing::warn!(
            joins = wanted.joins,
            bookings = wanted.bookings,
            payments = wanted.payments,
            "the maintenance switch was turned"
        );
        Ok(wanted)
    }

    /// The same by a command on the machine, which the audit log hears of too.
    pub async fn set_maintenance_by_hand(
        &self,
        wanted: Maintenance,
    ) -> Result<Maintenance, ServiceError> {
        let turned = self.set_maintenance(wanted).await?;
        let attempt = Attempt::new(Action::SettingsChanged, self.now())
            .by(Who::House)
            .on("Maintenance", "")
            .saying(turned.words());
        self.record(attempt);
        Ok(turned)
    }

    pub(super) fn holds(&self, kind: Kind) -> bool {
        let switch = &self.0.switch.0;
        switch
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .holds(kind)
    }

    /// Refuses what the operator holds back; never an admin.
    pub(super) fn unless_held(&self, kind: Kind, by_admin: bool) -> Result<(), ServiceError> {
        match self.holds(kind) && !by_admin {
            true => Err(ServiceError::Maintenance(self.maintenance().message)),
            false => Ok(()),
        }
    }

    /// Whether somebody may enter at `now`: as the meeting says, and while the operator lets nobody
    /// in, only where a call goes on.
    pub(super) fn door(&self, admin: bool, it: &Meeting, now: Timestamp) -> Joinable {
        let door = it.joinable(self.0.config.window, now);
        match self.holds(Kind::Joins) && !admin && it.live_since.is_none() {
            true => door.held_back(),
            false => door,
        }
    }
}
