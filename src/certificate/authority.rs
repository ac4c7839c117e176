//! Getting a certificate from an authority (ACME, RFC 8555): account, order, proof, certificate.
//!
//! One attempt is one call of [`Acme::obtain`]; when to call it is the keeper's affair. What fails
//! is said as a sentence with a remedy, because the operator reads nothing else.

use std::{
    fs,
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use http_body_util::BodyExt;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType,
    Error, HttpClient, Identifier, LetsEncrypt, NewAccount, NewOrder, Order, OrderStatus, Problem,
    RetryPolicy,
};
use parlor_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use ureq::{
    http::{Method, Request},
    tls::{RootCerts, TlsConfig},
};

use super::{files, files::Loaded, shown::Proofs};
use crate::config::Config;

/// Longest wait for one answer of the authority.
const WAIT: Duration = Duration::from_secs(30);
/// Longest wait for the authority to look at a proof, or to sign.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longest answer that is read; a chain has a few kilobytes.
const BODY_BYTES_MAX: u64 = 256 * 1024;

/// An authority, and what is wanted of it.
pub struct Acme {
    directory: String,
    folder: PathBuf,
    names: Vec<String>,
    contact: Vec<String>,
    ways: Vec<Way>,
    http: Http,
    /// For proofs, which the doors show.
    pub proofs: Arc<Proofs>,
}

/// How it is proven that a name leads here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Tls,
    Http,
}

impl Way {
    fn challenge(self) -> ChallengeType {
        match self {
            Self::Tls => ChallengeType::TlsAlpn01,
            Self::Http => ChallengeType::Http01,
        }
    }

    /// The port that the authority comes to.
    fn port(self) -> u16 {
        match self {
            Self::Tls => 443,
            Self::Http => 80,
        }
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The authority did not answer, or not as one.
    #[error(
        "the authority at {0} does not answer as one ({1}); is that address right, and may this machine reach it?"
    )]
    Away(String, String),
    /// It said no.
    #[error("{0}")]
    Refused(String),
    /// What was obtained or kept cannot be used here.
    #[error("{0}")]
    Here(String),
}

/// The account, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    contact: Vec<String>,
    credentials: AccountCredentials,
}

