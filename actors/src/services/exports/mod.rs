//! Copies of people's data that they take along: asked for with the password (or by an admin for somebody
//! who cannot), made in the background, page by page as the map of personal data says
//! (`parlor_data::personal`), and taken by their person alone. An admin who asks for one never sees what is
//! in it: the person gets a link by mail.
//!
//! What is being made is in no row: a server that was stopped half-way begins again. Files lie sealed in
//! a folder beside the store, each with a key that is in its row. Start at [`Services::sweep_exports`].

mod bundle;

use std::{
    fs, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use parlor_data::{
    Batch, Read,
    backup::{clear_parts, seal::SealReader},
    nouns::{account as accounts, export as rows, file, host},
    personal::{self, MAP, Person},
};
use parlor_domain::{
    access::{Admin, Member},
    account::Email,
    export::{Export, FileKey, NotNow, State},
    id::UserId,
    mail::Kind,
    notification::About,
    time::{Millis, Timestamp},
};
use uuid::Uuid;

use self::bundle::Bundle;
use super::{ServiceError, Services, keys, pictures::Size};

/// Copies of one page of the store.
const PAGE_ROWS: usize = 500;
/// Making a copy rests so many times as long as it worked: it takes a fifth of a core at most.
const RESTS: u32 = 4;

/// Where copies lie, and how they are given out.
#[derive(Clone, Debug)]
pub struct ExportConfig {
    /// The folder; made when it is needed.
    pub dir: PathBuf,
    /// How long one can be taken.
    pub keep: Millis,
    /// From asking for one until the next may be asked for.
    pub every: Millis,
    /// How often one can be taken.
    pub downloads_max: u32,
}

impl Default for ExportConfig {
    fn default() -> Self {
        Self {
            dir: std::env::temp_dir().join("parlor-exports"),
            keep: Millis::from_days(7),
            every: Millis::from_days(1),
            downloads_max: 5,
        }
    }
}

/// What is being made now: whose, and how many of the tables are done.
#[derive(Default)]
pub(super) struct Desk {
    making: Mutex<Option<(UserId, usize)>>,
}

impl Desk {
    fn set(&self, making: Option<(UserId, usize)>) {
        *self.making.lock().unwrap_or_else(PoisonError::into_inner) = making;
    }

    /// How much of somebody's copy is done, percent; none while it is not being made.
    fn percent(&self, user: UserId) -> Option<u32> {
        let making = *self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, done) = making?;
        (of == user).then(|| (done * 100 / MAP.len()) as u32)
    }
}

/// How somebody's copy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportView {
    /// The copy, if there is one.
    pub export: Option<Export>,
    /// How much of it is done, percent, while it is being made.
    pub percent: Option<u32>,
    /// From when on another may be asked for; none when that is now, or while one is on its way.
    pub again_at: Option<Timestamp>,
}

/// A copy on its way to its person.
pub struct ExportFile {
    /// Gives what was sealed.
    pub content: SealReader<fs::File>,
    /// How much that is.
    pub bytes: u64,
    /// Whose data.
    pub user: UserId,
}

impl Services {
    /// How one's own copy stands.
    pub fn export(&self, who: Member) -> Result<ExportView, ServiceError> {
        self.account_of(who.user)?;
        self.export_view(who.user)
    }

    /// How somebody's copy stands, for admins.
    pub fn export_of(&self, _: Admin, user: UserId) -> Result<ExportView, ServiceError> {
        accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        self.export_view(user)
    }

    pub(super) fn export_view(&self, user: UserId) -> Result<ExportView, ServiceError> {
        let export = rows::load(&self.0.store, user)?.map(|it| it.value);
        let (every, now) = (self.0.config.exports.every, self.now());
        let again_at = match export.as_ref().map(|it| it.may_ask(every, now)) {
            Some(Err(NotNow::Before(at))) => Some(at),
            _ => None,
        };
        Ok(ExportView {
            percent: self.0.exports.percent(user),
            export,
            again_at,
        })
    }

