//! The servers that are compared: how each is started on the first processor, with the same secret
//! and the same freedom to relay to loopback, and where it listens.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;
use tempfile::TempDir;

use super::{
    process::{Process, free_port, installed},
    stun::{BINDING, Message, Writer},
};

/// What the credentials of every server are signed with.
pub const SECRET: &str = "a secret of benches, as long as a real one";
/// The processor that servers are tied to.
const SERVER_CPU: &str = "0";

/// A server that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// This project's relay.
    Ours,
    /// The same, waiting up to 200 us for a fuller batch.
    OursCoalescing,
    /// The same, with one system call per peer socket instead of io_uring.
    OursNoRing,
    /// Debian's coturn, the one that ratios refer to.
    Coturn,
    /// The crate `turn-server`, which relays only between its own clients.
    TurnRs,
    /// The bare forwarder.
    Floor,
}

impl Kind {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ours => "ours",
            Kind::OursCoalescing => "ours, 200 us wait",
            Kind::OursNoRing => "ours, no io_uring",
            Kind::Coturn => "coturn",
            Kind::TurnRs => "turn-server 4.1.5",
            Kind::Floor => "floor",
        }
    }
}

/// A running server.
pub struct Server {
    pub process: Process,
    pub udp: SocketAddrV4,
    /// What it leaves behind, removed after it has ended.
    _files: TempDir,
}

/// Where the programs are.
pub struct Programs {
    ours: PathBuf,
    turn_rs: Option<PathBuf>,
}

impl Programs {
    /// Builds ours, and looks for the others.
    pub fn find() -> Result<Programs, String> {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let built = Command::new(cargo)
            .args([
                "build",
                "--release",
                "--locked",
                "-p",
                "parlor-turn",
                "--example",
                "relay",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        if !built.is_ok_and(|status| status.success()) {
            return Err("the example `relay` does not build".into());
        }
        // this program lies in <target>/release/deps
        let ours = std::env::current_exe()
            .ok()
            .and_then(|exe| Some(exe.parent()?.parent()?.join("examples/relay")))
            .filter(|path| path.is_file())
            .ok_or("the example `relay` is not beside this program")?;
        if !installed("turnserver") {
            return Err("coturn is not installed (apt-get install coturn)".into());
        }
        Ok(Programs {
            ours,
            turn_rs: turn_rs(),
        })
    }

    /// Whether a server can be measured here.
    pub fn has(&self, kind: Kind) -> bool {
        kind != Kind::TurnRs || self.turn_rs.is_some()
    }

    /// Starts a server; the two ports are the generator's, for the floor.
    pub fn start(&self, kind: Kind, clients: u16, peers: u16) -> Result<Server, String> {
        let failed = || format!("{} does not start", kind.name());
        match kind {
            Kind::Ours => self.announced(&self.ours, &ours_flags(0)),
            Kind::OursCoalescing => self.announced(&self.ours, &ours_flags(200)),
            Kind::OursNoRing => {
                let mut flags = ours_flags(0);
                flags.push("--no-io-uring".into());
                self.announced(&self.ours, &flags)
            }
            Kind::Floor => {
                let itself = std::env::current_exe().map_err(|e| e.to_string())?;
                let flags = ["floor".into(), clients.to_string(), peers.to_string()];
                self.announced(&itself, &flags)
            }
            Kind::Coturn => (0..5)
                .find_map(|_| {
                    let port = free_port();
                    let mut command = pinned(Path::new("turnserver"));
                    command.args(coturn_flags(port));
                    at_port(&mut command, port, None)
                })
                .ok_or_else(failed),
            Kind::TurnRs => (0..5)
                .find_map(|_| {
                    let port = free_port();
                    let program = self.turn_rs.as_deref()?;
                    let mut command = pinned(program);
                    command.args(["--config", "config.toml"]);
                    at_port(&mut command, port, Some(turn_rs_config(port)))
                })
                .ok_or_else(failed),
        }
    }

    /// A server that prints `udp ADDRESS` and then `ready`.
    fn announced(&self, program: &Path, flags: &[String]) -> Result<Server, String> {
        let mut command = pinned(program);
        command.args(flags).stdout(Stdio::piped());
        let mut process = Process::start(&mut command).map_err(|e| e.to_string())?;
        let out = process.stdout().ok_or("no output")?;
        let (say, hear) = mpsc::channel();
        std::thread::spawn(move || {
            let mut udp = None;
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("udp ") {
                    udp = address.parse().ok();
                }
                if line == "ready" {
                    let _ = say.send(udp);
                }
            }
        });
        let udp = hear
            .recv_timeout(Duration::from_secs(10))
            .ok()
            .flatten()
            .ok_or_else(|| format!("{} did not get ready", program.display()))?;
        let files = tempfile::tempdir().map_err(|e| e.to_string())?;
        Ok(Server {
            process,
            udp,
            _files: files,
        })
    }
}

/// User name and password of a participant of a call, good for a day.
pub fn login(call: &str, participant: &str) -> (String, String) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    let user = format!("{}:{call}:{participant}", now + 23 * 3600);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
    let password = BASE64_STANDARD.encode(hmac::sign(&key, user.as_bytes()));
    (user, password)
}

