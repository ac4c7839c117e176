//! What strangers cost: packets without credentials from many addresses and ports, each server in
//! turn, never faster than it looks at them. Memory is read before and after.

use std::{
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    time::Duration,
};

use super::{
    batch::{Batch, Wide},
    clock::cpu_seconds,
    process::resident_kb,
    servers::{Kind, Programs, Server, login},
    stun::{attr::*, *},
    suites::{Effort, sockets},
    table::median,
};

/// Ports that it comes from, on each of its addresses.
const PORTS: usize = 16;
/// Addresses that it comes from.
const ADDRESSES: u32 = 1 << 16;
/// Packets between two looks whether the server keeps up.
const CHUNK: usize = 256;
/// Packets before the measurement: buffers that are made once are not growth.
const WARM_UP: usize = 20_000;

/// What a million of them cost one server in one round.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    cpu_us: f64,
    grown_kb: f64,
}

/// Measures, prints a table and the line `RESULT flood …`; ratios are ours / coturn's, paired.
pub fn run(programs: &Programs, effort: Effort) -> Result<(), String> {
    let packets = if effort.quick { 200_000 } else { 1_000_000 };
    let rounds = if effort.quick { 1 } else { 3 };
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (their, our) = (
            of(programs, Kind::Coturn, packets)?,
            of(programs, Kind::Ours, packets)?,
        );
        ratios.push(our.cpu_us / their.cpu_us);
        theirs.push(their);
        ours.push(our);
    }
    println!(
        "\n### {packets} packets without credentials, {PORTS} ports on {ADDRESSES} addresses\n"
    );
    println!("| server | CPU us per packet | memory grew by kB |\n|---|---|---|");
    let median_of =
        |costs: &[Cost], pick: fn(&Cost) -> f64| median(costs.iter().map(pick).collect());
    for (kind, costs) in [(Kind::Coturn, &theirs), (Kind::Ours, &ours)] {
        println!(
            "| {} | {:.2} | {:.0} |",
            kind.name(),
            median_of(costs, |cost| cost.cpu_us),
            median_of(costs, |cost| cost.grown_kb)
        );
    }
    println!(
        "\nRESULT flood packets={packets} cpu_ratio={:.3} rss_kb={:.0}",
        median(ratios),
        median_of(&ours, |cost| cost.grown_kb)
    );
    Ok(())
}

fn of(programs: &Programs, kind: Kind, packets: usize) -> Result<Cost, String> {
    let (clients, peers) = sockets()?;
    let server = programs.start(kind, clients.port, peers.port)?;
    let mut flood = Flood::new(&server)?;
    flood.send(WARM_UP)?;
    let pid = server.process.id();
    let (cpu, memory) = (cpu_seconds(pid), resident_kb(pid));
    flood.send(packets)?;
    Ok(Cost {
        cpu_us: (cpu_seconds(pid) - cpu) / packets as f64 * 1e6,
        grown_kb: resident_kb(pid) as f64 - memory as f64,
    })
}

struct Flood {
    sockets: Vec<Wide>,
    batch: Batch,
    shapes: Vec<Vec<u8>>,
    server: SocketAddrV4,
    pulse: UdpSocket,
    at: usize,
}

impl Flood {
    fn new(server: &Server) -> Result<Flood, String> {
        let words = |error: std::io::Error| error.to_string();
        let pulse = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(words)?;
        pulse.connect(server.udp).map_err(words)?;
        pulse
            .set_read_timeout(Some(Duration::from_millis(200)))
            .map_err(words)?;
        let open = |_| Wide::open().map_err(words);
        Ok(Flood {
            sockets: (0..PORTS).map(open).collect::<Result<_, _>>()?,
            batch: Batch::default(),
            shapes: shapes(),
            server: server.udp,
            pulse,
            at: 0,
        })
    }

    fn send(&mut self, packets: usize) -> Result<(), String> {
        for _ in 0..packets.div_ceil(CHUNK) {
            let socket = (self.at / CHUNK) % PORTS;
            for _ in 0..CHUNK {
                if self.batch.is_full() {
                    self.batch.flush(&self.sockets[socket]);
                }
                let number = (self.at / PORTS) as u32 % ADDRESSES;
                let from = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 40, 0, 1)) + number);
                let shape = &self.shapes[self.at % self.shapes.len()];
                self.batch.push(from, self.server, shape.len(), |slot| {
                    slot.copy_from_slice(shape);
                });
                self.at += 1;
            }
            self.batch.flush(&self.sockets[socket]);
            self.wait()?;
        }
        Ok(())
    }

    /// Until the server has come as far as a Binding that was sent after the rest.
    fn wait(&self) -> Result<(), String> {
        let mut answer = [0; 512];
        for _ in 0..25 {
            let sent = self.pulse.send(Writer::new(BINDING).bytes());
            if sent.is_ok() && self.pulse.recv(&mut answer).is_ok() {
                return Ok(());
            }
        }
        Err("the server does not answer under the flood".into())
    }
}

/// What needs no credentials to be sent.
fn shapes() -> Vec<Vec<u8>> {
    let (user, _) = login("flood", "nobody");
    let forged = |message: Writer, nonce: &[u8]| {
        message
            .attr(USERNAME, user.as_bytes())
            .attr(REALM, b"bench")
            .attr(NONCE, nonce)
            .integrity(b"not the key")
    };
    let allocate = || Writer::new(ALLOCATE).transport(17);
    [
        allocate(),
        forged(allocate(), b"a made-up nonce"),
        forged(Writer::new(REFRESH).lifetime(0), b"another"),
        forged(Writer::new(CREATE_PERMISSION), b""),
        Writer::new(ALLOCATE).length_off_by(4),
        Writer::new(0x0abc),
    ]
    .iter()
    .map(|message| message.bytes().to_vec())
    .chain([vec![0xff; 40], channel_data(0x4000, b"to nobody", false)])
    .collect()
}
