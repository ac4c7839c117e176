//! The real `parlor` as a process, and the people who talk through its relay: real credentials, the
//! default peer policy, no loopback peers; everybody reaches the others of one call only.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread::sleep,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parlor_turn::{
    Credential, Secret,
    client::{Client, ClientError, Transport},
    selftest::any_certificate,
};
use tempfile::TempDir;

use super::{
    handshake::nth,
    process::{Process, free_port},
    servers::{SECRET, pinned},
    web::metric,
};

/// TLS clients that stop reading.
pub const READERS: usize = 100;
/// Calls that they are in; in each is one who goes on sending.
const FLOODED_CALLS: usize = 4;
/// Time between two packets to each of them: a voice's.
const FLOOD_EVERY: Duration = Duration::from_millis(20);
/// Bytes of each: a picture's.
const FLOOD_BYTES: usize = 1000;
/// Bytes of each while buffers are filled.
const FILL_BYTES: usize = 8000;
/// Most time until every buffer on the way to the readers is full.
const FILL: Duration = Duration::from_secs(20);
/// Calls whose packets are timed.
pub const TIMED_CALLS: usize = 10;
/// Where all of them speak from, each from an address of its own.
const PEOPLE: Ipv4Addr = Ipv4Addr::new(127, 50, 0, 1);
/// Channel that every receiver binds.
pub const CHANNEL: u16 = 0x4000;
/// Counts the packets that slow readers lost.
pub const BACKLOG: &str = "parlor_relay_dropped_packets_total{reason=\"backlog\"}";
/// Counts the open streams.
pub const STREAMS: &str = "parlor_relay_streams";

/// The release binary: beside this bench's folder, or where `PARLOR` says.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os("PARLOR").map(PathBuf::from);
    // this program lies in <target>/release/deps
    let built = std::env::current_exe().ok();
    let built = built.and_then(|exe| Some(exe.parent()?.parent()?.join("parlor")));
    [named, built]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

/// A running `parlor`.
pub struct House {
    pub process: Process,
    pub web: SocketAddr,
    udp: SocketAddr,
    tls: SocketAddr,
    over_tls: Transport,
    /// What it leaves behind, removed after it has ended.
    _files: TempDir,
}