fn ours_flags(coalesce_us: u64) -> Vec<String> {
    let text = format!(
        "--listen 127.0.0.1 --port 0 --threads 1 --policy public --loopback-peers \
         --allocations 20000 --coalesce-us {coalesce_us}"
    );
    let mut flags: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    flags.extend(["--secret".into(), SECRET.into()]);
    flags
}

fn coturn_flags(port: u16) -> Vec<String> {
    let text = format!(
        "-n --log-file /dev/null --no-stdout-log --listening-ip 127.0.0.1 --relay-ip 127.0.0.1 \
         --listening-port {port} --min-port 49152 --max-port 65535 --realm bench \
         --use-auth-secret --allow-loopback-peers --no-cli --no-tls --no-dtls -m 1 \
         --no-rfc5780 --no-stun-backward-compatibility \
         --userdb users --pidfile /dev/null"
    );
    let mut flags: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    flags.push(format!("--static-auth-secret={SECRET}"));
    flags
}

/// `turn-server`, if somebody has installed it.
fn turn_rs() -> Option<PathBuf> {
    let named = std::env::var_os("TURN_SERVER").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo/bin/turn-server"));
    [named, home]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

fn turn_rs_config(port: u16) -> String {
    format!(
        "[server]\nport-range = \"49152..65535\"\nmax-threads = 1\nrealm = \"bench\"\n\
         [[server.interfaces]]\ntransport = \"udp\"\nlisten = \"127.0.0.1:{port}\"\n\
         external = \"127.0.0.1:{port}\"\nidle-timeout = 3600\nmtu = 1500\n\
         [log]\nlevel = \"error\"\nstdout = true\n\
         [auth]\nenable-hooks-auth = false\nstatic-auth-secret = \"{SECRET}\"\n"
    )
}

/// A command tied to the servers' processor.
pub fn pinned(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command
        .args(["-c", SERVER_CPU])
        .arg(program)
        .stdout(Stdio::null());
    command
}

/// Starts a server in a folder of its own and waits until it answers on its port.
fn at_port(command: &mut Command, port: u16, config: Option<String>) -> Option<Server> {
    let files = tempfile::tempdir().ok()?;
    if let Some(config) = config {
        fs::write(files.path().join("config.toml"), config).ok()?;
    }
    let mut process = Process::start(command.current_dir(files.path())).ok()?;
    let udp = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket
        .set_read_timeout(Some(Duration::from_millis(30)))
        .ok()?;
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut bytes = [0; 512];
    while Instant::now() < deadline && !process.ended() {
        let _ = socket.send_to(Writer::new(BINDING).bytes(), SocketAddr::V4(udp));
        if let Ok(length) = socket.recv(&mut bytes)
            && Message::parse(&bytes[..length]).is_some()
        {
            return Some(Server {
                process,
                udp,
                _files: files,
            });
        }
    }
    None
}
