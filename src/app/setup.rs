//! Setup for the admin's page: reads and writes what `parlor setup` does, on threads that serve nobody, one at
//! a time.

use std::{path::PathBuf, sync::Arc};

use parlor_actors::ports::PortFuture;
use parlor_domain::time::Millis;
use parlor_web::rest::{
    admin::{SetupKey, SetupRefusal, SetupSource, SetupStanding, SetupWish},
    doctor::FindingBody,
};
use tokio::sync::Semaphore;

use super::{again::Again, consult};
use crate::{
    config::Config,
    doctor,
    setup::{
        Answers,
        wish::{self, Standing, Unfit},
    },
};

/// Worth another try then.
const SOON: Millis = Millis::from_secs(2);

/// This server, as far as its answers go.
pub struct Running {
    /// The file that it read.
    pub file: Option<PathBuf>,
    /// Where answers are written.
    pub data_dir: PathBuf,
    /// What it runs with.
    pub config: Config,
    /// What people type now.
    pub public_url: String,
    /// systemd holds its ports.
    pub ports_held: bool,
    /// Asks for a new beginning.
    pub again: Again,
}

/// Who is asked.
pub struct Wizard {
    running: Arc<Running>,
    /// Answers are changed and tried one after the other.
    one: Arc<Semaphore>,
}

impl Wizard {
    /// For this server.
    pub fn new(running: Running) -> Self {
        Self {
            running: Arc::new(running),
            one: Arc::new(Semaphore::new(1)),
        }
    }

    /// Work that waits for disks and others' servers. It goes on to its end, whether or not who asked still waits.
    fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Running) -> Result<T, SetupRefusal> + Send + 'static,
    ) -> PortFuture<Result<T, SetupRefusal>> {
        let (running, one) = (self.running.clone(), self.one.clone());
        Box::pin(async move {
            let place = one
                .try_acquire_owned()
                .map_err(|_| SetupRefusal::Busy(SOON))?;
            let done = tokio::task::spawn_blocking(move || {
                let done = work(&running);
                drop(place);
                done
            });
            done.await.map_err(|_| SetupRefusal::Busy(SOON))?
        })
    }
}

impl SetupSource for Wizard {
    fn standing(&self) -> PortFuture<Result<SetupStanding, SetupRefusal>> {
        let running = self.running.clone();
        let read = tokio::task::spawn_blocking(move || running.standing());
        Box::pin(async move { read.await.map_err(|_| SetupRefusal::Busy(SOON))? })
    }

    fn try_out(&self, wish: SetupWish) -> PortFuture<Result<Vec<FindingBody>, SetupRefusal>> {
        self.alone(move |running| {
            let (_, config) = running.taken(&wish)?;
            let findings = doctor::intended(config, wish.check.as_deref());
            Ok(findings.into_iter().map(consult::body).collect())
        })
    }

    fn save(&self, wish: SetupWish) -> PortFuture<Result<String, SetupRefusal>> {
        self.alone(move |running| {
            let (answers, config) = running.taken(&wish)?;
            let saved = answers.save(&running.data_dir);
            saved.map_err(|why| SetupRefusal::Broken(format!("{why:#}")))?;
            tracing::info!("setup was answered in the browser");
            Ok(running.seen_at(&config))
        })
    }

    fn begin_anew(&self) {
        self.running.again.ask();
    }
}

impl Running {
    fn answers(&self) -> Result<Answers, SetupRefusal> {
        Answers::begin(self.file.as_deref()).map_err(|why| SetupRefusal::Broken(format!("{why:#}")))
    }

    fn standing(&self) -> Result<SetupStanding, SetupRefusal> {
        let answers = self.answers()?;
        let known = answers.known();
        let (config, origins) = known.map_err(|why| SetupRefusal::Broken(why.to_string()))?;
        let keys = wish::shown(&config, &origins)
            .into_iter()
            .map(|it| SetupKey {
                answered: answers.has(it.name),
                name: it.name.into(),
                value: it.value,
                default: it.default,
                is_set: it.is_set,
                fixed_by: it.fixed_by,
            });
        Ok(SetupStanding {
            version: answers.version().into(),
            process: self.again.word(),
            public_url: self.public_url.clone(),
            ports_held: self.ports_held,
            answered: answers.any(),
            keys: keys.collect(),
        })
    }

    /// The answers that this comes to, when nobody changed them meanwhile.
    fn taken(&self, wish: &SetupWish) -> Result<(Answers, Config), SetupRefusal> {
        let mut answers = self.answers()?;
        if answers.version() != wish.version {
            return Err(SetupRefusal::Stale);
        }
        let standing = Standing {
            running: &self.config,
            ports_held: self.ports_held,
        };
        let config = wish::take(&mut answers, &wish.answers, &standing);
        let config = config.map_err(|it| match it {
            Unfit::Key(key, words) => SetupRefusal::Key(key, words),
            Unfit::Other(words) => SetupRefusal::Broken(words),
        })?;
        Ok((answers, config))
    }

    /// Where people see the server that begins with this. A port that the system chose stays unknown until then.
    fn seen_at(&self, next: &Config) -> String {
        match next.server.public_url == self.config.server.public_url {
            true => self.public_url.clone(),
            false => next.server.public_url.trim_end_matches('/').to_owned(),
        }
    }
}