    /// Asks for a copy of one's own data. Nothing more while one is on its way.
    ///
    /// # Errors
    /// `BadField` for a wrong password; `OutOfTurn` when there was one a short while ago.
    pub async fn ask_export(
        &self,
        who: Member,
        password: &str,
    ) -> Result<ExportView, ServiceError> {
        let account = self.account_of(who.user)?;
        self.check_password_of(&account, password, "password")
            .await?;
        let every = self.0.config.exports.every;
        self.begin_export(who.user, None, None, every).await?;
        self.export_view(who.user)
    }

    /// Asks for a copy of the data of somebody who cannot do it, and who gets the link by mail.
    pub async fn make_export(
        &self,
        admin: Admin,
        user: UserId,
    ) -> Result<ExportView, ServiceError> {
        let account = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        if personal::is_erased(&account.email) {
            return Err(ServiceError::NotFound);
        }
        self.begin_export(user, Some(admin.user), None, Millis::ZERO)
            .await?;
        self.export_view(user)
    }

    pub(super) async fn begin_export(
        &self,
        user: UserId,
        by: Option<UserId>,
        address: Option<&Email>,
        every: Millis,
    ) -> Result<(), ServiceError> {
        self.retrying(async || {
            let (old, now) = (rows::load(&self.0.store, user)?, self.now());
            match old.as_ref().map_or(Ok(()), |it| it.may_ask(every, now)) {
                Ok(()) => {}
                Err(NotNow::OnItsWay) => return Ok(()),
                Err(NotNow::Before(_)) => {
                    return Err(ServiceError::OutOfTurn(
                        "there was a copy a short while ago".into(),
                    ));
                }
            }
            let new = Export {
                user,
                id: keys::ordered_id(now),
                asked_at: now,
                by,
                address: address.map(|it| it.as_str().to_owned()),
                state: State::Asked,
            };
            self.write(rows::put(old.as_ref(), &new)?).await
        })
        .await
    }

    /// One's own copy, to be taken; that is counted.
    ///
    /// # Errors
    /// `NotFound` when there is none that can be taken.
    pub async fn take_export(&self, who: Member) -> Result<ExportFile, ServiceError> {
        self.account_of(who.user)?;
        self.open_export(who.user, None).await
    }

    /// The copy to which a link of a mail leads; how it stands.
    pub fn export_by_link(&self, token: &str) -> Result<Export, ServiceError> {
        let (user, id) = self
            .0
            .keys
            .read_export(token)
            .ok_or(ServiceError::LinkVoid)?;
        let it = rows::load(&self.0.store, user)?.filter(|it| it.id == id && it.by.is_some());
        let it = it.ok_or(ServiceError::LinkVoid)?.value;
        match it.taken(self.now()) {
            Some(_) => Ok(it),
            None => Err(ServiceError::LinkVoid),
        }
    }

    /// The copy to which a link of a mail leads, to be taken.
    pub async fn take_export_by_link(&self, token: &str) -> Result<ExportFile, ServiceError> {
        let it = self.export_by_link(token)?;
        let taken = self.open_export(it.user, Some(it.id)).await;
        taken.map_err(|error| match error {
            ServiceError::NotFound => ServiceError::LinkVoid,
            error => error,
        })
    }

    async fn open_export(
        &self,
        user: UserId,
        id: Option<Uuid>,
    ) -> Result<ExportFile, ServiceError> {
        let (file, bytes, key) = self
            .retrying(async || {
                let old = rows::load(&self.0.store, user)?;
                let old = old.filter(|it| id.is_none_or(|id| it.id == id));
                let old = old.ok_or(ServiceError::NotFound)?;
                let new = old.taken(self.now()).ok_or(ServiceError::NotFound)?;
                let State::Ready { bytes, key, .. } = &new.state else {
                    return Err(ServiceError::NotFound);
                };
                // Opened before it is counted: after the last time the file may go.
                let file = fs::File::open(self.path_of_export(new.id)).map_err(|_| {
                    tracing::error!("the file of a copy is missing");
                    ServiceError::NotFound
                })?;
                let (bytes, key) = (*bytes, key.clone());
                self.write(rows::put(Some(&old), &new)?).await?;
                Ok((file, bytes, key))
            })
            .await?;
        let content = SealReader::with_key(file, &key.0).map_err(|it| failed(&it))?;
        Ok(ExportFile {
            content,
            bytes,
            user,
        })
    }

