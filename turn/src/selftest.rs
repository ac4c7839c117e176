//! The relay looks at itself from outside: over every listener it asks for its address, allocates, relays a packet to
//! itself and says in one plain sentence what failed. Blocks for seconds at most; never call it on a
//! thread that serves anybody.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{
        CryptoProvider, ring::default_provider, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use crate::{
    Addresses, Credential,
    client::{Allocated, Client, ClientError, Transport},
    shared::Shared,
};

const CHANNEL: u16 = 0x4000;
const PAYLOAD: &[u8] = b"parlor self-test";

/// One listener, looked at from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was tried, for example "UDP 0.0.0.0:3478".
    pub what: String,
    /// What is wrong, in one sentence; `None` when a packet came through.
    pub problem: Option<String>,
}

/// What a self-test found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelfTest {
    /// One entry for each listener.
    pub checks: Vec<Check>,
}

impl SelfTest {
    /// Whether every listener relays.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.problem.is_none())
    }
}

/// Tries every listener in turn with a credential of its own.
pub(crate) fn run(shared: &Shared, addresses: &Addresses, credential: &Credential) -> SelfTest {
    let ipv6 = shared.config.relay_v4.is_none();
    let mut checks = Vec::new();
    let mut check =
        |name: &str, address: &SocketAddr, transport: Result<Transport, ClientError>| {
            let result =
                transport.and_then(|it| echo(reachable(*address), &it, credential, ipv6).map(drop));
            checks.push(Check {
                what: format!("{name} {address}"),
                problem: result.err().map(|error| error.to_string()),
            });
        };
    for address in &addresses.udp {
        check("UDP", address, Ok(Transport::Udp));
    }
    for address in &addresses.tcp {
        check("TCP", address, Ok(Transport::Tcp));
    }
    if shared.certificate.present() {
        for address in &addresses.tls {
            check("TLS", address, any_certificate(reachable(*address).ip()));
        }
    }
    SelfTest { checks }
}

/// The whole way of a packet: challenge, allocation, channel to itself, packet, end.
///
/// # Errors
/// At the first step that does not go as it should.
pub fn echo(
    to: SocketAddr,
    transport: &Transport,
    credential: &Credential,
    ipv6: bool,
) -> Result<Allocated, ClientError> {
    let mut client = Client::connect(to, transport)?;
    client.binding()?;
    let allocated = client.allocate(credential, ipv6)?;
    let result = client
        .bind(CHANNEL, allocated.relayed)
        .and_then(|()| client.send(CHANNEL, PAYLOAD))
        .and_then(|()| client.receive());
    let _ = client.release();
    match result? {
        (CHANNEL, payload) if payload == PAYLOAD => Ok(allocated),
        _ => Err(ClientError::Nonsense(
            "a packet to itself came back changed",
        )),
    }
}

/// An address to reach a listener at: one that listens everywhere listens on loopback too.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// TLS that takes any certificate.
///
/// # Errors
/// Never in practice: ring supports both versions.
pub fn any_certificate(ip: IpAddr) -> Result<Transport, ClientError> {
    let provider = Arc::new(default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OwnCertificate(provider)))
        .with_no_client_auth();
    Ok(Transport::Tls(
        Arc::new(config),
        ServerName::IpAddress(ip.into()),
    ))
}

/// The other end is this process: its certificate's name and issuer are not in question here, but
/// the signature is, for it shows that the key fits.
#[derive(Debug)]
struct OwnCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for OwnCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
