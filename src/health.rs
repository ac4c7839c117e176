//! `parlor health`: asks a running server, for people, scripts and uptime monitors.

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use anyhow::{Context, Result};

use crate::config::Config;

const WAIT: Duration = Duration::from_secs(5);

/// Prints what `/health` says; success only when everything is well.
pub fn ask(url: Option<String>, config: &Config) -> Result<ExitCode> {
    let base = match url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", reachable(config)?),
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(WAIT))
        .http_status_as_error(false)
        .build()
        .into();
    let mut answer = agent
        .get(format!("{base}/health"))
        .call()
        .with_context(|| format!("no server answers at {base}; is it running?"))?;
    println!(
        "{}",
        answer
            .body_mut()
            .read_to_string()
            .context("the answer cannot be read")?
    );
    Ok(if answer.status().is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The first listening address, with "everywhere" replaced by this machine.
fn reachable(config: &Config) -> Result<SocketAddr> {
    let first = config
        .server
        .listen
        .first()
        .context("server.listen is empty")?;
    let mut address: SocketAddr = first.parse().context("server.listen is not an address")?;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv6() {
            std::net::Ipv6Addr::LOCALHOST.into()
        } else {
            std::net::Ipv4Addr::LOCALHOST.into()
        });
    }
    Ok(address)
}