impl Acme {
    /// From the configuration; `secrets` is the folder of the server's secrets.
    ///
    /// # Errors
    /// When the authority's own certificate cannot be read, or the folder cannot be made.
    pub fn new(config: &Config, secrets: &Path, proofs: Arc<Proofs>) -> Result<Self> {
        let acme = &config.acme;
        let directory = match (acme.directory_url.as_str(), acme.staging) {
            ("", true) => LetsEncrypt::Staging.url(),
            ("", false) => LetsEncrypt::Production.url(),
            (url, _) => url,
        };
        // Each authority has its own account and certificate, so that a switch back finds its own.
        let folder = secrets.join("acme").join(folder_name(directory));
        files::private_folder(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let mut contact = Vec::new();
        if !acme.contact_email.is_empty() {
            contact.push(format!("mailto:{}", acme.contact_email));
        }
        let way = |name| match name {
            "http-01" => Way::Http,
            _ => Way::Tls,
        };
        Ok(Self {
            directory: directory.to_owned(),
            folder,
            names: acme.domains.clone(),
            contact,
            ways: config.acme_challenges().map(way).collect(),
            http: Http::new(&acme.ca_file)?,
            proofs,
        })
    }

    fn certificate_file(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// What an earlier run has obtained; a damaged file counts as none, since another can be had.
    pub fn kept(&self) -> Option<Loaded> {
        let path = self.certificate_file();
        if !path.exists() {
            return None;
        }
        match Loaded::read(&path, &path) {
            Ok(loaded) => Some(loaded),
            Err(error) => {
                tracing::warn!("{error:#}; another certificate is asked for");
                None
            }
        }
    }

    fn failure_file(&self) -> PathBuf {
        self.folder.join("last-failure.txt")
    }

    /// When the last attempt failed, if none has succeeded since.
    pub fn failed_at(&self) -> Option<Timestamp> {
        let at = fs::metadata(self.failure_file()).ok()?.modified().ok()?;
        let since = at.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Timestamp)
    }

    /// Keeps the sentence of an attempt that failed, for the next start and for who looks there.
    pub fn keep_failure(&self, words: &str) {
        if let Err(error) = files::replace(&self.failure_file(), words.as_bytes()) {
            tracing::debug!(%error, "a failure could not be kept");
        }
    }

    /// Whether a certificate is for all names that are wanted.
    pub fn fits(&self, loaded: &Loaded) -> bool {
        loaded.is_for(&self.names)
    }

    /// Asks for a certificate and keeps it. `failures` counts the attempts that failed before: each
    /// tries the next way of proving.
    ///
    /// # Errors
    /// With what the operator can do.
    pub async fn obtain(&self, failures: u32) -> Result<Loaded, Trouble> {
        let index = failures as usize % self.ways.len().max(1);
        let way = self.ways.get(index).copied().unwrap_or(Way::Tls);
        let obtained = self.order_and_prove(way).await;
        self.proofs.clear();
        let pem = obtained?;
        let loaded = Loaded::from_pem(pem.as_bytes(), pem.as_bytes());
        let loaded = loaded.map_err(|error| {
            Trouble::Here(format!(
                "the authority sent a certificate that cannot be used ({error:#})"
            ))
        })?;
        let path = self.certificate_file();
        files::replace(&path, pem.as_bytes()).map_err(|error| here(&path, &error))?;
        let _ = fs::remove_file(self.failure_file());
        Ok(loaded)
    }

    async fn order_and_prove(&self, way: Way) -> Result<String, Trouble> {
        let account = self.account().await?;
        let names: Vec<_> = self.names.iter().cloned().map(Identifier::Dns).collect();
        let ordered = account.new_order(&NewOrder::new(&names)).await;
        let mut order = match ordered {
            Err(Error::Api(problem)) if is(&problem, "accountDoesNotExist") => {
                self.forget_account()?;
                let account = self.account().await?;
                let again = account.new_order(&NewOrder::new(&names)).await;
                again.map_err(|error| self.trouble(&error))?
            }
            ordered => ordered.map_err(|error| self.trouble(&error))?,
        };
        self.prove(&mut order, way).await?;
        let key = rcgen::KeyPair::generate().map_err(ours)?;
        let mut request = rcgen::CertificateParams::new(self.names.clone()).map_err(ours)?;
        request.distinguished_name = rcgen::DistinguishedName::new();
        let request = request.serialize_request(&key).map_err(ours)?;
        let signed = order.finalize_csr(request.der()).await;
        signed.map_err(|error| self.trouble(&error))?;
        let chain = order.poll_certificate(&patience()).await;
        let chain = chain.map_err(|error| self.trouble(&error))?;
        Ok(key.serialize_pem() + &chain)
    }

    /// Lays out a proof for each name and waits until the authority has looked at all.
    async fn prove(&self, order: &mut Order, way: Way) -> Result<(), Trouble> {
        let mut names = order.authorizations();
        while let Some(next) = names.next().await {
            let mut name = next.map_err(|error| self.trouble(&error))?;
            if name.status == AuthorizationStatus::Valid {
                continue; // Proven lately: the authority remembers.
            }
            let Some(mut challenge) = name.challenge(way.challenge()) else {
                let words =
                    format!("the authority does not offer {way:?} as a proof; see acme.challenges");
                return Err(Trouble::Refused(words));
            };
            let words = challenge.key_authorization();
            match way {
                Way::Http => self.proofs.lay_out(&challenge.token, words.as_str()),
                Way::Tls => {
                    let name = challenge.identifier().to_string();
                    let shown = self.proofs.show(&name, words.digest().as_ref());
                    shown.map_err(|error| Trouble::Here(error.to_string()))?;
                }
            }
            let ready = challenge.set_ready().await;
            ready.map_err(|error| self.trouble(&error))?;
        }
        match order.poll_ready(&patience()).await {
            Ok(OrderStatus::Ready) => Ok(()),
            Ok(_) => Err(self.why_not(order, way, None).await),
            Err(error) => Err(self.why_not(order, way, Some(error)).await),
        }
    }

    /// The order says only that it failed; the reason is at the proof of one of the names.
    async fn why_not(&self, order: &mut Order, way: Way, error: Option<Error>) -> Trouble {
        let mut names = order.authorizations();
        while let Some(Ok(mut name)) = names.next().await {
            if name.refresh().await.is_err() {
                break;
            }
            let problem = name.challenges.iter().find_map(|it| it.error.as_ref());
            if let Some(problem) = problem {
                let name = name.identifier().to_string();
                return Trouble::Refused(unproven(&name, way, problem));
            }
        }
        match error {
            Some(error) => self.trouble(&error),
            None => Trouble::Refused(
                "the authority did not accept the proof, and does not say why".into(),
            ),
        }
    }

    fn account_file(&self) -> PathBuf {
        self.folder.join("account.json")
    }

    fn forget_account(&self) -> Result<(), Trouble> {
        let path = self.account_file();
        tracing::warn!("the authority does not know the account any more; another one is made");
        fs::remove_file(&path).map_err(|error| here(&path, &error))
    }

    /// The account that is kept, or a new one.
    async fn account(&self) -> Result<Account, Trouble> {
        let path = self.account_file();
        let builder = || Account::builder_with_http(Box::new(self.http.clone()));
        let kept = match fs::read(&path) {
            Ok(text) => Some(serde_json::from_slice::<Kept>(&text).map_err(|error| {
                let words = format!(
                    "{} is damaged ({error}); delete it to have another account made",
                    path.display()
                );
                Trouble::Here(words)
            })?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(here(&path, &error)),
        };
        let contact: Vec<_> = self.contact.iter().map(String::as_str).collect();
        let Some(kept) = kept else {
            let wanted = NewAccount {
                contact: &contact,
                terms_of_service_agreed: true,
                only_return_existing: false,
            };
            let made = builder()
                .create(&wanted, self.directory.clone(), None)
                .await;
            let (account, credentials) = made.map_err(|error| self.trouble(&error))?;
            self.keep_account(&credentials_json(&self.contact, &credentials)?)?;
            return Ok(account);
        };
        let old = kept.contact != self.contact;
        let text = if old {
            Some(credentials_json(&self.contact, &kept.credentials)?)
        } else {
            None
        };
        let account = builder().from_credentials(kept.credentials).await;
        let account = account.map_err(|error| self.trouble(&error))?;
        if let Some(text) = text {
            match account.update_contacts(&contact).await {
                Ok(()) => self.keep_account(&text)?,
                Err(Error::Api(problem)) if is(&problem, "accountDoesNotExist") => {}
                Err(error) => return Err(self.trouble(&error)),
            }
        }
        Ok(account)
    }

    fn keep_account(&self, text: &[u8]) -> Result<(), Trouble> {
        let path = self.account_file();
        files::replace(&path, text).map_err(|error| here(&path, &error))
    }

    fn trouble(&self, error: &Error) -> Trouble {
        match error {
            Error::Api(problem) => Trouble::Refused(refusal(problem)),
            error => Trouble::Away(self.directory.clone(), error.to_string()),
        }
    }
}

fn credentials_json(
    contact: &[String],
    credentials: &AccountCredentials,
) -> Result<Vec<u8>, Trouble> {
    #[derive(Serialize)]
    struct Keep<'a> {
        contact: &'a [String],
        credentials: &'a AccountCredentials,
    }
    serde_json::to_vec(&Keep {
        contact,
        credentials,
    })
    .map_err(|error| Trouble::Here(error.to_string()))
}

fn patience() -> RetryPolicy {
    RetryPolicy::new()
        .initial_delay(Duration::from_millis(250))
        .backoff(1.5)
        .timeout(PATIENCE)
}

fn here(path: &Path, error: &io::Error) -> Trouble {
    Trouble::Here(format!("{} cannot be used ({error})", path.display()))
}

fn ours(error: rcgen::Error) -> Trouble {
    Trouble::Here(format!(
        "a request for the certificate cannot be made ({error})"
    ))
}

/// Whether a problem is of this kind (RFC 8555 section 6.7).
fn is(problem: &Problem, kind: &str) -> bool {
    let named = problem.r#type.as_deref().unwrap_or_default();
    named.rsplit(':').next() == Some(kind)
}

/// What an authority said, on one line and not without end.
fn detail(problem: &Problem) -> String {
    let said = problem.detail.as_deref().unwrap_or("no reason given");
    said.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}

/// Why a name could not be proven, and what to do.
fn unproven(name: &str, way: Way, problem: &Problem) -> String {
    let (port, said) = (way.port(), detail(problem));
    if is(problem, "dns") {
        return format!(
            "the name {name} leads nowhere ({said}): add this machine's address to the DNS"
        );
    }
    if is(problem, "caa") {
        return format!("the DNS of {name} forbids this authority (its CAA record; {said})");
    }
    if is(problem, "connection") {
        return format!(
            "the authority does not reach {name} on port {port} ({said}): open {port}/tcp in the firewalls of this machine and of its provider, and see that the name leads here"
        );
    }
    format!(
        "who answers for {name} on port {port} is not this server ({said}): see that the name leads here, and that no proxy stands in front"
    )
}

/// Why an authority refuses before any proof.
fn refusal(problem: &Problem) -> String {
    let said = detail(problem);
    if is(problem, "rateLimited") {
        return format!(
            "the authority has been asked too often ({said}); try things out with acme.staging = true"
        );
    }
    if is(problem, "rejectedIdentifier") {
        return format!("the authority gives no certificate for a name in acme.domains ({said})");
    }
    if is(problem, "invalidContact") || is(problem, "unsupportedContact") {
        return format!("the authority does not take acme.contact_email ({said})");
    }
    if is(problem, "externalAccountRequired") {
        return format!(
            "the authority wants an account that was made with it before, which Parlor does not support ({said})"
        );
    }
    format!("the authority refuses ({said})")
}

/// The name of an authority's folder: its address, with what is no letter, digit or dot replaced.
fn folder_name(directory: &str) -> String {
    let address = directory.trim_start_matches("https://");
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
            c
        } else {
            '_'
        }
    };
    address.chars().map(kept).take(120).collect()
}

