//! A relay of its own, without the rest of Parlor: for benches, for trying foreign clients, and as
//! the smallest program that uses this crate.
//!
//! `cargo run -p parlor-turn --example relay -- --listen 127.0.0.1 --port 3478 --secret S`; then
//! `turnutils_uclient -W S ...`. Flags: `--listen ADDRESS` (repeatable), `--port N`, `--tls-port N`,
//! `--certificate FILE --key FILE`, `--relay-v4 ADDRESS`, `--relay-v6 ADDRESS`, `--realm R`,
//! `--secret S`, `--policy call|public`, `--loopback-peers`, `--threads N`, `--coalesce-us N`,
//! `--no-io-uring`,
//! `--allocations N`. Prints the addresses and `ready`, then runs until it is killed.

use std::{error::Error, fs, io::Write};

use parlor_turn::{Certificate, PeerPolicy, Relay, RelayAddress, RelayConfig, Secret};

fn main() -> Result<(), Box<dyn Error>> {
    let config = read(std::env::args().skip(1))?;
    raise_descriptor_limit();
    let relay = Relay::start(config)?;
    let addresses = relay.addresses();
    for (name, list) in [
        ("udp", &addresses.udp),
        ("tcp", &addresses.tcp),
        ("tls", &addresses.tls),
    ] {
        for address in list {
            println!("{name} {address}");
        }
    }
    println!("ready");
    std::io::stdout().flush()?;
    loop {
        std::thread::park();
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<RelayConfig, Box<dyn Error>> {
    let mut config = RelayConfig {
        tls_port: None,
        ..RelayConfig::default()
    };
    let (mut listen, mut certificate, mut key) = (Vec::new(), None, None);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{flag} needs a value"));
        match flag.as_str() {
            "--listen" => listen.push(value()?.parse()?),
            "--port" => config.port = value()?.parse()?,
            "--tls-port" => config.tls_port = Some(value()?.parse()?),
            "--certificate" => certificate = Some(fs::read(value()?)?),
            "--key" => key = Some(fs::read(value()?)?),
            "--relay-v4" => {
                config.relay_v4 = Some(RelayAddress {
                    bind: Some(value()?.parse()?),
                    external: None,
                });
            }
            "--relay-v6" => {
                config.relay_v6 = Some(RelayAddress {
                    bind: Some(value()?.parse()?),
                    external: None,
                });
            }
            "--realm" => config.realm = value()?,
            "--secret" => config.secrets = vec![Secret::new(value()?)],
            "--policy" => {
                config.peer_policy = match value()?.as_str() {
                    "call" => PeerPolicy::Call,
                    "public" => PeerPolicy::Public,
                    other => return Err(format!("unknown policy {other}").into()),
                };
            }
            "--loopback-peers" => config.allow_loopback_peers = true,
            "--threads" => config.threads = value()?.parse()?,
            "--no-io-uring" => config.io_uring = false,
            "--coalesce-us" => config.coalesce_us = value()?.parse()?,
            "--allocations" => {
                config.limits.allocations = value()?.parse()?;
                // Generators that measure relays are often one user with many streams.
                config.limits.allocations_per_participant = config.limits.allocations;
                config.limits.kbit_per_allocation = 0;
            }
            other => return Err(format!("unknown flag {other}").into()),
        }
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        config.certificate = Some(Certificate::from_pem(&certificate, &key)?);
    }
    if !listen.is_empty() {
        if let std::net::IpAddr::V4(ip) = listen[0]
            && ip.is_loopback()
        {
            config.relay_v4 = Some(RelayAddress {
                bind: Some(ip),
                external: None,
            });
        }
        config.listen = listen;
    }
    Ok(config)
}

/// Every allocation has a socket.
fn raise_descriptor_limit() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both calls get a pointer to a live rlimit; failure leaves the limit as it was.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}
