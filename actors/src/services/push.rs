//! Knocking at browsers (Web Push): who agreed to it on which device, and the queue to their push
//! services.
//!
//! The queue is in memory and bounded. A knock is not the news: the news is in its person's list, on
//! the disk, and a knock that a restart loses costs a device the hint and nobody the notification.
//! What goes out is a kind, a number and a language; whom it is about only for who asked for it.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parlor_data::nouns::{
    account as accounts, login as logins, notification as notices,
    push::{self as rows, Owner},
    setting,
};
use parlor_domain::{
    access::Member,
    account::BadField,
    id::UserId,
    notification::{Notification, NtfSeq, Urgency},
    push::{self, Answer, Manner, Next, Patience, Subscription},
    time::{Millis, Timestamp},
};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};

use super::{ServiceError, Services};
use crate::{
    ports::Push,
    public_only,
    push::{Carrier, seal::seal, vapid::Vapid},
};

/// Longest sleep of the queue: nothing is due then, and what comes wakes it.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Settings of knocking.
#[derive(Debug, Clone)]
pub struct PushConfig {
    /// Whether it is offered.
    pub enabled: bool,
    /// Whom the operator of a push service may write to, as `mailto:` or `https:`.
    pub contact: String,
    /// Most browsers of one person; the one that was not there for longest goes first.
    pub browsers_max: usize,
    /// Most knocks that wait; what comes then is left out.
    pub queue_max: usize,
    /// Knocks on their way at once.
    pub at_once: usize,
    /// Longest wait for the answer of a push service.
    pub wait: Duration,
    /// How a knock that failed is tried again.
    pub patience: Patience,
    /// Whether push services may be on this machine and without TLS: for tests.
    pub loopback: bool,
}

impl Default for PushConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            contact: "mailto:noreply@localhost".into(),
            browsers_max: 10,
            queue_max: 4_096,
            at_once: 16,
            wait: Duration::from_secs(10),
            patience: Patience {
                tries_max: 5,
                first_wait: Millis::from_secs(15),
            },
            loopback: false,
        }
    }
}

/// What a browser says about itself.
#[derive(Debug, Clone)]
pub struct PushForm {
    /// Its address at its push service.
    pub endpoint: String,
    /// Its public key.
    pub key: Vec<u8>,
    /// Its secret.
    pub secret: Vec<u8>,
    /// Whether a knock says whom it is about.
    pub named: bool,
}

/// How it stands with the device that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushState {
    /// The public key that a browser subscribes with; none where it is not offered.
    pub key: Option<String>,
    /// The browser of this login.
    pub mine: Option<Subscription>,
}

/// A knock on its way.
struct Knock {
    to: Owner,
    kind: &'static str,
    seq: NtfSeq,
    name: Arc<str>,
    manner: Manner,
    until: Timestamp,
    tries: u32,
}

/// What came of knocks since the start.
const OUTCOMES: [&str; 7] = [
    "taken", "gone", "retried", "refused", "given_up", "left_out", "read",
];

/// The queue, by when it is due and in the order of coming.
pub(super) struct Desk {
    queue: Mutex<BTreeMap<(Timestamp, u64), Knock>>,
    filled: Notify,
    number: AtomicU64,
    counts: [AtomicU64; OUTCOMES.len()],
    queue_max: usize,
    carrier: Carrier,
    vapid: Mutex<Option<Arc<Vapid>>>,
}

