//! People without an account, whom an admin finds by their address: guests of meetings. What is kept of
//! them is given to them, or erased, as it is for people with an account.

use std::collections::BTreeSet;

use parlor_data::nouns::{account as accounts, file, meeting};
use parlor_domain::{
    access::Admin,
    account::Email,
    audit::{Action, Attempt},
    booking::Payment,
    id::UserId,
    time::Millis,
};

use super::{ExportView, ServiceError, Services};

/// Most of one guest's meetings that are looked through.
pub(super) const MEETINGS_MAX: usize = 10_000;

/// Who is behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAddress {
    /// The account with it, if there is one.
    pub user: Option<UserId>,
    /// How many meetings of a guest with it are not over, or not settled.
    pub unfinished: usize,
}

impl Services {
    /// Who is behind an address, for admins.
    ///
    /// # Errors
    /// `BadField` when it is none.
    pub fn known_address(&self, _: Admin, address: &str) -> Result<KnownAddress, ServiceError> {
        let email = Email::parse(address)?;
        let account = accounts::load_by_email(&self.0.store, &email)?;
        let met = meeting::load_of_stranger(&self.0.store, &email, MEETINGS_MAX)?;
        let unfinished = met.iter().filter(|it| {
            let booking = it.booking.as_ref();
            let held = booking.is_some_and(|it| matches!(it.payment, Payment::Held));
            held || !it.status.is_over()
        });
        Ok(KnownAddress {
            user: account.map(|it| it.id),
            unfinished: unfinished.count(),
        })
    }

    /// Has a copy made of what is kept of a guest, who gets the link to it by mail.
    ///
    /// # Errors
    /// `OutOfTurn` for an address with an account.
    pub async fn make_guest_export(
        &self,
        admin: Admin,
        address: &str,
    ) -> Result<ExportView, ServiceError> {
        let email = self.address_of_a_guest(admin, address)?;
        let user = self.person_of(&email);
        let (by, every) = (Some(admin.user), Millis::ZERO);
        self.begin_export(user, by, Some(&email), every).await?;
        self.export_view(user)
    }

    /// Erases what is kept of a guest; gives how many rows changed.
    ///
    /// # Errors
    /// `OutOfTurn` for an address with an account, or with a meeting that is not over.
    pub async fn erase_guest(&self, admin: Admin, address: &str) -> Result<usize, ServiceError> {
        let email = self.address_of_a_guest(admin, address)?;
        if self.known_address(admin, address)?.unfinished > 0 {
            return Err(ServiceError::OutOfTurn(
                "a meeting with this address is not over".into(),
            ));
        }
        let person = self.somebody_without_account(&email).await?;
        let mut contents = BTreeSet::new();
        for user in person.ids() {
            for given in file::all_of(&self.0.store, user)? {
                contents.extend(given.file.blobs());
            }
        }
        let changed = self.forget_person(&person).await?;
        self.drop_contents(contents).await?;
        self.tidy_exports().await?;
        let erased = Attempt::new(Action::Erased, self.now());
        let by = parlor_domain::audit::Who::House;
        self.record(erased.by(by).on("Guest", "").about(person.user));
        Ok(changed)
    }

    fn address_of_a_guest(&self, admin: Admin, address: &str) -> Result<Email, ServiceError> {
        match self.known_address(admin, address)?.user {
            Some(_) => Err(ServiceError::OutOfTurn(
                "an account has this address".into(),
            )),
            None => Ok(Email::parse(address)?),
        }
    }
}
