//! Debian's `pebble`, a small authority that speaks ACME and forgets everything when it ends, with a
//! DNS in which every name leads to this machine.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Longer than a start takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ports may be taken between the choice and the start.
const TRIES: usize = 5;

/// Whether it is installed; where it is not, tests that need it are passed over with a word.
pub fn installed() -> bool {
    let found = Command::new("pebble").arg("-h").output().is_ok()
        && Command::new("pebble-challtestsrv")
            .arg("-h")
            .output()
            .is_ok();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "pebble is not installed"
    );
    if !found {
        eprintln!("pebble is not installed: passed over");
    }
    found
}

/// Where it will be, and whose signature proves it; made before it runs, so that a server can be
/// told of an authority that is away.
pub struct Place {
    folder: PathBuf,
    port: u16,
    management: u16,
}

/// What it will do.
pub struct Habits {
    /// Where it looks for a proof by TLS.
    pub tls: u16,
    /// Where it looks for a proof by HTTP.
    pub http: u16,
    /// How long its certificates are good.
    pub life_s: u64,
}

/// It runs; it ends when this is dropped.
pub struct Authority {
    pebble: Child,
    dns: Child,
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What the root of an authority says of itself. It needs a name that nobody below has.
pub fn root() -> rcgen::CertificateParams {
    let mut root = rcgen::CertificateParams::new([]).unwrap();
    let name = &mut root.distinguished_name;
    name.push(rcgen::DnType::CommonName, "Authority of a test");
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    root
}

impl Place {
    /// Chooses ports, and makes the authority's own https certificate in this folder.
    pub fn choose(folder: &Path) -> Self {
        let folder = folder.join("authority");
        std::fs::create_dir(&folder).unwrap();
        let root_key = rcgen::KeyPair::generate().unwrap();
        let root = root();
        let issuer = rcgen::Issuer::from_params(&root, &root_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let own = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let own = own.signed_by(&key, &issuer).unwrap();
        let root = root.self_signed(&root_key).unwrap();
        std::fs::write(folder.join("root.pem"), root.pem()).unwrap();
        std::fs::write(folder.join("own.pem"), own.pem()).unwrap();
        std::fs::write(folder.join("own.key"), key.serialize_pem()).unwrap();
        Self {
            folder,
            port: free_port(),
            management: free_port(),
        }
    }

    /// For `acme.directory_url`.
    pub fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.port)
    }

    /// For `acme.ca_file`.
    pub fn ca_file(&self) -> String {
        self.folder.join("root.pem").to_str().unwrap().to_owned()
    }

    /// Starts it.
    pub fn start(&self, habits: &Habits) -> Authority {
        let config = serde_json::json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{}", self.port),
            "managementListenAddress": format!("127.0.0.1:{}", self.management),
            "certificate": self.folder.join("own.pem"),
            "privateKey": self.folder.join("own.key"),
            "httpPort": habits.http,
            "tlsPort": habits.tls,
            "certificateValidityPeriod": habits.life_s,
        }});
        let path = self.folder.join("pebble.json");
        std::fs::write(&path, config.to_string()).unwrap();
        for _ in 0..TRIES {
            let (names, orders) = (free_port(), free_port());
            let dns = Command::new("pebble-challtestsrv")
                .args(["-dns01", &format!("127.0.0.1:{names}")])
                .args(["-management", &format!("127.0.0.1:{orders}")])
                .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
                .args(["-defaultIPv6", ""])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let pebble = Command::new("pebble")
                .args(["-config", path.to_str().unwrap()])
                .args(["-dnsserver", &format!("127.0.0.1:{names}")])
                // It looks at once, and proves anew each time.
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_AUTHZREUSE", "0")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut authority = Authority { pebble, dns };
            let ports = [self.port, self.management, orders];
            if ports.iter().all(|port| authority.answers_at(*port)) {
                return authority;
            }
        }
        panic!("pebble does not start");
    }

    /// Its root certificate, PEM: whom browsers would have to trust. Made anew with each start.
    pub fn root(&self) -> PathBuf {
        let url = format!("https://127.0.0.1:{}/roots/0", self.management);
        let answer = Command::new("curl")
            .args(["-sf", "--cacert", &self.ca_file(), &url])
            .output()
            .unwrap();
        assert!(answer.status.success(), "pebble has no root");
        let path = self.folder.join("issued-by.pem");
        std::fs::write(&path, answer.stdout).unwrap();
        path
    }
}

impl Authority {
    fn answers_at(&mut self, port: u16) -> bool {
        let (end, at) = (
            Instant::now() + PATIENCE,
            SocketAddr::from(([127, 0, 0, 1], port)),
        );
        while Instant::now() < end {
            if TcpStream::connect(at).is_ok() {
                return true;
            }
            let over = |child: &mut Child| child.try_wait().unwrap().is_some();
            if over(&mut self.pebble) || over(&mut self.dns) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        for child in [&mut self.pebble, &mut self.dns] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
