//! The certificate of all TLS doors (web and relay): from files that are read again when they
//! change, from an authority that is asked in time (ACME), or self-signed, so that TLS always
//! answers. Whatever is taken is taken by the next handshake; connections that live keep theirs.
//!
//! Must never put a worse certificate in the place of one that works.

mod authority;
mod files;
mod shown;
mod status;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use parlor_actors::clock::{Clock, SystemClock};
use parlor_domain::{
    certificate::{Age, Renewal},
    time::{Millis, Timestamp},
};
use parlor_turn::{Certificate, CurrentCertificate};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::MissedTickBehavior,
};

use self::{authority::Acme, files::Loaded, files::Stamp};
use crate::config::Config;

pub use shown::{Proofs, Shown};
pub use status::{Known, Origin, Status, Verdict};

/// Between two looks at files and at the clock.
const ROUND: Duration = Duration::from_secs(2);
/// One attempt at an authority that takes longer has failed.
const ATTEMPT_MAX: Duration = Duration::from_secs(300);
/// How often a certificate that runs out is spoken of.
const REMIND: Millis = Millis::from_days(1);

/// Where the certificate comes from.
enum Source {
    Files { chain: PathBuf, key: PathBuf },
    Authority { acme: Box<Acme>, renewal: Renewal },
    SelfSigned,
}

/// Keeps the certificate of the TLS doors.
pub struct Certificates {
    /// What handshakes of the web's doors are answered with.
    pub shown: Arc<Shown>,
    /// What is known of it.
    pub status: Arc<Status>,
    source: Source,
    staging: bool,
    /// The files as they were when they were looked at, whether or not they were taken.
    seen: Option<Stamp>,
    last: Loaded,
    spoken: Option<(Age, Timestamp)>,
}

impl Certificates {
    /// The configured files, what an authority has given before, or a self-signed pair (made now
    /// when it is missing).
    ///
    /// # Errors
    /// When the files cannot be read or do not belong together.
    pub fn load(config: &Config, data_dir: &Path, host: &str) -> Result<Self> {
        let server = &config.server;
        let secrets = data_dir.join("secrets");
        files::private_folder(&secrets).context("cannot make the folder of secrets")?;
        let proofs = Arc::<Proofs>::default();
        let staging = config.acme.staging;
        let (source, origin, last) = if !server.tls_certificate_file.is_empty() {
            let chain = PathBuf::from(&server.tls_certificate_file);
            let key = PathBuf::from(&server.tls_key_file);
            let loaded = Loaded::read(&chain, &key)?;
            (Source::Files { chain, key }, Origin::Files, loaded)
        } else if config.acme.domains.is_empty() {
            let loaded = self_signed(&secrets, host)?;
            (Source::SelfSigned, Origin::SelfSigned, loaded)
        } else {
            let acme = Box::new(Acme::new(config, &secrets, proofs.clone())?);
            let (origin, loaded) = match acme.kept() {
                Some(kept) => (from(staging), kept),
                None => {
                    tracing::warn!(
                        "there is no certificate yet: a self-signed one is shown, which browsers warn about, until the authority has given one"
                    );
                    (Origin::SelfSigned, self_signed(&secrets, host)?)
                }
            };
            let first_wait = Millis::from_secs(config.acme.retry_s.cast_signed());
            let mut renewal = Renewal::new(first_wait);
            if let Some(at) = acme.failed_at() {
                renewal = renewal.after_failure(at, SystemClock.now());
            }
            (Source::Authority { acme, renewal }, origin, loaded)
        };
        let seen = match &source {
            Source::Files { chain, key } => Some(Stamp::of(chain, key)?),
            _ => None,
        };
        let wanted = !matches!(source, Source::SelfSigned);
        Ok(Self {
            shown: Arc::new(Shown {
                current: CurrentCertificate::new(Some(last.certificate.clone())),
                proofs,
            }),
            status: Arc::new(Status::new(origin, last.validity, wanted)),
            source,
            staging,
            seen,
            last,
            spoken: None,
        })
    }

    /// The one in use.
    pub fn certificate(&self) -> Certificate {
        self.last.certificate.clone()
    }

