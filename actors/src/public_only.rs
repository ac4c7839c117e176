//! Asking servers whose addresses people gave. The server asks on their behalf, so it must not become
//! their way into networks that only it can reach: every name, also of every redirect, is resolved
//! here, and connected to at exactly the addresses that were looked at, all of which must be public.

use std::{io, net::IpAddr};

use parlor_turn::policy::is_special_purpose;
use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// Resolves names to public addresses only; others are [`io::ErrorKind::PermissionDenied`].
#[derive(Debug)]
struct PublicOnly {
    names: DefaultResolver,
    loopback: bool,
}

/// Whether this is an address that anybody can reach.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    !is_special_purpose(ip)
}

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let allowed = |ip: IpAddr| (self.loopback && ip.is_loopback()) || is_public(ip);
        // One private address among public ones is no accident.
        match found.iter().all(|it| allowed(it.ip())) {
            true => Ok(found),
            false => Err(Error::Io(io::ErrorKind::PermissionDenied.into())),
        }
    }
}

/// A client that reaches public addresses only. `loopback`: this machine too, for tests.
pub(crate) fn agent(config: Config, loopback: bool) -> ureq::Agent {
    let resolver = PublicOnly {
        names: DefaultResolver::default(),
        loopback,
    };
    ureq::Agent::with_parts(config, DefaultConnector::default(), resolver)
}

/// Whether an error says that the address was not public.
pub(crate) fn was_private(error: &Error) -> bool {
    matches!(error, Error::Io(why) if why.kind() == io::ErrorKind::PermissionDenied)
}
