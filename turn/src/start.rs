//! From a configuration to bound sockets and running threads, or to a sentence that says why not.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
    os::fd::OwnedFd,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    Addresses, Opened, RelayConfig, StartError,
    belt::Belt,
    counters::Counters,
    mailbox::Mailbox,
    ports::Ports,
    shard::{Acceptor, Shard},
    shared::{ShardHandle, Shared},
    sys::{
        schedule,
        socket::{default_source, exclusive_name, interface_addresses, tcp_listener, udp_listener},
    },
};

/// Most threads that move UDP packets unless more are asked for.
const THREADS_MOST: usize = 4;
/// Ports tried when any will do but UDP and TCP must agree.
const ANY_PORT_TRIES: usize = 32;

/// What runs.
pub(crate) struct Started {
    pub shared: Arc<Shared>,
    pub addresses: Addresses,
    pub threads: Vec<JoinHandle<()>>,
    /// Held so that nobody else starts on the same port.
    pub name: Option<OwnedFd>,
}

pub(crate) fn start(config: RelayConfig, opened: Opened) -> Result<Started, StartError> {
    config.check()?;
    let (v4, v6) = relay_addresses(&config)?;
    let name = if config.port == 0 {
        None
    } else {
        Some(claim(config.port)?)
    };
    let shards = match config.threads {
        0 => thread::available_parallelism()
            .map_or(1, usize::from)
            .min(THREADS_MOST),
        n => n.min(64),
    };
    let bound = bind(&config, shards, &opened)?;
    let mut own_addresses = interface_addresses();
    own_addresses.extend(
        [v4, v6]
            .into_iter()
            .flatten()
            .flat_map(|(bind, external)| [bind, external]),
    );
    own_addresses.extend(bound.addresses.udp.iter().map(SocketAddr::ip));
    own_addresses.sort();
    own_addresses.dedup();
    let ports = Ports::new(v4, v6, config.relay_ports.clone());
    let shared = Arc::new(Shared::new(config, ports, own_addresses));
    let Bound {
        mut udp,
        acceptors,
        addresses,
    } = bound;
    // The last shard serves streams; it only writes to UDP clients, by the first shard's listeners.
    let writers = udp[0]
        .iter()
        .map(UdpSocket::try_clone)
        .collect::<io::Result<_>>();
    udp.push(writers.map_err(|source| StartError::System {
        what: "a socket",
        source,
    })?);
    let last = udp.len() - 1;
    let mut acceptors = Some(acceptors);
    let (mut handles, mut made) = (Vec::new(), Vec::new());
    for (index, sockets) in udp.into_iter().enumerate() {
        let system = |what| move |source| StartError::System { what, source };
        let handle = ShardHandle {
            mailbox: Arc::new(Mailbox::new().map_err(system("an eventfd"))?),
            belt: Arc::new(Belt::new().map_err(system("an eventfd"))?),
            counters: Arc::new(Counters::default()),
        };
        let acceptors = if index == last {
            acceptors.take().unwrap_or_default()
        } else {
            Vec::new()
        };
        let shard = Shard::new(
            index as u8,
            shared.clone(),
            handle.clone(),
            sockets,
            index != last,
            acceptors,
        )
        .map_err(system("an epoll instance"))?;
        made.push(shard);
        handles.push(handle);
    }
    shared.set_shards(handles);
    let mut threads = Vec::new();
    for (index, shard) in made.into_iter().enumerate() {
        let name = if index == last {
            "relay-streams".into()
        } else {
            format!("relay-{index}")
        };
        let (slice, nice, realtime) = (
            Duration::from_micros(shared.config.slice_us),
            shared.config.nice,
            shared.config.realtime,
        );
        let work = move || {
            let granted = realtime && schedule::go_first().is_ok();
            if !granted && let Err(error) = schedule::prefer(slice, nice) {
                tracing::debug!(%error, "the relay is scheduled as everything else");
            }
            shard.run();
        };
        match thread::Builder::new().name(name).spawn(work) {
            Ok(thread) => threads.push(thread),
            Err(source) => {
                shared.stop();
                return Err(StartError::System {
                    what: "a thread",
                    source,
                });
            }
        }
    }
    Ok(Started {
        shared,
        addresses,
        threads,
        name,
    })
}

/// (bind, external) of one family.
type Pair = Option<(IpAddr, IpAddr)>;

fn relay_addresses(config: &RelayConfig) -> Result<(Pair, Pair), StartError> {
    let resolve = |bind: Option<IpAddr>, external: Option<IpAddr>, v6: bool| {
        let family = if v6 { "IPv6" } else { "IPv4" };
        let bind = bind.filter(|ip| !ip.is_unspecified()).or_else(|| default_source(v6)).ok_or_else(|| {
            StartError::Setting(format!(
                "this machine has no {family} route, so the relay cannot find its {family} address: set it, or turn {family} relaying off"
            ))
        })?;
        Ok::<_, StartError>((bind, external.unwrap_or(bind)))
    };
    let v4 = config
        .relay_v4
        .map(|a| resolve(a.bind.map(Into::into), a.external.map(Into::into), false))
        .transpose()?;
    let v6 = config
        .relay_v6
        .map(|a| resolve(a.bind.map(Into::into), a.external.map(Into::into), true))
        .transpose()?;
    Ok((v4, v6))
}