/// The small blocking client that the rest of the house has too, on the pool for blocking work.
#[derive(Clone)]
struct Http(ureq::Agent);

impl Http {
    fn new(ca_file: &str) -> Result<Self> {
        let mut tls = TlsConfig::builder();
        if !ca_file.is_empty() {
            let pem =
                fs::read(ca_file).with_context(|| format!("cannot read acme.ca_file {ca_file}"))?;
            let items = ureq::tls::parse_pem(&pem).filter_map(|item| match item {
                Ok(ureq::tls::PemItem::Certificate(it)) => Some(it),
                _ => None,
            });
            let roots: Vec<_> = items.collect();
            if roots.is_empty() {
                anyhow::bail!("acme.ca_file {ca_file} has no readable PEM certificate");
            }
            tls = tls.root_certs(RootCerts::Specific(Arc::new(roots)));
        }
        let config = parlor_actors::outgoing::with_manners(WAIT)
            .https_only(true)
            .tls_config(tls.build())
            .build();
        Ok(Self(config.new_agent()))
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>>;

impl HttpClient for Http {
    fn request(&self, request: Request<BodyWrapper<bytes::Bytes>>) -> Answer {
        let agent = self.0.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            // The agent says for itself who asks.
            parts.headers.remove("user-agent");
            let body = match body.collect().await {
                Ok(body) => body.to_bytes(),
                Err(never) => match never {},
            };
            let work = move || run(&agent, parts, &body);
            let done = tokio::task::spawn_blocking(work).await;
            done.map_err(|error| Error::Other(Box::new(error)))?
        })
    }
}

