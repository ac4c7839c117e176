//! A TLS port's certificate, judged as browsers do: its time, its name, its issuer.

use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parlor_turn::{client::Transport, selftest};
use rustls::{
    CertificateError, ClientConnection, Error, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier, verify_server_name},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::Finding;

const WAIT: Duration = Duration::from_secs(3);
/// Renewals are due before this.
const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// Looks at the certificate that this port shows for this name.
pub fn examine(host: &str, to: SocketAddr) -> Finding {
    let check = format!("certificate of {host}:{}", to.port());
    let Ok(name) = ServerName::try_from(host.to_owned()) else {
        return Finding::failed(
            check,
            format!("{host:?} is no name that a certificate can have."),
        );
    };
    match shown(to, name.clone()) {
        Ok(chain) => judge(check, host, &name, &chain),
        Err(words) => Finding::failed(check, words),
    }
}

fn shown(
    to: SocketAddr,
    name: ServerName<'static>,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |error: &dyn std::fmt::Display| {
        format!(
            "TLS does not come about ({error}): is a TLS server listening on port {}?",
            to.port()
        )
    };
    let Ok(Transport::Tls(config, _)) = selftest::any_certificate(to.ip()) else {
        return Err("TLS cannot be set up here; this is a bug.".into());
    };
    let mut socket = TcpStream::connect_timeout(&to, WAIT).map_err(|e| failed(&e))?;
    socket
        .set_read_timeout(Some(WAIT))
        .map_err(|e| failed(&e))?;
    let mut session = ClientConnection::new(config, name).map_err(|e| failed(&e))?;
    while session.is_handshaking() {
        session.complete_io(&mut socket).map_err(|e| failed(&e))?;
    }
    let chain = session.peer_certificates().unwrap_or_default();
    Ok(chain.iter().map(|it| it.clone().into_owned()).collect())
}

fn judge(
    check: String,
    host: &str,
    name: &ServerName<'_>,
    chain: &[CertificateDer<'_>],
) -> Finding {
    let Some((leaf, between)) = chain.split_first() else {
        return Finding::failed(check, "The server shows no certificate.");
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let at = |since_1970| verify(leaf, between, name, UnixTime::since_unix_epoch(since_1970));
    let fitting =
        ParsedCertificate::try_from(leaf).and_then(|leaf| verify_server_name(&leaf, name));
    match (at(now), fitting) {
        (Err(Error::InvalidCertificate(problem)), _) if is_expired(&problem) => Finding::failed(
            check,
            "The certificate has expired: renew it; the server reads the files of server.tls_certificate_file again by itself, and asks the authority of [acme] by itself (see its log).",
        ),
        (Err(Error::InvalidCertificate(problem)), _) if is_too_early(&problem) => Finding::failed(
            check,
            "The certificate is not valid yet: is this machine's clock right?",
        ),
        (_, Err(_)) => Finding::failed(
            check,
            format!(
                "The certificate is not for {host}: get one that names it, or set relay.public_host to a name that it has."
            ),
        ),
        (Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)), _) => Finding::warning(
            check,
            "Browsers do not know who issued the certificate: it is self-signed, of your own or a staging authority, or server.tls_certificate_file lacks the certificates between it and the root.",
        ),
        (Err(error), _) => {
            Finding::failed(check, format!("Browsers refuse the certificate ({error})."))
        }
        (Ok(()), Ok(())) if at(now + SOON).is_err() => Finding::warning(
            check,
            "The certificate expires within 14 days: see that its renewal runs; the log says what an authority answered.",
        ),
        (Ok(()), Ok(())) => Finding::ok(check, "Valid, for this name, and known to browsers."),
    }
}

fn is_expired(problem: &CertificateError) -> bool {
    matches!(
        problem,
        CertificateError::Expired | CertificateError::ExpiredContext { .. }
    )
}

fn is_too_early(problem: &CertificateError) -> bool {
    matches!(
        problem,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }
    )
}

fn verify(
    leaf: &CertificateDer<'_>,
    between: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    at: UnixTime,
) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    verifier
        .verify_server_cert(leaf, between, name, &[], at)
        .map(drop)
}
