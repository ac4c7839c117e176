//! A web client that knows just enough HTTP/1.1: one connection, one GET after the other.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread::sleep,
    time::Duration,
};

/// Time for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is asked for in turn: the page itself, and something that is made anew each time.
const PATHS: [&str; 2] = ["/", "/health"];

/// A connection.
struct Web(BufReader<TcpStream>);

impl Web {
    fn open(to: SocketAddr) -> std::io::Result<Web> {
        let socket = TcpStream::connect(to)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_nodelay(true)?;
        Ok(Web(BufReader::new(socket)))
    }

    /// The body of an answer with a length.
    fn get(&mut self, path: &str) -> std::io::Result<Vec<u8>> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        let mut status = String::new();
        self.0.read_line(&mut status)?;
        if !status.contains(" 200 ") {
            return Err(std::io::Error::other(status));
        }
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(body)
    }
}

/// Asks for pages without a pause for as long as the load is on; runs until the server is gone.
pub fn browse(to: SocketAddr, busy: &AtomicBool, pages: &AtomicU64) {
    let Ok(mut web) = Web::open(to) else { return };
    loop {
        if !busy.load(Relaxed) {
            sleep(Duration::from_millis(5));
            continue;
        }
        for path in PATHS {
            if web.get(path).is_ok() {
                pages.fetch_add(1, Relaxed);
            } else if let Ok(again) = Web::open(to) {
                web = again;
            } else {
                return;
            }
        }
    }
}

/// One number of `/metrics`.
pub fn metric(from: SocketAddr, name: &str) -> Result<f64, String> {
    let body = Web::open(from)
        .and_then(|mut web| web.get("/metrics"))
        .map_err(|e| format!("/metrics: {e}"))?;
    String::from_utf8_lossy(&body)
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
        .ok_or_else(|| format!("/metrics has no {name}"))
}
