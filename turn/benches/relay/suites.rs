//! What is measured: the loads, in interleaved rounds so that every ratio is between neighbours in
//! time, and the cost of allocations in time and memory.

use std::{thread::sleep, time::Duration};

use super::{
    batch::Wide,
    clock::{cpu_seconds, machine_seconds, now_ns},
    generator::{Generator, Load, Measured, PEER_BASE, Pace, Shape},
    handshake::{Clients, Step},
    process::resident_kb,
    servers::{Kind, Programs, Server},
};

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    pub seconds: f64,
    /// Measurements that others disturbed are repeated so often at most.
    pub repeats: usize,
    pub quick: bool,
}

/// One load with a name, and the servers it is put on.
pub struct Cell {
    pub name: String,
    pub load: Load,
    pub servers: Vec<Kind>,
    /// What its ratio counts for in the last line.
    pub counts_for: Option<&'static str>,
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub server: Kind,
    pub round: usize,
    pub measured: Measured,
}

/// The cost of an allocation (Allocate, CreatePermission, ChannelBind).
#[derive(Debug, Clone, Copy)]
pub struct AllocationCost {
    pub server: Kind,
    pub per_s: f64,
    pub cpu_us: f64,
}

/// Memory of a server with so many allocations, in kB.
#[derive(Debug, Clone)]
pub struct Memory {
    pub server: Kind,
    pub resident_kb: Vec<(usize, u64)>,
    pub kb_per_allocation: f64,
    pub released_kb: u64,
}

/// Above this share of a processor used by others, a measurement is repeated.
const NOISE: f64 = 0.22;

/// The loads.
pub fn cells(effort: Effort) -> Vec<Cell> {
    let full = |shape, streams, size| Load {
        shape,
        streams,
        size,
        seconds: effort.seconds,
        pace: Pace::Window(128),
    };
    let mut cells = Vec::new();
    for (streams, size) in [(10, 172), (100, 172), (500, 172), (100, 1200)] {
        if effort.quick && (size > 172 || streams < 100) {
            continue;
        }
        let counts_for = if streams == 500 {
            "one_leg_500_ratio"
        } else {
            "one_leg_ratio"
        };
        cells.push(Cell {
            name: format!("one leg, {streams} x {size} B"),
            load: full(Shape::OneLeg, streams, size),
            servers: match (streams, size) {
                (100, 172) => vec![Kind::Coturn, Kind::Ours, Kind::OursNoRing, Kind::Floor],
                _ => vec![Kind::Coturn, Kind::Ours, Kind::Floor],
            },
            counts_for: Some(counts_for),
        });
    }
    for (streams, size) in [(10, 172), (100, 172), (100, 1200)] {
        if effort.quick && (size > 172 || streams < 100) {
            continue;
        }
        cells.push(Cell {
            name: format!("both ends relayed, {streams} x {size} B"),
            load: full(Shape::TwoLeg, streams, size),
            servers: vec![Kind::Coturn, Kind::Ours, Kind::TurnRs],
            counts_for: Some("two_leg_ratio"),
        });
    }
    if !effort.quick {
        let mut load = full(Shape::OneLeg, 100, 172);
        load.pace = Pace::Rate(20_000.0);
        cells.push(Cell {
            name: "20,000 packets/s offered, one leg, 100 x 172 B".into(),
            load,
            servers: vec![Kind::Coturn, Kind::Ours, Kind::OursCoalescing, Kind::Floor],
            counts_for: None,
        });
    }
    cells
}

/// Measures one cell on every server, round by round.
pub fn measure(programs: &Programs, cell: &Cell, effort: Effort) -> Vec<Row> {
    let mut rows = Vec::new();
    for round in 0..effort.rounds {
        for server in cell.servers.iter().copied().filter(|s| programs.has(*s)) {
            match quietest(programs, server, cell.load, effort) {
                Ok(measured) => rows.push(Row {
                    server,
                    round,
                    measured,
                }),
                Err(e) => eprintln!("{}: {}: {e}", cell.name, server.name()),
            }
        }
    }
    rows
}

/// Repeats a measurement that others disturbed, and takes the least disturbed one.
fn quietest(
    programs: &Programs,
    kind: Kind,
    load: Load,
    effort: Effort,
) -> Result<Measured, String> {
    let mut best: Option<Measured> = None;
    for _ in 0..=effort.repeats {
        wait_for_quiet(if effort.quick { 0.25 } else { 5.0 });
        let measured = once(programs, kind, load)?;
        if best.is_none_or(|b| measured.others < b.others) {
            best = Some(measured);
        }
        if measured.others < NOISE {
            break;
        }
    }
    best.ok_or_else(|| "nothing measured".into())
}