    fn path_of_export(&self, id: Uuid) -> PathBuf {
        self.0.config.exports.dir.join(id.to_string())
    }

    /// The way to a copy that an admin asked for.
    pub(crate) fn export_link(&self, it: &Export) -> String {
        let token = self.0.keys.export_token(it.user, it.id);
        self.url(&format!("/my-data/{token}"))
    }

    /// A copy that can be taken.
    pub(crate) fn ready_export(&self, user: UserId) -> Result<Option<Export>, ServiceError> {
        let it = rows::load(&self.0.store, user)?.map(|it| it.value);
        Ok(it.filter(|it| it.taken(self.now()).is_some()))
    }

    /// Makes the copies that were asked for, one after the other, and removes those whose time is over;
    /// gives how many were made.
    pub async fn sweep_exports(&self) -> Result<usize, ServiceError> {
        let (mut made, mut after) = (0, None);
        loop {
            let page = rows::page(&self.0.store, after, PAGE_ROWS)?;
            for it in &page {
                if it.is_over(self.now()) {
                    drop_contended(self.write(rows::remove(it)).await)?;
                } else if it.state == State::Asked {
                    self.make(it).await?;
                    made += 1;
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE_ROWS => after = Some(last.user),
                _ => break,
            }
        }
        self.tidy_exports().await?;
        Ok(made)
    }

    /// Removes files that no copy needs, and what a killed server left.
    pub(super) async fn tidy_exports(&self) -> Result<(), ServiceError> {
        let (store, dir) = (self.0.store.clone(), self.0.config.exports.dir.clone());
        let tidy = move || -> Result<(), ServiceError> {
            let entries = match fs::read_dir(&dir) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                entries => entries.map_err(|it| failed(&it))?,
            };
            let (mut needed, mut after) = (Vec::new(), None);
            let names: Vec<_> = entries.flatten().map(|it| it.file_name()).collect();
            // Read after the names: a file of which there is no row by now has none any more.
            loop {
                let page = rows::page(&store, after, PAGE_ROWS)?;
                let files = page.iter().filter(|it| it.needs_file());
                needed.extend(files.map(|it| it.id.to_string()));
                match page.last() {
                    Some(last) if page.len() == PAGE_ROWS => after = Some(last.user),
                    _ => break,
                }
            }
            for name in names {
                let name = name.to_string_lossy();
                if Uuid::parse_str(&name).is_ok() && !needed.iter().any(|it| *it == name) {
                    fs::remove_file(dir.join(&*name)).map_err(|it| failed(&it))?;
                }
            }
            clear_parts(&dir).map_err(|it| failed(&io::Error::other(it)))?;
            Ok(())
        };
        let done = tokio::task::spawn_blocking(tidy).await;
        done.map_err(|_| ServiceError::Overloaded)?
    }

    /// Makes one copy, and says so to its person; one that cannot be made is marked so.
    async fn make(&self, it: &Read<Export>) -> Result<(), ServiceError> {
        let config = &self.0.config.exports;
        let key = FileKey(keys::random::<32>());
        let written = self.write_export(it, &key).await;
        self.0.exports.set(None);
        let now = self.now();
        let state = match written {
            Ok(bytes) => State::Ready {
                at: now,
                until: now + config.keep,
                bytes,
                left: config.downloads_max,
                key,
            },
            Err(error) => {
                tracing::error!(%error, "a copy of somebody's data could not be made");
                let full = matches!(error, ServiceError::Overloaded);
                State::Failed { at: now, full }
            }
        };
        let new = Export {
            state,
            ..it.value.clone()
        };
        let ready = matches!(new.state, State::Ready { .. });
        let mail = match ready {
            true => self.mail_of_export(&new)?,
            false => Batch::new(),
        };
        // Erased meanwhile: then nobody needs the file, and it goes when the folder is tidied.
        let written = self.write(rows::put(Some(it), &new)?.and(mail)).await;
        if ready && written.is_ok() {
            self.notify_soon(it.user, About::DataReady, String::new());
        }
        drop_contended(written)
    }