impl Desk {
    pub fn new(config: &PushConfig) -> Self {
        Self {
            queue: Mutex::default(),
            filled: Notify::new(),
            number: AtomicU64::new(0),
            counts: Default::default(),
            queue_max: config.queue_max,
            carrier: Carrier::new(config.wait, config.loopback),
            vapid: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Timestamp, u64), Knock>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, due: Timestamp, it: Knock) {
        let mut queue = self.lock();
        if queue.len() >= self.queue_max {
            self.count("left_out");
            tracing::warn!("too many browsers are to be knocked at; one is left out");
            return;
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        queue.insert((due, number), it);
        drop(queue);
        self.filled.notify_one();
    }

    /// One that is due, or when the next one will be.
    fn take(&self, now: Timestamp) -> Result<Knock, Option<Timestamp>> {
        let mut queue = self.lock();
        match queue.first_entry() {
            Some(first) if first.key().0 <= now => Ok(first.remove()),
            Some(first) => Err(Some(first.key().0)),
            None => Err(None),
        }
    }

    fn count(&self, outcome: &str) {
        let found = OUTCOMES.iter().position(|it| *it == outcome);
        if let Some(slot) = found {
            self.counts[slot].fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Services {
    /// How it stands with the device that asks.
    pub async fn push_state(&self, who: Member) -> Result<PushState, ServiceError> {
        if !self.0.config.push.enabled {
            return Ok(PushState {
                key: None,
                mine: None,
            });
        }
        Ok(PushState {
            key: Some(self.vapid().await?.public()),
            mine: rows::load(&self.0.store, (who.user, who.login))?,
        })
    }

    /// Knocks at this browser from now on, instead of the one that the login had.
    pub async fn allow_push(&self, who: Member, form: &PushForm) -> Result<(), ServiceError> {
        let config = &self.0.config.push;
        if !config.enabled {
            let why = "notifications of browsers are switched off on this server";
            return Err(ServiceError::OutOfTurn(why.into()));
        }
        let (key, secret) =
            push::checked(&form.endpoint, &form.key, &form.secret, config.loopback)?;
        let bad = |field, why| Err(BadField { field, why }.into());
        if !config.loopback && is_private(&form.endpoint) {
            return bad("endpoint", "This address leads into a private network.");
        }
        if seal(&key, &secret, b"").is_err() {
            return bad("p256dh", "This is no public key of a browser.");
        }
        let new = Subscription {
            user: who.user,
            login: who.login,
            endpoint: form.endpoint.clone(),
            key,
            secret,
            named: form.named,
            since: self.now(),
        };
        self.retrying(async || {
            let mut batch = rows::put(&self.0.store, &new)?;
            let mut others = rows::load_of(&self.0.store, who.user)?;
            others.retain(|it| it.login != who.login);
            others.sort_by_key(|it| it.since);
            let surplus = (others.len() + 1).saturating_sub(config.browsers_max);
            for old in &others[..surplus] {
                batch = batch.and(rows::remove(&self.0.store, old)?);
            }
            self.write(batch).await
        })
        .await
    }

    /// Knocks at the browser of this login no more. Again is harmless.
    pub async fn forbid_push(&self, who: Member) -> Result<(), ServiceError> {
        match rows::load(&self.0.store, (who.user, who.login))? {
            Some(it) => self.forget_browser(&it).await,
            None => Ok(()),
        }
    }

    async fn forget_browser(&self, it: &Subscription) -> Result<(), ServiceError> {
        self.retrying(async || self.write(rows::remove(&self.0.store, it)?).await)
            .await
    }

    /// Carries knocks to push services, a few at once. Runs until the process ends.
    pub async fn run_push(self) {
        let places = Arc::new(Semaphore::new(self.0.config.push.at_once));
        while let Ok(place) = places.clone().acquire_owned().await {
            let (knock, services) = (self.next_knock().await, self.clone());
            actix_rt::spawn(async move {
                services.try_once(knock).await;
                drop(place);
            });
        }
    }

    async fn next_knock(&self) -> Knock {
        loop {
            let now = self.now();
            let due = match self.0.knocks.take(now) {
                Ok(knock) => return knock,
                Err(due) => due,
            };
            let wait = due.map_or(SLEEP_MAX, |at| {
                let millis = u64::try_from(at.since(now).0).unwrap_or(0);
                Duration::from_millis(millis).min(SLEEP_MAX)
            });
            let filled = self.0.knocks.filled.notified();
            drop(tokio::time::timeout(wait, filled).await);
        }
    }

    /// Carries all knocks that are due, one after the other; gives how many.
    pub async fn deliver_pushes(&self) -> usize {
        let mut count = 0;
        while let Ok(knock) = self.0.knocks.take(self.now()) {
            self.try_once(knock).await;
            count += 1;
        }
        count
    }

    /// One try.
    async fn try_once(&self, mut it: Knock) {
        it.tries += 1;
        let browser = match self.browser_of(&it) {
            Ok(Some(browser)) => browser,
            Ok(None) => return self.0.knocks.count("read"),
            Err(error) => return tracing::warn!(%error, "a browser could not be looked up"),
        };
        let answer = self.hand_over(&browser, &it).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a browser could not be knocked at");
            Answer::Silent
        });
        let now = self.now();
        let next = push::after(answer, it.tries, it.until, self.0.config.push.patience, now);
        self.0.knocks.count(match (next, answer) {
            (Next::Done, _) => "taken",
            (Next::Forget, _) => "gone",
            (Next::Again(_), _) => "retried",
            (Next::GiveUp, Answer::Refused) => "refused",
            (Next::GiveUp, _) => "given_up",
        });
        match next {
            Next::Done | Next::GiveUp => {}
            Next::Again(at) => self.0.knocks.put(at, it),
            Next::Forget => {
                if let Err(error) = self.forget_browser(&browser).await {
                    tracing::warn!(%error, "a browser that is gone could not be forgotten");
                }
            }
        }
    }

    /// The browser to knock at: of a login that goes on, and while the news is not read.
    fn browser_of(&self, it: &Knock) -> Result<Option<Subscription>, ServiceError> {
        let (user, login) = it.to;
        let login = logins::load(&self.0.store, login)?;
        let goes_on = login.is_some_and(|it| it.is_alive(self.now()));
        if !goes_on || notices::head(&self.0.store, user)?.marks.has(it.seq) {
            return Ok(None);
        }
        Ok(rows::load(&self.0.store, it.to)?)
    }

    async fn hand_over(&self, to: &Subscription, it: &Knock) -> Result<Answer, ServiceError> {
        let account = accounts::load(&self.0.store, to.user)?;
        let language = account.map(|it| it.value.language);
        let mut text = json!({ "kind": it.kind, "seq": it.seq.0, "lang": language });
        if to.named {
            text["name"] = (*it.name).into();
        }
        let Ok(sealed) = seal(&to.key, &to.secret, text.to_string().as_bytes()) else {
            return Ok(Answer::Gone);
        };
        let (now, contact) = (self.now(), &self.0.config.push.contact);
        let proof = self
            .vapid()
            .await?
            .header(&push::origin(&to.endpoint), contact, now)
            .map_err(|_| ServiceError::Internal("a proof could not be signed".into()))?;
        let (carrier, endpoint, manner) = (
            self.0.knocks.carrier.clone(),
            to.endpoint.clone(),
            it.manner,
        );
        let work = move || carrier.send(&endpoint, &proof, manner, &sealed, now);
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| ServiceError::Internal(error.to_string()))
    }

    /// The key pair of this installation, made when it is asked for the first time.
    async fn vapid(&self) -> Result<Arc<Vapid>, ServiceError> {
        let known = || {
            self.0
                .knocks
                .vapid
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(vapid) = known().as_ref() {
            return Ok(vapid.clone());
        }
        let failed = || ServiceError::Internal("a key pair could not be made".into());
        let vapid = self
            .retrying(async || {
                let kept = setting::push_key(&self.0.store)?;
                let opened = kept.as_deref().and_then(|it| self.0.keys.open_row(it));
                if let Some(vapid) = opened.and_then(|it| Vapid::read(&it).ok()) {
                    return Ok(vapid);
                }
                if kept.is_some() {
                    tracing::warn!(
                        "the secret of this installation is another one: browsers that were to be \
                         knocked at are when they come again"
                    );
                }
                let made = Vapid::make().map_err(|_| failed())?;
                let sealed = self.0.keys.seal_row(&made).ok_or_else(failed)?;
                self.write(setting::put_push_key(kept, sealed)).await?;
                Vapid::read(&made).map_err(|_| failed())
            })
            .await?;
        Ok(known().insert(Arc::new(vapid)).clone())
    }

    /// How many knocks came to what since the start.
    pub fn pushes_counted(&self) -> [(&'static str, u64); OUTCOMES.len()] {
        let counts = &self.0.knocks.counts;
        std::array::from_fn(|it| (OUTCOMES[it], counts[it].load(Ordering::Relaxed)))
    }

    /// Knocks that wait for their turn or their next try.
    pub fn pushes_waiting(&self) -> usize {
        self.0.knocks.lock().len()
    }
}

impl Push for Services {
    fn push(&self, user: UserId, it: &Notification, urgency: Urgency) {
        if !self.0.config.push.enabled {
            return;
        }
        let browsers = rows::load_of(&self.0.store, user).unwrap_or_else(|error| {
            tracing::warn!(%error, "somebody's browsers could not be read");
            Vec::new()
        });
        let (now, manner) = (self.now(), push::manner(&it.about, urgency));
        let name: Arc<str> = it.name.as_str().into();
        for browser in browsers {
            let knock = Knock {
                to: (user, browser.login),
                kind: it.about.kind().word(),
                seq: it.seq,
                name: name.clone(),
                manner,
                until: now + manner.keep,
                tries: 0,
            };
            self.0.knocks.put(now, knock);
        }
    }
}

/// Whether an address names a machine by a number that not everybody can reach. Names are looked at
/// whenever they are resolved.
fn is_private(endpoint: &str) -> bool {
    let origin = push::origin(endpoint);
    let server = origin.split_once("://").map_or("", |it| it.1);
    let host = match server.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => server.split(':').next().unwrap_or(server),
    };
    let number = host.parse::<IpAddr>();
    host == "localhost" || number.is_ok_and(|ip| !public_only::is_public(ip))
}
