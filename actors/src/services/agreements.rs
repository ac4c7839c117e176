//! Terms and privacy notice: what people are asked to agree to, and that they did.
//!
//! Without texts nobody is asked anything. Whoever goes into a room is never kept out for want of it: a
//! call is worth more than its record.

use parlor_data::{
    Batch,
    nouns::{agreement as agreements, house_text},
    personal::{self, Keeps},
};
use parlor_domain::{
    access::Member,
    account::Account,
    agreement::{Agreement, Edition, EditionId, Kind, Place, Text},
    id::{MeetingId, UserId},
    meeting::Client,
    time::Millis,
};

use super::{GuestSession, ServiceError, Services, retention::Class};

/// That somebody agreed, and which texts those were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementView {
    /// To what and when.
    pub agreement: Agreement,
    /// Which texts can be shown as they were.
    pub kinds: Vec<Kind>,
}

/// One class of data about people, as the house's own notice shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptClass {
    /// Which.
    pub class: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// By kind of rule.
    pub keeps: Keeps,
    /// How long it is kept after it is done; `None` where no sweep removes it.
    pub keep: Option<Millis>,
}

impl Services {
    /// Keeps the present texts, so that they can be shown when others are in force. At the start.
    pub async fn open_house_texts(&self) -> Result<(), ServiceError> {
        let Some(edition) = &self.0.config.house_texts else {
            return Ok(());
        };
        if house_text::load(&self.0.store, edition.id)? == edition.texts {
            return Ok(());
        }
        for batch in house_text::put(edition)? {
            self.write(batch).await?;
        }
        Ok(())
    }

    /// What people agree to now; none without texts.
    pub fn house_texts(&self) -> Option<&Edition> {
        self.0.config.house_texts.as_deref()
    }

    pub(super) fn house_version(&self) -> Option<&str> {
        self.house_texts().map(|it| it.version.as_str())
    }

    /// One text in a language, as it is now or as it was in an edition.
    ///
    /// # Errors
    /// `NotFound` when there is or was none.
    pub fn house_text(
        &self,
        kind: Kind,
        language: &str,
        of: Option<EditionId>,
    ) -> Result<Text, ServiceError> {
        let present = self
            .house_texts()
            .filter(|it| of.is_none_or(|id| id == it.id));
        let found = match (present, of) {
            (Some(present), _) => present.text(kind, language).cloned(),
            (None, None) => None,
            (None, Some(id)) => {
                let texts = house_text::load(&self.0.store, id)?;
                let version = String::new();
                let then = Edition { id, version, texts };
                then.text(kind, language).cloned()
            }
        };
        found.ok_or(ServiceError::NotFound)
    }

    /// What is kept about people here and for how long: the notice of a house that wrote none.
    pub fn kept_about_people(&self) -> Vec<KeptClass> {
        let of_people = personal::MAP
            .iter()
            .filter(|it| it.whose != personal::Whose::Nobody);
        let classes: Vec<&str> = of_people.map(|it| it.class).collect();
        let of_people = personal::CLASSES
            .iter()
            .filter(|it| classes.contains(&it.word));
        let kept = of_people.map(|it| KeptClass {
            class: it.word,
            what: it.what,
            keeps: it.keeps,
            keep: Class::keep(it.word, &self.0.config),
        });
        kept.collect()
    }

    /// Somebody's agreement to the version that they were shown; none where there is nothing to agree to.
    ///
    /// # Errors
    /// `AgreementNeeded` when they said nothing, or agreed to what is not in force any more.
    pub(super) fn agreeing(
        &self,
        to: Option<&str>,
        place: Place,
        meeting: Option<MeetingId>,
    ) -> Result<Option<Agreement>, ServiceError> {
        let Some(edition) = self.house_texts() else {
            return Ok(None);
        };
        if to != Some(edition.version.as_str()) {
            return Err(ServiceError::AgreementNeeded);
        }
        Ok(Some(Agreement {
            version: edition.version.clone(),
            edition: edition.id,
            at: self.now(),
            place,
            meeting,
        }))
    }

    /// The same of who books or waits: who has an account agreed with it, or is asked by the app.
    ///
    /// # Errors
    /// As [`Services::agreeing`].
    pub(super) fn agreeing_client(
        &self,
        client: &Client,
        to: Option<&str>,
        place: Place,
        meeting: Option<MeetingId>,
    ) -> Result<Option<Agreement>, ServiceError> {
        match client.user {
            Some(_) => Ok(None),
            None => self.agreeing(to, place, meeting),
        }
    }

    pub(super) fn is_current(&self, it: &Agreement) -> bool {
        self.house_version() == Some(it.version.as_str())
    }

    /// Its rows; none when they agreed to this version before: the first time counts.
    pub(super) fn agreement_rows(
        &self,
        person: UserId,
        it: Option<&Agreement>,
    ) -> Result<Batch, ServiceError> {
        match it {
            Some(it) if !agreements::has(&self.0.store, person, &it.version)? => {
                Ok(agreements::put(person, it)?)
            }
            _ => Ok(Batch::new()),
        }
    }

    /// Whether this account is to be asked. Admins are not: the texts are their own.
    pub fn agreement_due(&self, account: &Account) -> Result<bool, ServiceError> {
        match self.house_version() {
            Some(version) if !account.admin => {
                Ok(!agreements::has(&self.0.store, account.id, version)?)
            }
            _ => Ok(false),
        }
    }

    /// Agrees to the present version, because the app asked.
    ///
    /// # Errors
    /// `AgreementNeeded` when it is another one by now.
    pub async fn agree(&self, who: Member, to: &str) -> Result<(), ServiceError> {
        let agreed = self.agreeing(Some(to), Place::Again, None)?;
        let rows = self.agreement_rows(who.user, agreed.as_ref())?;
        self.write(rows).await
    }

    /// Notes that a guest who just came in agreed to what the page said. One who did not, or to what
    /// is not in force any more, is in all the same.
    pub async fn agreed_at_the_door(&self, guest: &GuestSession, to: Option<&str>) {
        let Ok(agreed) = self.agreeing(to, Place::Join, Some(guest.meeting.id)) else {
            return;
        };
        let written = match self.agreement_rows(guest.user, agreed.as_ref()) {
            Ok(rows) => self.write(rows).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "what a guest agreed to could not be written");
        }
    }

    /// What somebody agreed to, the earliest first.
    pub fn agreements(&self, who: Member) -> Result<Vec<AgreementView>, ServiceError> {
        self.agreements_of(who.user)
    }

    pub(super) fn agreements_of(&self, person: UserId) -> Result<Vec<AgreementView>, ServiceError> {
        let all = agreements::load_of(&self.0.store, person)?;
        let views = all.into_iter().map(|agreement| {
            let texts = house_text::load(&self.0.store, agreement.edition)?;
            let mut kinds: Vec<Kind> = texts.iter().map(|it| it.kind).collect();
            kinds.dedup();
            Ok(AgreementView { agreement, kinds })
        });
        views.collect()
    }
}
