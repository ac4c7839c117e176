//! A running server on ports that the system chooses.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    os::{fd::AsRawFd, unix::process::CommandExt},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// Longer than anything takes on a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server's process; killed when dropped.
pub struct Server {
    child: Child,
    /// Where people see it.
    pub url: String,
    /// The relay's UDP address.
    pub relay: SocketAddr,
    /// What it printed for its operator.
    pub greeting: Vec<String>,
    doors: String,
    log: Arc<Mutex<Vec<String>>>,
}

/// A command of the binary with these settings.
pub fn parlor(folder: &Path, arguments: &[&str], settings: &[(&str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    command.args(arguments).current_dir(folder);
    set(command, settings)
}

/// A command with these settings and no other environment.
pub fn set(mut command: Command, settings: &[(&str, String)]) -> Command {
    command.env_clear();
    for (key, value) in settings {
        command.env(format!("PARLOR__{key}"), value);
    }
    command
}

/// Settings of every server here, before its own.
pub fn settings(own: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
        ("SERVER__PUBLIC_URL", "http://localhost:0".to_owned()),
        ("RELAY__LISTEN", "127.0.0.1".to_owned()),
        ("RELAY__PORT", "0".to_owned()),
        ("RELAY__TLS_PORT", "0".to_owned()),
        // Above the ports that the system chooses from, so that no listener can lie inside.
        ("RELAY__PORT_MIN", "61000".to_owned()),
        ("LOG__FORMAT", "json".to_owned()),
    ];
    for (key, value) in own {
        let key: &'static str = Box::leak((*key).to_owned().into_boxed_str());
        all.retain(|(known, _)| *known != key);
        all.push((key, (*value).to_owned()));
    }
    all
}

/// All lines up to the last one of development mode.
fn greeting(lines: &mpsc::Receiver<String>) -> Vec<String> {
    let mut greeting = Vec::new();
    while !greeting
        .last()
        .is_some_and(|line: &String| line.starts_with("Mails are shown at"))
    {
        greeting.push(lines.recv_timeout(PATIENCE).unwrap());
    }
    greeting
}

impl Server {
    /// Starts one and waits until it is ready.
    pub fn start(folder: &Path, flag: &str, own: &[(&str, &str)]) -> Server {
        Self::launch(parlor(folder, &["serve", flag], &settings(own)))
    }

    /// Starts one as systemd does that holds its sockets: each with its name.
    pub fn activated(
        folder: &Path,
        flag: &str,
        own: &[(&str, &str)],
        sockets: &[(&str, &TcpListener)],
    ) -> Server {
        Self::launch(Self::hand(folder, flag, own, sockets))
    }

    /// The command for that.
    pub fn hand(
        folder: &Path,
        flag: &str,
        own: &[(&str, &str)],
        sockets: &[(&str, &TcpListener)],
    ) -> Command {
        // What is handed over must be told the number of its own process.
        let script = "export LISTEN_PID=$$; exec \"$0\" \"$@\"";
        let program = env!("CARGO_BIN_EXE_parlor");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, program, "serve", flag]);
        command.current_dir(folder).env_clear();
        for (key, value) in settings(own) {
            command.env(format!("PARLOR__{key}"), value);
        }
        let names: Vec<_> = sockets.iter().map(|(name, _)| *name).collect();
        command.env("LISTEN_FDS", names.len().to_string());
        command.env("LISTEN_FDNAMES", names.join(":"));
        let fds: Vec<_> = sockets
            .iter()
            .map(|(_, socket)| socket.as_raw_fd())
            .collect();
        // SAFETY: only calls that are allowed between fork and exec.
        unsafe {
            command.pre_exec(move || {
                // Out of the way first: one of them may have the number of another's place.
                let mut apart = [0; 8];
                for (apart, fd) in apart.iter_mut().zip(&fds) {
                    *apart = libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, 100);
                }
                for (place, fd) in (3..).zip(&apart[..fds.len()]) {
                    if libc::dup2(*fd, place) < 0 {
                        return Err(std::io::Error::last_os_error());
                    }
                }
                Ok(())
            });
        }
        command
    }

    /// Starts one by this command and waits until it is ready.
    pub fn launch(mut command: Command) -> Server {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (words, stdout) = (mpsc::channel(), child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = words.0.send(line);
            }
        });
        // Read to the end on a thread of its own, so that the server never waits for us to read.
        let (entries, stderr) = (mpsc::channel(), child.stderr.take().unwrap());
        let log = Arc::<Mutex<Vec<String>>>::default();
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line.clone());
                let _ = entries.0.send(line);
            }
        });
        let mut doors = String::new();
        let ready = loop {
            match entries.1.recv_timeout(PATIENCE) {
                Ok(line) => {
                    let entry: Value = serde_json::from_str(&line).unwrap_or_default();
                    if entry["message"] == "doors bound" {
                        doors = entry["listens"].as_str().unwrap().to_owned();
                    }
                    if entry["message"] == "ready" {
                        break entry;
                    }
                }
                Err(_) => panic!(
                    "the server did not start:\n{}",
                    log.lock().unwrap().join("\n")
                ),
            }
        };
        Server {
            child,
            url: ready["url"].as_str().unwrap().to_owned(),
            relay: ready["relay"].as_str().unwrap().parse().unwrap(),
            greeting: greeting(&words.1),
            doors,
            log,
        }
    }

    /// The first port of this kind of door: "http", "https", "redirect" or "relay-tls".
    pub fn port(&self, door: &str) -> u16 {
        let mut doors = self.doors.split(' ').filter_map(|it| it.split_once('='));
        let (_, at) = doors.find(|(kind, _)| *kind == door).unwrap();
        at.parse::<SocketAddr>().unwrap().port()
    }

    /// How many lines of the log so far have these words.
    pub fn logged(&self, words: &str) -> usize {
        let log = self.log.lock().unwrap();
        log.iter().filter(|line| line.contains(words)).count()
    }

    /// The first line of the log that says this, as JSON, when it comes.
    pub fn line(&self, words: &str) -> Value {
        eventually(words, || {
            let log = self.log.lock().unwrap();
            let line = log.iter().find(|line| line.contains(words))?;
            Some(serde_json::from_str(line).unwrap())
        })
    }

    /// All of the log so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// The word after this label in what it printed.
    pub fn printed(&self, label: &str) -> &str {
        let line = self.greeting.iter().find(|line| line.starts_with(label));
        let line = line.unwrap_or_else(|| panic!("{label:?} is not in {:?}", self.greeting));
        line[label.len()..].split_whitespace().next().unwrap()
    }

    /// SIGTERM, and the end.
    pub fn stop(mut self) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").arg(pid).status().unwrap();
        assert!(sent.success() && self.child.wait().unwrap().success());
    }

    /// `GET` of anything, whatever its status is.
    pub fn try_get(&self, path: &str) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut answer = agent.get(format!("{}{path}", self.url)).call().unwrap();
        let body = answer.body_mut().read_json().unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// `POST` with a token and a key: the status, and what came with it.
    pub fn try_post(&self, path: &str, token: &str, key: &str, body: &Value) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let answer = agent
            .post(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", key)
            .send_json(body);
        let mut answer = answer.unwrap();
        let body = answer.body_mut().read_json().unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// Makes the first admin by the link that it printed; gives their token.
    pub fn first_admin(&self) -> String {
        let link = self.printed("Make the first admin (this link works once): ");
        let body = json!({"token": link.rsplit('/').next(), "name": "Amina Njeri", "timeZone": "Africa/Nairobi",
            "email": "amina@example.org", "password": "a password that is long"});
        let session = self.post("/api/setup", "", &body);
        session["accessToken"].as_str().unwrap().to_owned()
    }

    /// `GET` with a token.
    pub fn get(&self, path: &str, token: &str) -> Value {
        let answer = ureq::get(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .call();
        answer.unwrap().body_mut().read_json().unwrap()
    }

    /// `POST` with a token, or without one when it is empty.
    pub fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        let mut request = ureq::post(format!("{}{path}", self.url));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request
            .send_json(body)
            .unwrap()
            .body_mut()
            .read_json()
            .unwrap()
    }

    /// The page of metrics, asked from this machine.
    pub fn metrics(&self) -> String {
        let answer = ureq::get(format!("{}/metrics", self.url)).call();
        answer.unwrap().body_mut().read_to_string().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until it is so.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "it did not come to this: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a command said, on both ways.
pub fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}