impl House {
    /// Starts it and waits until it answers.
    pub fn start(parlor: &Path) -> Result<House, String> {
        let files = tempfile::tempdir().map_err(words)?;
        let at = |port: u16| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let (web, udp, tls) = (at(free_port()), at(free_port()), at(free_port()));
        let mut command: Command = pinned(parlor);
        command
            .args(["serve", "--dev"])
            .current_dir(files.path())
            .stdout(Stdio::null())
            .env("PARLOR__SERVER__LISTEN", web.to_string())
            .env(
                "PARLOR__SERVER__PUBLIC_URL",
                format!("http://localhost:{}", web.port()),
            )
            .env("PARLOR__RELAY__LISTEN", udp.ip().to_string())
            .env("PARLOR__RELAY__PORT", udp.port().to_string())
            .env("PARLOR__RELAY__TLS_PORT", tls.port().to_string())
            .env("PARLOR__RELAY__SECRET", SECRET)
            // Buffers are to be filled faster than one participant may send.
            .env("PARLOR__RELAY__KBIT_PER_S_PER_ALLOCATION_MAX", "0")
            .env("PARLOR__LIMITS__ANONYMOUS_PER_IP_PER_15_MIN", "100000000");
        let process = Process::start(&mut command).map_err(words)?;
        let over_tls = any_certificate(tls.ip()).map_err(words)?;
        let house = House {
            process,
            web,
            udp,
            tls,
            over_tls,
            _files: files,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while metric(web, STREAMS).is_err() {
            if Instant::now() > deadline {
                return Err("parlor does not start".into());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(house)
    }

    /// Readers that will not read, and for each of their calls somebody who sends to them all.
    pub fn stalled(&self) -> Result<(Vec<Client>, Vec<Client>), String> {
        let (mut readers, mut senders) = (Vec::new(), Vec::new());
        for call in 0..FLOODED_CALLS {
            let name = format!("flooded{call}");
            let (mut sender, from) = self.join(&name, "talker", call, false)?;
            for n in 0..READERS / FLOODED_CALLS {
                let number = FLOODED_CALLS + readers.len();
                let (mut reader, to) = self.join(&name, &format!("reader{n}"), number, true)?;
                reader.bind(CHANNEL, from).map_err(words)?;
                sender.bind(CHANNEL + n as u16, to).map_err(words)?;
                readers.push(reader);
            }
            senders.push(sender);
        }
        Ok((readers, senders))
    }

    /// Other calls: who talks, and who listens.
    pub fn timed(&self) -> Result<Vec<(Client, Client)>, String> {
        let call = |n: usize| {
            let name = format!("timed{n}");
            let number = 1000 + 2 * n;
            let (mut talker, from) = self.join(&name, "talker", number, false)?;
            let (mut listener, to) = self.join(&name, "listener", number + 1, false)?;
            listener.bind(CHANNEL, from).map_err(words)?;
            talker.bind(CHANNEL, to).map_err(words)?;
            Ok((talker, listener))
        };
        (0..TIMED_CALLS).map(call).collect()
    }

    /// A participant with an allocation, and its relayed address.
    fn join(
        &self,
        call: &str,
        participant: &str,
        number: usize,
        over_tls: bool,
    ) -> Result<(Client, SocketAddr), String> {
        let from = IpAddr::V4(nth(PEOPLE, number));
        let mut client = match over_tls {
            true => Client::connect_from(from, self.tls, &self.over_tls),
            false => Client::connect_from(from, self.udp, &Transport::Udp),
        }
        .map_err(words)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let expires = now.map_or(0, |d| d.as_secs()) + 1800;
        let secret = Secret::new(SECRET.as_bytes());
        let credential = Credential::mint(&secret, call, participant, expires);
        let allocated = client.allocate(&credential, false).map_err(words)?;
        Ok((client, allocated.relayed))
    }
}

/// Sends until nearly all is dropped: then every buffer between the relay and the readers is full.
/// First large packets, to be quick, then such as are sent later, which still fit.
pub fn fill(house: &House, senders: &mut [Client]) -> Result<(), String> {
    let deadline = Instant::now() + FILL;
    let times = 20;
    for bytes in [FILL_BYTES, FLOOD_BYTES] {
        loop {
            let before = metric(house.web, BACKLOG)?;
            for _ in 0..times {
                send_to_all(senders, bytes);
                sleep(Duration::from_millis(2));
            }
            sleep(Duration::from_millis(50));
            if metric(house.web, BACKLOG)? - before > (READERS * times) as f64 * 0.98 {
                break;
            }
            if Instant::now() > deadline {
                return Err("the readers' buffers do not get full".into());
            }
        }
    }
    Ok(())
}

/// One packet to every stalled reader.
fn send_to_all(senders: &mut [Client], bytes: usize) {
    for sender in senders {
        for n in 0..READERS / FLOODED_CALLS {
            // What a full socket loses here is not what is measured.
            let _: Result<(), ClientError> = sender.send(CHANNEL + n as u16, &vec![0; bytes]);
        }
    }
}

/// Sends to the stalled readers for as long as the load is on, to one after the other: people who
/// speak do not do so in step. Runs for ever.
pub fn flood(mut senders: Vec<Client>, busy: &AtomicBool) {
    let each = FLOOD_EVERY / READERS as u32;
    let (bytes, mut due) = (vec![0; FLOOD_BYTES], Instant::now());
    loop {
        for n in 0..READERS {
            sleep(due.saturating_duration_since(Instant::now()));
            // Who was kept from it for long does not make up for it in one burst.
            due = (due + each).max(Instant::now() - FLOOD_EVERY);
            if busy.load(Relaxed) {
                let sender = &mut senders[n % FLOODED_CALLS];
                let channel = CHANNEL + (n / FLOODED_CALLS) as u16;
                // What a full socket loses here is not what is measured.
                let _: Result<(), ClientError> = sender.send(channel, &bytes);
            }
        }
    }
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
