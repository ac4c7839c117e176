//! The relay's settings and the addresses that browsers get, from the configuration.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use anyhow::{Context, Result};
use parlor_actors::relay_desk::IceConfig;
use parlor_domain::time::Millis;
use parlor_turn::{
    Addresses, Certificate, Cidr, Limits, PeerPolicy, Relay, RelayAddress, RelayConfig, Secret,
};

use super::{Mode, ground::Ground};
use crate::config::Config;

/// Starts the relay, unless it is switched off. Takes the ground's listeners for it.
pub fn start(
    config: &Config,
    mode: Mode,
    ground: &mut Ground,
    certificate: Certificate,
) -> Result<Option<Relay>> {
    if !config.relay.enabled {
        return Ok(None);
    }
    let opened = std::mem::take(&mut ground.opened);
    let settings = settings(config, mode, ground, Some(certificate))?;
    let relay = Relay::start_with(settings, opened).context("the relay cannot start")?;
    Ok(Some(relay))
}

fn settings(
    config: &Config,
    mode: Mode,
    ground: &Ground,
    certificate: Option<Certificate>,
) -> Result<RelayConfig> {
    let relay = &config.relay;
    let listen = listen_addresses(config, mode)?;
    let public: Vec<IpAddr> = relay
        .public_ips
        .iter()
        .filter_map(|ip| ip.parse().ok())
        .collect();
    // On a single machine everything stays on loopback; elsewhere the default route decides.
    let loopback = listen.iter().all(IpAddr::is_loopback);
    let has = |v6: bool| listen.iter().any(|ip| ip.is_ipv6() == v6);
    let external_v4 = public.iter().find_map(|ip| {
        if let IpAddr::V4(ip) = ip {
            Some(*ip)
        } else {
            None
        }
    });
    let external_v6 = public.iter().find_map(|ip| {
        if let IpAddr::V6(ip) = ip {
            Some(*ip)
        } else {
            None
        }
    });
    Ok(RelayConfig {
        port: relay.port,
        tls_port: Some(relay.tls_port),
        certificate,
        relay_v4: has(false).then_some(RelayAddress {
            bind: loopback.then_some(Ipv4Addr::LOCALHOST),
            external: external_v4,
        }),
        relay_v6: (has(true) && (loopback || external_v6.is_some())).then_some(RelayAddress {
            bind: loopback.then_some(Ipv6Addr::LOCALHOST),
            external: external_v6,
        }),
        relay_ports: relay.port_min..=relay.port_max,
        realm: if relay.realm.is_empty() {
            ground.host().into()
        } else {
            relay.realm.clone()
        },
        secrets: vec![Secret::new(ground.relay_secret.as_bytes())],
        credential_horizon: Duration::from_secs(relay.credential_min * 60),
        peer_policy: peer_policy(config),
        allow_loopback_peers: relay.allow_loopback_peers,
        io_uring: relay.io_uring,
        slice_us: relay.time_slice_us,
        nice: relay.nice,
        realtime: relay.realtime,
        coalesce_us: relay.coalesce_us,
        limits: Limits {
            allocations: relay.allocations_max,
            allocations_per_participant: relay.allocations_per_participant_max,
            kbit_per_allocation: relay.kbit_per_s_per_allocation_max,
            kbit_total: relay.kbit_per_s_total_max,
            bytes_per_month: month_bytes(config),
            kbit_when_spent: relay.kbit_per_s_when_spent,
            ..Limits::default()
        },
        listen,
        ..RelayConfig::default()
    })
}

/// Whom the relay sends to. `check` has refused every other word and every broken network.
fn peer_policy(config: &Config) -> PeerPolicy {
    let networks = || config.relay.peer_networks.iter();
    match config.relay.peer_policy.as_str() {
        "public" => PeerPolicy::Public,
        "cidr" => PeerPolicy::Cidr(networks().filter_map(|it| Cidr::parse(it)).collect()),
        _ => PeerPolicy::Call,
    }
}

/// The month's budget in bytes; 0 has no limit.
pub fn month_bytes(config: &Config) -> u64 {
    config.relay.month_gb_max.saturating_mul(1_000_000_000)
}

/// The configured addresses; in development only loopback ones, since peers may be loopback too.
fn listen_addresses(config: &Config, mode: Mode) -> Result<Vec<IpAddr>> {
    let configured = config
        .relay
        .listen
        .iter()
        .map(|ip| {
            ip.parse()
                .with_context(|| format!("relay.listen has {ip:?}"))
        })
        .collect::<Result<Vec<IpAddr>>>()?;
    if !mode.development {
        return Ok(configured);
    }
    Ok(configured
        .into_iter()
        .map(|ip| match ip {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        })
        .collect())
}