fn run(
    agent: &ureq::Agent,
    parts: ureq::http::request::Parts,
    body: &[u8],
) -> Result<BytesResponse, Error> {
    let answer = match parts.method {
        Method::GET | Method::HEAD => agent.run(Request::from_parts(parts, ())),
        _ => agent.run(Request::from_parts(parts, body)),
    };
    let (parts, mut body) = answer
        .map_err(|error| Error::Other(Box::new(error)))?
        .into_parts();
    let read = body.with_config().limit(BODY_BYTES_MAX).read_to_vec();
    let bytes = read.map_err(|error| Error::Other(Box::new(error)))?;
    Ok(BytesResponse {
        parts,
        body: Box::new(bytes::Bytes::from(bytes)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str, detail: &str) -> Problem {
        let text = serde_json::json!({"type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail});
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn what_an_authority_refuses_is_said_with_a_remedy() {
        for (way, kind, words) in [
            (Way::Tls, "connection", "open 443/tcp"),
            (Way::Http, "connection", "open 80/tcp"),
            (Way::Http, "dns", "leads nowhere"),
            (Way::Tls, "caa", "CAA"),
            (Way::Tls, "unauthorized", "is not this server"),
        ] {
            let said = unproven("meet.example.org", way, &problem(kind, "so\nit is"));
            assert!(said.contains(words) && said.contains("so it is"), "{said}");
        }
        let said = refusal(&problem("rateLimited", "5 in 3 hours"));
        assert!(
            said.contains("too often") && said.contains("staging"),
            "{said}"
        );
    }

    #[test]
    fn each_authority_has_a_folder_of_its_own() {
        assert_eq!(
            folder_name(LetsEncrypt::Production.url()),
            "acme-v02.api.letsencrypt.org_directory"
        );
        assert_ne!(
            folder_name(LetsEncrypt::Staging.url()),
            folder_name(LetsEncrypt::Production.url())
        );
        assert_eq!(
            folder_name("https://[::1]:14000/../dir"),
            "___1__14000_.._dir"
        );
    }
}