    /// Watches files, authority and clock for ever. Each certificate that is taken is told, with
    /// whether browsers may trust it. A SIGHUP looks at once.
    ///
    /// # Errors
    /// When the system does not let the signal be heard.
    pub fn keep(
        mut self,
        clock: Arc<dyn Clock>,
        mut tell: impl FnMut(Certificate, bool) + 'static,
    ) -> io::Result<()> {
        let mut hang_up = signal(SignalKind::hangup())?;
        actix_rt::spawn(async move {
            let mut tick = tokio::time::interval(ROUND);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let asked = next(&mut tick, &mut hang_up).await;
                if let Some(origin) = self.look(&*clock, asked).await {
                    self.status.took(origin, self.last.validity);
                    tell(self.last.certificate.clone(), origin.trusted());
                }
                self.speak(clock.now());
            }
        });
        Ok(())
    }

    /// One look; gives where a new certificate comes from, which is shown already then.
    async fn look(&mut self, clock: &dyn Clock, asked: bool) -> Option<Origin> {
        let now = clock.now();
        let taken = match &mut self.source {
            Source::SelfSigned => None,
            Source::Files { chain, key } => {
                let found = read_changed(chain, key, &mut self.seen, &self.last, now);
                match found {
                    Ok(None) if asked => {
                        tracing::info!("the certificate's files have not changed");
                        None
                    }
                    Ok(found) => found.map(|it| (Origin::Files, it)),
                    Err(error) => {
                        tracing::error!("{error:#}; the old certificate stays in use");
                        self.status.failed(&format!("{error:#}"));
                        None
                    }
                }
            }
            Source::Authority { acme, renewal } => {
                if asked {
                    renewal.hurry();
                }
                let shows_own = self.status.known(now).origin == Origin::SelfSigned;
                let fit = (!shows_own && acme.fits(&self.last)).then_some(self.last.validity);
                if !renewal.due(fit, now) {
                    return None;
                }
                let obtained = attempt(acme, renewal, clock).await;
                match obtained {
                    Ok(loaded) => Some((from(self.staging), loaded)),
                    Err(words) => {
                        self.status.failed(&words);
                        None
                    }
                }
            }
        };
        let (origin, loaded) = taken?;
        self.shown.current.set(loaded.certificate.clone());
        self.last = loaded;
        self.spoken = None;
        let days = self.last.validity.until.since(now).0 / Millis::from_days(1).0;
        tracing::info!(
            days,
            "a new certificate is in use; connections that live keep the old one"
        );
        Some(origin)
    }

    /// Says what is not well: when it begins, and once a day while it lasts.
    fn speak(&mut self, now: Timestamp) {
        let age = self.last.validity.age(now);
        let lately = self
            .spoken
            .is_some_and(|(spoken, at)| spoken == age && now.since(at) < REMIND);
        if age == Age::Good || lately {
            return;
        }
        self.spoken = Some((age, now));
        match self.status.verdict(now) {
            Verdict::Off | Verdict::Well => {}
            Verdict::Ending(words) => tracing::warn!("{words}"),
            Verdict::Failed(words) => tracing::error!("{words}"),
        }
    }
}

fn from(staging: bool) -> Origin {
    match staging {
        true => Origin::Staging,
        false => Origin::Authority,
    }
}

/// Waits for the next look; true when somebody asked for it.
async fn next(tick: &mut tokio::time::Interval, hang_up: &mut Signal) -> bool {
    tokio::select! {
        _ = tick.tick() => false,
        heard = hang_up.recv() => heard.is_some(),
    }
}

/// Reads files that have changed since they were seen. An error is told once for each change.
fn read_changed(
    chain: &Path,
    key: &Path,
    seen: &mut Option<Stamp>,
    last: &Loaded,
    now: Timestamp,
) -> Result<Option<Loaded>> {
    let stamp = match Stamp::of(chain, key) {
        Ok(stamp) => stamp,
        // Gone, perhaps only while they are exchanged: said once.
        Err(error) => return seen.take().map_or(Ok(None), |_| Err(error)),
    };
    if seen.as_ref() == Some(&stamp) {
        return Ok(None);
    }
    *seen = Some(stamp);
    let loaded = Loaded::read(chain, key)?;
    if loaded.validity.age(now) == Age::Over && last.validity.age(now) != Age::Over {
        bail!("{} has expired already", chain.display());
    }
    Ok(Some(loaded))
}