/// The addresses that browsers get. `bound` is what the relay really listens on; `shared_port` is
/// the port of HTTPS when TURN is answered there too. Those of TLS stand apart, because they are
/// offered only with a certificate that browsers can trust: any other would only cost them time.
pub fn ice(
    config: &Config,
    ground: &Ground,
    bound: &Addresses,
    shared_port: Option<u16>,
) -> IceConfig {
    let host = advertised_host(config, ground, bound);
    let offered = |transport: &str| config.relay.transports.iter().any(|t| t == transport);
    let mut turn_urls = Vec::new();
    if let (Some(udp), true) = (bound.udp.first(), offered("udp")) {
        turn_urls.push(format!("turn:{host}:{}?transport=udp", udp.port()));
    }
    if let (Some(tcp), true) = (bound.tcp.first(), offered("tcp")) {
        turn_urls.push(format!("turn:{host}:{}?transport=tcp", tcp.port()));
    }
    let mut turns_urls = Vec::new();
    if offered("tls") {
        let tls = bound.tls.first().map(|tls| tls.port());
        turns_urls.extend(
            tls.into_iter()
                .chain(shared_port)
                .map(|port| format!("turns:{host}:{port}?transport=tcp")),
        );
    }
    IceConfig {
        stun_urls: bound
            .udp
            .first()
            .map(|udp| format!("stun:{host}:{}", udp.port()))
            .into_iter()
            .collect(),
        turn_urls,
        turns_urls,
        ttl: Millis::from_mins(config.relay.credential_min.cast_signed()),
        relay_only: config.relay.ice_transport_policy == "relay",
    }
}

/// The name in those addresses. "localhost" may mean either family to a browser, so it is replaced
/// by the address that is really bound.
fn advertised_host(config: &Config, ground: &Ground, bound: &Addresses) -> String {
    let host = match config.relay.public_host.as_str() {
        "" => ground.host(),
        host => host,
    };
    let bare = match (host, bound.udp.first()) {
        ("localhost", Some(address)) if address.ip().is_loopback() => address.ip().to_string(),
        _ => host.to_owned(),
    };
    if bare.contains(':') {
        format!("[{bare}]")
    } else {
        bare
    }
}

#[cfg(test)]
mod tests {
    use parlor_turn::Opened;

    use super::*;

    fn ground(url: &str) -> Ground {
        Ground {
            data_dir: "/nowhere".into(),
            plain: vec![],
            tls: vec![],
            redirect: vec![],
            opened: Opened::default(),
            activated: false,
            public_url: url.into(),
            token_secret: String::new(),
            relay_secret: String::new(),
            house_texts: None,
        }
    }

    #[test]
    fn browsers_get_what_is_bound_and_tls_stands_apart() {
        let bound = Addresses {
            udp: vec!["0.0.0.0:3478".parse().unwrap()],
            tcp: vec!["0.0.0.0:3478".parse().unwrap()],
            tls: vec!["0.0.0.0:5349".parse().unwrap()],
        };
        let ground = ground("https://meet.example.org");
        let config = Config::default();
        let plain = ice(&config, &ground, &bound, Some(443));
        assert_eq!(plain.stun_urls, ["stun:meet.example.org:3478"]);
        assert_eq!(
            plain.turn_urls,
            [
                "turn:meet.example.org:3478?transport=udp",
                "turn:meet.example.org:3478?transport=tcp"
            ]
        );
        assert_eq!(
            plain.turns_urls,
            [
                "turns:meet.example.org:5349?transport=tcp",
                "turns:meet.example.org:443?transport=tcp"
            ]
        );
    }

    #[test]
    fn the_relay_gets_the_peer_policy_that_was_configured() {
        let with = |policy: &str, networks: &[&str]| {
            let mut config = Config::default();
            config.relay.peer_policy = policy.into();
            config.relay.peer_networks = networks.iter().map(|&it| it.into()).collect();
            assert_eq!(config.problems(), vec![], "{policy}");
            let ground = ground("https://meet.example.org");
            settings(&config, Mode::default(), &ground, None)
                .unwrap()
                .peer_policy
        };
        assert_eq!(with("call", &[]), PeerPolicy::Call);
        assert_eq!(with("public", &[]), PeerPolicy::Public);
        let networks = ["198.200.0.0/16", "2a00::/12"];
        assert_eq!(
            with("cidr", &networks),
            PeerPolicy::Cidr(networks.map(|it| Cidr::parse(it).unwrap()).to_vec())
        );
    }

    #[test]
    fn localhost_is_said_as_the_address_that_is_bound() {
        let bound = Addresses {
            udp: vec!["127.0.0.1:4000".parse().unwrap()],
            ..Addresses::default()
        };
        let given = ice(
            &Config::default(),
            &ground("http://localhost:8080"),
            &bound,
            None,
        );
        assert_eq!(given.stun_urls, ["stun:127.0.0.1:4000"]);
    }
}