    fn mail_of_export(&self, it: &Export) -> Result<Batch, ServiceError> {
        let to = match &it.address {
            Some(address) => Some(self.reader_without_account(&Email::parse(address)?)?),
            None => accounts::load(&self.0.store, it.user)?.map(|it| self.recipient(&it)),
        };
        let Some(to) = to else {
            return Ok(Batch::new());
        };
        let not_after = self.now() + self.0.config.exports.keep;
        let mail = self.mail_about(Kind::DataReady(it.user), to, 0, not_after, it.asked_at);
        self.queue(&mail)
    }

    async fn write_export(&self, it: &Export, key: &FileKey) -> Result<u64, ServiceError> {
        self.0.exports.set(Some((it.user, 0)));
        let path = self.path_of_export(it.id);
        let (dir, seal) = (self.0.config.exports.dir.clone(), key.clone());
        let mut bundle = unhurried(move || {
            fs::create_dir_all(&dir).map_err(|it| failed(&it))?;
            // Of a server that was killed between the file and its row.
            drop(fs::remove_file(&path));
            Bundle::begin(&path, &seal).map_err(|it| failed(&it))
        })
        .await?;
        let person = self.person_of_export(it).await?;
        for (n, entry) in MAP.iter().enumerate() {
            self.0.exports.set(Some((it.user, n)));
            let personal::Export::Told { list, .. } = entry.export else {
                continue;
            };
            let mut after = None;
            loop {
                let (store, person, from) = (self.0.store.clone(), person.clone(), after.take());
                let page = move || {
                    let (told, next) = personal::tell(&store, entry, &person, from)?;
                    bundle.rows(list, &told).map_err(|it| failed(&it))?;
                    Ok((bundle, next))
                };
                (bundle, after) = unhurried(page).await?;
                if after.is_none() {
                    break;
                }
            }
        }
        bundle = self.add_files(bundle, &person).await?;
        let site = self.url("");
        let when = jiff::Timestamp::from_millisecond(self.now().0).unwrap_or_default();
        unhurried(move || {
            bundle
                .finish(&site, &when.to_string())
                .map_err(|it| failed(&it))
        })
        .await
    }

    /// Whatever the person uploaded.
    async fn add_files(&self, mut bundle: Bundle, person: &Person) -> Result<Bundle, ServiceError> {
        for user in person.ids().collect::<Vec<_>>() {
            for (n, given) in file::all_of(&self.0.store, user)?.into_iter().enumerate() {
                // A content that is missing is no reason to give nothing.
                if let Some((content, _)) = self.open_content(given.file.blob).await? {
                    let name = format!("{n:04} {}", given.file.name);
                    let add = move || {
                        let added = bundle.file(&name, content);
                        added.map(|()| bundle).map_err(|it| failed(&it))
                    };
                    bundle = unhurried(add).await?;
                }
            }
        }
        let picture = host::load(&self.0.store, person.user)?.and_then(|it| it.picture);
        if let Some(picture) = picture
            && let Some(bytes) = self.picture(picture, Size::Large).await?
        {
            let add = move || {
                let added = bundle.bytes("picture.jpg", &bytes);
                added.map(|()| bundle).map_err(|it| failed(&it))
            };
            bundle = unhurried(add).await?;
        }
        Ok(bundle)
    }

    async fn person_of_export(&self, it: &Export) -> Result<Person, ServiceError> {
        match it.address.as_deref().map(Email::parse) {
            Some(address) => self.somebody_without_account(&address?).await,
            None => self.known_person(it.user).await,
        }
    }
}

/// Somebody else wrote meanwhile: the next sweep looks again.
fn drop_contended(done: Result<(), ServiceError>) -> Result<(), ServiceError> {
    match done {
        Err(ServiceError::Contended) => Ok(()),
        done => done,
    }
}

/// A full disk is told apart: then somebody must make room.
fn failed(error: &io::Error) -> ServiceError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ServiceError::Overloaded,
        _ => ServiceError::Internal(format!("copies: {error}")),
    }
}

/// Work that may wait: after each piece it rests, so that those who talk do not feel it.
async fn unhurried<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let begun = Instant::now();
    let done = tokio::task::spawn_blocking(work).await;
    tokio::time::sleep(begun.elapsed() * RESTS).await;
    done.map_err(|error| ServiceError::Internal(format!("copies: {error}")))?
}