async fn attempt(acme: &Acme, renewal: &mut Renewal, clock: &dyn Clock) -> Result<Loaded, String> {
    tracing::info!("asking the authority for a certificate");
    let attempt = acme.obtain(renewal.failures());
    let words = match tokio::time::timeout(ATTEMPT_MAX, attempt).await {
        Ok(Ok(loaded)) => {
            renewal.succeeded();
            return Ok(loaded);
        }
        Ok(Err(trouble)) => trouble.to_string(),
        Err(_) => "the authority did not finish in five minutes".into(),
    };
    acme.proofs.clear();
    let mut spread = [0];
    // Without a random number everybody's wait is the shortest.
    let _ = SystemRandom::new().fill(&mut spread);
    let wait_s = renewal.failed(clock.now(), spread[0]).0 / 1_000;
    tracing::error!(wait_s, "no certificate: {words}");
    acme.keep_failure(&words);
    Err(words)
}

/// The pair that was made at the first start.
fn self_signed(secrets: &Path, host: &str) -> Result<Loaded> {
    let path = secrets.join("self-signed.pem");
    if !path.exists() {
        let pem = files::self_signed(host).context("cannot make a self-signed certificate")?;
        files::replace(&path, pem.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Loaded::read(&path, &path)
}

/// TLS rules of the web's doors: TLS 1.2 and 1.3 with ring, the certificate of the moment.
///
/// # Errors
/// Never in practice: ring supports both versions.
pub fn web_config(shown: Arc<Shown>) -> io::Result<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_cert_resolver(shown))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn pair(folder: &Path, name: &str) {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        fs::write(folder.join("chain.pem"), made.cert.pem()).unwrap();
        fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    }

    fn with_files(folder: &Path) -> Certificates {
        let mut config = Config::default();
        let text = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        config.server.tls_certificate_file = text("chain.pem");
        config.server.tls_key_file = text("key.pem");
        Certificates::load(&config, &folder.join("data"), "meet.example.org").unwrap()
    }

    #[test]
    fn a_self_signed_pair_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let load = || Certificates::load(&Config::default(), folder.path(), "meet.example.org");
        let first = load().unwrap();
        assert!(!first.status.trusted() && first.shown.current.present());
        let path = folder.path().join("secrets/self-signed.pem");
        let before = fs::read(&path).unwrap();
        load().unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[actix_web::test]
    async fn changed_files_are_taken_and_a_bad_pair_is_refused_once() {
        let folder = tempfile::tempdir().unwrap();
        let name = |it: &str| vec![it.to_owned()];
        let now = SystemClock.now();
        pair(folder.path(), "one.example.org");
        let mut all = with_files(folder.path());
        assert_eq!(all.look(&SystemClock, false).await, None);
        pair(folder.path(), "two.example.org");
        assert_eq!(all.look(&SystemClock, false).await, Some(Origin::Files));
        assert!(all.last.is_for(&name("two.example.org")));
        // Half of the next pair is there, then all of it.
        let key = fs::read(folder.path().join("key.pem")).unwrap();
        pair(folder.path(), "three.example.org");
        let next_key = fs::read(folder.path().join("key.pem")).unwrap();
        fs::write(folder.path().join("key.pem"), key).unwrap();
        assert_eq!(all.look(&SystemClock, false).await, None);
        let trouble = all.status.known(now).trouble.unwrap();
        assert!(trouble.contains("does not fit"), "{trouble}");
        assert!(
            all.last.is_for(&name("two.example.org")),
            "the old one stays"
        );
        fs::write(folder.path().join("key.pem"), next_key).unwrap();
        assert_eq!(all.look(&SystemClock, false).await, Some(Origin::Files));
        assert!(all.last.is_for(&name("three.example.org")));
        fs::remove_file(folder.path().join("chain.pem")).unwrap();
        assert_eq!(all.look(&SystemClock, false).await, None);
        assert!(all.last.is_for(&name("three.example.org")));
    }

    #[actix_web::test]
    async fn a_certificate_that_is_over_does_not_replace_a_good_one() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemClock.now();
        pair(folder.path(), "one.example.org");
        let mut all = with_files(folder.path());
        let mut wanted = rcgen::CertificateParams::new(["one.example.org".into()]).unwrap();
        wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(2020, 4, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(
            folder.path().join("chain.pem"),
            wanted.self_signed(&key).unwrap().pem(),
        )
        .unwrap();
        fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
        assert_eq!(all.look(&SystemClock, false).await, None);
        let trouble = all.status.known(now).trouble.unwrap();
        assert!(trouble.contains("expired already"), "{trouble}");
        // At a start it is shown, since there is nothing better, and everybody is told.
        let started = with_files(folder.path());
        assert!(matches!(started.status.verdict(now), Verdict::Failed(_)));
    }
}