/// With SO_REUSEPORT the system would let a second Parlor share our port and take half of our
/// packets; a name that only one process can hold prevents it.
fn claim(port: u16) -> Result<OwnedFd, StartError> {
    match exclusive_name(&format!("parlor-relay-{port}")) {
        Ok(Some(name)) => Ok(name),
        Ok(None) => Err(StartError::SecondInstance(port)),
        Err(source) => Err(StartError::System {
            what: "a name for its lock",
            source,
        }),
    }
}

struct Bound {
    /// Listeners by shard.
    udp: Vec<Vec<UdpSocket>>,
    acceptors: Vec<Acceptor>,
    addresses: Addresses,
}

fn bind(config: &RelayConfig, shards: usize, opened: &Opened) -> Result<Bound, StartError> {
    let tries = if config.port == 0 { ANY_PORT_TRIES } else { 1 };
    let mut last = StartError::NoListener;
    for _ in 0..tries {
        match try_bind(config, shards, opened) {
            Ok(bound) => return Ok(bound),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn try_bind(config: &RelayConfig, shards: usize, opened: &Opened) -> Result<Bound, StartError> {
    let mut bound = Bound {
        udp: (0..shards).map(|_| Vec::new()).collect(),
        acceptors: Vec::new(),
        addresses: Addresses::default(),
    };
    let mut port = config.port;
    for ip in &config.listen {
        if port != 0 && shards > 1 {
            // Alone on the port? A socket without SO_REUSEPORT can tell.
            if let Some(probe) = usable("UDP", *ip, port, udp_listener((*ip, port).into(), false))?
            {
                drop(probe);
            }
        }
        for shard in &mut bound.udp {
            let listener = udp_listener((*ip, port).into(), shards > 1);
            let Some(socket) = usable("UDP", *ip, port, listener)? else {
                break;
            };
            let address = socket
                .local_addr()
                .map_err(|source| listen_error("UDP", *ip, port, source))?;
            port = address.port();
            if !bound.addresses.udp.contains(&address) {
                bound.addresses.udp.push(address);
            }
            shard.push(socket);
        }
    }
    for (index, ip) in config.listen.iter().enumerate() {
        let open = opened.tcp.get(index);
        if let Some(address) = bound.accept("TCP", *ip, port, open)? {
            bound.addresses.tcp.push(address);
        }
    }
    let mut tls_port = config.tls_port;
    for (index, ip) in config.listen.iter().enumerate() {
        let Some(wanted) = tls_port else { break };
        let open = opened.tls.get(index);
        if let Some(address) = bound.accept("TLS", *ip, wanted, open)? {
            tls_port = Some(address.port());
            bound.addresses.tls.push(address);
        }
    }
    if bound.addresses.udp.is_empty() {
        Err(StartError::NoListener)
    } else {
        Ok(bound)
    }
}

impl Bound {
    fn accept(
        &mut self,
        transport: &'static str,
        ip: IpAddr,
        port: u16,
        open: Option<&TcpListener>,
    ) -> Result<Option<SocketAddr>, StartError> {
        let tls = transport == "TLS";
        let listener = match open {
            Some(open) => open.try_clone(),
            None => tcp_listener((ip, port).into()),
        };
        let Some(socket) = usable::<TcpListener>(transport, ip, port, listener)? else {
            return Ok(None);
        };
        let local = socket
            .local_addr()
            .map_err(|source| listen_error(transport, ip, port, source))?;
        self.acceptors.push(Acceptor { socket, tls });
        Ok(Some(local))
    }
}

/// A bound socket; `None` when an unspecified address's family is missing here; words otherwise.
fn usable<T>(
    transport: &'static str,
    ip: IpAddr,
    port: u16,
    result: io::Result<T>,
) -> Result<Option<T>, StartError> {
    match result {
        Ok(socket) => Ok(Some(socket)),
        Err(error) if ip.is_unspecified() && family_missing(&error) => Ok(None),
        Err(source) => Err(listen_error(transport, ip, port, source)),
    }
}

fn family_missing(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL | libc::EPROTONOSUPPORT)
    )
}

fn listen_error(
    transport: &'static str,
    address: IpAddr,
    port: u16,
    source: io::Error,
) -> StartError {
    if source.kind() == io::ErrorKind::AddrInUse {
        StartError::PortTaken {
            transport,
            address,
            port,
        }
    } else {
        StartError::Listen {
            transport,
            address,
            port,
            source,
        }
    }
}