fn once(programs: &Programs, kind: Kind, mut load: Load) -> Result<Measured, String> {
    if kind == Kind::Floor {
        load.shape = Shape::Forwarded;
    }
    let (clients, peers) = sockets()?;
    let server = programs.start(kind, clients.port, peers.port)?;
    let mut generator = Generator::new(server.udp, load, clients, peers);
    generator.set_up()?;
    let measured = generator.measure(server.process.id());
    generator.tear_down();
    Ok(measured)
}

/// The generator's two sockets.
pub fn sockets() -> Result<(Wide, Wide), String> {
    let open = || Wide::open().map_err(|e| format!("no socket: {e}"));
    Ok((open()?, open()?))
}

fn wait_for_quiet(seconds: f64) {
    let start = now_ns();
    while ((now_ns() - start) as f64) < seconds * 1e9 {
        let before = machine_seconds();
        sleep(Duration::from_millis(250));
        if machine_seconds() - before < 0.06 {
            return;
        }
    }
}

/// Servers whose allocations are measured.
fn allocators(programs: &Programs) -> impl Iterator<Item = Kind> {
    [Kind::Coturn, Kind::Ours, Kind::TurnRs]
        .into_iter()
        .filter(|kind| programs.has(*kind))
}

/// Allocations per second and their processor time, 2,000 of them, 32 under way.
pub fn allocation_cost(programs: &Programs, effort: Effort) -> Vec<AllocationCost> {
    let mut costs = Vec::new();
    for _ in 0..if effort.quick { 1 } else { effort.rounds } {
        for kind in allocators(programs) {
            let Ok((server, mut clients)) = crowd(programs, kind, 2000) else {
                continue;
            };
            let pid = server.process.id();
            let (cpu, start) = (cpu_seconds(pid), now_ns());
            if !bind(&mut clients, kind, 0, 2000) {
                eprintln!("allocations: {}: {:?}", kind.name(), clients.refusals);
                continue;
            }
            let seconds = (now_ns() - start) as f64 / 1e9;
            costs.push(AllocationCost {
                server: kind,
                per_s: 2000.0 / seconds,
                cpu_us: (cpu_seconds(pid) - cpu) / 2000.0 * 1e6,
            });
        }
    }
    costs
}

/// Memory with nothing, and with more and more allocations; what one costs is the slope between
/// the last two, so that buffers made once do not count.
pub fn memory(programs: &Programs, effort: Effort) -> Vec<Memory> {
    let steps: &[usize] = if effort.quick {
        &[0, 500, 2000]
    } else {
        &[0, 1000, 5000]
    };
    allocators(programs)
        .filter_map(|kind| memory_of(programs, kind, steps))
        .collect()
}

fn memory_of(programs: &Programs, kind: Kind, steps: &[usize]) -> Option<Memory> {
    let most = *steps.last()?;
    let (server, mut clients) = crowd(programs, kind, most).ok()?;
    let pid = server.process.id();
    let (mut at, mut resident) = (0, Vec::new());
    for step in steps {
        if !bind(&mut clients, kind, at, *step) {
            eprintln!("memory: {}: {:?}", kind.name(), clients.refusals);
            return None;
        }
        at = *step;
        sleep(Duration::from_millis(300));
        resident.push((at, resident_kb(pid)));
    }
    clients.release();
    sleep(Duration::from_millis(1200));
    let [.., (n0, kb0), (n1, kb1)] = resident[..] else {
        return None;
    };
    Some(Memory {
        server: kind,
        kb_per_allocation: (kb1 as f64 - kb0 as f64) / (n1 - n0) as f64,
        resident_kb: resident,
        released_kb: resident_kb(pid),
    })
}

fn crowd(programs: &Programs, kind: Kind, count: usize) -> Result<(Server, Clients), String> {
    let (clients, peers) = sockets()?;
    let server = programs.start(kind, clients.port, peers.port)?;
    let clients = Clients::new(server.udp, count, clients, PEER_BASE, peers.port);
    Ok((server, clients))
}

/// Takes clients to a bound channel. With a server that relays only between its clients, each one's
/// peer is its neighbour.
fn bind(clients: &mut Clients, kind: Kind, from: usize, to: usize) -> bool {
    if kind == Kind::TurnRs {
        if !clients.drive(from, to, Step::Allocated, 32, 60) {
            return false;
        }
        for pair in clients.list[from..to].chunks_exact_mut(2) {
            (pair[0].peer, pair[1].peer) = (pair[1].relayed, pair[0].relayed);
        }
        if !clients.drive(from, to, Step::Permitted, 32, 60) {
            return false;
        }
    }
    clients.drive(from, to, Step::Bound, 32, 60)
}
